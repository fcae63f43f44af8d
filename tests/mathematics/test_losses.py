"""Losses against scikit-learn, jax, finite differences and the curriculum's numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.special import softmax as scipy_softmax
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, mean_poisson_deviance, mean_squared_error

from chainrule.errors import InputError
from chainrule.mathematics import ACTIVATIONS, LOSSES, loss, row_shares

ROWS = 12
WEIGHTS = {
    "none": None,
    "random": np.random.default_rng(5).uniform(0.1, 3, ROWS),
    "some zero": np.array([0.0, 1, 2, 0, 0, 3, 1, 1, 0.5, 0, 2, 1]),
}
EVERY_COMBINATION = [
    pytest.param(name, outputs, weights, id=f"{name}-{outputs}-{weights}")
    for name in LOSSES
    for outputs in (1, 3)
    for weights in WEIGHTS
]


def make_problem(name, outputs, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 2, (ROWS, outputs))
    if name in ("log_loss", "perceptron"):
        y = rng.integers(0, 2, (ROWS, outputs)).astype(float)
    elif name == "cross_entropy":
        y = np.eye(outputs)[np.arange(ROWS) % outputs]
    elif name == "poisson":
        y = rng.poisson(1.5, (ROWS, outputs)).astype(float)
        y[0] = 0
    else:
        y = rng.normal(size=(ROWS, outputs))
    return z, y


def jax_row_errors(name, z, y):
    if name == "half_squared_error":
        return (0.5 * (z - y) ** 2).sum(axis=1)
    if name == "log_loss":
        return -(y * jax.nn.log_sigmoid(z) + (1 - y) * jax.nn.log_sigmoid(-z)).sum(axis=1)
    if name == "cross_entropy":
        return -(y * jax.nn.log_softmax(z, axis=1)).sum(axis=1)
    if name == "perceptron":  # as margins have it: with t = ±1, a wrong answer costs −t z
        return jnp.maximum(0, (1 - 2 * y) * z).sum(axis=1)
    return (jax.scipy.special.xlogy(y, y) - y * z - y + jnp.exp(z)).sum(axis=1)


def jax_average(name, z, y, weights):
    errors = jax_row_errors(name, z, y)
    return errors.mean() if weights is None else (weights * errors).sum() / weights.sum()


def reference(name, z, y, weights):
    """Put the same number together from scikit-learn's metrics."""
    outputs = range(z.shape[1])
    if name == "half_squared_error":
        return sum(
            0.5 * mean_squared_error(y[:, k], z[:, k], sample_weight=weights) for k in outputs
        )
    if name == "poisson":
        rates = np.exp(z)
        return sum(
            0.5 * mean_poisson_deviance(y[:, k], rates[:, k], sample_weight=weights)
            for k in outputs
        )
    if name == "perceptron":
        wrong = (z > 0) != (y > 0)
        return np.average(np.where(wrong, np.abs(z), 0).sum(axis=1), weights=weights)
    if name == "log_loss":
        p = expit(z)
        return sum(
            log_loss(y[:, k], p[:, k], sample_weight=weights, labels=[0, 1]) for k in outputs
        )
    if z.shape[1] == 1:
        return 0.0  # one class only: always right
    labels = y.argmax(axis=1)
    return log_loss(labels, scipy_softmax(z, axis=1), sample_weight=weights, labels=list(outputs))


@pytest.mark.parametrize(("name", "outputs", "weights"), EVERY_COMBINATION)
def test_value_as_scikit_learn_has_it(name, outputs, weights):
    z, y = make_problem(name, outputs)
    expected = reference(name, z, y, WEIGHTS[weights])
    assert loss(name).average(z, y, WEIGHTS[weights]) == pytest.approx(
        expected, rel=1e-12, abs=1e-15
    )


@pytest.mark.parametrize(("name", "outputs", "weights"), EVERY_COMBINATION)
def test_gradient_as_jax_derives_it(name, outputs, weights):
    z, y = make_problem(name, outputs)
    value, gradient = jax.value_and_grad(jax_average, argnums=1)(name, z, y, WEIGHTS[weights])
    assert loss(name).average(z, y, WEIGHTS[weights]) == pytest.approx(
        float(value), rel=1e-12, abs=1e-15
    )
    np.testing.assert_allclose(
        loss(name).average_gradient(z, y, WEIGHTS[weights]), gradient, rtol=1e-11, atol=1e-15
    )


@pytest.mark.parametrize(("name", "outputs", "weights"), EVERY_COMBINATION)
def test_gradient_is_the_derivative_of_the_reported_loss(name, outputs, weights):
    z, y = make_problem(name, outputs, seed=1)
    width = 1e-5
    quotients = np.empty_like(z)
    for i, k in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[i, k] += width
        down[i, k] -= width
        rise = loss(name).average(up, y, WEIGHTS[weights]) - loss(name).average(
            down, y, WEIGHTS[weights]
        )
        quotients[i, k] = rise / (2 * width)
    np.testing.assert_allclose(
        loss(name).average_gradient(z, y, WEIGHTS[weights]), quotients, rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_curvature_as_jax_derives_it(name, outputs):
    z, y = make_problem(name, outputs)

    def row_error(z, y):
        return jax_row_errors(name, z[None], y[None])[0]

    expected = jax.vmap(jax.hessian(row_error))(z, y)
    np.testing.assert_allclose(loss(name).curvature(z), expected, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_curvature_is_the_derivative_of_the_gradient(name, outputs):
    z, y = make_problem(name, outputs, seed=1)
    quotients = np.empty((*z.shape, outputs))
    for k in range(outputs):
        shift = 1e-5 * np.eye(outputs)[k]
        rise = loss(name).gradient(z + shift, y) - loss(name).gradient(z - shift, y)
        quotients[:, :, k] = rise / 2e-5
    np.testing.assert_allclose(loss(name).curvature(z), quotients, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_curvature_is_symmetric_and_nowhere_negative(name):
    z, _ = make_problem(name, 3)
    curvature = loss(name).curvature(z)
    np.testing.assert_array_equal(curvature, curvature.transpose(0, 2, 1))
    assert (np.linalg.eigvalsh(curvature) >= -1e-15).all()


def test_curvature_by_hand():
    zero = np.zeros((1, 1))
    # At z = 0: σ(1 − σ) = ¼ and e⁰ = 1; a squared error has ½(z − y)² everywhere, a line has 0.
    for name, expected in (
        ("half_squared_error", 1),
        ("log_loss", 0.25),
        ("poisson", 1),
        ("perceptron", 0),
    ):
        np.testing.assert_array_equal(loss(name).curvature(zero), [[[expected]]])
    # p = (½, ¼, ¼) at z = (ln 2, 0, 0): p₀(1 − p₀) = ¼, p₁(1 − p₁) = 3/16, −p₀p₁ = −⅛ and
    # −p₁p₂ = −1/16.
    z = np.array([[np.log(2), 0, 0]])
    np.testing.assert_allclose(
        loss("cross_entropy").curvature(z)[0] * 16,
        [[4, -2, -2], [-2, 3, -1], [-2, -1, 3]],
        rtol=1e-14,
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_float_type_is_kept(name, dtype):
    z, y = (part.astype(dtype) for part in make_problem(name, 3))
    assert loss(name).value(z, y).dtype == dtype
    assert loss(name).gradient(z, y).dtype == dtype
    assert loss(name).curvature(z).dtype == dtype
    assert loss(name).average_gradient(z, y, WEIGHTS["random"]).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_logits(dtype):
    far = np.array([[1e4], [-1e4]], dtype)
    right, wrong = np.array([[1.0], [0.0]], dtype), np.array([[0.0], [1.0]], dtype)
    np.testing.assert_array_equal(loss("log_loss").value(far, right), [0, 0])
    np.testing.assert_array_equal(loss("log_loss").value(far, wrong), [1e4, 1e4])
    np.testing.assert_array_equal(loss("log_loss").gradient(far, wrong), [[1], [-1]])
    z = np.array([[1e4, 0.0, -1e4]], dtype)
    first, last = np.array([[1, 0, 0]], dtype), np.array([[0, 0, 1]], dtype)
    np.testing.assert_array_equal(loss("cross_entropy").value(z, first), [0])
    np.testing.assert_array_equal(loss("cross_entropy").value(z, last), [2e4])
    np.testing.assert_array_equal(loss("cross_entropy").gradient(z, last), [[1, 0, -1]])


def test_cross_entropy_of_targets_that_are_probabilities():
    z, _ = make_problem("cross_entropy", 3)
    y = np.random.default_rng(2).uniform(0, 1, z.shape)  # their sums differ, too
    gradient = jax.grad(jax_average, argnums=1)("cross_entropy", z, y, None)
    np.testing.assert_allclose(loss("cross_entropy").average_gradient(z, y), gradient, rtol=1e-11)


@pytest.mark.parametrize(
    ("case", "probability", "error"),
    [
        ((1, 1, 1), 0.056, 2.8824),
        ((1, 1, 0), 0.504, 0.6852),
        ((1, 0, 1), 0.024, 3.7297),
        ((0, 1, 1), 0.014, 4.2687),
        ((1, 0, 0), 0.216, 1.5325),
        ((0, 1, 0), 0.126, 2.0715),
        ((0, 0, 1), 0.006, 5.1160),
        ((0, 0, 0), 0.054, 2.9188),
    ],
)
def test_gifts_behind_doors(case, probability, error):
    # The logarithm turns the product of probabilities into the sum that the loss is.
    z = logit(np.array([[0.8, 0.7, 0.1]]))
    e = loss("log_loss").value(z, np.array([case], dtype=float))
    assert e[0] == pytest.approx(error, abs=5e-5)
    assert np.exp(-e[0]) == pytest.approx(probability, abs=1e-12)


def test_the_doors_to_six_digits():
    e = loss("log_loss").value(logit(np.array([[0.8, 0.7, 0.1]])), np.array([[1.0, 1, 0]]))
    assert e[0] == pytest.approx(0.685179, abs=5e-7)


def test_one_neuron_with_half_squared_error():
    # x = (1, 2), w = (0.5, −1), b = 0.25: ŷ = −1.25; y = 2: E = ½·3.25² = 5.28125,
    # ∂E/∂w = −(y − ŷ) x = (−3.25, −6.5), ∂E/∂b = −3.25.
    x, w, y = np.array([[1.0, 2.0]]), np.array([[0.5], [-1.0]]), np.array([[2.0]])
    z = x @ w + 0.25
    assert loss("half_squared_error").average(z, y) == 5.28125
    delta = loss("half_squared_error").average_gradient(z, y)
    np.testing.assert_allclose(x.T @ delta, [[-3.25], [-6.5]])
    np.testing.assert_allclose(delta.sum(axis=0), [-3.25])


@pytest.mark.parametrize("weights", WEIGHTS)
def test_least_squares_is_where_the_gradient_vanishes(weights):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(ROWS, 3))
    y = x @ [1.0, -2.0, 0.5] + 3 + rng.normal(size=ROWS)
    fitted = LinearRegression().fit(x, y, sample_weight=WEIGHTS[weights])
    z = fitted.predict(x).reshape(-1, 1)
    delta = loss("half_squared_error").average_gradient(z, y.reshape(-1, 1), WEIGHTS[weights])
    np.testing.assert_allclose(x.T @ delta, 0, atol=1e-14)
    np.testing.assert_allclose(delta.sum(), 0, atol=1e-14)


def test_logistic_regression_by_gradient_descent():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(80, 2))
    y = (rng.uniform(size=80) < expit(x @ [1.5, -1.0] + 0.3)).astype(float).reshape(-1, 1)
    w, b = np.zeros((2, 1)), np.zeros(1)
    for _ in range(600):  # W ← W + α (y − ŷ) x, averaged over the rows
        delta = loss("log_loss").average_gradient(x @ w + b, y)
        w -= 2 * x.T @ delta
        b -= 2 * delta.sum(axis=0)
    expected = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(x, y.ravel())
    np.testing.assert_allclose(w.ravel(), expected.coef_[0], atol=1e-6)
    np.testing.assert_allclose(b, expected.intercept_, atol=1e-6)


def test_the_step_of_one_point():
    # W ← W + α (y − ŷ) x with x = (1, 2), W = (0.3, −0.2), b = 0.1, y = 1: z = 0, ŷ = ½, and with
    # α = 0.1 the step is 0.1 · ½ · (1, 2) = (0.05, 0.1).
    x, w = np.array([[1.0, 2.0]]), np.array([[0.3], [-0.2]])
    delta = loss("log_loss").average_gradient(x @ w + 0.1, np.array([[1.0]]))
    np.testing.assert_allclose(-0.1 * x.T @ delta, [[0.05], [0.1]], atol=1e-15)


def test_the_perceptron_by_hand():
    # The line 2x₁ + x₂ − 18 = 0 with (7, 6), z = 2; (5, 6), z = −2; and (6, 6), which lies on it
    # and counts as 1. Where the answer is wrong, the gradient is +1 or −1 and the error |z|.
    z = np.array([[7.0, 6], [5, 6], [6, 6]]) @ [[2.0], [1.0]] - 18
    perceptron = loss("perceptron")
    for y, error, gradient in (
        ([1, 0, 1], [0, 0, 0], [0, 0, 0]),
        ([0, 1, 0], [2, 2, 0], [1, -1, 1]),
    ):
        targets = np.array(y, float).reshape(-1, 1)
        np.testing.assert_array_equal(perceptron.value(z, targets), error)
        np.testing.assert_array_equal(perceptron.gradient(z, targets).ravel(), gradient)


def test_a_step_down_the_perceptrons_gradient_is_the_perceptron_algorithm():
    # A misclassified y = 1: W += αx, b += α; a misclassified y = 0: W −= αx, b −= α.
    w, b, x, rate = np.array([[2.0], [1.0]]), -18.0, np.array([[5.0, 6.0]]), 0.1
    delta = loss("perceptron").gradient(x @ w + b, np.array([[1.0]]))
    np.testing.assert_allclose(w - rate * x.T @ delta, [[2.5], [1.6]], rtol=1e-15)
    np.testing.assert_allclose(b - rate * delta.sum(), -17.9)
    delta = loss("perceptron").gradient(-(x @ w + b), np.array([[0.0]]))
    np.testing.assert_allclose(-rate * x.T @ delta, [[-0.5], [-0.6]], rtol=1e-15)


def test_smoothed_labels_by_hand():
    # A tenth of each label spread over yes and no: 1 → 0.95, 0 → 0.05; over four classes:
    # 1 → 0.9 + 0.025, 0 → 0.025.
    several = loss("log_loss").smooth(np.array([[1.0, 0.0], [0.0, 0.0]]), 0.1)
    np.testing.assert_allclose(several, [[0.95, 0.05], [0.05, 0.05]], rtol=1e-15)
    classes = loss("cross_entropy").smooth(np.eye(4), 0.1)
    np.testing.assert_allclose(classes, 0.9 * np.eye(4) + 0.025, rtol=1e-15)
    np.testing.assert_allclose(classes.sum(axis=1), 1, rtol=1e-15)


def test_two_classes_are_smoothed_alike_by_both_losses():
    z, y = np.array([[1.5], [-0.3]]), np.array([[1.0], [0.0]])
    two = np.hstack([np.zeros_like(z), z]), np.hstack([1 - y, y])
    np.testing.assert_allclose(
        loss("log_loss").value(z, loss("log_loss").smooth(y, 0.3)),
        loss("cross_entropy").value(two[0], loss("cross_entropy").smooth(two[1], 0.3)),
        rtol=1e-14,
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["log_loss", "cross_entropy"])
def test_smoothing_keeps_the_float_type_and_the_labels_given(name, dtype):
    y = np.eye(3, dtype=dtype)
    assert loss(name).smooth(y, 0.1).dtype == dtype
    np.testing.assert_array_equal(y, np.eye(3))


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_no_smoothing(name):
    _, y = make_problem(name, 3)
    np.testing.assert_array_equal(loss(name).smooth(y, 0.0), y)


@pytest.mark.parametrize("name", ["half_squared_error", "poisson", "perceptron"])
def test_what_is_no_probability_is_not_smoothed(name):
    with pytest.raises(InputError, match=f"{name} has none"):
        loss(name).smooth(np.ones((2, 1)), 0.1)


@pytest.mark.parametrize("smoothing", [-0.1, 1, 1.5, np.nan])
def test_smoothing_out_of_range(smoothing):
    with pytest.raises(InputError, match="at least 0 and below 1"):
        loss("log_loss").smooth(np.ones((2, 1)), smoothing)


def test_shares():
    np.testing.assert_array_equal(row_shares(4), [0.25] * 4)
    np.testing.assert_array_equal(row_shares(2, np.array([1.0, 3.0])), [0.25, 0.75])
    np.testing.assert_array_equal(row_shares(3, np.zeros(3)), [0, 0, 0])
    assert row_shares(2, np.array([1, 3], np.float32)).dtype == np.float64


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_weight_of_two_is_a_row_met_twice(name):
    z, y = make_problem(name, 3)
    weights = np.ones(ROWS)
    weights[3] = 2
    twice = np.append(np.arange(ROWS), 3)
    assert loss(name).average(z, y, weights) == pytest.approx(
        loss(name).average(z[twice], y[twice]), rel=1e-13
    )


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_an_error_is_never_negative_and_nothing_without_weight(name):
    z, y = make_problem(name, 3)
    assert (loss(name).value(z, y) >= 0).all()
    assert loss(name).average(z, y, np.zeros(ROWS)) == 0
    np.testing.assert_array_equal(loss(name).average_gradient(z, y, np.zeros(ROWS)), 0)


def test_records_are_complete_and_distinct():
    records = list(LOSSES.values())
    assert [record.code for record in records] == list(range(len(records)))
    for name, record in LOSSES.items():
        assert record.name == name
        assert record.formula.strip()
        assert record.gradient_formula.strip()
        assert record.curvature_formula.strip()
        assert record.source.strip()
        assert record.output in ACTIVATIONS
    assert len({record.formula for record in records}) == len(records)


def test_an_unknown_name_is_answered_with_the_choices():
    with pytest.raises(InputError) as caught:
        loss("hinge")
    for name in ("hinge", *LOSSES):
        assert name in str(caught.value)
