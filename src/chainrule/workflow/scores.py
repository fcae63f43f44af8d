"""How good predictions are: plain records of scores.

Where rows have weights, every score is that of a table in which each row is repeated as often as
its weight says.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.workflow.rows import Weights

__all__ = [
    "ClassificationScores",
    "RegressionScores",
    "Scores",
    "losses_of",
    "quantiles_of",
    "score_classes",
    "score_numbers",
]

#: The residual quantiles that are reported.
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_NEAR = 1e-9


@dataclass(frozen=True, kw_only=True)
class ClassificationScores:
    """Scores of predicted classes.

    Attributes
    ----------
    rows : int
        How many rows were scored.
    accuracy : float
        Part of the rows that were right.
    balanced_accuracy : float
        The mean, over the classes that occur, of the part of each that was found.
    log_loss : float or None
        Mean of -log(probability given to the true class), in nats; None without probabilities.
    roc_auc : float or None
        Area under the ROC curve, for more than two classes the mean of one against the rest;
        None where a class does not occur, or without probabilities.
    macro_f1 : float
        Mean of the classes' F1.
    classes : tuple
        In the order of the confusion matrix.
    confusion : tuple of tuple of int, or of float
        Rows are the true classes, columns the predicted ones; how many, or the sum of their
        weights.
    """

    rows: int
    accuracy: float
    balanced_accuracy: float
    log_loss: float | None
    roc_auc: float | None
    macro_f1: float
    classes: tuple[Any, ...]
    confusion: tuple[tuple[float, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain data for JSON."""
        plain = dataclasses.asdict(self)
        plain["classes"] = list(self.classes)
        plain["confusion"] = [list(row) for row in self.confusion]
        return plain


@dataclass(frozen=True, kw_only=True)
class RegressionScores:
    """Scores of predicted numbers.

    Attributes
    ----------
    rows : int
        How many rows were scored.
    r2 : float or None
        1 - squared error / variance; None where all targets are equal.
    rmse, mae, median_absolute_error : float
        Root mean squared, mean absolute and median absolute error, in the target's unit.
    residual_quantiles : dict of str to float
        Of target minus prediction; "0%" is the smallest, "100%" the largest.
    """

    rows: int
    r2: float | None
    rmse: float
    mae: float
    median_absolute_error: float
    residual_quantiles: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain data for JSON."""
        return dataclasses.asdict(self)


Scores = ClassificationScores | RegressionScores


def score_classes(
    codes: NDArray[np.integer[Any]],
    probabilities: NDArray[np.floating[Any]],
    weights: Weights = None,
    *,
    classes: tuple[Any, ...],
    probabilistic: bool = True,
) -> ClassificationScores:
    """Score class probabilities.

    Parameters
    ----------
    codes : array of shape (n,)
        The true class of each row, as an index into ``classes``.
    probabilities : array of shape (n, k)
        What was predicted.
    weights : array of shape (n,), optional
        How much each row counts, above 0.
    classes : tuple of length k
        The classes.
    probabilistic : bool
        Whether these are probabilities, not just 1 for one class and 0 for the others.

    Returns
    -------
    ClassificationScores
        All scores.

    Examples
    --------
    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    >>> scores = score_classes(np.array([0, 1, 1]), p, classes=("no", "yes"))
    >>> round(scores.accuracy, 3), scores.confusion, scores.roc_auc
    (0.667, ((1, 0), (1, 1)), 1.0)
    """
    k = len(classes)
    predicted = probabilities.argmax(axis=1)
    right = predicted == codes
    # Whole numbers without weights, floats with them.
    confusion = np.bincount(codes * k + predicted, weights, minlength=k * k).reshape(k, k)
    hits, true, said = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    occurs = true > 0
    either = true + said > 0
    return ClassificationScores(
        rows=len(codes),
        accuracy=float(np.average(right, weights=weights)),
        balanced_accuracy=float(np.mean(hits[occurs] / true[occurs])),
        log_loss=_mean(losses_of(codes, probabilities), weights) if probabilistic else None,
        roc_auc=_roc_auc(codes, probabilities, weights) if probabilistic and occurs.all() else None,
        macro_f1=float(np.mean(2 * hits[either] / (true + said)[either])),
        classes=tuple(classes),
        confusion=tuple(map(tuple, confusion.tolist())),
    )


def losses_of(
    codes: NDArray[np.integer[Any]], probabilities: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Return each row's log loss, in nats.

    Parameters
    ----------
    codes : array of shape (n,)
        The true class of each row.
    probabilities : array of shape (n, k)
        What was predicted; a 0 counts as the smallest step of its float type.

    Returns
    -------
    array of shape (n,)

    Examples
    --------
    >>> losses_of(np.array([0, 1]), np.array([[1.0, 0.0], [0.5, 0.5]])).round(3) + 0.0
    array([0.   , 0.693])
    """
    given = probabilities[np.arange(len(codes)), codes].astype(np.float64)
    tiny = np.finfo(probabilities.dtype).eps
    losses: NDArray[np.float64] = -np.log(np.clip(given, tiny, 1.0))
    return losses


def _mean(numbers: NDArray[np.floating[Any]], weights: Weights) -> float:
    return float(np.average(numbers, weights=weights))


def _roc_auc(
    codes: NDArray[np.integer[Any]], probabilities: NDArray[np.floating[Any]], weights: Weights
) -> float:
    """Return the chance that a row of the class ranks above one that is not; ties count half."""
    k = probabilities.shape[1]
    areas = []
    for code in (1,) if k == 2 else range(k):
        levels, places = np.unique(probabilities[:, code], return_inverse=True)
        each = np.ones(len(codes)) if weights is None else weights
        inside = np.bincount(places, each * (codes == code), minlength=len(levels))
        outside = np.bincount(places, each * (codes != code), minlength=len(levels))
        below = outside.cumsum() - outside / 2
        areas.append(inside @ below / (inside.sum() * outside.sum()))
    return float(np.mean(areas))


def score_numbers(
    values: NDArray[np.floating[Any]],
    predicted: NDArray[np.floating[Any]],
    weights: Weights = None,
) -> RegressionScores:
    """Score predicted numbers.

    Parameters
    ----------
    values : array of shape (n,)
        The true numbers.
    predicted : array of shape (n,)
        What was predicted.
    weights : array of shape (n,), optional
        How much each row counts, above 0.

    Returns
    -------
    RegressionScores
        All scores.

    Examples
    --------
    >>> scores = score_numbers(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))
    >>> scores.r2, round(scores.rmse, 3), scores.residual_quantiles["0%"]
    (0.5, 0.577, -1.0)
    """
    residuals = values.astype(np.float64) - predicted.astype(np.float64)
    spread = _mean((values - _mean(values, weights)) ** 2, weights)
    squared = _mean(residuals**2, weights)
    size = np.abs(residuals)
    quantiles = quantiles_of(residuals, QUANTILES, weights)
    return RegressionScores(
        rows=len(values),
        r2=1.0 - squared / spread if spread > 0 else None,
        rmse=float(np.sqrt(squared)),
        mae=_mean(size, weights),
        median_absolute_error=float(quantiles_of(size, (0.5,), weights)[0]),
        residual_quantiles={
            f"{q:.0%}": float(v) for q, v in zip(QUANTILES, quantiles, strict=True)
        },
    )


def quantiles_of(
    numbers: NDArray[np.floating[Any]], shares: tuple[float, ...], weights: Weights
) -> NDArray[np.floating[Any]]:
    """Return the numbers that have such shares of the weight below them.

    Parameters
    ----------
    numbers : array of shape (n,)
        In any order.
    shares : tuple of float
        From 0 to 1.
    weights : array of shape (n,) or None
        How much each number counts, above 0.

    Returns
    -------
    array of shape (len(shares),)
        Where a share falls between two numbers, their mean, as of the median.

    Examples
    --------
    >>> quantiles_of(np.array([4.0, 1.0, 2.0, 3.0]), (0.0, 0.5, 1.0), None)
    array([1. , 2.5, 4. ])
    """
    order = np.argsort(numbers, kind="stable")
    each = np.ones(len(numbers)) if weights is None else weights[order]
    below = each.cumsum() / each.sum()
    last = len(numbers) - 1
    # Sums of weights are rounded: what is so near a share is meant to be it.
    low, high = np.array(shares) - _NEAR, np.array(shares) + _NEAR
    first = np.minimum(np.searchsorted(below, low, "left"), last)
    second = np.minimum(np.searchsorted(below, high, "right"), last)
    found: NDArray[np.floating[Any]] = (numbers[order[first]] + numbers[order[second]]) / 2
    return found
