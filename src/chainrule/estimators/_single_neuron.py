"""Networks without hidden layers: one neuron, or one for each class or output."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from chainrule.errors import InputError
from chainrule.estimators._base import BaseNetwork
from chainrule.estimators._options import SOLVERS, TrainingOptions
from chainrule.mathematics.arrays import Array

__all__ = ["NEURON_SOLVERS", "DecidesByLogits", "SingleNeuron"]

NEURON_SOLVERS = {"solver": [StrOptions({*SOLVERS, "newton", "auto"})]}
"""What the solver of a single neuron may be."""

# Newton's method solves a system of so many equations; beyond, L-BFGS is quicker.
_MOST_FOR_NEWTON = 1000


class SingleNeuron(BaseNetwork):
    """A network of one layer: z = xW + b, with scikit-learn's names for its numbers."""

    def _hidden_layers(self) -> tuple[tuple[int, ...], tuple[str, ...], tuple[float, ...]]:
        return (), (), ()

    def _options(self) -> TrainingOptions:
        options = TrainingOptions.of(self, initialization="zeros")
        if options.solver == "auto":
            return TrainingOptions.of(options, solver=self._chosen_solver())
        return options

    def _chosen_solver(self) -> str:
        """Return 'newton' where its system of equations is small, else 'lbfgs'."""
        outputs = self.__dict__.get("n_outputs_", 1)
        size = (self.__dict__.get("n_features_in_", 1) + 1) * outputs
        return "newton" if size <= _MOST_FOR_NEWTON else "lbfgs"

    @property
    def coef_(self) -> Array:
        """W as scikit-learn has it: shape (k, d), for one number to predict (d,)."""
        weights: Array = self.coefs_[0].T
        return weights[0] if self._flat_coefficients() else weights

    @coef_.setter
    def coef_(self, value: Any) -> None:
        self.coefs_ = [self._like("coef_", value).reshape(-1, len(self.coefs_[0])).T.copy()]

    @property
    def intercept_(self) -> Any:
        """Return b: shape (k,), for one number to predict a number."""
        bias: Array = self.intercepts_[0]
        return bias[0] if self._flat_coefficients() else bias

    @intercept_.setter
    def intercept_(self, value: Any) -> None:
        self.intercepts_ = [self._like("intercept_", value).reshape(-1).copy()]

    def _like(self, name: str, value: Any) -> Array:
        """Return what is set by hand as numbers of the type and shape that are there."""
        check_is_fitted(self, "coefs_")
        now = np.asarray(getattr(self, name))
        given = np.asarray(value)
        if given.dtype.kind not in "biuf" or given.shape != now.shape:
            raise InputError(
                f"{name} of this {type(self).__name__} holds numbers of shape {now.shape}; got "
                f"{given.dtype} of shape {given.shape}"
            )
        return given.astype(now.dtype)

    def _flat_coefficients(self) -> bool:
        return False


class DecidesByLogits(SingleNeuron):
    """A single neuron that classifies by the sign of its z, or by the largest of several."""

    n_outputs_: int

    def decision_function(self, X: Any) -> Array:
        """Return z = xW + b, by the sign of which, or the largest of which, a row is classified.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.

        Returns
        -------
        array of shape (n,) for two classes, positive for the second; else (n, k)
        """
        z = self._outputs(X, logits=True)
        return z.ravel() if self.n_outputs_ == 1 else z
