"""L-BFGS: the whole error and its whole gradient, handed to SciPy."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import Bounds, OptimizeResult, minimize

from chainrule.mathematics import L1, L2
from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.engine import Data
from chainrule.network.steps import FullGradient
from chainrule.network.threads import one_blas_thread
from chainrule.training.history import Epoch
from chainrule.training.validation import Validation, follow

__all__ = ["ending_in_words", "lbfgs"]

#: What SciPy says at the end, in words.
_ENDINGS = {
    "CONVERGENCE: RELATIVE REDUCTION": "converged, the loss no longer falls",
    "CONVERGENCE: NORM": "converged, the gradient is 0 to rounding",
    "STOP: TOTAL NO. OF ITERATIONS": "after all {iterations} iterations",
    "STOP: TOTAL NO. OF F": "after {iterations} iterations, with too many looks at the loss",
    "ABNORMAL": "after {iterations} iterations, as no step lowers the loss any more",
}


def ending_in_words(message: str, *, iterations: int) -> str:
    """Say in words why L-BFGS ended.

    Parameters
    ----------
    message : str
        What SciPy says, or anything else.
    iterations : int
        How many there were.

    Returns
    -------
    str
        The words, or the message itself if it is not one of SciPy's.

    Examples
    --------
    >>> ending_in_words("CONVERGENCE: NORM OF PROJECTED GRADIENT <= PGTOL", iterations=9)
    'converged, the gradient is 0 to rounding'
    """
    for beginning, words in _ENDINGS.items():
        if message.startswith(beginning):
            return words.format(iterations=iterations)
    return message


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
    label_smoothing: float = 0.0,
) -> OptimizeResult:
    """Minimize the penalized error over all rows with SciPy's L-BFGS-B.

    With L1 every weight is written as p − n with p, n ≥ 0 and |w| = p + n: within these bounds the
    error is smooth, and weights become exactly 0.

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
        As in :class:`chainrule.training.stepping.Stepping`.
    label_smoothing : float
        Share of the right answer that is divided among all.

    Returns
    -------
    scipy.optimize.OptimizeResult

    Notes
    -----
    Liu & Nocedal (1989), On the limited memory BFGS method for large scale optimization; Byrd, Lu,
    Nocedal & Zhu (1995) for bounds.
    """
    started = time.perf_counter()
    iteration = 0
    share = data.share
    smooth = FullGradient(network, data, dtype=np.float64, l2=l2, label_smoothing=label_smoothing)
    halves = _Halves(network, smooth, share * l1) if l1 > 0 else None

    def after_iteration(intermediate_result: OptimizeResult) -> None:
        nonlocal started, iteration
        iteration += 1
        x, error = intermediate_result.x, float(intermediate_result.fun)
        if halves is not None:
            x, error = halves.whole(x), halves.error(x, error)
        trained = max(time.perf_counter() - started, 1e-9)
        validation = follow(validate, x)
        seconds = time.perf_counter() - started
        weights = [w for w, _ in network.views(x)]
        penalty = share * sum(l1 * L1.value(w) + l2 * L2.value(w) for w in weights)
        epoch = Epoch(
            epoch=iteration,
            train_loss=error,
            validation_loss=validation[0],
            validation_score=validation[1],
            learning_rate=1.0,
            seconds=seconds,
            samples_per_second=data.rows / trained,
            data_loss=error - penalty,
            penalty=penalty,
        )
        started = time.perf_counter()
        if observe(epoch, x):
            raise StopIteration

    start = parameters.astype(np.float64)
    with one_blas_thread():  # SciPy calls it for vectors as long as the parameters
        result = minimize(
            smooth if halves is None else halves,
            start if halves is None else halves.split(start),
            method="L-BFGS-B",
            jac=True,
            bounds=None if halves is None else halves.bounds,
            callback=after_iteration,
            options={"maxiter": max_iterations, "maxfun": max_evaluations, "gtol": tolerance},
        )
    if halves is not None:
        result.fun = halves.error(result.x, result.fun)
        result.x = halves.whole(result.x)
        del result["jac"], result["hess_inv"]  # these are of the halves
    return result


class _Halves:
    """The error with L1 as a smooth function: each weight is p − n with p, n ≥ 0, and |w| = p + n.

    Parameters
    ----------
    network : Architecture
        Tells which parameters are weights; biases stay whole.
    smooth : FullGradient
        The error and its gradient without L1.
    strength : float
        What Σ|W| is multiplied by.
    """

    def __init__(self, network: Architecture, smooth: FullGradient, strength: float) -> None:
        self._smooth, self._strength = smooth, strength
        self._count = network.parameter_count
        is_weight = np.zeros(self._count, np.bool_)
        for weights, _ in network.views(is_weight):
            weights[...] = True
        self._weights = np.flatnonzero(is_weight)
        lowest = np.where(is_weight, 0.0, -np.inf)
        self.bounds = Bounds(np.append(lowest, np.zeros(len(self._weights))), np.inf)

    def split(self, parameters: Array) -> Array:
        """Return the p of every weight, each bias where it was, and every n behind them."""
        halves: Array = np.append(parameters, np.maximum(-parameters[self._weights], 0))
        halves[self._weights] = np.maximum(parameters[self._weights], 0)
        return halves

    def whole(self, halves: Array) -> Array:
        """Return p − n, exactly 0 where both are."""
        parameters: Array = halves[: self._count].copy()
        parameters[self._weights] -= halves[self._count :]
        return parameters

    def error(self, halves: Array, error: float) -> float:
        """Return the error with Σ|W| instead of Σ(p + n), which is more where p and n overlap."""
        overlap = np.minimum(halves[self._weights], halves[self._count :]).sum()
        return float(error - 2 * self._strength * overlap)

    def __call__(self, halves: Array) -> tuple[float, Array]:
        """Return the error and its slopes for all halves."""
        error, slopes = self._smooth(self.whole(halves))
        both = halves[self._weights].sum() + halves[self._count :].sum()
        gradient: Array = np.append(slopes, self._strength - slopes[self._weights])
        gradient[self._weights] += self._strength
        return error + self._strength * float(both), gradient
