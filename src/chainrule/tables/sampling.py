"""A part of the rows of a table that is too long, chosen by a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RowSampler", "sample_rows"]


class RowSampler:
    """Choose rows of a table that comes in parts, as :func:`sample_rows` of the whole.

    Every row draws a number, and those with the smallest stay.

    Parameters
    ----------
    most : int
        How many rows to keep.
    seed : int
        The same seed keeps the same rows, in whatever parts they come.

    Attributes
    ----------
    seen : int
        How many rows have come.
    rows : ndarray of int64
        Those kept so far, ascending.

    Examples
    --------
    >>> sampler = RowSampler(3)
    >>> for part in (5, 2, 3):
    ...     _ = sampler.take(part)
    >>> sampler.rows.tolist() == sample_rows(10, 3).tolist()
    True
    """

    def __init__(self, most: int, *, seed: int = 0) -> None:
        self.most, self.seen = most, 0
        self.rows = np.empty(0, np.int64)
        self._drawn = np.empty(0)
        self._random = np.random.default_rng(seed)

    def take(self, count: int) -> NDArray[np.int64]:
        """Let so many more rows come.

        Returns
        -------
        ndarray of int64
            The places of those that stay, among the rows kept before and the new ones together.
        """
        drawn = np.concatenate([self._drawn, self._random.random(count)])
        rows = np.concatenate([self.rows, np.arange(self.seen, self.seen + count)])
        kept = np.sort(np.argsort(drawn, kind="stable")[: self.most])
        self.rows, self._drawn = rows[kept], drawn[kept]
        self.seen += count
        return kept


def sample_rows(rows: int, most: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Choose at most so many rows of a table, each as likely as any other.

    Parameters
    ----------
    rows : int
        How many there are.
    most : int
        How many to choose; all, if there are no more.
    seed : int
        The same seed chooses the same rows.

    Returns
    -------
    ndarray of int64
        Row numbers from 0, ascending.

    Examples
    --------
    >>> sample_rows(3, 5).tolist(), len(sample_rows(1000, 5))
    ([0, 1, 2], 5)
    """
    return RowSampler(most, seed=seed).take(rows)
