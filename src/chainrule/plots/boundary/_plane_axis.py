"""A column of a table as an axis: where its cells stand, and cells for the places between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axis import XAxis, YAxis
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from chainrule.errors import InputError
from chainrule.explanation.inputs._raw_rows import RawRows
from chainrule.mathematics.arrays import Array
from chainrule.plots._style import named
from chainrule.tables.cells import dates, numbers, tidy
from chainrule.tables.frame_reader import FrameReader
from chainrule.tables.names import did_you_mean

__all__ = ["PlaneAxis", "kinds_told", "make_axis", "place_of", "put_numbers"]

# Categories that have room on an axis; the rarer ones are left out.
_MOST_LEVELS = 12
# Of the span of the values: what is seen beyond them.
_MARGIN = 0.06
_MICROSECONDS = 86_400_000_000
# Letters of all categories together that fit below an axis side by side.
_ROOM, _LETTERS = 44, 16


@dataclass(frozen=True, eq=False, kw_only=True)
class PlaneAxis:
    """One of the two columns that vary.

    Attributes
    ----------
    name : str
        What the column is called.
    place : int
        Which column of the table it is.
    kind : {"number", "category", "date"}
        How it varies; dates are days since 1970.
    values : array of shape (n,)
        Where each given row stands: its number, or the number of its category; NaN where it has
        none, or one that is left out.
    grid : array of shape (resolution,) or (levels,)
        The places that are predicted.
    levels : tuple
        The categories, one for each place of the grid; empty for other kinds.
    left_out : int
        How many rarer categories have no place.
    """

    name: str
    place: int
    kind: str
    values: Array
    grid: Array
    levels: tuple[Any, ...] = ()
    left_out: int = 0

    @property
    def limits(self) -> tuple[float, float]:
        """From where to where the axis goes."""
        beyond = 0.5 if self.levels else 0.0
        return float(self.grid[0]) - beyond, float(self.grid[-1]) + beyond

    @property
    def label(self) -> str:
        """What is written along it."""
        name = named(self.name, most=40)
        if not self.left_out:
            return name
        return f"{name} ({len(self.levels)} most frequent of {len(self.levels) + self.left_out})"

    def put(self, rows: RawRows, steps: NDArray[np.int64]) -> RawRows:
        """Return rows in which this column has the cells of these places of the grid."""
        if self.levels:
            return rows.replace(self.place, [self.levels[i] for i in steps.tolist()])
        cells = self.grid[steps]
        if self.kind == "number":
            return put_numbers(rows, self.place, cells)
        if isinstance(rows.table, pl.DataFrame):
            days = pl.Series(self.name, cells)
            column = (days * _MICROSECONDS).cast(pl.Int64).cast(pl.Datetime("us"))
            return type(rows)(rows.table.with_columns(column))
        moments = (cells * _MICROSECONDS).astype(np.int64).astype("datetime64[us]")
        return put_numbers(rows, self.place, moments)

    def draw(self, axis: XAxis | YAxis) -> None:
        """Write the name and the places along an axis of a picture."""
        axis.set_label_text(self.label)
        if self.kind == "date":
            locator = AutoDateLocator()  # type: ignore[no-untyped-call]
            axis.set_major_locator(locator)
            axis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        placed = self.values[np.isfinite(self.values)]
        if self.kind == "number" and (placed == np.round(placed)).all():
            axis.set_major_locator(MaxNLocator(nbins="auto", integer=True))
        if self.levels:
            texts = [named(level, most=_LETTERS) for level in self.levels]
            long = isinstance(axis, XAxis) and sum(map(len, texts)) + 2 * len(texts) > _ROOM
            turned: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
            axis.set_ticks(self.grid.tolist(), texts, **(turned if long else {}))


def put_numbers(rows: RawRows, place: int, cells: NDArray[Any]) -> RawRows:
    """Return rows with other numbers in a column, which then need not be whole as they were."""
    table = rows.table
    if isinstance(table, pl.DataFrame):
        return type(rows)(table.with_columns(pl.Series(rows.names[place], cells)))
    if hasattr(table, "isetitem"):
        changed = table.copy()
        changed.isetitem(place, cells)
        return type(rows)(changed)
    changed = table.astype(np.float64) if table.dtype.kind in "iub" else table.copy()
    changed[:, place] = cells
    return type(rows)(changed)


def place_of(names: tuple[str, ...], feature: Any, argument: str) -> int:
    """Return the place of a column that is named, or that has this number."""
    if isinstance(feature, int | np.integer) and not isinstance(feature, bool):
        if -len(names) <= feature < len(names):
            return int(feature) % len(names)
        raise InputError(f"{argument}: there is no column {feature}; there are {len(names)}")
    if str(feature) not in names:
        raise InputError(
            f"{argument}: there is no column {feature!r}{did_you_mean(str(feature), names)}"
        )
    return names.index(str(feature))


def kinds_told(steps: Sequence[Any]) -> dict[str, str]:
    """Return what kind each column is for a model that reads tables itself, by its name."""
    first = steps[0]
    while isinstance(first, Pipeline):
        first = first.steps[0][1]
    return dict(first.kinds) if isinstance(first, FrameReader) else {}


def make_axis(rows: RawRows, place: int, told: dict[str, str], resolution: int) -> PlaneAxis:
    """Make an axis of a column.

    Parameters
    ----------
    rows : RawRows
        All rows.
    place : int
        Which column.
    told : dict of str to str
        As :func:`kinds_told` returns.
    resolution : int
        Points of the grid, for numbers and dates.

    Returns
    -------
    PlaneAxis

    Raises
    ------
    InputError
        No row has a value in it.
    """
    name = rows.names[place]
    kind, values = _values(rows, place, told.get(name))
    if values is None:
        return _category_axis(name, place, rows.cells(place))
    values = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(values).all():
        raise InputError(f"column {name!r} has no value in any row; choose another for the picture")
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    beyond = _MARGIN * (high - low) or max(0.5, 0.05 * abs(low))
    grid = np.linspace(low - beyond, high + beyond, resolution)
    return PlaneAxis(name=name, place=place, kind=kind, values=values, grid=grid)


def _values(rows: RawRows, place: int, told: str | None) -> tuple[str, Array | None]:
    """Return the kind of a column, and its numbers if it has any."""
    if told in ("category", "yes/no"):
        return "category", None
    table, found = rows.table, rows.numbers(place)
    if found is not None:
        return "number", found
    if isinstance(table, pl.DataFrame):
        column = tidy(table.select(rows.names[place])).to_series()
        if told == "number":
            return "number", numbers(column).fill_null(float("nan")).to_numpy()
        if told == "date" or column.dtype.is_temporal():
            days = dates(column).cast(pl.Int64) / _MICROSECONDS
            return "date", days.fill_null(float("nan")).to_numpy()
    elif hasattr(table, "iloc") and getattr(table.iloc[:, place].dtype, "kind", "O") == "M":
        moments = table.iloc[:, place].to_numpy("datetime64[us]")
        days = moments.astype(np.int64) / _MICROSECONDS
        return "date", np.where(np.isnat(moments), np.nan, days)
    return "category", None


def _category_axis(name: str, place: int, cells: list[Any]) -> PlaneAxis:
    counts = Counter(cell for cell in cells if cell is not None)
    if not counts:
        raise InputError(f"column {name!r} has no value in any row; choose another for the picture")
    shown = sorted(
        (level for level, _ in counts.most_common(_MOST_LEVELS)),
        key=lambda level: (isinstance(level, str), level if isinstance(level, str) else +level),
    )
    places = {level: i for i, level in enumerate(shown)}
    return PlaneAxis(
        name=name,
        place=place,
        kind="category",
        values=np.array([places.get(cell, np.nan) for cell in cells], np.float64),
        grid=np.arange(len(shown), dtype=np.float64),
        levels=tuple(shown),
        left_out=len(counts) - len(shown),
    )
