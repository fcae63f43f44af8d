"""Machine code that is linked already: what remains is to put it into memory.

LLVM could do that too, but its library alone is more than 100 MB, to be found and opened by every
process.
"""

from __future__ import annotations

import ctypes
import mmap
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CodeImage"]

_NOWHERE = ctypes.c_void_p(-1).value  # what the C library's mmap returns where it fails


class CodeImage(NamedTuple):
    """Machine code as it lies in memory, but for the addresses in it.

    Attributes
    ----------
    code : bytes
        Instructions and constants.
    entry : int
        Where in it the function begins.
    places : list of int
        Where in it there are addresses, of eight bytes, that count from its own beginning.
    functions : dict of str to list of int
        Where in it the addresses of functions of the C library belong, by their names.
    """

    code: bytes
    entry: int
    places: list[int]
    functions: dict[str, list[int]]

    def load(self) -> int:
        """Put it into memory, for as long as the process lives.

        That memory is never writable and executable at once.

        Returns
        -------
        int
            The address of the function.

        Raises
        ------
        OSError
            The C library lacks a function, or the system allows no new machine code.
        """
        library, size = _c_library(), len(self.code)
        addresses = {name: _address(name) for name in self.functions}
        private, writable = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE
        start = library.mmap(None, size, writable, private, -1, 0)
        if start == _NOWHERE:
            raise OSError(ctypes.get_errno(), "there is no memory for machine code")
        code = np.frombuffer(bytearray(self.code), np.uint8)
        _add(start, code, self.places)
        for name, places in self.functions.items():
            _add(addresses[name], code, places)
        ctypes.memmove(start, code.tobytes(), size)
        if library.mprotect(start, size, mmap.PROT_READ | mmap.PROT_EXEC):
            reason = ctypes.get_errno()
            library.munmap(start, size)
            raise OSError(reason, "the system allows no new machine code")
        return int(start) + self.entry


def _add(address: int, code: NDArray[np.uint8], places: list[int]) -> None:
    """Add an address to the numbers of eight bytes at some places, which need not be aligned."""
    each = np.array(places, np.int64)[:, np.newaxis] + np.arange(8)
    code[each] = (code[each].view(np.uint64) + np.uint64(address)).view(np.uint8)


@cache
def _c_library() -> Any:
    library = ctypes.CDLL(None, use_errno=True)
    address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    library.mmap.argtypes = [address, size, number, number, number, ctypes.c_long]
    library.mmap.restype = address
    library.mprotect.argtypes = [address, size, number]
    library.munmap.argtypes = [address, size]
    return library


def _address(name: str) -> int:
    """Return where a function of the C library lies."""
    try:
        function = _c_library()[name]
    except AttributeError:
        raise OSError(f"the C library has no function {name}") from None
    return ctypes.cast(function, ctypes.c_void_p).value or 0
