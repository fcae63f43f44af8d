"""Bytes of a text file in blocks, decompressed on the way, never all in memory."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import polars as pl

from chainrule.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["BLOCK", "blocks", "check_text"]

#: Bytes read at a time: small enough to stay in cache, large enough to keep Polars busy.
BLOCK = 4 << 20
_LINES = 1 << 15
_ZSTD_MARK = b"\x28\xb5\x2f\xfd"


def blocks(path: Path) -> Iterator[bytes]:
    """Read a file block by block; .gz and .zst are unpacked, a byte order mark is cut off.

    Parameters
    ----------
    path : Path
        An existing file.

    Yields
    ------
    bytes
        Around ``BLOCK`` bytes each. Line ends of the old Macintosh (CR alone) become LF.

    Raises
    ------
    InputError
        A damaged archive, an empty file, or text in UTF-16.
    """
    source = {".gz": _gzip, ".zst": _zstd}.get(path.suffix.lower(), _plain)(path)
    first = next(source, b"")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path} is text in UTF-16: save it as UTF-8")
    first = first.removeprefix(b"\xef\xbb\xbf")
    if not first.strip():
        raise InputError(f"{path} is empty: it needs a line of column names and rows below it")
    old_macintosh = b"\r" in first and b"\n" not in first
    yield first.replace(b"\r", b"\n") if old_macintosh else first
    for block in source:
        yield block.replace(b"\r", b"\n") if old_macintosh else block


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _gzip(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as file:
            while block := file.read(BLOCK):
                yield block
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is not a sound gzip file ({error}): fetch it again") from error


def _zstd(path: Path) -> Iterator[bytes]:
    # Python reads zstd from version 3.14 only; Polars streams the lines of such a file.
    with path.open("rb") as file:
        if file.read(4) != _ZSTD_MARK:
            raise InputError(f"{path} is not a sound zstd file, whatever its name says")
    lines = pl.scan_lines(path, glob=False)
    try:
        for batch in lines.collect_batches(chunk_size=_LINES):
            yield "\n".join([*batch.to_series().to_list(), ""]).encode()
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path} is not a sound zstd file of UTF-8 text ({reason})") from error


def check_text(data: bytes, path: Path, *, line: int) -> None:
    """Make sure that bytes are UTF-8.

    Parameters
    ----------
    data : bytes
        Whole lines.
    path : Path
        The file, for the error.
    line : int
        The number of the first of the lines.

    Raises
    ------
    InputError
        Bytes that are not UTF-8, with the line.
    """
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line += data.count(b"\n", 0, error.start)
        raise InputError(
            f"line {line} of {path} is not UTF-8 text (byte 0x{data[error.start]:02x}): save the "
            f"file as UTF-8, for instance with 'iconv -f latin1 -t utf8'"
        ) from error
