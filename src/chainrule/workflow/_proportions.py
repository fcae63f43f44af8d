"""Intervals of scores between 0 and 1, from the rows that were right: no resampling.

A bootstrap of 69 right rows out of 69 knows of no wrong ones, and would claim that there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.workflow.rows import Weights

    Floats = NDArray[np.float64]

__all__ = ["Estimate", "Z", "difference", "effective_size", "of_classes", "wilson"]

#: The standard normal's 97.5 % point.
Z = 1.959963984540054


class Estimate(NamedTuple):
    """A score, its interval, and what each row does to it.

    Attributes
    ----------
    value, low, high : float
        The score and the ends of its interval.
    influence : array of shape (n,)
        How the score moves with each row's weight, but for a factor: by it two models' scores on
        the same rows are seen to rise and fall together.
    """

    value: float
    low: float
    high: float
    influence: Floats


def wilson(share: float, size: float) -> tuple[float, float]:
    """Return Wilson's interval of a proportion.

    Parameters
    ----------
    share : float
        Which was found.
    size : float
        In so many rows, above 0.

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> low, high = wilson(1.0, 69)
    >>> round(low, 3), high
    (0.947, 1.0)
    """
    z2 = Z * Z / size
    middle = (share + z2 / 2) / (1 + z2)
    half = Z / (1 + z2) * np.sqrt(share * (1 - share) / size + z2 / size / 4)
    # At the ends rounding must not say 0.9999999.
    low = 0.0 if share <= 0 else max(0.0, float(middle - half))
    return low, 1.0 if share >= 1 else min(1.0, float(middle + half))


def effective_size(each: Floats) -> float:
    """Return of how many equally weighted rows a mean is as sure as of these: (Σw)² / Σw².

    Examples
    --------
    >>> effective_size(np.array([1.0, 1.0, 1.0])), effective_size(np.array([8.0, 1.0]))
    (3.0, 1.2461538461538462)
    """
    return float(each.sum() ** 2 / (each @ each))


def difference(first: Estimate, second: Estimate) -> tuple[float, float]:
    """Return the interval of first − second, two scores of the same rows (MOVER).

    Parameters
    ----------
    first, second : Estimate
        With their own intervals.

    Returns
    -------
    low, high : float
    """
    scale = np.sqrt((first.influence @ first.influence) * (second.influence @ second.influence))
    # Without any wrong row there is nothing to tell how far they go together.
    rho = float(first.influence @ second.influence / scale) if scale > 0 else 0.0
    middle = first.value - second.value
    down = _both(first.value - first.low, second.high - second.value, rho)
    up = _both(first.high - first.value, second.value - second.low, rho)
    return middle - down, middle + up


def _both(a: float, b: float, rho: float) -> float:
    return float(np.sqrt(max(0.0, a * a - 2 * rho * a * b + b * b)))


def of_classes(
    codes: NDArray[np.integer[Any]],
    probabilities: NDArray[np.floating[Any]],
    weights: Weights,
    *,
    probabilistic: bool,
) -> dict[str, Estimate]:
    """Estimate accuracy, balanced accuracy, macro F1 and the area under the ROC curve.

    Parameters
    ----------
    codes : array of shape (n,)
        Each row's true class.
    probabilities : array of shape (n, k)
        What was predicted.
    weights : array of shape (n,) or None
        How much each row counts.
    probabilistic : bool
        Whether these are probabilities; without them there is no area.

    Returns
    -------
    dict of str to Estimate
        By the names of the scores; without an area where a class does not occur.
    """
    each = np.ones(len(codes)) if weights is None else weights / weights.mean()
    k = probabilities.shape[1]
    said = probabilities.argmax(axis=1)
    right = (said == codes).astype(np.float64)
    accuracy = float(right @ each / each.sum())
    influence = each * (right - accuracy) / each.sum()
    found = {
        "accuracy": _estimate(accuracy, influence, effective_size(each)),
        "balanced_accuracy": _balanced_accuracy(codes, right, each, k),
        "macro_f1": _macro_f1(codes, said, each, k),
    }
    if probabilistic and k > 1 and (np.bincount(codes, minlength=k) > 0).all():
        found["roc_auc"] = _area(codes, probabilities, each)
    return found


def _estimate(value: float, influence: Floats, most: float) -> Estimate:
    """Take Wilson's interval of a proportion of so many rows that it varies as the score does.

    ``most`` is that number of rows where all classes are equally hard. It counts where the rows
    seem to tell more: those of a class without a wrong row say nothing of how it varies.
    """
    spread, rest = float(influence @ influence), value * (1 - value)
    size = min(most, rest / spread) if spread > 0 and rest > 0 else most
    return Estimate(value, *wilson(value, size), influence)


def _balanced_accuracy(
    codes: NDArray[np.integer[Any]], right: Floats, each: Floats, k: int
) -> Estimate:
    true = np.bincount(codes, each, minlength=k)
    occurs = np.flatnonzero(true)
    count = len(occurs)
    recall = np.bincount(codes, each * right, minlength=k) / np.where(true > 0, true, 1)
    influence = each * (right - recall[codes]) / (true[codes] * count)
    # The classes' recalls are of different rows.
    most = count**2 / (1 / np.array([effective_size(each[codes == c]) for c in occurs])).sum()
    return _estimate(float(recall[occurs].mean()), influence, float(most))


def _macro_f1(
    codes: NDArray[np.integer[Any]], said: NDArray[np.integer[Any]], each: Floats, k: int
) -> Estimate:
    right = codes == said
    hits, true, called = (
        np.bincount(of, each * which, minlength=k)
        for of, which in ((codes, right), (codes, 1.0), (said, 1.0))
    )
    either = np.flatnonzero(true + called)
    count = len(either)
    f1 = 2 * hits / np.where(true + called > 0, true + called, 1)
    # A row is in the sum above twice if it is right, in those below once for each of its classes.
    per_row = f1 / np.where(true + called > 0, true + called, 1) / count
    gain = np.where(right, 2 / (true + called)[codes] / count, 0)
    influence = each * (gain - per_row[codes] - per_row[said])
    variances = each.sum() / effective_size(each) / (true + called)[either]
    if count == 1:
        variances = 2 * variances  # the other class of a wrong row is none of those seen
    return _estimate(float(f1[either].mean()), influence, 1 / _touching_two(variances))


def _area(
    codes: NDArray[np.integer[Any]], probabilities: NDArray[np.floating[Any]], each: Floats
) -> Estimate:
    k = probabilities.shape[1]
    chosen = (1,) if k == 2 else tuple(range(k))
    values, variances = [], []
    influence = np.zeros(len(codes))
    for code in chosen:
        inside = codes == code
        area, moves = _placements(probabilities[:, code], inside, each)
        values.append(area)
        influence += moves / len(chosen)
        sizes = effective_size(each[inside]), effective_size(each[~inside])
        variances.append(_per_share(area, *sizes))
    most = 1 / _touching_two(np.array(variances))
    return _estimate(float(np.mean(values)), influence, most)


def _touching_two(variances: Floats) -> float:
    """Return the variance of the mean of classes' scores if each wrong row is one for two classes.

    Of k classes any two then have a correlation of 1/(k − 1).
    """
    k = len(variances)
    total, deviations = float(variances.sum()), float(np.sqrt(variances).sum())
    pairs = (deviations**2 - total) / (k - 1) if k > 1 else 0.0
    return (total + pairs) / k**2


def _placements(
    score: NDArray[Any], inside: NDArray[np.bool_], each: Floats
) -> tuple[float, Floats]:
    """Return the area, and by how much each row moves it (DeLong's components)."""
    levels, places = np.unique(score, return_inverse=True)
    mass = [np.bincount(places, each * side, minlength=len(levels)) for side in (inside, ~inside)]
    ranks = [(m.cumsum() - m / 2) / m.sum() for m in mass]
    placed = np.where(inside, ranks[1][places], 1 - ranks[0][places])
    total = np.where(inside, mass[0].sum(), mass[1].sum())
    area = float(placed[inside] @ each[inside] / mass[0].sum())
    return area, each * (placed - area) / total


def _per_share(area: float, m: float, n: float) -> float:
    """Return Hanley and McNeil's variance of an area of m rows by n, over area × (1 − area).

    With the mean of both numbers for each but in the product, as Newcombe does.
    """
    other = (m + n) / 2 - 1
    return (1 + other * ((1 - area) / (2 - area) + area / (1 + area))) / (m * n)
