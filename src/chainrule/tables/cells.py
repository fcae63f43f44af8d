"""What a cell means: missing, a number, a date, yes or no; the same wherever it is read."""

from __future__ import annotations

import polars as pl

from chainrule.errors import InputError

__all__ = [
    "MISSING_MARKERS",
    "MOST_LEVELS",
    "NESTED_TYPES",
    "dates",
    "numbers",
    "parse_numbers",
    "rare_below",
    "says_yes_or_no",
    "strongly_skewed",
    "tidy",
    "yes_or_no",
]

#: Texts that stand for "no value here" in a column of numbers.
MISSING_MARKERS = (
    *("", "NA", "N/A", "n/a", "#N/A", "<NA>", "?"),
    *("nan", "NaN", "NAN", "null", "NULL", "None"),
)
#: In a column of texts "None" is left alone: it is often a level of its own ("no veneer").
_TEXT_MARKERS = tuple(marker for marker in MISSING_MARKERS if marker != "None")
_YES = ("yes", "y", "true")
_NO = ("no", "n", "false")
_YES_NO_PAIRS = ({"yes", "no"}, {"y", "n"}, {"true", "false"})
#: Values of a category that get a column of their own, at most; the rarest share one.
MOST_LEVELS = 100
_RARE_ROWS = 10
_SKEWED = 2.0
_LARGEST = 1e30
#: Column types that no network input can be made of.
NESTED_TYPES = (pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object)
# A leading zero ("01234") or more digits than an integer holds marks a code, not a quantity.
_CODE = r"^[+-]?(0[0-9]|[0-9]{19,}$)"
_DATE = (
    r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?[ ]?(Z|[+-]\d{2}:?\d{2})?)?$"  # ISO 8601
)


def tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Bring a table into few column types, with one sign for a missing cell.

    Integers become Int64 (Float64 if their type is wider), all other numbers, durations and times
    of day (in seconds) Float64, categorical and text columns String without surrounding
    spaces, dates and times lose their zone and keep the hour on the wall. NaN and missing markers
    become null.

    Parameters
    ----------
    frame : polars.DataFrame
        Any table.

    Returns
    -------
    polars.DataFrame
        The same columns and rows.

    Examples
    --------
    >>> tidy(pl.DataFrame({"x": [1.5, float("nan")], "c": [" a", "NA"]})).rows()
    [(1.5, 'a'), (None, None)]
    """
    return frame.with_columns(_tidy_column(frame[name]) for name in frame.columns)


def _tidy_column(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if dtype in (pl.Categorical, pl.Enum, pl.String):
        text = column.cast(pl.String).str.strip_chars()
        return text.set(text.is_in(_TEXT_MARKERS), None)
    if dtype.is_integer():
        # The type must not depend on the values: chunks of one table have to agree.
        wide = dtype in (pl.UInt64, pl.Int128, pl.UInt128)
        return column.cast(pl.Float64 if wide else pl.Int64)
    if dtype.is_float() or dtype.is_decimal():
        return column.cast(pl.Float64).fill_nan(None)
    if isinstance(dtype, pl.Datetime):
        return column.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if dtype == pl.Time:
        return column.cast(pl.Int64) / 1e9
    if isinstance(dtype, pl.Duration):
        return column.cast(pl.Duration("us")).cast(pl.Int64) / 1e6
    return column


def parse_numbers(text: pl.Series) -> pl.Series:
    """Read texts as numbers; whatever is not a number, or is a code like "01234", is null.

    Parameters
    ----------
    text : polars.Series of String
        Cells without surrounding spaces.

    Returns
    -------
    polars.Series of Float64
        NaN never occurs; infinity does, if the text says so.

    Examples
    --------
    >>> parse_numbers(pl.Series(["1e3", "-.5", "007", "?", "abc"])).to_list()
    [1000.0, -0.5, None, None, None]
    """
    value = text.cast(pl.Float64, strict=False).fill_nan(None)
    return value.set(text.str.contains(_CODE).fill_null(value=False), None)


def numbers(column: pl.Series) -> pl.Series:
    """Read a column as Float64, missing cells null.

    Parameters
    ----------
    column : polars.Series
        A column of a tidy table.

    Returns
    -------
    polars.Series of Float64
        As long as the column, every value finite.

    Raises
    ------
    InputError
        A text that is no number, or an infinite or too large number; with its column and row.

    Examples
    --------
    >>> numbers(pl.Series("x", ["1", None, "2.5"])).to_list()
    [1.0, None, 2.5]
    """
    if isinstance(column.dtype, (pl.Date, pl.Datetime)) or column.dtype in NESTED_TYPES:
        raise InputError(f"column '{column.name}' holds {column.dtype}, not numbers")
    value = column
    if column.dtype == pl.String:
        text = column.set(column.is_in(MISSING_MARKERS), None)
        # Codes count here: "007" is a fine number for someone who asked for numbers.
        value = text.cast(pl.Float64, strict=False).fill_nan(None)
        if value.null_count() > text.null_count():
            row = int((value.is_null() & text.is_not_null()).arg_max() or 0)
            raise InputError(
                f"column '{column.name}' holds the text {text[row]!r} in row {row + 1} where a "
                f"number is expected (rows count from 1 after the header)"
            )
    value = value.cast(pl.Float64)
    # So large a number is as useless to a network in single precision as infinity.
    wild = (value.abs() > _LARGEST).fill_null(value=False)
    if wild.any():
        row = int(wild.arg_max() or 0)
        raise InputError(
            f"column '{column.name}' holds {value[row]} in row {row + 1} (rows count from 1 after "
            f"the header): replace it by a finite number or leave the cell empty"
        )
    return value


def dates(column: pl.Series) -> pl.Series:
    """Read a column as dates with time; a cell that is no date is null.

    Parameters
    ----------
    column : polars.Series
        Date, Datetime, or String as ISO 8601 ("2024-05-01", "2024-05-01 13:45",
        "2024-05-01T13:45:10Z"); the time is taken as written, whatever its zone.

    Returns
    -------
    polars.Series of Datetime
        In microseconds, without zone.

    Examples
    --------
    >>> dates(pl.Series(["2024-05-01", "2024-05-01T13:45Z", "May"])).dt.hour().to_list()
    [0, 13, None]
    """
    if column.dtype != pl.String:
        if not isinstance(column.dtype, (pl.Date, pl.Datetime)):
            return pl.Series(column.name, [None] * len(column), dtype=pl.Datetime("us"))
        return column.cast(pl.Datetime("us"))
    text = column.set(~column.str.contains(_DATE).fill_null(value=False), None)
    clock = text.str.extract(r"[T ](\d{2}:\d{2})").fill_null("00:00")
    second = text.str.extract(r"[T ]\d{2}:\d{2}:(\d{2})").fill_null("00")
    full = text.str.slice(0, 10) + " " + clock + ":" + second
    return full.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")


def yes_or_no(column: pl.Series) -> pl.Series:
    """Read a column as 1 for yes, 0 for no; a cell that says neither is null.

    Parameters
    ----------
    column : polars.Series
        Boolean, a number, or String: yes/no, y/n, true/false, 1/0 in any letter case.

    Returns
    -------
    polars.Series of Float64
        Numbers other than 0 and 1 are null, too.

    Examples
    --------
    >>> yes_or_no(pl.Series(["Yes", "n", "TRUE", "0", "perhaps"])).to_list()
    [1.0, 0.0, 1.0, 0.0, None]
    """
    if column.dtype == pl.String:
        text = column.str.to_lowercase()
        value = text.cast(pl.Float64, strict=False)
        value = value.set(text.is_in(_YES), 1.0).set(text.is_in(_NO), 0.0)
    elif column.dtype == pl.Boolean or column.dtype.is_numeric():
        value = column.cast(pl.Float64)
    else:
        value = pl.Series(column.name, [None] * len(column), dtype=pl.Float64)
    return value.set(~value.is_in([0.0, 1.0]).fill_null(value=False), None)


def says_yes_or_no(values: pl.Series) -> bool:
    """Tell whether two distinct values are a pair like yes and no.

    Parameters
    ----------
    values : polars.Series
        The distinct values of a column, without missing.

    Returns
    -------
    bool
        True for yes/no, y/n, true/false, 1/0 and booleans, if both occur.

    Examples
    --------
    >>> says_yes_or_no(pl.Series(["Y", "N"])), says_yes_or_no(pl.Series(["yes", "false"]))
    (True, False)
    """
    if values.dtype == pl.Boolean:
        return len(values) == 2
    if values.dtype.is_numeric():
        return sorted(values.to_list()) == [0, 1]
    if values.dtype != pl.String:
        return False
    return set(values.str.to_lowercase()) in (*_YES_NO_PAIRS, {"0", "1"})


def strongly_skewed(column: pl.Series) -> bool:
    """Tell whether log(1 + x) suits a column: nothing negative, skewness above 2, less after.

    Parameters
    ----------
    column : polars.Series of Float64
        Numbers, perhaps with nulls.

    Returns
    -------
    bool

    Examples
    --------
    >>> strongly_skewed(pl.Series([1.0] * 90 + [1e2] * 9 + [1e4]))
    True
    """
    lowest, skewness = column.min(), column.skew()
    if not isinstance(lowest, float) or lowest < 0 or skewness is None or not skewness > _SKEWED:
        return False
    tamed = column.log1p().skew()
    return tamed is not None and abs(tamed) < skewness


def rare_below(rows: int) -> int:
    """Say how many rows a value of a category needs, so as not to be grouped with rare ones.

    Parameters
    ----------
    rows : int
        Rows of the table.

    Returns
    -------
    int
        One in a hundred, at least 2 and at most 10.

    Examples
    --------
    >>> rare_below(50), rare_below(500), rare_below(50_000)
    (2, 5, 10)
    """
    return max(2, min(_RARE_ROWS, rows // 100))
