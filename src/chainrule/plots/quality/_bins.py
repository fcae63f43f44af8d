"""Rows put in bins by their predicted probability, and how sure a share of few rows is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array

__all__ = ["STRATEGIES", "Bins", "fill_bins", "wilson_interval"]

#: How wide bins are: all alike, or so that all have as many rows.
STRATEGIES = ("uniform", "quantile")
# The share of so few rows says next to nothing.
_LEAST = 5


@dataclass(frozen=True, eq=False)
class Bins:
    """Rows by their predicted probability.

    Attributes
    ----------
    edges : array of shape (b + 1,)
        From 0 to 1, or from the smallest to the largest probability.
    counts : array of int of shape (b,)
        Rows in each.
    sizes : array of shape (b,)
        The sum of their weights.
    predicted : array of shape (b,)
        Their mean probability.
    observed : array of shape (b,)
        Which share of them it came true for.
    low, high : array of shape (b,)
        Between which the share lies, with 95 % confidence.
    joined : bool
        Whether bins of few rows were joined with a neighbor.
    """

    edges: Array
    counts: NDArray[np.int64]
    sizes: Array
    predicted: Array
    observed: Array
    low: Array
    high: Array
    joined: bool


def wilson_interval(share: Array, count: Array, *, confidence: float = 0.95) -> tuple[Array, Array]:
    r"""Return between which a share lies, seen that of some rows.

    .. math::
        \frac{p + z^2/2n \pm z \sqrt{p(1-p)/n + z^2/4n^2}}{1 + z^2/n}

    Parameters
    ----------
    share : array of shape (b,)
        p.
    count : array of shape (b,)
        n, of weighted rows how many equal ones say as much.
    confidence : float
        How often it is to hold.

    Returns
    -------
    low, high : array of shape (b,)

    Examples
    --------
    >>> low, high = wilson_interval(np.array([0.5]), np.array([10]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.237], [0.763])

    Notes
    -----
    Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    z = float(ndtri((1 + confidence) / 2))
    middle = share + z**2 / (2 * count)
    reach = z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    whole = 1 + z**2 / count
    return ((middle - reach) / whole).clip(0, 1), ((middle + reach) / whole).clip(0, 1)


def fill_bins(
    probability: Array, true: Array, weights: Array | None, *, bins: int, strategy: str
) -> Bins:
    """Put rows in bins as scikit-learn does, and join those of fewer than 5 with a neighbor.

    Parameters
    ----------
    probability : array of shape (n,)
        What was predicted.
    true : array of bool of shape (n,)
        Whether it came true.
    weights : array of shape (n,) or None
        How much each row counts.
    bins : int
        How many at most.
    strategy : {"uniform", "quantile"}
        All of the same width, or of as many rows.

    Returns
    -------
    Bins

    Raises
    ------
    InputError
        Another strategy, or no bins.
    """
    _check(bins, strategy)
    edges = (
        np.linspace(0.0, 1.0, bins + 1)
        if strategy == "uniform"
        else np.unique(np.percentile(probability, np.linspace(0, 100, bins + 1)))
    )
    if len(edges) == 1:  # all probabilities are the same
        edges = np.repeat(edges, 2)
    place = np.searchsorted(edges[1:-1], probability)
    counts = np.bincount(place, minlength=len(edges) - 1)
    groups = _join(counts)
    place = groups[place]
    each = np.ones(len(place)) if weights is None else weights
    counts, sizes = np.bincount(place), np.bincount(place, each)
    observed = np.bincount(place, each * true) / sizes
    low, high = wilson_interval(observed, sizes**2 / np.bincount(place, each**2))
    return Bins(
        edges=edges[np.r_[True, np.diff(groups) > 0, True]],
        counts=counts,
        sizes=sizes,
        predicted=np.bincount(place, each * probability) / sizes,
        observed=observed,
        low=low,
        high=high,
        joined=len(counts) < len(groups),
    )


def _check(bins: int, strategy: str) -> None:
    if strategy not in STRATEGIES:
        raise InputError(f"strategy is 'uniform' or 'quantile', not {strategy!r}")
    if not isinstance(bins, int | np.integer) or isinstance(bins, bool) or bins < 1:
        raise InputError(f"bins must be a whole number of at least 1, not {bins!r}")


def _join(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the group of each bin, so that each has rows enough, or there is one alone."""
    sizes, first = counts.tolist(), list(range(len(counts)))
    while len(sizes) > 1 and min(sizes) < _LEAST:
        small = sizes.index(min(sizes))
        beside = [i for i in (small - 1, small + 1) if 0 <= i < len(sizes)]
        near = min(beside, key=lambda i: sizes[i])
        left = min(small, near)
        sizes[left] += sizes.pop(left + 1)
        first.pop(left + 1)
    return np.searchsorted(first, np.arange(len(counts)), side="right") - 1
