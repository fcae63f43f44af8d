"""Derivatives of what a person types: right, named, checked, and told in lines that fit."""

import json
import random
import subprocess
import sys

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from chainrule import InputError, derive
from chainrule.mathematics.differentiation import RULES, engine
from chainrule.mathematics.differentiation import rules as rules_module
from chainrule.mathematics.differentiation.checking import StepError
from chainrule.mathematics.expressions import Undefined, evaluate, parse
from chainrule.mathematics.expressions.sympy_forms import to_sympy
from chainrule.mathematics.expressions.tree import Derivative

X, Y = sympy.symbols("x y", real=True)


def rules(*what):
    return [step.rule.name for step in derive(*what).steps]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("5", "0"),
        ("x", "1"),
        ("x^3", "3x²"),
        ("7*x - 3", "7"),
        ("1/x", "−1/x²"),
        ("sqrt(x)", "1/(2√x)"),
        ("ln(x)", "1/x"),
        ("e^x", "e^x"),
        ("e^(-x)", "−e^(−x)"),
        ("2^x", "2^x·ln(2)"),
        ("x^x", "x^x·(ln(x) + 1)"),
        ("x*ln(x) - x", "ln(x)"),
        ("x*e^x", "e^x·(1 + x)"),
        ("sin(x)*cos(x)", "cos(2x)"),
        ("sin(3*x)", "3·cos(3x)"),
        ("tan(x)", "1 + tan²(x)"),
        ("sqrt(1 + x^2)", "x/√(1 + x²)"),
        ("exp(-x^2/2)/sqrt(2*pi)", "−x·e^(−x²/2)/√(2·π)"),
        ("abs(x^2 - 1)", "2x·sign(x² − 1)"),
        ("relu(2*x + 1)", "2·{1 if 2x + 1 > 0; 0 if 2x + 1 ≤ 0}"),
        ("(x^2 - 1)/(x - 1)", "1"),
        ("ln(1 + exp(-x))", "σ(x) − 1"),
        ("sigmoid(x)*(1 - sigmoid(x))", "σ(x)·(1 − σ(x))·(1 − 2·σ(x))"),
        ("0.1*x^3", "0.3·x²"),
        ("-x² · e^x", "−x·e^x·(2 + x)"),
        ("ln(-x^2 - 1)", "2x/(x² + 1)"),  # complex, and still right
        ("exp(exp(exp(x)))", "e^(e^(e^x) + e^x + x)"),
    ],
)
def test_the_usual_forms(typed, shown):
    assert str(derive(typed).result) == shown


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("5",), ["constant rule"]),
        (("y", "x"), ["other variables are constants"]),
        (("x",), ["power rule"]),
        (("x^3",), ["power rule"]),
        (("4*x^3",), ["constant factor rule", "power rule", "simplify"]),
        (("x + 1",), ["sum rule", "power rule", "constant rule"]),
        (("x*ln(x)",), ["product rule", "power rule", "logarithm rule", "simplify"]),
        (("ln(x)",), ["logarithm rule"]),
        (("e^x",), ["exponential rule"]),
        (("2^x",), ["exponential rule, base a"]),
        (("sin(x)/x",), ["quotient rule", "sine rule", "power rule", "simplify"]),
        (("exp(-x)",), ["chain rule", "exponential rule", "constant factor rule", "power rule"]),
        (("a*x", "x"), ["constant factor rule", "power rule"]),
        (("x/4",), ["constant factor rule", "power rule"]),
        (("x^y", "y"), ["exponential rule, base a"]),
        (("tanh(x)",), ["tanh rule"]),
        (("gelu", "x"), ["product rule", "power rule", "normal distribution rule"]),
        (("relu",), ["piece by piece", "power rule", "constant rule"]),
        (("abs(x)",), ["absolute value rule"]),
    ],
)
def test_the_rules_that_are_named(typed, expected):
    assert rules(*typed) == expected


def test_a_power_of_two_changing_things_is_turned_into_an_exponential_and_back():
    assert rules("x^x")[0] == rules("x^x")[-1] == "power as an exponential"


def test_a_step_holds_all_there_is():
    quotient = derive("1/(1 + exp(-x))").steps[0]
    assert quotient.rule.name == "quotient rule"
    assert quotient.rule.formula == "(f/g)′ = (f′·g − f·g′)/g²"
    assert quotient.rule.latex.startswith(r"\left(\frac{f}{g}\right)'")
    assert quotient.substituted == {"f": "1", "g": "1 + e^(−x)"}
    assert str(quotient.before) == "d/dx[1/(1 + e^(−x))]"
    assert str(quotient.after).endswith("− 1·d/dx[1 + e^(−x)])/(1 + e^(−x))²")
    assert str(quotient.result) == "(d/dx[1]·(1 + e^(−x)) − d/dx[1 + e^(−x)])/(1 + e^(−x))²"
    assert quotient.latex.startswith(r"\frac{d}{d x}\left[\frac{1}{1 + e^{-x}}\right] = ")
    assert 0 <= quotient.deviation < 1e-15


def test_other_variables_are_held_and_that_is_said():
    derivation = derive("a*x^2 + b*x + c", "x")
    assert str(derivation.result) == "2a·x + b"
    assert derivation.notes == ("a, b, c are held constant.",)
    assert "∂f/∂x = 2a·x + b" in str(derivation)
    assert derive("x*y", "y").notes == ("x is held constant.",)
    assert derive("x^2").notes == ()


def test_signs_are_explained():
    assert any("σ(x) = 1/(1 + e^(−x))" in note for note in derive("1/(1 + exp(-x))").notes)
    assert any("bell curve" in note for note in derive("Phi(x)").notes)


def test_a_variable_that_is_not_in_it():
    derivation = derive("x^2", "t")
    assert (str(derivation.result), derivation.variable) == ("0", "t")
    assert rules("x^2", "t") == ["other variables are constants"]


# ---------------------------------------------------------------------- against SymPy

_FUNCTIONS = ("exp", "ln", "sqrt", "sin", "cos", "tanh", "sigmoid", "softplus", "atan", "erf")


def random_formula(draw, depth):
    """Type a formula at random."""
    kind = draw.random()
    if depth == 0:
        return draw.choice(("x", "x", "x", "y", "2", "3", "0.5"))
    inner = random_formula(draw, depth - 1)
    if kind < 0.35:
        return f"{draw.choice(_FUNCTIONS)}({inner})"
    if kind < 0.5:
        return f"({inner})^{draw.choice(('2', '3', '-1', '0.5', 'x', 'y'))}"
    return f"({inner}){draw.choice('+-*/')}({random_formula(draw, depth - 1)})"


@given(st.integers(0, 10**6), st.integers(1, 3))
def test_random_formulas_are_derived_as_sympy_derives_them(seed, depth):
    typed = random_formula(random.Random(seed), depth)  # noqa: S311
    try:
        derivation = derive(typed, "x")
    except InputError as error:  # no value anywhere, as of ln(x − x)
        assert "no value" in str(error)  # noqa: PT017
        return
    slope = sympy.diff(to_sympy(parse(typed)), X)
    compared = 0
    for x, y in ((0.7, 1.3), (2.3, 0.4), (-1.1, 2.2), (0.05, 0.1)):
        try:
            ours = complex(evaluate(derivation.result, {"x": x, "y": y}, real=False))
        except Undefined:
            continue
        theirs = complex(slope.evalf(30, subs={X: x, Y: y}))
        assert abs(ours - theirs) <= 1e-12 * max(1, abs(theirs)), typed
        compared += 1
    assert compared


@pytest.mark.parametrize(
    "typed", ["x^2*exp(-x)", "sin(x*y)/x", "ln(x)^3", "x^y", "atan(x)*asinh(x)"]
)
def test_the_slope_by_finite_differences(typed):
    function, derivation = parse(typed), derive(typed, "x")
    for x in (0.4, 1.7):
        above, below = (float(evaluate(function, {"x": x + h, "y": 1.2})) for h in (1e-6, -1e-6))
        slope = (above - below) / 2e-6
        assert derivation.evaluate(x=x, y=1.2) == pytest.approx(slope, rel=1e-8)


def test_every_rule_holds():
    # Each function's own slope, against SymPy's at a point in its domain.
    for name, (_, slope) in rules_module._FUNCTION_RULES.items():
        at = 1.3 if name == "acosh" else 0.3
        call = parse(f"{ {'σ': 'sigmoid', 'Φ': 'Phi', 'φ': 'phi'}.get(name, name) }(x)")
        theirs = sympy.diff(to_sympy(call), X).subs(X, sympy.Rational(str(at)))
        assert float(evaluate(slope, {"x": at})) == pytest.approx(float(theirs), rel=1e-14), name
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        (X**2 * sympy.exp(-X), "x·e^(−x)·(2 − x)"),
        (1 / (1 + sympy.exp(-X)), "σ(x)·(1 − σ(x))"),
        (sympy.Max(0, X), "{1 if x > 0; 0 if x ≤ 0}"),
        (sympy.Piecewise((X**2, X > 0), (0, True)), "{2x if x > 0; 0 if x ≤ 0}"),
        (sympy.log(X) / 2, "1/(2x)"),
        (sympy.Float("0.5") * X**2, "x"),
        (sympy.pi * X, "π"),
        (7, "0"),
        (2.5, "0"),
        (parse("x^2"), "2x"),
    ],
)
def test_what_is_not_typed(expression, shown):
    assert str(derive(expression).result) == shown


def test_a_symbol_as_the_variable():
    assert str(derive(X * Y, Y).result) == "x"
    assert derive(X * Y, Y).sympy == X


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("", "cannot be read"),
        ("x*y", "x·y has 2 variables, x, y; say which one is changed"),
        ("1/0", "no value that could be worked out"),
        ("1/(x - x)", "no value that could be worked out"),
        ("x^(9^999)", "numbers that are too large"),
        ("9**9**9**9", "too large to be worked out"),
        ("__import__('os')", "more than a formula"),
        ("foo(x)", "no function 'foo'"),
        ("x" * 10_000, "10,000 characters"),
        ("*".join(["x"] * 200), "201 parts is too long to be derived step by step"),
        ("*".join(f"ln(x + {i})" for i in range(20)), "grows too long"),
        ("0^x", "exponential rule, base a leads to"),
        (None, "must be a name or a formula; got None"),
        (True, "must be a name or a formula; got True"),
        ([1, 2], "must be a name, a formula as text, or an expression of SymPy's"),
        (X > 0, "must be a number for every x"),
        (sympy.besselj(0, X), "no rule for besselj"),
        (sympy.Function("h")(X), "no rule for h"),
        (sympy.Integral(X, X), "no rule for Integral"),
        (sympy.Piecewise((X, (X > 0) & (X < 1)), (0, True)), "one condition such as x > 0"),
        (sympy.I * X, "no rule for ImaginaryUnit"),
        (sympy.oo, "no rule for Infinity"),
    ],
)
def test_what_cannot_be_derived(what, sentence):
    with pytest.raises(InputError, match=sentence):
        derive(what)


def test_a_wrong_step_is_never_shown(monkeypatch):
    rule, _ = rules_module._FUNCTION_RULES["sin"]
    monkeypatch.setitem(rules_module._FUNCTION_RULES, "sin", (rule, parse("sin(x)")))
    with pytest.raises(StepError, match="sine rule turns d/dx\\[sin\\(x\\)\\] into sin\\(x\\)"):
        derive("sin(x)")


def test_a_wrong_simplification_is_never_shown(monkeypatch):
    def simpler(whole):
        yield rules_module.POWER, whole * parse("1.000000000001")

    monkeypatch.setattr(engine, "simpler", simpler)
    with pytest.raises(StepError, match="power rule turns"):
        derive("x^2")


# ---------------------------------------------------------------------- how it is told

TOLD = [
    ("sigmoid",),
    ("tanh",),
    ("selu",),
    ("mish",),
    ("softmax",),
    ("log loss of a sigmoid",),
    ("cross-entropy",),
    ("poisson",),
    ("perceptron",),
    ("a*x^2 + ln(x)", "x"),
    ("*".join(f"sin({i}*x)" for i in range(1, 9)),),
]


@pytest.mark.parametrize("what", TOLD, ids=lambda what: what[0][:20])
def test_it_is_told_in_lines_that_fit(what):
    derivation = derive(*what)
    text = str(derivation)
    assert max(map(len, text.split("\n"))) <= 80
    assert "Derivative" not in text
    assert "--" not in text
    assert "- " not in text  # every minus is printed as one
    assert f"{derivation.slope_name} = " in text
    for place, step in enumerate(derivation.steps, 1):
        assert f"{place:>2}. {step.rule.name}"[:60] in text


@pytest.mark.parametrize("what", TOLD, ids=lambda what: what[0][:20])
def test_each_step_goes_on_where_the_last_one_ended(what):
    derivation = derive(*what)
    waiting = None
    for before, step in zip((None, *derivation.steps), derivation.steps, strict=False):
        if isinstance(step.before, Derivative) and before and before.part == step.part:
            assert str(step.before) in str(waiting)
        waiting = step.result
    assert derivation.deviation == max(step.deviation for step in derivation.steps) < 1e-15
    assert derivation.points == 6


@pytest.mark.parametrize("what", TOLD, ids=lambda what: what[0][:20])
def test_markdown_and_data(what):
    derivation = derive(*what)
    page = derivation.to_markdown()
    assert page.startswith("### Derivative ")
    assert page.count("$$") % 2 == 0
    assert page.count(r"\left") == page.count(r"\right")
    assert page.count("{") == page.count("}")
    assert not set("−·′²₁ᵢⱼₖŷ") & set("".join(page.split("$")[1::2]))  # plain LaTeX
    data = json.loads(json.dumps(derivation.to_dict()))
    assert len(data["steps"]) == len(derivation.steps)
    assert data["result"] == str(derivation.result)
    assert data["steps"][0]["rule"] == derivation.steps[0].rule.name
    assert data["largest_deviation"] < 1e-15


def test_sympy_comes_only_when_it_is_needed():
    program = (
        "import sys, chainrule; from chainrule import MLPClassifier; "
        "import chainrule.mathematics, chainrule.training, chainrule.cli; "
        "print('sympy' in sys.modules, 'mpmath' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False False"
