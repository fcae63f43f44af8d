"""A training that can be gone on with, gone back in, and told by its journal."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from chainrule.errors import InputError
from chainrule.estimators import OpenTraining
from chainrule.playground.curve import Curve, Point
from chainrule.playground.data import DataSet
from chainrule.playground.estimator import make_estimator, training_parameters
from chainrule.playground.journal import MOST_ENTRIES, Changed, Entry, Moved, Ran, Unit, appended
from chainrule.playground.settings import Settings
from chainrule.training import Epoch, Validation

__all__ = ["Course"]

# An epoch that takes longer is run in parts, so that one who asks meanwhile is answered.
_LONG = 0.005
# So many places are kept to go back to; from the nearest the rest is trained again.
_MOST_PLACES = 64
# Entries of the journal that what is going on may still need.
_SPARE = 4


@dataclass(frozen=True)
class _Place:
    """Where a training was: what of the journal was done, the settings, and all of its numbers."""

    epoch: int
    entry: int
    done: int
    settings: Settings
    snapshot: Any


class Course:
    """A training from its settings: what is done to it is written down and can be done again.

    Parameters
    ----------
    data : DataSet
        What is learned.
    settings : Settings
        What it starts with.
    journal : tuple of Entry
        What is to be done to it; :meth:`catch_up` does it.

    Attributes
    ----------
    start : Settings
        What it started with.
    settings : Settings
        What is set now.
    journal : tuple of Entry
        What was done, and after going back also what had been done.
    training : OpenTraining
        The network and its numbers.
    curve : Curve
        The losses by epoch.
    """

    def __init__(self, data: DataSet, settings: Settings, journal: tuple[Entry, ...] = ()) -> None:
        self.data, self.start, self.settings = data, settings, settings
        self._rows = len(data.x_train)
        classifies = data.task == "classification"
        estimator = make_estimator(settings, classifies=classifies, rows=self._rows)
        try:
            self.training = OpenTraining(estimator, data.x_train, data.y_train)
        except ValueError as error:
            if not settings.early_stopping or isinstance(error, InputError):
                raise
            raise InputError(
                f"of {self._rows} rows to train on none can be held out for early stopping: train "
                "on more"
            ) from error
        self.journal = journal
        self._entry = self._done = 0
        self._goal: int | None = None
        # Mini-batches of an epoch that is run in parts, and how long one took.
        self._partial, self._epoch_takes = 0, 0.0
        self._follow_train = self.training.follow(data.x_train, data.y_train)
        self._follow_test = self.training.follow(data.x_test, data.y_test)
        self.curve = Curve()
        self._held_out: Validation | None = None
        self._places: list[_Place] = []
        self._apart = 1
        self._note()

    # ------------------------------------------------------------------ what it is like

    @property
    def epoch(self) -> int:
        """How many epochs have been trained."""
        epoch: int = self.training.epoch
        return epoch

    @property
    def furthest(self) -> int:
        """The last epoch that one can go to without training anything new."""
        return max(self.epoch, self.curve.points[-1].epoch)

    @property
    def behind(self) -> bool:
        """Whether something in the journal is still to be done."""
        entry = self._pending
        if entry is None:
            return False
        arrived = self.epoch == self._goal and self.training.rows_into == 0
        return not (arrived and isinstance(entry, Ran))

    @property
    def told(self) -> tuple[Entry, ...]:
        """What of the journal has been done."""
        done = self.journal[: self._entry]
        if not self._done:
            return done
        entry = self.journal[self._entry]
        assert isinstance(entry, Ran)  # noqa: S101 (nothing else is done by halves)
        return (*done, Ran(entry.unit, self._done))

    @property
    def stopped(self) -> str | None:
        """Why the training has ended, if it has."""
        stopped: str | None = self.training.stopped
        return stopped

    @property
    def batch_size(self) -> int:
        """How many rows a step looks at."""
        if self.settings.model == "perceptron":
            return 1
        rows = self.training.rows
        return rows if self.settings.optimizer == "gd" else min(self.settings.batch_size, rows)

    @property
    def held_out(self) -> Validation | None:
        """Loss and score of the rows that early stopping holds out, after the last epoch."""
        return self._held_out

    def losses(self) -> tuple[Validation, Validation]:
        """Return the loss and the score of the training rows and of the test rows."""
        parameters = self.training.parameters
        return self._follow_train(parameters), self._follow_test(parameters)

    # ------------------------------------------------------------------ what is done to it

    def run(self, unit: Unit, count: int, *, seconds: float | None = None) -> bool:
        """Train so many epochs, mini-batches or points; fewer if it stops or time is up.

        Parameters
        ----------
        unit : {"epoch", "batch", "point"}
            Of what.
        count : int
            How many.
        seconds : float, optional
            How long it may take.

        Returns
        -------
        bool
            Whether any was trained.
        """
        if self.stopped:
            return False
        self.plan(unit, count)
        self.catch_up(seconds=seconds)
        self._forget_the_rest()
        return True

    def plan(self, unit: Unit, count: int) -> None:
        """Write down what is to be trained; :meth:`catch_up` does it, :meth:`stay` leaves it.

        Parameters
        ----------
        unit : {"epoch", "batch", "point"}
            Of what.
        count : int
            How many.
        """
        self._forget_the_rest()
        if unit == "epoch":
            self._take_up_epoch()
        self.journal = appended(self.journal, Ran(unit, count))

    def check_room(self) -> None:
        """Refuse to do more by hand than an address has room for.

        Raises
        ------
        InputError
            So much was done already.
        """
        done = len(self.told)
        if done > MOST_ENTRIES - _SPARE:
            raise InputError(
                f"{done:,} things have been done since the start, and an address can tell no more: "
                "save the model, or reset it, or go back to an earlier epoch"
            )

    def change(self, settings: Settings) -> None:
        """Go on with other numbers.

        Parameters
        ----------
        settings : Settings
            Which differ from the present ones in settings of the training only.
        """
        changes = [Changed(n, v) for n, v in settings.items() if v != self.settings[n]]
        for entry in changes:
            self._do_new(entry)

    def move(self, moved: Moved) -> None:
        """Set a weight or a bias by hand.

        Parameters
        ----------
        moved : Moved
            Which, and to what.

        Raises
        ------
        InputError
            There is no such weight.
        """
        moved.place_in(self.training.network)
        self._do_new(moved)

    def go_to(self, epoch: int) -> None:
        """Set out for the end of an epoch that there was; :meth:`catch_up` arrives there.

        Parameters
        ----------
        epoch : int
            0 for the start.
        """
        self._goal = epoch
        place = [place for place in self._places if place.epoch <= epoch][-1]
        here = (self._entry, self._done)
        if self.epoch < epoch and here >= (place.entry, place.done):
            return
        self._entry, self._done = place.entry, place.done
        self.settings, self._partial = place.settings, 0
        self.training.restore(place.snapshot)

    def stay(self) -> None:
        """Do nothing more of what the journal tells."""
        if self.behind:
            self._forget_the_rest()

    def catch_up(self, *, seconds: float | None = None) -> bool:
        """Do what the journal tells, as far as time allows.

        Parameters
        ----------
        seconds : float, optional
            How long it may take.

        Returns
        -------
        bool
            Whether anything was done.
        """
        deadline = math.inf if seconds is None else time.perf_counter() + seconds
        begun = self.behind
        while self.behind:
            self._do_next(deadline)
            if time.perf_counter() > deadline:
                break
        return begun

    # ------------------------------------------------------------------ its parts

    @property
    def _pending(self) -> Entry | None:
        """What of the journal is to be done next."""
        while self._entry < len(self.journal):
            entry = self.journal[self._entry]
            # What is done stays the place one is at as long as nothing comes after it: more of
            # the same may be added to it.
            finished = isinstance(entry, Ran) and self._done >= entry.count
            if not finished:
                return entry
            if self._entry + 1 == len(self.journal):
                return None
            self._entry, self._done = self._entry + 1, 0
        return None

    def _forget_the_rest(self) -> None:
        """Let the journal end here."""
        self.journal, self._goal = self.told, None
        if self._partial:
            self.journal = appended(self.journal, Ran("batch", self._partial))
            last = self.journal[-1]
            assert isinstance(last, Ran)  # noqa: S101 (it was just written)
            self._entry, self._done, self._partial = len(self.journal) - 1, last.count, 0
        here = (self._entry, self._done)
        self._places = [place for place in self._places if (place.entry, place.done) <= here]
        self.curve.cut(self.epoch)

    def _take_up_epoch(self) -> None:
        """Let the mini-batches since the epoch began count as a part of it."""
        last, into = self.journal[-1] if self.journal else None, self.training.rows_into
        if not (isinstance(last, Ran) and last.unit == "batch" and into):
            return
        if last.count * self.batch_size == into:
            self.journal, self._partial = self.journal[:-1], last.count
            before = self.journal[-1] if self.journal else None
            ran = isinstance(before, Ran)
            self._entry = len(self.journal) - ran
            self._done = before.count if isinstance(before, Ran) else 0

    def _do_new(self, entry: Changed | Moved) -> None:
        self._forget_the_rest()
        before = len(self.journal)
        self.journal = appended(self.journal, entry)
        # An entry that took the place of the last one is done at that one's place.
        self._entry, self._done = len(self.journal) - 1, 0
        if len(self.journal) == before:
            here = (self._entry, 0)
            self._places = [place for place in self._places if (place.entry, place.done) <= here]
        self._do(entry)

    def _do_next(self, deadline: float) -> None:
        entry = self._pending
        if isinstance(entry, Ran):
            if self.stopped:
                self._forget_the_rest()
                return
            self._train(entry, deadline)
            self._note()
        elif entry is not None:
            self._do(entry)

    def _do(self, entry: Changed | Moved) -> None:
        if isinstance(entry, Changed):
            self.settings = self.settings.changed(entry.name, entry.value)
            self.training.change(**training_parameters(self.settings, rows=self._rows))
        else:
            parameters = self.training.parameters
            parameters[entry.place_in(self.training.network)] = entry.value
            self.training.set_parameters(parameters)
        self._entry, self._done = self._entry + 1, 0
        self._note()

    def _train(self, entry: Ran, deadline: float) -> None:
        training = self.training
        if entry.unit == "epoch":
            epochs = self._train_epochs(entry.count - self._done, deadline)
        elif entry.unit == "batch":
            epochs = training.run_batches(1)
            self._done += 1
        else:
            training.run_points(1)
            self._done += 1
            epochs = []
        if epochs:
            loss, score = epochs[-1].validation_loss, epochs[-1].validation_score
            self._held_out = None if loss is None or score is None else Validation(loss, score)

    def _train_epochs(self, left: int, deadline: float) -> list[Epoch]:
        """Train some epochs, or a part of one that takes long."""
        training, begun = self.training, time.perf_counter()
        epoch, steps = training.epoch, training.steps
        seconds = None if math.isinf(deadline) else max(0.0, deadline - begun)
        if seconds is not None and self._epoch_takes > _LONG:
            rest = -(-(training.rows - training.rows_into) // self.batch_size)
            epochs = training.run_batches(rest, seconds=seconds)
            done = (training.steps - steps) * self.batch_size / training.rows
        else:
            stops = [self.curve.next_after(epoch), (epoch // self._apart + 1) * self._apart]
            stops += [] if self._goal is None else [self._goal]
            epochs = training.run_epochs(min(left, min(stops) - epoch), seconds=seconds)
            done = training.epoch - epoch
        self._epoch_takes = (time.perf_counter() - begun) / max(done, 1e-9)
        self._done += training.epoch - epoch
        self._partial = self._partial + training.steps - steps if training.rows_into else 0
        return epochs

    def _note(self) -> None:
        """Keep the losses, and a place to go back to, if this is the end of an epoch."""
        if self.training.rows_into:
            return
        if self.curve.wants(self.epoch):
            train, test = self.losses()
            held_out = self._held_out and self._held_out.loss
            self.curve.add(Point(self.epoch, train.loss, test.loss, held_out))
        here = (self._entry, self._done)
        last = self._places[-1] if self._places else None
        if self.epoch % self._apart == 0 and (last is None or here > (last.entry, last.done)):
            snapshot = self.training.snapshot()
            self._places.append(_Place(self.epoch, *here, self.settings, snapshot))
        if len(self._places) > _MOST_PLACES:
            self._apart *= 2
            self._places = [place for place in self._places if place.epoch % self._apart == 0]
