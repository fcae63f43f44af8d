"""A training held open: by whatever pieces, it has the weights of fit, bit for bit."""

import copy
import pickle
import threading
import time
import warnings

import numpy as np
import pytest
import scipy.sparse as sp

from chainrule import LinearRegression, LogisticRegression, MLPClassifier, MLPRegressor, Perceptron
from chainrule.errors import InputError
from chainrule.estimators import OpenTraining, TrainingSnapshot, WeightRecorder
from chainrule.estimators._held_open import BoundedHistory
from chainrule.network.engine import make_data
from chainrule.training import OPTIMIZERS, Loop, Rates, Regularization, schedules

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

EPOCHS = 8
PLAIN = {
    "hidden_layer_sizes": (5, 4),
    "activation": "tanh",
    "batch_size": 7,
    "learning_rate_init": 0.05,
    "max_iter": EPOCHS,
    "random_state": 3,
    "tol": 0.0,
    "n_iter_no_change": np.inf,
}
OPTIONS = {
    "plain": {},
    "as they stand": {"shuffle": False},
    "all at once": {"batch_size": 60},
    "dropout": {"dropout": 0.3, "input_noise": 0.2, "input_dropout": 0.1},
    "penalties": {"alpha": 0.3, "clip_norm": 0.5, "max_norm": 1.0, "label_smoothing": 0.1},
    "cosine": {"learning_rate": "cosine"},
    "by step": {"learning_rate": schedules.Exponential(decay=0.97, by="step")},
    "invscaling": {"learning_rate": "invscaling"},
    "plateau": {"learning_rate": schedules.Plateau(patience=1), "tol": 0.05},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 2},
    "early stopping by loss": {
        "early_stopping": True,
        "monitor": "loss",
        "n_iter_no_change": 1,
        "tol": 1e-3,
    },
    "early stopping by a scorer": {
        "early_stopping": True,
        "monitor": "balanced_accuracy",
        "n_iter_no_change": 2,
    },
    "adaptive": {"learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1},
}


def make(kind=MLPClassifier, **changes):
    return kind(**{**PLAIN, **changes})


def flat(model):
    layers = zip(model.coefs_, model.intercepts_, strict=True)
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def assert_same(training, model):
    np.testing.assert_array_equal(training.parameters, flat(model))


def weights_by_epoch(model, X, y, **data):
    """Fit a copy; return it and what its weights were after every epoch."""
    fitted, recorder = copy.deepcopy(model), WeightRecorder()
    fitted.set_callbacks(recorder).fit(X, y, **data)
    return fitted, dict(zip(recorder.epochs, recorder.path, strict=True))


def wander(training, draw, check):
    """Go on in random pieces, also back and ahead, until it ends; check between epochs."""
    there = [training.snapshot()]
    while training.stopped is None:
        way = draw.integers(6)
        if way == 0:
            training.run_epochs(int(draw.integers(1, 3)))
        elif way < 3:
            training.run_batches(int(draw.integers(1, 12)))
        elif way < 5:
            there.append(training.snapshot())
        elif draw.random() < 0.5:
            training.restore(there[draw.integers(len(there))])
        if training.rows_into == 0 and training.stopped is None:
            check()


def assert_like_fit(model, X, y, **data):
    """Check the weights of every epoch, and in the end all that fit sets."""
    _, path = weights_by_epoch(model, X, y, **data)
    fitted = copy.deepcopy(model).fit(X, y, **data)
    training = OpenTraining(model, X, y, until_max_iter=True, **data)

    def check():
        np.testing.assert_array_equal(training.parameters, path[training.epoch])

    check()
    wander(training, np.random.default_rng(1), check)
    assert_same(training, fitted)
    assert training.stopped == fitted.stopping_reason_
    weighted = "sample_weight" in data or getattr(model, "class_weight", None) is not None
    # Where rows have weights, products are rounded that otherwise are only added.
    assert_tells_the_same(training.estimator, fitted, rtol=1e-15 if weighted else 0)


def assert_tells_the_same(shown, fitted, *, rtol):
    times = {"seconds", "samples_per_second"}
    for column in fitted.history_.to_dict().keys() - times:
        mine, theirs = shown.history_.column(column), fitted.history_.column(column)
        if rtol and column in ("train_loss", "data_loss", "penalty"):
            np.testing.assert_allclose(mine, theirs, rtol=rtol)
        else:
            assert mine == theirs, column
    mine, theirs = shown._optimizer_state, fitted._optimizer_state
    assert mine.keys() == theirs.keys()
    for part in theirs.keys() - {"seed"}:
        np.testing.assert_array_equal(mine[part], theirs[part])
    assert theirs["seed"] in (0, mine["seed"])  # fit draws one only where it is needed
    for name in ("loss_", "best_loss_", "best_validation_score_", "loss_curve_"):
        mine, theirs = getattr(shown, name), getattr(fitted, name)
        assert mine == (theirs if theirs is None else pytest.approx(theirs, rel=rtol, abs=0)), name
    for name in ("n_iter_", "t_", "best_epoch_", "n_validation_", "stopping_reason_"):
        assert getattr(shown, name) == getattr(fitted, name), name
    assert shown.validation_scores_ == fitted.validation_scores_
    assert shown.execution_plan_.keys() == fitted.execution_plan_.keys()
    np.testing.assert_array_equal(flat(shown), flat(fitted))
    assert {name for name in vars(fitted) if name.endswith("_")} == {
        name for name in vars(shown) if name.endswith("_")
    }


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


# ------------------------------------------------------------------ going back and ahead


@pytest.mark.parametrize("solver", sorted(OPTIMIZERS))
def test_from_a_snapshot_everything_happens_again(table, solver):
    X, y = table("multiclass")
    training = OpenTraining(make(solver=solver, dropout=0.2), X, y)
    training.run_batches(12)
    there = pickle.loads(pickle.dumps(training.snapshot()))  # noqa: S301 (our own)
    assert isinstance(there, TrainingSnapshot)
    assert (there.epoch, there.rows_into, there.steps) == (training.epoch, training.rows_into, 12)
    np.testing.assert_array_equal(there.parameters, training.parameters)
    ends = []
    for other in (training, training, OpenTraining(make(solver=solver, dropout=0.2), X, y)):
        other.restore(there)
        assert_same(other, other.estimator)
        rows = other.run_points(2)
        other.run_epochs(3)
        shown = other.estimator
        ends.append((rows, other.parameters, other.steps, shown.loss_curve_, other.best_epoch))
    for end in ends[1:]:
        for mine, theirs in zip(end, ends[0], strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_back_to_before_what_was_changed_on_the_way(table):
    X, y = table("multiclass")
    training = OpenTraining(make(batch_size=60, dropout=0.0), X, y)
    training.run_epochs(2)
    places, ends = [training.snapshot()], []

    def go_on():
        training.change(batch_size=9, solver="sgd", dropout=0.4, learning_rate="step")
        training.run_batches(10)
        places.append(training.snapshot())
        training.change(shuffle=False, learning_rate_init=0.2, alpha=0.3)
        training.run_batches(10)
        places.append(training.snapshot())
        training.change(batch_size=60)
        training.run_epochs(2)
        return training.parameters

    ends.append(go_on())
    training.restore(places[2])
    training.restore(places[0])
    ends.append(go_on())
    training.restore(places[1])
    training.change(shuffle=False, learning_rate_init=0.2, alpha=0.3)
    training.run_batches(10)
    np.testing.assert_array_equal(training.parameters, places[2].parameters)
    np.testing.assert_array_equal(ends[1], ends[0])


def test_a_snapshot_after_the_end(table):
    X, y = table("binary")
    training = OpenTraining(make(early_stopping=True, n_iter_no_change=1), X, y)
    before = training.snapshot()
    training.run_epochs(100)
    end, why = training.snapshot(), training.stopped
    assert why
    assert training.run_epochs(1) == training.run_batches(1) == training.run_points(1) == []
    training.restore(before)
    assert training.stopped is None
    assert len(training.run_epochs(1)) == 1
    training.restore(end)
    assert training.stopped == why
    assert training.estimator.stopping_reason_ == why


def test_the_best_so_far_is_that_of_the_snapshot(table):
    X, y = table("binary")
    given = {"validation_data": (X[40:], y[40:]), "until_max_iter": True}
    watching = {"early_stopping": True, "monitor": "loss", "n_iter_no_change": 3, "tol": 1e-6}
    patient = make(**watching, max_iter=100)
    fitted = copy.deepcopy(patient).fit(X[:40], y[:40], validation_data=(X[40:], y[40:]))
    training = OpenTraining(patient, X[:40], y[:40], **given)
    training.run_epochs(fitted.best_epoch_ - 1)
    early, best = training.snapshot(), training.best_epoch
    assert best == training.epoch
    training.run_epochs(3)
    late = training.snapshot()
    assert late.epoch > training.best_epoch == fitted.best_epoch_
    training.set_parameters(np.zeros_like(training.parameters))
    training.run_epochs(2)
    training.restore(late)
    training.run_epochs(100)
    assert_same(training, fitted)
    training.restore(early)
    training.run_epochs(3)
    training.restore(early)
    training.change(learning_rate_init=1e-300)  # nothing gets better any more
    assert len(training.run_epochs(100)) == 4
    assert training.best_epoch == best
    np.testing.assert_array_equal(training.parameters, early.parameters)
    training.change(learning_rate_init=1e-299)  # and it is as patient again
    assert len(training.run_epochs(100)) == 4


def test_how_long_nothing_improved_is_that_of_the_snapshot(table):
    X, y = table("binary")
    plateau = {"learning_rate": schedules.Plateau(patience=2), "tol": 10.0}  # nothing is enough
    training, rates, places = OpenTraining(make(**plateau), X, y), [], []
    for _ in range(12):
        places.append(training.snapshot())
        rates += [record.learning_rate for record in training.run_epochs(1)]
    assert rates[0] > rates[6] > rates[11]
    for epoch, place in reversed(list(enumerate(places))):
        training.restore(place)
        again = [record.learning_rate for record in training.run_epochs(12 - epoch)]
        assert again == rates[epoch:]


def test_an_order_that_is_still_being_drawn_is_given_back(table, monkeypatch):
    from chainrule.training import order

    def shuffled_slowly(*given):
        time.sleep(0.02)
        return shuffled(*given)

    shuffled = order._shuffled
    monkeypatch.setattr(order, "_shuffled", shuffled_slowly)
    monkeypatch.setattr(order, "ROWS_WORTH_A_THREAD", 1)
    X, y = table("binary")
    training = OpenTraining(make(), X, y)
    there = training.snapshot()
    seen = training.run_points(60)
    training.change(alpha=0.3)
    training.run_batches(1)
    training.restore(there)
    assert training.run_points(60) == seen


def test_a_snapshot_of_another_training(table):
    X, y = table("binary")
    there = OpenTraining(make(), X, y).snapshot()
    for other in (
        OpenTraining(make(hidden_layer_sizes=(3,)), X, y),
        OpenTraining(make(), X[:50], y[:50]),
    ):
        with pytest.raises(InputError, match="weights and 60 rows, this one has"):
            other.restore(there)


# ------------------------------------------------------------------ other numbers on the way


def make_loop(training, X, y, **changes):
    settings = {
        "optimizer": "adam",
        "rates": Rates(0.05),
        "batch_size": 7,
        "epochs": EPOCHS,
        "regularization": Regularization(l2=1e-4),
        **changes,
    }
    targets = (y == "yes").astype(float).reshape(-1, 1)
    data = make_data(X, targets, dtype=np.float64)
    return Loop(training.network, training.parameters, data, **settings)


def test_other_numbers_are_those_of_a_loop_made_by_hand(table):
    X, y = table("binary")
    training = OpenTraining(make(shuffle=False), X, y)
    first = make_loop(training, X, y)
    training.run_epochs(2)
    for _, _ in zip(range(2), first.epochs(), strict=False):
        pass
    np.testing.assert_array_equal(training.parameters, first.parameters)
    training.change(learning_rate_init=0.2, alpha=0.7, batch_size=11, learning_rate="exponential")
    second = make_loop(
        training,
        X,
        y,
        rates=Rates(0.2),
        batch_size=11,
        regularization=Regularization(l2=0.7),
        schedule=schedules.Exponential(),
        resume=first.optimizer_state,
        rows_seen=first.rows_seen,
    )
    assert training.learning_rate == pytest.approx(0.2 * 0.95**2)  # the time goes on
    for record in second.epochs(after=2):
        [mine] = training.run_epochs(1)
        assert mine._replace(seconds=0, samples_per_second=0) == record._replace(
            seconds=0, samples_per_second=0
        )
        np.testing.assert_array_equal(training.parameters, second.parameters)
        if record.epoch == 4:
            break


@pytest.mark.parametrize("solver", sorted(set(OPTIMIZERS) - {"adam"}))
def test_another_optimizer_begins_with_nothing_remembered(table, solver):
    X, y = table("binary")
    training = OpenTraining(make(shuffle=False), X, y)
    training.run_epochs(2)
    training.change(solver=solver)
    batch_size = 60 if solver == "gd" else 7
    loop = make_loop(training, X, y, optimizer=solver, batch_size=batch_size)
    training.run_epochs(1)
    loop.finish(1)
    np.testing.assert_array_equal(training.parameters, loop.parameters)
    assert training.steps == 18 + loop.steps
    training.change(solver="adam")
    assert training.estimator._optimizer_state["step"] == 0


def test_what_stays_the_same_changes_nothing(table):
    X, y = table("binary")
    rate = {"learning_rate": "adaptive", "tol": 0.5, "n_iter_no_change": 1}
    own = make(solver="sgd", **rate)
    training, other = OpenTraining(own, X, y), OpenTraining(own, X, y)
    for each in (training, other):
        each.run_epochs(6)
    assert training.learning_rate < 0.05
    training.change(**rate, learning_rate_init=0.05, batch_size=7, hidden_layer_sizes=[5, 4])
    training.change()
    for each in (training, other):
        each.run_epochs(6)
    np.testing.assert_array_equal(training.parameters, other.parameters)
    lowered = training.learning_rate
    training.change(alpha=0.5)
    assert training.learning_rate == lowered
    training.change(learning_rate="constant")
    assert training.learning_rate == 0.05


@pytest.mark.parametrize("into", [1, 3, 7, 20])
def test_a_change_in_the_middle_of_an_epoch_sees_every_row_once(table, into):
    X, y = table("binary")
    for changes in ({"batch_size": 60}, {"shuffle": False}, {"batch_size": 13}, {"solver": "gd"}):
        training = OpenTraining(make(), X, y)
        training.run_epochs(1)
        seen = training.run_points(into)
        coming = training.next_rows()
        training.change(**changes)
        assert training.rows_into == into
        now = training.next_rows()
        assert all(a == b for a, b in zip(now, coming, strict=False))
        seen += training.run_points(60 - into)
        assert sorted(seen) == list(range(60))
        assert training.epoch == 2
        if changes != {"batch_size": 13}:
            training.run_epochs(1)
            assert training.run_points(60) == list(range(60))


def test_rows_that_are_left_are_gathered_for_a_larger_mini_batch(table):
    X, y = table("binary")
    training = OpenTraining(make(), X, y)
    training.run_batches(2)
    state = training.estimator._optimizer_state
    training.change(solver="gd")
    rows = training.next_rows()
    assert len(rows) == 46
    loop = make_loop(training, X[rows], y[rows], optimizer="gd", batch_size=46)
    training.run_batches(1)
    loop.finish(1)
    np.testing.assert_array_equal(training.parameters, loop.parameters)
    assert state["step"] == 2


def test_what_cannot_be_changed_on_the_way(table):
    X, y = table("binary")
    training = OpenTraining(make(solver="muon"), X, y)
    training.run_batches(5)
    before = training.snapshot()
    for changes, sentence in (
        ({"hidden_layer_sizes": (5, 5)}, "another one: begin another training"),
        ({"random_state": 1}, "random_state says what a training begins with"),
        ({"initialization": "he"}, "initialization says what"),
        ({"class_weight": "balanced"}, "class_weight says what"),
        ({"solver": "lbfgs"}, "does not go step by step"),
        ({"early_stopping": True}, "early_stopping needs held-out rows"),
        ({"learning": 1}, "there is no parameter 'learning' to change; there are activation,"),
        ({"l1": 0.1}, "solver='muon' turns all weights"),
        ({"alpha": 0.5, "restarts": 2}, "restarts says what"),
    ):
        with pytest.raises(InputError, match=sentence) as caught:
            training.change(**changes)
        assert "\n" not in str(caught.value)
    for changes in ({"learning_rate_init": -1.0}, {"alpha": "much"}, {"dropout": 2.0}):
        with pytest.raises(ValueError, match=next(iter(changes))):
            training.change(**changes)
    training.run_epochs(1)
    other = OpenTraining(make(solver="muon"), X, y)
    other.restore(before)
    other.run_epochs(1)
    np.testing.assert_array_equal(training.parameters, other.parameters)
    regressor = OpenTraining(make(MLPRegressor), X, np.abs(X[:, 0]))
    with pytest.raises(InputError, match="loss says what"):
        regressor.change(loss="poisson")


def test_early_stopping_is_switched_on_and_off_where_rows_are_held_out(table):
    X, y = table("binary")
    training = OpenTraining(make(), X[:40], y[:40], validation_data=(X[40:], y[40:]))
    training.run_epochs(3)
    training.change(early_stopping=True, n_iter_no_change=1, tol=0.2)
    assert training.best_epoch == 3  # what was best by the training loss counts no longer
    training.run_epochs(100)
    assert "validation score did not improve" in training.stopped
    best = next(e for e in training.estimator.history_ if e.epoch == training.best_epoch)
    assert training.estimator.score(X[40:], y[40:]) == best.validation_score
    there = training.epoch
    training.change(n_iter_no_change=2)
    assert training.stopped is None
    training.run_epochs(1)
    training.change(early_stopping=False, n_iter_no_change=np.inf)
    training.run_epochs(5)
    assert training.epoch == there + 6
    assert training.stopped is None


def test_max_iter_is_what_is_planned(table):
    X, y = table("binary")
    training = OpenTraining(make(max_iter=4, learning_rate="cosine"), X, y)
    assert len(training.run_epochs(6)) == 6
    assert training.stopped is None
    assert training.learning_rate == pytest.approx(0, abs=1e-12)
    training.change(max_iter=12)
    assert training.learning_rate == pytest.approx(0.025)


# ------------------------------------------------------------------ by hand


def test_weights_set_by_hand(table):
    X, y = table("binary")
    training = OpenTraining(make(shuffle=False), X, y)
    training.run_epochs(1)
    vector = np.linspace(-1, 1, training.network.parameter_count)
    training.set_parameters(vector.tolist())
    np.testing.assert_array_equal(training.parameters, vector)
    loop = make_loop(training, X, y, resume=None)
    memory = training.estimator._optimizer_state
    assert memory["step"] == 9  # the optimizer goes on
    training.run_batches(1)
    loop.advance(1, 7)
    assert (training.parameters != loop.parameters).any()
    for wrong in (vector[1:], np.full_like(vector, np.nan), ["a"] * len(vector), 1e400 * vector):
        with pytest.raises(InputError, match="weights and biases"):
            training.set_parameters(wrong)
    small = OpenTraining(make(), X.astype(np.float32), y)
    with pytest.raises(InputError, match="no finite number"):
        small.set_parameters(1e39 * vector)


def test_the_textbooks_perceptron_one_point_at_a_time():
    # Curriculum 2.1: 2x₁ + x₂ − 18 = 0; (5, 6) lies at −2 on it, which is wrong for class 1.
    X, y = np.array([[7.0, 6.0], [5.0, 6.0], [1.0, 1.0]]), [1, 1, 0]
    training = OpenTraining(Perceptron(learning_rate_init=0.5, shuffle=False), X, y)
    training.set_parameters([2, 1, -18])
    assert training.run_points(1) == [0]
    np.testing.assert_array_equal(training.parameters, [2, 1, -18])
    assert training.run_points(1) == [1]
    np.testing.assert_array_equal(training.parameters, [2 + 0.5 * 5, 1 + 0.5 * 6, -18 + 0.5])
    assert training.run_points(1) == [2]
    np.testing.assert_array_equal(training.parameters, [4.5, 4, -17.5])
    assert training.last.mistakes == 1
    assert training.stopped is None
    assert training.run_points(5) == [0, 1, 2]
    assert training.stopped == "converged: no row was misclassified in epoch 2"
    assert training.estimator.converged_
    training.set_parameters([0, 0, -1])  # pulled away: it goes on
    assert training.stopped is None
    assert training.run_points(1) == [0]
    np.testing.assert_array_equal(training.parameters, [3.5, 3, -0.5])


def test_the_boundary_moves_towards_a_misclassified_point():
    # Curriculum 2.9: W += αx, b += α for (1, 2) of class 1; then (−2, 1) is right, and stays.
    training = OpenTraining(
        Perceptron(learning_rate_init=0.1, shuffle=False),
        [[1.0, 2.0], [-2.0, 1.0], [0, -9]],
        [1, 1, 0],
    )
    training.set_parameters([-1.0, 0.2, 0.0])
    training.run_points(1)
    np.testing.assert_allclose(training.parameters, [-0.9, 0.4, 0.1], rtol=1e-15)
    training.run_points(1)
    np.testing.assert_allclose(training.parameters, [-0.9, 0.4, 0.1], rtol=1e-15)


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
