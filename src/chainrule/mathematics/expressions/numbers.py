"""What a formula comes to, worked out with sixty digits.

So many are needed for the derivatives that have not been taken yet: these are differences over a
distance of 10⁻²⁰, which know nothing of any rule of differentiation. They agree with the
derivative to some thirty digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from chainrule.mathematics.expressions.tree import (
    Call,
    Cases,
    Condition,
    Constant,
    Derivative,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
    Symbol,
)

__all__ = ["Undefined", "constant_value", "evaluate"]

DIGITS = 60
DISTANCE = "1e-20"
# Beyond these, numbers are no longer told apart, or take for ever.
LARGEST_EXPONENT, LARGEST_ANGLE = 1e6, 1e9


class Undefined(ArithmeticError):  # noqa: N818 (it is an answer, and no error of anybody's)
    """A formula has no value, or none that could be worked out."""


@cache
def _context() -> Any:
    """Return an arithmetic of our own, so that nobody else's precision is touched."""
    import mpmath

    context = mpmath.MPContext()
    context.dps = DIGITS
    return context


def evaluate(expression: Expression, values: Mapping[str, Any], *, real: bool = True) -> Any:
    """Return the value of a formula.

    Parameters
    ----------
    expression : Expression
        The formula; derivatives in it are worked out as differences.
    values : mapping of str to number
        What each variable is.
    real : bool
        Whether ln(−1) and the like have no value; otherwise they are complex.

    Returns
    -------
    mpmath.mpf or mpmath.mpc

    Raises
    ------
    Undefined
        It has no value there.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> float(evaluate(parse("x**2 + exp(0)"), {"x": 3}))
    10.0
    """
    context = _context()
    numbers = {name: context.convert(value) for name, value in values.items()}
    return _Evaluation(numbers, context, real).of(expression)


def constant_value(expression: Expression) -> float:
    """Return the value of a formula without variables, in double precision.

    Parameters
    ----------
    expression : Expression
        The formula.

    Returns
    -------
    float

    Raises
    ------
    Undefined
        It has no real value.
    OverflowError
        It is too large.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> constant_value(parse("2**10 - 1"))
    1023.0
    """
    found = float(evaluate(expression, {}))
    if abs(found) == float("inf"):
        raise OverflowError
    return found


class _Evaluation:
    """The values of a formula's parts at one point, each worked out once."""

    def __init__(self, values: Mapping[str, Any], context: Any, real: bool) -> None:
        self.values, self.context, self.real = values, context, real
        # Parts are shared between the trees of a derivation, so that most are found again.
        self.known: dict[int, tuple[Expression, Any]] = {}

    def of(self, e: Expression) -> Any:
        found = self.known.get(id(e))
        if found is None:
            try:
                value = _VALUES[type(e)](self, e)
            except (ZeroDivisionError, OverflowError, ValueError, KeyError) as error:
                raise Undefined(f"{e} has no value") from error
            if self.real and isinstance(value, self.context.mpc):
                if value.imag:
                    raise Undefined(f"{e} is not real")
                value = value.real
            if not self.context.isfinite(value):
                raise Undefined(f"{e} is not finite")
            found = self.known[id(e)] = e, value  # with e, so that its id stays its own
        return found[1]

    def elsewhere(self, name: str, value: Any) -> _Evaluation:
        return _Evaluation({**self.values, name: value}, self.context, self.real)

    def fraction(self, value: Fraction) -> Any:
        return self.context.mpf(value.numerator) / value.denominator

    def power(self, e: Power) -> Any:
        base, exponent = self.of(e.base), self.of(e.exponent)
        if abs(self.context.re(exponent)) > LARGEST_EXPONENT and abs(base) not in (0, 1):
            raise OverflowError
        return base**exponent

    def call(self, e: Call) -> Any:
        return _FUNCTIONS[e.name](self.context, self.of(e.argument))

    def condition(self, e: Condition) -> bool:
        return _RELATIONS[e.relation](self.of(e.left), self.of(e.right))

    def cases(self, e: Cases) -> Any:
        for value, when in zip(e.values, e.conditions, strict=True):
            if isinstance(when, Condition) and self.condition(when):
                return self.of(value)
        raise ValueError

    def derivative(self, e: Derivative) -> Any:
        place = self.values[e.variable] if e.at is None else self.of(e.at)
        h = self.context.mpf(DISTANCE) * max(1, abs(place))
        above, below = (self.elsewhere(e.variable, place + step).of(e.inner) for step in (h, -h))
        return (above - below) / (2 * h)


def _exp(context: Any, u: Any) -> Any:
    if abs(context.re(u)) > LARGEST_EXPONENT:
        raise OverflowError
    return context.exp(u)


def _ln(context: Any, u: Any) -> Any:
    if u == 0:
        raise ZeroDivisionError
    return context.log(u)


def _circular(name: str) -> Callable[[Any, Any], Any]:
    def function(context: Any, u: Any) -> Any:
        if abs(u) > LARGEST_ANGLE:
            raise OverflowError
        return getattr(context, name)(u)

    return function


def _plain(name: str) -> Callable[[Any, Any], Any]:
    return lambda context, u: getattr(context, name)(u)


_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    **{name: _circular(name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: _plain(name) for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    "ln": _ln,
    "erf": _plain("erf"),
    "abs": _plain("fabs"),
    "sign": lambda context, u: context.sign(u),
    "σ": lambda context, u: 1 / (1 + _exp(context, -u)),
    "Φ": lambda context, u: (1 + context.erf(u / context.sqrt(2))) / 2,
    "φ": lambda context, u: _exp(context, -u * u / 2) / context.sqrt(2 * context.pi),
    "relu": lambda context, u: context.mpf(max(u, 0)),
    "step": lambda context, u: context.mpf(u >= 0),
    "softplus": lambda context, u: context.log(1 + _exp(context, u)),
}
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "≠": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "≤": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    "≥": lambda a, b: bool(a >= b),
}
_VALUES: dict[type, Callable[[_Evaluation, Any], Any]] = {
    Number: lambda here, e: here.fraction(e.value),
    Constant: lambda here, e: +{"e": here.context.e, "pi": here.context.pi}[e.name],
    Symbol: lambda here, e: here.values[e.name],
    Sum: lambda here, e: here.context.fsum(here.of(term) for term in e.terms),
    Product: lambda here, e: here.context.fprod(here.of(factor) for factor in e.factors),
    Negative: lambda here, e: -here.of(e.inner),
    Quotient: lambda here, e: here.of(e.top) / here.of(e.bottom),
    Power: _Evaluation.power,
    Call: _Evaluation.call,
    Cases: _Evaluation.cases,
    Series: lambda here, e: here.context.fsum(here.of(term) for term in e.all_terms()),
    Derivative: _Evaluation.derivative,
}
