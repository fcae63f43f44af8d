"""The panels of learning curves: losses, score, mistakes, learning rate."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from chainrule.explanation.diagnosing._finding import counted, show
from chainrule.mathematics.arrays import Array
from chainrule.plots._style import COLORS, GREY, INK, LINES, named
from chainrule.plots._words import headline
from chainrule.plots.learning._course import Course, thinned, wants_log

__all__ = ["HEIGHTS", "PANELS", "Drawn", "finish"]

#: In inches.
HEIGHTS = {"mistakes": 2.4, "loss": 2.9, "score": 1.9, "learning_rate": 1.4}

# So few points are marked one by one.
_FEW = 20
_TRAINING: dict[str, Any] = {"color": COLORS[0], "linestyle": LINES[0]}
_HELD_OUT: dict[str, Any] = {"color": COLORS[4], "linestyle": LINES[1]}
_FAINT: dict[str, Any] = {"color": "#a8a8a8", "linewidth": 0.9, "zorder": 1}
# Points of all faint curves together.
_FAINT_POINTS = 20_000
_CROSSES = 40
# So many times up and down its whole range.
_JAGGED = 10.0
_STEPS = [1, 2, 2.5, 5, 10]
_FAR = 200
# Inches to a character, in 10 points and in 12 points bold; what is in between two lines.
_CHARACTER, _BOLD, _LINE = 0.072, 0.1, 13.5


class Drawn(NamedTuple):
    """What a panel has: its curves by name, and those of other starts."""

    lines: dict[str, Any]
    others: list[Any]


def _curve(ax: Axes, epochs: Array, values: Array, label: str, **look: Any) -> Any:
    """Draw a curve; few points, or any that stand alone, are marked."""
    places = thinned(values)
    finite = np.isfinite(values[places])
    marks: dict[str, Any] = {}
    # Between two that are not finite there is no line to be seen.
    alone = finite & ~np.r_[False, finite[:-1]] & ~np.r_[finite[1:], False]
    if len(places) <= _FEW or alone.any():
        which = None if len(places) <= _FEW else np.flatnonzero(alone).tolist()
        sign = "o" if look["linestyle"] == LINES[0] else "s"
        marks = {"marker": sign, "markersize": 4.5, "markevery": which}
    shown = np.where(finite, values[places], np.nan)
    if len(places) < len(values) and _is_jagged(shown[finite]):
        marks["linewidth"] = 0.8
    (line,) = ax.plot(epochs[places], shown, label=label, **{**look, **marks})
    return line


def _is_jagged(values: Array) -> bool:
    """Whether a curve goes up and down so much that a thick line would be a patch."""
    return bool(np.abs(np.diff(values)).sum() > _JAGGED * np.ptp(values))


def _others(ax: Axes, curves: list[tuple[Array, Array]]) -> list[Any]:
    """Draw what the other starts did, faintly; where only the end is known, a point."""
    lines = []
    most = max(50, _FAINT_POINTS // max(1, len(curves)))
    for number, (epochs, values) in enumerate(curves):
        places = thinned(values, most)
        shown = np.where(np.isfinite(values[places]), values[places], np.nan)
        label = f"{counted(len(curves), 'other start')}" if number == 0 else None
        marker = "o" if len(values) == 1 else None
        lines += ax.plot(epochs[places], shown, label=label, marker=marker, **_FAINT)
    return lines


def _mark_best(ax: Axes, course: Course, curve: Array | None) -> None:
    """Draw a line through the best epoch, and a ring where a curve is in it."""
    if not course.best_epoch:
        return
    ax.axvline(course.best_epoch, color=INK, linewidth=1.2, linestyle=":", zorder=1.5)
    value = float("nan") if curve is None else course.at(curve, course.best_epoch)
    if np.isfinite(value):
        label = f"best {course.unit}: {_signed(show(value))}"
        ring: dict[str, Any] = {"mfc": "none", "mec": INK, "ms": 9, "mew": 1.8}
        ax.plot([course.best_epoch], [value], "o", zorder=4, clip_on=False, label=label, **ring)


def _loss(ax: Axes, course: Course, log: bool | None) -> Drawn:
    logarithmic = wants_log(course.losses) if log is None else log
    _y_axis(ax, course.loss_name, log=course.losses if logarithmic else None)
    lines: dict[str, Any] = {}
    others = _others(ax, [(start.epochs, start.loss) for start in course.other_starts])
    epochs, train, data = course.epochs, course.train_loss, course.data_loss
    if data is None:
        lines["train_loss"] = _curve(ax, epochs, train, "training", **_TRAINING)
    else:
        places = thinned(train)
        low, high = (np.where(np.isfinite(c), c, np.nan)[places] for c in (data, train))
        band: dict[str, Any] = {"color": COLORS[3], "alpha": 0.35, "linewidth": 0}
        ax.fill_between(epochs[places], low, high, label="penalty", **band)
        lines["data_loss"] = _curve(ax, epochs, data, "training, error alone", **_TRAINING)
        look = {**_TRAINING, "linestyle": LINES[2], "linewidth": 1.2}
        lines["train_loss"] = _curve(ax, epochs, train, "training, error + penalty", **look)
    held_out = course.validation_loss
    if held_out is not None:
        lines["validation_loss"] = _curve(ax, epochs, held_out, "held out", **_HELD_OUT)
    best = held_out if held_out is not None else data if data is not None else train
    _mark_best(ax, course, best)
    _mark_bad(ax, course)
    _legend(ax)
    return Drawn(lines, others)


def _mark_bad(ax: Axes, course: Course) -> None:
    """Cross the epochs, on the upper edge, of which there is no loss to be drawn."""
    bad = course.not_finite
    if not len(bad):
        return
    some = bad[:: -(-len(bad) // _CROSSES)]
    label = f"not a finite number, first in {course.unit} {bad[0]:,}"
    edge: dict[str, Any] = {"transform": ax.get_xaxis_transform(), "clip_on": False}
    ax.plot(some, np.full(len(some), 0.98), "X", color=INK, ms=8, label=label, **edge)


def _score(ax: Axes, course: Course, log: bool | None) -> Drawn:
    del log
    assert course.validation_score is not None  # noqa: S101 (or there is no such panel)
    _y_axis(ax, named(course.score_name))
    scores = [(s.epochs, s.score) for s in course.other_starts if s.score is not None]
    others = _others(ax, scores)
    score = course.validation_score
    line = _curve(ax, course.epochs, score, "held out", **_HELD_OUT)
    _mark_best(ax, course, score)
    _legend(ax)
    return Drawn({"validation_score": line}, others)


def _mistakes(ax: Axes, course: Course, log: bool | None) -> Drawn:
    del log
    assert course.mistakes is not None  # noqa: S101 (or there is no such panel)
    _y_axis(ax, "misclassified rows")
    line = _curve(ax, course.epochs, course.mistakes, "training", **_TRAINING)
    _mark_best(ax, course, course.mistakes)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, steps=_STEPS))
    ax.set_ylim(bottom=0)
    _legend(ax)
    return Drawn({"mistakes": line}, [])


def _rate(ax: Axes, course: Course, log: bool | None) -> Drawn:
    del log
    assert course.learning_rate is not None  # noqa: S101 (or there is no such panel)
    rates = course.learning_rate
    logarithmic = wants_log([rates], by_span=False)
    _y_axis(ax, "learning rate", log=[rates] if logarithmic else None, most=4)
    line = _curve(ax, course.epochs, rates, "learning rate", color=INK, linestyle=LINES[0])
    _mark_best(ax, course, None)
    return Drawn({"learning_rate": line}, [])


#: Each takes axes, a course, and whether losses are on a logarithmic axis.
PANELS: dict[str, Callable[[Axes, Course, bool | None], Drawn]] = {
    "mistakes": _mistakes,
    "loss": _loss,
    "score": _score,
    "learning_rate": _rate,
}


def _y_axis(ax: Axes, name: str, *, log: list[Array] | None = None, most: int = 7) -> None:
    """Name an axis before anything is drawn; ``log`` are the curves on a logarithmic one.

    There are about ``most`` ticks at most.
    """
    words = textwrap.fill(name, 20)
    ax.set_ylabel(words if log is None else f"{words}\n(log scale)")
    ax.grid(visible=True, axis="y")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=most - 1, steps=_STEPS))
    if log is not None:
        low, high = _powers_of_ten(log)
        margin = max(0.05 * (high - low), 0.02)
        # Around the largest numbers there are matplotlib's own margins and ticks overflow.
        ax.set_ylim(10.0 ** max(low - margin, -_FAR), 10.0 ** min(high + margin, _FAR))
        ax.set_yscale("log")
        # Round numbers between the powers of ten only where there are few of these.
        between = (1.0, 2.0, 5.0) if 2 * (high - low) <= most else (1.0,)
        ax.yaxis.set_major_locator(LogLocator(subs=between, numticks=most + 1))
        ax.yaxis.set_minor_locator(NullLocator())
    # matplotlib's own would write formulas, which are not read here, or a power above the axis.
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def _powers_of_ten(curves: list[Array]) -> tuple[float, float]:
    """Return the logarithms of the lowest and the highest value."""
    values = np.concatenate(curves)
    values = values[np.isfinite(values)]
    return (float(np.log10(values.min())), float(np.log10(values.max()))) if len(values) else (0, 1)


def _tick(value: float) -> str:
    return _signed(f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.6g}")


def _signed(number: str) -> str:
    return number.replace("-", "−")


def _legend(ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    if len(handles) > 1:
        over: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "framealpha": 0.85}
        ax.legend(handles, labels, loc="best", frameon=True, **over)


def finish(axes: list[Axes], course: Course, *, together: bool) -> None:
    """Put the headline above the first panel and the unit below the last.

    Parameters
    ----------
    axes : list of Axes
        The panels.
    course : Course
        What they show.
    together : bool
        Whether they stand above each other, so that one axis of epochs serves all.
    """
    for ax in axes:
        last = ax is axes[-1] or not together
        if together and ax is not axes[0]:
            ax.sharex(axes[0])
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, steps=_STEPS))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        ax.tick_params(labelbottom=last)
        if last:
            ax.set_xlabel(course.unit)
    headline(axes[0], course.headline, course.ending)
    if not len(course.epochs):
        _say_nothing(axes[0], f"no {course.unit} was run")
        return
    first, final = course.extent
    margin = 0.5 if first == final else 0.02 * (final - first)
    for ax in axes:
        ax.set_xlim(first - margin, final + margin)
        if first == final:
            ax.set_xticks([first])


def _say_nothing(ax: Axes, words: str) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    ax.text(0.5, 0.5, words, transform=ax.transAxes, color=GREY, ha="center", va="center")
