"""The quick way to a prediction: nobody can tell it from the usual way but by the clock."""

import copy
import gc
import pickle
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn
from sklearn.exceptions import NotFittedError

from chainrule import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from chainrule.estimators import _fitted, _quick

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SHORT = {"hidden_layer_sizes": (5, 4), "max_iter": 3, "random_state": 0}
MODELS = {
    "classifier": (MLPClassifier(**SHORT), "binary"),
    "classifier of three": (MLPClassifier(**{**SHORT, "hidden_layer_sizes": [5]}), "multiclass"),
    "labels": (MLPClassifier(**SHORT), "multilabel"),
    "average": (MLPClassifier(**SHORT, restarts=2, combine="average"), "binary"),
    "regressor": (MLPRegressor(**SHORT), "regression"),
    "poisson": (MLPRegressor(**SHORT, loss="poisson"), "poisson"),
    "logistic": (LogisticRegression(), "binary"),
    "softmax": (LogisticRegression(), "multiclass"),
    "linear": (LinearRegression(), "multioutput"),
    "perceptron": (Perceptron(max_iter=5, random_state=0), "binary"),
}
METHODS = ("predict", "predict_proba", "decision_function")


def ask(model, X):
    """Return what each method answers: numbers, or the error and the warnings."""
    answers = []
    for method in METHODS:
        if not hasattr(model, method):
            continue
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                answer = getattr(model, method)(X)
            except Exception as error:  # noqa: BLE001 (whatever it is, both ways must raise it)
                answer = (type(error), str(error))
        answers.append((method, answer, [(w.category, str(w.message)) for w in said]))
    return answers


def assert_same(quick, usual):
    for (method, given, said), (_, expected, said_usually) in zip(quick, usual, strict=True):
        assert said == said_usually, method
        assert type(given) is type(expected), (method, given, expected)
        if isinstance(given, tuple):
            assert given == expected
        else:
            assert given.dtype == expected.dtype
            np.testing.assert_array_equal(given, expected)


@pytest.fixture
def both_ways(monkeypatch):
    """Return a function that asks a model by the quick way, if that is taken, and the usual."""

    def ask_both(model, X):
        quick = ask(model, X)
        with monkeypatch.context() as patch:
            patch.setattr(_fitted, "quick_outputs", lambda *_, **__: None)
            usual = ask(model, X)
        return quick, usual

    return ask_both


def takes_quick_way(model, X):
    return _quick.quick_outputs(model, X, logits=False, complement=False) is not None


def inputs(X):
    """Return tables that are right or wrong in many ways."""
    wrong, infinite, read_only = X.copy(), X.copy(), X.copy()
    wrong[2, 1], infinite[-1, 0] = np.nan, -np.inf
    read_only.flags.writeable = False
    shifted = np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(X.dtype).reshape(X.shape)
    return {
        "as in fit": X,
        "one row": X[:1].copy(),
        "float32": X.astype(np.float32),
        "float64": X.astype(np.float64),
        "half": X.astype(np.float16),
        "long": X.astype(np.longdouble),
        "integers": np.round(X).astype(int),
        "booleans": X > 0,
        "complex": X.astype(complex),
        "other byte order": X.astype(X.dtype.newbyteorder()),
        "fortran": np.asfortranarray(X),
        "strided": np.repeat(X, 2, axis=0)[::2],
        "read-only": read_only,
        "unaligned": shifted,
        "too narrow": X[:, :5].copy(),
        "too wide": np.hstack([X, X]),
        "no rows": X[:0].copy(),
        "no columns": X[:, :0].copy(),
        "a row without brackets": X[0].copy(),
        "a number": np.float64(3),
        "three dimensions": X[None].copy(),
        "list": X.tolist(),
        "frame": pd.DataFrame(X, columns=list("abcdef")),
        "sparse": sp.csr_array(X),
        "masked": np.ma.masked_array(X),
        "nan": wrong,
        "infinite": infinite,
        "too large for float32": np.full_like(X, 1e300, dtype=np.float64),
        "text": np.array([["a"] * 6]),
        "objects": X.astype(object),
        "none": None,
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", MODELS)
def test_both_ways_say_the_same_of_any_input(name, dtype, table, both_ways):
    model, task = MODELS[name]
    X, y = table(task)
    X = X.astype(dtype)
    model.fit(X, y)
    for kind, given in inputs(X).items():
        try:
            assert_same(*both_ways(model, given))
        except AssertionError as error:
            raise AssertionError(f"{kind}: {error}") from error


@pytest.mark.parametrize("name", MODELS)
def test_the_quick_way_is_taken_where_it_may_be(name, table):
    model, task = MODELS[name]
    X, y = table(task)
    model.fit(X, y)
    taken = {kind for kind, given in inputs(X).items() if takes_quick_way(model, given)}
    ordinary = {"as in fit", "one row", "float32", "float64", "too large for float32"}
    assert taken == (set() if name == "average" else ordinary)


def test_a_table_fitted_with_names_warns_as_ever(table, both_ways):
    X, y = table("binary")
    model = MLPClassifier(**SHORT).fit(pd.DataFrame(X, columns=list("abcdef")), y)
    assert not takes_quick_way(model, X)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X)
    assert_same(*both_ways(model, X))


def test_finite_may_be_assumed(table, both_ways):
    X, y = table("binary")
    model = MLPClassifier(**SHORT).fit(X, y)
    X[0, 0] = np.nan
    with sklearn.config_context(assume_finite=True):
        quick, usual = both_ways(model, X)
        assert np.isnan(model.predict_proba(X)[0]).all()
    assert_same(quick, usual)


def test_not_fitted(table):
    X, y = table("binary")
    model = MLPClassifier(**SHORT)
    with pytest.raises(NotFittedError):
        model.predict_proba(X)
    model.fit(X, y).predict(X)
    del model.coefs_
    with pytest.raises(NotFittedError):
        model.predict_proba(X)


CHANGES = {
    "an array in place": lambda model: model.coefs_[1].__imul__(3),
    "a bias in place": lambda model: model.intercepts_[0].__iadd__(1),
    "another array": lambda model: model.coefs_.__setitem__(0, model.coefs_[0] * 2),
    "other arrays": lambda model: setattr(model, "coefs_", [2 * w for w in model.coefs_]),
    "another float type": lambda model: setattr(
        model, "coefs_", [w.astype(np.float32) for w in model.coefs_]
    ),
    "lists": lambda model: setattr(model, "intercepts_", [b.tolist() for b in model.intercepts_]),
    "integers": lambda model: setattr(model, "coefs_", [w.astype(int) for w in model.coefs_]),
    "columns first": lambda model: setattr(
        model, "coefs_", [*map(np.asfortranarray, model.coefs_)]
    ),
    "a wrong shape": lambda model: model.coefs_.__setitem__(0, np.ones((3, 5))),
    "a layer more": lambda model: model.coefs_.append(np.ones((1, 1))),
    "the activation": lambda model: model.set_params(activation="tanh"),
    "a list of activations": lambda model: model.set_params(activation=["tanh", "elu"]),
    "an activation there is not": lambda model: model.set_params(activation="rely"),
    "the sizes": lambda model: model.set_params(hidden_layer_sizes=(7,)),
    "the sizes as an array": lambda model: model.set_params(hidden_layer_sizes=np.array([5, 4])),
    "a list in place": lambda model: model.hidden_layer_sizes.append(2),
    "how many columns": lambda model: setattr(model, "n_features_in_", 5),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_after_a_prediction_counts(change, table, both_ways):
    X, y = table("binary")
    model = MLPClassifier(hidden_layer_sizes=[5, 4], max_iter=3, random_state=0).fit(X, y)
    before = model.predict_proba(X)
    assert takes_quick_way(model, X)
    CHANGES[change](model)
    quick, usual = both_ways(model, X)
    assert_same(quick, usual)
    now = quick[1][1]
    assert (
        isinstance(now, tuple)
        or change in ("another float type", "lists", "columns first", "the sizes as an array")
        or not np.allclose(now, before)
    )


def test_the_loss_of_a_regressor_may_be_changed(table, both_ways):
    X, y = table("poisson")
    model = MLPRegressor(**SHORT).fit(X, y)
    z = model.predict(X)
    model.set_params(loss="poisson")
    np.testing.assert_allclose(model.predict(X), np.exp(z))
    assert_same(*both_ways(model, X))


def test_another_fit_counts(table, both_ways):
    X, y = table("binary")
    model = MLPClassifier(**SHORT).fit(X, y)
    model.predict(X)
    model.partial_fit(X, y)
    assert_same(*both_ways(model, X))
    X, y = table("multiclass")
    model.fit(X[:, :4].copy(), y)
    assert_same(*both_ways(model, X[:, :4].copy()))


def pickled(model):
    return pickle.loads(pickle.dumps(model))  # noqa: S301 (our own)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_is_prepared_for_itself(way, table, both_ways):
    X, y = table("binary")
    model = MLPClassifier(**SHORT).fit(X, y)
    expected = model.predict_proba(X)
    other = way(model)
    np.testing.assert_array_equal(other.predict_proba(X), expected)
    other.intercepts_[0] = other.intercepts_[0] + 1
    other.coefs_ = [2 * w for w in other.coefs_]
    assert_same(*both_ways(other, X))
    assert not np.allclose(other.predict_proba(X), expected)


def test_nothing_is_remembered_of_an_estimator_that_is_gone(table):
    X, y = table("binary")
    model = MLPClassifier(**SHORT).fit(X, y)
    gc.collect()
    model.predict(X)
    remembered = len(_quick._seen)
    del model
    gc.collect()
    assert len(_quick._seen) == remembered - 1


def test_predicting_leaves_no_trace_on_the_estimator(table):
    X, y = table("binary")
    model = MLPClassifier(**SHORT).fit(X, y)
    before = dict(vars(model))
    state = pickle.dumps(model)
    model.predict_proba(X)
    assert vars(model) == before
    assert pickle.dumps(model) == state


def test_threads_may_share_an_estimator(table):
    X, y = table("binary")
    models = [MLPClassifier(**SHORT).fit(X, y)]
    models.append(pickled(models[0]))
    expected = models[0].predict_proba(X)
    wrong = []

    def work(first):
        for turn in range(100):
            row, model = (first + turn) % len(X), models[turn % 2]
            if not np.array_equal(model.predict_proba(X[row : row + 1]), expected[row : row + 1]):
                wrong.append(row)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
