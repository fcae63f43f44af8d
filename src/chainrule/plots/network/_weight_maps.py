"""Drawing weights as little pictures, or as a map of inputs and nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Normalize
from matplotlib.image import AxesImage

from chainrule.explanation.worked._notation import text_number
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import SIGNED, named
from chainrule.plots.network._diagram_layout import width_of

__all__ = ["Arrangement", "add_scale", "arrange", "draw_map", "draw_pictures", "most_pictures"]

# A picture's longer side is 1; between pictures lies a fifth.
_GAP = 0.2
# In points: a line of letters, and the side below which letters above pictures do not fit.
_LINE, _SMALLEST = 13.0, 40.0
# How many names can be read along an axis of a figure.
_MOST_NAMES, _LETTERS = 24, 24
# What the scale takes of the width, its words with it, in points.
_SCALE = 100.0
_BAR: dict[str, Any] = {"fraction": 0.05, "aspect": 28, "panchor": (0.0, 0.5)}


class Arrangement(NamedTuple):
    """How pictures stand on axes.

    Attributes
    ----------
    columns, lines : int
        How many beside and above each other.
    side : float
        Of a picture's longer side, in points.
    letters : float
        The height of what stands above each, in sides.
    """

    columns: int
    lines: int
    side: float
    letters: float


def arrange(
    count: int, shape: tuple[int, int], room: tuple[float, float], *, lines: int
) -> Arrangement:
    """Place so many pictures as large as can be.

    Parameters
    ----------
    count : int
        How many.
    shape : (int, int)
        Rows and columns of pixels.
    room : (float, float)
        Width and height of the axes, in points.
    lines : int
        Of letters above each.

    Returns
    -------
    Arrangement

    Examples
    --------
    >>> arrange(6, (8, 8), (360.0, 260.0), lines=1).columns
    3
    """
    high, wide = (part / max(shape) for part in shape)
    best = Arrangement(1, count, 0.0, 0.0)
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        side = min(
            room[0] / (columns * (wide + _GAP)),
            (room[1] - rows * lines * _LINE) / (rows * (high + _GAP)),
        )
        if side > best.side:
            best = Arrangement(columns, rows, side, lines * _LINE / side)
    return best


def most_pictures(shape: tuple[int, int], room: tuple[float, float], most: int, lines: int) -> int:
    """Return how many pictures have room enough for what stands above them."""
    for count in range(most, 1, -1):
        if arrange(count, shape, room, lines=lines).side * shape[1] / max(shape) >= _SMALLEST:
            return count
    return 1


def draw_pictures(
    pictures: Sequence[Array],
    titles: Sequence[str],
    largest: Sequence[float],
    arranged: Arrangement,
    ax: Axes,
) -> list[AxesImage]:
    """Draw pictures of one shape in rows.

    Parameters
    ----------
    pictures : sequence of array of shape (rows, columns)
        Weights with their sign.
    titles : sequence of str
        What stands above each.
    largest : sequence of float
        What is at the ends of each one's scale.
    arranged : Arrangement
        How they stand.
    ax : Axes
        Where.

    Returns
    -------
    list of AxesImage
    """
    height, width = (part / max(pictures[0].shape) for part in pictures[0].shape)
    across, down = width + _GAP, height + _GAP + arranged.letters
    drawn = []
    for i, (picture, title, top) in enumerate(zip(pictures, titles, largest, strict=True)):
        x, y = (i % arranged.columns) * across, -(i // arranged.columns) * down
        where = (x, x + width, y - height, y)
        scale = Normalize(-top, top)
        drawn.append(ax.imshow(picture, SIGNED, scale, extent=where, interpolation="nearest"))
        ax.text(x + width / 2, y + 0.04, title, ha="center", va="bottom", linespacing=1.05)
    ax.set_xlim(-_GAP / 2, arranged.columns * across - _GAP / 2)
    ax.set_ylim(-(arranged.lines - 1) * down - height - _GAP / 2, arranged.letters + _GAP / 2)
    ax.set_axis_off()
    return drawn


def draw_map(
    weights: Array,
    names: tuple[Sequence[str], Sequence[str]],
    largest: float,
    room: tuple[float, float],
    ax: Axes,
) -> AxesImage:
    """Draw weights as a map: an input in each row, a node in each column.

    Parameters
    ----------
    weights : array of shape (inputs, nodes)
        With their sign.
    names : (sequence of str, sequence of str)
        Of the inputs and of the nodes.
    largest : float
        What is at the ends of the scale.
    room : (float, float)
        Width and height of the axes, in points.
    ax : Axes
        Where.

    Returns
    -------
    AxesImage
    """
    image = ax.imshow(
        weights,
        SIGNED,
        Normalize(-largest, largest),
        aspect="auto",
        interpolation="nearest",
    )
    inputs, nodes = ([named(name, most=_LETTERS) for name in part] for part in names)
    ax.set_yticks(*_thinned(inputs, min(_MOST_NAMES, int(room[1] / _LINE))))
    # What is left of the width beside the names of inputs and the scale.
    left = room[0] - max(map(width_of, inputs)) - _SCALE
    widest = max(map(width_of, nodes)) + 8
    ax.set_xticks(*_thinned(nodes, min(_MOST_NAMES, int(left / widest))))
    return image


def _thinned(names: Sequence[str], most: int) -> tuple[list[int], list[str]]:
    """Return evenly spaced places and their names, all if there are few."""
    places = list(range(0, len(names), math.ceil(len(names) / max(1, most))))
    return places, [names[i] for i in places]


def add_scale(ax: Axes, largest: float | None) -> Colorbar:
    """Draw the scale beside axes, and name its ends.

    Parameters
    ----------
    ax : Axes
        Which.
    largest : float or None
        At its ends; None if each picture has its own.

    Returns
    -------
    Colorbar
    """
    top = 1.0 if largest is None else largest
    bar = figure_of(ax).colorbar(ScalarMappable(Normalize(-top, top), SIGNED), ax=ax, **_BAR)
    ends = ("−largest", "+largest")
    if largest is not None:
        amount = text_number(largest, 3)
        ends = (f"−{amount}", f"+{amount}")
    style: dict[str, Any] = {"labels": [f"{ends[0]}\nlowers z", "0", f"{ends[1]}\nraises z"]}
    bar.set_ticks([-top, 0, top], **style)
    return bar
