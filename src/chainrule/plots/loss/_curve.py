"""The curve that a way downhill goes on: which part of it is drawn, and where its minima are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array
from chainrule.plots.loss._descent import Descent, Slope

__all__ = ["Curve", "check_span", "window_of"]

_POINTS = 801
_MARGIN = 0.12
# The first steps of a way that leaves are shown, as far as they are not much farther than the rest.
_FIRST_STEPS = 6
# How far to look for something lower, in widths of the picture.
_FARTHER = np.geomspace(0.01, 20, 200)


class Curve(NamedTuple):
    """A function's values in a window.

    Attributes
    ----------
    x, y : array of shape (n,)
        The curve; NaN where it has no value.
    minima : array of shape (m, 2)
        x and g(x) of the minima within the window, the lowest first.
    lowest_of_all : bool
        Whether nothing lower was found farther out.
    """

    x: Array
    y: Array
    minima: Array
    lowest_of_all: bool

    @classmethod
    def of(cls, slope: Slope, low: float, high: float) -> Curve:
        """Work it out, and leave away both ends where there are no values."""
        x = np.linspace(low, high, _POINTS)
        found = np.array([slope(float(at)) or (np.nan, np.nan) for at in x])
        there = np.flatnonzero(np.isfinite(found[:, 0]))
        if not len(there):
            raise InputError(f"the function has no values between {low:g} and {high:g}")
        kept = slice(there[0], there[-1] + 1)
        x, y, slopes = x[kept], found[kept, 0], found[kept, 1]
        minima = _minima(slope, x, y, slopes)
        lowest_of_all = _nothing_lower(slope, x, y, minima)
        return cls(x, _without_poles(y, slopes), minima, lowest_of_all)


def _without_poles(y: Array, slopes: Array) -> Array:
    """Leave a gap where a curve jumps against the slope on both sides, as 1/x does at 0."""
    jumps = np.diff(y)
    pole = (jumps * slopes[:-1] < 0) & (jumps * slopes[1:] < 0)
    return np.where(np.append(pole, False), np.nan, y)


def _minima(slope: Slope, x: Array, y: Array, slopes: Array) -> Array:
    found = []
    for i in np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] >= 0)):
        try:
            at = float(brentq(lambda x: (slope(float(x)) or (0, np.nan))[1], x[i], x[i + 1]))
        except ValueError:  # no value in between
            continue
        at = 0.0 if abs(at) < 1e-9 * (x[-1] - x[0]) else at
        here = slope(at)
        # Where a slope jumps over a pole, it is no minimum.
        if here is not None and here[0] <= min(y[i], y[i + 1]) + 1e-12 * abs(y[i]):
            found.append((at, here[0]))
    return np.array(sorted(found, key=lambda pair: pair[1])).reshape(-1, 2)


def _nothing_lower(slope: Slope, x: Array, y: Array, minima: Array) -> bool:
    if not len(minima):
        return False
    width = float(x[-1] - x[0]) or 1.0
    outside = [*(x[0] - _FARTHER * width), *(x[-1] + _FARTHER * width)]
    values = [(slope(float(at)) or (np.inf, 0.0))[0] for at in outside]
    lowest = minima[0, 1] - 1e-9 * max(1.0, abs(minima[0, 1]))
    return not (min(values) < lowest or np.nanmin(y) < lowest)


def window_of(slope: Slope, runs: Sequence[Descent], span: Any) -> tuple[float, float]:
    """Return from where to where the curve is drawn.

    Parameters
    ----------
    slope : callable
        Its values and slopes.
    runs : sequence of Descent
        What has to be seen on it.
    span : (float, float) or None
        As a person wants it.

    Returns
    -------
    (float, float)

    Raises
    ------
    InputError
        The span is none.
    """
    if span is not None:
        return check_span(span)
    starts = [float(run.x[0]) for run in runs]
    stays = [run for run in runs if run.ending not in ("diverged", "left the domain")]
    core = [*starts, *(float(run.x[-1]) for run in stays)]
    low, high = min(core), max(core)
    width = high - low if high > low else max(1.0, abs(low))
    seen = np.concatenate([*(run.x[:_FIRST_STEPS] for run in runs), *(run.x for run in stays)])
    seen = seen[(seen >= low - 2 * width) & (seen <= high + 2 * width)]
    wanted = np.append(seen, _valleys(slope, starts, low - 2 * width, high + 2 * width))
    low, high = float(wanted.min()), float(wanted.max())
    width = high - low if high > low else 2 * max(1.0, abs(low))
    return low - _MARGIN * width, high + _MARGIN * width


def _valleys(slope: Slope, starts: list[float], low: float, high: float) -> list[float]:
    """Return the minimum next to each start, where there is one not far away."""
    x = np.linspace(low, high, _POINTS // 2)
    slopes = np.array([(slope(float(at)) or (np.nan, np.nan))[1] for at in x])
    places = x[:-1][(slopes[:-1] < 0) & (slopes[1:] >= 0)]
    return [float(places[np.abs(places - start).argmin()]) for start in starts if len(places)]


def check_span(span: Any) -> tuple[float, float]:
    """Return a span as two numbers, the smaller one first."""
    try:
        low, high = (float(end) for end in span)
    except (TypeError, ValueError):
        low = high = np.nan
    if not (np.isfinite([low, high]).all() and low < high):
        raise InputError(
            f"span is two numbers, such as (-2, 3), the smaller one first; got {span!r}"
        )
    return low, high
