"""A fingerprint of a table, to tell later what a network was trained on."""

from __future__ import annotations

import hashlib

import polars as pl

from chainrule.tables.cells import NESTED_TYPES, tidy

__all__ = ["data_hash"]

_ROWS = 1 << 16


def data_hash(frame: pl.DataFrame) -> str:
    """Compute the SHA-256 of the content of a table: names, types and cells, in order.

    Parameters
    ----------
    frame : polars.DataFrame
        Any table.

    Returns
    -------
    str
        64 hexadecimal digits; equal tables give equal ones, whatever file they came from and
        however they lie in memory.

    Examples
    --------
    >>> data_hash(pl.DataFrame({"x": [1, 2]}))[:8] == data_hash(pl.DataFrame({"x": [1, 3]}))[:8]
    False
    """
    digest = hashlib.sha256()
    for name in frame.columns:
        values = tidy(frame.select(name)).to_series()
        digest.update(f"{len(name.encode())} {name} {values.dtype} {len(values)}\n".encode())
        for start in range(0, len(values), _ROWS):
            part = values[start : start + _ROWS]
            digest.update(part.is_null().cast(pl.UInt8).to_numpy().tobytes())
            digest.update(_content(part))
    return digest.hexdigest()


def _content(values: pl.Series) -> bytes:
    dtype = values.dtype
    if dtype == pl.Null:
        return b""
    if isinstance(dtype, NESTED_TYPES):
        return repr(values.to_list()).encode()
    if dtype == pl.String:
        texts = values.fill_null("")
        lengths = texts.str.len_bytes().cast(pl.UInt64).to_numpy().astype("<u8").tobytes()
        return lengths + "".join(texts.to_list()).encode()
    if dtype == pl.Float64:
        # Adding zero turns -0.0, equal to 0.0 but different in its bits, into 0.0.
        return (values.fill_null(0.0).to_numpy() + 0.0).astype("<f8").tobytes()
    return values.to_physical().cast(pl.Int64).fill_null(0).to_numpy().astype("<i8").tobytes()
