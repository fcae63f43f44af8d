"""The first step of the encoder: every column cast to its kind, dates taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from chainrule.errors import InputError
from chainrule.tables.cells import dates, numbers, parse_numbers, tidy, yes_or_no
from chainrule.tables.names import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["FrameReader", "date_names"]

MISSING_LEVEL = "(missing)"
_PERIODS = {"month": 12.0, "day": 31.0, "weekday": 7.0, "hour": 24.0}


class FrameReader(TransformerMixin, BaseEstimator):
    """Cast every column of a table to its kind and take dates apart.

    Parameters
    ----------
    kinds : dict of str to str
        The kind of each column that is used: number, category, yes/no or date.
    parts : dict of str to list of str
        What each date is taken apart into.

    Attributes
    ----------
    earliest_ : dict of str to float
        The day, counted from 1970, that each date column's days count from.
    n_features_in_ : int
        Columns used.

    Examples
    --------
    >>> reader = FrameReader({"a": "number"}, {})
    >>> reader.fit_transform(pl.DataFrame({"a": ["1", "?"], "other": [0, 0]})).rows()
    [(1.0,), (None,)]
    """

    def __init__(self, kinds: dict[str, str], parts: dict[str, list[str]]) -> None:
        self.kinds = kinds
        self.parts = parts

    def fit(self, X: pl.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Learn the earliest day of each date column.

        Parameters
        ----------
        X : polars.DataFrame
            A table with at least the columns named in ``kinds``.
        y : ignored

        Returns
        -------
        self
        """
        self._check(X)
        self.n_features_in_ = len(self.kinds)
        self.earliest_ = {}
        for name in self.parts:
            first = _days(dates(tidy(X.select(name)).to_series())).min()
            self.earliest_[name] = float(first) if isinstance(first, float) else 0.0
        return self

    def transform(self, X: pl.DataFrame) -> pl.DataFrame:
        """Cast the columns.

        Parameters
        ----------
        X : polars.DataFrame
            A table with at least the columns named in ``kinds``, in any order and of any type that
            can be read as the kind.

        Returns
        -------
        polars.DataFrame
            Numbers, flags and parts of dates as Float64, categories as String.

        Raises
        ------
        InputError
            A missing column; a cell that cannot be read as its column's kind, with its row.
        """
        check_is_fitted(self)
        self._check(X)
        columns: list[pl.Series] = []
        for name, kind in self.kinds.items():
            values = tidy(X.select(name)).to_series()
            match kind:
                case "number":
                    columns.append(numbers(values))
                case "yes/no":
                    columns.append(yes_or_no(values))
                case "date":
                    columns += self._date(values)
                case _:
                    columns.append(_levels(values))
        # As a dictionary: in a list, Polars would rename a column called "".
        return pl.DataFrame({column.name: column for column in columns})

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """List the names of the columns of the result.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str
        """
        names: list[str] = []
        for name, kind in self.kinds.items():
            names += date_names(name, self.parts[name]) if kind == "date" else [name]
        return np.array(names, dtype=object)

    def _check(self, X: pl.DataFrame) -> None:
        if not isinstance(X, pl.DataFrame):
            raise InputError(f"a polars.DataFrame is expected, not {type(X).__name__}")
        lacking = [name for name in self.kinds if name not in X.columns]
        if len(lacking) == 1:
            near = did_you_mean(lacking[0], [n for n in X.columns if n not in self.kinds])
            raise InputError(f"the table lacks the column {lacking[0]!r}{near}")
        if lacking:
            named = listed(map(repr, lacking))
            raise InputError(f"the table lacks {len(lacking)} columns: {named}")

    def _date(self, values: pl.Series) -> list[pl.Series]:
        when = dates(values)
        wrong = when.is_null() & values.is_not_null()
        if wrong.any():
            row = int(wrong.arg_max() or 0)
            raise InputError(
                f"column '{values.name}' holds {values[row]!r} in row {row + 1} where a date is "
                f"expected, written like 2024-05-31 or 2024-05-31 13:45"
            )
        found = {
            "days": _days(when) - self.earliest_[values.name],
            "year": when.dt.year().cast(pl.Float64),
        }
        for part, period in _PERIODS.items():
            angle = _phase(when, part) * (2 * np.pi / period)
            # A missing date has no phase: the centre of the circle.
            found[f"{part} sin"] = angle.sin().fill_null(0.0)
            found[f"{part} cos"] = angle.cos().fill_null(0.0)
        return [found[part].alias(f"{values.name}: {part}") for part in self.parts[values.name]]


def date_names(name: str, parts: Iterable[str]) -> list[str]:
    """Name the columns a date is taken apart into.

    Parameters
    ----------
    name : str
        The date column.
    parts : iterable of str
        Its parts.

    Returns
    -------
    list of str

    Examples
    --------
    >>> date_names("sold", ["days", "month sin"])
    ['sold: days', 'sold: month sin']
    """
    return [f"{name}: {part}" for part in parts]


def _days(when: pl.Series) -> pl.Series:
    return when.cast(pl.Int64) / 86_400e6


def _phase(when: pl.Series, part: str) -> pl.Series:
    if part == "hour":
        minutes = when.dt.hour().cast(pl.Float64) * 60 + when.dt.minute()
        return minutes / 60
    found: pl.Series = getattr(when.dt, part)()
    return found.cast(pl.Float64) - 1


def _levels(values: pl.Series) -> pl.Series:
    """Categories as text, equal numbers written alike: 3, 3.0 and "3.00" are one level."""
    if values.dtype.is_temporal():
        values = values.dt.to_string("iso")
    elif values.dtype == pl.String:
        different = values.unique()
        number = parse_numbers(different)
        if number.count():
            plain = number.set(number.abs() > 2.0**53, None)
            values = values.replace_strict(
                different, _written(plain).fill_null(different), return_dtype=pl.String
            )
    else:
        values = _written(values.cast(pl.Float64)) if values.dtype.is_numeric() else values
    return values.cast(pl.String).fill_null(MISSING_LEVEL)


def _written(number: pl.Series) -> pl.Series:
    return number.cast(pl.String).str.strip_suffix(".0")
