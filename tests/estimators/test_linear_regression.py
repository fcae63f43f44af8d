"""Linear regression: curriculum 2.5, every solver, and scikit-learn's least squares."""

import pickle

import numpy as np
import pytest
import sklearn.linear_model as scikit
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold

from chainrule import LinearRegression

TASKS = ("regression", "multioutput")
ALL_AT_ONCE = ("newton", "lbfgs")
STEPS = ("gd", "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "nadam")


def converging(solver):
    """Settings by which a solver comes to rest at the optimum."""
    if solver in ALL_AT_ONCE:
        return {"solver": solver, "tol": 1e-10}
    settings = {"solver": solver, "batch_size": 60, "max_iter": 1500, "tol": 0.0}
    settings |= {"n_iter_no_change": np.inf, "weight_decay": 0.0, "momentum": 0.9}
    if solver in ("gd", "sgd", "momentum", "nesterov"):
        return {**settings, "learning_rate_init": 0.5 if solver == "gd" else 0.1}
    return {**settings, "learning_rate_init": 0.1, "learning_rate": "cosine"}


# ------------------------------------------------------------------ the curriculum


def test_2_5_the_error_and_its_gradient_by_hand():
    # W = (2, −1), b = 0.5, x = (1, 3), y = 1: ŷ = 2 − 3 + 0.5 = −0.5, y − ŷ = 1.5, E = 1.125;
    # ∂E/∂W = −1.5 x = (−1.5, −4.5), ∂E/∂b = −1.5; with α = 0.1, W = (2.15, −0.55), b = 0.65.
    model = LinearRegression(solver="gd", learning_rate_init=0.1).initialize([[1.0, 3.0]], [1.0])
    model.coef_, model.intercept_ = [2.0, -1.0], 0.5
    assert_allclose(model.predict([[1.0, 3.0]]), [-0.5])
    record = model.step([[1.0, 3.0]], [1.0])
    assert record.loss == pytest.approx(1.125)
    assert_allclose(record.coef_gradients[0].ravel(), [-1.5, -4.5])
    assert_allclose(record.intercept_gradients[0], [-1.5])
    assert_allclose(model.coef_, [2.15, -0.55])
    assert model.intercept_ == pytest.approx(0.65)


@pytest.mark.parametrize("task", TASKS)
def test_2_5_one_step_of_newton_is_least_squares(table, task):
    X, y = table(task)
    theirs = scikit.LinearRegression().fit(X, y)
    with pytest.warns(ConvergenceWarning, match="not converged after 1 step"):
        one = LinearRegression(max_iter=1, tol=0).fit(X, y)
    for model in (one, LinearRegression().fit(X, y)):
        assert model.coef_.shape == theirs.coef_.shape
        assert_allclose(model.coef_, theirs.coef_, rtol=1e-10)
        assert_allclose(model.intercept_, theirs.intercept_, rtol=1e-10)
        assert_allclose(model.predict(X), theirs.predict(X), rtol=1e-9, atol=1e-12)
        assert model.score(X, y) == pytest.approx(theirs.score(X, y))


# ------------------------------------------------------------------ the optimum


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("alpha", [0.0, 5.0])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("solver", [*ALL_AT_ONCE, *STEPS])
def test_every_solver_reaches_scikit_learns_optimum(table, solver, task, alpha):
    X, y = table(task)
    weights = 0.5 + np.arange(60) % 3
    theirs = scikit.Ridge(alpha) if alpha else scikit.LinearRegression()
    theirs.fit(X, y, sample_weight=weights)
    model = LinearRegression(alpha=alpha, **converging(solver)).fit(X, y, weights)
    assert_allclose(model.coef_, theirs.coef_, atol=1e-4)
    assert_allclose(model.intercept_, theirs.intercept_, atol=1e-4)


@pytest.mark.parametrize("solver", ALL_AT_ONCE)
@pytest.mark.parametrize("task", TASKS)
def test_l1_is_the_lasso(table, task, solver):
    X, y = table(task)
    theirs = scikit.Lasso(15 / 60, tol=1e-12, max_iter=10**5).fit(X, y)
    model = LinearRegression(l1=15.0, **converging(solver)).fit(X, y)
    assert_allclose(model.coef_, theirs.coef_, atol=1e-4)
    np.testing.assert_array_equal(model.coef_ == 0, theirs.coef_ == 0)
    assert (model.coef_ == 0).any()


def test_both_penalties_are_an_elastic_net(table):
    X, y = table("regression")
    theirs = scikit.ElasticNet(alpha=0.5, l1_ratio=0.4, tol=1e-13, max_iter=10**5).fit(X, y)
    model = LinearRegression(l1=0.2 * 60, alpha=0.3 * 60, tol=1e-10).fit(X, y)
    assert_allclose(model.coef_, theirs.coef_, atol=1e-8)
    assert model.intercept_ == pytest.approx(theirs.intercept_, abs=1e-8)


def test_a_row_without_weight_is_no_row(table):
    X, y = table("regression")
    weights = (np.arange(60) < 40).astype(float)
    y = np.where(weights > 0, y, 1e6)
    expected = LinearRegression().fit(X[:40], y[:40])
    assert_allclose(LinearRegression().fit(X, y, weights).coef_, expected.coef_, rtol=1e-9)


def test_dependent_columns_give_the_weights_of_least_norm(table):
    X, y = table("regression")
    X = np.column_stack([X, X[:, 0] - X[:, 1], np.full(60, 7.0)])
    with pytest.warns(ConvergenceWarning, match="2 directions of the weights change no prediction"):
        model = LinearRegression().fit(X, y)
    expected = np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=1e-10)[0]
    assert_allclose(model.coef_, expected, atol=1e-8)
    assert "the Hessian is singular" in model.stopping_reason_


def test_more_columns_than_rows_are_interpolated(rng):
    X, y = rng.normal(size=(10, 30)), rng.normal(size=10)
    with pytest.warns(ConvergenceWarning, match="the weights of least norm were taken"):
        model = LinearRegression().fit(X, y)
    assert_allclose(model.predict(X), y, atol=1e-9)
    assert_allclose(model.coef_, scikit.LinearRegression().fit(X, y).coef_, atol=1e-8)


def test_columns_far_from_0_and_of_any_size(table):
    X, y = table("regression")
    scaled = X * [1, 1e-5, 1e5, 1, 1, 1] + [2000, 0, 0, 1e6, 0, 0]
    model, plain = LinearRegression().fit(scaled, y), LinearRegression().fit(X, y)
    assert_allclose(model.coef_ * [1, 1e-5, 1e5, 1, 1, 1], plain.coef_, rtol=1e-6)
    assert_allclose(model.predict(scaled), plain.predict(X), atol=1e-6)


def test_sparse_rows(table, sparse_kind):
    X, y = table("multioutput")
    sparse = LinearRegression(alpha=1.0).fit(sparse_kind(X), y)
    assert_allclose(sparse.coef_, LinearRegression(alpha=1.0).fit(X, y).coef_, rtol=1e-9)


def test_float32_stays_float32(table):
    X, y = table("regression")
    model = LinearRegression().fit(X.astype(np.float32), y)
    assert model.coef_.dtype == model.predict(X.astype(np.float32)).dtype == np.float32
    assert_allclose(model.coef_, LinearRegression().fit(X, y).coef_, rtol=1e-4)


# ------------------------------------------------------------------ like any estimator


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "adam"])
@pytest.mark.parametrize("task", TASKS)
def test_a_copy_by_pickle(table, task, solver):
    X, y = table(task)
    model = LinearRegression(solver=solver, tol=1e-2, alpha=0.1).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))  # noqa: S301
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    assert list(copy.history_) == list(model.history_)


def test_partial_fit_is_one_epoch_of_fit(table):
    X, y = table("multioutput")
    settings = {"solver": "nesterov", "batch_size": 16, "shuffle": False}
    with pytest.warns(ConvergenceWarning):
        whole = LinearRegression(max_iter=3, **settings).fit(X, y)
    parts = LinearRegression(**settings)
    for _ in range(3):
        parts.partial_fit(X, y)
    np.testing.assert_array_equal(parts.coef_, whole.coef_)
    assert not hasattr(LinearRegression(), "partial_fit")


def test_history_and_early_stopping(table):
    X, y = table("regression")
    splitter = KFold(3, shuffle=True, random_state=0)
    model = LinearRegression(
        solver="adam",
        learning_rate_init=0.05,
        max_iter=500,
        early_stopping=True,
        validation_splitter=splitter,
        monitor="loss",
        random_state=0,
    ).fit(X, y)
    losses = model.history_.column("validation_loss")
    assert model.best_epoch_ == 1 + int(np.argmin(losses))
    _, held_out = next(iter(splitter.split(X)))
    shown = 0.5 * np.mean((model.predict(X[held_out]) - y[held_out]) ** 2)
    assert shown == pytest.approx(min(losses), rel=1e-9)
    assert "validation loss did not improve" in model.stopping_reason_


def test_a_rate_that_is_too_high_says_so(table):
    X, y = table("regression")
    model = LinearRegression(solver="gd", learning_rate_init=100.0, n_iter_no_change=np.inf)
    with pytest.raises(ValueError, match=r"Training diverged: .* lower learning_rate_init=100"):
        model.fit(X, y)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"solver": "exact"}, "'solver' parameter of LinearRegression"),
        ({"alpha": -1}, "'alpha' parameter of LinearRegression"),
        ({"batch_size": 0}, "'batch_size' parameter of LinearRegression"),
        ({"clip_norm": 0}, "'clip_norm' parameter of LinearRegression"),
    ],
)
def test_settings_that_make_no_sense(table, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        LinearRegression(**settings).fit(*table("regression"))


@pytest.mark.parametrize(
    ("X", "y", "sentence"),
    [
        ([[1.0], [np.inf]], [0.0, 1.0], "Input X contains infinity"),
        ([[1.0], [2.0]], [0.0, np.nan], "Input y contains NaN"),
        ([[1.0], [2.0]], [1.0], "inconsistent numbers of samples"),
        ([1.0, 2.0], [1.0, 2.0], "Expected 2D array, got 1D array"),
        ([[1.0], [2.0]], ["low", "high"], "could not convert string to float"),
    ],
)
def test_rows_that_make_no_sense(X, y, sentence):
    with pytest.raises(ValueError, match=sentence):
        LinearRegression().fit(X, y)
