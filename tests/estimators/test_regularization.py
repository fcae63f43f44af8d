"""Regularization through the estimators: what becomes of the weights, the loss and the rows."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Lasso, Ridge
from sklearn.linear_model import LinearRegression as LeastSquares

from chainrule import (
    InputError,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
)
from chainrule.network import Architecture, backpropagate, dropout_masks, feedforward, loss
from chainrule.network.passes import disturb_inputs
from chainrule.training import OPTIMIZERS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
STEPPING = sorted(OPTIMIZERS)
ALL = [*STEPPING, "lbfgs", "newton"]
STRONG = 1e4  # no weight is worth this much


def flat(model):
    layers = zip(model.coefs_, model.intercepts_, strict=True)
    return np.concatenate([np.ravel(part) for layer in layers for part in layer])


def converging(solver):
    """Return settings with which a solver of single neurons arrives."""
    if solver in ("lbfgs", "newton"):
        return {"solver": solver, "tol": 1e-10}
    settings = {"solver": solver, "batch_size": 60, "max_iter": 2500, "n_iter_no_change": np.inf}
    if solver in ("gd", "sgd", "momentum", "nesterov"):
        return {**settings, "learning_rate_init": 0.1}
    # These take steps of the same length wherever they are, so that they have to shorten.
    return {**settings, "learning_rate": lambda step: 0.1 * 0.994**step, "weight_decay": 0.0}


# ------------------------------------------------------------------ penalties


@pytest.mark.parametrize("solver", ALL)
def test_l1_reaches_the_lasso_with_its_exact_zeros(table, solver):
    X, y = table("regression")
    # scikit-learn's lasso minimizes (1/2n) Σ (y − ŷ)² + alpha Σ|w|: its alpha is l1 / n.
    expected = Lasso(alpha=20 / 60, tol=1e-12, max_iter=10**5).fit(X, y)
    assert (expected.coef_ == 0).sum() == 2
    model = LinearRegression(l1=20.0, **converging(solver)).fit(X, y)
    np.testing.assert_array_equal(model.coef_ == 0, expected.coef_ == 0)
    assert_allclose(model.coef_, expected.coef_, atol=1e-3)
    assert model.intercept_ == pytest.approx(expected.intercept_, abs=1e-3)


@pytest.mark.parametrize("solver", ALL)
def test_neither_penalty_touches_a_bias(table, solver):
    # No weight is worth its penalty; what is left is the bias that fits the shares of the classes.
    X, y = table("binary")
    odds = np.log((y == "yes").mean() / (y == "no").mean())
    assert abs(odds) > 0.1
    model = LogisticRegression(l1=STRONG, alpha=0.0, **converging(solver)).fit(X, y)
    np.testing.assert_array_equal(model.coef_, 0)
    assert model.intercept_[0] == pytest.approx(odds, abs=1e-3)
    y = np.where(y == "yes", 3.0, 1.0)
    model = LinearRegression(alpha=300.0, **converging(solver)).fit(X, y)
    expected = Ridge(alpha=300.0).fit(X, y)
    assert_allclose(model.coef_, expected.coef_, atol=1e-3)
    assert model.intercept_ == pytest.approx(expected.intercept_, abs=1e-3)


# Muon turns the weights between two hidden layers together, and says so when it is asked for L1.
@pytest.mark.parametrize("solver", sorted({*STEPPING, "lbfgs"} - {"muon"}))
def test_l1_empties_a_network_but_for_its_biases(table, solver):
    X, y = table("regression")
    settings = {"hidden_layer_sizes": (5, 4), "random_state": 0, "solver": solver, "l1": STRONG}
    model = MLPRegressor(**settings, alpha=0, max_iter=60, learning_rate_init=0.01).fit(X, y)
    for weights, bias in zip(model.coefs_, model.intercepts_, strict=True):
        np.testing.assert_array_equal(weights, 0)
        assert (bias != 0).all()
    np.testing.assert_array_equal(model.predict(X), model.intercepts_[-1][0])


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_what_is_reported_is_what_is_differentiated(table, kind):
    # Everything that is part of the error at once: the record's gradient, and L1's beside it, is
    # the slope of the record's loss.
    weights = np.arange(60) % 3 + 0.5
    shared = {"hidden_layer_sizes": (3,), "activation": "tanh", "l1": 0.4, "alpha": 0.6}
    shared |= {"solver": "gd", "learning_rate_init": 1e-300, "random_state": 1}
    if kind == "classes":
        X, y = table("multiclass")
        counts = {"a": 1.0, "b": 3.0, "c": 0.5}
        model = MLPClassifier(**shared, label_smoothing=0.3, class_weight=counts)
        total = (weights * [counts[label] for label in y]).sum()
    else:
        X, y = table("multioutput")
        model, total = MLPRegressor(**shared), weights.sum()
    record = model.initialize(X, y).step(X, y, weights)
    at = [part.copy() for part in record.coefs], [part.copy() for part in record.intercepts]
    slopes = [
        g + 0.4 / total * np.sign(w) for g, w in zip(record.coef_gradients, at[0], strict=True)
    ]
    for part, slope in zip([*at[0], *at[1]], [*slopes, *record.intercept_gradients], strict=True):
        for place in list(np.ndindex(part.shape))[:6]:
            kept, losses = part[place], []
            for width in (1e-5, -1e-5):
                part[place] = kept + width
                model.coefs_, model.intercepts_ = [list(side) for side in at]
                losses.append(model.step(X, y, weights).loss)
            part[place] = kept
            quotient = (losses[0] - losses[1]) / 2e-5
            assert slope[place] == pytest.approx(quotient, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("solver", ALL)
def test_the_history_keeps_the_two_parts_of_the_loss(table, solver):
    X, y = table("binary")
    model = LogisticRegression(solver=solver, l1=0.7, alpha=0.5, batch_size=60, max_iter=4)
    model.fit(X, y)
    for epoch in model.history_:
        assert epoch.train_loss == pytest.approx(epoch.data_loss + epoch.penalty, rel=1e-12)
    last = model.history_[-1]
    assert last.penalty > 0
    if solver in STEPPING:  # these meet the loss on their way: one epoch on, from where it stands
        last = model.partial_fit(X, y, classes=["no", "yes"]).history_[-1]
        model = model.set_params(max_iter=4).fit(X, y)
    w = model.coef_
    penalty = (0.7 * np.abs(w).sum() + 0.25 * (w**2).sum()) / 60
    assert last.penalty == pytest.approx(penalty, rel=1e-12)


# ------------------------------------------------------------------ dropout and noise


def layers_of(model, inputs):
    return Architecture((inputs, 5, 4, model.n_outputs_), ("tanh", "relu"), model._loss_name())


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_step_is_along_the_gradient_of_the_network_with_nodes_switched_off(table, kind):
    # The textbook's passes, with the masks that belong to the estimator's seed: inverted, so that
    # what is kept is divided by 1 − rate, for each hidden layer its own, and for the inputs.
    X, y = table("regression" if kind is MLPRegressor else "binary")
    rates = (0.3, 0.6)
    layers = {"hidden_layer_sizes": (5, 4), "activation": ("tanh", "relu")}
    disturbed = {"dropout": rates, "input_dropout": 0.25, "input_noise": 0.2}
    model = kind(**layers, **disturbed, alpha=0, random_state=3)
    model.initialize(X, y)
    seed = model._optimizer_state["seed"]
    plain = layers_of(model, 6)
    network = Architecture(plain.sizes, plain.activations, plain.loss, rates)
    targets = (y if kind is MLPRegressor else y == "yes").astype(float).reshape(-1, 1)
    for step in (1, 2):
        before = plain.flatten(model.coefs_, model.intercepts_, np.float64)
        masks = dropout_masks(network, 60, seed=seed, step=step)
        for mask, rate in zip(masks, rates, strict=False):
            np.testing.assert_array_equal(np.unique(mask), [0, 1 / (1 - rate)])
        seen = disturb_inputs(network, X, noise=0.2, dropout=0.25, seed=seed, step=step)
        trace = feedforward(network, before, seen, masks=masks)
        record = model.step(X, y)
        assert record.data_loss == pytest.approx(loss(network, before, trace, targets))
        slopes = plain.views(backpropagate(network, before, trace, targets))
        for mine, slope in zip(record.coef_gradients, slopes, strict=True):
            assert_allclose(mine, slope[0], atol=1e-13)
        # Predictions are those of the whole network, on the rows as they are.
        after = plain.flatten(model.coefs_, model.intercepts_, np.float64)
        trace = feedforward(plain, after, X)
        mine = model.predict(X) if kind is MLPRegressor else model.predict_proba(X)[:, 1]
        assert_allclose(mine, trace.prediction.ravel(), rtol=1e-12)
        assert record.loss_after == pytest.approx(loss(plain, after, trace, targets))


@pytest.mark.parametrize("name", ["dropout", "input_dropout", "input_noise"])
def test_disturbances_are_seeded_and_off_where_rows_are_held_out(table, name):
    X, y = table("binary")
    settings = {"hidden_layer_sizes": (6,), "max_iter": 5, "random_state": 0, name: 0.4}
    held_out = {"validation_data": (X[40:], y[40:])}
    first, again = (MLPClassifier(**settings).fit(X[:40], y[:40], **held_out) for _ in range(2))
    np.testing.assert_array_equal(flat(first), flat(again))
    plain = MLPClassifier(**{**settings, name: 0}).fit(X[:40], y[:40])
    assert (flat(plain) != flat(first)).all()
    other = MLPClassifier(**{**settings, "random_state": 1}).fit(X[:40], y[:40])
    assert (flat(other) != flat(first)).all()
    right = (y[40:, None] == first.classes_).argmax(axis=1)
    p = first.predict_proba(X[40:])[np.arange(20), right]
    assert first.history_[-1].validation_loss == pytest.approx(-np.log(p).mean(), rel=1e-12)
    np.testing.assert_array_equal(first.predict_proba(X), first.predict_proba(X))


def test_noise_on_the_inputs_of_a_linear_model_is_a_ridge(rng):
    # The expected error with noise of variance v is that of the rows as they are and n v ½ΣW².
    X = rng.normal(size=(200, 3)) @ np.array([[1.0, 0.9, 0.3], [0, 0.4, 0.2], [0, 0, 0.5]])
    y = X @ [1.0, -2.0, 1.5] + 0.1 * rng.normal(size=200)
    model = MLPRegressor(
        hidden_layer_sizes=(), solver="gd", input_noise=0.5, alpha=0, random_state=0, tol=0
    )
    model.set_params(learning_rate=lambda step: 0.3 / (1 + step / 300), max_iter=6000)
    model.set_params(random_state=0, n_iter_no_change=np.inf).fit(X, y)
    expected = Ridge(alpha=200 * 0.5**2).fit(X, y).coef_
    assert np.abs(expected - LeastSquares().fit(X, y).coef_).max() > 0.5
    assert_allclose(model.coefs_[0].ravel(), expected, atol=0.03)


@pytest.mark.parametrize(
    "asked", [{"dropout": (0.0, 0.2)}, {"input_dropout": 0.1}, {"input_noise": 1}, {"max_norm": 1}]
)
def test_what_needs_steps_is_refused_by_a_solver_without_them(table, asked):
    X, y = table("binary")
    model = MLPClassifier((3, 2), solver="lbfgs", **asked)
    (name,) = asked
    with pytest.raises(InputError, match=f"{name} is for solvers that go step by step.*'lbfgs'"):
        model.fit(X, y)
    model.set_params(solver="adam", max_iter=1).fit(X, y)


# ------------------------------------------------------------------ limits


@pytest.mark.parametrize("solver", STEPPING)
def test_max_norm_limits_the_weights_into_each_node(table, solver):
    X, y = table("multiclass")
    settings = {"hidden_layer_sizes": (7,), "solver": solver, "random_state": 0, "max_iter": 30}
    settings |= {"learning_rate_init": 0.05, "alpha": 0}
    free = MLPClassifier(**settings).fit(X, y)
    assert all((np.linalg.norm(part, axis=0) > 0.8).any() for part in free.coefs_)
    model = MLPClassifier(**settings, max_norm=0.5).fit(X, y)
    norms = [np.linalg.norm(part, axis=0) for part in model.coefs_]
    assert max(norm.max() for norm in norms) <= 0.5 * (1 + 1e-12)
    assert (norms[1] > 0.5 * (1 - 1e-12)).any()  # and is reached
    model.set_params(max_norm=1e-3).fit(X, y)
    assert max(np.abs(bias).max() for bias in model.intercepts_) > 0.05  # biases are free


def test_clip_norm_limits_a_step_of_gradient_descent(table):
    X, y = table("regression")
    settings = {"hidden_layer_sizes": (4,), "solver": "gd", "random_state": 0}
    settings |= {"learning_rate_init": 0.1, "alpha": 0.3}
    plain, clipped = (
        MLPRegressor(**settings, clip_norm=largest).initialize(X, 50 * y) for largest in (None, 2.0)
    )
    free, short = plain.step(X, 50 * y), clipped.step(X, 50 * y)
    gradient = np.concatenate([np.ravel(g) for g in free.coef_gradients + free.intercept_gradients])
    length = np.linalg.norm(gradient)
    assert length > 10
    for i in range(2):  # the record says the gradient as it is, the step goes 2 / ‖g‖ of the way
        assert_allclose(short.coef_gradients[i], free.coef_gradients[i], rtol=1e-12)
        moved = short.coefs_after[i] - short.coefs[i]
        assert_allclose(moved, -0.1 * 2 / length * free.coef_gradients[i], rtol=1e-9)


# ------------------------------------------------------------------ label smoothing


@pytest.mark.parametrize("solver", ["adam", "gd", "lbfgs"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_label_smoothing_is_cross_entropy_with_smoothed_targets(table, task, solver):
    # By optax and JAX: the loss of the last full batch, and for L-BFGS its gradient as well.
    X, y = table(task)
    settings = {"hidden_layer_sizes": (4,), "activation": "tanh", "alpha": 0, "random_state": 0}
    model = MLPClassifier(**settings, solver=solver, label_smoothing=0.2, batch_size=60)
    model.set_params(max_iter=3000 if solver == "lbfgs" else 5, tol=1e-7).fit(X, y)
    hot = y if task == "multilabel" else (y[:, None] == model.classes_)[:, -model.n_outputs_ :]

    def smoothed(coefs, intercepts):
        z = jnp.tanh(X @ coefs[0] + intercepts[0]) @ coefs[1] + intercepts[1]
        if task == "multiclass":
            targets = optax.smooth_labels(jnp.asarray(hot, float), 0.2)
            return optax.softmax_cross_entropy(z, targets).mean()
        targets = hot * 0.8 + 0.1
        return optax.sigmoid_binary_cross_entropy(z, targets).sum(axis=1).mean()

    error, slopes = jax.value_and_grad(smoothed, (0, 1))(model.coefs_, model.intercepts_)
    if solver == "lbfgs":
        assert model.loss_ == pytest.approx(float(error), rel=1e-9)
        assert max(float(jnp.abs(part).max()) for side in slopes for part in side) < 1e-3
    else:
        record = model.step(X, y)
        assert record.loss == pytest.approx(float(error), rel=1e-9)
        for mine, theirs in zip(record.coef_gradients, slopes[0], strict=True):
            assert_allclose(mine, theirs, atol=1e-12)
    # No probability is driven to 1: the best that can be said is 0.9, or 0.8 + 0.2 / 3.
    assert model.predict_proba(X).max() < 0.999


def test_held_out_rows_keep_their_labels(table):
    X, y = table("binary")
    model = MLPClassifier((4,), label_smoothing=0.3, random_state=0, max_iter=5)
    model.fit(X[:40], y[:40], validation_data=(X[40:], y[40:]))
    p = model.predict_proba(X[40:])[np.arange(20), (y[40:] == "yes").astype(int)]
    assert model.history_[-1].validation_loss == pytest.approx(-np.log(p).mean(), rel=1e-12)
