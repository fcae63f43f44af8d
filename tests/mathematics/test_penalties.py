"""Penalties: worked by hand, by finite differences and by jax."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from chainrule.mathematics import L1, L2

PENALTIES = pytest.mark.parametrize("penalty", [L1, L2], ids=["L1", "L2"])
ORACLES = {"L1": lambda w: jnp.abs(w).sum(), "L2": lambda w: 0.5 * (w**2).sum()}


def test_worked_by_hand():
    w = np.array([[3.0, -4.0], [0.0, 1.0]])
    assert L1.value(w) == 8
    assert L2.value(w) == 13  # ½(9 + 16 + 1)
    np.testing.assert_array_equal(L1.derivative(w), [[1, -1], [0, 1]])
    np.testing.assert_array_equal(L2.derivative(w), w)


@PENALTIES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_as_jax_has_it(penalty, dtype):
    w = np.random.default_rng(0).normal(size=(5, 4)).astype(dtype)
    value, gradient = jax.value_and_grad(ORACLES[penalty.name])(w.astype(np.float64))
    assert penalty.value(w) == pytest.approx(float(value), rel=1e-13)
    assert isinstance(penalty.value(w), float)
    assert penalty.derivative(w).dtype == dtype
    np.testing.assert_allclose(penalty.derivative(w), gradient, rtol=1e-13)


@PENALTIES
def test_derivative_by_finite_differences(penalty):
    w = np.random.default_rng(1).normal(size=9)
    for i in range(w.size):
        up, down = w.copy(), w.copy()
        up[i] += 1e-6
        down[i] -= 1e-6
        quotient = (penalty.value(up) - penalty.value(down)) / 2e-6
        assert penalty.derivative(w)[i] == pytest.approx(quotient, rel=1e-8, abs=1e-9)


@PENALTIES
def test_the_derivative_is_a_new_array(penalty):
    w = np.ones(3)
    penalty.derivative(w)[...] = 9
    np.testing.assert_array_equal(w, 1)


def test_proximal_by_hand():
    w = np.array([3.0, -4.0, 0.5, -1.0, 0.0])
    np.testing.assert_array_equal(L1.proximal(w, 1.0), [2, -3, 0, 0, 0])
    np.testing.assert_array_equal(L2.proximal(w, 1.0), [1.5, -2, 0.25, -0.5, 0])


@PENALTIES
@pytest.mark.parametrize("threshold", [0.0, 0.3, 2.0])
def test_proximal_by_brute_force(penalty, threshold):
    # The best of 80001 candidates is within half their distance of the best of all.
    candidates = np.linspace(-4, 4, 80001)
    for w in (-2.5, -0.2, 0.0, 0.31, 1.999, 3.7):
        values = [threshold * penalty.value(v) for v in candidates.reshape(-1, 1)]
        best = candidates[np.argmin(values + 0.5 * (candidates - w) ** 2)]
        assert penalty.proximal(np.array([w]), threshold)[0] == pytest.approx(best, abs=5.1e-5)


def test_l1_reaches_exact_zeros_on_either_side():
    w = np.array([-0.3, -0.2999, 0.2999, 0.3, -0.0])
    result = L1.proximal(w, 0.3)
    np.testing.assert_array_equal(result, 0)
    assert not np.signbit(result).any()


@PENALTIES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_proximal_keeps_type_and_shape_and_what_it_was_given(penalty, dtype):
    w = np.arange(-3, 3, dtype=dtype).reshape(2, 3)
    result = penalty.proximal(w, 0.7)
    assert result.dtype == dtype
    assert result.shape == (2, 3)
    np.testing.assert_array_equal(w.ravel(), np.arange(-3, 3))
    same = penalty.proximal(w, 0.0)
    same[...] = 9
    np.testing.assert_array_equal(w.ravel(), np.arange(-3, 3))


@PENALTIES
def test_proximal_lets_nan_be_seen(penalty):
    assert np.isnan(penalty.proximal(np.array([np.nan]), 0.1)).all()


@PENALTIES
def test_the_record_is_complete(penalty):
    assert penalty.formula.strip()
    assert penalty.derivative_formula.strip()
    assert penalty.proximal_formula.strip()
    assert penalty.source.strip()


def test_names_are_distinct():
    assert (L1.name, L2.name) == ("L1", "L2")
