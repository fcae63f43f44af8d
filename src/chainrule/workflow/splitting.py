"""Which rows are tested on and which are held out: by themselves, or group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.tables import split_rows
from chainrule.tables.cells import NESTED_TYPES, tidy
from chainrule.tables.names import did_you_mean

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from chainrule.tables import Target

__all__ = ["group_codes", "hold_out", "split_table"]

# Below this there are too few rows to spare any.
_FEW_ROWS = 20
# So many ways of dividing the groups are tried, and the most even one is taken.
_DRAWS = 100


def split_table(
    target: Target,
    *,
    groups: NDArray[np.int64] | None,
    test_fraction: float,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose the rows to train on and those to test on.

    Parameters
    ----------
    target : Target
        What is to be predicted in n rows.
    groups : array of shape (n,) or None
        The group of each row; those of one group stay together.
    test_fraction : float
        Share of the rows to test on; with groups as nearly as they allow.
    seed : int
        The same seed gives the same parts.

    Returns
    -------
    train, test : array of int
        Row numbers, ascending; together every row once.

    Raises
    ------
    InputError
        Too few rows, or groups that cannot be divided.

    Examples
    --------
    >>> import polars as pl
    >>> from chainrule.tables import prepare_target
    >>> frame = pl.DataFrame({"who": ["a"] * 3 + ["b"] * 3 + ["c"] * 2, "y": [0, 1, 0, 1] * 2})
    >>> target = prepare_target(frame, "y")
    >>> groups = group_codes(frame, "who")
    >>> _, test = split_table(target, groups=groups, test_fraction=0.3, seed=0)
    >>> test
    array([6, 7])
    """
    if groups is None:
        return split_rows(target, test_fraction=test_fraction, seed=seed)
    tested = _draw_groups(groups, _strata(target), fraction=test_fraction, seed=seed)
    if tested is None:
        raise InputError(
            f"the groups cannot be divided: each of them holds all rows of a class of "
            f"{target.name!r}, which would be missing in training; give a --test table"
        )
    return np.flatnonzero(~tested), np.flatnonzero(tested)


def group_codes(frame: pl.DataFrame, name: str) -> NDArray[np.int64]:
    """Give each group of a column a number.

    Parameters
    ----------
    frame : polars.DataFrame
        n rows.
    name : str
        The column that names the groups.

    Returns
    -------
    array of shape (n,)
        From 0, in the order in which the groups appear.

    Raises
    ------
    InputError
        No such column, cells that are no names or are missing, or a single group.
    """
    if name not in frame.columns:
        raise InputError(
            f"there is no column {name!r} to group by{did_you_mean(name, frame.columns)}"
        )
    values = tidy(frame.select(name)).to_series()
    if isinstance(values.dtype, NESTED_TYPES):
        raise InputError(f"column {name!r} holds {values.dtype}, which cannot name groups")
    if values.null_count():
        row = int(values.is_null().arg_max() or 0) + 1
        raise InputError(
            f"column {name!r} does not name the group of row {row} (rows count from 1 after the "
            "header): fill it in"
        )
    numbers: dict[Any, int] = {}
    codes = np.array([numbers.setdefault(value, len(numbers)) for value in values.to_list()])
    if len(numbers) < 2:
        raise InputError(f"column {name!r} holds one group only: there is nothing to keep apart")
    return codes


def _strata(target: Target) -> NDArray[np.int64]:
    if target.classes is None:
        return np.zeros(len(target.values), dtype=np.int64)
    strata: NDArray[np.int64] = np.searchsorted(target.classes, target.values)
    return strata


def _draw_groups(
    groups: NDArray[np.int64], strata: NDArray[np.int64], *, fraction: float, seed: int
) -> NDArray[np.bool_] | None:
    """Mark about so large a part of the rows, whole groups of them; None if no class may be lost.

    Of many draws the one is taken whose part of all rows, and of each class, is nearest.
    """
    table = np.zeros((groups.max() + 1, strata.max() + 1))
    np.add.at(table, (groups, strata), 1)
    totals = table.sum(axis=0)
    # A group that is alone in having a class can only be learned from.
    free = np.flatnonzero(~((table == totals) & (totals > 0)).any(axis=1))
    if len(free) == 0:
        return None
    random = np.random.default_rng(seed)
    best, chosen = np.inf, free[:0]
    for _ in range(_DRAWS):
        order = random.permutation(free)
        taken = table[order].cumsum(axis=0)
        keeps = (taken < totals)[:, totals > 0].all(axis=1)
        gaps = np.abs(taken.sum(axis=1) / totals.sum() - fraction)
        gaps += np.abs(taken[:, totals > 0] / totals[totals > 0] - fraction).mean(axis=1)
        place = int(np.argmin(np.where(keeps, gaps, np.inf)))
        if gaps[place] < best:
            best, chosen = gaps[place], order[: place + 1]
    marked: NDArray[np.bool_] = np.isin(groups, chosen)
    return marked


def hold_out(
    y: NDArray[Any],
    *,
    classes: int | None,
    groups: NDArray[np.int64] | None,
    fraction: float,
    seed: int,
) -> NDArray[np.bool_] | None:
    """Choose training rows to watch: of each class the same share, or whole groups.

    Parameters
    ----------
    y : array of shape (n,)
        Class numbers, or numbers.
    classes : int or None
        How many classes there are; None for numbers.
    groups : array of shape (n,) or None
        The group of each row.
    fraction : float
        Share of the rows to hold out.
    seed : int
        The same seed holds out the same rows.

    Returns
    -------
    array of shape (n,), or None
        True for held-out rows; None if there are too few rows or groups.
    """
    n = len(y)
    if n < _FEW_ROWS:
        return None
    if groups is not None:
        strata = np.zeros(n, dtype=np.int64) if classes is None else y
        held_out = _draw_groups(groups, strata, fraction=fraction, seed=seed)
        return held_out if held_out is not None and held_out.sum() >= 2 else None
    order = np.random.default_rng(seed).permutation(n)
    if classes is not None:
        order = order[np.argsort(y[order], kind="stable")]
    # Evenly spaced in the order of classes: each gets its share, and rare ones stay in training.
    count = max(2, round(n * fraction))
    places = np.round((np.arange(count) + 0.5) * n / count - 0.5).astype(int)
    held_out = np.zeros(n, dtype=bool)
    held_out[order[places]] = True
    if classes is not None:
        kept = np.bincount(y[~held_out], minlength=classes)
        held_out &= kept[y] > 0
    return held_out if 2 <= held_out.sum() < n else None
