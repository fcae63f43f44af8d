"""The jobs a person asks for, without any printing: train, evaluate, predict, save, load."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.files import check_writable, write_beside
    from chainrule.workflow.complexity import Complexity, measure_complexity
    from chainrule.workflow.evaluation import Evaluation, evaluate
    from chainrule.workflow.model import Model
    from chainrule.workflow.model_file import load_model, save_model
    from chainrule.workflow.prediction import check_columns, predict, predict_file
    from chainrule.workflow.scores import ClassificationScores, RegressionScores
    from chainrule.workflow.settings import TrainSettings
    from chainrule.workflow.training import Training, train

__all__ = [
    "ClassificationScores",
    "Complexity",
    "Evaluation",
    "Model",
    "RegressionScores",
    "TrainSettings",
    "Training",
    "check_columns",
    "check_writable",
    "evaluate",
    "load_model",
    "measure_complexity",
    "predict",
    "predict_file",
    "save_model",
    "train",
    "write_beside",
]

_MODULES = {
    ".files": ("check_writable", "write_beside"),
    "complexity": ("Complexity", "measure_complexity"),
    "evaluation": ("Evaluation", "evaluate"),
    "model": ("Model",),
    "model_file": ("load_model", "save_model"),
    "prediction": ("check_columns", "predict", "predict_file"),
    "scores": ("ClassificationScores", "RegressionScores"),
    "settings": ("TrainSettings",),
    "training": ("Training", "train"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name only when it is asked for: scikit-learn takes a second to load."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
