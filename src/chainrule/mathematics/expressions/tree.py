"""Formulas as trees, kept as they were written: nothing is worked out or put in another order.

SymPy's own trees will not do for showing work: 2(x + 1) becomes 2x + 2 there before anyone has
said so, and 1 + e⁻ˣ is turned around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain

__all__ = [
    "ONE",
    "ZERO",
    "Call",
    "Cases",
    "Condition",
    "Constant",
    "Derivative",
    "E",
    "Expression",
    "Negative",
    "Number",
    "Power",
    "Product",
    "Quotient",
    "Sequence",
    "Series",
    "Sum",
    "Symbol",
    "exp",
    "number",
]


@dataclass(frozen=True)
class Expression:
    r"""A formula, or a part of one.

    Trees are equal when they were written alike. Two of them are built into larger ones by the
    usual operators: ``a + b``, ``a - b``, ``a * b``, ``a / b``, ``a**b``, ``-a``.

    Examples
    --------
    >>> x = Symbol("x")
    >>> print(exp(-x) / (ONE + exp(-x)) ** number(2))
    e^(−x)/(1 + e^(−x))²
    >>> (x / Symbol("y")).latex
    '\\frac{x}{y}'
    """

    def children(self) -> tuple[Expression, ...]:
        """Return what stands directly below."""
        values = (getattr(self, each.name) for each in fields(self))
        parts = chain.from_iterable(v if isinstance(v, tuple) else (v,) for v in values)
        return tuple(part for part in parts if isinstance(part, Expression))

    def parts(self) -> Iterator[Expression]:
        """Iterate over the whole tree: itself first, then from left to right."""
        yield self
        for child in self.children():
            yield from child.parts()

    def map(self, change: Callable[[Expression], Expression]) -> Expression:
        """Return this tree with each direct child changed; itself, if nothing changes."""
        new = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Expression):
                changed: object = change(value)
            elif isinstance(value, tuple) and value and isinstance(value[0], Expression):
                changed = tuple(change(part) for part in value)
                if all(a is b for a, b in zip(value, changed, strict=True)):
                    continue
            else:
                continue
            if changed is not value:
                new[each.name] = changed
        return replace(self, **new) if new else self

    def put(self, old: Expression, new: Expression) -> Expression:
        """Return this tree with another part in the place of each that equals ``old``."""
        return new if self == old else self.map(lambda part: part.put(old, new))

    @cached_property
    def symbols(self) -> frozenset[str]:
        """The names of all variables in it; of a sum over an index, those of every term."""
        return frozenset().union(*(child.symbols for child in self.children()))

    @cached_property
    def size(self) -> int:
        """How many parts it has."""
        return 1 + sum(child.size for child in self.children())

    @cached_property
    def pending(self) -> bool:
        """Whether there is a derivative in it that has not been taken."""
        return any(child.pending for child in self.children())

    @property
    def latex(self) -> str:
        """It as LaTeX."""
        from chainrule.mathematics.expressions.notation import latex

        return latex(self)

    def __str__(self) -> str:
        from chainrule.mathematics.expressions.notation import text

        return text(self)

    def __add__(self, other: Expression) -> Expression:
        return Sum((*_terms(self), other))

    def __sub__(self, other: Expression) -> Expression:
        return Sum((*_terms(self), Negative(other)))

    def __mul__(self, other: Expression) -> Expression:
        return Product((*(self.factors if isinstance(self, Product) else (self,)), other))

    def __truediv__(self, other: Expression) -> Expression:
        return Quotient(self, other)

    def __pow__(self, other: Expression) -> Expression:
        return Power(self, other)

    def __neg__(self) -> Expression:
        return Negative(self)

    def __pos__(self) -> Expression:
        return self


def _terms(expression: Expression) -> tuple[Expression, ...]:
    return expression.terms if isinstance(expression, Sum) else (expression,)


@dataclass(frozen=True)
class Number(Expression):
    """A rational number; ``decimal`` if it is to be written with a decimal point."""

    value: Fraction
    decimal: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Constant(Expression):
    """A number with a name: e or π."""

    name: str


@dataclass(frozen=True)
class Symbol(Expression):
    """A variable; ``z_k`` is z with the index k."""

    name: str

    @cached_property
    def symbols(self) -> frozenset[str]:
        """Its own name."""
        return frozenset((self.name,))


@dataclass(frozen=True)
class Sum(Expression):
    """Terms that are added up; those that are subtracted are negative."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Product(Expression):
    """Factors that are multiplied."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True)
class Negative(Expression):
    """The same with the other sign."""

    inner: Expression


@dataclass(frozen=True)
class Quotient(Expression):
    """A fraction."""

    top: Expression
    bottom: Expression


@dataclass(frozen=True)
class Power(Expression):
    """A power; with the exponent ½ a square root, with the base e the exponential function."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True)
class Call(Expression):
    """A function with a name, of one value."""

    name: str
    argument: Expression


@dataclass(frozen=True)
class Condition(Expression):
    """A comparison: = ≠ < ≤ > ≥."""

    left: Expression
    relation: str
    right: Expression


@dataclass(frozen=True)
class Cases(Expression):
    """One of several formulas, the first whose condition holds."""

    values: tuple[Expression, ...]
    conditions: tuple[Expression, ...]


@dataclass(frozen=True)
class Sequence(Expression):
    """What an index runs over: its name, and the labels that it takes, maybe all but one.

    There is no telling how many there are; for numbers to check with, a few are named.
    """

    index: str
    labels: tuple[str, ...]
    without: str = ""


@dataclass(frozen=True)
class Series(Expression):
    """A sum over an index: Σₖ of what stands below."""

    body: Expression
    over: Sequence

    def term(self, label: str) -> Expression:
        """Return the term of one label."""
        return _relabeled(self.body, self.over.index, label)

    def all_terms(self) -> list[Expression]:
        """Return the term of every label."""
        return [self.term(label) for label in self.over.labels if label != self.over.without]

    @cached_property
    def symbols(self) -> frozenset[str]:
        """The names of all variables in its terms."""
        return frozenset().union(*(term.symbols for term in self.all_terms()))


def _relabeled(expression: Expression, index: str, label: str) -> Expression:
    if isinstance(expression, Symbol):
        name, _, found = expression.name.rpartition("_")
        return Symbol(f"{name}_{label}") if name and found == index else expression
    return expression.map(lambda part: _relabeled(part, index, label))


@dataclass(frozen=True)
class Derivative(Expression):
    """A derivative that has not been taken yet; ``at`` is put for the variable afterwards."""

    inner: Expression
    variable: str
    at: Expression | None = None
    partial: bool = False

    @cached_property
    def symbols(self) -> frozenset[str]:
        """The names of all variables on which it depends."""
        if self.at is None:
            return self.inner.symbols | {self.variable}
        return (self.inner.symbols - {self.variable}) | self.at.symbols

    @cached_property
    def pending(self) -> bool:
        """It is one."""
        return True


def number(value: int | Fraction) -> Number:
    """Return a number as a tree."""
    return Number(Fraction(value))


def exp(exponent: Expression) -> Power:
    """Return e to this power."""
    return Power(E, exponent)


E = Constant("e")
ZERO, ONE = number(0), number(1)
