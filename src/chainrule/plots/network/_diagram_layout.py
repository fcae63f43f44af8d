"""Where the nodes of a network stand on a sheet, in points from its lower left corner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array

__all__ = ["GAP", "LINE", "Layout", "Needs", "Shown", "fold", "lay_out", "width_of", "wrapped"]

# Of letters of 10 points.
LINE = 13.0
_SIZE = 10.0
# A figure of 6.4 inches, in which letters of 10 points stay readable at half its size.
_NARROW = 450.0
# The nodes of a column stand no farther apart than this, and fill so much where they are few.
_LOOSE, _FILLED = 84.0, 300.0
# Of a column's nodes, how much farther apart they stand than those of the longest column.
_APART = 1.8
GAP = 6.0


@dataclass(frozen=True, eq=False)
class Shown:
    """The nodes of a layer that are drawn.

    Attributes
    ----------
    places : array of int
        Which ones, in order.
    rest : int
        How many are not.
    """

    places: NDArray[np.int64]
    rest: int

    @property
    def rows(self) -> int:
        """How many lines of a column they take, the one that counts the rest with them."""
        return len(self.places) + (self.rest > 0)


@dataclass(frozen=True)
class Needs:
    """What has to find room beside the nodes, in points.

    Attributes
    ----------
    half_width, half_height : float
        Of a node.
    left, right : float
        The widest name of an input and of an output.
    captions : float
        The widest caption of a layer.
    edge : float
        From a node to those of the next column, for edges to be told apart.
    below : float
        The height of all that stands under the nodes.
    """

    half_width: float
    half_height: float
    left: float
    right: float
    captions: float
    edge: float
    below: float = 0.0

    @property
    def tight(self) -> float:
        """How close to each other the nodes of a column may stand."""
        return 2 * self.half_height + GAP

    @property
    def sides(self) -> tuple[float, float]:
        """From the edges of the sheet to the first and to the last column."""
        # The captions of the outermost columns need room too.
        least, beside = self.captions / 2, self.half_width + 2 * GAP
        return max(self.left + beside, least), max(self.right + beside, least)

    def stride(self, width: float, steps: int) -> float:
        """Return how far a layer is from the next on a sheet of this width."""
        return (width - sum(self.sides)) / steps


@dataclass(frozen=True, eq=False)
class Layout:
    """Where everything stands.

    Attributes
    ----------
    width, height : float
        Of the sheet.
    columns : array of shape (layers,)
        x of each layer, the inputs first.
    rows : tuple of array
        y of the drawn nodes of each layer.
    rests : tuple of float
        y of what counts the others.
    pitch : float
        From one node to the next of the longest column.
    needs : Needs
        What it was made for.
    """

    width: float
    height: float
    columns: Array
    rows: tuple[Array, ...]
    rests: tuple[float, ...]
    pitch: float
    needs: Needs

    @property
    def stride(self) -> float:
        """From one layer to the next."""
        return float(self.columns[1] - self.columns[0])


def fold(importance: Sequence[Array], most: int, keep: Sequence[int] = ()) -> tuple[Shown, ...]:
    """Choose the most important nodes of each layer.

    Parameters
    ----------
    importance : sequence of array
        A number for each node of each layer.
    most : int
        So many at most.
    keep : sequence of int
        Outputs that are drawn in any case.

    Returns
    -------
    tuple of Shown

    Examples
    --------
    >>> [(shown.places.tolist(), shown.rest) for shown in fold([np.array([1.0, 3.0, 2.0])], 2)]
    [([1, 2], 1)]
    """
    chosen = []
    for i, sizes in enumerate(importance):
        ranked = np.array(sizes, np.float64)
        if i == len(importance) - 1:
            ranked[list(keep)] = np.inf
        places = np.sort(np.argsort(-ranked, kind="stable")[:most])
        chosen.append(Shown(places, len(ranked) - len(places)))
    return tuple(chosen)


def lay_out(
    shown: Sequence[Shown], needs: Needs, room: tuple[float, float] | None = None
) -> Layout:
    """Place the nodes of every layer in a column of its own.

    Parameters
    ----------
    shown : sequence of Shown
        Of each layer, the inputs first.
    needs : Needs
        What has to find room.
    room : (float, float), optional
        Width and height that there are; by default what is needed.

    Returns
    -------
    Layout
    """
    most = max(layer.rows for layer in shown)
    steps = len(shown) - 1
    left, right = needs.sides
    if room is None:
        pitch = float(np.clip(_FILLED / most, needs.tight, _LOOSE))
        stride = max(needs.captions + 2 * GAP, 2 * needs.half_width + needs.edge)
        width = max(_NARROW, left + right + steps * stride)
        height = needs.below + most * pitch
    else:
        width, height = room
        pitch = min((height - needs.below) / most, _LOOSE)
    columns = np.linspace(left, width - right, steps + 1)
    middle = needs.below + (height - needs.below) / 2
    rows, rests = [], []
    for layer in shown:
        # Few nodes beside many stand a little farther apart.
        apart = min(_APART * pitch, (height - needs.below) / layer.rows)
        y = middle + apart * ((layer.rows - 1) / 2 - np.arange(layer.rows))
        rows.append(y[: len(layer.places)])
        rests.append(float(y[-1]))
    return Layout(width, height, columns, tuple(rows), tuple(rests), pitch, needs)


@lru_cache(maxsize=4096)
def width_of(text: str, size: float = _SIZE, *, bold: bool = False) -> float:
    """Return how wide a line of text is, in points."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def wrapped(text: str, width: float, size: float = _SIZE, *, bold: bool = False) -> str:
    """Break a text into lines of at most this width, in points."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size, bold=bold) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)
