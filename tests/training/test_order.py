"""The order of the rows: drawn as scikit-learn draws it, by whichever thread."""

import numpy as np
import pytest
from sklearn.utils import shuffle

from chainrule.network import Architecture
from chainrule.network.engine import make_data
from chainrule.training import Loop, Rates
from chainrule.training import order as module
from chainrule.training.order import Order

ROWS = 50


@pytest.fixture(params=[False, True], ids=["here", "by another thread"])
def ahead(request, monkeypatch):
    monkeypatch.setattr(module, "ROWS_WORTH_A_THREAD", 1)
    return request.param


def test_epoch_after_epoch_is_what_scikit_learn_draws(ahead):
    order = Order(ROWS, np.random.RandomState(3), ahead=ahead)
    random, expected = np.random.RandomState(3), np.arange(ROWS)
    for _ in range(4):
        expected = shuffle(expected, random_state=random)
        np.testing.assert_array_equal(order.draw(), expected)
        np.testing.assert_array_equal(order.current, expected)


def test_who_stops_gives_the_draw_ahead_back(ahead):
    random = np.random.RandomState(3)
    order = Order(ROWS, random, ahead=ahead)
    order.draw()
    order.stop()
    order.stop()
    other = np.random.RandomState(3)
    shuffle(np.arange(ROWS), random_state=other)
    assert random.randint(2**31 - 1) == other.randint(2**31 - 1)


def test_it_goes_on_after_a_stop(ahead):
    order, other = (Order(ROWS, np.random.RandomState(3), ahead=ahead) for _ in range(2))
    for _ in range(3):
        np.testing.assert_array_equal(order.draw(), other.draw())
        order.stop()


def test_it_goes_back_to_where_it_was_saved(ahead):
    order, other = (Order(ROWS, np.random.RandomState(3), ahead=ahead) for _ in range(2))
    for each in (order, other):
        each.draw()
    saved = order.save()
    for _ in range(5):
        order.draw()
    order.stop()
    order.restore(saved, 2)
    for _ in range(2):
        other.draw()
    np.testing.assert_array_equal(order.current, other.current)
    np.testing.assert_array_equal(order.draw(), other.draw())


def test_a_look_at_what_comes_draws_nothing(ahead):
    order, other = (Order(ROWS, np.random.RandomState(3), ahead=ahead) for _ in range(2))
    for _ in range(3):
        coming = order.peek()
        np.testing.assert_array_equal(order.peek(), coming)
        np.testing.assert_array_equal(order.draw(), coming)
        np.testing.assert_array_equal(other.draw(), coming)


def test_an_order_that_was_handed_out_stays_as_it_was(ahead):
    order = Order(ROWS, np.random.RandomState(3), ahead=ahead)
    first = order.draw()
    kept = first.copy()
    order.draw()
    np.testing.assert_array_equal(first, kept)


def test_without_a_generator_the_rows_are_seen_as_they_stand(ahead):
    order = Order(4, None, ahead=ahead)
    assert not order.changes
    np.testing.assert_array_equal(order.draw(), [0, 1, 2, 3])


def test_single_steps_give_the_draw_ahead_back(ahead, monkeypatch):
    if not ahead:
        monkeypatch.setattr(module, "ROWS_WORTH_A_THREAD", np.inf)
    random, network = np.random.RandomState(3), Architecture((2, 1), (), "log_loss")
    data = make_data(np.ones((ROWS, 2)), np.ones((ROWS, 1)), dtype=np.float64)
    settings = {"optimizer": "adam", "rates": Rates(), "batch_size": 10, "shuffle": random}
    loop = Loop(network, np.zeros(3), data, **settings)
    steps = loop.take_steps(np.full(8, 1e-3))  # an epoch has five
    for _ in range(7):
        next(steps)
    steps.close()
    other, order = np.random.RandomState(3), np.arange(ROWS)
    for _ in range(2):
        order = shuffle(order, random_state=other)
    assert random.randint(2**31 - 1) == other.randint(2**31 - 1)
