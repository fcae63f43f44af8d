"""Noise that is added to a table, and a part of the rows of a long one."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from chainrule.errors import InputError
from chainrule.tables import add_noise, load_example, sample_rows
from chainrule.tables.sampling import RowSampler


def test_noise_by_hand():
    frame = load_example("moons").frame
    noisy = add_noise(frame, 20, target="class", seed=3)
    random = np.random.default_rng(3)
    for name in ("x1", "x2"):
        values = frame[name].to_numpy()
        expected = values + 0.2 * values.std() * random.standard_normal(len(values))
        assert noisy[name].to_numpy() == pytest.approx(expected, abs=1e-12)
    assert noisy["class"].equals(frame["class"])
    assert_frame_equal(noisy, add_noise(frame, 20, target="class", seed=3))
    assert not noisy["x1"].equals(add_noise(frame, 20, target="class", seed=4)["x1"])


def test_none_leaves_the_table_as_it_is():
    frame = load_example("penguins").frame
    assert add_noise(frame, 0, target="species") is frame


def test_what_noise_leaves_alone():
    frame = load_example("penguins").frame
    noisy = add_noise(frame, 50, target="species")
    assert noisy.columns == frame.columns
    same = [name for name in frame.columns if noisy[name].equals(frame[name])]
    assert same == ["island", "sex", "species"]
    assert noisy["body_mass_g"].null_count() == frame["body_mass_g"].null_count() > 0
    assert noisy["bill_length_mm"].min() >= 0
    # 500 draws of a column that is often 0: what would be negative is 0.
    pixels = add_noise(load_example("digits").frame, 50, target="digit")
    assert pixels["pixel_0_3"].min() == 0


def test_a_number_to_predict_has_noise_too():
    frame = load_example("hills").frame
    noisy = add_noise(frame, 10, target="height")
    apart = (noisy["height"] - frame["height"]).std() / frame["height"].std()
    assert apart == pytest.approx(0.1, rel=0.1)
    # With as many classes as rows would be numbers, who says that they are classes is heard.
    frame = pl.DataFrame({"a": [0.5, 1.5, 0.7, 2.5] * 2, "k": [1, 2, 3, 4] * 2})
    as_classes = add_noise(frame, 10, target="k", task="classification")
    assert as_classes["k"].equals(frame["k"])
    assert not add_noise(frame, 10, target="k")["k"].equals(frame["k"])


@pytest.mark.parametrize(("percent", "seed"), [(-1, 0), (float("nan"), 0), (5, -1)])
def test_noise_that_cannot_be(percent, seed):
    with pytest.raises(InputError, match="both must be at least 0"):
        add_noise(load_example("xor").frame, percent, target="class", seed=seed)


def test_a_sample_is_the_same_in_whatever_parts_the_rows_come():
    whole = sample_rows(1000, 70, seed=5)
    assert len(set(whole.tolist())) == 70
    assert (np.diff(whole) > 0).all()
    for parts in ([1000], [1, 999], [300, 5, 695], [100] * 10):
        sampler = RowSampler(70, seed=5)
        kept = np.empty(0, np.int64)
        start = 0
        for part in parts:
            together = np.concatenate([kept, np.arange(start, start + part)])
            kept = together[sampler.take(part)]
            start += part
        assert kept.tolist() == sampler.rows.tolist() == whole.tolist()
        assert sampler.seen == 1000
    assert whole.tolist() != sample_rows(1000, 70, seed=6).tolist()


def test_every_row_is_as_likely():
    counts = np.bincount(np.concatenate([sample_rows(20, 5, seed=s) for s in range(800)]))
    assert counts == pytest.approx(np.full(20, 200), abs=60)
