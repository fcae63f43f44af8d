"""JSON lines: one object a line, keys are columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from chainrule.errors import InputError
from chainrule.tables._streams import blocks, check_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["json_frames", "json_schema"]


def json_schema(path: Path) -> dict[str, pl.DataType]:
    """Find the columns of a file of JSON lines, reading all of it once.

    Parameters
    ----------
    path : Path
        An existing file, perhaps .gz or .zst.

    Returns
    -------
    dict of str to polars.DataType
        A column of integers and decimals is Float64; of values of several kinds, String.

    Raises
    ------
    InputError
        A line that is not a JSON object, with its number; no rows; no keys.
    """
    schema: dict[str, pl.DataType] = {}
    for line, data in _lines(path):
        try:
            found = pl.read_ndjson(data, infer_schema_length=None).schema
        except pl.exceptions.PolarsError as error:
            _explain(data, path, line=line, error=error)
        for name, dtype in found.items():
            schema[name] = _common(schema.get(name, pl.Null()), dtype)
    if not schema:
        raise InputError(f"{path} has no rows with names in them")
    return schema


def json_frames(path: Path, schema: dict[str, pl.DataType]) -> Iterator[pl.DataFrame]:
    """Read the rows of a file of JSON lines, block by block.

    Parameters
    ----------
    path : Path
        The file.
    schema : dict
        What :func:`json_schema` found.

    Yields
    ------
    polars.DataFrame
        All columns of the schema in each; a key that a line lacks is a missing cell.
    """
    for line, data in _lines(path):
        try:
            yield pl.read_ndjson(data, schema=schema)
        except pl.exceptions.PolarsError as error:
            _explain(data, path, line=line, error=error)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Blocks of whole lines that are not all blank, with the number of the first line."""
    line, carry = 1, b""
    for block in (b for part in (blocks(path), [b"\n"]) for b in part):
        data = carry + block
        cut = data.rfind(b"\n") + 1
        data, carry = data[:cut], data[cut:]
        check_text(data, path, line=line)
        if data.strip():
            yield line, data
        line += data.count(b"\n")


def _common(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    if one.is_numeric() and other.is_numeric():
        return pl.Float64()
    return pl.String()


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON, write null")


def _explain(data: bytes, path: Path, *, line: int, error: Exception) -> NoReturn:
    """Polars does not say which line it stumbled over: find it with the standard library."""
    kinds: dict[str, type] = {}
    for number, text in enumerate(data.splitlines(), line):
        if not text.strip():
            continue
        try:
            row = json.loads(text, parse_constant=_not_json)
        except ValueError as reason:
            raise InputError(f"line {number} of {path} is not valid JSON: {reason}") from error
        if not isinstance(row, dict):
            raise InputError(
                f'line {number} of {path} is not an object like {{"column": value}}'
            ) from error
        for name, value in row.items():
            kind = float if type(value) is int else type(value)
            if value is not None and kinds.setdefault(name, kind) is not kind:
                raise InputError(
                    f"line {number} of {path}: column {name!r} holds values of different kinds "
                    f"(here {value!r}): write all of them alike"
                ) from error
    raise InputError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
