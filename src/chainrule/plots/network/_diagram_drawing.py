"""Drawing a network: edges, nodes, biases, names, and what tells their scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import Collection, LineCollection, PatchCollection
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from chainrule.explanation.worked._notation import text_number
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import COLORS, GREY, INK, SIGNED, readable_on
from chainrule.plots.network._diagram_layout import GAP, LINE, Shown, width_of
from chainrule.plots.network._diagram_sheet import MOST_EDGES, SCALE_HEIGHT, Diagram, Sheet

__all__ = ["DiagramArtists", "draw"]

_POSITIVE, _NEGATIVE = COLORS[1], COLORS[0]
# In points, whatever the width of the line.
_DASHES = (0, (4.0, 2.5))
# The widest line where there are up to so many between two layers, and of more.
_FEW, _WIDEST, _WIDEST_OF_MANY = 36, 4.5, 3.0
# The sides of the squares of biases.
_SMALL_SQUARE, _LARGE_SQUARE = 3.0, 8.0
# Numbers stand on edges only where each has so much height for itself.
_APART = 13.5


@dataclass
class DiagramArtists:
    """What was drawn, for those who want to change it."""

    edges: list[LineCollection] = field(default_factory=list)
    nodes: list[Collection] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def write(self, ax: Axes, x: float, y: float, text: str, **style: Any) -> None:
        """Write a text that has its room on the sheet: the axes need not shrink for it."""
        known: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 5, "in_layout": False}
        self.texts.append(ax.text(x, y, text, **(known | style)))


def draw(diagram: Diagram, shown: tuple[Shown, ...], sheet: Sheet, ax: Axes) -> DiagramArtists:
    """Draw a network on axes.

    Parameters
    ----------
    diagram : Diagram
        What is drawn.
    shown : tuple of Shown
        Which nodes of it.
    sheet : Sheet
        The words, and where everything stands.
    ax : Axes
        Where.

    Returns
    -------
    DiagramArtists
    """
    layout, artists = sheet.layout, DiagramArtists()
    ax.set_axis_off()
    ax.set_xlim(0, layout.width)
    ax.set_ylim(0, layout.height)
    ax.set_title(sheet.title)
    carried = [
        part[np.ix_(before.places, after.places)]
        for part, before, after in zip(diagram.carried, shown, shown[1:], strict=False)
    ]
    largest = max(float(np.abs(part).max()) for part in carried)
    widest = _WIDEST if max(part.size for part in carried) <= _FEW else _WIDEST_OF_MANY
    _draw_edges(carried, widest / (largest or 1.0), sheet, ax, artists)
    for layer in range(len(shown)):
        _draw_nodes(diagram, layer, shown[layer], sheet, ax, artists)
    _draw_biases(diagram, shown, sheet, ax, artists)
    _draw_words(diagram, shown, sheet, ax, artists)
    _draw_legend(diagram, largest, widest, sheet, ax, artists)
    return artists


# ---------------------------------------------------------------------- edges


def _draw_edges(
    carried: list[Array], scale: float, sheet: Sheet, ax: Axes, artists: DiagramArtists
) -> None:
    layout, half = sheet.layout, sheet.layout.needs.half_width
    for i, part in enumerate(carried):
        left, right = layout.columns[i] + half, layout.columns[i + 1] - half
        a, b = np.meshgrid(layout.rows[i], layout.rows[i + 1], indexing="ij")
        ends = np.stack(
            [np.stack([np.full(a.shape, left), a], -1), np.stack([np.full(a.shape, right), b], -1)],
            axis=-2,
        ).reshape(-1, 2, 2)
        amounts = part.ravel()
        # The wide ones above the narrow ones, of very many those alone.
        order = np.argsort(np.abs(amounts), kind="stable")[-MOST_EDGES:]
        amounts = amounts[order]
        # Dashes of one length, whatever the width: of a narrow line they would be dots.
        with mpl.rc_context({"lines.scale_dashes": False}):
            lines = LineCollection(
                list(ends[order]),
                linewidths=scale * np.abs(amounts),
                colors=[_POSITIVE if amount >= 0 else _NEGATIVE for amount in amounts],
                linestyles=["solid" if amount >= 0 else _DASHES for amount in amounts],
                zorder=1,
            )
        ax.add_collection(lines, autolim=False)
        artists.edges.append(lines)
    heights = [_label_heights(part, i, sheet) for i, part in enumerate(carried)]
    if all(known is not None for known in heights):
        for i, part in enumerate(carried):
            _draw_amounts(part, heights[i], i, sheet, ax, artists)


def _label_heights(part: Array, layer: int, sheet: Sheet) -> tuple[Array, float] | None:
    """Return where on its edge each number has room, or None if there is not enough."""
    layout = sheet.layout
    a, b = layout.rows[layer], layout.rows[layer + 1]
    room = layout.stride - 2 * layout.needs.half_width
    # As far along the edges as spreads those of a node evenly up to those of the next.
    share = 1 / (len(b) + 1) if len(b) > 1 else 0.5
    y = (1 - share) * a[:, None] + share * b[None, :]
    if (np.diff(np.sort(y.ravel())) < _APART).any():
        return None
    widest = max(width_of(text_number(amount, 3)) for amount in part.ravel())
    return None if widest > share * room * 1.6 else (y, share)


def _draw_amounts(
    part: Array, where: Any, layer: int, sheet: Sheet, ax: Axes, artists: DiagramArtists
) -> None:
    """Write the weights, or contributions, on their edges."""
    layout = sheet.layout
    y, share = where
    left = layout.columns[layer] + layout.needs.half_width
    x = left + share * (layout.stride - 2 * layout.needs.half_width)
    for (i, j), amount in np.ndenumerate(part):
        box = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
        told = text_number(amount + 0.0, 3)
        artists.write(ax, x, y[i, j], told, bbox=box, zorder=2)


# ---------------------------------------------------------------------- nodes


def _draw_nodes(
    diagram: Diagram, layer: int, shown: Shown, sheet: Sheet, ax: Axes, artists: DiagramArtists
) -> None:
    needs, x, rows = sheet.layout.needs, sheet.layout.columns[layer], sheet.layout.rows[layer]
    last = layer == len(diagram.sizes) - 1
    answers = [last and place in diagram.answer_places for place in shown.places.tolist()]
    rims = [3.0 if answer else 1.2 for answer in answers]
    common: dict[str, Any] = {"edgecolors": INK, "linewidths": rims, "zorder": 3}
    nodes: Collection
    if diagram.values is None:
        nodes, letters = (
            ax.scatter(
                np.full(len(rows), x),
                rows,
                s=(2 * needs.half_width) ** 2,
                facecolors="#ececec" if layer == 0 else "white",
                clip_on=False,
                **common,
            ),
            [INK] * len(rows),
        )
    else:
        fills = _fills(diagram.values[layer])[shown.places]
        letters = [readable_on(fill) for fill in fills]
        half, height = needs.half_width, needs.half_height
        boxes = [
            FancyBboxPatch(
                (x - half, y - height), 2 * half, 2 * height, boxstyle="round,pad=0,rounding_size=7"
            )
            for y in rows
        ]
        nodes = PatchCollection(boxes, facecolors=fills, **common)
        ax.add_collection(nodes, autolim=False)
    artists.nodes.append(nodes)
    for y, text, ink in zip(rows, sheet.cells[layer], letters, strict=True):
        if text:
            artists.write(ax, x, y, text, color=ink, linespacing=1.05)


def _fills(values: Array) -> Array:
    """Return a color for each value, by its share of the largest of the layer."""
    sizes = np.abs(values)
    top = float(np.max(sizes, initial=0.0, where=np.isfinite(sizes))) or 1.0
    share = np.clip(np.nan_to_num(values / top), -1, 1)
    return np.asarray(SIGNED(0.5 + 0.5 * share))


def _draw_biases(
    diagram: Diagram, shown: tuple[Shown, ...], sheet: Sheet, ax: Axes, artists: DiagramArtists
) -> None:
    """Draw a square below each node, with its number where there is room."""
    layout, needs = sheet.layout, sheet.layout.needs
    drawn = [b[chosen.places] for b, chosen in zip(diagram.biases, shown[1:], strict=True)]
    largest = max(float(np.abs(bias).max()) for bias in drawn) or 1.0
    told = [[text_number(b + 0.0, 3) for b in bias] for bias in drawn]
    widest = max(width_of(text) for texts in told for text in texts)
    below = layout.pitch - 2 * needs.half_height
    numbers = below >= LINE + 4 and widest + 2 * _LARGE_SQUARE <= layout.stride
    for layer, (bias, texts) in enumerate(zip(drawn, told, strict=True), 1):
        shift = np.array([width_of(text) / 2 for text in texts]) if numbers else 0.0
        x = layout.columns[layer] - shift
        y = layout.rows[layer] - needs.half_height - (LINE / 2 + 2 if numbers else 0.0)
        ax.scatter(
            np.broadcast_to(x, y.shape),
            y,
            s=(_SMALL_SQUARE + (_LARGE_SQUARE - _SMALL_SQUARE) * np.abs(bias) / largest) ** 2,
            marker="s",
            facecolors=[_POSITIVE if b >= 0 else _NEGATIVE for b in bias],
            edgecolors=INK,
            linewidths=0.8,
            zorder=4,
            clip_on=False,
        )
        if numbers:
            for place, text in enumerate(texts):
                artists.write(ax, x[place] + 7, y[place], text, ha="left")


# ---------------------------------------------------------------------- words


def _draw_words(
    diagram: Diagram, shown: tuple[Shown, ...], sheet: Sheet, ax: Axes, artists: DiagramArtists
) -> None:
    layout, needs = sheet.layout, sheet.layout.needs
    away = needs.half_width + 6
    for y, text in zip(layout.rows[0], sheet.inputs, strict=True):
        artists.write(ax, layout.columns[0] - away, y, text, ha="right")
    for i, y, text in zip(shown[-1].places, layout.rows[-1], sheet.outputs, strict=True):
        weight = "bold" if int(i) in diagram.answer_places else "normal"
        artists.write(ax, layout.columns[-1] + away, y, text, ha="left", fontweight=weight)
    top = needs.below - GAP
    for layer, chosen in enumerate(shown):
        x = layout.columns[layer]
        if chosen.rest:
            told = f"⋮ {chosen.rest} more"
            told = told if width_of(told) + 4 <= layout.stride else f"⋮ {chosen.rest}"
            artists.write(ax, x, layout.rests[layer], told)
        artists.write(ax, x, top, sheet.captions[layer], va="top", linespacing=1.1)
    lines = max(text.count("\n") + 1 for text in sheet.captions)
    under = top - lines * LINE - GAP
    artists.write(ax, 0.0, under, sheet.note, ha="left", va="top", color=GREY, linespacing=1.1)


def _draw_legend(
    diagram: Diagram, amount: float, width: float, sheet: Sheet, ax: Axes, artists: DiagramArtists
) -> None:
    """Say how much the widest line is, and what the squares and fills are."""
    what = "weight" if diagram.values is None else "w·h"
    lines: tuple[Any, ...] = ((_POSITIVE, "solid", "+"), (_NEGATIVE, _DASHES, "−"))
    squares = ((_POSITIVE, "bias ≥ 0"), (_NEGATIVE, "bias < 0"))
    shape: dict[str, Any] = {"marker": "s", "linestyle": "none", "markeredgecolor": INK}
    with mpl.rc_context({"lines.scale_dashes": False}):
        handles = [
            Line2D(
                [],
                [],
                color=color,
                linewidth=width,
                linestyle=dashes,
                label=f"{what} {sign}{text_number(amount, 3)}" if amount else f"{what} 0",
            )
            for color, dashes, sign in (lines if amount else lines[:1])
        ]
    if not sheet.compact:
        handles += [Line2D([], [], color=color, **shape, label=told) for color, told in squares]
    scaled = diagram.values is not None and not sheet.compact
    legend = ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, SCALE_HEIGHT if scaled else 0.0),
        bbox_transform=ax.transData,
        ncols=len(handles),
        borderaxespad=0.0,
        borderpad=0.0,
        columnspacing=1.4,
    )
    legend.set_in_layout(False)
    if scaled:
        _draw_scale(sheet, ax)
        artists.write(ax, 0, 21.5, "fill: value", ha="left")


def _draw_scale(sheet: Sheet, ax: Axes) -> None:
    """Say what the fill of a node is: its value beside the largest of its layer."""
    width = min(200.0, sheet.layout.width / 3)
    place = (70.0, 17.0, width, 9.0)
    inset = ax.inset_axes(place, transform=ax.transData)
    bar = figure_of(ax).colorbar(
        ScalarMappable(Normalize(-1, 1), SIGNED), cax=inset, orientation="horizontal"
    )
    bar.set_ticks([-1, 0, 1], labels=["−largest", "0", "largest of its layer"])
    bar.ax.tick_params(length=2, pad=2)
    inset.set_in_layout(False)
