"""The loop: one Epoch record after another, for whoever consumes them.

History, progress bar, early stopping and the estimators all read the same records; none of them
reaches into the loop.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.engine import Data
from chainrule.network.steps import Steps
from chainrule.network.updates import FIRST, PARAMETERS, SECOND
from chainrule.training.history import Epoch
from chainrule.training.optimizers import OPTIMIZERS, OptimizerState, Rates

__all__ = ["Loop", "Validation"]

# Between calls into the kernel Python can be interrupted; so many operations take some
# hundredths of a second.
OPERATIONS_PER_CALL = 4e9


class Validation(NamedTuple):
    """How the network does on the held-out rows."""

    loss: float
    score: float


_NOTHING: tuple[None, None] = (None, None)


def _make_blocks(network: Architecture, rows: int, batch_size: int) -> list[tuple[int, int]]:
    """Cut the epoch where Python may be interrupted: between mini-batches, now and then."""
    operations = 6 * batch_size * network.parameter_count
    size = batch_size * max(1, round(OPERATIONS_PER_CALL / operations))
    return [(start, min(start + size, rows)) for start in range(0, rows, size)]


def _permutation(random: np.random.RandomState, rows: int) -> NDArray[np.int64]:
    """Draw as scikit-learn draws, so that the same seed sees the same mini-batches."""
    indices = np.arange(rows)
    random.shuffle(indices)
    return indices


class Loop:
    """A network in training: its numbers, its rows, and one epoch at a time.

    Parameters
    ----------
    network : Architecture
        Its shape.
    parameters : array of shape (network.parameter_count,)
        Where it starts; copied.
    data : Data
        n training rows with targets.
    optimizer : str
        One of :data:`chainrule.training.optimizers.OPTIMIZERS`.
    rates : Rates
        The optimizer's numbers.
    batch_size : int
        Rows in a mini-batch; n at most.
    l1, l2 : float
        Strengths of the penalties.
    shuffle : numpy.random.RandomState, optional
        Draws a new order of the rows for every epoch; without it they are seen as they stand.
    dropout_seed : int
        Seeds dropout's masks.
    resume : OptimizerState, optional
        What the optimizer remembers from earlier steps.
    validate : callable, optional
        Parameters to a :class:`Validation`, called after every epoch.

    Attributes
    ----------
    parameters : array of shape (network.parameter_count,)
        Where it is now; a view that the next epoch changes.
    learning_rate : float
        May be set between epochs.
    rows : int
        n.
    """

    def __init__(
        self,
        network: Architecture,
        parameters: Array,
        data: Data,
        *,
        optimizer: str,
        rates: Rates,
        batch_size: int,
        l1: float = 0.0,
        l2: float = 0.0,
        shuffle: np.random.RandomState | None = None,
        dropout_seed: int = 0,
        resume: OptimizerState | None = None,
        validate: Callable[[Array], Validation] | None = None,
    ) -> None:
        self.rows = data.rows
        self._validate = validate
        # A full batch is the same set of rows in any order: nothing to shuffle, nothing to gather.
        self._shuffle = shuffle if batch_size < data.rows else None
        self._order = np.arange(data.rows)
        numbers = rates._asdict()
        if optimizer == "gd":
            numbers |= {"momentum": 0.0, "nesterov": False}
        self._steps = Steps(
            network,
            data,
            parameters,
            batch_size=batch_size,
            gathered=self._shuffle is not None,
            optimizer=OPTIMIZERS[optimizer].code,
            seed=dropout_seed,
            l1=l1,
            l2=l2,
            **numbers,
        )
        if resume is not None:
            self._steps.set("step", resume.step)
            self._steps.state[FIRST] = resume.first
            self._steps.state[SECOND] = resume.second
        self._rate = rates.learning_rate
        self._blocks = _make_blocks(network, data.rows, batch_size)

    @property
    def parameters(self) -> Array:
        """Where the network is now: all weights and biases as one vector."""
        parameters: Array = self._steps.state[PARAMETERS]
        return parameters

    @property
    def learning_rate(self) -> float:
        """The rate the next step is taken with."""
        return self._rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if rate != self._rate:
            self._rate = rate
            self._steps.set("learning_rate", rate)

    @property
    def optimizer_state(self) -> OptimizerState:
        """What the optimizer remembers, copied, so that training can be resumed from it."""
        first, second = self._steps.state[FIRST], self._steps.state[SECOND]
        return OptimizerState(self._steps.get("step"), first.copy(), second.copy())

    def epochs(self, *, after: int = 0) -> Iterator[Epoch]:
        """Run one epoch after another for as long as records are asked for.

        Parameters
        ----------
        after : int
            The number of the last epoch before these.

        Yields
        ------
        Epoch
        """
        clock, rows, run = time.perf_counter, self.rows, self._steps.run
        for epoch in itertools.count(after + 1):
            start = clock()
            if self._shuffle is not None:
                self._order = self._order[_permutation(self._shuffle, rows)]
            error = 0.0
            for first, last in self._blocks:
                error += run(self._order, first, last)
            trained = end = clock()
            validation: tuple[float | None, float | None] = _NOTHING
            if self._validate is not None:
                validation, end = self._validate(self.parameters), clock()
            yield Epoch(
                epoch,
                error / rows,
                *validation,
                self._rate,
                end - start,
                rows / (trained - start),
            )
