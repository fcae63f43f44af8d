"""Predictions: in memory, in chunks, and in files."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest

from chainrule.errors import InputError
from chainrule.tables import load_example
from chainrule.workflow import check_columns, predict, predict_file
from chainrule.workflow.prediction import predict_chunks, write_chunks


@pytest.fixture(scope="module")
def frame():
    return load_example("penguins").frame


def test_prediction_is_the_most_probable(penguins, frame):
    found = predict(penguins.model, frame, probabilities=True)
    names = [name.removeprefix("probability ") for name in found.columns[1:]]
    assert names == penguins.model.origin.classes
    probabilities = found[:, 1:].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert found["prediction"].to_list() == [names[i] for i in probabilities.argmax(axis=1)]


def test_chunks_make_no_difference(penguins, frame):
    whole = predict(penguins.model, frame, probabilities=True)
    parts = predict_chunks(penguins.model, frame.iter_slices(50), probabilities=True)
    joined = pl.concat(parts)
    assert joined["prediction"].equals(whole["prediction"])
    np.testing.assert_allclose(joined[:, 1:].to_numpy(), whole[:, 1:].to_numpy(), atol=1e-6)


@pytest.mark.parametrize("form", [".csv", ".parquet"])
def test_files(penguins, frame, tmp_path, form):
    frame.write_csv(tmp_path / "p.csv")
    written = io.BytesIO()
    extra = []
    rows = predict_file(
        penguins.model, tmp_path / "p.csv", written, form=form, rows=100, notice_extra=extra.append
    )
    assert rows == 344
    assert extra == []
    written.seek(0)
    found = pl.read_csv(written) if form == ".csv" else pl.read_parquet(written)
    assert found.equals(predict(penguins.model, frame))


@pytest.mark.parametrize("form", [".csv", ".parquet"])
def test_an_error_late_in_the_file_names_its_row(penguins, frame, tmp_path, form):
    # A date where a number was: only parquet's columns can hold it, so text stands in for it.
    broken = frame.with_columns(pl.col("year").cast(pl.String))
    broken = pl.concat(
        [broken[:299], broken[299:300].with_columns(year=pl.lit("old")), broken[300:]]
    )
    broken.write_csv(tmp_path / "p.csv")
    with pytest.raises(InputError, match="'old' in row 300"):
        predict_file(penguins.model, tmp_path / "p.csv", io.BytesIO(), form=form, rows=64)


def test_chunks_are_written_before_more_are_read(penguins, frame):
    done = []

    def reading():
        for chunk in frame.iter_slices(100):
            done.append("read")
            yield chunk

    class Sink(io.RawIOBase):
        def write(self, data):
            done.append("write")
            return len(data)

    write_chunks(predict_chunks(penguins.model, reading()), Sink(), form=".csv")
    assert done == ["read", "write"] * 4


def test_missing_columns_are_named():
    frame = pl.DataFrame({"Size": [1], "b": [2]})
    with pytest.raises(InputError, match=r"column 'size'.*is it 'Size'"):
        check_columns(frame, ["size", "b"])
    with pytest.raises(InputError, match="columns 'x', 'y', which"):
        check_columns(frame, ["x", "b", "y"])


def test_numbers_have_no_probabilities(diabetes):
    with pytest.raises(InputError, match="probabilities"):
        predict(diabetes.model, load_example("diabetes").frame, probabilities=True)


def test_extra_columns_are_noticed_but_not_the_target(penguins, frame, tmp_path):
    frame.with_columns(a=1, b=2).write_parquet(tmp_path / "p.parquet")
    extra = []
    predict_file(penguins.model, tmp_path / "p.parquet", io.BytesIO(), notice_extra=extra.append)
    assert extra == [["a", "b"]]
