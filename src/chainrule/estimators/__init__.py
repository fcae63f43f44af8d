"""The faces that scikit-learn's users know."""

from chainrule.estimators._restarts import Restart, Restarts
from chainrule.estimators._update_record import UpdateRecord
from chainrule.estimators.complexity import Cell, ComplexityGraph, model_complexity
from chainrule.estimators.learning_rate_range import LearningRateRange, find_learning_rate
from chainrule.estimators.linear_regression import LinearRegression
from chainrule.estimators.logistic_regression import LogisticRegression
from chainrule.estimators.mlp_classifier import MLPClassifier
from chainrule.estimators.mlp_regressor import MLPRegressor
from chainrule.estimators.open_training import OpenTraining, TrainingSnapshot
from chainrule.estimators.perceptron import Perceptron
from chainrule.estimators.predictor import Predictor
from chainrule.estimators.weight_recorder import WeightRecorder
from chainrule.training.schedules import SCHEDULE_TYPES

__all__ = [
    "TRUSTED_TYPES",
    "Cell",
    "ComplexityGraph",
    "LearningRateRange",
    "LinearRegression",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "OpenTraining",
    "Perceptron",
    "Predictor",
    "Restart",
    "Restarts",
    "TrainingSnapshot",
    "UpdateRecord",
    "WeightRecorder",
    "find_learning_rate",
    "model_complexity",
]

TRUSTED_TYPES = (
    "chainrule.estimators._restarts.Restart",
    "chainrule.estimators._restarts.Restarts",
    "chainrule.estimators.linear_regression.LinearRegression",
    "chainrule.estimators.logistic_regression.LogisticRegression",
    "chainrule.estimators.mlp_classifier.MLPClassifier",
    "chainrule.estimators.mlp_regressor.MLPRegressor",
    "chainrule.estimators.perceptron.Perceptron",
    "chainrule.training.history.Epoch",
    "chainrule.training.history.History",
    *SCHEDULE_TYPES,
)
"""What a model file may hold of ours, by full name."""
