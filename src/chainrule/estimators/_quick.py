"""The quick way to a prediction: no check is made twice, and none is left out.

scikit-learn's checks of a table take many times as long as a small network takes for a row. Where a
glance at X shows that all but one would pass, they are passed over; that one, whether all numbers
are finite, is made by the kernel on its way. Wherever the glance or the kernel finds something, the
usual way is taken, which says what.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.prediction import send_rows, without_output_activation

__all__ = ["quick_outputs"]

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
# What the fitted network's shape and its outputs depend on besides the weights; each may be set
# again after the fit.
_ASKED = (
    "hidden_layer_sizes",
    "activation",
    "dropout",
    "loss",
    "combine",
    "n_outputs_",
    "n_features_in_",
    "feature_names_in_",
    "_kind",
)
_UNCHANGING = (str, int, float, tuple, np.generic, type(None))


class _Prepared(NamedTuple):
    """A fitted network as it was last seen, ready for rows."""

    seen: tuple[Any, ...]
    """All that it depends on, compared by identity; arrays may change in place."""
    lists: Sequence[tuple[list[Any], list[Any]]]
    """What else could be changed in place, each with a copy."""
    arrays: Sequence[Array]
    """Weights and bias of each layer in turn."""
    network: Architecture
    dtype: np.dtype[Any]
    parameters: Array | None
    """The arrays as one vector, shape (1, p), in the same memory; None if they lie apart."""

    def still_holds(self, fitted: dict[str, Any]) -> bool:
        """Whether an estimator with these attributes is as it was when it was seen."""
        now = _look(fitted)
        return (
            len(now) == len(self.seen)
            and all(map(is_, now, self.seen))
            and all(given == copied for given, copied in self.lists)
        )


def _look(fitted: dict[str, Any]) -> tuple[Any, ...]:
    arrays = *fitted.get("coefs_", ()), *fitted.get("intercepts_", ())
    return *map(fitted.get, _ASKED), *arrays


# Beside the estimators, whose attributes predicting must not change.
_seen: WeakKeyDictionary[Any, dict[bool, _Prepared]] = WeakKeyDictionary()


def quick_outputs(estimator: Any, X: Any, *, logits: bool, complement: bool) -> Array | None:
    """Return what predictions for rows X are made from, or None where the usual way must be taken.

    Parameters
    ----------
    estimator : BaseNetwork
        Fitted or not.
    X : Any
        What the user gave.
    logits : bool
        Whether the output layer's z is asked for instead of its h.
    complement : bool
        Whether a single output p is preceded by a column 1 − p.

    Returns
    -------
    array of shape (n, k), or None
    """
    # carray: C-contiguous, aligned, writable. The kernel is compiled for nothing else.
    if type(X) is not np.ndarray or X.ndim != 2 or not X.flags.carray or X.dtype not in _FLOATS:
        return None
    by_kind = _seen.get(estimator)
    prepared = by_kind.get(logits) if by_kind else None
    if prepared is None or not prepared.still_holds(vars(estimator)):
        prepared = _prepare(estimator, logits)
        if prepared is None:
            return None
        _seen.setdefault(estimator, {})[logits] = prepared
    _, _, arrays, network, dtype, parameters = prepared
    if X.shape[1] != network.sizes[0] or not len(X):
        return None
    if parameters is None:
        parameters = np.concatenate([a.ravel() for a in arrays], dtype=dtype).reshape(1, -1)
    outputs, finite = send_rows(network, parameters, X, complement=complement)
    return outputs if finite else None


def _prepare(estimator: Any, logits: bool) -> _Prepared | None:
    """Return the network to send rows through; None where the usual way has more to look at."""
    fitted = vars(estimator)
    if "coefs_" not in fitted or "feature_names_in_" in fitted:
        return None
    seen = _look(fitted)
    asked = seen[: len(_ASKED)]
    lists = [(value, list(value)) for value in asked if type(value) is list]
    averaged = fitted.get("combine") == "average" and "restarts_" in fitted
    if averaged or not all(isinstance(value, (list, *_UNCHANGING)) for value in asked):
        return None
    try:
        network = estimator._network
    except (IndexError, TypeError, ValueError):
        return None
    layers, weights, biases = network.layers, estimator.coefs_, estimator.intercepts_
    if (
        network.sizes[0] != fitted["n_features_in_"]
        or [np.shape(w) for w in weights] != [(part.inputs, part.outputs) for part in layers]
        or [np.shape(b) for b in biases] != [(part.outputs,) for part in layers]
    ):
        return None
    arrays = [a for pair in zip(weights, biases, strict=True) for a in pair]
    if not all(type(a) is np.ndarray and a.dtype in _FLOATS for a in arrays):
        return None
    dtype = np.result_type(*arrays)
    network = without_output_activation(network) if logits else network
    return _Prepared(seen, lists, arrays, network, dtype, _one_vector(arrays, dtype))


def _one_vector(arrays: Sequence[Array], dtype: np.dtype[Any]) -> Array | None:
    """Return the memory that the arrays share, one after another, shape (1, p); None if apart."""
    base = arrays[0].base
    if type(base) is not np.ndarray or not base.flags.carray or base.dtype != dtype:
        return None
    first = following = _address(arrays[0])
    for array in arrays:
        if array.base is not base or not array.flags.carray or _address(array) != following:
            return None
        following += array.nbytes
    start, stop = ((place - _address(base)) // dtype.itemsize for place in (first, following))
    return base.reshape(-1)[start:stop].reshape(1, -1)


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])
