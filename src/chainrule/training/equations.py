"""Linear equations with a symmetric matrix that should be positive definite, or very nearly is."""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky
from scipy.linalg.lapack import dpocon

from chainrule.mathematics.arrays import Array

__all__ = ["solve", "solve_consistent"]

# Below this a column is the sum of others, but for rounding.
SMALLEST_PIVOT = 1e-6
FIRST_RIDGE = 1e-14


def solve(matrix: Array, right: Array) -> tuple[Array, float]:
    """Return A⁻¹ b, and how well that is determined.

    The diagonal is scaled to 1 first, so that badly scaled columns are no trouble. Where A is
    singular or indefinite but for rounding, its diagonal is raised until it is not: A⁻¹ b is then
    no solution, but still b's own direction to an acute angle.

    Parameters
    ----------
    matrix : array of shape (size, size)
        A.
    right : array of shape (size, m)
        b.

    Returns
    -------
    (array of shape (size, m), float)
        A⁻¹ b, and 1 / condition number of the scaled A, 0 where its diagonal had to be raised.

    Examples
    --------
    >>> solution, condition = solve(np.diag([4.0, 1e-20]), np.array([[1.0], [1e-20]]))
    >>> solution.ravel(), condition
    (array([0.25, 1.  ]), 1.0)
    """
    scaled, scale = _scaled(matrix)
    largest = np.abs(scaled).sum(axis=0).max()
    ridge = 0.0
    while True:
        try:
            factor = cholesky(scaled, check_finite=False)
            break
        except LinAlgError:
            # No number beside the diagonal is above 1, so that the size is raise enough.
            if ridge > len(scaled):
                raise
            ridge = max(10 * ridge, FIRST_RIDGE * len(scaled))
            np.fill_diagonal(scaled, 1 + ridge)
    condition = 0.0
    if ridge == 0 and scale.all():
        condition = float(dpocon(factor, largest)[0])
    solution = cho_solve((factor, False), scale[:, None] * right, check_finite=False)
    return scale[:, None] * solution, condition


def solve_consistent(matrix: Array, right: Array) -> tuple[Array, Array]:
    """Return a solution of A x = b where some of the equations may say the same: a short one.

    Parameters
    ----------
    matrix : array of shape (size, size)
        A, with no negative eigenvalue but for rounding.
    right : array of shape (size,)
        b.

    Returns
    -------
    (array of shape (size,), array of shape (size, m))
        x, and the m directions N with A N = 0, so that x + N y is a solution for every y; scaled to
        NᵀDN = 1 with D the diagonal of A.

    Examples
    --------
    >>> solution, directions = solve_consistent(np.ones((2, 2)), np.array([3.0, 3.0]))
    >>> solution.round(12), abs(directions.round(4)).tolist()
    (array([1.5, 1.5]), [[0.7071], [0.7071]])
    """
    scaled, scale = _scaled(matrix)
    try:
        factor = cholesky(scaled, check_finite=False)
        if factor.diagonal().min(initial=1) > SMALLEST_PIVOT:
            solution = scale * cho_solve((factor, False), scale * right, check_finite=False)
            return solution, np.empty((len(scale), 0))
    except LinAlgError:
        pass
    sizes, vectors = np.linalg.eigh(scaled)
    kept = sizes > SMALLEST_PIVOT**2
    vectors *= scale[:, None]
    curved = vectors[:, kept]
    return curved @ ((curved.T @ right) / sizes[kept]), vectors[:, ~kept]


def _scaled(matrix: Array) -> tuple[Array, Array]:
    """Return D A D with a diagonal of 1, and D; 0 where A has nothing on it."""
    diagonal = matrix.diagonal()
    positive = diagonal > 0
    scale = np.where(positive, 1 / np.sqrt(np.where(positive, diagonal, 1)), 0)
    scaled = matrix * scale * scale[:, None]
    np.fill_diagonal(scaled, 1)
    return scaled, scale
