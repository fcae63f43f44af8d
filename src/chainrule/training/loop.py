"""The loop: one Epoch record after another, for whoever consumes them.

History, progress bar, early stopping and the estimators all read the same records; none of them
reaches into the loop.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.engine import Data
from chainrule.network.layout import (
    ERROR,
    FIRST,
    GRADIENT,
    MISTAKES,
    PACE,
    PARAMETERS,
    PENALTY,
    SECOND,
    SUMS,
)
from chainrule.network.steps import Steps
from chainrule.training.clock import Clock, Schedule
from chainrule.training.history import Epoch
from chainrule.training.optimizers import OPTIMIZERS, OptimizerState, Rates
from chainrule.training.order import Order
from chainrule.training.regularization import Regularization
from chainrule.training.schedules import SCHEDULES

__all__ = ["Loop", "Validation", "follow"]

# Between calls into the kernel Python can be interrupted; so many operations take some
# hundredths of a second.
OPERATIONS_PER_CALL = 4e9
# Where an epoch is less work than the call, several are run in one; so many operations take about
# a millisecond.
OPERATIONS_AHEAD, EPOCHS_AHEAD = 4e6, 256


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


def _count_ahead(network: Architecture, rows: int) -> int:
    """Return how many epochs to run in one call if nobody looks at the network in between."""
    operations = 6 * rows * network.parameter_count
    return min(EPOCHS_AHEAD, max(1, round(OPERATIONS_AHEAD / operations)))


@dataclass
class _Stretch:
    """Epochs that were run in one call: what came of each, and what there was before them."""

    trail: Array
    paces: Array
    before: Any
    step: int
    at: int


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
    ahead : bool
        Whether several epochs may be run before the first of them is handed out, where they are
        short. What has run too far when one stops or changes the rate is taken back.

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
        share: float = 0.0,
        validate: Callable[[Array], Validation] | None = None,
        ahead: bool = False,
    ) -> None:
        self.rows, self._rows_seen = data.rows, rows_seen
        self._validate = validate
        # A full batch is the same set of rows in any order: nothing to shuffle, nothing to gather.
        shuffle = shuffle if batch_size < data.rows else None
        record = OPTIMIZERS[optimizer]
        record.check(network, regularization)
        numbers = record.settle(rates)._asdict()
        self._learning_rate: float = numbers.pop("learning_rate")
        self._steps = Steps(
            network,
            data,
            parameters,
            batch_size=batch_size,
            gathered=shuffle is not None,
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
        self._order = Order(data.rows, shuffle, ahead=self._steps.leaves_cores)
        self._batch_size = batch_size
        self._steps_per_epoch = -(-data.rows // batch_size)
        together = ahead and validate is None and self._steps.can_run_ahead
        self._ahead = _count_ahead(network, data.rows) if together else 1
        self._stretch: _Stretch | None = None
        self._blocks = _make_blocks(network, data.rows, batch_size)
        # What a whole epoch's error is divided by, so that it is the average over the rows.
        self._errors = (data.total_weight * share) or float(data.rows)
        self._counts_mistakes = network.loss == "perceptron"

    @property
    def parameters(self) -> Array:
        """Where the network is now: all weights and biases as one vector."""
        stretch = self._stretch
        return self._parameters if stretch is None else stretch.trail[stretch.at, PARAMETERS]

    @property
    def gradient(self) -> Array:
        """The gradient of the last mini-batch's error, without penalties, before clipping."""
        gradient: Array = self._steps.state[GRADIENT]
        return gradient

    @property
    def execution_plan(self) -> dict[str, Any]:
        """How the epochs are run here: plain data, for whoever wants to know."""
        return {**self._steps.execution_plan, "epochs_per_call": self._ahead}

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
        stretch = self._stretch
        return self._rows_seen + (0 if stretch is None else (stretch.at + 1) * self.rows)

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
        for stretch in self.stretches(after=after):
            yield from self.one_by_one(stretch)

    def stretches(self, *, after: int = 0) -> Iterator[list[Epoch]]:
        """Run as :meth:`epochs` does, several epochs in one call if allowed to run ahead.

        Parameters
        ----------
        after : int
            The number of the last epoch before these.

        Yields
        ------
        list of Epoch
            One, or those that were run together; the network is where the last of them left it, or
            where :meth:`go_to` puts it.
        """
        epoch = after + 1
        while True:
            count = min(self._ahead, max(1, self._epochs - epoch + 1))
            stretch = [self._run_one(epoch)] if count == 1 else self._run_ahead(epoch, count)
            before = self.rows_seen - len(stretch) * self.rows
            yield stretch
            epoch += (self.rows_seen - before) // self.rows

    def one_by_one(self, stretch: list[Epoch], first: int = 0) -> Iterator[Epoch]:
        """Go to one epoch of a stretch after another, until the learning rate is changed."""
        for i in range(first, len(stretch)):
            rate = self.learning_rate
            self.go_to(i)
            yield stretch[i]
            if self.learning_rate != rate:  # the others were run with the old one
                return

    def go_to(self, index: int) -> None:
        """Put the network where this epoch of the last stretch left it."""
        if self._stretch is not None:
            self._stretch.at = index

    def stop(self) -> None:
        """Forget what has run ahead of where the network is."""
        self._order.stop()
        stretch, self._stretch = self._stretch, None
        if stretch is None:
            return
        taken = stretch.at + 1
        self._rows_seen += taken * self.rows
        if stretch.at == len(stretch.trail) - 1:
            return
        self._steps.state[:GRADIENT] = stretch.trail[stretch.at]
        self._steps.set("step", stretch.step + taken * self._steps_per_epoch)
        self._steps.set("pace", stretch.paces[stretch.at])
        self._order.restore(stretch.before, taken if self._order.changes else 0)

    def _run_one(self, epoch: int) -> Epoch:
        if self._stretch is not None:
            self.stop()
        clock, rows = time.perf_counter, self.rows
        start = clock()
        rates = self._rates(epoch)
        sums = self._run(rates)
        trained = clock()
        validation = follow(self._validate, self.parameters)
        error, penalty = sums[ERROR] / self._errors, sums[PENALTY] / rows
        return Epoch(
            epoch,
            error + penalty,
            *validation,
            float(rates[-1]),
            clock() - start,
            rows / (trained - start),
            error,
            penalty,
            int(sums[MISTAKES]) if self._counts_mistakes else None,
        )

    def _run_ahead(self, epoch: int, count: int) -> list[Epoch]:
        """Run so many epochs in one call, the first of which has this number."""
        self.stop()
        start = time.perf_counter()
        before = self._order.save()
        orders = [self._order.draw() for _ in range(count if self._order.changes else 1)]
        step = self._steps.get("step")
        different = range(count if self._schedule.changes else 1)
        rates = np.stack([self._rates(epoch + i, ahead=i) for i in different])
        sums, trail = self._steps.run_epochs(np.stack(orders), rates, count)
        self._stretch = _Stretch(trail, sums[:, PACE], before, step, count - 1)
        seconds = (time.perf_counter() - start) / count
        error, penalty = sums[:, ERROR] / self._errors, sums[:, PENALTY] / self.rows
        mistakes = sums[:, MISTAKES].astype(int).tolist()
        columns = (
            range(epoch, epoch + count),
            (error + penalty).tolist(),
            itertools.repeat(None),
            itertools.repeat(None),
            np.broadcast_to(rates[:, -1], count).tolist(),
            itertools.repeat(seconds),
            itertools.repeat(self.rows / seconds),
            error.tolist(),
            penalty.tolist(),
            mistakes if self._counts_mistakes else itertools.repeat(None),
        )
        return list(map(Epoch._make, zip(*columns, strict=False)))

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
        try:
            for i in range(len(rates)):
                if first >= self.rows:
                    first = 0
                    self._order.draw()
                last = min(first + self._batch_size, self.rows)
                sums = self._steps.run(self._order.current, first, last, rates[i : i + 1])
                yield (sums[ERROR] + sums[PENALTY]) / (last - first)
                first = last
        finally:
            self._order.stop()

    def _rates(self, epoch: int, *, ahead: int = 0) -> Array:
        """Return the learning rate of every step of an epoch, which is counted from 1.

        ``ahead`` is how many epochs lie between now and then.
        """
        if self._lasting is not None and self._lasting[0] == self.learning_rate:
            return self._lasting[1]
        steps = self._steps_per_epoch
        step = self._steps.get("step") + ahead * steps
        seen = self._rows_seen + ahead * self.rows
        now = Clock(epoch - 1, step, steps, self._epochs, seen)
        rates = self._schedule.rates(self.learning_rate, now)
        if not self._schedule.changes:
            self._lasting = self.learning_rate, rates
        return rates

    def _run(self, rates: Array) -> list[float]:
        """Run an epoch; returns the sums over its rows, as :meth:`Steps.run` does."""
        order = self._order.draw()
        if len(self._blocks) == 1:
            totals = self._steps.run(order, 0, self.rows, rates)
        else:
            totals = [0.0] * len(SUMS)
            for first, last in self._blocks:
                own = rates[first // self._batch_size : -(-last // self._batch_size)]
                sums = self._steps.run(order, first, last, own)
                totals = [a + b for a, b in zip(totals, sums, strict=True)]
        self._rows_seen += self.rows
        return totals
