"""A fit whose epochs come from outside, one now and one later: what it keeps in between."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import numpy as np

from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._step_by_step import StepByStep
from chainrule.estimators._validation import validate_rows
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import Data
from chainrule.training import Epoch, History, Loop, Validation

__all__ = ["BoundedHistory", "HeldOpen", "Mark", "Watched"]

# What the estimator is told of a training besides its epochs.
_TOLD = (
    "n_iter_",
    "t_",
    "loss_",
    "best_loss_",
    "best_validation_score_",
    "best_epoch_",
    "_best_watched",
    "_no_improvement_count",
    "_plateau_count",
)


class Mark(NamedTuple):
    """Where a history was: a list that has since changed only behind its first ``length``."""

    epochs: list[Epoch]
    length: int
    last: Epoch | None
    every: int


class BoundedHistory(History):
    """A history of all epochs until there are too many, then of every second, every fourth, ….

    The first and the newest are always there.

    Parameters
    ----------
    most : int
        How many are kept.

    Examples
    --------
    >>> history = BoundedHistory(4)
    >>> for number in range(1, 12):
    ...     history.append(Epoch(number, 1 / number, None, None, 0.1, 1.0, 1.0))
    >>> history.column("epoch")
    [1, 4, 8, 11]
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most, self._every = most, 1

    def append(self, epoch: Epoch) -> None:
        """Add the newest epoch, and leave out what is not kept."""
        epochs = self._epochs
        if len(epochs) > 1 and epochs[-1].epoch % self._every:
            del epochs[-1]
        epochs.append(epoch)
        while len(self._epochs) > self._most:
            self._every *= 2
            between = (e for e in self._epochs[1:-1] if e.epoch % self._every == 0)
            self._epochs = [self._epochs[0], *between, epoch]

    def mark(self) -> Mark:
        """Return what :meth:`go_back` goes back to."""
        epochs = self._epochs
        return Mark(epochs, max(len(epochs) - 1, 0), epochs[-1] if epochs else None, self._every)

    def go_back(self, mark: Mark) -> None:
        """Be what it was, or what another history was."""
        last = [] if mark.last is None else [mark.last]
        self._epochs, self._every = [*mark.epochs[: mark.length], *last], mark.every

    def unbounded(self) -> History:
        """Return a copy that keeps all that comes."""
        history = History()
        history.extend(self)
        return history


class Watched(NamedTuple):
    """What a fit has noted of its epochs so far."""

    told: dict[str, Any]
    reason: str
    history: Mark
    kept: Array
    kept_epoch: int
    before: Array


class HeldOpen(StepByStep):
    """A fit by mini-batches that is gone on with from outside; arguments as for :class:`Fitting`.

    Parameters
    ----------
    seed : int, optional
        Of dropout's masks and the noise, where a fit that this one goes on from has drawn it.
    limited : bool
        Whether it ends with ``max_iter``.
    """

    def __init__(
        self,
        estimator: Any,
        network: Architecture,
        random: np.random.RandomState,
        options: TrainingOptions,
        *,
        seed: int | None = None,
        limited: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(estimator, network, random, options, **settings)
        self._seed, self.limited = seed, limited
        estimator._trained = True  # there is something to go back to, so that nothing is raised

    def draw_seed(self) -> int:
        """Return the seed of a fit, and draw one also where that needs none yet."""
        if self._seed is not None:
            return self._seed
        later = copy.deepcopy(self.random)
        return super().draw_seed() or int(later.randint(2**31 - 1))

    def record(self, epoch: Epoch) -> None:
        """Put the epoch into the history; the curves are read from there."""
        self.estimator.history_.append(epoch)
        self.estimator.loss_ = epoch.train_loss

    def _at_the_end(self) -> bool:
        return self.limited and super()._at_the_end()

    def stop(self) -> None:
        """End as a fit ends: the loop is where the weights that are kept are."""
        parameters = self.loop.parameters.copy()
        self.end(parameters)
        self.loop.parameters[:] = parameters
        if self.diverged:  # what led astray is not gone on with
            self.loop.restore(self.loop.save().afresh())

    def go_on_from(self, other: HeldOpen, data: Data) -> None:
        """Begin where another fit of the same estimator stands."""
        estimator = self.estimator
        self.follow(other.validation, other.given_validation)
        self.loop = self.make_loop(other.loop.parameters, data)
        self.kept, self.kept_epoch, self.before = other.kept, other.kept_epoch, other.before
        self.diverged = False
        estimator._set_parameters(self.network, self.loop.parameters)

    def watch_anew(self) -> None:
        """Let no epoch be the best so far, but the weights as they are."""
        estimator = self.estimator
        estimator._forget_best()
        estimator.best_epoch_ = self.kept_epoch = estimator.n_iter_
        self.before = self.loop.parameters.copy()
        self.kept = self.before.copy()
        self.watch_on()

    def be_patient_again(self) -> None:
        """Count the epochs without improvement from here on."""
        self.estimator._no_improvement_count = self.estimator._plateau_count = 0
        self.watch_on()

    def judge(self, parameters: Array, rows: Data) -> Validation:
        """Return how the network does on other rows with these weights."""
        return validate_rows(self.estimator, self.network, parameters, rows)

    def save(self) -> Watched:
        """Return what was noted so far."""
        own = vars(self.estimator)
        return Watched(
            {name: own[name] for name in _TOLD if name in own},
            self.reason,
            self.estimator.history_.mark(),
            self.kept.copy(),
            self.kept_epoch,
            self.before.copy(),
        )

    def restore(self, watched: Watched) -> None:
        """Go back to what was noted then."""
        own = vars(self.estimator)
        for name in _TOLD:
            own.pop(name, None)
        own.update(watched.told)
        self.estimator.history_.go_back(watched.history)
        self.kept, self.before = watched.kept.copy(), watched.before.copy()
        self.kept_epoch, self.reason = watched.kept_epoch, watched.reason
        self.watch_on()

    def show(self) -> Any:
        """Return a copy of the estimator as a fit would have left it, with the present weights."""
        loop: Loop = self.loop
        parameters = loop.parameters.copy()
        shown = copy.copy(self.estimator)
        shown._set_parameters(self.network, parameters)
        shown._optimizer_state = self._remember(loop, parameters)
        shown.execution_plan_ = loop.execution_plan
        shown.history_ = self.estimator.history_.unbounded()
        shown.loss_curve_ = shown.history_.column("train_loss")
        if self.validation is not None:
            shown.validation_scores_ = shown.history_.column("validation_score")
        shown.stopping_reason_ = self.reason or self._so_far()
        return shown

    def _so_far(self) -> str:
        epoch, loop = self.estimator.n_iter_, self.loop
        if loop.steps == 0:
            return "initialized, not trained"
        if loop.rows_into:
            return f"left in epoch {epoch + 1}, after {loop.rows_into} of its {loop.rows} rows"
        return f"left after epoch {epoch}"
