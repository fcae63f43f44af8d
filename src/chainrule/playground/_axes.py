"""The columns of a table that span the plane: which they are, and where their cells stand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.tables.cells import numbers, tidy
from chainrule.tables.names import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainrule.tables import Column, Target

__all__ = ["Axis", "axis_columns", "check_axes", "choose_axes", "make_axes", "places_on"]

Array = NDArray[np.float64]

# Different values that have room along an axis.
_MOST_LEVELS = 12
# Beyond the outermost points: a share of the span.
_MARGIN = 0.06
# Columns of which every pair is tried, rows to try them on, and neighbors that are asked.
_RANKED, _ROWS, _NEIGHBORS, _BINS = 8, 300, 5, 8


@dataclass(frozen=True)
class Axis:
    """One of the two directions of the plane.

    Attributes
    ----------
    name : str
        The column, which may be the one that is predicted.
    low, high : float
        From where to where it goes, in the table's own units; categories are at 0, 1, 2 ….
    levels : tuple
        The categories in their order; empty for numbers.
    """

    name: str
    low: float
    high: float
    levels: tuple[Any, ...] = ()

    def cells(self, places: Array) -> pl.Series:
        """Return the cells of a table that stand at these places; of categories the nearest.

        Examples
        --------
        >>> Axis("sex", -0.5, 1.5, ("f", "m")).cells(np.array([-0.4, 0.7])).to_list()
        ['f', 'm']
        """
        if not self.levels:
            return pl.Series(self.name, places, dtype=pl.Float64)
        nearest = np.clip(np.rint(places), 0, len(self.levels) - 1).astype(int)
        return pl.Series(self.name, [self.levels[place] for place in nearest.tolist()])

    def steps(self, count: int) -> Array:
        """Return the middles of so many cells of equal width, from low to high."""
        return self.low + (np.arange(count) + 0.5) / count * (self.high - self.low)


def axis_columns(columns: Sequence[Column]) -> list[str]:
    """Return the names of the columns that can be an axis: numbers, and categories of few levels.

    Parameters
    ----------
    columns : sequence of Column
        As described.

    Returns
    -------
    list of str
    """
    return [column.name for column in columns if _fits(column)]


def check_axes(columns: Sequence[Column]) -> list[str]:
    """Return the columns that can be an axis; refuse a table that has none.

    Parameters
    ----------
    columns : sequence of Column
        As described.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        There is none.
    """
    able = axis_columns(columns)
    if able:
        return able
    raise InputError(
        "the plane needs a column of numbers or of few categories besides the one to predict, and "
        "there is none: give a table with more columns"
    )


def _fits(column: Column) -> bool:
    few = column.kind in ("yes/no", "category") and 2 <= column.distinct <= _MOST_LEVELS
    return (column.kind == "number" and column.distinct > 1) or few


# ---------------------------------------------------------------------------- choosing


def choose_axes(
    frame: pl.DataFrame,
    target: Target,
    columns: Sequence[Column],
    *,
    rows: NDArray[np.int64],
    asked: tuple[str, str],
) -> tuple[str, ...]:
    """Choose two columns in whose plane the answers can best be told apart; or one of them.

    Over one the answers stand up: where there is no other, and where one asks for it. Every pair of
    columns is measured by how well a row's nearest neighbors in the plane know its answer, so that
    classes which no straight line divides count as well; of many columns those are tried that tell
    most by themselves.

    Parameters
    ----------
    frame : polars.DataFrame
        All rows.
    target : Target
        Their answers.
    columns : sequence of Column
        As described.
    rows : array of int
        Those to look at, which are the training rows.
    asked : (str, str)
        Columns that a person chose, up perhaps the target; "" where none.

    Returns
    -------
    (str, str) or (str,)
        Across and up; across alone, where the answers stand up.

    Raises
    ------
    InputError
        There is no such column, or what was asked for cannot be an axis.
    """
    able = check_axes(columns)
    curve = asked[1] == target.name
    for name in filter(None, asked[:1] if curve else asked):
        _check_axis(name, columns, able)
    if len(able) == 1:
        return (able[0],)
    if curve:
        return (asked[0] or _best_alone(frame, target, columns, able, rows=rows),)
    if asked[0] and asked[0] == asked[1]:
        raise InputError(f"both axes are {asked[0]!r}: choose another column for one of them")
    if asked[0] and asked[1]:
        return asked
    given = asked[0] or asked[1]
    first, second = _best_pair(frame, target, columns, able, given=given, rows=rows)
    turned = asked[0] == second or asked[1] == first
    return (second, first) if given and turned else (first, second)


def _check_axis(name: str, columns: Sequence[Column], able: list[str]) -> None:
    if name in able:
        return
    for column in columns:
        if column.name == name:
            raise InputError(
                f"column {name!r} ({column.kind}, {column.distinct} different values) cannot be an "
                f"axis, which holds numbers or up to {_MOST_LEVELS} categories; such are: "
                f"{listed(able)}"
            )
    raise InputError(f"there is no column {name!r} for an axis{did_you_mean(name, able)}")


def _best_alone(
    frame: pl.DataFrame,
    target: Target,
    columns: Sequence[Column],
    able: list[str],
    *,
    rows: NDArray[np.int64],
) -> str:
    """Find the column that by itself tells most of the answers; numbers before categories."""
    plain = [c.name for c in columns if c.name in able and c.kind == "number"]
    answers = _answers(target)[rows]
    return max(
        plain or able,
        key=lambda name: _told_alone(_scaled(frame, name, bool(plain), rows), answers),
    )


def _best_pair(
    frame: pl.DataFrame,
    target: Target,
    columns: Sequence[Column],
    able: list[str],
    *,
    given: str,
    rows: NDArray[np.int64],
) -> tuple[str, str]:
    """Find the best pair, in the order of the table; with a column that is given in it."""
    plain = {c.name for c in columns if c.name in able and c.kind == "number"}
    some = plain | {given} if given else plain
    tried = [name for name in able if name in some] if len(some) > 1 else able
    if len(tried) == 2:
        return tried[0], tried[1]
    if len(rows) > _ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, _ROWS, replace=False))
    answers = _answers(target)[rows]
    found = {name: _scaled(frame, name, name in plain, rows) for name in tried}
    told = {name: _told_alone(found[name], answers) for name in tried}
    best = sorted(tried, key=lambda name: (name != given, -told[name]))[:_RANKED]
    pairs = [
        pair
        for pair in combinations([name for name in tried if name in best], 2)
        if not given or given in pair
    ]
    return min(pairs, key=lambda pair: _left_over(found[pair[0]], found[pair[1]], answers))


def _answers(target: Target) -> Array:
    """Return a column for each class, 1 where a row is of it; or one of standardized numbers.

    Classes count the same, however many rows they have.
    """
    if target.classes is None:
        values = target.values - target.values.mean()
        return np.asarray(values / (values.std() or 1.0))[:, None]
    member = target.values[:, None] == target.classes
    return np.asarray(member / np.sqrt(member.mean(axis=0)))


def _scaled(frame: pl.DataFrame, name: str, numeric: bool, rows: NDArray[np.int64]) -> Array:
    """Return a column's standardized places in some rows."""
    column = tidy(frame.select(name)).to_series()
    if numeric:
        values = numbers(column).fill_null(strategy=None, value=numbers(column).median())
        places = values.to_numpy()[rows]
    else:
        places = column.cast(pl.String).fill_null("").rank("dense").to_numpy()[rows].astype(float)
    spread = places.std()
    return np.asarray((places - places.mean()) / spread if spread else np.zeros(len(places)))


def _told_alone(places: Array, answers: Array) -> float:
    """Return how much of the answers' variation lies between bins of equally many rows."""
    order = np.argsort(places, kind="stable")
    bins = np.array_split(answers[order], min(_BINS, len(order)))
    middle = answers.mean(axis=0)
    return float(sum(len(part) * ((part.mean(axis=0) - middle) ** 2).sum() for part in bins))


def _left_over(first: Array, second: Array, answers: Array) -> float:
    """Return how much of the answers' variation the nearest neighbors do not know."""
    apart = (first[:, None] - first) ** 2 + (second[:, None] - second) ** 2
    np.fill_diagonal(apart, np.inf)
    count = min(_NEIGHBORS, len(first) - 1)
    nearest = np.argpartition(apart, count - 1, axis=1)[:, :count]
    return float(((answers - answers[nearest].mean(axis=1)) ** 2).sum())


# ---------------------------------------------------------------------------- drawing


def make_axes(
    frame: pl.DataFrame,
    names: tuple[str, ...],
    columns: Sequence[Column],
    target: Target,
    *,
    square: bool,
) -> tuple[Axis, Axis]:
    """Make the axes of the plane, a little longer than the points reach.

    Parameters
    ----------
    frame : polars.DataFrame
        All rows.
    names : tuple of str
        The columns across and up; of one alone what is predicted stands up.
    columns : sequence of Column
        As described.
    target : Target
        Of all rows.
    square : bool
        Whether a unit is as long on both, of two columns.

    Returns
    -------
    (Axis, Axis)
    """
    kinds = {column.name: column.kind for column in columns}
    first, *others = (_axis(frame, name, kinds[name]) for name in names)
    second = others[0] if others else _answer_axis(target)
    if not (square and others):
        return first, second
    half = max(axis.high - axis.low for axis in (first, second)) / 2
    middles = [(axis.low + axis.high) / 2 for axis in (first, second)]
    made = (Axis(n, m - half, m + half) for n, m in zip(names, middles, strict=True))
    return next(made), next(made)


def _axis(frame: pl.DataFrame, name: str, kind: str) -> Axis:
    column = tidy(frame.select(name)).to_series()
    if kind != "number":
        return _axis_of_levels(name, column.drop_nulls().unique().sort().to_list())
    return _axis_of_numbers(name, numbers(column).drop_nulls().to_numpy())


def _answer_axis(target: Target) -> Axis:
    if target.classes is None:
        return _axis_of_numbers(target.name, target.values)
    return _axis_of_levels(target.name, target.classes.tolist())


def _axis_of_levels(name: str, levels: Sequence[Any]) -> Axis:
    return Axis(name, -0.5, len(levels) - 0.5, tuple(levels))


def _axis_of_numbers(name: str, values: Array) -> Axis:
    low, high = float(values.min()), float(values.max())
    beyond = _MARGIN * (high - low) or max(0.5, 0.05 * abs(low))
    return Axis(name, low - beyond, high + beyond)


def places_on(axis: Axis, frame: pl.DataFrame, usual: Any) -> Array:
    """Return where the rows stand on an axis, those without a value where they are taken to be.

    Parameters
    ----------
    axis : Axis
        Of one column.
    frame : polars.DataFrame
        n rows.
    usual : cell
        What a missing cell is taken for.

    Returns
    -------
    array of shape (n,)
    """
    column = tidy(frame.select(axis.name)).to_series()
    if not axis.levels:
        return numbers(column).fill_null(float(usual)).to_numpy()
    known = {level: float(place) for place, level in enumerate(axis.levels)}
    return np.array([known.get(cell, known[usual]) for cell in column.to_list()])
