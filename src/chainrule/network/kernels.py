"""The two passes of :mod:`chainrule.network.passes`, compiled, and the epoch built from them.

Nothing here allocates per step: ``state`` holds the parameters, the gradient and the optimizer's
numbers as rows of one array; ``workspace`` holds the batch, every layer's h, f′ where it must be
kept, two buffers for δ and one for a panel of a factor. No signature depends on depth, width or
activation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled, kernel, pasted
from chainrule.network.barrier import wait
from chainrule.network.elementwise import (
    PERCEPTRON,
    activate,
    add_noise,
    apply_derivative,
    drop,
    error_and_delta,
    mix,
    nonzero_rows,
)
from chainrule.network.layout import (
    ACCUMULATE,
    ERROR,
    GRADIENT,
    MISTAKES,
    MUON,
    PACE,
    PARAMETERS,
    PENALTY,
    SQUARES,
)
from chainrule.network.memory import clear, copy, gather, view
from chainrule.network.products import (
    multiply_add,
    multiply_transposed_left,
    multiply_transposed_right,
    sum_rows,
)
from chainrule.network.updates import (
    clip_factor,
    limit_norms,
    share_of_each,
    squared_norm,
    update_parameters,
)

__all__ = ["predict", "predict_rows", "train_steps"]


@pasted
def weights_of(layer: Any, vector: Array) -> Array:
    """View a layer's weights in the flat vector, shape (inputs, outputs)."""
    return view(vector, layer.weights, (layer.inputs, layer.outputs))


@pasted
def bias_of(layer: Any, vector: Array) -> Array:
    """View a layer's bias in the flat vector, shape (outputs,)."""
    return vector[layer.bias : layer.end]


@pasted
def outputs_of(layer: Any, values: Array, rows: int, capacity: int) -> Array:
    """View a layer's part of a workspace made for ``capacity`` rows, shape (rows, outputs)."""
    return view(values, layer.before * capacity, (rows, layer.outputs))


@pasted
def slopes_of(layer: Any, slopes: Array, rows: int, capacity: int) -> Array:
    """View where a layer keeps f′(z), or for softmax h, flat; empty where nothing is kept."""
    if slopes.size == 0:
        return slopes
    start = layer.before * capacity
    return slopes[start : start + rows * layer.outputs]


@compiled
def dropout_key(seed: np.uint64, step: int, layer: int) -> np.uint64:
    """Return the key of one layer's mask in one step."""
    return mix(mix(mix(np.uint64(seed)) + np.uint64(step)) + np.uint64(layer))


@compiled
def disturb(batch: Array, settings: Any, layers: int, offset: int) -> None:
    """Add noise to the inputs of a batch and drop some out, numbered as if layers of their own."""
    before = np.uint64(offset * batch.shape[1])
    if settings.input_noise > 0:
        key = dropout_key(settings.seed, settings.step, layers)
        add_noise(batch, settings.input_noise, key + before)
    if settings.input_dropout > 0:
        key = dropout_key(settings.seed, settings.step, layers + 1)
        drop(batch, settings.input_dropout, key + before)


@pasted
def feedforward(
    plan: Any, parameters: Array, x: Array, workspace: Any, settings: Any, offset: int
) -> Array:
    """Fill in every layer's h; the last layer's logits are returned.

    With a step ≥ 0 nodes are dropped out; ``offset`` numbers x's first row in its mini-batch.
    """
    _, values, slopes, _, panel = workspace
    rows, capacity = x.shape[0], settings.capacity
    h = x
    for i in range(plan.size):
        layer = plan[i]
        z = outputs_of(layer, values, rows, capacity)
        multiply_add(h, weights_of(layer, parameters), bias_of(layer, parameters), z, panel)
        if i < plan.size - 1:
            activate(layer.activation, z, slopes_of(layer, slopes, rows, capacity))
            if layer.dropout > 0 and settings.step >= 0:
                key = dropout_key(settings.seed, settings.step, i)
                drop(z, layer.dropout, key + np.uint64(offset * layer.outputs))
        h = z
    return h


@pasted
def backpropagate(
    plan: Any,
    parameters: Array,
    gradient: Array,
    x: Array,
    workspace: Any,
    settings: Any,
    offset: int,
) -> None:
    """Turn δ of the output layer, which lies in its h, into the gradient of every layer."""
    _, values, slopes, deltas, panel = workspace
    rows, capacity = x.shape[0], settings.capacity
    half = deltas.size // 2
    delta = outputs_of(plan[plan.size - 1], values, rows, capacity)
    for i in range(plan.size - 1, -1, -1):
        layer = plan[i]
        h = x if i == 0 else outputs_of(plan[i - 1], values, rows, capacity)
        multiply_transposed_left(h, delta, weights_of(layer, gradient), panel)
        sum_rows(delta, bias_of(layer, gradient))
        if i > 0:
            before = plan[i - 1]
            error = view(deltas, half * (i % 2), (rows, layer.inputs))
            multiply_transposed_right(delta, weights_of(layer, parameters), error, panel)
            if before.dropout > 0 and settings.step >= 0:
                key = dropout_key(settings.seed, settings.step, i - 1)
                drop(error, before.dropout, key + np.uint64(offset * before.outputs))
                h *= h.dtype.type(1 - before.dropout)  # f′ is a function of h before dropout
            kept = slopes_of(before, slopes, rows, capacity)
            apply_derivative(before.activation, error, h, kept)
            delta = error


@pasted
def differentiate(
    plan: Any,
    settings: Any,
    data: Any,
    picked: Array,
    parameters: Array,
    gradient: Array,
    workspace: Any,
    share: float,
    offset: int,
) -> tuple[float, int]:
    """One feedforward and one backpropagation of the picked rows.

    Returns their Σ wᵢ eᵢ, and for the perceptron how many of them it got wrong.
    """
    if picked.size == 0:
        clear(gradient)
        return 0.0, 0
    x, sparse, y, weights = data
    batch = gather(x, sparse, y, picked, workspace[0])
    if settings.step >= 0:
        disturb(batch, settings, plan.size, offset)
    z = feedforward(plan, parameters, batch, workspace, settings, offset)
    smoothing = settings.label_smoothing
    error = error_and_delta(settings.loss, z, y, weights, picked, share, smoothing)
    mistakes = nonzero_rows(z) if settings.loss == PERCEPTRON else 0
    backpropagate(plan, parameters, gradient, batch, workspace, settings, offset)
    return error, mistakes


@pasted
def take_step(
    plan: Any,
    settings: Any,
    data: Any,
    picked: Array,
    rate: float,
    state: Array,
    workspace: Any,
    sums: Array,
    barrier: Any,
) -> None:
    """One update from the picked rows, or, to add up gradients, none; adds to the sums."""
    s = settings[0]
    share, counted = s.share, 1
    if s.optimizer != ACCUMULATE:
        counted = picked.size
        if share == 0:
            share = share_of_each(data[3], picked)
        settings[0].step += 1
        settings[0].pace = s.momentum * s.pace + rate
    for part in range(s.first_part, s.last_part):
        offset = picked.size * part // s.parts
        own = picked[offset : picked.size * (part + 1) // s.parts]
        error, mistakes = differentiate(
            plan,
            s,
            data,
            own,
            state[PARAMETERS],
            state[GRADIENT + part],
            workspace,
            share,
            offset,
        )
        sums[part, ERROR] += counted * share * error
        sums[part, MISTAKES] += mistakes
    wait(barrier, s.members)
    clip = 1.0
    if s.clip_norm > 0:
        for part in range(s.first_part, s.last_part):
            sums[part, SQUARES] = squared_norm(plan, s, state, share, part)
        wait(barrier, s.members)
        clip = clip_factor(sums, s.clip_norm)
    for part in range(s.first_part, s.last_part):
        penalty = update_parameters(plan, s, state, rate, clip, share, part)
        sums[part, PENALTY] += counted * penalty
    wait(barrier, s.members)
    if s.max_norm > 0 and s.optimizer != MUON:  # which is not through yet
        for part in range(s.first_part, s.last_part):
            limit_norms(plan, s, state, part)
        wait(barrier, s.members)


@kernel
def train_steps(
    plan: Any,
    settings: Any,
    data: Any,
    order: Array,
    rates: Array,
    state: Array,
    workspace: Any,
    sums: Array,
    trail: Array,
    barrier: Any,
) -> None:
    """Train on the rows from first_row to before last_row, one update for each mini-batch.

    Every member of a team runs this same loop: the gradients of its parts of the mini-batch, then,
    when all are there, the update of its parts of the parameters.

    Parameters
    ----------
    plan : record array of type PLAN
        The layers.
    settings : record array of type SETTINGS and length 1
        This member's; its step is counted up.
    data : tuple
        X (n, d) dense, or (0, d) with sparse (data, indices, starts); sparse; Y (n, k), for
        cross-entropy (n, 1) with the number of the class; row weights (n,) or (0,).
    order : array of int64 of shape (e, n) or (1, n)
        The rows in the order they are to be seen in each of e epochs, or in all of them.
    rates : array of float64 of shape (e, mini-batches) or (1, mini-batches)
        The learning rate of each step, likewise.
    state : array of shape (3 + parts, parameters)
        Parameters, two rows for the optimizer, and each part's gradient; for Muon more rows, see
        :mod:`chainrule.network.muon`. Changed in place.
    workspace : tuple of array
        This member's, from :func:`chainrule.network.engine.make_workspace`.
    sums : array of float64 of shape (e, parts, 5)
        Filled for each epoch with each part's share of Σ over mini-batches of their error, and of
        their penalty, each times their number of rows (where gradients are only added up, of the
        whole error); of the perceptron's mistakes; and of the last gradient's squared norm where
        that is needed; and the first part's with the pace after the last.
    trail : array of shape (e, 3, parameters) or (0, 3, parameters)
        Filled with the first three rows of the state after each epoch, if it has room for them.
    barrier : array
        Where the members wait, from :func:`chainrule.network.layout.make_barrier`.
    """
    s = settings[0]
    for epoch in range(sums.shape[0]):
        rows, own = order[epoch % order.shape[0]], sums[epoch]
        rates_now = rates[epoch % rates.shape[0]]
        for part in range(s.first_part, s.last_part):
            for column in range(own.shape[1]):
                own[part, column] = 0
        for start in range(s.first_row, s.last_row, s.batch_size):
            picked = rows[start : min(start + s.batch_size, s.last_row)]
            rate = rates_now[(start - s.first_row) // s.batch_size] if rates.size else 0.0
            take_step(plan, settings, data, picked, rate, state, workspace, own, barrier)
        if s.first_part == 0:
            own[0, PACE] = s.pace
        if epoch < trail.shape[0]:
            copy(state[:GRADIENT], trail[epoch])


@kernel
def predict(
    plan: Any,
    settings: Any,
    data: Any,
    order: Array,
    parameters: Array,
    workspace: Any,
    out: Array,
) -> float:
    """Fill ``out`` (n, k) with the output layer's h, ``batch_size`` rows at a time.

    Returns Σ wᵢ eᵢ of these rows, or 0 where ``data`` has no targets.
    """
    x, sparse, y, weights = data
    s = settings[0]
    last = plan[plan.size - 1]
    error = 0.0
    for start in range(0, order.size, s.batch_size):
        picked = order[start : min(start + s.batch_size, order.size)]
        batch = gather(x, sparse, y, picked, workspace[0])
        z = feedforward(plan, parameters, batch, workspace, s, 0)
        h = out[start : start + picked.size]
        copy(z, h)
        activate(last.activation, h, workspace[2][:0])
        if y.size:
            error += error_and_delta(s.loss, z, y, weights, picked, 1.0, 0.0)
    return error


class _NoStep(NamedTuple):
    """What feedforward looks up in the settings, where nothing is trained."""

    capacity: int
    step: int
    seed: np.uint64


@compiled
def all_finite(x: Array) -> bool:
    """Whether no number of a C-contiguous matrix is NaN or infinite."""
    total = x.dtype.type(0)
    flat = view(x, 0, (x.size,))
    for i in range(flat.size):
        total += flat[i] * x.dtype.type(0)  # 0, or NaN, which no later number takes away
    return bool(total == 0)


@kernel
def predict_rows(plan: Any, parameters: Array, x: Array, values: Array, out: Array) -> bool:
    """Fill ``out`` with the output layer's h, or its mean over several networks of one shape.

    There are few arguments, because for one row it takes longer to hand them over than to compute.

    Parameters
    ----------
    plan : record array of type PLAN
        The layers.
    parameters : array of shape (networks, parameters)
        Each network's numbers.
    x : array of shape (n, d)
        C-contiguous.
    values : array of shape (capacity × nodes,)
        Room for every layer's h, for so many rows as are sent through at a time.
    out : array of shape (n, k) or (n, 1 + k)
        Filled in; where there is a column more, the first becomes 1 minus the second.

    Returns
    -------
    bool
        Whether all of x is finite.
    """
    last = plan[plan.size - 1]
    capacity = values.size // (last.before + last.outputs)
    empty = values[:0]
    settings = _NoStep(capacity, -1, np.uint64(0))
    networks, first = parameters.shape[0], out.shape[1] - last.outputs
    share = out.dtype.type(1 / networks)
    finite = True
    for start in range(0, x.shape[0], capacity):
        batch = x[start : start + capacity]
        finite &= all_finite(batch)
        for network in range(networks):
            workspace = (empty, values, empty, empty, empty)
            h = feedforward(plan, parameters[network], batch, workspace, settings, 0)
            activate(last.activation, h, empty)
            for i in range(h.shape[0]):
                for j in range(h.shape[1]):
                    before = out[start + i, first + j] if network else out.dtype.type(0)
                    out[start + i, first + j] = before + share * h[i, j]
        if first:
            for i in range(start, start + batch.shape[0]):
                out[i, 0] = 1 - out[i, 1]
    return finite
