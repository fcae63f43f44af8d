"""L-BFGS: the whole error and its whole gradient, handed to SciPy."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.engine import Data
from chainrule.network.steps import FullGradient
from chainrule.training.history import Epoch
from chainrule.training.loop import Validation

__all__ = ["lbfgs"]


def lbfgs(
    network: Architecture,
    parameters: Array,
    data: Data,
    *,
    l1: float,
    l2: float,
    max_iterations: int,
    max_evaluations: int,
    tolerance: float,
    observe: Callable[[Epoch, Array], bool],
    validate: Callable[[Array], Validation] | None = None,
) -> OptimizeResult:
    """Minimize the penalized error over all rows with SciPy's L-BFGS-B.

    Parameters
    ----------
    network : Architecture
        Its shape.
    parameters : array of float64 of shape (network.parameter_count,)
        Where it starts.
    data : Data
        n training rows in float64: the line search needs more digits than float32 has.
    l1, l2 : float
        Strengths of the penalties.
    max_iterations, max_evaluations : int
        Where to stop at the latest.
    tolerance : float
        Stop when no component of the gradient is larger.
    observe : callable
        Takes each iteration as an Epoch and the parameters after it; returns True to stop.
    validate : callable, optional
        As in :class:`chainrule.training.loop.Loop`.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Notes
    -----
    Liu & Nocedal (1989), On the limited memory BFGS method for large scale optimization.
    """
    started = time.perf_counter()
    iteration = 0

    objective = FullGradient(network, data, dtype=np.float64, l1=l1, l2=l2)

    def after_iteration(intermediate_result: OptimizeResult) -> None:
        nonlocal started, iteration
        iteration += 1
        x = intermediate_result.x
        trained = max(time.perf_counter() - started, 1e-9)
        validation: tuple[float | None, float | None] = (None, None)
        if validate is not None:
            validation = validate(x)
        seconds = time.perf_counter() - started
        epoch = Epoch(
            iteration,
            float(intermediate_result.fun),
            *validation,
            1.0,
            seconds,
            data.rows / trained,
        )
        started = time.perf_counter()
        if observe(epoch, x):
            raise StopIteration

    options = {"maxiter": max_iterations, "maxfun": max_evaluations, "gtol": tolerance}
    return minimize(
        objective,
        parameters.astype(np.float64),
        method="L-BFGS-B",
        jac=True,
        callback=after_iteration,
        options=options,
    )
