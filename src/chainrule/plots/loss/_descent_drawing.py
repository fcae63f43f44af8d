"""Ways downhill drawn on their curve, with a table of how they went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import COLORS, GREY, INK, MARKERS, named
from chainrule.plots.loss._descent import Descent

if TYPE_CHECKING:
    from chainrule.plots.loss.descent_paths import DescentPaths

__all__ = ["draw_descents"]

# Yellow is too light for a thin line, black is the curve's.
_COLORS = (COLORS[4], COLORS[0], COLORS[2], COLORS[5], COLORS[1], COLORS[3])
_STROKE = (withStroke(linewidth=3, foreground="white"),)
_MONOSPACED = "DejaVu Sans Mono"
# Inches: a narrower panel has no room for a table.
_ROOM_FOR_TABLE = 4.5
_MOST_LINES = 10
# Of the picture's width or height: nearer to each other, numbers and arrows are not drawn.
_APART, _ARROW = 0.045, 0.05
_EDGE = 0.13
_MOST_MINIMA = 4
# Points below the lowest minimum, for its name.
_BELOW = 56
_ENDINGS = {"moving": "still moving", "left the domain": "left domain"}


def draw_descents(display: DescentPaths, ax: Axes) -> tuple[Line2D, list[Line2D], Legend]:
    """Draw the curve, its minima, the ways and the table."""
    curve = display.curve
    (line,) = ax.plot(curve.x, curve.y, color=GREY, linewidth=2.4, zorder=1)
    low, high = _heights(display, 72 * _inches(ax)[1])
    ax.set_xlim(curve.x[0], curve.x[-1])
    ax.set_ylim(low, high)
    _draw_minima(display, ax)
    several = len({run.method for run in display.runs}) > 1
    seen: dict[Any, int] = {}
    lines, taken = [], [np.array([[np.inf, np.inf]])]
    for run in display.runs:
        place = seen.setdefault(run.method if several else len(seen), len(seen))
        lines.append(_draw_run(run, ax, place))
        _draw_arrows(run, ax, lines[-1].get_color())
        _number_steps(run, ax, taken)
    ax.set_title(f"g({display.variable}) = {named(display.function, most=40)}")
    variable = display.variable
    ax.set_xlabel(f"{variable}{_outside(display, ax)}")
    ax.set_ylabel(f"g({variable})")
    return line, lines, _table(display, ax, lines)


def _inches(ax: Axes) -> tuple[float, float]:
    """Return about how wide and high the axes are, before a layout has made room for letters."""
    place, (width, height) = ax.get_position(), figure_of(ax).get_size_inches()
    return place.width * width, place.height * height


def _heights(display: DescentPaths, points_high: float) -> tuple[float, float]:
    """Return from where to where the picture goes: by the points, and a little by the curve."""
    curve = display.curve
    inside = [run.value[(run.x >= curve.x[0]) & (run.x <= curve.x[-1])] for run in display.runs]
    points = np.concatenate([*inside, display.minima[:, 1]])
    points = points if len(points) else curve.y[np.isfinite(curve.y)]
    low, high = float(points.min()), float(points.max())
    extent = high - low if high > low else max(1.0, abs(high))
    low = max(float(np.nanmin(curve.y)), low - extent)
    high = min(float(np.nanmax(curve.y)), high + 0.35 * extent)
    extent = high - low if high > low else max(1.0, abs(high))
    below = min(_BELOW / points_high, 0.4) if len(display.minima) else 0.1
    return low - below / (1 - below) * 1.1 * extent, high + 0.1 * extent


def _draw_minima(display: DescentPaths, ax: Axes) -> None:
    """Mark the minima below the curve, the lowest one by name."""
    for place, (x, y) in enumerate(display.minima[:_MOST_MINIMA]):
        lowest = place == 0
        name = "local minimum"
        if lowest and (len(display.minima) > 1 or display.curve.lowest_of_all):
            name = "global minimum" if display.curve.lowest_of_all else "lowest minimum here"
        share = float(_in_picture(ax, np.array([x]), np.array([y]))[0, 0])
        ax.annotate(
            f"{name}\n{display.variable} = {_number(x, 4)}",
            (x, y),
            xytext=(0, -14),
            textcoords="offset points",
            ha="left" if share < _EDGE else "right" if share > 1 - _EDGE else "center",
            va="top",
            fontsize=10,
            fontweight="bold" if lowest else "normal",
            path_effects=_STROKE,
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.8, "shrinkB": 4},
        )
        if lowest:
            ax.plot(x, y, "*", ms=15, mfc="white", mec=INK, zorder=2)


def _draw_run(run: Descent, ax: Axes, place: int) -> Line2D:
    color = _COLORS[place % len(_COLORS)]
    (line,) = ax.plot(
        run.x,
        run.value,
        color=color,
        linewidth=1.0,
        linestyle=("-", "--", "-.", ":")[place % 4],
        marker=MARKERS[place % len(MARKERS)],
        markersize=6,
        markeredgecolor="white",
        markeredgewidth=0.6,
        zorder=3,
    )
    ax.plot(
        run.x[:1],
        run.value[:1],
        MARKERS[place % len(MARKERS)],
        markersize=10,
        markerfacecolor="white",
        markeredgecolor=color,
        markeredgewidth=2,
        zorder=3.5,
    )
    return line


def _in_picture(ax: Axes, x: Array, y: Array) -> Array:
    """Return points as shares of the picture's width and height, shape (n, 2)."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    return np.column_stack([(x - left) / (right - left), (y - low) / (high - low)])


def _draw_arrows(run: Descent, ax: Axes, color: Any) -> None:
    """Draw an arrow head in the middle of every step that is long enough to be seen."""
    places = _in_picture(ax, run.x, run.value)
    points = np.column_stack([run.x, run.value])
    for i, length in enumerate(np.hypot(*np.diff(places, axis=0).T)):
        middle = (places[i] + places[i + 1]) / 2
        if length < _ARROW or not ((middle > 0) & (middle < 1)).all():
            continue
        step = points[i + 1] - points[i]
        tip = points[i] + 0.58 * step
        ax.annotate(
            "",
            tuple(tip),
            xytext=tuple(tip - 1e-3 * step),
            arrowprops={
                "arrowstyle": "-|>,head_length=0.6,head_width=0.3",
                "color": color,
                "shrinkA": 0,
                "shrinkB": 0,
            },
            zorder=3,
        )


def _number_steps(run: Descent, ax: Axes, taken: list[Array]) -> None:
    """Write the numbers of the steps at their points, as long as there is room."""
    places = _in_picture(ax, run.x, run.value)
    for step, place in enumerate(places):
        if not ((place > 0) & (place < 1)).all():
            continue
        if np.hypot(*(np.concatenate(taken) - place).T).min() < _APART:
            continue
        taken.append(place[None])
        ax.annotate(
            str(step),
            (run.x[step], run.value[step]),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=10,
            color=INK,
            path_effects=_STROKE,
            zorder=4,
        )


def _outside(display: DescentPaths, ax: Axes) -> str:
    """Say how many points lie outside of the picture."""
    places = [_in_picture(ax, run.x, run.value) for run in display.runs]
    count = sum(int((~((p >= 0) & (p <= 1)).all(axis=1)).sum()) for p in places)
    return f"   ({count} {'step leads' if count == 1 else 'steps lead'} out of the picture)" * (
        count > 0
    )


# ---------------------------------------------------------------------- the table


def _table(display: DescentPaths, ax: Axes, lines: list[Line2D]) -> Legend:
    """Tell below the picture how each way went."""
    wide = _inches(ax)[0] >= _ROOM_FOR_TABLE
    shown = display.runs[:_MOST_LINES]
    names = [named(f"{run.method} from {_number(run.x[0], 3)}", most=28) for run in shown]
    ends = [_number(run.x[-1], 4) for run in shown]
    words = [_ENDINGS.get(run.ending, run.ending) for run in shown]
    variable = display.variable
    steps, told = [run.steps for run in shown], [run.told for run in shown]
    if wide:
        width = max(map(len, names))
        slopes = [_level(run.slope) for run in shown]
        rows = [f"{'path':<{width}} steps {'ends at ' + variable:>10} {'slope':>9}"]
        rows += [
            f"{name:<{width}} {count:>5} {end:>10} {slope:>9}  {word}"
            for name, count, end, slope, word in zip(names, steps, ends, slopes, words, strict=True)
        ]
        handles, font = [_blank(), *lines[: len(shown)]], {"family": _MONOSPACED, "size": 10}
    else:
        rows = [
            f"{name}: {count} to\n{variable} = {end}, {word}"
            for name, count, end, word in zip(names, told, ends, words, strict=True)
        ]
        handles, font = lines[: len(shown)], {"size": 10}
    if len(display.runs) > _MOST_LINES:
        handles = [*handles, _blank()]
        rows.append(f"and {len(display.runs) - _MOST_LINES} more")
    return ax.legend(
        handles,
        rows,
        loc="upper left",
        bbox_to_anchor=(-0.12, -0.13),
        prop=font,
        handlelength=1.6,
        handletextpad=0.6,
        labelspacing=0.25,
    )


def _blank() -> Line2D:
    return Line2D([], [], linestyle="none")


def _level(slopes: Array) -> str:
    """Write the last slope; what is nothing but rounding errors is not told to the digit."""
    last, nothing = slopes[-1], 1e-9
    tiny = 0 < abs(last) < nothing * max(1.0, float(np.abs(slopes).max()))
    return "<1e−9" if tiny else _number(last, 2)


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}g}".replace("-", "−")
