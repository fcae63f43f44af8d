"""Rows of a table on their way: what is known of each, and how much it counts."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.tables.cells import numbers, tidy
from chainrule.tables.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl
    from numpy.typing import NDArray

    Weights = NDArray[np.float64] | None

__all__ = ["CountedRows", "Rows", "counted_rows", "for_training", "renumbered"]

_ROW = re.compile(r"\brow (\d+)\b")
# Sums of them, in single precision, stay far from its largest number.
_LARGEST = 1e15
# A share of the largest weight that is nothing beside it, in single precision.
_NOTHING = 1e-20


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a table, encoded.

    Attributes
    ----------
    x : array of shape (n, d)
        The inputs.
    y : array of shape (n,)
        Class numbers or classes, or numbers.
    groups : array of shape (n,) or None
        The group of each row.
    weights : array of shape (n,) or None
        How much each row counts, above 0; None where all count the same.
    """

    x: NDArray[np.float32]
    y: NDArray[Any]
    groups: NDArray[np.int64] | None = None
    weights: Weights = None

    def pick(self, chosen: NDArray[Any]) -> Rows:
        """Return some of the rows, by their places or a mark for each."""
        groups = None if self.groups is None else self.groups[chosen]
        weights = None if self.weights is None else self.weights[chosen]
        return Rows(self.x[chosen], self.y[chosen], groups, weights)

    def with_targets(self, y: NDArray[Any]) -> Rows:
        """Return the same rows with their targets told otherwise."""
        return replace(self, y=y)

    @property
    def for_validation(self) -> tuple[Any, ...]:
        """The rows as an estimator takes ``validation_data``."""
        given = (self.x, self.y, self.weights)
        return given if self.weights is not None else given[:2]


@dataclass(frozen=True, eq=False)
class CountedRows:
    """The rows of a table that count.

    Attributes
    ----------
    frame : polars.DataFrame
        n rows; those of weight 0 are left out.
    weights : array of shape (n,) or None
        How much each row counts, above 0; None where all count the same.
    places : array of shape (n,)
        Where each row is in the table as it was given, from 0.
    """

    frame: pl.DataFrame
    weights: Weights
    places: NDArray[np.int64]

    def pick(self, chosen: NDArray[np.int64]) -> CountedRows:
        """Return some of the rows, by their places among these."""
        weights = None if self.weights is None else self.weights[chosen]
        return CountedRows(self.frame[chosen], weights, self.places[chosen])

    @contextmanager
    def numbered_as_given(self) -> Iterator[None]:
        """Name rows in errors by their numbers in the table as it was given."""
        try:
            yield
        except InputError as error:
            sentence = renumbered(str(error), self._number_as_given)
            if sentence == str(error):
                raise
            raise InputError(sentence) from error

    def _number_as_given(self, row: int) -> int:
        # A number that is no row's is part of what a cell holds.
        return int(self.places[row - 1]) + 1 if 1 <= row <= len(self.places) else row


def counted_rows(frame: pl.DataFrame, weights: str | None) -> CountedRows:
    """Find out how much each row counts.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows as they were given.
    weights : str or None
        The column that holds the weights; None if all rows count the same.

    Returns
    -------
    CountedRows

    Raises
    ------
    InputError
        No such column; a cell without a number; a number below 0; nothing but 0.

    Examples
    --------
    >>> import polars as pl
    >>> rows = counted_rows(pl.DataFrame({"x": [5, 6, 7], "w": [2.0, 0.0, 0.5]}), "w")
    >>> rows.frame["x"].to_list(), rows.weights, rows.places
    ([5, 7], array([2. , 0.5]), array([0, 2]))
    """
    if weights is None:
        return CountedRows(frame, None, np.arange(frame.height))
    found = _read_weights(frame, weights)
    places = np.flatnonzero(found)
    counted = frame if len(places) == len(found) else frame[places]
    return CountedRows(counted, found[places], places)


def _read_weights(frame: pl.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in frame.columns:
        raise InputError(
            f"there is no column {name!r} to weigh the rows by{did_you_mean(name, frame.columns)}"
        )
    values = tidy(frame.select(name)).to_series()
    # Before the missing cells are looked for: this names what is no number.
    found = numbers(values)
    if found.null_count():
        row = int(found.is_null().arg_max() or 0) + 1
        raise InputError(
            f"column {name!r} gives row {row} no weight (rows count from 1 after the header): fill "
            "it in, with 0 to leave the row out"
        )
    weights: NDArray[np.float64] = found.to_numpy()
    wrong = (weights < 0) | (weights > _LARGEST)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"column {name!r} gives row {row + 1} the weight {weights[row]:g}: a weight must be at "
            f"least 0 and at most {_LARGEST:g}"
        )
    if len(weights) and not weights.any():
        raise InputError(f"column {name!r} gives every row the weight 0: no row is left")
    counts: NDArray[np.float64] = np.where(weights < _NOTHING * weights.max(initial=0), 0, weights)
    return counts


def for_training(weights: Weights) -> Weights:
    """Scale weights that cannot be numbers of rows, so that a penalty does not outweigh them.

    A whole-number weight is a row that is there so often, and at least 1. Weights that are less
    than 1 on average, such as shares of the whole, are brought to an average of 1.

    Parameters
    ----------
    weights : array of shape (n,) or None
        Above 0.

    Returns
    -------
    array of shape (n,) or None

    Examples
    --------
    >>> for_training(np.array([0.1, 0.3])), for_training(np.array([1.0, 3.0]))
    (array([0.5, 1.5]), array([1., 3.]))
    """
    return None if weights is None else weights / min(1.0, float(weights.mean()))


def renumbered(sentence: str, number: Callable[[int], int]) -> str:
    """Name rows in a sentence by other numbers.

    Parameters
    ----------
    sentence : str
        Of an error, with "row 7" or the like in it.
    number : callable
        From a row's number, which counts from 1, to the one to be told.

    Returns
    -------
    str

    Examples
    --------
    >>> renumbered("a text in row 2", lambda row: row + 100)
    'a text in row 102'
    """
    return _ROW.sub(lambda match: f"row {number(int(match[1]))}", sentence)
