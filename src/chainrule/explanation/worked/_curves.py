"""Activation functions and their slopes as formulas, one node at a time.

The textbook's definitions, written with a node's z and h. What they give is held to
:mod:`chainrule.mathematics.activations` by tests; what an explanation shows as a node's h or slope
is the engine's number, never theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chainrule.explanation.worked._arithmetic import (
    Call,
    Choice,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    minus,
)
from chainrule.mathematics.activations import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE

__all__ = ["h_of_z", "name_of", "raised", "sigmoid", "slope", "softmax", "softmax_slope"]

_ZERO, _ONE, _TWO = Number(0), Number(1), Number(2)


def _exp(x: Expression) -> Expression:
    return Call("exp", (x,))


def sigmoid(z: Expression) -> Expression:
    """Return 1 / (1 + e⁻ᶻ)."""
    return Quotient(_ONE, Sum((_ONE, _exp(Negative(z)))))


def _softplus(z: Expression) -> Expression:
    return Call("ln", (Sum((_ONE, _exp(z))),))


def _positive(z: Expression, then: Expression, otherwise: Expression) -> Expression:
    return Choice(z, 0.0, False, then, otherwise)


def _tanh_softplus(z: Expression) -> Expression:
    return Call("tanh", (_softplus(z),))


def _exp_minus_1(z: Expression) -> Expression:
    return minus(_exp(z), _ONE)


def _scaled(factor: float, x: Expression) -> Expression:
    return Product((Number(factor), x))


_VALUES: dict[str, Callable[[Expression], Expression]] = {
    "identity": lambda z: z,
    "step": lambda z: Choice(z, 0.0, True, _ONE, _ZERO),
    "logistic": sigmoid,
    "tanh": lambda z: Call("tanh", (z,)),
    "relu": lambda z: Call("max", (_ZERO, z)),
    "leaky_relu": lambda z: _positive(z, z, _scaled(LEAKY_SLOPE, z)),
    "elu": lambda z: _positive(z, z, _exp_minus_1(z)),
    "selu": lambda z: _positive(
        z,
        _scaled(SELU_SCALE, z),
        Product((Number(SELU_SCALE), Number(SELU_ALPHA), _exp_minus_1(z))),
    ),
    "gelu": lambda z: Product((z, Call("Phi", (z,)))),
    "silu": lambda z: Quotient(z, Sum((_ONE, _exp(Negative(z))))),
    "mish": lambda z: Product((z, _tanh_softplus(z))),
    "softplus": _softplus,
    "exp": _exp,
}


class _Node(NamedTuple):
    z: Expression
    h: Expression


_SLOPES: dict[str, Callable[[_Node], Expression]] = {
    "identity": lambda _: _ONE,
    "step": lambda _: _ZERO,
    "logistic": lambda n: Product((n.h, minus(_ONE, n.h))),
    "tanh": lambda n: minus(_ONE, Power(n.h, _TWO)),
    "relu": lambda n: _positive(n.z, _ONE, _ZERO),
    "leaky_relu": lambda n: _positive(n.z, _ONE, Number(LEAKY_SLOPE)),
    "elu": lambda n: _positive(n.z, _ONE, _exp(n.z)),
    "selu": lambda n: _positive(
        n.z, Number(SELU_SCALE), Product((Number(SELU_SCALE), Number(SELU_ALPHA), _exp(n.z)))
    ),
    "gelu": lambda n: Sum((Call("Phi", (n.z,)), Product((n.z, Call("phi", (n.z,)))))),
    "silu": lambda n: Product((sigmoid(n.z), minus(Sum((_ONE, n.z)), n.h))),
    "mish": lambda n: Sum(
        (
            _tanh_softplus(n.z),
            Product((n.z, sigmoid(n.z), minus(_ONE, Power(_tanh_softplus(n.z), _TWO)))),
        )
    ),
    "softplus": lambda n: sigmoid(n.z),
    "exp": lambda n: n.h,
}
# Where h is so near to 1, 1 − h has lost its digits: the same by z.
_FLAT = 1e-3
_FLAT_SLOPES: dict[str, Callable[[_Node], Expression]] = {
    "logistic": lambda n: Product((n.h, Quotient(_ONE, Sum((_ONE, _exp(n.z)))))),
    "tanh": lambda n: Power(Quotient(_TWO, Sum((_exp(n.z), _exp(Negative(n.z))))), _TWO),
}
_NAMES = {
    "logistic": "sigmoid",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "mish": "Mish",
}


def name_of(activation: str) -> str:
    """Return what people call an activation function."""
    return _NAMES.get(activation, activation)


def h_of_z(activation: str, z: Expression) -> Expression:
    """Return f(z) of one node; of softmax, which needs all of a layer, see :func:`softmax`."""
    return _VALUES[activation](z)


def slope(activation: str, z: Expression, h: Expression) -> Expression:
    """Return f′(z) of one node, by h = f(z) where that is shorter and keeps its digits."""
    if abs(h.value()) > 1 - _FLAT and activation in _FLAT_SLOPES:
        return _FLAT_SLOPES[activation](_Node(z, h))
    return _SLOPES[activation](_Node(z, h))


def softmax(z: Expression, total: Expression, top: float) -> Expression:
    """Return e^z / Σ e^z; with all z smaller by ``top`` where they are too large to be raised."""
    return Quotient(raised(z, top), total)


def raised(z: Expression, top: float) -> Expression:
    """Return e^z, or e^(z − top)."""
    return _exp(z if top == 0 else minus(z, Number(top)))


def softmax_slope(h: Expression, other: Expression, *, same: bool) -> Expression:
    """Return ∂hᵢ/∂zⱼ = hᵢ ([i = j] − hⱼ)."""
    return Product((h, minus(_ONE, other) if same else Negative(other)))
