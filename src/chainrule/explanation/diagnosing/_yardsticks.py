"""What the training rows can be predicted with: the network, guessing, neighbors, a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.neighbors import NearestNeighbors

from chainrule.mathematics.arrays import Array

if TYPE_CHECKING:
    from chainrule.explanation._case import Case

__all__ = ["NEIGHBORS", "SKILL", "Yardsticks", "measure"]

NEIGHBORS = 5
# Less than a twentieth of the error of guessing removed. Tables with little to learn in them come
# to a tenth.
SKILL = 0.05
# Fewer rows have no near neighbors to speak of.
_FEW_ROWS = 50
# Eigenvalues below this part of the largest are rounding: one-hot columns that sum to 1.
_RANK = 1e-10
# A row that a line has all to itself would, left out, be predicted by nothing.
_ALONE = 1e-6


@dataclass(frozen=True)
class Yardsticks:
    """Accuracy, or R² over all outputs together, on the rows looked at.

    Attributes
    ----------
    network : float
        Of the network.
    guessing : float
        Of the most frequent class, or the mean.
    neighbors : float
        Of the vote, or the mean, of each row's nearest other rows.
    line : float
        Of a line by least squares through all other rows.
    """

    network: float
    guessing: float
    neighbors: float
    line: float

    @property
    def reachable(self) -> float:
        """What the poor man's models reach, each row predicted by the others alone."""
        return max(self.neighbors, self.line)

    @property
    def learnable(self) -> bool:
        """Whether there is anything to learn that a poor man's model can find."""
        return self.reachable - self.guessing >= SKILL


def measure(case: Case) -> Yardsticks:
    """Measure the network and what it is compared with on the case's rows and targets."""
    mean = np.average(case.y, axis=0, weights=case.weights)
    guess = np.broadcast_to(mean, case.y.shape)
    others = guess, _by_neighbors(case, guess), _by_line(case, guess)
    if case.classifies:
        network = _accuracy(case, case.trace.z[-1], above=0)
        guessing, neighbors, line = (_accuracy(case, other, above=0.5) for other in others)
    else:
        # Targets that are all alike have no variance to predict.
        variance = _squares(case, guess) or float("nan")
        network = 1 - _squares(case, case.trace.prediction) / variance
        guessing, neighbors, line = (1 - _squares(case, other) / variance for other in others)
    return Yardsticks(network, guessing, neighbors, line)


def _by_neighbors(case: Case, guess: Array) -> Array:
    """Predict each row by the mean of its nearest neighbors, the row itself left out.

    What they tell about a row that was left out, a network can learn: Cover & Hart (1967).
    """
    if len(case.x) < _FEW_ROWS:
        return guess
    search = NearestNeighbors(n_neighbors=NEIGHBORS).fit(case.x)
    return np.asarray(case.y[search.kneighbors(return_distance=False)].mean(axis=1))


def _by_line(case: Case, guess: Array) -> Array:
    """Predict each row by least squares through all others: ŷᵢ = yᵢ − (yᵢ − fᵢ) / (1 − hᵢ).

    f is the fit through all rows and h the diagonal of its hat matrix: Allen (1974), PRESS.
    """
    rows, columns = case.x.shape
    # With half as many columns as rows a line goes nearly anywhere.
    if rows < _FEW_ROWS or 2 * columns > rows:
        return guess
    spread = case.x.std(axis=0)
    x = (case.x - case.x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    x = np.column_stack([np.ones(rows), x])
    squares, directions = np.linalg.eigh(x.T @ x)
    real = squares > _RANK * squares[-1]
    basis = x @ (directions[:, real] / np.sqrt(squares[real]))
    leverage = (basis**2).sum(axis=1, keepdims=True)
    residual = case.y - basis @ (basis.T @ case.y)
    return np.where(leverage < 1 - _ALONE, case.y - residual / (1 - leverage), guess)


def _accuracy(case: Case, outputs: Array, *, above: float) -> float:
    """Return the share of right answers, label by label."""
    if case.exclusive:
        right = outputs.argmax(axis=1) == case.y.argmax(axis=1)
    else:
        right = ((outputs > above) == (case.y > 0.5)).mean(axis=1)
    return float(np.average(right, weights=case.weights))


def _squares(case: Case, outputs: Array) -> float:
    """Return the mean squared error, over all outputs together: guessing's is the variance."""
    return float(np.average(((case.y - outputs) ** 2).sum(axis=1), weights=case.weights))
