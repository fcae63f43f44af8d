"""The faces that scikit-learn's users know."""

from chainrule.estimators.mlp import MLPClassifier, MLPRegressor

__all__ = ["TRUSTED_TYPES", "MLPClassifier", "MLPRegressor"]

TRUSTED_TYPES = (
    "chainrule.estimators.mlp.MLPClassifier",
    "chainrule.estimators.mlp.MLPRegressor",
    "chainrule.training.history.Epoch",
    "chainrule.training.history.History",
)
"""What a model file may hold of ours, by full name."""
