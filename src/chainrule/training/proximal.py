"""The optimum of a quadratic with L1's corners: what a Newton step becomes with that penalty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.training.equations import solve_consistent

__all__ = ["lasso"]

MOST_SWEEPS = 1000
# A coordinate that moves by less than this share of the largest has come to rest.
RESTED = 1e-14
# What the exact solution may miss its conditions by, as a share of what it has to meet.
CLOSE = 1e-9


def lasso(hessian: Array, gradient: Array, start: Array, thresholds: Array) -> Array:
    """Return the v that makes gᵀ(v − x) + ½(v − x)ᵀH(v − x) + Σ λⱼ|vⱼ| smallest.

    One coordinate after another is put where it belongs while the others are held, which is a soft
    threshold. As soon as a sweep no longer changes which are 0 and the signs of the others, these
    are found at once as the solution of a linear system, and that is the answer if it has these
    signs and leaves the zeros where they are.

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
    coordinate descent.
    """
    v = start.astype(np.float64)
    slope = gradient.astype(np.float64)  # of the quadratic, at v
    curvature = hessian.diagonal()
    signs: NDArray[np.float64] | None = None
    movable = np.flatnonzero(curvature > 0)
    v[(curvature <= 0) & (thresholds > 0)] = 0
    for sweep in range(MOST_SWEEPS):
        # All of them now and then, between these only those that are not 0.
        order = movable if sweep % 5 == 0 else movable[v[movable] != 0]
        moved = _sweep(order, v, slope, hessian, thresholds)
        if moved <= RESTED * np.abs(v).max(initial=0) and len(order) == len(movable):
            break
        before, signs = signs, np.sign(v)
        if before is not None and np.array_equal(before, signs):
            exact = _exact(hessian, slope, v, thresholds)
            if exact is not None:
                return exact
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


def _exact(hessian: Array, slope: Array, v: Array, thresholds: Array) -> Array | None:
    """Return the optimum if its signs are those of v, else None."""
    free = (v != 0) | (thresholds == 0)
    push = -(slope + thresholds * np.sign(v))[free]
    exact = v.copy()
    exact[free] += solve_consistent(hessian[np.ix_(free, free)], push)
    if not np.array_equal(np.sign(exact)[thresholds > 0], np.sign(v)[thresholds > 0]):
        return None
    after = slope + hessian @ (exact - v)
    largest = CLOSE * max(np.abs(push).max(initial=0), thresholds.max(initial=0))
    balanced = np.abs(after + thresholds * np.sign(exact))[free] <= largest
    held = np.abs(after[~free]) <= thresholds[~free] + largest
    return exact if balanced.all() and held.all() else None
