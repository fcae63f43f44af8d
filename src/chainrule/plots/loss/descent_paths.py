"""Ways downhill on a curve of one variable: local minima, overshooting and decay, to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array
from chainrule.mathematics.expressions import parse, text
from chainrule.mathematics.expressions.sympy_forms import from_sympy
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import style
from chainrule.plots.loss._curve import Curve, check_span, window_of
from chainrule.plots.loss._descent import Descent, Slope, descend, read_methods
from chainrule.plots.loss._descent_drawing import draw_descents
from chainrule.training.newton_one_variable import function_of

__all__ = ["DescentPaths"]

_MOST_STEPS, _MOST_PATHS = 10_000, 100


class DescentPaths:
    """How gradient descent and Newton's method go downhill on a function g of one variable.

        x ← x − α g′(x)   gradient descent,   x ← x − g′(x) / g″(x)   Newton's method

    From different starts they end in different minima; with too high a rate α they overshoot and
    leave; with a rate that decays they settle. Each step is the engine's own
    (:func:`chainrule.training.update`), so that any of its optimizers can be looked at.

    Parameters
    ----------
    function, variable : str
        g as text, and what it is a function of.
    curve : Curve
        Its values in the window that is drawn, and its minima.
    runs : sequence of Descent
        The ways, start by start and method by method.

    Attributes
    ----------
    paths : list of array of shape (steps + 1,)
        The points x of each way, the start among them.
    minima : array of shape (m, 2)
        x and g(x) of the minima within the window, the lowest first.
    figure_, ax_ : matplotlib Figure and Axes
        Where it was drawn.
    line_ : matplotlib Line2D
        The curve.
    path_lines_ : list of matplotlib Line2D
        The ways, as ``runs``.
    legend_ : matplotlib Legend
        The table below.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from chainrule.plots import DescentPaths
    >>> display = DescentPaths.from_formula(
    ...     "x**2", starts=[2], methods=["gradient descent", "newton"], steps=4,
    ...     ax=Figure().subplots(),
    ... )
    >>> display.paths[0].round(6)
    array([2.    , 1.6   , 1.28  , 1.024 , 0.8192])
    >>> display.paths[1], display.runs[1].ending
    (array([2., 0.]), 'minimum')
    """

    def __init__(
        self, *, function: str, variable: str, curve: Curve, runs: Sequence[Descent]
    ) -> None:
        self.function, self.variable = function, variable
        self.curve, self.runs = curve, tuple(runs)

    @property
    def paths(self) -> list[Array]:
        """The points of each way, each of shape (steps + 1,)."""
        return [run.x for run in self.runs]

    @property
    def minima(self) -> Array:
        """The minima within the window, shape (m, 2), the lowest first."""
        return self.curve.minima

    @classmethod
    def from_formula(
        cls,
        formula: Any,
        *,
        starts: Any = (),
        restarts: int = 0,
        methods: Any = ("gradient descent",),
        learning_rate: float = 0.1,
        schedule: Any = "constant",
        momentum: float = 0.9,
        steps: int = 30,
        span: tuple[float, float] | None = None,
        random_state: int = 0,
        ax: Any = None,
    ) -> Self:
        """Go downhill from every start by every method, and draw it.

        Parameters
        ----------
        formula : str, sympy.Expr or callable
            g, as for :func:`chainrule.newton`: a text such as ``"x**4 - 3*x**2 + x"``, or a
            function that is given a SymPy symbol.
        starts : float or sequence of float
            Where to start.
        restarts : int
            How many more starts to draw at random, anywhere in ``span``.
        methods : sequence of str, or dict
            'gradient descent' (or 'gd'), 'newton', and every optimizer by its name: 'momentum',
            'nesterov', 'adam' …; or labels with their own numbers, such as ``{"too high":
            {"learning_rate": 1.1}, "Adam": {"method": "adam"}}``, with ``method``,
            ``learning_rate``, ``schedule``, ``momentum``, ``beta_1`` and so on.
        learning_rate : float
            α, of all methods without one of their own; Newton's has none.
        schedule : str, Schedule or callable
            How α goes on from step to step, as in :mod:`chainrule.schedules`.
        momentum : float
            μ, of the optimizers that have one.
        steps : int
            At the most; who comes to rest takes fewer.
        span : (float, float), optional
            From where to where to draw; by default so that the ways can be seen.
        random_state : int
            Draws the random restarts.
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        DescentPaths

        Raises
        ------
        InputError
            The formula cannot be read or has several variables, a start lies outside of its
            domain, or there is no such method.
        """
        whole = isinstance(steps, int | np.integer) and not isinstance(steps, bool)
        if not whole or not 1 <= steps <= _MOST_STEPS:
            raise InputError(f"steps is a whole number from 1 to {_MOST_STEPS:,}; got {steps!r}")
        numbers = {"learning_rate": learning_rate, "schedule": schedule, "momentum": momentum}
        chosen = read_methods(methods, **numbers)
        places = _starts(starts, restarts, span, random_state)
        if len(places) * len(chosen) > _MOST_PATHS:
            raise InputError(
                f"{len(places)} starts by {len(chosen)} methods are more than {_MOST_PATHS} ways, "
                "which no picture can show: give fewer"
            )
        expressions, both = function_of(formula, derivatives=1)
        slope: Slope = both
        runs = [
            descend(expressions[0], slope, start, method, int(steps))
            for method in chosen
            for start in places
        ]
        curve = Curve.of(slope, *window_of(slope, runs, span))
        shown = text(parse(formula) if isinstance(formula, str) else from_sympy(expressions[0]))
        variable = next((str(each) for each in expressions[0].free_symbols), "x")
        return cls(function=shown, variable=variable, curve=curve, runs=runs).plot(ax=ax)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it, or draw it again.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where; by default a new figure.

        Returns
        -------
        self
        """
        with style():
            (self.ax_,) = panels(ax, size=(6.4, 4.4 + 0.2 * min(len(self.runs), 10)))
            self.figure_ = figure_of(self.ax_)
            self.line_, self.path_lines_, self.legend_ = draw_descents(self, self.ax_)
        return self

    @property
    def alt_text(self) -> str:
        """What the picture shows, in words."""
        text = f"The curve g({self.variable}) = {self.function}"
        if len(self.minima):
            places = ", ".join(f"{x:.4g}" for x in self.minima[:, 0])
            what = "a minimum" if len(self.minima) == 1 else "minima"
            text += f" with {what} at {self.variable} = {places}"
        ways = [
            f"{run.method} from {run.x[0]:.4g}: {run.told} to {run.x[-1]:.4g}, {run.ending}"
            for run in self.runs[:6]
        ]
        more = f"; and {len(self.runs) - 6} more" if len(self.runs) > 6 else ""
        return f"{text}, and ways downhill. {'; '.join(ways)}{more}."


def _starts(starts: Any, restarts: Any, span: Any, random_state: int) -> list[float]:
    """Return where to start: as given, and drawn at random."""
    try:
        places = np.atleast_1d(np.asarray(starts, np.float64))
    except (TypeError, ValueError):
        places = np.full(1, np.nan)
    if places.ndim != 1 or not np.isfinite(places).all():
        raise InputError(f"starts is a number or several, such as [-2, 0.5, 2]; got {starts!r}")
    whole = isinstance(restarts, int | np.integer) and not isinstance(restarts, bool)
    if not whole or not 0 <= restarts <= _MOST_PATHS:
        raise InputError(f"restarts is a number of starts, up to {_MOST_PATHS}; got {restarts!r}")
    if restarts and span is None:
        raise InputError("restarts are drawn from a span: give it too, such as span=(-2, 2)")
    if not restarts and not len(places):
        raise InputError("give starts, such as [-2, 0.5, 2], or restarts, a number of random ones")
    drawn = np.random.default_rng(random_state).uniform(*check_span(span or (0, 1)), int(restarts))
    return [float(start) for start in (*places, *drawn)]
