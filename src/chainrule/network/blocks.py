"""Products of matrices, a block of the result at a time, which stays in vector registers.

A block is ROWS rows by WIDTH vectors of the result. For every step along the inner dimension the
vectors of w are loaded once, and each row's number of x is spread over a vector and multiplied with
them; nothing is written before the sums are complete. So x may be transposed, and nothing has to be
copied together first. Every number of the result is a sum of its own, taken in order: it has the
same bits in whatever block it is calculated.

References
----------
Goto & van de Geijn (2008), Anatomy of high-performance matrix multiplication.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled, shared
from chainrule.network.memory import view
from chainrule.network.processor import (
    BYTES_WORTH_COPYING,
    REGISTER_BYTES,
    ROWS,
    ROWS_WORTH_COPYING,
    WIDTH,
)

__all__ = ["multiply_blocks", "multiply_blocks_transposed"]

cgutils: Any = _cgutils  # which has no types


class _Emitter:
    """LLVM's instructions for vectors of one type."""

    def __init__(self, builder: Any, element: Any, kind: Any) -> None:
        self._builder, self._bytes = builder, element.bitwidth // 8
        self.lanes = REGISTER_BYTES // self._bytes
        self.kind = ir.VectorType(kind, self.lanes)
        self.zero = ir.Constant(self.kind, [0.0] * self.lanes)
        self._suffix = f"v{self.lanes}f{element.bitwidth}"
        self._align = ir.Constant(ir.IntType(32), self._bytes)

    def _call(self, name: str, result: Any, *arguments: Any) -> Any:
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        function = cgutils.get_or_insert_function(self._builder.module, kind, name)
        return self._builder.call(function, arguments)

    def place(self, array: Any, *indices: Any) -> Any:
        """Return where array[indices] lies; strides are in bytes."""
        builder, whole = self._builder, ir.IntType(64)
        offset = ir.Constant(whole, 0)
        for i, index in enumerate(indices):
            number = ir.Constant(whole, index) if isinstance(index, int) else index
            stride = builder.extract_value(array.strides, i)
            offset = builder.add(offset, builder.mul(number, stride))
        return cgutils.pointer_add(builder, array.data, offset)

    def spread(self, scalar: Any, kind: Any = None) -> Any:
        """Return a vector that has the same number everywhere."""
        builder, nothing = self._builder, ir.Constant(kind or self.kind, ir.Undefined)
        first = builder.insert_element(nothing, scalar, ir.Constant(ir.IntType(32), 0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return builder.shuffle_vector(first, nothing, everywhere)

    def first(self, count: Any) -> Any:
        """Return the mask of a vector's first places."""
        kind = ir.VectorType(count.type, self.lanes)
        places = ir.Constant(kind, list(range(self.lanes)))
        return self._builder.icmp_signed("<", places, self.spread(count, kind))

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """Return a b + c, rounded once where the processor can."""
        return self._call(f"llvm.fmuladd.{self._suffix}", self.kind, a, b, c)

    def transpose(self, rows: list[Any]) -> list[Any]:
        """Turn a square: exchange its quarters, then those of the quarters, down to numbers."""
        size = self.lanes // 2
        while size:
            here = [i - i % (2 * size) + i % size for i in range(self.lanes)]
            upper = [h + (i % (2 * size) >= size) * self.lanes for i, h in enumerate(here)]
            lower = [place + size for place in upper]
            both = ir.VectorType(ir.IntType(32), self.lanes)
            exchanged = list(rows)
            for i, row in enumerate(rows):
                if i % (2 * size) < size:
                    other = rows[i + size]
                    for at, places in ((i, upper), (i + size, lower)):
                        mask = ir.Constant(both, places)
                        exchanged[at] = self._builder.shuffle_vector(row, other, mask)
            rows, size = exchanged, size // 2
        return rows

    def load(self, place: Any, mask: Any) -> Any:
        """Load a vector, or those of its places that are in a mask, the others 0."""
        address = self._builder.bitcast(place, self.kind.as_pointer())
        if mask is None:
            return self._builder.load(address, align=self._bytes)
        name = f"llvm.masked.load.{self._suffix}.p0"
        return self._call(name, self.kind, address, self._align, mask, self.zero)

    def store(self, value: Any, place: Any, mask: Any) -> None:
        """Store a vector, or those of its places that are in a mask."""
        address = self._builder.bitcast(place, self.kind.as_pointer())
        if mask is None:
            self._builder.store(value, address, align=self._bytes)
            return
        name = f"llvm.masked.store.{self._suffix}.p0"
        self._call(name, ir.VoidType(), value, address, self._align, mask)


def _open(context: Any, builder: Any, signature: Any, arguments: Any) -> tuple[Any, ...]:
    """Return an emitter for the last argument's numbers, and the arguments as arrays."""
    element = signature.args[-1].dtype
    emitter = _Emitter(builder, element, context.get_data_type(element))
    arrays = (
        context.make_array(kind)(context, builder, array)
        for kind, array in zip(signature.args, arguments, strict=True)
    )
    return emitter, *arrays


def _emit_block(
    rows: int, width: int, builder: Any, emitter: _Emitter, x: Any, w: Any, bias: Any, out: Any
) -> None:
    columns = [v * emitter.lanes for v in range(width)]
    mask = emitter.first(builder.extract_value(w.shape, 1)) if width == 1 else None
    zero = emitter.zero
    sums = [[cgutils.alloca_once_value(builder, zero) for _ in columns] for _ in range(rows)]
    with builder.if_then(cgutils.is_not_null(builder, builder.extract_value(bias.shape, 0))):
        for v, column in enumerate(columns):
            start = emitter.load(emitter.place(bias, column), mask)
            for row in sums:
                builder.store(start, row[v])
    with cgutils.for_range(builder, builder.extract_value(w.shape, 0)) as loop:
        weights = [emitter.load(emitter.place(w, loop.index, column), mask) for column in columns]
        for r, row in enumerate(sums):
            number = emitter.spread(builder.load(emitter.place(x, r, loop.index)))
            for total, weight in zip(row, weights, strict=True):
                after = emitter.multiply_add(number, weight, builder.load(total))
                builder.store(after, total)
    for r, row in enumerate(sums):
        for total, column in zip(row, columns, strict=True):
            emitter.store(builder.load(total), emitter.place(out, r, column), mask)


def _block(rows: int, width: int) -> Any:
    """Return a function of x (m, a), w (a, b), b (b,) and out (m, b) for a corner of x w + b.

    The corner has ``rows`` rows and ``width`` vectors, of which a single one may be wider than b.
    The rows of w and ``out`` must not be spread out; x may lie in any order. An empty b is 0.
    """

    @intrinsic
    def block(context: Any, x: Any, w: Any, bias: Any, out: Any) -> Any:
        del context

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            emitter, *arrays = _open(context, builder, signature, arguments)
            _emit_block(rows, width, builder, emitter, *arrays)
            return context.get_dummy_value()

        return types.void(x, w, bias, out), generate

    return block


_block_of_vectors, _row_of_vectors = _block(ROWS, WIDTH), _block(1, WIDTH)
_block_of_one, _row_of_one = _block(ROWS, 1), _block(1, 1)


@intrinsic
def _turn_square(context: Any, source: Any, target: Any) -> Any:
    """Turn the upper left square of ``source``, as many rows as a vector has numbers."""
    del context

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        emitter, source, target = _open(context, builder, signature, arguments)
        rows = [emitter.load(emitter.place(source, i, 0), None) for i in range(emitter.lanes)]
        for i, row in enumerate(emitter.transpose(rows)):
            emitter.store(row, emitter.place(target, i, 0), None)
        return context.get_dummy_value()

    return types.void(source, target), generate


@intrinsic
def _copy_vectors(context: Any, source: Any, target: Any) -> Any:
    """Copy the first WIDTH vectors of every row of ``source``."""
    del context

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        emitter, source, target = _open(context, builder, signature, arguments)
        with cgutils.for_range(builder, builder.extract_value(source.shape, 0)) as loop:
            for column in range(0, WIDTH * emitter.lanes, emitter.lanes):
                row = emitter.load(emitter.place(source, loop.index, column), None)
                emitter.store(row, emitter.place(target, loop.index, column), None)
        return context.get_dummy_value()

    return types.void(source, target), generate


# Compiled code calls them without the context, which the type checker cannot know.
_transpose_square: Any = _turn_square
_copy_panel: Any = _copy_vectors


@compiled
def _transpose(source: Array, target: Array) -> None:
    """Target = sourceᵀ, square by square."""
    rows, columns = source.shape
    lanes = REGISTER_BYTES // source.itemsize
    whole = columns // lanes * lanes if rows % lanes == 0 else 0
    for i in range(0, rows, lanes):
        for j in range(0, whole, lanes):
            _transpose_square(source[i:, j:], target[j:, i:])
    for j in range(whole, columns):
        for i in range(rows):
            target[j, i] = source[i, j]


@shared
def _multiply_panel(x: Array, w: Array, bias: Array, out: Array) -> None:
    """Out = x w + b, for w of at most WIDTH vectors of columns."""
    rows = out.shape[0]
    wide = w.shape[1] == WIDTH * (REGISTER_BYTES // out.itemsize)
    if rows < ROWS:
        for i in range(rows):
            if wide:
                _row_of_vectors(x[i:], w, bias, out[i:])
            else:
                _row_of_one(x[i:], w, bias, out[i:])
        return
    for i in range(0, rows, ROWS):
        first = min(i, rows - ROWS)  # the last block may cover rows of the one before again
        if wide:
            _block_of_vectors(x[first:], w, bias, out[first:])
        else:
            _block_of_one(x[first:], w, bias, out[first:])


@compiled
def _panel_end(column: int, columns: int, itemsize: int) -> int:
    """Return where a panel ends: WIDTH vectors further on, or one, or at the last column."""
    lanes = REGISTER_BYTES // itemsize
    if columns - column >= WIDTH * lanes:
        return column + WIDTH * lanes
    return min(column + lanes, columns)


@shared
def multiply_blocks(x: Array, w: Array, bias: Array, out: Array, panel: Array) -> None:
    """Out = x w + b, for x (m, a), which may be transposed, w (a, b), and b (b,) or empty.

    Where rows of w are long, those of a panel lie on a memory page each, and where their length is
    a power of two all in the same few places of the caches. If ``panel`` has room for a rows of
    WIDTH vectors they are first brought together there.
    """
    rows, columns = out.shape
    steps, whole = w.shape[0], WIDTH * (REGISTER_BYTES // out.itemsize)
    together = (
        rows >= ROWS_WORTH_COPYING
        and columns * out.itemsize >= BYTES_WORTH_COPYING
        and panel.size >= steps * whole
    )
    copied = view(panel, 0, (steps, whole))
    start = 0
    while start < columns:
        end = _panel_end(start, columns, out.itemsize)
        part = w[:, start:end]
        if together and end - start == whole:
            _copy_panel(part, copied)
            part = copied[::1, :]
        _multiply_panel(x, part, bias[start:end], out[:, start:end])
        start = end


@shared
def multiply_blocks_transposed(x: Array, w: Array, out: Array, panel: Array) -> None:
    """Out = x wᵀ, for x (m, b) and w (a, b), a panel of wᵀ at a time, turned in ``panel``.

    That has room for b rows of WIDTH vectors.
    """
    start = 0
    while start < out.shape[1]:
        end = _panel_end(start, out.shape[1], out.itemsize)
        steps = w.shape[1]
        turned = view(panel, 0, (steps, end - start))
        _transpose(w[start:end], turned)
        _multiply_panel(x, turned[::1], panel[:0], out[:, start:end])
        start = end
