"""One weight or bias, told: what it does, its whole chain on one line, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from chainrule.explanation.worked._arithmetic import Line, Ref
from chainrule.explanation.worked._chain import has_few_paths, whole_chain
from chainrule.explanation.worked._deltas import (
    error_by_h,
    hidden_deltas,
    output_delta,
    slope_of,
)
from chainrule.explanation.worked._document import Block, Cell, Formula, Paragraph, Table
from chainrule.explanation.worked._named import Named, multiplied
from chainrule.explanation.worked._notation import text_number
from chainrule.explanation.worked._selection import Selection, largest
from chainrule.explanation.worked._update import how_it_steps, update_lines
from chainrule.training import OPTIMIZERS

__all__ = ["tell_one_weight", "term_of", "widened"]

# Of the nodes a chain leads through, those of a layer are all shown, or of more so many.
_WHOLE, _NODES = 8, 3


def widened(named: Named, layer: int, node: int, *, terms: Sequence[int] = ()) -> Named:
    """Return the same calculation with another choice: a node, and the ways from it to E.

    Parameters
    ----------
    named : Named
        The numbers of one row.
    layer, node : int
        The node; layer −1 has the inputs.
    terms : sequence of int
        Which terms are to be written out in its sum; by default all, or the largest of many.
    """
    calculation = named.calculation
    network, back = calculation.network, calculation.back
    shown: list[tuple[int, ...]] = [(node,)]
    for above in range(layer + 1, named.layers):
        sizes = np.abs(named.views[above][0][list(shown[-1])]).max(axis=0)
        if back is not None:
            sizes = sizes * np.abs(back.delta[above][0])
        shown.append(largest(sizes, _NODES, whole=_WHOLE))
    before = [tuple(range(size)) for size in network.sizes[: layer + 1]]
    chosen = {(layer, node): tuple(terms)} if terms else {}
    return replace(named, chosen=Selection((0,), (*before, *shown), chosen, full=False))


def tell_one_weight(named: Named, layer: int, source: int | None, node: int) -> Iterator[Block]:
    """Tell a weight, or where there is no source a bias, of a network and one row.

    Parameters
    ----------
    named : Named
        The numbers.
    layer, node : int
        Which node it leads to, both from 0.
    source : int or None
        Which node of the layer before it comes from.

    Yields
    ------
    Block
    """
    calculation = named.calculation
    named = widened(named, layer, node)
    yield from _what_it_does(named, layer, source, node)
    if calculation.update is None:
        yield Paragraph("Without an answer to compare with there is no error to learn from.")
        return
    yield Paragraph("How the error changes with it, from the error back to it by the chain rule:")
    whole = whole_chain(named, layer, source, node)
    yield whole
    factors = list(_factors(named, layer, node))
    if factors:
        yield Paragraph("where")
        yield from factors
    yield Paragraph(_checked(named, whole))
    yield Paragraph(how_it_steps(named))
    record = OPTIMIZERS[calculation.update.optimizer]
    yield Formula("", record.formula, calculation.update.optimizer)
    yield from update_lines(named, layer, source, node)


def _what_it_does(named: Named, layer: int, source: int | None, node: int) -> Iterator[Block]:
    """Tell what a weight is multiplied by, and to which sum that is added."""
    z, bias = named.z(layer, node, 0), named.bias(layer, node)
    if source is None:
        yield Paragraph("It is one of the terms of its node's sum:")
        yield _table((bias, z))
        return
    taken, weight = named.input(layer, source, 0), named.weight(layer, source, node)
    yield Paragraph("Times what goes in, it is one of the terms of its node's sum:")
    yield _table((weight, taken, z), term_of(taken, weight))


def term_of(taken: Ref, weight: Ref) -> float:
    """Return a term of a sum; without the minus sign that a 0 may have."""
    return taken.number * weight.number + 0.0


def _table(refs: tuple[Ref, ...], product: float | None = None) -> Table:
    """List some numbers, the last of which is a sum, and what is added to it."""
    rows: list[tuple[Cell, ...]] = [(ref.symbol, ref.number) for ref in refs]
    if product is not None:
        rows.insert(-1, ("their product", product))
    return Table(("", "value"), tuple(rows), refs=refs)


def _factors(named: Named, layer: int, node: int) -> Iterator[Line]:
    """Tell what the factors of a whole chain are, in its order."""
    if has_few_paths(named, layer):
        yield from _path_factors(named, layer)
        return
    if named.calculation.network.layers[layer].activation == "softmax":
        yield from hidden_deltas(named, layer, (node,), 0)
    elif not named.is_output(layer):
        yield slope_of(named, layer, node, 0)
    for above in range(layer + 1, named.layers - 1):
        yield from _deltas_of_layer(named, above)
    for k in named.chosen.nodes[-1]:
        yield from output_delta(named, k, 0)


def _path_factors(named: Named, layer: int) -> Iterator[Line]:
    """Tell the slopes on all paths, from E down to a layer."""
    for k in named.chosen.nodes[-1]:
        lines = list(output_delta(named, k, 0))
        # The two factors of an output's δ stand in the chain in its place.
        yield from lines[:-1] if len(lines) > 1 and named.counts_fully else lines
    for above in reversed(range(layer, named.layers - 1)):
        for j in named.chosen.nodes[above + 1]:
            yield slope_of(named, above, j, 0)


def _deltas_of_layer(named: Named, layer: int) -> Iterator[Line]:
    """Tell the δ of a hidden layer's nodes, each on one line where its slope is its own."""
    nodes = named.chosen.nodes[layer + 1]
    if named.calculation.network.layers[layer].activation == "softmax":
        yield from hidden_deltas(named, layer, nodes, 0)
        return
    for node in nodes:
        own, onward = slope_of(named, layer, node, 0), error_by_h(named, layer, node, 0)
        delta = named.delta(layer, node, 0)
        yield Line(delta.symbol, multiplied(own.formula, onward.formula), delta.number)


def _checked(named: Named, whole: Line) -> str:
    """Say how the chain, worked out, agrees with what the engine has."""
    number, compared = text_number(whole.number), named.calculation.kernels
    if not np.isfinite(whole.number):
        return f"The network has gone astray: this slope is {number}."
    again = text_number(whole.formula.value())
    return (
        f"Worked out again from these numbers, the chain gives {again}; backpropagation has "
        f"{number}, and the compiled engine, in {compared.dtype}, the same to within "
        f"{text_number(compared.gradient, 1)}."
    )
