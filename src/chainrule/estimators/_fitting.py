"""One fit: rows in, epochs consumed by history, stopping and callbacks, the best weights out."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._rows import Given, Rows
from chainrule.estimators._stopping import Watch
from chainrule.estimators._validation import make_validator
from chainrule.estimators._warnings import warn_caller
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import Data, make_data
from chainrule.training import (
    Epoch,
    History,
    Schedule,
    Validation,
    make_schedule,
)
from chainrule.training.schedules import Adaptive, InverseScaling

__all__ = ["NON_FINITE", "Fitting", "Outcome", "Ready"]

NON_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)


class Ready(NamedTuple):
    """What a fit begins with, all of it checked.

    Attributes
    ----------
    network, parameters : Architecture, array of shape (p,)
        What is trained, and where it starts.
    random : numpy.random.RandomState
        After the first weights and the held-out rows were drawn from it.
    options : TrainingOptions
        What the estimator was told.
    rows, held_out : Rows, Rows or None
        To learn from, and to follow the training on.
    given : (Given, Given)
        The same as they were given.
    divided : (array of int, array of int), or None
        Which of the rows given are learned from and held out, where they were divided.
    """

    network: Architecture
    parameters: Array
    random: np.random.RandomState
    options: TrainingOptions
    rows: Rows
    held_out: Rows | None
    given: tuple[Given, Given]
    divided: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None


class Outcome:
    """How a fit reaches the world: warnings, and the wish that it should stop.

    Fits in several threads share one, so that callbacks are called one at a time.
    """

    def __init__(self, warn: Callable[..., None] = warn_caller) -> None:
        self.warn = warn
        self.lock = threading.RLock()
        self.interrupted = threading.Event()
        self.interrupted_by_user = False
        self.leader: Any = None


class Fitting(ABC):
    """A fit in progress: what it reads are options, what it sets are the estimator's ``…_``.

    Parameters
    ----------
    estimator : BaseNetwork
        Whose fit this is.
    network : Architecture
        What is trained.
    random : numpy.random.RandomState
        After the initial weights were drawn from it.
    options : TrainingOptions
        What the estimator was told.
    incremental : bool
        Whether this is ``partial_fit``: one epoch, then return.
    outcome : Outcome, optional
        Shared by fits in several threads.
    """

    def __init__(
        self,
        estimator: Any,
        network: Architecture,
        random: np.random.RandomState,
        options: TrainingOptions,
        *,
        incremental: bool = False,
        outcome: Outcome | None = None,
    ) -> None:
        self.estimator = estimator
        self.network = network
        self.random = random
        self.options = options
        self.incremental = incremental
        self.outcome = outcome or Outcome()
        self.metadata: dict[str, Any] = {}
        self.given = Given(None, None)
        self.reason = self.went_wrong = ""
        self.validate: Callable[[Array], Validation] | None = None
        self.schedule = self._make_schedule()

    def _make_schedule(self) -> Schedule:
        options = self.options
        schedule = make_schedule(options.learning_rate, power_t=options.power_t)
        # As in scikit-learn, Adam adapts its steps itself and these two are for the others.
        named = isinstance(options.learning_rate, str)
        if named and options.solver == "adam" and isinstance(schedule, InverseScaling | Adaptive):
            return make_schedule("constant")
        return schedule

    # ------------------------------------------------------------------ the whole fit

    def run(
        self, parameters: Array, rows: Rows, held_out: Rows | None, given: tuple[Given, Given]
    ) -> Array:
        """Train and return the weights to keep; sets the estimator's fitted attributes.

        ``given`` are training and held-out rows as they were given.
        """
        estimator = self.estimator
        context = estimator._init_callback_context(
            max_subtasks=1 if self.incremental else self.options.max_iter
        )
        X, y = given[0]
        context.call_on_fit_task_begin(estimator=estimator, X=X, y=y)
        result = self.train(parameters, rows, held_out, given, context=context)
        context.call_on_fit_task_end(estimator=estimator, X=X, y=y)
        return result

    def train(
        self,
        parameters: Array,
        rows: Rows,
        held_out: Rows | None,
        given: tuple[Given, Given],
        *,
        context: Any,
    ) -> Array:
        """Train within a callback context that has begun; as :meth:`run`.

        The vector of the parameters is changed; the weights to keep may be in it.
        """
        data = self.prepare(parameters, rows, held_out, given)
        result = self.solve(parameters, data, context)
        self.estimator._set_parameters(self.network, result)
        return result

    def prepare(
        self, parameters: Array, rows: Rows, held_out: Rows | None, given: tuple[Given, Given]
    ) -> Data:
        """Return the training rows as the engine takes them; sets what a fit begins with."""
        estimator, options = self.estimator, self.options
        self.given = given[0]
        dtype = parameters.dtype.type if options.steps else np.float64
        data = make_data(*rows, dtype=dtype)
        validation = None if held_out is None else make_data(*held_out, dtype=dtype)
        if rows.weights is not None:
            self.metadata = {"sample_weight": rows.weights}
        if not self.incremental or not hasattr(estimator, "history_"):
            estimator.history_ = History()
        estimator.n_iter_ = 0
        if not self.incremental or not hasattr(estimator, "best_epoch_"):
            estimator.best_epoch_ = 0
        estimator.n_validation_ = None if held_out is None else len(held_out.y)
        if held_out is not None and estimator.validation_scores_ is None:
            estimator.validation_scores_ = []
        self.follow(validation, given[1])
        return data

    def follow(self, validation: Data | None, given: Given) -> None:
        """Follow the training on these held-out rows, if there are any, and watch it."""
        self.validation, self.given_validation = validation, given
        if validation is not None:
            self.validate = make_validator(
                self.estimator, self.network, validation, options=self.options, given=given
            )
        self.watch_on()

    def watch_on(self) -> None:
        """Watch from where the estimator's own notes say that the training is."""
        self.watch = Watch(self.estimator, self.options, self.schedule)

    @abstractmethod
    def solve(self, parameters: Array, data: Data, context: Any) -> Array:
        """Train from these weights on these rows; returns the weights to keep.

        They may be in the same vector, and nothing else holds on to them.
        """

    def record(self, epoch: Epoch) -> None:
        """Put the epoch where scikit-learn's users look for it, and into the history."""
        estimator, verbose = self.estimator, self.options.verbose
        estimator.history_.append(epoch)
        estimator.loss_ = epoch.train_loss
        estimator.loss_curve_.append(epoch.train_loss)
        if verbose:
            print(f"Iteration {estimator.n_iter_}, loss = {epoch.train_loss:.8f}")  # noqa: T201
        if epoch.validation_score is not None:
            estimator.validation_scores_.append(epoch.validation_score)
            if verbose:
                print(f"Validation score: {epoch.validation_score:f}")  # noqa: T201

    # ------------------------------------------------------------------ callbacks

    def told_to_stop(self, context: Any) -> bool:
        """Tell scikit-learn's callbacks that an epoch has ended; True if one asks to stop."""
        estimator, outcome = self.estimator, self.outcome
        if outcome.interrupted.is_set():
            self.reason = f"interrupted after {estimator.n_iter_} epochs"
            return True
        if not hasattr(estimator, "_skl_callbacks"):
            return False
        X, y = self.given
        with outcome.lock:
            # Callbacks know the estimator they were set on, not its copies that restart.
            told = outcome.leader or estimator
            told.history_ = estimator.history_
            about = {"estimator": told, "X": X, "y": y, "metadata": self.metadata}
            task = context.subcontext(task_name="epoch")
            task.call_on_fit_task_begin(**about)
            stop = task.call_on_fit_task_end(
                **about, reconstruction_attributes=self._fitted_attributes
            )
        if stop:
            self.reason = f"a callback asked to stop after {estimator.n_iter_} epochs"
            outcome.interrupted.set()
        return bool(stop)

    def _fitted_attributes(self) -> dict[str, Any]:
        """Return what makes a fitted estimator of the network as it stands now."""
        skip = ("_skl_callbacks", "_callback_fit_ctx", "_parent_callback_ctx")
        attributes = {
            name: value
            for name, value in vars(self.estimator).items()
            if name.endswith("_") or (name.startswith("_") and name not in skip)
        }
        attributes["coefs_"] = [w.copy() for w in self.estimator.coefs_]
        attributes["intercepts_"] = [b.copy() for b in self.estimator.intercepts_]
        return attributes
