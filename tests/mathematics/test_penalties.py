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


@PENALTIES
def test_the_record_is_complete(penalty):
    assert penalty.formula.strip()
    assert penalty.derivative_formula.strip()
    assert penalty.source.strip()


def test_names_are_distinct():
    assert (L1.name, L2.name) == ("L1", "L2")
