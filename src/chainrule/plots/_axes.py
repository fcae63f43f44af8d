"""Where a picture is drawn: on axes that were given, or on a figure of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecFromSubplotSpec

from chainrule.errors import InputError

__all__ = ["figure_of", "panels", "room_of"]

_WIDTH, _HEIGHT = 6.4, 4.4


def panels(
    ax: Any = None,
    *,
    rows: int = 1,
    columns: int = 1,
    size: tuple[float, float] | None = None,
    **grid: Any,
) -> list[Axes]:
    """Return the axes that a picture's panels are drawn on.

    Parameters
    ----------
    ax : matplotlib Axes, array of Axes, or None
        Axes for one panel each; or one for all of them, which then makes room for a grid in its
        place; None for a new figure, which pyplot knows of.
    rows, columns : int
        How the panels stand.
    size : (float, float), optional
        Of a new figure, in inches; by default what the panels need.
    **grid
        Of the grid, such as ``width_ratios``.

    Returns
    -------
    list of Axes
        ``rows · columns`` of them, row by row.

    Raises
    ------
    InputError
        What was given are no axes, or another number of them.
    """
    count = rows * columns
    if ax is None:
        from matplotlib import pyplot as plt

        size = size or (min(_WIDTH * columns, 13.0), min(_HEIGHT * rows, 12.0))
        figure = plt.figure(figsize=size, layout="constrained")
        return _grid(figure.add_gridspec(rows, columns, **grid), figure)
    given = np.ravel(np.asarray(ax, dtype=object)).tolist()
    if not all(isinstance(one, Axes) for one in given):
        raise InputError(
            f"ax takes matplotlib axes, such as those of plt.subplots(), not {_kind(given)}"
        )
    if len(given) == count:
        return given
    if len(given) > 1:
        raise InputError(f"this picture has {count} panels and was given {len(given)} axes")
    outer = given[0]
    outer.set_axis_off()
    place = outer.get_subplotspec()
    if place is None:
        raise InputError(
            f"this picture has {count} panels: give it axes made by plt.subplots(), or {count} axes"
        )
    return _grid(GridSpecFromSubplotSpec(rows, columns, place, **grid), figure_of(outer))


def _grid(spec: Any, figure: Figure) -> list[Axes]:
    rows, columns = spec.get_geometry()
    return [figure.add_subplot(spec[i, j]) for i in range(rows) for j in range(columns)]


def _kind(given: list[Any]) -> str:
    return type(next(one for one in given if not isinstance(one, Axes))).__name__


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes are on, also where they are on a part of one."""
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise InputError("these axes are on no figure any more: make new ones")
    return figure


def room_of(ax: Axes | None) -> tuple[float, float] | None:
    """Return the size of axes that were given, in points."""
    if ax is None:
        return None
    figure = figure_of(ax)
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()  # only then is the size known that they will have
    extent = ax.get_window_extent()
    return extent.width * 72 / figure.dpi, extent.height * 72 / figure.dpi
