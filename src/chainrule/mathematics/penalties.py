"""Penalties on the weights, never on the biases, that keep a network from overfitting."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

import numpy as np

from chainrule.mathematics.arrays import Array

__all__ = ["L1", "L2", "Penalty"]


class Penalty(NamedTuple):
    """A penalty P(w) on weights and its derivative.

    The reported error of a batch is E + λ P(w) / Σᵢ wᵢ with the row weights wᵢ of
    :mod:`chainrule.mathematics.losses`: as in scikit-learn, more rows make it matter less.

    Attributes
    ----------
    name : str
        Its field-standard name.
    value : callable
        Weights of any shape to P, a float.
    derivative : callable
        Weights to ∂P/∂w, of their shape.
    proximal : callable
        (weights, threshold t ≥ 0) to the v that makes t P(v) + ½Σ(v − w)² smallest, of their
        shape: where a step of length t goes that looks at P where it arrives, not where it starts.
    formula, derivative_formula, proximal_formula : str
        All as LaTeX.
    source : str
        Where it comes from.

    Examples
    --------
    >>> import numpy as np
    >>> L2.value(np.array([3.0, 4.0])), L1.value(np.array([3.0, -4.0]))
    (12.5, 7.0)
    >>> L1.proximal(np.array([3.0, -0.5]), 1.0), L2.proximal(np.array([3.0, -0.5]), 1.0)
    (array([2., 0.]), array([ 1.5 , -0.25]))
    """

    name: str
    value: Callable[[Array], float]
    derivative: Callable[[Array], Array]
    proximal: Callable[[Array, Array | float], Array]
    formula: str
    derivative_formula: str
    proximal_formula: str
    source: str


def _half_sum_of_squares(w: Array) -> float:
    flat = w.ravel().astype(np.float64)
    return float(0.5 * (flat @ flat))


def _itself(w: Array) -> Array:
    return w.copy()


def _shrunk(w: Array, threshold: Array | float) -> Array:
    return cast(Array, w / w.dtype.type(1 + threshold))


def _sum_of_absolutes(w: Array) -> float:
    return float(np.abs(w.astype(np.float64)).sum())


def _sign(w: Array) -> Array:
    return np.sign(w)


def _soft_threshold(w: Array, threshold: Array | float) -> Array:
    # Two plain maxima and a difference: what is smaller than t becomes 0, and never −0.
    t = w.dtype.type(threshold)
    return cast(Array, np.maximum(w - t, 0) - np.maximum(-w - t, 0))


L2 = Penalty(
    "L2",
    _half_sum_of_squares,
    _itself,
    _shrunk,
    r"P(w) = \tfrac{1}{2}\sum w^2",
    r"\frac{\partial P}{\partial w} = w",
    r"v = \frac{w}{1 + t}",
    "Hoerl & Kennard (1970); Krogh & Hertz (1992)",
)
"""Half the sum of squares, as scikit-learn's ``alpha`` weighs it: λΣw² is ``alpha`` = 2λ."""

L1 = Penalty(
    "L1",
    _sum_of_absolutes,
    _sign,
    _soft_threshold,
    r"P(w) = \sum |w|",
    r"\frac{\partial P}{\partial w} = \operatorname{sign}(w)",
    r"v = \operatorname{sign}(w)\,\max(|w| - t, 0)",
    "Tibshirani (1996); its proximal operator, soft thresholding, Donoho (1995)",
)
"""The sum of absolutes; at w = 0, where it has a corner, the derivative 0 is taken."""
