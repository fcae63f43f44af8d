"""From an object file, as the compiler writes it, to an image of what will lie in memory.

The sections of the file are laid out one after another and every distance between them is filled
in; what depends on where the image will lie is listed. Only what kernels are made of is known here:
whatever else there is, is refused, and LLVM links it (:mod:`chainrule.network.llvm`).

References
----------
Tool Interface Standard (1995), Executable and linking format; Lu et al. (2018), System V
application binary interface, AMD64 architecture processor supplement, chapter 4.
"""

from __future__ import annotations

import mmap
import struct
import sys
from collections.abc import Iterator
from typing import NamedTuple

from chainrule.network.code_image import CodeImage

__all__ = ["LinkError", "link"]

# A file of 64 bits, little-endian, version 1; for x86-64, and not linked yet.
_FORMAT, _KIND = b"\x7fELF\x02\x01\x01", b"\x01\x00\x3e\x00"

# Kinds of sections; how to unwind the stack is left out, since nothing in a kernel raises.
_NOTHING, _CONTENTS, _SYMBOLS, _STRINGS, _RELOCATIONS, _UNWINDING = 0, 1, 2, 3, 4, 0x70000001
_KINDS = {_NOTHING, _CONTENTS, _SYMBOLS, _STRINGS, _RELOCATIONS, _UNWINDING}
# Flags of a section: in memory; instructions; what may be merged; strings; far away. Not: writable.
_IN_MEMORY = 0x2
_KNOWN = _IN_MEMORY | 0x4 | 0x10 | 0x20 | 0x10000000
# Where symbols are that this file does not define.
_ELSEWHERE = 0
# Kinds of relocations: the address of something, and the distance to it, in so many bytes.
_ADDRESS, _DISTANCES = 1, {24: "<q", 2: "<i", 4: "<i"}


class LinkError(ValueError):
    """There is something in an object file that is not known here."""


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class _Symbol(NamedTuple):
    name: int
    info: int
    other: int
    section: int
    value: int
    size: int


class _Relocation(NamedTuple):
    offset: int
    kind: int
    symbol: int
    addend: int


class _ObjectFile:
    """What an object file consists of."""

    def __init__(self, file: bytes) -> None:
        if sys.platform != "linux" or not file.startswith(_FORMAT) or file[16:20] != _KIND:
            raise LinkError("this is no object file for Linux on x86-64")
        self._file = file
        (start,), (count,) = struct.unpack_from("<Q", file, 40), struct.unpack_from("<H", file, 60)
        table = file[start : start + 64 * count]
        self.sections = [_Section(*row) for row in struct.iter_unpack("<IIQQQQIIQQ", table)]
        if not {section.kind for section in self.sections} <= _KINDS:
            raise LinkError("there is an unknown kind of section in this object file")

    def contents(self, section: _Section) -> bytes:
        """Return what is in a section."""
        return self._file[section.offset : section.offset + section.size]

    def symbols(self) -> list[tuple[str, _Symbol]]:
        """Return the symbols with their names, in the order in which relocations count them."""
        (table,) = (section for section in self.sections if section.kind == _SYMBOLS)
        names = self.contents(self.sections[table.link])
        symbols = map(_Symbol._make, struct.iter_unpack("<IBBHQQ", self.contents(table)))
        return [(names[s.name : names.index(0, s.name)].decode(), s) for s in symbols]

    def relocations(self) -> Iterator[tuple[int, _Relocation]]:
        """Yield the number of a section, and what must be filled in there, one after another."""
        for table in self.sections:
            if table.kind == _RELOCATIONS:
                for row in struct.iter_unpack("<QIIq", self.contents(table)):
                    yield table.info, _Relocation(*row)


def link(object_file: bytes, symbol: str) -> CodeImage:
    """Link an object file of which Python calls one function.

    Parameters
    ----------
    object_file : bytes
        As LLVM writes it.
    symbol : str
        The name of the function.

    Returns
    -------
    CodeImage

    Raises
    ------
    LinkError
        It is not for Linux on x86-64, or there is something in it that is not known here.
    """
    file = _ObjectFile(object_file)
    code, starts = _lay_out(file)
    symbols = file.symbols()
    places: list[int] = []
    functions: dict[str, list[int]] = {}
    for section, relocation in file.relocations():
        if section not in starts:
            continue  # about what is left out
        place = starts[section] + relocation.offset
        name, target = symbols[relocation.symbol]
        if target.section == _ELSEWHERE:
            if relocation.kind != _ADDRESS:
                raise LinkError(f"{name} is called in an unknown way")
            functions.setdefault(name, []).append(place)
            struct.pack_into("<q", code, place, relocation.addend)
            continue
        value = _position(target, starts) + relocation.addend
        if relocation.kind == _ADDRESS:
            places.append(place)
            struct.pack_into("<q", code, place, value)
        elif relocation.kind in _DISTANCES:
            struct.pack_into(_DISTANCES[relocation.kind], code, place, value - place)
        else:
            raise LinkError(f"there is an unknown kind of relocation, {relocation.kind}")
    entries = [_position(target, starts) for name, target in symbols if name == symbol]
    if len(entries) != 1:
        raise LinkError(f"there is no single function {symbol}")
    return CodeImage(bytes(code), entries[0], places, functions)


def _lay_out(file: _ObjectFile) -> tuple[bytearray, dict[int, int]]:
    """Bring together what will lie in memory; where each section begins, by its number."""
    code, starts = bytearray(), {}
    for number, section in enumerate(file.sections):
        if not section.flags & _IN_MEMORY or section.kind == _UNWINDING or not section.size:
            continue
        if section.flags & ~_KNOWN or section.alignment > mmap.PAGESIZE:
            raise LinkError("there is an unknown sort of memory in this object file")
        code.extend(bytes(-len(code) % section.alignment))
        starts[number] = len(code)
        code.extend(file.contents(section))
    return code, starts


def _position(symbol: _Symbol, starts: dict[int, int]) -> int:
    """Return where in the image a symbol is."""
    if symbol.section not in starts:
        raise LinkError("a symbol is where no memory is")
    return starts[symbol.section] + symbol.value
