"""One update, as a record: what the error was, every gradient, and what became of the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._rows import Given
from chainrule.estimators._step_by_step import StepByStep
from chainrule.mathematics.arrays import Array
from chainrule.network.engine import make_data
from chainrule.network.steps import FullGradient

__all__ = ["UpdateRecord", "record_update"]


@dataclass(frozen=True)
class UpdateRecord:
    """What one call of ``step`` did.

    Attributes
    ----------
    step : int
        Which update this was, counted from 1.
    loss, loss_after : float
        The penalized error of the same rows before and after it.
    data_loss, penalty : float
        The two parts of ``loss``.
    learning_rate : float
        α of this step.
    coefs, intercepts : tuple of array
        W (inputs, outputs) and b (outputs,) of every layer before the update.
    coef_gradients, intercept_gradients : tuple of array
        ∂E/∂W and ∂E/∂b of every layer: of the penalized error, but for the L1 penalty, which acts
        by its proximal step; before clipping.
    coefs_after, intercepts_after : tuple of array
        W and b of every layer after the update.
    """

    step: int
    loss: float
    loss_after: float
    data_loss: float
    penalty: float
    learning_rate: float
    coefs: tuple[Array, ...]
    intercepts: tuple[Array, ...]
    coef_gradients: tuple[Array, ...]
    intercept_gradients: tuple[Array, ...]
    coefs_after: tuple[Array, ...]
    intercepts_after: tuple[Array, ...]

    def __repr__(self) -> str:
        """Say what the error was and is."""
        return (
            f"UpdateRecord(step={self.step}, loss={self.loss:.6g} → {self.loss_after:.6g}, "
            f"learning_rate={self.learning_rate:g})"
        )


def record_update(
    estimator: Any, X: Any, y: Any, sample_weight: Any, options: TrainingOptions
) -> UpdateRecord:
    """Let an estimator take one step along the gradient of these rows, and write it down.

    Parameters
    ----------
    estimator : BaseNetwork
        Has weights; they are changed.
    X, y, sample_weight
        As in ``partial_fit``.
    options : TrainingOptions
        With a ``batch_size`` that takes all rows at once.

    Returns
    -------
    UpdateRecord
    """
    rows = estimator._check_rows(X, y, sample_weight, mode="more", reset=False)
    random = check_random_state(estimator.random_state)
    network, parameters, _ = estimator._prepare(rows, random, anew=False)
    before = parameters.copy()
    estimator._trained = True
    fitting = StepByStep(estimator, network, random, options, incremental=True)
    after = fitting.run(parameters, rows, None, (Given(X, y), Given(None, None)))
    data = make_data(*rows, dtype=before.dtype.type)
    terms = options.regularization
    error = FullGradient(
        network,
        data,
        dtype=before.dtype.type,
        l1=terms.l1,
        l2=terms.l2,
        label_smoothing=terms.label_smoothing,
    )
    gradient = fitting.loop.gradient.copy()
    share = options.share or data.share
    for (weights, _), (slopes, _) in zip(
        network.views(before), network.views(gradient), strict=True
    ):
        slopes += share * terms.l2 * weights
    epoch = estimator.history_[-1]
    coefs, intercepts = zip(*network.views(before), strict=True)
    slopes, bias_slopes = zip(*network.views(gradient), strict=True)
    coefs_after, intercepts_after = zip(*network.views(np.array(after)), strict=True)
    return UpdateRecord(
        step=fitting.loop.optimizer_state.step,
        loss=epoch.train_loss,
        loss_after=error(after)[0],
        data_loss=float(epoch.data_loss or 0.0),
        penalty=float(epoch.penalty or 0.0),
        learning_rate=epoch.learning_rate,
        coefs=coefs,
        intercepts=intercepts,
        coef_gradients=slopes,
        intercept_gradients=bias_slopes,
        coefs_after=coefs_after,
        intercepts_after=intercepts_after,
    )
