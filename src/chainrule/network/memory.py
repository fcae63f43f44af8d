"""Rows brought together, and what else only moves numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import array_at, compiled, pasted

__all__ = ["clear", "copy", "gather", "view"]

cgutils: Any = _cgutils  # which has no types, nor has this one
tuple_type: Any = types.UniTuple

# Rows picked at random come from far away in memory, one wait for each. Asked for so many rows
# before they are needed, they come together.
ROWS_AHEAD = 8
CACHE_LINE = 64


@intrinsic
def _prefetch(context: Any, matrix: Any, row: Any, column: Any) -> Any:
    """Ask for matrix[row, column] and what lies beside it, and wait for nothing."""
    del context, row, column

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(array.data, ir.IntType(8).as_pointer())
        for i, index in enumerate(arguments[1:]):
            step = builder.mul(index, builder.extract_value(array.strides, i))
            place = builder.gep(place, [step])
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        reads, keep, is_data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(prefetch, [place, reads, keep, is_data])
        return context.get_dummy_value()

    return types.void(matrix, types.int64, types.int64), generate


@intrinsic
def _view(context: Any, values: Any, start: Any, shape: Any) -> Any:
    """Look at the numbers of a C-contiguous array from ``start`` on as an array of this shape."""
    del context, start
    if not (isinstance(values, types.Array) and values.layout == "C"):
        return None
    kind = types.Array(values.dtype, len(shape), "C")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        source = context.make_array(values)(context, builder, arguments[0])
        shape = cgutils.unpack_tuple(builder, arguments[2])
        return array_at(context, builder, kind, builder.gep(source.data, [arguments[1]]), shape)

    sizes = tuple_type(types.int64, len(shape))
    return kind(values, types.int64, sizes), generate


# Compiled code calls them without the context, which the type checker cannot know.
prefetch: Any = _prefetch
view: Callable[[Array, int, tuple[int, ...]], Array] = cast(Any, _view)


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


@pasted
def gather(x: Array, sparse: Any, y: Array, picked: Array, batch: Array) -> Array:
    """Return the picked rows as one dense matrix: a view of x if it can be, else in ``batch``."""
    rows, columns = picked.size, x.shape[1]
    data, indices, starts = sparse
    if starts.size:
        dense = view(batch, 0, (rows, columns))
        clear(batch[: rows * columns])
        for i in range(rows):
            for j in range(starts[picked[i]], starts[picked[i] + 1]):
                dense[i, indices[j]] += data[j]
        return dense
    if batch.size == 0:
        return x[picked[0] : picked[0] + rows]
    dense = view(batch, 0, (rows, columns))
    for i in range(rows):
        if i + ROWS_AHEAD < rows:
            row = picked[i + ROWS_AHEAD]
            prefetch(y, row, 0)  # will be compared with soon
            for j in range(0, columns, CACHE_LINE // x.itemsize):
                prefetch(x, row, j)
        row = picked[i]
        for j in range(columns):
            dense[i, j] = x[row, j]
    return dense
