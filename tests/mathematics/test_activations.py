"""Values and derivatives of the activations against jax and against numbers worked by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit
from scipy.special import softmax as scipy_softmax

from chainrule.errors import InputError
from chainrule.mathematics import ACTIVATIONS, activation

ORACLES = {
    "identity": lambda z: z,
    "step": lambda z: jnp.heaviside(z, 1.0),
    "logistic": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "silu": jax.nn.silu,
    "mish": jax.nn.mish,
    "softplus": jax.nn.softplus,
    "exp": jnp.exp,
}
ELEMENTWISE = sorted(ORACLES)
# Where f has a corner or a jump, its derivative is a convention: tested by hand below.
CORNERS = ("step", "relu", "leaky_relu", "selu")
FAR = np.array([20.0, 50.0, 87.0, 89.0, 700.0, 746.0, 1e3, 1e4])


def make_grid(name, dtype):
    near = np.linspace(-20, 20, 4001)
    grid = np.concatenate([-FAR[::-1], near, FAR, [1e-30, -1e-30, 0.0]])
    if name == "exp":
        grid = grid[np.abs(grid) <= 87]  # e^z itself is no float beyond
    if name in CORNERS:
        grid = grid[np.abs(grid) > 1e-12]
    return grid.astype(dtype)


def tolerances(dtype):
    return {"rtol": 2e-6, "atol": 2e-6} if dtype == np.float32 else {"rtol": 1e-13, "atol": 1e-14}


def test_an_oracle_for_every_activation():
    assert set(ACTIVATIONS) == {*ELEMENTWISE, "softmax"}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_value_as_jax_has_it(name, dtype):
    z = make_grid(name, dtype)
    h = ACTIVATIONS[name].value(z)
    assert h.dtype == dtype
    assert h.shape == z.shape
    expected = np.asarray(ORACLES[name](z.astype(np.float64)))
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(h, expected, **tolerances(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivative_as_jax_has_it(name, dtype):
    z = make_grid(name, dtype)
    slope = ACTIVATIONS[name].derivative(z)
    assert slope.dtype == dtype
    assert slope.shape == z.shape
    expected = np.asarray(jax.vmap(jax.grad(ORACLES[name]))(z.astype(np.float64)))
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(slope, expected, **tolerances(dtype))


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name != "step"])
def test_derivative_by_finite_differences(name):
    z = np.linspace(-6, 6, 240)  # steps over 0, where some have a corner
    width = 1e-6
    record = ACTIVATIONS[name]
    quotient = (record.value(z + width) - record.value(z - width)) / (2 * width)
    np.testing.assert_allclose(record.derivative(z), quotient, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_argument_is_left_alone(name, dtype):
    z = np.array([[-1.0, 0.0, 2.0]], dtype)
    before = z.copy()
    h = ACTIVATIONS[name].value(z)
    ACTIVATIONS[name].derivative(z)
    h[...] = 7
    np.testing.assert_array_equal(z, before)


def test_conventions_at_the_corner():
    zero = np.zeros(1)
    assert ACTIVATIONS["step"].value(zero) == 1  # a point on the line belongs to class 1
    slopes = {
        "step": 0,
        "relu": 0,
        "leaky_relu": 0.01,
        "selu": 1.0507009873554805 * 1.6732632423543772,
    }
    for name, slope in slopes.items():
        assert ACTIVATIONS[name].derivative(zero) == pytest.approx(slope)


def test_step_decides_on_which_side_of_a_line_a_point_lies():
    # The line 2x₁ + x₂ − 18 = 0; (6, 6) lies on it.
    points = np.array([[7.0, 6.0], [5.0, 6.0], [6.0, 6.0]])
    z = points @ np.array([[2.0], [1.0]]) - 18
    np.testing.assert_array_equal(ACTIVATIONS["step"].value(z)[:, 0], [1, 0, 1])


def test_sigmoid_and_softmax_worked_by_hand():
    assert activation("sigmoid").value(np.array([1.5]))[0] == pytest.approx(0.817574, abs=5e-7)
    assert activation("sigmoid").derivative(np.array([1.5]))[0] == pytest.approx(
        0.817574 * (1 - 0.817574), abs=5e-7
    )
    h = ACTIVATIONS["softmax"].value(np.array([[2.0, 1.0, 0.0]]))
    np.testing.assert_allclose(h, [[0.665241, 0.244728, 0.090031]], atol=5e-7)


def test_the_two_derivations_of_the_sigmoid_agree():
    z = np.linspace(-30, 30, 601)
    np.testing.assert_allclose(
        ACTIVATIONS["logistic"].derivative(z), expit(z) * expit(-z), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_value(dtype):
    z = np.random.default_rng(1).normal(0, 3, (200, 5)).astype(dtype)
    z[:4] = [[1e4, 0, 0, 0, 0], [-1e4] * 5, [1e4, -1e4, 0, 1, 2], [0] * 5]
    h = ACTIVATIONS["softmax"].value(z)
    assert h.dtype == dtype
    np.testing.assert_allclose(h, scipy_softmax(z.astype(float), axis=1), **tolerances(dtype))
    np.testing.assert_allclose(h.sum(axis=1), 1, **tolerances(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("nodes", [1, 2, 6])
def test_softmax_jacobian(nodes, dtype):
    z = np.random.default_rng(2).normal(0, 3, (40, nodes)).astype(dtype)
    z[0, 0] = 1e4
    jacobian = ACTIVATIONS["softmax"].derivative(z)
    assert jacobian.dtype == dtype
    assert jacobian.shape == (40, nodes, nodes)
    expected = jax.vmap(jax.jacobian(jax.nn.softmax))(z.astype(np.float64))
    np.testing.assert_allclose(jacobian, expected, **tolerances(dtype))


@pytest.mark.parametrize("name", ["tanh", "softmax"])
def test_chain_is_a_vector_jacobian_product(name):
    rng = np.random.default_rng(3)
    z, delta = rng.normal(size=(7, 4)), rng.normal(size=(7, 4))
    function = jax.nn.softmax if name == "softmax" else jnp.tanh
    _, pull_back = jax.vjp(function, z)
    np.testing.assert_allclose(ACTIVATIONS[name].chain(delta, z), pull_back(delta)[0], rtol=1e-12)


def test_records_are_complete_and_distinct():
    records = list(ACTIVATIONS.values())
    assert [record.code for record in records] == list(range(len(records)))
    for name, record in ACTIVATIONS.items():
        assert record.name == name
        assert record.formula.strip()
        assert record.derivative_formula.strip()
        assert record.source.strip()
        assert record.elementwise == (name != "softmax")
    assert len({record.formula for record in records}) == len(records)


def test_records_are_frozen():
    with pytest.raises(AttributeError, match="set attribute"):
        ACTIVATIONS["relu"].code = 3


@pytest.mark.parametrize(("alias", "name"), [("sigmoid", "logistic"), ("swish", "silu")])
def test_aliases(alias, name):
    assert activation(alias) is ACTIVATIONS[name]


def test_an_unknown_name_is_answered_with_the_choices():
    with pytest.raises(InputError) as caught:
        activation("rellu")
    for name in ("rellu", "sigmoid", "swish", *ACTIVATIONS):
        assert name in str(caught.value)
