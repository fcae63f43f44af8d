"""What is to be derived: a name, a formula, or an expression of SymPy's."""

from __future__ import annotations

import difflib
import re
from typing import Any

from chainrule.errors import InputError
from chainrule.mathematics.differentiation.checking import Checker
from chainrule.mathematics.differentiation.engine import Work
from chainrule.mathematics.differentiation.fused import (
    derive_cross_entropy,
    derive_fused,
    derive_perceptron,
    derive_softmax,
)
from chainrule.mathematics.differentiation.known import ERRORS, FUNCTIONS, Known
from chainrule.mathematics.differentiation.steps import Derivation
from chainrule.mathematics.expressions.algebra import same, tidy
from chainrule.mathematics.expressions.notation import symbol_text
from chainrule.mathematics.expressions.parsing import FUNCTIONS as SPELLED
from chainrule.mathematics.expressions.parsing import LONGEST_TEXT, parse
from chainrule.mathematics.expressions.sympy_forms import from_sympy
from chainrule.mathematics.expressions.tree import Call, Derivative, Expression, Symbol

__all__ = ["derive", "names"]


def derive(what: Any, variable: Any = None) -> Derivation:
    """Take a derivative one named rule at a time, as a textbook does; every step is checked.

    Parameters
    ----------
    what : str, sympy.Expr or number
        A name from :func:`~chainrule.mathematics.differentiation.names`, such as "sigmoid" or
        "log loss of a sigmoid"; a formula such as ``"1/(1 + exp(-x))"``, with + - * / ** ^ and the
        usual functions; or an expression of SymPy's.
    variable : str or sympy.Symbol, optional
        With respect to which; all others are held constant. Not needed where there is only one.

    Returns
    -------
    Derivation
        Printed, it shows every step: the rule and its formula, what is put for its letters, what
        becomes of it. ``to_markdown`` gives LaTeX, ``to_dict`` plain data, ``result`` the
        derivative alone.

    Raises
    ------
    InputError
        There is no such name, the formula cannot be read, has several variables of which none is
        chosen, or has no value anywhere.
    chainrule.mathematics.differentiation.checking.StepError
        A step changed the value: a mistake of ours, never shown as a result.

    Examples
    --------
    >>> print(derive("sigmoid").result)
    σ(z)·(1 − σ(z))
    >>> print(derive("log loss of a sigmoid").result)
    ŷ − y
    >>> print(derive("a*x^2 + ln(x)", "x").result)
    2a·x + 1/x
    >>> [step.rule.name for step in derive("exp(-x)").steps]
    ['chain rule', 'exponential rule', 'constant factor rule', 'power rule']

    Notes
    -----
    The slope that a derivation is checked with is a difference over 10⁻²⁰, with sixty digits: it
    knows nothing of any rule.
    """
    name = None if variable is None else _variable(str(variable))
    if not isinstance(what, str):
        return _derive_formula(_expression(what), name)
    found = _named(what, name) if len(what) <= LONGEST_TEXT else None
    return _derive_formula(parse(what), name) if found is None else found


def names() -> dict[str, list[str]]:
    """Return what :func:`derive` knows by name.

    Returns
    -------
    dict of str to list of str
        The names under a heading.

    Examples
    --------
    >>> names()["errors"][:2]
    ['half squared error', 'log loss of a sigmoid']
    """
    hidden = [_plain(_USUAL.get(name, name)) for name in (*FUNCTIONS, "softmax")]
    return {
        "activations": [name for name in hidden if name not in ("l1", "l2")],
        "errors": [
            "half squared error",
            "log loss of a sigmoid",
            "cross-entropy of a softmax",
            "half Poisson deviance of an exponential",
            "perceptron",
            "half squared error of a sigmoid (or of any other activation)",
        ],
        "penalties": ["L1", "L2"],
    }


# ------------------------------------------------------------------------------ names

_USUAL = {"logistic": "sigmoid"}
_ERROR_NAMES = {
    "half squared error": "half_squared_error",
    "log loss": "log_loss",
    "binary cross entropy": "log_loss",
    "cross entropy": "cross_entropy",
    "categorical cross entropy": "cross_entropy",
    "poisson": "poisson",
    "poisson deviance": "poisson",
    "half poisson deviance": "poisson",
    "perceptron": "perceptron",
}
_OTHER_NAMES = {
    "exponential": "exp",
    "hyperbolic tangent": "tanh",
    "swish": "silu",
    "sigmoid": "logistic",
    "linear": "identity",
    "l1 penalty": "l1",
    "l2 penalty": "l2",
}
#: The activation that belongs to an error, where none is named.
_OUTPUTS = {
    "half_squared_error": "identity",
    "log_loss": "logistic",
    "cross_entropy": "softmax",
    "poisson": "exp",
    "perceptron": "step",
}


def _plain(text: str) -> str:
    """Return a name without capitals, hyphens and articles."""
    words = re.split(r"[\s_\-–]+", text.strip().casefold())
    plain = " ".join(word for word in words if word not in ("a", "an", "the", "function"))
    return plain.removeprefix("derivative of ")


def _function_names() -> dict[str, str]:
    found = {_plain(name): name for name in (*FUNCTIONS, "softmax")}
    return found | _OTHER_NAMES


def _activation_names() -> dict[str, str]:
    """Return the functions that stand behind "of a"."""
    return {name: f for name, f in _function_names().items() if f not in ("l1", "l2")}


def _named(what: str, variable: str | None) -> Derivation | None:
    """Derive what has a name; None if this is none."""
    plain = _plain(what)
    functions = _function_names()
    error, of, output = plain.partition(" of ")
    if plain in functions:
        return _derive_function(functions[plain], variable)
    if error in _ERROR_NAMES and (not of or output in _activation_names()):
        return _derive_error(_ERROR_NAMES[error], functions.get(output), variable)
    if plain in SPELLED:
        return _derive_formula(parse(f"{plain}({variable or 'x'})"), variable or "x")
    _refuse_near_miss(what, plain, functions)
    return None


def _refuse_near_miss(what: str, plain: str, functions: dict[str, str]) -> None:
    """Say what may have been meant by a text that is words and no formula."""
    if not re.fullmatch(r"[a-z0-9 ]*[a-z]{3}[a-z0-9 ]*", plain):
        return
    known = [*functions, *_ERROR_NAMES]
    known += [
        f"{error} of {function}" for error in _ERROR_NAMES for function in _activation_names()
    ]
    near = difflib.get_close_matches(plain, known, 2, 0.75)
    if near:
        raise InputError(
            f"there is no {what.strip()[:60]!r} to derive; did you mean "
            f"{' or '.join(map(repr, near))}?"
        )
    if " " in plain or plain == what.strip().casefold():
        raise InputError(
            f"{what.strip()[:60]!r} is neither a formula nor a name; known are "
            f"{', '.join(name for group in names().values() for name in group)}"
        )


def _derive_function(name: str, variable: str | None) -> Derivation:
    if name == "softmax":
        _refuse_variable(variable, ("z_j", "z"), "softmax", "zⱼ")
        return derive_softmax()
    known = FUNCTIONS[name]
    known = known.of(variable) if variable else known
    return _derive_known(known)


def _derive_known(known: Known, *, partial: bool = False) -> Derivation:
    checker = Checker.for_formula(known.function, known.variable)
    work = Work(checker)
    result = work.known(known, partial=partial)
    shown = symbol_text(known.variable)
    function, slope = f"f({shown})", f"f′({shown})"
    return Derivation(
        title=f"derivative of {known.title}",
        name="E" if partial else function,
        slope_name=f"∂E/∂{shown}" if partial else slope,
        function=known.function,
        variable=known.variable,
        steps=tuple(work.steps),
        result=result,
        notes=(*_signs(known.function, result, work), *known.notes),
        points=len(checker.points),
    )


def _derive_error(error: str, output: str | None, variable: str | None) -> Derivation:
    own = _OUTPUTS[error]
    if output is not None and output != own and error != "half_squared_error":
        shown = {"logistic": "a sigmoid", "exp": "an exponential"}.get(own, own)
        raise InputError(
            f"{error.replace('_', ' ')} goes with {shown}, whose outputs it is made for; only the "
            "half squared error is derived with any activation"
        )
    if output is None and variable in ("ŷ", "p") and error in ERRORS:
        return _derive_known(ERRORS[error], partial=True)
    _refuse_variable(variable, ("z", "z_j"), error.replace("_", " "), "z, and for some by ŷ")
    if error == "cross_entropy":
        return derive_cross_entropy()
    if error == "perceptron":
        return derive_perceptron()
    return derive_fused(error, output or own)


def _refuse_variable(variable: str | None, allowed: tuple[str, ...], what: str, shown: str) -> None:
    if variable is not None and variable not in allowed:
        raise InputError(f"{what} is derived by {shown}; got {variable!r}")


# ------------------------------------------------------------------------------ formulas


def _variable(text: str) -> str:
    found = parse(text)
    if not isinstance(found, Symbol):
        raise InputError(f"the variable has to be a name such as 'x'; got {text[:60]!r}")
    return found.name


def _expression(what: Any) -> Expression:
    if isinstance(what, Expression):
        return what
    if isinstance(what, bool) or what is None:
        raise InputError(f"what is to be derived must be a name or a formula; got {what!r}")
    import sympy

    try:
        found = sympy.sympify(what, strict=True)
    except sympy.SympifyError as error:
        raise InputError(
            "what is to be derived must be a name, a formula as text, or an expression of "
            f"SymPy's; got {str(what)[:60]!r}"
        ) from error
    if not isinstance(found, sympy.Expr):
        raise InputError(f"what is to be derived must be a number for every x; got {found}")
    return from_sympy(found)


def _derive_formula(function: Expression, variable: str | None) -> Derivation:
    if variable is None:
        found = sorted(function.symbols)
        if len(found) > 1:
            raise InputError(
                f"{str(function)[:60]} has {len(found)} variables, {', '.join(found)}; say which "
                f"one is changed, such as {found[0]}, and the others are held constant"
            )
        variable = found[0] if found else "x"
    for known in FUNCTIONS.values():  # typed out, it is brought into the same form
        if known.moves and same(tidy(known.of(variable).function), tidy(function)):
            return _derive_known(known.of(variable))
    others = sorted(map(symbol_text, function.symbols - {variable}))
    checker = Checker.for_formula(function, variable)
    work = Work(checker)
    whole = work.differentiate(Derivative(function, variable, partial=bool(others)))
    result = work.simplify(whole)
    shown = symbol_text(variable)
    held = f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} held constant."
    return Derivation(
        title=f"derivative with respect to {shown}",
        name="f" if others else f"f({shown})",
        slope_name=f"∂f/∂{shown}" if others else f"f′({shown})",
        function=function,
        variable=variable,
        steps=tuple(work.steps),
        result=result,
        notes=(*([held] if others else []), *_signs(function, result, work)),
        points=len(checker.points),
    )


_STANDS_FOR: dict[str, str] = {
    "σ": "where σ(x) = 1/(1 + e^(−x)), the sigmoid",
    "Φ": "where Φ(x) is the standard normal distribution, the area under φ up to x",
    "φ": "where φ(x) = e^(−x²/2)/√(2π), the bell curve",
    "sign": "where sign(x) is 1 for x > 0 and −1 for x < 0; at the corner there is no slope",
    "step": "where step(x) is 1 for x ≥ 0 and 0 for x < 0",
}


def _signs(function: Expression, result: Expression, work: Work) -> list[str]:
    """Say what the functions with a sign of their own stand for."""
    shown = [function, result, *(step.result for step in work.steps)]
    called = {part.name for e in shown for part in e.parts() if isinstance(part, Call)}
    return [note for name, note in _STANDS_FOR.items() if name in called]
