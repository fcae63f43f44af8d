"""What is made of times: medians, spreads, ratios."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of how many times longer theirs took, repeat by repeat.

    Examples
    --------
    >>> ratio([1.0, 2.0, 1.0], [3.0, 4.0, 30.0])
    3.0
    """
    return statistics.median(b / a for a, b in zip(ours, theirs, strict=True))


def quickest(times: dict[str, list[float]]) -> str:
    """Return the number of threads whose median is smallest.

    Examples
    --------
    >>> quickest({"1": [5.0, 6.0, 7.0], "2": [4.0, 4.0, 90.0]})
    '2'
    """
    return min(times, key=lambda count: statistics.median(times[count]))


def spread(times: Sequence[float]) -> dict[str, float]:
    """Return median, least and most."""
    return {"median": statistics.median(times), "least": min(times), "most": max(times)}
