"""The loop: one Epoch record after another, for whoever consumes them.

History, progress bar, early stopping and the estimators all read the same records; none of them
reaches into the loop.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.engine import Data
from chainrule.network.layout import ERROR, GRADIENT, MISTAKES, PACE, PARAMETERS, PENALTY
from chainrule.training.history import Epoch
from chainrule.training.loop_state import BegunEpoch
from chainrule.training.stepping import Stepping

__all__ = ["Loop"]

# Where an epoch is less work than the call, several are run in one; so many operations take about
# a millisecond.
OPERATIONS_AHEAD, EPOCHS_AHEAD = 4e6, 256


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


class Loop(Stepping):
    """A network in training, one epoch after another; short ones are run several at a time.

    Parameters
    ----------
    network, parameters, data, **settings
        As for :class:`chainrule.training.stepping.Stepping`.
    ahead : bool
        Whether several epochs may be run before the first of them is handed out, where they are
        short. What has run too far when one stops or changes the rate is taken back.
    """

    def __init__(
        self,
        network: Architecture,
        parameters: Array,
        data: Data,
        *,
        ahead: bool = False,
        **settings: Any,
    ) -> None:
        self._stretch: _Stretch | None = None
        super().__init__(network, parameters, data, **settings)
        together = ahead and self._validate is None and self._steps.can_run_ahead
        self._ahead = _count_ahead(network, data.rows) if together else 1

    @property
    def parameters(self) -> Array:
        """Where the network is now: all weights and biases as one vector."""
        stretch = self._stretch
        return self._parameters if stretch is None else stretch.trail[stretch.at, PARAMETERS]

    @property
    def execution_plan(self) -> dict[str, Any]:
        """How the epochs are run here: plain data, for whoever wants to know."""
        return {**super().execution_plan, "epochs_per_call": self._ahead}

    @property
    def rows_seen(self) -> int:
        """How many rows have been seen in all epochs."""
        ahead = 0 if self._stretch is None else self._stretch.at + 1
        return super().rows_seen + ahead * self.rows

    @property
    def steps(self) -> int:
        """How many steps have been taken in all."""
        if self._stretch is not None:
            self.stop()
        return super().steps

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
            together = count > 1 and self._begun is None
            stretch = self._run_ahead(epoch, count) if together else [self.finish(epoch)]
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
        super().stop()
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

    def _begin(self, epoch: int) -> BegunEpoch:
        if self._stretch is not None:
            self.stop()
        return super()._begin(epoch)

    def _run_ahead(self, epoch: int, count: int) -> list[Epoch]:
        """Run so many epochs in one call, the first of which has this number."""
        self.stop()
        start = time.perf_counter()
        before = self._order.save()
        orders = [self._order.draw() for _ in range(count if self._order.changes else 1)]
        step = self._steps.get("step")
        different = range(count if self._schedule.changes else 1)
        steps = [self._earlier_steps + step + i * self._steps_per_epoch for i in different]
        rates = np.stack([self._rates(epoch + i, steps[i], ahead=i) for i in different])
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
