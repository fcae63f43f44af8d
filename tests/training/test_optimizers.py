"""Optimizers: numbers worked by hand, and the compiled updates equal to the readable ones."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from chainrule.network import Architecture, backpropagate, feedforward, initialize
from chainrule.network.engine import make_data
from chainrule.training import OPTIMIZERS, Loop, Rates, Regularization, make_schedule, update
from chainrule.training.optimizers import orthogonalize


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
    # α = 0.1, μ = 0.9: v = 0.1 g₁ = 0.05; then v = 0.9 · 0.05 + 0.1 · 0.2 = 0.065.
    path, state = steps("sgd", [[0.5], [0.2]], Rates(0.1, 0.9, nesterov=False), [1])
    np.testing.assert_allclose(path, [[0.95], [0.885]], rtol=1e-15)
    np.testing.assert_allclose(state.first, [0.065], rtol=1e-14)


def test_nesterov_by_hand():
    # v = 0.05, w −= 0.9 v + 0.05 = 0.095; v = 0.065, w −= 0.9 · 0.065 + 0.02 = 0.0785.
    path, state = steps("sgd", [[0.5], [0.2]], Rates(0.1, 0.9, nesterov=True), [1])
    np.testing.assert_allclose(path, [[0.905], [0.8265]], rtol=1e-15)
    np.testing.assert_allclose(state.first, [0.065], rtol=1e-14)


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


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (1, 3), (1, 1)])
def test_orthogonalized_singular_values_are_near_one(shape, rng):
    matrix = rng.normal(size=shape)
    turned = orthogonalize(1e3 * matrix)
    u, _, v = np.linalg.svd(matrix, full_matrices=False)
    size = u.T @ turned @ v.T  # the same directions, another size of each
    np.testing.assert_allclose(size, np.diag(np.diag(size)), atol=1e-10)
    assert (abs(np.diag(size) - 0.95) < 0.3).all()


def test_orthogonalized_by_hand():
    # One number is 1 after it is divided by its size; then a + b + c = 0.7010, and of that
    # 3.4445 · 0.7010 − 4.7750 · 0.7010³ + 2.0315 · 0.7010⁵ = 1.1136, and so on: 0.7207, 1.0900,
    # 0.6964.
    assert orthogonalize(np.array([[-8.0]]))[0, 0] == pytest.approx(-0.6964, abs=5e-5)
    np.testing.assert_array_equal(orthogonalize(np.zeros((2, 3))), 0)


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


def test_defaults_are_scikit_learns():
    assert Rates()[:6] == (0.001, 0.9, True, 0.9, 0.999, 1e-8)


def test_records_are_complete():
    for name, record in OPTIMIZERS.items():
        assert record.name == name
        assert record.formula.strip()
        assert record.source.strip()
    assert set(OPTIMIZERS) == set(SAME)


# ------------------------------------------------------------------ against an independent library

# Each optimizer with the same rule in optax; the numbers are not the defaults.
# A tiny ε, for scikit-learn and so we add it to another term than optax does.
RATES = Rates(0.02, 0.8, True, 0.85, 0.95, 1e-12, 0.7, 0.3)
SAME = {
    "gd": optax.sgd(0.02),
    "sgd": optax.sgd(0.02, momentum=0.8, nesterov=True),
    "momentum": optax.sgd(0.02, momentum=0.8),
    "nesterov": optax.sgd(0.02, momentum=0.8, nesterov=True),
    "rmsprop": optax.rmsprop(0.02, decay=0.7, eps=1e-12, eps_in_sqrt=False),
    "adam": optax.adam(0.02, 0.85, 0.95, 1e-12),
    "adamw": optax.adamw(0.02, 0.85, 0.95, 1e-12, weight_decay=0.3, mask=[True, False] * 4),
    "nadam": optax.nadam(0.02, 0.85, 0.95, 1e-12),
    # Its two rules one after another, each for its own parameters.
    "muon": optax.chain(
        optax.contrib.muon(
            0.02,
            eps=1e-12,
            weight_decay=0.3,
            adam_b1=0.85,
            adam_b2=0.95,
            consistent_rms=0.2,
            muon_weight_dimension_numbers=[
                optax.contrib.MuonDimensionNumbers() if number in (2, 4) else None
                for number in range(8)
            ],
        ),
        optax.masked(
            optax.add_decayed_weights(-0.02 * 0.3), [number in (0, 6) for number in range(8)]
        ),
    ),
}
# With a matrix that is wider than high between hidden layers, and one that is higher than wide.
NETWORK = Architecture((3, 4, 5, 3, 2), ("tanh", "tanh", "tanh"), "half_squared_error")


def twenty_steps_by_optax(name, x, y, start, clip_norm):
    """Train on all rows at once; the loss and its gradient are JAX's as well."""

    def loss(parameters):
        z, penalty = x, 0.0
        for w, b in zip(parameters[::2], parameters[1::2], strict=True):
            z = (z if w is parameters[0] else jnp.tanh(z)) @ w + b
            penalty += 0.25 * (w**2).sum()  # l2 = 0.5
        return (0.5 * ((z - y) ** 2).sum() + penalty) / len(x)

    rule = SAME[name]
    if clip_norm:
        rule = optax.chain(optax.clip_by_global_norm(clip_norm), rule)
    parameters = [jnp.asarray(part) for pair in NETWORK.views(start) for part in pair]
    state, path = rule.init(parameters), []
    for _ in range(20):
        changes, state = rule.update(jax.grad(loss)(parameters), state, parameters)
        parameters = optax.apply_updates(parameters, changes)
        path.append(np.concatenate([np.ravel(part) for part in parameters]))
    return path


@pytest.mark.parametrize("clip_norm", [0.0, 0.3])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_twenty_steps_are_an_independent_librarys(name, clip_norm, rng):
    # The shared table: the compiled updates, the readable ones, and optax's, step by step.
    x, y = rng.normal(size=(10, 3)), rng.normal(size=(10, 2))
    w = initialize(NETWORK, np.random.RandomState(0), dtype=np.float64)
    expected = twenty_steps_by_optax(name, x, y, w, clip_norm)
    terms = Regularization(l2=0.5, clip_norm=clip_norm)
    run = {"optimizer": name, "rates": RATES, "regularization": terms}
    loop = Loop(NETWORK, w, make_data(x, y, dtype=np.float64), batch_size=10, **run)
    state = OPTIMIZERS[name].init(w)
    clipped = 0
    for theirs, _ in zip(expected, loop.epochs(), strict=False):
        gradient = backpropagate(NETWORK, w, feedforward(NETWORK, w, x), y, l2=0.5)
        clipped += np.linalg.norm(gradient) > clip_norm > 0
        w, state = update(NETWORK, w, gradient, state, share=0.1, **run)
        np.testing.assert_allclose(loop.parameters, w, rtol=0, atol=1e-13)
        np.testing.assert_allclose(w, theirs, rtol=0, atol=1e-6)
    assert loop.optimizer_state.step == state.step == 20
    assert (clipped > 0) == (clip_norm > 0)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_reach_is_the_change_by_a_gradient_of_one(name):
    record = OPTIMIZERS[name]
    rates = record.settle(RATES)
    state = record.init(np.zeros(1))
    for step in range(5):
        rates = rates._replace(learning_rate=0.02 / (1 + step))  # which a velocity remembers
        change, state = record.update(np.ones(1), state, rates)
        np.testing.assert_allclose(record.reach(state, rates), -change, rtol=1e-12)


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - {"gd"}))
def test_the_l1_penalty_ends_at_its_optimum(name):
    # Minimize ½(w₁ − 2)² + ½(w₂ − 0.3)² + |w₁| + |w₂|: w₁ = 1, and w₂ is exactly 0.
    network = Architecture((2, 1), (), "half_squared_error")
    x, y = np.sqrt(2) * np.eye(2), np.sqrt(2) * np.array([[2.0], [0.3]])
    data = make_data(x, y, dtype=np.float64)
    rates = Rates(0.01, momentum=0.5, weight_decay=0.0)
    schedule = make_schedule(lambda step: 0.03 * 0.998**step)
    start = np.array([0.5, 0.5, 0.0])
    pinned = Regularization(l1=2.0)
    loop = Loop(
        network,
        start,
        data,
        optimizer=name,
        rates=rates,
        batch_size=2,
        regularization=pinned,
        schedule=schedule,
    )
    for _ in range(6000):
        next(loop.epochs())
    weights, bias = network.views(loop.parameters)[0]
    # The bias, which is not penalized, is free: the optimum of all three numbers.
    fit = x @ weights + bias - y
    slope = (x.T @ fit).ravel() / 2
    assert abs(fit.mean()) < 1e-4
    for w, g in zip(weights.ravel(), slope, strict=True):
        assert (w == 0 and abs(g) <= 1) or abs(g + np.sign(w)) < 1e-3
    assert (weights == 0).any()
