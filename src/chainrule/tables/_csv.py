"""Delimited text: whole records in blocks, every record checked, cells as texts."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chainrule.errors import InputError
from chainrule.tables._streams import blocks, check_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["text_frames"]

_DELIMITERS = b",;\t|"
_QUOTE, _NEWLINE = ord('"'), ord("\n")
_LONGEST_RECORD = 64 << 20
_SAMPLE = 1 << 16


@dataclass(frozen=True)
class _Structure:
    """Where the records of a block end, how many fields each has, where the quote marks are."""

    ends: NDArray[np.int64]
    fields: NDArray[np.int64]
    quotes: NDArray[np.int64]


def _structure(data: bytes, delimiter: int) -> _Structure:
    """Find line ends and delimiters outside quotes: those with an even number of marks before."""
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == _QUOTE)
    ends = np.flatnonzero(array == _NEWLINE)
    delimiters = np.flatnonzero(array == delimiter)
    if len(quotes):
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
        delimiters = delimiters[np.searchsorted(quotes, delimiters) % 2 == 0]
    fields = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
    return _Structure(ends, fields, quotes)


def text_frames(path: Path) -> Iterator[pl.DataFrame]:
    """Read delimited text block by block, every cell a text as it stands.

    Parameters
    ----------
    path : Path
        An existing file, perhaps .gz or .zst. The delimiter (comma, semicolon, tab or bar) is
        found from the first lines; blank lines are skipped; cells may be quoted.

    Yields
    ------
    polars.DataFrame
        Columns of String, at least one row. An empty cell is null.

    Raises
    ------
    InputError
        A broken row (with its line: the header is line 1), column names that repeat, no rows.
    """
    source = blocks(path)
    first = next(source)
    tabs = {".tsv", ".tab"} & {ending.lower() for ending in path.suffixes}
    delimiter = _sniff(first[:_SAMPLE], b"\t,;|" if tabs else _DELIMITERS)
    names: list[str] = []
    rows = 0
    for line, data, structure in _records(first, source, path=path, delimiter=delimiter):
        check_text(data, path, line=line)
        full, structure, numbers = _without_blank_lines(data, structure, line=line)
        if not full:
            continue
        start = 0
        if not names:
            start = int(structure.ends[0]) + 1
            names = _header(full[:start], path, line=int(numbers[0]), delimiter=delimiter)
        _check_fields(full, structure, numbers, path=path, names=names, delimiter=delimiter)
        if start < len(full):
            frame = _parse(full[start:], path, line=line, names=names, delimiter=delimiter)
            rows += len(frame)
            yield frame
    if not rows:
        raise InputError(f"{path} has column names but no rows below them")


def _sniff(sample: bytes, candidates: bytes) -> int:
    """Choose the delimiter that splits most lines like the first one, and into most fields."""
    sample = sample[: sample.rfind(b"\n") + 1] or sample + b"\n"
    best, choice = (0.0, 0), candidates[0]
    for delimiter in candidates:
        fields = _structure(sample, delimiter).fields
        if len(fields) == 0 or fields[0] == 1:
            continue
        score = (round(float(np.mean(fields == fields[0])), 1), int(fields[0]))
        if score > best:
            best, choice = score, delimiter
    return choice


def _records(
    first: bytes, rest: Iterator[bytes], *, path: Path, delimiter: int
) -> Iterator[tuple[int, bytes, _Structure]]:
    """Cut the stream after whole records; yield first line number, bytes and structure."""
    line, carry = 1, b""
    for block in (b for part in ([first], rest, [b""]) for b in part):
        last = not block
        data = (carry + block).replace(b"\r\n", b"\n")
        if last and data and not data.endswith(b"\n"):
            data += b"\n"
        structure = _structure(data, delimiter)
        _check_quotes(data, structure.quotes, path=path, line=line, delimiter=delimiter)
        cut = int(structure.ends[-1]) + 1 if len(structure.ends) else 0
        carry = data[cut:]
        if cut:
            yield line, data[:cut], structure
            line += data.count(b"\n", 0, cut)
        if carry and (last or len(carry) > _LONGEST_RECORD):
            opened = line + carry.count(b"\n", 0, carry.find(b'"'))
            raise InputError(f"the quote mark opened in line {opened} of {path} is never closed")


def _check_quotes(
    data: bytes, quotes: NDArray[np.int64], *, path: Path, line: int, delimiter: int
) -> None:
    """Make sure that a quoted cell starts after a delimiter or line end and stops before one."""
    if not len(quotes):
        return
    array = np.frombuffer(data, np.uint8)
    edges = np.array([delimiter, _NEWLINE, _QUOTE], np.uint8)
    opening, closing = quotes[::2], quotes[1::2]
    # The last mark may close a cell whose end is in the next block.
    closing = closing[closing < len(data) - 1]
    bad = np.concatenate(
        [
            opening[(opening > 0) & ~np.isin(array[opening - 1], edges)],
            closing[~np.isin(array[closing + 1], edges)],
        ]
    )
    if len(bad):
        line += data.count(b"\n", 0, int(bad.min()))
        raise InputError(
            f"line {line} of {path} has a quote mark inside a cell: "
            f'put the whole cell in quotes and write each mark in it twice ("")'
        )


def _without_blank_lines(
    data: bytes, structure: _Structure, *, line: int
) -> tuple[bytes, _Structure, NDArray[np.int64]]:
    """Drop empty records; also return the number of the line on which each record starts."""
    ends = structure.ends
    starts = np.concatenate([[0], ends[:-1] + 1])
    newlines = ends
    if len(structure.quotes):
        newlines = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
    numbers = line + np.searchsorted(newlines, starts)
    kept = ends > starts
    if not kept.all():
        data = b"".join(data[a : b + 1] for a, b in zip(starts[kept], ends[kept], strict=True))
        lengths = (ends - starts + 1)[kept]
        structure = _Structure(np.cumsum(lengths) - 1, structure.fields[kept], structure.quotes)
    return data, structure, numbers[kept]


def _header(data: bytes, path: Path, *, line: int, delimiter: int) -> list[str]:
    """Read the column names of the first record; a nameless column is called by its place."""
    text = io.StringIO(data.decode(), newline="")
    cells = next(csv.reader(text, delimiter=chr(delimiter)))
    names = [cell.strip() or f"column_{place}" for place, cell in enumerate(cells, 1)]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(
                f"{path} has two columns called {name!r} (columns {names.index(name) + 1} and "
                f"{place + 1}): rename one of them in line {line}"
            )
    return names


def _check_fields(
    data: bytes,
    structure: _Structure,
    numbers: NDArray[np.int64],
    *,
    path: Path,
    names: list[str],
    delimiter: int,
) -> None:
    wrong = np.flatnonzero(structure.fields != len(names))
    if not len(wrong):
        return
    record = int(wrong[0])
    start = int(structure.ends[record - 1]) + 1 if record else 0
    text = data[start : int(structure.ends[record])].decode(errors="replace")
    shown = text if len(text) <= 60 else text[:57] + "..."
    has, cut = int(structure.fields[record]), {",": "comma", ";": "semicolon", "\t": "tab"}
    raise InputError(
        f"line {numbers[record]} of {path} has {has} {'field' if has == 1 else 'fields'} where the "
        f"header has {len(names)} (cut at every {cut.get(chr(delimiter), 'bar')}): {shown!r}"
    )


def _parse(data: bytes, path: Path, *, line: int, names: list[str], delimiter: int) -> pl.DataFrame:
    try:
        return pl.read_csv(
            data,
            has_header=False,
            separator=chr(delimiter),
            schema=dict.fromkeys(names, pl.String),
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path} cannot be read from line {line} on: {reason}") from error
