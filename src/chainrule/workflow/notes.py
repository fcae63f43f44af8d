"""Notes on how a model was made, as plain data."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chainrule.tables import data_hash

if TYPE_CHECKING:
    from chainrule.tables import Column, Table
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


def course(network: Any, settings: TrainSettings) -> dict[str, Any]:
    """Tell the course and the end of a training, and what it was done with.

    Parameters
    ----------
    network : MLPClassifier or MLPRegressor
        Fitted.
    settings : TrainSettings
        As asked for.

    Returns
    -------
    dict
        Fields of an :class:`~chainrule.workflow.model.Origin`.
    """
    return {
        "history": network.history_.to_dict(),
        "best_epoch": int(network.best_epoch_),
        "stopped": _stopped(network, settings),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
    }


def _stopped(network: Any, settings: TrainSettings) -> str:
    epochs = len(network.history_)
    if epochs >= settings.epochs:
        return f"after all {epochs} epochs"
    if network.early_stopping and epochs - network.best_epoch_ > settings.patience:
        return f"held-out loss had not improved for {settings.patience} epochs"
    return str(network.stopping_reason_)


def _versions() -> dict[str, str]:
    found = {package: importlib.metadata.version(package) for package in _PACKAGES}
    return {"python": platform.python_version(), **found}
