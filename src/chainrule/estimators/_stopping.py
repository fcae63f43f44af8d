"""Early stopping: what is watched, what counts as better, and what a plateau leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.estimators._options import TrainingOptions
from chainrule.training import Epoch, NoImprovement, Schedule

__all__ = ["Watch"]


class Watch:
    """Watches one quantity of every epoch: a held-out one, or else the training loss.

    Parameters
    ----------
    estimator : BaseNetwork
        Whose ``best_…_`` attributes are kept up; goes on from what an earlier call left there.
    options : TrainingOptions
        Patience, tolerance, and what to watch.
    schedule : Schedule
        Hears of plateaus.

    Attributes
    ----------
    keeps_best : bool
        Whether the weights of the best epoch are kept, rather than those of the last.
    """

    def __init__(self, estimator: Any, options: TrainingOptions, schedule: Schedule) -> None:
        self.estimator, self.options, self.schedule = estimator, options, schedule
        self.keeps_best = options.early_stopping
        self.by_score = options.early_stopping and options.monitor != "loss"
        self.stopping = self._no_improvement(options.n_iter_no_change)
        self.stopping.count = estimator._no_improvement_count
        patience = schedule.patience
        self.own = None if patience is None else self._no_improvement(patience)
        if self.own is not None:
            self.own.count = estimator._plateau_count

    def _no_improvement(self, patience: float) -> NoImprovement:
        return NoImprovement(
            patience,
            tolerance=self.options.tol,
            higher_is_better=self.by_score,
            best=self.estimator._best_watched,
        )

    def observe(self, epoch: Epoch) -> bool:
        """Take note of an epoch; True if it is the best so far."""
        if epoch.epoch <= self.options.start_from_epoch:
            return False
        value = self._watched(epoch)
        if self.own is not None:
            self.own.observe(epoch.epoch, value)
            self.estimator._plateau_count = self.own.count
        improved = self.stopping.observe(epoch.epoch, value)
        self.estimator._no_improvement_count = self.stopping.count
        if improved:
            self._say_best(epoch)
        return improved

    def observe_quietly(self, epochs: Sequence[Epoch]) -> tuple[int, int | None]:
        """Take note of the first epochs of several, as many as call for nothing to be done.

        Returns how many they are, and which of them was the best so far, if one was. It is the
        training loss that is watched.
        """
        estimator, first = self.estimator, epochs[0].epoch
        if self.own is not None or self.keeps_best or first <= self.options.start_from_epoch:
            return 0, None
        before = self.stopping.best_epoch
        quiet = self.stopping.observe_quietly(first, [epoch.train_loss for epoch in epochs])
        estimator._no_improvement_count = self.stopping.count
        best = self.stopping.best_epoch
        if best is None or best == before:
            return quiet, None
        self._say_best(epochs[best - first])
        return quiet, best - first

    def _watched(self, epoch: Epoch) -> float:
        if not self.options.early_stopping:
            return epoch.train_loss
        held_out = epoch.validation_score if self.by_score else epoch.validation_loss
        return float("nan") if held_out is None else held_out

    def _say_best(self, epoch: Epoch) -> None:
        estimator = self.estimator
        estimator.best_epoch_ = epoch.epoch
        estimator._best_watched = self.stopping.best
        if self.options.early_stopping:
            estimator.best_validation_score_ = epoch.validation_score
        else:
            estimator.best_loss_ = self.stopping.best

    @property
    def plateau(self) -> str:
        """What has happened, in a sentence, once there is a plateau."""
        options = self.options
        return (
            f"the {options.watched} did not improve by more than tol={options.tol:f} for "
            f"{options.n_iter_no_change} consecutive epochs"
        )

    def next_rate(self, current: float) -> float | None:
        """Return what the schedule starts from in the next epoch; None to stop."""
        if self.own is not None and self.own.on_plateau:
            lowered = self.schedule.on_plateau(current)
            self.own.reset()
            self.estimator._plateau_count = 0
            current = current if lowered is None else lowered
        if not self.stopping.on_plateau:
            return current
        rate = self.schedule.on_plateau(current) if self.own is None else None
        self._print_plateau(rate)
        if rate is not None:
            self.stopping.reset()
            self.estimator._no_improvement_count = 0
        return rate

    def _print_plateau(self, rate: float | None) -> None:
        if not self.options.verbose:
            return
        sentence = self.plateau
        end = "Stopping." if rate is None else f"Setting learning rate to {rate:f}"
        if rate is None and self.schedule.name == "adaptive":
            end = "Learning rate too small. Stopping."
        print(f"{sentence[:1].upper()}{sentence[1:]}. {end}")  # noqa: T201
