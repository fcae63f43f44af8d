"""The shape of a network as frozen data, and views into its one flat parameter vector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics import ACTIVATIONS, LOSSES, activation, loss
from chainrule.mathematics.arrays import Array
from chainrule.network.layers import LAYER_KINDS

__all__ = ["PLAN", "Architecture", "Layer"]

PLAN = np.dtype(
    [
        ("kind", np.int64),
        ("inputs", np.int64),
        ("outputs", np.int64),
        ("activation", np.int64),
        ("weights", np.int64),
        ("bias", np.int64),
        ("end", np.int64),
        ("before", np.int64),
        ("dropout", np.float64),
    ]
)
"""One layer as the kernels see it: codes, sizes, and where it lies in the flat vector."""


class Layer(NamedTuple):
    """One layer: its kind, sizes, activation, and where its numbers lie in the flat vector.

    ``dropout`` is the share of its outputs switched off at random while training.
    """

    kind: str
    inputs: int
    outputs: int
    activation: str
    weights: slice
    bias: slice
    dropout: float = 0.0


@dataclass(frozen=True)
class Architecture:
    """What a network is before it has numbers: sizes, activations, loss, dropout.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, every hidden layer, outputs: (d, h₁, …, k).
    activations : tuple of str
        One for each hidden layer; the output's belongs to the loss.
    loss : str
        One of :data:`chainrule.mathematics.LOSSES`.
    dropout : tuple of float, optional
        For each hidden layer the share of its outputs that is switched off while training.

    Examples
    --------
    >>> network = Architecture((2, 3, 1), ("tanh",), "log_loss")
    >>> network.parameter_count
    13
    >>> [layer.activation for layer in network.layers]
    ['tanh', 'logistic']
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    dropout: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        hidden = len(self.sizes) - 2
        if hidden < 0 or min(self.sizes) < 1:
            raise ValueError(f"a network needs inputs and outputs, all ≥ 1; got sizes {self.sizes}")
        if len(self.activations) != hidden:
            raise ValueError(f"{hidden} hidden layers but {len(self.activations)} activations")
        if len(self.dropout) not in (0, hidden):
            raise ValueError(f"{hidden} hidden layers but {len(self.dropout)} dropout rates")
        for name in self.activations:
            activation(name)
        loss(self.loss)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer, in order, laid out one after another: weights, then bias."""
        functions = (*self.activations, LOSSES[self.loss].output)
        rates = (*(self.dropout or (0.0,) * len(self.activations)), 0.0)
        layers: list[Layer] = []
        start = 0
        for i, (inputs, outputs) in enumerate(zip(self.sizes, self.sizes[1:], strict=False)):
            middle = start + math.prod(LAYER_KINDS["dense"].weight_shape(inputs, outputs))
            stop = middle + outputs
            name = activation(functions[i]).name
            where = slice(start, middle), slice(middle, stop)
            layers.append(Layer("dense", inputs, outputs, name, *where, rates[i]))
            start = stop
        return tuple(layers)

    @cached_property
    def node_count(self) -> int:
        """How many nodes there are behind the inputs."""
        return sum(self.sizes[1:])

    @property
    def parameter_count(self) -> int:
        """How many numbers the network learns: all weights and biases."""
        return int(self.layers[-1].bias.stop)

    @cached_property
    def plan(self) -> NDArray[np.void]:
        """The layers as one record array of type :data:`PLAN` for the compiled kernels."""
        plan = np.zeros(len(self.layers), dtype=PLAN)
        before = 0
        for i, layer in enumerate(self.layers):
            kind = LAYER_KINDS[layer.kind].code
            function = ACTIVATIONS[layer.activation].code
            start, middle, stop = layer.weights.start, layer.bias.start, layer.bias.stop
            sizes = layer.inputs, layer.outputs
            plan[i] = (kind, *sizes, function, start, middle, stop, before, layer.dropout)
            before += layer.outputs
        return plan

    def views(self, parameters: Array) -> list[tuple[Array, Array]]:
        """Return (weights, bias) of every layer as views into the flat vector.

        Parameters
        ----------
        parameters : array of shape (parameter_count,)
            The vector, or a gradient, or an optimizer's state of the same shape.

        Returns
        -------
        list of (array of shape (inputs, outputs), array of shape (outputs,))
            Writing into a view writes into the vector.
        """
        return [
            (
                parameters[layer.weights].reshape(layer.inputs, layer.outputs),
                parameters[layer.bias],
            )
            for layer in self.layers
        ]

    def flatten(self, weights: Sequence[Array], biases: Sequence[Array], dtype: type) -> Array:
        """Return the flat vector of these weight matrices and biases, the inverse of ``views``."""
        flat: Array = np.empty(self.parameter_count, dtype=dtype)
        for (w_view, b_view), w, b in zip(self.views(flat), weights, biases, strict=True):
            w_view[...] = w
            b_view[...] = b
        return flat
