"""From a table to the matrix a network reads: one scikit-learn Pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from chainrule.errors import InputError
from chainrule.tables.frame_reader import FrameReader, date_names
from chainrule.tables.names import did_you_mean, listed
from chainrule.tables.transformers import (
    PLANE_FEATURES,
    CategoryColumns,
    NetworkInput,
    NumberColumns,
    PlaneFeatures,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from chainrule.tables.columns import Column

__all__ = ["FEATURES_OF_ONE", "extra_columns", "make_encoder"]

#: Features of a plane that are made of its first column alone.
FEATURES_OF_ONE = ("x1", "x1_squared", "sin_x1")


def make_encoder(
    columns: Iterable[Column],
    *,
    axes: tuple[str, ...] | None = None,
    features: Iterable[str] = PLANE_FEATURES[:2],
) -> Pipeline:
    """Make the Pipeline from a table to the matrix a network reads.

    Numbers: log(1 + x) where strongly skewed, standardized, missing cells filled with the median.
    Yes/no: 0 and 1, missing cells filled with the more frequent. Both have a further column of 0
    and 1 for each column with missing cells. Dates: their parts as numbers. Categories: one-hot,
    rare values together, missing as a value of its own.

    Parameters
    ----------
    columns : iterable of Column
        What :func:`describe_columns` found; dropped ones are left out.
    axes : (str, str) or (str,), optional
        Two columns of numbers, x1 and x2, of which there are further features; or x1 alone.
    features : iterable of str
        Of ``PLANE_FEATURES``: the two as they are (standardized), x1_squared, x2_squared, product,
        sin_x1 and sin_x2 (of π times the standardized number). x1 or x2 that is not among them is
        no input itself.

    Returns
    -------
    Pipeline
        ``fit`` and ``transform`` take a polars.DataFrame with at least the columns used, in any
        order; ``transform`` gives a float32 ndarray of shape (n_rows, n_features), C-contiguous,
        finite. ``get_feature_names_out()`` gives names such as "age", "age is missing",
        "sex=female", "sold: month sin".

    Raises
    ------
    InputError
        No column that is used; axes that are no numbers, or no such feature. From ``fit`` and
        ``transform``: a missing column, or a cell that cannot be read as its column's kind.

    Examples
    --------
    >>> import polars as pl
    >>> from chainrule.tables import describe_columns
    >>> table = pl.DataFrame({"age": [31, None, 47, 31], "sex": ["f", "m", "f", "m"]})
    >>> encoder = make_encoder(describe_columns(table)).fit(table)
    >>> encoder.get_feature_names_out().tolist()
    ['age', 'age is missing', 'sex=f', 'sex=m']
    >>> encoder.transform(table).shape
    (4, 4)
    >>> table = pl.DataFrame({"x1": [1.0, 2.0, 4.0], "x2": [0.5, 0.0, 0.2]})
    >>> columns = describe_columns(table)
    >>> encoder = make_encoder(columns, axes=("x1", "x2"), features=["x1", "product"])
    >>> encoder.fit(table).get_feature_names_out().tolist()
    ['x1', 'x₁x₂']
    """
    used = [column for column in columns if column.used]
    if not used:
        raise InputError("no column can be used as an input")
    reader = FrameReader(
        {column.name: column.kind for column in used},
        {column.name: list(column.parts) for column in used if column.kind == "date"},
    )
    names = reader.get_feature_names_out().tolist()
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(f"column {name!r} is called like a part of a date: rename it")
    by_kind = {
        kind: [column.name for column in used if column.kind == kind]
        for kind in ("number", "yes/no", "category")
    }
    # Only days can be missing: a missing date's phases are zero.
    days = [n for name, parts in reader.parts.items() for n in date_names(name, parts[:1])]
    years = [f"{name}: year" for name, parts in reader.parts.items() if "year" in parts]
    phases = [
        n
        for name, parts in reader.parts.items()
        for n in date_names(name, (p for p in parts if p not in ("days", "year")))
    ]
    branches = [
        ("numbers", _number_steps(), by_kind["number"] + days),
        ("years", _number_steps(marked=False), years),
        ("phases", NumberColumns(adjust=False), phases),
        ("flags", _flag_steps(), by_kind["yes/no"]),
        ("categories", CategoryColumns(), by_kind["category"]),
    ]
    transformer = ColumnTransformer(
        [branch for branch in branches if branch[2]], verbose_feature_names_out=True
    )
    steps = [("reader", reader), ("columns", transformer), ("matrix", NetworkInput())]
    chosen = _chosen(features, alone=axes is not None and len(axes) == 1)
    if axes is not None and chosen != list(PLANE_FEATURES[: len(axes)]):
        # The numbers come first, in the order of the table.
        first, *others = (_place(axis, by_kind["number"]) for axis in axes)
        steps.insert(2, ("features", PlaneFeatures(first, others[0] if others else None, chosen)))
    return Pipeline(steps)


def _chosen(features: Iterable[str], *, alone: bool) -> list[str]:
    """Return the features in their order, of x1 alone only those that are made of it."""
    asked = list(features)
    for name in asked:
        if name not in PLANE_FEATURES:
            raise InputError(f"there is no feature {name!r}{did_you_mean(name, PLANE_FEATURES)}")
    able = FEATURES_OF_ONE if alone else PLANE_FEATURES
    if alone and not set(able) & set(asked):
        raise InputError(f"of one column there are the features {listed(able)}: choose one of them")
    return [name for name in able if name in asked]


def _place(axis: str, numbers: list[str]) -> int:
    if axis not in numbers:
        raise InputError(
            f"features are made of two columns of numbers, and {axis!r} is none: choose another "
            "column, or x1 and x2 alone"
        )
    return numbers.index(axis)


def _number_steps(*, marked: bool = True) -> Pipeline:
    # Scaling first leaves the marks of missing cells 0 and 1.
    fill = SimpleImputer(strategy="median", add_indicator=marked, keep_empty_features=True)
    return Pipeline([("numbers", NumberColumns()), ("scale", StandardScaler()), ("fill", fill)])


def _flag_steps() -> Pipeline:
    fill = SimpleImputer(strategy="most_frequent", add_indicator=True, keep_empty_features=True)
    return Pipeline([("numbers", NumberColumns(adjust=False)), ("fill", fill)])


def extra_columns(encoder: Pipeline, frame: pl.DataFrame) -> list[str]:
    """List the columns of a table that an encoder was not made for and will not look at.

    Parameters
    ----------
    encoder : Pipeline
        From :func:`make_encoder`.
    frame : polars.DataFrame
        Any table.

    Returns
    -------
    list of str
        In the order of the table; the target is among them, if it is there.

    Examples
    --------
    >>> import polars as pl
    >>> from chainrule.tables import describe_columns
    >>> encoder = make_encoder(describe_columns(pl.DataFrame({"a": [1, 2, 5]})))
    >>> extra_columns(encoder, pl.DataFrame({"a": [1], "b": [2]}))
    ['b']
    """
    known = encoder.named_steps["reader"].kinds
    return [name for name in frame.columns if name not in known]
