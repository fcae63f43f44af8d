"""Rows that have been checked, and the part of them that is held out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import _safe_indexing

from chainrule.errors import InputError

__all__ = ["Given", "Rows", "hold_out", "split_once"]


class Rows(NamedTuple):
    """Rows x (n, d), the targets of their loss y (n, k or 1), and their weights (n,) if any."""

    x: Any
    y: NDArray[Any]
    weights: NDArray[Any] | None

    def pick(self, indices: NDArray[np.int64]) -> Rows:
        """Return some of the rows."""
        weights = None if self.weights is None else self.weights[indices]
        return Rows(self.x[indices], self.y[indices], weights)


class Given(NamedTuple):
    """Rows and targets as a person gave them, for callbacks and scorers."""

    X: Any
    y: Any

    def pick(self, indices: NDArray[np.int64]) -> Given:
        """Return some of the rows."""
        X = self.X.tocsr() if issparse(self.X) else self.X
        return Given(_safe_indexing(X, indices), _safe_indexing(self.y, indices))


def split_once(
    splitter: Any, given: Given, groups: Any
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide rows by the first split of a scikit-learn splitter.

    Parameters
    ----------
    splitter : object with a ``split`` method
        Such as ``GroupShuffleSplit`` or ``TimeSeriesSplit``.
    given : Given
        The rows.
    groups : array of shape (n,) or None
        For splitters that keep groups together.

    Returns
    -------
    (array of int, array of int)
        Row numbers to learn from and to hold out.

    Raises
    ------
    InputError
        The splitter wants groups and there are none, or leaves one of the parts empty.
    """
    try:
        train, held_out = next(iter(splitter.split(given.X, given.y, groups)))
    except (ValueError, TypeError, StopIteration) as error:
        raise InputError(
            f"validation_splitter={splitter!r} cannot divide these rows: {error}"
        ) from error
    if not len(train) or not len(held_out):
        raise InputError(f"validation_splitter={splitter!r} leaves no rows in one of the two parts")
    return np.asarray(train), np.asarray(held_out)


def hold_out(
    y: NDArray[Any],
    fraction: float,
    random: np.random.RandomState,
    *,
    classes: int | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide rows into those to learn from and those held out, as scikit-learn draws them.

    Parameters
    ----------
    y : array of shape (n, 1) or (n, k)
        Targets of the rows.
    fraction : float
        Share of the rows to hold out.
    random : numpy.random.RandomState
        Where the draw comes from.
    classes : int or None
        1 for two classes, their number for more; None where y is not one class a row.

    Returns
    -------
    (array of int, array of int)
        Row numbers of the two parts.

    Raises
    ------
    ValueError
        Fewer than two rows would be held out, or a class has too few rows to be in both parts.
    """
    from sklearn.model_selection import train_test_split  # takes a while to import

    train, held_out = train_test_split(
        np.arange(len(y)),
        random_state=random,
        test_size=fraction,
        stratify=_strata(y, fraction, classes),
    )
    if len(held_out) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your "
            "dataset."
        )
    return train, held_out


def _strata(y: NDArray[Any], fraction: float, classes: int | None) -> NDArray[Any] | None:
    if classes is None:
        return None
    if classes == 1:
        return y.astype(bool)
    # scikit-learn documents a stratified split but does not stratify three classes or more;
    # here they are, unless a class is too rare for it.
    counts = np.unique(y, return_counts=True)[1]
    held_out = int(np.ceil(fraction * len(y)))
    possible = counts.min() >= 2 and len(counts) <= min(held_out, len(y) - held_out)
    return y if possible else None
