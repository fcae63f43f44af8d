"""A network close up: one point's six steps part by part, and any node, weight or bias of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation._numbers import cut
from chainrule.explanation.worked._arithmetic import Line, Ref, refs
from chainrule.explanation.worked._calculation import calculate
from chainrule.explanation.worked._close_node import tell_input, tell_one_node
from chainrule.explanation.worked._close_weight import tell_one_weight
from chainrule.explanation.worked._curves import name_of
from chainrule.explanation.worked._cutting import divide
from chainrule.explanation.worked._document import Block, Table
from chainrule.explanation.worked._named import Named
from chainrule.explanation.worked._notation import Symbol
from chainrule.explanation.worked._page import blocks_html, part_html
from chainrule.explanation.worked._places import Place, places_of
from chainrule.explanation.worked._quantities import Quantity, quantities_of
from chainrule.explanation.worked._selection import select
from chainrule.explanation.worked._subject import Subject, open_subject
from chainrule.explanation.worked._telling import tell, through
from chainrule.explanation.worked._text import blocks_text
from chainrule.mathematics.arrays import Array

__all__ = ["CloseUp", "Part", "Place"]

# Letters of a name in a title.
_NAME = 60


@dataclass(frozen=True, eq=False)
class Part:
    """Some lines that are told together.

    Attributes
    ----------
    blocks : tuple of Block
        Sentences, rules, tables and lines.
    places : tuple of Place
        The nodes, weights and biases that they speak of.
    digits : int
        Significant digits in what is written.
    """

    blocks: tuple[Block, ...]
    places: tuple[Place, ...]
    digits: int

    @property
    def numbers(self) -> dict[str, float]:
        """Every number by its symbol, in double precision: what is told, then what it is made of.

        Those of lines and tables come first, then what else stands in the formulas of lines.
        """
        lines = [block for block in self.blocks if isinstance(block, Line)]
        own = (ref for block in self.blocks for ref in _told_by(block))
        used = (ref for line in lines for ref in refs(line.formula))
        return {str(ref.symbol): ref.number for ref in (*own, *used)}

    def to_html(self) -> str:
        """Write it as a part of a page that has the style sheet, formulas in MathML."""
        return part_html(blocks_html(self.blocks, self.digits), styled=False)

    def __str__(self) -> str:
        """Write it as text."""
        return "\n".join(blocks_text(self.blocks, digits=self.digits))


class CloseUp:
    """One point in a network: its six steps part by part, and any node, weight or bias.

    What it tells are the lines and numbers of :func:`chainrule.explain`, but of any place that is
    asked for, also where ``explain`` tells only of the largest.

    Parameters
    ----------
    model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
        A network of chainrule with weights.
    x : array of shape (d,), or table of one row
        The point, as the model takes it.
    y : object, optional
        Its answer; without it only the feedforward is told.
    called : str
        What the point is called, such as ``Row 17``.
    inputs : sequence of str, optional
        What the network's inputs are called, where the model does not know.
    sources : sequence of str, optional
        For each input a sentence on where it comes from.
    scaling : transformer, optional
        What has been done to the answers before the network was given them, where the model does
        not know; numbers are then told in the target's own units too.
    cells : mapping of str to object, optional
        The point as it was before it was made into inputs.
    learning_rate : float, optional
        Of the step that is told; by default that of the next step of the model's training.
    digits : int
        Significant digits in what is written, 2 to 17.

    Raises
    ------
    InputError
        As :func:`chainrule.explain`; or there are not as many names as inputs.
    sklearn.exceptions.NotFittedError
        The network has no weights yet.

    Examples
    --------
    >>> from chainrule import LogisticRegression
    >>> model = LogisticRegression(solver="gd", alpha=0.0).initialize([[1.0], [2.0]], [0, 1])
    >>> close = CloseUp(model, [3.0], 1, called="A point", inputs=["height"])
    >>> close.weight(1, 0, 0).numbers["∂E/∂W¹₁,₁"]
    -1.5
    """

    def __init__(
        self,
        model: Any,
        x: Any,
        y: Any = None,
        *,
        called: str = "The point",
        inputs: Sequence[str] | None = None,
        sources: Sequence[str] = (),
        scaling: Any = None,
        cells: Mapping[str, Any] | None = None,
        learning_rate: float | None = None,
        digits: int = 6,
    ) -> None:
        subject = open_subject(model, x, y)
        self._subject = _with_names(subject, inputs, scaling, cells)
        self._called, self._digits, self._sources = called, digits, tuple(sources)
        self._calculation = calculate(replace(subject.problem, learning_rate=learning_rate))
        self._network = self._calculation.network
        chosen = select(self._calculation, full=False)
        self._named = Named(self._calculation, chosen, self._subject.rows)

    @property
    def title(self) -> str:
        """What it is about."""
        return through(self._called, self._network)

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Every number by the name of what it is part of, as ``explain`` has them."""
        return quantities_of(self._calculation)

    @cached_property
    def steps(self) -> tuple[tuple[str, tuple[Part, ...]], ...]:
        """The six steps of learning, without an answer the first: each a title and its parts."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return tuple(
                (step.title, tuple(map(self._part, divide(step.blocks))))
                for step in tell(self._subject, self._named)
            )

    # ------------------------------------------------------------------ one place

    def node(self, layer: int, node: int) -> Part:
        """Tell a node: its sum, what it puts out and where that goes, and how the error changes.

        Parameters
        ----------
        layer : int
            0 for inputs, 1 for the first layer of weights.
        node : int
            Counted from 0.

        Returns
        -------
        Part

        Raises
        ------
        InputError
            There is no such node.
        """
        self._check_node(layer, node)
        if layer == 0:
            return self._part(self._tell_input(node))
        return self._part(tell_one_node(self._named, layer - 1, node, self._subject.inputs))

    def _tell_input(self, node: int) -> Iterator[Block]:
        names, sources = self._subject.inputs, self._sources
        name, source = names[node] if names else "", sources[node] if sources else ""
        return tell_input(self._named, node, name, source)

    def weight(self, layer: int, source: int | None, node: int) -> Part:
        """Tell a weight or bias: what it does, its whole chain on one line, and its update.

        Parameters
        ----------
        layer : int
            Which layer's, from 1.
        source : int or None
            The node of the layer before, or input, that it comes from; None for the bias.
        node : int
            The node that it leads to.

        Returns
        -------
        Part

        Raises
        ------
        InputError
            There is no such weight.
        """
        self._check_weight(layer, source, node)
        return self._part(tell_one_weight(self._named, layer - 1, source, node))

    def name_of_node(self, layer: int, node: int) -> str:
        """Return what a node is, such as ``node 2 of hidden layer 1, tanh``."""
        where = self._where(layer, node)
        if layer == 0:
            names = self._subject.inputs
            return f"{where}: {cut(names[node], _NAME)}" if names else where
        function = name_of(self._network.layers[layer - 1].activation)
        stands_for = self._subject.outputs[node] if layer == len(self._network.layers) else ""
        return f"{where}, {function}{f': {cut(stands_for, _NAME)}' if stands_for else ''}"

    def name_of_weight(self, layer: int, source: int | None, node: int) -> str:
        """Return what a weight is, such as ``weight W¹₁,₂ from input x₁ to node 2 …``."""
        self._check_weight(layer, source, node)
        to = self._where(layer, node)
        if source is None:
            return f"bias {self._named.bias_symbol(layer - 1, node)} of {to}"
        symbol = self._named.weight_symbol(layer - 1, source, node)
        return f"weight {symbol} from {self._where(layer - 1, source)} to {to}"

    def _where(self, layer: int, node: int) -> str:
        self._check_node(layer, node)
        if layer == 0:
            return f"input {Symbol('x', None, (node + 1,))}"
        if layer == len(self._network.layers):
            return f"output {self._named.h_symbol(layer - 1, node, 0)}"
        return f"node {node + 1} of hidden layer {layer}"

    # ------------------------------------------------------------------ what they share

    def _part(self, told: Iterable[Block]) -> Part:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            blocks = tuple(told)
        return Part(blocks, places_of(blocks, self._network), self._digits)

    def _check_node(self, layer: int, node: int) -> None:
        sizes = self._network.sizes
        if not 0 <= layer < len(sizes):
            raise InputError(
                f"there is no layer {layer}: the network has layers 0 to {len(sizes) - 1}, its "
                "inputs among them"
            )
        if not 0 <= node < sizes[layer]:
            raise InputError(
                f"there is no node {node} in layer {layer}: it has {sizes[layer]}, counted from 0"
            )

    def _check_weight(self, layer: int, source: int | None, node: int) -> None:
        if layer == 0:
            raise InputError("no weight leads to layer 0, that of the inputs")
        self._check_node(layer, node)
        if source is not None:
            self._check_node(layer - 1, source)


def _told_by(block: Block) -> tuple[Ref, ...]:
    if isinstance(block, Table):
        return block.refs
    return (block.ref,) if isinstance(block, Line) else ()


def _with_names(
    subject: Subject, inputs: Sequence[str] | None, scaling: Any, cells: Mapping[str, Any] | None
) -> Subject:
    """Return the subject with what its model does not know of names and units."""
    if inputs is not None:
        count = subject.problem.network.sizes[0]
        if len(inputs) != count:
            raise InputError(f"{len(inputs)} names were given for {count} inputs")
        called = tuple(map(str, inputs))
        symbols = tuple(str(Symbol("x", None, (i + 1,))) for i in range(count))
        subject = replace(subject, inputs=None if called == symbols else called)
    if cells is not None:
        subject = replace(subject, cells=tuple(cells.items()))
    if scaling is None:
        return subject

    def in_units(numbers: Array) -> Array:
        return np.asarray(scaling.inverse_transform(numbers), np.float64)

    answers = subject.answers
    if answers is not None:
        answers = tuple(in_units(np.reshape(answers, (1, -1)).astype(np.float64)).ravel().tolist())
    return replace(subject, answers=answers, in_units=in_units)
