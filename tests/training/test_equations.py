"""Symmetric equations: against numpy, badly scaled, singular, and not quite definite."""

import numpy as np
import pytest

from chainrule.training.equations import solve, solve_consistent


def definite(rng, size=6):
    root = rng.normal(size=(size + 3, size))
    return root.T @ root


def test_as_numpy_solves_it(rng):
    matrix, right = definite(rng), rng.normal(size=(6, 2))
    solution, condition = solve(matrix, right)
    np.testing.assert_allclose(solution, np.linalg.solve(matrix, right), rtol=1e-12)
    scale = 1 / np.sqrt(matrix.diagonal())
    exact = 1 / np.linalg.cond(matrix * np.outer(scale, scale), 1)
    assert exact / 3 <= condition <= 3 * exact  # LAPACK's estimate
    np.testing.assert_allclose(
        solve_consistent(matrix, right[:, 0])[0], np.linalg.solve(matrix, right[:, 0]), rtol=1e-12
    )


def test_bad_scales_are_no_trouble(rng):
    matrix, right = definite(rng), rng.normal(size=(6, 1))
    scale = 10.0 ** np.array([-9, -6, -3, 0, 4, 9])
    expected, condition = solve(matrix, right)
    solution, same = solve(matrix * np.outer(scale, scale), scale[:, None] * right)
    np.testing.assert_allclose(scale[:, None] * solution, expected, rtol=1e-9)
    assert same == pytest.approx(condition)


@pytest.mark.parametrize(
    "matrix",
    [
        np.ones((3, 3)),
        np.diag([1.0, 0.0, 2.0]),
        np.zeros((3, 3)),
        np.array([[1, 1 + 1e-15, 0], [1 + 1e-15, 1, 0], [0, 0, 1]]),
        np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]),  # an eigenvalue of −0.8
    ],
    ids=["ones", "empty column", "nothing", "twice the same", "indefinite"],
)
def test_what_cannot_be_solved_still_leads_onwards(matrix):
    right = np.array([[1.0], [-2.0], [0.5]])
    given = matrix.copy()
    solution, condition = solve(matrix, right)
    assert condition == 0
    assert np.isfinite(solution).all()
    assert float(np.vdot(solution, right)) >= 0
    np.testing.assert_array_equal(matrix, given)


def test_consistent_equations_that_say_the_same(rng):
    root = rng.normal(size=(9, 4))
    root = np.column_stack([root, root[:, 0] + root[:, 1], root[:, 2]])
    matrix = root.T @ root
    right = matrix @ rng.normal(size=6)
    solution, directions = solve_consistent(matrix, right)
    np.testing.assert_allclose(matrix @ solution, right, rtol=1e-9)
    assert np.abs(solution).max() < 10
    assert directions.shape == (6, 2)
    np.testing.assert_allclose(matrix @ directions, 0, atol=1e-12)
    lengths = directions.T @ np.diag(matrix.diagonal()) @ directions
    np.testing.assert_allclose(lengths, np.eye(2), atol=1e-12)


def test_consistent_equations_that_say_everything_leave_no_direction(rng):
    matrix = definite(rng)
    assert solve_consistent(matrix, rng.normal(size=6))[1].shape == (6, 0)
