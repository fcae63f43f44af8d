"""A training held open: by whatever pieces, it has the weights of fit, bit for bit."""

import copy
import threading
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from trainings_held_open import (
    EPOCHS,
    OPTIONS,
    assert_like_fit,
    assert_same,
    flat,
    make,
)

from chainrule import LinearRegression, LogisticRegression, MLPRegressor, Perceptron
from chainrule.errors import InputError
from chainrule.estimators import OpenTraining, WeightRecorder
from chainrule.estimators._held_open import BoundedHistory
from chainrule.training import OPTIMIZERS, schedules

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# ------------------------------------------------------------------ the weights of fit


@pytest.mark.parametrize("solver", sorted(OPTIMIZERS))
@pytest.mark.parametrize("name", OPTIONS)
def test_in_pieces_as_at_once(table, solver, name):
    X, y = table("multiclass")
    assert_like_fit(make(solver=solver, **OPTIONS[name]), X, y)


@pytest.mark.parametrize("task", ["binary", "multilabel"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_classes_and_labels(table, task, dtype):
    X, y = table(task)
    assert_like_fit(make(early_stopping=True, n_iter_no_change=2), X.astype(dtype), y)
    assert_like_fit(make(class_weight="balanced" if y.ndim == 1 else None), X.astype(dtype), y)


@pytest.mark.parametrize("task", ["regression", "poisson", "multioutput"])
@pytest.mark.parametrize("held_out", [False, True])
def test_numbers(table, task, held_out):
    X, y = table(task)
    loss = "poisson" if task == "poisson" else "squared_error"
    given = {"validation_data": (X[:20], y[:20])} if held_out else {}
    assert_like_fit(make(MLPRegressor, loss=loss, early_stopping=held_out), X, y, **given)


def test_followed_and_weighted_rows(table):
    X, y = table("binary")
    weights = np.arange(60) % 3.0
    given = {"validation_data": (X[:20], y[:20], weights[:20]), "sample_weight": weights}
    assert_like_fit(make(), X, y, **given)


def test_sparse_rows(table):
    X, y = table("binary")
    assert_like_fit(make(), sp.csr_array(X), y)


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(solver="gd", max_iter=EPOCHS, random_state=0),
        LogisticRegression(solver="adam", batch_size=8, max_iter=EPOCHS, random_state=0),
        Perceptron(max_iter=EPOCHS, random_state=0),
        Perceptron(max_iter=EPOCHS, random_state=0, learning_rate="step", learning_rate_init=0.3),
    ],
)
@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_neurons(table, model, task):
    assert_like_fit(model, *table(task))


def test_a_linear_neuron(table):
    model = LinearRegression(solver="gd", max_iter=EPOCHS, random_state=0)
    assert_like_fit(model, *table("regression"))


def test_points_are_mini_batches_of_one(table):
    X, y = table("multiclass")
    model = make(batch_size=1, dropout=0.2, alpha=0.2, learning_rate="exponential", max_iter=3)
    fitted = model.fit(X, y)
    training = OpenTraining(model, X, y, until_max_iter=True)
    seen = []
    while training.stopped is None:
        coming = training.next_rows()
        np.testing.assert_array_equal(training.next_rows(), coming)
        [row] = training.run_points(1)
        assert coming.tolist() == [row]
        seen.append(row)
    assert_same(training, fitted)
    assert training.estimator.loss_curve_ == fitted.loss_curve_
    assert training.steps == 180
    for epoch in range(3):
        assert sorted(seen[60 * epoch : 60 * (epoch + 1)]) == list(range(60))


def test_large_mini_batches_that_threads_share(rng):
    X = rng.normal(size=(600, 40)).astype(np.float32)
    y = (X[:, 0] > 0).astype(int)
    model = make(hidden_layer_sizes=(200,), batch_size=256, max_iter=2)
    fitted = copy.deepcopy(model).fit(X, y)
    assert fitted.execution_plan_["parts"] > 1
    training = OpenTraining(model, X, y)
    training.run_batches(1)
    training.run_points(1)
    other = OpenTraining(model, X, y)
    other.run_batches(4)
    training.restore(other.snapshot())
    training.run_epochs(1)
    assert_same(training, fitted)
    np.testing.assert_allclose(training.estimator.loss_curve_, fitted.loss_curve_, rtol=1e-12)


def test_orders_that_another_thread_draws(table, monkeypatch):
    monkeypatch.setattr("chainrule.training.order.ROWS_WORTH_A_THREAD", 1)
    X, y = table("binary")
    assert_like_fit(make(), X, y)


def test_rows_that_fill_several_calls(table, monkeypatch):
    X, y = table("binary")
    monkeypatch.setattr("chainrule.training.stepping.OPERATIONS_PER_CALL", 1)
    assert_like_fit(make(), X, y)


# ------------------------------------------------------------------ where it stands


def test_where_it_stands(table):
    X, y = table("multiclass")
    training = OpenTraining(make(learning_rate=schedules.Step(every=1)), X, y)
    assert training.network.sizes == (6, 5, 4, 3)
    assert (training.epoch, training.rows_into, training.rows, training.steps) == (0, 0, 60, 0)
    assert (training.best_epoch, training.stopped, training.last) == (0, None, None)
    assert "not trained" in training.estimator.stopping_reason_
    assert training.learning_rate == 0.05
    assert training.run_batches(2) == []
    assert (training.epoch, training.rows_into, training.steps) == (0, 14, 2)
    assert len(training.run_points(3)) == 3
    assert (training.rows_into, len(training.next_rows())) == (17, 4)
    assert training.run_batches(1) == []
    assert training.rows_into == 21
    [record] = training.run_epochs(1)
    assert record == training.last
    assert record.epoch == training.epoch == 1
    assert training.rows_into == 0
    assert training.learning_rate == 0.025
    assert training.run_epochs(0) == training.run_batches(0) == training.run_points(0) == []
    training.run_batches(1)
    assert training.estimator.stopping_reason_ == "left in epoch 2, after 7 of its 60 rows"
    assert training.estimator.t_ == 60


def test_rows_are_numbered_as_they_were_given(table):
    X, y = table("binary")
    training = OpenTraining(make(early_stopping=True), X, y)
    assert training.rows == len(training.learned) == 54
    both = np.concatenate([training.learned, training.held_out])
    np.testing.assert_array_equal(np.sort(both), np.arange(60))
    assert set(training.run_points(54)) == set(training.learned)
    assert training.epoch == 1
    followed = OpenTraining(make(), X, y, validation_data=(X, y))
    np.testing.assert_array_equal(followed.learned, np.arange(60))
    assert len(followed.held_out) == 0


def test_the_estimator_is_a_copy_that_goes_on_by_itself(table):
    X, y = table("multiclass")
    training = OpenTraining(make(), X, y)
    training.run_epochs(3)
    shown, weights = training.estimator, training.parameters
    training.run_epochs(2)
    np.testing.assert_array_equal(flat(shown), weights)
    assert len(shown.history_) == shown.n_iter_ == len(shown.loss_curve_) == 3
    fitted = make(max_iter=3).fit(X, y)
    np.testing.assert_array_equal(shown.predict_proba(X), fitted.predict_proba(X))
    before = training.parameters
    shown.coefs_[0][:] = 0
    shown.partial_fit(X, y)
    np.testing.assert_array_equal(training.parameters, before)
    assert training.estimator.n_iter_ == 5


@pytest.mark.parametrize("solver", ["adam", "momentum", "muon"])
@pytest.mark.parametrize("rate", ["cosine", "invscaling", schedules.Exponential(by="step")])
def test_the_estimators_next_step_is_the_trainings(table, solver, rate):
    X, y = table("multiclass")
    training = OpenTraining(make(solver=solver, learning_rate=rate), X, y)
    training.run_epochs(2)
    training.run_batches(3)
    training.change(solver="nadam")
    training.run_batches(2)
    rows, shown = training.next_rows(), training.estimator
    assert shown.step(X[rows], y[rows]).learning_rate == training.learning_rate
    training.run_batches(1)
    assert_same(training, shown)


def test_it_follows_other_rows(table):
    X, y = table("binary")
    training = OpenTraining(make(max_iter=4), X, y)
    follow = training.follow(X[:30], y[:30])
    followed = make(max_iter=4).fit(X, y, validation_data=(X[:30], y[:30]))
    for record in followed.history_:
        training.run_epochs(1)
        seen = follow(training.parameters)
        assert seen == (record.validation_loss, record.validation_score)
    training.change(activation="relu")  # the network as it is then
    assert follow(training.parameters).score == training.estimator.score(X[:30], y[:30])
    with pytest.raises(ValueError, match="classes not in"):
        training.follow(X[:1], ["maybe"])


def test_a_look_at_the_next_rows_changes_nothing(table):
    X, y = table("binary")
    ends = []
    for look in (True, False):
        training = OpenTraining(make(), X, y)
        for changes in ({"batch_size": 60}, {"batch_size": 9}, {"shuffle": False}, {"alpha": 0.1}):
            training.run_epochs(1)
            if look:
                coming = training.next_rows()
                assert training.snapshot().rows_into == training.rows_into == 0
            training.change(**changes)
            if look and changes == {"alpha": 0.1}:
                np.testing.assert_array_equal(training.next_rows(), coming)
        training.run_epochs(1)
        ends.append(training.parameters)
    np.testing.assert_array_equal(ends[1], ends[0])


# ------------------------------------------------------------------ how it ends


def diverging(**changes):
    rates = {"learning_rate": lambda step: 0.01 if step < 6 else 1e3}
    settings = {
        "solver": "sgd",
        "activation": "identity",
        "hidden_layer_sizes": 8,
        "batch_size": 60,
    }
    return make(MLPRegressor, **{**settings, **rates, "max_iter": 500, **changes})


@pytest.mark.parametrize("run", ["run_epochs", "run_batches"])
def test_it_diverges_as_fit_does_and_can_be_helped(table, run):
    X, y = table("regression")
    fitted = diverging().fit(X, y)
    assert "diverged" in fitted.stopping_reason_
    training = OpenTraining(diverging(), X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        getattr(training, run)(500)
    assert training.stopped == fitted.stopping_reason_
    assert_same(training, fitted)
    training.change(learning_rate="constant", learning_rate_init=0.01)
    assert training.stopped is None
    losses = [record.train_loss for record in training.run_epochs(20)]
    assert losses[-1] < losses[0]


def test_numbers_that_are_not_finite_are_not_shown_in_the_middle_of_an_epoch(table):
    X, y = table("regression")
    training = OpenTraining(diverging(batch_size=5, learning_rate="constant"), X, y)
    training.change(learning_rate_init=1e300)
    start = training.parameters
    rows = training.run_points(40)
    assert len(rows) < 40
    assert "not finite after epoch 1; the weights from before are kept" in training.stopped
    np.testing.assert_array_equal(training.parameters, start)
    assert (training.epoch, training.rows_into) == (1, 0)
    assert training.run_points(1) == []


def test_time_that_is_up(table):
    X, y = table("binary")
    training = OpenTraining(make(), X, y)
    assert len(training.run_epochs(1_000_000, seconds=0.0)) == 1
    assert training.run_batches(1_000_000, seconds=0.0) == []
    assert training.steps == 10
    assert 1 <= len(training.run_epochs(10_000_000, seconds=0.01)) < 10_000_000


def test_a_generator_is_left_as_it_was_found(table):
    X, y = table("binary")
    random, same = np.random.RandomState(4), np.random.RandomState(4)
    training = OpenTraining(make(random_state=random), X, y)
    training.run_epochs(3)
    assert random.randint(2**31 - 1) == same.randint(2**31 - 1)
    assert_same(training, make(random_state=np.random.RandomState(4), max_iter=3).fit(X, y))
    training = OpenTraining(make(random_state=None), X, y)
    there = training.snapshot()
    shared = np.random.get_state()[1].copy()  # noqa: NPY002 (everybody's)
    training.run_epochs(2)
    end = training.parameters
    training.restore(there)
    training.run_epochs(2)
    np.testing.assert_array_equal(training.parameters, end)
    np.testing.assert_array_equal(np.random.get_state()[1], shared)  # noqa: NPY002


def test_several_threads_one_after_the_other(table):
    X, y = table("binary")
    training = OpenTraining(make(), X, y)
    for work in (lambda: training.run_epochs(2), lambda: training.run_batches(4)) * 2:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    training.run_epochs(2)
    assert_same(training, make(max_iter=6).fit(X, y))


# ------------------------------------------------------------------ a long day


def test_the_history_does_not_grow_without_end(table):
    X, y = table("binary")
    training = OpenTraining(make(batch_size=60), X, y, keep_history=50, validation_data=(X, y))
    places = []
    for _ in range(40):
        training.run_epochs(17)
        places.append((training.snapshot(), training.estimator))
    shown = training.estimator
    epochs = shown.history_.column("epoch")
    assert len(epochs) <= 50
    assert epochs[:3] == [1, 16, 32]
    assert epochs[-1] == shown.n_iter_ == training.epoch == 680
    assert shown.loss_curve_ == shown.history_.column("train_loss")
    assert shown.validation_scores_ == shown.history_.column("validation_score")
    for place, there in places[::-3] + places[::2]:
        training.restore(place)
        np.testing.assert_array_equal(flat(training.estimator), flat(there))
        assert list(training.estimator.history_) == list(there.history_)
    shown.partial_fit(X, y)
    assert shown.history_[-1].epoch == 681


@pytest.mark.parametrize("most", [2, 3, 7])
def test_few_epochs_are_kept(most):
    from chainrule.training import Epoch

    history = BoundedHistory(most)
    for number in range(1, 200):
        history.append(Epoch(number, 1.0, None, None, 0.1, 1.0, 1.0))
        assert len(history) <= most
        assert (history[0].epoch, history[-1].epoch) == (1, number)


# ------------------------------------------------------------------ what it is not for


def test_what_is_not_held_open(table):
    from sklearn.neural_network import MLPClassifier as Theirs

    X, y = table("binary")
    for model, sentence in (
        (make(solver="lbfgs"), "solver='lbfgs' does not go step by step"),
        (LogisticRegression(), "solver='newton' does not go step by step"),
        (LinearRegression(), "does not go step by step"),
        (make(restarts=3), "restarts=3 are as many trainings"),
        (Theirs(), "this package's estimators"),
        ("adam", "this package's estimators"),
    ):
        with pytest.raises(InputError, match=sentence) as caught:
            OpenTraining(model, X, y)
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="keep_history=1"):
        OpenTraining(make(), X, y, keep_history=1)
    with pytest.raises(ValueError, match="learning_rate_init"):
        OpenTraining(make(learning_rate_init=-1), X, y)
    with pytest.raises(ValueError, match="NaN"):
        OpenTraining(make(), np.full_like(X, np.nan), y)
    with pytest.raises(ValueError, match="inconsistent"):
        OpenTraining(make(), X, y[:3])
    with pytest.warns(UserWarning, match="clipped"):
        OpenTraining(make(batch_size=1000), X, y)


def test_the_estimator_given_stays_as_it_is(table):
    X, y = table("binary")
    recorder = WeightRecorder()
    model = make().set_callbacks(recorder)
    before = set(vars(model))
    OpenTraining(model, X, y).run_epochs(2)
    assert set(vars(model)) == before
    assert recorder.epochs == []
