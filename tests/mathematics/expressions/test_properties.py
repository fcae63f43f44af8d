"""Whatever the formula: its text means what it says, and no other form changes its value."""

import re

import sympy
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import InputError
from chainrule.mathematics.expressions import Undefined, evaluate, parse
from chainrule.mathematics.expressions.algebra import factor_out, same, tidy
from chainrule.mathematics.expressions.sympy_forms import from_sympy, to_sympy
from chainrule.mathematics.expressions.tree import (
    Call,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    exp,
    number,
)
from chainrule.mathematics.expressions.trivia import without_trivia

_LEAVES = st.sampled_from([Symbol("x"), Symbol("y"), number(2), number(3)])


def _larger(inner):
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(Sum),
        pairs.map(Product),
        st.tuples(inner, inner, inner).map(Sum),
        pairs.map(lambda parts: Quotient(*parts)),
        pairs.map(lambda parts: Power(*parts)),
        inner.map(Negative),
        inner.map(exp),
        inner.map(lambda e: Call("erf", e)),
        inner.map(lambda e: Power(e, number(2))),
    )


TREES: st.SearchStrategy[Expression] = st.recursive(_LEAVES, _larger, max_leaves=8)
POINTS = ({"x": 0.7, "y": 1.3}, {"x": 2.1, "y": -0.4}, {"x": -1.6, "y": 0.3})


def unchanged(before, after):
    """Compare two formulas wherever the first has a value; return at how many points that was."""
    compared = 0
    for point in POINTS:
        try:
            value = evaluate(before, point, real=False)
        except Undefined:
            continue
        compared += 1
        assert abs(evaluate(after, point, real=False) - value) <= 1e-30 * max(1, abs(value))
    return compared


def test_most_formulas_have_values_to_be_compared():
    assert unchanged(parse("(x + y)^2/erf(x)"), parse("(y + x)*(x + y)/erf(x)")) == len(POINTS)
    try:
        unchanged(parse("x + y"), parse("x - y"))
    except AssertionError:
        return
    raise AssertionError("another value was not noticed")


@given(TREES)
def test_what_is_printed_means_what_it_says(tree):
    typed = re.sub(r"(?<=[23])(?=[xy])", "*", str(tree))  # 2x, which has to be typed as 2*x
    try:
        read = parse(typed)
    except InputError as error:  # e^(e^(e^3)), which is not worked out
        assert "too large" in str(error)  # noqa: PT017
        return
    unchanged(tree, read)


@given(TREES)
def test_no_form_changes_the_value(tree):
    for change in (without_trivia, tidy, lambda e: factor_out(tidy(e))):
        unchanged(tree, change(tree))


@given(TREES)
def test_what_is_tidy_stays_as_it_is(tree):
    once = tidy(tree)
    assert same(tidy(once), once)


@given(TREES)
def test_to_sympy_and_back(tree):
    expression = to_sympy(tree)
    if not expression.has(sympy.nan, sympy.zoo, sympy.I):
        unchanged(tree, from_sympy(expression))
