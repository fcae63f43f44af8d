"""The optimum of a quadratic with L1's corners: what a Newton step becomes with that penalty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.training.equations import solve_consistent

__all__ = ["lasso"]

# How many sweeps before the signs are taken as they are, and then changes of signs per weight.
MOST_SWEEPS, MOST_SIGNS = 100, 20
# A coordinate that moves by less than this share of the largest has come to rest.
RESTED = 1e-14
# What the exact solution may miss its conditions by, as a share of what it has to meet.
CLOSE = 1e-9


def lasso(hessian: Array, gradient: Array, start: Array, thresholds: Array) -> Array:
    """Return the v that makes gᵀ(v − x) + ½(v − x)ᵀH(v − x) + Σ λⱼ|vⱼ| smallest.

    One coordinate after another is put where it belongs while the others are held, which is a soft
    threshold. As soon as a sweep no longer changes which are 0 and the signs of the others, the
    optimum with these signs is found at once as the solution of a linear system, and gone to as far
    as no sign changes on the way: a weight that reaches 0 first stays there. Then, one at a time,
    the zeros are let go that the penalty does not hold.

    Parameters
    ----------
    hessian : array of shape (size, size)
        H, symmetric, with no negative eigenvalue.
    gradient, start : array of shape (size,)
        g, the gradient at x, and x.
    thresholds : array of shape (size,)
        λ ≥ 0; 0 for what is not penalized.

    Returns
    -------
    array of shape (size,)

    Examples
    --------
    >>> lasso(np.eye(2), np.array([-3.0, 0.5]), np.zeros(2), np.array([1.0, 1.0]))
    array([2., 0.])

    Notes
    -----
    Friedman, Hastie & Tibshirani (2010), Regularization paths for generalized linear models via
    coordinate descent; for the signs, Lee, Battle, Raina & Ng (2007), Efficient sparse coding
    algorithms.
    """
    v = start.astype(np.float64)
    slope = gradient.astype(np.float64)  # of the quadratic, at v
    curvature = hessian.diagonal()
    movable = np.flatnonzero(curvature > 0)
    v[(curvature <= 0) & (thresholds > 0)] = 0
    signs = np.full_like(v, np.nan)
    for sweep in range(MOST_SWEEPS):
        # All of them now and then, between these only those that are not 0.
        order = movable if sweep % 5 == 0 else movable[v[movable] != 0]
        moved = _sweep(order, v, slope, hessian, thresholds)
        if moved <= RESTED * np.abs(v).max(initial=0) and len(order) == len(movable):
            return v
        before, signs = signs, np.sign(v)
        if np.array_equal(before, signs):
            break
    for _ in range(MOST_SIGNS * len(v)):
        settled = _settle(v, slope, hessian, thresholds)
        slope = gradient + hessian @ (v - start)
        if settled:
            steepest = _steepest(v, slope, hessian, thresholds)
            if steepest is None:
                break
            _sweep(steepest, v, slope, hessian, thresholds)
    return v


def _sweep(
    order: NDArray[np.intp], v: Array, slope: Array, hessian: Array, thresholds: Array
) -> float:
    """Put each coordinate where it belongs; returns the largest move."""
    largest = 0.0
    for j in order.tolist():
        h, t = hessian[j, j], thresholds[j]
        target = h * v[j] - slope[j]
        new = (target - t if target > t else target + t if target < -t else 0.0) / h
        if new != v[j]:
            slope += (new - v[j]) * hessian[j]
            largest = max(largest, abs(new - v[j]))
            v[j] = new
    return largest


def _settle(v: Array, slope: Array, hessian: Array, thresholds: Array) -> bool:
    """Go towards the optimum with the signs of v, as far as they last; True if it was reached."""
    free = np.flatnonzero((v != 0) | (thresholds == 0))
    block, signs = hessian[np.ix_(free, free)], np.sign(v[free])
    penalty = -thresholds[free] * signs
    step, flat = solve_consistent(block, penalty - slope[free])
    longest = 1.0
    falls = flat.T @ penalty
    scale = np.sqrt(np.maximum(block.diagonal(), np.finfo(float).tiny))
    if np.linalg.norm(falls) > CLOSE * np.linalg.norm(penalty / scale):
        # Nothing but the penalty changes that way, so that only a corner can end it.
        step, longest = flat @ falls, np.inf
    shrinking = np.flatnonzero((thresholds[free] > 0) & (signs * step < 0))
    crossings = -v[free[shrinking]] / step[shrinking]
    first = float(crossings.min(initial=longest))
    if first == np.inf:
        return True
    v[free] += first * step
    v[free[shrinking[crossings == first]]] = 0
    return first == longest


def _steepest(v: Array, slope: Array, hessian: Array, thresholds: Array) -> NDArray[np.intp] | None:
    """Return the zero that the error falls most by leaving, or None if the penalty holds all."""
    held = CLOSE * max(np.abs(slope).max(initial=0), thresholds.max(initial=0))
    pull = np.where((v == 0) & (thresholds > 0), np.abs(slope) - thresholds, 0)
    pull[pull <= held] = 0
    if not pull.any():
        return None
    curvature = hessian.diagonal()
    gain = np.divide(pull**2, curvature, out=np.zeros_like(pull), where=curvature > 0)
    return np.asarray(gain.argmax(keepdims=True))
