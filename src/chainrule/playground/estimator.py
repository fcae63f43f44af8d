"""The estimator that settings describe."""

from __future__ import annotations

import math
from typing import Any

from chainrule.estimators import MLPClassifier, MLPRegressor, Perceptron
from chainrule.playground.settings import Settings

__all__ = ["make_estimator", "training_parameters"]

HELD_OUT = 0.2
"""The share of the training rows that early stopping holds out."""


def make_estimator(settings: Settings, *, classifies: bool, rows: int) -> Any:
    """Return the estimator that settings describe, not fitted.

    Parameters
    ----------
    settings : Settings
        Of the playground.
    classifies : bool
        Whether a class is predicted.
    rows : int
        How many rows it will be trained on.

    Returns
    -------
    MLPClassifier, MLPRegressor or Perceptron
    """
    parameters = {**training_parameters(settings, rows=rows), "random_state": settings.seed}
    if classifies and settings.model == "perceptron":
        return Perceptron(**parameters, n_iter_no_change=math.inf, tol=0.0)
    parameters |= {
        "hidden_layer_sizes": settings.layers,
        "activation": settings.activations or "identity",
        "initialization": settings.initialization,
        "tol": 0.0,
        "n_iter_no_change": math.inf,
    }
    if settings.early_stopping:
        parameters |= {
            "early_stopping": True,
            "validation_fraction": HELD_OUT,
            "monitor": "loss",
            "n_iter_no_change": settings.patience,
        }
    if classifies:
        return MLPClassifier(**parameters)
    return MLPRegressor(loss=settings.error, **parameters)


def training_parameters(settings: Settings, *, rows: int) -> dict[str, Any]:
    """Return the estimator's parameters that may be changed while it is trained.

    Parameters
    ----------
    settings : Settings
        Of the playground.
    rows : int
        How many rows it is trained on.

    Returns
    -------
    dict
    """
    common = {
        "learning_rate_init": settings.learning_rate,
        "learning_rate": settings.decay,
        "max_iter": settings.planned_epochs,
        "alpha": settings.l2,
        "l1": settings.l1,
    }
    if settings.model == "perceptron":
        return common
    held_out = math.ceil(rows * HELD_OUT) if settings.early_stopping else 0
    plain = settings.optimizer == "sgd"
    return {
        **common,
        "solver": settings.optimizer,
        "momentum": 0.0 if plain else settings.momentum,
        "nesterovs_momentum": not plain,
        "beta_1": settings.beta_1,
        "beta_2": settings.beta_2,
        "rho": settings.rho,
        "weight_decay": settings.weight_decay,
        "batch_size": min(settings.batch_size, rows - held_out),
        "dropout": settings.dropout,
    }
