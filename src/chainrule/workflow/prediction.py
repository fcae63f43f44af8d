"""Predictions for a table, or for a file larger than memory."""

from __future__ import annotations

from functools import partial
from operator import add
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import polars as pl

from chainrule.errors import InputError
from chainrule.tables.names import closest, listed
from chainrule.workflow.rows import renumbered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from chainrule.workflow.model import Model

__all__ = ["OUTPUTS", "check_columns", "predict", "predict_chunks", "predict_file"]

#: Endings of files that predictions can be written to.
OUTPUTS = (".csv", ".parquet")


def check_columns(frame: pl.DataFrame, wanted: Sequence[str]) -> list[str]:
    """Make sure that all columns are there.

    Parameters
    ----------
    frame : polars.DataFrame
        A table.
    wanted : sequence of str
        The columns it must have.

    Returns
    -------
    list of str
        The other columns it has.

    Raises
    ------
    InputError
        Naming the columns that are missing.

    Examples
    --------
    >>> check_columns(pl.DataFrame({"a": [1], "b": [2]}), ["a"])
    ['b']
    """
    missing = [name for name in wanted if name not in frame.columns]
    if not missing:
        known = set(wanted)
        return [name for name in frame.columns if name not in known]
    names = listed((repr(name) for name in missing), limit=8)
    near = closest(missing[0], frame.columns)
    offer = f" (is it {near[0]!r}?)" if near and len(missing) == 1 else ""
    raise InputError(
        f"the data lack the column{'s' * (len(missing) > 1)} {names}, which the model was "
        f"trained with{offer}"
    )


def predict(model: Model, frame: pl.DataFrame, *, probabilities: bool = False) -> pl.DataFrame:
    """Predict every row of a table.

    Parameters
    ----------
    model : Model
        The trained model.
    frame : polars.DataFrame
        n rows with the columns it was trained with, in any order; others are ignored.
    probabilities : bool
        Whether to add a column for the probability of each class.

    Returns
    -------
    polars.DataFrame
        n rows; column "prediction" and, if asked for, "probability CLASS" of each class.

    Raises
    ------
    InputError
        A missing column, a cell that cannot be read, or probabilities of a regression.
    """
    classes = model.origin.classes
    check_columns(frame, model.columns)
    if classes is None:
        if probabilities:
            raise InputError(
                "a model that predicts numbers has no class probabilities: leave out "
                "--probabilities"
            )
        return pl.DataFrame({"prediction": model.numbers(frame)})
    found = model.probabilities(frame) if probabilities else model.class_outputs(frame)[0]
    winners = np.array(classes)[found.argmax(axis=1)]
    columns = {"prediction": pl.Series(winners.tolist())}
    if probabilities:
        # The shortest decimal that says the same: 0.1, not 0.10000000149011612.
        for place, name in enumerate(classes):
            columns[f"probability {name}"] = pl.Series(found[:, place].astype(np.float32))
    return pl.DataFrame(columns)


def predict_chunks(
    model: Model, chunks: Iterable[pl.DataFrame], *, probabilities: bool = False
) -> Iterator[pl.DataFrame]:
    """Predict one chunk of a long table after another.

    Parameters
    ----------
    model : Model
        The trained model.
    chunks : iterable of polars.DataFrame
        The rows.
    probabilities : bool
        Whether to add class probabilities.

    Yields
    ------
    polars.DataFrame
        Predictions of a chunk.

    Raises
    ------
    InputError
        As :func:`predict`; rows are counted from the first chunk's.
    """
    done = 0
    for chunk in chunks:
        try:
            yield predict(model, chunk, probabilities=probabilities)
        except InputError as error:
            # Counted from the first row of the file, not of the chunk.
            raise InputError(renumbered(str(error), partial(add, done))) from error
        done += chunk.height


def predict_file(
    model: Model,
    source: str | Path,
    file: BinaryIO,
    *,
    form: str = ".csv",
    probabilities: bool = False,
    rows: int = 65_536,
    notice_extra: Callable[[list[str]], Any] | None = None,
) -> int:
    """Predict a file of any length in little memory.

    Parameters
    ----------
    model : Model
        The trained model.
    source : str or Path
        A table, read in chunks.
    file : binary file
        Written to as the chunks are done.
    form : {".csv", ".parquet"}
        How to write.
    probabilities : bool
        Whether to add class probabilities.
    rows : int
        Rows of a chunk.
    notice_extra : callable, optional
        Called once with the names of columns that the model does not use, if there are any.

    Returns
    -------
    int
        How many rows were predicted.

    Raises
    ------
    InputError
        As :func:`predict`, and what reading ``source`` may raise.
    """
    from chainrule.tables import iterate_table

    chunks = iterate_table(source, rows)
    return _predict_to(
        model, chunks, file, form=form, probabilities=probabilities, notice_extra=notice_extra
    )


def predict_table(
    model: Model,
    frame: pl.DataFrame,
    file: BinaryIO,
    *,
    form: str = ".csv",
    probabilities: bool = False,
    notice_extra: Callable[[list[str]], Any] | None = None,
) -> int:
    """Predict a table in memory; as :func:`predict_file`.

    Parameters
    ----------
    model : Model
        The trained model.
    frame : polars.DataFrame
        The rows.
    file, form, probabilities, notice_extra
        As for :func:`predict_file`.

    Returns
    -------
    int
        How many rows were predicted.
    """
    return _predict_to(
        model, [frame], file, form=form, probabilities=probabilities, notice_extra=notice_extra
    )


def _predict_to(
    model: Model,
    chunks: Iterable[pl.DataFrame],
    file: BinaryIO,
    *,
    form: str,
    probabilities: bool,
    notice_extra: Callable[[list[str]], Any] | None,
) -> int:
    noticed = _noticing(chunks, model, notice_extra)
    predicted = predict_chunks(model, noticed, probabilities=probabilities)
    return write_chunks(predicted, file, form=form)


def _noticing(
    chunks: Iterable[pl.DataFrame], model: Model, notice: Callable[[list[str]], Any] | None
) -> Iterator[pl.DataFrame]:
    for place, chunk in enumerate(chunks):
        if place == 0:
            origin = model.origin
            roles = {origin.settings["groups"], origin.settings["weights"]}
            known = {c["name"] for c in origin.columns} | {origin.target} | roles
            extra = [n for n in check_columns(chunk, model.columns) if n not in known]
            if extra and notice is not None:
                notice(extra)
        yield chunk


def write_chunks(chunks: Iterator[pl.DataFrame], file: BinaryIO, *, form: str) -> int:
    """Write tables one below the other.

    Parameters
    ----------
    chunks : iterator of polars.DataFrame
        At least one.
    file : binary file
        Written to.
    form : {".csv", ".parquet"}
        How to write.

    Returns
    -------
    int
        Rows written.
    """
    if form == ".parquet":
        return _write_parquet(chunks, file)
    rows = 0
    for place, chunk in enumerate(chunks):
        file.write(chunk.write_csv(include_header=place == 0).encode())
        rows += chunk.height
    return rows


def _write_parquet(chunks: Iterator[pl.DataFrame], file: BinaryIO) -> int:
    """Polars writes row groups as a lazy source hands them out; an error must cross it whole."""
    from polars.io.plugins import register_io_source

    first = next(chunks)
    rows = first.height
    failed: list[Exception] = []

    def source(*_: object) -> Iterator[pl.DataFrame]:
        nonlocal rows
        yield first
        try:
            for chunk in chunks:
                rows += chunk.height
                yield chunk
        except InputError as error:
            failed.append(error)
            raise

    try:
        register_io_source(source, schema=first.schema).sink_parquet(file)
    except pl.exceptions.PolarsError:
        if failed:
            raise failed[0] from None
        raise
    return rows
