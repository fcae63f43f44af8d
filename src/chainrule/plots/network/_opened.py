"""The network in whatever model a picture is asked of: its numbers, and names for them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import neural_network as theirs
from sklearn.base import is_classifier
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline

from chainrule.errors import InputError
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.explanation._rows import unwrap
from chainrule.explanation.worked._subject import names_of_classes
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture

__all__ = ["OpenedNetwork", "importances", "in_our_terms", "layer_names", "open_network"]


@dataclass(frozen=True, eq=False)
class OpenedNetwork:
    """A network with the names that people have for its ends.

    Attributes
    ----------
    network : Architecture
        Its shape.
    weights, biases : tuple of array
        W of shape (inputs, outputs) and b of shape (outputs,) of each layer, float64.
    inputs : tuple of str, or None
        What the inputs are called, if they have names.
    outputs : tuple of str
        What each output stands for; empty words where nobody has said.
    """

    network: Architecture
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    inputs: tuple[str, ...] | None
    outputs: tuple[str, ...]

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of each layer, the output's last."""
        return tuple(layer.activation for layer in self.network.layers)


def open_network(model: Any, asker: str) -> OpenedNetwork:
    """Find the network in a model.

    Parameters
    ----------
    model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
        With a network of chainrule, or scikit-learn's MLPClassifier or MLPRegressor.
    asker : str
        The picture's name, for what it says of others.

    Returns
    -------
    OpenedNetwork

    Raises
    ------
    InputError
        There is no such network in it, or a weight is no finite number.
    sklearn.exceptions.NotFittedError
        It has no weights yet.
    """
    known = in_our_terms(model, asker)
    estimator, _, _, names = unwrap(known, asker)
    network: Architecture = estimator._network
    views = network.views(estimator._flatten(network, np.float64))
    for i, layer in enumerate(views):
        if not all(np.isfinite(part).all() for part in layer):
            raise InputError(
                f"a weight or bias of layer {i + 1} is infinite or no number, so there is nothing "
                "to draw: the training has diverged, train again with a smaller learning rate"
            )
    inputs = names if names is not None and len(names) == network.sizes[0] else None
    weights, biases = zip(*views, strict=True)
    return OpenedNetwork(network, weights, biases, inputs, _outputs(model, estimator))


def _outputs(model: Any, estimator: Any) -> tuple[str, ...]:
    """Name the outputs: classes, or the target of a model that knows its table."""
    names = names_of_classes(estimator)
    count = estimator._network.sizes[-1]
    if not is_classifier(estimator):
        target = getattr(getattr(model, "origin", None), "target", "")
        return (str(target),) if count == 1 else names
    if count == 1 and estimator._network.loss == "log_loss":
        return (f"P({names[-1]})",)
    return names[-count:]


def in_our_terms(model: Any, asker: str) -> Any:
    """Return a model with scikit-learn's network in it as the same one of ours.

    Parameters
    ----------
    model, asker
        As for :func:`open_network`.

    Returns
    -------
    estimator, Pipeline or TransformedTargetRegressor
        What it was where it has no network of scikit-learn's.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        That network has no weights yet.
    """
    held = getattr(model, "pipeline", None)
    inner = held if isinstance(held, Pipeline) else model
    if isinstance(inner, Pipeline):
        name, last = inner.steps[-1]
        ours = in_our_terms(last, asker)
        return model if ours is last else Pipeline([*inner.steps[:-1], (name, ours)])
    if isinstance(inner, TransformedTargetRegressor):
        last = getattr(inner, "regressor_", inner.regressor)
        ours = in_our_terms(last, asker)
        if ours is last:
            return model
        changed = copy.copy(inner)
        changed.regressor_ = ours
        return changed
    known = isinstance(inner, theirs.MLPClassifier | theirs.MLPRegressor)
    return _translate(inner, asker) if known else model


def _translate(other: Any, asker: str) -> Any:
    """Make our estimator with the weights of scikit-learn's."""
    kind = type(other).__name__
    if not hasattr(other, "coefs_"):
        raise NotFittedError(f"{asker} looks at weights, and this {kind} has none yet; call fit")
    hidden = tuple(len(b) for b in other.intercepts_[:-1])
    settings = {"activation": other.activation, "alpha": other.alpha, "solver": "gd"}
    ours: Any
    if is_classifier(other):
        ours, y = MLPClassifier(hidden, **settings), np.asarray(other.classes_)
        if other._label_binarizer.y_type_ == "multilabel-indicator":
            y = np.eye(len(y), dtype=int)
    else:
        ours, y = MLPRegressor(other.loss, hidden, **settings), np.ones((1, other.n_outputs_))
    inputs = other.coefs_[0].shape[0]
    ours.initialize(np.zeros((len(y), inputs)), y[:, 0] if y.shape[1:] == (1,) else y)
    ours.coefs_ = [np.asarray(w, np.float64) for w in other.coefs_]
    ours.intercepts_ = [np.asarray(b, np.float64) for b in other.intercepts_]
    if hasattr(other, "feature_names_in_"):
        ours.feature_names_in_ = other.feature_names_in_
    return ours


def layer_names(count: int) -> tuple[str, ...]:
    """Name so many layers of weights: hidden ones by number, the last is the output.

    Examples
    --------
    >>> layer_names(3)
    ('hidden 1', 'hidden 2', 'output')
    """
    return (*(f"hidden {i + 1}" for i in range(count - 1)), "output")


def importances(weights: tuple[Array, ...]) -> tuple[Array, ...]:
    r"""Return how much each node can do: the length of the weights into it times out of it.

    ‖W[:, j]‖ · ‖W⁺[j, :]‖ with W the layer's own weights and W⁺ the next one's. Of inputs, which
    have nothing before them, and outputs, which have nothing behind, the one factor there is. A
    ReLU node whose weights are doubled before it and halved behind it is the same node; and so is
    this number.

    Parameters
    ----------
    weights : tuple of array of shape (inputs, outputs)
        Of every layer.

    Returns
    -------
    tuple of array
        One number for each node, the inputs' first.

    Examples
    --------
    >>> into, out = np.array([[3.0, 0.0], [4.0, 1.0]]), np.array([[2.0], [-3.0]])
    >>> importances((into, out))[1]
    array([10.,  3.])
    """
    out = [np.linalg.norm(w, axis=1) for w in weights]
    into = [np.linalg.norm(w, axis=0) for w in weights]
    hidden = [a * b for a, b in zip(into, out[1:], strict=False)]
    return (out[0], *hidden, into[-1])
