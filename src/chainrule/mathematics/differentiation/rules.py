"""The rules of differentiation, each with its name; one of them is applied at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chainrule.mathematics.expressions.algebra import rational
from chainrule.mathematics.expressions.parsing import parse
from chainrule.mathematics.expressions.tree import (
    ONE,
    ZERO,
    Call,
    Cases,
    Condition,
    Derivative,
    E,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
    Symbol,
    exp,
    number,
)
from chainrule.mathematics.expressions.trivia import without_trivia

__all__ = ["RULES", "Applied", "Rule", "apply_rule"]


@dataclass(frozen=True)
class Rule:
    """A rule that turns a formula into another.

    Attributes
    ----------
    name : str
        What it is called.
    formula, latex : str
        It in general, as text and as LaTeX.
    """

    name: str
    formula: str
    latex: str


@dataclass(frozen=True)
class Applied:
    """What a rule made of a derivative.

    Attributes
    ----------
    rule : Rule
        Which.
    after : Expression
        What the derivative is.
    put : tuple of (str, Expression)
        What was put for the letters of the rule.
    """

    rule: Rule
    after: Expression
    put: tuple[tuple[str, Expression], ...] = ()


_D = r"\frac{{d}}{{dx}}\left[{}\right] = {}"


CONSTANT = Rule("constant rule", "d/dx[c] = 0", _D.format("c", "0"))
OTHERS = Rule(
    "other variables are constants",
    "∂y/∂x = 0: only x is changed, y is held",
    r"\frac{\partial y}{\partial x} = 0",
)
POWER = Rule("power rule", "d/dx[xⁿ] = n·xⁿ⁻¹", _D.format("x^n", r"n\,x^{n-1}"))
FACTOR = Rule("constant factor rule", "(c·f)′ = c·f′", r"(c\,f)' = c\,f'")
SUM = Rule("sum rule", "(f + g)′ = f′ + g′", "(f + g)' = f' + g'")
PRODUCT = Rule("product rule", "(f·g)′ = f′·g + f·g′", r"(f\,g)' = f'\,g + f\,g'")
QUOTIENT = Rule(
    "quotient rule",
    "(f/g)′ = (f′·g − f·g′)/g²",
    r"\left(\frac{f}{g}\right)' = \frac{f'\,g - f\,g'}{g^2}",
)
CHAIN = Rule(
    "chain rule",
    "d/dx[f(u)] = d/du[f(u)]·du/dx",
    r"\frac{d}{dx} f(u) = \frac{df}{du} \cdot \frac{du}{dx}",
)
EXPONENTIAL = Rule("exponential rule", "d/dx[e^x] = e^x", _D.format("e^x", "e^x"))
OTHER_BASE = Rule(
    "exponential rule, base a", "d/dx[a^x] = a^x·ln(a)", _D.format("a^x", r"a^x\,\ln(a)")
)
AS_EXPONENTIAL = Rule("power as an exponential", "f^g = e^(g·ln(f))", r"f^g = e^{g\,\ln(f)}")
PIECES = Rule(
    "piece by piece",
    "the slope of a function in pieces is that of the piece",
    r"\text{each piece has its own slope}",
)
ONE_TERM = Rule(
    "other variables are constants",
    "in Σₖ only the term with the variable's own index changes",
    r"\frac{\partial f(z_k)}{\partial z_j} = 0 \quad (k \ne j)",
)

_X = Symbol("x")
_RAMP = Cases((ONE, ZERO), (Condition(_X, ">", ZERO), Condition(_X, "≤", ZERO)))


def _square(u: Expression) -> Expression:
    return Power(u, number(2))


def _function_rule(title: str, name: str, slope: Expression) -> tuple[Rule, Expression]:
    call = Call(name, _X)
    formula = f"d/dx[{call}] = {slope}"
    return Rule(title, formula, _D.format(call.latex, slope.latex)), slope


# The slope of each function with a name.
_FUNCTION_RULES: dict[str, tuple[Rule, Expression]] = {
    name: _function_rule(title, name, parse(slope))
    for name, title, slope in (
        ("ln", "logarithm rule", "1/x"),
        ("σ", "sigmoid rule", "sigmoid(x)*(1 - sigmoid(x))"),
        ("tanh", "tanh rule", "1 - tanh(x)^2"),
        ("sin", "sine rule", "cos(x)"),
        ("cos", "cosine rule", "-sin(x)"),
        ("tan", "tangent rule", "1 + tan(x)^2"),
        ("sinh", "sinh rule", "cosh(x)"),
        ("cosh", "cosh rule", "sinh(x)"),
        ("asin", "arcsine rule", "1/sqrt(1 - x^2)"),
        ("acos", "arccosine rule", "-1/sqrt(1 - x^2)"),
        ("atan", "arctangent rule", "1/(1 + x^2)"),
        ("asinh", "asinh rule", "1/sqrt(x^2 + 1)"),
        ("acosh", "acosh rule", "1/(sqrt(x - 1)*sqrt(x + 1))"),
        ("atanh", "atanh rule", "1/(1 - x^2)"),
        ("erf", "error function rule", "2*exp(-x^2)/sqrt(pi)"),
        ("Φ", "normal distribution rule", "phi(x)"),
        ("φ", "bell curve rule", "-x*phi(x)"),
        ("softplus", "softplus rule", "sigmoid(x)"),
        ("step", "step rule", "0"),
        ("sign", "sign rule", "0"),
        ("abs", "absolute value rule", "sign(x)"),
    )
} | {"relu": _function_rule("ReLU rule", "relu", _RAMP)}

RULES: tuple[Rule, ...] = (
    *(CONSTANT, OTHERS, SUM, FACTOR, POWER, PRODUCT, QUOTIENT, CHAIN, EXPONENTIAL, OTHER_BASE),
    *(AS_EXPONENTIAL, PIECES),
    *(rule for rule, _ in _FUNCTION_RULES.values()),
)
"""Every rule of differentiation there is, the basic ones first."""


def apply_rule(pending: Derivative | Series) -> Applied:
    """Take one derivative by the one rule that fits its outermost operation.

    Parameters
    ----------
    pending : Derivative or Series
        A derivative of a formula in which no other is waiting; or a sum of such derivatives, one
        for each index.

    Returns
    -------
    Applied
        In whose ``after`` the derivatives of parts may be waiting.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> applied = apply_rule(Derivative(parse("x*exp(x)"), "x"))
    >>> applied.rule.name, str(applied.after)
    ('product rule', 'd/dx[x]·e^x + x·d/dx[e^x]')
    """
    if isinstance(pending, Series):
        return _one_term(pending)
    inner, x = pending.inner, Symbol(pending.variable)
    if x.name not in inner.symbols:
        return _constant(inner)
    if inner == x:
        return Applied(POWER, ONE, (("n", ONE),))
    applied = _BY_KIND[type(inner)](inner, pending)
    if pending.at is None:
        return applied
    # The outer function of a chain: what u stands for is put in its place again.
    put = (*applied.put, (x.name, pending.at))
    return Applied(applied.rule, applied.after.put(x, pending.at), put)


def _one_term(e: Series) -> Applied:
    """Of a sum over k of derivatives with respect to z_j, keep the term k = j."""
    (derivative,) = (part for part in e.body.parts() if isinstance(part, Derivative))
    label = derivative.variable.rpartition("_")[2]
    return Applied(ONE_TERM, e.term(label), ((e.over.index, Symbol(label)),))


def _constant(inner: Expression) -> Applied:
    if inner.symbols:
        return Applied(OTHERS, ZERO, (("y", inner),))
    return Applied(CONSTANT, ZERO, (("c", inner),))


def _of(part: Expression, whole: Derivative) -> Derivative:
    return Derivative(part, whole.variable, partial=whole.partial)


def _sum(e: Sum, d: Derivative) -> Applied:
    terms = [Negative(_of(t.inner, d)) if isinstance(t, Negative) else _of(t, d) for t in e.terms]
    return Applied(SUM, Sum(tuple(terms)))


def _negative(e: Negative, d: Derivative) -> Applied:
    return Applied(FACTOR, Negative(_of(e.inner, d)), (("c", number(-1)), ("f", e.inner)))


def _product(e: Product, d: Derivative) -> Applied:
    constant = [f for f in e.factors if d.variable not in f.symbols]
    changing = [f for f in e.factors if d.variable in f.symbols]
    if constant:
        c, f = _many(constant), _many(changing)
        return Applied(FACTOR, Product((*constant, _of(f, d))), (("c", c), ("f", f)))
    f, g = changing[0], _many(changing[1:])
    after = without_trivia(_of(f, d) * g) + without_trivia(f * _of(g, d))
    return Applied(PRODUCT, after, (("f", f), ("g", g)))


def _many(factors: list[Expression]) -> Expression:
    return Product(tuple(factors)) if len(factors) > 1 else factors[0]


def _quotient(e: Quotient, d: Derivative) -> Applied:
    f, g = e.top, e.bottom
    if d.variable not in g.symbols:
        c = ONE / g
        return Applied(FACTOR, c * _of(f, d), (("c", c), ("f", f)))
    after = (_of(f, d) * g - f * _of(g, d)) / _square(g)
    return Applied(QUOTIENT, after, (("f", f), ("g", g)))


def _power(e: Power, d: Derivative) -> Applied:
    x = Symbol(d.variable)
    base_changes, exponent_changes = x.name in e.base.symbols, x.name in e.exponent.symbols
    if base_changes and exponent_changes:
        rewritten = exp(e.exponent * Call("ln", e.base))
        return Applied(AS_EXPONENTIAL, _of(rewritten, d), (("f", e.base), ("g", e.exponent)))
    if exponent_changes:
        if e.exponent != x:
            return _chain(e.exponent, lambda u: Power(e.base, u), d)
        if e.base == E:
            return Applied(EXPONENTIAL, e)
        return Applied(OTHER_BASE, e * Call("ln", e.base), (("a", e.base),))
    if e.base != x:
        return _chain(e.base, lambda u: Power(u, e.exponent), d)
    n = e.exponent
    return Applied(POWER, n * Power(x, _one_less(n)), (("n", n),))


def _one_less(n: Expression) -> Expression:
    value = rational(n)
    return n - ONE if value is None else number(value - 1)


def _call(e: Call, d: Derivative) -> Applied:
    if e.argument != Symbol(d.variable):
        return _chain(e.argument, lambda u: Call(e.name, u), d)
    rule, slope = _FUNCTION_RULES[e.name]
    return Applied(rule, slope.put(_X, e.argument))


def _chain(
    inside: Expression, outside: Callable[[Expression], Expression], d: Derivative
) -> Applied:
    taken = {*inside.symbols, d.variable, *outside(ONE).symbols}
    letter = next(name for name in (*"uvwst", *(f"u{i}" for i in range(99))) if name not in taken)
    u = Symbol(letter)
    outer = Derivative(outside(u), letter, at=inside, partial=len(outside(u).symbols) > 1)
    return Applied(CHAIN, outer * _of(inside, d), ((letter, inside), ("f(u)", outside(u))))


def _cases(e: Cases, d: Derivative) -> Applied:
    return Applied(PIECES, Cases(tuple(_of(value, d) for value in e.values), e.conditions))


def _series(e: Series, d: Derivative) -> Applied:
    return Applied(SUM, Series(_of(e.body, d), e.over))


_BY_KIND: dict[type, Callable[..., Applied]] = {
    Sum: _sum,
    Negative: _negative,
    Product: _product,
    Quotient: _quotient,
    Power: _power,
    Call: _call,
    Cases: _cases,
    Series: _series,
}
