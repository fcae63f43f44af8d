"""How the numbers change: optimizers, schedules, stopping, and the loop that runs them."""

from chainrule.training import schedules
from chainrule.training.history import Epoch, History
from chainrule.training.loop import Loop
from chainrule.training.newton import NewtonResult, newton_method
from chainrule.training.newton_one_variable import Iterate, NewtonPath, newton
from chainrule.training.optimizers import OPTIMIZERS, Optimizer, OptimizerState, Rates
from chainrule.training.quasi_newton import lbfgs
from chainrule.training.regularization import Regularization
from chainrule.training.schedules import SCHEDULES, Clock, Schedule, make_schedule
from chainrule.training.stopping import NoImprovement
from chainrule.training.update import update
from chainrule.training.validation import Validation

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Clock",
    "Epoch",
    "History",
    "Iterate",
    "Loop",
    "NewtonPath",
    "NewtonResult",
    "NoImprovement",
    "Optimizer",
    "OptimizerState",
    "Rates",
    "Regularization",
    "Schedule",
    "Validation",
    "lbfgs",
    "make_schedule",
    "newton",
    "newton_method",
    "schedules",
    "update",
]
