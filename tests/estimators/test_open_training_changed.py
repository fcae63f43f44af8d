"""A training held open that goes back, or on with other numbers or weights set by hand."""

import copy
import pickle
import time

import numpy as np
import pytest
from trainings_held_open import assert_same, make, make_loop

from chainrule import MLPRegressor, Perceptron
from chainrule.errors import InputError
from chainrule.estimators import OpenTraining, TrainingSnapshot
from chainrule.training import OPTIMIZERS, Rates, Regularization, schedules

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

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
