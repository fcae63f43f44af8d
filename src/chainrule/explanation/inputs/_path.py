"""The integral of a slope along a straight line, refined until it is what it has to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from chainrule.mathematics.arrays import Array

__all__ = ["PathIntegral", "integrate_path"]

_BEGINNING = 16
# Four points are exact for polynomials up to the seventh degree.
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(4)
# Of the largest value on the way: smaller differences than these are rounding.
_TINY = 1e-9


class PathIntegral(NamedTuple):
    """The integral along the line.

    Attributes
    ----------
    parts : array of shape (d,)
        (xᵢ − bᵢ) ∫₀¹ ∂ŷ/∂xᵢ (b + t(x − b)) dt.
    start, end : float
        ŷ(b) and ŷ(x).
    points : int
        At how many points the slope was taken.
    reached : bool
        Whether it came as near to ŷ(x) − ŷ(b) as was asked for.
    """

    parts: Array
    start: float
    end: float
    points: int
    reached: bool


def integrate_path(
    output: Callable[[Array], tuple[Array, Array]],
    baseline: Array,
    x: Array,
    *,
    tolerance: float,
    most_points: int,
) -> PathIntegral:
    """Integrate the slope of a number from a baseline to a row, input by input.

    Gauss–Legendre with four points in each of 16 panels. The parts of one panel must sum to what ŷ
    gains in it, so it is known of every panel how wrong it is: those that are most wrong, such as
    the ones with a kink of a ReLU in them, are halved until all errors together, none set off
    against another, are within the tolerance.

    Parameters
    ----------
    output : callable
        Rows (n, d) to ŷ (n,) and ∂ŷ/∂x (n, d).
    baseline, x : array of shape (d,)
        Where the line begins and ends.
    tolerance : float
        Of |ŷ(x) − ŷ(b)|.
    most_points : int
        To give up at.

    Returns
    -------
    PathIntegral

    Examples
    --------
    >>> square = lambda x: ((x**2).sum(axis=1), 2 * x)
    >>> found = integrate_path(
    ...     square, np.zeros(2), np.array([1.0, 3.0]), tolerance=1e-3, most_points=1000
    ... )
    >>> found.parts.round(6), found.end, found.points
    (array([1., 9.]), 10.0, 64)
    """
    way = x - baseline
    edges = np.linspace(0, 1, _BEGINNING + 1)
    heights = output(baseline + edges[:, None] * way)[0]
    start, end = float(heights[0]), float(heights[-1])
    allowed = tolerance * abs(end - start) + _TINY * float(np.abs(heights).max())
    ends = np.stack([edges[:-1], edges[1:]])
    rises = np.stack([heights[:-1], heights[1:]])
    parts = _over_panels(output, baseline, way, ends)
    points = parts.shape[0] * len(_POINTS)
    while True:
        wrong = np.abs(rises[1] - rises[0] - parts.sum(axis=1))
        split = wrong > allowed / (2 * len(wrong))
        reached = bool(wrong.sum() <= allowed)
        more = 2 * int(split.sum()) * len(_POINTS)
        if reached or points + more > most_points:
            return PathIntegral(parts.sum(axis=0), start, end, points, reached)
        middle = ends[:, split].mean(axis=0)
        height = output(baseline + middle[:, None] * way)[0]
        halves = _halved(ends[:, split], middle)
        parts = np.concatenate([parts[~split], _over_panels(output, baseline, way, halves)])
        ends = np.concatenate([ends[:, ~split], halves], axis=1)
        rises = np.concatenate([rises[:, ~split], _halved(rises[:, split], height)], axis=1)
        points += more


def _over_panels(
    output: Callable[[Array], tuple[Array, Array]], baseline: Array, way: Array, ends: Array
) -> Array:
    """Return the parts of each panel, shape (panels, d)."""
    half = (ends[1] - ends[0]) / 2
    t = ends.mean(axis=0)[:, None] + half[:, None] * _POINTS
    slopes = output(baseline + t.reshape(-1, 1) * way)[1].reshape(*t.shape, -1)
    return np.asarray(np.einsum("pkd,k,p->pd", slopes, _WEIGHTS, half) * way)


def _halved(pairs: Array, middle: Array) -> Array:
    """Return (begin, middle) of all pairs, then (middle, end)."""
    return np.concatenate([np.stack([pairs[0], middle]), np.stack([middle, pairs[1]])], axis=1)
