"""Formulas without what changes nothing, as they are written on paper."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.mathematics.expressions.tree import (
    ONE,
    ZERO,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
)

__all__ = ["without_trivia"]


def without_trivia(expression: Expression) -> Expression:
    """Leave out what changes nothing: + 0, · 1, / 1, a factor 0 with all others, −(−a).

    Parameters
    ----------
    expression : Expression
        A formula.

    Returns
    -------
    Expression
        With signs drawn out of products and quotients.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> print(without_trivia(parse("(0*(1 + x) - 1*(-x))/y**2")))
    x/y²
    """
    e = expression.map(without_trivia)
    change = _TRIVIA.get(type(e))
    return e if change is None else change(e)


def _plain_sum(e: Sum) -> Expression:
    flat: list[Expression] = []
    for term in e.terms:
        inner = term.inner if isinstance(term, Negative) else term
        parts = inner.terms if isinstance(inner, Sum) else (inner,)
        if isinstance(term, Negative) and len(parts) > 1:
            flat.append(term)  # −(a + b) stays until somebody says so
        else:
            flat += [Negative(part) if isinstance(term, Negative) else part for part in parts]
    flat = [term for term in flat if term not in (ZERO, Negative(ZERO))]
    if len(flat) > 1:
        return e if len(flat) == len(e.terms) and tuple(flat) == e.terms else Sum(tuple(flat))
    return flat[0] if flat else ZERO


def _plain_product(e: Product) -> Expression:
    negative = False
    flat: list[Expression] = []
    for factor in e.factors:
        inner = factor
        if isinstance(inner, Negative):
            negative, inner = not negative, inner.inner
        flat += inner.factors if isinstance(inner, Product) else (inner,)
    if ZERO in flat:
        return ZERO
    flat = [factor for factor in flat if factor != ONE]
    product = Product(tuple(flat)) if len(flat) > 1 else flat[0] if flat else ONE
    return Negative(product) if negative else e if product == e else product


def _plain_quotient(e: Quotient) -> Expression:
    negative, top, bottom = False, e.top, e.bottom
    if isinstance(top, Negative):
        negative, top = not negative, top.inner
    if isinstance(bottom, Negative):
        negative, bottom = not negative, bottom.inner
    if top == ZERO and bottom != ZERO:
        return ZERO
    plain = top if bottom == ONE else Quotient(top, bottom)
    return Negative(plain) if negative else e if plain == e else plain


def _plain_power(e: Power) -> Expression:
    if e.exponent == ONE:
        return e.base
    return ONE if e.exponent == ZERO else e


def _plain_negative(e: Negative) -> Expression:
    if isinstance(e.inner, Negative):
        return e.inner.inner
    return ZERO if e.inner == ZERO else e


_TRIVIA: dict[type, Callable[..., Expression]] = {
    Sum: _plain_sum,
    Product: _plain_product,
    Quotient: _plain_quotient,
    Power: _plain_power,
    Negative: _plain_negative,
    Series: lambda e: ZERO if e.body == ZERO else e,
}
