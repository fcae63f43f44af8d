"""Every function with a name: its derivative is that of the record by which networks learn."""

import numpy as np
import pytest

from chainrule import InputError, derive
from chainrule.mathematics import ACTIVATIONS, L1, L2, LOSSES, activation, loss
from chainrule.mathematics.activations import SELU_ALPHA, SELU_SCALE
from chainrule.mathematics.differentiation import names

Z = np.array([-3.1, -1.0, -0.2, 0.4, 1.5, 2.7])
CONSTANTS = {"λ": SELU_SCALE, "α": SELU_ALPHA}
ELEMENTWISE = [*(name for name in ACTIVATIONS if name != "softmax"), "sigmoid", "swish"]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_activations(name):
    derivation = derive(name)
    found = [derivation.evaluate(CONSTANTS, z=z) for z in Z]
    np.testing.assert_allclose(found, activation(name).derivative(Z), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_activations_at_0(name):
    # Where there is a corner, the derivation takes the value that training takes.
    zero = np.array([0.0])
    value = derive(name).evaluate(CONSTANTS, z=0)
    assert value == pytest.approx(activation(name).derivative(zero)[0], abs=1e-15)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "silu"])
def test_activations_of_another_variable(name):
    derivation = derive(name, "x")
    assert derivation.variable == "x"
    assert "z" not in str(derivation.result)
    value = activation(name).derivative(np.array([0.3]))[0]
    assert derivation.evaluate(x=0.3) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("identity", "1"),
        ("step", "{0 if z ≥ 0; 0 if z < 0}"),
        ("sigmoid", "σ(z)·(1 − σ(z))"),
        ("tanh", "1 − tanh²(z)"),
        ("relu", "{1 if z > 0; 0 if z ≤ 0}"),
        ("leaky relu", "{1 if z > 0; 0.01 if z ≤ 0}"),
        ("elu", "{1 if z > 0; e^z if z ≤ 0}"),
        ("selu", "λ·{1 if z > 0; α·e^z if z ≤ 0}"),
        ("gelu", "Φ(z) + z·φ(z)"),
        ("silu", "σ(z)·(1 + z·(1 − σ(z)))"),
        ("mish", "tanh(ln(1 + e^z)) + z·σ(z)·(1 − tanh²(ln(1 + e^z)))"),
        ("softplus", "σ(z)"),
        ("exp", "e^z"),
        ("softmax", "{hᵢ·(1 − hᵢ) if i = j; −hᵢ·hⱼ if i ≠ j}"),
        ("half squared error", "ŷ − y"),
        ("log loss", "ŷ − y"),
        ("cross-entropy", "ŷⱼ − yⱼ"),
        ("poisson", "ŷ − y"),
        ("perceptron", "ŷ − y"),
        ("half squared error of a sigmoid", "(ŷ − y)·ŷ·(1 − ŷ)"),
        ("half squared error of tanh", "(ŷ − y)·(1 − ŷ²)"),
        ("L1", "sign(w)"),
        ("L2", "w"),
    ],
)
def test_the_usual_forms(name, shown):
    assert str(derive(name).result) == shown


def test_softmax():
    z = np.array([[0.3, -1.2, 2.0]])
    h = activation("softmax").value(z)[0]
    jacobian = activation("softmax").derivative(z)[0]
    derivation = derive("softmax")
    for i in range(3):
        for j in range(3):
            value = derivation.evaluate({"h_i": h[i], "h_j": h[j], "i": i, "j": j})
            assert value == pytest.approx(jacobian[i, j], rel=1e-13)


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "cross_entropy"])
def test_losses(name):
    record, derivation = loss(name), derive(name)
    y = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    prediction = activation(record.output).value(Z)
    found = [
        derivation.evaluate({"y": y_, "ŷ": p, "z": z})
        for y_, p, z in zip(y, prediction, Z, strict=True)
    ]
    gradient = record.gradient(Z[:, None], y[:, None])[:, 0]
    np.testing.assert_allclose(found, gradient, rtol=1e-13, atol=1e-15)


def test_cross_entropy():
    z, y = np.array([[0.3, -1.2, 2.0]]), np.array([[0.0, 1.0, 0.0]])
    prediction = activation("softmax").value(z)[0]
    gradient = loss("cross_entropy").gradient(z, y)[0]
    for j in range(3):
        value = derive("cross-entropy").evaluate({"ŷ_j": prediction[j], "y_j": y[0, j]})
        assert value == pytest.approx(gradient[j], rel=1e-13)


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name not in ("exp", "step")])
def test_the_half_squared_error_of_any_activation(name):
    # By central differences of E = ½(y − f(z))².
    f, y, h = activation(name).value, 0.3, 1e-6
    derivation = derive(f"half squared error of a {name}")
    for z in Z:
        values = 0.5 * (y - f(np.array([z + h, z - h]))) ** 2
        slope = (values[0] - values[1]) / (2 * h)
        prediction = float(f(np.array([z]))[0])
        value = derivation.evaluate({**CONSTANTS, "y": y, "ŷ": prediction, "z": z})
        assert value == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_penalties():
    for name, penalty in (("l1", L1), ("L2 penalty", L2)):
        for w in (-1.5, 0.25):
            slope = penalty.derivative(np.array([w]))[0]
            assert derive(name).evaluate(w=w) == pytest.approx(slope, rel=1e-15)


def test_by_the_prediction_alone():
    derivation = derive("log loss", "ŷ")
    assert derivation.slope_name == "∂E/∂ŷ"
    assert str(derivation.result) == "(ŷ − y)/(ŷ·(1 − ŷ))"
    assert str(derive("half squared error", "y_hat").result) == "ŷ − y"


# ---------------------------------------------------------------------- which rules are named


def rules(*what):
    return [step.rule.name for step in derive(*what).steps]


def test_the_sigmoid_by_the_quotient_rule():
    expected = [
        *("quotient rule", "constant rule", "sum rule", "constant rule"),
        *("chain rule", "exponential rule", "constant factor rule", "power rule"),
        *("split the fraction", "add and subtract 1", "recognize the sigmoid"),
    ]
    assert rules("sigmoid") == expected
    assert rules("1/(1 + exp(-x))", "x") == expected


def test_the_log_loss_of_a_sigmoid_is_a_chain_in_which_much_cancels():
    steps = derive("log loss of a sigmoid").steps
    assert list(dict.fromkeys(step.part for step in steps)) == ["∂E/∂ŷ", "∂ŷ/∂z", "∂E/∂z"]
    chain, cancel = steps[-2:]
    assert (chain.rule.name, cancel.rule.name) == ("chain rule", "cancel")
    assert str(chain.result) == "(ŷ − y)/(ŷ·(1 − ŷ)) · ŷ·(1 − ŷ)"
    assert str(cancel.result) == "ŷ − y"


def test_the_cross_entropy_goes_over_all_outputs():
    steps = derive("cross-entropy of a softmax").steps
    last = [step for step in steps if step.part == "∂E/∂zⱼ"]
    assert [step.rule.name for step in last] == [
        "chain rule, over all outputs",
        "cancel",
        "multiply out",
        "put the missing term back",
        "the targets add up to 1",
    ]


def test_softmax_has_two_cases():
    parts = dict.fromkeys(step.part for step in derive("softmax").steps)
    assert list(parts) == ["∂hᵢ/∂zⱼ where i = j", "∂hᵢ/∂zⱼ where i ≠ j"]
    assert rules("softmax")[:5] == [
        "quotient rule",
        "exponential rule",
        "sum rule",
        "other variables are constants",
        "exponential rule",
    ]


def test_typed_out_it_ends_in_the_same_form():
    typed = derive("(e^x - e^-x)/(e^x + e^-x)")
    assert str(typed.result) == "1 − tanh²(x)"
    assert str(derive("ln(1 + e^x)").result) == "σ(x)"
    assert str(derive("1/(1 + exp(-(w*x + b)))", "w").result) == "x·σ(w·x + b)·(1 − σ(w·x + b))"


# ---------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sigmoid", "logistic"),
        ("the sigmoid function", "sigmoid"),
        ("derivative of the sigmoid", "sigmoid"),
        ("Leaky-ReLU", "leaky_relu"),
        ("leaky relu", "leaky_relu"),
        ("swish", "silu"),
        ("Log_Loss", "log loss of a sigmoid"),
        ("binary cross-entropy of a sigmoid", "log loss"),
        ("Cross Entropy of Softmax", "cross_entropy"),
        ("half-squared-error", "half squared error of the identity"),
        ("half Poisson deviance of an exponential", "poisson"),
        ("log", "ln"),
    ],
)
def test_names_are_taken_as_they_come(one, other):
    assert derive(one).to_dict() == derive(other).to_dict()


def test_every_name_that_is_listed_is_known():
    for group in names().values():
        for name in group:
            assert derive(name.partition(" (")[0]).steps
    assert {activation(n.replace(" ", "_")).name for n in names()["activations"]} == {*ACTIVATIONS}


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("sigmod", "no 'sigmod' to derive; did you mean 'sigmoid'"),
        ("squared error", "did you mean 'half squared error'"),
        ("log loss of a sigmiod", "did you mean 'log loss of sigmoid'"),
        ("log loss of a tanh", "log loss goes with a sigmoid"),
        ("cross-entropy of relu", "cross entropy goes with softmax"),
        ("poisson of a sigmoid", "poisson goes with an exponential"),
        ("banana", "'banana' is neither a formula nor a name; known are identity, step, sigmoid"),
        ("banana split", "neither a formula nor a name"),
    ],
)
def test_names_that_are_not(what, sentence):
    with pytest.raises(InputError, match=sentence):
        derive(what)


@pytest.mark.parametrize(
    ("what", "variable", "sentence"),
    [
        ("softmax", "x", "softmax is derived by zⱼ; got 'x'"),
        ("log loss", "x", "log loss is derived by z, and for some by ŷ; got 'x'"),
        ("sigmoid", "2", "the variable has to be a name such as 'x'; got '2'"),
        ("sigmoid", "", "cannot be read"),
    ],
)
def test_variables_that_do_not_fit(what, variable, sentence):
    with pytest.raises(InputError, match=sentence):
        derive(what, variable)
