"""Which kind of fit a solver needs."""

from __future__ import annotations

from chainrule.estimators._all_at_once import AllAtOnce
from chainrule.estimators._fitting import Fitting
from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._step_by_step import StepByStep

__all__ = ["kind_of_fit"]


def kind_of_fit(options: TrainingOptions) -> type[Fitting]:
    """Return the fit by mini-batches, or the one over all rows at once."""
    return StepByStep if options.steps else AllAtOnce
