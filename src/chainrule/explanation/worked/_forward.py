"""Step 1, told: from the inputs to the prediction, layer after layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.explanation.worked._arithmetic import Line, Rest
from chainrule.explanation.worked._curves import h_of_z, name_of, raised, softmax
from chainrule.explanation.worked._document import Block, Formula, Matrix, Paragraph
from chainrule.explanation.worked._named import Named, total
from chainrule.explanation.worked._notation import Symbol
from chainrule.mathematics import ACTIVATIONS

__all__ = ["exponentials", "h_line", "layer_sizes", "tell_feedforward", "top_of", "z_line"]

# A matrix of more rows or columns is not printed whole.
_MOST_ROWS, _MOST_COLUMNS = 6, 6
# Beyond, e^z is too large for a double; long before, it is too long to be read.
_LARGE_Z = 50.0


def tell_feedforward(named: Named) -> Iterator[Block]:
    """Tell each layer: its matrices, and every shown node's z and h."""
    for layer in range(named.layers):
        yield from _tell_layer(named, layer)
        for r in named.chosen.rows:
            yield from _tell_row(named, layer, r)


def _tell_layer(named: Named, layer: int) -> Iterator[Block]:
    own = named.calculation.network.layers[layer]
    last = named.is_output(layer)
    what = "Output layer" if last else f"Hidden layer {layer + 1}"
    takes, gives = "x" if layer == 0 else f"h{_up(layer)}", "ŷ" if last else f"h{_up(layer + 1)}"
    up, kind = _up(layer + 1), ACTIVATIONS[own.activation]
    yield Paragraph(
        f"{what}, {own.outputs} × {name_of(own.activation)}: {layer_sizes(named, layer)}"
    )
    yield Formula(
        f"z{up} = {takes}·W{up} + b{up},  {gives} = f(z{up}) with f = {name_of(own.activation)}",
        _layer_latex(layer, last=last) + r",\qquad " + kind.formula,
    )
    weights, bias = named.views[layer]
    if weights.shape[0] <= _MOST_ROWS and weights.shape[1] <= _MOST_COLUMNS:
        yield Matrix(Symbol("W", layer + 1), weights)
        yield Matrix(Symbol("b", layer + 1), bias[None])


def _up(layer: int) -> str:
    return str(Symbol("", layer))


def _layer_latex(layer: int, *, last: bool) -> str:
    takes = "x" if layer == 0 else f"h^{{({layer})}}"
    gives = r"\hat y" if last else f"h^{{({layer + 1})}}"
    up = f"^{{({layer + 1})}}"
    return rf"z{up} = {takes} W{up} + b{up},\quad {gives} = f(z{up})"


def layer_sizes(named: Named, layer: int) -> str:
    """Write the sizes of a layer's matrices by the rule of the dot product."""
    own, m = named.calculation.network.layers[layer], len(named.labels)
    return (
        f"({m}×{own.inputs})·({own.inputs}×{own.outputs}) + (1×{own.outputs}) = ({m}×{own.outputs})"
    )


def _tell_row(named: Named, layer: int, r: int) -> Iterator[Block]:
    nodes = named.chosen.nodes[layer + 1]
    for node in nodes:
        yield z_line(named, layer, node, r)
    if named.calculation.network.layers[layer].activation == "softmax":
        yield exponentials(named, layer, r)
    for node in nodes:
        yield h_line(named, layer, node, r)


def z_line(named: Named, layer: int, node: int, r: int) -> Line:
    """Tell a node's weighted sum, those of its terms that are chosen and what the others make."""
    inputs, weights = named.calculation.trace.inputs(layer)[r], named.views[layer][0]
    terms = [
        (i, named.input(layer, i, r), named.weight(layer, i, node))
        for i in named.chosen.terms[layer, node]
    ]
    products = named.products(inputs, weights[:, node], terms)
    z = named.z(layer, node, r)
    return Line(z.symbol, total([*products, named.bias(layer, node)]), z.number)


def h_line(named: Named, layer: int, node: int, r: int) -> Line:
    """Tell what a node puts out, f(z)."""
    h, z = named.h(layer, node, r), named.z(layer, node, r)
    activation = named.calculation.network.layers[layer].activation
    if activation == "softmax":
        formula = softmax(z, exponentials(named, layer, r).ref, top_of(named, layer, r))
    else:
        formula = h_of_z(activation, z)
    return Line(h.symbol, formula, h.number)


def top_of(named: Named, layer: int, r: int) -> float:
    """Return what all z are made smaller by before e is raised to them; 0 where none is large."""
    z = named.calculation.trace.z[layer][r]
    return float(z.max()) if np.abs(z).max() > _LARGE_Z else 0.0


def exponentials(named: Named, layer: int, r: int) -> Line:
    """Return the sum that the softmax of a layer divides by."""
    nodes, top = named.chosen.nodes[layer + 1], top_of(named, layer, r)
    z = named.calculation.trace.z[layer][r]
    raised_all = np.exp(z - top)
    others = np.ones(len(z), bool)
    others[list(nodes)] = False
    terms = [raised(named.z(layer, node, r), top) for node in nodes]
    if others.any():
        terms.append(Rest(float(raised_all[others].sum()), int(others.sum())))
    symbol = Symbol("S", layer + 1, (), named.row(r))
    return Line(symbol, total(terms), float(raised_all.sum()))
