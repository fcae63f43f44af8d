"""What a model says of rows: classes and how sure it is of them, or numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import is_classifier, is_regressor

from chainrule.errors import InputError
from chainrule.explanation._parts import Parts, parts_of, whole_model
from chainrule.explanation._rows import in_one_sentence
from chainrule.mathematics.arrays import Array
from chainrule.plots._truth import as_column, as_labels, as_numbers, find_places
from chainrule.plots.boundary._plane import Plane

__all__ = [
    "Answers",
    "answers_over",
    "class_places",
    "numbers_of",
    "open_model",
    "over",
    "targets_of",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class Answers:
    """What a model says of n rows.

    Attributes
    ----------
    kind : {"probability", "decision", "class", "number"}
        What ``values`` are: probabilities; values of which the largest decides; 1 for the class
        that is decided for and 0 for the others; or predicted numbers.
    values : array of shape (n, k), or (n,) for numbers
        float32.
    winners : array of shape (n,), or None for numbers
        The place of the predicted class among all.
    """

    kind: str
    values: Array
    winners: NDArray[np.int64] | None


def open_model(model: Any, asker: str) -> tuple[Parts, tuple[Any, ...] | None]:
    """Take a model apart, and see that it predicts one class or one number.

    Parameters
    ----------
    model : estimator, Pipeline, or what a model file holds
        As a person has it.
    asker : str
        Who needs it, for errors.

    Returns
    -------
    parts : Parts
        It may end in any estimator.
    classes : tuple, or None for numbers

    Raises
    ------
    InputError
        It does not predict, or several things at once.
    sklearn.exceptions.NotFittedError
        It is not fitted.
    """
    whole = whole_model(model, asker)
    if not is_classifier(whole) and not is_regressor(whole):
        raise InputError(
            f"{asker} draws what predicts classes or numbers, not {type(model).__name__}"
        )
    parts = parts_of(model)
    if not is_classifier(whole):
        return parts, None
    classes = np.asarray(whole.classes_, dtype=object)
    several = getattr(parts.network, "_kind", None) == "multilabel"
    if several or classes.ndim != 1 or any(isinstance(c, np.ndarray) for c in classes):
        raise InputError(f"{asker} draws one class for each row, and this model predicts several")
    return parts, tuple(np.asarray(whole.classes_).tolist())


# ---------------------------------------------------------------------- predictions


def answers_over(model: Any, tables: Iterable[Any], classes: tuple[Any, ...] | None) -> Answers:
    """Predict tables one after another.

    Parameters
    ----------
    model : estimator
        Fitted, takes raw rows.
    tables : iterable of table
        At least one.
    classes : tuple or None
        As :func:`open_model` returns.

    Returns
    -------
    Answers
        Of all rows.
    """
    with in_one_sentence():
        parts = [_answers(model, table, classes) for table in tables]
    values = np.concatenate([part.values for part in parts])
    # Of the class alone where a part could not be told by more.
    kind = "class" if any(part.kind == "class" for part in parts) else parts[0].kind
    if parts[0].winners is None:
        return Answers(kind=kind, values=values, winners=None)
    winners = np.concatenate([part.winners for part in parts if part.winners is not None])
    if kind == "class":
        values = np.eye(len(classes or ()), dtype=np.float32)[winners]
    return Answers(kind=kind, values=values, winners=winners)


def _answers(model: Any, table: Any, classes: tuple[Any, ...] | None) -> Answers:
    if classes is None:
        values = numbers_of(model.predict(table)).astype(np.float32)
        return Answers(kind="number", values=values, winners=None)
    offers = list(_values(model, table, len(classes)))
    if offers and hasattr(type(parts_of(model).network), "_network"):
        kind, values = offers[0]
        winners = values.argmax(axis=1)
        return Answers(kind=kind, values=values.astype(np.float32), winners=winners)
    winners = class_places(model.predict(table), classes, "the prediction")
    # Some models predict by something else than their probabilities, such as a threshold.
    for kind, values in offers:
        if (values.argmax(axis=1) == winners).all():
            return Answers(kind=kind, values=values.astype(np.float32), winners=winners)
    values = np.eye(len(classes), dtype=np.float32)[winners]
    return Answers(kind="class", values=values, winners=winners)


def _values(model: Any, table: Any, k: int) -> Iterator[tuple[str, Array]]:
    """Yield what gives each class a value, the largest for the one that may be predicted."""
    for kind, method in (("probability", "predict_proba"), ("decision", "decision_function")):
        if hasattr(model, method):
            values = np.asarray(getattr(model, method)(table))
            if values.ndim == 1:
                values = np.column_stack([-values, values])
            if values.shape[1] == k:
                yield kind, values


def numbers_of(predicted: Any) -> Array:
    """Return predicted numbers as float64, shape (n,)."""
    found = np.asarray(predicted.toarray() if issparse(predicted) else predicted, np.float64)
    if found.ndim == 2 and found.shape[1] > 1:
        raise InputError(
            f"a picture shows one predicted number, and this model predicts {found.shape[1]}; fit "
            "one for the column that you want to see"
        )
    if not np.isfinite(found).all():
        raise InputError("the model predicts numbers that are not finite; nothing can be drawn")
    return found.ravel()


def over(plane: Plane, answers: Answers) -> dict[str, Any]:
    """Return what a decision boundary holds of a plane, and of what is predicted over it."""
    numbers, winners = answers.winners is None, answers.winners
    return {
        "x": plane.x,
        "y": plane.y,
        "held": plane.held,
        "asked": plane.asked,
        "ranked": plane.ranked,
        "kind": answers.kind,
        "predicted_value": answers.values.reshape(plane.shape) if numbers else None,
        "class_values": None if numbers else answers.values.reshape(*plane.shape, -1),
        "predicted_class": None if winners is None else winners.reshape(plane.shape),
    }


# ---------------------------------------------------------------------- what is right


def targets_of(
    y: Any, classes: tuple[Any, ...] | None, rows: int
) -> tuple[NDArray[Any] | None, str | None]:
    """Return the right answers, and what they are called.

    Parameters
    ----------
    y : array or column of shape (n,), or None
        As a person has them.
    classes : tuple or None
        Of the model.
    rows : int
        n.

    Returns
    -------
    answers : array of shape (n,), or None
        Labels, or float64.
    name : str or None
        Of the column that they were in.

    Raises
    ------
    InputError
        Not one for each row, missing ones, or labels that are none of the model's classes.
    """
    if y is None:
        return None, None
    name = getattr(y, "name", None)
    columns = getattr(y, "columns", None)
    if columns is not None and len(columns) == 1:
        name = str(columns[0])
    found = as_column(y, "y")
    if found.ndim == 2:
        raise InputError(f"y has {found.shape[1]} columns; give what is right for each row of X")
    if len(found) != rows:
        raise InputError(f"X has {rows} rows but y has {len(found)}; give as many")
    if classes is None:
        found = as_numbers(found, "y")[:, 0]
    else:
        class_places(found, classes, "y")
    return found, None if name is None else str(name)


def class_places(labels: Any, classes: tuple[Any, ...], what: str) -> NDArray[np.int64]:
    """Return the place of each label among the classes."""
    return find_places(as_labels(labels, what), classes, what)
