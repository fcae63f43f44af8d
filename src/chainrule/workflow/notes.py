"""Notes on how a model was made, as plain data."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import math
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chainrule.tables import data_hash
from chainrule.training.quasi_newton import ending_in_words

if TYPE_CHECKING:
    from chainrule.estimators import LearningRateRange
    from chainrule.tables import Column, Table
    from chainrule.workflow.fitting import Fit
    from chainrule.workflow.settings import TrainSettings

__all__ = ["column_notes", "course", "data_notes"]

_PACKAGES = ("chainrule", "numpy", "scipy", "numba", "scikit-learn", "polars", "skops")


def data_notes(table: Table, test: Table | None) -> dict[str, Any]:
    """Tell tables apart later.

    Parameters
    ----------
    table, test : Table
        Trained with, and tested with if that is another.

    Returns
    -------
    dict
        Rows and hash of each.
    """
    found: dict[str, Any] = {"rows": table.frame.height, "hash": data_hash(table.frame)}
    if test is not None:
        found |= {"test_rows": test.frame.height, "test_hash": data_hash(test.frame)}
    return found


def column_notes(columns: tuple[Column, ...], features: list[str]) -> list[dict[str, Any]]:
    """Tell what became of each column.

    Parameters
    ----------
    columns : tuple of Column
        What they were taken for.
    features : list of str
        Names of the network's inputs.

    Returns
    -------
    list of dict
        Plain data: each Column, whether it is used, and how many inputs come from it.
    """
    notes = []
    for column in columns:
        note = dataclasses.asdict(column)
        note["parts"] = list(column.parts)
        note["used"] = column.used
        note["inputs"] = sum(_belongs(feature, column) for feature in features)
        notes.append(note)
    return notes


def _belongs(feature: str, column: Column) -> bool:
    """Whether a network input comes from a column."""
    if not column.used:
        return False
    if column.kind == "category":
        return feature.startswith(f"{column.name}=")
    if column.kind == "date":
        own = {f"{column.name}: {part}" for part in column.parts}
        return feature in {*own, f"{column.name} is missing"}
    return feature in (column.name, f"{column.name} is missing")


def course(done: Fit, settings: TrainSettings) -> dict[str, Any]:
    """Tell the course and the end of a training, and what it was done with.

    Parameters
    ----------
    done : Fit
        The fit.
    settings : TrainSettings
        Settled.

    Returns
    -------
    dict
        Fields of an :class:`~chainrule.workflow.model.Origin`.
    """
    network = done.network
    return {
        "settings": _as_used(done, settings),
        "history": network.history_.to_dict(),
        "best_epoch": _kept_epoch(network),
        "stopped": _stopped(network, settings),
        "restarts": _restarts(network, settings),
        "rate_test": {} if done.rates is None else _rate_test(done.rates),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
    }


def _as_used(done: Fit, settings: TrainSettings) -> dict[str, Any]:
    """Return the settings, with what only the fit could decide."""
    used = settings.to_dict()
    parameters = done.network.get_params(deep=False)
    if done.rates is not None:
        used["learning_rate"] = done.rates.suggestion
    if used["solver"] is None and "solver" in parameters:
        used["solver"] = done.network._options().solver
    if settings.how is not None and settings.how.batches:
        used["batch_size"] = parameters["batch_size"]
    return used


def _kept_epoch(network: Any) -> int:
    """Return the epoch the weights are from: the best on held-out rows, or the last finite one."""
    if network.early_stopping:
        return int(network.best_epoch_)
    return sum(math.isfinite(loss) for loss in network.history_.column("train_loss"))


def _stopped(network: Any, settings: TrainSettings) -> str:
    """Why training ended, in words that follow "stopped:"."""
    reason = str(network.stopping_reason_)
    epochs = len(network.history_)
    if "did not improve" in reason:
        what = "training loss"
        if network.early_stopping:
            monitor = str(settings.monitor)
            score = "accuracy" if settings.task == "classification" else "R²"
            what = f"held-out {score if monitor == 'score' else monitor}"
        unit = "epochs" if settings.steps else "iterations"
        return f"{what} had not improved for {network.n_iter_no_change} {unit}"
    if reason.startswith("reached max_iter="):
        _, _, more = reason.partition(" epochs")
        return f"after all {epochs} epochs{more}"
    message = reason.removeprefix("L-BFGS: ").removeprefix("Newton's method: ")
    return ending_in_words(message, iterations=epochs)


def _restarts(network: Any, settings: TrainSettings) -> dict[str, Any]:
    restarts = getattr(network, "restarts_", None)
    if restarts is None:
        return {}
    told: dict[str, Any] = restarts.to_dict()
    for run, plain in zip(restarts, told["runs"], strict=True):
        plain["final_loss"] = run.final_loss
        plain["epochs"] = len(run.history)
        for name in ("train_loss", "validation_loss"):
            plain[f"{name}_curve"] = run.history.column(name)
    return {**told, "asked": settings.restarts, "combine": settings.combine or "best"}


def _rate_test(found: LearningRateRange) -> dict[str, Any]:
    return {
        "suggestion": found.suggestion,
        "reason": found.reason,
        **{name: getattr(found, name).tolist() for name in ("rates", "losses", "smoothed")},
    }


def _versions() -> dict[str, str]:
    found = {package: importlib.metadata.version(package) for package in _PACKAGES}
    return {"python": platform.python_version(), **found}
