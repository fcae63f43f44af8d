"""From a model, a table and a row in a person's hand to a problem with numbers and names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from chainrule.errors import InputError
from chainrule.explanation._parts import take_apart
from chainrule.explanation._rows import (
    as_outputs,
    check_lengths,
    in_one_sentence,
    prepare_targets,
    read_inputs,
    unwrap,
)
from chainrule.explanation.worked._calculation import Problem
from chainrule.mathematics.arrays import Array

__all__ = ["Subject", "names_of_classes", "open_subject"]


@dataclass(frozen=True, eq=False)
class Subject:
    """What an explanation is about, with the names that people have for it.

    Attributes
    ----------
    problem : Problem
        The network, the rows as it takes them, the targets of its loss.
    rows : tuple of int
        Where the rows stand in the table that was given.
    inputs : tuple of str, or None
        What the network's inputs are called, if they have names.
    cells : tuple of (str, Any)
        The first row as it was given, where something happens to it before the network.
    classes : tuple of str
        The classes or labels, or names of the outputs where there are none.
    answers : tuple, or None
        The right answers as they were given.
    in_units : callable or None
        The network's predictions to those in the target's own units, where these differ.
    """

    problem: Problem
    rows: tuple[int, ...]
    inputs: tuple[str, ...] | None
    cells: tuple[tuple[str, Any], ...]
    classes: tuple[str, ...]
    answers: tuple[Any, ...] | None
    in_units: Callable[[Array], Array] | None

    @property
    def outputs(self) -> tuple[str, ...]:
        """What each output stands for: of two classes, a single one stands for the second."""
        return self.classes[-self.problem.network.sizes[-1] :]

    @property
    def classifies(self) -> bool:
        """Whether it is about classes or labels."""
        return bool(is_classifier(self.problem.model))


def open_subject(
    model: Any,
    X: Any,
    y: Any,
    *,
    row: int | Sequence[int] | None = None,
    sample_weight: Any = None,
    labels: Sequence[int] | None = None,
) -> Subject:
    """Find the network in a model, and bring the rows to where it takes them.

    Parameters
    ----------
    model, X, y, row, sample_weight
        As in :func:`chainrule.explanation.explain`.
    labels : sequence of int, optional
        What the rows are called; by default their places in X.

    Returns
    -------
    Subject

    Raises
    ------
    InputError
        As there.
    sklearn.exceptions.NotFittedError
        The network has no weights yet.
    """
    network, of_rows, of_targets, names = unwrap(model, "explain")
    X, y = _as_rows(X), _as_targets(y)
    count = _count(X)
    places = _places(row, count)
    if y is not None and len(places) == 1 and _count(y) == 1 < count:
        answers = y  # the one row's own answer, beside the whole table
    else:
        check_lengths(X, y, sample_weight)
        answers = None if y is None else _safe_indexing(y, places)
    weights = None if sample_weight is None else np.asarray(sample_weight, np.float64)[places]
    with in_one_sentence():
        chosen = _safe_indexing(X, places)
        own = np.result_type(*network.coefs_, *network.intercepts_, np.float32)
        x = np.ascontiguousarray(read_inputs(network, of_rows(chosen), places, names), own)
        targets = None if answers is None else _plain(of_targets(answers))
        prepared: tuple[Any, Array | None] = (None, None)
        if targets is not None:
            prepared = prepare_targets(network, targets, weights)
    known = names if names is not None and len(names) == x.shape[1] else None
    outputs = None if prepared[0] is None else as_outputs(network, prepared[0])
    problem = Problem(network, x, outputs, targets, prepared[1])
    return Subject(
        problem,
        tuple(places.tolist() if labels is None else labels),
        known,
        _cells(chosen, x, known),
        names_of_classes(network),
        None if answers is None else tuple(_plain(answers).tolist()),
        _in_units(model),
    )


def _as_rows(X: Any) -> Any:
    """Return rows; a single one may be given as it is."""
    if X is None or isinstance(X, str):
        raise InputError(f"explain needs rows to send through the network, not {X!r}")
    if hasattr(X, "columns") or issparse(X):
        return X
    if hasattr(X, "to_frame") and hasattr(X, "index"):  # a row of a pandas table
        return X.to_frame().T.infer_objects()
    with in_one_sentence():
        array = np.asarray(X)
    return array[None] if array.ndim == 1 else array


def _as_targets(y: Any) -> Any:
    return np.atleast_1d(y) if y is not None and np.ndim(y) == 0 else y


def _count(value: Any) -> int:
    count: int = _num_samples(value)
    return count


def _places(row: int | Sequence[int] | None, count: int) -> NDArray[np.int64]:
    """Return which rows are asked for; all if none are named."""
    if count == 0:
        raise InputError("the table has no rows to explain")
    places = np.arange(count) if row is None else np.atleast_1d(np.asarray(row))
    if places.dtype.kind not in "iu" or places.ndim != 1 or places.size == 0:
        raise InputError(f"row is {row!r}; give the number of a row, or several of them")
    for place in places.tolist():
        if not 0 <= place < count:
            last = "0 alone" if count == 1 else f"0 to {count - 1}"
            raise InputError(f"there is no row {place}: the table has {count}, numbered {last}")
    return places


def _plain(values: Any) -> NDArray[Any]:
    """Return targets as an array, dense, a single column flat."""
    array = values.toarray() if issparse(values) else np.asarray(values)
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _cells(chosen: Any, x: Array, names: tuple[str, ...] | None) -> tuple[tuple[str, Any], ...]:
    """Return the first row's cells by name, where they are not the network's inputs themselves."""
    if not hasattr(chosen, "columns"):
        return ()
    columns = [str(name) for name in chosen.columns]
    first = chosen.row(0) if hasattr(chosen, "row") else chosen.iloc[0].tolist()
    same = names is not None and tuple(columns) == names
    if same and all(
        isinstance(v, int | float) and v == w for v, w in zip(first, x[0], strict=True)
    ):
        return ()
    return tuple(zip(columns, first, strict=True))


def names_of_classes(network: Any) -> tuple[str, ...]:
    """Name the classes in the order of their numbers, or the outputs that are no classes."""
    outputs = network._network.sizes[-1]
    if not is_classifier(network):
        return ("",) if outputs == 1 else tuple(f"output {i + 1}" for i in range(outputs))
    return tuple(map(str, np.asarray(network.classes_).tolist()))


def _in_units(model: Any) -> Callable[[Array], Array] | None:
    """Return what brings a prediction back to the units of the target, if it was scaled."""
    transformers = take_apart(model, "explain").transformers
    if not transformers:
        return None

    def back(prediction: Array) -> Array:
        for transformer in reversed(transformers):
            prediction = transformer.inverse_transform(prediction)
        return np.asarray(prediction, np.float64)

    return back
