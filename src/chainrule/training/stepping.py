"""A network in training, stepped through its rows: an epoch as a whole or in pieces."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.engine import Data
from chainrule.network.layout import (
    ERROR,
    FIRST,
    GRADIENT,
    MISTAKES,
    PARAMETERS,
    PENALTY,
    SECOND,
)
from chainrule.network.steps import Steps
from chainrule.training.clock import Clock, Schedule
from chainrule.training.history import Epoch
from chainrule.training.loop_state import BegunEpoch, LoopState
from chainrule.training.optimizers import OPTIMIZERS, OptimizerState, Rates
from chainrule.training.order import Order
from chainrule.training.regularization import Regularization
from chainrule.training.schedules import SCHEDULES
from chainrule.training.validation import Validation, follow

__all__ = ["Stepping"]

# Between calls into the kernel Python can be interrupted; so many operations take some
# hundredths of a second.
OPERATIONS_PER_CALL = 4e9


def _make_blocks(network: Architecture, rows: int, batch_size: int) -> list[tuple[int, int]]:
    """Cut the epoch where Python may be interrupted: between mini-batches, now and then."""
    operations = 6 * batch_size * network.parameter_count
    size = batch_size * max(1, round(OPERATIONS_PER_CALL / operations))
    return [(start, min(start + size, rows)) for start in range(0, rows, size)]


class Stepping:
    """A network in training: its numbers, its rows, and an epoch, whole or in pieces.

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
    earlier_steps : int
        How many steps were taken before the first that the optimizer remembers, for schedules.
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
        regularization: Regularization = Regularization(),  # noqa: B008 (immutable)
        schedule: Schedule = SCHEDULES["constant"],
        epochs: int = 1,
        shuffle: np.random.RandomState | None = None,
        seed: int = 0,
        resume: OptimizerState | None = None,
        rows_seen: int = 0,
        earlier_steps: int = 0,
        share: float = 0.0,
        validate: Callable[[Array], Validation] | None = None,
    ) -> None:
        self.rows, self._rows_seen = data.rows, rows_seen
        self._validate = validate
        # A full batch is the same set of rows in any order: nothing to shuffle, nothing to gather.
        shuffle = shuffle if batch_size < data.rows else None
        record = OPTIMIZERS[optimizer]
        record.check(network, regularization)
        numbers = record.settle(rates)._asdict()
        self._learning_rate: float = numbers.pop("learning_rate")
        self._make_steps: Callable[..., Steps] = functools.partial(
            Steps,
            network,
            data,
            batch_size=batch_size,
            optimizer=record.code,
            seed=seed,
            share=share,
            **numbers,
            **regularization._asdict(),
        )
        self._start(parameters, resume, gathered=shuffle is not None)
        self._schedule, self._epochs, self._earlier_steps = schedule, epochs, earlier_steps
        self._lasting: tuple[float, Array] | None = None
        self._order = Order(data.rows, shuffle, ahead=self._steps.leaves_cores)
        self._batch_size = batch_size
        self._steps_per_epoch = -(-data.rows // batch_size)
        self._begun: BegunEpoch | None = None
        self._blocks = _make_blocks(network, data.rows, batch_size)
        # What a whole epoch's error is divided by, so that it is the average over the rows.
        self._errors = (data.total_weight * share) or float(data.rows)
        self._counts_mistakes = network.loss == "perceptron"

    def _start(
        self, parameters: Array, remembered: OptimizerState | None, *, gathered: bool
    ) -> None:
        """Begin at these parameters, able to pick rows out of order or not."""
        self._gathered = gathered
        self._steps: Steps = self._make_steps(parameters, gathered=gathered)
        self._parameters: Array = self._steps.state[PARAMETERS]
        if remembered is not None:
            self._remember(remembered)

    def _remember(self, optimizer: OptimizerState) -> None:
        self._steps.set("step", optimizer.step)
        self._steps.set("pace", optimizer.pace)
        self._steps.state[FIRST] = optimizer.first
        self._steps.state[SECOND] = optimizer.second

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
    def execution_plan(self) -> dict[str, Any]:
        """How the steps are taken here: plain data, for whoever wants to know."""
        return self._steps.execution_plan

    @property
    def learning_rate(self) -> float:
        """What the schedule starts from."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if rate != self._learning_rate:
            self.stop()
            self._learning_rate = rate

    @property
    def optimizer_state(self) -> OptimizerState:
        """What the optimizer remembers, copied, so that training can be resumed from it."""
        self.stop()
        first, second = self._steps.state[FIRST], self._steps.state[SECOND]
        step, pace = self._steps.get("step"), self._steps.get("pace")
        return OptimizerState(step, first.copy(), second.copy(), pace)

    @property
    def rows_seen(self) -> int:
        """How many rows have been seen in all epochs."""
        return self._rows_seen + self.rows_into

    @property
    def shuffles(self) -> bool:
        """Whether every epoch draws a new order of the rows."""
        return self._order.changes

    @property
    def rows_into(self) -> int:
        """How many rows of an epoch that was begun have been seen; 0 between epochs."""
        return 0 if self._begun is None else self._begun.into

    @property
    def steps(self) -> int:
        """How many steps have been taken in all."""
        return self._earlier_steps + int(self._steps.get("step"))

    def stop(self) -> None:
        """Give back what was prepared and not used."""
        self._order.stop()

    def finish(self, epoch: int) -> Epoch:
        """Run an epoch, or what is left of it where it was begun.

        Parameters
        ----------
        epoch : int
            Its number, counted from 1.
        """
        return cast(Epoch, self.advance(epoch, self.rows))

    def advance(self, epoch: int, rows: int) -> Epoch | None:
        """Take the steps of so many rows more: an epoch in pieces has the same bits.

        A mini-batch that is not taken at once becomes several steps, each by the gradient of its
        own rows, at the mini-batch's rate.

        Parameters
        ----------
        epoch : int
            The epoch's number, counted from 1; it is begun if it was not.
        rows : int
            How many rows; not more are taken than are left.

        Returns
        -------
        Epoch or None
            The record, if the epoch is over.
        """
        start = time.perf_counter()
        begun = self._begun or self._begin(epoch)
        rates, size = self._rates(epoch, begun.first_step), self._batch_size
        sums, last = begun.sums, min(begun.into + rows, self.rows)
        for a, b in self._cut(begun.into, last):
            own = self._steps.run(begun.order, a, b, rates[a // size : -(-b // size)])
            sums = own if a == 0 else [x + y for x, y in zip(sums, own, strict=True)]
        seconds = begun.seconds + time.perf_counter() - start
        if last == self.rows:
            return self._end(epoch, sums, seconds, float(rates[-1]))
        self._begun = BegunEpoch(epoch, begun.first_step, begun.order, last, sums, seconds)
        return None

    def next_rows(self) -> NDArray[np.int64]:
        """Return the rows that the next mini-batch takes, or what is left of it."""
        order = self._order.peek() if self._begun is None else self._begun.order
        return order[self.rows_into : self.rows_into + self.rows_of_batch].copy()

    def next_rate(self, epoch: int) -> float:
        """Return the learning rate of the next step, in this epoch, which is counted from 1."""
        begun = self._begun
        step = self.steps if begun is None else begun.first_step
        return float(self._rates(epoch, step)[self.rows_into // self._batch_size])

    @property
    def rows_of_batch(self) -> int:
        """How many rows the next mini-batch takes, or what is left of it."""
        into = self.rows_into
        return min(self._batch_size - into % self._batch_size, self.rows - into)

    def save(self) -> LoopState:
        """Return where this is, for :meth:`restore`."""
        return LoopState(
            self.parameters.copy(),
            self.optimizer_state,
            self._earlier_steps,
            self._learning_rate,
            self._rows_seen,
            self._order.save(),
            self._begun,
        )

    def restore(self, state: LoopState) -> None:
        """Go on from where this or another loop over the same rows was.

        What that one had begun is gone on with, in its order of the rows. The random generator is
        put back where both shuffle.
        """
        self.stop()
        begun = state.begun
        foreign = begun is not None and bool((begun.order != self._order.current).any())
        if foreign and not self._gathered:
            self._start(state.parameters, None, gathered=True)
        self._begun, self._earlier_steps = begun, state.earlier_steps
        self._steps.state[PARAMETERS] = state.parameters
        self._remember(state.optimizer)
        self._learning_rate, self._rows_seen = state.learning_rate, state.rows_seen
        if self._order.changes and state.order[1] is not None:
            self._order.restore(state.order, 0)

    def _begin(self, epoch: int) -> BegunEpoch:
        self._begun = BegunEpoch(epoch, self.steps, self._order.draw())
        return self._begun

    def _cut(self, first: int, last: int) -> list[tuple[int, int]]:
        """Cut rows into calls of the kernel: whole epochs into few, else each step by itself.

        So that the error is summed up in the same order, mini-batch by mini-batch.
        """
        if first == 0 and last == self.rows:
            return self._blocks
        size = self._batch_size
        cuts = [first, *range(first - first % size + size, last, size), last]
        return list(itertools.pairwise(cuts))

    def _end(self, epoch: int, sums: Sequence[float], seconds: float, rate: float) -> Epoch:
        """Write down what came of an epoch that is over."""
        self._begun = None
        self._rows_seen += self.rows
        start = time.perf_counter()
        validation = follow(self._validate, self._parameters)
        error, penalty = sums[ERROR] / self._errors, sums[PENALTY] / self.rows
        return Epoch(
            epoch,
            error + penalty,
            *validation,
            rate,
            seconds + time.perf_counter() - start,
            self.rows / seconds,
            error,
            penalty,
            int(sums[MISTAKES]) if self._counts_mistakes else None,
        )

    def _rates(self, epoch: int, first_step: int, *, ahead: int = 0) -> Array:
        """Return the learning rate of every step of an epoch, which is counted from 1.

        ``ahead`` is how many epochs lie between now and then.
        """
        if self._lasting is not None and self._lasting[0] == self._learning_rate:
            return self._lasting[1]
        seen = self._rows_seen + ahead * self.rows
        now = Clock(epoch - 1, first_step, self._steps_per_epoch, self._epochs, seen)
        rates = self._schedule.rates(self._learning_rate, now)
        if not self._schedule.changes:
            self._lasting = self._learning_rate, rates
        return rates
