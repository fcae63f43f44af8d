"""Before training: first weights by name, by hand, and what becomes of them in one step."""

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose

from chainrule import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from chainrule.network import INITIALIZATIONS, Architecture, feedforward, initialize

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def set_by_hand(model):
    """Give a 2–2–1 network of identities weights that are easy to follow."""
    model.coefs_ = [np.array([[1.0, 0.0], [0.5, -1.0]]), np.array([[2.0], [1.0]])]
    model.intercepts_ = [np.array([0.0, 1.0]), np.array([-1.0])]


def plain(**settings):
    layers = {"hidden_layer_sizes": (2,), "activation": "identity", "alpha": 0.0}
    return MLPRegressor(**layers, **settings).initialize([[0.0, 0.0]], [0.0])


# ------------------------------------------------------------------ by name


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scheme", sorted(INITIALIZATIONS))
def test_the_weights_are_those_of_the_name(table, scheme, dtype):
    X, y = table("multiclass")
    layers = {"hidden_layer_sizes": (5, 4), "activation": ("tanh", "logistic")}
    model = MLPClassifier(**layers, initialization=scheme, random_state=7)
    model.initialize(X.astype(dtype), y)
    network = Architecture((6, 5, 4, 3), layers["activation"], "cross_entropy")
    drawn = initialize(network, np.random.RandomState(7), scheme=scheme, dtype=dtype)
    for w, b, (weights, bias) in zip(
        model.coefs_, model.intercepts_, network.views(drawn), strict=True
    ):
        np.testing.assert_array_equal(w, weights)
        np.testing.assert_array_equal(b, bias)
        assert w.dtype == b.dtype == dtype


@pytest.mark.parametrize("solver", ["gd", "adam", "lbfgs"])
@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_zeros_fail_by_symmetry(table, solver, activation):
    X, y = table("binary")
    layers = {"hidden_layer_sizes": (4, 3), "activation": activation, "alpha": 0}
    settings = {"solver": solver, "max_iter": 50, "random_state": 0, "learning_rate_init": 0.05}
    model = MLPClassifier(**layers, **settings, initialization="zeros").fit(X, y)
    for part in model.coefs_[:-1]:  # the nodes of a layer have never become different
        np.testing.assert_array_equal(part, part[:, :1] + np.zeros_like(part))
    other = MLPClassifier(**layers, **settings).fit(X, y)
    assert np.ptp(other.coefs_[0], axis=1).min() > 0.01


@pytest.mark.parametrize(
    ("kind", "task"),
    [(Perceptron, "multiclass"), (LogisticRegression, "binary"), (LinearRegression, "regression")],
)
def test_single_neurons_begin_at_zero(table, kind, task):
    X, y = table(task)
    model = kind().initialize(X, y)
    np.testing.assert_array_equal(model.coef_, 0)
    np.testing.assert_array_equal(model.intercept_, 0)


def test_looking_first_changes_nothing(table):
    # What initialize draws is what fit draws, whether it was called or not.
    X, y = table("binary")
    settings = {"hidden_layer_sizes": (4,), "dropout": 0.3, "max_iter": 3, "random_state": 5}
    first = MLPClassifier(**settings).initialize(X, y).fit(X, y)
    np.testing.assert_array_equal(first.coefs_[0], MLPClassifier(**settings).fit(X, y).coefs_[0])


def test_names_of_columns_and_classes_are_known(table):
    X, y = table("multiclass")
    frame = pl.DataFrame(X, schema=[*"uvwxyz"])
    model = MLPClassifier((3,), random_state=0).initialize(frame, y)
    assert model.feature_names_in_.tolist() == [*"uvwxyz"]
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert set(model.predict(frame)) <= {"a", "b", "c"}
    assert_allclose(model.predict_proba(frame).sum(axis=1), 1)
    with pytest.raises(ValueError, match="feature names"):
        model.step(pl.DataFrame(X, schema=[*"zyxwvu"]), y)


# ------------------------------------------------------------------ by hand, and one step


def test_one_step_of_regression_by_hand():
    # x = (2, 1), y = 3:  h = (2·1 + 1·0.5, −1 + 1) = (2.5, 0);  ŷ = 2·2.5 + 0 − 1 = 4;
    # E = ½(3 − 4)² = 0.5;  δ² = ŷ − y = 1;  ∂E/∂W² = h = (2.5, 0), ∂E/∂b² = 1;
    # δ¹ = δ² W² = (2, 1);  ∂E/∂W¹ = x δ¹ = ((4, 2), (2, 1)), ∂E/∂b¹ = (2, 1).
    model = plain(solver="gd", learning_rate_init=0.1)
    set_by_hand(model)
    assert model.predict([[2.0, 1.0]]) == 4
    record = model.step([[2.0, 1.0]], [3.0])
    assert (record.step, record.loss, record.data_loss, record.penalty) == (1, 0.5, 0.5, 0.0)
    np.testing.assert_array_equal(record.coef_gradients[0], [[4, 2], [2, 1]])
    np.testing.assert_array_equal(record.intercept_gradients[0], [2, 1])
    np.testing.assert_array_equal(record.coef_gradients[1], [[2.5], [0]])
    np.testing.assert_array_equal(record.intercept_gradients[1], [1])
    # W ← W − 0.1 ∂E/∂W, and so on:
    assert_allclose(model.coefs_[0], [[0.6, -0.2], [0.3, -1.1]], rtol=1e-12)
    assert_allclose(model.intercepts_[0], [-0.2, 0.9], rtol=1e-12)
    assert_allclose(model.coefs_[1], [[1.75], [1.0]], rtol=1e-12)
    assert_allclose(model.intercepts_[1], [-1.1], rtol=1e-12)
    # h = (1.2 + 0.3 − 0.2, −0.4 − 1.1 + 0.9) = (1.3, −0.6), ŷ = 2.275 − 0.6 − 1.1 = 0.575.
    assert_allclose(model.predict([[2.0, 1.0]]), [0.575], rtol=1e-12)
    assert record.loss_after == pytest.approx(0.5 * (3 - 0.575) ** 2, rel=1e-12)


def test_two_rows_with_weights_by_hand():
    # One neuron ŷ = w x + b at w = b = 0, rows (1, y = 2) of weight 3 and (2, y = −1) of weight 1:
    # ∂E/∂w = (3·(0 − 2)·1 + 1·(0 + 1)·2) / 4 = −1, ∂E/∂b = (3·(−2) + 1) / 4 = −1.25.
    model = LinearRegression(solver="gd", learning_rate_init=0.4)
    model.initialize([[1.0], [2.0]], [2.0, -1.0])
    record = model.step([[1.0], [2.0]], [2.0, -1.0], [3.0, 1.0])
    assert record.coef_gradients[0] == -1
    assert record.intercept_gradients[0] == -1.25
    assert model.coef_ == pytest.approx([0.4])
    assert model.intercept_ == pytest.approx(0.5)
    assert record.loss == pytest.approx((3 * 2 + 0.5) / 4)  # ½·2² and ½·1²


def test_softmax_by_hand():
    # z = (2, 1, 0): ŷ = (0.665241, 0.244728, 0.090031), and δ = ŷ − y.
    model = LogisticRegression(solver="gd", alpha=0, learning_rate_init=0.5)
    model.initialize(np.eye(3), ["x", "y", "z"])
    model.coef_ = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    model.intercept_ = np.zeros(3)
    row = [[1.0, 1.0, 0.0]]
    assert_allclose(model.predict_proba(row)[0], [0.665241, 0.244728, 0.090031], atol=5e-7)
    record = model.step(row, ["y"])
    assert record.loss == pytest.approx(-np.log(0.244728), abs=2e-6)
    delta = [0.665241, -0.755272, 0.090031]
    assert_allclose(record.intercept_gradients[0], delta, atol=5e-7)
    assert_allclose(record.coef_gradients[0], [delta, delta, [0, 0, 0]], atol=5e-7)


@pytest.mark.parametrize("beta_1", [0.9, 0.5])
def test_the_first_step_of_adam_is_as_long_as_the_rate(beta_1):
    # m̂ / √v̂ = g / |g|: every weight whose gradient is not 0 moves by α.
    model = plain(solver="adam", learning_rate_init=0.01, beta_1=beta_1, epsilon=1e-300)
    set_by_hand(model)
    record = model.step([[2.0, 1.0]], [3.0])
    for before, after, g in zip(
        record.coefs, record.coefs_after, record.coef_gradients, strict=True
    ):
        assert_allclose(after - before, -0.01 * np.sign(g), atol=1e-12)


def test_two_steps_of_momentum_by_hand():
    # One neuron on the row (x = 1, y = 0) with w = 1, b = 0: g = ŷ for both, α = 0.1, μ = 0.5.
    # ŷ = 1: v = 0.1, w = 0.9, b = −0.1.  ŷ = 0.8: v = 0.05 + 0.08 = 0.13, w = 0.77, b = −0.23.
    model = LinearRegression(solver="momentum", learning_rate_init=0.1, momentum=0.5)
    model.initialize([[1.0]], [0.0])
    model.coef_, model.intercept_ = [1.0], 0.0
    for w, b, number in ((0.9, -0.1, 1), (0.77, -0.23, 2)):
        record = model.step([[1.0]], [0.0])
        assert record.step == number
        assert model.coef_ == pytest.approx([w])
        assert model.intercept_ == pytest.approx(b)


def test_steps_that_follow_a_schedule(table):
    X, y = table("binary")
    model = MLPClassifier((3,), learning_rate=lambda step: 0.1 / (1 + step), random_state=0)
    model.initialize(X, y)
    rates = [model.step(X, y).learning_rate for _ in range(3)]
    assert_allclose(rates, [0.1, 0.05, 0.1 / 3])


@pytest.mark.parametrize("how", ["step", "partial_fit", "warm_start"])
def test_training_begins_at_what_was_set_by_hand(table, how):
    # Against JAX's gradient at those weights.
    X, y = table("regression")
    model = MLPRegressor(hidden_layer_sizes=(3,), activation="tanh", solver="gd", alpha=0)
    model.set_params(learning_rate_init=0.2, max_iter=1).initialize(X, y)
    rng = np.random.default_rng(5)
    model.coefs_ = [rng.normal(size=part.shape) for part in model.coefs_]
    model.intercepts_ = [rng.normal(size=part.shape) for part in model.intercepts_]
    start = [*model.coefs_, *model.intercepts_]
    start = [part.copy() for part in start]

    def error(parts):
        z = jnp.tanh(X @ parts[0] + parts[2]) @ parts[1] + parts[3]
        return 0.5 * jnp.mean((z.ravel() - y) ** 2)

    if how == "warm_start":
        model.set_params(warm_start=True).fit(X, y)
    else:
        getattr(model, how)(X, y)
    for part, before, slope in zip(
        [*model.coefs_, *model.intercepts_], start, jax.grad(error)(start), strict=True
    ):
        assert_allclose(part, before - 0.2 * np.asarray(slope), rtol=1e-10)


def test_weights_of_other_shapes_are_refused():
    model = plain(solver="gd")
    model.coefs_ = [np.ones((2, 3)), np.ones((3, 1))]
    message = r"fitted weights have shapes \[\(2, 3\), \(3, 1\)\].*ask for \[\(2, 2\), \(2, 1\)\]"
    for action in (model.step, model.partial_fit):
        with pytest.raises(ValueError, match=message):
            action([[1.0, 2.0]], [1.0])
    with pytest.raises(ValueError, match=message):
        model.predict([[1.0, 2.0]])
    set_by_hand(model)
    assert model.predict([[2.0, 1.0]]) == 4


def test_the_network_that_was_initialized_is_the_textbooks(table):
    X, y = table("binary")
    model = MLPClassifier((4,), activation="gelu", random_state=2).initialize(X, y)
    network = Architecture((6, 4, 1), ("gelu",), "log_loss")
    trace = feedforward(network, network.flatten(model.coefs_, model.intercepts_, np.float64), X)
    assert_allclose(model.predict_proba(X)[:, 1:], trace.prediction, rtol=1e-12)


def test_a_solver_without_steps_says_so_by_name(table):
    X, y = table("binary")
    neuron = LogisticRegression().initialize(X, y)  # by Newton's method
    with pytest.raises(AttributeError, match=r"step is only available.* newton is not.*solver"):
        neuron.step(X, y)
