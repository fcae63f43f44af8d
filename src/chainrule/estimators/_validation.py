"""Held-out rows: how well they are predicted after every epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._rows import Given
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import Data
from chainrule.training import Validation

__all__ = ["make_validator", "validate_rows"]


def validate_rows(
    estimator: Any, network: Architecture, parameters: Array, rows: Data
) -> Validation:
    """Return how a network does on rows: the error without penalties, and accuracy or R²."""
    outputs, error = estimator._evaluate(network, parameters, rows)
    weights = rows.weights if len(rows.weights) else None
    return Validation(error, estimator._score_outputs(outputs, rows.y, weights))


def make_validator(
    estimator: Any,
    network: Architecture,
    validation: Data,
    *,
    options: TrainingOptions,
    given: Given,
) -> Callable[[Array], Validation]:
    """Return a function from parameters to the held-out rows' loss and score.

    Parameters
    ----------
    estimator : BaseNetwork
        Gives accuracy or R²; a scorer asks it to predict.
    network : Architecture
        What is trained.
    validation : Data
        The held-out rows as the engine takes them.
    options : TrainingOptions
        ``monitor`` says which score.
    given : Given
        The held-out rows as they were given, for a scorer.

    Returns
    -------
    callable
    """
    if options.monitor in ("score", "loss"):
        return lambda parameters: validate_rows(estimator, network, parameters, validation)

    from sklearn.metrics import get_scorer  # takes a while to import

    scorer = get_scorer(options.monitor)
    weights = validation.weights if len(validation.weights) else None
    weighted = {} if weights is None else {"sample_weight": weights}

    def validate_by_scorer(parameters: Array) -> Validation:
        _, error = estimator._evaluate(network, parameters, validation)
        if not np.isfinite(parameters).all():
            return Validation(error, float("nan"))
        estimator._set_parameters(network, parameters)
        return Validation(error, float(scorer(estimator, given.X, given.y, **weighted)))

    return validate_by_scorer
