"""Which columns moved a prediction away from that of the average row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.explanation._numbers import cell, cut, number
from chainrule.explanation.inputs.attributions import Attribution
from chainrule.explanation.worked._document import Paragraph

__all__ = ["Mover", "choose_movers", "movement"]

# Inputs that are named: at least so many, at most so many, and no more than make up such a share.
_FEWEST, _MOST, _SHARE = 2, 4, 0.8
# Of the largest part: what is smaller is not named.
_NOTHING = 0.01
# Characters of a name and of a cell.
_NAME, _CELL = 40, 24


@dataclass(frozen=True)
class Mover:
    """What one raw column did to a prediction.

    Attributes
    ----------
    column : str
        Its name.
    cell : Any
        Its cell in the row; None where that is missing.
    part : float
        Its integrated gradient: what it adds to the prediction for the average row.
    mixed : bool
        Whether it is several columns, mixed before the network, that have no cell of their own.
    """

    column: str
    cell: Any
    part: float
    mixed: bool = False

    def __str__(self) -> str:
        """Write column and cell, each on one line and not too long."""
        name = cut(self.column, _NAME)
        return name if self.mixed else f"{name} = {cut(cell(self.cell), _CELL)}"


def choose_movers(moved: Attribution | None) -> tuple[tuple[Mover, ...], float, int]:
    """Choose the columns to name.

    Parameters
    ----------
    moved : Attribution or None
        Of one row; None where nothing can be told.

    Returns
    -------
    movers : tuple of Mover
        The largest parts first.
    others : float
        The sum of the other parts.
    count : int
        How many these are.
    """
    if moved is None:
        return (), 0.0, 0
    parts = moved.by_column()[0]
    order = np.argsort(-np.abs(parts), kind="stable")
    covered = np.abs(parts[order]).cumsum()
    enough = int(np.searchsorted(covered, _SHARE * covered[-1])) + 1
    count = min(max(enough, _FEWEST), _MOST, len(parts))
    # What does next to nothing is not named, be it among the few that do anything.
    sizes = np.abs(parts[order[:count]])
    count = int(np.count_nonzero(sizes > _NOTHING * sizes[0]))
    groups, names = moved.columns.groups, moved.columns.group_names
    movers = []
    for place in order[:count].tolist():
        mixed = len(groups[place]) != 1
        found = None if mixed else moved.cells[0][groups[place][0]]
        movers.append(Mover(names[place], found, float(parts[place]), mixed))
    return tuple(movers), float(parts[order[count:]].sum()), len(parts) - count


def movement(moved: Attribution, movers: tuple[Mover, ...], others: int) -> Paragraph:
    """Tell how parts lead from the average row's prediction to this one's, rounded so as to add up.

    What rounding leaves goes to the other columns, or to the last that is named.

    Parameters
    ----------
    moved : Attribution
        Of one row.
    movers : tuple of Mover
        The columns that are named.
    others : int
        How many there are besides.

    Returns
    -------
    Paragraph
    """
    start, end = float(moved.baseline_prediction[0]), float(moved.prediction[0])
    places = _decimals([start, end] if not movers else [m.part for m in movers])
    numbers = [round(m.part, places) for m in movers]
    rest = round(end, places) - round(start, places) - sum(numbers)
    if others == 0 and movers:
        numbers[-1] += rest
    told = [f"{_fixed(part, places, '+')} {m}" for m, part in zip(movers, numbers, strict=True)]
    if others:
        what = "the other column" if others == 1 else f"all {others:,} other columns"
        told.append(f"{_fixed(rest, places, '+')} {what}")
    what = "weighted sum " if "weighted sum" in moved.outputs[0] else ""
    average = moved.baseline_is.replace("the mean of the inputs of", "the average of")
    return Paragraph(
        f"From {what}{_fixed(start, places)} for {average} to {_fixed(end, places)}: "
        f"{', '.join(told)}.{'' if moved.complete[0] else _STEEP}"
    )


_STEEP = " The way between the two is too steep to be followed exactly: take the parts as rough."


def _decimals(numbers: list[float]) -> int:
    """Return how many decimals the largest of some numbers needs for three digits."""
    largest = max(map(abs, numbers), default=0.0)
    if not 0 < largest < math.inf:
        return _DIGITS
    return min(max(0, _DIGITS - 1 - math.floor(math.log10(largest))), _MOST_DECIMALS)


_DIGITS, _MOST_DECIMALS = 3, 9


def _fixed(value: float, places: int, sign: str = "-") -> str:
    """Write a number with so many decimals; very large ones by a power of ten.

    Examples
    --------
    >>> _fixed(-0.25, 3), _fixed(0.25, 1, "+"), _fixed(-0.0001, 2, "+")
    ('−0.250', '+0.2', '+0.00')
    """
    if not abs(value) < _LARGE:
        return number(value)
    return f"{round(value, places) + 0.0:{sign}.{places}f}".replace("-", "−")


_LARGE = 1e12
