"""Where an open training stood: all that it needs to go on exactly from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.estimators._held_open import Watched
from chainrule.mathematics.arrays import Array
from chainrule.training.loop_state import LoopState

__all__ = ["TrainingSnapshot"]


@dataclass(frozen=True, repr=False, eq=False)
class TrainingSnapshot:
    """All that an :class:`OpenTraining` needs to go on exactly from where it was.

    It is for the training that it was taken of, or another one of the same estimator and rows, and
    may be pickled.

    Attributes
    ----------
    epoch, rows_into, steps : int
        Whole epochs, rows of the next one, and updates, when it was taken.
    """

    epoch: int
    rows_into: int
    steps: int
    _changes: dict[str, Any]
    _loop: LoopState
    _watched: Watched
    _random: Any

    @property
    def parameters(self) -> Array:
        """All weights and biases, by layer, W then b, shape (p,)."""
        return self._loop.parameters.copy()

    def __repr__(self) -> str:
        """Say where it was taken."""
        return f"TrainingSnapshot(epoch={self.epoch}, rows_into={self.rows_into})"
