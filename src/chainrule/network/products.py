"""Compiled products of matrices: BLAS, or a plain loop where a call costs more than the work."""

from __future__ import annotations

import numpy as np

from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled

__all__ = [
    "clear",
    "copy",
    "multiply",
    "multiply_transposed_left",
    "multiply_transposed_right",
    "sum_rows",
]

# Below this many multiply-adds a call into BLAS costs more than the work itself.
SMALL_PRODUCT = 4096
# Fewer nodes than this do not fill a vector register.
NARROW = 8


@compiled
def clear(values: Array) -> None:
    """Set every number of a flat array to zero."""
    for i in range(values.size):
        values[i] = 0


@compiled
def copy(source: Array, target: Array) -> None:
    """Copy a matrix into another of the same shape."""
    for i in range(source.shape[0]):
        for j in range(source.shape[1]):
            target[i, j] = source[i, j]


@compiled
def multiply(x: Array, w: Array, out: Array) -> None:
    """Out = x w, for x (m, a) and w (a, b): BLAS, or a plain loop where that is quicker."""
    m, a = x.shape
    b = w.shape[1]
    if b == 1 or (b < NARROW and m * a * b <= SMALL_PRODUCT):
        for i in range(m):
            for k in range(b):
                total = out.dtype.type(0)
                for j in range(a):
                    total += x[i, j] * w[j, k]
                out[i, k] = total
    elif m * a * b <= SMALL_PRODUCT:
        for i in range(m):
            for k in range(b):
                out[i, k] = 0
            for j in range(a):
                for k in range(b):
                    out[i, k] += x[i, j] * w[j, k]
    else:
        np.dot(x, w, out)


@compiled
def multiply_transposed_left(x: Array, delta: Array, out: Array) -> None:
    """Out = xᵀ delta, for x (m, a) and delta (m, b): the gradient of the weights."""
    m, a = x.shape
    b = delta.shape[1]
    if a * b < 2 * NARROW and m * a * b <= SMALL_PRODUCT:
        for j in range(a):
            for k in range(b):
                total = out.dtype.type(0)
                for i in range(m):
                    total += x[i, j] * delta[i, k]
                out[j, k] = total
    elif b == 1:
        column = out.reshape(a)
        clear(column)
        for i in range(m):
            for j in range(a):
                column[j] += x[i, j] * delta[i, 0]
    elif m * a * b <= SMALL_PRODUCT:
        clear(out.reshape(a * b))
        for i in range(m):
            for j in range(a):
                for k in range(b):
                    out[j, k] += x[i, j] * delta[i, k]
    else:
        np.dot(x.T, delta, out)


@compiled
def multiply_transposed_right(delta: Array, w: Array, out: Array) -> None:
    """Out = delta wᵀ, for delta (m, b) and w (a, b): the error handed to the layer before."""
    m, b = delta.shape
    a = w.shape[0]
    if b == 1:
        column = w.reshape(a)
        for i in range(m):
            for j in range(a):
                out[i, j] = delta[i, 0] * column[j]
    elif m * a * b <= SMALL_PRODUCT:
        for i in range(m):
            for j in range(a):
                total = out.dtype.type(0)
                for k in range(b):
                    total += delta[i, k] * w[j, k]
                out[i, j] = total
    else:
        np.dot(delta, w.T, out)


@compiled
def sum_rows(delta: Array, out: Array) -> None:
    """Out = Σ rows of delta: the gradient of the bias."""
    clear(out)
    for i in range(delta.shape[0]):
        for j in range(delta.shape[1]):
            out[j] += delta[i, j]
