r"""Learning rates that fall with the time, each by its formula.

Each gives a share of the initial rate:

    αₜ = α₀ s(t),   t = 0, 1, 2, …

where ``by`` says whether t counts epochs (the rate is constant inside one) or steps. What comes
down to an end takes T = ``over`` epochs or steps for it, all that are planned if not given. As t
ends with T − 1, the last epoch still learns: ``final``, a share of α₀, would come next, at t = T.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chainrule.training.clock import Clock, Numbers, Schedule

__all__ = [
    "By",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "InverseTime",
    "OneCycle",
    "Polynomial",
    "Step",
]

By = Literal["epoch", "step"]


@dataclass(frozen=True, kw_only=True)
class _OverTime(Schedule):
    """α₀ s(t), with t the number of the epoch or of the step."""

    by: By = "epoch"

    def __post_init__(self) -> None:
        self._check_choice("by", ("epoch", "step"))

    def rates(self, initial: float, clock: Clock) -> Numbers:
        """Return α₀ s(t) for every step."""
        shares = initial * self._shares(self._times(clock))
        return np.repeat(shares, clock.steps) if self.by == "epoch" else shares

    def _times(self, clock: Clock) -> Numbers:
        """Return t: of the epoch, or of each of its steps."""
        first, count = (clock.epoch, 1) if self.by == "epoch" else (clock.first_step, clock.steps)
        return np.arange(first, first + count, dtype=np.float64)

    @abstractmethod
    def _shares(self, t: Numbers, /) -> Numbers:
        """Return s(t)."""


@dataclass(frozen=True, kw_only=True)
class Step(_OverTime):
    """Multiply the rate by a factor every so many epochs or steps: αₜ = α₀ f^⌊t / n⌋.

    Parameters
    ----------
    every : int
        n.
    factor : float
        f, from 0 to 1.
    by : 'epoch' or 'step'
        What t counts.

    Examples
    --------
    >>> Step(every=2, by="step").rates(0.8, Clock(0, 0, steps=5, epochs=1, rows_seen=0))
    array([0.8, 0.8, 0.4, 0.4, 0.2])
    """

    every: int = 10
    factor: float = 0.5

    name = "step"
    formula = r"\alpha_t = \alpha_0\,f^{\lfloor t / n \rfloor}"
    source = "e.g. Szegedy et al., Going deeper with convolutions (2015): 4 % less every 8 epochs"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("every", 1, whole=True)
        self._check("factor", 0, 1)

    def _shares(self, t: Numbers, /) -> Numbers:
        return np.power(float(self.factor), t // self.every)


@dataclass(frozen=True, kw_only=True)
class Exponential(_OverTime):
    """Lose the same share every epoch or step: αₜ = α₀ dᵗ.

    Parameters
    ----------
    decay : float
        d, what is left each time, from 0 to 1.
    by : 'epoch' or 'step'
        What t counts.

    Examples
    --------
    >>> Exponential(decay=0.5).rates(0.8, Clock(3, 6, steps=2, epochs=10, rows_seen=30))
    array([0.1, 0.1])
    """

    decay: float = 0.95

    name = "exponential"
    formula = r"\alpha_t = \alpha_0\,d^{\,t}"
    source = (
        "e.g. Szegedy et al., Rethinking the Inception architecture (2016): 0.94 every 2 epochs"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("decay", 0, 1)

    def _shares(self, t: Numbers, /) -> Numbers:
        return np.power(float(self.decay), t)


@dataclass(frozen=True, kw_only=True)
class InverseTime(_OverTime):
    """Fall like one over the time: αₜ = α₀ / (1 + d t).

    Parameters
    ----------
    decay : float
        d, at least 0.
    by : 'epoch' or 'step'
        What t counts.

    Examples
    --------
    >>> InverseTime(decay=0.5).rates(0.8, Clock(2, 4, steps=2, epochs=10, rows_seen=20))
    array([0.4, 0.4])
    """

    decay: float = 0.1

    name = "inverse_time"
    formula = r"\alpha_t = \frac{\alpha_0}{1 + d\,t}"
    source = "Robbins & Monro (1951); Darken & Moody (1990)"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("decay", 0)

    def _shares(self, t: Numbers, /) -> Numbers:
        return 1 / (1 + self.decay * t)


@dataclass(frozen=True, kw_only=True)
class _ToAnEnd(_OverTime):
    """α₀ s(p), with p = t / T the progress towards the end, 1 from there on."""

    final: float = 0.0
    over: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("final", 0, 1)
        if self.over is not None:
            self._check("over", 1, whole=True)

    def _times(self, clock: Clock) -> Numbers:
        planned = clock.epochs if self.by == "epoch" else clock.all_steps
        end = planned if self.over is None else self.over
        return np.minimum(super()._times(clock) / max(end, 1), 1.0)


def _cosine(p: Numbers, start: float, end: float) -> Numbers:
    """Go from start to end along half a cosine as p goes from 0 to 1."""
    return end + (start - end) * 0.5 * (1 + np.cos(np.pi * p))


@dataclass(frozen=True, kw_only=True)
class Polynomial(_ToAnEnd):
    """Come down like a power of the time that is left: αₜ = α₀ (e + (1 − e)(1 − t / T)ᵖ).

    Parameters
    ----------
    power : float
        p; 1 is a straight line.
    final : float
        e, the share of α₀ at the end.
    by : 'epoch' or 'step'
        What t and T count.
    over : int, optional
        T; all that are planned if not given.

    Examples
    --------
    >>> Polynomial(by="step").rates(0.8, Clock(0, 0, steps=4, epochs=1, rows_seen=0))
    array([0.8, 0.6, 0.4, 0.2])
    """

    power: float = 1.0

    name = "polynomial"
    formula = r"\alpha_t = \alpha_0\,\bigl(e + (1 - e)\,(1 - t / T)^p\bigr)"
    source = "Chen et al., DeepLab (2017)"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("power", 0)

    def _shares(self, p: Numbers, /) -> Numbers:
        return self.final + (1 - self.final) * (1 - p) ** self.power


@dataclass(frozen=True, kw_only=True)
class Cosine(_ToAnEnd):
    """Come down along half a cosine: αₜ = α₀ (e + (1 − e) ½ (1 + cos π t / T)).

    Parameters
    ----------
    final : float
        e, the share of α₀ at the end.
    by : 'epoch' or 'step'
        What t and T count.
    over : int, optional
        T; all that are planned if not given. As with PyTorch's ``T_max``, the last epoch has
        t = T − 1 and so a rate above the final one.

    Examples
    --------
    >>> Cosine(by="step").rates(0.8, Clock(0, 0, steps=4, epochs=1, rows_seen=0)).round(6)
    array([0.8     , 0.682843, 0.4     , 0.117157])
    """

    name = "cosine"
    formula = (
        r"\alpha_t = \alpha_0\,\Bigl(e + \frac{1 - e}{2}\bigl(1 + \cos\frac{\pi t}{T}\bigr)\Bigr)"
    )
    source = "Loshchilov & Hutter, SGDR (2017), without restarts"

    def _shares(self, p: Numbers, /) -> Numbers:
        return _cosine(p, 1.0, self.final)


@dataclass(frozen=True, kw_only=True)
class CosineRestarts(_OverTime):
    """Come down along half a cosine again and again, each time more slowly (SGDR).

    Parameters
    ----------
    period : int
        T₀, the length of the first descent.
    growth : float
        Each descent is so many times longer than the one before, rounded to whole numbers.
    final : float
        e, the share of α₀ at the end of each.
    by : 'epoch' or 'step'
        What t and T₀ count.

    Examples
    --------
    >>> schedule = CosineRestarts(period=2, by="step")
    >>> schedule.rates(0.8, Clock(0, 0, steps=7, epochs=1, rows_seen=0)).round(3)
    array([0.8  , 0.4  , 0.8  , 0.683, 0.4  , 0.117, 0.8  ])
    """

    period: int = 10
    growth: float = 2.0
    final: float = 0.0

    name = "cosine_restarts"
    formula = (
        r"\alpha_t = \alpha_0\,\Bigl(e + \frac{1 - e}{2}\bigl(1 + \cos\frac{\pi\,(t - t_i)}{T_i}"
        r"\bigr)\Bigr),\quad T_i = g^i\,T_0,\ t_i = T_0 + \dots + T_{i - 1} \le t"
    )
    source = "Loshchilov & Hutter, SGDR (2017)"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("period", 1, whole=True)
        self._check("growth", 1)
        self._check("final", 0, 1)

    def _shares(self, t: Numbers, /) -> Numbers:
        lengths, ends = [self.period], [self.period]
        while ends[-1] <= t[-1]:
            lengths.append(max(self.period, round(self.period * self.growth ** len(lengths))))
            ends.append(ends[-1] + lengths[-1])
        which = np.searchsorted(ends, t, side="right")
        length = np.array(lengths, np.float64)[which]
        end = np.array(ends, np.float64)[which]
        return _cosine((t - end) / length + 1, 1.0, self.final)


@dataclass(frozen=True, kw_only=True)
class OneCycle(_ToAnEnd):
    """Up to the peak and down again, once: the initial rate is the peak.

    Parameters
    ----------
    start : float
        The share of the peak at the beginning.
    peak_at : float
        The share of the time after which the peak is reached, above 0 and below 1.
    final : float
        The share of the peak at the end.
    shape : 'cosine' or 'linear'
        Of both ways.
    by : 'epoch' or 'step'
        What the time counts; steps if not given.
    over : int, optional
        T, how long both ways take; all that are planned if not given.

    Examples
    --------
    >>> schedule = OneCycle(start=0.5, peak_at=0.4, final=0.0, shape="linear")
    >>> schedule.rates(1.0, Clock(0, 0, steps=5, epochs=1, rows_seen=0)).round(6)
    array([0.5     , 0.75    , 1.      , 0.666667, 0.333333])
    """

    start: float = 0.04
    peak_at: float = 0.3
    final: float = 4e-6
    shape: Literal["cosine", "linear"] = "cosine"
    by: By = "step"

    name = "one_cycle"
    formula = (
        r"\alpha_t = \begin{cases}\alpha_0\,\bigl(s + (1 - s)\,c(\tfrac{t}{qT})\bigr) & t < qT\\"
        r"\alpha_0\,\bigl(1 - (1 - e)\,c(\tfrac{t - qT}{T - qT})\bigr) & t \ge qT\end{cases}"
        r",\quad c(p) = \frac{1 - \cos \pi p}{2}\ \text{or}\ p"
    )
    source = "Smith & Topin, Super-convergence (2018); numbers of PyTorch's OneCycleLR"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("start", 0, 1)
        self._check("peak_at", 1e-6, 1 - 1e-6)
        self._check_choice("shape", ("cosine", "linear"))

    def _shares(self, p: Numbers, /) -> Numbers:
        up = np.minimum(p / self.peak_at, 1)
        down = np.maximum((p - self.peak_at) / (1 - self.peak_at), 0)
        if self.shape == "cosine":
            up, down = _cosine(up, 0.0, 1.0), _cosine(down, 0.0, 1.0)
        rising = self.start + (1 - self.start) * up
        return np.where(p < self.peak_at, rising, 1 - (1 - self.final) * down)
