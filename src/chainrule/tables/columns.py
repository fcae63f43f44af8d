"""What kind of thing each column of a table holds, and what is done with it, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from chainrule.errors import InputError
from chainrule.tables.cells import (
    MISSING_MARKERS,
    MOST_LEVELS,
    NESTED_TYPES,
    dates,
    numbers,
    parse_numbers,
    rare_below,
    says_yes_or_no,
    strongly_skewed,
    tidy,
    yes_or_no,
)
from chainrule.tables.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "Column", "describe_columns"]

#: Every kind of column; the last three are dropped.
KINDS = ("number", "category", "yes/no", "date", "text", "identifier", "constant")
_DROPPED = ("text", "identifier", "constant")

# A column of texts of which this share are numbers is a column of numbers with mistakes in it.
_ALMOST_ALL = 0.95
# From this share of different values on, what is left of a text column after grouping is nothing.
_MOSTLY_DISTINCT = 0.5
_FEW = 20
_LONG_TEXT = 30
_ID_NAME = re.compile(
    r"(^|[_\s.-])(id|uuid|guid|key|index|rownum|row)$|[a-z]I[Dd]$|^unnamed", re.ASCII
)


@dataclass(frozen=True)
class Column:
    """One input column of a table.

    Attributes
    ----------
    name : str
        As in the table.
    kind : str
        One of ``KINDS``.
    dtype : str
        The type of its cells, as Polars calls it.
    missing : int
        Cells without a value.
    distinct : int
        Different values, missing not counted.
    note : str
        What is done with the column, in words.
    parts : tuple of str
        What a date is taken apart into; empty for other kinds.

    Examples
    --------
    >>> Column("age", "number", "Int64", 0, 40, "standardized").used
    True
    """

    name: str
    kind: str
    dtype: str
    missing: int
    distinct: int
    note: str
    parts: tuple[str, ...] = ()

    @property
    def used(self) -> bool:
        """Whether the network gets to see the column."""
        return self.kind not in _DROPPED


def describe_columns(
    frame: pl.DataFrame, *, target: str | None = None, kinds: Mapping[str, str] | None = None
) -> tuple[Column, ...]:
    """Find the kind of every input column.

    A number: integers and decimals, however few differ. Yes/no: 0/1, yes/no, y/n, true/false. A
    date: dates, or texts all of which are ISO 8601. Constant: one value, or none. Identifier: texts
    more than half of which differ; integers that all differ and are called like an id or count
    the rows. Text: the same with long texts. Category: every other text, codes such as "01234"
    included.

    Parameters
    ----------
    frame : polars.DataFrame
        The table.
    target : str, optional
        The column to predict, left out.
    kinds : mapping of str to str, optional
        The kind to give a column instead of the one found, by name; ``{"zip": "category"}``.
        Naming one of the kinds that are dropped drops the column.

    Returns
    -------
    tuple of Column
        In the order of the table, the dropped ones among them.

    Raises
    ------
    InputError
        An unknown column or kind; a text in a column of numbers, or an infinite number, with
        column and row; no column that can be used.

    Examples
    --------
    >>> table = pl.DataFrame({"age": [31, 40, 31], "paid": ["yes", "no", "yes"], "at": ["A"] * 3})
    >>> [(column.name, column.kind) for column in describe_columns(table)]
    [('age', 'number'), ('paid', 'yes/no'), ('at', 'constant')]
    """
    kinds = dict(kinds or {})
    names = [name for name in frame.columns if name != target]
    for name, kind in kinds.items():
        if name not in frame.columns:
            raise InputError(f"there is no column {name!r}{did_you_mean(name, names)}")
        if kind not in KINDS:
            raise InputError(f"column {name!r}: unknown kind {kind!r}{did_you_mean(kind, KINDS)}")
    columns = []
    for name in names:
        # One column at a time, so that a large table is not copied.
        values = tidy(frame.select(name)).to_series()
        columns.append(_describe(values, kinds.get(name)))
    columns = _keep_something(columns, frame, kinds)
    if not any(column.used for column in columns):
        why = "; ".join(f"{c.name!r} ({c.kind}) {c.note}" for c in columns[:5])
        raise InputError(f"no column can be used as an input{': ' + why if why else ''}")
    return tuple(columns)


def _keep_something(
    columns: list[Column], frame: pl.DataFrame, kinds: Mapping[str, str]
) -> list[Column]:
    """In a table of x and y, x = 0, 1, 2, … is no identifier but the only input there is."""
    if any(column.used for column in columns):
        return columns
    return [
        _noted(replace(column, kind="number"), tidy(frame.select(column.name)).to_series())
        if column.kind == "identifier"
        and column.name not in kinds
        and frame[column.name].dtype.is_integer()
        and not _ID_NAME.search(column.name)
        else column
        for column in columns
    ]


def _describe(values: pl.Series, wanted: str | None) -> Column:
    nested = isinstance(values.dtype, NESTED_TYPES)
    distinct = 0 if nested else values.drop_nulls().n_unique()
    column = Column(
        name=values.name,
        kind="text" if nested else wanted or _kind(values, distinct),
        dtype=str(values.dtype),
        missing=values.null_count(),
        distinct=distinct,
        note="",
    )
    if nested and wanted not in (None, *_DROPPED):
        raise InputError(f"column {values.name!r} holds {values.dtype} and cannot be a {wanted}")
    if wanted in _DROPPED:
        return replace(column, kind=wanted, note="dropped: as asked")
    return _noted(column, values)


def _kind(values: pl.Series, distinct: int) -> str:
    """Kinds that depend on few values first, those of texts last."""
    missing = values.null_count()
    if distinct == 0 or (distinct == 1 and not missing):
        return "constant"
    if distinct == 2 and says_yes_or_no(values.drop_nulls().unique()):
        return "yes/no"
    if values.dtype.is_temporal():
        return "date"
    if values.dtype.is_numeric():
        return "identifier" if _counts_rows(values, distinct) else "number"
    if values.dtype == pl.Boolean:
        return "yes/no"
    return _kind_of_texts(values, distinct)


def _counts_rows(values: pl.Series, distinct: int) -> bool:
    """Whole numbers that all differ and are called an id or run from 0 or 1 without a gap."""
    rows = len(values)
    if distinct < rows or rows < 3 or not (values == values.round()).all():
        return False
    low, high = values.to_numpy().min(), values.to_numpy().max()
    return bool(_ID_NAME.search(values.name) or (low in (0, 1) and high == low + rows - 1))


def _kind_of_texts(values: pl.Series, distinct: int) -> str:
    present = values.set(values.is_in(MISSING_MARKERS), None).drop_nulls()
    if len(present) and dates(present).count() == len(present):
        return "date"
    readable = parse_numbers(present).count()
    if 0 < readable == len(present):
        return "number"
    if 0 < _ALMOST_ALL * len(present) <= readable:
        _complain(values, readable)
    if distinct > max(_FEW, _MOSTLY_DISTINCT * len(present)) or distinct == len(values):
        length = float(present.str.len_chars().mean() or 0)  # type: ignore[arg-type]
        return "text" if length > _LONG_TEXT else "identifier"
    return "category"


def _complain(values: pl.Series, readable: int) -> None:
    text = values.set(values.is_in(MISSING_MARKERS), None)
    row = int((text.is_not_null() & parse_numbers(text).is_null()).arg_max() or 0)
    name = values.name
    raise InputError(
        f"column {name!r} holds {readable} numbers but the text {text[row]!r} in row {row + 1} "
        f"(rows count from 1 after the header): mend the cell, or treat the column as categories "
        f"with --kind '{name}=category' (kinds={{{name!r}: 'category'}} in Python)"
    )


def _noted(column: Column, values: pl.Series) -> Column:
    """Check that the column can be read as its kind and say, shortly, what is done with it."""
    filled = "; filled, marked" if column.missing else ""
    match column.kind:
        case "number":
            logarithm = "log, " if strongly_skewed(numbers(values)) else ""
            return replace(column, note=f"{logarithm}standardized{filled}")
        case "yes/no":
            _check_yes_no(values)
            return replace(column, note=f"0 and 1{filled}")
        case "date":
            parts = _date_parts(values)
            shown = ", ".join(dict.fromkeys(part.split()[0] for part in parts))
            return replace(column, parts=parts, note=f"{shown}{filled}")
        case "category":
            return replace(column, note=_one_hot_note(column, values))
    return replace(column, note=_why_dropped(column, values))


def _one_hot_note(column: Column, values: pl.Series) -> str:
    # How many columns that makes, and which values are rare, the training rows alone decide.
    rows = values.alias("value").value_counts()["count"]
    rare = len(rows) > MOST_LEVELS or bool((rows < rare_below(len(values))).any())
    more = ["rare"] * rare + ["missing"] * bool(column.missing)
    return f"one-hot, with {' and '.join(more)}" if more else "one-hot"


def _why_dropped(column: Column, values: pl.Series) -> str:
    if isinstance(values.dtype, NESTED_TYPES):
        return f"dropped: holds {column.dtype}"
    if column.kind == "constant":
        return "dropped: " + (f"always {values[0]!r}" if column.distinct else "all missing")
    return f"dropped: {'' if column.distinct == len(values) else 'nearly '}all differ"


def _check_yes_no(values: pl.Series) -> None:
    flags = yes_or_no(values)
    wrong = flags.is_null() & values.is_not_null()
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        raise InputError(
            f"column {values.name!r} cannot be read as yes/no: it holds {values[row]!r} in row "
            f"{row + 1}; true/false, yes/no, y/n and 1/0 can be read"
        )


def _date_parts(values: pl.Series) -> tuple[str, ...]:
    """Days since the earliest, and what varies of year, month, day, weekday and hour."""
    when = dates(values)
    wrong = when.is_null() & values.is_not_null()
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        raise InputError(
            f"column {values.name!r} cannot be read as dates: it holds {values[row]!r} in row "
            f"{row + 1}; write dates as 2024-05-31 or 2024-05-31 13:45"
        )
    moments = when.drop_nulls().dt
    varying = {
        "year": moments.year(),
        "month": moments.month(),
        "day": moments.day(),
        "weekday": moments.weekday(),
        "hour": moments.time(),
    }
    parts = ["days"]
    for part, found in varying.items():
        if found.n_unique() > 1:
            parts += [part] if part == "year" else [f"{part} sin", f"{part} cos"]
    return tuple(parts)
