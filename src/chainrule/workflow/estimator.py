"""From settings to an estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.estimators import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from chainrule.training.schedules import WarmUp
from chainrule.workflow.rate_schedule import with_numbers

if TYPE_CHECKING:
    from chainrule.workflow.settings import TrainSettings

__all__ = ["PARAMETERS", "batch_size_for", "make_estimator"]

#: What the estimators call a setting.
PARAMETERS = {
    "l2": "alpha",
    "epochs": "max_iter",
    "patience": "n_iter_no_change",
    "min_change": "tol",
    "seed": "random_state",
    "learning_rate": "learning_rate_init",
    **{name: name for name in ("l1", "hidden_layer_sizes", "activation", "dropout")},
    **{name: name for name in ("initialization", "solver", "momentum", "weight_decay")},
    **{name: name for name in ("clip_norm", "max_norm", "label_smoothing", "input_noise")},
    **{name: name for name in ("input_dropout", "class_weight", "validation_fraction")},
    **{name: name for name in ("monitor", "start_from_epoch", "restarts", "combine", "loss")},
}
_CLASSES = {"logistic": LogisticRegression, "linear": LinearRegression, "perceptron": Perceptron}


def make_estimator(settings: TrainSettings, *, rows: int, stopping: bool) -> Any:
    """Make the estimator that is asked for, with what it has a parameter for.

    Parameters
    ----------
    settings : TrainSettings
        Settled.
    rows : int
        How many rows it will be trained on.
    stopping : bool
        Whether rows are held out for early stopping.

    Returns
    -------
    MLPClassifier, MLPRegressor, LogisticRegression, LinearRegression or Perceptron

    Examples
    --------
    >>> from chainrule.workflow import TrainSettings
    >>> settings = TrainSettings(model="logistic", l2=0.5).settled("classification")
    >>> make_estimator(settings, rows=100, stopping=False).alpha
    0.5
    """
    given = {
        parameter: getattr(settings, name)
        for name, parameter in PARAMETERS.items()
        if getattr(settings, name) is not None
    }
    if settings.learning_rate == "find":
        del given["learning_rate_init"]  # the range test will say
    if settings.steps:
        given["learning_rate"] = _schedule(settings)
    if settings.how is not None and settings.how.batches:
        given["batch_size"] = min(settings.batch_size or batch_size_for(rows), rows)
    if settings.kind.name == "perceptron" and not stopping and settings.stops_early:
        del given["n_iter_no_change"]  # meant for the held-out rows, of which there are none
    make = _CLASSES.get(settings.kind.name)
    if make is None:
        make = MLPClassifier if settings.task == "classification" else MLPRegressor
    return make(early_stopping=stopping, **given)


def _schedule(settings: TrainSettings) -> Any:
    schedule = settings.schedule or "constant"
    known = with_numbers(schedule) if ":" in schedule else schedule
    return known if settings.warm_up is None else WarmUp(schedule=known, over=settings.warm_up)


def batch_size_for(rows: int) -> int:
    """Return the default size of a mini-batch: a power of two that grows with the rows.

    Parameters
    ----------
    rows : int
        Training rows.

    Returns
    -------
    int
        From 16 to 256.

    Examples
    --------
    >>> batch_size_for(275), batch_size_for(26_000)
    (16, 128)
    """
    wanted = rows / 200
    return int(np.clip(2 ** round(np.log2(max(wanted, 1))), 16, 256))
