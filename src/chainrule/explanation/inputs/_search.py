"""The search for the smallest change of raw cells that meets a goal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.explanation.inputs._goal import Goal
from chainrule.explanation.inputs._raw_rows import RawRows
from chainrule.explanation.inputs._reach import Reach
from chainrule.explanation.inputs._whole_model import WholeModel
from chainrule.mathematics.arrays import Array

__all__ = ["Cells", "Search"]

Cells = dict[int, Any]
"""The cells that are changed, by the place of their column."""

# Points tried at once between one that does not meet the goal and one that may.
_TRIES = 16
# Along the gradient: how far to go, in spreads, and how often to turn where it bends.
_LENGTHS = np.geomspace(0.01, 1000, 72)
_TURNS = 8
# A change of fewer columns may be so much longer than the shortest and still be told.
_LONGER = 1.5
_FEWER = (2, 3, 5, 10)


class _Tried(NamedTuple):
    met: Array
    margins: Array


class Search:
    """Look for changes of one row that meet a goal.

    Parameters
    ----------
    subject : WholeModel
        The model.
    row : RawRows
        The one row.
    goal : Goal
        What is to be reached.
    reaches : sequence of Reach
        What its cells may become.

    Attributes
    ----------
    nearest : dict
        Of all changes tried the one that came nearest to the goal.
    """

    def __init__(
        self, subject: WholeModel, row: RawRows, goal: Goal, reaches: Sequence[Reach]
    ) -> None:
        self._subject, self._row, self._goal = subject, row, goal
        self._reaches = {reach.place: reach for reach in reaches}
        self._best = -math.inf
        self.nearest: Cells = {}

    # ------------------------------------------------------------------ trying

    def changed(self, changes: Sequence[Cells]) -> RawRows:
        """Return the row as often as there are changes, each made in one copy."""
        rows = self._row.pick(np.zeros(len(changes), np.int64))
        for place in sorted({place for cells in changes for place in cells}):
            now = self._row.cells(place)[0]
            rows = rows.replace(place, [cells.get(place, now) for cells in changes])
        return rows

    def size(self, cells: Mapping[int, Any]) -> float:
        """Return how far changes go together: √ of the sum of squares, in spreads."""
        return math.hypot(*(self._reaches[p].distance(cell) for p, cell in cells.items()))

    def _way(self, cells: Cells) -> float:
        """Return a size by which to choose how to fill a missing cell, too: all are of size 1."""
        ((place, cell),) = cells.items()
        reach = self._reaches[place]
        return abs(cell - reach.middle) if reach.now is None else reach.distance(cell)

    def _try(self, changes: Sequence[Cells]) -> _Tried:
        rows = self.changed(changes)
        margins = self._goal.margins(self._subject.encode(rows))
        best = int(margins.argmax())
        if margins[best] > self._best:
            self._best, self.nearest = float(margins[best]), changes[best]
        return _Tried(self._goal.met(rows), margins)

    # ------------------------------------------------------------------ one column alone

    def alone(self) -> list[Cells]:
        """Return for each column that meets the goal alone its smallest change, smallest first."""
        found = [*self._numbers_alone(), *self._levels_alone()]
        return sorted(found, key=self.size)

    def _levels_alone(self) -> list[Cells]:
        changes = [
            {reach.place: level} for reach in self._reaches.values() for level in reach.levels
        ]
        if not changes:
            return []
        met, margins = self._try(changes)
        best: dict[int, int] = {}
        for i in np.flatnonzero(met).tolist():
            (place,) = changes[i]
            # All levels are as far; the one that decides most clearly is told.
            if place not in best or margins[i] > margins[best[place]]:
                best[place] = i
        return [changes[i] for i in best.values()]

    def _numbers_alone(self) -> list[Cells]:
        """Move each number up and down, to the first value that meets the goal."""
        sides = [(r, side) for r in self._reaches.values() if r.numeric for side in r.sides]
        # Between which places of a side the first is: after the first, up to the second.
        spans = {i: (-1, len(side) - 1) for i, (_, side) in enumerate(sides) if len(side)}
        sure: dict[int, bool] = dict.fromkeys(spans, False)
        while open_ := [i for i, (a, b) in spans.items() if b - a > 1 or not sure[i]]:
            tries = {i: _between(*spans[i]) for i in open_}
            changes = [
                {sides[i][0].place: sides[i][0].cell(sides[i][1][k])}
                for i in open_
                for k in tries[i]
            ]
            met = iter(self._try(changes).met.tolist())
            for i in open_:
                hits = [next(met) for _ in tries[i]]
                if not any(hits):
                    del spans[i]
                    continue
                first = hits.index(True)
                before = tries[i][first - 1] if first else spans[i][0]
                spans[i], sure[i] = (before, tries[i][first]), True
        found = [
            {sides[i][0].place: sides[i][0].cell(sides[i][1][b])} for i, (_, b) in spans.items()
        ]
        return _smallest_of_each(found, self._way)

    # ------------------------------------------------------------------ several together

    def together(self) -> Cells | None:
        """Return the smallest change along the gradient, of few columns if that is not far more."""
        moving = [p for p, reach in self._reaches.items() if reach.moves]
        widths = [n for n in _FEWER if n < len(moving)]
        found = [self._climb(most) for most in (*widths, len(moving))]
        reached = [cells for cells in found if cells is not None]
        if not reached:
            return None
        shortest = min(map(self.size, reached))
        return next(cells for cells in reached if self.size(cells) <= _LONGER * shortest)

    def _climb(self, most: int) -> Cells | None:
        """Follow the margin's gradient in at most so many numbers; swap levels where it ends."""
        here: Cells = {}
        height = float(self._goal.margins(self._subject.encode(self._row))[0])
        for _ in range(_TURNS):
            line = self._line(here, most)
            swaps = [{**here, r.place: level} for r in self._reaches.values() for level in r.levels]
            changes = [*line, *swaps]
            if not changes:
                return None
            met, margins = self._try(changes)
            on_line = met[: len(line)]
            if on_line.any():
                first = int(on_line.argmax())
                return self._without_needless(self._first_on(line, first, here))
            if met.any():
                hits = np.flatnonzero(met).tolist()
                return self._without_needless(min((changes[i] for i in hits), key=self.size))
            if margins.max() <= height:
                return None
            height = float(margins.max())
            here = changes[int(margins.argmax())]
        return None

    def _line(self, here: Cells, most: int) -> list[Cells]:
        """Return points along the gradient from here, each as a change of the row."""
        direction = self._direction(here, most)
        return _distinct([self._moved(here, direction, length) for length in _LENGTHS], here)

    def _moved(self, here: Cells, direction: Mapping[int, float], length: float) -> Cells:
        found = dict(here)
        for place, way in direction.items():
            reach = self._reaches[place]
            moved = here.get(place, reach.now) + length * way * reach.spread
            value = reach.near(float(np.clip(moved, reach.values[0], reach.values[-1])))
            found.pop(place, None)
            if value != reach.now:
                found[place] = reach.cell(value)
        return found

    def _direction(self, here: Cells, most: int) -> dict[int, float]:
        """Return the unit vector, in spreads, along which the margin rises most steeply."""
        moving = [reach for reach in self._reaches.values() if reach.moves]
        if not moving:
            return {}
        pairs = [r.nudged(here.get(r.place, r.now)) for r in moving]
        nudges = [{**here, r.place: c} for r, pair in zip(moving, pairs, strict=True) for c in pair]
        x = self._subject.encode(self.changed(nudges))
        slope = self._goal.slope(self._subject.encode(self.changed([here]))[0])
        rises = (x[1::2] - x[::2]) @ slope
        steep = {
            r.place: float(rise) * r.spread / (up - down)
            for r, rise, (down, up) in zip(moving, rises, pairs, strict=True)
        }
        kept = sorted(steep, key=lambda place: -abs(steep[place]))[:most]
        length = math.hypot(*(steep[place] for place in kept))
        return {place: steep[place] / length for place in kept} if length > 0 else {}

    def _first_on(self, line: Sequence[Cells], first: int, here: Cells) -> Cells:
        """Go back towards the last point that did not meet the goal, as far as it is still met."""
        found, before = line[first], line[first - 1] if first else here
        for _ in range(3):
            between = _distinct(
                [self._blend(before, found, t / _TRIES) for t in range(1, _TRIES)], before
            )
            if not between:
                return found
            met = self._try(between).met
            first = int(met.argmax()) if met.any() else len(between)
            before = between[first - 1] if first else before
            found = between[first] if first < len(between) else found
        return found

    def _blend(self, before: Cells, after: Cells, share: float) -> Cells:
        blended = {}
        for place, cell in after.items():
            reach = self._reaches[place]
            if not reach.moves:
                blended[place] = cell
                continue
            start = before.get(place, reach.now)
            value = reach.near(start + share * (cell - start))
            if value != reach.now:
                blended[place] = reach.cell(value)
        return blended

    def _without_needless(self, cells: Cells) -> Cells:
        """Take back what the goal is met without, the smallest changes first."""
        for place in sorted(cells, key=lambda p: self._reaches[p].distance(cells[p])):
            less = {p: cell for p, cell in cells.items() if p != place}
            if less and self._try([less]).met[0]:
                cells = less
        return cells


def _between(after: int, end: int) -> list[int]:
    """Return places after the one and up to the other, evenly spaced."""
    places = np.linspace(after + 1, end, min(_TRIES, end - after))
    return [int(place) for place in np.unique(places.astype(np.int64))]


def _distinct(changes: Sequence[Cells], but: Cells) -> list[Cells]:
    """Leave out what was just before."""
    found: list[Cells] = []
    for cells in changes:
        if cells != (found[-1] if found else but):
            found.append(cells)
    return found


def _smallest_of_each(found: Sequence[Cells], size: Any) -> list[Cells]:
    best: dict[int, Cells] = {}
    for cells in sorted(found, key=size):
        (place,) = cells
        best.setdefault(place, cells)
    return list(best.values())
