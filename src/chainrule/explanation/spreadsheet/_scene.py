"""What the sheets of a spreadsheet have in common: the names of things, and the first sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.explanation.spreadsheet._cells import Block, Label
from chainrule.explanation.worked._calculation import Calculation
from chainrule.explanation.worked._curves import name_of
from chainrule.explanation.worked._notation import Symbol
from chainrule.explanation.worked._subject import Subject
from chainrule.mathematics.arrays import Array

__all__ = ["Given", "Pass", "Scene", "up"]


@dataclass(frozen=True, eq=False)
class Given:
    """The blocks of the first sheet: what everything else is worked out from.

    Attributes
    ----------
    x : Block
        Inputs × rows.
    layers : list of Block
        Of each layer its weights, and below them its biases.
    y, weights : Block or None
        Outputs × rows, and how much each row counts; None where there are no answers.
    settings : dict of str to Block
        Of the step and the penalties, by their symbols.
    memory : dict of str to list of Block
        What the optimizer remembers, by its letter: for each layer a block like its weights.
    """

    x: Block
    layers: list[Block]
    y: Block | None
    weights: Block | None
    settings: dict[str, Block]
    memory: dict[str, list[Block]]


@dataclass(frozen=True, eq=False)
class Pass:
    """Where the numbers of a feedforward stand.

    Attributes
    ----------
    z, h : list of Block
        Of each layer, nodes × rows.
    top, sum : Block or None
        Of the last layer with softmax: the largest z, and what the softmax divides by.
    """

    z: list[Block]
    h: list[Block]
    top: Block | None
    sum: Block | None


@dataclass(frozen=True, eq=False)
class Scene:
    """A calculation with the names of its rows, inputs and nodes.

    Attributes
    ----------
    subject : Subject
        What it is about.
    calculation : Calculation
        Its numbers.
    """

    subject: Subject
    calculation: Calculation

    @property
    def rows(self) -> list[str]:
        """What the rows are called."""
        return [f"row {row}" for row in self.subject.rows]

    def nodes(self, letter: str, layer: int) -> list[Label]:
        """Name the nodes of a layer, counted from 0."""
        count = self.calculation.network.sizes[layer + 1]
        names: Sequence[str] = [""] * count
        if layer == len(self.calculation.network.layers) - 1:
            names = [self._said(name) for name in self.subject.outputs]
        above = None if letter in ("y", "ŷ", "e") else layer + 1
        # The only node of a layer needs no number.
        places = [()] if count == 1 else [(j + 1,) for j in range(count)]
        return [
            (str(Symbol(letter, above, place)), name)
            for place, name in zip(places, names, strict=True)
        ]

    def _said(self, name: str) -> str:
        """Return what an output stands for; a class that is called 1 is no number."""
        number = name.lstrip("-").replace(".", "", 1).isdecimal()
        return f"class {name}" if number and self.subject.classifies else name

    def inputs(self) -> list[Label]:
        """Name the inputs."""
        count = self.calculation.network.sizes[0]
        names = self.subject.inputs or ("",) * count
        return [(str(Symbol("x", None, (i + 1,))), name) for i, name in enumerate(names)]

    def sources(self, layer: int) -> list[Label]:
        """Name what goes into a layer, and last the constant that its biases belong to."""
        before = self.inputs() if layer == 0 else self.nodes("h", layer - 1)
        return [*before, (f"b{up(layer)}", "bias")]

    def targets(self, layer: int) -> list[str]:
        """Name the nodes of a layer above the columns of its weights."""
        letter = "ŷ" if layer == len(self.calculation.network.layers) - 1 else "h"
        return [f"to {symbol} {name}".rstrip() for symbol, name in self.nodes(letter, layer)]

    def layer_title(self, layer: int) -> str:
        """Say which layer it is, and what it does."""
        own = self.calculation.network.layers[layer]
        last = layer == len(self.calculation.network.layers) - 1
        what = "Output layer" if last else f"Hidden layer {layer + 1}"
        return f"{what}: {own.outputs} × {name_of(own.activation)}"

    def joined(self, vector: Array, layer: int) -> Array:
        """Return a layer's part of a flat vector: weights, inputs × nodes, and below the biases."""
        own = self.calculation.network.layers[layer]
        both = vector[own.weights.start : own.bias.stop]
        return both.reshape(own.inputs + 1, own.outputs)


def up(layer: int) -> str:
    """Return the number of a layer, as it stands above a symbol."""
    return str(Symbol("", layer + 1))
