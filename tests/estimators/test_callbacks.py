"""scikit-learn's callbacks: told of every epoch, able to stop, never swallowed."""

# ruff: noqa: ARG001, ARG002, ARG005 (the callbacks' own protocol names the arguments)

import io
import pickle
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SOLVERS = pytest.mark.parametrize("solver", ["adam", "sgd", "gd", "lbfgs"])


class Recorder:
    """Write down every call; ``at_epoch`` is called at the end of each epoch."""

    def __init__(self, at_epoch=lambda estimator: False):
        self.calls, self.epochs, self.at_epoch = [], [], at_epoch

    def setup(self, estimator, context):
        self.calls.append(("setup", context.task_name))

    def teardown(self, estimator, context):
        self.calls.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(("begin", context.task_name))

    def on_fit_task_end(self, estimator, context):
        self.calls.append(("end", context.task_name))
        if context.task_name != "epoch":
            return None
        self.epochs.append(estimator.history_[-1])
        return self.at_epoch(estimator)


def classifier(**settings):
    return MLPClassifier(
        **{"hidden_layer_sizes": (6,), "random_state": 0, "max_iter": 5, **settings}
    )


@SOLVERS
def test_every_epoch_is_told(table, solver):
    X, y = table("multiclass")
    recorder = Recorder()
    model = classifier(solver=solver).set_callbacks(recorder).fit(X, y)
    epochs = [("begin", "epoch"), ("end", "epoch")] * 5
    around = [("setup", "fit"), ("begin", "fit")], [("end", "fit"), ("teardown", "fit")]
    assert recorder.calls == [*around[0], *epochs, *around[1]]
    assert recorder.epochs == list(model.history_)
    silent = classifier(solver=solver).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), silent.predict_proba(X))


@SOLVERS
def test_a_callback_can_stop(table, solver):
    X, y = table("binary")
    recorder = Recorder(lambda estimator: len(estimator.history_) == 3)
    model = classifier(solver=solver).set_callbacks(recorder).fit(X, y)
    assert model.n_iter_ == len(model.history_) == 3
    assert model.stopping_reason_ == "a callback asked to stop after 3 epochs"
    expected = classifier(solver=solver, max_iter=3).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    assert recorder.calls[-1] == ("teardown", "fit")


def test_the_best_weights_are_kept_when_a_callback_stops(table):
    X, y = table("multiclass", rows=120)
    settings = {"early_stopping": True, "max_iter": 100, "learning_rate_init": 0.1, "batch_size": 9}
    worse = Recorder(lambda e: e.validation_scores_[-1] < max(e.validation_scores_))
    model = classifier(**settings).set_callbacks(worse).fit(X, y)
    assert model.validation_scores_[-1] < model.best_validation_score_
    again = classifier(**{**settings, "max_iter": model.best_epoch_}).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))


@SOLVERS
def test_a_callbacks_error_is_not_swallowed(table, solver):
    X, y = table("binary")

    def fail(estimator):
        raise LookupError("mine")

    recorder = Recorder(fail)
    model = classifier(solver=solver).set_callbacks(recorder)
    with pytest.raises(LookupError, match=r"^mine$"):
        model.fit(X, y)
    assert recorder.calls[-1] == ("teardown", "fit")


@SOLVERS
@pytest.mark.parametrize("sparse", [False, True])
def test_the_fitted_estimator_predicts(table, solver, sparse, sparse_kind):
    X, y = table("regression")
    given = sparse_kind(X) if sparse else X
    seen = []

    class Predictor(Recorder):
        def on_fit_task_end(self, estimator, context, *, X=None, fitted_estimator=None):
            if context.task_name == "epoch":
                assert fitted_estimator is not estimator
                seen.append((fitted_estimator, fitted_estimator.predict(X)))

    model = MLPRegressor(hidden_layer_sizes=(6,), solver=solver, random_state=0, max_iter=4)
    model.set_callbacks(Predictor()).fit(given, y)
    assert len(seen) == 4
    np.testing.assert_allclose(seen[-1][1], model.predict(X), rtol=1e-13)
    # Each is a network of its own: the epochs after it have not changed it.
    for fitted, predicted in seen:
        np.testing.assert_allclose(fitted.predict(given), predicted, rtol=1e-13)
    assert (seen[0][1] != seen[1][1]).all()


def test_rows_and_weights_are_handed_on(table):
    X, y = table("binary")
    weights = np.linspace(1, 2, 60)
    seen = []

    class Reader(Recorder):
        def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None):
            if context.task_name == "epoch":
                seen.append((X, y, metadata["sample_weight"]))

    early = classifier(max_iter=1, early_stopping=True).set_callbacks(Reader())
    early.fit(X, y, sample_weight=weights)
    part = seen[-1]
    assert [len(p) for p in part] == [54, 54, 54]  # the rows that are learned from, row by row
    place = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in part[0]]
    np.testing.assert_array_equal(part[1], y[place])
    np.testing.assert_array_equal(part[2], weights[place])


def test_partial_fit_is_one_epoch(table):
    X, y = table("binary")
    recorder = Recorder()
    model = classifier().set_callbacks(recorder)
    for _ in range(2):
        model.partial_fit(X, y, classes=["no", "yes"])
    assert recorder.calls.count(("end", "epoch")) == 2
    assert recorder.calls.count(("teardown", "fit")) == 2


@pytest.mark.parametrize("early_stopping", [False, True])
@SOLVERS
def test_scoring_monitor(table, solver, early_stopping):
    X, y = table("binary")
    monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    model = classifier(solver=solver, early_stopping=early_stopping)
    model.set_callbacks(monitor).fit(X, y)
    log = monitor.get_logs().data
    epochs = [row for row in log if row["task_name"] == "epoch"]
    assert len(epochs) == 5
    if not early_stopping:
        assert epochs[-1]["accuracy"] == pytest.approx(model.score(X, y))
    assert epochs[-1]["neg_log_loss"] > epochs[0]["neg_log_loss"]


def test_scoring_monitor_with_weights(table):
    X, y = table("regression")
    monitor = ScoringMonitor(scoring="r2")
    weights = np.arange(60) % 3.0
    model = MLPRegressor(hidden_layer_sizes=(6,), random_state=0, max_iter=3).set_callbacks(monitor)
    model.fit(X, y, sample_weight=weights)
    last = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"][-1]
    assert last["r2"] == pytest.approx(model.score(X, y, sample_weight=weights))


@SOLVERS
def test_progress_bar(table, solver, monkeypatch):
    X, y = table("binary")
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stdout", screen)
    classifier(solver=solver).set_callbacks(ProgressBar()).fit(X, y)
    assert "MLPClassifier - fit" in screen.getvalue()
    assert "100%" in screen.getvalue()


def test_inside_a_pipeline_and_a_cross_validation(table):
    X, y = table("binary")
    recorder = Recorder()
    model = make_pipeline(StandardScaler(), classifier(max_iter=2).set_callbacks(recorder))
    cross_validate(model, X, y, cv=3)
    assert recorder.calls.count(("end", "epoch")) == 3 * 2


def test_nothing_of_a_callback_is_left_in_the_model(table):
    X, y = table("binary")
    recorder = Recorder()
    model = classifier().set_callbacks(recorder).fit(X, y)
    model.set_callbacks()
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    told = len(recorder.calls)
    clone(model).fit(X, y)
    model.fit(X, y)
    assert len(recorder.calls) == told


# ------------------------------------------------------------------ interruption


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", ["adam", "sgd", "gd"])
def test_an_interruption_keeps_the_network(table, solver, early_stopping):
    X, y = table("binary")

    def interrupt(estimator):
        if len(estimator.history_) == 3:
            raise KeyboardInterrupt

    settings = {"solver": solver, "early_stopping": early_stopping}
    recorder = Recorder(interrupt)
    model = classifier(max_iter=50, **settings).set_callbacks(recorder)
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        model.fit(X, y)
    assert model.n_iter_ == len(model.history_) == 3
    assert model.stopping_reason_ == "interrupted by the user after 3 epochs"
    expected = classifier(max_iter=3, **settings).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    assert recorder.calls[-1] == ("teardown", "fit")


def test_an_interruption_in_the_first_epoch(table, monkeypatch):
    X, y = table("binary")

    def interrupted(self, **settings):
        raise KeyboardInterrupt
        yield

    start = classifier(learning_rate_init=1e-300, max_iter=1).fit(X, y)
    monkeypatch.setattr("chainrule.training.loop.Loop.stretches", interrupted)
    model = classifier()
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, y)
    assert model.n_iter_ == 0
    np.testing.assert_array_equal(model.predict_proba(X), start.predict_proba(X))


def test_going_on_after_an_interruption(table):
    X, y = table("binary")

    def interrupt(estimator):
        if estimator.n_iter_ == 2:
            raise KeyboardInterrupt

    model = classifier(shuffle=False).set_callbacks(Recorder(interrupt))
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, y)
    model.set_callbacks().partial_fit(X, y)
    expected = classifier(shuffle=False, max_iter=3).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
