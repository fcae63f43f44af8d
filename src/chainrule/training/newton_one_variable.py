r"""Newton's method for a function of one variable, every step of it kept.

    x ← x − g′(x) / g″(x)

Both derivatives are SymPy's, so they are formulas and not quotients; their values are worked out in
double precision. SymPy is imported only when a function is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, overload

from chainrule.errors import InputError
from chainrule.mathematics.expressions.parsing import parse
from chainrule.mathematics.expressions.sympy_forms import to_sympy

__all__ = ["Iterate", "NewtonPath", "function_of", "newton"]

# Three steps in a row that are so large a part of the one before: the approach is linear, and that
# is what happens where g″ vanishes together with g′.
LINEAR_RATIO, LINEAR_STEPS = 0.4, 3


class Iterate(NamedTuple):
    """One point on the way.

    Attributes
    ----------
    step : int
        0 where it starts.
    x : float
        The point.
    value, slope, curvature : float
        g, g′ and g″ there.
    """

    step: int
    x: float
    value: float
    slope: float
    curvature: float


class NewtonPath(Sequence[Iterate]):
    """Every iterate of Newton's method, and how it ended; printed as a table.

    Attributes
    ----------
    x : float
        Where it ended.
    converged : bool
        Whether it came to rest, be it at a minimum or not.
    kind : str or None
        Where it came to rest: ``'minimum'``, ``'maximum'`` or, where g″ vanishes too and so cannot
        tell, ``'flat'``; None if it did not.
    reason : str
        How it ended, in a sentence.
    function, derivative, second_derivative : sympy.Expr
        g, g′ and g″.
    """

    def __init__(
        self,
        iterates: Sequence[Iterate],
        expressions: tuple[Any, Any, Any],
        *,
        kind: str | None,
        reason: str,
    ) -> None:
        self._iterates = tuple(iterates)
        self.function, self.derivative, self.second_derivative = expressions
        self.kind = kind
        self.converged = kind is not None
        self.reason = reason

    @property
    def x(self) -> float:
        """Where it ended."""
        return self._iterates[-1].x

    @overload
    def __getitem__(self, index: int) -> Iterate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Iterate]: ...
    def __getitem__(self, index: int | slice) -> Iterate | Sequence[Iterate]:
        """Return one iterate, or some."""
        return self._iterates[index]

    def __len__(self) -> int:
        """How many iterates there are, the start among them."""
        return len(self._iterates)

    def __iter__(self) -> Iterator[Iterate]:
        """Iterate over the iterates."""
        return iter(self._iterates)

    def __repr__(self) -> str:
        """Show the way as a table, and say how it ended."""
        lines = [
            f"g  = {self.function}",
            f"g′ = {self.derivative}",
            f"g″ = {self.second_derivative}",
            f"{'step':>4} {'x':>14} {'g':>14} {'g′':>14} {'g″':>14}",
        ]
        for step, *numbers in self._iterates:
            lines.append(f"{step:>4} " + " ".join(f"{number:>14.7g}" for number in numbers))
        return "\n".join([*lines, self.reason])


def newton(f: Any, x0: float, *, tolerance: float = 1e-12, max_iterations: int = 50) -> NewtonPath:
    """Look for a minimum of a function of one variable: x ← x − g′(x) / g″(x).

    Nothing is damped: from a start too far away the method may leave, circle, or end at a maximum,
    and that is to be seen. What happened is said in ``reason``.

    Parameters
    ----------
    f : sympy.Expr, str or callable
        g: an expression of one symbol; a text such as ``"exp(x) - log(x)"``, with + - * / ** ^ and
        the usual functions; or a function that is given a SymPy symbol and returns an expression.
    x0 : float
        Where it starts.
    tolerance : float
        It has come to rest when the next step would be no longer than this times max(1, |x|).
    max_iterations : int
        Steps at the most.

    Returns
    -------
    NewtonPath

    Raises
    ------
    InputError
        f is no function of one variable, or x0 lies outside of its domain.

    Examples
    --------
    >>> path = newton("exp(x) - log(x)", 0.05)
    >>> [round(iterate.x, 6) for iterate in path[1:6]]
    [0.097248, 0.183177, 0.32052, 0.477298, 0.55785]
    >>> round(path.x, 6), path.kind
    (0.567143, 'minimum')
    >>> newton("x**2 - 3*x", 0)
    g  = x**2 - 3*x
    g′ = 2*x - 3
    g″ = 2
    step              x              g             g′             g″
       0              0              0             -3              2
       1            1.5          -2.25              0              2
    came to rest at x = 1.5, a minimum, after 1 step

    Notes
    -----
    Newton (1669) and Raphson (1690) for roots; Simpson (1740) for the root of a derivative.
    """
    x = _start(x0)
    if not tolerance > 0 or max_iterations < 1:
        raise InputError(
            f"tolerance must be above 0 and max_iterations at least 1; got {tolerance!r} and "
            f"{max_iterations!r}"
        )
    expressions, evaluate = function_of(f)
    numbers = evaluate(x)
    if numbers is None:
        raise InputError(
            f"{expressions[0]} or a derivative has no real, finite value at the start x0 = {x:g}; "
            "start inside its domain"
        )
    iterates = [Iterate(0, x, *numbers)]
    while (ending := _ending(iterates, tolerance, max_iterations)) is None:
        here = iterates[-1]
        x = here.x - here.slope / here.curvature
        numbers = evaluate(x)
        if numbers is None:
            ending = None, _left(here, x)
            break
        iterates.append(Iterate(here.step + 1, x, *numbers))
    return NewtonPath(iterates, expressions, kind=ending[0], reason=ending[1])


def function_of(
    f: Any, *, derivatives: int = 2
) -> tuple[tuple[Any, ...], Callable[[float], tuple[float, ...] | None]]:
    """Return a function of one variable with its derivatives, as formulas and as numbers.

    Parameters
    ----------
    f : sympy.Expr, str or callable
        As for :func:`newton`.
    derivatives : int
        How many are wanted.

    Returns
    -------
    expressions : tuple of sympy.Expr
        g, g′ and so on.
    evaluate : callable
        From x to their values there; None where one of them is not real and finite.

    Raises
    ------
    InputError
        f is no function of one variable; or, when ``evaluate`` is called, its values are not known.

    Examples
    --------
    >>> (g, slope), evaluate = function_of("x**2 - 3*x", derivatives=1)
    >>> slope, evaluate(2.0)
    (2*x - 3, (-2.0, 1.0))
    """
    g, symbol = _expression(f)
    expressions = (g, *(g.diff(symbol, order) for order in range(1, derivatives + 1)))
    return expressions, _evaluator(expressions, symbol)


# -------------------------------------------------------------------------- how it ended


def _ending(
    iterates: list[Iterate], tolerance: float, max_iterations: int
) -> tuple[str | None, str] | None:
    """Return where it came to rest, if it did, and why there is no next step; None if there is."""
    here = iterates[-1]
    if here.curvature == 0:
        if here.slope == 0:
            return "flat", _rest(here, "flat")
        return None, (
            f"cannot go on: at step {here.step}, x = {here.x:g}, g″ is 0 while g′ is "
            f"{here.slope:.3g}, so that there is no next point"
        )
    length = abs(here.slope / here.curvature)
    if length <= tolerance * max(1.0, abs(here.x)):
        kind = _kind(iterates)
        return kind, _rest(here, kind)
    if here.step == max_iterations:
        return None, (
            f"did not converge in {_steps(here)}: at x = {here.x:g} the next step would still be "
            f"{length:.3g} long"
        )
    return None


def _left(here: Iterate, x: float) -> str:
    return (
        f"left the domain: step {here.step + 1} leads from x = {here.x:g} to x = {x:g}, where g or "
        "a derivative has no real, finite value"
    )


def _kind(iterates: list[Iterate]) -> str:
    """Tell what was approached: by g″, but where that vanishes the approach is only linear."""
    lengths = [abs(i.slope / i.curvature) for i in iterates[-LINEAR_STEPS - 1 :]]
    ratios = [after / before for before, after in pairwise(lengths) if before > 0]
    if len(ratios) == LINEAR_STEPS and min(ratios) > LINEAR_RATIO:
        return "flat"
    return "minimum" if iterates[-1].curvature > 0 else "maximum"


def _rest(here: Iterate, kind: str) -> str:
    what = {
        "minimum": "a minimum",
        "maximum": f"a maximum and not a minimum: g″ = {here.curvature:.3g} is negative",
        "flat": "where g″ vanishes together with g′: that may be no minimum at all",
    }[kind]
    return f"came to rest at x = {here.x:.10g}, {what}, after {_steps(here)}"


def _steps(here: Iterate) -> str:
    return "1 step" if here.step == 1 else f"{here.step} steps"


# -------------------------------------------------------------------------- numbers


def _start(x0: Any) -> float:
    try:
        x = float(x0)
    except (TypeError, ValueError):
        x = math.nan
    if not math.isfinite(x):
        raise InputError(f"x0 must be a finite number; got {x0!r}")
    return x


def _corner(x: float, order: int = 0) -> float:
    """Return what is left of a delta function: 0, but nothing at all where it is infinite."""
    if x == 0:
        raise ValueError(f"the derivative {order} of a jump at 0")
    return 0.0


def _evaluator(
    expressions: tuple[Any, ...], symbol: Any
) -> Callable[[float], tuple[float, ...] | None]:
    """Return a function from x to the values of all, or None where one is not real and finite."""
    import sympy

    modules = [{"DiracDelta": _corner}, "math", "mpmath"]  # the first that knows a name
    unknown = f"{expressions[0]} holds a function whose values are not known"
    try:
        functions = [sympy.lambdify(symbol, each, modules, dummify=True) for each in expressions]
    except NotImplementedError as error:
        raise InputError(unknown) from error

    def evaluate(x: float) -> tuple[float, ...] | None:
        try:
            # A root of a negative number is complex, which float() refuses.
            numbers = tuple(float(function(x)) for function in functions)
        except (NameError, NotImplementedError) as error:
            raise InputError(unknown) from error
        except (TypeError, ValueError, ArithmeticError):
            return None
        return numbers if all(map(math.isfinite, numbers)) else None

    return evaluate


# -------------------------------------------------------------------------- functions


def _expression(f: Any) -> tuple[Any, Any]:
    """Return g as an expression of one real symbol, and that symbol."""
    import sympy

    if isinstance(f, str):
        g = to_sympy(parse(f))
    elif isinstance(f, (sympy.Expr, int, float)):
        g = sympy.sympify(f)
    elif callable(f):
        g = _apply(f)
    else:
        raise InputError(
            "f must be a SymPy expression, a text such as 'exp(x) - log(x)', or a function of a "
            f"SymPy symbol; got {f!r}"
        )
    symbols = sorted(g.free_symbols, key=str)
    if len(symbols) > 1:
        raise InputError(
            f"f must be a function of one variable; {g} has {len(symbols)}: "
            f"{', '.join(map(str, symbols))}"
        )
    real = sympy.Symbol(symbols[0].name if symbols else "x", real=True)
    return (g.subs(symbols[0], real) if symbols else g), real


def _apply(f: Callable[[Any], Any]) -> Any:
    import sympy

    try:
        g = sympy.sympify(f(sympy.Symbol("x", real=True)), strict=True)
    except (TypeError, AttributeError, sympy.SympifyError) as error:
        raise InputError(
            "the function given could not be applied to a SymPy symbol; use SymPy's functions, "
            f"such as sympy.exp, not those of math or numpy ({error})"
        ) from error
    if not isinstance(g, sympy.Expr):
        raise InputError(f"the function given must return a number for every x; got {g!r}")
    return g
