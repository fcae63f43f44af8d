"""One fit: rows in, epochs consumed by history, stopping and callbacks, the best weights out."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._rows import Given, Rows
from chainrule.estimators._stopping import Watch
from chainrule.estimators._validation import make_validator
from chainrule.estimators._warnings import warn_caller
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import Data, make_data
from chainrule.network.threads import one_blas_thread
from chainrule.training import (
    Epoch,
    History,
    Loop,
    OptimizerState,
    Schedule,
    Validation,
    lbfgs,
    make_schedule,
    newton_method,
)
from chainrule.training.schedules import Adaptive, InverseScaling

__all__ = ["Fitting", "Outcome"]

_NON_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)
# Times the first epoch's loss: far more than steps that are merely too long bring about.
_TOO_LARGE = 1000.0


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


class Fitting:
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
        """Train within a callback context that has begun; as :meth:`run`."""
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
        if validation is not None:
            self.validate = make_validator(
                estimator, self.network, validation, options=options, given=given[1]
            )
        self.watch = Watch(estimator, options, self.schedule)
        with one_blas_thread():
            solve = self._step_by_step if options.steps else self._all_at_once
            result = solve(parameters, data, context).copy()
        estimator._set_parameters(self.network, result)
        return result

    # ------------------------------------------------------------------ mini-batch training

    def _step_by_step(self, parameters: Array, data: Data, context: Any) -> Array:
        estimator = self.estimator
        loop = self.loop = self.make_loop(parameters, data)
        saved = (self._saved or {}).get("best")
        self.kept = parameters.copy() if saved is None else saved.copy()
        self.kept_epoch, self.before = estimator.best_epoch_, parameters.copy()
        estimator._set_parameters(self.network, loop.parameters)
        diverged = False
        try:
            for epoch in self._noteworthy(loop):
                estimator.n_iter_ += 1
                estimator.t_ = loop.rows_seen
                self._record(epoch)
                diverged = not self._is_finite(epoch, loop.parameters)
                if diverged or self._after_epoch(epoch, loop, context):
                    break
            diverged = diverged or self._has_grown()
        except KeyboardInterrupt:
            self.reason = f"interrupted by the user after {estimator.n_iter_} epochs"
            self.outcome.warn("Training interrupted by user.")
        loop.stop()
        if diverged:
            self._say_diverged()
        estimator.stopping_reason_ = self.reason
        if not (diverged and self.incremental):  # what led astray is not gone on with
            estimator._optimizer_state = self._remember(loop)
        best = self.watch.keeps_best and estimator._best_watched is not None
        return self.kept if diverged or best else loop.parameters

    def _noteworthy(self, loop: Loop) -> Iterator[Epoch]:
        """Run epochs and hand out those after which there may be something to do."""
        for stretch in loop.stretches(after=len(self.estimator.history_)):
            quiet = self._pass_over(stretch, loop) if len(stretch) > 1 else 0
            yield from loop.one_by_one(stretch, quiet)

    def _pass_over(self, stretch: list[Epoch], loop: Loop) -> int:
        """Take note of a stretch's first epochs, as long as none can be the last.

        Does at once what is done after each of them, but for what cannot happen there. Returns how
        many they are.
        """
        estimator, watch = self.estimator, self.watch
        loop.go_to(len(stretch) - 1)
        told = self.options.verbose or self.network.loss == "perceptron"
        if told or not np.isfinite(loop.parameters).all():
            return 0
        quiet, best = watch.observe_quietly(stretch[:-1])
        if best is not None:
            if best > 0:
                loop.go_to(best - 1)
            self._keep(loop.parameters if best > 0 else self.before, stretch[best].epoch - 1)
        if quiet:
            loop.go_to(quiet - 1)
            np.copyto(self.before, loop.parameters)
            estimator.n_iter_ += quiet
            estimator.t_ = loop.rows_seen
            estimator.history_.extend(stretch[:quiet])
            estimator.loss_ = stretch[quiet - 1].train_loss
            estimator.loss_curve_.extend(epoch.train_loss for epoch in stretch[:quiet])
        return quiet

    @property
    def _saved(self) -> dict[str, Any] | None:
        """What an earlier call of partial_fit remembered."""
        saved: dict[str, Any] | None = self.estimator.__dict__.get("_optimizer_state")
        return saved if self.incremental else None

    def make_loop(self, parameters: Array, data: Data) -> Loop:
        """Return the loop that trains from these weights on these rows, not yet begun."""
        estimator, options = self.estimator, self.options
        saved = self._saved
        disturbed = options.input_noise > 0 or options.input_dropout > 0
        if saved:
            seed = saved["seed"]
        else:
            # Nothing is drawn where nothing is dropped, so that the rows' order is scikit-learn's.
            drawn = self.network.dropout or disturbed
            seed = int(self.random.randint(2**31 - 1)) if drawn else 0
        self.seed = seed
        rate = saved["learning_rate"] if saved else None
        return Loop(
            self.network,
            parameters,
            data,
            optimizer=options.solver,
            rates=options.rates(rate or options.learning_rate_init),
            batch_size=self._batch_size(data.rows),
            regularization=options.regularization,
            schedule=self.schedule,
            epochs=options.max_iter,
            shuffle=self.random if options.shuffle else None,
            seed=seed,
            resume=OptimizerState.of(saved) if saved else None,
            rows_seen=estimator.t_,
            share=options.share,
            validate=self.validate,
            ahead=not (self.incremental or hasattr(estimator, "_skl_callbacks")),
        )

    def _remember(self, loop: Loop) -> dict[str, Any]:
        """Return what partial_fit goes on from, as plain data."""
        state = loop.optimizer_state
        remembered = {**state._asdict(), "learning_rate": loop.learning_rate, "seed": self.seed}
        if self.incremental and self.watch.keeps_best:  # coefs_ are those of the best epoch
            remembered |= {"parameters": loop.parameters.copy(), "best": self.kept.copy()}
        return remembered

    def _batch_size(self, rows: int) -> int:
        batch_size = self.options.batch_size
        if self.options.solver == "gd":
            return rows
        if isinstance(batch_size, str):
            return min(200, rows)
        if batch_size > rows:
            self.outcome.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"
            )
        return int(np.clip(batch_size, 1, rows))

    def _is_finite(self, epoch: Epoch, parameters: Array) -> bool:
        if math.isfinite(epoch.train_loss) and np.isfinite(parameters).all():
            return True
        self.went_wrong = f"the loss or the weights are not finite after epoch {epoch.epoch}"
        return False

    def _has_grown(self) -> bool:
        """Whether the training that just ended was on its way to infinity, the weights with it."""
        first, last = (self.estimator.history_[i].train_loss for i in (0, -1))
        # Batches of partial_fit may differ by that much, and so may a perceptron's mistakes.
        told_by_size = not self.incremental and self.network.loss != "perceptron"
        if not told_by_size or self.watch.keeps_best or not last > _TOO_LARGE * first > 0:
            return False
        epoch = self.estimator.history_[-1].epoch
        self.went_wrong = f"the loss of epoch {epoch} is {last / first:.0e} times the first"
        return True

    def _after_epoch(self, epoch: Epoch, loop: Loop, context: Any) -> bool:
        """Watch for a plateau, keep what is good, tell the callbacks; True to stop."""
        watch = self.watch
        improved = watch.observe(epoch)
        if watch.keeps_best and improved:
            self._keep(loop.parameters, epoch.epoch)
        elif not watch.keeps_best:
            # The training loss is met on the way: it speaks for the weights the epoch began with.
            if improved:
                self._keep(self.before, epoch.epoch - 1)
            np.copyto(self.before, loop.parameters)
        stop = self._told_to_stop(context)
        if not stop and epoch.mistakes == 0:
            self.reason = f"converged: no row was misclassified in epoch {epoch.epoch}"
            stop = True
        if not stop:
            rate = watch.next_rate(loop.learning_rate)
            stop = rate is None
            if rate is None:
                self.reason = watch.plateau
            else:
                loop.learning_rate = rate
        if stop or self.incremental:
            return True
        return self._at_the_end()

    def _keep(self, parameters: Array, epoch: int) -> None:
        np.copyto(self.kept, parameters)
        self.kept_epoch = epoch

    def _at_the_end(self) -> bool:
        """Whether max_iter is reached; says so."""
        most = self.options.max_iter
        if self.estimator.n_iter_ < most:
            return False
        self.reason = f"reached max_iter={most} epochs"
        mistakes = self.estimator.history_[-1].mistakes
        if mistakes is not None:
            self.reason += f", in the last of which {mistakes} rows were still misclassified"
            self.outcome.warn(
                f"The perceptron did not converge in max_iter={most} epochs: {mistakes} rows were "
                "misclassified in the last. No line may separate these classes.",
                ConvergenceWarning,
            )
            return True
        self.outcome.warn(
            f"Stochastic Optimizer: Maximum iterations ({most}) reached and the "
            "optimization hasn't converged yet.",
            ConvergenceWarning,
        )
        return True

    def _say_diverged(self) -> None:
        """Say at which epoch the error was no number any more, or too large, and what is kept."""
        estimator, rate = self.estimator, self.options.learning_rate_init
        what = f"diverged: {self.went_wrong}"
        cure = f"Scale the data, lower learning_rate_init={rate:g} or set clip_norm."
        finite = np.isfinite(estimator.history_[-1].train_loss)
        if self.kept_epoch == 0 and not estimator._trained and not finite:
            raise ValueError(f"{_NON_FINITE} Training {what}. {cure}")
        kept = f"the weights of epoch {self.kept_epoch}"
        if estimator.n_iter_ == 1 or self.kept_epoch == 0:
            kept = "the weights from before"
        self.reason = f"{what}; {kept} are kept"
        self.outcome.warn(f"Training {self.reason}. {cure}", ConvergenceWarning)

    def _record(self, epoch: Epoch) -> None:
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

    def _told_to_stop(self, context: Any) -> bool:
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

    # ------------------------------------------------------------------ L-BFGS and Newton

    def _all_at_once(self, parameters: Array, data: Data, context: Any) -> Array:
        """Minimize over all rows; an epoch is an iteration."""
        estimator, options, watch = self.estimator, self.options, self.watch
        dtype = parameters.dtype
        self.kept = parameters.astype(np.float64)

        def observe(epoch: Epoch, x: Array) -> bool:
            estimator.n_iter_ = epoch.epoch
            estimator._set_parameters(self.network, x)
            self._record(epoch)
            if watch.observe(epoch):
                np.copyto(self.kept, x)
            if self._told_to_stop(context):
                return True
            if options.early_stopping and watch.next_rate(1.0) is None:
                self.reason = watch.plateau
                return True
            return False

        estimator._set_parameters(self.network, parameters)
        solve = self._newton if options.solver == "newton" else self._lbfgs
        result, loss = solve(
            parameters,
            data,
            l1=options.l1,
            l2=options.alpha,
            label_smoothing=options.label_smoothing,
            max_iterations=options.max_iter,
            tolerance=options.tol,
            observe=observe,
            validate=self.validate,
        )
        if not np.isfinite(result).all():
            raise ValueError(_NON_FINITE)
        estimator.loss_ = loss
        if watch.keeps_best and self.validate is not None:
            return np.asarray(self.kept, dtype)
        estimator.best_loss_ = loss
        estimator.best_epoch_ = len(estimator.history_)
        return np.asarray(result, dtype)

    def _lbfgs(self, parameters: Array, data: Data, **asked: Any) -> tuple[Array, float]:
        estimator, options = self.estimator, self.options
        result = lbfgs(self.network, parameters, data, max_evaluations=options.max_fun, **asked)
        estimator.n_iter_ = min(int(result.nit), options.max_iter)
        estimator.stopping_reason_ = self.reason or f"L-BFGS: {result.message}"
        if not result.success and not self.reason:
            self.outcome.warn(
                f"lbfgs failed to converge after {result.nit} iteration(s) "
                f"(status={result.status}): {result.message}. Increase the number of iterations "
                "(max_iter) or scale the data.",
                ConvergenceWarning,
            )
        return result.x, float(result.fun)

    def _newton(self, parameters: Array, data: Data, **asked: Any) -> tuple[Array, float]:
        estimator = self.estimator
        result = newton_method(self.network, parameters, data, **asked)
        estimator.n_iter_ = result.iterations
        estimator.stopping_reason_ = self.reason or f"Newton's method: {result.message}"
        if (not result.converged or result.trouble) and not self.reason:
            self.outcome.warn(estimator.stopping_reason_, ConvergenceWarning)
        return result.parameters, float(result.loss)
