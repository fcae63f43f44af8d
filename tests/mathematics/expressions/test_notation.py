"""Formulas as text and LaTeX, as people write them."""

import pytest

from chainrule.mathematics.expressions import evaluate, parse
from chainrule.mathematics.expressions.tree import (
    Call,
    Derivative,
    Negative,
    Product,
    Quotient,
    Sequence,
    Series,
    Sum,
    Symbol,
)


@pytest.mark.parametrize(
    ("typed", "latex"),
    [
        ("1/(1 + exp(-x))", r"\frac{1}{1 + e^{-x}}"),
        ("a*b/(c*d)", r"\frac{a\,b}{c\,d}"),
        ("(x + 1)^2", r"\left(x + 1\right)^{2}"),
        ("tanh(x)^2", r"\tanh^{2}\left(x\right)"),
        ("σ(z)^2", r"\sigma\left(z\right)^{2}"),
        ("sqrt(1 - x)", r"\sqrt{1 - x}"),
        ("2*x*3", r"2x \cdot 3"),
        ("2*x/3*y", r"\frac{2x}{3} \cdot y"),
        ("alpha*λ - abs(ŷ)", r"\alpha\,\lambda - \left|\hat{y}\right|"),
        ("weight*x1", r"\mathrm{weight}\,x_{1}"),
        ("asin(x)", r"\arcsin\left(x\right)"),
        ("1e-9*x", r"10^{-9}x"),
        ("2.5e20", r"2.5\cdot 10^{20}"),
        ("x - (y - 1)", r"x - \left(y - 1\right)"),
    ],
)
def test_latex(typed, latex):
    assert parse(typed).latex == latex


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("x - (y - 1)", "x − (y − 1)"),
        ("a/(b/c)", "a/(b/c)"),
        ("a/b/c", "(a/b)/c"),
        ("a/(b*c)", "a/(b·c)"),
        ("(a + b)*c", "(a + b)·c"),
        ("2*3*x", "2·3x"),
        ("2*weight", "2·weight"),
        ("x^(y + 1)", "x^(y + 1)"),
        ("exp(x)*exp(2*x)", "e^x·e^(2x)"),
        ("(x^2)^3", "(x²)³"),
        ("ln(x)^2", "ln²(x)"),
        ("1e-9*x", "10^(−9)·x"),
        ("0.00001*x", "0.00001·x"),
        ("1e30 + 123456789012345678", "10^30 + 123456789012345678"),
    ],
)
def test_text(typed, text):
    assert str(parse(typed)) == text


def test_sums_over_an_index():
    y, p = Symbol("y_k"), Symbol("ŷ_k")
    total = Series(Product((y, Call("ln", p))), Sequence("k", ("i", "j")))
    assert str(Negative(total)) == "−Σₖ yₖ·ln(ŷₖ)"
    assert str(Sum((total, Symbol("c")))) == "(Σₖ yₖ·ln(ŷₖ)) + c"
    assert str(Quotient(Symbol("a"), total)) == "a/(Σₖ yₖ·ln(ŷₖ))"
    assert total.latex == r"\sum_{k} y_{k}\,\ln\left(\hat{y}_{k}\right)"
    # 0.5 ln 0.25 + 2 ln 0.5 = 3 · −0.693147
    values = {"y_i": 0.5, "ŷ_i": 0.25, "y_j": 2, "ŷ_j": 0.5}
    assert float(evaluate(total, values)) == pytest.approx(-2.0794415, rel=1e-7)


def test_a_derivative_that_waits():
    waiting = Derivative(parse("x^2"), "x")
    assert str(waiting) == "d/dx[x²]"
    assert waiting.latex == r"\frac{d}{d x}\left[x^{2}\right]"
    assert float(evaluate(waiting, {"x": 3})) == pytest.approx(6, rel=1e-15)
    assert str(Derivative(parse("x*y"), "x", partial=True)) == "∂/∂x[x·y]"
