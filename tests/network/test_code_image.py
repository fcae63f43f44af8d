"""Linked machine code in memory: run, never writable and executable at once, or not at all."""

import ctypes
import errno
import mmap
import platform
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chainrule.network import code_image
from chainrule.network.code_image import CodeImage

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="elsewhere LLVM links"
)

# mov rax, [rip + 1]; ret; and eight bytes: a function that returns a number kept behind it.
BEFORE = bytes.fromhex("48 8b 05 01 00 00 00 c3")
FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int64)


def returning(number, *, places=(), functions=None):
    return CodeImage(BEFORE + number.to_bytes(8, "little"), 0, list(places), functions or {})


def areas():
    """Return of every area of memory where it begins, where it ends and what may be done to it."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    found = [re.match(r"(\w+)-(\w+) (....)", line).groups() for line in lines]
    return [(int(start, 16), int(end, 16), access) for start, end, access in found]


def area_of(address):
    (area,) = (area for area in areas() if area[0] <= address < area[1])
    return area


def test_code_runs():
    assert FUNCTION(returning(1234).load())() == 1234


def test_it_begins_where_it_says():
    image = CodeImage(b"\xcc" * 3 + BEFORE + (77).to_bytes(8, "little"), 3, [], {})
    assert FUNCTION(image.load())() == 77


def test_addresses_in_it_are_those_where_it_lies():
    # The number is the place 5 of the image itself, at an address that is no multiple of 8.
    image = CodeImage(b"\xcc" + BEFORE + (5).to_bytes(8, "little"), 1, [9], {})
    address = image.load()
    assert FUNCTION(address)() == address - 1 + 5


def test_functions_of_the_c_library_are_found():
    image = returning(0, functions={"memset": [8]})
    expected = ctypes.cast(ctypes.CDLL(None).memset, ctypes.c_void_p).value
    assert FUNCTION(image.load())() == expected


def test_it_is_never_writable_and_executable():
    before = {area for area in areas() if "wx" in area[2]}  # of other libraries
    addresses = [returning(number).load() for number in range(20)]
    assert {area_of(address)[2] for address in addresses} == {"r-xp"}
    assert {area for area in areas() if "wx" in area[2]} <= before


def test_it_spans_pages():
    filling = bytes(3 * mmap.PAGESIZE)
    image = CodeImage(filling + BEFORE + (9).to_bytes(8, "little"), len(filling), [], {})
    assert FUNCTION(image.load())() == 9


def test_many_are_loaded_by_many_threads():
    with ThreadPoolExecutor(8) as pool:
        addresses = list(pool.map(lambda number: returning(number).load(), range(500)))
    assert len(set(addresses)) == 500
    assert [FUNCTION(address)() for address in addresses] == list(range(500))


def test_an_unknown_function_is_refused():
    with pytest.raises(OSError, match="the C library has no function no_such_function"):
        returning(0, functions={"memset": [8], "no_such_function": [8]}).load()


class Refusing:
    """The C library of a system that allows no new machine code, or has no memory."""

    def __init__(self, refused):
        self._library, self._refused, self.undone = code_image._c_library(), refused, []

    def mmap(self, *arguments):
        if self._refused == "mmap":
            ctypes.set_errno(errno.ENOMEM)
            return ctypes.c_void_p(-1).value
        return self._library.mmap(*arguments)

    def mprotect(self, *_):
        ctypes.set_errno(errno.EACCES)
        return -1

    def munmap(self, address, size):
        assert area_of(address)[2] == "rw-p"
        self.undone.append(address)
        return self._library.munmap(address, size)


@pytest.mark.parametrize(
    ("refused", "error", "undone"), [("mmap", "no memory", 0), ("mprotect", "allows no new", 1)]
)
def test_a_system_may_refuse(refused, error, undone, monkeypatch):
    library = Refusing(refused)
    monkeypatch.setattr(code_image, "_c_library", lambda: library)
    with pytest.raises(OSError, match=error):
        returning(1).load()
    assert len(library.undone) == undone
