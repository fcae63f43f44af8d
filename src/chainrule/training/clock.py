"""What a schedule is: the learning rate of every step, as a pure function of the time."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError

__all__ = ["Clock", "Numbers", "Schedule"]

Numbers = NDArray[np.float64]


class Clock(NamedTuple):
    """Where in the training the coming epoch lies.

    Attributes
    ----------
    epoch : int
        Its number, from 0.
    first_step : int
        The number of its first step, from 0, counted over the whole training.
    steps : int
        How many steps it has.
    epochs : int
        How many epochs are planned in all.
    rows_seen : int
        How many rows were seen before it.
    planned_steps : int, optional
        How many steps are planned in all; epochs · steps if not given.
    """

    epoch: int
    first_step: int
    steps: int
    epochs: int
    rows_seen: int
    planned_steps: int | None = None

    @property
    def all_steps(self) -> int:
        """How many steps are planned in all."""
        return self.epochs * self.steps if self.planned_steps is None else self.planned_steps


@dataclass(frozen=True, kw_only=True)
class Schedule(ABC):
    """How the learning rate follows from the time; one's own schedule derives from this.

    Two of the same kind with the same numbers are equal.

    Attributes
    ----------
    name, formula, source : str
        The name by which estimators know the kind; αₜ as LaTeX; where it comes from.
    changes : bool
        Whether the rates depend on the time.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    changes: ClassVar[bool] = True

    @abstractmethod
    def rates(self, initial: float, clock: Clock) -> Numbers:
        """Return the learning rate of each step of the coming epoch, shape (clock.steps,).

        Parameters
        ----------
        initial : float
            α₀, or what :meth:`on_plateau` has made of it.
        clock : Clock
            Where that epoch lies.
        """

    @property
    def patience(self) -> int | None:
        """More epochs than this without improvement are a plateau; None: the stopping rule's."""
        return None

    def on_plateau(self, current: float) -> float | None:
        """Return the initial rate to go on with once nothing improves; None to stop."""
        del current
        return None

    def __sklearn_clone__(self) -> Schedule:
        """Frozen, a copy could not be told from itself."""
        return self

    def _check(self, name: str, low: float, high: float = math.inf, *, whole: bool = False) -> None:
        """Refuse a field that is no number from low to high."""
        value = getattr(self, name)
        kind = (int, np.integer) if whole else (int, float, np.integer, np.floating)
        number = isinstance(value, kind) and not isinstance(value, bool)
        if not number or not low <= value <= high or math.isinf(value):
            limits = f"at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
            what = "a whole number" if whole else "a number"
            raise InputError(
                f"{name} of the schedule {self.name!r} must be {what} {limits}; got {value!r}"
            )

    def _check_choice(self, name: str, choices: tuple[str, ...]) -> None:
        value = getattr(self, name)
        if value not in choices:
            known = " or ".join(map(repr, choices))
            raise InputError(f"{name} of the schedule {self.name!r} is {known}; got {value!r}")
