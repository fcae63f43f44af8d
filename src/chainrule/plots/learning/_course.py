"""The course of a training as numbers, for whoever draws it: on paper or on a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from chainrule.explanation.diagnosing._finding import counted, show
from chainrule.mathematics.arrays import Array

__all__ = ["Course", "Start", "thinned", "wants_log"]

# A curve over so many times its lowest value, or whose first epochs are so many times what it
# usually is, is flat on an even axis where one wants to read it.
_SPAN, _ABOVE_USUAL = 100.0, 10.0
# A penalty that is less of the loss than this is thinner than the curve.
_PENALTY_SEEN = 0.01


class Start(NamedTuple):
    """One of several starts, by the loss that they are compared by.

    Attributes
    ----------
    epochs, loss : array of shape (m,)
        The held-out loss by epoch, or the training loss if there is none.
    score : array of shape (m,), or None
        The held-out score.
    """

    epochs: Array
    loss: Array
    score: Array | None


@dataclass(kw_only=True, eq=False, repr=False)
class Course:
    """What a training's curves are drawn from; :class:`LearningCurves` describes the fields."""

    epochs: Array
    train_loss: Array
    penalty: Array | None = None
    validation_loss: Array | None = None
    validation_score: Array | None = None
    mistakes: Array | None = None
    learning_rate: Array | None = None
    best_epoch: int = 0
    kept_epoch: int | None = None
    stopped: str = ""
    other_starts: list[Start] = field(default_factory=list)
    averaged: bool = False
    unit: str = "epoch"
    loss_name: str = "loss"
    score_name: str = "score"

    @property
    def data_loss(self) -> Array | None:
        """The training loss without the penalty, where the penalty is large enough to be seen."""
        if self.penalty is None:
            return None
        with np.errstate(invalid="ignore", over="ignore"):
            data = self.train_loss - self.penalty
            seen = self.penalty > _PENALTY_SEEN * np.abs(self.train_loss)
        return data if seen.any() else None

    @property
    def rate_changes(self) -> bool:
        """Whether there is a learning rate, and not the same one in every epoch."""
        rates = self.learning_rate
        if rates is None or not np.isfinite(rates).any():
            return False
        return bool(np.nanmax(rates) - np.nanmin(rates) > 1e-9 * np.nanmax(np.abs(rates)))

    @property
    def losses(self) -> list[Array]:
        """Everything that shares the axis of losses, the other starts included."""
        own = (self.train_loss, self.data_loss, self.validation_loss)
        return [
            *(curve for curve in own if curve is not None),
            *(s.loss for s in self.other_starts),
        ]

    @property
    def not_finite(self) -> Array:
        """The epochs whose training loss, or held-out loss, is no finite number."""
        bad = ~np.isfinite(self.train_loss)
        if self.validation_loss is not None:
            bad |= ~np.isfinite(self.validation_loss)
        return np.asarray(self.epochs[bad])

    @property
    def extent(self) -> tuple[float, float]:
        """The first and the last epoch of all starts, of which there has to be one."""
        every = [self.epochs, *(start.epochs for start in self.other_starts)]
        return min(float(e[0]) for e in every), max(float(e[-1]) for e in every)

    def at(self, curve: Array, epoch: int) -> float:
        """Return a curve's value in an epoch; NaN where there is none."""
        place = np.flatnonzero(self.epochs == epoch)
        return float(curve[place[0]]) if len(place) else float("nan")

    # ------------------------------------------------------------------ in words

    @property
    def headline(self) -> str:
        """Which epoch was best, of how many, and of how many starts."""
        if not len(self.epochs):
            return f"No {self.unit}s"
        last = int(self.epochs[-1])
        told = f"best {self.unit} {self.best_epoch:,} of {last:,}"
        if not self.best_epoch:
            told = f"{counted(last, self.unit)}, none of them best"
        elif self.kept_epoch not in (None, self.best_epoch):
            told += f", {'last' if self.kept_epoch == last else self.kept_epoch} kept"
        if self.other_starts:
            how = "average" if self.averaged else "best"
            told = f"{how} of {len(self.other_starts) + 1} starts: {told}"
        return told[0].upper() + told[1:]

    @property
    def ending(self) -> str:
        """Why training stopped, in a sentence; empty if nobody knows."""
        reason = self.stopped.strip().rstrip(".")
        if not reason:
            return ""
        if not len(self.epochs):
            return f"{reason[0].upper()}{reason[1:]}."
        if reason.startswith(("after ", "by ")):
            return f"Stopped {reason}."
        return f"Stopped after {counted(int(self.epochs[-1]), self.unit)}: {reason}."

    def told(self) -> str:
        """Describe the curves to someone who does not see them."""
        if not len(self.epochs):
            return f"Learning curves without an epoch. {self.ending}".strip()
        parts = [f"training loss from {_ends(self.train_loss)}"]
        held_out = {"loss": self.validation_loss, self.score_name: self.validation_score}
        for name, curve in held_out.items():
            if curve is None:
                continue
            best = self.at(curve, self.best_epoch)
            in_best = f", {show(best)} in the best" if np.isfinite(best) else ""
            parts.append(f"held-out {name} from {_ends(curve)}{in_best}")
        if self.mistakes is not None:
            parts.append(f"mistakes from {_ends(self.mistakes)}")
        if self.rate_changes and self.learning_rate is not None:
            parts.append(f"learning rate from {_ends(self.learning_rate)}")
        count = counted(len(self.epochs), self.unit)
        told = f"Learning curves of {count}: {'; '.join(parts)}. {self.headline}."
        return f"{told} {self.ending}".strip()


def _ends(curve: Array) -> str:
    finite = curve[np.isfinite(curve)]
    if not len(finite):
        return "the first on no finite number"
    return f"{show(float(finite[0]))} to {show(float(finite[-1]))}"


def wants_log(curves: list[Array], *, by_span: bool = True) -> bool:
    """Whether curves are better read on a logarithmic axis, on which all of them can be drawn.

    Parameters
    ----------
    curves : list of array
        On one axis.
    by_span : bool
        Whether it is enough that a few values are very small, as they are not at the end of a
        learning rate's way to 0.

    Returns
    -------
    bool
        No, if any value is 0 or less; yes, if the largest is 10 times the median, or, by span, 100
        times the smallest.

    Examples
    --------
    >>> wants_log([np.array([5.0, 0.5, 0.01])]), wants_log([np.array([5.0, 0.5, 0.0])])
    (True, False)
    """
    values = np.concatenate([np.asarray(curve, np.float64) for curve in curves] or [np.empty(0)])
    values = values[np.isfinite(values)]
    if not len(values) or values.min() <= 0:
        return False
    highest = values.max()
    usual = float(np.median(values))
    if highest / _ABOVE_USUAL >= usual:
        return True
    return bool(by_span and highest / _SPAN >= values.min())


def thinned(curve: Array, most: int = 1200) -> Any:
    """Return which points of a long curve to draw, so that it looks as if all were drawn.

    Parameters
    ----------
    curve : array of shape (n,)
        One value after another.
    most : int
        The most points.

    Returns
    -------
    array of int
        All places, or of each of ``most / 2`` stretches those of the lowest and the highest
        value.

    Examples
    --------
    >>> thinned(np.array([3.0, 9.0, 1.0, 2.0, 8.0, 7.0]), most=4).tolist()
    [1, 2, 3, 4]
    """
    count = len(curve)
    if count <= most:
        return np.arange(count)
    edges = np.linspace(0, count, most // 2 + 1).astype(int)[:-1]
    ends = np.append(edges[1:], count)
    low = np.where(np.isfinite(curve), curve, np.inf)
    high = np.where(np.isfinite(curve), curve, -np.inf)
    places = [
        place
        for first, end in zip(edges, ends, strict=True)
        for place in (first + low[first:end].argmin(), first + high[first:end].argmax())
    ]
    return np.unique(places)
