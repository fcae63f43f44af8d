"""The same seed gives scikit-learn's own weights, losses, epochs and predictions, to 1e-8."""

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.neural_network as scikit
from numpy.testing import assert_allclose
from sklearn.base import clone

import chainrule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CLASSIFIED = ("binary", "multiclass", "multilabel")
TASKS = (*CLASSIFIED, "regression", "poisson")
SOLVERS = {
    "adam": {},
    "adam others": {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4},
    "sgd": {"solver": "sgd"},
    "sgd plain": {"solver": "sgd", "momentum": 0.5, "nesterovs_momentum": False},
    "sgd invscaling": {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.3},
    "sgd adaptive": {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.03, "max_iter": 60},
    # scikit-learn cuts probabilities off at ε, so that far from the optimum its line search sees
    # other errors than the true ones: a strong penalty keeps both near.
    "lbfgs": {"solver": "lbfgs", "alpha": 2.0, "max_iter": 5},
}
COMMON = {
    "hidden_layer_sizes": (7, 5),
    "learning_rate_init": 0.02,
    "batch_size": 16,
    "alpha": 0.01,
    "max_iter": 12,
    "random_state": 3,
}


def make_pair(task, **settings):
    name = "MLPClassifier" if task in CLASSIFIED else "MLPRegressor"
    if task == "poisson":
        settings["loss"] = "poisson"
    settings = {**COMMON, **settings}
    return getattr(scikit, name)(**settings), getattr(chainrule, name)(**settings)


def assert_same(theirs, ours, X, tolerance=1e-9):
    close = {"rtol": tolerance, "atol": tolerance}
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    assert (ours.n_layers_, ours.n_outputs_) == (theirs.n_layers_, theirs.n_outputs_)
    for name in ("coefs_", "intercepts_"):
        for mine, other in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            assert mine.shape == other.shape
            assert mine.dtype == other.dtype
            assert_allclose(mine, other, **close)
    assert_allclose(ours.loss_, theirs.loss_, **close)
    if theirs.solver != "lbfgs":
        assert_allclose(ours.loss_curve_, theirs.loss_curve_, **close)
    for name in ("best_loss_", "best_validation_score_", "validation_scores_"):
        if hasattr(theirs, name):  # not all of them with lbfgs
            mine, other = getattr(ours, name), getattr(theirs, name)
            assert (mine is None) == (other is None)
            if other is not None:
                assert_allclose(mine, other, **close)
    if hasattr(theirs, "classes_"):
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), **close)
        with np.errstate(divide="ignore"):  # theirs warns of ln 0, ours does not
            expected = theirs.predict_log_proba(X)
        assert_allclose(ours.predict_log_proba(X), expected, **close)
    else:
        assert_allclose(ours.predict(X), theirs.predict(X), **close)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("task", TASKS)
def test_solvers_activations_and_schedules(table, task, solver, activation):
    X, y = table(task)
    theirs, ours = make_pair(task, activation=activation, **SOLVERS[solver])
    assert_same(theirs.fit(X, y), ours.fit(X, y), X)
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=1e-8)


@pytest.mark.parametrize("solver", ["adam", "sgd invscaling", "lbfgs"])
@pytest.mark.parametrize("task", TASKS)
def test_sample_weight(table, task, solver):
    X, y = table(task)
    for weights in (np.random.default_rng(0).uniform(0.2, 3, len(y)), np.arange(len(y)) % 3.0):
        theirs, ours = make_pair(task, **SOLVERS[solver])
        assert_same(theirs.fit(X, y, weights), ours.fit(X, y, sample_weight=weights), X)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", ["adam", "sgd adaptive"])
@pytest.mark.parametrize("task", ["binary", "multilabel", "regression", "poisson"])
def test_early_stopping(table, task, solver, weighted):
    X, y = table(task)
    weights = np.random.default_rng(0).uniform(0.2, 3, len(y)) if weighted else None
    settings = {**SOLVERS[solver], "max_iter": 60, "n_iter_no_change": 4}
    theirs, ours = make_pair(task, early_stopping=True, validation_fraction=0.2, **settings)
    assert_same(theirs.fit(X, y, weights), ours.fit(X, y, weights), X)
    assert ours.n_iter_ > 4


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("batch_size", [1, 7, 60, "auto"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_batch_size(table, solver, batch_size, shuffle):
    for task in ("multiclass", "regression"):
        X, y = table(task)
        settings = {"solver": solver, "batch_size": batch_size, "shuffle": shuffle}
        theirs, ours = make_pair(task, **settings)
        assert_same(theirs.fit(X, y), ours.fit(X, y), X)


def test_a_batch_size_that_is_too_large_is_clipped(table):
    X, y = table("binary")
    theirs, ours = make_pair("binary", batch_size=1000)
    with pytest.warns(UserWarning, match="It is going to be clipped"):
        theirs.fit(X, y)
    with pytest.warns(UserWarning, match="It is going to be clipped"):
        ours.fit(X, y)
    assert_same(theirs, ours, X)


def test_more_rows_than_the_largest_automatic_batch(table):
    X, y = table("multiclass", rows=470)
    theirs, ours = make_pair("multiclass", batch_size="auto")
    assert_same(theirs.fit(X, y), ours.fit(X, y), X)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_sparse_rows(table, task, solver, sparse_kind):
    X, y = table(task)
    theirs, ours = make_pair(task, **SOLVERS[solver])
    assert_same(theirs.fit(sparse_kind(X), y), ours.fit(sparse_kind(X), y), sparse_kind(X))


def test_sparse_labels(table):
    X, y = table("multilabel")
    _, ours = make_pair("multilabel")
    dense = clone(ours).fit(X, y)
    ours.fit(X, sp.csr_matrix(y))
    np.testing.assert_array_equal(ours.predict_proba(X), dense.predict_proba(X))
    assert sp.issparse(ours.predict(X))
    np.testing.assert_array_equal(ours.predict(X).toarray(), dense.predict(X))


@pytest.mark.parametrize("solver", ["adam", "sgd invscaling", "sgd adaptive", "lbfgs"])
@pytest.mark.parametrize("task", TASKS)
def test_warm_start(table, task, solver):
    X, y = table(task)
    pair = make_pair(task, **{**SOLVERS[solver], "warm_start": True, "max_iter": 6})
    for _ in range(3):
        for model in pair:
            model.fit(X, y)
        assert_same(*pair, X)


@pytest.mark.parametrize("solver", ["adam", "sgd invscaling", "sgd adaptive"])
@pytest.mark.parametrize("task", ["binary", "multilabel", "regression", "poisson"])
def test_warm_start_with_early_stopping(table, task, solver):
    X, y = table(task)
    settings = {**SOLVERS[solver], "warm_start": True, "max_iter": 6, "validation_fraction": 0.3}
    theirs, ours = make_pair(task, early_stopping=True, **settings)
    assert_same(theirs.fit(X, y), ours.fit(X, y), X)
    for _ in range(4):
        best, before = ours.best_validation_score_, [w.copy() for w in ours.coefs_]
        theirs.fit(X, y)
        ours.fit(X, y)
        if ours.best_validation_score_ > best:
            assert_same(theirs, ours, X)
            continue
        # Theirs goes on training the very arrays that it keeps as the best; ours stay the best.
        assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
        assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-9)
        for kept, mine in zip(before, ours.coefs_, strict=True):
            np.testing.assert_array_equal(mine, kept)
        break


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", ["adam", "sgd", "sgd invscaling", "sgd adaptive"])
@pytest.mark.parametrize("task", TASKS)
def test_partial_fit(table, task, solver, weighted):
    X, y = table(task)
    weights = np.random.default_rng(0).uniform(0.2, 3, len(y)) if weighted else None
    pair = make_pair(task, **SOLVERS[solver])
    more = {"multilabel": [0, 1, 2], "binary": ["no", "yes"], "multiclass": ["a", "b", "c"]}
    first = {"classes": more[task]} if task in more else {}
    for part in (slice(0, 25), slice(25, 60), slice(0, 60), slice(10, 30)):
        for model in pair:
            w = None if weights is None else weights[part]
            model.partial_fit(X[part], y[part], sample_weight=w, **first)
        first = {}
        assert_same(*pair, X)


@pytest.mark.parametrize("solver", ["adam", "sgd", "sgd invscaling", "sgd adaptive"])
@pytest.mark.parametrize("task", TASKS)
def test_partial_fit_after_fit(table, task, solver):
    X, y = table(task)
    pair = make_pair(task, **SOLVERS[solver])
    for model in pair:
        model.fit(X, y)
        model.partial_fit(X[:40], y[:40])
        model.partial_fit(X[20:], y[20:])
    assert_same(*pair, X)


def test_a_random_state_that_goes_on(table):
    X, y = table("multiclass")
    pair = make_pair("multiclass")
    for model in pair:
        model.set_params(random_state=np.random.RandomState(5))
        model.fit(X, y).fit(X, y)
    assert_same(*pair, X)


@pytest.mark.parametrize("settings", [{"n_iter_no_change": np.inf, "tol": 0.5}, {"tol": 0.0}])
def test_patience_and_tolerance(table, settings):
    X, y = table("binary")
    theirs, ours = make_pair("binary", **{"max_iter": 40, **settings})
    assert_same(theirs.fit(X, y), ours.fit(X, y), X)


@pytest.mark.parametrize("dtype", [np.int32, bool, np.int64])
def test_other_types_of_rows(table, dtype):
    X, y = table("binary")
    X = (X > 0).astype(dtype)
    theirs, ours = make_pair("binary")
    assert_same(theirs.fit(X, y), ours.fit(X, y), X)


@pytest.mark.parametrize("task", TASKS)
def test_float32_follows_closely(table, task):
    X, y = table(task)
    theirs, ours = make_pair(task, solver="sgd")
    X = X.astype(np.float32)
    assert_same(theirs.fit(X, y), ours.fit(X, y), X, tolerance=2e-4)


# ------------------------------------------------------------------ several outputs

STANDING_STILL = {"tol": 0, "n_iter_no_change": np.inf}


@pytest.mark.parametrize("solver", ["adam", "sgd", "sgd invscaling"])
@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_several_outputs_follow_the_same_path(table, solver, alpha):
    X, y = table("multioutput")
    theirs, ours = make_pair("multioutput", alpha=alpha, **SOLVERS[solver], **STANDING_STILL)
    theirs.fit(X, y)
    ours.fit(X, y)
    for name in ("coefs_", "intercepts_"):
        for mine, other in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            assert_allclose(mine, other, rtol=1e-10, atol=1e-12)
    if alpha == 0:  # scikit-learn reports the average over the outputs, ours is their sum
        assert_allclose(ours.loss_curve_, 3 * np.array(theirs.loss_curve_), rtol=1e-12)
    assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)


def reported_loss(model, coefs, intercepts, X, y, weights):
    """Return the loss_ that a fit reports that begins at these weights."""
    still = clone(model).set_params(learning_rate_init=1e-300)
    still.fit(X, y, weights)
    for mine, given in zip(still.coefs_ + still.intercepts_, coefs + intercepts, strict=True):
        mine[...] = given
    return still.fit(X, y, weights).loss_


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("task", [*TASKS, "multioutput"])
def test_a_step_goes_down_the_true_gradient_of_the_reported_loss(table, task, weighted):
    # One step of gradient descent with rate α leads from w to w − α ∂E/∂w; so short a step does not
    # reach 0, at which the L1 penalty would end it.
    X, y = table(task)
    weights = np.arange(len(y)) % 3.0 if weighted else None
    settings = {
        "activation": "tanh",
        "solver": "gd",
        "hidden_layer_sizes": (3,),
        "max_iter": 1,
        "warm_start": True,
        "l1": 0.2,
        "alpha": 0.5,
        "random_state": 3,
    }
    kind = chainrule.MLPClassifier if task in CLASSIFIED else chainrule.MLPRegressor
    model = kind(**settings, **({"loss": "poisson"} if task == "poisson" else {}))
    model.set_params(learning_rate_init=1e-300).fit(X, y, weights)
    coefs = [w.copy() for w in model.coefs_]
    intercepts = [b.copy() for b in model.intercepts_]
    model.set_params(learning_rate_init=1e-3).fit(X, y, weights)
    for name, start in (("coefs_", coefs), ("intercepts_", intercepts)):
        for i, before in enumerate(start):
            slope = (before - getattr(model, name)[i]) / 1e-3
            for place in list(np.ndindex(before.shape))[:8]:
                kept, losses = before[place], []
                for width in (1e-5, -1e-5):
                    before[place] = kept + width
                    losses.append(reported_loss(model, coefs, intercepts, X, y, weights))
                before[place] = kept
                quotient = (losses[0] - losses[1]) / 2e-5
                assert slope[place] == pytest.approx(quotient, rel=1e-6, abs=1e-8)
