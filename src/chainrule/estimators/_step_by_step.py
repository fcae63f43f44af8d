"""A fit by steps from mini-batches: the loop's epochs, consumed one after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from chainrule.estimators._fitting import NON_FINITE, Fitting
from chainrule.mathematics.arrays import Array
from chainrule.network.engine import Data
from chainrule.training import Epoch, Loop, OptimizerState

__all__ = ["StepByStep"]

# Times the first epoch's loss: far more than steps that are merely too long bring about.
_TOO_LARGE = 1000.0


class StepByStep(Fitting):
    """A fit by mini-batches; arguments as for :class:`Fitting`."""

    def solve(self, parameters: Array, data: Data, context: Any) -> Array:
        """Train until there is a reason to stop; an epoch is one pass over the rows.

        The vector of the first weights is used again for those to go back to, and for the last.
        """
        self.begin(parameters, data)
        try:
            for epoch in self._noteworthy(self.loop):
                if self.take_note(epoch, context):
                    break
        except KeyboardInterrupt:
            self.reason = f"interrupted by the user after {self.estimator.n_iter_} epochs"
            self.outcome.warn("Training interrupted by user.")
        self.end(parameters)
        del self.kept
        if not (self.diverged and self.incremental):  # what led astray is not gone on with
            self.estimator._optimizer_state = self._remember(self.loop, parameters)
        return parameters

    def begin(self, parameters: Array, data: Data) -> None:
        """Make the loop, and keep the first weights as the best so far; these become the last."""
        loop = self.loop = self.make_loop(parameters, data)
        saved = (self._saved or {}).get("best")
        self.kept = parameters.copy() if saved is None else saved.copy()
        self.kept_epoch, self.before = self.estimator.best_epoch_, parameters
        self.estimator._set_parameters(self.network, loop.parameters)
        self.diverged = False

    def take_note(self, epoch: Epoch, context: Any) -> bool:
        """Do what is done after every epoch; True to stop."""
        estimator, loop = self.estimator, self.loop
        estimator.n_iter_ += 1
        estimator.t_ = loop.rows_seen
        self.record(epoch)
        self.diverged = not self._is_finite(epoch, loop.parameters)
        if not self.diverged and not self._after_epoch(epoch, loop, context):
            return False
        self.diverged = self.diverged or self._has_grown()
        return True

    def end(self, parameters: Array) -> None:
        """Say why it ended, and fill in the weights to keep."""
        estimator, loop = self.estimator, self.loop
        loop.stop()
        estimator.execution_plan_ = loop.execution_plan
        if self.diverged:
            self._say_diverged()
        estimator.stopping_reason_ = self.reason
        best = self.watch.keeps_best and estimator._best_watched is not None
        np.copyto(parameters, self.kept if self.diverged or best else loop.parameters)

    def _noteworthy(self, loop: Loop) -> Iterator[Epoch]:
        """Run epochs and hand out those after which there may be something to do."""
        history = self.estimator.history_
        for stretch in loop.stretches(after=history[-1].epoch if history else 0):
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
        self.seed = saved["seed"] if saved else self.draw_seed()
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
            seed=self.seed,
            resume=OptimizerState.of(saved) if saved else None,
            rows_seen=estimator.t_,
            earlier_steps=saved.get("earlier_steps", 0) if saved else 0,
            share=options.share,
            validate=self.validate,
            ahead=not (self.incremental or hasattr(estimator, "_skl_callbacks")),
        )

    def draw_seed(self) -> int:
        """Return what dropout's masks and the noise are drawn from."""
        options = self.options
        disturbed = options.input_noise > 0 or options.input_dropout > 0
        # Nothing is drawn where nothing is dropped, so that the rows' order is scikit-learn's.
        drawn = self.network.dropout or disturbed
        return int(self.random.randint(2**31 - 1)) if drawn else 0

    def _remember(self, loop: Loop, shown: Array) -> dict[str, Any]:
        """Return what partial_fit goes on from, as plain data; ``shown`` becomes ``coefs_``."""
        state = loop.optimizer_state
        remembered = {**state._asdict(), "learning_rate": loop.learning_rate, "seed": self.seed}
        remembered["earlier_steps"] = loop.steps - state.step
        if self.incremental and self.watch.keeps_best:  # coefs_ are those of the best epoch
            remembered |= {"parameters": loop.parameters.copy(), "best": shown.copy()}
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
        stop = self.told_to_stop(context)
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
            raise ValueError(f"{NON_FINITE} Training {what}. {cure}")
        kept = f"the weights of epoch {self.kept_epoch}"
        if estimator.n_iter_ == 1 or self.kept_epoch == 0:
            kept = "the weights from before"
        self.reason = f"{what}; {kept} are kept"
        self.outcome.warn(f"Training {self.reason}. {cure}", ConvergenceWarning)
