"""What a classifier predicts for rows, beside what is right: what pictures of its errors need.

From a model (``..._of``) or from what somebody else's model predicted (``given_...``). Rows that
count nothing, by a weight of 0, are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from chainrule.errors import InputError
from chainrule.explanation._parts import whole_model
from chainrule.explanation._rows import check_lengths, in_one_sentence
from chainrule.explanation.diagnosing._finding import counted
from chainrule.mathematics.arrays import Array
from chainrule.plots._truth import (
    as_column,
    as_labels,
    as_numbers,
    counting,
    find_places,
    kind_of,
    sorted_classes,
)

__all__ = [
    "Decisions",
    "Scores",
    "decisions_of",
    "given_decisions",
    "given_scores",
    "scores_of",
]

# Probabilities in single precision, or written with three digits, are not exact.
_ROUNDED = 2e-3


@dataclass(frozen=True, eq=False)
class Decisions:
    """The class that was predicted for each row.

    Attributes
    ----------
    classes : tuple of length k
        In the order of their places.
    true, predicted : array of int of shape (n,)
        Places among the classes.
    weights : array of shape (n,) or None
        How much each row counts.
    """

    classes: tuple[Any, ...]
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    weights: Array | None


@dataclass(frozen=True, eq=False)
class Scores:
    """How probable each class was said to be for each row, or how high its score was.

    Attributes
    ----------
    classes : tuple of length k
        The classes, or the labels where a row may have several.
    true : array of bool of shape (n, k)
        Which is right.
    outputs : array of float64 of shape (n, k)
        Probabilities, or scores of which the largest wins.
    weights : array of shape (n,) or None
        How much each row counts.
    probable : bool
        Whether these are probabilities.
    several : bool
        Whether a row may have several labels.
    """

    classes: tuple[Any, ...]
    true: NDArray[np.bool_]
    outputs: Array
    weights: Array | None
    probable: bool
    several: bool


class _Label(int):
    """The number of one of several labels, which is written as such."""

    def __str__(self) -> str:
        return f"label {int(self)}"


# ------------------------------------------------------------------------------------ classes


def decisions_of(model: Any, X: Any, y: Any, *, sample_weight: Any, asker: str) -> Decisions:
    """Let a classifier decide for a class of each row.

    Parameters
    ----------
    model : estimator
        Any fitted classifier, a Pipeline, or a model from a file.
    X : array or table of shape (n, d)
        Rows as the model takes them.
    y : array or column of shape (n,)
        Their classes.
    sample_weight : array of shape (n,) or None
        How much each row counts.
    asker : str
        The picture that is drawn, for what is said of wrong input.

    Returns
    -------
    Decisions

    Raises
    ------
    InputError
        The model predicts no classes; rows, labels or weights do not fit one another or the model.
    sklearn.exceptions.NotFittedError
        The model is not fitted.
    """
    whole = _classifier(model, asker)
    check_lengths(X, y, sample_weight)
    labels = as_labels(y, "y")
    classes = _classes_of(whole, asker)
    true = find_places(labels, classes, "y")
    with in_one_sentence():
        predicted = as_labels(whole.predict(X), "the prediction")
    return _decisions(
        classes, true, find_places(predicted, classes, "the prediction"), sample_weight
    )


def given_decisions(y_true: Any, y_pred: Any, *, classes: Any, sample_weight: Any) -> Decisions:
    """Take classes that were predicted, or probabilities of which the largest decides.

    Parameters
    ----------
    y_true : array or column of shape (n,)
        What is right.
    y_pred : array of shape (n,), or of numbers of shape (n, k)
        Predicted classes, or their probabilities.
    classes : sequence of length k or None
        The classes, in the order of the probabilities; None for those that occur, sorted.
    sample_weight : array of shape (n,) or None
        How much each row counts.

    Returns
    -------
    Decisions

    Raises
    ------
    InputError
        They do not fit one another.
    """
    true, predicted = as_labels(y_true, "y_true"), as_column(y_pred, "y_pred")
    _same_length(len(true), "y_pred", len(predicted))
    if predicted.ndim == 2:
        scores = given_scores(
            y_true, y_pred, classes=classes, sample_weight=None, probable=True, what="y_pred"
        )
        places = (scores.true.argmax(axis=1), scores.outputs.argmax(axis=1))
        return _decisions(scores.classes, *places, sample_weight)
    labels = as_labels(y_pred, "y_pred")
    names = (
        sorted_classes((true, "y_true"), (labels, "y_pred"))
        if classes is None
        else _named_classes(classes)
    )
    return _decisions(
        names,
        find_places(true, names, "y_true"),
        find_places(labels, names, "y_pred"),
        sample_weight,
    )


def _decisions(
    classes: tuple[Any, ...],
    true: NDArray[np.int64],
    predicted: NDArray[np.int64],
    sample_weight: Any,
) -> Decisions:
    weights, keep = counting(sample_weight, len(true))
    return Decisions(classes, true[keep], predicted[keep], weights)


# ------------------------------------------------------------------------------------- scores


def scores_of(
    model: Any, X: Any, y: Any, *, sample_weight: Any, asker: str, instead: bool
) -> Scores:
    """Ask a classifier how probable each class of each row is.

    Parameters
    ----------
    model, X, y, sample_weight, asker
        As for :func:`decisions_of`; y may also be an indicator matrix of several labels.
    instead : bool
        Whether scores of a ``decision_function`` do where a model has no probabilities.

    Returns
    -------
    Scores

    Raises
    ------
    InputError
        As there; or the model gives neither probabilities nor scores.
    sklearn.exceptions.NotFittedError
        The model is not fitted.
    """
    whole = _classifier(model, asker)
    check_lengths(X, y, sample_weight)
    probable = hasattr(whole, "predict_proba")
    if not probable and not (instead and hasattr(whole, "decision_function")):
        missing = "neither probabilities nor scores" if instead else "no probabilities"
        raise InputError(
            f"{asker} needs probabilities, and this {kind_of(whole)} decides for a class and gives "
            f"{missing}: take a model with predict_proba, such as LogisticRegression"
        )
    classes = _classes_of(whole, asker)
    with in_one_sentence():
        found = whole.predict_proba(X) if probable else whole.decision_function(X)
    return _scores(y, found, classes, sample_weight, probable, ("y", "the prediction"))


def given_scores(
    y_true: Any, y_score: Any, *, classes: Any, sample_weight: Any, probable: bool, what: str
) -> Scores:
    """Take probabilities, or scores, that were predicted.

    Parameters
    ----------
    y_true : array or column of shape (n,), or indicator matrix of shape (n, k)
        What is right.
    y_score : array of shape (n,) or (n, k)
        Of the second of two classes, or of each class.
    classes : sequence of length k or None
        The classes, in the order of the scores; None for those that occur, sorted.
    sample_weight : array of shape (n,) or None
        How much each row counts.
    probable : bool
        Whether these are probabilities.
    what : str
        What ``y_score`` is called in an error.

    Returns
    -------
    Scores

    Raises
    ------
    InputError
        They do not fit one another, or are no probabilities.
    """
    names = None if classes is None else _named_classes(classes)
    return _scores(y_true, y_score, names, sample_weight, probable, ("y_true", what))


def _scores(
    y: Any,
    found: Any,
    classes: tuple[Any, ...] | None,
    sample_weight: Any,
    probable: bool,
    what: tuple[str, str],
) -> Scores:
    if isinstance(found, list) and len(found) and np.ndim(found[0]) == 2:
        # Forests and neighbors give two columns for each of several labels.
        found = _of_each_label([np.asarray(one) for one in found])
    outputs, truth = as_numbers(found, what[1]), as_column(y, what[0])
    _same_length(len(truth), what[1], len(outputs))
    if probable:
        _check_bounds(outputs, what[1])
    several = truth.ndim == 2
    if several:
        classes = tuple(range(truth.shape[1])) if classes is None else classes
        classes = tuple(_Label(c) if isinstance(c, int) else c for c in classes)
        true = _indicator(truth, what[0])
    else:
        labels = as_labels(y, what[0])
        classes = _classes_for(labels, outputs, what) if classes is None else classes
        true = find_places(labels, classes, what[0])[:, None] == np.arange(len(classes))
        outputs = _both(outputs, probable) if len(classes) == 2 else outputs
    if not true.shape[1] == outputs.shape[1] == len(classes):
        raise InputError(
            f"{what[1]} has {outputs.shape[1]} columns for {len(classes)} classes"
            f"{f' and {true.shape[1]} columns of {what[0]}' if several else ''}; give one for each"
        )
    if probable:
        outputs = outputs.clip(0, 1) if several else _summing_to_one(outputs, what[1])
    weights, keep = counting(sample_weight, len(true))
    return Scores(classes, true[keep], outputs[keep], weights, probable, several)


def _of_each_label(found: list[NDArray[Any]]) -> NDArray[Any]:
    for place, one in enumerate(found):
        if one.shape[1] != 2:
            raise InputError(
                f"label {place} has {one.shape[1]} classes; each of several labels is to be 0 or 1"
            )
    return np.column_stack([one[:, 1] for one in found])


def _both(outputs: Array, probable: bool) -> Array:
    """Return a column for either class, where there is one for the second."""
    if outputs.shape[1] > 1:
        return outputs
    return np.hstack([1 - outputs if probable else -outputs, outputs])


def _classes_for(labels: list[Any], outputs: Array, what: tuple[str, str]) -> tuple[Any, ...]:
    """Find what the columns are about, where nobody says."""
    found = sorted_classes((labels, what[0]))
    columns = max(2, outputs.shape[1])
    if columns == 2 and set(found) <= {0, 1}:
        return (False, True) if isinstance(found[0], bool) else (0, 1)
    if len(found) == columns:
        return found
    raise InputError(
        f"{what[1]} has {counted(outputs.shape[1], 'column')} and {what[0]} "
        f"{'one class' if len(found) == 1 else f'{len(found)} classes'}; name all classes in the "
        "order of the columns with classes="
    )


def _indicator(truth: NDArray[Any], what: str) -> NDArray[np.bool_]:
    numbers = as_numbers(truth, what)
    if not np.isin(numbers, (0, 1)).all():
        raise InputError(f"{what} has several columns; of several labels each is to be 0 or 1")
    return numbers.astype(bool)


def _check_bounds(outputs: Array, what: str) -> None:
    wrong = (outputs < -_ROUNDED) | (outputs > 1 + _ROUNDED)
    if wrong.any():
        row, column = np.argwhere(wrong)[0].tolist()
        scores = ", or say probable=False of scores" if what == "y_score" else ""
        raise InputError(
            f"row {row} of {what}, counted from 0, has {outputs[row, column]:.4g}, which is no "
            f"probability; give numbers from 0 to 1{scores}"
        )


def _summing_to_one(outputs: Array, what: str) -> Array:
    """Check them, and take away what rounding left."""
    outputs = outputs.clip(0, 1)
    totals = outputs.sum(axis=1)
    if (abs(totals - 1) > _ROUNDED).any():
        row = int(np.argmax(abs(totals - 1) > _ROUNDED))
        raise InputError(
            f"row {row} of {what}, counted from 0, sums to {totals[row]:.4g}; the probabilities of "
            "a row's classes sum to 1"
        )
    return np.asarray(outputs / totals[:, None])


# ---------------------------------------------------------------------------------- both of them


def _classifier(model: Any, asker: str) -> Any:
    whole = whole_model(model, asker)
    if not is_classifier(whole):
        raise InputError(
            f"{asker} draws classes, and this {kind_of(whole)} predicts none: use Residuals or "
            "PredictedVersusActual for numbers"
        )
    return whole


def _classes_of(whole: Any, asker: str) -> tuple[Any, ...]:
    classes = getattr(whole, "classes_", None)
    if classes is None:
        raise InputError(f"{asker} needs classes_, which this {kind_of(whole)} does not have")
    if isinstance(classes, list):  # of several outputs, each with its own
        return tuple(range(len(classes)))
    return tuple(np.asarray(classes).tolist())


def _named_classes(classes: Sequence[Any]) -> tuple[Any, ...]:
    names = np.asarray(classes, dtype=object if isinstance(classes, list | tuple) else None)
    if isinstance(classes, str) or names.ndim != 1 or len(names) == 0:
        raise InputError(f"classes is {classes!r}; give a list of all classes")
    found = tuple(names.tolist())
    if len(set(found)) < len(found):
        raise InputError("classes has a class twice; name each once")
    return found


def _same_length(rows: int, what: str, others: int) -> None:
    if rows != others:
        raise InputError(f"y_true has {rows} rows but {what} has {others}; give the same rows")
