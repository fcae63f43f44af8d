"""Newton's method for single neurons: derivatives, optima, and what can be in the way."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import Lasso, LogisticRegression, PoissonRegressor, Ridge

from chainrule.errors import InputError
from chainrule.mathematics import LOSSES
from chainrule.network import Architecture
from chainrule.network.engine import make_data
from chainrule.network.steps import FullGradient
from chainrule.training import Validation, newton_method
from chainrule.training.objective import Objective, pairs

SMOOTH = ("log_loss", "cross_entropy", "half_squared_error", "poisson")


def make_rows(name, rng, *, rows=60, columns=4, outputs=1):
    """Rows of one kind of task, with weights that are partly 0."""
    x = rng.normal(size=(rows, columns))
    z = x @ rng.normal(size=(columns, outputs)) + rng.logistic(size=(rows, outputs))
    y = {
        "log_loss": (z > 0.3).astype(float),
        "cross_entropy": z.argmax(axis=1, keepdims=True).astype(float),
        "half_squared_error": z,
        "poisson": rng.poisson(np.exp(0.3 * z)).astype(float),
    }[name]
    return x, y, np.arange(rows) % 4 / 2.0


def make(name, rng, *, weighted=False, outputs=None, **settings):
    outputs = outputs or (3 if name == "cross_entropy" else 1)
    x, y, weights = make_rows(name, rng, outputs=outputs)
    network = Architecture((x.shape[1], outputs), (), name)
    data = make_data(x, y, weights if weighted else None, dtype=np.float64)
    return network, data, {"l1": 0.0, "l2": 0.0, "label_smoothing": 0.0, **settings}


def run(network, data, *, start=None, observe=None, **settings):
    """Return the result, and every epoch with the parameters after it."""
    epochs = []

    def note(epoch, parameters):
        epochs.append((epoch, parameters.copy()))
        return observe is not None and observe(epoch)

    start = np.zeros(network.parameter_count) if start is None else start
    settings = {"l2": 0.0, "max_iterations": 100, "tolerance": 1e-10, **settings}
    return newton_method(network, start, data, observe=note, **settings), epochs


# ---------------------------------------------------------------------- derivatives

CASES = [
    pytest.param(name, outputs, weighted, smoothing, id=f"{name}, {outputs}, {smoothing}")
    for name, outputs, weighted, smoothing in [
        ("log_loss", 1, False, 0.0),
        ("log_loss", 2, True, 0.2),
        ("cross_entropy", 3, True, 0.0),
        ("cross_entropy", 4, False, 0.2),
        ("half_squared_error", 2, True, 0.0),
        ("poisson", 1, True, 0.0),
        ("poisson", 2, False, 0.0),
    ]
]


@pytest.fixture
def objective(rng):
    """Return a maker of objectives, with L2, and a θ of theirs."""

    def of(name, outputs, weighted, smoothing):
        network, data, settings = make(
            name, rng, weighted=weighted, outputs=outputs, label_smoothing=smoothing, l2=1.7
        )
        found = Objective(network, data, **settings)
        return found, 0.5 * rng.normal(size=(found.design.columns, outputs)), data

    return of


def whole(objective, hessian):
    """The Hessian of all θ, output after output."""
    if objective.coupled:
        return hessian[0]
    size, outputs = objective.design.columns, objective.outputs
    full = np.zeros((outputs * size,) * 2)
    for j in range(outputs):
        at = slice(j * size, (j + 1) * size)
        full[at, at] = hessian[0 if objective.quadratic else j]
    return full


@pytest.mark.parametrize(("name", "outputs", "weighted", "smoothing"), CASES)
def test_derivatives_are_those_of_differences(objective, name, outputs, weighted, smoothing):
    made, theta, _ = objective(name, outputs, weighted, smoothing)
    gradient, hessian = made.derivatives(made.at(theta))
    np.testing.assert_allclose(made.gradient(made.at(theta)), gradient, rtol=1e-13, atol=1e-15)
    slopes, bends = np.empty_like(theta), np.empty((theta.size, theta.size))
    for number, (j, i) in enumerate(itertools.product(range(outputs), range(len(theta)))):
        step = np.zeros_like(theta)
        step[i, j] = 1e-5
        ends = [made.at(theta + step), made.at(theta - step)]
        slopes[i, j] = (ends[0].loss - ends[1].loss) / 2e-5
        ends = [made.gradient(end) for end in ends]
        bends[number] = ((ends[0] - ends[1]) / 2e-5).T.ravel()
    np.testing.assert_allclose(gradient, slopes, atol=1e-9)
    np.testing.assert_allclose(whole(made, hessian), bends, atol=1e-8)


@pytest.mark.parametrize(("name", "outputs", "weighted", "smoothing"), CASES)
def test_derivatives_are_those_of_jax(objective, name, outputs, weighted, smoothing):
    made, theta, data = objective(name, outputs, weighted, smoothing)
    y = jnp.asarray(made.targets(slice(None)))
    weights = data.weights if weighted else np.ones(data.rows)

    def error(flat):
        w = flat.reshape(outputs, -1).T
        z = data.x @ w[:-1] + w[-1]
        each = {
            "log_loss": lambda: (jnp.logaddexp(0, z) - y * z).sum(axis=1),
            "cross_entropy": lambda: -(y * jax.nn.log_softmax(z)).sum(axis=1),
            "half_squared_error": lambda: 0.5 * ((z - y) ** 2).sum(axis=1),
            "poisson": lambda: (jnp.exp(z) - y * z).sum(axis=1),
        }[name]()
        return (weights @ each + 1.7 * 0.5 * (w[:-1] ** 2).sum()) / weights.sum()

    gradient, hessian = made.derivatives(made.at(theta))
    flat = jnp.asarray(theta.T.ravel())
    both = jax.jit(lambda at: (jax.grad(error)(at), jax.hessian(error)(at)))(flat)
    np.testing.assert_allclose(gradient.T.ravel(), both[0], atol=1e-13)
    np.testing.assert_allclose(whole(made, hessian), both[1], atol=1e-13)


@pytest.mark.parametrize(("name", "outputs", "weighted", "smoothing"), CASES)
def test_the_curvatures_are_those_of_the_losses(objective, name, outputs, weighted, smoothing):
    made, theta, _ = objective(name, outputs, weighted, smoothing)
    z = made.at(3 * theta).z
    _, found = made._delta_and_weights(z, slice(None))
    curvature = made.shares[:, None, None] * np.abs(LOSSES[name].curvature(z))
    wanted = pairs(outputs) if made.coupled else [(j, j) for j in range(len(found))]
    for weights, (j, k) in zip(found, wanted, strict=True):
        np.testing.assert_allclose(weights, curvature[:, j, k], atol=1e-15)
        assert (weights >= 0).all()


@pytest.mark.parametrize("name", SMOOTH)
def test_the_error_is_that_of_the_engine(name, rng):
    network, data, settings = make(name, rng, weighted=True, l2=0.8)
    parameters = rng.normal(size=network.parameter_count)
    if name == "cross_entropy":  # θ is centered over the classes, as the penalty prefers
        for part in network.views(parameters)[0]:
            part -= part.mean(axis=-1, keepdims=True)
    made = Objective(network, data, **settings)
    point = made.at(made.start(parameters))
    error, gradient = FullGradient(network, data, dtype=np.float64, l2=0.8)(parameters)
    assert point.loss == pytest.approx(error, rel=1e-12)
    np.testing.assert_allclose(made.parameters(point.theta), parameters, atol=1e-13)
    largest = made.largest_slopes(point, made.gradient(point)).max()
    assert largest == pytest.approx(np.abs(gradient).max(), rel=1e-10)


# ---------------------------------------------------------------------- the same optimum as others


def coefficients(network, result):
    weights, bias = network.views(result.parameters)[0]
    return weights.T, bias


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("l2", [0.0, 0.3, 20.0])
@pytest.mark.parametrize("name", ["log_loss", "cross_entropy"])
def test_scikit_learns_logistic_regression(name, l2, weighted, rng):
    network, data, _ = make(name, rng, weighted=weighted)
    result, _ = run(network, data, l2=l2)
    theirs = LogisticRegression(
        C=1 / l2 if l2 else np.inf, solver="newton-cholesky", tol=1e-13, max_iter=500
    ).fit(data.x, data.y.ravel(), data.weights if weighted else None)
    weights, bias = coefficients(network, result)
    assert (result.converged, result.trouble) == (True, None)
    assert result.gradient_norm <= 1e-10
    expected, intercepts = theirs.coef_, theirs.intercept_
    if name == "cross_entropy":  # adding the same to each class changes nothing: compare the rest
        expected, intercepts = expected - expected.mean(axis=0), intercepts - intercepts.mean()
    np.testing.assert_allclose(weights, expected, atol=1e-8)
    np.testing.assert_allclose(bias, intercepts, atol=1e-8)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("outputs", [1, 3])
def test_linear_regression_is_least_squares_in_one_step(outputs, weighted, rng):
    network, data, _ = make("half_squared_error", rng, weighted=weighted, outputs=outputs)
    one, _ = run(network, data, max_iterations=1)
    result, epochs = run(network, data)
    roots = np.sqrt(data.weights if weighted else np.ones(data.rows))[:, None]
    design = np.column_stack([data.x, np.ones(data.rows)]) * roots
    expected = np.linalg.lstsq(design, data.y * roots, rcond=None)[0]
    for found in (one, result):
        weights, bias = coefficients(network, found)
        np.testing.assert_allclose(np.vstack([weights.T, bias]), expected, rtol=1e-10, atol=1e-12)
    assert result.converged
    # The second step takes back what rounding did to the first.
    assert len(epochs) <= 2
    assert [epoch.learning_rate for epoch, _ in epochs] == [1.0] * len(epochs)


@pytest.mark.parametrize("outputs", [1, 2])
def test_ridge_regression(outputs, rng):
    network, data, _ = make("half_squared_error", rng, outputs=outputs)
    result, _ = run(network, data, l2=2.5)
    theirs = Ridge(2.5, tol=1e-14).fit(data.x, data.y)
    weights, bias = coefficients(network, result)
    np.testing.assert_allclose(weights, np.atleast_2d(theirs.coef_), rtol=1e-10)
    np.testing.assert_allclose(bias, theirs.intercept_, rtol=1e-10)


@pytest.mark.parametrize("l2", [0.0, 6.0])
def test_poisson_regression(l2, rng):
    network, data, _ = make("poisson", rng)
    result, _ = run(network, data, l2=l2)
    theirs = PoissonRegressor(alpha=l2 / data.rows, solver="newton-cholesky", tol=1e-13)
    theirs.fit(data.x, data.y.ravel())
    weights, bias = coefficients(network, result)
    assert result.converged
    np.testing.assert_allclose(weights.ravel(), theirs.coef_, atol=1e-9)
    np.testing.assert_allclose(bias, theirs.intercept_, atol=1e-9)


@pytest.mark.parametrize("name", ["log_loss", "poisson"])
def test_several_outputs_are_several_neurons(name, rng):
    network, data, _ = make(name, rng, outputs=3)
    weights, bias = coefficients(network, run(network, data, l2=0.4)[0])
    for j in range(3):
        single = Architecture((network.sizes[0], 1), (), name)
        alone = make_data(data.x, data.y[:, j : j + 1], dtype=np.float64)
        w, b = coefficients(single, run(single, alone, l2=0.4)[0])
        np.testing.assert_allclose(weights[j], w[0], atol=1e-9)
        np.testing.assert_allclose(bias[j], b[0], atol=1e-9)


# ---------------------------------------------------------------------- L1 and label smoothing


@pytest.mark.parametrize("l1", [0.5, 3.0, 12.0])
@pytest.mark.parametrize("name", ["log_loss", "cross_entropy"])
def test_l1_gives_scikit_learns_zeros(name, l1, rng):
    network, data, _ = make(name, rng)
    result, _ = run(network, data, l1=l1)
    theirs = LogisticRegression(
        C=1 / l1, l1_ratio=1, solver="saga", tol=1e-12, max_iter=100000, random_state=0
    ).fit(data.x, data.y.ravel())
    weights, bias = coefficients(network, result)
    assert result.converged
    np.testing.assert_allclose(weights, theirs.coef_, atol=1e-6)
    np.testing.assert_array_equal(weights == 0, theirs.coef_ == 0)
    intercepts = theirs.intercept_
    if name == "cross_entropy":
        intercepts = intercepts - intercepts.mean()
    np.testing.assert_allclose(bias, intercepts, atol=1e-6)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("l1", [20.0, 40.0])
def test_l1_is_the_lasso(l1, outputs, rng):
    network, data, _ = make("half_squared_error", rng, outputs=outputs)
    result, _ = run(network, data, l1=l1)
    theirs = Lasso(l1 / data.rows, tol=1e-14, max_iter=100000).fit(data.x, data.y)
    weights, _ = coefficients(network, result)
    assert result.converged
    np.testing.assert_allclose(weights, np.atleast_2d(theirs.coef_), atol=1e-9)
    np.testing.assert_array_equal(weights == 0, np.atleast_2d(theirs.coef_) == 0)
    assert (weights == 0).any()


def test_so_strong_an_l1_that_nothing_is_left(rng):
    network, data, _ = make("log_loss", rng)
    result, _ = run(network, data, l1=1e4)
    weights, bias = coefficients(network, result)
    np.testing.assert_array_equal(weights, 0)
    share = data.y.mean()
    np.testing.assert_allclose(bias, np.log(share / (1 - share)), rtol=1e-8)


@pytest.mark.parametrize("name", ["log_loss", "cross_entropy"])
def test_label_smoothing(name, rng):
    network, data, _ = make(name, rng)
    result, _ = run(network, data, label_smoothing=0.2)
    error = FullGradient(network, data, dtype=np.float64, label_smoothing=0.2)
    value, gradient = error(result.parameters)
    assert result.converged
    np.testing.assert_allclose(gradient, 0, atol=1e-10)
    assert result.loss == pytest.approx(value, rel=1e-12)
    assert np.abs(result.parameters).sum() < np.abs(run(network, data)[0].parameters).sum()


# ---------------------------------------------------------------------- how it gets there


def test_ten_steps_where_gradient_descent_takes_thousands(rng):
    # Curriculum 2.8, on columns of different sizes, as tables have them.
    network, data, _ = make("log_loss", rng)
    x = data.x * [1, 2, 5, 10]
    data = make_data(x, data.y, dtype=np.float64)
    result, epochs = run(network, data)
    assert len(epochs) == result.iterations <= 10
    assert result.gradient_norm <= 1e-10
    error = FullGradient(network, data, dtype=np.float64)
    # The largest rate that is safe: 1 / the largest curvature, which is no more than λ(XᵀX) / 4n.
    rate = 4 * len(x) / np.linalg.norm(np.column_stack([x, np.ones(len(x))]), 2) ** 2
    parameters = np.zeros(5)
    for _ in range(2000):
        parameters -= rate * error(parameters)[1]
    assert np.abs(error(parameters)[1]).max() > 1e-6


def test_convergence_is_quadratic(rng):
    network, data, _ = make("cross_entropy", rng)
    error = FullGradient(network, data, dtype=np.float64)
    _, epochs = run(network, data)
    norms = [np.abs(error(parameters)[1]).max() for _, parameters in epochs]
    close = [norm for norm in norms if norm < 0.03]
    assert len(close) >= 3
    for before, after in itertools.pairwise(close):
        assert after <= 200 * before**2 + 1e-14


def test_damping_where_whole_steps_diverge():
    # At x = 1 and at x = −1 one answer of two is 1, so that the optimum is 0. There g′ = σ(w) − ½,
    # and the step g′ / σ′(w) = sinh(w) grows like e^|w|: too far from about |w| = 2.2 on.
    x = np.array([[1.0], [1.0], [-1.0], [-1.0]])
    y = np.array([[1.0], [0.0], [1.0], [0.0]])
    network, data = Architecture((1, 1), (), "log_loss"), make_data(x, y, dtype=np.float64)
    made = Objective(network, data, l1=0.0, l2=0.0, label_smoothing=0.0)
    start = np.array([3.0, 0.0])
    undamped = made.start(start)
    losses = []
    for _ in range(2):
        point = made.at(undamped)
        losses.append(point.loss)
        slope = made.gradient(point)[0, 0]
        sigmoid = 1 / (1 + np.exp(-undamped[0, 0]))
        undamped = undamped - [[slope / (sigmoid * (1 - sigmoid))], [0.0]]
    assert losses[1] > losses[0]
    result, epochs = run(network, data, start=start)
    assert result.converged
    np.testing.assert_allclose(result.parameters, 0, atol=1e-9)
    assert min(epoch.learning_rate for epoch, _ in epochs) < 1
    falling = [losses[0], *(epoch.train_loss for epoch, _ in epochs)]
    assert falling == sorted(falling, reverse=True)


@pytest.mark.parametrize("name", ["log_loss", "cross_entropy", "poisson"])
@pytest.mark.parametrize("scale", [10.0, 100.0])
def test_far_starts_lead_to_the_same_optimum(name, scale, rng):
    network, data, _ = make(name, rng)
    near, _ = run(network, data, l2=0.1)
    start = scale * rng.normal(size=network.parameter_count)
    if name == "poisson":
        start /= 20  # e^z has to be a number
    far, epochs = run(network, data, l2=0.1, start=start)
    assert far.converged
    assert len(epochs) < 60
    np.testing.assert_allclose(far.parameters, near.parameters, atol=1e-7)


def test_columns_of_years_and_of_millionths(rng):
    network, data, _ = make("log_loss", rng)
    x = data.x * [1, 1e-6, 1e6, 1] + [2000, 0, 0, 1e5]
    moved = make_data(x, data.y, dtype=np.float64)
    weights, bias = coefficients(network, run(network, data)[0])
    result, epochs = run(network, moved, tolerance=1e-8)
    there, shifted = coefficients(network, result)
    np.testing.assert_allclose(there * [1, 1e-6, 1e6, 1], weights, rtol=1e-6)
    np.testing.assert_allclose(shifted + there @ [2000, 0, 0, 1e5], bias, rtol=1e-5)
    assert len(epochs) <= 10


@pytest.mark.parametrize("density", [0.05, 0.5])
@pytest.mark.parametrize("name", SMOOTH)
def test_sparse_rows(name, density, rng):
    outputs = 3 if name == "cross_entropy" else 1
    x, y, weights = make_rows(name, rng, rows=150, columns=70, outputs=outputs)
    x *= rng.uniform(size=x.shape) < density
    network = Architecture((70, outputs), (), name)
    for settings in ({"l2": 2.0}, {"l1": 2.0}):
        dense, _ = run(network, make_data(x, y, weights, dtype=np.float64), **settings)
        rows = make_data(sp.csr_array(x), y, weights, dtype=np.float64)
        sparse, _ = run(network, rows, **settings)
        assert sparse.converged
        np.testing.assert_allclose(sparse.parameters, dense.parameters, atol=1e-8)


# ---------------------------------------------------------------------- what is in the way


@pytest.mark.parametrize("name", SMOOTH)
def test_dependent_columns_are_said_and_the_least_norm_is_taken(name, rng):
    network, data, _ = make(name, rng)
    x = np.column_stack(
        [data.x, data.x[:, 0] + data.x[:, 1], data.x[:, 2], np.full(len(data.x), 3)]
    )
    wider = Architecture((7, network.sizes[1]), (), name)
    result, _ = run(wider, make_data(x, data.y, dtype=np.float64), tolerance=1e-9)
    assert (result.converged, result.trouble) == (True, "singular")
    assert "3 directions of the weights change no prediction" in result.message
    assert "the Hessian is singular" in result.message
    assert result.loss == pytest.approx(run(network, data)[0].loss, rel=1e-12)
    weights, _ = coefficients(wider, result)
    np.testing.assert_allclose(weights[:, 6], 0, atol=1e-9)
    for nothing in ([1, 1, 0, 0, -1, 0, 0], [0, 0, 1, 0, 0, -1, 0]):
        np.testing.assert_allclose(weights @ nothing, 0, atol=1e-7)  # least norm: no part in these


def test_with_a_penalty_dependent_columns_are_no_trouble(rng):
    _, data, _ = make("log_loss", rng)
    twice = make_data(np.column_stack([data.x, data.x]), data.y, dtype=np.float64)
    wider = Architecture((8, 1), (), "log_loss")
    result, _ = run(wider, twice, l2=1.0)
    assert (result.converged, result.trouble) == (True, None)
    weights, _ = coefficients(wider, result)
    np.testing.assert_allclose(weights[:, :4], weights[:, 4:], atol=1e-9)


def separable(name, rng):
    network, data, _ = make(name, rng)
    z = data.x @ rng.normal(size=(4, network.sizes[1]))
    y = z.argmax(axis=1, keepdims=True) if name == "cross_entropy" else z > 0.1
    return network, make_data(data.x, y.astype(float), dtype=np.float64)


@pytest.mark.parametrize("name", ["log_loss", "cross_entropy"])
def test_separable_rows_are_said(name, rng):
    network, data = separable(name, rng)
    result, epochs = run(network, data)
    assert (result.converged, result.trouble) == (False, "separable")
    assert result.message.startswith("no finite optimum exists: ")
    assert "can be separated" in result.message
    assert "add an L2 penalty" in result.message
    assert np.isfinite(result.parameters).all()
    assert len(epochs) < 30


@pytest.mark.parametrize("penalty", [{"l2": 0.01}, {"l1": 0.01}, {"label_smoothing": 0.1}])
@pytest.mark.parametrize("name", ["log_loss", "cross_entropy"])
def test_with_a_penalty_separable_rows_have_an_optimum(name, penalty, rng):
    network, data = separable(name, rng)
    result, _ = run(network, data, **penalty)
    assert (result.converged, result.trouble) == (True, None)


def test_rows_of_which_only_some_can_be_separated():
    # Where the second column is 1 all answers are 1, elsewhere they are mixed: its weight grows.
    x = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [1, 1], [2, 1]], float)
    y = np.array([0, 1, 0, 1, 1, 1], float)[:, None]
    network = Architecture((2, 1), (), "log_loss")
    result, _ = run(network, make_data(x, y, dtype=np.float64))
    assert (result.converged, result.trouble) == (False, "separable")
    assert "some rows can be separated from all others" in result.message
    weights, bias = network.views(result.parameters)[0]
    assert (x[4:] @ weights + bias > 0).all()  # those that can be are right
    # With an answer of 0 there too, an optimum exists.
    x, y = np.vstack([x, [1, 1]]), np.vstack([y, [0]])
    result, _ = run(network, make_data(x, y, dtype=np.float64))
    assert (result.converged, result.trouble) == (True, None)


def test_only_the_outputs_that_are_separable_are_named(rng):
    network, data, _ = make("log_loss", rng, outputs=3)
    y = data.y.copy()
    y[:, 1] = data.x[:, 0] > 0
    result, _ = run(network, make_data(data.x, y, dtype=np.float64))
    assert result.trouble == "separable"
    assert "no finite optimum exists for output 1 (counted from 0)" in result.message
    weights, bias = coefficients(network, result)
    single = Architecture((4, 1), (), "log_loss")
    for j in (0, 2):
        alone = make_data(data.x, data.y[:, j : j + 1], dtype=np.float64)
        w, b = coefficients(single, run(single, alone)[0])
        np.testing.assert_allclose([*weights[j], bias[j]], [*w[0], *b], atol=1e-8)


def test_counts_that_are_0_in_some_direction(rng):
    _, data, _ = make("poisson", rng)
    x = np.column_stack([data.x, data.y.ravel() == 0])
    wider = Architecture((5, 1), (), "poisson")
    result, _ = run(wider, make_data(x, data.y, dtype=np.float64))
    assert result.trouble == "separable"
    assert "in some direction the counts are all 0" in result.message


@pytest.mark.parametrize("l2", [0.0, 1.0])
def test_a_class_that_never_occurs(l2, rng):
    network, data, _ = make("cross_entropy", rng)
    wider = Architecture((4, 4), (), "cross_entropy")
    result, _ = run(wider, data, l2=l2)
    assert result.trouble == "separable"
    if l2:
        assert "no row is of class 3 (counted from 0)" in result.message
    network, data, _ = make("log_loss", rng)
    same = make_data(data.x, np.ones_like(data.y), dtype=np.float64)
    result, _ = run(network, same, l2=l2)
    assert result.trouble == "separable"
    if l2:
        assert "all answers are the same, so that the bias grows for ever" in result.message


# ---------------------------------------------------------------------- being watched


def test_every_step_is_an_epoch(rng):
    network, data, _ = make("log_loss", rng, weighted=True)
    result, epochs = run(
        network, data, l1=0.2, l2=0.3, validate=lambda parameters: Validation(parameters[0], 0.5)
    )
    assert [epoch.epoch for epoch, _ in epochs] == list(range(1, result.iterations + 1))
    for epoch, parameters in epochs:
        assert epoch.train_loss == pytest.approx(epoch.data_loss + epoch.penalty, rel=1e-14)
        weights = network.views(parameters)[0][0]
        penalty = 0.2 * np.abs(weights).sum() + 0.15 * (weights**2).sum()
        assert epoch.penalty == pytest.approx(penalty / data.weights.sum(), rel=1e-10)
        assert (epoch.validation_loss, epoch.validation_score) == (parameters[0], 0.5)
        assert epoch.seconds >= 0
        assert epoch.samples_per_second > 0
    assert epochs[-1][0].train_loss == result.loss
    np.testing.assert_array_equal(epochs[-1][1], result.parameters)


def test_it_can_be_told_to_stop(rng):
    network, data, _ = make("log_loss", rng)
    result, epochs = run(network, data, observe=lambda epoch: epoch.epoch == 2)
    assert len(epochs) == result.iterations == 2
    assert not result.converged
    assert "stopped after 2 steps because it was told to" in result.message


def test_it_stops_at_the_limit(rng):
    network, data, _ = make("log_loss", rng)
    result, epochs = run(network, data, max_iterations=2)
    assert len(epochs) == result.iterations == 2
    assert (result.converged, result.trouble) == (False, None)
    assert result.message.startswith("not converged after 2 steps: the gradient's largest")
    assert "more than 1e-10" in result.message


def test_an_optimum_needs_no_step(rng):
    network, data, _ = make("log_loss", rng)
    there = run(network, data, tolerance=1e-12)[0].parameters
    result, epochs = run(network, data, start=there, tolerance=1e-9)
    assert (result.iterations, result.converged, epochs) == (0, True, [])
    np.testing.assert_allclose(result.parameters, there, rtol=1e-12)


def test_a_tolerance_that_no_number_meets_ends_all_the_same(rng):
    network, data, _ = make("log_loss", rng)
    result, epochs = run(network, data, tolerance=0.0)
    assert result.converged
    assert len(epochs) < 20
    assert result.gradient_norm < 1e-14


def test_the_bits_do_not_depend_on_the_number_of_threads(rng):
    from threadpoolctl import threadpool_limits

    network = Architecture((20, 3), (), "cross_entropy")
    x, y, _ = make_rows("cross_entropy", rng, rows=4000, columns=20, outputs=3)
    data = make_data(x, y, dtype=np.float64)
    results = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            results.append(run(network, data, l2=1.0)[0].parameters)
    np.testing.assert_array_equal(*results)


def test_where_the_error_is_not_finite(rng):
    network, data, _ = make("poisson", rng)
    result, epochs = run(network, data, start=np.full(5, 1e4))
    assert (result.converged, result.iterations, epochs) == (False, 0, [])
    assert "the error is not finite where it starts: begin with smaller weights" in result.message


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        (Architecture((4, 3, 1), ("relu",), "log_loss"), "this network has hidden layers"),
        (Architecture((4, 1), (), "perceptron"), "consists of straight lines"),
        (Architecture((5000, 1), (), "log_loss"), "a matrix of 5001 × 5001 second derivatives"),
        (Architecture((999, 6), (), "cross_entropy"), "a matrix of 6000 × 6000"),
    ],
)
def test_what_newtons_method_is_not_for(network, sentence):
    data = make_data(np.zeros((2, network.sizes[0])), np.zeros((2, 1)), dtype=np.float64)
    with pytest.raises(InputError, match=sentence):
        run(network, data)


def test_label_smoothing_is_for_labels(rng):
    network, data, _ = make("half_squared_error", rng)
    with pytest.raises(InputError, match="label smoothing is for labels"):
        run(network, data, label_smoothing=0.1)
