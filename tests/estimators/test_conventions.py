"""The conventions of scikit-learn: clones, pickles, frames, pipelines, searches, routing, types."""

import copy
import pickle
import subprocess
import sys
import threading

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info, threadpool_limits

from chainrule import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
QUICK = {"hidden_layer_sizes": (8,), "random_state": 0, "max_iter": 6}
TASKS = ["binary", "multiclass", "multilabel", "regression", "poisson", "multioutput"]
LABELED = ("binary", "multiclass", "multilabel")


def make_model(task, **settings):
    if task in LABELED:
        return MLPClassifier(**{**QUICK, **settings})
    loss = "poisson" if task == "poisson" else "squared_error"
    return MLPRegressor(loss, **{**QUICK, **settings})


def outputs(model, X):
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_parameters(kind):
    model = kind(solver="sgd", l1=0.5, dropout=(0.1,), activation=["tanh"])
    parameters = model.get_params()
    assert (parameters["l1"], parameters["dropout"]) == (0.5, (0.1,))
    assert clone(model).get_params() == parameters
    assert model.set_params(alpha=3.0).alpha == 3.0
    assert kind(**parameters).get_params() == parameters
    with pytest.raises(ValueError, match="Invalid parameter 'alhpa'"):
        model.set_params(alhpa=1)
    assert "l1=0.5" in repr(model)


@pytest.mark.parametrize("solver", ["adam", "sgd", "gd", "lbfgs"])
@pytest.mark.parametrize("task", TASKS)
def test_pickle(table, task, solver):
    X, y = table(task)
    model = make_model(task, solver=solver).fit(X, y)
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    assert_array_equal(outputs(again, X), outputs(model, X))
    assert list(again.history_) == list(model.history_)
    if solver != "lbfgs":  # training goes on as if nothing had been
        for one in (model, again):
            one.partial_fit(X[:40], y[:40]).partial_fit(X[20:], y[20:])
        assert_array_equal(outputs(again, X), outputs(model, X))
        assert again.loss_curve_ == model.loss_curve_


def test_joblib_and_memory_mapping(table, tmp_path):
    X, y = table("binary")
    model = make_model("binary").fit(X, y)
    joblib.dump(model, tmp_path / "model")
    again = joblib.load(tmp_path / "model", mmap_mode="r")  # weights that cannot be written
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    again.partial_fit(X, y)
    model.partial_fit(X, y)
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_a_copy_is_independent(table):
    X, y = table("regression")
    model = make_model("regression").fit(X, y)
    before = model.predict(X)
    copy.deepcopy(model).partial_fit(X, y)
    assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_frames(table, make):
    X, y = table("binary")
    names = [f"column {i}" for i in range(6)]
    frame = make(dict(zip(names, X.T, strict=True)))
    labels = pd.Series(y) if make is pd.DataFrame else pl.Series(y)
    model = make_model("binary").fit(frame, labels, validation_data=(frame, labels))
    assert list(model.feature_names_in_) == names
    assert model.n_features_in_ == 6
    plain = make_model("binary").fit(X, y)
    assert not hasattr(plain, "feature_names_in_")
    assert_array_equal(model.predict_proba(frame), plain.predict_proba(X))
    other = make(dict(zip(names[::-1], X.T, strict=True)))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(other)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_pipelines_with_set_output(table, make, early_stopping):
    X, y = table("multiclass")
    frame = make({f"x{i}": part for i, part in enumerate(X.T)})
    kind = "pandas" if make is pd.DataFrame else "polars"
    settings = {"early_stopping": early_stopping}
    model = make_pipeline(StandardScaler(), make_model("multiclass", **settings))
    model.set_output(transform=kind).fit(frame, y)
    assert list(model[-1].feature_names_in_) == [f"x{i}" for i in range(6)]
    expected = make_pipeline(StandardScaler(), make_model("multiclass", **settings)).fit(X, y)
    # Frames lie in memory column by column, which scaling rounds otherwise.
    assert_allclose(model.predict_proba(frame), expected.predict_proba(X), rtol=1e-11)


def test_searches(table):
    X, y = table("binary")
    model = make_pipeline(StandardScaler(), make_model("binary"))
    grid = {
        "mlpclassifier__alpha": [0.01, 10.0],
        "mlpclassifier__activation": ["tanh", ("gelu",)],
        "mlpclassifier__solver": ["adam", "lbfgs"],
    }
    search = GridSearchCV(model, grid, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 8
    best = search.cv_results_["mean_test_score"][search.best_index_]
    assert best == cross_val_score(clone(search.best_estimator_), X, y, cv=2).mean()
    assert best > 0.6


def test_metadata_routing(table):
    X, y = table("binary")
    weights = np.arange(60) % 3.0
    held_out = (X[:20], y[:20])
    expected = make_model("binary").fit(X, y, weights, validation_data=held_out)
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_model("binary").set_fit_request(sample_weight=True, validation_data=True)
        pipeline = make_pipeline(model).fit(X, y, sample_weight=weights, validation_data=held_out)
        assert_array_equal(pipeline.predict_proba(X), expected.predict_proba(X))
        scores = pipeline[-1].validation_scores_
        assert scores == expected.validation_scores_
        model.set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"alpha": [1e-4]}, cv=2)
        search.fit(X, y, sample_weight=weights, validation_data=held_out)
        assert len(search.best_estimator_.validation_scores_) == 6
        assert_array_equal(search.predict_proba(X), expected.predict_proba(X))
        unasked = make_pipeline(make_model("binary"))
        with pytest.raises(ValueError, match="sample_weight"):
            unasked.fit(X, y, sample_weight=weights)


# ------------------------------------------------------------------ types of numbers


@pytest.mark.parametrize("solver", ["adam", "sgd", "gd", "lbfgs"])
@pytest.mark.parametrize("task", TASKS)
def test_float32_stays_float32(table, task, solver):
    X, y = table(task)
    model = make_model(task, solver=solver).fit(X.astype(np.float32), y)
    assert {part.dtype for part in model.coefs_ + model.intercepts_} == {np.dtype(np.float32)}
    assert outputs(model, X.astype(np.float32)).dtype == np.float32
    double = make_model(task, solver=solver).fit(X, y)
    assert {part.dtype for part in double.coefs_ + double.intercepts_} == {np.dtype(np.float64)}
    if solver != "lbfgs":
        assert_allclose(outputs(model, X), outputs(double, X), atol=2e-3)


def test_weights_and_scores_do_not_change_the_type(table):
    X, y = table("binary")
    X = X.astype(np.float32)
    weights = np.linspace(1, 2, 60)
    model = make_model("binary", early_stopping=True, class_weight="balanced")
    model.fit(X, y, sample_weight=weights, validation_data=(X.astype(np.float64), y))
    assert model.coefs_[0].dtype == np.float32
    model.set_params(early_stopping=False, class_weight=None).partial_fit(X, y)
    assert model.coefs_[0].dtype == np.float32


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_sparse_equals_dense(table, task, early_stopping, sparse_kind):
    X, y = table(task)
    given = sparse_kind(X)
    dense = make_model(task, early_stopping=early_stopping, batch_size=7)
    sparse = clone(dense).fit(given, y, validation_data=None)
    dense.fit(X, y)
    assert_allclose(outputs(sparse, given), outputs(dense, X), rtol=1e-10, atol=1e-13)
    assert_allclose(sparse.loss_curve_, dense.loss_curve_, rtol=1e-10)
    held_out = clone(dense).fit(given, y, validation_data=(given, y))
    expected = clone(dense).fit(X, y, validation_data=(X, y))
    assert_allclose(held_out.validation_scores_, expected.validation_scores_, rtol=1e-10)


@pytest.mark.parametrize("layout", [sp.coo_array, sp.dok_array, sp.bsr_array, sp.dia_array])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_other_sparse_layouts(table, layout, early_stopping):
    X, y = table("binary")
    model = make_model("binary", early_stopping=early_stopping)
    expected = clone(model).fit(sp.csr_array(X), y).predict_proba(X)
    assert_allclose(model.fit(layout(X), y).predict_proba(layout(X)), expected, rtol=1e-10)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_rows_as_lists(table, early_stopping):
    X, y = table("binary")
    model = make_model("binary", early_stopping=early_stopping)
    expected = clone(model).fit(X, y).predict_proba(X)
    assert_array_equal(model.fit(X.tolist(), y.tolist()).predict_proba(X.tolist()), expected)


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda X: np.repeat(X, 2, axis=1)[:, ::2]])
def test_layouts_in_memory(table, layout):
    X, y = table("binary")
    expected = make_model("binary").fit(X, y).predict_proba(X)
    other = layout(X)
    assert_array_equal(make_model("binary").fit(other, y).predict_proba(other), expected)


def test_what_was_given_is_not_changed(table):
    X, y = table("regression")
    weights = np.linspace(1, 2, 60)
    kept = X.copy(), y.copy(), weights.copy()
    for part in (X, y, weights):
        part.flags.writeable = False
    for settings in ({}, {"early_stopping": True}, {"solver": "lbfgs"}, {"shuffle": False}):
        make_model("regression", **settings).fit(X, y, sample_weight=weights).predict(X)
    for part, before in zip((X, y, weights), kept, strict=True):
        assert_array_equal(part, before)


@pytest.mark.parametrize("labels", [["b", "a"], [True, False], [7, -3], [2.0, 1.0]])
def test_labels_of_any_type(table, labels):
    X, y = table("binary")
    y = np.array(labels)[(y == "yes").astype(int)]
    model = make_model("binary").fit(X, y)
    assert_array_equal(model.classes_, np.unique(labels))
    assert model.predict(X).dtype == np.asarray(labels).dtype
    assert set(model.predict(X)) <= set(labels)


# ------------------------------------------------------------------ the same bits


def make_wide(seed, **settings):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(900, 40)), rng.integers(0, 3, 900)
    if settings.get("solver") != "lbfgs":
        settings["dropout"] = 0.1
    model = MLPClassifier((120, 80), random_state=seed, max_iter=3, **settings)
    return model, X.astype(np.float32), y


@pytest.mark.parametrize("solver", ["adam", "muon", "gd", "lbfgs"])
def test_any_number_of_threads_gives_the_same_bits(solver):
    results = []
    for count in (1, 2, 1):
        model, X, y = make_wide(3, solver=solver, early_stopping=True)
        with threadpool_limits(count, "blas"):
            model.fit(X, y)
            results.append((model.predict_proba(X), model.loss_curve_, model.coefs_[0]))
    for result in results[1:]:
        for part, expected in zip(result, results[0], strict=True):
            assert_array_equal(part, expected)


def test_two_fits_at_the_same_time_give_the_same_bits():
    alone = []
    for seed in (1, 2):
        model, X, y = make_wide(seed)
        alone.append(model.fit(X, y).predict_proba(X))
    together = [None, None]
    barrier = threading.Barrier(2)

    def work(i):
        model, X, y = make_wide(i + 1)
        barrier.wait()
        together[i] = model.fit(X, y).predict_proba(X)

    threads = [threading.Thread(target=work, args=(i,)) for i in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_array_equal(together[0], alone[0])
    assert_array_equal(together[1], alone[1])


def blas_threads():
    return sorted(part["num_threads"] for part in threadpool_info() if part["user_api"] == "blas")


class Meeting:
    """A callback by which two fits overlap: the first ends while the second is under way."""

    def __init__(self, reached, go_on):
        self.reached, self.go_on = reached, go_on

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context):  # noqa: ARG002
        if context.task_name == "epoch":
            self.reached.set()
            assert self.go_on.wait(30)


def test_overlapping_fits_leave_the_number_of_threads_as_it_was(table):
    X, y = table("binary")
    first_in, second_in, first_done = threading.Event(), threading.Event(), threading.Event()

    def first():
        make_model("binary", max_iter=1).set_callbacks(Meeting(first_in, second_in)).fit(X, y)
        first_done.set()

    def second():
        first_in.wait(30)
        make_model("binary", max_iter=1).set_callbacks(Meeting(second_in, first_done)).fit(X, y)

    with threadpool_limits(2, "blas"):
        before = blas_threads()
        threads = [threading.Thread(target=work) for work in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert first_done.is_set()
        assert blas_threads() == before


FORK = """
import multiprocessing, warnings
import numpy as np
from sklearn.base import clone
from chainrule import MLPClassifier
warnings.simplefilter("ignore")
rng = np.random.RandomState(0)
rows, labels = rng.normal(size=(600, 64)).astype(np.float32), rng.randint(0, 3, 600)
# Wide enough for a step to be divided among threads, which a fork does not take along.
model = MLPClassifier((128,), batch_size=200, max_iter=2, random_state=0)
expected = model.fit(rows, labels).coefs_[0].copy()
with multiprocessing.get_context("fork").Pool(1) as pool:
    fitted = pool.apply_async(clone(model).fit, (rows, labels)).get(timeout=60)
print(np.array_equal(fitted.coefs_[0], expected))
"""


def test_a_forked_process_trains_the_same_network():
    # In a process of its own: other libraries' threads do not survive a fork.
    command = [sys.executable, "-c", FORK]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert result.stdout == "True\n", result.stderr


def test_a_diverged_fit_says_so_and_keeps_the_best_weights():
    rng = np.random.RandomState(0)
    rows = rng.normal(size=(100, 3))
    settings = {"solver": "sgd", "learning_rate_init": 1.0, "activation": "identity"}
    model = MLPRegressor(early_stopping=True, random_state=0, **settings)
    with pytest.warns(
        ConvergenceWarning, match="Training diverged: .* not finite after epoch .* are kept"
    ):
        model.fit(rows, 100 * rows[:, 0])
    assert all(np.isfinite(weights).all() for weights in model.coefs_)
