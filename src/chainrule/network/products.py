"""Compiled products of matrices, as the two passes need them, and sums over rows."""

from __future__ import annotations

from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled
from chainrule.network.blocks import multiply_blocks, multiply_blocks_transposed
from chainrule.network.memory import clear, view

__all__ = [
    "multiply",
    "multiply_add",
    "multiply_transposed_left",
    "multiply_transposed_right",
    "sum_rows",
]


@compiled
def multiply_add(x: Array, w: Array, bias: Array, out: Array, panel: Array) -> None:
    """Out = x w + b, for x (m, a), w (a, b) and b (b,)."""
    m, a = x.shape
    if w.shape[1] > 1:
        multiply_blocks(x[::1], w[::1], bias, out[::1], panel)
        return
    column = view(w, 0, (a,))
    for i in range(m):
        total = bias[0]
        for j in range(a):
            total += x[i, j] * column[j]
        out[i, 0] = total


@compiled
def multiply(x: Array, w: Array, out: Array) -> None:
    """Out = x w, for x (m, a) and w (a, b)."""
    multiply_blocks(x[::1], w[::1], out[0, :0], out[::1], out[0, :0])


@compiled
def multiply_transposed_left(x: Array, delta: Array, out: Array, panel: Array) -> None:
    """Out = xᵀ delta, for x (m, a) and delta (m, b): the gradient of the weights."""
    if delta.shape[1] > 1:
        multiply_blocks(x.T[::1], delta[::1], out[0, :0], out[::1], panel)
    else:
        multiply_blocks(delta.T[::1], x[::1], out[0, :0], out.T[::1], out[0, :0])


@compiled
def multiply_transposed_right(delta: Array, w: Array, out: Array, panel: Array) -> None:
    """Out = delta wᵀ, for delta (m, b) and w (a, b): the error handed to the layer before."""
    m, b = delta.shape
    a = w.shape[0]
    if b > 1:
        multiply_blocks_transposed(delta[::1], w[::1], out[::1], panel)
        return
    column = view(w, 0, (a,))
    for i in range(m):
        for j in range(a):
            out[i, j] = delta[i, 0] * column[j]


@compiled
def sum_rows(delta: Array, out: Array) -> None:
    """Out = Σ rows of delta: the gradient of the bias."""
    rows, columns = delta.shape
    if columns == 1:
        column, total = view(delta, 0, (rows,)), out.dtype.type(0)
        for i in range(rows):
            total += column[i]
        out[0] = total
        return
    clear(out)
    whole = rows // 4 * 4
    for i in range(0, whole, 4):  # four at a time, as ``out`` is read and written each time
        for j in range(columns):
            pairs = delta[i, j] + delta[i + 1, j], delta[i + 2, j] + delta[i + 3, j]
            out[j] += pairs[0] + pairs[1]
    for i in range(whole, rows):
        for j in range(columns):
            out[j] += delta[i, j]
