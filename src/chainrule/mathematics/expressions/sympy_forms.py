"""Formulas from SymPy and to SymPy, which is imported only here and only when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from chainrule.errors import InputError
from chainrule.mathematics.expressions.algebra import is_negative, tidy
from chainrule.mathematics.expressions.tree import (
    Call,
    Cases,
    Condition,
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

__all__ = ["from_sympy", "simplified", "to_sympy", "weight"]

_SAME_NAMES = frozenset(
    (
        *("sin", "cos", "tan", "asin", "acos", "atan", "erf", "sign"),
        *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    )
)
_FROM = {"log": "ln", "Abs": "abs", "Heaviside": "step", **{n: n for n in _SAME_NAMES}}
_RELATIONS = {
    "StrictGreaterThan": ">",
    "GreaterThan": "≥",
    "StrictLessThan": "<",
    "LessThan": "≤",
    "Equality": "=",
    "Unequality": "≠",
}
# SymPy may work for minutes on a larger formula, above all where it tries everything it knows.
_LARGEST_TO_SIMPLIFY, _LARGEST_TO_SEARCH = 60, 30
# Another form that is hardly shorter is no gain: whoever reads has to find out what was done.
_WORTH_IT = 0.8
_OPAQUE = {"σ": "sigma_", "Φ": "Phi_", "φ": "phi_", "relu": "relu_", "step": "step_"}


# ------------------------------------------------------------------------------ to SymPy


def to_sympy(expression: Expression, *, opaque: bool = False) -> Any:
    """Return a formula as SymPy's, of real variables.

    Parameters
    ----------
    expression : Expression
        The formula, all of whose derivatives have been taken.
    opaque : bool
        Whether σ, Φ and the like stay names; otherwise they are written out.

    Returns
    -------
    sympy.Expr

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> to_sympy(parse("1/(1 + exp(-x))"))
    1/(1 + exp(-x))
    """
    if isinstance(expression, Call):
        return _call_to(expression, to_sympy(expression.argument, opaque=opaque), opaque)
    import sympy

    def of(part: Expression) -> Any:
        return to_sympy(part, opaque=opaque)

    match expression:
        case Number(value=value):
            return sympy.Rational(value.numerator, value.denominator)
        case Constant(name=name):
            return {"e": sympy.E, "pi": sympy.pi}[name]
        case Symbol(name=name):
            return sympy.Symbol(name, real=True)
        case Sum(terms=parts):
            return sympy.Add(*map(of, parts))
        case Product(factors=parts):
            return sympy.Mul(*map(of, parts))
        case Series():
            return sympy.Add(*map(of, expression.all_terms()))
        case Negative(inner=inner):
            return -of(inner)
        case Quotient(top=top, bottom=bottom):
            return of(top) / of(bottom)
        case Power(base=base, exponent=exponent):
            return of(base) ** of(exponent)
        case Condition(left=left, relation=relation, right=right):
            return getattr(sympy, _COMPARED[relation])(of(left), of(right))
        case Cases(values=values, conditions=conditions):
            pieces = zip(map(of, values), map(of, conditions), strict=True)
            return sympy.Piecewise(*pieces)
    raise TypeError(f"{expression} is no finished formula")


_COMPARED = {">": "Gt", "≥": "Ge", "<": "Lt", "≤": "Le", "=": "Eq", "≠": "Ne"}


def _call_to(call: Call, u: Any, opaque: bool) -> Any:
    import sympy

    if opaque and call.name in _OPAQUE:
        return sympy.Function(_OPAQUE[call.name], real=True)(u)
    written_out: dict[str, Callable[[], Any]] = {
        "ln": lambda: sympy.log(u),
        "abs": lambda: sympy.Abs(u),
        "σ": lambda: 1 / (1 + sympy.exp(-u)),
        "Φ": lambda: (1 + sympy.erf(u / sympy.sqrt(2))) / 2,
        "φ": lambda: sympy.exp(-(u**2) / 2) / sympy.sqrt(2 * sympy.pi),
        "softplus": lambda: sympy.log(1 + sympy.exp(u)),
        "relu": lambda: sympy.Piecewise((u, u > 0), (0, True)),
        "step": lambda: sympy.Piecewise((1, u >= 0), (0, True)),
    }
    if call.name in written_out:
        return written_out[call.name]()
    return getattr(sympy, call.name)(u)


# ------------------------------------------------------------------------------ from SymPy


def from_sympy(expression: Any) -> Expression:
    """Return SymPy's formula as ours.

    Parameters
    ----------
    expression : sympy.Expr
        Of numbers, variables, and functions that a typed formula may hold.

    Returns
    -------
    Expression

    Raises
    ------
    InputError
        It holds something else.

    Examples
    --------
    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> print(from_sympy(x / (1 + sympy.exp(-x))))
    x/(1 + e^(−x))
    """
    return without_trivia(_from(expression))


def _from(e: Any) -> Expression:
    if e.is_Rational:
        return number(Fraction(int(e.p), int(e.q)))
    if e.is_Float:
        return Number(Fraction(str(e)), decimal=True)
    if e.is_Symbol:
        return Symbol(e.name)
    if e.is_Add:
        return Sum(tuple(_from(term) for term in _in_order(e)))
    if e.is_Mul:
        return _product_from(e)
    kind = type(e).__name__
    if e.is_Pow or kind == "exp":
        base, exponent = e.as_base_exp()
        return Power(_from(base), _from(exponent))
    if kind in ("Exp1", "Pi"):
        return E if kind == "Exp1" else Constant("pi")
    return _function_from(e, kind)


def _in_order(e: Any) -> list[Any]:
    terms = e.as_ordered_terms()
    # 1 + e^x and 1 − y, as people write them, but x² + 1.
    last = terms[-1]
    if last.is_Number and last > 0 and not all(term.is_polynomial() for term in terms):
        return [last, *terms[:-1]]
    if len(terms) == 2 and last.is_Number and terms[0].could_extract_minus_sign():
        return [last, terms[0]]
    return list(terms)


def _product_from(e: Any) -> Expression:
    coefficient, rest = e.as_coeff_Mul()
    top: list[Expression] = [number(abs(int(coefficient.p)))] if coefficient.is_Rational else []
    bottom: list[Expression] = [number(int(coefficient.q))] if coefficient.is_Rational else []
    negative = bool(coefficient.is_negative)
    if not coefficient.is_Rational:
        top.append(_from(abs(coefficient)))
    for factor in rest.as_ordered_factors():
        base, exponent = factor.as_base_exp()
        if exponent.is_Rational and exponent < 0 and type(factor).__name__ != "exp":
            bottom.append(Power(_from(base), _from(-exponent)))
        else:
            top.append(_from(factor))
    quotient = Quotient(Product((*top,)), Product((*bottom,)))
    return Negative(quotient) if negative else quotient


def _function_from(e: Any, kind: str) -> Expression:
    names = {**_FROM, **{opaque: name for name, opaque in _OPAQUE.items()}}
    if kind in names:
        return Call(names[kind], _from(e.args[0]))
    if kind == "Max" and len(e.args) == 2 and any(argument.is_zero for argument in e.args):
        (other,) = (argument for argument in e.args if not argument.is_zero)
        return Call("relu", _from(other))
    if kind == "Piecewise":
        return _cases_from(e)
    raise InputError(
        f"there is no rule for {kind} in {str(e)[:60]}; a formula may hold the functions exp, "
        f"{', '.join(sorted(_FROM))}"
    )


def _cases_from(e: Any) -> Expression:
    values, conditions = [], []
    for value, when in e.args:
        kind = type(when).__name__
        if kind in _RELATIONS:
            conditions.append(Condition(_from(when.lhs), _RELATIONS[kind], _from(when.rhs)))
        elif when == True and conditions and len(e.args) == 2:  # noqa: E712 (SymPy's own true)
            conditions.append(_opposite(conditions[0]))
        else:
            raise InputError(
                "of pieces, each has to have one condition such as x > 0, the last of two may "
                f"have True; got {when}"
            )
        values.append(_from(value))
    return Cases(tuple(values), tuple(conditions))


def _opposite(when: Condition) -> Condition:
    other = {"<": "≥", "≥": "<", ">": "≤", "≤": ">", "=": "≠", "≠": "="}[when.relation]
    return Condition(when.left, other, when.right)


# ------------------------------------------------------------------------------ shorter


def simplified(expression: Expression) -> Expression:
    """Look with SymPy for a shorter form of a formula.

    Parameters
    ----------
    expression : Expression
        A tidy formula, all of whose derivatives have been taken.

    Returns
    -------
    Expression
        The formula itself where none is shorter, or where it is too large to look.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> print(simplified(parse("sin(x)**2 + cos(x)**2 + x")))
    x + 1
    """
    kinds = {type(part) for part in expression.parts()}
    if expression.size > _LARGEST_TO_SIMPLIFY or kinds & {Cases, Series}:
        return expression
    import sympy

    whole = to_sympy(expression, opaque=True)
    decimal = any(isinstance(part, Number) and part.decimal for part in expression.parts())
    methods = [sympy.factor, sympy.together, sympy.cancel, sympy.expand]
    if expression.size <= _LARGEST_TO_SEARCH:
        methods.append(sympy.simplify)
    found = [expression]
    for method in methods:
        try:
            other = from_sympy(method(whole))
            found.append(tidy(_with_decimals(other) if decimal else other))
        except (InputError, sympy.PolynomialError, ArithmeticError):
            continue
    best = min(filter(lambda other: _functions(other) <= _functions(expression), found), key=weight)
    return best if weight(best)[0] <= _WORTH_IT * weight(expression)[0] else expression


def _with_decimals(expression: Expression) -> Expression:
    """Write fractions with a decimal point, as whoever typed the formula has done."""
    if isinstance(expression, Number):
        return Number(expression.value, decimal=True)
    return expression.map(_with_decimals)


def _functions(expression: Expression) -> set[str]:
    return {part.name for part in expression.parts() if isinstance(part, Call)}


def weight(expression: Expression) -> tuple[int, bool]:
    """Return how hard a formula is to read: its parts, functions and fractions counting double.

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> weight(parse("2*x")) < weight(parse("x + x + x"))
    True
    """
    heavy = sum(isinstance(part, (Call, Quotient, Power)) for part in expression.parts())
    return expression.size + heavy, is_negative(expression)
