"""Starting points: where a network's weights lie before it has learned anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from chainrule.errors import InputError
from chainrule.mathematics import activation
from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture, Layer

__all__ = ["INITIALIZATIONS", "Initialization", "initialize"]


class Initialization(NamedTuple):
    """A way of drawing one layer's weights and bias.

    Attributes
    ----------
    name : str
        The name by which estimators know it.
    draw : callable
        (layer, random state) to (weights of shape (inputs, outputs), bias of shape (outputs,)).
    formula : str
        As LaTeX.
    source : str
        Where it comes from.
    """

    name: str
    draw: Callable[[Layer, np.random.RandomState], tuple[Array, Array]]
    formula: str
    source: str


def _glorot(layer: Layer, random: np.random.RandomState) -> tuple[Array, Array]:
    # The same draws in the same order as scikit-learn's, so that the same seed starts both from
    # the same point; the sigmoid's smaller slope asks for its smaller factor.
    factor = 2.0 if layer.activation == "logistic" else 6.0
    bound = np.sqrt(factor / (layer.inputs + layer.outputs))
    weights = random.uniform(-bound, bound, (layer.inputs, layer.outputs))
    return weights, random.uniform(-bound, bound, layer.outputs)


def _he(layer: Layer, random: np.random.RandomState) -> tuple[Array, Array]:
    scale = np.sqrt(2 / layer.inputs)
    return random.normal(0, scale, (layer.inputs, layer.outputs)), np.zeros(layer.outputs)


def _uniform(layer: Layer, random: np.random.RandomState) -> tuple[Array, Array]:
    return random.uniform(-0.5, 0.5, (layer.inputs, layer.outputs)), np.zeros(layer.outputs)


def _normal(layer: Layer, random: np.random.RandomState) -> tuple[Array, Array]:
    return random.normal(0, 0.1, (layer.inputs, layer.outputs)), np.zeros(layer.outputs)


def _zeros(layer: Layer, random: np.random.RandomState) -> tuple[Array, Array]:
    del random  # nothing is drawn: every node of a layer starts, and so stays, the same
    return np.zeros((layer.inputs, layer.outputs)), np.zeros(layer.outputs)


INITIALIZATIONS: dict[str, Initialization] = {
    record.name: record
    for record in (
        Initialization(
            "glorot",
            _glorot,
            r"W, b \sim U(-r, r),\ r = \sqrt{6 / (n_{in} + n_{out})}",
            "Glorot & Bengio (2010)",
        ),
        Initialization(
            "he", _he, r"W \sim N(0, 2 / n_{in}),\ b = 0", "He, Zhang, Ren & Sun (2015)"
        ),
        Initialization("uniform", _uniform, r"W \sim U(-0.5, 0.5),\ b = 0", "the classical choice"),
        Initialization("normal", _normal, r"W \sim N(0, 0.1^2),\ b = 0", "the classical choice"),
        Initialization("zeros", _zeros, r"W = 0,\ b = 0", "fails by symmetry, worth seeing once"),
    )
}
"""Every initialization by its name."""


def initialize(
    network: Architecture,
    random: np.random.RandomState,
    *,
    scheme: str = "glorot",
    dtype: type = np.float32,
) -> Array:
    """Draw the starting weights and biases of a network.

    Parameters
    ----------
    network : Architecture
        Its shape.
    random : numpy.random.RandomState
        Seeded by the caller.
    scheme : str
        One of :data:`INITIALIZATIONS`.
    dtype : type
        ``numpy.float32`` or ``numpy.float64``.

    Returns
    -------
    array of shape (network.parameter_count,)

    Raises
    ------
    InputError
        There is no such scheme.

    Examples
    --------
    >>> network = Architecture((2, 3, 1), ("relu",), "log_loss")
    >>> float(abs(initialize(network, np.random.RandomState(0))).max()) < 6**0.5
    True
    """
    if scheme not in INITIALIZATIONS:
        known = ", ".join(INITIALIZATIONS)
        raise InputError(f"there is no initialization {scheme!r}; choose one of {known}")
    # The output layer follows the activation of the hidden layer before it, as scikit-learn has it.
    functions = (*network.activations, *network.activations[-1:]) or ("identity",)
    drawn = [
        INITIALIZATIONS[scheme].draw(layer._replace(activation=activation(name).name), random)
        for layer, name in zip(network.layers, functions, strict=True)
    ]
    return network.flatten([w for w, _ in drawn], [b for _, b in drawn], dtype)
