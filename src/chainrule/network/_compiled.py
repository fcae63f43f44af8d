"""How the engine is compiled: what is inlined, what is shared, and what Python calls."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types as _types
from numba.extending import intrinsic
from numba.np import arrayobj as _arrayobj
from numba.np.numpy_support import as_dtype as _as_dtype

__all__ = ["array_at", "compiled", "emit", "kernel", "pasted", "shared"]

# Which have no types of their own.
types: Any = _types
typeof: Any = numba.typeof
as_dtype: Any = _as_dtype
populate_array: Any = _arrayobj.populate_array

_WHOLE, _NUMBER, _LETTER = ir.IntType(64), ir.IntType(32), ir.IntType(8)

Function = TypeVar("Function", bound=Callable[..., Any])

# Reordering sums lets LLVM use vector registers; NaN and infinity keep their meaning.
_FASTMATH = {"reassoc", "contract", "arcp", "nsz"}

# Where Python's tuples and NumPy's arrays and types keep what they hold, in bytes from where they
# begin: fixed by their C interfaces, by which every extension module reads them.
_OBJECT = object.__basicsize__
_ITEMS = tuple.__basicsize__
_NUMBERS, _DIMENSIONS, _SHAPE, _TYPE, _FLAGS = (_OBJECT + i for i in (0, 8, 16, 40, 48))
_KIND, _BYTE_ORDER, _SIZE = (_OBJECT + i for i in (8, 10, 24))
_AS_NEEDED = 0x0001 | 0x0100 | 0x0400  # C-contiguous, aligned, writable
_FOREIGN = ord(">" if sys.byteorder == "little" else "<")


def compiled(function: Function) -> Function:
    """Compile a function that only kernels call; it becomes part of each of them.

    Inlined always, so that it is optimized together with what calls it.
    """
    return _njit(function, forceinline=True)


def shared(function: Function) -> Function:
    """Compile a large function that kernels call from several places, once for all of them.

    For those that call nothing but what is inlined or shared itself, so that every kernel's copy is
    made of the same instructions.
    """
    return _njit(function)


def pasted(function: Function) -> Function:
    """Paste a function into each kernel that calls it before anything is compiled.

    For the few large ones, whose own compilation would take seconds and then be thrown away, and
    for those that return an array: where references are not counted Numba takes none from others.
    """
    return _njit(function, inline="always")


def kernel(function: Function) -> Function:
    """Compile a function that Python calls, as :class:`chainrule.network.machine_code.Kernel`.

    All it is handed are C-contiguous, aligned and writable arrays, and it allocates nothing.
    """
    return pasted(function)


def _njit(function: Function, **options: Any) -> Function:
    # error_model="numpy": a division may not raise, which would keep LLVM from vectorizing it.
    # Without Numba's runtime (_nrt) nothing is allocated, and no reference to an array is counted.
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    dispatcher = numba.njit(error_model="numpy", fastmath=_FASTMATH, **options)(function)
    return cast(Function, dispatcher)


def emit(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bytes, str]:
    """Compile a kernel for arguments of these types.

    Parameters
    ----------
    function : callable
        Compiled by :func:`kernel`.
    arguments : tuple of array, or of tuples of them
        Such as it will be called with.

    Returns
    -------
    (bytes, str)
        An object file, and the name of the function in it. That takes three addresses: of a
        float64, which will be what the kernel returned, or 0; of room for one address; and of the
        tuple of arguments. It returns 0, or something else, and does nothing, where an array is not
        of the type it was compiled for, or not C-contiguous, aligned and writable.
    """
    names = {
        "number": _number,
        "function": function,
        "unpack": _unpacker(typeof(arguments)),
    }
    # Written out, because a function that is pasted cannot be called with a starred tuple.
    each = ", ".join(f"arguments[{i}]" for i in range(len(arguments)))
    source = f"def entry(place):\n arguments = unpack(place)\n return number(function({each}))"
    exec(source, names)  # noqa: S102 (nothing in it comes from outside)
    dispatcher: Any = _njit(names["entry"])
    dispatcher.compile((types.int64,))
    result = dispatcher.overloads[types.int64,]
    return bytes(result.library._get_compiled_object()), result.fndesc.llvm_func_name


@intrinsic
def _as_number(context: Any, value: Any) -> Any:
    """Return a number or truth as a float64, and nothing as 0."""
    del context

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        if isinstance(value, types.NoneType):
            return context.get_constant(types.float64, 0.0)
        return context.cast(builder, arguments[0], value, types.float64)

    return types.float64(value), generate


# Compiled code calls it without the context, which the type checker cannot know.
_number: Any = _as_number


def array_at(context: Any, builder: Any, kind: Any, numbers: Any, shape: Any) -> Any:
    """Return a C-contiguous array of what lies in memory.

    It has no owner: what kernels look at lives for as long as they run.
    """
    array = context.make_array(kind)(context, builder)
    strides = [ir.Constant(_WHOLE, context.get_abi_sizeof(context.get_data_type(kind.dtype)))]
    for size in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], size))
    itemsize = strides[-1]
    populate_array(array, numbers, shape, strides, itemsize, meminfo=None)
    return array._getvalue()


class _Reader:
    """Instructions that read what lies in memory."""

    def __init__(self, context: Any, builder: Any) -> None:
        self._context, self._builder = context, builder
        self._is_right = ir.Constant(ir.IntType(1), 1)

    def load(self, place: Any, offset: int, kind: Any = _WHOLE) -> Any:
        """Load what lies so many bytes behind a place."""
        address = self._builder.add(place, ir.Constant(_WHOLE, offset))
        return self._builder.load(self._builder.inttoptr(address, kind.as_pointer()))

    def arguments(self, kind: Any, place: Any) -> Any:
        """Return the array, or the tuple of them, that is the object at a place."""
        if isinstance(kind, types.BaseTuple):
            items = [
                self.arguments(part, self.load(place, _ITEMS + i * _WHOLE.width // 8))
                for i, part in enumerate(kind)
            ]
            return self._context.make_tuple(self._builder, kind, items)
        self._check(kind, place)
        sizes = self.load(place, _SHAPE)
        shape = [self.load(sizes, i * _WHOLE.width // 8) for i in range(kind.ndim)]
        pointer = self._context.get_data_type(kind.dtype).as_pointer()
        numbers = self.load(place, _NUMBERS, pointer)
        return array_at(self._context, self._builder, kind, numbers, shape)

    def _check(self, kind: Any, place: Any) -> None:
        builder, type_of = self._builder, self.load(place, _TYPE)
        flags = builder.and_(self.load(place, _FLAGS, _NUMBER), ir.Constant(_NUMBER, _AS_NEEDED))
        dtype = as_dtype(kind.dtype)
        for is_right in (
            self._equal(self.load(place, _DIMENSIONS, _NUMBER), kind.ndim),
            self._equal(flags, _AS_NEEDED),
            self._equal(self.load(type_of, _KIND, _LETTER), ord(dtype.kind)),
            self._equal(self.load(type_of, _SIZE), dtype.itemsize),
            builder.not_(self._equal(self.load(type_of, _BYTE_ORDER, _LETTER), _FOREIGN)),
        ):
            self._is_right = builder.and_(self._is_right, is_right)

    def _equal(self, value: Any, constant: int) -> Any:
        return self._builder.icmp_signed("==", value, ir.Constant(value.type, constant))

    def return_if_wrong(self) -> None:
        """Leave the function where an array was not as expected."""
        with self._builder.if_then(self._builder.not_(self._is_right), likely=False):
            self._context.call_conv.return_user_exc(self._builder, TypeError)


def _unpacker(kind: Any) -> Any:
    """Return a function that finds a tuple of arrays where Python keeps it."""

    @intrinsic
    def unpack(context: Any, place: Any) -> Any:
        del context

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            del signature
            reader = _Reader(context, builder)
            result = reader.arguments(kind, arguments[0])
            reader.return_if_wrong()
            return result

        return kind(place), generate

    return unpack
