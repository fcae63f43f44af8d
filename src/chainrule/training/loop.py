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
from chainrule.network.updates import (
    ERROR,
    FIRST,
    GRADIENT,
    MISTAKES,
    PARAMETERS,
    PENALTY,
    SECOND,
)
from chainrule.training.clock import Clock, Schedule
from chainrule.training.history import Epoch
from chainrule.training.optimizers import OPTIMIZERS, OptimizerState, Rates
from chainrule.training.regularization import Regularization
from chainrule.training.schedules import SCHEDULES

__all__ = ["Loop", "Validation", "follow"]

# Between calls into the kernel Python can be interrupted; so many operations take some
# hundredths of a second.
OPERATIONS_PER_CALL = 4e9


class Validation(NamedTuple):
    """How the network does on the held-out rows."""

    loss: float
    score: float


def follow(
    validate: Callable[[Array], Validation] | None, parameters: Array
) -> tuple[float | None, float | None]:
    """Return the loss and the score of the held-out rows, None where none are followed."""
    return (None, None) if validate is None else validate(parameters)


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
    regularization : Regularization
        Penalties, limits and disturbances.
    schedule : Schedule
        How the learning rate changes; every step has the rate that it says.
    epochs : int
        How many are planned in all, for schedules that end with the training.
    shuffle : numpy.random.RandomState, optional
        Draws a new order of the rows for every epoch; without it they are seen as they stand.
    seed : int
        Seeds dropout's masks and the noise.
    resume : OptimizerState, optional
        What the optimizer remembers from earlier steps.
    rows_seen : int
        How many rows earlier epochs have seen.
    share : float
        What each row's wᵢ eᵢ is multiplied by in a step; 0 for 1 / Σ wᵢ of the mini-batch.
    validate : callable, optional
        Parameters to a :class:`Validation`, called after every epoch.

    Attributes
    ----------
    parameters : array of shape (network.parameter_count,)
        Where it is now; a view that the next epoch changes.
    learning_rate : float
        What the schedule starts from; may be set between epochs.
    rows, rows_seen : int
        n; and how many have been seen in all epochs.
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
        regularization: Regularization = Regularization(),  # noqa: B008 (immutable)
        schedule: Schedule = SCHEDULES["constant"],
        epochs: int = 1,
        shuffle: np.random.RandomState | None = None,
        seed: int = 0,
        resume: OptimizerState | None = None,
        rows_seen: int = 0,
        share: float = 0.0,
        validate: Callable[[Array], Validation] | None = None,
    ) -> None:
        self.rows, self.rows_seen = data.rows, rows_seen
        self._validate = validate
        # A full batch is the same set of rows in any order: nothing to shuffle, nothing to gather.
        self._shuffle = shuffle if batch_size < data.rows else None
        self._order = np.arange(data.rows)
        record = OPTIMIZERS[optimizer]
        record.check(network, regularization)
        numbers = record.settle(rates)._asdict()
        self.learning_rate = numbers.pop("learning_rate")
        self._steps = Steps(
            network,
            data,
            parameters,
            batch_size=batch_size,
            gathered=self._shuffle is not None,
            optimizer=record.code,
            seed=seed,
            share=share,
            **numbers,
            **regularization._asdict(),
        )
        self._parameters: Array = self._steps.state[PARAMETERS]
        if resume is not None:
            self._steps.set("step", resume.step)
            self._steps.set("pace", resume.pace)
            self._steps.state[FIRST] = resume.first
            self._steps.state[SECOND] = resume.second
        self._schedule, self._epochs = schedule, epochs
        self._lasting: tuple[float, Array] | None = None
        self._batch_size = batch_size
        self._blocks = _make_blocks(network, data.rows, batch_size)
        # What a whole epoch's error is divided by, so that it is the average over the rows.
        self._errors = (data.total_weight * share) or float(data.rows)
        self._counts_mistakes = network.loss == "perceptron"

    @property
    def parameters(self) -> Array:
        """Where the network is now: all weights and biases as one vector."""
        return self._parameters

    @property
    def gradient(self) -> Array:
        """The gradient of the last mini-batch's error, without penalties, before clipping."""
        gradient: Array = self._steps.state[GRADIENT]
        return gradient

    @property
    def optimizer_state(self) -> OptimizerState:
        """What the optimizer remembers, copied, so that training can be resumed from it."""
        first, second = self._steps.state[FIRST], self._steps.state[SECOND]
        step, pace = self._steps.get("step"), self._steps.get("pace")
        return OptimizerState(step, first.copy(), second.copy(), pace)

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
        clock, rows = time.perf_counter, self.rows
        for epoch in itertools.count(after + 1):
            start = clock()
            rates = self._rates(epoch)
            error, penalty, mistakes = self._run(rates)
            trained = clock()
            validation = follow(self._validate, self.parameters)
            end = clock()
            yield Epoch(
                epoch,
                error / self._errors + penalty / rows,
                *validation,
                float(rates[-1]),
                end - start,
                rows / (trained - start),
                error / self._errors,
                penalty / rows,
                int(mistakes) if self._counts_mistakes else None,
            )

    def take_steps(self, rates: Array) -> Iterator[float]:
        """Take one step after another, each with its own learning rate.

        Parameters
        ----------
        rates : array of shape (t,)
            One for each step; the rows are gone through as often as that takes.

        Yields
        ------
        float
            The penalized error of each step's mini-batch, from before the step.
        """
        first = self.rows
        for i in range(len(rates)):
            if first >= self.rows:
                first = 0
                self._draw_order()
            last = min(first + self._batch_size, self.rows)
            sums = self._steps.run(self._order, first, last, rates[i : i + 1])
            yield (sums[ERROR] + sums[PENALTY]) / (last - first)
            first = last

    def _draw_order(self) -> None:
        if self._shuffle is not None:
            self._order = self._order[_permutation(self._shuffle, self.rows)]

    def _rates(self, epoch: int) -> Array:
        """Return the learning rate of every step of an epoch, which is counted from 1."""
        if self._lasting is not None and self._lasting[0] == self.learning_rate:
            return self._lasting[1]
        steps = -(-self.rows // self._batch_size)
        step = self._steps.get("step")
        now = Clock(epoch - 1, step, steps, self._epochs, self.rows_seen)
        rates = self._schedule.rates(self.learning_rate, now)
        if not self._schedule.changes:
            self._lasting = self.learning_rate, rates
        return rates

    def _run(self, rates: Array) -> tuple[float, float, float]:
        """Run an epoch; returns Σ over its rows of the error and the penalty, and the mistakes."""
        self._draw_order()
        error = penalty = mistakes = 0.0
        for first, last in self._blocks:
            own = rates
            if last - first < self.rows:
                own = rates[first // self._batch_size : -(-last // self._batch_size)]
            sums = self._steps.run(self._order, first, last, own)
            error += sums[ERROR]
            penalty += sums[PENALTY]
            mistakes += sums[MISTAKES]
        self.rows_seen += self.rows
        return error, penalty, mistakes
