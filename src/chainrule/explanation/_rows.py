"""From what a person has in hand, a model and tables, to a case that can be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples, validate_data

from chainrule.errors import InputError
from chainrule.explanation._case import Case, Sample
from chainrule.explanation._parts import take_apart
from chainrule.explanation.diagnosing._finding import joined
from chainrule.mathematics.arrays import Array

__all__ = [
    "as_outputs",
    "check_lengths",
    "check_weights",
    "in_one_sentence",
    "names_after",
    "open_case",
    "prepare_targets",
    "read_inputs",
    "unwrap",
]

# Enough for shares and averages to a per cent or two, and a small part of what one epoch costs.
MOST_ROWS = 2000
# Rows of very many columns, stored sparse, are made dense: no more numbers than these at once.
_MOST_NUMBERS = 20_000_000
# More names than these do not fit into a sentence.
_NAMED = 10

Change = Callable[[Any], Any]


def open_case(model: Any, X: Any, y: Any, *, sample_weight: Any) -> Case:
    """Find the network in a model, and send a sample of the rows through the steps before it.

    Parameters
    ----------
    model, X, y, sample_weight
        As in :func:`chainrule.explanation.diagnose`.

    Returns
    -------
    Case

    Raises
    ------
    InputError
        As there.
    sklearn.exceptions.NotFittedError
        The network has no weights yet.
    """
    network, of_rows, of_targets, names = unwrap(model, "diagnose")
    _check_given(X, y, sample_weight)
    history = getattr(network, "history_", ())
    if X is None:
        return Case(network, history, None)
    with in_one_sentence():
        y = None if y is None else of_targets(y)
        sample = _make_sample(network, X, y, sample_weight, of_rows, names)
    return Case(network, history, sample)


def unwrap(model: Any, asker: str) -> tuple[Any, Change, Change, tuple[str, ...] | None]:
    """Find the network in a model, and what happens before it.

    Parameters
    ----------
    model, asker
        As for :func:`chainrule.explanation._parts.take_apart`.

    Returns
    -------
    network : estimator
        Itself.
    of_rows, of_targets : callable
        What happens to X and to y before it.
    names : tuple of str, or None
        What its columns are called.
    """
    _, steps, transformers, network = take_apart(model, asker)
    rows = [step.transform for step in steps]
    targets = [_target_change(transformer) for transformer in transformers]
    names = names_after(steps)
    own = getattr(network, "feature_names_in_", None)
    if own is not None:
        names = tuple(str(name) for name in own)
    return network, _one_after_another(rows), _one_after_another(targets), names


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Let what scikit-learn says about unusable rows be one sentence."""
    try:
        yield
    except InputError:
        raise
    except (TypeError, ValueError) as error:
        said = str(error).split("\n")[0].split(". ")[0].rstrip(".")
        raise InputError(f"the rows cannot be looked at: {said}") from error


def _check_given(X: Any, y: Any, sample_weight: Any) -> None:
    if X is None and y is not None:
        raise InputError("diagnose was given y without X; give the training rows too")
    if y is None and sample_weight is not None:
        raise InputError("diagnose was given sample_weight without y; give the targets too")
    check_lengths(X, y, sample_weight)


def check_lengths(X: Any, y: Any, sample_weight: Any) -> None:
    """See that there are rows, and as many targets and weights."""
    given = {"X": X, "y": y, "sample_weight": sample_weight}
    rows = {name: _count(name, value) for name, value in given.items() if value is not None}
    for name, count in rows.items():
        if count != rows["X"]:
            raise InputError(f"X has {rows['X']} rows but {name} has {count}; give the same rows")
    if rows.get("X") == 0:
        raise InputError("X has no rows; give the training rows")


def _count(name: str, value: Any) -> int:
    try:
        if not isinstance(value, str):
            return int(_num_samples(value))
    except TypeError:
        pass
    raise InputError(f"{name} is {value!r}, not an array; give one of as many rows as X")


# ---------------------------------------------------------------------- the steps before it


def _one_after_another(changes: list[Change]) -> Change:
    def apply(value: Any) -> Any:
        for change in changes:
            value = change(value)
        return value

    return apply


def _target_change(transformer: Any) -> Change:
    """Do to y what the wrapper does before it fits."""

    def change(y: Any) -> Any:
        column = np.asarray(y, np.float64)
        column = column.reshape(-1, 1) if column.ndim == 1 else column
        changed = np.asarray(transformer.transform(column))
        return changed[:, 0] if changed.ndim == 2 and changed.shape[1] == 1 else changed

    return change


def names_after(steps: Sequence[Any]) -> tuple[str, ...] | None:
    """Return what the last of these steps calls its columns, where it knows better than x0, x1."""
    if not steps:
        return None
    try:
        chain = Pipeline([(str(i), step) for i, step in enumerate(steps)])
        names = tuple(str(name) for name in chain.get_feature_names_out())
    except (AttributeError, ValueError):
        return None
    return None if names == tuple(f"x{i}" for i in range(len(names))) else names


# ---------------------------------------------------------------------- the sample


def _make_sample(
    model: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    before: Change,
    names: tuple[str, ...] | None,
) -> Sample:
    rows = _num_samples(X)
    columns = int(model.n_features_in_)
    most = min(MOST_ROWS, max(1, _MOST_NUMBERS // columns))

    def take(indices: NDArray[np.int64]) -> Array:
        return read_inputs(model, before(_safe_indexing(X, indices[:most])), indices, names)

    indices = _choose(rows, most)
    labels = weights = targets = None
    if y is not None:
        labels, weights = prepare_targets(model, y, sample_weight)
        targets = as_outputs(model, labels[indices])
        weights = None if weights is None else weights[indices]
    known = names if names is not None and len(names) == columns else None
    return Sample(take(indices), targets, weights, known, rows, labels, take)


def read_inputs(
    network: Any, rows: Any, places: NDArray[np.int64], names: tuple[str, ...] | None
) -> Array:
    """Check rows as the network does, and return them dense, in float64.

    Parameters
    ----------
    network : estimator
        Itself.
    rows : array, sparse matrix or table of shape (m, d)
        What comes out of the steps before it.
    places : array of shape (m,)
        What to call them in an error.
    names : tuple of str, or None
        What the columns are called.

    Returns
    -------
    array of shape (m, d)

    Raises
    ------
    InputError
        A number is missing or infinite.
    """
    checked = validate_data(
        network,
        rows,
        accept_sparse=["csr", "csc"],
        dtype=np.float64,
        reset=False,
        ensure_all_finite=False,
    )
    dense: Array = checked.toarray() if issparse(checked) else checked
    _check_finite(dense, places, names)
    return dense


def _check_finite(x: Array, rows: NDArray[np.int64], names: tuple[str, ...] | None) -> None:
    """Refuse what no network was trained on, naming its place."""
    bad = np.argwhere(~np.isfinite(x))
    if len(bad) == 0:
        return
    row, column = bad[0].tolist()
    place = f"column {column}" if names is None else f"column {names[column]!r}"
    raise InputError(
        f"row {rows[row]} of X has {x[row, column]:g} in {place}; give the rows as the network was "
        "trained on them, missing values filled in"
    )


def _choose(rows: int, most: int) -> NDArray[np.int64]:
    """Choose rows, always the same ones."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def prepare_targets(model: Any, y: Any, sample_weight: Any) -> tuple[NDArray[Any], Array | None]:
    """Return all rows' targets as the estimator prepares them, and their weights."""
    if not issparse(y):
        y = np.asarray(y) if is_classifier(model) else np.asarray(y, np.float64)
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if not is_classifier(model):
        _check_numbers(model, y)
    elif not issparse(y) and y.ndim == 1:
        _check_labels(model, y)
    labels: NDArray[Any] = model._prepare_targets(y, mode="more")
    if getattr(model, "_kind", None) == "multiclass" and labels.shape[1] > 1:
        labels = labels.argmax(axis=1)[:, None]
    weights = None if sample_weight is None else check_weights(sample_weight, len(labels))
    by_class = model._class_weights(y) if hasattr(model, "_class_weights") else None
    if by_class is not None:
        weights = by_class if weights is None else by_class * weights
    return labels, weights


def _check_numbers(model: Any, y: Array) -> None:
    outputs, given = model._network.sizes[-1], 1 if y.ndim == 1 else y.shape[1]
    if given != outputs:
        raise InputError(f"y has {given} columns, but the network has {outputs} outputs")
    bad = np.argwhere(~np.isfinite(y))
    if len(bad):
        raise InputError(
            f"row {bad[0, 0]} of y is {y[tuple(bad[0])]:g}; give the targets as the network was "
            "trained on them, finite numbers"
        )


def _check_labels(model: Any, y: NDArray[Any]) -> None:
    known = np.asarray(model.classes_).tolist()
    classes = set(known)
    # One object at a time, because labels of different types cannot be sorted together.
    unknown = [label for label in dict.fromkeys(y.tolist()) if label not in classes]
    if unknown:
        more = [f"{len(known) - _NAMED} more"] if len(known) > _NAMED else []
        raise InputError(
            f"y has {unknown[0]!r}, which is none of the network's classes: "
            f"{joined([repr(label) for label in known[:_NAMED]] + more)}"
        )


def check_weights(sample_weight: Any, rows: int) -> Array:
    """Return how much each row counts, one number for each.

    Parameters
    ----------
    sample_weight : array of shape (n,)
        As a person gives them.
    rows : int
        n.

    Returns
    -------
    array of float64 of shape (n,)

    Raises
    ------
    InputError
        They are something else, negative, or all 0.
    """
    try:
        weights = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        weights = np.empty(0)
    usable = weights.shape == (rows,) and np.isfinite(weights).all() and (weights >= 0).all()
    if not usable or not weights.any():
        raise InputError(
            "sample_weight must be one number for each row, none of them negative and not all 0"
        )
    return weights


def as_outputs(model: Any, labels: NDArray[Any]) -> Array:
    """Return targets with one column for each output: classes one-hot."""
    outputs = model._network.sizes[-1]
    if getattr(model, "_kind", None) == "multiclass":
        return np.asarray(np.eye(outputs)[labels[:, 0]])
    return labels.astype(np.float64)
