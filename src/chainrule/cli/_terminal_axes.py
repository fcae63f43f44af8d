"""Axes of a few lines of text: where values stand, and the round numbers beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from chainrule.mathematics.arrays import Array

__all__ = ["Scale", "nice_counts", "tick_label"]

_Y_TICKS, _X_TICKS, _POWERS = 6, 7, 5
# On fewer powers of ten, 2 and 5 times them are ticks too.
_FEW_DECADES = 2.2


class Scale(NamedTuple):
    """An axis of values.

    Attributes
    ----------
    low, high : float
        Its ends.
    log : bool
        Whether it is logarithmic.
    ticks : tuple of float
        Round numbers on it.
    """

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    @classmethod
    def over(cls, values: Array, *, log: bool, whole: bool = False) -> Scale:
        """Return an axis on which all finite values have room.

        Parameters
        ----------
        values : array of shape (n,)
            What is to be drawn.
        log : bool
            Whether it is logarithmic; all values are above 0 then.
        whole : bool
            Whether they count something.

        Returns
        -------
        Scale

        Examples
        --------
        >>> Scale.over(np.array([0.13, 0.92]), log=False).ticks
        (0.2, 0.4, 0.6, 0.8)
        >>> Scale.over(np.array([0.02, 900.0]), log=True).ticks
        (0.1, 1.0, 10.0, 100.0)
        """
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        if low == high:
            apart = abs(low) / 2 or 0.5
            low, high = low - apart, high + apart
        ticks = _powers(low, high) if log else ()
        if len(ticks) < 2:
            ticks = tuple(_nice(low, high, _Y_TICKS, least=1.0 if whole else 0.0))
        return cls(low, high, log, ticks)

    def share(self, values: Array) -> Array:
        """Return where values stand between the two ends, from 0 to 1."""
        low, high = self.low, self.high
        if self.log:
            low, high, values = math.log10(low), math.log10(high), np.log10(values)
        # Halves, so that the difference of the largest numbers there are is one.
        shares: Array = (values / 2 - low / 2) / (high / 2 - low / 2)
        return np.clip(shares, 0.0, 1.0)


def _powers(low: float, high: float) -> tuple[float, ...]:
    """Return powers of ten within a range, and 2 and 5 times these if there are few."""
    decades = math.log10(high) - math.log10(low)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    apart = max(1, math.ceil(decades / _POWERS))
    between = (1, 2, 5) if decades < _FEW_DECADES else (1,)
    powers = range(first - first % apart, last + 1, apart)
    # As decimals, so that they are the nearest numbers: 10.0 ** -5 is none.
    ticks = (float(f"{part}e{power}") for power in powers for part in between)
    return tuple(tick for tick in ticks if low <= tick <= high)


def _nice(low: float, high: float, most: int, *, least: float = 0.0) -> list[float]:
    """Return multiples of 1, 2, 2.5 or 5 times a power of ten within a range."""
    raw = max((high / most - low / most), least)
    power = math.floor(math.log10(raw))
    parts = (1, 2, 5, 10) if least else (1, 2, 2.5, 5, 10)
    step = next(s for p in parts if (s := float(f"{p}e{power}")) >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def nice_counts(first: float, last: float) -> list[int]:
    """Return the first of some whole numbers, and round ones among the others.

    Examples
    --------
    >>> nice_counts(1, 61), nice_counts(1, 1)
    ([1, 10, 20, 30, 40, 50, 60], [1])
    """
    if first == last:
        return [int(first)]
    ticks = [int(tick) for tick in _nice(first, last, _X_TICKS, least=1.0)]
    return ticks if ticks[:1] == [int(first)] else [int(first), *ticks]


def tick_label(value: float) -> str:
    """Write a number beside an axis.

    Examples
    --------
    >>> tick_label(0.25), tick_label(14_000.0), tick_label(1e-05), tick_label(-2.0)
    ('0.25', '14,000', '1e-05', '-2')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.6g}"
