"""The cells of a confusion matrix: colors, numbers that can be read on them, names, margins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm

from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import INK, SEQUENTIAL, readable_on
from chainrule.plots._words import amount, inches, share

__all__ = [
    "draw_cells",
    "has_room",
]

# A mistake of one row in a hundred is to be seen: colors go by the square root of the share.
_SCALE = PowerNorm(0.5, vmin=0, vmax=1)
_EMPTY = "#e4e4e4"  # a row of no rows
# Inches that "100%" and two lines need, and one letter.
_LEAST = (0.36, 0.33)
_LETTER = 0.085
_LINE = 0.18


def draw_cells(
    ax: Axes,
    *,
    counts: Array,
    shares: Array,
    margins: tuple[Array, Array],
    names: Sequence[str],
    numbers: bool,
) -> tuple[Any, list[Any]]:
    """Draw a confusion matrix.

    Parameters
    ----------
    ax : Axes
        Where.
    counts, shares : array of shape (k, k)
        What is written in the cells; the shares color them.
    margins : (array, array), of shape (k,)
        Recall, which stands to the right, and precision, below.
    names : sequence of str, of length k
        As they can be drawn.
    numbers : bool
        Whether cells have numbers; if not, colors alone tell, with a scale beside them.

    Returns
    -------
    image : AxesImage
        The colors.
    texts : list of Text
        The numbers; none in a heat map.
    """
    k = len(names)
    colors = mpl.colormaps[SEQUENTIAL].with_extremes(bad=_EMPTY)
    image = ax.imshow(shares, cmap=colors, norm=_SCALE, aspect="auto", interpolation="none")
    room = _room(ax, k, names)
    texts = []
    # From here to there, in cells, stand the margins.
    edge = (k - 0.3, k + 0.7) if numbers else (k - 0.5 + 0.012 * k, k - 0.5 + 0.045 * k)
    if numbers:
        texts = _write(ax, counts, shares, colors, narrow=room[0] < 6.5 * _LETTER)
        texts += _write_margins(ax, margins, beyond=sum(edge) / 2)
    else:
        _color_margins(ax, margins, colors, edge)
        bar = figure_of(ax).colorbar(image, ax=ax, fraction=0.05, pad=0.02)
        bar.set_ticks([0, 0.01, 0.1, 0.5, 1], labels=["0%", "1%", "10%", "50%", "100%"])
        bar.outline.set_visible(False)
    _name(ax, names, room, beyond=sum(edge) / 2, numbers=numbers)
    ax.set(xlim=(-0.5, edge[1]), ylim=(edge[1], -0.5))
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image, texts


def has_room(ax: Axes, names: Sequence[str]) -> bool:
    """Return whether the cells of so many classes have room for their numbers.

    Parameters
    ----------
    ax : Axes
        Where.
    names : sequence of str, of length k
        As they can be drawn.
    """
    wide, high = _room(ax, len(names), names)
    return wide >= _LEAST[0] and high >= _LEAST[1]


def _room(ax: Axes, k: int, names: Sequence[str]) -> tuple[float, float]:
    """Return about how many inches a cell will have each way."""
    width, height = inches(ax)
    longest = max(map(len, names)) * _LETTER
    # What matplotlib sets aside at first is enough for some 5 letters, and for two lines above.
    above = 0.19 * max(0.0, 90 * _LETTER / width - 1)
    below = 0.0 if longest < width / (k + 1) else 0.7 * longest
    wide, high = width - max(0.0, longest - 0.5), height - above - below
    return wide / (k + 1.2), high / (k + 1.2)


def _write(ax: Axes, counts: Array, shares: Array, colors: Any, *, narrow: bool) -> list[Any]:
    texts = []
    for (row, column), count in np.ndenumerate(counts):
        part = shares[row, column]
        known = part == part
        color = readable_on(colors(_SCALE(part)) if known else _EMPTY)
        said = _short(count) if narrow else amount(count)
        label = f"{said}\n{share(float(part))}" if known and count else said
        weight = "bold" if row == column else "normal"
        texts.append(_text(ax, column, row, label, color=color, weight=weight))
    return texts


def _short(count: float) -> str:
    """Write a count in four signs or so."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= 10 * size or (count >= size and size > 1e3):
            return f"{count / size:.3g}{letter}"
    return amount(count)


def _write_margins(ax: Axes, margins: tuple[Array, Array], *, beyond: float) -> list[Any]:
    recall = [_text(ax, beyond, i, share(part), color=INK) for i, part in enumerate(margins[0])]
    return recall + [
        _text(ax, i, beyond, share(part), color=INK) for i, part in enumerate(margins[1])
    ]


def _text(ax: Axes, x: float, y: float, label: str, **how: Any) -> Any:
    return ax.text(x, y, label, ha="center", va="center", linespacing=1.1, **how)


def _color_margins(
    ax: Axes, margins: tuple[Array, Array], colors: Any, edge: tuple[float, float]
) -> None:
    k = len(margins[0])
    for strip, extent in (
        (margins[0][:, None], (*edge, k - 0.5, -0.5)),
        (margins[1][None], (-0.5, k - 0.5, *edge[::-1])),
    ):
        ax.imshow(
            strip,
            cmap=colors,
            norm=_SCALE,
            aspect="auto",
            interpolation="none",
            extent=extent,
        )


def _name(
    ax: Axes,
    names: Sequence[str],
    room: tuple[float, float],
    *,
    beyond: float,
    numbers: bool,
) -> None:
    k = len(names)
    # Where a cell is lower than a line, or narrower, every second or third class is named.
    rows, columns = (range(0, k, max(1, int(np.ceil(_LINE / max(r, 1e-3))))) for r in room[::-1])
    level = max(map(len, names)) * _LETTER + 0.07 < room[0] * columns.step
    turned: dict[str, Any] = {}
    if not level and room[0] < 0.36:
        turned = {"rotation": 90}
    elif not level:
        turned = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks([*columns, beyond], labels=[*(names[i] for i in columns), "recall"], **turned)
    ax.set_yticks([*rows, beyond], labels=[*(names[i] for i in rows), "precision"])
    last = ax.get_xticklabels()[-1]
    last.set(rotation=0 if numbers else 90, ha="center", rotation_mode="default")
    if not numbers and rows[-1] > k - 1.5 * rows.step:
        ax.get_yticklabels()[-1].set(va="top")
