"""What is written around the nodes of a network, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation.worked._curves import name_of
from chainrule.explanation.worked._notation import Symbol, text_number
from chainrule.mathematics.arrays import Array
from chainrule.plots._style import named
from chainrule.plots.network._diagram_layout import (
    GAP,
    LINE,
    Layout,
    Needs,
    Shown,
    lay_out,
    width_of,
    wrapped,
)
from chainrule.plots.network._opened import layer_names

__all__ = ["MOST_EDGES", "SCALE_HEIGHT", "Diagram", "Sheet", "most_in", "write"]

# Between two layers so many lines are drawn at most: more are one dark surface, slowly.
MOST_EDGES = 2000
# The radius of a node with its number, the half height of one with its symbol and value.
_RADIUS, _HALF_BOX = 11.0, 15.0
# Of a layer so many nodes are drawn by default, without and with values.
_MOST, _MOST_VALUES = 12, 10
# The narrowest sheet, and what lies between a layer and the next where there are few or many.
_NARROW, _EDGE, _SHORT_EDGE, _MANY = 450.0, 62.0, 40.0, 5
# On narrower or lower axes only the widest lines are explained.
_LEGEND, _TALL = 440.0, 300.0
# A node and the line that counts the rest; a gap between layers in which edges can be seen.
_FEWEST, _CLOSEST = 2, 10.0
# The scale of the fill, with the words at its ends.
SCALE_HEIGHT = 34.0
# About the width of a letter; how many a name may have at most and at least.
_LETTER, _LETTERS, _SHORTEST = 6.6, 28, 4


class Diagram(Protocol):
    """What of a diagram is drawn."""

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    activations: tuple[str, ...]
    inputs: tuple[str, ...] | None
    outputs: tuple[str, ...]
    values: tuple[Array, ...] | None
    answer_places: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Nodes of each layer."""

    @property
    def carried(self) -> tuple[Array, ...]:
        """What the edges show."""

    @property
    def title(self) -> str:
        """What stands above it."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """The words of a diagram and where everything stands.

    Attributes
    ----------
    layout : Layout
        Of the nodes.
    title, note : str
        Above and below, broken into lines.
    captions : tuple of str
        Of each layer.
    inputs, outputs : tuple of str
        Names of the ends that are drawn.
    cells : tuple of tuple of str
        What stands in each drawn node.
    compact : bool
        Whether there is room for little else.
    """

    layout: Layout
    title: str
    note: str
    captions: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    compact: bool

    @property
    def size(self) -> tuple[float, float]:
        """Of a figure of its own, in inches."""
        lines = self.title.count("\n") + 1
        layout = self.layout
        return layout.width / 72 + 0.1, (layout.height + 18.0 * lines) / 72 + 0.15


def most_in(diagram: Diagram, room: tuple[float, float] | None, most: int | None) -> int:
    """Return how many nodes of a layer are drawn: no more than there is room for.

    Parameters
    ----------
    diagram : Diagram
        What is drawn.
    room : (float, float) or None
        Of given axes, in points.
    most : int or None
        What was asked for.

    Returns
    -------
    int

    Raises
    ------
    InputError
        There is not room for one.
    """
    most = most or (_MOST if diagram.values is None else _MOST_VALUES)
    if room is None:
        return most
    height = 2 * _half_height(diagram) + GAP
    compact = _is_compact(room)
    below = _below(diagram, ("\n\n",), "" if compact else "\n\n", compact=compact)
    fitting = int((room[1] - below) / height)
    # One line counts the rest.
    fits = max(diagram.sizes) <= min(most, fitting)
    if not fits and fitting < _FEWEST:
        raise _too_small(diagram, room, below + _FEWEST * height, "height")
    return most if fits else min(most, fitting - 1)


def _too_small(diagram: Diagram, room: tuple[float, float], wanted: float, side: str) -> InputError:
    return InputError(
        f"these axes of {room[0] / 72:.1f} × {room[1] / 72:.1f} inches are too small for a network "
        f"of {len(diagram.sizes)} layers, which takes a {side} of {wanted / 72 + 0.1:.1f}: draw "
        "it larger, or without ax= on a figure of its own"
    )


def _is_compact(room: tuple[float, float] | None) -> bool:
    return room is not None and (room[0] < _LEGEND or room[1] < _TALL)


def write(diagram: Diagram, shown: tuple[Shown, ...], room: tuple[float, float] | None) -> Sheet:
    """Write all words and find room for them.

    Parameters
    ----------
    diagram : Diagram
        What is drawn.
    shown : tuple of Shown
        Which nodes of it.
    room : (float, float) or None
        Of given axes, in points.

    Returns
    -------
    Sheet

    Raises
    ------
    InputError
        There is not enough.
    """
    cells = tuple(_cells(diagram, layer, chosen) for layer, chosen in enumerate(shown))
    half, compact = _half_width(diagram, cells), _is_compact(room)
    inputs, outputs = _names(diagram, shown, half, room)
    captions, note = _captions(diagram), "" if compact else _note(diagram, shown)
    note = wrapped(note, _NARROW if room is None else room[0])
    needs = Needs(
        half_width=half,
        half_height=_half_height(diagram),
        left=_widest(inputs),
        right=_widest(outputs, bold=diagram.values is not None),
        captions=_widest(_lines(captions)),
        edge=_EDGE if len(shown) <= _MANY else _SHORT_EDGE,
    )
    if room is not None:
        captions = _fitting(captions, diagram, needs.stride(room[0], len(shown) - 1))
        needs = replace(needs, captions=_widest(_lines(captions)))
    needs = replace(needs, below=_below(diagram, captions, note, compact=compact))
    layout = lay_out(shown, needs, room)
    title = wrapped(diagram.title, layout.width, 12.0, bold=True)
    return Sheet(layout, title, note, captions, inputs, outputs, cells, compact)


def _names(
    diagram: Diagram, shown: tuple[Shown, ...], half: float, room: tuple[float, float] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the ends as long as there is room for it between nodes of this half width."""
    inputs, outputs = _ends(diagram, shown, _LETTERS)
    if room is None:
        return inputs, outputs
    nodes = (len(shown) - 1) * (2 * half + _CLOSEST) + 2 * (half + 2 * GAP)
    if _widest(inputs) + _widest(outputs, bold=True) <= room[0] - nodes:
        return inputs, outputs
    letters = int((room[0] - nodes) / 2 / _LETTER)
    if letters < _SHORTEST:
        raise _too_small(diagram, room, nodes + 2 * _SHORTEST * _LETTER, "width")
    return _ends(diagram, shown, letters)


def _half_height(diagram: Diagram) -> float:
    return _RADIUS if diagram.values is None else _HALF_BOX


def _half_width(diagram: Diagram, cells: tuple[tuple[str, ...], ...]) -> float:
    """Return half the width of the widest node, which without values are round."""
    widest = _widest([line for column in cells for line in _lines(column)]) / 2
    return max(widest + 3.0, _RADIUS) if diagram.values is None else max(widest + 5.0, _HALF_BOX)


def _below(diagram: Diagram, captions: tuple[str, ...], note: str, *, compact: bool) -> float:
    """Return the height of captions, note, legend and scale."""
    lines = max(text.count("\n") + 1 for text in captions) + note.count("\n") + bool(note)
    scale = 0.0 if compact or diagram.values is None else SCALE_HEIGHT
    return lines * LINE + LINE + 4 + scale + (2 if compact else 3) * 8.0


def _widest(lines: Any, *, bold: bool = False) -> float:
    return max((width_of(line, bold=bold) for line in lines), default=0.0)


def _lines(texts: tuple[str, ...]) -> list[str]:
    return [line for text in texts for line in text.split("\n")]


# ---------------------------------------------------------------------- words


def _ends(
    diagram: Diagram, shown: tuple[Shown, ...], letters: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the inputs and outputs that are drawn."""
    inputs = tuple(_input(diagram, i, letters) for i in shown[0].places)
    return inputs, tuple(named(diagram.outputs[i], most=letters) for i in shown[-1].places)


def _input(diagram: Diagram, place: int, letters: int) -> str:
    if diagram.inputs is None:
        # In a node with a value its symbol stands already.
        return str(Symbol("x", None, (place + 1,))) if diagram.values is None else ""
    return named(diagram.inputs[place], most=letters)


def _cells(diagram: Diagram, layer: int, shown: Shown) -> tuple[str, ...]:
    """Write what stands in each node: of hidden ones their number, or symbol and value."""
    last = len(diagram.sizes) - 1
    places = shown.places.tolist()
    if diagram.values is None:
        return tuple("" if layer in (0, last) else str(i + 1) for i in places)
    letter, above = ("x", None) if layer == 0 else ("ŷ", None) if layer == last else ("h", layer)
    alone = layer > 0 and diagram.sizes[layer] == 1
    numbers = diagram.values[layer]
    return tuple(
        f"{Symbol(letter, above, () if alone else (i + 1,))}\n{text_number(numbers[i] + 0.0, 4)}"
        for i in places
    )


def _captions(diagram: Diagram) -> tuple[str, ...]:
    """Write what stands under each layer: its name, size and activation."""
    names = ("input" if diagram.sizes[0] == 1 else "inputs", *layer_names(len(diagram.weights)))
    functions = ("", *(name_of(function) for function in diagram.activations))
    counts = (f"{n} node{'s' if n > 1 else ''}" for n in diagram.sizes)
    return tuple("\n".join(lines) for lines in zip(names, counts, functions, strict=True))


def _fitting(captions: tuple[str, ...], diagram: Diagram, stride: float) -> tuple[str, ...]:
    """Shorten captions until they stand beside each other."""
    if _widest(_lines(captions)) + 4 <= stride:
        return captions
    sizes = [str(size) for size in diagram.sizes]
    every = int(np.ceil((_widest(sizes) + 4) / stride))
    return tuple(size if i % every == 0 else "" for i, size in enumerate(sizes))


def _note(diagram: Diagram, shown: tuple[Shown, ...]) -> str:
    """Say what widths mean, and by what the nodes were chosen."""
    folded = any(layer.rest for layer in shown)
    if diagram.values is None:
        said = "A line is as wide as its weight is large."
        by = "those nodes are drawn whose weights, into times out of the node, are longest"
    else:
        said = "A line is as wide as its contribution w·h to the next node's z = Σ w·h + b."
        by = "those nodes are drawn whose value times length of the weights out of it is largest"
    said = f"{said} Of wide layers {by}." if folded else said
    if any(len(a.places) * len(b.places) > MOST_EDGES for a, b in pairwise(shown)):
        said += f" Between two layers the {MOST_EDGES:,} widest lines are drawn."
    return said
