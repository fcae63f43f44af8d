"""The textbook's two passes: worked by hand, by finite differences, and by jax."""

import dataclasses
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from chainrule.mathematics import ACTIVATIONS
from chainrule.network import (
    Architecture,
    backpropagate,
    dropout_masks,
    feedforward,
    initialize,
    loss,
    send_back,
)

HIDDEN = [name for name in ACTIVATIONS if name != "exp"]
SMOOTH = [name for name in HIDDEN if name != "step"]
JAX = {
    "identity": lambda z: z,
    "step": lambda z: jnp.heaviside(z, 1.0),
    "logistic": jax.nn.sigmoid,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "silu": jax.nn.silu,
    "mish": jax.nn.mish,
    "softplus": jax.nn.softplus,
    "softmax": lambda z: jax.nn.softmax(z, axis=1),
}
JAX_LOSSES = {
    "half_squared_error": lambda z, y: (0.5 * (z - y) ** 2).sum(axis=1),
    "log_loss": lambda z, y: (jax.nn.softplus(z) - y * z).sum(axis=1),
    "cross_entropy": lambda z, y: -(y * jax.nn.log_softmax(z, axis=1)).sum(axis=1),
    "poisson": lambda z, y: (jax.scipy.special.xlogy(y, y) - y * z - y + jnp.exp(z)).sum(axis=1),
}

# The worked network of the curriculum, 2–2–1, all sigmoid, log loss, x = (1, 2), y = 1.
WORKED = Architecture((2, 2, 1), ("sigmoid",), "log_loss")
W1, B1 = np.array([[0.1, -0.2], [0.4, 0.3]]), np.array([0.05, -0.1])
W2, B2 = np.array([[0.6], [-0.5]]), np.array([0.2])
X, Y = np.array([[1.0, 2.0]]), np.array([[1.0]])


def worked_parameters():
    return WORKED.flatten([W1, W2], [B1, B2], np.float64)


def make_targets(name, rows, outputs, rng):
    if name == "log_loss":
        return rng.integers(0, 2, (rows, outputs)).astype(float)
    if name == "cross_entropy":
        return np.eye(outputs)[rng.integers(0, outputs, rows)]
    if name == "poisson":
        return rng.poisson(2, (rows, outputs)).astype(float)
    return rng.normal(size=(rows, outputs))


def make_problem(activations, name, outputs, *, rows=9, seed=0, dropout=()):
    rng = np.random.default_rng(seed)
    sizes = (4, *range(3, 3 + len(activations)), outputs)
    network = Architecture(sizes, tuple(activations), name, dropout)
    parameters = initialize(network, np.random.RandomState(seed), dtype=np.float64)
    return network, parameters, rng.normal(size=(rows, 4)), make_targets(name, rows, outputs, rng)


def jax_error(parameters, network, x, y, weights, l1, l2, masks):
    """Write the network once more, with jax's functions and without any of ours."""
    h, start, penalty = jnp.asarray(x), 0, 0.0
    layers = list(pairwise(network.sizes))
    for i, (inputs, outputs) in enumerate(layers):
        w = parameters[start : start + inputs * outputs].reshape(inputs, outputs)
        b = parameters[start + inputs * outputs : start + (inputs + 1) * outputs]
        start += (inputs + 1) * outputs
        penalty += l1 * jnp.abs(w).sum() + 0.5 * l2 * (w**2).sum()
        z = h @ w + b
        if i < len(layers) - 1:
            h = JAX[network.activations[i]](z)
            h = h if masks[i] is None else h * masks[i]
    weights = jnp.ones(len(y)) if weights is None else weights
    return ((weights * JAX_LOSSES[network.loss](z, y)).sum() + penalty) / weights.sum()


def assert_true_derivative(network, parameters, x, y, *, masks=None, **settings):
    """Hold loss and backpropagate to jax and to finite differences."""
    trace = feedforward(network, parameters, x, masks=masks)
    error = loss(network, parameters, trace, y, **settings)
    gradient = backpropagate(network, parameters, trace, y, **settings)
    full = {"weights": None, "l1": 0.0, "l2": 0.0, **settings}
    masks = masks or (None,) * len(network.layers)
    expected, derived = jax.value_and_grad(jax_error)(
        parameters, network, x, y, full["weights"], full["l1"], full["l2"], masks
    )
    assert error == pytest.approx(float(expected), rel=1e-12)
    np.testing.assert_allclose(gradient, derived, rtol=1e-9, atol=1e-12)
    quotients = np.empty_like(parameters)
    for i in range(parameters.size):
        ends = []
        for width in (1e-6, -1e-6):
            moved = parameters.copy()
            moved[i] += width
            there = feedforward(network, moved, x, masks=masks)
            ends.append(loss(network, moved, there, y, **settings))
        quotients[i] = (ends[0] - ends[1]) / 2e-6
    np.testing.assert_allclose(gradient, quotients, rtol=1e-6, atol=1e-8)


# ------------------------------------------------------------------ the curriculum's numbers


def test_combining_linear_models():
    # 0.7 + 0.8 → σ(1.5); 7 · 0.7 + 5 · 0.8 − 6 = 2.9 → σ(2.9).
    network = Architecture((2, 1), (), "log_loss")
    x = np.array([[0.7, 0.8]])
    for w, b, z, h in (([1, 1], 0, 1.5, 0.817574), ([7, 5], -6, 2.9, 0.947846)):
        parameters = network.flatten([np.reshape(w, (2, 1))], [np.array([b])], np.float64)
        trace = feedforward(network, parameters, x)
        assert trace.z[0][0, 0] == pytest.approx(z, abs=1e-12)
        assert trace.prediction[0, 0] == pytest.approx(h, abs=5e-7)


def test_worked_feedforward():
    trace = feedforward(WORKED, worked_parameters(), X)
    np.testing.assert_allclose(trace.z[0], [[0.95, 0.3]], atol=1e-15)
    np.testing.assert_allclose(trace.h[0], [[0.721115, 0.574443]], atol=5e-7)
    np.testing.assert_allclose(trace.z[1], [[0.345448]], atol=5e-7)
    np.testing.assert_allclose(trace.prediction, [[0.585513]], atol=5e-7)
    assert loss(WORKED, worked_parameters(), trace, Y) == pytest.approx(0.535266, abs=5e-7)
    assert trace.x is X
    assert trace.inputs(0) is X
    assert trace.inputs(1) is trace.h[0]
    assert trace.masks == (None, None)


def test_worked_backpropagation():
    trace = feedforward(WORKED, worked_parameters(), X)
    gradient = backpropagate(WORKED, worked_parameters(), trace, Y)
    (dw1, db1), (dw2, db2) = WORKED.views(gradient)
    np.testing.assert_allclose(db2, [-0.414487], atol=5e-7)  # δ² = ŷ − y
    np.testing.assert_allclose(dw2, [[-0.298893], [-0.238099]], atol=5e-7)
    np.testing.assert_allclose(db1, [-0.050014, 0.050662], atol=5e-7)  # δ¹
    np.testing.assert_allclose(dw1, [[-0.050014, 0.050662], [-0.100028, 0.101325]], atol=5e-7)


def test_worked_factors_of_the_chain_rule():
    # δ¹ = δ² w² h¹ (1 − h¹), factor by factor.
    trace = feedforward(WORKED, worked_parameters(), X)
    delta = trace.prediction - Y
    h = trace.h[0]
    by_hand = delta * W2.T * h * (1 - h)
    (dw1, db1), _ = WORKED.views(backpropagate(WORKED, worked_parameters(), trace, Y))
    np.testing.assert_allclose(db1, by_hand[0], rtol=1e-13)
    np.testing.assert_allclose(dw1, X.T @ by_hand, rtol=1e-13)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("output", [0, 2])
def test_a_prediction_is_differentiated_by_the_inputs(name, output):
    network, parameters, x, _ = make_problem((name, "tanh"), "cross_entropy", 3)
    trace = feedforward(network, parameters, x)
    softmax = ACTIVATIONS["softmax"]
    delta = softmax.chain(np.tile(np.eye(3)[output], (len(x), 1)), trace.z[-1])
    back = send_back(network, parameters, trace, delta)

    def predict(row):
        h = row
        for layer, (w, b) in zip(network.layers, network.views(parameters), strict=True):
            h = JAX[layer.activation]((h @ w + b)[None])[0]
        return h[output]

    expected = np.array([jax.grad(predict)(row) for row in x])
    np.testing.assert_allclose(back.inputs[0], expected, rtol=1e-9, atol=1e-12)
    for layer, ((w, _), dx) in enumerate(zip(network.views(parameters), back.inputs, strict=True)):
        np.testing.assert_allclose(dx, back.delta[layer] @ w.T, rtol=1e-13)
        np.testing.assert_allclose(back.slopes[layer][1], back.delta[layer].sum(axis=0))


def test_worked_network_is_its_own_derivative():
    assert_true_derivative(WORKED, worked_parameters(), X, Y)


def test_bias_as_the_weight_of_a_constant_input():
    # x gets a third column 1, and the hidden layer a third node that is 1, since σ(40) rounds to 1;
    # each takes its place in the weights that follow, where every bias is 0.
    network = Architecture((3, 3, 1), ("sigmoid",), "log_loss")
    first = np.column_stack([np.vstack([W1, B1]), [0, 0, 40]])
    parameters = network.flatten(
        [first, np.vstack([W2, B2])], [np.zeros(3), np.zeros(1)], np.float64
    )
    trace = feedforward(network, parameters, np.column_stack([X, [1.0]]))
    plain = feedforward(WORKED, worked_parameters(), X)
    np.testing.assert_allclose(trace.prediction, plain.prediction, rtol=1e-15)
    (dw1, _), (dw2, _) = network.views(backpropagate(network, parameters, trace, Y))
    (p1, q1), (p2, q2) = WORKED.views(backpropagate(WORKED, worked_parameters(), plain, Y))
    np.testing.assert_allclose(dw1[:, :2], np.vstack([p1, q1]), rtol=1e-14)
    np.testing.assert_allclose(dw2, np.vstack([p2, q2]), rtol=1e-14)


def test_one_hot_encoding_and_a_single_sigmoid_agree_for_two_classes():
    # softmax(0, z) = (1 − σ(z), σ(z)).
    one = Architecture((2, 2, 1), ("tanh",), "log_loss")
    two = Architecture((2, 2, 2), ("tanh",), "cross_entropy")
    x, y = np.array([[1.0, 2.0], [-1.0, 0.5]]), np.array([[1.0], [0.0]])
    a = one.flatten([W1, W2], [B1, B2], np.float64)
    b = two.flatten([W1, np.hstack([0 * W2, W2])], [B1, np.array([0, B2[0]])], np.float64)
    s, t = feedforward(one, a, x), feedforward(two, b, x)
    np.testing.assert_allclose(t.prediction[:, [1]], s.prediction, rtol=1e-14)
    hot = np.hstack([1 - y, y])
    assert loss(one, a, s, y) == pytest.approx(loss(two, b, t, hot), rel=1e-14)
    (dw, _), _ = one.views(backpropagate(one, a, s, y))
    (dv, _), _ = two.views(backpropagate(two, b, t, hot))
    np.testing.assert_allclose(dv, dw, rtol=1e-13)


def test_sizes_at_every_step():
    network, parameters, x, y = make_problem(["relu", "tanh"], "cross_entropy", 5, rows=7)
    trace = feedforward(network, parameters, x)
    assert [z.shape for z in trace.z] == [(7, 3), (7, 4), (7, 5)]
    assert [h.shape for h in trace.h] == [(7, 3), (7, 4), (7, 5)]
    assert backpropagate(network, parameters, trace, y).shape == parameters.shape


# ------------------------------------------------------------------ three oracles


@pytest.mark.parametrize("name", SMOOTH)
def test_every_activation_is_differentiated(name):
    network, parameters, x, y = make_problem([name, name], "half_squared_error", 2)
    assert_true_derivative(network, parameters, x, y)


def test_nothing_passes_back_through_a_step():
    network, parameters, x, y = make_problem(["tanh", "step", "tanh"], "log_loss", 1)
    assert_true_derivative(network, parameters, x, y)
    trace = feedforward(network, parameters, x)
    slopes = network.views(backpropagate(network, parameters, trace, y))
    for i in (0, 1):
        np.testing.assert_array_equal(slopes[i][0], 0)
    assert (slopes[2][0] != 0).any()


@pytest.mark.parametrize("weights", ["none", "random", "some zero"])
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("name", sorted(JAX_LOSSES))
def test_every_loss_with_weights_and_penalties(name, outputs, weights):
    network, parameters, x, y = make_problem(["silu"], name, outputs)
    given = {
        "none": None,
        "random": np.random.default_rng(1).uniform(0.5, 2, len(y)),
        "some zero": np.array([0.0, 1, 2, 0, 0, 3, 1, 1, 0.5]),
    }[weights]
    assert_true_derivative(network, parameters, x, y, weights=given, l1=0.3, l2=0.7)


@pytest.mark.parametrize("depth", [0, 1, 4])
def test_every_depth(depth):
    network, parameters, x, y = make_problem(["gelu"] * depth, "cross_entropy", 3)
    assert_true_derivative(network, parameters, x, y, l2=0.1)


@pytest.mark.parametrize("name", ["relu", "logistic", "mish", "softmax"])
def test_dropout_is_differentiated(name):
    network, parameters, x, y = make_problem([name, name], "log_loss", 2, dropout=(0.4, 0.3))
    masks = dropout_masks(network, len(x), seed=3, step=1)
    assert (masks[0] == 0).any()
    assert_true_derivative(network, parameters, x, y, masks=masks)


def test_penalties_are_divided_by_the_sum_of_the_weights():
    # W = (3), b = 2: z = 3x + 2. One row x = 0, y = 2 has no error: only the penalty is left,
    # (0.5 · 3 + 0.25 · ½ · 9) / 4 with a weight of 4.
    network = Architecture((1, 1), (), "half_squared_error")
    parameters = np.array([3.0, 2.0])
    trace = feedforward(network, parameters, np.zeros((1, 1)))
    y, weights = np.array([[2.0]]), np.array([4.0])
    settings = {"weights": weights, "l1": 0.5, "l2": 0.25}
    assert loss(network, parameters, trace, y, **settings) == (1.5 + 1.125) / 4
    gradient = backpropagate(network, parameters, trace, y, **settings)
    np.testing.assert_allclose(gradient, [(0.5 + 0.75) / 4, 0])  # the bias is not penalized


def test_rows_without_any_weight_teach_nothing():
    network, parameters, x, y = make_problem(["relu"], "log_loss", 1)
    trace = feedforward(network, parameters, x)
    settings = {"weights": np.zeros(len(y)), "l1": 1.0, "l2": 1.0}
    assert loss(network, parameters, trace, y, **settings) == 0
    np.testing.assert_array_equal(backpropagate(network, parameters, trace, y, **settings), 0)


def test_float32_stays_float32():
    network, parameters, x, y = make_problem(["relu", "gelu"], "log_loss", 1)
    parameters, x, y = (part.astype(np.float32) for part in (parameters, x, y))
    trace = feedforward(network, parameters, x)
    assert {part.dtype for part in (*trace.z, *trace.h)} == {np.dtype(np.float32)}
    assert backpropagate(network, parameters, trace, y).dtype == np.float32


def test_a_trace_is_frozen():
    trace = feedforward(WORKED, worked_parameters(), X)
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.x = X


@pytest.mark.parametrize("x", [np.zeros((3, 4)), np.zeros(2)])
def test_rows_of_another_width_are_refused(x):
    with pytest.raises(ValueError, match="do not fit") as caught:
        feedforward(WORKED, worked_parameters(), x)
    assert str(x.shape) in str(caught.value)
    assert str(WORKED.sizes) in str(caught.value)


# ------------------------------------------------------------------ dropout's masks

DROPPED = Architecture((2, 400, 30, 300, 1), ("relu",) * 3, "log_loss", (0.2, 0.0, 0.75))


def test_masks_are_zero_or_scaled_up():
    masks = dropout_masks(DROPPED, 100, seed=0, step=1)
    assert masks[1] is None
    assert masks[3] is None
    for i, rate in ((0, 0.2), (2, 0.75)):
        assert masks[i].shape == (100, DROPPED.layers[i].outputs)
        np.testing.assert_allclose(np.unique(masks[i]), [0, 1 / (1 - rate)])


@pytest.mark.parametrize(("layer", "rate"), [(0, 0.2), (2, 0.75)])
def test_as_many_are_dropped_as_the_rate_says(layer, rate):
    masks = [dropout_masks(DROPPED, 100, seed=7, step=step)[layer] == 0 for step in range(1, 6)]
    dropped = np.stack(masks)
    spread = np.sqrt(rate * (1 - rate))
    assert abs(dropped.mean() - rate) < 4 * spread / np.sqrt(dropped.size)
    # No step, row or node is favored, and neighbors know nothing of each other.
    for axis in ((1, 2), (0, 2), (0, 1)):
        part = dropped.mean(axis=axis)
        assert np.abs(part - rate).max() < 5 * spread / np.sqrt(dropped.size / part.size)
    flat = dropped.reshape(5, -1).astype(float)
    assert np.abs(np.corrcoef(flat) - np.eye(5)).max() < 5 / np.sqrt(flat.shape[1])
    for lag in (1, dropped.shape[2]):
        assert abs(np.corrcoef(flat[0, :-lag], flat[0, lag:])[0, 1]) < 5 / np.sqrt(flat.shape[1])


def test_a_mask_depends_on_seed_step_layer_and_place_only():
    first = dropout_masks(DROPPED, 50, seed=1, step=2)
    again = dropout_masks(DROPPED, 80, seed=1, step=2)
    np.testing.assert_array_equal(first[0], again[0][:50])
    for other in (
        dropout_masks(DROPPED, 50, seed=2, step=2)[0],
        dropout_masks(DROPPED, 50, seed=1, step=3)[0],
        dropout_masks(DROPPED, 50, seed=2, step=1)[0],
    ):
        assert (first[0] != other).mean() > 0.2
    same_rate = Architecture((2, 40, 40, 1), ("relu",) * 2, "log_loss", (0.5, 0.5))
    one, two, _ = dropout_masks(same_rate, 50, seed=1, step=1)
    assert 0.4 < (one == two).mean() < 0.6


def test_masks_in_float32():
    mask = dropout_masks(DROPPED, 3, seed=0, step=1, dtype=np.float32)[0]
    assert mask.dtype == np.float32


def test_what_is_expected_is_what_there_was():
    masks = np.stack([dropout_masks(DROPPED, 200, seed=0, step=s)[0] for s in range(1, 9)])
    assert masks.mean() == pytest.approx(1, abs=4 * np.sqrt(0.2 / 0.8 / masks.size))
