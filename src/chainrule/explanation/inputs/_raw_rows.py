"""Rows as a person gives them, an array or a table of pandas or polars, all asked in one way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import issparse

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array
from chainrule.tables.examples import Table

__all__ = ["RawRows", "raw_rows"]

# Rows stored sparse are made dense: no more numbers than these at once.
_MOST_NUMBERS = 20_000_000

Places = NDArray[np.int64]


class RawRows(ABC):
    """Rows of raw columns; every change gives new rows and leaves these as they are.

    Parameters
    ----------
    table : array, pandas.DataFrame or polars.DataFrame of shape (n, columns)
        What the model takes.

    Attributes
    ----------
    names : tuple of str
        What the columns are called; those of an array "X[:, 0]" and so on.
    """

    def __init__(self, table: Any) -> None:
        self.table = table
        self.names = self._names()

    def __len__(self) -> int:
        """How many rows there are."""
        return int(self.table.shape[0])

    @abstractmethod
    def _names(self) -> tuple[str, ...]: ...

    @abstractmethod
    def select(self, names: Sequence[str]) -> Self:
        """Return the columns of these names that there are, in this order."""

    @abstractmethod
    def pick(self, rows: Places) -> Self:
        """Return the rows of these numbers, which may repeat."""

    @abstractmethod
    def reorder(self, place: int, rows: Places) -> Self:
        """Return all rows, one column with its cells taken from the rows of these numbers."""

    @abstractmethod
    def replace(self, place: int, cells: Sequence[Any]) -> Self:
        """Return all rows, one column with these cells; None is a missing one."""

    @abstractmethod
    def cells(self, place: int) -> list[Any]:
        """Return one column's cells as plain Python values, None where one is missing."""

    @abstractmethod
    def numbers(self, place: int) -> Array | None:
        """Return one column as float64, NaN where missing; None if it does not hold numbers."""


class _ArrayRows(RawRows):
    def _names(self) -> tuple[str, ...]:
        return tuple(f"X[:, {i}]" for i in range(self.table.shape[1]))

    def select(self, names: Sequence[str]) -> Self:
        del names  # an array is what its columns' places say
        return self

    def pick(self, rows: Places) -> Self:
        return type(self)(self.table[rows])

    def reorder(self, place: int, rows: Places) -> Self:
        changed = self.table.copy()
        changed[:, place] = self.table[rows, place]
        return type(self)(changed)

    def replace(self, place: int, cells: Sequence[Any]) -> Self:
        changed = self.table.copy()
        missing = None if self.table.dtype == object else np.nan
        changed[:, place] = [missing if cell is None else cell for cell in cells]
        return type(self)(changed)

    def cells(self, place: int) -> list[Any]:
        cells = self.table[:, place].tolist()
        cells = [cell.item() if isinstance(cell, np.generic) else cell for cell in cells]
        return [None if _is_nan(cell) else cell for cell in cells]

    def numbers(self, place: int) -> Array | None:
        column = self.table[:, place]
        if column.dtype == object:
            cells = [np.nan if cell is None else cell for cell in self.cells(place)]
            plain = all(isinstance(c, int | float) and not isinstance(c, bool) for c in cells)
            return np.array(cells, np.float64) if plain else None
        return np.asarray(column, np.float64) if column.dtype.kind in "iuf" else None


class _PolarsRows(RawRows):
    def _names(self) -> tuple[str, ...]:
        return tuple(self.table.columns)

    def select(self, names: Sequence[str]) -> Self:
        return type(self)(self.table.select([n for n in names if n in self.names]))

    def pick(self, rows: Places) -> Self:
        return type(self)(self.table[rows])

    def reorder(self, place: int, rows: Places) -> Self:
        return type(self)(self.table.with_columns(self.table.to_series(place).gather(rows)))

    def replace(self, place: int, cells: Sequence[Any]) -> Self:
        old = self.table.to_series(place)
        column = pl.Series(old.name, list(cells), dtype=old.dtype, strict=False)
        return type(self)(self.table.with_columns(column))

    def cells(self, place: int) -> list[Any]:
        return [None if _is_nan(c) else c for c in self.table.to_series(place).to_list()]

    def numbers(self, place: int) -> Array | None:
        column = self.table.to_series(place)
        if not column.dtype.is_numeric():
            return None
        return np.asarray(column.cast(pl.Float64).fill_null(float("nan")).to_numpy())


class _PandasRows(RawRows):
    def _names(self) -> tuple[str, ...]:
        return tuple(str(name) for name in self.table.columns)

    def select(self, names: Sequence[str]) -> Self:
        places = [self.names.index(name) for name in names if name in self.names]
        return type(self)(self.table.iloc[:, places])

    def pick(self, rows: Places) -> Self:
        return type(self)(self.table.iloc[rows].reset_index(drop=True))

    def reorder(self, place: int, rows: Places) -> Self:
        return self._with(place, self.table.iloc[rows, place].set_axis(self.table.index))

    def replace(self, place: int, cells: Sequence[Any]) -> Self:
        old = self.table.iloc[:, place]
        return self._with(place, type(old)(list(cells), index=old.index, dtype=old.dtype))

    def _with(self, place: int, column: Any) -> Self:
        changed = self.table.copy()
        changed.isetitem(place, column)
        return type(self)(changed)

    def cells(self, place: int) -> list[Any]:
        column = self.table.iloc[:, place]
        pairs = zip(column.tolist(), column.isna(), strict=True)
        return [None if missing else cell for cell, missing in pairs]

    def numbers(self, place: int) -> Array | None:
        column = self.table.iloc[:, place]
        if getattr(column.dtype, "kind", "O") not in "iuf":
            return None
        return np.asarray(column.to_numpy(np.float64, na_value=np.nan))


def raw_rows(X: Any, name: str) -> RawRows:
    """Take rows in whatever a model takes them.

    Parameters
    ----------
    X : array, sparse matrix, list of lists, pandas.DataFrame, polars.DataFrame or Table
        The rows; an array of one dimension is one row.
    name : str
        What to call them in an error.

    Returns
    -------
    RawRows

    Raises
    ------
    InputError
        They are none of this, or there are no rows.

    Examples
    --------
    >>> rows = raw_rows(pl.DataFrame({"age": [31, None], "sex": ["f", "m"]}), "X")
    >>> rows.names, rows.cells(0), rows.numbers(1) is None
    (('age', 'sex'), [31, None], True)
    >>> rows.replace(0, [5, 6]).table.rows()
    [(5, 'f'), (6, 'm')]
    """
    if isinstance(X, Table):
        X = X.frame
    if isinstance(X, pl.DataFrame):
        rows: RawRows = _PolarsRows(X)
    elif hasattr(X, "iloc") and hasattr(X, "columns"):
        rows = _PandasRows(X)
    else:
        rows = _ArrayRows(_as_array(X, name))
    if len(rows) == 0:
        raise InputError(f"{name} has no rows; give at least one")
    return rows


def _as_array(X: Any, name: str) -> NDArray[Any]:
    if issparse(X):
        if X.shape[0] * X.shape[1] > _MOST_NUMBERS:
            raise InputError(f"{name} has {X.shape[0]} rows of {X.shape[1]} columns; give fewer")
        return np.asarray(X.toarray())
    try:
        array = np.asarray(X)
    except ValueError:
        array = np.empty(0)  # rows of different lengths
    if array.ndim == 1 and array.dtype.kind in "iuf" and array.size:
        array = array[None, :]
    if array.ndim != 2 or array.dtype.kind not in "biufOUS":
        raise InputError(
            f"{name} is {_described(X)}, not rows of columns; give an array of two dimensions or a "
            "table"
        )
    return array.astype(object) if array.dtype.kind in "US" else array


def _described(X: Any) -> str:
    shape = getattr(X, "shape", None)
    kind = type(X).__name__
    return (
        repr(X)
        if isinstance(X, str) or X is None
        else kind
        if shape is None
        else (f"a {kind} of shape {shape}")
    )


def _is_nan(cell: Any) -> bool:
    return isinstance(cell, float) and cell != cell
