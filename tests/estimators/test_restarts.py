"""Random restart: the best of several, or all of them together, whatever the number of threads."""

import pickle
import signal

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ScoringMonitor
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from chainrule import InputError, MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
QUICK = {"hidden_layer_sizes": (5,), "learning_rate_init": 0.03, "random_state": 4, "max_iter": 12}


def classifier(**changes):
    return MLPClassifier(**{**QUICK, "restarts": 4, **changes})


def vectors(model):
    return [run.parameters for run in model.restarts_]


def flat(model):
    layers = zip(model.coefs_, model.intercepts_, strict=True)
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def test_each_restart_is_a_fit_with_its_seed(table):
    X, y = table("multiclass")
    model = classifier(dropout=0.2).fit(X, y)
    assert len(model.restarts_) == 4
    assert len({run.seed for run in model.restarts_}) == 4
    for run in model.restarts_:
        alone = classifier(dropout=0.2, restarts=1, random_state=run.seed).fit(X, y)
        np.testing.assert_array_equal(flat(alone), run.parameters)
        assert alone.loss_curve_ == run.history.column("train_loss")
        assert alone.stopping_reason_ == run.stopping_reason
        assert run.validation_loss is None
        assert run.final_loss == run.train_loss == alone.loss_


def test_the_best_by_training_loss_is_kept(table):
    X, y = table("multiclass")
    model = classifier().fit(X, y)
    losses = model.restarts_.losses
    assert model.restarts_.best == losses.argmin()
    assert len(set(losses)) == 4
    best = model.restarts_[model.restarts_.best]
    np.testing.assert_array_equal(flat(model), best.parameters)
    assert model.loss_curve_ == best.history.column("train_loss")
    assert model.loss_ == losses.min()
    assert model.stopping_reason_ == best.stopping_reason


def test_the_best_by_held_out_loss_is_kept(table):
    X, y = table("binary", 150)
    model = classifier(early_stopping=True, monitor="loss", max_iter=40).fit(X, y)
    for run in model.restarts_:
        assert run.validation_loss == min(run.history.column("validation_loss"))
        assert run.best_epoch == 1 + np.argmin(run.history.column("validation_loss"))
    assert model.restarts_.best == model.restarts_.losses.argmin()
    assert model.n_validation_ == 15


def test_validation_data_and_class_weights_reach_every_restart(table):
    X, y = table("binary")
    data = (X[:20], y[:20], np.arange(20.0))
    model = classifier(class_weight={"no": 3, "yes": 1}, max_iter=3)
    model.fit(X[20:], y[20:], np.ones(40), validation_data=data)
    run = model.restarts_[2]
    alone = clone(model).set_params(restarts=1, random_state=run.seed)
    alone.fit(X[20:], y[20:], np.ones(40), validation_data=data)
    np.testing.assert_array_equal(flat(alone), run.parameters)
    assert run.validation_loss == alone.history_[-1].validation_loss


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_the_number_of_threads_does_not_matter(table, solver):
    X, y = table("multiclass")
    results = []
    for threads in (1, 2, 2):
        with threadpool_limits(threads, "blas"):
            results.append(classifier(solver=solver).fit(X, y))
    for other in results[1:]:
        for one, two in zip(vectors(results[0]), vectors(other), strict=True):
            np.testing.assert_array_equal(one, two)
        assert other.restarts_.best == results[0].restarts_.best


def test_large_steps_are_not_divided_among_threads_that_restarts_use():
    X, y = np.random.default_rng(0).normal(size=(600, 64)), np.arange(600) % 3
    settings = {"hidden_layer_sizes": (128,), "batch_size": 200, "max_iter": 2}
    model = classifier(**settings, restarts=3).fit(X, y)
    run = model.restarts_[1]
    alone = classifier(**settings, restarts=1, random_state=run.seed).fit(X, y)
    np.testing.assert_array_equal(flat(alone), run.parameters)


def test_distances(table):
    X, y = table("multiclass")
    restarts = classifier().fit(X, y).restarts_
    distances = restarts.distances
    for i, one in enumerate(restarts):
        for j, two in enumerate(restarts):
            gap = np.linalg.norm(one.parameters - two.parameters)
            assert distances[i, j] == pytest.approx(gap, rel=1e-6, abs=1e-6)
    assert (distances[np.triu_indices(4, 1)] > 0.1).all()


@pytest.mark.parametrize(
    "task", ["binary", "multiclass", "multilabel", "regression", "multioutput"]
)
def test_the_average_of_all(table, task):
    X, y = table(task)
    kind = MLPRegressor if task in ("regression", "multioutput") else MLPClassifier
    model = kind(**QUICK, restarts=4, combine="average").fit(X, y)
    answers = []
    for run in model.restarts_:
        alone = clone(model).set_params(restarts=1, random_state=run.seed).fit(X, y)
        answers.append(alone.predict(X) if kind is MLPRegressor else alone.predict_proba(X))
    mean = np.mean(answers, axis=0)
    mine = model.predict(X) if kind is MLPRegressor else model.predict_proba(X)
    np.testing.assert_allclose(mine, mean, rtol=1e-12)
    if task == "multiclass":
        np.testing.assert_array_equal(model.predict(X), model.classes_[mean.argmax(axis=1)])
    # coefs_ are those of the best of them.
    best = model.restarts_[model.restarts_.best]
    np.testing.assert_array_equal(flat(model), best.parameters)


def test_plain_data_and_pickle(table):
    X, y = table("binary")
    model = classifier(combine="average").fit(X, y)
    plain = model.restarts_.to_dict()
    assert [run["train_loss"] for run in plain["runs"]] == model.restarts_.losses.tolist()
    assert len(plain["distances"]) == 4
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 (our own)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert repr(again.restarts_) == repr(model.restarts_)
    assert "4 runs" in repr(model.restarts_)
    assert [run.seed for run in model.restarts_[1:3]] == [run["seed"] for run in plain["runs"][1:3]]


def test_another_fit_forgets_them(table):
    X, y = table("binary")
    model = classifier(combine="average").fit(X, y)
    model.set_params(restarts=1).fit(X, y)
    assert not hasattr(model, "restarts_")
    assert model.predict_proba(X).shape == (60, 2)


@pytest.mark.parametrize("how", ["partial_fit", "warm_start"])
def test_one_network_is_gone_on_with(table, how):
    X, y = table("binary")
    model = classifier(warm_start=True).fit(X, y)
    with pytest.raises(InputError, match="restarts=4 begins with new weights"):
        model.fit(X, y) if how == "warm_start" else model.partial_fit(X, y)
    model.set_params(restarts=1).partial_fit(X, y)
    assert model.n_iter_ == 1


def test_a_restart_that_diverges_does_not_take_the_others_along(table):
    X, y = table("regression")
    settings = {"solver": "sgd", "activation": "identity", "hidden_layer_sizes": (30, 30)}
    kind = MLPRegressor(**settings, learning_rate_init=0.5, random_state=0, restarts=6, max_iter=5)
    with np.errstate(all="ignore"):
        model = kind.fit(X, 3 * y)
    assert 1 <= len(model.restarts_) <= 6
    assert np.isfinite(flat(model)).all()


def test_when_none_succeeds_the_reason_is_said(table):
    X, y = table("regression")
    rates = {"solver": "sgd", "learning_rate_init": 1e200, "activation": "identity"}
    hopeless = MLPRegressor(restarts=3, random_state=0, **rates)
    with pytest.raises(ValueError, match="diverged"), np.errstate(all="ignore"):
        hopeless.fit(X, y)


def test_one_warning_for_the_one_that_is_kept(table):
    X, y = table("binary")
    with pytest.warns(ConvergenceWarning, match="Maximum iterations") as caught:
        classifier(max_iter=2).fit(X, y)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_callbacks_hear_every_restart(table):
    X, y = table("binary")
    monitor = ScoringMonitor(scoring="accuracy")
    model = classifier(max_iter=5, tol=0.0).set_callbacks(monitor).fit(X, y)
    log = monitor.get_logs().data
    assert sum(row["task_name"] == "epoch" for row in log) == 4 * 5
    assert len(model.restarts_) == 4


class CtrlC:
    """A callback that presses it once so many epochs of all starts together are over."""

    def __init__(self, epochs):
        self.left = epochs

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context):  # noqa: ARG002
        if context.task_name == "epoch":
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(signal.SIGINT)


def test_interrupted_by_the_user(table):
    X, y = table("binary", 2000)
    model = classifier(max_iter=10**7, tol=0.0, n_iter_no_change=np.inf)
    model.set_callbacks(CtrlC(300))
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(X, y)
    assert "interrupted" in model.stopping_reason_
    assert 1 <= len(model.restarts_) <= 4
    assert model.score(X, y) > 0.5
