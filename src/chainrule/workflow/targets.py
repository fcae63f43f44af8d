"""The true values of new rows, in the terms of a trained model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.tables.cells import numbers, tidy
from chainrule.tables.names import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

__all__ = ["true_values"]


def true_values(frame: pl.DataFrame, target: str, *, classes: Sequence[Any] | None) -> NDArray[Any]:
    """Read the target column of rows that a model is tested on.

    Parameters
    ----------
    frame : polars.DataFrame
        n rows.
    target : str
        The column.
    classes : sequence or None
        The classes the model knows; None where it predicts numbers.

    Returns
    -------
    array of shape (n,)
        The place of each row's class in ``classes``, or the numbers.

    Raises
    ------
    InputError
        No such column, no rows, a missing cell, a class the model does not know, or a text where a
        number is expected.

    Examples
    --------
    >>> import polars as pl
    >>> true_values(pl.DataFrame({"y": ["b", "a"]}), "y", classes=["a", "b"])
    array([1, 0])
    """
    if target not in frame.columns:
        raise InputError(
            f"the data have no column {target!r}, which holds the true values to compare with"
            f"{did_you_mean(target, frame.columns)}"
        )
    if frame.is_empty():
        raise InputError("the data have no rows")
    values = tidy(frame.select(target)).to_series()
    if count := values.null_count():
        row = int(values.is_null().arg_max() or 0) + 1
        raise InputError(
            f"target {target!r} is missing in {count} row{'s' * (count > 1)}, first in row {row} "
            f"(rows count from 1 after the header): without it there is nothing to compare with"
        )
    if classes is None:
        found: NDArray[Any] = numbers(values).to_numpy()
        return found
    return _codes(values, classes)


def _codes(values: pl.Series, classes: Sequence[Any]) -> NDArray[np.int64]:
    places = {_key(name): place for place, name in enumerate(classes)}
    different = values.unique(maintain_order=True).to_list()
    unseen = [value for value in different if _key(value) not in places]
    if unseen:
        shown = listed((repr(value) for value in unseen), limit=3)
        raise InputError(
            f"target {values.name!r} holds {shown}, which the training rows did not have: the "
            f"classes are {listed(map(repr, classes))}"
        )
    code = {value: places[_key(value)] for value in different}
    return np.array([code[value] for value in values.to_list()], dtype=np.int64)


def _key(value: object) -> str:
    """Return the same for 1, 1.0 and "1", and for True and "true"."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    return text.lower() if text in ("True", "False", "TRUE", "FALSE") else text
