"""Pictures of a network: how it learned, what it learned, how good it is.

Each is a class with ``from_estimator`` (or ``from_predictions``), as scikit-learn's displays are:
it draws, and returns an object that holds what was drawn and can ``plot`` it again elsewhere.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.plots.boundary.decision_boundary import DecisionBoundary
    from chainrule.plots.learning.complexity import ModelComplexity
    from chainrule.plots.learning.learning_curves import LearningCurves
    from chainrule.plots.loss.descent_paths import DescentPaths
    from chainrule.plots.loss.loss_landscape import LossLandscape
    from chainrule.plots.network.network_diagram import NetworkDiagram
    from chainrule.plots.network.weights import Weights
    from chainrule.plots.quality.calibration import Calibration
    from chainrule.plots.quality.confusion_matrix import ConfusionMatrix
    from chainrule.plots.quality.residuals import PredictedVersusActual, Residuals
    from chainrule.plots.quality.threshold_curves import ThresholdCurves

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
    "Calibration": "quality.calibration",
    "ConfusionMatrix": "quality.confusion_matrix",
    "DecisionBoundary": "boundary.decision_boundary",
    "DescentPaths": "loss.descent_paths",
    "LearningCurves": "learning.learning_curves",
    "LossLandscape": "loss.loss_landscape",
    "ModelComplexity": "learning.complexity",
    "NetworkDiagram": "network.network_diagram",
    "PredictedVersusActual": "quality.residuals",
    "Residuals": "quality.residuals",
    "ThresholdCurves": "quality.threshold_curves",
    "Weights": "network.weights",
}


def __getattr__(name: str) -> Any:
    """Import a picture only when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
