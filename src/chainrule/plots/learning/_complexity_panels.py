"""The panels of a model-complexity graph: both errors along one axis, and a map of two."""

from __future__ import annotations

from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize, to_rgb
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator, MaxNLocator
from numpy.typing import NDArray

from chainrule.estimators import Cell, ComplexityGraph
from chainrule.estimators.complexity import ZONES
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import COLORS, INK, SEQUENTIAL, readable_on

__all__ = ["PLACES", "draw_legend", "draw_map", "draw_slice", "label_y", "size_name"]

#: Where the axes are in the arrays of a graph.
PLACES = {"size": 0, "penalty": 1, "epochs": 2}
Place = tuple[int, int, int]

_TRAIN: dict[str, Any] = {"color": COLORS[0], "linestyle": "--", "marker": "o"}
_TEST: dict[str, Any] = {"color": COLORS[4], "linestyle": "-", "marker": "s"}
_NO_NUMBER = "#e0e0e0"
_ZONE_STYLES: dict[str, dict[str, Any]] = {
    "underfit": {"facecolor": "#dcebf5", "hatch": "//", "edgecolor": "#b9d3e6"},
    "good": {"facecolor": "none", "edgecolor": "none"},
    "overfit": {"facecolor": "#fbe6cf", "hatch": "\\\\", "edgecolor": "#edc899"},
    "diverged": {"facecolor": _NO_NUMBER, "hatch": "xx", "edgecolor": "#bdbdbd"},
}
# A log axis where the largest is so many times the smallest.
_LONG_AXIS, _WIDE_RANGE = 20, 30
# Narrower spans are tinted, but not named.
_NAMED_SHARE = 0.17
# And those narrower than this are not drawn at all.
_SEEN_SHARE = 0.02
# More points than this have no markers; more ticks than this are thinned.
_MOST_MARKERS, _MOST_TICKS = 12, 8
# Names under an axis that are longer together are turned.
_MOST_LETTERS_ABREAST = 42
# A map with more columns or rows than this has room for letters only, or for nothing.
_MOST_WORDS, _MOST_LETTERS = 7, 14
# Of the height: for the legend above the curves, and for the zones' names below.
_HEADROOM, _FOOTROOM = 0.14, 0.1


class Slice(NamedTuple):
    """What lies along one axis of a graph."""

    axis: str
    at: Array
    cells: tuple[Any, ...]


def size_name(size: tuple[int, ...]) -> str:
    """Name a size as the command line does: "64,32", or "none"."""
    return ",".join(map(str, size)) or "none"


def _slice(graph: ComplexityGraph, axis: str, through: Place) -> Slice:
    cells: list[Any] = list(through)
    cells[PLACES[axis]] = slice(None)
    if axis == "epochs":
        return Slice(axis, np.asarray(graph.epochs, np.float64), tuple(cells))
    count = len(graph.sizes if axis == "size" else graph.penalties)
    at = np.arange(count, dtype=np.float64)
    # Complexity grows to the right everywhere: a weak penalty stands on that side.
    return Slice(axis, at if axis == "size" else at[::-1], tuple(cells))


def _limits(graph: ComplexityGraph, of: str) -> tuple[str, tuple[float, float]]:
    """Return the scale and the limits that all panels of a graph share, with room for a legend."""
    curves = [getattr(graph, f"{part}_{of}") for part in ("train", "test")]
    low = float(min(np.nanmin(curve) for curve in curves))
    high = float(max(np.nanmax(curve) for curve in curves))
    if of == "error" and low >= 0 and high > _WIDE_RANGE * low:
        # An error that goes to 0 leaves the range in which anything can be compared.
        low = max(low, (graph.best.test_error or high) / _WIDE_RANGE)
        low, high = low / 1.3, high * 1.3
        return "log", (low / (high / low) ** _FOOTROOM, high * (high / low) ** _HEADROOM)
    length = (high - low) or abs(high) or 1.0
    return "linear", (low - (0.05 + _FOOTROOM) * length, high + (0.05 + _HEADROOM) * length)


def draw_slice(
    ax: Axes, graph: ComplexityGraph, axis: str, *, through: Place, of: str
) -> dict[str, Any]:
    """Draw both errors along one axis, through a cell; returns the artists."""
    along = _slice(graph, axis, through)
    scale, limits = _limits(graph, of)
    _prepare_x(ax, graph, along)
    _prepare_y(ax, scale, limits)
    artists: dict[str, Any] = {"zones": _draw_zones(ax, along, graph.zones[along.cells])}
    for part, look in (("train", _TRAIN), ("test", _TEST)):
        mean = getattr(graph, f"{part}_{of}")[along.cells]
        spread = graph.spread(part, of)[along.cells]
        shown = look if len(mean) <= _MOST_MARKERS else {**look, "marker": ""}
        (artists[part],) = ax.plot(along.at, mean, markersize=6, **shown)
        low = mean - spread
        low = np.maximum(low, limits[0]) if scale == "log" else low
        ordered = np.argsort(along.at)
        artists[f"{part}_band"] = ax.fill_between(
            along.at[ordered],
            low[ordered],
            (mean + spread)[ordered],
            color=look["color"],
            alpha=0.2,
            linewidth=0,
        )
    artists["marks"] = _mark(ax, graph, along, of)
    return artists


def _prepare_y(ax: Axes, scale: str, limits: tuple[float, float]) -> None:
    ax.set_yscale(scale)
    ax.set_ylim(limits)
    if scale == "log":
        subs = (1.0, 2.0, 5.0) if limits[1] < 200 * limits[0] else (1.0,)
        ax.yaxis.set_major_locator(LogLocator(subs=subs))
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.yaxis.set_minor_formatter(lambda *_: "")


def label_y(ax: Axes, graph: ComplexityGraph, of: str) -> None:
    """Say what is drawn, and what the bands are."""
    name = graph.error_name if of == "error" else graph.score_name
    bands = f"\nmean ± std. dev., {graph.splits} splits" if graph.splits > 1 else ""
    ax.set_ylabel(f"{name}{bands}")


def _prepare_x(ax: Axes, graph: ComplexityGraph, along: Slice) -> None:
    at = along.at
    if along.axis == "epochs":
        ax.set_xlabel("epochs")
        if at[-1] >= _LONG_AXIS * at[0]:
            ax.set_xscale("log")
            ax.set_xlim(at[0] / 1.1, at[-1] * 1.1)
            ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            ax.xaxis.set_minor_formatter(lambda *_: "")
        else:
            margin = 0.03 * (at[-1] - at[0])
            ax.set_xlim(at[0] - margin, at[-1] + margin)
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        return
    if along.axis == "size":
        names = [size_name(size) for size in graph.sizes]
        ax.set_xlabel("nodes of the hidden layers")
    else:
        names = [f"{strength:g}" for strength in graph.penalties]
        ax.set_xlabel(f"{_penalty_name(graph)}, weaker to the right")
    every = -(-len(names) // _MOST_TICKS)
    ax.set_xticks(at[::every], names[::every])
    _turn_if_long(ax, names[::every])
    ax.set_xlim(-0.5, len(at) - 0.5)


def _turn_if_long(ax: Axes, names: list[str]) -> None:
    if max(map(len, names)) * len(names) > _MOST_LETTERS_ABREAST:
        ax.tick_params(axis="x", labelrotation=30)


def _penalty_name(graph: ComplexityGraph) -> str:
    return "penalty L1" if graph.penalty == "l1" else "penalty L2 (alpha)"


def _draw_zones(ax: Axes, along: Slice, zones: NDArray[np.str_]) -> list[Any]:
    """Tint and name the stretches of the axis that are under- and overfit."""
    forward, back = (np.log, np.exp) if ax.get_xscale() == "log" else (np.asarray, np.asarray)
    ordered = np.argsort(along.at)
    limits = [float(end) for end in forward(ax.get_xlim())]
    patches, named = [], set()
    spans = _spans(zones[ordered].tolist(), forward(along.at[ordered]), limits)
    # The widest of each kind is named.
    for zone, left, right in sorted(spans, key=lambda span: span[1] - span[2]):
        ends = [float(back(end)) for end in (left, right)]
        patches.append(ax.axvspan(*ends, zorder=0, linewidth=0, **_ZONE_STYLES[zone]))
        if zone in named or right - left < _NAMED_SHARE * (limits[1] - limits[0]):
            continue
        named.add(zone)
        ax.text(
            *(float(back((left + right) / 2)), 0.02, zone),
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="bottom",
            style="italic",
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1.0},
        )
    return patches


def _spans(zones: list[str], at: Array, limits: list[float]) -> list[tuple[str, float, float]]:
    """Return zones with where they begin and end: halfway between one cell and the next."""
    ends = [limits[0], *((at[1:] + at[:-1]) / 2).tolist(), limits[1]]
    spans: list[tuple[str, float, float]] = []
    for zone, run in groupby(range(len(zones)), zones.__getitem__):
        places = list(run)
        left, right = ends[places[0]], ends[places[-1] + 1]
        # What is too narrow to be seen, as errors waver about a limit, joins what is before it.
        hidden = spans and right - left < _SEEN_SHARE * (limits[1] - limits[0])
        if spans and (hidden or spans[-1][0] == zone):
            zone, left = spans.pop()[:2]
        spans.append((zone, left, right))
    return spans


def _mark(ax: Axes, graph: ComplexityGraph, along: Slice, of: str) -> list[Any]:
    """Mark the best cell and the simplest good one, where they lie on this slice."""
    marks: list[Any] = []
    here = PLACES[along.axis]
    looks: dict[str, tuple[Place, dict[str, Any]]] = {
        "best": (graph.best_place, {"marker": "*", "markersize": 17, "markerfacecolor": COLORS[6]}),
        "simplest": (graph.choice_place, {"marker": "D", "markersize": 9, "markerfacecolor": "w"}),
    }
    if graph.choice_place == graph.best_place:
        del looks["simplest"]
    for name, (place, look) in looks.items():
        if any(place[k] != along.cells[k] for k in PLACES.values() if k != here):
            continue
        at = float(along.at[place[here]]), float(getattr(graph, f"test_{of}")[place])
        marks += ax.plot(*at, color=INK, zorder=5, linestyle="", clip_on=False, **look)
        marks.append(_tell(ax, name, graph.cell(*place), along.axis, at, of, str(graph.penalty)))
    return marks


def _tell(
    ax: Axes, name: str, cell: Cell, axis: str, at: tuple[float, float], of: str, penalty: str
) -> Annotation:
    """Write the numbers of a cell beside its mark: of the best above, of the simplest below."""
    where = {
        "epochs": f"epoch {cell.epoch}",
        "size": size_name(cell.size),
        "penalty": f"{penalty} {cell.penalty:g}",
    }[axis]
    value, spread = cell.test_error, cell.test_spread
    if of == "score":
        value, spread = cell.test_score, cell.score_spread
    across = ax.transLimits.transform(ax.transScale.transform(at))[0]
    side = "right" if across > 0.6 else "left"
    above = (name == "best") == (of == "error")
    words = f"{name}: {where}\n{_number(value, 3)}" + f" ± {_number(spread, 2)}" * (spread > 0)
    return ax.annotate(
        words if name == "best" else words.partition("\n")[0],
        at,
        xytext=(-6 if side == "right" else 6, 12 if above else -12),
        textcoords="offset points",
        ha=side,
        va="bottom" if above else "top",
        zorder=6,
        bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.0},
    )


def _number(value: float, digits: int) -> str:
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.{digits}g}"


def draw_legend(ax: Axes, artists: dict[str, Any]) -> Any:
    """Say which curve is which."""
    return ax.legend(
        [artists["train"], artists["test"]],
        ["training rows", "test rows"],
        loc="upper right",
        ncols=2,
        borderaxespad=0.2,
        frameon=True,
        framealpha=0.8,
        edgecolor="none",
    )


# ---------------------------------------------------------------------------- two axes at once


def draw_map(ax: Axes, graph: ComplexityGraph, of: str) -> dict[str, Any]:
    """Draw the test error of every size and penalty, at its best epoch; returns the artists."""
    s, p = np.indices(graph.best_epochs.shape)
    cells = s, p, graph.best_epochs
    # Sizes to the right, weak penalties at the top: complexity grows away from the corner.
    values = getattr(graph, f"test_{of}")[cells].T
    zones = graph.zones[cells].T
    norm = _norm(values, of)
    image = ax.imshow(np.ma.masked_invalid(values), cmap=SEQUENTIAL, norm=norm, aspect="auto")
    ax.set_facecolor(_NO_NUMBER)
    names = [size_name(size) for size in graph.sizes]
    ax.set_xticks(range(len(names)), names)
    _turn_if_long(ax, names)
    ax.set_yticks(range(len(graph.penalties)), [f"{v:g}" for v in graph.penalties])
    ax.set_xlabel("nodes of the hidden layers")
    ax.set_ylabel(f"{_penalty_name(graph)}, weaker to the top")
    marks = {"best": graph.best_place}
    if graph.choice_place[:2] != graph.best_place[:2]:
        marks["simplest"] = graph.choice_place
    named = {(place[1], place[0]): name for name, place in marks.items()}
    texts = [
        _write(ax, image, (row, column), values, zones, named.get((row, column)))
        for row, column in np.ndindex(values.shape)
    ]
    for (row, column), name in named.items():
        ax.add_patch(
            Rectangle(
                (column - 0.48, row - 0.48),
                *(0.96, 0.96),
                fill=False,
                edgecolor=COLORS[4],
                linewidth=3,
                linestyle="-" if name == "best" else "--",
            )
        )
    bar = figure_of(ax).colorbar(image, ax=ax)
    bar.set_label(f"test {graph.error_name if of == 'error' else graph.score_name}")
    if _MOST_WORDS < max(values.shape) <= _MOST_LETTERS:
        met = [zone for zone in ZONES if zone in zones]
        ax.set_xlabel(f"{ax.get_xlabel()}\n{', '.join(f'{z[0]}: {z}' for z in met)}")
    return {"image": image, "colorbar": bar, "texts": texts}


def _norm(values: Array, of: str) -> Normalize:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (LogNorm if of == "error" and low > 0 and high > _WIDE_RANGE * low else Normalize)(
        low, high
    )


def _write(
    ax: Axes,
    image: Any,
    at: tuple[int, int],
    values: Array,
    zones: NDArray[np.str_],
    mark: str | None,
) -> Any:
    value, zone = values[at], str(zones[at])
    most = max(values.shape)
    if most > _MOST_LETTERS:
        words = mark or ""
    elif most > _MOST_WORDS:
        words = zone[0]
    else:
        words = "\n".join(filter(None, ("" if np.isnan(value) else _number(value, 3), zone, mark)))
    shade = image.cmap(image.norm(value))[:3] if np.isfinite(value) else to_rgb(_NO_NUMBER)
    dark = readable_on(shade) == "#ffffff"
    return ax.text(at[1], at[0], words, ha="center", va="center", color="white" if dark else INK)
