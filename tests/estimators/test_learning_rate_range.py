"""The learning-rate range test: the curve, what it suggests, and what it leaves alone."""

import copy

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from chainrule import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    find_learning_rate,
)
from chainrule.errors import InputError
from chainrule.estimators.learning_rate_range import _suggest

NETWORK = {"hidden_layer_sizes": (8,), "random_state": 0, "batch_size": 20}
ESTIMATORS = {
    "classifier": (MLPClassifier(**NETWORK), "multiclass"),
    "labels": (MLPClassifier(**NETWORK, solver="sgd"), "multilabel"),
    "regressor": (MLPRegressor(**NETWORK, dropout=0.2), "multioutput"),
    "counts": (MLPRegressor(**NETWORK, loss="poisson"), "poisson"),
    "restarts": (MLPClassifier(**NETWORK, restarts=3), "binary"),
    "schedule": (MLPClassifier(**NETWORK, learning_rate="cosine"), "binary"),
    "perceptron": (Perceptron(random_state=0), "multiclass"),
    "logistic": (LogisticRegression(solver="nesterov", random_state=0), "binary"),
    "linear": (LinearRegression(solver="gd"), "regression"),
}


@pytest.fixture(params=ESTIMATORS)
def case(request, table):
    """Return an estimator and rows for it."""
    estimator, task = ESTIMATORS[request.param]
    return copy.deepcopy(estimator), *table(task)


def test_the_curve(case):
    found = find_learning_rate(*case, low=1e-5, high=100.0, steps=90)
    taken = len(found.rates)
    assert 2 <= taken <= 90
    assert found.losses.shape == found.smoothed.shape == (taken,)
    # Each rate is larger by the same factor.
    np.testing.assert_allclose(found.rates, np.geomspace(1e-5, 100, 90)[:taken], rtol=1e-12)
    # The running average, with its beginning at 0 taken out: Σ 0.9ᵏ losses / Σ 0.9ᵏ.
    for end in (1, 2, taken):
        shares = 0.9 ** np.arange(end)[::-1]
        assert found.smoothed[end - 1] == pytest.approx(
            shares @ found.losses[:end] / shares.sum(), rel=1e-9
        )
    assert np.isclose(found.suggestion, found.rates / 10, rtol=1e-12).any()


def test_it_is_over_when_the_error_is_lost():
    # Gradient descent on a quadratic grows as soon as α is above 2 / the largest curvature.
    model = LinearRegression(solver="gd", random_state=0)
    X, y = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([0.0, 2.0, 1.0, 5.0])
    wide = np.column_stack([X, np.ones(4)])
    limit = 2 / np.linalg.norm(wide.T @ wide / 4, 2)
    found = find_learning_rate(model, X, y, low=1e-4, high=1e2, steps=400)
    assert len(found.rates) < 400
    assert found.smoothed[-1] > 4 * found.smoothed.min()
    assert found.rates[-1] > limit
    assert 0.02 * limit < found.suggestion < limit


def test_the_first_error_is_that_of_the_first_weights(table):
    X, y = table("regression")
    found = find_learning_rate(LinearRegression(solver="gd"), X, y)
    assert found.losses[0] == pytest.approx(0.5 * np.mean(y**2), rel=1e-9)  # all weights 0
    weights = np.arange(60) % 3.0
    found = find_learning_rate(LinearRegression(solver="gd"), X, y, sample_weight=weights)
    assert found.losses[0] == pytest.approx(0.5 * np.average(y**2, weights=weights), rel=1e-9)


def test_the_estimator_is_left_as_it_was(case):
    estimator, X, y = case
    before, rows, targets = copy.deepcopy(vars(estimator)), X.copy(), copy.deepcopy(y)
    find_learning_rate(estimator, X, y, steps=20)
    assert vars(estimator) == before
    np.testing.assert_array_equal(X, rows)
    np.testing.assert_array_equal(y, targets)
    with pytest.raises(NotFittedError):
        estimator.predict(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_fitted_estimator_stays_fitted_and_a_generator_where_it_was(table):
    X, y = table("binary")
    random = np.random.RandomState(4)
    model = MLPClassifier((4,), max_iter=3, random_state=random).fit(X, y)
    expected, state = model.predict_proba(X), random.get_state()[2]
    find_learning_rate(model, X, y, steps=20)
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    assert random.get_state()[2] == state
    assert len(model.history_) == 3


def test_the_same_seed_gives_the_same_curve(case):
    estimator, X, y = case
    estimator.set_params(random_state=1)
    first, second = (find_learning_rate(estimator, X, y, steps=30) for _ in range(2))
    np.testing.assert_array_equal(first.losses, second.losses)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["sgd", "adam", "rmsprop"])
def test_the_suggestion_trains_well(table, solver):
    X, y = table("multiclass")
    settings = {**NETWORK, "solver": solver, "max_iter": 60}
    suggestion = find_learning_rate(MLPClassifier(**settings), X, y).suggestion

    def trained(rate):
        return MLPClassifier(**settings, learning_rate_init=rate).fit(X, y).history_[-1].train_loss

    good = trained(suggestion)
    assert good < 0.8 * trained(suggestion / 1000)
    assert good < 0.7


def suggested(losses):
    losses = np.array(losses, dtype=float)
    steps = np.arange(1, len(losses) + 1)
    weights = 0.9 ** (steps[:, None] - steps) * (steps <= steps[:, None])
    rates = np.geomspace(1e-3, 10, len(losses))
    return _suggest(rates, losses, weights @ losses / weights.sum(axis=1))


def test_a_tenth_of_the_rate_with_the_smallest_error():
    losses = np.concatenate([np.ones(40), np.linspace(1, 0.2, 30), np.linspace(0.2, 3, 30)])
    found = suggested(losses)
    best = found.smoothed.argmin()
    assert 60 < best < 80
    assert found.suggestion == pytest.approx(found.rates[best] / 10)
    assert found.reason == (
        f"the average error is smallest, {found.smoothed[best]:.4g}, at a rate of "
        f"{found.rates[best]:.2g}; a tenth of that is safe for a whole training"
    )
    assert repr(found) == f"LearningRateRange(suggestion={found.suggestion:.2g}: {found.reason})"


def test_an_error_that_still_falls_at_the_end():
    found = suggested(np.linspace(1, 0.5, 100))
    assert found.suggestion == pytest.approx(1)
    assert found.reason.startswith("the error still fell at the end; a tenth of the largest rate")


def test_a_lucky_first_batch_is_no_minimum():
    # Nothing is learned at such rates, and what differs is the mini-batches.
    found = suggested([0.1, *np.tile([0.9, 1.1], 30), 1.0])
    assert found.suggestion == pytest.approx(1)
    assert found.reason.startswith("the error hardly changed at any rate, so that high may be")


def test_weights_that_cannot_be_bettered():
    found = suggested([*np.tile([0.9, 1.1], 30), *np.geomspace(1.2, 10, 20)])
    start = found.rates[60] / 10
    assert 0.5 * start < found.suggestion < 1.5 * start
    assert "the error never fell clearly, and rises from a rate of" in found.reason


def test_sparse_rows(table, sparse_kind):
    X, y = table("binary")
    dense = find_learning_rate(MLPClassifier(**NETWORK), X, y, steps=30)
    sparse = find_learning_rate(MLPClassifier(**NETWORK), sparse_kind(X), y, steps=30)
    np.testing.assert_allclose(sparse.losses, dense.losses, rtol=1e-6)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    "settings",
    [
        {"low": 0},
        {"low": 1, "high": 1},
        {"low": -1},
        {"high": np.inf},
        {"low": np.nan},
        {"steps": 1},
    ],
)
def test_a_range_that_makes_no_sense(table, settings):
    with pytest.raises(InputError, match="needs 0 < low < high and at least two steps"):
        find_learning_rate(MLPClassifier(), *table("binary"), **settings)


@pytest.mark.parametrize(
    ("estimator", "solver"),
    [
        (LogisticRegression(), "newton"),
        (LogisticRegression(solver="lbfgs"), "lbfgs"),
        (MLPClassifier(solver="lbfgs"), "lbfgs"),
    ],
)
def test_a_solver_without_a_rate(table, estimator, solver):
    with pytest.raises(InputError, match=f"solver='{solver}' has no learning rate"):
        find_learning_rate(estimator, *table("binary"))


def test_what_cannot_be_fitted_cannot_be_tried(table):
    X, y = table("binary")
    with pytest.raises(ValueError, match="'alpha' parameter of MLPClassifier"):
        find_learning_rate(MLPClassifier(alpha=-1), X, y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        find_learning_rate(MLPClassifier(), X, y[:-1])


def test_rows_that_are_too_large(table):
    X, y = table("regression")
    with pytest.raises(InputError, match="look for very large values in the data"):
        find_learning_rate(LinearRegression(solver="gd"), X, 1e200 * y)


@pytest.mark.parametrize("other", [object(), "adam", MLPClassifier])
def test_what_is_no_network(table, other):
    with pytest.raises(InputError, match="is for this package's estimators"):
        find_learning_rate(other, *table("binary"))
