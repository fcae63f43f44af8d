"""The model-complexity graph as numbers: errors of every cell and split, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.estimators._complexity_zones import simplest_first, standard_error, zones_of
from chainrule.mathematics.arrays import Array

__all__ = ["Cell", "ComplexityGraph"]


@dataclass(frozen=True)
class Cell:
    """One size, penalty and number of epochs, over all splits.

    Attributes
    ----------
    size : tuple of int
        Nodes of each hidden layer.
    penalty : float
        Strength of the penalty.
    epoch : int
        After how many epochs.
    parameters : int
        Weights and biases.
    train_error, test_error : float
        Means over the splits; NaN where training diverged in any of them.
    train_score, test_score : float
        Likewise.
    train_spread, test_spread : float
        Standard deviations of the errors over the splits; 0 for a single one.
    score_spread : float
        That of the test score.
    zone : {"underfit", "good", "overfit", "diverged"}
        As :class:`ComplexityGraph` defines them.
    """

    size: tuple[int, ...]
    penalty: float
    epoch: int
    parameters: int
    train_error: float
    test_error: float
    train_score: float
    test_score: float
    train_spread: float
    test_spread: float
    score_spread: float
    zone: str


@dataclass(frozen=True, eq=False)
class ComplexityGraph:
    """Training and test error of networks from too little to too much, repeated over splits.

    A cell is a size, a penalty and a number of epochs. With e the mean test error over k splits,
    t the mean training error, g = e − t the gap between them, and stars for the *best* cell, whose
    e* is smallest and has the standard error s* = s / √k, every cell is

    * *good* if e ≤ e* + s*;
    * else *overfit* or *underfit* by what makes it worse than the best, as
      e − e* = (t − t*) + (g − g*): *overfit* if the greater part is the gap, as what it learned
      does not hold for other rows; *underfit* if it is the training error, as it learned less;
    * *diverged* if in one of the splits the error is no finite number, or the training error over a
      thousand times that of the untrained network.

    The *choice* is the simplest good cell (the one-standard-error rule): the one with the fewest
    weights; of as many, under the strongest penalty; then after the fewest epochs. With
    ``decides="score"`` the score takes the place of the error everywhere, with its sign turned.

    Attributes
    ----------
    epochs : array of int of shape (e,)
        Numbers of epochs, ascending.
    sizes : tuple of tuple of int
        s of them, the fewest weights first.
    penalties : array of shape (p,)
        Strengths, ascending.
    penalty : {"alpha", "l1"} or None
        Which penalty that is; None if the model has none.
    parameters : array of int of shape (s,)
        Weights and biases of each size.
    train_errors, test_errors : array of shape (k, s, p, e)
        The error function of the network, averaged over rows, without penalties, in each split;
        NaN where training diverged.
    train_scores, test_scores : array of shape (k, s, p, e)
        Accuracy, R², or what ``scoring`` asked for.
    error_name, score_name : str
        What these are.
    decides : {"error", "score"}
        By which the cells are compared.
    tested : tuple of array of int
        The test rows of each split; all others were trained on.
    seeds : tuple of int
        Each split's ``random_state`` of its networks.
    interrupted : bool
        Whether Ctrl-C left out splits that were asked for.

    References
    ----------
    Breiman, Friedman, Olshen & Stone (1984), Classification and regression trees, section 3.4.3:
    the one-standard-error rule.
    """

    epochs: NDArray[np.int64]
    sizes: tuple[tuple[int, ...], ...]
    penalties: Array
    penalty: str | None
    parameters: NDArray[np.int64]
    train_errors: Array
    test_errors: Array
    train_scores: Array
    test_scores: Array
    error_name: str
    score_name: str
    decides: str
    tested: tuple[NDArray[np.int64], ...]
    seeds: tuple[int, ...]
    interrupted: bool = False

    @property
    def axes(self) -> tuple[str, ...]:
        """Which of "epochs", "size" and "penalty" have more than one value."""
        lengths = {
            "epochs": len(self.epochs),
            "size": len(self.sizes),
            "penalty": len(self.penalties),
        }
        return tuple(name for name, length in lengths.items() if length > 1)

    @property
    def splits(self) -> int:
        """How many splits there are: k."""
        return len(self.train_errors)

    # ------------------------------------------------------------------ over the splits

    @cached_property
    def train_error(self) -> Array:
        """Mean training error of every cell, shape (s, p, e)."""
        return np.asarray(self.train_errors.mean(axis=0))

    @cached_property
    def test_error(self) -> Array:
        """Mean test error of every cell, shape (s, p, e)."""
        return np.asarray(self.test_errors.mean(axis=0))

    @cached_property
    def train_score(self) -> Array:
        """Mean training score of every cell, shape (s, p, e)."""
        return np.asarray(self.train_scores.mean(axis=0))

    @cached_property
    def test_score(self) -> Array:
        """Mean test score of every cell, shape (s, p, e)."""
        return np.asarray(self.test_scores.mean(axis=0))

    def spread(self, part: str, of: str = "error") -> Array:
        """Return the standard deviation over the splits of every cell, shape (s, p, e).

        Parameters
        ----------
        part : {"train", "test"}
            Whose.
        of : {"error", "score"}
            Which.

        Returns
        -------
        array
            With k − 1 below; 0 where there is a single split.
        """
        values: Array = getattr(self, f"{part}_{of}s")
        if len(values) == 1:
            return np.where(np.isfinite(values[0]), 0.0, np.nan)
        with np.errstate(invalid="ignore"):
            return np.asarray(values.std(axis=0, ddof=1))

    # ------------------------------------------------------------------ what they mean

    @cached_property
    def _judged(self) -> tuple[NDArray[np.str_], int, NDArray[np.int64]]:
        ranks = simplest_first(self.parameters, self.penalties, self.epochs)
        sign = -1.0 if self.decides == "score" else 1.0
        train, test = (sign * getattr(self, f"{p}_{self.decides}s") for p in ("train", "test"))
        return *zones_of(train, test, ranks), ranks

    @property
    def zones(self) -> NDArray[np.str_]:
        """What every cell is, shape (s, p, e): "underfit", "good", "overfit" or "diverged"."""
        return self._judged[0]

    @property
    def best_place(self) -> tuple[int, int, int]:
        """Where the best cell is: the place of its size, its penalty and its epoch."""
        return self._place(self._judged[1])

    @property
    def choice_place(self) -> tuple[int, int, int]:
        """Where the simplest good cell is."""
        zones, _, ranks = self._judged
        return self._place(int(np.where(zones == "good", ranks, ranks.size).argmin()))

    def _place(self, flat: int) -> tuple[int, int, int]:
        size, penalty, epoch = np.unravel_index(flat, self.zones.shape)
        return int(size), int(penalty), int(epoch)

    @property
    def best(self) -> Cell:
        """The cell whose mean test error is smallest."""
        return self.cell(*self.best_place)

    @property
    def choice(self) -> Cell:
        """The simplest cell within one standard error of the best."""
        return self.cell(*self.choice_place)

    @property
    def standard_error(self) -> float:
        """s* of the best cell: s / √k of what decides."""
        values: Array = getattr(self, f"test_{self.decides}s")
        return standard_error(values[(slice(None), *self.best_place)])

    @cached_property
    def best_epochs(self) -> NDArray[np.int64]:
        """For each size and penalty, the place of its best epoch, shape (s, p)."""
        values = self.test_error if self.decides == "error" else -self.test_score
        ended = np.where(np.isfinite(values), values, np.inf)
        return np.asarray(ended.argmin(axis=2))

    def cell(self, size: int, penalty: int, epoch: int) -> Cell:
        """Return all about a cell, by the places of its size, its penalty and its epoch.

        Parameters
        ----------
        size, penalty, epoch : int
            From 0; −1 is the last.

        Returns
        -------
        Cell
        """
        place = size, penalty, epoch
        means = ("train_error", "test_error", "train_score", "test_score")
        return Cell(
            size=self.sizes[size],
            penalty=float(self.penalties[penalty]),
            epoch=int(self.epochs[epoch]),
            parameters=int(self.parameters[size]),
            **{name: float(getattr(self, name)[place]) for name in means},
            train_spread=float(self.spread("train")[place]),
            test_spread=float(self.spread("test")[place]),
            score_spread=float(self.spread("test", "score")[place]),
            zone=str(self.zones[place]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers, the best cell and the choice as plain data.

        Returns
        -------
        dict
            Arrays as lists; the test rows are left out.
        """
        plain = {
            "epochs": self.epochs.tolist(),
            "sizes": [list(size) for size in self.sizes],
            "penalties": self.penalties.tolist(),
            "penalty": self.penalty,
            "parameters": self.parameters.tolist(),
            "error_name": self.error_name,
            "score_name": self.score_name,
            "decides": self.decides,
            "splits": self.splits,
            "seeds": list(self.seeds),
            "interrupted": self.interrupted,
            "standard_error": self.standard_error,
            "best": {**vars(self.best), "size": list(self.best.size)},
            "choice": {**vars(self.choice), "size": list(self.choice.size)},
            "zones": self.zones.tolist(),
        }
        names = ("train_errors", "test_errors", "train_scores", "test_scores")
        return plain | {name: getattr(self, name).tolist() for name in names}

    def __repr__(self) -> str:
        """Say how large it is, and what is best."""
        best = self.best
        cells = " × ".join(map(str, self.zones.shape))
        return (
            f"ComplexityGraph({cells} cells × {self.splits} splits, best: size={best.size}, "
            f"penalty={best.penalty:g}, epoch={best.epoch}, test error {best.test_error:.4g})"
        )
