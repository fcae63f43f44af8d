"""A derivative brought into the form in which it is known, every move with its name."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.mathematics.differentiation.rules import Rule
from chainrule.mathematics.expressions.algebra import (
    Factors,
    factor_out,
    is_negative,
    rational,
    same,
    tidy,
)
from chainrule.mathematics.expressions.sympy_forms import simplified, weight
from chainrule.mathematics.expressions.tree import (
    ONE,
    Call,
    E,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    exp,
    number,
)

__all__ = ["RECOGNIZE", "SIMPLIFY", "SPLIT", "simpler"]

SIMPLIFY = Rule(
    "simplify",
    "work out numbers, gather or cancel equal factors, add like terms",
    r"\text{numbers, equal factors, like terms}",
)
FACTOR_OUT = Rule("factor out", "a·b + a·c = a·(b + c)", r"a\,b + a\,c = a\,(b + c)")
REWRITE = Rule(
    "rewrite",
    "one fraction, factors drawn out, or a known identity",
    r"\text{one fraction, common factors, or a known identity}",
)
SPLIT = Rule(
    "split the fraction",
    "(a·b)/(c·d) = a/c · b/d",
    r"\frac{a\,b}{c\,d} = \frac{a}{c} \cdot \frac{b}{d}",
)
COMPLEMENT = Rule(
    "add and subtract 1",
    "a/(1 + a) = ((1 + a) − 1)/(1 + a) = 1 − 1/(1 + a)",
    r"\frac{a}{1 + a} = \frac{(1 + a) - 1}{1 + a} = 1 - \frac{1}{1 + a}",
)
DIVIDE = Rule(
    "divide top and bottom by e^x",
    "e^x/(1 + e^x) = 1/(e^(−x) + 1)",
    r"\frac{e^x}{1 + e^x} = \frac{1}{1 + e^{-x}}",
)
RECOGNIZE = Rule(
    "recognize the sigmoid", "1/(1 + e^(−x)) = σ(x)", r"\frac{1}{1 + e^{-x}} = \sigma(x)"
)

Move = tuple[Rule, Expression]


def simpler(expression: Expression) -> Iterator[Move]:
    """Bring a derivative into its usual form.

    Parameters
    ----------
    expression : Expression
        All of whose derivatives have been taken.

    Yields
    ------
    Rule, Expression
        What was done, and the whole formula after it; nothing, if there is nothing to do.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> for rule, after in simpler(parse("exp(-x)/(1 + exp(-x))^2")):
    ...     print(f"{rule.name}: {after}")
    split the fraction: 1/(1 + e^(−x)) · e^(−x)/(1 + e^(−x))
    add and subtract 1: 1/(1 + e^(−x)) · (1 − 1/(1 + e^(−x)))
    recognize the sigmoid: σ(x)·(1 − σ(x))
    """
    whole = expression
    found: tuple[Expression, list[Move]] | None = expression, []
    while found is not None:
        part, moves = found
        for rule, after in moves:
            yield rule, whole.put(part, after)
        whole = whole.put(part, moves[-1][1]) if moves else whole
        tidied = tidy(whole)
        if str(tidied) != str(whole):
            yield SIMPLIFY, tidied
        whole = tidied
        found = _sigmoid_in(whole)
    for rule, change in ((FACTOR_OUT, factor_out), (REWRITE, simplified)):
        if weight(changed := change(whole)) < weight(whole):
            whole = changed
            yield rule, whole


def _sigmoid_in(expression: Expression) -> tuple[Expression, list[Move]] | None:
    """Find a fraction with 1 + e^v below that is a sigmoid, and tell how it becomes one."""
    for part in expression.parts():
        if isinstance(part, (Product, Quotient)):
            moves = _sigmoid_moves(part)
            if moves:
                return part, moves
    return None


def _sigmoid_moves(e: Expression) -> list[Move]:
    factors = Factors.of(e)
    for base, power in list(factors.powers.values()):
        v, times = _exponent(base), _times_below(power)
        if v is None or times < 1:
            continue
        fraction, top = Quotient(ONE, base), Quotient(exp(v), base)
        above = factors.powers.get(E)
        factors.raise_to(base, number(times))
        if above is not None and same(above[1], v):
            factors.raise_to(E, tidy(Negative(v)))
            return _moves(factors.expression(), fraction, top, v, times - 1)
        rest = factors.expression()
        if is_negative(v) and not any(isinstance(p, Power) and p.base == E for p in rest.parts()):
            sigmoid = Call("σ", tidy(Negative(v)))
            power_of_it = Power(sigmoid, number(times)) if times > 1 else sigmoid
            return [(RECOGNIZE, tidy(rest * power_of_it))]
    return []


def _moves(
    rest: Expression, fraction: Expression, top: Expression, v: Expression, times: int
) -> list[Move]:
    """Turn rest · fractionⁿ · top, with 1/(1 + e^v) and e^v/(1 + e^v), into sigmoids."""

    def whole(fraction: Expression, top: Expression) -> Expression:
        power = [Power(fraction, number(times)) if times > 1 else fraction] if times else []
        factors = [*([] if rest == ONE else [rest]), *power, top]
        if len(factors) == 1:
            return factors[0]
        if isinstance(rest, Negative):
            return Negative(Product((*([] if rest.inner == ONE else [rest.inner]), *factors[1:])))
        return Product(tuple(factors))

    moves = [(SPLIT, whole(fraction, top))] if times or rest != ONE else []
    if is_negative(v):
        sigmoid = Call("σ", tidy(Negative(v)))
        moves.append((COMPLEMENT, whole(fraction, ONE - fraction)))
        return [*moves, (RECOGNIZE, whole(sigmoid, ONE - sigmoid))]
    sigmoid = Call("σ", v)
    turned = Quotient(ONE, ONE + exp(Negative(v)))
    moves.append((DIVIDE, whole(fraction, turned)))
    if times:
        moves.append((COMPLEMENT, whole(ONE - turned, turned)))
    return [*moves, (RECOGNIZE, whole(ONE - sigmoid, sigmoid))]


def _exponent(base: Expression) -> Expression | None:
    """Return v, if a formula is 1 + e^v."""
    if not isinstance(base, Sum) or len(base.terms) != 2 or ONE not in base.terms:
        return None
    (other,) = (term for term in base.terms if term != ONE) if base.terms != (ONE, ONE) else (ONE,)
    return other.exponent if isinstance(other, Power) and other.base == E else None


def _times_below(power: Expression) -> int:
    value = rational(power)
    return -int(value) if value is not None and value.denominator == 1 else 0
