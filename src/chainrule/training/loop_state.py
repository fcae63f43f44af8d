"""Where a loop stands: an epoch that was begun, and all that going on exactly needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.training.optimizers import OptimizerState

__all__ = ["BegunEpoch", "LoopState"]


class BegunEpoch(NamedTuple):
    """An epoch of which some rows, or none, have been seen.

    Attributes
    ----------
    epoch : int
        Its number, counted from 1.
    first_step : int
        The number of its first step, counted from 0 over the whole training.
    order : array of int64 of shape (n,)
        Its rows in order.
    into : int
        How many of them were seen.
    sums : sequence of float
        What :meth:`chainrule.network.steps.Steps.run` returned, summed over its mini-batches.
    seconds : float
        How long they took.
    """

    epoch: int
    first_step: int
    order: NDArray[Any]
    into: int = 0
    sums: Sequence[float] = ()
    seconds: float = 0.0


class LoopState(NamedTuple):
    """What :meth:`chainrule.training.Loop.restore` goes on from; nothing changes it any more.

    Attributes
    ----------
    parameters : array of shape (p,)
        All weights and biases.
    optimizer : OptimizerState
        What the optimizer remembers.
    earlier_steps : int
        How many steps were taken before the optimizer's first.
    learning_rate : float
        What the schedule starts from.
    rows_seen : int
        How many rows earlier epochs have seen.
    order : (array of int64 of shape (n,), state of a generator or None)
        The last order that was drawn, and what comes next.
    begun : BegunEpoch or None
        The present epoch.
    """

    parameters: Array
    optimizer: OptimizerState
    earlier_steps: int
    learning_rate: float
    rows_seen: int
    order: tuple[NDArray[Any], Any]
    begun: BegunEpoch | None

    def afresh(self) -> LoopState:
        """Return the same with an optimizer that remembers nothing."""
        zeros = np.zeros_like(self.parameters)
        steps = self.earlier_steps + self.optimizer.step
        return self._replace(optimizer=OptimizerState(0, zeros, zeros), earlier_steps=steps)
