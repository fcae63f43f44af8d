"""Kinds of layer: what lies between one layer's outputs and the next layer's weighted sums.

A kind of layer is one record here, for the readable passes, and one branch in each compiled pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chainrule.mathematics.arrays import Array

__all__ = ["LAYER_KINDS", "LayerKind"]


class LayerKind(NamedTuple):
    """How a kind of layer computes and how it is differentiated.

    Attributes
    ----------
    name : str
        Its field-standard name.
    code : int
        The number by which the compiled kernels know it.
    weight_shape : callable
        (inputs, outputs) to the shape of its weights W.
    feedforward : callable
        (x, W, b) to z.
    backpropagate : callable
        (δ = ∂E/∂z, x, W) to (∂E/∂W, ∂E/∂b, ∂E/∂x).
    formula : str
        As LaTeX.
    """

    name: str
    code: int
    weight_shape: Callable[[int, int], tuple[int, int]]
    feedforward: Callable[[Array, Array, Array], Array]
    backpropagate: Callable[[Array, Array, Array], tuple[Array, Array, Array]]
    formula: str


def _dense_feedforward(x: Array, weights: Array, bias: Array) -> Array:
    return x @ weights + bias


def _dense_backpropagate(delta: Array, x: Array, weights: Array) -> tuple[Array, Array, Array]:
    return x.T @ delta, delta.sum(axis=0), delta @ weights.T


LAYER_KINDS: dict[str, LayerKind] = {
    "dense": LayerKind(
        "dense",
        0,
        lambda inputs, outputs: (inputs, outputs),
        _dense_feedforward,
        _dense_backpropagate,
        "z = xW + b",
    ),
}
"""Every kind of layer by its name."""
