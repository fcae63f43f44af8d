"""What a person types, read as a formula; nothing in it is ever run."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from chainrule.errors import InputError
from chainrule.mathematics.expressions.numbers import Undefined, constant_value
from chainrule.mathematics.expressions.tree import (
    Call,
    Constant,
    E,
    Expression,
    Negative,
    Number,
    Power,
    Symbol,
    exp,
    number,
)

__all__ = ["FUNCTIONS", "LONGEST_TEXT", "parse"]

# 9**9**9 can be worked out exactly, if it takes a day.
LARGEST_BASE, LARGEST_EXPONENT = 1e30, 1000
LONGEST_TEXT = 1000

FUNCTIONS = (
    *("exp", "log", "ln", "sqrt", "erf", "sign"),
    *("sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
    *("abs", "sigmoid", "relu", "softplus", "step", "Phi", "phi"),
)
"""The functions that a formula may hold; sigmoid may be written σ, and Phi and phi Φ and φ."""

_OTHER_NAMES = {"log": "ln", "sigmoid": "σ", "Phi": "Φ", "phi": "φ"}
_GREEK_FUNCTIONS = ("σ", "Φ", "φ")
_CONSTANTS = {"pi": Constant("pi"), "π": Constant("pi"), "e": E, "E": E}
_VARIABLES = {"y_hat": "ŷ", "yhat": "ŷ"}
# Signs that are on paper and on few keyboards.
_SIGNS = str.maketrans(dict(zip("−–·×⋅÷₀₁₂₃₄₅₆₇₈₉", "--***/0123456789", strict=True)))
_POWERS = str.maketrans({"^": "**", "²": "**2", "³": "**3"})
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def parse(text: str) -> Expression:
    """Read a formula, node by node.

    Parameters
    ----------
    text : str
        With + - * / ** ^, parentheses, numbers, names of variables, pi, e and the functions of
        :data:`FUNCTIONS`.

    Returns
    -------
    Expression
        As it was written: nothing is worked out.

    Raises
    ------
    InputError
        It is no formula, it holds something else, it is too long, or a number in it too large.

    Examples
    --------
    >>> print(parse("1/(1 + e^-x) + 2*x"))
    1/(1 + e^(−x)) + 2x
    >>> parse("sinus(x)")
    Traceback (most recent call last):
        ...
    chainrule.errors.InputError: there is no function 'sinus' for 'sinus(x)'; known are ...
    """
    try:
        if len(text) > LONGEST_TEXT:
            raise RecursionError
        tree = ast.parse(text.strip().translate(_SIGNS).translate(_POWERS), mode="eval")
        return _read(tree.body, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        if len(text) > LONGEST_TEXT:
            raise InputError(
                f"{_shortened(text)} cannot be read as a formula: it has {len(text):,} characters "
                f"and may have {LONGEST_TEXT:,}"
            ) from error
        raise InputError(
            f"{_shortened(text)} cannot be read as a formula; write it like '2*x + exp(-x)', with "
            "every * and every parenthesis"
        ) from error


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _read(node: ast.AST, text: str) -> Expression:
    """Turn one node of the syntax tree, and those below it, into a formula."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return _number(node.value, text)  # type: ignore[arg-type]
    if isinstance(node, ast.Name) and node.id not in (*FUNCTIONS, *_GREEK_FUNCTIONS):
        found = _CONSTANTS.get(node.id)
        return found if found is not None else Symbol(_VARIABLES.get(node.id, node.id))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_read(node.operand, text))  # type: ignore[no-any-return]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _read(node.left, text), _read(node.right, text)
        if isinstance(node.op, ast.Pow) and not left.symbols and not right.symbols:
            _check_power(left, right, text)
        if isinstance(left, Negative) and isinstance(node.op, (ast.Mult, ast.Div)):
            # Python reads −a·b as (−a)·b, people as −(a·b).
            return Negative(_OPERATORS[type(node.op)](left.inner, right))
        return _OPERATORS[type(node.op)](left, right)  # type: ignore[no-any-return]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, [_read(argument, text) for argument in node.args], text)
    raise InputError(
        f"{_shortened(text)} is more than a formula can hold; only numbers, variables, "
        f"+ - * / ** and the functions {', '.join(FUNCTIONS)} are read"
    )


def _number(value: float, text: str) -> Number:
    if value == math.inf:
        raise InputError(f"a number in {_shortened(text)} is too large")
    return Number(Fraction(repr(value)), decimal=isinstance(value, float))  # 0.1 means a tenth


def _check_power(base: Expression, exponent: Expression, text: str) -> None:
    try:
        small = (
            abs(constant_value(base)) <= LARGEST_BASE
            and abs(constant_value(exponent)) <= LARGEST_EXPONENT
        )
    except Undefined:  # 1/0, of which something else will be said
        return
    except OverflowError:
        small = False
    if not small:
        raise InputError(f"a power in {_shortened(text)} is too large to be worked out")


def _call(name: str, arguments: list[Expression], text: str) -> Expression:
    if name not in (*FUNCTIONS, *_GREEK_FUNCTIONS):
        raise InputError(
            f"there is no function {name!r} for {_shortened(text)}; known are "
            f"{', '.join(FUNCTIONS)}"
        )
    if len(arguments) != 1:
        raise InputError(f"{name} in {_shortened(text)} takes one value; got {len(arguments)}")
    (argument,) = arguments
    if name == "exp":
        return exp(argument)
    if name == "sqrt":
        return Power(argument, number(Fraction(1, 2)))
    return Call(_OTHER_NAMES.get(name, name), argument)
