"""Pictures of a network: how it learned, what it learned, how good it is.

Each is a class with ``from_estimator`` (or ``from_predictions``), as scikit-learn's displays are:
it draws, and returns an object that holds what was drawn and can ``plot`` it again elsewhere.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.plots.calibration import Calibration
    from chainrule.plots.complexity import ModelComplexity
    from chainrule.plots.confusion_matrix import ConfusionMatrix
    from chainrule.plots.decision_boundary import DecisionBoundary
    from chainrule.plots.descent_paths import DescentPaths
    from chainrule.plots.learning_curves import LearningCurves
    from chainrule.plots.loss_landscape import LossLandscape
    from chainrule.plots.network_diagram import NetworkDiagram
    from chainrule.plots.residuals import PredictedVersusActual, Residuals
    from chainrule.plots.threshold_curves import ThresholdCurves
    from chainrule.plots.weights import Weights

__all__ = [
    "Calibration",
    "ConfusionMatrix",
    "DecisionBoundary",
    "DescentPaths",
    "LearningCurves",
    "LossLandscape",
    "ModelComplexity",
    "NetworkDiagram",
    "PredictedVersusActual",
    "Residuals",
    "ThresholdCurves",
    "Weights",
]

_HOMES = {
    "Calibration": "calibration",
    "ConfusionMatrix": "confusion_matrix",
    "DecisionBoundary": "decision_boundary",
    "DescentPaths": "descent_paths",
    "LearningCurves": "learning_curves",
    "LossLandscape": "loss_landscape",
    "ModelComplexity": "complexity",
    "NetworkDiagram": "network_diagram",
    "PredictedVersusActual": "residuals",
    "Residuals": "residuals",
    "ThresholdCurves": "threshold_curves",
    "Weights": "weights",
}


def __getattr__(name: str) -> Any:
    """Import a picture only when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
