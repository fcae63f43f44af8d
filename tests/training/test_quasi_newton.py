"""L-BFGS: against the exact solution, and against scikit-learn's."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from chainrule.network import Architecture
from chainrule.network.engine import make_data
from chainrule.network.steps import FullGradient
from chainrule.training import Validation, lbfgs, newton_method

NETWORK = Architecture((2, 1), (), "log_loss")


def loss_and_gradient(network, parameters, data, **penalties):
    """The error of all rows and its gradient, from the kernels."""
    return FullGradient(network, data, dtype=parameters.dtype.type, **penalties)(parameters)


@pytest.fixture
def data(rng):
    x = rng.normal(size=(60, 2))
    y = (rng.uniform(size=60) < expit(x @ [1.0, -1.5])).astype(float)
    return x, y


def run(data, observe=None, start=(0.0, 0.0, 0.0), **changes):
    x, y = data
    epochs = []

    def note(epoch, parameters):
        epochs.append((epoch, parameters.copy()))
        return observe(epoch) if observe else False

    settings = {
        "l1": 0.0,
        "l2": 0.0,
        "max_iterations": 200,
        "max_evaluations": 1000,
        "tolerance": 1e-9,
        **changes,
    }
    rows = make_data(x, y.reshape(-1, 1), dtype=np.float64)
    result = lbfgs(NETWORK, np.array(start), rows, observe=note, **settings)
    return result, epochs, rows


@pytest.mark.parametrize("strength", [0.0, 3.0])
def test_logistic_regression(data, strength):
    result, _, rows = run(data, l2=strength)
    C = 1 / strength if strength else np.inf
    expected = LogisticRegression(C=C, tol=1e-12, max_iter=1000).fit(*data)
    optimum = np.append(expected.coef_, expected.intercept_)
    # SciPy also stops when the error itself falls by less than a billionth.
    np.testing.assert_allclose(result.x, optimum, atol=1e-4)
    assert result.success
    assert result.fun == loss_and_gradient(NETWORK, result.x, rows, l2=strength)[0]
    least, gradient = loss_and_gradient(NETWORK, optimum, rows, l2=strength)
    assert result.fun == pytest.approx(least, abs=1e-9)
    np.testing.assert_allclose(gradient, 0, atol=1e-8)


def test_every_iteration_is_an_epoch(data):
    result, epochs, rows = run(data)
    assert [epoch.epoch for epoch, _ in epochs] == list(range(1, result.nit + 1))
    for epoch, parameters in epochs:
        assert epoch.train_loss == loss_and_gradient(NETWORK, parameters, rows)[0]
        assert epoch.validation_loss is None
        assert epoch.seconds >= 0
        assert epoch.samples_per_second > 0
    losses = [epoch.train_loss for epoch, _ in epochs]
    assert losses == sorted(losses, reverse=True)


def test_validation(data):
    _, epochs, _ = run(data, validate=lambda parameters: Validation(parameters[0], 0.5))
    for epoch, parameters in epochs:
        assert (epoch.validation_loss, epoch.validation_score) == (parameters[0], 0.5)


def test_it_can_be_told_to_stop(data):
    _, epochs, _ = run(data, observe=lambda epoch: epoch.epoch == 2)
    assert len(epochs) == 2


def test_it_stops_at_the_limits(data):
    result, epochs, _ = run(data, max_iterations=3)
    assert result.nit == len(epochs) == 3
    assert not result.success
    result, _, _ = run(data, max_evaluations=2)
    assert result.nfev <= 4
    assert not result.success


# ---------------------------------------------------------------------- L1 and label smoothing


@pytest.mark.parametrize("l1", [3.0, 10.0])
def test_l1_gives_the_zeros_of_newtons_method(l1, rng):
    x = rng.normal(size=(80, 6))
    y = (x[:, :2] @ [[1.0], [-1.5]] + rng.logistic(size=(80, 1)) > 0).astype(float)
    network, rows = Architecture((6, 1), (), "log_loss"), make_data(x, y, dtype=np.float64)
    settings = {"l1": l1, "l2": 0.2, "max_iterations": 500, "tolerance": 1e-10}
    epochs = []

    def note(epoch, parameters):
        epochs.append((epoch, parameters.copy()))
        return False

    result = lbfgs(network, np.ones(7), rows, observe=note, max_evaluations=2000, **settings)
    exact = newton_method(network, np.zeros(7), rows, observe=lambda *_: False, **settings)
    np.testing.assert_allclose(result.x, exact.parameters, atol=1e-4)
    np.testing.assert_array_equal(result.x == 0, exact.parameters == 0)
    assert (result.x == 0).any()
    assert result.fun == pytest.approx(exact.loss, abs=1e-8)
    for epoch, parameters in epochs:
        w = parameters[:6]
        penalty = (l1 * np.abs(w).sum() + 0.1 * (w**2).sum()) / 80
        assert epoch.penalty == pytest.approx(penalty, rel=1e-9)
        error = loss_and_gradient(network, parameters, rows)[0]
        assert epoch.data_loss == pytest.approx(error, rel=1e-9)
        assert epoch.train_loss == pytest.approx(error + penalty, rel=1e-9)


def test_at_the_optimum_of_l1_it_stays(data):
    # The halves of a start with weights of both signs are put together again.
    x, y = data
    rows = make_data(x, y.reshape(-1, 1), dtype=np.float64)
    settings = {"l1": 1.0, "l2": 0.0, "observe": lambda *_: False}
    exact = newton_method(
        NETWORK, np.zeros(3), rows, max_iterations=50, tolerance=1e-12, **settings
    )
    result, epochs, _ = run(data, l1=1.0, start=exact.parameters, tolerance=1e-8)
    assert (result.nit, epochs) == (0, [])
    np.testing.assert_array_equal(result.x, exact.parameters)
    assert np.sign(result.x[:2]).tolist() == [1, -1]
    assert result.fun == pytest.approx(exact.loss, rel=1e-14)


@pytest.mark.parametrize("loss", ["log_loss", "cross_entropy"])
def test_label_smoothing_has_the_optimum_of_newtons_method(loss, rng):
    x = rng.normal(size=(50, 3))
    y = (x[:, :1] > 0).astype(float)  # separable, but not when the answers are not quite certain
    network = Architecture((3, 1 if loss == "log_loss" else 2), (), loss)
    rows, start = make_data(x, y, dtype=np.float64), np.zeros(network.parameter_count)
    settings = {"l1": 0.0, "l2": 0.0, "label_smoothing": 0.2, "tolerance": 1e-9}
    result = lbfgs(
        network,
        start,
        rows,
        max_iterations=500,
        max_evaluations=2000,
        observe=lambda *_: False,
        **settings,
    )
    exact = newton_method(
        network, start, rows, max_iterations=50, observe=lambda *_: False, **settings
    )
    assert exact.converged
    np.testing.assert_allclose(result.x, exact.parameters, atol=1e-3)
    assert result.fun == pytest.approx(exact.loss, abs=1e-8)
