"""Ways downhill on a curve: gradient descent by the engine's optimizers, and Newton's method."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.training import OPTIMIZERS, Clock, Rates, make_schedule, newton, update
from chainrule.training.newton_one_variable import NewtonPath

__all__ = ["Descent", "Method", "Slope", "descend", "read_methods"]

Slope = Callable[[float], "tuple[float, ...] | None"]
"""From x to g and g′ there; None where they are not real and finite."""

_NAMES = {"gradient descent": "gd", "Newton's method": "newton"}
_OPTIONS = ("method", "learning_rate", "schedule", *Rates._fields[1:])
# Of the steepest slope met: where it is less, it is as good as level.
_LEVEL = 1e-3
# Where slope and step are so small, no further step is taken.
_AT_REST = 1e-12
# Times the start's distance from 0: nobody follows a way that far.
_FAR = 1e12
# So many steps in a row, each longer than the one before, and higher up: it leaves.
_LONGER = 4
# A network of one weight, which is the variable; its bias stays 0.
_ONE_WEIGHT = Architecture((1, 1), (), "half_squared_error")


class Method(NamedTuple):
    """How to go downhill.

    Attributes
    ----------
    name : str
        For the picture.
    optimizer : str
        ``'newton'`` or one of :data:`chainrule.training.OPTIMIZERS`.
    rates : Rates
        The optimizer's numbers.
    schedule : Schedule
        How the learning rate goes on.
    """

    name: str
    optimizer: str
    rates: Rates
    schedule: Any


class Descent(NamedTuple):
    """One way downhill.

    Attributes
    ----------
    method : str
        How it went.
    x, value, slope : array of shape (steps + 1,)
        Every point, the start among them, and g and g′ there.
    learning_rates : array of shape (steps,)
        Of each step; empty for Newton's method, which has none.
    ending : str
        'minimum', 'maximum' or 'flat' where it came to rest or nearly so; 'moving', 'swings' from
        one side to the other, 'diverged', or 'left the domain'.
    """

    method: str
    x: Array
    value: Array
    slope: Array
    learning_rates: Array
    ending: str

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.x) - 1

    @property
    def told(self) -> str:
        """How many steps, in words."""
        return "1 step" if self.steps == 1 else f"{self.steps} steps"

    @property
    def overshoots(self) -> int:
        """How many steps led to the other side of a minimum: the slope changed its sign."""
        return int((np.sign(self.slope[1:]) * np.sign(self.slope[:-1]) < 0).sum())


def read_methods(methods: Any, **usual: Any) -> list[Method]:
    """Read methods by name, or with their own numbers; ``usual`` are those of all.

    Raises
    ------
    InputError
        There is no such method, or no such number of it.
    """
    if isinstance(methods, str):
        methods = (methods,)
    if isinstance(methods, Mapping):
        entries = [(str(name), own) for name, own in methods.items()]
    elif isinstance(methods, Sequence):
        told = {short: long for long, short in _NAMES.items()}
        entries = [(told.get(name, str(name)), {"method": name}) for name in methods]
    else:
        entries = []
    if not entries:
        raise InputError(
            "methods is a list of names, such as ['gradient descent', 'newton'], or a dict of a "
            f"label and its numbers, such as {{'too high': {{'learning_rate': 1.1}}}}; got "
            f"{methods!r}"
        )
    return [_read(name, own, usual) for name, own in entries]


def _read(name: str, own: Any, usual: dict[str, Any]) -> Method:
    if not isinstance(own, Mapping) or not set(own) <= set(_OPTIONS):
        raise InputError(
            f"method {name!r} takes a dict with some of {', '.join(_OPTIONS)}; got {own!r}"
        )
    chosen: dict[str, Any] = {"method": "gradient descent", **usual, **own}
    asked = chosen.pop("method")
    optimizer = _NAMES.get(asked, asked) if isinstance(asked, str) else ""
    if optimizer != "newton" and optimizer not in OPTIMIZERS:
        known = ", ".join(("gradient descent", "newton", *OPTIMIZERS))
        raise InputError(f"there is no method {asked!r}; known are {known}")
    schedule = make_schedule(chosen.pop("schedule"))
    numbers = {key: _number(key, value, name) for key, value in chosen.items()}
    if schedule.on_plateau(1.0) is not None:
        raise InputError(
            f"schedule {schedule.name!r} waits for an error that no longer falls; choose one that "
            "goes by the step, such as 'exponential' or schedules.Step(every=5)"
        )
    return Method(name, optimizer, Rates(**numbers), schedule)


def _number(key: str, value: Any, name: str) -> Any:
    if key == "nesterov":
        return bool(value)
    positive = key in ("learning_rate", "epsilon")
    share = key in ("momentum", "beta_1", "beta_2", "rho")
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    low, high = (np.nextafter(0, 1) if positive else 0), (np.nextafter(1, 0) if share else np.inf)
    if number and low <= value <= high and math.isfinite(value):
        return float(value)
    limits = "above 0" if positive else "from 0 up to, but not, 1" if share else "0 or above"
    raise InputError(f"{key} of {name!r} must be a number {limits}; got {value!r}")


def descend(f: Any, slope: Slope, start: float, method: Method, steps: int) -> Descent:
    """Go downhill from a start.

    Parameters
    ----------
    f : sympy.Expr
        g.
    slope : callable
        Its values and slopes.
    start : float
        Within its domain.
    method : Method
        How.
    steps : int
        At the most.

    Returns
    -------
    Descent
    """
    if method.optimizer == "newton":
        return _newton(f, start, method, steps)
    here = slope(start)
    if here is None:
        raise InputError(
            f"{f} has no real, finite value and slope at the start x = {start:g}; start inside its "
            "domain"
        )
    points, rates, left = _walk(slope, (start, *here), method, steps)
    x, value, slopes = np.array(points).T
    ending = _ending(x, value, slopes, slope, left)
    return Descent(method.name, x, value, slopes, np.array(rates), ending)


def _walk(
    slope: Slope, here: tuple[float, ...], method: Method, steps: int
) -> tuple[list[tuple[float, ...]], list[float], bool]:
    """Take the engine's steps; return all points, the rates, and whether the domain was left."""
    parameters = np.array([here[0], 0.0])
    state = OPTIMIZERS[method.optimizer].init(parameters)
    points, rates = [here], list[float]()
    for step in range(steps):
        clock = Clock(epoch=step, first_step=step, steps=1, epochs=steps, rows_seen=step)
        rate = float(method.schedule.rates(method.rates.learning_rate, clock)[0])
        parameters, state = update(
            _ONE_WEIGHT,
            parameters,
            np.array([points[-1][2], 0.0]),
            state,
            optimizer=method.optimizer,
            rates=method.rates._replace(learning_rate=rate),
        )
        x = float(parameters[0])
        found = slope(x) if math.isfinite(x) else None
        if found is None:
            return points, rates, True
        length = abs(x - points[-1][0])
        points.append((x, *found))
        rates.append(rate)
        resting = length <= _AT_REST * max(1.0, abs(x)) and abs(found[1]) <= _AT_REST
        if resting or abs(x) > _FAR * max(1.0, abs(here[0])):
            break
    return points, rates, False


def _newton(f: Any, start: float, method: Method, steps: int) -> Descent:
    path: NewtonPath = newton(f, start, max_iterations=steps)
    numbers = np.array([(i.x, i.value, i.slope) for i in path])
    x, value, slopes = numbers.T
    ending = path.kind or ("left the domain" if path.reason.startswith("left") else "moving")
    if ending == "moving" and _leaves(x):
        ending = "diverged"
    return Descent(method.name, x, value, slopes, np.empty(0), ending)


def _leaves(x: Array) -> bool:
    lengths = np.abs(np.diff(x))[-_LONGER - 1 :]
    return len(lengths) > _LONGER and bool((np.diff(lengths) > 0).all())


def _ending(x: Array, value: Array, slopes: Array, slope: Slope, left: bool) -> str:
    """Tell how a way ended, in a word or two."""
    lengths = np.abs(np.diff(x))
    higher = value[-1] > value[0]
    far = abs(x[-1]) > 1e3 * max(1.0, abs(x[0]))
    if (_leaves(x) and higher) or (left and far):
        return "diverged"
    if left:
        return "left the domain"
    if far and not abs(slopes[-1]) <= _LEVEL * np.abs(slopes).max():
        return "diverged"
    if abs(slopes[-1]) <= _LEVEL * max(np.abs(slopes).max(), _LEVEL):
        return _kind(x, slope)
    signs = np.sign(slopes[-_LONGER:])
    if len(lengths) >= _LONGER and (signs[1:] * signs[:-1] < 0).all():
        return "swings"
    return "moving"


def _kind(x: Array, slope: Slope) -> str:
    """Tell what lies around where a way has come to rest, or nearly so."""
    width = max(1e-3 * max(1.0, abs(x[-1])), 0.02 * float(np.ptp(x)))
    sides = [slope(float(x[-1]) + side) for side in (-width, width)]
    left, right = (math.nan if side is None else side[1] for side in sides)
    if left < 0 < right:
        return "minimum"
    return "maximum" if left > 0 > right else "flat"
