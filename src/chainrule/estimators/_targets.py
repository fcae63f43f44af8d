"""What the network is asked to produce: labels or numbers, turned into the targets of a loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils.multiclass import (
    check_classification_targets,
    type_of_target,
    unique_labels,
)

from chainrule.mathematics.arrays import Array

__all__ = ["accuracy", "class_numbers", "find_classes", "r2", "to_labels"]


def find_classes(y: Any) -> tuple[NDArray[Any], str]:
    """Return the classes in y and its kind: ``binary``, ``multiclass`` or ``multilabel``."""
    check_classification_targets(y)
    kind = type_of_target(y, input_name="y")
    if "multioutput" in kind:
        raise ValueError(
            f"Multioutput target data is not supported by a classifier: y is {kind}; for several "
            "labels give an indicator matrix of 0 and 1."
        )
    if kind.startswith("multilabel"):
        return np.arange(y.shape[1]), "multilabel"
    classes = np.asarray(unique_labels(y))
    return classes, "multiclass" if len(classes) > 2 else "binary"


def class_numbers(y: Any, classes: NDArray[Any], kind: str) -> NDArray[Any]:
    """Return y as the targets of its loss.

    Parameters
    ----------
    y : array of shape (n,), or indicator matrix of shape (n, k)
        Labels, all of them in ``classes``.
    classes : array of shape (c,)
        Sorted.
    kind : str
        From :func:`find_classes`.

    Returns
    -------
    array of shape (n, 1) or (n, k)
        The number of the class; for several labels 0 or 1 each.
    """
    if kind == "multilabel":
        dense: NDArray[Any] = np.asarray(y.toarray() if issparse(y) else y).astype(bool)
        return dense
    if len(classes) == 1:
        return np.zeros((len(y), 1), dtype=np.int64)
    return np.asarray(np.searchsorted(classes, y)).reshape(-1, 1)


def to_labels(outputs: Array, classes: NDArray[Any], kind: str) -> NDArray[Any]:
    """Return the labels that a network's outputs (n, k) stand for."""
    if kind == "multilabel":
        return (outputs > 0.5).astype(int)
    return np.asarray(classes[_winners(outputs, len(classes), kind)])


def _winners(outputs: Array, classes: int, kind: str) -> NDArray[np.int64]:
    if kind == "multiclass":
        return np.asarray(outputs.argmax(axis=1))
    return (outputs[:, 0] > 0.5).astype(np.int64) if classes > 1 else np.zeros(len(outputs), int)


def accuracy(outputs: Array, targets: Array, weights: Array | None, kind: str) -> float:
    """Return the share of rows whose labels are all right; NaN where outputs are not finite."""
    if not np.isfinite(outputs).all():
        return float("nan")
    if kind == "multilabel":
        right = ((outputs > 0.5) == (targets > 0.5)).all(axis=1)
    else:
        right = _winners(outputs, 2, kind) == targets[:, 0]
    return float(np.average(right, weights=weights))


def r2(outputs: Array, targets: Array, weights: Array | None) -> float:
    """Return R², averaged over outputs; NaN where outputs are not finite."""
    if not np.isfinite(outputs).all():
        return float("nan")
    from sklearn.metrics import r2_score  # takes a while to import

    with np.errstate(over="ignore", invalid="ignore"):  # while a fit diverges, −∞ is an answer
        return float(
            r2_score(targets.astype(np.float64), outputs.astype(np.float64), sample_weight=weights)
        )
