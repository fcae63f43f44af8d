"""The compiled update of the weights between two hidden layers, each matrix as a whole: Muon.

The readable rule, with its formula and source, is in :mod:`chainrule.training.optimizers`; tests
hold the two equal. A step of this kind takes several products of matrices, each of which needs all
of the one before: the members of a team take the rows of each and wait for each other in between.
It is a kernel of its own, so that nobody waits for its compilation who trains otherwise.
"""

from __future__ import annotations

import math
from typing import Any

from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled, kernel, pasted
from chainrule.network.barrier import wait
from chainrule.network.layout import (
    CUBIC,
    FIRST,
    GRADIENT,
    LINEAR,
    PARAMETERS,
    PENALTY,
    QUINTIC,
    ROUNDS,
    TINY,
    USUAL_LENGTH,
)
from chainrule.network.memory import view
from chainrule.network.products import multiply, multiply_transposed_right
from chainrule.network.updates import (
    clip_factor,
    limit_norms,
    power,
    share_of_each,
)

__all__ = ["step_matrices"]


@pasted
def scratch(layer: Any, s: Any, state: Array, number: int, rows: int, columns: int) -> Array:
    """View one of this layer's spare matrices, shape (rows, columns)."""
    return view(state[GRADIENT + s.parts + number], layer.weights, (rows, columns))


@compiled
def look_ahead(layer: Any, s: Any, state: Array, clip: float, share: float, part: int) -> float:
    """Fill one part of X with the momentum one step ahead; returns the L2 penalty of its weights.

    X has no more rows than columns: it lies on its side where the layer has more inputs.
    """
    number = state.dtype.type
    rows, columns = min(layer.inputs, layer.outputs), max(layer.inputs, layer.outputs)
    x = scratch(layer, s, state, 0, rows, columns)
    on_its_side = layer.inputs > layer.outputs
    mu, t = s.momentum, s.step
    along = number(mu / (1 - power(mu, t + 1)))
    ahead = number((1 - mu) / (1 - power(mu, t)))
    keep, gain = number(mu), number(1 - mu)
    clip, l2, squares = number(clip), number(s.l2 * share), number(0)
    for i in range(rows * part // s.parts, rows * (part + 1) // s.parts):
        for j in range(columns):
            k = layer.weights + (j * rows + i if on_its_side else i * columns + j)
            w = state[PARAMETERS, k]
            squares += w * w
            g = clip * (state[GRADIENT, k] + l2 * w)
            state[FIRST, k] = keep * state[FIRST, k] + gain * g
            x[i, j] = along * state[FIRST, k] + ahead * g
    penalty: float = l2 * squares / 2
    return penalty


@compiled
def go(layer: Any, s: Any, state: Array, rate: float, part: int) -> None:
    """Take the step of one part's weights: W ← (1 − α λ) W − 0.2 √max(inputs, outputs) α X."""
    number = state.dtype.type
    rows, columns = min(layer.inputs, layer.outputs), max(layer.inputs, layer.outputs)
    x = scratch(layer, s, state, (ROUNDS + 1) % 2, rows, columns)
    on_its_side = layer.inputs > layer.outputs
    length = number(rate * USUAL_LENGTH * math.sqrt(columns))
    rest = number(1 - rate * s.weight_decay)
    for i in range(rows * part // s.parts, rows * (part + 1) // s.parts):
        for j in range(columns):
            k = layer.weights + (j * rows + i if on_its_side else i * columns + j)
            state[PARAMETERS, k] = rest * state[PARAMETERS, k] - length * x[i, j]


@pasted
def orthogonalize(layer: Any, s: Any, state: Array, panel: Array, barrier: Any) -> None:
    """Bring every singular value of X near to 1: X ← a X + (b A + c A²) X, A = X Xᵀ, five times."""
    number = state.dtype.type
    rows, columns = min(layer.inputs, layer.outputs), max(layer.inputs, layer.outputs)
    x, following = (
        scratch(layer, s, state, 0, rows, columns),
        scratch(layer, s, state, 1, rows, columns),
    )
    a, b = scratch(layer, s, state, 2, rows, rows), scratch(layer, s, state, 3, rows, rows)
    first, last = rows * s.first_part // s.parts, rows * s.last_part // s.parts
    squares = 0.0
    for i in range(rows):
        for j in range(columns):
            squares += x[i, j] * x[i, j]
    scale = number(1 / (math.sqrt(squares) + TINY))
    for i in range(first, last):
        for j in range(columns):
            following[i, j] = scale * x[i, j]
    x, following = following, x
    wait(barrier, s.members)
    for _ in range(ROUNDS):
        multiply_transposed_right(x[first:last], x, a[first:last], panel)
        wait(barrier, s.members)
        multiply(a[first:last], a, b[first:last])
        for i in range(first, last):
            for j in range(rows):
                b[i, j] = number(CUBIC) * a[i, j] + number(QUINTIC) * b[i, j]
        multiply(b[first:last], x, following[first:last])
        for i in range(first, last):
            for j in range(columns):
                following[i, j] += number(LINEAR) * x[i, j]
        x, following = following, x
        wait(barrier, s.members)


@kernel
def step_matrices(
    plan: Any,
    settings: Any,
    weights: Array,
    picked: Array,
    rates: Array,
    state: Array,
    panel: Array,
    sums: Array,
    barrier: Any,
) -> None:
    """Take the step of all weights between two hidden layers, once the other parameters took it.

    The arguments are those of :func:`chainrule.network.kernels.train_steps` for one mini-batch,
    after that: the weights of all rows, the rows picked, and of the workspace the room for
    transposed weights. Each part's penalty is added to its sums.
    """
    s = settings[0]
    rows = picked.size
    share = s.share if s.share > 0 else share_of_each(weights, picked)
    clip = clip_factor(sums, s.clip_norm) if s.clip_norm > 0 else 1.0
    for i in range(1, plan.size - 1):
        layer = plan[i]
        for part in range(s.first_part, s.last_part):
            sums[part, PENALTY] += rows * look_ahead(layer, s, state, clip, share, part)
        wait(barrier, s.members)
        orthogonalize(layer, s, state, panel, barrier)
        for part in range(s.first_part, s.last_part):
            go(layer, s, state, rates[0], part)
    wait(barrier, s.members)
    if s.max_norm > 0:
        for part in range(s.first_part, s.last_part):
            limit_norms(plan, s, state, part)
        wait(barrier, s.members)
