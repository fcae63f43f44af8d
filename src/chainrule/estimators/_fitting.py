"""One fit: rows in, epochs consumed by history, stopping and callbacks, the best weights out."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import _safe_indexing

from chainrule.estimators._rows import Rows, hold_out
from chainrule.estimators._warnings import warn_caller
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import Data, evaluate, make_data
from chainrule.network.threads import one_blas_thread
from chainrule.training import (
    SCHEDULES,
    Epoch,
    History,
    Loop,
    NoImprovement,
    OptimizerState,
    Rates,
    Validation,
    lbfgs,
)

__all__ = ["Fitting"]


class Fitting:
    """A fit in progress: what it reads is the estimator's parameters, what it sets ends in ``_``.

    Parameters
    ----------
    estimator : BaseMLP
        Whose fit this is.
    network : Architecture
        What is trained.
    random : numpy.random.RandomState
        After the initial weights were drawn from it.
    incremental : bool
        Whether this is ``partial_fit``: one epoch, then return.
    """

    def __init__(
        self,
        estimator: Any,
        network: Architecture,
        random: np.random.RandomState,
        *,
        incremental: bool,
    ) -> None:
        self.estimator = estimator
        self.network = network
        self.random = random
        self.incremental = incremental
        self.best: Array | None = None
        self.metadata: dict[str, Any] = {}
        self.given: tuple[Any, Any] = (None, None)
        self.reason = ""
        # As in scikit-learn, Adam adapts its steps itself and takes no schedule.
        adapts = estimator.solver == "adam"
        self.schedule = SCHEDULES["constant" if adapts else estimator.learning_rate]

    # ------------------------------------------------------------------ the whole fit

    def run(
        self, parameters: Array, rows: Rows, held_out: Rows | None, given: tuple[Any, Any]
    ) -> Array:
        """Train and return the weights to keep; sets the estimator's fitted attributes."""
        estimator = self.estimator
        self.given = given
        if estimator.early_stopping and estimator.solver != "lbfgs" and held_out is None:
            several = not is_classifier(estimator) or rows.y.shape[1] > 1
            classes = None if several else estimator.n_outputs_
            fraction = estimator.validation_fraction
            train, other = hold_out(rows.y, fraction, self.random, classes=classes)
            rows, held_out = rows.pick(train), rows.pick(other)
            if hasattr(estimator, "_skl_callbacks"):
                self.given = _safe_indexing(given[0], train), _safe_indexing(given[1], train)
        dtype = np.float64 if estimator.solver == "lbfgs" else parameters.dtype.type
        data = make_data(*rows, dtype=dtype)
        validation = None if held_out is None else make_data(*held_out, dtype=dtype)
        if rows.weights is not None:
            self.metadata = {"sample_weight": rows.weights}
        if not self.incremental or not hasattr(estimator, "history_"):
            estimator.history_ = History()
        estimator.n_iter_ = estimator.best_epoch_ = 0
        if held_out is not None and estimator.validation_scores_ is None:
            estimator.validation_scores_ = []
        context = estimator._init_callback_context(
            max_subtasks=1 if self.incremental else estimator.max_iter
        )
        context.call_on_fit_task_begin(estimator=estimator, X=given[0], y=given[1])
        with one_blas_thread():
            solve = self._lbfgs if estimator.solver == "lbfgs" else self._stochastic
            result = solve(parameters, data, validation, context).copy()
        estimator._set_parameters(self.network, result)
        context.call_on_fit_task_end(estimator=estimator, X=given[0], y=given[1])
        return result

    # ------------------------------------------------------------------ mini-batch training

    def _stochastic(
        self, parameters: Array, data: Data, validation: Data | None, context: Any
    ) -> Array:
        estimator = self.estimator
        loop = self._make_loop(parameters, data, validation)
        self.best = parameters.copy() if estimator.early_stopping else None
        stopping = self._make_stopping()
        estimator._set_parameters(self.network, loop.parameters)
        try:
            for epoch in loop.epochs(after=len(estimator.history_)):
                if self._after_epoch(epoch, loop, stopping, context):
                    break
        except KeyboardInterrupt:
            self.reason = f"interrupted by the user after {estimator.n_iter_} epochs"
            warn_caller("Training interrupted by user.")
        estimator.stopping_reason_ = self.reason
        if self.best is not None and not np.isfinite(estimator.loss_):
            self._say_diverged()
        state = loop.optimizer_state
        estimator._optimizer_state = {
            "step": state.step,
            "first": state.first,
            "second": state.second,
            "learning_rate": loop.learning_rate,
        }
        return loop.parameters if self.best is None else self.best

    def _say_diverged(self) -> None:
        """Warn that the error is no longer a number; early stopping has kept what was good."""
        estimator = self.estimator
        history = estimator.history_
        first = next(epoch.epoch for epoch in history if not np.isfinite(epoch.train_loss))
        warn_caller(
            f"training diverged: the loss is not finite from epoch {first} on; the weights of "
            f"epoch {estimator.best_epoch_} are kept. Scale the data or lower "
            f"learning_rate_init={estimator.learning_rate_init:g}.",
            ConvergenceWarning,
        )

    def _make_loop(self, parameters: Array, data: Data, validation: Data | None) -> Loop:
        estimator = self.estimator
        saved = estimator.__dict__.get("_optimizer_state") if self.incremental else None
        rate = saved["learning_rate"] if saved else estimator.learning_rate_init
        resume = OptimizerState(saved["step"], saved["first"], saved["second"]) if saved else None
        rates = Rates(
            rate,
            estimator.momentum,
            estimator.nesterovs_momentum,
            estimator.beta_1,
            estimator.beta_2,
            estimator.epsilon,
        )
        # Nothing is drawn where nothing is dropped, so that the order of rows is scikit-learn's.
        seed = int(self.random.randint(2**31 - 1)) if self.network.dropout else 0
        return Loop(
            self.network,
            parameters,
            data,
            optimizer=estimator.solver,
            rates=rates,
            batch_size=self._batch_size(data.rows),
            l1=estimator.l1,
            l2=estimator.alpha,
            shuffle=self.random if estimator.shuffle else None,
            dropout_seed=seed,
            resume=resume,
            validate=None if validation is None else self._validator(validation),
        )

    def _batch_size(self, rows: int) -> int:
        estimator = self.estimator
        if estimator.solver == "gd":
            return rows
        if estimator.batch_size == "auto":
            return min(200, rows)
        if estimator.batch_size > rows:
            warn_caller(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"
            )
        return int(np.clip(estimator.batch_size, 1, rows))

    def _make_stopping(self) -> NoImprovement:
        estimator = self.estimator
        by_score = estimator.early_stopping and estimator.monitor == "score"
        best = estimator.best_validation_score_ if by_score else None
        if not estimator.early_stopping:
            best = estimator.best_loss_
        stopping = NoImprovement(
            estimator.n_iter_no_change,
            tolerance=estimator.tol,
            higher_is_better=by_score,
            best=best,
        )
        stopping.count = estimator.__dict__.get("_no_improvement_count", 0)
        return stopping

    def _validator(self, validation: Data) -> Any:
        weights = validation.weights if len(validation.weights) else None

        def validate(parameters: Array) -> Validation:
            outputs, error = evaluate(self.network, parameters, validation)
            score = self.estimator._score_outputs(outputs, validation.y, weights)
            return Validation(error, score)

        return validate

    def _after_epoch(self, epoch: Epoch, loop: Loop, stopping: NoImprovement, context: Any) -> bool:
        """Record the epoch, watch for a plateau, tell the callbacks; True to stop."""
        estimator = self.estimator
        estimator.n_iter_ += 1
        estimator.t_ += loop.rows
        self._record(epoch)
        if stopping.observe(epoch.epoch, self._watched(epoch)):
            self._keep_best(epoch, loop.parameters, stopping)
        schedule = self.schedule
        loop.learning_rate = schedule.after_epoch(
            estimator.learning_rate_init, loop.learning_rate, estimator.t_, estimator.power_t
        )
        stop = self._told_to_stop(context)
        if not stop and stopping.on_plateau:
            rate = schedule.on_plateau(loop.learning_rate)
            self._say_plateau(rate, schedule.name)
            if rate is None:
                self.reason = self._plateau()
                stop = True
            else:
                loop.learning_rate = rate
                stopping.reset()
        estimator._no_improvement_count = stopping.count
        if stop or self.incremental:
            return True
        return self._at_the_end()

    def _at_the_end(self) -> bool:
        """Whether max_iter is reached; says so."""
        estimator = self.estimator
        if estimator.n_iter_ < estimator.max_iter:
            return False
        self.reason = f"reached max_iter={estimator.max_iter} epochs"
        warn_caller(
            f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the "
            "optimization hasn't converged yet.",
            ConvergenceWarning,
        )
        return True

    def _record(self, epoch: Epoch) -> None:
        """Put the epoch where scikit-learn's users look for it, and into the history."""
        estimator = self.estimator
        estimator.history_.append(epoch)
        estimator.loss_ = epoch.train_loss
        estimator.loss_curve_.append(epoch.train_loss)
        if estimator.verbose:
            print(f"Iteration {estimator.n_iter_}, loss = {epoch.train_loss:.8f}")  # noqa: T201
        if epoch.validation_score is not None:
            estimator.validation_scores_.append(epoch.validation_score)
            if estimator.verbose:
                print(f"Validation score: {epoch.validation_score:f}")  # noqa: T201

    def _watched(self, epoch: Epoch) -> float:
        """Return what early stopping watches: a held-out quantity, or else the training loss."""
        estimator = self.estimator
        if not estimator.early_stopping:
            return epoch.train_loss
        held_out = epoch.validation_score if estimator.monitor == "score" else epoch.validation_loss
        return float("nan") if held_out is None else held_out

    def _keep_best(self, epoch: Epoch, parameters: Array, stopping: NoImprovement) -> None:
        estimator = self.estimator
        estimator.best_epoch_ = epoch.epoch
        if self.best is None:
            estimator.best_loss_ = stopping.best
        else:
            estimator.best_validation_score_ = epoch.validation_score
            np.copyto(self.best, parameters)

    def _plateau(self) -> str:
        estimator = self.estimator
        what = (
            "training loss" if not estimator.early_stopping else f"validation {estimator.monitor}"
        )
        return (
            f"the {what} did not improve by more than tol={estimator.tol:f} for "
            f"{estimator.n_iter_no_change} consecutive epochs"
        )

    def _say_plateau(self, rate: float | None, schedule: str) -> None:
        if not self.estimator.verbose:
            return
        sentence = self._plateau()
        end = "Stopping." if rate is None else f"Setting learning rate to {rate:f}"
        if rate is None and schedule == "adaptive":
            end = "Learning rate too small. Stopping."
        print(f"{sentence[:1].upper()}{sentence[1:]}. {end}")  # noqa: T201

    # ------------------------------------------------------------------ callbacks

    def _told_to_stop(self, context: Any) -> bool:
        """Tell scikit-learn's callbacks that an epoch has ended; True if one asks to stop."""
        estimator = self.estimator
        if not hasattr(estimator, "_skl_callbacks"):
            return False
        X, y = self.given
        task = context.subcontext(task_name="epoch")
        about = {"estimator": estimator, "X": X, "y": y, "metadata": self.metadata}
        task.call_on_fit_task_begin(**about)
        stop = task.call_on_fit_task_end(**about, reconstruction_attributes=self._fitted_attributes)
        if stop:
            self.reason = f"a callback asked to stop after {estimator.n_iter_} epochs"
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

    # ------------------------------------------------------------------ L-BFGS

    def _lbfgs(self, parameters: Array, data: Data, validation: Data | None, context: Any) -> Array:
        estimator = self.estimator
        dtype = parameters.dtype

        def observe(epoch: Epoch, x: Array) -> bool:
            estimator.n_iter_ = epoch.epoch
            estimator._set_parameters(self.network, x)
            self._record(epoch)
            return self._told_to_stop(context)

        estimator._set_parameters(self.network, parameters)
        result = lbfgs(
            self.network,
            parameters,
            data,
            l1=estimator.l1,
            l2=estimator.alpha,
            max_iterations=estimator.max_iter,
            max_evaluations=estimator.max_fun,
            tolerance=estimator.tol,
            observe=observe,
            validate=None if validation is None else self._validator(validation),
        )
        estimator.n_iter_ = min(int(result.nit), estimator.max_iter)
        estimator.loss_ = estimator.best_loss_ = float(result.fun)
        estimator.best_epoch_ = len(estimator.history_)
        estimator.stopping_reason_ = self.reason or f"L-BFGS: {result.message}"
        if not result.success and not self.reason:
            warn_caller(
                f"lbfgs failed to converge after {result.nit} iteration(s) "
                f"(status={result.status}): {result.message}. Increase the number of iterations "
                "(max_iter) or scale the data.",
                ConvergenceWarning,
            )
        return np.asarray(result.x, dtype)
