"""Formulas with their numbers: one tree, written with symbols or numbers, in text, LaTeX or cells.

What an explanation prints is a :class:`Line`: a symbol, the formula it comes from, and the value
that the engine has for it. The formula can be worked out again from the values of its symbols,
which is how every line is checked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chainrule.explanation.worked._notation import Symbol

__all__ = [
    "Call",
    "Choice",
    "Expression",
    "Line",
    "Negative",
    "Number",
    "Power",
    "Product",
    "Quotient",
    "Ref",
    "Rest",
    "Sum",
    "choices",
    "minus",
    "refs",
]

_FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": lambda x: math.exp(x) if x < 709.7 else math.inf,  # as far as a double reaches
    "ln": lambda x: math.log(x) if x > 0 else -math.inf,
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "abs": abs,
    "max": max,
    "min": min,
    "sign": lambda x: math.copysign(1.0, x) if x else 0.0,
    "Phi": lambda x: 0.5 * math.erfc(-x * math.sqrt(0.5)),
    "phi": lambda x: math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi),
}


class Expression:
    """Part of a formula."""

    def value(self) -> float:
        """Work it out."""
        raise NotImplementedError

    def parts(self) -> Sequence[Expression]:
        """Return what it is made of."""
        return ()


@dataclass(frozen=True)
class Number(Expression):
    """A number of the formula itself, such as the 1 of 1 − h."""

    number: float

    def value(self) -> float:
        """Return it."""
        return self.number


@dataclass(frozen=True)
class Ref(Expression):
    """A number that has a name."""

    symbol: Symbol
    number: float

    def value(self) -> float:
        """Return it."""
        return self.number


@dataclass(frozen=True)
class Rest(Expression):
    """What further terms of a sum add up to, and how many there are."""

    number: float
    count: int

    def value(self) -> float:
        """Return it."""
        return self.number


@dataclass(frozen=True)
class Sum(Expression):
    """A sum; a term may be :class:`Negative`."""

    terms: tuple[Expression, ...]

    def value(self) -> float:
        """Add."""
        numbers = [term.value() for term in self.terms]
        # Of infinities fsum makes an error, where floating-point numbers make NaN.
        return math.fsum(numbers) if all(map(math.isfinite, numbers)) else sum(numbers)

    def parts(self) -> Sequence[Expression]:
        """Return the terms."""
        return self.terms


@dataclass(frozen=True)
class Negative(Expression):
    """The negative of a term."""

    term: Expression

    def value(self) -> float:
        """Negate."""
        return -self.term.value()

    def parts(self) -> Sequence[Expression]:
        """Return the term."""
        return (self.term,)


@dataclass(frozen=True)
class Product(Expression):
    """A product."""

    factors: tuple[Expression, ...]

    def value(self) -> float:
        """Multiply."""
        return math.prod(factor.value() for factor in self.factors)

    def parts(self) -> Sequence[Expression]:
        """Return the factors."""
        return self.factors


@dataclass(frozen=True)
class Quotient(Expression):
    """A fraction."""

    above: Expression
    below: Expression

    def value(self) -> float:
        """Divide; as floating-point numbers do where there is nothing below."""
        above, below = self.above.value(), self.below.value()
        if below == 0:
            return math.nan if above == 0 else math.copysign(math.inf, above)
        return above / below

    def parts(self) -> Sequence[Expression]:
        """Return what is above and below."""
        return self.above, self.below


@dataclass(frozen=True)
class Power(Expression):
    """A power."""

    base: Expression
    exponent: Expression

    def value(self) -> float:
        """Raise."""
        return float(self.base.value() ** self.exponent.value())

    def parts(self) -> Sequence[Expression]:
        """Return base and exponent."""
        return self.base, self.exponent


@dataclass(frozen=True)
class Call(Expression):
    """A function: one of exp, ln, tanh, sqrt, abs, max, min, sign, Phi, phi."""

    name: str
    arguments: tuple[Expression, ...]

    def value(self) -> float:
        """Call it."""
        return float(_FUNCTIONS[self.name](*(argument.value() for argument in self.arguments)))

    def parts(self) -> Sequence[Expression]:
        """Return the arguments."""
        return self.arguments


@dataclass(frozen=True)
class Choice(Expression):
    """One formula where a number is large enough, another where it is not.

    Written out is the one that applies, and why.
    """

    number: Expression
    bound: float
    or_equal: bool
    then: Expression
    otherwise: Expression

    @property
    def applies(self) -> bool:
        """Whether the first applies."""
        number = self.number.value()
        return number > self.bound or (self.or_equal and number == self.bound)

    @property
    def chosen(self) -> Expression:
        """The one that applies."""
        return self.then if self.applies else self.otherwise

    def value(self) -> float:
        """Work out the one that applies."""
        return self.chosen.value()

    def parts(self) -> Sequence[Expression]:
        """Return the one that applies."""
        return (self.chosen,)


def minus(first: Expression, *others: Expression) -> Sum:
    """Return first − others."""
    return Sum((first, *(Negative(other) for other in others)))


def refs(expression: Expression) -> Iterator[Ref]:
    """Find every named number of a formula, as it is written out."""
    if isinstance(expression, Ref):
        yield expression
    for part in expression.parts():
        yield from refs(part)


def choices(expression: Expression) -> Iterator[Choice]:
    """Find every decision that was made in a formula."""
    if isinstance(expression, Choice):
        yield expression
    for part in expression.parts():
        yield from choices(part)


@dataclass(frozen=True)
class Line:
    """A number, where it comes from, and what the engine has for it.

    Attributes
    ----------
    symbol : Symbol
        Its name.
    formula : Expression
        What it is worked out from.
    number : float
        What the engine has.
    remark : str
        A few words beside it.
    brief : bool
        Whether to leave out the formula in symbols, and write it with its numbers only.
    """

    symbol: Symbol
    formula: Expression
    number: float
    remark: str = ""
    brief: bool = False

    @property
    def ref(self) -> Ref:
        """The number with its name, for the formulas of other lines."""
        return Ref(self.symbol, self.number)

    @property
    def deviation(self) -> float:
        """How far the formula, worked out again, is from what the engine has.

        Relative to the size of what is added up, because that is what rounding goes by.
        """
        again = self.formula.value()
        if again == self.number or (math.isnan(again) and math.isnan(self.number)):
            return 0.0
        scale = max(abs(self.number), _size(self.formula), 1e-300)
        return abs(again - self.number) / scale


def _size(expression: Expression) -> float:
    """Return the size of the largest number that a formula adds up."""
    if isinstance(expression, Sum):
        return max((_size(term) for term in expression.terms), default=0.0)
    if isinstance(expression, Negative):
        return _size(expression.term)
    if isinstance(expression, Product):
        return math.prod(_size(factor) for factor in expression.factors)
    if isinstance(expression, Choice):
        return _size(expression.chosen)
    return abs(expression.value())
