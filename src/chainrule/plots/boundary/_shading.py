"""The ground of a decision boundary: shades of classes or numbers, and lines between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_rgb
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from scipy.ndimage import distance_transform_edt

from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import COLORS, INK, SEQUENTIAL, named
from chainrule.plots.boundary._plane_axis import PlaneAxis

if TYPE_CHECKING:
    from chainrule.plots.boundary.decision_boundary import DecisionBoundary

__all__ = ["class_color", "draw_ground", "edge_color", "number_levels"]

# How much of a class's color its ground has, where the model is least and most sure.
_FAINT, _STRONG = 0.10, 0.62
# Shades of sureness: steps that the eye can tell apart, which also make small files.
_SHADES = 8
_LEVELS = 9
_LIGHT = 0.55
# A region smaller than this, of the whole, has no room for its name.
_ROOM = 0.015
# Inches that a letter of such a name takes, at least.
_LETTER = 0.09


def class_color(place: int) -> tuple[float, float, float]:
    """Return the color of a class; from the ninth on lighter ones."""
    color = np.array(to_rgb(COLORS[place % len(COLORS)]))
    lighter = 1 - 0.5 ** (place // len(COLORS))
    red, green, blue = (color + (1 - color) * lighter).tolist()
    return red, green, blue


def edge_color(place: int) -> str:
    """Return the color around a class's marker: dark around light ones, which grey hides else."""
    lightness = float(np.dot(class_color(place), (0.3, 0.59, 0.11)))
    return INK if lightness > _LIGHT else "white"


def draw_ground(ax: Axes, boundary: DecisionBoundary, levels: Array | None) -> list[Any]:
    """Draw what is predicted everywhere.

    Parameters
    ----------
    ax : matplotlib Axes
        With the limits of the plane.
    boundary : DecisionBoundary
        What was predicted.
    levels : array, or None
        Of numbers: where one shade ends and the next begins.

    Returns
    -------
    list of artist
        All of them can be removed.
    """
    if boundary.predicted_class is None:
        return _draw_numbers(ax, boundary, np.array([0.0, 1.0]) if levels is None else levels)
    artists = [_draw_image(ax, boundary, _class_shades(boundary))]
    artists += _draw_borders(ax, boundary)
    if len(boundary.classes or ()) > 2:
        artists += _draw_class_names(ax, boundary)
    return artists


def number_levels(low: float, high: float) -> Array:
    """Return round numbers that cover a range, at least two of them."""
    if not high > low:
        reach = max(abs(low) * 0.05, 0.5)
        low, high = low - reach, high + reach
    return np.asarray(MaxNLocator(_LEVELS).tick_values(low, high))


def _draw_image(ax: Axes, boundary: DecisionBoundary, colors: Array) -> Any:
    (left, right), (bottom, top) = (_extent(axis) for axis in (boundary.x, boundary.y))
    limits = ax.get_xlim(), ax.get_ylim()
    image = ax.imshow(
        colors,
        extent=(left, right, bottom, top),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        zorder=0,
    )
    ax.set(xlim=limits[0], ylim=limits[1])
    return image


def _extent(axis: PlaneAxis) -> tuple[float, float]:
    """From where to where the cells reach that have the grid's points in their middles."""
    half = 0.5 if axis.levels else (axis.grid[1] - axis.grid[0]) / 2
    return float(axis.grid[0] - half), float(axis.grid[-1] + half)


# ---------------------------------------------------------------------- classes


def _class_shades(boundary: DecisionBoundary) -> Array:
    """Color each cell by its class, more strongly where that is more probable."""
    winners, values = boundary.predicted_class, boundary.class_values
    assert winners is not None and values is not None  # noqa: PT018, S101 (classes have both)
    k = values.shape[-1]
    if boundary.kind == "probability" and k > 1:
        most = np.take_along_axis(values, winners[..., None], axis=-1)[..., 0]
        sure = np.clip((most - 1 / k) / (1 - 1 / k), 0, 1)
        sure = np.minimum(np.floor(sure * _SHADES), _SHADES - 1) / (_SHADES - 1)
    else:
        sure = np.full(winners.shape, 0.6)
    colors = np.array([class_color(place) for place in range(k)])[winners]
    amount = (_FAINT + (_STRONG - _FAINT) * sure)[..., None]
    return np.asarray(1 - amount * (1 - colors))


def _draw_borders(ax: Axes, boundary: DecisionBoundary) -> list[Any]:
    """Draw a line where another class is predicted."""
    values, winners = boundary.class_values, boundary.predicted_class
    assert values is not None and winners is not None  # noqa: PT018, S101 (classes have both)
    present = np.unique(winners)
    drawn = []
    # The line around the first of two classes is that around the second.
    for place in present[1:] if len(present) == 2 else present if len(present) > 1 else ():
        others = np.delete(values, place, axis=-1).max(axis=-1)
        lead = np.clip(values[..., place] - others, -1e30, 1e30)
        if lead.min() < 0 < lead.max():
            x, y, lead = _spread(boundary, lead)
            drawn.append(ax.contour(x, y, lead, [0.0], colors=[INK], linewidths=1.6, zorder=2))
    return drawn


def _spread(boundary: DecisionBoundary, values: Array) -> tuple[Array, Array, Array]:
    """Give categories the width that they have, so that lines run between them."""
    places = []
    for number, axis in ((1, boundary.x), (0, boundary.y)):
        if axis.levels:
            places.append(np.ravel(axis.grid[:, None] + np.array([-0.499, 0.499])))
            values = np.repeat(values, 2, axis=number)
        else:
            places.append(axis.grid)
    return places[0], places[1], values


def _draw_class_names(ax: Axes, boundary: DecisionBoundary) -> list[Any]:
    """Write each class's name in the middle of its ground."""
    winners, drawn = np.asarray(boundary.predicted_class), []
    x, y = boundary.x.grid, boundary.y.grid
    width = ax.get_window_extent().width / figure_of(ax).dpi
    # A word is wide: a step to its side is shorter for it than one up.
    steps = 1 / winners.shape[0], 0.4 / winners.shape[1]
    for place, label in enumerate(boundary.classes or ()):
        ground = winners == place
        if ground.mean() < _ROOM:
            continue
        depth = distance_transform_edt(np.pad(ground, 1), sampling=steps)[1:-1, 1:-1]
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        text = named(label, most=18)
        # Centered there, it may reach as far as the nearer end of the ground beside it.
        ends = np.flatnonzero(np.diff(np.pad(ground[row], 1).astype(np.int8)))
        left, right = ends[np.searchsorted(ends, column, side="right") - 1 :][:2]
        reach = 2 * min(column + 0.5 - left, right - column - 0.5) / len(ground[row])
        if _LETTER * len(text) > width * reach:
            continue
        drawn.append(
            ax.text(
                *(x[column], y[row], text),
                ha="center",
                va="center",
                fontsize=11,
                fontweight="bold",
                color=INK,
                path_effects=[withStroke(linewidth=3, foreground="white")],
                zorder=6,
                clip_on=True,
            )
        )
    return drawn


# ---------------------------------------------------------------------- numbers


def _draw_numbers(ax: Axes, boundary: DecisionBoundary, levels: Array) -> list[Any]:
    values = boundary.predicted_value
    assert values is not None  # noqa: S101 (numbers have them)
    norm = Normalize(levels[0], levels[-1])
    middle = np.clip(np.searchsorted(levels, values) - 1, 0, len(levels) - 2)
    shades = colormaps[SEQUENTIAL](norm((levels[middle] + levels[middle + 1]) / 2))[..., :3]
    drawn = [_draw_image(ax, boundary, shades)]
    inside = [level for level in levels.tolist() if values.min() < level < values.max()]
    if inside:
        x, y, values = _spread(boundary, values)
        lines = ax.contour(x, y, values, inside, colors=[INK], linewidths=0.9, zorder=2)
        lines.set(path_effects=[withStroke(linewidth=2.2, foreground="white")])
        texts = ax.clabel(lines, fontsize=10, fmt=lambda level: f"{level:,.6g}")
        for text in texts:
            text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
        drawn.append(lines)  # and with it its texts
    return drawn
