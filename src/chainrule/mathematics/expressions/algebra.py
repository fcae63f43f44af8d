"""Formulas brought into a simpler form with the same value, by the rules of school algebra."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from chainrule.mathematics.expressions.tree import (
    ONE,
    ZERO,
    Call,
    Constant,
    E,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
    Symbol,
    number,
)
from chainrule.mathematics.expressions.trivia import without_trivia

__all__ = [
    "Factors",
    "factor_out",
    "is_negative",
    "key",
    "rational",
    "same",
    "tidy",
]

# Powers of numbers with more digits are left as they are.
_MOST_DIGITS = 12
# A fraction with more decimal places stays a fraction.
_MOST_PLACES = 400


def key(e: Expression) -> object:
    """Return something that is equal for formulas that differ in the order of their parts only."""
    if isinstance(e, (Sum, Product)):
        parts = e.terms if isinstance(e, Sum) else e.factors
        return type(e).__name__, tuple(sorted((key(part) for part in parts), key=repr))
    children = e.children()
    if not children:
        return e
    rest = getattr(e, "name", getattr(e, "relation", getattr(e, "variable", "")))
    return type(e).__name__, rest, tuple(key(child) for child in children)


def same(a: Expression, b: Expression) -> bool:
    """Whether two formulas differ at most in the order of their terms and factors.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> same(parse("x*y + 1"), parse("1 + y*x"))
    True
    """
    return key(a) == key(b)


@dataclass
class Factors:
    """A term as a number times powers: what stands below a fraction has a negative exponent."""

    coefficient: Fraction = Fraction(1)
    decimal: bool = False
    powers: dict[object, tuple[Expression, Expression]] = field(default_factory=dict)

    @classmethod
    def of(cls, expression: Expression) -> Factors:
        """Take a term apart."""
        found = cls()
        found.multiply(expression)
        return found

    def multiply(self, e: Expression, times: int = 1) -> None:
        """Multiply by a formula, or by a whole power of it."""
        if isinstance(e, Number) and (e.value or times > 0):
            self.coefficient *= e.value**times
            self.decimal |= e.decimal
        elif isinstance(e, Negative):
            self.coefficient *= Fraction(-1) ** times
            self.multiply(e.inner, times)
        elif isinstance(e, Product):
            for factor in e.factors:
                self.multiply(factor, times)
        elif isinstance(e, Quotient):
            self.multiply(e.top, times)
            self.multiply(e.bottom, -times)
        elif isinstance(e, Power):
            whole = _whole_power(e)
            if whole is None:
                exponent = e.exponent if times == 1 else Product((number(times), e.exponent))
                self.raise_to(e.base, exponent if times == 1 else tidy(exponent))
            else:
                self.multiply(e.base, times * whole)
        else:
            self.raise_to(e, number(times))

    def raise_to(self, base: Expression, exponent: Expression) -> None:
        """Multiply by a power."""
        at, power = key(base), rational(exponent)
        if isinstance(base, Sum) and power is not None and power.denominator == 1:
            turned = _turned(base)  # y − ŷ, where there is ŷ − y already; 1 + x for −1 − x
            if key(turned) in self.powers or all(map(is_negative, base.terms)):
                self.coefficient *= Fraction(-1) ** int(power)
                base, at = turned, key(turned)
        if at in self.powers:
            base, old = self.powers[at]
            exponent = tidy(Sum((old, exponent)))
        if exponent == ZERO:
            self.powers.pop(at, None)
        else:
            self.powers[at] = base, exponent

    def expression(self) -> Expression:
        """Put it together again, as a fraction where something stands below."""
        if self.coefficient == 0:
            return ZERO
        size = abs(self.coefficient)
        if not self.powers:
            alone = Number(size, self.decimal)
            return Negative(alone) if self.coefficient < 0 else alone
        top = [_power(b, x) for b, x in self._ordered() if not _below(b, x)]
        bottom = [_power(b, tidy(Negative(x))) for b, x in self._ordered() if _below(b, x)]
        as_number = self.decimal or (size == Fraction(1, 2) and _one_sum(top) and not bottom)
        if as_number and 10**_MOST_PLACES % size.denominator == 0:
            top.insert(0, Number(size, self.decimal))
        else:
            top.insert(0, number(size.numerator))
            bottom.insert(0, number(size.denominator))
        whole = without_trivia(Quotient(_product(top), _product(bottom)))
        return Negative(whole) if self.coefficient < 0 else whole

    def _ordered(self) -> list[tuple[Expression, Expression]]:
        return sorted(self.powers.values(), key=lambda power: _rank(power[0]))


def _whole_power(e: Power) -> int | None:
    """Return n where (a·b)ⁿ may be taken apart: it is whole, and no number becomes too long."""
    power = rational(e.exponent)
    if power is None or power.denominator != 1 or e.base == E:
        return None
    if isinstance(e.base, Number):
        long = len(str(e.base.value)) * abs(power) > _MOST_DIGITS
        return None if long or (e.base == ZERO and power <= 0) else int(power)
    return int(power)


def rational(e: Expression) -> Fraction | None:
    """Return the number that a formula is written as, with its sign, if it is one.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> rational(parse("-3/4")), rational(parse("x"))
    (Fraction(-3, 4), None)
    """
    if isinstance(e, Number):
        return e.value
    if isinstance(e, Negative):
        inner = rational(e.inner)
        return None if inner is None else -inner
    if isinstance(e, Quotient):
        top, bottom = rational(e.top), rational(e.bottom)
        return None if top is None or not bottom else top / bottom
    return None


def _one_sum(factors: list[Expression]) -> bool:
    """Whether a ½ before it reads better than a fraction: ½·(y − ŷ)²."""
    return len(factors) == 1 and any(isinstance(part, Sum) for part in factors[0].children())


def _below(base: Expression, exponent: Expression) -> bool:
    # e^(−x) is not written as 1/e^x.
    return base != E and is_negative(exponent)


def _power(base: Expression, exponent: Expression) -> Expression:
    return base if exponent == ONE else Power(base, exponent)


def _product(factors: list[Expression]) -> Expression:
    return Product(tuple(factors)) if len(factors) > 1 else factors[0] if factors else ONE


def _turned(e: Sum) -> Sum:
    """Return a sum with every sign changed."""
    return Sum(tuple(t.inner if isinstance(t, Negative) else Negative(t) for t in e.terms))


def _rank(base: Expression) -> int:
    """Return where a factor stands: 2·π·x·e^x·ln(x)·(1 + x)."""
    order: tuple[type | tuple[type, ...], ...] = (Number, Constant, Symbol, Power, Call, Series)
    if base == E:
        return 3
    return next((place for place, kind in enumerate(order) if isinstance(base, kind)), len(order))


def is_negative(e: Expression) -> bool:
    """Whether a formula is written with a minus in front.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> is_negative(parse("-x/2")), is_negative(parse("1 - x"))
    (True, False)
    """
    if isinstance(e, Negative):
        return True
    if isinstance(e, Product):
        return is_negative(e.factors[0])
    if isinstance(e, Quotient):
        return is_negative(e.top)
    return isinstance(e, Number) and e.value < 0


def tidy(expression: Expression) -> Expression:
    """Work out the numbers, multiply powers of the same base, add up like terms.

    Parameters
    ----------
    expression : Expression
        A formula.

    Returns
    -------
    Expression
        Of the same value wherever the first has one; products of sums are not multiplied out.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> print(tidy(parse("2*x*3*x**2/x - (4*x**2 - 1) - -1*y*1")))
    2x² + 1 + y
    >>> print(tidy(parse("-(y - p)")), tidy(parse("exp(x)*exp(-2*x)/(2*x)")), sep=" and ")
    p − y and e^(−x)/(2x)
    """
    e = expression.map(_tidy_exponent if _is_exponential(expression) else tidy)
    if isinstance(e, Sum):
        return _like_terms(e)
    if isinstance(e, (Negative, Product, Quotient, Power)):
        try:
            return _distributed(Factors.of(e).expression())
        except ZeroDivisionError:  # 1/0 stays what it is: it has no value
            return e
    return e


def _is_exponential(e: Expression) -> bool:
    return isinstance(e, Power) and e.base == E


def _tidy_exponent(e: Expression) -> Expression:
    """Tidy an exponent, but leave e^(−(w·x + b)), which is part of σ(w·x + b), as it is."""
    if isinstance(e, Negative) and isinstance(inner := tidy(e.inner), Sum):
        return Negative(inner)
    return tidy(e)


def _distributed(e: Expression) -> Expression:
    """Turn −(a − b) into b − a: a sign alone goes into a sum."""
    if isinstance(e, Negative) and isinstance(e.inner, Sum):
        return _positive_first(_turned(e.inner).terms)
    return e


def _like_terms(e: Sum) -> Expression:
    terms: dict[object, tuple[Fraction, Factors]] = {}
    for term in _all_terms(e.terms):
        factors = Factors.of(term)
        at = frozenset((base, key(power)) for base, (_, power) in factors.powers.items())
        coefficient, found = terms.get(at, (Fraction(0), factors))
        found.decimal |= factors.decimal
        terms[at] = coefficient + factors.coefficient, found
    summed: list[Expression] = []
    for coefficient, factors in terms.values():
        factors.coefficient = coefficient
        if coefficient:
            summed.append(factors.expression())
    return _positive_first(summed)


def _all_terms(terms: Iterable[Expression], negative: bool = False) -> Iterable[Expression]:
    for term in terms:
        turned, inner = negative, term
        while isinstance(inner, Negative):
            turned, inner = not turned, inner.inner
        if isinstance(inner, Sum):
            yield from _all_terms(inner.terms, turned)
        else:
            yield Negative(inner) if turned else inner


def _positive_first(terms: Iterable[Expression]) -> Expression:
    found = list(terms)
    place = next((i for i, term in enumerate(found) if not is_negative(term)), 0)
    found.insert(0, found.pop(place)) if found else None
    return Sum(tuple(found)) if len(found) > 1 else found[0] if found else ZERO


def factor_out(expression: Expression) -> Expression:
    """Draw out of a sum the powers that all of its terms have.

    Parameters
    ----------
    expression : Expression
        A tidy formula.

    Returns
    -------
    Expression
        The formula itself, if its terms have nothing in common.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> print(factor_out(parse("sigmoid(z) + z*sigmoid(z)*(1 - sigmoid(z))")))
    σ(z)·(1 + z·(1 − σ(z)))
    """
    if not isinstance(expression, Sum):
        return expression
    terms = [Factors.of(term) for term in expression.terms]
    common: list[Expression] = []
    for at, (base, first) in terms[0].powers.items():
        powers = [term.powers.get(at, (base, ZERO))[1] for term in terms]
        if all(power == first for power in powers):
            common.append(_power(base, first))
        elif all((rational(power) or 0) > 0 for power in powers):
            least = min(powers, key=lambda power: rational(power) or 0)
            common.append(_power(base, least))
    if not common:
        return expression
    shared = tidy(_product(common))
    rest = tidy(Sum(tuple(tidy(Quotient(term, shared)) for term in expression.terms)))
    return tidy(Product((shared, rest)))
