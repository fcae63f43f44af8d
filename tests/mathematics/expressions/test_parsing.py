"""What a person types: read as it was written, or refused in one sentence."""

import math
import subprocess
import sys

import pytest

from chainrule.errors import InputError
from chainrule.mathematics.expressions import evaluate, parse


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1/(1+exp(-x))", "1/(1 + e^(−x))"),
        ("e^-x", "e^(−x)"),
        ("2*x", "2x"),
        ("-x^2", "−x²"),
        ("(-x)**2", "(−x)²"),
        ("-a*b", "−a·b"),
        ("x−2·y×z÷3", "x − 2y·z/3"),
        ("x₁² + x³", "x1² + x³"),
        ("σ(z) + sigmoid(z)", "σ(z) + σ(z)"),
        ("ln(x) - log(x)", "ln(x) − ln(x)"),
        ("sqrt(x)", "√x"),
        ("(y_hat - y)^2", "(ŷ − y)²"),
        ("y/(1 - ŷ)", "y/(1 − ŷ)"),
        ("pi*abs(x)", "π·|x|"),
        ("0.1*x", "0.1·x"),
        (" x ", "x"),
    ],
)
def test_formulas_are_kept_as_they_are_written(typed, shown):
    assert str(parse(typed)) == shown


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("2^3^2", 512),  # from the right
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("8/4/2", 1),
        ("8/4*2", 4),
        ("2 - 3 - 4", -5),
        ("e", math.e),
        ("sqrt(2)*sqrt(2)", 2),
        ("sigmoid(1.5)", 0.8175744761936437),
        ("Phi(0)", 0.5),
        ("phi(0)", 1 / math.sqrt(2 * math.pi)),
        ("relu(-3) + relu(2) + step(0) + sign(-7) + abs(-4)", 6),
        ("softplus(0)", math.log(2)),
        ("erf(0.5) + asinh(1) + atanh(0.5)", math.erf(0.5) + math.asinh(1) + math.atanh(0.5)),
    ],
)
def test_values(typed, value):
    assert float(evaluate(parse(typed), {})) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "cannot be read as a formula; write it like"),
        ("2x", "with every \\*"),
        ("sigmoid(x", "cannot be read"),
        ("(" * 500, "cannot be read"),
        ("x" * 10_000, "it has 10,000 characters and may have 1,000"),
        ("-" * 1000, "cannot be read"),
        ("__import__('os')", "more than a formula can hold"),
        ("__import__(os)", "no function '__import__'"),
        ("x.real", "more than a formula"),
        ("(lambda: 1)()", "more than a formula"),
        ("[x for x in y]", "more than a formula"),
        ("exp(x=1)", "more than a formula"),
        ("exp(*x)", "more than a formula"),
        ("x if y else z", "more than a formula"),
        ("x == 1", "more than a formula"),
        ("True", "more than a formula"),
        ("'x'", "more than a formula"),
        ("3j", "more than a formula"),
        ("x := 1", "cannot be read"),
        ("log*x", "more than a formula"),
        ("x\0", "cannot be read"),
        ("foo(x)", "no function 'foo' for 'foo\\(x\\)'; known are exp, log, ln"),
        ("sin(x, 2)", "takes one value; got 2"),
        ("9**9**9**9", "too large to be worked out"),
        ("(2**1000)**1000", "too large to be worked out"),
        ("1e999", "a number in '1e999' is too large"),
    ],
)
def test_what_is_refused(typed, sentence):
    with pytest.raises(InputError, match=sentence):
        parse(typed)


def test_reading_needs_no_sympy():
    program = (
        "import sys; from chainrule.mathematics.expressions import parse; parse('x^2 + sin(x)'); "
        "print('sympy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
