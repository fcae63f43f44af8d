"""Rows that have been checked, and the part of them that is held out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

__all__ = ["Rows", "hold_out"]


class Rows(NamedTuple):
    """Rows x (n, d), the targets of their loss y (n, k or 1), and their weights (n,) if any."""

    x: Any
    y: NDArray[Any]
    weights: NDArray[Any] | None

    def pick(self, indices: NDArray[np.int64]) -> Rows:
        """Return some of the rows."""
        weights = None if self.weights is None else self.weights[indices]
        return Rows(self.x[indices], self.y[indices], weights)


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
