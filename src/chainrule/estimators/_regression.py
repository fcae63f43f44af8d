"""Numbers to be predicted: what every regressor does with them, whatever its network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if

from chainrule.estimators._base import BaseNetwork, takes_steps
from chainrule.estimators._targets import r2
from chainrule.mathematics.arrays import Array

__all__ = ["Regressor"]


class Regressor(RegressorMixin, BaseNetwork):
    """A network that predicts numbers; use one of its subclasses."""

    @available_if(takes_steps)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation_data: Sequence[Any] | None = None,
    ) -> Self:
        """Continue training with one epoch over rows X.

        One epoch of ``fit`` over the same mini-batches leaves the same weights, to the bit.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.
        y : array of shape (n,) or (n, k)
            The numbers to predict.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        validation_data : (X, y) or (X, y, sample_weight), optional
            Rows to follow the training on. With ``early_stopping``, ``coefs_`` are the weights of
            the best epoch so far; once there was no improvement for ``n_iter_no_change`` epochs
            ``stopping_reason_`` says so, and further calls change nothing.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, incremental=True, validation_data=validation_data)

    def predict(self, X: Any) -> Array:
        """Return the predicted numbers of each row.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.

        Returns
        -------
        array of shape (n,), or (n, k) for several outputs
        """
        outputs = self._outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    def _prepare_targets(self, y: Any, *, mode: str) -> NDArray[Any]:
        del mode
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return np.asarray(y.reshape(len(y), -1))

    def _loss_name(self) -> str:
        return "half_squared_error"

    def _output_count(self, targets: NDArray[Any]) -> int:
        return int(targets.shape[1])

    def _score_outputs(self, outputs: Array, targets: Array, weights: Array | None) -> float:
        return r2(outputs, targets, weights)

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that several outputs are welcome."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
