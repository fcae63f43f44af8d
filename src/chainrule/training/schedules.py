"""Schedules: how the learning rate changes while a network learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["SCHEDULES", "SMALLEST_RATE", "Schedule"]

SMALLEST_RATE = 1e-6


@dataclass(frozen=True)
class Schedule:
    """How the learning rate follows from what has happened.

    Attributes
    ----------
    name : str
        The name by which estimators know it.
    after_epoch : callable
        (initial rate, current rate, rows seen so far, power) to the next epoch's rate.
    on_plateau : callable
        (current rate) to the rate to go on with, or None to stop, once the error no longer falls.
    formula : str
        As LaTeX, with t the number of rows seen.

    Examples
    --------
    >>> SCHEDULES["invscaling"].after_epoch(0.1, 0.1, 99, 0.5)
    0.01
    >>> SCHEDULES["adaptive"].on_plateau(0.1)
    0.02
    """

    name: str
    after_epoch: Callable[[float, float, int, float], float]
    on_plateau: Callable[[float], float | None]
    formula: str


def _unchanged(initial: float, current: float, seen: int, power: float) -> float:
    del initial, seen, power
    return current


def _inverse_scaling(initial: float, current: float, seen: int, power: float) -> float:
    del current
    return float(initial / (seen + 1) ** power)


def _stop(current: float) -> None:
    del current


def _fifth(current: float) -> float | None:
    return None if current <= SMALLEST_RATE else current / 5


SCHEDULES: dict[str, Schedule] = {
    record.name: record
    for record in (
        Schedule("constant", _unchanged, _stop, r"\alpha = \alpha_0"),
        Schedule("invscaling", _inverse_scaling, _stop, r"\alpha = \alpha_0 / (t + 1)^p"),
        Schedule("adaptive", _unchanged, _fifth, r"\alpha \leftarrow \alpha / 5"),
    )
}
"""Every schedule by its name; scikit-learn's three."""
