"""Logistic regression: curriculum 2.4, 2.6 and 2.8, every solver, and scikit-learn's optimum."""

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model as scikit
from numpy.testing import assert_allclose
from sklearn.callback import ScoringMonitor
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.multioutput import MultiOutputClassifier

from chainrule import LogisticRegression
from chainrule.errors import InputError

TASKS = ("binary", "multiclass", "multilabel")
ALL_AT_ONCE = ("newton", "lbfgs")
STEPS = ("gd", "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "nadam")


def converging(solver):
    """Settings by which a solver comes to rest at the optimum."""
    if solver in ALL_AT_ONCE:
        return {"solver": solver, "tol": 1e-10}
    # All rows in every step, and for those whose steps keep their length, ever shorter ones.
    settings = {"solver": solver, "batch_size": 60, "max_iter": 1500, "tol": 0.0}
    settings |= {"n_iter_no_change": np.inf, "weight_decay": 0.0, "momentum": 0.9}
    if solver in ("gd", "sgd", "momentum", "nesterov"):
        return {**settings, "learning_rate_init": 2.0 if solver == "gd" else 0.5}
    return {**settings, "learning_rate_init": 0.1, "learning_rate": "cosine"}


# ------------------------------------------------------------------ the curriculum


def by_hand(coef, intercept, classes):
    model = LogisticRegression(solver="gd", alpha=0)
    model.initialize(np.zeros((len(classes), np.shape(coef)[1])), classes)
    model.coef_, model.intercept_ = coef, intercept
    return model


def test_2_4_sigmoid_and_softmax():
    sigmoid = by_hand([[1.0]], [0.0], [0, 1])
    assert_allclose(sigmoid.predict_proba([[1.5]]), [[0.182426, 0.817574]], atol=1e-6)
    softmax = by_hand(np.eye(3), np.zeros(3), [0, 1, 2])
    probabilities = softmax.predict_proba([[2.0, 1.0, 0.0]])
    assert_allclose(probabilities, [[0.665241, 0.244728, 0.090031]], atol=1e-6)


def test_2_4_both_are_safe_far_out():
    sigmoid = by_hand([[1.0]], [0.0], [0, 1])
    assert_allclose(sigmoid.predict_proba([[1e4], [-1e4]]), [[0, 1], [1, 0]])
    softmax = by_hand(np.eye(3), np.zeros(3), [0, 1, 2])
    assert_allclose(softmax.predict_proba([[1e4, -1e4, 0.0]]), [[1, 0, 0]])


def test_2_6_one_step_of_gradient_descent():
    # W = (1, −1), b = 0.5, x = (2, 1): z = 1.5, ŷ = 0.817574; y = 0, so that with α = 0.1
    # W ← W − 0.0817574 x and b ← b − 0.0817574; E = −ln(1 − ŷ) = 1.701413.
    model = by_hand([[1.0, -1.0]], [0.5], [0, 1]).set_params(learning_rate_init=0.1)
    record = model.step([[2.0, 1.0]], [0])
    assert record.loss == pytest.approx(1.701413, abs=1e-6)
    assert_allclose(record.coef_gradients[0].ravel(), [1.635149, 0.817574], atol=1e-6)
    assert_allclose(model.coef_, [[0.836485, -1.081757]], atol=1e-6)
    assert_allclose(model.intercept_, [0.418243], atol=1e-6)


def test_2_6_gradient_descent_reaches_scikit_learns_unpenalised_optimum(table):
    X, y = table("binary")
    y = np.roll(y, 20)  # not to be separated
    theirs = scikit.LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
    model = LogisticRegression(alpha=0, **converging("gd"))
    with pytest.warns(ConvergenceWarning, match="Maximum iterations"):
        model.fit(X, y)
    assert_allclose(model.coef_, theirs.coef_, atol=1e-5)
    assert_allclose(model.intercept_, theirs.intercept_, atol=1e-5)


def test_2_8_newton_needs_ten_steps_where_gradient_descent_takes_thousands(table):
    X, y = table("binary")
    X, y = X * [1, 2, 3, 5, 8, 10], np.roll(y, 20)
    newton = LogisticRegression(solver="newton", alpha=0, tol=1e-10).fit(X, y)
    assert newton.n_iter_ <= 10
    wide = np.column_stack([X, np.ones(60)])

    def slope(model):
        difference = model.predict_proba(X)[:, 1] - (y == "yes")
        return np.abs(wide.T @ difference / 60).max()

    assert slope(newton) <= 1e-10
    rate = 4 * 60 / np.linalg.norm(wide, 2) ** 2  # 1 / a curvature that is never exceeded
    slow = LogisticRegression(
        **{**converging("gd"), "max_iter": 2000, "alpha": 0, "learning_rate_init": rate}
    )
    with pytest.warns(ConvergenceWarning, match="Maximum iterations"):
        slow.fit(X, y)
    assert slope(slow) > 1e-6


# ------------------------------------------------------------------ the optimum


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("solver", [*ALL_AT_ONCE, *STEPS])
def test_every_solver_reaches_scikit_learns_optimum(table, solver, task):
    X, y = table(task)
    weights = np.arange(60) % 3.0
    theirs = scikit.LogisticRegression(C=0.5, tol=1e-12, max_iter=1000)
    model = LogisticRegression(alpha=2.0, **converging(solver)).fit(X, y, weights)
    if task == "multilabel":
        each = MultiOutputClassifier(theirs).fit(X, y, weights).estimators_
        coef = np.vstack([one.coef_ for one in each])
        intercept = np.concatenate([one.intercept_ for one in each])
    else:
        theirs.fit(X, y, weights)
        coef, intercept = theirs.coef_, theirs.intercept_
        assert_allclose(model.predict_proba(X), theirs.predict_proba(X), atol=1e-4)
        z, expected = model.decision_function(X), theirs.decision_function(X)
        assert z.shape == expected.shape
        np.testing.assert_array_equal(model.predict(X), theirs.predict(X))
    assert (model.coef_.shape, model.intercept_.shape) == (coef.shape, intercept.shape)
    assert_allclose(model.coef_, coef, atol=1e-4)
    if task == "multiclass":  # the same added to every bias changes nothing
        intercept, mine = intercept - intercept.mean(), model.intercept_ - model.intercept_.mean()
    else:
        mine = model.intercept_
    assert_allclose(mine, intercept, atol=1e-4)


@pytest.mark.parametrize("solver", ALL_AT_ONCE)
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_l1_makes_scikit_learns_zeros(table, task, solver):
    X, y = table(task)
    theirs = scikit.LogisticRegression(
        C=0.2, l1_ratio=1, solver="saga", tol=1e-10, max_iter=10**5, random_state=0
    ).fit(X, y)
    model = LogisticRegression(alpha=0, l1=5.0, **converging(solver)).fit(X, y)
    assert_allclose(model.coef_, theirs.coef_, atol=1e-3)
    np.testing.assert_array_equal(model.coef_ == 0, theirs.coef_ == 0)
    assert (model.coef_ == 0).any()


def test_both_penalties_are_an_elastic_net(table):
    X, y = table("binary")
    theirs = scikit.LogisticRegression(
        C=0.25, l1_ratio=0.75, solver="saga", tol=1e-12, max_iter=10**5, random_state=0
    ).fit(X, y)
    model = LogisticRegression(alpha=1.0, l1=3.0, tol=1e-10).fit(X, y)
    assert_allclose(model.coef_, theirs.coef_, atol=1e-6)


def test_the_default_is_scikit_learns_default(table):
    for task in ("binary", "multiclass"):
        X, y = table(task)
        theirs = scikit.LogisticRegression(tol=1e-10).fit(X, y)
        assert_allclose(LogisticRegression().fit(X, y).coef_, theirs.coef_, atol=1e-5)


@pytest.mark.parametrize("solver", [*ALL_AT_ONCE, "gd"])
def test_a_weight_of_2_is_the_row_twice(table, solver):
    X, y = table("multiclass")
    settings = {**converging(solver), "batch_size": "auto", "max_iter": 50}
    weights = 1.0 + (np.arange(60) % 2)
    twice = np.repeat(np.arange(60), weights.astype(int))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weighted = LogisticRegression(**settings).fit(X, y, weights)
        repeated = LogisticRegression(**settings).fit(X[twice], y[twice])
    assert_allclose(weighted.coef_, repeated.coef_, atol=1e-7)
    assert weighted.loss_ == pytest.approx(repeated.loss_, rel=1e-9)


@pytest.mark.parametrize("solver", ALL_AT_ONCE)
def test_balanced_classes(table, solver):
    X, y = table("multiclass")
    theirs = scikit.LogisticRegression(class_weight="balanced", tol=1e-12, max_iter=1000).fit(X, y)
    model = LogisticRegression(class_weight="balanced", **converging(solver)).fit(X, y)
    assert_allclose(model.coef_, theirs.coef_, atol=1e-4)


def test_small_systems_are_newtons_and_large_ones_not(table, rng):
    X, y = table("multiclass")
    assert "Newton" in LogisticRegression().fit(X, y).stopping_reason_
    wide = rng.normal(size=(60, 400))
    assert "L-BFGS" in LogisticRegression().fit(wide, y).stopping_reason_


def test_sparse_rows(table, sparse_kind):
    X, y = table("multiclass")
    dense = LogisticRegression(tol=1e-10).fit(X, y)
    sparse = LogisticRegression(tol=1e-10).fit(sparse_kind(X), y)
    assert_allclose(sparse.coef_, dense.coef_, atol=1e-10)
    assert_allclose(sparse.predict_proba(sparse_kind(X)), dense.predict_proba(X), atol=1e-10)


def test_float32_stays_float32(table):
    X, y = table("binary")
    model = LogisticRegression().fit(X.astype(np.float32), y)
    assert model.coef_.dtype == np.float32
    assert_allclose(model.coef_, LogisticRegression().fit(X, y).coef_, rtol=1e-5)


# ------------------------------------------------------------------ no optimum, or many


def test_separable_classes_are_said_in_a_sentence(rng):
    X = rng.normal(size=(60, 3))
    y = np.where(X[:, 0] > X[:, 1], "yes", "no")
    with pytest.warns(ConvergenceWarning, match="no finite optimum exists: the classes can be"):
        model = LogisticRegression(solver="newton", alpha=0).fit(X, y)
    assert "add an L2 penalty, however small" in model.stopping_reason_
    assert np.isfinite(model.coef_).all()
    assert model.score(X, y) == 1
    assert LogisticRegression(alpha=1e-3).fit(X, y).score(X, y) == 1


def test_dependent_columns_are_said_in_a_sentence(table):
    X, y = table("binary")
    y = np.roll(y, 20)
    with pytest.warns(ConvergenceWarning, match="the Hessian is singular and the optimum one of"):
        model = LogisticRegression(alpha=0).fit(np.column_stack([X, X[:, 0]]), y)
    assert_allclose(model.coef_[0, 0], model.coef_[0, 6], rtol=1e-6)
    plain = LogisticRegression(alpha=0).fit(X, y)
    assert_allclose(model.coef_[0, 0] + model.coef_[0, 6], plain.coef_[0, 0], rtol=1e-4)


def test_too_few_iterations_are_said(table):
    X, y = table("binary")
    with pytest.warns(ConvergenceWarning, match="not converged after 2 steps: the gradient's"):
        model = LogisticRegression(max_iter=2).fit(X, y)
    assert model.n_iter_ == len(model.history_) == 2


# ------------------------------------------------------------------ like any estimator


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "adam"])
def test_history_and_early_stopping(table, solver):
    X, y = table("multiclass")
    model = LogisticRegression(
        solver=solver,
        alpha=0.01,
        early_stopping=True,
        monitor="loss",
        tol=1e-8,
        random_state=0,
        n_iter_no_change=3,
        learning_rate_init=0.1,
    ).fit(X[:40], y[:40], validation_data=(X[40:], y[40:]))
    losses = model.history_.column("validation_loss")
    assert len(losses) == model.n_iter_ == len(model.loss_curve_)
    assert model.best_epoch_ == 1 + int(np.argmin(losses))
    shown = -np.log(
        model.predict_proba(X[40:])[range(20), np.searchsorted(["a", "b", "c"], y[40:])]
    )
    assert shown.mean() == pytest.approx(min(losses), rel=1e-9)
    for epoch in model.history_:
        assert epoch.train_loss == pytest.approx(epoch.data_loss + epoch.penalty, rel=1e-9)


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "sgd"])
def test_callbacks(table, solver):
    X, y = table("binary")
    monitor = ScoringMonitor(scoring="accuracy")
    model = LogisticRegression(solver=solver, random_state=0, max_iter=400, tol=1e-3)
    model.set_callbacks(monitor).fit(X, y)
    silent = LogisticRegression(solver=solver, random_state=0, max_iter=400, tol=1e-3).fit(X, y)
    np.testing.assert_array_equal(model.coef_, silent.coef_)
    epochs = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(epochs) == model.n_iter_
    assert epochs[-1]["accuracy"] == pytest.approx(model.score(X, y))


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "adam"])
@pytest.mark.parametrize("task", TASKS)
def test_a_copy_by_pickle(table, task, solver):
    X, y = table(task)
    model = LogisticRegression(solver=solver, tol=1e-3).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))  # noqa: S301
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
    assert list(copy.history_) == list(model.history_)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fit_is_one_epoch_of_fit(table, solver):
    X, y = table("multiclass")
    settings = {"solver": solver, "batch_size": 16, "shuffle": False}
    with pytest.warns(ConvergenceWarning):
        whole = LogisticRegression(max_iter=3, **settings).fit(X, y)
    parts = LogisticRegression(**settings)
    for _ in range(3):
        parts.partial_fit(X, y, classes=["a", "b", "c"])
    np.testing.assert_array_equal(parts.coef_, whole.coef_)


@pytest.mark.parametrize("solver", ["auto", "newton", "lbfgs"])
def test_without_steps_there_is_no_partial_fit(solver):
    assert not hasattr(LogisticRegression(solver=solver), "partial_fit")
    assert hasattr(LogisticRegression(solver="sgd"), "partial_fit")


def test_warm_start_begins_where_it_ended(table):
    X, y = table("binary")
    model = LogisticRegression(warm_start=True, tol=1e-8).fit(X, y)
    model.fit(X, y)
    assert model.n_iter_ == 0
    assert (
        model.set_params(alpha=0.9).fit(X, y).n_iter_
        < LogisticRegression(alpha=0.9, tol=1e-8).fit(X, y).n_iter_ + 1
    )


def test_a_rate_that_is_too_high_says_so(table):
    X, y = table("binary")
    model = LogisticRegression(solver="gd", learning_rate_init=1e300, alpha=1.0)
    with pytest.raises(ValueError, match=r"Training diverged: .* lower learning_rate_init=1e\+300"):
        model.fit(1e5 * X, y)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"solver": "newtons"}, "'solver' parameter of LogisticRegression"),
        ({"alpha": -1}, "'alpha' parameter of LogisticRegression"),
        ({"l1": "strong"}, "'l1' parameter of LogisticRegression"),
        ({"tol": -1}, "'tol' parameter of LogisticRegression"),
        ({"max_iter": 1.5}, "'max_iter' parameter of LogisticRegression"),
        ({"monitor": "scoer"}, "'monitor' parameter of LogisticRegression"),
    ],
)
def test_settings_that_make_no_sense(table, settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        LogisticRegression(**settings).fit(*table("binary"))


@pytest.mark.parametrize(
    ("X", "y", "sentence"),
    [
        ([[1.0], [np.nan]], [0, 1], "Input X contains NaN"),
        ([[1.0], [2.0]], [0.5, 1.25], "Unknown label type: continuous"),
        ([[1.0], [2.0]], [0, 1, 1], "inconsistent numbers of samples"),
        ([["a"], ["b"]], [0, 1], "could not convert string to float"),
    ],
)
def test_rows_that_make_no_sense(X, y, sentence):
    with pytest.raises(ValueError, match=sentence):
        LogisticRegression().fit(X, y)


def test_newton_refuses_a_system_that_is_too_large():
    X = sp.csr_array((np.ones(2), ([0, 1], [0, 5999])), shape=(2, 6000))
    with pytest.raises(ValueError, match="take solver='lbfgs'"):
        LogisticRegression(solver="newton").fit(X, [0, 1])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("coef_", [[1.0, 2.0, 3.0]]),
        ("coef_", [1.0] * 6),
        ("coef_", [["a"] * 6]),
        ("intercept_", 0.0),
        ("intercept_", [0.0, 1.0]),
    ],
)
def test_weights_set_by_hand_have_to_fit(table, name, value):
    X, y = table("binary")
    model = LogisticRegression().fit(X, y)
    before = model.decision_function(X)
    with pytest.raises(InputError, match=f"{name} of this LogisticRegression holds numbers of"):
        setattr(model, name, value)
    np.testing.assert_array_equal(model.decision_function(X), before)
    model.coefs_ = [np.ones((9, 1))]
    with pytest.raises(InputError, match=r"coefs_\[0\] has 9 rows, but 6 are needed"):
        model.predict(X)
    with pytest.raises(NotFittedError):
        setattr(LogisticRegression(), name, value)
