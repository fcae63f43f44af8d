"""Simpler forms are those that a person would write."""

import pytest

from chainrule.mathematics.expressions import parse
from chainrule.mathematics.expressions.algebra import factor_out, tidy
from chainrule.mathematics.expressions.sympy_forms import simplified
from chainrule.mathematics.expressions.trivia import without_trivia


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("2*x*3*x^2/x", "6x²"),
        ("x + x - 3*x", "−x"),
        ("-(y - p)", "p − y"),
        ("-(w*x + b)*2", "−2·(w·x + b)"),
        ("(1 - p)/(p - 1)", "−1"),
        ("(y - p)^2/(p - y)", "p − y"),
        ("exp(x)*exp(-2*x)", "e^(−x)"),
        ("x/sqrt(x)", "√x"),
        ("1/sqrt(x)", "1/√x"),
        ("x^n/x", "x^(n − 1)"),
        ("(2*x)^3", "8x³"),
        ("0.3*x*2", "0.6·x"),
        ("x/4*2", "x/2"),
        ("1/2*(y - p)^2*1", "½·(y − p)²"),
        ("x*0 + 0/y", "0"),
        ("1/0", "1/0"),
        ("e^(-(w*x + b))", "e^(−(w·x + b))"),
        ("(-1 - x)*y", "−y·(1 + x)"),
        ("3 - 3", "0"),
    ],
)
def test_tidy(typed, shown):
    assert str(tidy(parse(typed))) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("0*(1 + x) - 1*(-x)", "x"),
        ("x + 0 - 0", "x"),
        ("-(-x)", "x"),
        ("x/1 + (-x)/(-y)", "x + x/y"),
        ("x^1*y^0", "x"),
        ("x - (y + 1)", "x − (y + 1)"),  # nobody has said so yet
        ("2*3", "2·3"),
    ],
)
def test_trivia(typed, shown):
    assert str(without_trivia(parse(typed))) == shown


def test_factors_in_common():
    assert str(factor_out(parse("a*x^2 + b*x^3"))) == "x²·(a + b·x)"
    assert str(factor_out(parse("a + b"))) == "a + b"
    assert str(factor_out(parse("exp(x) + x*exp(x)"))) == "e^x·(1 + x)"


def test_sympy_is_asked_for_shorter_forms_only():
    assert str(simplified(parse("sin(x)^2 + cos(x)^2 + y"))) == "y + 1"
    assert str(simplified(parse("1/(x - 1) - 1/(x + 1)"))) == "2/(x² − 1)"
    assert str(simplified(parse("x + 1"))) == "x + 1"
    assert str(simplified(parse("0.5*x/(x^2 + 1) + 0.5/x*0"))) == "0.5·x/(x² + 1)"
    # tanh² is not turned into cosh, which nobody has typed.
    assert "cosh" not in str(simplified(parse("x*(1 - tanh(x)^2) + x*y*(1 - tanh(x)^2)")))
