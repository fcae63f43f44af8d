"""The loop: its records, its order of rows, and going on where it was left."""

from itertools import islice

import numpy as np
import pytest
from sklearn.utils import shuffle as scikit_learn_shuffle

from chainrule.mathematics import LOSSES
from chainrule.network import Architecture, backpropagate, feedforward, initialize
from chainrule.network.engine import evaluate, make_data
from chainrule.training import (
    OPTIMIZERS,
    Epoch,
    Loop,
    Rates,
    Regularization,
    Validation,
    schedules,
)

NETWORK = Architecture((3, 5, 1), ("tanh",), "log_loss")
ROWS = 50


@pytest.fixture
def rows(rng):
    x = rng.normal(size=(ROWS, 3))
    return x, (x[:, :1] > 0).astype(float)


@pytest.fixture
def start():
    return initialize(NETWORK, np.random.RandomState(0), dtype=np.float64)


def make_loop(rows, start, network=NETWORK, **changes):
    settings = {"optimizer": "adam", "rates": Rates(0.02), "batch_size": 8, **changes}
    return Loop(network, start, make_data(*rows, dtype=start.dtype.type), **settings)


def test_an_epochs_record(rows, start):
    data = make_data(*rows, dtype=np.float64)

    def validate(parameters):
        return Validation(evaluate(NETWORK, parameters, data)[1], 0.75)

    loop = make_loop(rows, start, validate=validate)
    for number, epoch in enumerate(islice(loop.epochs(), 3), 1):
        assert isinstance(epoch, Epoch)
        assert epoch.epoch == number
        assert isinstance(epoch.train_loss, float)
        # The held-out rows are seen after the epoch's last update.
        assert epoch.validation_loss == evaluate(NETWORK, loop.parameters, data)[1]
        assert epoch.validation_score == 0.75
        assert epoch.learning_rate == 0.02
        assert epoch.seconds > 0
        assert epoch.samples_per_second >= ROWS / epoch.seconds  # validation does not count
    assert loop.rows == ROWS


def test_without_validation(rows, start):
    epoch = next(make_loop(rows, start).epochs())
    assert epoch.validation_loss is None
    assert epoch.validation_score is None


def test_the_training_loss_is_the_average_as_the_rows_were_met(rows, start):
    # With a rate of almost 0 the network stands still: the average over all rows, however cut.
    for batch_size in (1, 8, ROWS):
        loop = make_loop(rows, start, batch_size=batch_size, optimizer="gd", rates=Rates(1e-300))
        trace = feedforward(NETWORK, start, rows[0])
        expected = LOSSES["log_loss"].average(trace.z[-1], rows[1])
        assert next(loop.epochs()).train_loss == pytest.approx(expected, rel=1e-13)


def test_the_start_is_copied(rows, start):
    before = start.copy()
    loop = make_loop(rows, start)
    next(loop.epochs())
    np.testing.assert_array_equal(start, before)
    assert (loop.parameters != before).all()


def test_the_learning_rate_may_be_set_between_epochs(rows, start):
    loop = make_loop(rows, start, optimizer="gd", rates=Rates(0.1), batch_size=ROWS)
    epochs = loop.epochs()
    assert next(epochs).learning_rate == 0.1
    loop.learning_rate = 0.3
    assert loop.learning_rate == 0.3
    before = loop.parameters.copy()
    gradient = backpropagate(NETWORK, before, feedforward(NETWORK, before, rows[0]), rows[1])
    assert next(epochs).learning_rate == 0.3
    np.testing.assert_allclose(loop.parameters, before - 0.3 * gradient, rtol=1e-12)


@pytest.mark.parametrize("seed", [0, 5])
def test_rows_are_shuffled_as_scikit_learn_shuffles_them(seed):
    # One weight and batches of one: ŷ = wx with w ← w − α (wx − y) x tells the order.
    network = Architecture((1, 1), (), "half_squared_error")
    x = np.linspace(1, 2, 9).reshape(-1, 1)
    y = np.linspace(-1, 3, 9).reshape(-1, 1)
    loop = Loop(
        network,
        np.zeros(2),
        make_data(x, y, dtype=np.float64),
        optimizer="gd",
        rates=Rates(0.1),
        batch_size=1,
        shuffle=np.random.RandomState(seed),
    )
    random = np.random.RandomState(seed)
    order, w, b = np.arange(9), 0.0, 0.0
    for _ in islice(loop.epochs(), 3):
        order = scikit_learn_shuffle(order, random_state=random)
        for i in order:
            delta = w * x[i, 0] + b - y[i, 0]
            w, b = w - 0.1 * delta * x[i, 0], b - 0.1 * delta
        np.testing.assert_allclose(loop.parameters, [w, b], rtol=1e-12)


def test_a_full_batch_draws_nothing(rows, start):
    random = np.random.RandomState(3)
    loop = make_loop(rows, start, batch_size=ROWS, shuffle=random)
    next(loop.epochs())
    assert random.randint(2**31) == np.random.RandomState(3).randint(2**31)


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_going_on_equals_never_having_stopped(rows, start, optimizer, dtype):
    network = Architecture((3, 5, 1), ("tanh",), "log_loss", (0.3,))
    run = {"optimizer": optimizer, "network": network, "seed": 4}
    run["regularization"] = Regularization(l2=0.1, input_noise=0.1, input_dropout=0.2)
    whole = make_loop(rows, start.astype(dtype), **run)
    losses = [epoch.train_loss for epoch in islice(whole.epochs(), 6)]
    first = make_loop(rows, start.astype(dtype), **run)
    begun = [epoch.train_loss for epoch in islice(first.epochs(), 2)]
    state = first.optimizer_state
    next(first.epochs())  # what was taken out is a copy
    again = make_loop(rows, start.astype(dtype), **run)
    list(islice(again.epochs(), 2))
    second = make_loop(rows, again.parameters, **run, resume=state)
    ended = [epoch.train_loss for epoch in islice(second.epochs(), 4)]
    assert begun + ended == losses
    np.testing.assert_array_equal(second.parameters, whole.parameters)
    assert second.optimizer_state.step == whole.optimizer_state.step == 6 * 7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_seed_gives_the_same_bits(rows, start, dtype):
    results = []
    for _ in range(2):
        loop = make_loop(rows, start.astype(dtype), shuffle=np.random.RandomState(1))
        list(islice(loop.epochs(), 3))
        results.append(loop.parameters.copy())
    np.testing.assert_array_equal(*results)
    other = make_loop(rows, start.astype(dtype), shuffle=np.random.RandomState(2))
    list(islice(other.epochs(), 3))
    assert (other.parameters != results[0]).any()


def test_where_python_may_interrupt_does_not_matter(rows, start, monkeypatch):
    results = []
    for operations in (1, 1e5, 1e12):  # after each mini-batch, now and then, never
        monkeypatch.setattr("chainrule.training.stepping.OPERATIONS_PER_CALL", operations)
        loop = make_loop(rows, start, shuffle=np.random.RandomState(1))
        losses = [epoch.train_loss for epoch in islice(loop.epochs(), 2)]
        results.append((loop.parameters.copy(), losses))
    for parameters, losses in results[1:]:
        np.testing.assert_array_equal(parameters, results[0][0])
        np.testing.assert_allclose(losses, results[0][1], rtol=1e-14)


def test_rows_without_weight_teach_nothing(rows, start):
    x, y = rows
    weights = np.ones(ROWS)
    weights[30:] = 0
    full = make_loop((x, y, weights), start, batch_size=10, optimizer="gd", rates=Rates(0.1))
    part = make_loop((x[:30], y[:30]), start, batch_size=10, optimizer="gd", rates=Rates(0.1))
    next(full.epochs())
    next(part.epochs())
    np.testing.assert_allclose(full.parameters, part.parameters, rtol=1e-13)


def test_an_all_zero_start_fails_by_symmetry(rows):
    loop = make_loop(rows, np.zeros(NETWORK.parameter_count))
    list(islice(loop.epochs(), 5))
    (first, _), (second, bias) = NETWORK.views(loop.parameters)
    np.testing.assert_array_equal(first, 0)
    np.testing.assert_array_equal(second, 0)
    assert bias != 0


# ------------------------------------------------------------------ in pieces


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_an_epoch_in_pieces_is_an_epoch(rows, start, optimizer):
    network = Architecture((3, 5, 1), ("tanh",), "log_loss", (0.3,))
    whole, cut = (
        make_loop(
            rows,
            start,
            network=network,
            optimizer=optimizer,
            shuffle=np.random.RandomState(1),
            schedule=schedules.Exponential(by="step"),
        )
        for _ in range(2)
    )
    for number, expected in enumerate(islice(whole.epochs(), 3), 1):
        assert cut.advance(number, 8) is None
        assert cut.rows_into == 8
        assert cut.rows_seen == (number - 1) * ROWS + 8
        assert len(cut.next_rows()) == 8
        assert cut.next_rate(number) == pytest.approx(0.02 * 0.95**cut.steps)
        assert cut.advance(number, 24) is None
        record = cut.advance(number, 1000)
        assert record.train_loss == expected.train_loss
        assert record.learning_rate == expected.learning_rate
        assert (cut.rows_into, cut.steps) == (0, 7 * number)
        np.testing.assert_array_equal(cut.parameters, whole.parameters)


def test_what_was_begun_is_finished_by_whoever_goes_on(rows, start):
    loop, whole = (make_loop(rows, start, ahead=ahead) for ahead in (True, False))
    epochs = loop.epochs()
    next(epochs)
    loop.advance(2, 16)
    assert loop.rows_into == 16
    going_on = loop.epochs(after=1)
    assert [next(going_on).epoch for _ in range(3)] == [2, 3, 4]
    list(islice(whole.epochs(), 4))
    np.testing.assert_array_equal(loop.parameters, whole.parameters)


def test_rows_taken_by_themselves_are_steps_of_their_own(rows, start):
    one, by_one = make_loop(rows, start, batch_size=1), make_loop(rows, start, batch_size=50)
    for row in range(3):
        assert by_one.next_rows().tolist() == list(range(row, 50))
        one.advance(1, 1)
        by_one.advance(1, 1)
    np.testing.assert_array_equal(by_one.parameters, one.parameters)


def test_another_loop_goes_on_in_the_order_of_the_first(rows, start):
    first = make_loop(rows, start, shuffle=np.random.RandomState(1))
    first.advance(1, 16)
    left = first.next_rows()
    state = first.save()
    other = make_loop(rows, start, batch_size=ROWS)
    other.restore(state)
    assert other.next_rows()[:8].tolist() == left.tolist()
    rest = other.next_rows()
    by_hand = make_loop(
        tuple(part[rest] for part in rows),
        first.parameters,
        batch_size=len(rest),
        resume=first.optimizer_state,
    )
    other.finish(1)
    by_hand.finish(1)
    np.testing.assert_array_equal(other.parameters, by_hand.parameters)
    assert other.next_rows().tolist() == list(range(ROWS))
    np.testing.assert_array_equal(first.parameters, state.parameters)
    assert state.afresh().optimizer.step == 0
    assert state.afresh().earlier_steps == 2
