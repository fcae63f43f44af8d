"""The compiled passes are the readable passes: over random networks, data, and settings."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.utils import shuffle as scikit_learn_shuffle
from threadpoolctl import threadpool_limits

from chainrule.mathematics import ACTIVATIONS, LOSSES
from chainrule.network import (
    Architecture,
    backpropagate,
    disturb_inputs,
    dropout_masks,
    feedforward,
    initialize,
    loss,
)
from chainrule.network.engine import evaluate, make_data
from chainrule.network.steps import FullGradient
from chainrule.training import OPTIMIZERS, Loop, Rates, Regularization, update

HIDDEN = [name for name in ACTIVATIONS if name != "exp"]
# Where f or f′ jumps, two ways of rounding may land on two sides.
JUMPS = ("step", "relu", "leaky_relu", "selu")
TOLERANCE = {np.float32: 2e-4, np.float64: 1e-10}


def loss_and_gradient(network, parameters, data, **penalties):
    """The error of all rows and its gradient, from the kernels."""
    return FullGradient(network, data, dtype=parameters.dtype.type, **penalties)(parameters)


@dataclass
class Case:
    """A network with numbers and rows; x and y as the passes take them, in float64."""

    network: Architecture
    dtype: type
    parameters: np.ndarray
    x: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    layout: str
    l1: float
    l2: float

    @property
    def penalties(self) -> dict[str, float]:
        return {"l1": self.l1, "l2": self.l2}

    def data(self) -> Any:
        """Hand the rows to the kernels, in the layout that was drawn."""
        rows = {
            "dense": lambda x: x,
            "fortran": np.asfortranarray,
            "csr": sp.csr_array,
            "csc": sp.csc_matrix,
        }[self.layout](self.x.astype(self.dtype))
        y = self.y
        if self.network.loss == "cross_entropy":
            y = y.argmax(axis=1).reshape(-1, 1)
        return make_data(rows, y, self.weights, dtype=self.dtype)

    def start(self) -> np.ndarray:
        return self.parameters.astype(self.dtype)

    def tolerance(self) -> float:
        return TOLERANCE[self.dtype]


def draw_targets(name, rows, outputs, rng):
    if name in ("log_loss", "perceptron"):
        return rng.integers(0, 2, (rows, outputs)).astype(float)
    if name == "cross_entropy":
        return np.eye(outputs)[rng.integers(0, outputs, rows)]
    if name == "poisson":
        return rng.poisson(2, (rows, outputs)).astype(float)
    return rng.normal(size=(rows, outputs)).astype(np.float32).astype(float)


@st.composite
def cases(draw, dropout=False):
    """Draw every setting by hypothesis and every number by a seeded generator."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    depth = draw(st.integers(0, 3))
    sizes = [draw(st.integers(1, 40)) for _ in range(depth + 1)]
    sizes.append(draw(st.integers(1, 6)))
    activations = tuple(draw(st.sampled_from(HIDDEN)) for _ in range(depth))
    rates = tuple(draw(st.sampled_from([0.0, 0.25, 0.6])) for _ in range(depth)) if dropout else ()
    network = Architecture(tuple(sizes), activations, draw(st.sampled_from(sorted(LOSSES))), rates)
    rows = draw(st.integers(1, 50))
    # Every number is a float32, so that both float types start from the same.
    x = rng.normal(size=(rows, sizes[0])) * (rng.uniform(size=(rows, sizes[0])) < 0.7)
    random = np.random.RandomState(rng.integers(2**31))
    parameters = initialize(network, random, dtype=np.float32)
    weights = {
        "none": None,
        "random": rng.uniform(0.1, 3, rows).astype(np.float32).astype(float),
        "some zero": rng.integers(0, 3, rows).astype(float),
    }[draw(st.sampled_from(["none", "random", "some zero"]))]
    return Case(
        network=network,
        dtype=draw(st.sampled_from([np.float32, np.float64])),
        parameters=parameters.astype(float),
        x=x.astype(np.float32).astype(float),
        y=draw_targets(network.loss, rows, sizes[-1], rng),
        weights=weights,
        layout=draw(st.sampled_from(["dense", "fortran", "csr", "csc"])),
        l1=draw(st.sampled_from([0.0, 0.5])),
        l2=draw(st.sampled_from([0.0, 2.0])),
    )


def away_from_jumps(case, trace):
    """Whether rounding decides nothing; hardly ever it does, and such a case is left out."""
    margin = 1e-5 if case.dtype == np.float32 else 1e-12
    return all(
        np.abs(z).min() > margin
        for layer, z in zip(case.network.layers, trace.z, strict=True)
        if layer.activation in JUMPS or case.network.loss == "perceptron"
    )


def assert_close(actual, expected, tolerance):
    """Compare vectors by their largest number: a component may be a sum that cancels."""
    actual, expected = np.asarray(actual, float), np.asarray(expected, float)
    assert actual.shape == expected.shape
    scale = max(np.abs(expected).max(initial=0), 1e-3)
    assert np.abs(actual - expected).max(initial=0) <= tolerance * scale


@settings(max_examples=200)
@given(cases())
def test_evaluate(case):
    trace = feedforward(case.network, case.parameters, case.x)
    assume(away_from_jumps(case, trace))
    outputs, error = evaluate(case.network, case.start(), case.data())
    assert outputs.dtype == case.dtype
    assert_close(outputs, trace.prediction, case.tolerance())
    expected = loss(case.network, case.parameters, trace, case.y, weights=case.weights)
    assert_close(error, expected, case.tolerance())


def assert_gradient(case):
    """Compare the error and the gradient over all rows, without dropout."""
    trace = feedforward(case.network, case.parameters, case.x)
    error, gradient = loss_and_gradient(case.network, case.start(), case.data(), **case.penalties)
    terms = {"weights": case.weights, **case.penalties}
    expected = loss(case.network, case.parameters, trace, case.y, **terms)
    slope = backpropagate(case.network, case.parameters, trace, case.y, **terms)
    assert gradient.dtype == case.dtype
    assert_close(error, expected, case.tolerance())
    assert_close(gradient, slope, case.tolerance())


@settings(max_examples=200)
@given(cases())
def test_loss_and_gradient(case):
    assume(away_from_jumps(case, feedforward(case.network, case.parameters, case.x)))
    assert_gradient(case)


def run_by_the_textbook(
    case, *, optimizer, rates, batch_size, epochs, shuffle, seed, regularization=None
):
    """Train with the passes and the readable update; None if it depends on rounding.

    Returns parameters, the optimizer's state, and each epoch's loss, penalty and mistakes.
    """
    network = case.network
    terms = regularization or Regularization(**case.penalties)
    parameters = case.parameters.copy()
    state, records = OPTIMIZERS[optimizer].init(parameters), []
    order = np.arange(len(case.x))
    for _ in range(epochs):
        if shuffle is not None and batch_size < len(order):
            order = scikit_learn_shuffle(order, random_state=shuffle)
        totals = np.zeros(3)
        for start in range(0, len(order), batch_size):
            picked = order[start : start + batch_size]
            draw = {"seed": seed, "step": state.step + 1}
            noise, rate = terms.input_noise, terms.input_dropout
            x = disturb_inputs(network, case.x[picked], noise=noise, dropout=rate, **draw)
            masks = dropout_masks(network, len(picked), **draw)
            trace = feedforward(network, parameters, x, masks=masks)
            diverging = max(np.abs(z).max() for z in trace.z) > 30  # rounding would grow with it
            if diverging or not away_from_jumps(case, trace):
                return None
            weights = np.ones(len(picked)) if case.weights is None else case.weights[picked]
            y = LOSSES[network.loss].smooth(case.y[picked], terms.label_smoothing)
            error = loss(network, parameters, trace, y, weights=weights)
            pull = {"weights": weights, "l2": terms.l2}
            whole = loss(network, parameters, trace, y, l1=terms.l1, **pull)
            wrong = (LOSSES[network.loss].gradient(trace.z[-1], y) != 0).any(axis=1)
            counts = (weights > 0) & wrong
            totals += len(picked) * whole, len(picked) * (whole - error), counts.sum()
            gradient = backpropagate(network, parameters, trace, y, **pull)
            share = 1 / weights.sum() if weights.sum() > 0 else 0.0
            parameters, state = update(
                network,
                parameters,
                gradient,
                state,
                optimizer=optimizer,
                rates=rates,
                regularization=terms,
                share=share,
            )
            if optimizer == "muon" and any(
                0 < np.linalg.norm(state.first[layer.weights]) < 1e-5
                for layer in network.layers[1:-1]
            ):
                return None  # what is left of a sum that cancels would be turned like any other
        records.append(totals / (len(order), len(order), 1))
    return parameters, state, records


@st.composite
def rates_of(draw):
    """Draw an optimizer's numbers; Adam divides noise by ε, so ε is not smaller than the noise."""
    return Rates(
        learning_rate=draw(st.sampled_from([0.001, 0.01])),
        momentum=draw(st.sampled_from([0.0, 0.9])),
        nesterov=draw(st.booleans()),
        beta_1=draw(st.sampled_from([0.0, 0.9])),
        beta_2=draw(st.sampled_from([0.9, 0.999])),
        epsilon=0.1,
        rho=draw(st.sampled_from([0.0, 0.9])),
        weight_decay=draw(st.sampled_from([0.0, 3.0])),
    )


@st.composite
def regularizations(draw):
    """Draw what is asked for besides a small error; norms small enough to be felt."""
    return Regularization(
        l1=draw(st.sampled_from([0.0, 0.5])),
        l2=draw(st.sampled_from([0.0, 2.0])),
        max_norm=draw(st.sampled_from([0.0, 0.8])),
        clip_norm=draw(st.sampled_from([0.0, 0.1])),
        label_smoothing=draw(st.sampled_from([0.0, 0.2])),
        input_noise=draw(st.sampled_from([0.0, 0.3])),
        input_dropout=draw(st.sampled_from([0.0, 0.4])),
    )


@settings(max_examples=300)
@given(
    case=cases(dropout=True),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    rates=rates_of(),
    regularization=regularizations(),
    batch_size=st.integers(1, 50),
    epochs=st.integers(1, 2),
    shuffled=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
)
def test_training(case, optimizer, rates, regularization, batch_size, epochs, shuffled, seed):
    if case.network.loss not in ("log_loss", "cross_entropy"):
        regularization = regularization._replace(label_smoothing=0.0)  # there are no labels
    if optimizer == "muon":
        case = replace(case, dtype=np.float64)  # small singular values grow, and rounding with them
        regularization = regularization._replace(l1=0.0)
    batch_size = min(batch_size, len(case.x))
    run = {
        "optimizer": optimizer,
        "rates": rates,
        "batch_size": batch_size,
        "regularization": regularization,
        "seed": seed,
    }
    orders = [np.random.RandomState(seed) if shuffled else None for _ in range(2)]
    by_the_textbook = run_by_the_textbook(case, **run, epochs=epochs, shuffle=orders[0])
    assume(by_the_textbook is not None)
    expected, state, losses = by_the_textbook
    loop = Loop(case.network, case.start(), case.data(), **run, shuffle=orders[1])
    records = list(islice(loop.epochs(), epochs))
    assert [record.epoch for record in records] == list(range(1, epochs + 1))
    assert_records(case, records, losses)
    assert_close(loop.parameters, expected, case.tolerance())
    remembered = loop.optimizer_state
    assert remembered.step == state.step
    if optimizer != "gd":
        assert_close(remembered.first, state.first, case.tolerance())
        assert_close(remembered.second, state.second, case.tolerance())


def assert_records(case, records, losses):
    tolerance = case.tolerance()
    assert_close([record.train_loss for record in records], [r[0] for r in losses], tolerance)
    assert_close([record.penalty for record in records], [r[1] for r in losses], tolerance)
    for record, (_, _, mistakes) in zip(records, losses, strict=True):
        total = record.data_loss + record.penalty
        assert record.train_loss == pytest.approx(total, rel=1e-12, abs=1e-15)
        assert record.mistakes == (mistakes if case.network.loss == "perceptron" else None)


# ------------------------------------------------------------------ every activation, one by one


def make_case(activations, name, *, outputs=3, rows=23, width=9, dtype=np.float64, dropout=()):
    rng = np.random.default_rng(4)
    sizes = (5, *(width,) * len(activations), outputs)
    network = Architecture(sizes, activations, name, dropout)
    parameters = initialize(network, np.random.RandomState(1), dtype=np.float32).astype(float)
    return Case(
        network,
        dtype,
        parameters,
        rng.normal(size=(rows, 5)).astype(np.float32).astype(float),
        draw_targets(name, rows, outputs, rng),
        None,
        "dense",
        0.1,
        0.2,
    )


def assert_one_epoch(case, **changes):
    run = {"optimizer": "sgd", "rates": Rates(0.05), "batch_size": 7, "seed": 5, **changes}
    run.setdefault("regularization", Regularization(**case.penalties))
    expected, _, losses = run_by_the_textbook(case, **run, epochs=1, shuffle=None)
    loop = Loop(case.network, case.start(), case.data(), **run)
    assert_records(case, [next(loop.epochs())], losses)
    assert_close(loop.parameters, expected, case.tolerance())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.0, 0.5])
@pytest.mark.parametrize("name", HIDDEN)
def test_every_activation_with_and_without_dropout(name, rate, dtype):
    assert_one_epoch(make_case((name, name), "cross_entropy", dropout=(rate, rate), dtype=dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 2, 15, 16, 17, 64, 130])
def test_widths_on_both_sides_of_every_block(width, dtype):
    for rows in (1, 33):
        assert_one_epoch(
            make_case(("tanh", "relu"), "log_loss", width=width, rows=rows, dtype=dtype),
            batch_size=min(rows, 16),
        )


# Large enough to be cut into parts, which several threads may take; 201 rows leave a mini-batch
# of one row, of which most parts get none.
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("rows", [200, 201, 263])
@pytest.mark.parametrize(
    ("layout", "loss_name", "optimizer", "dtype"),
    [
        ("dense", "log_loss", "adam", np.float32),
        ("csr", "cross_entropy", "sgd", np.float64),
        ("fortran", "half_squared_error", "gd", np.float64),
        ("csc", "poisson", "adam", np.float64),
        ("dense", "cross_entropy", "muon", np.float32),
    ],
)
def test_mini_batches_in_parts(layout, loss_name, optimizer, dtype, rows, threads):
    names = ("tanh", "relu")
    case = make_case(names, loss_name, width=130, rows=rows, dtype=dtype, dropout=(0.3, 0.5))
    case.layout = layout
    case.weights = np.arange(rows) % 3.0
    rates, l1 = Rates(0.003, epsilon=0.1), 0.1
    if optimizer == "muon":  # which has no proximal step
        l1 = case.l1 = 0.0
    with threadpool_limits(threads, "blas"):
        assert_one_epoch(case, optimizer=optimizer, rates=rates, batch_size=200)
        smoothing = 0.1 if loss_name in ("log_loss", "cross_entropy") else 0.0
        every = Regularization(l1, 0.2, 0.9, 0.05, smoothing, 0.2, 0.3)
        exact = replace(case, dtype=np.float64)
        assert_one_epoch(
            exact, optimizer=optimizer, rates=rates, batch_size=200, regularization=every
        )
        assert_gradient(case)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_far_logits_are_neither_nan_nor_infinite(name):
    network = Architecture((1, 3), (), name)
    far = 80.0 if name == "poisson" else 1e4  # e^z itself is no float beyond
    x = np.array([[far], [-far], [0.0]])
    parameters = network.flatten([np.array([[1.0, -1.0, 0.5]])], [np.zeros(3)], np.float64)
    y = np.array([[1.0], [1], [2]]) if name == "cross_entropy" else np.eye(3)
    hot = np.eye(3)[[1, 1, 2]] if name == "cross_entropy" else y
    for dtype in (np.float32, np.float64):
        data = make_data(x, y, dtype=dtype)
        trace = feedforward(network, parameters, x)
        error, gradient = loss_and_gradient(network, parameters.astype(dtype), data)
        assert error == pytest.approx(loss(network, parameters, trace, hot), rel=1e-5)
        expected = backpropagate(network, parameters, trace, hot)
        assert_close(gradient, expected, 1e-5)
        outputs, _ = evaluate(network, parameters.astype(dtype), data)
        np.testing.assert_allclose(outputs, trace.prediction, rtol=1e-5)


def test_a_point_on_the_line_belongs_to_class_one():
    network = Architecture((2, 1, 1), ("step",), "half_squared_error")
    weights = [np.array([[2.0], [1.0]]), np.array([[1.0]])]
    parameters = network.flatten(weights, [np.array([-18.0]), np.zeros(1)], np.float64)
    points = np.array([[7.0, 6.0], [5.0, 6.0], [6.0, 6.0]])
    outputs, _ = evaluate(network, parameters, make_data(points, dtype=np.float64))
    np.testing.assert_array_equal(outputs[:, 0], [1, 0, 1])


@pytest.mark.parametrize("name", ["relu", "logistic", "gelu", "softmax", "identity", "tanh"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinity_stay_what_they_are(bad, name):
    # Flags that let the compiler assume there is no NaN would make them disappear.
    network = Architecture((2, 3, 2), (name,), "log_loss")
    parameters = initialize(network, np.random.RandomState(0), dtype=np.float64)
    parameters[-1] = bad
    data = make_data(np.ones((4, 2)), np.zeros((4, 2)), dtype=np.float64)
    outputs, error = evaluate(network, parameters, data)
    assert not np.isfinite(error)
    assert np.isfinite(outputs[:, 0]).all()
    np.testing.assert_array_equal(outputs[:, 1], bad if np.isnan(bad) else 1)
    parameters[0] = np.nan  # in the first layer
    outputs, _ = evaluate(network, parameters, data)
    assert np.isnan(outputs).all()


def test_whether_a_node_is_dropped_is_decided_alike_at_the_threshold():
    # The rate lies between two neighbors of the 2⁻²⁴ grid on which the draws lie; the first node's
    # draw is the lower of the two, smaller than the rate: dropped.
    def first_mask(rate):
        network = Architecture((1, 1, 1), ("identity",), "half_squared_error", (rate,))
        return network, dropout_masks(network, 1, seed=9, step=1)[0][0, 0]

    low, high = 0.0, 1 - 2.0**-24
    while high - low > 2.0**-24:  # the largest rate on the grid with which the node is kept
        middle = np.round((low + high) / 2 * 2**24) / 2**24
        low, high = (middle, high) if first_mask(middle)[1] > 0 else (low, middle)
    network, mask = first_mask(low + 2.0**-25)
    assert mask == 0
    parameters = network.flatten([np.ones((1, 1))] * 2, [np.zeros(1)] * 2, np.float64)
    data = make_data(np.ones((1, 1)), np.zeros((1, 1)), dtype=np.float64)
    loop = Loop(network, parameters, data, optimizer="gd", rates=Rates(0.1), batch_size=1, seed=9)
    assert next(loop.epochs()).train_loss == 0  # ŷ = 0, since its only node is off


def test_nothing_is_dropped_when_predicting():
    dropped = make_case(("relu",), "log_loss", dropout=(0.5,))
    plain = make_case(("relu",), "log_loss")
    np.testing.assert_array_equal(
        evaluate(dropped.network, dropped.start(), dropped.data())[0],
        evaluate(plain.network, plain.start(), plain.data())[0],
    )


# ------------------------------------------------------------------ what goes in


def test_more_rows_than_are_sent_through_at_once():
    case = make_case(("tanh",), "cross_entropy", rows=2500)
    trace = feedforward(case.network, case.parameters, case.x)
    outputs, error = evaluate(case.network, case.start(), case.data())
    assert_close(outputs, trace.prediction, 1e-12)
    assert error == pytest.approx(loss(case.network, case.parameters, trace, case.y), rel=1e-12)
    error, gradient = loss_and_gradient(case.network, case.start(), case.data(), **case.penalties)
    expected = backpropagate(case.network, case.parameters, trace, case.y, **case.penalties)
    assert_close(gradient, expected, 1e-12)


def test_sparse_rows_that_are_empty_repeated_or_unsorted():
    case = make_case(("tanh",), "log_loss", rows=4)

    def messy():  # scipy may tidy it up in place, so each use gets its own
        data = np.array([1.0, 2, 3, 4, 5], np.float32)
        indices, starts = np.array([4, 0, 2, 2, 1]), np.array([0, 2, 2, 5, 5])
        return sp.csr_array((data, indices, starts), shape=(4, 5))

    dense = np.array([[2.0, 0, 0, 0, 1], [0] * 5, [0, 5, 7, 0, 0], [0] * 5])
    y = case.y[:4]
    want = loss_and_gradient(case.network, case.start(), make_data(dense, y, dtype=np.float64))
    for rows in (messy(), sp.csr_matrix(messy()), messy().tocsc(), messy().tocoo()):
        got = loss_and_gradient(case.network, case.start(), make_data(rows, y, dtype=np.float64))
        assert got[0] == want[0]
        np.testing.assert_array_equal(got[1], want[1])


def test_nothing_is_copied_that_fits_already():
    x, y, w = np.ones((3, 2)), np.zeros((3, 1)), np.ones(3)
    data = make_data(x, y, w, dtype=np.float64)
    assert data.x is x
    assert data.y is y
    assert data.weights is w
    assert data.rows == 3
    assert not data.is_sparse
    sparse = make_data(sp.csr_array(x), y, dtype=np.float64)
    assert sparse.rows == 3
    assert sparse.is_sparse


@pytest.mark.parametrize("kind", ["dense", "csr"])
def test_what_was_given_is_not_changed(kind):
    case = make_case(("relu",), "log_loss")
    case.layout = kind
    data = case.data()
    parts = [data.x, *data.sparse, data.y, data.weights]
    before = [part.copy() for part in parts]
    start = case.start()
    run = {"optimizer": "adam", "rates": Rates(0.1), "batch_size": 5}
    next(Loop(case.network, start, data, **run, shuffle=np.random.RandomState(0)).epochs())
    evaluate(case.network, start, data)
    loss_and_gradient(case.network, start, data)
    for part, copy in zip(parts, before, strict=True):
        np.testing.assert_array_equal(part, copy)
    np.testing.assert_array_equal(start, case.start())


def test_read_only_rows():
    x, y = np.random.default_rng(0).normal(size=(6, 5)), np.zeros((6, 3))
    case = make_case(("relu",), "half_squared_error")
    expected = evaluate(case.network, case.start(), make_data(x, y, dtype=np.float64))
    x.flags.writeable = y.flags.writeable = False
    got = evaluate(case.network, case.start(), make_data(x, y, dtype=np.float64))
    np.testing.assert_array_equal(got[0], expected[0])
    assert got[1] == expected[1]


def test_without_targets_there_is_no_error():
    case = make_case(("relu",), "poisson")
    outputs, error = evaluate(case.network, case.start(), make_data(case.x, dtype=np.float64))
    assert error == 0
    trace = feedforward(case.network, case.parameters, case.x)
    assert_close(outputs, trace.prediction, 1e-12)
