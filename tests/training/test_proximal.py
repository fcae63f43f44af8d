"""Quadratics with L1's corners: by hand, by the conditions of an optimum, against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso

from chainrule.mathematics import L1
from chainrule.training.proximal import lasso


def test_by_hand():
    # ½v² − 3v + |v| is smallest at 2; ½·4v² − 3v + |v| at ½; and 0 holds a slope of −0.5.
    result = lasso(np.diag([1.0, 4, 1]), np.array([-3, -3, -0.5]), np.zeros(3), np.ones(3))
    np.testing.assert_allclose(result, [2, 0.5, 0], rtol=1e-15)
    # From x = 5 with slope 1: ½(v − 5)² + (v − 5) + 2|v| has slope v − 5 + 1 + 2 = 0 at v = 2.
    np.testing.assert_allclose(lasso(np.eye(1), np.ones(1), np.full(1, 5.0), np.full(1, 2.0)), 2)


@pytest.mark.parametrize("threshold", [0.0, 0.4])
def test_uncoupled_it_is_the_soft_threshold(threshold, rng):
    w = rng.normal(size=20)
    result = lasso(np.eye(20), -w, np.zeros(20), np.full(20, threshold))
    np.testing.assert_allclose(result, L1.proximal(w, threshold), atol=1e-15)


def check(hessian, gradient, start, thresholds):
    v = lasso(hessian, gradient, start, thresholds)
    slope = gradient + hessian @ (v - start)
    size = np.abs(gradient).max() + np.abs(hessian @ start).max()
    at_rest = np.abs(slope + thresholds * np.sign(v))[(v != 0) | (thresholds == 0)]
    assert at_rest.max(initial=0) <= 1e-8 * size
    assert (np.abs(slope) <= thresholds + 1e-8 * size)[v == 0].all()
    return v


@pytest.mark.parametrize("strength", [1e-3, 0.1, 0.5, 2.0, 100.0])
@pytest.mark.parametrize("rows", [100, 12, 5], ids=["many", "few", "fewer than columns"])
def test_the_conditions_of_an_optimum(strength, rows, rng):
    x = rng.normal(size=(rows, 8)) @ rng.normal(size=(8, 8))
    thresholds = np.full(8, strength)
    thresholds[-1] = 0
    v = check(x.T @ x / rows, rng.normal(size=8) @ (x.T @ x) / rows, rng.normal(size=8), thresholds)
    if strength == 100:
        np.testing.assert_array_equal(v[:-1], 0)


def test_collinear_columns(rng):
    x = rng.normal(size=(50, 4))
    x = np.column_stack([x, x[:, 0], x[:, 1] + x[:, 2]])
    gradient = -(x.T @ (x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=50))) / 50
    check(x.T @ x / 50, gradient, np.zeros(6), np.full(6, 0.05))


@pytest.mark.parametrize("seed", range(40))
def test_bad_scales_and_dependent_columns(seed):
    random = np.random.default_rng(seed)
    rows, columns = random.integers(1, 20), random.integers(2, 12)
    x = random.normal(size=(rows, columns)) * 10.0 ** random.uniform(-3, 3, columns)
    x[:, 0] = x[:, -1]
    hessian = x.T @ x / rows
    thresholds = np.full(columns, 10.0 ** random.uniform(-6, 2))
    thresholds[-1] *= seed % 2
    start = random.normal(size=columns) * (random.uniform(size=columns) < 0.5)
    check(hessian, hessian @ random.normal(size=columns), start, thresholds)


def test_what_bends_nowhere_and_is_not_penalized_stays():
    result = lasso(np.zeros((1, 1)), np.zeros(1), np.array([7.0]), np.zeros(1))
    np.testing.assert_array_equal(result, [7])


def test_an_empty_column_is_zero():
    hessian = np.diag([1.0, 0.0])
    result = lasso(hessian, np.array([-3.0, 0.0]), np.array([0.0, 7.0]), np.ones(2))
    np.testing.assert_array_equal(result, [2, 0])


@pytest.mark.parametrize("strength", [0.01, 0.1, 1.0])
def test_scikit_learns_lasso(strength, rng):
    x = rng.normal(size=(80, 10)) @ rng.normal(size=(10, 10))
    x -= x.mean(axis=0)
    y = x[:, :3].sum(axis=1) + rng.normal(size=80)
    expected = Lasso(strength, tol=1e-14, max_iter=100000, fit_intercept=False).fit(x, y).coef_
    start = rng.normal(size=10)
    gradient = x.T @ (x @ start - y) / 80
    result = lasso(x.T @ x / 80, gradient, start, np.full(10, strength))
    np.testing.assert_allclose(result, expected, atol=1e-9)
    np.testing.assert_array_equal(result == 0, expected == 0)


def test_what_it_is_given_stays_as_it_was(rng):
    hessian, gradient, start = np.eye(3), rng.normal(size=3), rng.normal(size=3)
    copies = hessian.copy(), gradient.copy(), start.copy()
    lasso(hessian, gradient, start, np.full(3, 0.2))
    for now, before in zip((hessian, gradient, start), copies, strict=True):
        np.testing.assert_array_equal(now, before)
