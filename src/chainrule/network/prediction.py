"""Rows through a fitted network: one row at the least cost, or very many on all cores."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.machine_code import Kernel
from chainrule.network.team import parts_of, reserve, run_together

__all__ = ["ROWS_AT_ONCE", "send_rows", "without_output_activation"]

# Rows sent through the network at once when no step is taken: enough for the products to run at
# full speed, few enough for every layer's numbers to stay in cache.
ROWS_AT_ONCE = 1024
# What a thread takes at a time. A thread that has to share its core takes fewer of them.
ROWS_OF_A_TURN = 2 * ROWS_AT_ONCE

_predict_rows = Kernel("kernels", "predict_rows")


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
        values = np.empty(max(1, min(rows, ROWS_AT_ONCE)) * network.node_count, out.dtype)
        return out, _predict_rows(plan, parameters, _converted(x, out), values, out) > 0
    # The rows of a turn do not depend on who takes it, nor do the bits of what comes out.
    turns = iter(range(0, rows, ROWS_OF_A_TURN))

    def member(number: int, barrier: NDArray[np.int64]) -> bool:
        del number, barrier  # nobody has to wait for anybody
        finite, values = True, np.empty(ROWS_AT_ONCE * network.node_count, out.dtype)
        for start in turns:  # shared: under the GIL each turn is handed out once
            turn = slice(start, start + ROWS_OF_A_TURN)
            own = _converted(x[turn], out)
            finite &= _predict_rows(plan, parameters, own, values, out[turn]) > 0
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
