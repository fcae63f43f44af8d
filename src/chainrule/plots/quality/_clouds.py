"""Many points in one picture, and what they are like as a whole."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import COLORS, MARKERS, SEQUENTIAL

__all__ = ["Band", "draw_cloud", "running_band", "view_of"]

# More points than these lie on one another: cells are drawn, colored by how many are in them.
_MOST = 2000
_CELLS = 50
_FEW, _FEW_ENOUGH = 40, 500
# How much wider than 99 % of them all points may lie before some are left at the edge.
_FAR = 8
# A window of the running quantiles has an eighth of the rows, and no fewer than so many.
_WINDOW, _LEAST = 8, 30
_STEPS = 4
_QUANTILES = (0.05, 0.5, 0.95)


class Band(NamedTuple):
    """Quantiles of the rows around each place.

    Attributes
    ----------
    x : array of shape (w,)
        The medians of the windows.
    low, median, high : array of shape (w,)
        5 %, 50 % and 95 % of the rows' weight is not above.
    """

    x: Array
    low: Array
    median: Array
    high: Array


def running_band(x: Array, y: Array, weights: Array | None) -> Band | None:
    """Return quantiles of y in windows along x; None where there are too few different places.

    Parameters
    ----------
    x, y : array of shape (n,)
        The points.
    weights : array of shape (n,) or None
        How much each counts.
    """
    rows = len(x)
    width = max(_LEAST, rows // _WINDOW)
    if rows < 2 * _LEAST or x.min() == x.max():
        return None
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    weights = None if weights is None else weights[order]
    starts = np.unique(np.r_[0 : rows - width : max(1, width // _STEPS), rows - width])
    found = []
    for start in starts.tolist():
        window = slice(start, start + width)
        each = None if weights is None else weights[window]
        place = _quantiles(x[window], (0.5,), each)
        found.append(np.r_[place, _quantiles(y[window], _QUANTILES, each)])
    # Where many predictions are the same, so are the windows' places.
    points = np.array(found)
    places, which = np.unique(points[:, 0], return_inverse=True)
    if len(places) < 2:
        return None
    sums = np.array([np.bincount(which, column) for column in points[:, 1:].T])
    return Band(places, *(sums / np.bincount(which)))


def _quantiles(values: Array, shares: tuple[float, ...], weights: Array | None) -> Array:
    if weights is None:
        return np.quantile(values, shares)
    return np.asarray(np.quantile(values, shares, weights=weights, method="inverted_cdf"))


def view_of(values: Array) -> tuple[float, float]:
    """Return from where to where to draw: where all are, or most, if a few are far away.

    Parameters
    ----------
    values : array of shape (n,)
        Along one axis.

    Returns
    -------
    low, high : float
    """
    low, high = float(values.min()), float(values.max())
    start, end = np.quantile(values, (0.005, 0.995)).tolist()
    reach = end - start
    if len(values) >= _FEW and high - low > _FAR * reach > 0:
        low, high = max(low, start - reach / 2), min(high, end + reach / 2)
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def draw_cloud(
    ax: Axes,
    x: Array,
    y: Array,
    weights: Array | None,
    *,
    limits: tuple[tuple[float, float], tuple[float, float]],
    bar: str,
) -> int:
    """Draw points; where there are many, in cells colored by how many rows are in each.

    Parameters
    ----------
    ax : Axes
        Where.
    x, y : array of shape (n,)
        The points.
    weights : array of shape (n,) or None
        How much each row counts; then cells are colored by its sum.
    limits : ((float, float), (float, float))
        Of both axes; what lies beyond is marked at the edge.
    bar : {"bottom", "right"}
        Where the scale of the colors stands.

    Returns
    -------
    int
        How many points lie beyond.
    """
    ax.set(xlim=limits[0], ylim=limits[1])
    edge = (np.clip(x, *limits[0]), np.clip(y, *limits[1]))
    beyond = (edge[0] != x) | (edge[1] != y)
    ax.scatter(
        edge[0][beyond],
        edge[1][beyond],
        marker=MARKERS[6],
        s=50,
        color=COLORS[7],
        clip_on=False,
        zorder=4,
    )
    x_inside, y_inside = x[~beyond], y[~beyond]
    if len(x) > _MOST:
        weights = None if weights is None else weights[~beyond]
        _draw_cells(ax, x_inside, y_inside, weights, limits, bar)
        return int(beyond.sum())
    few = len(x) <= _FEW_ENOUGH
    size = 40 if len(x) <= _FEW else 22 if few else 12
    faint: dict[str, Any] = {"alpha": 0.7 if few else 0.45, "edgecolors": "none"}
    ax.scatter(x_inside, y_inside, s=size, color=COLORS[0], **faint)
    return int(beyond.sum())


def _draw_cells(
    ax: Axes, x: Array, y: Array, weights: Array | None, limits: tuple[Any, Any], place: str
) -> None:
    how: dict[str, Any] = {} if weights is None else {"C": weights, "reduce_C_function": np.sum}
    cells = ax.hexbin(
        x,
        y,
        gridsize=_CELLS,
        extent=(*limits[0], *limits[1]),
        cmap=SEQUENTIAL,
        mincnt=1,
        linewidths=0.1,
        rasterized=True,
        **how,
    )
    counts = np.asarray(cells.get_array())
    # From 1 row on, and to 2 at least, so that there is a scale.
    least = 1.0 if weights is None else float(counts.min())
    cells.set_norm(LogNorm(least, max(float(counts.max()), 2 * least)))
    where: dict[str, Any] = {"ax": ax, "pad": 0.02, "aspect": 30, "location": "bottom"}
    if place == "right":
        where = {"cax": ax.inset_axes((1.03, 0.0, 0.035, 1.0))}
    scale = figure_of(ax).colorbar(cells, format="{x:,.6g}", **where)
    scale.minorticks_off()
    scale.set_label("rows in a cell" if weights is None else "weight in a cell")
    scale.outline.set_visible(False)
