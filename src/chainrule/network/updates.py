"""The compiled updates: each optimizer's rule over the flat parameter vector, in one pass.

The readable rules, with formulas and sources, are in :mod:`chainrule.training.optimizers`;
tests hold the two equal.
"""

from __future__ import annotations

import math
from typing import Any

from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled, pasted

__all__ = [
    "ACCUMULATE",
    "ADAM",
    "FIRST",
    "GRADIENT",
    "PARAMETERS",
    "SECOND",
    "SGD",
    "update_parameters",
]

PARAMETERS, FIRST, SECOND, GRADIENT = 0, 1, 2, 3
"""The rows of a state; from GRADIENT on there is one for each part of a mini-batch."""

SGD = 0
ADAM = 1
ACCUMULATE = 2
"""No step at all: gradients of many batches are added up."""


@compiled
def sgd(
    w: Array, gradient: Array, velocity: Array, settings: Any, l1: float, l2: float
) -> tuple[float, float]:
    """One step of gradient descent with momentum; returns Σ|w| and ½Σw² from before it."""
    number = w.dtype.type
    rate, momentum = number(settings.learning_rate), number(settings.momentum)
    l1, l2 = number(l1), number(l2)
    absolutes, squares = number(0), number(0)
    for i in range(w.size):
        absolutes += abs(w[i])
        squares += w[i] * w[i]
        sign = number(w[i] > 0) - number(w[i] < 0)
        step = rate * (gradient[i] + l2 * w[i] + l1 * sign)
        velocity[i] = momentum * velocity[i] - step
        w[i] += momentum * velocity[i] - step if settings.nesterov else velocity[i]
    return absolutes, number(0.5) * squares


@compiled
def power(base: float, exponent: int) -> float:
    """Raise to a whole power by repeated squaring: the same bits wherever libm comes from."""
    result = 1.0
    while exponent > 0:
        if exponent % 2 == 1:
            result *= base
        base *= base
        exponent //= 2
    return result


@compiled
def adam(
    w: Array, gradient: Array, first: Array, second: Array, settings: Any, l1: float, l2: float
) -> tuple[float, float]:
    """One step of Adam; returns Σ|w| and ½Σw² from before it."""
    number = w.dtype.type
    beta_1, beta_2 = number(settings.beta_1), number(settings.beta_2)
    rest_1, rest_2 = number(1 - settings.beta_1), number(1 - settings.beta_2)
    t = settings.step
    correction = math.sqrt(1 - power(settings.beta_2, t)) / (1 - power(settings.beta_1, t))
    rate, epsilon = number(settings.learning_rate * correction), number(settings.epsilon)
    l1, l2 = number(l1), number(l2)
    absolutes, squares = number(0), number(0)
    for i in range(w.size):
        absolutes += abs(w[i])
        squares += w[i] * w[i]
        sign = number(w[i] > 0) - number(w[i] < 0)
        g = gradient[i] + l2 * w[i] + l1 * sign
        first[i] = beta_1 * first[i] + rest_1 * g
        second[i] = beta_2 * second[i] + rest_2 * g * g
        w[i] -= rate * first[i] / (math.sqrt(second[i]) + epsilon)
    return absolutes, number(0.5) * squares


@compiled
def sum_gradients(state: Array, start: int, stop: int, parts: int) -> None:
    """Add the other parts' gradients to the first part's, in their order."""
    gradient = state[GRADIENT]
    for part in range(1, parts):
        other = state[GRADIENT + part]
        for i in range(start, stop):
            gradient[i] += other[i]


@compiled
def update_segment(
    state: Array, start: int, stop: int, settings: Any, l1: float, l2: float
) -> tuple[float, float]:
    """Update the parameters from start to stop; returns Σ|w| and ½Σw² from before."""
    sum_gradients(state, start, stop, settings.parts)
    w, gradient = state[PARAMETERS, start:stop], state[GRADIENT, start:stop]
    first, second = state[FIRST, start:stop], state[SECOND, start:stop]
    if settings.optimizer == ACCUMULATE:
        for i in range(first.size):
            first[i] += gradient[i]
        return w.dtype.type(0), w.dtype.type(0)
    if settings.optimizer == ADAM:
        return adam(w, gradient, first, second, settings, l1, l2)
    return sgd(w, gradient, first, settings, l1, l2)


@pasted
def update_parameters(plan: Any, settings: Any, state: Array, share: float, part: int) -> float:
    """Let the optimizer take one step on one part of the parameters; returns their penalty before.

    Penalties count on weights only. ``share`` is 1 / Σ wᵢ of the batch, by which they are divided
    like every row's error.
    """
    count = state.shape[1]
    begin, stop = count * part // settings.parts, count * (part + 1) // settings.parts
    l1, l2 = settings.l1 * share, settings.l2 * share
    penalty = 0.0
    for layer in range(plan.size):
        start, middle, end = plan[layer].weights, plan[layer].bias, plan[layer].end
        first, last = max(start, begin), min(middle, stop)
        if first < last:
            absolutes, squares = update_segment(state, first, last, settings, l1, l2)
            penalty += l1 * absolutes + l2 * squares
        first, last = max(middle, begin), min(end, stop)
        if first < last:
            update_segment(state, first, last, settings, 0.0, 0.0)
    return penalty
