"""The rows on a decision boundary: markers, rings around mistakes, and who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import GREY, INK, MARKERS, SEQUENTIAL, named
from chainrule.plots.boundary._shading import class_color, edge_color

if TYPE_CHECKING:
    from chainrule.plots.boundary.decision_boundary import DecisionBoundary

__all__ = ["draw_color_scale", "draw_legend", "draw_points", "draw_rings", "is_spread"]

# More entries than these are no longer read.
_MOST_ENTRIES = 14
# Points of one category or value stand side by side, so far from its middle.
_JITTER = 0.32
# Of the span of an axis: what its margin has room for.
_BEYOND = 0.15
_MANY, _MANY_RINGS, _FEW_VALUES, _TO_SPREAD = 500, 200, 30, 100


def draw_points(ax: Axes, boundary: DecisionBoundary, levels: Array | None) -> list[Any]:
    """Draw the rows; return the artists, one for each class."""
    places = places_of(boundary)
    look: dict[str, Any] = {
        "s": point_size(len(places)),
        "edgecolors": "white",
        "linewidths": 0.7 if len(places) <= _MANY else 0.4,
        "zorder": 3,
        "rasterized": len(places) > _MANY,
    }
    if boundary.target is None:
        return [ax.scatter(places[:, 0], places[:, 1], color=GREY, **look)]
    if boundary.classes is None:
        norm = None if levels is None else Normalize(levels[0], levels[-1])
        look["edgecolors"] = INK
        look["path_effects"] = [withStroke(linewidth=1.6, foreground="white")]
        colored: dict[str, Any] = {"c": boundary.target, "norm": norm, "cmap": SEQUENTIAL}
        return [ax.scatter(places[:, 0], places[:, 1], **colored, **look)]
    drawn = []
    for place in range(len(boundary.classes)):
        own = places[boundary.target == place]
        marker = MARKERS[place % len(MARKERS)]
        colors = {"facecolors": [class_color(place)], "edgecolors": edge_color(place)}
        drawn.append(ax.scatter(own[:, 0], own[:, 1], marker=marker, **{**look, **colors}))
    return drawn


def draw_rings(ax: Axes, boundary: DecisionBoundary) -> list[Any]:
    """Ring the rows that are misclassified."""
    if boundary.wrong is None or not boundary.wrong.any():
        return []
    places = places_of(boundary)
    wrong = places[boundary.wrong]
    rings = ax.scatter(
        wrong[:, 0],
        wrong[:, 1],
        s=3.4 * point_size(len(places)),
        facecolors="none",
        edgecolors=INK,
        linewidths=1.5 if len(wrong) <= _MANY_RINGS else 0.8,
        zorder=4,
        rasterized=len(places) > _MANY,
    )
    return [rings]


def is_spread(boundary: DecisionBoundary) -> tuple[bool, bool]:
    """Whether points are moved a little across and up, because many have the same value."""
    across, up = (
        not axis.levels and len(values) >= _TO_SPREAD and 1 < len(np.unique(values)) <= _FEW_VALUES
        for axis, values in zip((boundary.x, boundary.y), boundary.points.T, strict=True)
    )
    return across, up


def places_of(boundary: DecisionBoundary) -> Array:
    """Return where the drawn rows are drawn, those of one category or value side by side."""
    places = boundary.points.copy()
    random = np.random.default_rng(0)
    spread = is_spread(boundary)
    for column, axis in enumerate((boundary.x, boundary.y)):
        gap = 1.0 if axis.levels else 0.0
        if spread[column]:
            apart = float(np.diff(np.unique(places[:, column])).min())
            gap = min(apart, _BEYOND * float(np.ptp(axis.values[np.isfinite(axis.values)])))
        places[:, column] += gap * random.uniform(-_JITTER, _JITTER, len(places))
    return places


def point_size(count: int) -> float:
    """Return the area of a marker, in points²: smaller where there are many."""
    return float(np.clip(560 / np.sqrt(max(count, 1)), 16, 56))


def draw_legend(ax: Axes, boundary: DecisionBoundary) -> Any:
    """Say which marker is which class; beside the axes where there is room to be made."""
    entries = _entries(boundary)
    if not entries:
        return None
    if figure_of(ax).get_layout_engine() is None:
        framed: dict[str, Any] = {"frameon": True, "framealpha": 0.9, "edgecolor": "none"}
        return ax.legend(handles=entries, **framed)
    beside: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
    return ax.legend(handles=entries, **beside)


def _entries(boundary: DecisionBoundary) -> list[Line2D]:
    look: dict[str, Any] = {"linestyle": "none", "markersize": 8}
    entries = []
    classes = boundary.classes or ()
    shown = len(classes) if len(classes) <= _MOST_ENTRIES else _MOST_ENTRIES - 1
    for place, label in enumerate(classes[:shown]):
        # Without answers there are no markers: then it is the background that is told.
        sign = "s" if boundary.target is None else MARKERS[place % len(MARKERS)]
        marker: dict[str, Any] = {"marker": sign, "color": class_color(place)}
        text = named(label, most=20)
        marker["markeredgecolor"] = edge_color(place)
        entries.append(Line2D([], [], label=text, markeredgewidth=0.7, **marker, **look))
    if shown < len(classes):
        entries.append(Line2D([], [], label=f"and {len(classes) - shown} more", linestyle="none"))
    if boundary.wrong is not None and boundary.wrong.any():
        ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": INK}
        look = {**look, "markersize": 11, "markeredgewidth": 1.5}
        entries.append(Line2D([], [], label="misclassified", marker="o", **ring, **look))
    if boundary.nodes:
        entries.append(Line2D([], [], label="node", color=INK, linestyle="--"))
    return entries


def draw_color_scale(ax: Axes, boundary: DecisionBoundary, levels: Array) -> Any:
    """Say which color is which number."""
    scale = ScalarMappable(Normalize(levels[0], levels[-1]), SEQUENTIAL)
    bar = figure_of(ax).colorbar(scale, ax=ax, ticks=levels)
    name = named(boundary.target_name or "value", most=24)
    true = "" if boundary.target is None else "; points: true"
    bar.set_label(f"{name} (background: predicted{true})")
    return bar
