"""The faces that scikit-learn's users know."""

from chainrule.estimators.mlp_classifier import MLPClassifier
from chainrule.estimators.mlp_regressor import MLPRegressor

__all__ = ["TRUSTED_TYPES", "MLPClassifier", "MLPRegressor"]

TRUSTED_TYPES = (
    "chainrule.estimators.mlp_classifier.MLPClassifier",
    "chainrule.estimators.mlp_regressor.MLPRegressor",
    "chainrule.training.history.Epoch",
    "chainrule.training.history.History",
)
"""What a model file may hold of ours, by full name."""
