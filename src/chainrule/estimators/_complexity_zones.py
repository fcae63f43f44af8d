"""Which cell of a model-complexity graph is best, and what ails the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array

__all__ = ["ZONES", "simplest_first", "standard_error", "zones_of"]

ZONES = ("underfit", "good", "overfit", "diverged")
"""What a cell can be."""


def simplest_first(
    parameters: NDArray[np.int64], penalties: Array, epochs: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the rank of every cell by its complexity, shape (sizes, penalties, epochs).

    Fewer weights are simpler; of as many, those under the stronger penalty; then those of fewer
    epochs.
    """
    shape = len(parameters), len(penalties), len(epochs)
    sizes, strengths, counts = np.meshgrid(parameters, -penalties, epochs, indexing="ij")
    order = np.lexsort((counts.ravel(), strengths.ravel(), sizes.ravel()))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks.reshape(shape)


def standard_error(values: Array) -> float:
    """Return s / √k of k values; 0 of a single one."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def zones_of(train: Array, test: Array, ranks: NDArray[np.int64]) -> tuple[NDArray[np.str_], int]:
    """Name what every cell is, and find the best.

    Parameters
    ----------
    train, test : array of shape (k, …)
        What is to be small, in each of k splits; NaN where training diverged.
    ranks : array of int of shape (…)
        The simplest cell first: of cells that are as good, it is the best.

    Returns
    -------
    (array of str of shape (…), int)
        One of ``ZONES`` for each, and the flat place of the best cell; −1 if all diverged.
    """
    learned, known = train.mean(axis=0), test.mean(axis=0)
    zones = np.full(known.shape, "diverged", "<U8")
    ends = np.isfinite(known) & np.isfinite(learned)
    if not ends.any():
        return zones, -1
    order = np.lexsort((ranks.ravel(), np.where(ends, known, np.inf).ravel()))
    best = int(order[0])
    limit = known.flat[best] + standard_error(test.reshape(len(test), -1)[:, best])
    with np.errstate(invalid="ignore"):
        less_learned = learned - learned.flat[best]
        wider_gap = (known - learned) - (known.flat[best] - learned.flat[best])
    zones[ends] = np.where(wider_gap > less_learned, "overfit", "underfit")[ends]
    zones[ends & (known <= limit)] = "good"
    return zones, best
