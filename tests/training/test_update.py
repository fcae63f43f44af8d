"""One readable update: each part of it by hand, and all of them together equal to the engine."""

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from chainrule.network import Architecture, backpropagate, feedforward, initialize
from chainrule.network.engine import make_data
from chainrule.training import OPTIMIZERS, Loop, Rates, Regularization, update
from chainrule.training.update import clip_by_norm, limit_norms

ONE = Architecture((2, 1), (), "half_squared_error")  # two weights and a bias
DEEP = Architecture((4, 6, 5, 3), ("tanh", "relu"), "cross_entropy")


def one_step(parameters, gradient, optimizer="gd", *, rate=0.1, share=1.0, decay=0.0, **terms):
    state = OPTIMIZERS[optimizer].init(np.asarray(parameters, float))
    return update(
        ONE,
        np.asarray(parameters, float),
        np.asarray(gradient, float),
        state,
        optimizer=optimizer,
        rates=Rates(rate, weight_decay=decay),
        regularization=Regularization(**terms),
        share=share,
    )


# ------------------------------------------------------------------ clipping and norms


@pytest.mark.parametrize(("largest", "factor"), [(0.0, 1), (5.0, 1), (6.0, 1), (2.5, 0.5)])
def test_a_gradient_that_is_longer_is_scaled_back(largest, factor):
    # ‖(3, 0, 4)‖ = 5.
    gradient = np.array([3.0, 0.0, 4.0])
    assert_allclose(clip_by_norm(gradient, largest), factor * gradient, rtol=1e-15)
    assert_array_equal(gradient, [3, 0, 4])


def test_a_gradient_of_zero_stays_so():
    assert_array_equal(clip_by_norm(np.zeros(3), 1.0), 0)


def test_columns_are_limited_one_by_one():
    # Columns (3, 4) of norm 5, (0.6, 0.8) of norm 1, (0, 0): the first is scaled to norm 2.
    weights = np.array([[3.0, 0.6, 0.0], [4.0, 0.8, 0.0]])
    assert_allclose(limit_norms(weights, 2.0), [[1.2, 0.6, 0], [1.6, 0.8, 0]], rtol=1e-15)
    assert_array_equal(limit_norms(weights, 0.0), weights)
    assert_array_equal(limit_norms(weights, 5.0), weights)


# ------------------------------------------------------------------ one step by hand


def test_a_step_of_gradient_descent():
    # w ← w − 0.1 g, biases as well.
    after, state = one_step([1.0, -2.0, 0.5], [2.0, -1.0, 3.0])
    assert_allclose(after, [0.8, -1.9, 0.2], rtol=1e-15)
    assert state.step == 1


def test_clipping_comes_first():
    # ‖(6, 0, 8)‖ = 10, clipped to 1: g = (0.6, 0, 0.8).
    after, _ = one_step([0.0, 0.0, 0.0], [6.0, 0.0, 8.0], clip_norm=1.0)
    assert_allclose(after, [-0.06, 0, -0.08], rtol=1e-12)


def test_l1_shrinks_weights_but_no_bias_and_ends_at_zero():
    # By α · share · l1 = 0.1 · 0.5 · 2 = 0.1: 1 → 0.9 and −0.05 → 0, the bias stays.
    after, _ = one_step([1.0, -0.05, 0.5], [0.0, 0.0, 0.0], l1=2.0, share=0.5)
    assert_allclose(after, [0.9, 0.0, 0.5], rtol=1e-15)
    assert after[1] == 0


def test_decay_takes_a_share_of_each_weight():
    # AdamW with α = 0.1, λ = 0.3: W ← 0.97 W besides Adam's own step of α.
    after, _ = one_step([1.0, -2.0, 0.5], [1.0, 1.0, 1.0], "adamw", decay=0.3)
    assert_allclose(after, [0.87, -2.04, 0.4], rtol=1e-6)
    without, _ = one_step([1.0, -2.0, 0.5], [1.0, 1.0, 1.0], "adam", decay=0.3)
    assert_allclose(without, [0.9, -2.1, 0.4], rtol=1e-6)


def test_a_limit_comes_last():
    # (3, 4) − 0.1 (0, 0) has norm 5 > 1; the bias of 7 is no weight.
    after, _ = one_step([3.0, 4.0, 7.0], [0.0, 0.0, 0.0], max_norm=1.0)
    assert_allclose(after, [0.6, 0.8, 7.0], rtol=1e-15)


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_it_is_a_pure_function(optimizer, rng):
    parameters = initialize(DEEP, np.random.RandomState(0), dtype=np.float64)
    gradient = rng.normal(size=parameters.shape)
    state = OPTIMIZERS[optimizer].init(parameters)
    before = parameters.copy(), gradient.copy()
    terms = Regularization(max_norm=0.5, clip_norm=0.1)
    settings = {"optimizer": optimizer, "rates": Rates(0.1), "regularization": terms}
    first, _ = update(DEEP, parameters, gradient, state, **settings)
    second, _ = update(DEEP, parameters, gradient, state, **settings)
    assert_array_equal(first, second)
    assert_array_equal(parameters, before[0])
    assert_array_equal(gradient, before[1])
    assert state.step == 0


# ------------------------------------------------------------------ beside the engine


TERMS = {
    "nothing": {},
    "l1": {"l1": 0.3},
    "l2": {"l2": 0.5},
    "max_norm": {"max_norm": 0.6},
    "clip_norm": {"clip_norm": 0.05},
    "l2, max_norm and clip_norm": {"l2": 0.4, "max_norm": 0.7, "clip_norm": 0.1},
    "everything": {"l1": 0.2, "l2": 0.4, "max_norm": 0.7, "clip_norm": 0.1},
}


@pytest.mark.parametrize(
    ("optimizer", "name"),
    # Muon cannot bring single weights to 0.
    [
        pair
        for pair in product(sorted(OPTIMIZERS), TERMS)
        if pair[0] != "muon" or "l1" not in TERMS[pair[1]]
    ],
)
def test_ten_steps_beside_the_engine(optimizer, name, rng):
    terms = TERMS[name]
    x, classes = rng.normal(size=(12, 4)), np.arange(12) % 3
    weights = np.arange(12) % 4 + 0.5
    regularization, rates = Regularization(**terms), Rates(0.02, 0.8, weight_decay=0.3)
    run = {"optimizer": optimizer, "rates": rates, "regularization": regularization}
    w = initialize(DEEP, np.random.RandomState(1), dtype=np.float64)
    data = make_data(x, classes.reshape(-1, 1), weights, dtype=np.float64)
    loop = Loop(DEEP, w, data, batch_size=12, **run)
    state = OPTIMIZERS[optimizer].init(w)
    for _, _ in zip(range(10), loop.epochs(), strict=False):
        trace = feedforward(DEEP, w, x)
        penalty = {"weights": weights, "l2": regularization.l2}
        gradient = backpropagate(DEEP, w, trace, np.eye(3)[classes], **penalty)
        w, state = update(DEEP, w, gradient, state, share=1 / weights.sum(), **run)
        assert_allclose(loop.parameters, w, rtol=0, atol=1e-12)
    assert loop.optimizer_state.step == state.step == 10
