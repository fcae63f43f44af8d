"""Splits: every row once, classes in both parts, the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import InputError
from chainrule.tables import Target, split_rows


def classes(values):
    values = np.array(values)
    return Target("y", "classification", values, np.unique(values))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(2, 30), min_size=1, max_size=6),
    st.floats(0.01, 0.99),
    st.integers(0, 99),
)
def test_classes(counts, fraction, seed):
    target = classes([c for c, count in enumerate(counts) for _ in range(count)])
    train, test = split_rows(target, test_fraction=fraction, seed=seed)
    assert sorted([*train, *test]) == list(range(sum(counts)))
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()
    held = np.bincount(target.values[test], minlength=len(counts))
    assert (held >= 1).all()
    assert (held < counts).all()
    wanted = np.clip(np.array(counts) * fraction, 1, np.array(counts) - 1)
    assert (abs(held - wanted) < 1 + 1e-9).all()


@given(st.integers(2, 50), st.floats(0.01, 0.99))
def test_numbers(rows, fraction):
    target = Target("y", "regression", np.arange(float(rows)), None)
    train, test = split_rows(target, test_fraction=fraction)
    assert sorted([*train, *test]) == list(range(rows))
    assert len(test) == min(max(round(rows * fraction), 1), rows - 1)


def test_seed():
    target = classes([0, 1] * 50)
    assert np.array_equal(split_rows(target, seed=3)[1], split_rows(target, seed=3)[1])
    assert not np.array_equal(split_rows(target, seed=3)[1], split_rows(target, seed=4)[1])


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        (classes([0, 1] * 5), {"test_fraction": 0}, "above 0 and below 1"),
        (classes([0, 1] * 5), {"test_fraction": 1.5}, "above 0 and below 1"),
        (classes([0, 1] * 5), {"test_fraction": float("nan")}, "above 0 and below 1"),
        (classes([0, 1] * 5), {"seed": -1}, "seed"),
        (classes([0, 0, 1]), {}, "at least two rows"),
        (Target("y", "regression", np.ones(1), None), {}, "1 row cannot be split"),
    ],
)
def test_splits_that_cannot_be(target, options, said):
    with pytest.raises(InputError, match=said):
        split_rows(target, **options)
