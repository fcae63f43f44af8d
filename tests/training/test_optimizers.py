"""Optimizers: numbers worked by hand, and the compiled updates equal to the readable ones."""

from itertools import islice

import numpy as np
import pytest

from chainrule.network import Architecture, backpropagate, feedforward, initialize
from chainrule.network.engine import make_data
from chainrule.training import OPTIMIZERS, Loop, Rates


def steps(name, gradients, rates, start):
    """Return where each step leads."""
    record = OPTIMIZERS[name]
    w = np.asarray(start, float)
    state, path = record.init(w), []
    for gradient in gradients:
        change, state = record.update(np.asarray(gradient, float), state, rates)
        w = w + change
        path.append(w)
    return path, state


def test_gradient_descent_by_hand():
    # w = (1, −2), g = (0.5, −1) then (0.2, 0), α = 0.1.
    path, state = steps("gd", [(0.5, -1), (0.2, 0)], Rates(0.1), (1, -2))
    np.testing.assert_allclose(path, [(0.95, -1.9), (0.93, -1.9)], rtol=1e-15)
    assert state.step == 2


def test_momentum_by_hand():
    # α = 0.1, μ = 0.9: v = −0.1 g₁ = −0.05; then v = 0.9 · −0.05 − 0.1 · 0.2 = −0.065.
    path, state = steps("sgd", [[0.5], [0.2]], Rates(0.1, 0.9, nesterov=False), [1])
    np.testing.assert_allclose(path, [[0.95], [0.885]], rtol=1e-15)
    np.testing.assert_allclose(state.first, [-0.065], rtol=1e-14)


def test_nesterov_by_hand():
    # v = −0.05, w += 0.9 v − 0.05 = −0.095; v = −0.065, w += 0.9 · −0.065 − 0.02 = −0.0785.
    path, state = steps("sgd", [[0.5], [0.2]], Rates(0.1, 0.9, nesterov=True), [1])
    np.testing.assert_allclose(path, [[0.905], [0.8265]], rtol=1e-15)
    np.testing.assert_allclose(state.first, [-0.065], rtol=1e-14)


def test_adam_by_hand():
    # g = 2, then −1, with α = 0.1, β₁ = 0.5, β₂ = 0.75 and ε → 0.
    # m = 1, v = 1, rate 0.1 · √0.25 / 0.5 = 0.1: w = −0.1.
    # m = 0.5 − 0.5 = 0; v = 0.75 + 0.25 = 1: w stays.  g = 1: m = 0.5, v = 1,
    # rate = 0.1 · √(1 − 0.421875) / 0.875, w = −0.1 − rate · 0.5.
    rates = Rates(0.1, beta_1=0.5, beta_2=0.75, epsilon=1e-300)
    path, state = steps("adam", [[2], [-1], [1]], rates, [0])
    third = -0.1 - 0.05 * np.sqrt(0.578125) / 0.875
    np.testing.assert_allclose(path, [[-0.1], [-0.1], [third]], rtol=1e-14)
    np.testing.assert_allclose([state.first[0], state.second[0]], [0.5, 1], rtol=1e-15)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_adams_first_step_is_the_sign_of_the_gradient(scale):
    gradient = scale * np.array([3.0, -0.01, 40.0])
    path, _ = steps("adam", [gradient], Rates(0.02, epsilon=1e-300), np.zeros(3))
    np.testing.assert_allclose(path[0], -0.02 * np.sign(gradient), rtol=1e-12)


def test_sgd_without_momentum_is_gradient_descent():
    gradients = np.random.default_rng(0).normal(size=(5, 3))
    expected, _ = steps("gd", gradients, Rates(0.1), np.ones(3))
    for nesterov in (False, True):
        path, _ = steps("sgd", gradients, Rates(0.1, 0.0, nesterov), np.ones(3))
        np.testing.assert_allclose(path, expected, rtol=1e-15)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_an_update_is_a_pure_function(name):
    record = OPTIMIZERS[name]
    w, gradient = np.ones(3), np.array([1.0, 2, 3])
    state = record.init(w)
    first = record.update(gradient, state, Rates())
    second = record.update(gradient, state, Rates())
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(gradient, [1, 2, 3])
    assert state.step == 0
    np.testing.assert_array_equal(state.first, 0)
    np.testing.assert_array_equal(state.second, 0)
    assert first[1].step == 1


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-5), (np.float64, 1e-13)])
@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_twenty_compiled_steps(name, nesterov, dtype, tolerance, rng):
    network = Architecture((3, 4, 2), ("tanh",), "half_squared_error")
    x, y = rng.normal(size=(10, 3)), rng.normal(size=(10, 2))
    w = initialize(network, np.random.RandomState(0), dtype=np.float64)
    rates = Rates(0.05, 0.8, nesterov, 0.85, 0.95, 1e-3)
    loop = Loop(
        network,
        w.astype(dtype),
        make_data(x, y, dtype=dtype),
        optimizer=name,
        rates=rates,
        batch_size=10,
        l1=0.3,
        l2=0.5,
    )
    record = OPTIMIZERS[name]
    state = record.init(w)
    for _ in islice(loop.epochs(), 20):
        trace = feedforward(network, w, x)
        gradient = backpropagate(network, w, trace, y, l1=0.3, l2=0.5)
        change, state = record.update(gradient, state, rates)
        w = w + change
        np.testing.assert_allclose(loop.parameters, w, rtol=0, atol=tolerance)
    assert loop.optimizer_state.step == state.step == 20


def test_defaults_are_scikit_learns():
    assert Rates() == (0.001, 0.9, True, 0.9, 0.999, 1e-8)


def test_records_are_complete():
    for name, record in OPTIMIZERS.items():
        assert record.name == name
        assert record.formula.strip()
        assert record.source.strip()
    assert sorted(OPTIMIZERS) == ["adam", "gd", "sgd"]
