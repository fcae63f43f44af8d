"""Where the bars of a table begin and end, in per cent of their cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainrule.reporting._prediction_facts import Estimate, NeededColumn

__all__ = ["Bar", "around_zero", "from_zero"]

# Room at both ends, so that dots and lines are not cut off.
_FIRST, _LAST = 2.0, 98.0


@dataclass(frozen=True)
class Bar:
    """A bar with a line for an interval.

    Attributes
    ----------
    left, width : float
        Of the bar.
    dot, low, high, zero : float or None
        The number, the ends of the line, and the place of 0 if that is drawn.
    """

    left: float
    width: float
    dot: float | None
    low: float | None
    high: float | None
    zero: float | None = None


def from_zero(estimate: Estimate, top: float) -> Bar:
    """Draw a number from 0 to ``top``, with its interval.

    Examples
    --------
    >>> from chainrule.reporting._prediction_facts import Estimate
    >>> from_zero(Estimate(value=0.5, low=0.25, high=1.0), 1.0)
    Bar(left=2.0, width=48.0, dot=50.0, low=26.0, high=98.0, zero=None)
    """
    places = [
        None if number is None else _place(number, 0.0, top)
        for number in (estimate.value, estimate.low, estimate.high)
    ]
    dot, low, high = places
    return Bar(_FIRST, 0.0 if dot is None else round(dot - _FIRST, 2), dot, low, high)


def around_zero(column: NeededColumn, columns: Sequence[NeededColumn]) -> Bar:
    """Draw how far a score falls, on the scale of all columns."""
    first = min(0.0, *(c.smallest for c in columns))
    last = max(0.0, *(c.largest for c in columns))
    zero, dot, low, high = (
        _place(number, first, last)
        for number in (0.0, column.drop, column.smallest, column.largest)
    )
    return Bar(min(zero, dot), round(abs(dot - zero), 2), dot, low, high, zero)


def _place(number: float, first: float, last: float) -> float:
    share = 0.0 if last <= first else (number - first) / (last - first)
    return round(_FIRST + min(max(share, 0.0), 1.0) * (_LAST - _FIRST), 2)
