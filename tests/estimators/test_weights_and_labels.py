"""How much rows and classes count, several labels, and training that goes on after a file."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model as linear
from numpy.testing import assert_allclose
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import PredefinedSplit
from sklearn.multioutput import MultiOutputClassifier
from sklearn.utils import compute_class_weight

from chainrule import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    schedules,
)
from chainrule.tables import load_example
from chainrule.workflow import TrainSettings, load_model, save_model, train
from chainrule.workflow.model import network_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
QUICK = {"hidden_layer_sizes": (6,), "random_state": 0, "max_iter": 8, "learning_rate_init": 0.02}
BY_CLASS = {"a": 2.0, "b": 0.5, "c": 3.0}


def assert_same(one, other, **tolerance):
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        if tolerance:
            assert_allclose(a, b, **tolerance)
        else:
            np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------ weights of rows


@pytest.mark.parametrize("solver", ["gd", "lbfgs", "newton"])
@pytest.mark.parametrize("kind", [LogisticRegression, LinearRegression])
def test_a_weight_of_two_is_two_rows(table, kind, solver):
    X, y = table("regression" if kind is LinearRegression else "multiclass")
    times = np.arange(60) % 3  # 0 leaves a row out
    settings = {"solver": solver, "max_iter": 50, "alpha": 0.5, "l1": 0.3, "tol": 1e-9}
    weighted = kind(**settings).fit(X, y, times)
    repeated = kind(**settings).fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    assert_same(weighted, repeated, rtol=1e-5, atol=1e-7)
    assert weighted.loss_ == pytest.approx(repeated.loss_, rel=1e-8)


@pytest.mark.parametrize("task", ["binary", "multilabel", "multioutput"])
def test_networks_too(table, task):
    X, y = table(task)
    times = np.arange(60) % 3
    kind = MLPRegressor if task == "multioutput" else MLPClassifier
    weighted = kind(**QUICK, solver="gd", alpha=0.5).fit(X, y, times)
    again = kind(**QUICK, solver="gd", alpha=0.5)
    again.fit(np.repeat(X, times, axis=0), np.repeat(y, times, axis=0))
    assert_same(weighted, again, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("how", ["given", "split off"])
def test_weights_go_with_the_rows_that_are_held_out(table, how):
    # Wrong labels do no harm to what is held out as long as they do not count.
    X, y = table("binary", rows=200)
    weights = np.arange(200) % 5.0
    spoiled = np.where(weights == 0, np.where(y == "yes", "no", "yes"), y)
    first = slice(0, 100)
    model = MLPClassifier(**QUICK, early_stopping=True)
    if how == "given":
        held_out = X[first], spoiled[first], weights[first]
        model.fit(X[100:], spoiled[100:], weights[100:], validation_data=held_out)
    else:
        model.set_params(validation_splitter=PredefinedSplit(np.repeat([0, -1], 100)))
        model.fit(X, spoiled, weights)
    best = model.history_[model.best_epoch_ - 1]
    expected = model.score(X[first], y[first], weights[first])
    assert best.validation_score == pytest.approx(expected, rel=1e-12)
    p = model.predict_proba(X[first])
    expected = log_loss(y[first], p, sample_weight=weights[first])
    assert best.validation_loss == pytest.approx(expected, rel=1e-12)


# ------------------------------------------------------------------ weights of classes


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
@pytest.mark.parametrize("weights", [BY_CLASS, "balanced"])
def test_class_weights_reach_the_optimum_of_scikit_learns(table, weights, solver):
    X, y = table("multiclass")
    keep = (y != "c") | (np.arange(60) % 4 == 0)  # unbalanced
    X, y = X[keep], y[keep]
    model = LogisticRegression(class_weight=weights, alpha=0.5, solver=solver, tol=1e-10).fit(X, y)
    expected = linear.LogisticRegression(C=2.0, class_weight=weights, tol=1e-10, max_iter=1000)
    close = 1e-5 if solver == "newton" else 3e-4  # SciPy's stops where the error hardly falls
    assert_allclose(model.predict_proba(X), expected.fit(X, y).predict_proba(X), atol=close)
    plain = LogisticRegression(alpha=0.5).fit(X, y)
    assert np.abs(plain.predict_proba(X) - model.predict_proba(X)).max() > 0.02


def test_balanced_by_hand(table):
    X, y = table("binary")
    keep = (y == "yes") | (np.arange(60) % 3 == 0)
    X, y = X[keep], y[keep]
    weights = compute_class_weight("balanced", classes=np.array(["no", "yes"]), y=y)
    assert weights[0] > 1.3
    by_row = np.where(y == "no", weights[0], weights[1])
    for kind in (MLPClassifier, LogisticRegression, Perceptron):
        settings = QUICK if kind is MLPClassifier else {"max_iter": 20, "random_state": 0}
        model = kind(**settings, class_weight="balanced").fit(X, y)
        assert_same(model, kind(**settings).fit(X, y, by_row))


def test_class_weights_count_in_held_out_rows_that_are_given(table):
    X, y = table("multiclass")
    model = MLPClassifier(**QUICK, class_weight=BY_CLASS)
    model.fit(X[:40], y[:40], validation_data=(X[40:], y[40:]))
    by_row = [BY_CLASS[label] for label in y[40:]]
    expected = log_loss(y[40:], model.predict_proba(X[40:]), sample_weight=by_row)
    assert model.history_[-1].validation_loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("how", ["fit", "partial_fit"])
def test_weights_of_several_labels_are_multiplied(table, how):
    X, y = table("multilabel")
    weights = [{0: 1.0, 1: 2.0}, {0: 3.0, 1: 1.0}, {0: 1.0, 1: 1.0}]
    by_row = (1.0 + y[:, 0]) * (3.0 - 2.0 * y[:, 1])
    first = {"classes": np.arange(3)} if how == "partial_fit" else {}
    model = getattr(MLPClassifier(**QUICK, class_weight=weights), how)(X, y, **first)
    assert_same(model, getattr(MLPClassifier(**QUICK), how)(X, y, by_row, **first))
    with pytest.raises(ValueError, match="list of dicts"):
        model.set_params(class_weight={0: 1, 1: 2}).fit(X, y)


# ------------------------------------------------------------------ several labels


@pytest.mark.parametrize("sparse", [False, True])
def test_several_labels_are_learned_in_parts(table, sparse):
    X, y = table("multilabel", rows=120)
    labels = sp.csr_array(y) if sparse else y
    model = MLPClassifier(**{**QUICK, "hidden_layer_sizes": (12,)})
    for epoch in range(60):
        for i in range(0, 120, 30):
            first = {"classes": np.arange(3)} if epoch == i == 0 else {}
            model.partial_fit(X[i : i + 30], labels[i : i + 30], **first)
    answer = model.predict(X)
    assert sp.issparse(answer) == sparse
    assert ((answer.toarray() if sparse else answer) == y).mean() > 0.9
    assert model.predict_proba(X).shape == (120, 3)
    assert min(roc_auc_score(y[:, j], model.predict_proba(X)[:, j]) for j in range(3)) > 0.95


def test_labels_without_hidden_layer_are_one_regression_each(table):
    X, y = table("multilabel")
    model = LogisticRegression(alpha=0.5, tol=1e-10).fit(X, y)
    each = MultiOutputClassifier(linear.LogisticRegression(C=2.0, tol=1e-10)).fit(X, y)
    expected = np.vstack([one.coef_ for one in each.estimators_])
    assert_allclose(model.coef_, expected, atol=1e-5)
    np.testing.assert_array_equal(model.predict(X), each.predict(X))


@pytest.mark.parametrize("given", [np.arange(2), np.arange(4)])
def test_labels_of_another_number_are_refused(table, given):
    X, y = table("multilabel")
    model = MLPClassifier(**QUICK).partial_fit(X, y, classes=np.arange(3))
    with pytest.raises(ValueError, match="classes"):
        model.partial_fit(X, y, classes=given)


# ------------------------------------------------------------------ a file in the middle


def go_on(network, X, y, epochs):
    for _ in range(epochs):
        network.partial_fit(X, y)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("penguins", {"solver": "adam", "dropout": 0.2, "input_noise": 0.1}),
        ("penguins", {"solver": "momentum", "schedule": "cosine"}),
        ("diabetes", {"solver": "nadam", "l1": 0.1}),
    ],
)
def test_training_goes_on_after_a_model_file_as_if_there_had_been_none(name, settings, tmp_path):
    example = load_example(name)
    settings = {**settings, "early_stopping": False, "hidden_layer_sizes": (8,), "epochs": 4}
    model = train(example, TrainSettings(**settings)).model
    save_model(tmp_path / "whole.chainrule", model, optimizer_state=True)
    save_model(tmp_path / "lean.chainrule", model)
    loaded, lean = (
        network_of(load_model(tmp_path / f"{kind}.chainrule").pipeline)
        for kind in ("whole", "lean")
    )
    network = network_of(model.pipeline)
    X = model.pipeline.named_steps["encoder"].transform(example.frame)
    rng = np.random.default_rng(0)
    y = rng.choice(network.classes_, len(X)) if name == "penguins" else rng.normal(size=len(X))
    for one in (network, loaded, lean):
        go_on(one, X, y, 3)
    assert_same(network, loaded)
    assert network.history_.column("train_loss") == loaded.history_.column("train_loss")
    # Without what the optimizer remembers it begins anew from the same weights.
    assert any((a != b).any() for a, b in zip(network.coefs_, lean.coefs_, strict=True))


@pytest.mark.parametrize("task", ["binary", "multilabel", "multioutput"])
def test_pickled_between_any_two_steps(table, task):
    X, y = table(task)
    kind = MLPRegressor if task == "multioutput" else MLPClassifier
    everything = {"dropout": 0.3, "input_dropout": 0.1, "input_noise": 0.2, "early_stopping": True}
    schedule = schedules.WarmUp(schedule="cosine", over=3, by="step")
    one = kind(**QUICK, **everything, learning_rate=schedule).initialize(X, y)
    other = pickle.loads(pickle.dumps(one))  # noqa: S301 (our own)
    for i in range(6):
        rows = slice(10 * i, 10 * i + 10)
        for model in (one, other):
            model.step(X[rows], y[rows])
            model.partial_fit(X, y)
        other = pickle.loads(pickle.dumps(other))  # noqa: S301
        assert_same(one, other)
    assert one.history_.column("train_loss") == other.history_.column("train_loss")
