"""The course of a training read from whatever holds it: a model, its file, a history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from sklearn.base import is_classifier
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline

from chainrule.errors import InputError
from chainrule.explanation._parts import with_article
from chainrule.mathematics.arrays import Array
from chainrule.plots.learning._course import Course, Start
from chainrule.training import History
from chainrule.training.quasi_newton import ending_in_words

__all__ = ["course_of", "course_of_history"]

_PEERS = (MLPClassifier, MLPRegressor)
_LOSSES = {
    "log_loss": "cross-entropy",
    "cross_entropy": "cross-entropy",
    "binary_log_loss": "cross-entropy",
    "half_squared_error": "half squared error",
    "squared_error": "half squared error",
    "poisson": "half Poisson deviance",
    "perceptron": "perceptron loss",
}


def course_of(model: Any) -> Course:
    """Read the course of a training from a trained model.

    Parameters
    ----------
    model : estimator, Pipeline, TransformedTargetRegressor, search, or what a model file holds
        One of this package, or a multilayer perceptron of scikit-learn's.

    Returns
    -------
    Course

    Raises
    ------
    InputError
        It keeps no record of its training.
    sklearn.exceptions.NotFittedError
        It has not been trained.
    """
    network, transformed = _network(model)
    origin = getattr(model, "origin", None)
    if origin is not None and hasattr(origin, "history"):
        return _of_origin(origin, network, transformed)
    if isinstance(getattr(network, "history_", None), History):
        return _of_network(network, transformed)
    if isinstance(network, _PEERS):
        return _of_peer(network, transformed)
    return _refuse(network)


def _network(model: Any) -> tuple[Any, bool]:
    """Return what was trained within a model, and whether its targets were transformed before."""
    held = getattr(model, "pipeline", None)
    network, transformed = held if isinstance(held, Pipeline) else model, False
    while True:
        if isinstance(network, Pipeline):
            network = network.steps[-1][1]
        elif isinstance(network, TransformedTargetRegressor):
            transformed = True
            network = getattr(network, "regressor_", network.regressor)
        elif hasattr(network, "best_estimator_"):  # a search's
            network = network.best_estimator_
        else:
            return network, transformed


def _refuse(network: Any) -> NoReturn:
    if isinstance(network, type):
        raise InputError(f"LearningCurves takes a trained model, not the class {network.__name__}")
    kind = type(network).__name__
    has_a_record = hasattr(type(network), "_network") or isinstance(network, _PEERS)
    if has_a_record and not hasattr(network, "coefs_"):
        raise NotFittedError(
            f"LearningCurves draws how a model was trained, and this {kind} has not been: call fit"
        )
    raise InputError(
        f"LearningCurves draws the record that a training leaves, and {with_article(kind)} has "
        "none: give it a network of chainrule or a multilayer perceptron of scikit-learn, fitted, "
        "or its History to LearningCurves.from_history"
    )


# ---------------------------------------------------------------------------- from where


def _of_network(network: Any, transformed: bool) -> Course:
    options, history = network._options(), network.history_
    columns = history.to_dict()
    reason = str(getattr(network, "stopping_reason_", ""))
    ending = ending_in_words(reason.removeprefix("L-BFGS: "), iterations=len(history))
    restarts = getattr(network, "restarts_", None)
    others = []
    if restarts is not None:
        others = [_start_of(run) for i, run in enumerate(restarts) if i != restarts.best]
    diverged = reason.startswith("diverged")
    return _course(
        columns,
        early_stopping=options.early_stopping,
        best=int(network.best_epoch_),
        kept=None if diverged else _last(columns),
        stopped=ending.removeprefix("Newton's method: "),
        other_starts=others,
        averaged=options.combine == "average",
        unit="epoch" if options.steps else "iteration",
        loss_name=_loss_name(network._loss_name(), transformed),
        score_name=_score_name(options.monitor, is_classifier(network)),
    )


def _of_origin(origin: Any, network: Any, transformed: bool) -> Course:
    settings, restarts = origin.settings, origin.restarts
    runs = restarts.get("runs", [])
    others = [_start_of_plain(run) for i, run in enumerate(runs) if i != restarts["best"]]
    early = bool(settings.get("early_stopping")) and bool(origin.split.get("held_out_rows"))
    return _course(
        origin.history,
        early_stopping=early,
        best=origin.best_epoch if early else 0,
        kept=origin.best_epoch,
        stopped=origin.stopped,
        other_starts=others,
        averaged=restarts.get("combine") == "average",
        unit="epoch" if network._options().steps else "iteration",
        loss_name=_loss_name(network._loss_name(), transformed),
        score_name=_score_name(settings.get("monitor"), origin.task == "classification"),
    )


def _of_peer(network: Any, transformed: bool) -> Course:
    """Read what scikit-learn's multilayer perceptrons keep."""
    losses = getattr(network, "loss_curve_", None)
    if losses is None and hasattr(network, "coefs_"):
        raise InputError(
            f"scikit-learn's {type(network).__name__} keeps no losses with solver="
            f"{network.solver!r}: choose another solver, or chainrule.{type(network).__name__}"
        )
    if losses is None:
        _refuse(network)
    scores = network.validation_scores_
    columns = {"train_loss": losses, "validation_score": scores or [None] * len(losses)}
    early = bool(network.early_stopping)
    return _course(
        columns,
        early_stopping=early,
        best=int(np.argmax(scores)) + 1 if early and scores else 0,
        kept=None if early else len(losses),
        stopped=_why_peer_stopped(network),
        loss_name=_loss_name(str(network.loss), transformed),
        score_name=_score_name("score", is_classifier(network)),
    )


def _why_peer_stopped(network: Any) -> str:
    """Tell from its parameters why a training ended that left no word about it."""
    if network.n_iter_ >= network.max_iter:
        return f"reached max_iter={network.max_iter} epochs"
    watched = "validation score" if network.early_stopping else "training loss"
    return (
        f"the {watched} did not improve by more than tol={network.tol:f} for "
        f"{network.n_iter_no_change} consecutive epochs"
    )


def course_of_history(
    history: History | Mapping[str, Any], *, best_epoch: int | None = None, stopped: str = ""
) -> Course:
    """Read the course of a training from its record.

    Parameters
    ----------
    history : History or mapping
        The record, or its quantities by name, as ``History.to_dict`` gives them.
    best_epoch : int, optional
        By default that of the lowest held-out loss, or training loss.
    stopped : str
        Why it ended.

    Returns
    -------
    Course

    Raises
    ------
    InputError
        It is something else, its columns differ in length, or there is no such epoch.
    """
    columns = history.to_dict() if isinstance(history, History) else history
    if not isinstance(columns, Mapping) or "train_loss" not in columns:
        raise InputError(
            "from_history takes a History, or a dict of lists with 'train_loss' in it, not "
            f"{with_article(type(history).__name__)}{' without it' * isinstance(columns, Mapping)}"
        )
    given = int(best_epoch or 0)
    course = _course(columns, early_stopping=bool(given), best=given, kept=None, stopped=stopped)
    if given and given not in course.epochs:
        raise InputError(f"there is no epoch {given} in this history of {len(course.epochs)}")
    return course


# ---------------------------------------------------------------------------- what it is made of


def _course(
    columns: Mapping[str, Any], *, early_stopping: bool, best: int, kept: int | None, **told: Any
) -> Course:
    """Put a course together; what was not watched while training is judged by its held-out loss."""
    found: dict[str, Any] = {name: _numbers(columns.get(name), name) for name in _DRAWN}
    train = found.pop("train_loss")
    train = np.empty(0) if train is None else train
    for name, values in found.items():
        if values is not None and len(values) != len(train):
            raise InputError(
                f"the history has {len(train)} values of 'train_loss' and {len(values)} of {name!r}"
            )
    epochs = np.asarray(columns.get("epoch") or range(1, len(train) + 1), np.int64)
    held_out = found["validation_loss"]
    if early_stopping:
        kept = best
    elif held_out is not None or not best:
        best = _lowest(epochs, train if held_out is None else held_out)
    return Course(
        epochs=epochs, train_loss=train, best_epoch=best, kept_epoch=kept, **found, **told
    )


_DRAWN = (
    "train_loss",
    "penalty",
    "validation_loss",
    "validation_score",
    "mistakes",
    "learning_rate",
)
_HELD_OUT = ("validation_loss", "validation_score")


def _numbers(values: Any, name: str) -> Array | None:
    """Return a column as numbers, NaN where there is none; None if there is none at all."""
    if values is None or all(value is None for value in values):
        return None
    try:
        return np.array([np.nan if v is None else v for v in values], np.float64)
    except (TypeError, ValueError):
        raise InputError(f"the history's {name!r} holds something else than numbers") from None


def _lowest(epochs: Array, losses: Array) -> int:
    finite = np.isfinite(losses)
    return int(epochs[np.where(finite, losses, np.inf).argmin()]) if finite.any() else 0


def _last(columns: Mapping[str, Any]) -> int | None:
    return int(columns["epoch"][-1]) if columns["epoch"] else None


def _start_of(run: Any) -> Start:
    """Read one of several starts from an estimator; of a file's, only where it ended is there."""
    if not len(run.history):
        return Start(np.array([run.best_epoch]), np.array([run.final_loss]), None)
    columns = run.history.to_dict()
    held_out, score = (_numbers(columns[name], name) for name in _HELD_OUT)
    train = np.asarray(columns["train_loss"], np.float64)
    return Start(np.asarray(columns["epoch"]), train if held_out is None else held_out, score)


def _start_of_plain(run: Mapping[str, Any]) -> Start:
    """Read one of several starts from a model file."""
    curves = (
        _numbers(run.get(f"{name}_curve"), name) for name in ("validation_loss", "train_loss")
    )
    loss = next((curve for curve in curves if curve is not None), None)
    if loss is None:
        return Start(np.array([run["best_epoch"]]), np.array([run["final_loss"]]), None)
    return Start(np.arange(1, len(loss) + 1), loss, None)


def _loss_name(name: str, transformed: bool) -> str:
    return f"{_LOSSES.get(name, name)}{' of the transformed target' if transformed else ''}"


def _score_name(monitor: Any, classifies: bool) -> str:
    if monitor in (None, "score", "loss"):
        return "accuracy" if classifies else "R²"
    return monitor if isinstance(monitor, str) else getattr(monitor, "__name__", "score")
