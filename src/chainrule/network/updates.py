"""The compiled updates: what an optimizer does to the flat parameter vector, in one pass.

The readable rules, with formulas and sources, are in :mod:`chainrule.training.optimizers`, and
:mod:`chainrule.training.update` puts them together with clipping, decay and penalties; tests hold
the two equal. Here every optimizer is a :func:`rule`: numbers that one of two loops is run with.
"""

from __future__ import annotations

import math
from typing import Any

from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled, pasted
from chainrule.network.layout import (
    ACCUMULATE,
    FIRST,
    GRADIENT,
    MUON,
    NADAM,
    PARAMETERS,
    RMSPROP,
    SECOND,
    SGD,
    SQUARES,
)

__all__ = [
    "clip_factor",
    "limit_norms",
    "share_of_each",
    "squared_norm",
    "update_parameters",
]


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
def rule(s: Any, rate: float) -> tuple[float, float, float, float, float, float, float]:
    """Return the numbers of this step: how the optimizer remembers, and how far it goes.

        first ← keep_1 first + gain_1 g,  second ← keep_2 second + gain_2 g²,
        change = along first + ahead g,   for adaptive rules divided by √second + ε,

    and ``reach``, the change that a gradient of 1 in every step so far would make now (before it
    is divided): by that much the L1 penalty draws a weight towards 0.
    """
    if s.optimizer == SGD:
        along, ahead = (s.momentum, rate) if s.nesterov and s.momentum > 0 else (1.0, 0.0)
        return s.momentum, rate, 0.0, 0.0, along, ahead, along * s.pace + ahead
    if s.optimizer == RMSPROP:
        return 0.0, 0.0, s.rho, 1 - s.rho, 0.0, rate, rate
    t = s.step
    rest_1, rest_2 = 1 - power(s.beta_1, t), 1 - power(s.beta_2, t)
    correction = math.sqrt(rest_2)
    if s.optimizer == NADAM or s.optimizer == MUON:
        along = rate * correction * s.beta_1 / (1 - power(s.beta_1, t + 1))
        ahead = rate * correction * (1 - s.beta_1) / rest_1
        reach = along * rest_1 + ahead
        return s.beta_1, 1 - s.beta_1, s.beta_2, 1 - s.beta_2, along, ahead, reach
    along = rate * (correction / rest_1)
    return s.beta_1, 1 - s.beta_1, s.beta_2, 1 - s.beta_2, along, 0.0, rate * correction


@compiled
def plain(
    w: Array, gradient: Array, first: Array, numbers: Any, clip: float, l2: float, decay: float
) -> tuple[float, float]:
    """One step that follows the gradient's own length; returns Σ|w| and ½Σw² from before it."""
    number = w.dtype.type
    keep, gain = number(numbers[0]), number(numbers[1])
    along, ahead = number(numbers[4]), number(numbers[5])
    clip, l2, rest = number(clip), number(l2), number(1 - decay)
    absolutes, squares = number(0), number(0)
    for i in range(w.size):
        absolutes += abs(w[i])
        squares += w[i] * w[i]
        g = clip * (gradient[i] + l2 * w[i])
        first[i] = keep * first[i] + gain * g
        w[i] = rest * w[i] - (along * first[i] + ahead * g)
    return absolutes, number(0.5) * squares


@compiled
def adaptive(
    w: Array,
    gradient: Array,
    first: Array,
    second: Array,
    numbers: Any,
    epsilon: float,
    clip: float,
    l2: float,
    decay: float,
) -> tuple[float, float]:
    """One step divided by the gradient's usual size; returns Σ|w| and ½Σw² from before it."""
    number = w.dtype.type
    keep_1, gain_1 = number(numbers[0]), number(numbers[1])
    keep_2, gain_2 = number(numbers[2]), number(numbers[3])
    along, ahead, epsilon = number(numbers[4]), number(numbers[5]), number(epsilon)
    clip, l2, rest = number(clip), number(l2), number(1 - decay)
    absolutes, squares = number(0), number(0)
    for i in range(w.size):
        absolutes += abs(w[i])
        squares += w[i] * w[i]
        g = clip * (gradient[i] + l2 * w[i])
        first[i] = keep_1 * first[i] + gain_1 * g
        second[i] = keep_2 * second[i] + gain_2 * g * g
        change = (along * first[i] + ahead * g) / (math.sqrt(second[i]) + epsilon)
        w[i] = rest * w[i] - change
    return absolutes, number(0.5) * squares


@compiled
def shrink(w: Array, second: Array, l1: float, epsilon: float, divided: bool) -> None:
    """Draw weights towards 0 by the L1 penalty's proximal step; those that would pass it are 0."""
    number = w.dtype.type
    zero, l1, epsilon = number(0), number(l1), number(epsilon)
    for i in range(w.size):
        threshold = l1 / (math.sqrt(second[i]) + epsilon) if divided else l1
        rest = max(abs(w[i]) - threshold, zero)
        w[i] = rest if w[i] > zero else -rest


@compiled
def sum_gradients(state: Array, start: int, stop: int, parts: int) -> None:
    """Add the other parts' gradients to the first part's, in their order."""
    gradient = state[GRADIENT]
    for part in range(1, parts):
        other = state[GRADIENT + part]
        for i in range(start, stop):
            gradient[i] += other[i]


@compiled
def squared_norm(plan: Any, settings: Any, state: Array, share: float, part: int) -> float:
    """Sum one part's share of the gradient, and return its share of ‖∂E/∂w‖², L2 included."""
    count = state.shape[1]
    begin, stop = count * part // settings.parts, count * (part + 1) // settings.parts
    sum_gradients(state, begin, stop, settings.parts)
    l2 = state.dtype.type(settings.l2 * share)
    total = 0.0
    for layer in range(plan.size):
        first, middle = max(plan[layer].weights, begin), min(plan[layer].bias, stop)
        for i in range(first, middle):
            g = state[GRADIENT, i] + l2 * state[PARAMETERS, i]
            total += g * g
        first, last = max(plan[layer].bias, begin), min(plan[layer].end, stop)
        for i in range(first, last):
            total += state[GRADIENT, i] * state[GRADIENT, i]
    return total


@compiled
def share_of_each(weights: Array, picked: Array) -> float:
    """1 / Σ wᵢ of the picked rows, which all weigh 1 where there are no weights; or 0."""
    if weights.size == 0:
        return 1 / picked.size
    total = 0.0
    for i in range(picked.size):
        total += weights[picked[i]]
    return 1 / total if total > 0 else 0.0


@compiled
def clip_factor(sums: Array, clip_norm: float) -> float:
    """Return what to multiply the gradient by so that its norm is ``clip_norm`` at most."""
    squares = 0.0
    for part in range(sums.shape[0]):
        squares += sums[part, SQUARES]
    return min(1.0, clip_norm / math.sqrt(squares)) if squares > 0 else 1.0


@compiled
def update_segment(
    state: Array, segment: slice, weights: bool, s: Any, rate: float, clip: float, share: float
) -> float:
    """Update these parameters; returns their penalty from before.

    ``share`` is 1 / Σ wᵢ of the batch, by which penalties are divided like every row's error.
    Only ``weights`` are penalized, biases are not.
    """
    w, gradient = state[PARAMETERS, segment], state[GRADIENT, segment]
    first, second = state[FIRST, segment], state[SECOND, segment]
    if s.optimizer == ACCUMULATE:
        for i in range(first.size):
            first[i] += gradient[i]
        return 0.0
    penalized = share if weights else 0.0
    l1, l2 = s.l1 * penalized, s.l2 * penalized
    decay = rate * s.weight_decay if weights else 0.0
    numbers = rule(s, rate)
    divided = s.optimizer != SGD
    if divided:
        sums = adaptive(w, gradient, first, second, numbers, s.epsilon, clip, l2, decay)
    else:
        sums = plain(w, gradient, first, numbers, clip, l2, decay)
    if l1 > 0:
        shrink(w, second, numbers[6] * l1, s.epsilon, divided)
    penalty: float = l1 * sums[0] + l2 * sums[1]
    return penalty


@pasted
def update_parameters(
    plan: Any, settings: Any, state: Array, rate: float, clip: float, share: float, part: int
) -> float:
    """Let the optimizer take one step on one part of the parameters; returns their penalty before.

    ``clip`` is what the gradient is multiplied by; where it was measured, it was summed as well.
    """
    count = state.shape[1]
    begin, stop = count * part // settings.parts, count * (part + 1) // settings.parts
    if settings.clip_norm == 0:
        sum_gradients(state, begin, stop, settings.parts)
    penalty = 0.0
    for segment in range(2 * plan.size):  # the weights and the bias of every layer
        layer = plan[segment // 2]
        weights = segment % 2 == 0
        if settings.optimizer == MUON and weights and 0 < segment // 2 < plan.size - 1:
            continue
        start, end = (layer.weights, layer.bias) if weights else (layer.bias, layer.end)
        start, end = max(start, begin), min(end, stop)
        if start < end:
            own = slice(start, end)
            penalty += update_segment(state, own, weights, settings, rate, clip, share)
    return penalty


@compiled
def limit_norms(plan: Any, settings: Any, state: Array, part: int) -> None:
    """Scale back the weights into each node whose norm is larger than ``max_norm``."""
    for i in range(plan.size):
        layer = plan[i]
        weights = state[PARAMETERS, layer.weights : layer.bias]
        columns = layer.outputs
        for j in range(columns * part // settings.parts, columns * (part + 1) // settings.parts):
            squares = 0.0
            for k in range(j, weights.size, columns):
                squares += weights[k] * weights[k]
            if squares > settings.max_norm * settings.max_norm:
                scale = weights.dtype.type(settings.max_norm / math.sqrt(squares))
                for k in range(j, weights.size, columns):
                    weights[k] *= scale
