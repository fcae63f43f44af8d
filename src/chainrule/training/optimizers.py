"""Optimizers: how a gradient becomes a step. Each is two pure functions on explicit state.

``init(parameters)`` gives the state, ``update(gradient, state, rates)`` the change to be added to
the parameters and the next state. The compiled updates of :mod:`chainrule.network.updates` do the
same in place and are held equal to these by tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chainrule.mathematics.arrays import Array
from chainrule.network import updates

__all__ = ["OPTIMIZERS", "Optimizer", "OptimizerState", "Rates"]


class Rates(NamedTuple):
    """The numbers an optimizer is given; each uses those that its formula names."""

    learning_rate: float = 0.001
    momentum: float = 0.9
    nesterov: bool = True
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8


class OptimizerState(NamedTuple):
    """What an optimizer remembers: how many steps it took and two vectors like the parameters."""

    step: int
    first: Array
    second: Array


@dataclass(frozen=True)
class Optimizer:
    """A rule that turns gradients into steps.

    Attributes
    ----------
    name : str
        The name by which estimators know it.
    code : int
        The number by which the compiled updates know it.
    init : callable
        Parameters to the state before the first step.
    update : callable
        (gradient, state, rates) to (change, next state).
    formula : str
        As LaTeX, with g the gradient and α the learning rate.
    source : str
        Where it comes from.

    Examples
    --------
    >>> import numpy as np
    >>> adam = OPTIMIZERS["adam"]
    >>> w = np.array([1.0, -2.0])
    >>> change, state = adam.update(np.array([0.5, 0.0]), adam.init(w), Rates())
    >>> (w + change).round(6), state.step
    (array([ 0.999, -2.   ]), 1)
    """

    name: str
    code: int
    init: Callable[[Array], OptimizerState]
    update: Callable[[Array, OptimizerState, Rates], tuple[Array, OptimizerState]]
    formula: str
    source: str


def _zeros(parameters: Array) -> OptimizerState:
    return OptimizerState(0, np.zeros_like(parameters), np.zeros_like(parameters))


def _gradient_descent(
    gradient: Array, state: OptimizerState, rates: Rates
) -> tuple[Array, OptimizerState]:
    return -rates.learning_rate * gradient, state._replace(step=state.step + 1)


def _momentum(gradient: Array, state: OptimizerState, rates: Rates) -> tuple[Array, OptimizerState]:
    velocity = rates.momentum * state.first - rates.learning_rate * gradient
    change = velocity
    if rates.nesterov:
        change = rates.momentum * velocity - rates.learning_rate * gradient
    return change, state._replace(step=state.step + 1, first=velocity)


def _adam(gradient: Array, state: OptimizerState, rates: Rates) -> tuple[Array, OptimizerState]:
    t = state.step + 1
    first = rates.beta_1 * state.first + (1 - rates.beta_1) * gradient
    second = rates.beta_2 * state.second + (1 - rates.beta_2) * gradient**2
    rate = rates.learning_rate * np.sqrt(1 - rates.beta_2**t) / (1 - rates.beta_1**t)
    change = -rate * first / (np.sqrt(second) + rates.epsilon)
    return change, OptimizerState(t, first, second)


OPTIMIZERS: dict[str, Optimizer] = {
    record.name: record
    for record in (
        Optimizer(
            "gd",
            updates.SGD,
            _zeros,
            _gradient_descent,
            r"w \leftarrow w - \alpha g",
            "Cauchy (1847)",
        ),
        Optimizer(
            "sgd",
            updates.SGD,
            _zeros,
            _momentum,
            r"v \leftarrow \mu v - \alpha g,\quad w \leftarrow w + v"
            r"\quad(\text{Nesterov: } w \leftarrow w + \mu v - \alpha g)",
            "Polyak (1964); Nesterov (1983); Sutskever et al. (2013)",
        ),
        Optimizer(
            "adam",
            updates.ADAM,
            _zeros,
            _adam,
            r"m \leftarrow \beta_1 m + (1 - \beta_1) g,\quad"
            r"v \leftarrow \beta_2 v + (1 - \beta_2) g^2,\quad"
            r"w \leftarrow w - \alpha \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}"
            r"\frac{m}{\sqrt v + \epsilon}",
            "Kingma & Ba (2015)",
        ),
    )
}
"""Every optimizer that takes one step per mini-batch, by its name."""
