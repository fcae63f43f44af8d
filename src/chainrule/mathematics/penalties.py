"""Penalties on the weights, never on the biases, that keep a network from overfitting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.mathematics.arrays import Array

__all__ = ["L1", "L2", "Penalty"]


@dataclass(frozen=True)
class Penalty:
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
    formula, derivative_formula : str
        Both as LaTeX.
    source : str
        Where it comes from.

    Examples
    --------
    >>> import numpy as np
    >>> L2.value(np.array([3.0, 4.0])), L1.value(np.array([3.0, -4.0]))
    (12.5, 7.0)
    """

    name: str
    value: Callable[[Array], float]
    derivative: Callable[[Array], Array]
    formula: str
    derivative_formula: str
    source: str


def _half_sum_of_squares(w: Array) -> float:
    flat = w.ravel().astype(np.float64)
    return float(0.5 * (flat @ flat))


def _itself(w: Array) -> Array:
    return w.copy()


def _sum_of_absolutes(w: Array) -> float:
    return float(np.abs(w.astype(np.float64)).sum())


def _sign(w: Array) -> Array:
    return np.sign(w)


L2 = Penalty(
    "L2",
    _half_sum_of_squares,
    _itself,
    r"P(w) = \tfrac{1}{2}\sum w^2",
    r"\frac{\partial P}{\partial w} = w",
    "Hoerl & Kennard (1970); Krogh & Hertz (1992)",
)
"""Half the sum of squares, as scikit-learn's ``alpha`` weighs it: λΣw² is ``alpha`` = 2λ."""

L1 = Penalty(
    "L1",
    _sum_of_absolutes,
    _sign,
    r"P(w) = \sum |w|",
    r"\frac{\partial P}{\partial w} = \operatorname{sign}(w)",
    "Tibshirani (1996)",
)
"""The sum of absolutes; at w = 0, where it has a corner, the derivative 0 is taken."""
