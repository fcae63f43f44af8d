"""One update of the weights as the textbook has it: clip, step, decay, shrink, limit.

The compiled updates of :mod:`chainrule.network.updates` are held equal to this by tests.
"""

from __future__ import annotations

import numpy as np

from chainrule.mathematics import L1
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.training.optimizers import OPTIMIZERS, Optimizer, OptimizerState, Rates
from chainrule.training.regularization import Regularization

__all__ = ["clip_by_norm", "limit_norms", "update"]


def clip_by_norm(gradient: Array, largest: float) -> Array:
    """Scale a gradient back to a norm of ``largest`` if it is longer; 0 leaves it as it is.

    Examples
    --------
    >>> clip_by_norm(np.array([3.0, 4.0]), 1.0)
    array([0.6, 0.8])
    """
    norm = float(np.linalg.norm(gradient))
    return gradient * min(1.0, largest / norm) if largest > 0 and norm > 0 else gradient


def limit_norms(weights: Array, largest: float) -> Array:
    """Scale back every column of W whose norm is larger; 0 leaves all as they are.

    Parameters
    ----------
    weights : array of shape (inputs, outputs)
        W; its columns are the weights into one node each.
    largest : float
        c.

    Returns
    -------
    array of shape (inputs, outputs)

    Examples
    --------
    >>> limit_norms(np.array([[3.0, 0.1], [4.0, 0.1]]), 1.0)
    array([[0.6, 0.1],
           [0.8, 0.1]])
    """
    norms = np.linalg.norm(weights, axis=0)
    if largest == 0 or (norms <= largest).all():
        return weights
    limited: Array = weights * np.where(norms > largest, largest / np.maximum(norms, 1e-300), 1.0)
    return limited


def _step(
    record: Optimizer, network: Architecture, gradient: Array, state: OptimizerState, rates: Rates
) -> tuple[Array, OptimizerState]:
    """Apply an optimizer's rule, and between hidden layers the one it has for matrices."""
    change, after = record.update(gradient, state, rates)
    if record.between is None:
        return change, after
    for layer in network.layers[1:-1]:
        own, shape = layer.weights, (layer.inputs, layer.outputs)
        before = OptimizerState(
            state.step, state.first[own].reshape(shape), state.second[own].reshape(shape)
        )
        matrix, remembered = record.between(gradient[own].reshape(shape), before, rates)
        change[own] = matrix.ravel()
        after.first[own], after.second[own] = remembered.first.ravel(), remembered.second.ravel()
    return change, after


def update(
    network: Architecture,
    parameters: Array,
    gradient: Array,
    state: OptimizerState,
    *,
    optimizer: str,
    rates: Rates,
    regularization: Regularization = Regularization(),  # noqa: B008 (immutable)
    share: float = 1.0,
) -> tuple[Array, OptimizerState]:
    """Return the parameters after one step, and what the optimizer then remembers.

        g ← g · min(1, c / ‖g‖)                         clipping
        w ← w + change(g)                               the optimizer's own rule
        W ← W − α λ W                                   decoupled decay, where the rule has one
        W ← sign(W) max(|W| − l1 · share · reach, 0)    the L1 penalty's proximal step
        W₍·ⱼ₎ ← W₍·ⱼ₎ · min(1, max_norm / ‖W₍·ⱼ₎‖)

    Biases are neither decayed nor shrunk nor limited.

    Parameters
    ----------
    network : Architecture
        Which of the parameters are weights.
    parameters : array of shape (network.parameter_count,)
        Before the step.
    gradient : array of shape (network.parameter_count,)
        Of the error with its L2 penalty, but without its L1 penalty, which has a corner.
    state : OptimizerState
        Before the step.
    optimizer : str
        One of :data:`OPTIMIZERS`.
    rates : Rates
        The optimizer's numbers.
    regularization : Regularization
        ``clip_norm``, ``l1`` and ``max_norm`` are used.
    share : float
        1 / Σ wᵢ of the mini-batch, by which penalties are divided.

    Returns
    -------
    (array of shape (network.parameter_count,), OptimizerState)

    Raises
    ------
    InputError
        Where there is an L1 penalty that this optimizer has no proximal step for.

    References
    ----------
    Loshchilov & Hutter (2019) for the decay; Yun, Lozano & Yang (2021), Adaptive proximal gradient
    methods for structured neural networks, for the proximal step in the optimizer's own metric.
    """
    record = OPTIMIZERS[optimizer]
    record.check(network, regularization)
    rates = record.settle(rates)
    gradient = clip_by_norm(gradient, regularization.clip_norm)
    change, state = _step(record, network, gradient, state, rates)
    after = parameters + change
    reach = np.broadcast_to(record.reach(state, rates), after.shape)
    decay = rates.learning_rate * rates.weight_decay
    before, reaches = network.views(parameters), network.views(reach)
    for layer, (weights, _) in enumerate(network.views(after)):
        weights -= decay * before[layer][0]
        threshold = regularization.l1 * share * reaches[layer][0]
        weights[...] = L1.proximal(weights, threshold)
        weights[...] = limit_norms(weights, regularization.max_norm)
    return after, state
