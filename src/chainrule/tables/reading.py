"""Read tables: csv, tsv, jsonl (also .gz, .zst), parquet, arrow; whole or in chunks."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from chainrule.errors import InputError
from chainrule.tables._csv import text_frames
from chainrule.tables._jsonl import json_frames, json_schema
from chainrule.tables.cells import MISSING_MARKERS, parse_numbers, tidy
from chainrule.tables.names import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["READABLE", "iterate_table", "missing_file", "read_table"]

#: What can be read, as told in errors and help.
READABLE = ".csv .tsv .jsonl .ndjson (also with .gz or .zst behind), .parquet .arrow .feather"

_DELIMITED = (".csv", ".tsv", ".tab", ".txt", ".psv")
_JSON = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")
_ARROW = (".arrow", ".feather", ".ipc")
_ENDINGS = {*_DELIMITED, *_JSON, *_PARQUET, *_ARROW}
_ADVICE = {
    ".json": "; write one object a line and call it .jsonl",
    ".xlsx": "; save the sheet as .csv",
    ".xls": "; save the sheet as .csv",
    ".ods": "; save the sheet as .csv",
}


def read_table(path: str | Path) -> pl.DataFrame:
    r"""Read a whole table.

    The same as all chunks of :func:`iterate_table` one below the other.

    Parameters
    ----------
    path : str or Path
        csv, tsv and other delimited text, jsonl (each also .gz or .zst), parquet, arrow.

    Returns
    -------
    polars.DataFrame
        Columns of Int64, Float64, String, Boolean, Date or Datetime; missing cells are null. A
        column of delimited text is a number if every cell is a number or a missing marker
        (``MISSING_MARKERS``), and none has a leading zero as codes have.

    Raises
    ------
    InputError
        Missing, empty, unreadable or damaged file; unknown kind of file; broken row.

    Examples
    --------
    >>> from pathlib import Path
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("x;name\n1;Ann\nNA;Bob\n")
    ...     read_table(path).rows()
    [(1, 'Ann'), (None, 'Bob')]
    """
    path = Path(path)
    with _one_sentence(path):
        return _whole(path, _ready(path))


def iterate_table(path: str | Path, rows: int = 65536) -> Iterator[pl.DataFrame]:
    r"""Read a table of any length in chunks, in little memory.

    A text file is read twice: once to check it and to learn the type of every column, then to hand
    out the rows; so every chunk has the types the whole table has, and a broken row is found before
    the first chunk.

    Parameters
    ----------
    path : str or Path
        As for :func:`read_table`.
    rows : int
        Rows of a chunk; the last may have fewer.

    Yields
    ------
    polars.DataFrame
        The next rows, at least one.

    Raises
    ------
    InputError
        As for :func:`read_table`; all of it before the first chunk.

    Examples
    --------
    >>> from pathlib import Path
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     _ = path.write_text("x\n1\n2\n3\n")
    ...     [chunk.height for chunk in iterate_table(path, rows=2)]
    [2, 1]
    """
    if rows < 1:
        raise InputError(f"rows must be at least 1, not {rows}")
    path = Path(path)
    with _one_sentence(path):
        yield from _rechunked(_frames(path, _ready(path), rows=rows), rows)


def _rechunked(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Cut and join frames so that each has the given number of rows, the last perhaps fewer."""
    kept: list[pl.DataFrame] = []
    for frame in frames:
        start, have = 0, sum(map(len, kept))
        while have + len(frame) - start >= rows:
            end = start + rows - have
            yield pl.concat([*kept, frame[start:end]])
            kept, have, start = [], 0, end
        if start < len(frame):
            kept.append(frame[start:])
    if kept:
        yield pl.concat(kept)


@contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    """Turn whatever the system or Polars says about a file into an InputError."""
    try:
        yield
    except PermissionError as error:
        raise InputError(f"{path} may not be read: permission denied") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise InputError(f"{path} is not a sound {path.suffix} file ({reason})") from error


def _ready(path: Path) -> str:
    """Make sure that there is a file of a known kind and not empty; return the kind."""
    if path.is_dir():
        raise InputError(f"{path} is a directory, not a table: name a file in it")
    if not path.exists():
        raise InputError(missing_file(path))
    kind = _kind(path)
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty")
    return kind


def missing_file(path: Path, names: Iterable[str] = ()) -> str:
    """Say that a file is not there, and what may have been meant.

    Parameters
    ----------
    path : Path
        What was asked for.
    names : iterable of str
        What else it may have been meant for, if it is called exactly so but for its ending, beside
        the tables in its folder that are called nearly so.

    Returns
    -------
    str
        What is missing and, if something is near, what was probably meant.

    Examples
    --------
    >>> missing_file(Path("iris.csv"), ["iris"])[-22:]
    "; did you mean 'iris'?"
    """
    folder = path.parent
    if not folder.is_dir():
        return f"there is no file {path} (nor the folder {folder})"
    # Without the endings: that two names end in .csv does not make them alike.
    stem = _stem(path)
    stems = {
        entry.name: _stem(entry)
        for entry in sorted(folder.iterdir())
        if entry.is_file() and _ENDINGS & set(entry.suffixes)
    }
    near = [name for name in names if name == stem]
    near += [name for s in closest(stem, stems.values()) for name in stems if stems[name] == s]
    offer = f"; did you mean {' or '.join(map(repr, near[:3]))}?" if near else ""
    return f"there is no file {path}{offer}"


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]


def _kind(path: Path) -> str:
    """Find the ending that says how to read the file, without the one of compression."""
    endings = [ending.lower() for ending in path.suffixes]
    packed = bool(endings) and endings[-1] in (".gz", ".zst")
    kind = endings[-2] if packed and len(endings) > 1 else endings[-1] if endings else ""
    known = {*_DELIMITED, *_JSON} if packed else _ENDINGS
    if kind not in known:
        said = f"the ending {kind!r}" if kind else "no ending"
        advice = _ADVICE.get(kind, "")
        raise InputError(
            f"{path} has {said}, which cannot be read{advice}; readable are {READABLE}"
        )
    return kind


def _whole(path: Path, kind: str) -> pl.DataFrame:
    if kind in _PARQUET + _ARROW:
        return _not_empty(tidy(_binary(path, kind).collect()), path)
    if kind in _JSON:
        return pl.concat([tidy(frame) for frame in json_frames(path, json_schema(path))])
    texts = list(text_frames(path))
    types = _types(texts)
    return pl.concat([_typed(frame, types) for frame in texts])


def _frames(path: Path, kind: str, *, rows: int) -> Iterator[pl.DataFrame]:
    if kind in _PARQUET + _ARROW:
        return _slices(_binary(path, kind), path, rows=rows)
    if kind in _JSON:
        return map(tidy, json_frames(path, json_schema(path)))
    types = _types(text_frames(path))
    return (_typed(frame, types) for frame in text_frames(path))


def _binary(path: Path, kind: str) -> pl.LazyFrame:
    if kind in _PARQUET:
        return pl.scan_parquet(path, glob=False, hive_partitioning=False)
    with path.open("rb") as file:
        seekable = file.read(6) == b"ARROW1"
    if seekable:
        return pl.scan_ipc(path, glob=False, hive_partitioning=False)
    return pl.read_ipc_stream(path).lazy()


def _slices(table: pl.LazyFrame, path: Path, *, rows: int) -> Iterator[pl.DataFrame]:
    # Slices stay leaner than Polars' own batches, which it reads ahead of need.
    start = 0
    while len(frame := table.slice(start, rows).collect()):
        yield tidy(frame)
        start += rows
    if not start:
        _not_empty(frame, path)


def _not_empty(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    if frame.is_empty():
        raise InputError(f"{path} has no rows")
    return frame


def _types(frames: Iterable[pl.DataFrame]) -> dict[str, pl.DataType]:
    """Find the narrowest type that holds every cell of each column."""
    ranks: dict[str, int] = {}
    for frame in frames:
        for column in frame:
            rank = ranks.get(column.name, 0)
            if rank < len(_RANKS) - 1:
                ranks[column.name] = max(rank, _rank(column))
    # A column without a single value is text, so that later rows may hold anything.
    return {name: _RANKS[rank or -1] for name, rank in ranks.items()}


#: From narrow to wide; the first stands for a column that has had no value so far.
_RANKS: tuple[pl.DataType, ...] = (pl.Null(), pl.Int64(), pl.Float64(), pl.String())


def _rank(column: pl.Series) -> int:
    text = _present(column)
    if not (count := text.count()):
        return 0
    if parse_numbers(text).count() < count:
        return 3
    return 1 if text.cast(pl.Int64, strict=False).count() == count else 2


def _present(column: pl.Series) -> pl.Series:
    """Strip the cells of surrounding spaces, and make missing markers null."""
    # Most columns of numbers need none of it, and one cast tells.
    value = column.cast(pl.Float64, strict=False)
    if value.count() == column.count() and not value.is_nan().any():
        return column
    text = column.str.strip_chars()
    return text.set(text.is_in(MISSING_MARKERS), None)


def _typed(frame: pl.DataFrame, types: dict[str, pl.DataType]) -> pl.DataFrame:
    return tidy(
        frame.select(
            column if types[column.name] == pl.String else _present(column).cast(types[column.name])
            for column in frame
        )
    )
