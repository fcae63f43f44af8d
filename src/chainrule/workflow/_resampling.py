"""Intervals of scores that are functions of means, by the bootstrap over rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from chainrule.workflow._proportions import Z

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Means = Callable[[Floats], Floats]

__all__ = ["FEWEST", "resampled"]

#: Of fewer rows there are not enough different resamples, nor is the median between two of them.
FEWEST = 5
#: More numbers than these are not drawn: of so many rows the scores are normal without it.
MOST_DRAWN = 10_000_000


def resampled(
    parts: Floats, scores: Means, *, seed: int, resamples: int
) -> list[tuple[float, float] | None]:
    """Return the intervals of scores of weighted means.

    Parameters
    ----------
    parts : array of shape (n, f)
        What each row adds to f sums.
    scores : callable
        From sums of shape (m, f) to scores of shape (m, s); NaN where there is no such score.
    seed : int
        Of the resamples.
    resamples : int
        How many.

    Returns
    -------
    list of (low, high) or None, of length s
        None where the rows tell no interval.

    Examples
    --------
    >>> rows = np.column_stack([np.arange(20.0), np.ones(20)])
    >>> [(low, high)] = resampled(rows, lambda s: s[:, :1] / s[:, 1:], seed=0, resamples=999)
    >>> 6 < low < 8 < 11 < high < 13
    True
    """
    n = len(parts)
    if n < FEWEST:
        return [None] * scores(parts).shape[1]
    total = parts.sum(axis=0)
    value, without = scores(total[None])[0], scores(total - parts)
    if n * resamples > MOST_DRAWN:
        return [_normal(v, w) for v, w in zip(value, without.T, strict=True)]
    drawn = scores(_draw(parts, seed=seed, resamples=resamples))
    columns = zip(value, drawn.T, without.T, strict=True)
    return [_bca(v, d, w) for v, d, w in columns]


def _draw(parts: Floats, *, seed: int, resamples: int) -> Floats:
    """Return the sums of resamples of n rows, shape (resamples, f)."""
    random = np.random.default_rng(seed)
    n = len(parts)
    sums = np.empty((resamples, parts.shape[1]))
    for row in sums:
        # How often each row is drawn: a product with that is sooner made than rows are gathered.
        row[:] = np.bincount(random.integers(0, n, n), minlength=n) @ parts
    return sums


def _bca(value: float, drawn: Floats, without: Floats) -> tuple[float, float] | None:
    """Return the bias-corrected and accelerated interval."""
    known, left = drawn[np.isfinite(drawn)], without[np.isfinite(without)]
    # A resample of equal targets has no R²; where that is usual, there is nothing to go by.
    if not np.isfinite(value) or len(known) < 0.9 * len(drawn) or len(left) < len(without):
        return None
    below = (np.count_nonzero(known < value) + np.count_nonzero(known <= value)) / 2 / len(known)
    shift = ndtri(below) if 0 < below < 1 else 0.0
    gaps = left.mean() - left
    squares = float(gaps @ gaps)
    bend = float((gaps**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0
    ends = shift + np.array([-Z, Z])
    low, high = np.quantile(known, ndtr(shift + ends / (1 - bend * ends)))
    return float(low), float(high)


def _normal(value: float, without: Floats) -> tuple[float, float] | None:
    """Return value ± 1.96 standard errors, these by leaving out one row at a time."""
    n = len(without)
    error = float(np.sqrt((n - 1) * without.var()))
    known = np.isfinite(value) and np.isfinite(error)
    return (float(value - Z * error), float(value + Z * error)) if known else None
