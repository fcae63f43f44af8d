"""Prediction: the textbook's numbers for one row, for many, and for several networks."""

import threading

import numpy as np
import pytest

from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS
from chainrule.mathematics.losses import LOSSES
from chainrule.network import Architecture, feedforward, initialize
from chainrule.network.prediction import (
    ROWS_AT_ONCE,
    ROWS_OF_A_TURN,
    _predict_rows,
    send_rows,
    without_output_activation,
)
from chainrule.network.team import alone

TOLERANCE = {np.float32: 1e-5, np.float64: 1e-12}


def make_network(seed=0, *, sizes=(4, 5, 3, 1), activations=("tanh", "relu"), dtype=np.float64):
    network = Architecture(sizes, activations, "log_loss")
    parameters = initialize(network, np.random.RandomState(seed), scheme="normal", dtype=dtype)
    return network, parameters.reshape(1, -1)


def textbook(network, parameters, x):
    return feedforward(network, parameters, x).h[-1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("activation", sorted(HIDDEN_ACTIVATIONS))
def test_the_textbook_agrees(activation, loss, dtype, rng):
    network = Architecture((4, 6, 3), (activation,), loss)
    parameters = initialize(network, np.random.RandomState(1), scheme="glorot", dtype=dtype)
    x = rng.normal(size=(7, 4)).astype(dtype)
    out, finite = send_rows(network, parameters.reshape(1, -1), x)
    expected = textbook(network, parameters.astype(np.float64), x.astype(np.float64))
    assert finite
    assert out.dtype == dtype
    np.testing.assert_allclose(out, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("rows", [0, 1, 2, ROWS_AT_ONCE + 1, 3 * ROWS_OF_A_TURN + 5])
def test_any_number_of_rows(rows, rng):
    network, parameters = make_network()
    x = rng.normal(size=(rows, 4))
    out, finite = send_rows(network, parameters, x, complement=True)
    assert finite
    assert out.shape == (rows, 2)
    np.testing.assert_allclose(out[:, 1:], textbook(network, parameters[0], x), rtol=1e-12)
    np.testing.assert_array_equal(out[:, 0], 1 - out[:, 1])


def test_a_row_has_the_same_bits_whoever_takes_it(rng):
    # 30·64 + 64 + 64 + 1 parameters and 20,000 rows are worth a team where there are two cores.
    network, parameters = make_network(sizes=(30, 64, 1), activations=("relu",), dtype=np.float32)
    x = rng.normal(size=(20_000, 30)).astype(np.float32)
    together = send_rows(network, parameters, x)[0]
    with alone():
        by_one = send_rows(network, parameters, x)[0]
    np.testing.assert_array_equal(together, by_one)
    np.testing.assert_array_equal(send_rows(network, parameters, x[-1:])[0], together[-1:])


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, ROWS_AT_ONCE, 2 * ROWS_OF_A_TURN + 3])
def test_a_number_that_is_not_finite_is_told(wrong, row, rng):
    network, parameters = make_network()
    x = rng.normal(size=(2 * ROWS_OF_A_TURN + 4, 4))
    x[row, 2] = wrong
    out, finite = send_rows(network, parameters, x)
    assert finite is False
    others = np.delete(np.arange(len(x)), row)
    assert np.isfinite(out[others]).all()
    if np.isnan(wrong):
        assert np.isnan(out[row]).all()


def test_large_finite_numbers_are_finite():
    network, parameters = make_network()
    x = np.full((3, 4), np.finfo(np.float64).max / 8)
    x[1] *= -1
    assert send_rows(network, parameters, x)[1] is True


@pytest.mark.parametrize("rows", [3, 2 * ROWS_OF_A_TURN])
@pytest.mark.parametrize(("given", "engine"), [(np.float32, np.float64), (np.float64, np.float32)])
def test_rows_of_the_other_float_type_are_converted(rows, given, engine, rng):
    network, parameters = make_network(dtype=engine)
    x = rng.normal(size=(rows, 4)).astype(given)
    out, finite = send_rows(network, parameters, x)
    assert out.dtype == engine
    assert finite
    np.testing.assert_array_equal(out, send_rows(network, parameters, x.astype(engine))[0])


@pytest.mark.parametrize("rows", [1, 2 * ROWS_OF_A_TURN])
def test_what_the_engines_type_cannot_hold_is_not_finite(rows):
    network, parameters = make_network(dtype=np.float32)
    x = np.zeros((rows, 4))
    x[-1, 0] = 1e300
    assert send_rows(network, parameters, x)[1] is False


def test_several_networks_are_averaged(rng):
    several = [make_network(seed) for seed in range(3)]
    network, x = several[0][0], rng.normal(size=(5, 4))
    parameters = np.concatenate([p for _, p in several])
    expected = np.mean([textbook(network, p, x) for p in parameters], axis=0)
    out = send_rows(network, parameters, x, complement=True)[0]
    np.testing.assert_allclose(out, np.hstack([1 - expected, expected]), rtol=1e-12)


def test_threads_share_nothing_that_they_write_to(rng):
    network, parameters = make_network(sizes=(4, 50, 50, 1), activations=("tanh", "relu"))
    tables = [rng.normal(size=(rows, 4)) for rows in (1, 2, 30, 700)]
    expected = [send_rows(network, parameters, x)[0] for x in tables]
    wrong = []

    def work(number):
        for turn in range(50):
            i = (number + turn) % len(tables)
            if not np.array_equal(send_rows(network, parameters, tables[i])[0], expected[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_another_network_is_not_compiled_for_again(dtype, rng):
    compiled = None
    for sizes in ((4, 1), (2, 7, 3), (5, 3, 3, 2)):
        activations = ("relu", "gelu")[: len(sizes) - 2]
        network, parameters = make_network(sizes=sizes, activations=activations, dtype=dtype)
        send_rows(network, parameters, rng.normal(size=(3, sizes[0])).astype(dtype))
        assert _predict_rows.signatures == (compiled or _predict_rows.signatures)
        compiled = _predict_rows.signatures


def test_logits_are_what_the_output_activation_is_given(rng):
    network, parameters = make_network()
    x = rng.normal(size=(6, 4))
    z = send_rows(without_output_activation(network), parameters, x)[0]
    probabilities = send_rows(network, parameters, x)[0]
    np.testing.assert_allclose(1 / (1 + np.exp(-z)), probabilities, rtol=1e-12)
