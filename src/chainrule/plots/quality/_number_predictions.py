"""What a regressor predicts for rows, beside what is right: what pictures of its errors need.

From a model (:func:`numbers_of`) or from what somebody else's model predicted
(:func:`given_numbers`). Rows that count nothing, by a weight of 0, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from chainrule.errors import InputError
from chainrule.explanation._parts import whole_model
from chainrule.explanation._rows import check_lengths, in_one_sentence
from chainrule.explanation.diagnosing._finding import counted
from chainrule.mathematics.arrays import Array
from chainrule.plots._truth import as_numbers, counting, kind_of

__all__ = ["Numbers", "given_numbers", "numbers_of"]


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers that were predicted for each row.

    Attributes
    ----------
    actual, predicted : array of float64 of shape (n, k)
        One column for each output.
    weights : array of shape (n,) or None
        How much each row counts.
    names : tuple of str, of length k
        What the outputs are called.
    """

    actual: Array
    predicted: Array
    weights: Array | None
    names: tuple[str, ...]


def numbers_of(
    model: Any, X: Any, y: Any, *, sample_weight: Any, target_name: Any, asker: str
) -> Numbers:
    """Let a regressor predict each row's number.

    Parameters
    ----------
    model : estimator
        Any fitted regressor, a Pipeline, or a model from a file.
    X : array or table of shape (n, d)
        Rows as the model takes them.
    y : array, column or table of shape (n,) or (n, k)
        Their numbers.
    sample_weight : array of shape (n,) or None
        How much each row counts.
    target_name : str, sequence of str, or None
        What they are called, and their units; None for what y or the model call them.
    asker : str
        The picture that is drawn, for what is said of wrong input.

    Returns
    -------
    Numbers

    Raises
    ------
    InputError
        The model predicts no numbers; rows, numbers or weights do not fit one another or the model.
    sklearn.exceptions.NotFittedError
        The model is not fitted.
    """
    whole = whole_model(model, asker)
    if is_classifier(whole):
        raise InputError(
            f"{asker} draws numbers, and this {kind_of(whole)} predicts classes: use "
            "ConfusionMatrix, Calibration or ThresholdCurves"
        )
    check_lengths(X, y, sample_weight)
    actual = as_numbers(y, "y")
    with in_one_sentence():
        found = whole.predict(X)
    if target_name is None and _own_names(y) is None:
        target_name = getattr(getattr(model, "origin", None), "target", None)
    return _numbers(y, actual, as_numbers(found, "the prediction"), sample_weight, target_name)


def given_numbers(y_true: Any, y_pred: Any, *, sample_weight: Any, target_name: Any) -> Numbers:
    """Take numbers that were predicted.

    Parameters
    ----------
    y_true, y_pred : array, column or table of shape (n,) or (n, k)
        What is right, and what was predicted.
    sample_weight, target_name
        As for :func:`numbers_of`.

    Returns
    -------
    Numbers

    Raises
    ------
    InputError
        They do not fit one another, or are no finite numbers.
    """
    actual, predicted = as_numbers(y_true, "y_true"), as_numbers(y_pred, "y_pred")
    return _numbers(y_true, actual, predicted, sample_weight, target_name)


def _numbers(
    y: Any, actual: Array, predicted: Array, sample_weight: Any, target_name: Any
) -> Numbers:
    if actual.shape != predicted.shape:
        right, said = (
            f"{counted(len(one), 'row')} and {counted(one.shape[1], 'column')}"
            for one in (actual, predicted)
        )
        raise InputError(f"what is right has {right}, what was predicted {said}; give as many")
    outputs = actual.shape[1]
    names = _own_names(y) if target_name is None else _listed(target_name)
    if names is None:
        names = ("target",) if outputs == 1 else tuple(f"output {i + 1}" for i in range(outputs))
    if len(names) != outputs:
        raise InputError(
            f"target_name names {len(names)} outputs of {outputs}; give one name for each"
        )
    weights, keep = counting(sample_weight, len(actual))
    return Numbers(actual[keep], predicted[keep], weights, names)


def _own_names(y: Any) -> tuple[str, ...] | None:
    """Return what a column or a table calls itself."""
    columns = getattr(y, "columns", None)
    if columns is not None:
        return tuple(str(name) for name in columns)
    name = getattr(y, "name", None)
    return None if name in (None, "") else (str(name),)


def _listed(target_name: Any) -> tuple[str, ...]:
    several = isinstance(target_name, list | tuple | np.ndarray)
    return tuple(map(str, target_name)) if several else (str(target_name),)
