"""What is to be predicted: classes or a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from chainrule.errors import InputError
from chainrule.tables.cells import NESTED_TYPES, numbers, tidy
from chainrule.tables.names import did_you_mean, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TASKS", "Target", "prepare_target"]

Task = Literal["classification", "regression"]
#: What can be asked for.
TASKS: tuple[Task, ...] = ("classification", "regression")

_MOST_INTEGER_CLASSES = 20
_ROWS_PER_CLASS = 3


@dataclass(frozen=True, eq=False)
class Target:
    """The column to predict.

    Attributes
    ----------
    name : str
        As in the table.
    task : {"classification", "regression"}
        What kind of prediction it calls for.
    values : ndarray, shape (n_rows,)
        For classification of str, int64 or bool; for regression of float64, finite.
    classes : ndarray or None
        The different values in order; None for regression.

    Examples
    --------
    >>> target = prepare_target(pl.DataFrame({"pet": ["cat", "dog"] * 4}), "pet")
    >>> target.task, target.classes.tolist()
    ('classification', ['cat', 'dog'])
    """

    name: str
    task: Task
    values: NDArray[Any]
    classes: NDArray[Any] | None


def prepare_target(frame: pl.DataFrame, name: str, *, task: str | None = None) -> Target:
    """Check the column to predict and find out the task.

    Texts and booleans are classes. Whole numbers are classes if there are at most 20
    different ones, on average in 3 rows or more each, or just two. Everything else is a number
    to predict.

    Parameters
    ----------
    frame : polars.DataFrame
        The table.
    name : str
        The column to predict.
    task : {"classification", "regression"}, optional
        Instead of the task found.

    Returns
    -------
    Target
        Values in the type they have in the table.

    Raises
    ------
    InputError
        No such column; fewer than 2 rows; missing cells; a single value; classes all different, or
        in one row only; a text or infinity where a number is to be predicted.

    Examples
    --------
    >>> prepare_target(pl.DataFrame({"price": [1.5, 2.0, 9.9]}), "price").task
    'regression'
    """
    if name not in frame.columns:
        raise InputError(f"there is no column {name!r}{did_you_mean(name, frame.columns)}")
    if task is not None and task not in TASKS:
        raise InputError(f"unknown task {task!r}{did_you_mean(task, TASKS)}")
    if len(frame) < 2:
        rows = "one row" if len(frame) else "no rows"
        raise InputError(f"the table has {rows}: at least two are needed, to train and to test")
    values = tidy(frame.select(name)).to_series()
    if isinstance(values.dtype, NESTED_TYPES) or values.dtype.is_temporal():
        raise InputError(f"target {name!r} holds {values.dtype}: only classes and numbers can be")
    _check_missing(values)
    values = _whole_if_possible(values)
    if values.n_unique() == 1:
        raise InputError(
            f"target {name!r} holds {values[0]!r} in every row: there is nothing to predict"
        )
    found = _task(values)
    if (task or found) == "regression":
        return Target(name, "regression", _numbers(values), None)
    return _classes(values)


def _check_missing(values: pl.Series) -> None:
    if not (count := values.null_count()):
        return
    row = int(values.is_null().arg_max() or 0) + 1
    cells = "a missing cell" if count == 1 else f"{count} missing cells, the first"
    raise InputError(
        f"target {values.name!r} has {cells} in row {row} (rows count from 1 after the header): "
        f"fill {'it' if count == 1 else 'them'} or take the row{'' if count == 1 else 's'} out"
    )


def _whole_if_possible(values: pl.Series) -> pl.Series:
    """Two classes written as decimals (0.0 and 1.0), as some programs do, become integers."""
    if values.dtype != pl.Float64:
        return values
    whole = (values == values.round()) & (values.abs() < 2.0**53)
    if whole.all() and values.n_unique() == 2:
        return values.cast(pl.Int64)
    return values


def _task(values: pl.Series) -> Task:
    if values.dtype in (pl.String, pl.Boolean):
        return "classification"
    distinct = values.n_unique()
    few = distinct <= _MOST_INTEGER_CLASSES and distinct * _ROWS_PER_CLASS <= len(values)
    return "classification" if values.dtype == pl.Int64 and (few or distinct == 2) else "regression"


def _numbers(values: pl.Series) -> NDArray[np.float64]:
    try:
        found: NDArray[np.float64] = numbers(values).to_numpy()
    except InputError as error:
        raise InputError(f"target of a regression: {error}") from error
    return found


def _classes(values: pl.Series) -> Target:
    if values.dtype == pl.Float64:
        if not values.is_finite().all():
            numbers(values)
        whole = bool((values == values.round()).all())
        values = values.cast(pl.Int64) if whole else values.cast(pl.String)
    # A column may be called as the counts are.
    counts = values.alias("class").value_counts().sort("class")
    name, distinct = values.name, len(counts)
    if distinct == len(values):
        advice = "" if values.dtype == pl.String else ", or use --task regression"
        raise InputError(
            f"target {name!r} has a different value in each of its {distinct} rows: a class needs "
            f"at least two rows; choose another target{advice}"
        )
    alone = counts.filter(pl.col("count") == 1)["class"].to_list()
    if alone:
        shown = listed((repr(value) for value in alone), limit=3)
        raise InputError(
            f"target {name!r} has classes with one row only ({shown}), which cannot be both in the "
            f"training and in the test part: take them out or join them with others"
        )
    array = values.to_numpy()
    if values.dtype == pl.String:
        array = np.array(values.to_list(), dtype=np.str_)
    return Target(name, "classification", array, np.unique(array))
