"""What a classifier finds, and what it mistakes for it, at every threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from chainrule.mathematics.arrays import Array

__all__ = ["Mark", "Rates", "macro_average", "rates_of"]

_GRID = np.linspace(0.0, 1.0, 1001)


@dataclass(frozen=True)
class Mark:
    """What comes of one threshold.

    Attributes
    ----------
    threshold : float
        Rows with a score of so much or more are taken for the class.
    false_positive_rate : float
        Share of the other rows that are taken for it.
    recall : float
        Share of its rows that are.
    precision : float
        Share of the rows taken for it that are of it.
    f1 : float
        The harmonic mean of precision and recall.
    """

    threshold: float
    false_positive_rate: float
    recall: float
    precision: float
    f1: float


@dataclass(frozen=True, eq=False)
class Rates:
    """The two curves of one class against the rest.

    Attributes
    ----------
    class_ : object
        Which; None for an average.
    fpr, tpr, thresholds : array of shape (t,)
        False positive rates, true positive rates and the thresholds they are of, as
        :func:`sklearn.metrics.roc_curve` gives them; an average has no thresholds.
    precision, recall : array of shape (u + 1,)
        As :func:`sklearn.metrics.precision_recall_curve` gives them.
    precision_thresholds : array of shape (u,)
        Of all but the last of them.
    roc_auc, average_precision : float
        The areas.
    base : float
        Share of the rows that are of the class: the precision of chance.
    """

    class_: Any
    fpr: Array
    tpr: Array
    thresholds: Array
    precision: Array
    recall: Array
    precision_thresholds: Array
    roc_auc: float
    average_precision: float
    base: float

    def at(self, threshold: float) -> Mark:
        """Return what comes of a threshold."""
        # The lowest score that is not below it; where there is none, nothing is taken for it.
        roc = int(np.searchsorted(-self.thresholds, -threshold, side="right")) - 1
        place = int(np.searchsorted(self.precision_thresholds, threshold, side="left"))
        precision, recall = float(self.precision[place]), float(self.recall[place])
        return Mark(
            threshold, float(self.fpr[max(roc, 0)]), recall, precision, _f1(precision, recall)
        )

    def best(self, measure: str) -> Mark:
        """Return what comes of the threshold of the best F1 ("f1") or tpr − fpr ("youden")."""
        if measure == "youden":
            return self.at(float(self.thresholds[1:][np.argmax((self.tpr - self.fpr)[1:])]))
        both = self.precision + self.recall
        f1 = 2 * self.precision * self.recall / np.where(both > 0, both, 1)
        return self.at(float(self.precision_thresholds[np.argmax(f1[:-1])]))


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def rates_of(
    class_: Any, true: NDArray[np.bool_], score: Array, weights: Array | None
) -> Rates | None:
    """Return the curves of a class; None where no row is of it, or all are.

    Parameters
    ----------
    class_ : object
        Which.
    true : array of bool of shape (n,)
        The rows of it.
    score : array of shape (n,)
        High where it is likely.
    weights : array of shape (n,) or None
        How much each row counts.
    """
    if true.all() or not true.any():
        return None
    how = {"sample_weight": weights}
    fpr, tpr, thresholds = roc_curve(true, score, drop_intermediate=False, **how)
    precision, recall, at = precision_recall_curve(true, score, **how)
    return Rates(
        class_,
        fpr,
        tpr,
        thresholds,
        precision,
        recall,
        at,
        float(roc_auc_score(true, score, **how)),
        float(average_precision_score(true, score, **how)),
        float(np.average(true, weights=weights)),
    )


def macro_average(rates: tuple[Rates, ...]) -> Rates:
    """Return the mean curves: of the recalls at each false positive rate, and of the precisions."""
    tpr = np.mean([np.interp(_GRID, one.fpr, one.tpr) for one in rates], axis=0)
    precision = np.mean([_precision_at(one, _GRID) for one in rates], axis=0)
    return Rates(
        None,
        np.r_[0.0, _GRID],
        np.r_[0.0, tpr],
        np.empty(0),
        precision[::-1],
        _GRID[::-1],
        np.empty(0),
        float(np.mean([one.roc_auc for one in rates])),
        float(np.mean([one.average_precision for one in rates])),
        float(np.mean([one.base for one in rates])),
    )


def _precision_at(one: Rates, recall: Array) -> Array:
    """Return the precision where so much is first found: a step, as average precision has it."""
    up = one.recall[::-1]
    place = np.searchsorted(up, recall - 1e-12, side="left")
    return np.asarray(one.precision[::-1][place])
