"""The frozen predictor: what the estimator predicts, for a row or a few, whatever happens to it."""

import pickle
import threading

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import NotFittedError

from chainrule import (
    InputError,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SHORT = {"hidden_layer_sizes": (5, 4), "max_iter": 3, "random_state": 0}
CASES = [
    (MLPClassifier(**SHORT), "binary", "predict_proba"),
    (MLPClassifier(**SHORT), "multiclass", "predict_proba"),
    (MLPClassifier(**SHORT), "multilabel", "predict_proba"),
    (MLPClassifier(**SHORT, restarts=3, combine="average"), "binary", "predict_proba"),
    (MLPClassifier(**SHORT, restarts=2), "multiclass", "predict_proba"),
    (MLPRegressor(**SHORT), "regression", "predict"),
    (MLPRegressor(**SHORT), "multioutput", "predict"),
    (MLPRegressor(**SHORT, loss="poisson"), "poisson", "predict"),
    (MLPRegressor(**SHORT, restarts=3, combine="average"), "multioutput", "predict"),
    (LogisticRegression(), "binary", "predict_proba"),
    (LogisticRegression(), "multiclass", "predict_proba"),
    (LogisticRegression(), "multilabel", "predict_proba"),
    (LinearRegression(), "regression", "predict"),
    (LinearRegression(), "multioutput", "predict"),
    (Perceptron(max_iter=5, random_state=0), "binary", "decision_function"),
    (Perceptron(max_iter=5, random_state=0), "multiclass", "decision_function"),
    (Perceptron(max_iter=5, random_state=0), "multilabel", "decision_function"),
]
NAMES = [
    f"{type(model).__name__} {task} {model.get_params().get('combine')}" for model, task, _ in CASES
]


@pytest.fixture
def fitted(table):
    X, y = table("binary")
    return MLPClassifier(**SHORT).fit(X, y), X


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("model", "task", "method"), CASES, ids=NAMES)
def test_it_predicts_what_the_estimator_predicts(model, task, method, dtype, table):
    X, y = table(task)
    X = X.astype(dtype)
    predictor = model.fit(X, y).compiled_predictor()
    expected = getattr(model, method)(X)
    tolerance = {"rtol": 1e-5, "atol": 1e-6} if dtype == np.float32 else {"rtol": 1e-12}
    for rows in (slice(None), slice(3, 4), slice(5, 12)):
        given = predictor(X[rows])
        assert given.shape == expected[rows].shape
        assert given.dtype == dtype
        np.testing.assert_allclose(given, expected[rows], **tolerance)
    assert np.shape(predictor(X[3])) == expected.shape[1:]
    np.testing.assert_array_equal(predictor(X[3]), predictor(X[3:4])[0])
    assert predictor.n_features_in_ == 6
    if hasattr(model, "classes_"):
        np.testing.assert_array_equal(predictor.classes_, model.classes_)
    else:
        assert predictor.classes_ is None


@pytest.mark.parametrize("activation", sorted(HIDDEN_ACTIVATIONS))
def test_every_activation(activation, table):
    X, y = table("multiclass")
    model = MLPClassifier(**SHORT, activation=activation).fit(X, y)
    np.testing.assert_allclose(model.compiled_predictor()(X), model.predict_proba(X), rtol=1e-12)


def test_several_tries_are_told_apart_from_the_best(table):
    X, y = table("binary")
    average = MLPClassifier(**SHORT, restarts=3, combine="average").fit(X, y)
    best = MLPClassifier(**SHORT, restarts=3).fit(X, y)
    assert not np.allclose(average.compiled_predictor()(X), best.compiled_predictor()(X))


@pytest.mark.parametrize("kind", ["list", "float32", "integers", "fortran", "read-only", "strided"])
def test_rows_of_any_kind_are_taken(kind, fitted):
    model, X = fitted
    X = np.round(X)
    read_only = X.copy()
    read_only.flags.writeable = False
    given = {
        "list": X.tolist(),
        "float32": X.astype(np.float32),
        "integers": X.astype(np.int64),
        "fortran": np.asfortranarray(X),
        "read-only": read_only,
        "strided": np.repeat(X, 2, axis=0)[::2],
    }[kind]
    np.testing.assert_allclose(model.compiled_predictor()(given), model.predict_proba(X))


def test_no_rows(fitted):
    assert fitted[0].compiled_predictor()(np.empty((0, 6))).shape == (0, 2)


@pytest.mark.parametrize("shape", [(), (5,), (7,), (2, 5), (6, 2), (0,), (1, 1, 6)])
def test_rows_of_another_shape_are_refused(shape, fitted):
    with pytest.raises(InputError) as refused:
        fitted[0].compiled_predictor()(np.ones(shape))
    expected = f"takes a row of shape (6,) or rows of shape (m, 6); got shape {shape}"
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("x", "kind"),
    [
        (["a"] * 6, "list"),
        (sp.eye(6, format="csr"), "csr"),
        ([[1.0], [1.0, 2.0]], "list"),
        ({}, "dict"),
    ],
)
def test_what_is_not_a_table_of_numbers_is_refused(x, kind, fitted):
    with pytest.raises(InputError, match=f"takes an array of numbers, which this {kind}"):
        fitted[0].compiled_predictor()(x)


def test_nan_in_a_row_is_nan_in_what_is_returned(fitted):
    model, X = fitted
    X = X.copy()
    X[1, 2] = np.nan
    given = model.compiled_predictor()(X)
    assert np.isnan(given[1]).all()
    assert np.isfinite(np.delete(given, 1, axis=0)).all()


def test_it_is_frozen(fitted, table):
    model, X = fitted
    predictor = model.compiled_predictor()
    before = predictor(X)
    model.coefs_[0] *= 2
    np.testing.assert_array_equal(predictor(X), before)
    np.testing.assert_allclose(model.compiled_predictor()(X), model.predict_proba(X), rtol=1e-12)
    model.fit(*table("multiclass"))
    model.classes_[:] = "z"
    np.testing.assert_array_equal(predictor(X), before)
    assert predictor.classes_.tolist() == ["no", "yes"]


def test_what_it_returns_is_the_callers(fitted):
    model, X = fitted
    predictor = model.compiled_predictor()
    first = predictor(X[0])
    kept = first.copy()
    predictor(X[1])
    np.testing.assert_array_equal(first, kept)
    first[:] = 7
    np.testing.assert_array_equal(predictor(X[0]), kept)


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize(("model", "task", "method"), CASES, ids=NAMES)
def test_it_can_be_pickled(model, task, method, protocol, table):
    del method
    X, y = table(task)
    predictor = model.fit(X, y).compiled_predictor()
    again = pickle.loads(pickle.dumps(predictor, protocol))  # noqa: S301 (our own)
    np.testing.assert_array_equal(again(X), predictor(X))
    np.testing.assert_array_equal(again(X[0]), predictor(X[0]))
    np.testing.assert_array_equal(again.classes_, predictor.classes_)


def test_after_pickling_the_estimator(fitted):
    model, X = fitted
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 (our own)
    np.testing.assert_array_equal(again.compiled_predictor()(X), model.compiled_predictor()(X))


def test_threads_may_share_one(fitted):
    model, X = fitted
    predictor = model.compiled_predictor()
    expected = predictor(X)
    wrong = []

    def work(first):
        for turn in range(200):
            row = (first + turn) % len(X)
            if not np.array_equal(predictor(X[row]), expected[row]):
                wrong.append(row)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("kind", sorted({type(model) for model, _, _ in CASES}, key=str))
def test_there_is_none_before_the_fit(kind):
    with pytest.raises(NotFittedError):
        kind().compiled_predictor()


def test_weights_set_by_hand_that_do_not_fit_are_refused(fitted):
    model, _ = fitted
    model.coefs_[0] = np.ones((3, 5))
    with pytest.raises(InputError, match=r"coefs_\[0\] has 3 rows, but 6 are needed"):
        model.compiled_predictor()
