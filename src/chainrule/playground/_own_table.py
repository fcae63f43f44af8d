"""A table of one's own, dropped on the page: read with limits, and never more than once."""

from __future__ import annotations

import gzip
import io
import tempfile
import zlib
from dataclasses import replace
from pathlib import Path, PurePath

import polars as pl

from chainrule.errors import InputError
from chainrule.tables import Table, iterate_table
from chainrule.tables.sampling import RowSampler, sample_rows

__all__ = ["MOST_BYTES", "MOST_COLUMNS", "MOST_ROWS", "limited", "read_own"]

#: Limits of a file; of more rows a part is taken by a seed.
MOST_BYTES, MOST_ROWS, MOST_COLUMNS = 20_000_000, 200_000, 500
# What a packed file may unpack to.
_MOST_UNPACKED = 400 << 20
_MOST_CELLS_READ = 50_000_000
_LONGEST_NAME = 100


def read_own(name: str, content: bytes) -> Table:
    r"""Read a table that was dropped on the page.

    Parameters
    ----------
    name : str
        The file's name, which says by its ending what it is.
    content : bytes
        What is in it.

    Returns
    -------
    Table
        Its ``source`` is the file's name; ``description`` says in a sentence if it holds only a
        part of the rows, those that :func:`chainrule.tables.sample_rows` chooses.

    Raises
    ------
    InputError
        The file is too large, or no table that can be read, in a sentence.

    Examples
    --------
    >>> read_own("pets.csv", b"age,pet\n3,cat\n4,dog\n").frame.shape
    (2, 2)
    """
    plain = PurePath(name.replace("\\", "/")).name.replace("\0", "") or "table"
    shown = plain if len(plain) <= _LONGEST_NAME else f"{plain[: _LONGEST_NAME - 1]}…"
    if len(content) > MOST_BYTES:
        raise InputError(
            f"{shown} has more than the {MOST_BYTES // 10**6} MB that the playground takes: give a "
            "part of its rows"
        )
    endings = "".join(PurePath(plain).suffixes[-2:])
    _check_unpacked(shown, endings, content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"table{endings[-20:]}")
        path.write_bytes(content)
        try:
            frame, rows = _read(path, shown)
        except InputError as error:
            raise InputError(str(error).replace(str(path), shown)) from error
    stem = PurePath(shown)
    while stem.suffix:
        stem = PurePath(stem.stem)
    return Table(frame, stem.name, plain, None, _note(shown, len(frame), rows))


def limited(table: Table) -> Table:
    """Take a part of a table's rows if it has more than the playground takes.

    Parameters
    ----------
    table : Table
        However it was read.

    Returns
    -------
    Table
        Itself, or what :func:`read_own` makes of a file with these rows.

    Raises
    ------
    InputError
        It has too many columns.
    """
    name = table.name if table.source is None else PurePath(table.source).name
    _check_columns(name, table.frame.width)
    rows = len(table.frame)
    if rows <= MOST_ROWS:
        return table
    part = table.frame[sample_rows(rows, MOST_ROWS)]
    return replace(table, frame=part, description=_note(name, len(part), rows))


def _note(name: str, used: int, rows: int) -> str:
    return f"{used:,} of the {rows:,} rows of {name} are used, chosen at random." * (used < rows)


def _check_columns(name: str, columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise InputError(
            f"{name} has {columns:,} columns, and the playground takes up to {MOST_COLUMNS}: leave "
            "some out"
        )


def _check_unpacked(name: str, endings: str, content: bytes) -> None:
    """Refuse a small file that holds a huge one, before anything is done with it."""
    if endings.lower().endswith(".zst"):
        raise InputError(f"{name} is packed with zstd, which is not taken here: unpack it first")
    if not endings.lower().endswith(".gz"):
        return
    size = 0
    try:
        with gzip.open(io.BytesIO(content)) as file:
            while part := file.read(1 << 20):
                size += len(part)
                if size > _MOST_UNPACKED:
                    raise InputError(
                        f"{name} unpacks to more than {_MOST_UNPACKED >> 20} MB: give fewer rows"
                    )
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(f"{name} is not a sound gzip file ({error})") from error


def _read(path: Path, name: str) -> tuple[pl.DataFrame, int]:
    sampler = RowSampler(MOST_ROWS)
    kept = pl.DataFrame()
    for part in iterate_table(path):
        _check_columns(name, part.width)
        before = kept
        chosen = sampler.take(len(part))
        if sampler.seen * part.width > _MOST_CELLS_READ:
            raise InputError(f"{name} has more rows than can be looked through: give fewer")
        kept = pl.concat([before, part])[chosen] if len(before) else part[chosen]
    return kept, sampler.seen
