"""What is written around the nodes of a network, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes

from chainrule.explanation._curves import name_of
from chainrule.explanation._notation import Symbol, text_number
from chainrule.mathematics.arrays import Array
from chainrule.plots._diagram_layout import LINE, Layout, Needs, Shown, lay_out, width_of, wrapped
from chainrule.plots._network import layer_names
from chainrule.plots._style import named

__all__ = ["Diagram", "Sheet", "most_in", "room_of", "write"]

# The radius of a node with its number, the half height of one with its symbol and value.
_RADIUS, _HALF_BOX = 11.0, 15.0
# Of a layer so many nodes are drawn by default, without and with values.
_MOST, _MOST_VALUES = 12, 8
# The narrowest sheet, and what lies between a layer and the next where there are few or many.
_NARROW, _EDGE, _SHORT_EDGE, _MANY = 450.0, 62.0, 40.0, 5
# The scale of the fill, with the words at its ends.
SCALE_HEIGHT = 34.0
# About the width of a letter; and the part of given axes that names may take on one side.
_LETTER, _SIDE = 6.2, 0.28


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
    """

    layout: Layout
    title: str
    note: str
    captions: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    @property
    def size(self) -> tuple[float, float]:
        """Of a figure of its own, in inches."""
        lines = self.title.count("\n") + 1
        layout = self.layout
        return layout.width / 72 + 0.1, (layout.height + 18.0 * lines) / 72 + 0.15


def room_of(ax: Axes | None) -> tuple[float, float] | None:
    """Return the size of axes that were given, in points."""
    if ax is None:
        return None
    extent = ax.get_window_extent()
    dpi: float = ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    return extent.width * 72 / dpi, extent.height * 72 / dpi


def most_in(diagram: Diagram, room: tuple[float, float] | None, most: int | None) -> int:
    """Return how many nodes of a layer are drawn: no more than there is room for."""
    most = most or (_MOST if diagram.values is None else _MOST_VALUES)
    if room is None:
        return most
    needs = Needs(0.0, _half_height(diagram), 0.0, 0.0, 0.0, _below(diagram, "\n\n"))
    fitting = int((room[1] - needs.below) / needs.tight)
    # One line counts the rest.
    return most if max(diagram.sizes) <= min(most, fitting) else max(1, min(most, fitting - 1))


def write(
    diagram: Diagram, shown: tuple[Shown, ...], room: tuple[float, float] | None
) -> Sheet:
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
    """
    width = _NARROW if room is None else room[0]
    letters = 28 if room is None else max(4, int(_SIDE * width / _LETTER))
    inputs = tuple(_input(diagram, i, letters) for i in shown[0].places)
    outputs = tuple(named(diagram.outputs[i], most=letters) for i in shown[-1].places)
    cells = tuple(_cells(diagram, layer, chosen) for layer, chosen in enumerate(shown))
    captions = _captions(diagram)
    note = wrapped(_note(diagram, shown), width)
    needs = Needs(
        half_width=max(_half_width(diagram, cells), _HALF_BOX if diagram.values else _RADIUS),
        half_height=_half_height(diagram),
        left=_widest(inputs),
        right=_widest(outputs, bold=diagram.values is not None),
        captions=_widest([line for text in captions for line in text.split("\n")]),
        below=_below(diagram, note),
        edge=_EDGE if len(shown) <= _MANY else _SHORT_EDGE,
    )
    layout = lay_out(shown, needs, room)
    title = wrapped(diagram.title, layout.width, 12.0, bold=True)
    captions = _fitting(captions, diagram, layout.stride)
    return Sheet(layout, title, note, captions, inputs, outputs, cells)


def _half_height(diagram: Diagram) -> float:
    return _RADIUS if diagram.values is None else _HALF_BOX


def _half_width(diagram: Diagram, cells: tuple[tuple[str, ...], ...]) -> float:
    lines = [line for column in cells for text in column for line in text.split("\n")]
    return _widest(lines) / 2 + (3.0 if diagram.values is None else 5.0)


def _below(diagram: Diagram, note: str) -> float:
    """Return the height of captions, note, legend and scale."""
    scale = 0.0 if diagram.values is None else SCALE_HEIGHT
    return 3 * LINE + (note.count("\n") + 1) * LINE + 2 * (LINE + 4) + scale + 3 * 8.0


def _widest(lines: Any, *, bold: bool = False) -> float:
    return max((width_of(line, bold=bold) for line in lines), default=0.0)


# ---------------------------------------------------------------------- words


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
    if _widest([line for text in captions for line in text.split("\n")]) + 4 <= stride:
        return captions
    sizes = [str(size) for size in diagram.sizes]
    every = int(np.ceil((_widest(sizes) + 4) / stride))
    return tuple(size if i % every == 0 else "" for i, size in enumerate(sizes))


def _note(diagram: Diagram, shown: tuple[Shown, ...]) -> str:
    """Say what widths mean, and by what the nodes were chosen."""
    folded = any(layer.rest for layer in shown)
    if diagram.values is None:
        said = "A line is as wide as its weight is large."
        by = "the nodes with the longest weights, into times out of them"
    else:
        said = "A line is as wide as its contribution w·h to the next node's z = Σ w·h + b."
        by = "the nodes with the largest value times length of the weights out of them"
    return f"{said} Of wide layers {by}, are drawn." if folded else said
