"""Answers as a person reads them, and as the estimator takes them."""

from __future__ import annotations

from typing import Any

from chainrule.mathematics.arrays import Array
from chainrule.playground.data import DataSet

__all__ = ["answer_of", "in_units"]


def in_units(data: DataSet, numbers: Array) -> Array:
    """Return predicted numbers in the target's own units.

    Parameters
    ----------
    data : DataSet
        Of which a number is predicted.
    numbers : array of shape (n,)
        As the network gives them.

    Returns
    -------
    array of shape (n,)
    """
    units: Array = data.scaling.inverse_transform(numbers[:, None]).ravel()
    return units


def answer_of(data: DataSet, row: int) -> Any:
    """Return a row's answer as the estimator takes it.

    Parameters
    ----------
    data : DataSet
        Whose.
    row : int
        Which.

    Returns
    -------
    object
        Its class, or its number on the network's scale.
    """
    answer = data.answers[row]
    if data.classes is not None:
        return data.classes[int(answer)]
    return float(data.scaling.transform([[answer]])[0, 0])
