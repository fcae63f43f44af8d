"""Split the rows of a table into a part to train on and a part to test on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.tables.targets import Target

__all__ = ["split_rows"]


def split_rows(
    target: Target, *, test_fraction: float = 0.2, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose rows at random; of every class the same share, and at least one row in both parts.

    Parameters
    ----------
    target : Target
        What is to be predicted.
    test_fraction : float
        Share of the rows to test on, above 0 and below 1.
    seed : int
        Not negative; the same seed gives the same parts.

    Returns
    -------
    train, test : ndarray of int64
        Row numbers from 0, ascending; together every row once.

    Raises
    ------
    InputError
        Fewer than two rows, a class with one row, a fraction or seed that cannot be.

    Examples
    --------
    >>> import polars as pl
    >>> from chainrule.tables import prepare_target
    >>> target = prepare_target(pl.DataFrame({"y": ["a"] * 5 + ["b"] * 5}), "y")
    >>> train, test = split_rows(target, test_fraction=0.4)
    >>> len(train), sorted(target.values[test].tolist())
    (6, ['a', 'a', 'b', 'b'])
    """
    if not 0 < test_fraction < 1:
        raise InputError(f"the test fraction must be above 0 and below 1, not {test_fraction}")
    if seed < 0:
        raise InputError(f"the seed must not be negative, but is {seed}")
    rows = len(target.values)
    if rows < 2:
        raise InputError(f"{rows} row{'s' * (rows != 1)} cannot be split into training and test")
    shuffled = np.random.default_rng(seed).permutation(rows)
    if target.classes is None:
        test = shuffled[: _share(np.array([rows]), test_fraction)[0]]
    else:
        codes = np.searchsorted(target.classes, target.values)
        counts = np.bincount(codes, minlength=len(target.classes))
        if counts.min() < 2:
            name = target.classes[int(counts.argmin())]
            raise InputError(f"class {name!r} of {target.name!r} needs at least two rows")
        # Sorted by class, in random order within each; the first of each class are the test rows.
        order = shuffled[np.argsort(codes[shuffled], kind="stable")]
        place = np.arange(rows) - np.repeat(np.cumsum(counts) - counts, counts)
        test = order[place < np.repeat(_share(counts, test_fraction), counts)]
    chosen = np.zeros(rows, dtype=bool)
    chosen[test] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _share(counts: NDArray[np.int64], fraction: float) -> NDArray[np.int64]:
    """How many of each class to test on: rounded so that the sum fits, 1 to all but 1 of each."""
    exact = counts * fraction
    share = np.floor(exact).astype(np.int64)
    short = round(float(exact.sum())) - int(share.sum())
    share[np.argsort(share - exact, kind="stable")[:short]] += 1
    clipped: NDArray[np.int64] = np.clip(share, 1, counts - 1)
    return clipped
