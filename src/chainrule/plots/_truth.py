"""What is right for each row, as it was given: checked, and as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils._missing import is_pandas_na, is_scalar_nan
from sklearn.utils.multiclass import type_of_target

from chainrule.errors import InputError
from chainrule.explanation._rows import check_weights
from chainrule.mathematics.arrays import Array
from chainrule.tables.names import did_you_mean

__all__ = [
    "as_column",
    "as_labels",
    "as_numbers",
    "counting",
    "find_place",
    "find_places",
    "kind_of",
    "sorted_classes",
]


def as_column(values: Any, what: str) -> NDArray[Any]:
    """Return what was given for each row as an array, dense, a single column flat.

    Parameters
    ----------
    values : array, column, table, sparse matrix or list
        One entry for each row.
    what : str
        What it is called in an error.

    Returns
    -------
    array of shape (n,) or (n, k)

    Raises
    ------
    InputError
        It is no array, or has no rows.
    """
    try:
        found = np.asarray(values.toarray() if issparse(values) else values)
    except ValueError as error:
        raise InputError(f"{what} has rows of different lengths; give one value each") from error
    if found.ndim not in (1, 2):
        kind = type(values).__name__ if found.ndim == 0 else f"{found.ndim} dimensions"
        raise InputError(f"{what} is to be one value for each row, not {kind}")
    if len(found) == 0:
        raise InputError(f"{what} has no rows; give those of a test part")
    return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found


def as_numbers(values: Any, what: str) -> Array:
    """Return numbers, one column for each output.

    Parameters
    ----------
    values, what
        As for :func:`as_column`.

    Returns
    -------
    array of float64 of shape (n, k)

    Raises
    ------
    InputError
        Something is no number, or none that is finite.
    """
    found = as_column(values, what)
    if found.dtype.kind in "mM":
        raise InputError(f"{what} holds times; give them as numbers, such as days")
    try:
        numbers = found.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{what} holds {found.ravel().tolist()[0]!r} where numbers are drawn"
        ) from error
    if not np.isfinite(numbers).all():
        bad = np.argwhere(~np.isfinite(numbers))[0]
        raise InputError(
            f"row {bad[0]} of {what}, counted from 0, is {numbers[tuple(bad)]:g}, no finite "
            "number; leave the row out"
        )
    return numbers[:, None] if numbers.ndim == 1 else numbers


def as_labels(values: Any, what: str) -> list[Any]:
    """Return one label for each row.

    Parameters
    ----------
    values, what
        As for :func:`as_column`.

    Returns
    -------
    list of length n

    Raises
    ------
    InputError
        There are several for each row, one is missing, or they are no labels.
    """
    found = as_column(values, what)
    if found.ndim == 2:
        raise InputError(
            f"{what} has {found.shape[1]} columns; give one column of labels, of several labels "
            "one at a time"
        )
    labels: list[Any] = found.tolist()
    try:
        different = dict.fromkeys(labels)
    except TypeError as error:
        raise InputError(f"{what} holds {labels[0]!r}, which is no label") from error
    for label in different:
        if label is None or is_scalar_nan(label) or is_pandas_na(label):
            row = next(i for i, other in enumerate(labels) if other is label)
            raise InputError(f"{what} has no label in row {row}, counted from 0; leave the row out")
    return labels


def sorted_classes(*columns: tuple[list[Any], str]) -> tuple[Any, ...]:
    """Return the different labels of columns, in order.

    Parameters
    ----------
    *columns : (list, str)
        Labels, and what they are called in an error.

    Returns
    -------
    tuple

    Raises
    ------
    InputError
        They cannot be put in order, or are measured numbers rather than labels.
    """
    for labels, what in columns:
        if isinstance(labels[0], float) and type_of_target(labels) == "continuous":
            part = next(label for label in labels if not float(label).is_integer())
            raise InputError(
                f"{what} holds {part!r}, a number rather than a class; Residuals and "
                "PredictedVersusActual draw numbers"
            )
    every = dict.fromkeys(label for labels, _ in columns for label in labels)
    try:
        return tuple(sorted(every))
    except TypeError as error:
        kinds = " and ".join(sorted({type(label).__name__ for label in every}))
        where = " and ".join(what for _, what in columns)
        raise InputError(f"{where} hold labels of different types: {kinds}; use one") from error


def find_places(labels: Iterable[Any], classes: Sequence[Any], what: str) -> NDArray[np.int64]:
    """Return the place of each label among the classes.

    Parameters
    ----------
    labels : iterable of length n
        From :func:`as_labels`.
    classes : sequence of length k
        The classes.
    what : str
        What the labels are called in an error.

    Returns
    -------
    array of shape (n,)

    Raises
    ------
    InputError
        A label is none of the classes.
    """
    places = {label: place for place, label in enumerate(classes)}
    try:
        return np.array([places[label] for label in labels], dtype=np.int64)
    except KeyError as error:
        unknown = error.args[0]
    texts = {str(label): label for label in classes}
    if str(unknown) in texts:
        raise InputError(
            f"{what} has {unknown!r} where the class is {texts[str(unknown)]!r}; give labels of "
            "the type that the classes have"
        )
    raise InputError(
        f"{what} has {unknown!r}, which is none of the classes{did_you_mean(str(unknown), texts)}"
    )


def find_place(class_: Any, classes: Sequence[Any], *, kind: str = "class") -> int:
    """Return the place of a class, or of something else, that was asked for, also by its text.

    Parameters
    ----------
    class_ : object
        As a person names it.
    classes : sequence of length k
        The classes.
    kind : str
        What they are, in an error.

    Returns
    -------
    int

    Raises
    ------
    InputError
        There is no such class.
    """
    texts = [str(label) for label in classes]
    if class_ in classes:
        return list(classes).index(class_)
    if str(class_) in texts:
        return texts.index(str(class_))
    raise InputError(f"there is no {kind} {class_!r}{did_you_mean(str(class_), texts)}")


def counting(sample_weight: Any, rows: int) -> tuple[Array | None, Any]:
    """Return the weights above 0, and what chooses the rows that have them.

    Parameters
    ----------
    sample_weight : array of shape (n,) or None
        As given; None where all rows count the same.
    rows : int
        n.

    Returns
    -------
    weights : array of float64 of shape (m,), or None
        Of the rows that count.
    keep : array of bool of shape (n,), or slice
        Which these are.

    Raises
    ------
    InputError
        Another number of weights, a negative one, or none above 0.
    """
    if sample_weight is None:
        return None, slice(None)
    weights = check_weights(sample_weight, rows)
    keep = weights > 0
    return weights[keep], keep


def kind_of(model: Any) -> str:
    """Return what a model is called, a pipeline by its last step."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    return type(last).__name__
