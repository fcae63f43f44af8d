"""Rows through a fitted network: one row at the least cost, or very many on all cores."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled, kernel
from chainrule.network.architecture import Architecture
from chainrule.network.elementwise import activate
from chainrule.network.kernels import feedforward
from chainrule.network.team import parts_of, reserve, run_together

__all__ = ["ROWS_AT_ONCE", "predict_rows", "send_rows", "without_output_activation"]

# Rows sent through the network at once when no step is taken: enough for the products to run at
# full speed, few enough for every layer's numbers to stay in cache.
ROWS_AT_ONCE = 1024
# What a thread takes at a time. A thread that has to share its core takes fewer of them.
ROWS_OF_A_TURN = 2 * ROWS_AT_ONCE


class _NoStep(NamedTuple):
    """What feedforward looks up in the settings, where nothing is trained."""

    capacity: int
    step: int
    seed: np.uint64


@compiled
def all_finite(x: Array) -> bool:
    """Whether no number of a C-contiguous matrix is NaN or infinite."""
    total = x.dtype.type(0)
    flat = x.reshape(x.size)
    for i in range(flat.size):
        total += flat[i] * x.dtype.type(0)  # 0, or NaN, which no later number takes away
    return bool(total == 0)


@kernel
def predict_rows(plan: Any, parameters: Array, x: Array, out: Array) -> bool:
    """Fill ``out`` with the output layer's h, or its mean over several networks of one shape.

    There are few arguments and all are arrays, because for one row it takes longer to hand them
    over than to compute; the workspace is made here, so that threads share nothing they write to.

    Parameters
    ----------
    plan : record array of type PLAN
        The layers.
    parameters : array of shape (networks, parameters)
        Each network's numbers.
    x : array of shape (n, d)
        C-contiguous.
    out : array of shape (n, k) or (n, 1 + k)
        Filled in; where there is a column more, the first becomes 1 minus the second.

    Returns
    -------
    bool
        Whether all of x is finite.
    """
    last = plan[plan.size - 1]
    capacity = max(1, min(x.shape[0], ROWS_AT_ONCE))
    values = np.empty(capacity * (last.before + last.outputs), out.dtype)
    empty = np.empty(0, out.dtype)
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


def send_rows(
    network: Architecture, parameters: Array, x: Array, *, complement: bool = False
) -> tuple[Array, bool]:
    """Send dense rows through one network, or through several of one shape and take the mean.

    Parameters
    ----------
    network : Architecture
        d inputs, k outputs.
    parameters : array of shape (networks, network.parameter_count)
        C-contiguous, aligned and writable.
    x : array of shape (n, d)
        float32 or float64; C-contiguous, aligned and writable.
    complement : bool, default=False
        Whether a single output p is preceded by a column 1 − p.

    Returns
    -------
    (array of shape (n, k), or (n, 2) with the complement, bool)
        The output layer's h, and whether all of x is finite.

    Examples
    --------
    >>> import numpy as np
    >>> network = Architecture((2, 1), (), "log_loss")
    >>> send_rows(network, np.zeros((1, 3)), np.ones((2, 2)), complement=True)
    (array([[0.5, 0.5],
           [0.5, 0.5]]), True)
    """
    rows, plan = len(x), network.plan
    out = np.empty((rows, network.sizes[-1] + complement), parameters.dtype)
    if rows <= ROWS_OF_A_TURN:
        return out, predict_rows(plan, parameters, _converted(x, out), out)
    # The rows of a turn do not depend on who takes it, nor do the bits of what comes out.
    turns = iter(range(0, rows, ROWS_OF_A_TURN))

    def member(number: int, barrier: NDArray[np.int64]) -> bool:
        del number, barrier  # nobody has to wait for anybody
        finite = True
        for start in turns:  # shared: under the GIL each turn is handed out once
            turn = slice(start, start + ROWS_OF_A_TURN)
            finite &= predict_rows(plan, parameters, _converted(x[turn], out), out[turn])
        return finite

    # parts_of is about steps of training, which have three times the operations.
    with reserve(parts_of(rows // 3, parameters.size)) as members:
        return out, all(run_together(member, members))


def _converted(x: Array, out: Array) -> Array:
    if x.dtype == out.dtype:
        return x
    with np.errstate(over="ignore"):  # what is infinite then is told by the kernel
        return x.astype(out.dtype)


@lru_cache(maxsize=64)
def without_output_activation(network: Architecture) -> Architecture:
    """Return the same network but that its output is z of the last layer.

    Examples
    --------
    >>> without_output_activation(Architecture((2, 1), (), "log_loss")).layers[-1].activation
    'identity'
    """
    return Architecture(network.sizes, network.activations, "half_squared_error")
