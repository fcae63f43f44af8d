"""When to stop: no improvement for a number of epochs, on whatever is watched."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["NoImprovement"]


class NoImprovement:
    """Count the epochs since the watched quantity last improved, and remember the best.

    Parameters
    ----------
    patience : float
        More epochs than this without improvement mean a plateau; may be infinite.
    tolerance : float
        A change has to be at least this large to count as an improvement.
    higher_is_better : bool
        True for a score, False for a loss.
    best : float, optional
        The best value so far, when training goes on from earlier.

    Attributes
    ----------
    best : float
        The best value seen, by however little it was better.
    best_epoch : int or None
        The epoch of it.
    count : int
        Epochs since the last improvement by more than the tolerance.

    Examples
    --------
    >>> watch = NoImprovement(1, tolerance=0.0, higher_is_better=False)
    >>> [watch.observe(i, loss) for i, loss in enumerate([3.0, 2.0, 2.5, 2.4, 2.3])]
    [True, True, False, False, False]
    >>> watch.best, watch.best_epoch, watch.on_plateau
    (2.0, 1, True)
    """

    def __init__(
        self,
        patience: float,
        *,
        tolerance: float,
        higher_is_better: bool,
        best: float | None = None,
    ) -> None:
        self.patience = patience
        self.tolerance = tolerance
        self.sign = 1.0 if higher_is_better else -1.0
        self.best = -self.sign * math.inf if best is None else best
        self.best_epoch: int | None = None
        self.count = 0

    def observe(self, epoch: int, value: float) -> bool:
        """Take note of an epoch's value; True if it is the best so far. NaN never is."""
        gain = self.sign * (value - self.best) if math.isfinite(self.best) else math.inf
        improved = self.sign * value > self.sign * self.best  # False for NaN
        self.count = 0 if gain >= self.tolerance and not math.isnan(value) else self.count + 1
        if improved:
            self.best, self.best_epoch = value, epoch
        return improved

    def observe_quietly(self, epoch: int, values: Sequence[float]) -> int:
        """Observe as many values as surely end in no plateau, from this epoch on.

        Returns how many they are; a value that is not finite is not among them.

        Examples
        --------
        >>> watch = NoImprovement(1, tolerance=0.0, higher_is_better=False)
        >>> watch.observe_quietly(0, [3.0, 2.0, 2.5, 2.4, 2.3]), watch.best_epoch
        (3, 1)
        """
        for i, value in enumerate(values):
            if self.count >= self.patience or not math.isfinite(value):
                return i
            self.observe(epoch + i, value)
        return len(values)

    @property
    def on_plateau(self) -> bool:
        """Whether there was no improvement for more than ``patience`` epochs."""
        return self.count > self.patience

    def reset(self) -> None:
        """Start counting anew, after the learning rate has been lowered."""
        self.count = 0
