r"""Schedules: the learning rate of every step, by name, as an object, or as a plain function.

A schedule is frozen data. Before each epoch it is asked for the rates of that epoch's steps; it
remembers nothing, so that training can be resumed anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.errors import InputError
from chainrule.training.clock import Clock, Numbers, Schedule
from chainrule.training.decays import (
    By,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseTime,
    OneCycle,
    Polynomial,
    Step,
)

__all__ = [
    "SCHEDULES",
    "SCHEDULE_TYPES",
    "SMALLEST_RATE",
    "Adaptive",
    "Clock",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "FunctionOfStep",
    "InverseScaling",
    "InverseTime",
    "OneCycle",
    "Plateau",
    "Polynomial",
    "Schedule",
    "Step",
    "WarmUp",
    "make_schedule",
]

SMALLEST_RATE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """The same rate from beginning to end.

    Examples
    --------
    >>> Constant().rates(0.1, Clock(epoch=7, first_step=14, steps=2, epochs=10, rows_seen=70))
    array([0.1, 0.1])
    """

    name = "constant"
    formula = r"\alpha_t = \alpha_0"
    source = "plain gradient descent, Cauchy (1847)"
    changes = False

    def rates(self, initial: float, clock: Clock) -> Numbers:
        """Return α₀ for every step."""
        return np.full(clock.steps, initial, np.float64)


@dataclass(frozen=True, kw_only=True)
class InverseScaling(Schedule):
    """scikit-learn's ``invscaling``: α₀ / (n + 1)ᵖ with n the rows seen; α₀ in the first epoch.

    Parameters
    ----------
    power : float
        p, scikit-learn's ``power_t``; at least 0.

    Examples
    --------
    >>> InverseScaling().rates(0.1, Clock(1, 2, steps=2, epochs=10, rows_seen=99))
    array([0.01, 0.01])
    """

    power: float = 0.5

    name = "invscaling"
    formula = r"\alpha_n = \frac{\alpha_0}{(n + 1)^p}"
    source = "scikit-learn's power_t; Robbins & Monro (1951)"

    def __post_init__(self) -> None:
        self._check("power", 0)

    def rates(self, initial: float, clock: Clock) -> Numbers:
        """Return the same rate for all steps of an epoch."""
        rate = initial if clock.epoch == 0 else initial / (clock.rows_seen + 1) ** self.power
        return np.full(clock.steps, rate, np.float64)


@dataclass(frozen=True, kw_only=True)
class Adaptive(Constant):
    """scikit-learn's ``adaptive``: a fifth on every plateau, the end once it is a millionth.

    Examples
    --------
    >>> Adaptive().on_plateau(0.1), Adaptive().on_plateau(1e-6)
    (0.02, None)
    """

    name = "adaptive"
    formula = r"\alpha_0 \leftarrow \frac{\alpha_0}{5}\ \text{on a plateau}"
    source = "scikit-learn's MLPClassifier"

    def on_plateau(self, current: float) -> float | None:
        """Return a fifth, or None once the rate is no larger than a millionth."""
        return None if current <= SMALLEST_RATE else current / 5


@dataclass(frozen=True, kw_only=True)
class Plateau(Constant):
    """Lower the rate whenever nothing has improved for some epochs, and never stop for it.

    Parameters
    ----------
    factor : float
        The rate is multiplied by it.
    patience : int
        More epochs than this without improvement are a plateau.
    smallest : float
        The rate is never lowered below it; a rate, not a share.

    Examples
    --------
    >>> Plateau(factor=0.5).on_plateau(0.1), Plateau().on_plateau(1e-6)
    (0.05, 1e-06)
    """

    factor: float = 0.5
    patience: int = 5
    smallest: float = 1e-6

    name = "plateau"
    formula = r"\alpha_0 \leftarrow \max(f\,\alpha_0, \alpha_{\min})\ \text{on a plateau}"
    source = "Krizhevsky, Sutskever & Hinton (2012), by hand; PyTorch's ReduceLROnPlateau"

    def __post_init__(self) -> None:
        self._check("factor", 0, 1)
        self._check("patience", 0, whole=True)
        self._check("smallest", 0)

    def on_plateau(self, current: float) -> float | None:
        """Return the lowered rate; one that is smaller than the smallest already is kept."""
        return min(current, max(self.factor * current, self.smallest))


@dataclass(frozen=True, kw_only=True)
class WarmUp(Schedule):
    """A straight way up before any other schedule, which begins when the top is reached.

    The rate grows from step to step, also inside an epoch: a whole epoch at rate 0 would be lost.
    The other schedule's time is shifted, so that what comes down to an end still ends with the
    training.

    Parameters
    ----------
    schedule : str, Schedule or callable
        The other one: a name, an object, or a function of the step.
    over : int
        How many epochs or steps the way up takes.
    start : float
        The share, at the first step, of the rate with which the other one begins.
    by : 'epoch' or 'step'
        What ``over`` counts.

    Examples
    --------
    >>> schedule = WarmUp(schedule=Polynomial(by="step"), over=2, by="step")
    >>> schedule.rates(0.8, Clock(0, 0, steps=6, epochs=1, rows_seen=0))
    array([0. , 0.4, 0.8, 0.6, 0.4, 0.2])
    """

    schedule: str | Schedule | Callable[[int], float] = "constant"
    over: int = 5
    start: float = 0.0
    by: By = "epoch"

    name = "warm_up"
    formula = (
        r"\alpha_t = \alpha'_0\,\Bigl(s + (1 - s)\,\frac{t}{T}\Bigr),\ t < T;\quad \alpha'_{t - T}"
    )
    source = "Goyal et al., Accurate, large minibatch SGD (2017)"

    def __post_init__(self) -> None:
        self._check("over", 1, whole=True)
        self._check("start", 0, 1)
        self._check_choice("by", ("epoch", "step"))
        object.__setattr__(self, "schedule", make_schedule(self.schedule))

    @property
    def _other(self) -> Schedule:
        return make_schedule(self.schedule)

    @property
    def patience(self) -> int | None:
        """The other schedule's."""
        return self._other.patience

    def on_plateau(self, current: float) -> float | None:
        """Return what the other schedule returns."""
        return self._other.on_plateau(current)

    def rates(self, initial: float, clock: Clock) -> Numbers:
        """Return the way up, then the other schedule's rates."""
        steps = np.arange(clock.steps)
        t = clock.epoch + steps / clock.steps if self.by == "epoch" else clock.first_step + steps
        climb = t[t < self.over] / self.over
        top = self._other.rates(initial, Clock(0, 0, 1, 1, 0))[0] if climb.size else 0.0
        rates = top * (self.start + (1 - self.start) * climb)
        if climb.size < clock.steps:
            after = self._other.rates(initial, self._shifted(clock, climb.size))
            rates = np.append(rates, after)
        return rates

    def _shifted(self, clock: Clock, climbing: int) -> Clock:
        """Return the time of the other schedule, for the steps after the climbing ones."""
        if self.by == "epoch":
            epochs, steps = self.over, clock.first_step * self.over // clock.epoch
            rows = clock.rows_seen * self.over // clock.epoch
        else:
            epochs, steps = self.over // clock.steps, self.over
            rows = clock.rows_seen * steps // max(clock.first_step, steps)
        return Clock(
            max(clock.epoch - epochs, 0),
            max(clock.first_step - steps, 0),
            clock.steps - climbing,
            max(clock.epochs - epochs, 1),
            clock.rows_seen - rows,
            max(clock.all_steps - steps, 1),
        )


@dataclass(frozen=True, kw_only=True)
class FunctionOfStep(Schedule):
    """Whatever a plain function says: αₜ = f(t), the rate itself, with t the number of the step.

    Parameters
    ----------
    function : callable
        The number of the step, from 0 over the whole training, to its learning rate.

    Examples
    --------
    >>> schedule = FunctionOfStep(function=lambda step: 0.1 / (1 + step))
    >>> schedule.rates(0.5, Clock(1, 3, steps=2, epochs=2, rows_seen=3))
    array([0.025, 0.02 ])
    """

    function: Callable[[int], float]

    name = "function"
    formula = r"\alpha_t = f(t)"
    source = "yours"

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise InputError(
                "the learning rate as a function of the step must be a function; "
                f"got {self.function!r}"
            )

    def rates(self, initial: float, clock: Clock) -> Numbers:
        """Return f of every step; raises an InputError where that is no rate."""
        del initial
        first = clock.first_step
        return np.array([self._rate(step) for step in range(first, first + clock.steps)])

    def _rate(self, step: int) -> float:
        value = self.function(step)
        try:
            rate = float(value)
        except (TypeError, ValueError):
            rate = math.nan
        if not 0 <= rate < math.inf:
            raise InputError(
                f"the learning rate of step {step} must be a finite number, 0 or above; "
                f"the function given for it returned {value!r}"
            )
        return rate


SCHEDULES: dict[str, Schedule] = {
    schedule.name: schedule
    for schedule in (
        Constant(),
        InverseScaling(),
        Adaptive(),
        Step(),
        Exponential(),
        InverseTime(),
        Polynomial(),
        Cosine(),
        CosineRestarts(),
        OneCycle(),
        Plateau(),
    )
}
"""Every schedule that a name alone is enough for, with its default numbers."""

_TYPES: list[type] = [*map(type, SCHEDULES.values()), WarmUp, FunctionOfStep]
SCHEDULE_TYPES = tuple(f"{kind.__module__}.{kind.__qualname__}" for kind in _TYPES)
"""The full names of all kinds of schedule, as model files name them."""


def make_schedule(
    value: str | Schedule | Callable[[int], float], *, power_t: float = 0.5
) -> Schedule:
    """Return the schedule that is meant by a name, an object or a function of the step.

    Parameters
    ----------
    value : str, Schedule or callable
        One of :data:`SCHEDULES`, any schedule, or a function from the number of the step to the
        learning rate.
    power_t : float
        The power of ``'invscaling'``.

    Returns
    -------
    Schedule

    Raises
    ------
    InputError
        There is no schedule of this name, or it is something else.

    Examples
    --------
    >>> make_schedule("invscaling", power_t=0.25)
    InverseScaling(power=0.25)
    >>> make_schedule(Step(every=3)).name
    'step'
    """
    if isinstance(value, Schedule):
        return value
    if isinstance(value, str) and value in SCHEDULES:
        known = SCHEDULES[value]
        return InverseScaling(power=power_t) if isinstance(known, InverseScaling) else known
    if callable(value) and not isinstance(value, type):
        return FunctionOfStep(function=value)
    shown = value.__name__ if isinstance(value, type) else repr(value)
    raise InputError(
        f"there is no learning-rate schedule {shown}; choose one of {', '.join(SCHEDULES)}, or "
        "give a schedule such as Cosine(final=0.1) or a function of the step"
    )
