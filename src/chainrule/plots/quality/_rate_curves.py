"""One panel of threshold curves: the curves, chance, and the thresholds that matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import COLORS, GREY, LINES, named
from chainrule.plots._words import amount, inches, share, wrapped
from chainrule.plots.quality._rates import Mark, Rates, macro_average

__all__ = ["NamedMark", "draw_rates", "told_threshold"]

_TENTHS = np.round(np.arange(0.1, 0.95, 0.1), 1).tolist()
# More curves than these are not told apart.
_TOLD_APART = 5
# How near two thresholds may be to both have their numbers beside them, in inches.
_NEAR = 0.3
# Parts of a panel that are told apart.
_SEEN = 300
# Below it, axes have no room for what their names mean.
_WIDE, _HIGH = 3.4, 3.2


class NamedMark(NamedTuple):
    """A threshold that matters.

    Attributes
    ----------
    name : str
        Why.
    mark : Mark
        What comes of it.
    marker : str
        How it is drawn.
    """

    name: str
    mark: Mark
    marker: str


def draw_rates(
    ax: Axes, curves: Sequence[Rates], marks: Sequence[NamedMark], *, kind: str, tenths: bool
) -> list[Any]:
    """Draw curves of one kind.

    Parameters
    ----------
    ax : Axes
        Where.
    curves : sequence of Rates
        One, or several that are drawn with their mean.
    marks : sequence of NamedMark
        The thresholds to mark, of one curve.
    kind : {"roc", "precision"}
        Which of the two.
    tenths : bool
        Whether to mark 0.1, 0.2, … 0.9, of one curve.

    Returns
    -------
    list of Line2D
        The curves.
    """
    panel = _Roc(ax) if kind == "roc" else _Precision(ax)
    if len(curves) == 1:
        lines = [panel.line(curves[0], color=COLORS[0], label="_")]
        panel.draw_chance(curves[0].base)
        panel.draw_marks(marks, [curves[0].at(t) for t in _TENTHS] if tenths else [])
    else:
        average = macro_average(tuple(curves))
        lines = _draw_several(panel, curves)
        about = f"mean: {panel.area(average)}"
        lines.append(panel.line(average, color=COLORS[7], linewidth=2.8, label=about))
        panel.draw_chance(None)
    panel.finish()
    return lines


def told_threshold(mark: Mark) -> str:
    """Write a threshold."""
    return amount(round(mark.threshold, 3))


def _draw_several(panel: _Panel, curves: Sequence[Rates]) -> list[Any]:
    if len(curves) <= _TOLD_APART:
        return [
            panel.line(
                one,
                color=COLORS[i],
                linestyle=LINES[(i + 1) % len(LINES)],
                linewidth=1.4,
                label=f"{named(one.class_)}: {panel.area(one)}",
            )
            for i, one in enumerate(curves)
        ]
    ranked = sorted(curves, key=panel.size)
    faint = {"color": GREY, "linewidth": 0.9, "alpha": 0.6, "label": "_"}
    lines = [panel.line(one, **faint) for one in ranked[1:]]
    ends = f"{panel.size(ranked[1]):.3f} to {panel.size(ranked[-1]):.3f}"
    lines[0].set_label(f"{len(ranked) - 1} others: {ends}")
    label = f"lowest, {named(ranked[0].class_)}: {panel.area(ranked[0])}"
    return [*lines, panel.line(ranked[0], color=COLORS[4], linestyle="--", label=label)]


def _thinned(x: Array, y: Array) -> tuple[Array, Array]:
    """Leave points out that nobody sees: of 50,000 rows, a drawing would be megabytes."""
    places = np.round(np.stack([x, y]) * _SEEN)
    moved = np.any(np.diff(places, axis=1) != 0, axis=0)
    # The last point at a place and the first at the next one, so that steps stay steps.
    keep = np.r_[True, moved] | np.r_[moved, True]
    return x[keep], y[keep]


class _Panel:
    """What both panels do alike."""

    steps = "default"
    # To which side of the curve there is room.
    side = 1
    names = (("", ""), ("", ""))

    def __init__(self, ax: Axes) -> None:
        self.ax = ax

    def size(self, one: Rates) -> float:
        raise NotImplementedError

    def area(self, one: Rates) -> str:
        raise NotImplementedError

    def points(self, one: Rates) -> tuple[Any, Any]:
        raise NotImplementedError

    def place(self, mark: Mark) -> tuple[float, float]:
        raise NotImplementedError

    def beside_recall(self, mark: Mark) -> str:
        raise NotImplementedError

    def draw_chance(self, base: float | None) -> None:
        raise NotImplementedError

    def line(self, one: Rates, **how: Any) -> Any:
        return self.ax.plot(*_thinned(*self.points(one)), drawstyle=self.steps, **how)[0]

    def draw_marks(self, marks: Sequence[NamedMark], tenths: Sequence[Mark]) -> None:
        small: dict[str, Any] = {"color": COLORS[0], "linestyle": "none", "marker": "o"}
        if tenths:
            points = np.array([self.place(mark) for mark in tenths])
            self.ax.plot(*points.T, markersize=5, label="thresholds 0.1, 0.2, … 0.9", **small)
        for name, mark, marker in marks:
            said = f"recall {share(mark.recall)}, {self.beside_recall(mark)}"
            x, y = self.place(mark)
            star = marker == "*"
            self.ax.plot(
                [x],
                [y],
                marker=marker,
                markersize=15 if star else 10,
                color=COLORS[7] if star else COLORS[4],
                markeredgecolor="white",
                markeredgewidth=0.8,
                linestyle="none",
                label=f"{told_threshold(mark)} ({name}): {said}",
                zorder=4,
            )
        self._number([*(mark for _, mark, _ in marks), *tenths])

    def _number(self, marks: Sequence[Mark]) -> None:
        """Write thresholds beside their points, as far as there is room."""
        written: list[Any] = []
        for mark in marks:
            place = self.place(mark)
            at = np.multiply(place, inches(self.ax))
            if any(np.hypot(*(at - other)) < _NEAR for other in written):
                continue
            written.append(at)
            self.ax.annotate(
                told_threshold(mark),
                place,
                xytext=(9 * self.side, -9),
                textcoords="offset points",
                ha="left" if self.side > 0 else "right",
                va="center",
            )

    def finish(self) -> None:
        wide, high = inches(self.ax)
        (x, meaning_x), (y, meaning_y) = self.names
        self.ax.set(
            xlim=(-0.01, 1.01),
            ylim=(-0.01, 1.02),
            xlabel=f"{x} ({meaning_x})" if wide > _WIDE else x,
            ylabel=f"{y} ({meaning_y})" if high > _HIGH else y,
        )
        self.ax.grid(visible=True)
        handles, labels = self.ax.get_legend_handles_labels()
        self.ax.legend(
            handles,
            ["\n".join(wrapped(label, wide - 0.3)) for label in labels],
            loc="upper left",
            bbox_to_anchor=(-0.02, 0),
            bbox_transform=self.ax.transAxes
            + ScaledTranslation(0, -0.55, figure_of(self.ax).dpi_scale_trans),
            borderaxespad=0,
        )


class _Roc(_Panel):
    names = (
        ("false positive rate", "share of others taken for it"),
        ("recall", "share of the class that is found"),
    )

    def size(self, one: Rates) -> float:
        return one.roc_auc

    def area(self, one: Rates) -> str:
        return f"AUC {one.roc_auc:.3f}"

    def points(self, one: Rates) -> tuple[Any, Any]:
        return one.fpr, one.tpr

    def place(self, mark: Mark) -> tuple[float, float]:
        return mark.false_positive_rate, mark.recall

    def beside_recall(self, mark: Mark) -> str:
        return f"false positives {share(mark.false_positive_rate)}"

    def draw_chance(self, base: float | None) -> None:  # noqa: ARG002 (the same for all)
        self.ax.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="chance: AUC 0.5")


class _Precision(_Panel):
    steps = "steps-post"
    side = -1
    names = (
        ("recall", "share of the class that is found"),
        ("precision", "share of what is found that is right"),
    )

    def size(self, one: Rates) -> float:
        return one.average_precision

    def area(self, one: Rates) -> str:
        return f"average precision {one.average_precision:.3f}"

    def points(self, one: Rates) -> tuple[Any, Any]:
        return one.recall, one.precision

    def place(self, mark: Mark) -> tuple[float, float]:
        return mark.recall, mark.precision

    def beside_recall(self, mark: Mark) -> str:
        return f"precision {share(mark.precision)}, F1 {mark.f1:.2f}"

    def draw_chance(self, base: float | None) -> None:
        if base is not None:
            label = f"chance: precision {share(base)}"
            self.ax.axhline(base, color=GREY, linestyle=":", label=label)
