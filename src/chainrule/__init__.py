"""Neural networks for tables and small pictures, fast on a CPU, that show their work.

The public names are loaded when they are first used, so that ``import chainrule`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.errors import InputError
    from chainrule.estimators import (
        LinearRegression,
        LogisticRegression,
        MLPClassifier,
        MLPRegressor,
        Perceptron,
        WeightRecorder,
        find_learning_rate,
        model_complexity,
    )
    from chainrule.explanation import diagnose, explain
    from chainrule.mathematics import derive
    from chainrule.reporting import report
    from chainrule.training import newton, schedules

__all__ = [
    "InputError",
    "LinearRegression",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "Perceptron",
    "WeightRecorder",
    "derive",
    "diagnose",
    "explain",
    "find_learning_rate",
    "model_complexity",
    "newton",
    "report",
    "schedules",
]

_ROOMS = {
    **dict.fromkeys(__all__, "chainrule.estimators"),
    "InputError": "chainrule.errors",
    **dict.fromkeys(("diagnose", "explain"), "chainrule.explanation"),
    "derive": "chainrule.mathematics",
    "newton": "chainrule.training",
    "report": "chainrule.reporting",
    "schedules": "chainrule.training",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("chainrule")
    if name not in _ROOMS:
        raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
