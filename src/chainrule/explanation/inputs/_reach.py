"""What a cell may become: what the table has seen of its column, in the column's own steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.explanation.inputs._raw_columns import RawColumns
from chainrule.explanation.inputs._raw_rows import RawRows
from chainrule.mathematics.arrays import Array

__all__ = ["Reach", "find_reaches"]

# So many digits behind the point are told apart, and a column's range is cut into so many steps.
_MOST_DIGITS, _MOST_STEPS = 6, 20_000
# Of the range: less is rounding, as of tenths in single precision.
_ROUNDING = 1e-6
# Whole numbers of so few different values may be codes: only what was seen will do.
_FEW_VALUES = 20
_MOST_LEVELS = 200
# A column is moved by this share of its spread to see how its inputs follow.
_NUDGE = 0.01


@dataclass(frozen=True, eq=False)
class Reach:
    """What one raw column's cell may become.

    Attributes
    ----------
    place : int
        Of the column.
    name : str
        What it is called.
    now : object
        The cell as it is; None if it is missing.
    numeric : bool
        Whether it holds numbers that may be moved, not levels that one is swapped for another.
    values : array of shape (v,)
        Numbers, in order, from the smallest seen to the largest; else levels, frequent ones first.
    spread, middle : float
        The standard deviation and the median of what was seen, for numbers.
    whole : bool
        Whether its cells are integers by type.
    """

    place: int
    name: str
    now: Any
    numeric: bool
    values: NDArray[Any]
    spread: float = 1.0
    middle: float = 0.0
    whole: bool = False

    @property
    def moves(self) -> bool:
        """Whether it is a number that a gradient can move."""
        return self.numeric and self.now is not None

    @cached_property
    def sides(self) -> tuple[Array, ...]:
        """The numbers above and below the cell, nearest first; of a missing one, the middle's."""
        start = self.middle if self.now is None else self.now
        above = self.values >= start if self.now is None else self.values > start
        return self.values[above], self.values[self.values < start][::-1]

    @property
    def levels(self) -> list[Any]:
        """The levels it may be swapped for."""
        return [] if self.numeric else [level for level in self.values if level != self.now]

    def cell(self, value: Any) -> Any:
        """Return a value as a cell of the column's own type."""
        if not self.numeric:
            return value
        return round(float(value)) if self.whole else float(value)

    def near(self, value: float) -> float:
        """Return the nearest number that it may become; itself where that is as near."""
        place = np.searchsorted(self.values, value).clip(1, len(self.values) - 1)
        low, high = float(self.values[place - 1]), float(self.values[place])
        found = low if value - low < high - value else high
        return float(self.now) if abs(self.now - value) <= abs(found - value) else found

    def distance(self, value: Any) -> float:
        """Return how far a change goes: in spreads; 1 for a level, or for filling a cell in."""
        return abs(value - self.now) / self.spread if self.moves else 1.0

    def nudged(self, value: float) -> tuple[Any, Any]:
        """Return a number moved down and up a little, as cells."""
        step = max(self.spread * _NUDGE, 1.0 if self.whole else 0.0)
        low, high = min(value, self.values[0]), max(value, self.values[-1])
        return self.cell(max(low, value - step)), self.cell(min(high, value + step))


def find_reaches(
    rows: RawRows, data: RawRows, columns: RawColumns, inputs: Array, allowed: Sequence[int]
) -> list[Reach]:
    """Find what each cell of a row may become.

    Parameters
    ----------
    rows : RawRows
        The one row.
    data : RawRows
        The table that says what has been seen.
    columns : RawColumns
        Which inputs each column became.
    inputs : array of shape (n, d)
        The table's rows, encoded.
    allowed : sequence of int
        The columns that may change.

    Returns
    -------
    list of Reach
        Of the columns in which the table has more than one value.
    """
    found = []
    for place in allowed:
        numbers, now = data.numbers(place), rows.cells(place)[0]
        own = [i for i, source in enumerate(columns.sources) if source == (place,)]
        levels = numbers is None or _one_hot(numbers, inputs[:, own])
        make = _levels if levels else _numbers
        found.append(make(place, rows.names[place], now, data))
    return [reach for reach in found if len(reach.values) > 1]


def _one_hot(numbers: Array, inputs: Array) -> bool:
    """Whether numbers became marks of 0 and 1: they are names of something."""
    different = len(np.unique(numbers[np.isfinite(numbers)]))
    return different > 2 and inputs.shape[1] > 1 and bool(np.isin(inputs, (0, 1)).all())


def _levels(place: int, name: str, now: Any, data: RawRows) -> Reach:
    counts = Counter(cell for cell in data.cells(place) if cell is not None)
    levels = np.empty(min(len(counts), _MOST_LEVELS), object)
    levels[:] = [level for level, _ in counts.most_common(_MOST_LEVELS)]
    return Reach(place, name, now, numeric=False, values=levels)


def _numbers(place: int, name: str, now: Any, data: RawRows) -> Reach:
    cells = data.numbers(place)
    seen = np.empty(0) if cells is None else cells[np.isfinite(cells)]
    if len(seen) == 0:
        return Reach(place, name, now, numeric=True, values=seen)
    whole = all(isinstance(cell, int) for cell in data.cells(place) if cell is not None)
    return Reach(
        place,
        name,
        now,
        numeric=True,
        values=_steps(seen),
        spread=float(seen.std()),
        middle=float(np.median(seen)),
        whole=whole,
    )


def _steps(seen: Array) -> Array:
    """Return the numbers from the smallest to the largest, with as many digits as were seen."""
    different = np.unique(seen)
    low, high = float(different[0]), float(different[-1])
    near = _ROUNDING * (high - low)
    exact = (d for d in range(_MOST_DIGITS) if np.allclose(different, different.round(d), 0, near))
    digits = next(exact, None)
    if digits == 0 and len(different) <= _FEW_VALUES:
        return different
    # A power of ten, so that what is proposed reads like what was seen.
    most = int(np.floor(np.log10(_MOST_STEPS / (high - low)))) if high > low else 0
    digits = most if digits is None else min(digits, most)
    first = np.ceil(low * 10.0**digits)
    count = int(np.floor(high * 10.0**digits) - first) + 1
    steps = ((first + np.arange(count)) / 10.0**digits).round(max(digits, 0))
    return np.unique(np.concatenate([[low], steps.clip(low, high), [high]]))
