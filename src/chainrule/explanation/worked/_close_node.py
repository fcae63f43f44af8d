"""One node, told: what goes in, what it puts out, where that goes, and how the error changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from chainrule.explanation.worked._arithmetic import Ref
from chainrule.explanation.worked._chain import bias_line, gradient_line
from chainrule.explanation.worked._close_weight import term_of, widened
from chainrule.explanation.worked._curves import name_of
from chainrule.explanation.worked._deltas import error_by_h, hidden_deltas, output_delta
from chainrule.explanation.worked._document import Block, Cell, Formula, Paragraph, Table
from chainrule.explanation.worked._forward import exponentials, h_line, z_line
from chainrule.explanation.worked._named import Named
from chainrule.explanation.worked._selection import largest
from chainrule.mathematics import ACTIVATIONS, LOSSES

__all__ = ["tell_input", "tell_one_node"]

# A sum of so many terms is written out whole; of more, so many, and all stand in a table.
_WHOLE, _LARGEST = 16, 6
# So do the slopes of all weights of a node that has more than this; so many are told as lines.
_SLOPES, _TOLD = 6, 3


def tell_one_node(
    named: Named, layer: int, node: int, inputs: Sequence[str] | None
) -> Iterator[Block]:
    """Tell a node of a hidden layer or of the output, for one row.

    Parameters
    ----------
    named : Named
        The numbers.
    layer, node : int
        Both from 0.
    inputs : sequence of str, optional
        What the inputs are called.

    Yields
    ------
    Block
    """
    parts = named.calculation.trace.inputs(layer)[0] * named.views[layer][0][:, node]
    terms = largest(np.abs(parts), _LARGEST, whole=_WHOLE)
    named = widened(named, layer, node, terms=terms)
    yield from _tell_sum(named, layer, node, inputs if layer == 0 else None)
    yield from _tell_output(named, layer, node)
    if not named.is_output(layer):
        yield from _tell_onward(named, layer, node)
    if named.calculation.update is None:
        return
    yield from _tell_delta(named, layer, node)
    yield from _tell_slopes(named, layer, node)


def _tell_sum(named: Named, layer: int, node: int, names: Sequence[str] | None) -> Iterator[Block]:
    yield Paragraph("What goes in: every input times its weight, and the bias.")
    yield z_line(named, layer, node, 0)
    count = len(named.views[layer][0])
    shown = named.chosen.terms[layer, node]
    if count > _SLOPES:
        yield Paragraph(f"All {count} of them:")
        yield _all_terms(named, layer, node, names)
    elif names is not None:
        yield Paragraph(_called(named, names, shown))


def _called(named: Named, inputs: Sequence[str], shown: Sequence[int]) -> str:
    said = "; ".join(f"{named.input(0, i, 0).symbol} is {inputs[i]}" for i in shown)
    return f"{said}."


def _all_terms(named: Named, layer: int, node: int, names: Sequence[str] | None) -> Table:
    """List every term of a node's sum, and where there is an error how it changes with each."""
    learns = named.calculation.update is not None
    rows: list[tuple[Cell, ...]] = []
    refs: list[Ref] = []
    for i in range(len(named.views[layer][0])):
        source, weight = named.input(layer, i, 0), named.weight(layer, i, node)
        refs += [source, weight]
        row: list[Cell] = [source.symbol]
        if names is not None:
            row.append(names[i])
        row += [source.number, weight.number, term_of(source, weight)]
        if learns:
            refs.append(gradient_line(named, layer, i, node).ref)
            row.append(refs[-1].number)
        rows.append(tuple(row))
    header = ["from", *(["is"] if names is not None else []), "value", "its weight", "product"]
    header += ["∂E/∂W"] if learns else []
    return Table(tuple(header), tuple(rows), refs=tuple(refs))


def _tell_output(named: Named, layer: int, node: int) -> Iterator[Block]:
    activation = named.calculation.network.layers[layer].activation
    yield Paragraph(f"What it puts out: its activation, {name_of(activation)}, of that sum.")
    yield Formula("", ACTIVATIONS[activation].formula, name_of(activation))
    if activation == "softmax":
        yield exponentials(_beside_others(named, layer, node), layer, 0)
    yield h_line(named, layer, node, 0)


def _beside_others(named: Named, layer: int, node: int) -> Named:
    """Return the same with those nodes of the layer chosen that a softmax makes most of."""
    others = set(largest(named.calculation.trace.h[layer][0], _LARGEST, whole=_WHOLE))
    chosen, place = named.chosen, layer + 1
    nodes = (*chosen.nodes[:place], tuple(sorted({node, *others})), *chosen.nodes[place + 1 :])
    return replace(named, chosen=replace(chosen, nodes=nodes))


def _tell_onward(named: Named, layer: int, node: int) -> Iterator[Block]:
    """List what a node, or an input, adds to every node that it leads to."""
    above = layer + 1
    out = named.input(above, node, 0)
    refs, rows = [out], []
    for k in range(named.calculation.network.layers[above].outputs):
        weight, z = named.weight(above, node, k), named.z(above, k, 0)
        refs += [weight, z]
        rows.append((z.symbol, weight.symbol, weight.number, term_of(out, weight)))
    yield Paragraph("Where that goes: into every sum of the next layer.")
    header = ("into", "by the weight", "which is", "product")
    yield Table(header, tuple(rows), refs=tuple(refs))


def _tell_delta(named: Named, layer: int, node: int) -> Iterator[Block]:
    yield Paragraph("How the error changes with its sum, δ = ∂E/∂z:")
    network = named.calculation.network
    if named.is_output(layer):
        yield Formula("", LOSSES[network.loss].gradient_formula, "both factors together")
        yield from output_delta(named, node, 0)
        return
    activation = network.layers[layer].activation
    formula = ACTIVATIONS[activation].derivative_formula
    yield Formula("", formula, f"slope of the {name_of(activation)}")
    yield from hidden_deltas(named, layer, (node,), 0)


def _tell_slopes(named: Named, layer: int, node: int) -> Iterator[Block]:
    yield Paragraph("and so with what leads into it:")
    lines = [gradient_line(named, layer, i, node) for i in named.chosen.terms[layer, node]]
    sizes = np.abs([line.number for line in lines])
    for i in largest(sizes, _TOLD, whole=_SLOPES):
        yield lines[i]
    yield bias_line(named, layer, node)


def tell_input(named: Named, node: int, name: str, source: str) -> Iterator[Block]:
    """Tell an input: what it is and where it comes from, where it goes, and ∂E by it.

    Parameters
    ----------
    named : Named
        The numbers of one row.
    node : int
        Which input, from 0.
    name, source : str
        What it is called, and a sentence on where it comes from; empty where that is not known.
    """
    named = widened(named, -1, node)
    x = named.input(0, node, 0)
    if name:
        yield Table(("input", "is", "value"), ((x.symbol, name, x.number),), refs=(x,))
    else:
        yield Table(("input", "value"), ((x.symbol, x.number),), refs=(x,))
    if source:
        yield Paragraph(source)
    yield from _tell_onward(named, -1, node)
    if named.calculation.update is None:
        return
    yield Paragraph("How the error would change with it:")
    yield error_by_h(named, -1, node, 0)
