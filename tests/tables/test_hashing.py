"""The fingerprint of a table depends on its content and on nothing else."""

import polars as pl
import pytest

from chainrule.tables import data_hash

FRAME = pl.DataFrame({"i": [1, None], "f": [0.5, -0.0], "s": ["é", None], "b": [True, False]})


def test_equal_tables():
    apart = pl.concat([FRAME[:1], FRAME[1:]], rechunk=False)
    assert data_hash(apart) == data_hash(FRAME)
    assert data_hash(FRAME.cast({"i": pl.Int8})) == data_hash(FRAME)
    assert data_hash(FRAME.cast({"s": pl.Categorical})) == data_hash(FRAME)
    assert data_hash(FRAME.with_columns(f=pl.Series([0.5, 0.0]))) == data_hash(FRAME)
    assert len(data_hash(FRAME)) == 64


def test_stable():
    assert data_hash(FRAME).startswith("d7fb18a1c1")


@pytest.mark.parametrize(
    "other",
    [
        FRAME.rename({"i": "j"}),
        FRAME.select("f", "i", "s", "b"),
        FRAME.reverse(),
        FRAME[:1],
        FRAME.with_columns(i=pl.Series([1, 0])),
        FRAME.with_columns(s=pl.Series(["é", ""]).replace("", "x")),
        FRAME.with_columns(b=pl.Series([True, None])),
        FRAME.cast({"i": pl.Float64}),
    ],
)
def test_different_tables(other):
    assert data_hash(other) != data_hash(FRAME)


def test_other_types():
    frame = pl.DataFrame({"l": [[1], [2]], "n": [None, None], "d": ["2024-01-01", None]})
    frame = frame.with_columns(pl.col("d").str.to_date())
    assert data_hash(frame) == data_hash(frame.clone())


def test_texts_are_told_apart_by_their_lengths():
    one, two = pl.DataFrame({"s": ["ab", "c"]}), pl.DataFrame({"s": ["a", "bc"]})
    assert data_hash(one) != data_hash(two)
