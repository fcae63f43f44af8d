"""How the numbers change: optimizers, schedules, stopping, and the loop that runs them."""

from chainrule.training.history import Epoch, History
from chainrule.training.loop import Loop, Validation
from chainrule.training.optimizers import OPTIMIZERS, Optimizer, OptimizerState, Rates
from chainrule.training.quasi_newton import lbfgs
from chainrule.training.schedules import SCHEDULES, Schedule
from chainrule.training.stopping import NoImprovement

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Epoch",
    "History",
    "Loop",
    "NoImprovement",
    "Optimizer",
    "OptimizerState",
    "Rates",
    "Schedule",
    "Validation",
    "lbfgs",
]
