"""A loss drawn as contours or as a curve, with a path and minima on it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import COLORS, GREY, INK, SEQUENTIAL
from chainrule.plots._words import headline

if TYPE_CHECKING:
    from chainrule.plots.loss.loss_landscape import LossLandscape

__all__ = ["draw_line", "draw_plane", "levels_of"]

_LEVELS = 12
# From so many times the lowest loss on, levels are so many times each other.
_DECADE = 10.0
# Of the highest: levels below tell nothing.
_DEEPEST = 1e-8
_STAR = 17
_ARROWS = 5
_MARKS = 8
# Of the picture's width: what is nearer to another label is not written.
_CROWDED = 0.07
_STROKE = (withStroke(linewidth=3, foreground="white"),)
_PATH = COLORS[4]


def levels_of(loss: Array) -> Array:
    """Return at which losses to draw contours, rounded so that what is written on them is true.

    They are so many times each other where the loss spans decades; else they lie closer near the
    lowest, as even rings on a bowl do.

    Examples
    --------
    >>> levels_of(np.array([1.0, 1000.0]))[:4].round(2)
    array([1. , 1.7, 3.1, 5.6])
    """
    finite = loss[np.isfinite(loss)]
    if not finite.size:
        return np.array([0.0, 1.0])
    low, high = float(finite.min()), float(finite.max())
    if not high - low > 1e-9 * max(abs(high), 1e-300):
        width = max(abs(high), 1e-12) * 1e-3
        return np.array([low - width, high + width])
    if high > _DECADE * low:
        spaced = np.geomspace(max(low, _DEEPEST * high), high, _LEVELS + 1)
    else:
        spaced = low + (high - low) * np.linspace(0, 1, _LEVELS + 1) ** 2
    digits = 2
    while True:  # as few digits as tell them apart
        rounded = np.unique([_rounded(level, digits) for level in spaced])
        if len(rounded) > _LEVELS * 0.7 or digits == 8:
            return np.append(rounded[:-1], _rounded(high, digits, up=True))
        digits += 1


def _rounded(number: float, digits: int, *, up: bool = False) -> float:
    """Round down to so many significant digits, or up, so that no loss lies beyond the levels."""
    if number == 0:
        return 0.0
    unit = 10.0 ** (np.floor(np.log10(abs(number))) - digits + 1)
    whole = np.floor(number / unit) + up
    return float(f"{whole * unit:.{digits + 1}g}")


# ---------------------------------------------------------------------- a plane


def draw_plane(display: LossLandscape, ax: Axes) -> tuple[Any, Any, Line2D | None]:
    """Draw contours, what lies on them, and their scale."""
    levels = levels_of(display.loss)
    colors = mpl.colormaps[SEQUENTIAL]
    loss = np.ma.masked_invalid(display.loss)
    extend: Any = "min" if loss.min() < levels[0] else "neither"
    norm = BoundaryNorm(levels, colors.N, extend=extend)
    ax.set_facecolor("#d9d9d9")
    where: dict[str, Any] = {"levels": levels, "zorder": 0.5}
    filled = ax.contourf(display.x, display.y, loss, cmap=colors, norm=norm, extend=extend, **where)
    thin = ax.contour(display.x, display.y, loss, colors=INK, linewidths=0.6, alpha=0.7, **where)
    _write_levels(display, ax, thin, levels[1::2])
    bar = figure_of(ax).colorbar(filled, ax=ax, spacing="uniform", pad=0.02)
    bar.set_ticks(list(levels[::2]), labels=[f"{level:.8g}" for level in levels[::2]])
    bar.ax.minorticks_off()
    bar.set_label("loss")
    ax.set_xlabel(display.section.labels[0])
    ax.set_ylabel(display.section.labels[1])
    line = _draw_path(display, ax)
    if display.minima is not None:
        _draw_minima(display, ax)
    else:
        _draw_solution(display, ax)
    around = f"Loss around the solution: {display.solution_loss:.4g} there"
    _head(display, ax, around if display.minima is None else "Loss between solutions")
    if not loss.mask.all():
        ax.set_xlim(display.x[0], display.x[-1])
        ax.set_ylim(display.y[0], display.y[-1])  # type: ignore[index]
    ax.legend(
        loc="upper left",
        bbox_to_anchor=(-0.17, -0.13),
        ncols=2,
        handletextpad=0.5,
        columnspacing=0.8,
        handlelength=1.5,
        borderpad=0.0,
    )
    return filled, bar, line


def _write_levels(display: LossLandscape, ax: Axes, lines: Any, levels: Array) -> None:
    """Write losses on their contours, but not over what is drawn there."""
    taken = display.solution[None]
    if display.path is not None:
        taken = np.concatenate([taken, display.path, (display.path[1:] + display.path[:-1]) / 2])
    if display.minima is not None:
        pairs = combinations(display.minima, 2)
        taken = np.concatenate([taken, display.minima, [(a + b) / 2 for a, b in pairs]])
    size = np.ptp([ax.get_xlim(), ax.get_ylim()], axis=1)
    for label in ax.clabel(lines, levels, fontsize=10, fmt="%.8g", colors=INK, inline=False):
        gaps = np.hypot(*((taken - label.get_position()) / size).T)
        if gaps.min() < _CROWDED:
            label.remove()
        else:
            label.set(path_effects=_STROKE, alpha=1)


def _head(display: LossLandscape, ax: Axes, title: str) -> None:
    """Say above the picture what it is, and below that of what."""
    told = display.section.told
    if display.rows_used < display.rows:
        told += f"; {display.rows_used:,} of {display.rows:,} rows"
    if not np.isfinite(display.loss).all():
        told += "; grey: infinite"
    headline(ax, title, told, color=GREY)


def _marker(ax: Axes, at: Array, marker: str, label: str, size: float = 9) -> None:
    ax.plot(
        *at,
        marker,
        label=label,
        markersize=size,
        markerfacecolor="white",
        markeredgecolor=INK,
        linestyle="none",
        zorder=5,
    )


def _draw_solution(display: LossLandscape, ax: Axes) -> None:
    name = "solution"
    if display.path_epochs is not None:
        last = display.best_epoch == display.path_epochs[-1]
        name = f"{'end' if last else 'kept'}: epoch {display.best_epoch}"
    label = f"{name}, loss {display.solution_loss:.4g}"
    loss = [display.solution_loss] if display.kind == "line" else []
    _marker(ax, np.append(display.solution, loss), "*", label, _STAR)


def _draw_path(display: LossLandscape, ax: Axes) -> Line2D | None:
    path, epochs, losses = display.path, display.path_epochs, display.path_loss
    if path is None or epochs is None or losses is None:
        return None
    inside = ((path - path.min(axis=0)) / np.maximum(np.ptp(path, axis=0), 1e-300)).clip(0, 1)
    marked = _marked(epochs)
    (line,) = ax.plot(
        *path.T,
        color="white",
        linewidth=2.2,
        marker="o",
        markersize=4.5,
        markerfacecolor=_PATH,
        markeredgecolor="white",
        markeredgewidth=0.6,
        markevery=marked,
        zorder=3,
        path_effects=[withStroke(linewidth=4, foreground=INK)],
        label=f"path, every {_every(epochs)} epochs" if _every(epochs) > 1 else "path, every epoch",
    )
    _draw_arrows(ax, path)
    _marker(ax, path[0], "s", f"start: epoch {epochs[0]}, loss {losses[0]:.4g}")
    if display.best_epoch != epochs[-1]:
        _marker(ax, path[-1], "X", f"end: epoch {epochs[-1]}, loss {losses[-1]:.4g}")
    written = [inside[0], inside[-1]]
    for place in marked:
        if all(np.hypot(*(inside[place] - other)) > _CROWDED for other in written):
            written.append(inside[place])
            ax.annotate(
                str(epochs[place]),
                tuple(path[place]),
                xytext=(6, 5),
                textcoords="offset points",
                fontsize=10,
                color=INK,
                path_effects=_STROKE,
                zorder=4,
            )
    return line


def _every(epochs: Array) -> int:
    """Return every how many epochs there is a dot: each, each second, fifth … recorded one."""
    recorded = max(1, int(np.median(np.diff(epochs)))) if len(epochs) > 1 else 1
    wanted = max(1.0, (epochs[-1] - epochs[0]) / _MARKS / recorded)
    power = 10 ** int(np.floor(np.log10(wanted)))
    steps = (step * power for step in (1, 2, 5, 10))
    return recorded * int(next(step for step in steps if step >= wanted - 1e-9))


def _marked(epochs: Array) -> list[int]:
    return [int(i) for i in np.flatnonzero(epochs % _every(epochs) == 0)]


def _draw_arrows(ax: Axes, path: Array) -> None:
    """Draw arrow heads at equal distances along a path, as it is seen."""
    seen = (path - path.min(axis=0)) / np.maximum(np.ptp(path, axis=0), 1e-300)
    lengths = np.append(0, np.cumsum(np.hypot(*np.diff(seen, axis=0).T)))
    if not lengths[-1] > 0:
        return
    for share in (np.arange(_ARROWS) + 0.5) / _ARROWS:
        after = int(np.searchsorted(lengths, share * lengths[-1]))
        before = max(after - 1, 0)
        within = (share * lengths[-1] - lengths[before]) / max(
            lengths[after] - lengths[before], 1e-300
        )
        tip = path[before] + within * (path[after] - path[before])
        tail = tip - 1e-3 * (path[after] - path[before])
        ax.annotate(
            "",
            tuple(tip),
            xytext=tuple(tail),
            arrowprops={
                "arrowstyle": "-|>,head_length=0.7,head_width=0.35",
                "facecolor": _PATH,
                "edgecolor": "white",
                "linewidth": 0.8,
                "shrinkA": 0,
                "shrinkB": 0,
            },
            zorder=3.5,
        )


def _draw_minima(display: LossLandscape, ax: Axes) -> None:
    minima, losses, barriers = display.minima, display.minima_loss, display.barriers
    if minima is None or losses is None or barriers is None:
        return
    for i, j in combinations(range(len(minima)), 2):
        ax.plot(*minima[[i, j]].T, color="white", linestyle="--", linewidth=1.6, zorder=2)
        ax.annotate(
            f"+{barriers[i, j]:.3g}",
            tuple(minima[[i, j]].mean(axis=0)),
            ha="center",
            va="center",
            fontsize=10,
            color=INK,
            path_effects=_STROKE,
            zorder=6,
        )
    for place, (name, loss) in enumerate(zip(display.minima_names, losses, strict=True)):
        label = f"{name}, loss {loss:.4g}"
        _marker(ax, minima[place], "*sD"[place], label, 9 if place else _STAR)
    height = Line2D([], [], color=GREY, linestyle="--", label="+ rise between them")
    ax.add_line(height)


# ---------------------------------------------------------------------- a line


def draw_line(display: LossLandscape, ax: Axes) -> Line2D:
    """Draw the loss along a line, with both of its ends."""
    finite = np.where(np.isfinite(display.loss), display.loss, np.nan)
    (line,) = ax.plot(display.x, finite, color=COLORS[0])
    positive = np.nanmin(finite) > 0 if np.isfinite(finite).any() else False
    if positive and np.nanmax(finite) > _DECADE**2 * np.nanmin(finite):
        ax.set_yscale("log")
    if display.minima is not None and display.minima_loss is not None:
        both = zip(display.minima[:, 0], display.minima_loss, display.minima_names, strict=True)
        for at, loss, name in both:
            own = abs(at - display.solution[0]) < 1e-6
            label = f"{name}, loss {loss:.4g}"
            _marker(ax, np.array([at, loss]), "*" if own else "s", label, _STAR if own else 9)
        rise = display.barriers[0, 1] if display.barriers is not None else 0.0
        told = f"rises by {rise:.3g} between" if rise > 0 else "no rise between"
        first, second = display.minima_names
        ax.set_xlabel(f"way from {first} (0) to {second} (1)")
    else:
        _draw_solution(display, ax)
        told = ""
        ax.set_xlabel(display.section.labels[0])
    ax.set_ylabel("loss")
    _head(display, ax, f"Loss along a straight line{': ' if told else ''}{told}")
    ax.grid(visible=True, axis="y")
    ax.legend(loc="best")
    return line
