"""A fit over all rows at once: L-BFGS and Newton's method."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from chainrule.estimators._fitting import NON_FINITE, Fitting
from chainrule.mathematics.arrays import Array
from chainrule.network.engine import Data
from chainrule.training import Epoch, lbfgs, newton_method

__all__ = ["AllAtOnce"]


class AllAtOnce(Fitting):
    """A fit that looks at all rows for every change; arguments as for :class:`Fitting`."""

    def solve(self, parameters: Array, data: Data, context: Any) -> Array:
        """Minimize over all rows; an epoch is an iteration."""
        estimator, options, watch = self.estimator, self.options, self.watch
        dtype = parameters.dtype
        self.kept = parameters.astype(np.float64)

        def observe(epoch: Epoch, x: Array) -> bool:
            estimator.n_iter_ = epoch.epoch
            estimator._set_parameters(self.network, x)
            self.record(epoch)
            if watch.observe(epoch):
                np.copyto(self.kept, x)
            if self.told_to_stop(context):
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
            raise ValueError(NON_FINITE)
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
