"""Step 4, told: the feedforward run backwards, every factor of the chain rule by name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.explanation.worked._chain import bias_line, chain, gradient_line
from chainrule.explanation.worked._curves import name_of
from chainrule.explanation.worked._deltas import hidden_deltas, output_delta
from chainrule.explanation.worked._document import Block, Formula, Paragraph
from chainrule.explanation.worked._named import Named
from chainrule.explanation.worked._notation import Symbol
from chainrule.mathematics import ACTIVATIONS, LOSSES

__all__ = ["tell_backpropagation", "weights_shown"]

# Of a layer's weights with the largest gradients so many are told, where there are more than this.
_WEIGHTS, _ALL_WEIGHTS = 3, 6
_BIASES = 2


def tell_backpropagation(named: Named) -> Iterator[Block]:
    """Tell every layer from the last to the first: its δ, and the slopes of its weights."""
    for layer in reversed(range(named.layers)):
        if named.is_output(layer):
            yield from _tell_output(named)
        else:
            yield from _tell_hidden(named, layer)
        yield from _tell_slopes(named, layer)


# ------------------------------------------------------------------ δ of the output layer


def _tell_output(named: Named) -> Iterator[Block]:
    record, layer = LOSSES[named.calculation.network.loss], named.layers - 1
    yield Paragraph(f"Output layer: how E changes with each z{_up(layer + 1)}.")
    yield Formula("", record.gradient_formula, "both factors together")
    for r in named.chosen.rows:
        for node in named.chosen.nodes[-1]:
            yield from output_delta(named, node, r)


def _up(layer: int) -> str:
    return str(Symbol("", layer))


def _tell_hidden(named: Named, layer: int) -> Iterator[Block]:
    activation = named.calculation.network.layers[layer].activation
    up, above = _up(layer + 1), _up(layer + 2)
    yield Paragraph(
        f"Hidden layer {layer + 1}: what reaches it through W{above}, times its own slope."
    )
    yield Formula(
        f"∂E/∂h{up} = δ{above}·(W{above})ᵀ,  δ{up} = ∂E/∂h{up} · ∂h{up}/∂z{up}",
        rf"\frac{{\partial E}}{{\partial h^{{({layer + 1})}}}} = "
        rf"\delta^{{({layer + 2})}} (W^{{({layer + 2})}})^\top,\qquad "
        rf"\delta^{{({layer + 1})}} = \frac{{\partial E}}{{\partial h^{{({layer + 1})}}}} \cdot "
        rf"\frac{{\partial h^{{({layer + 1})}}}}{{\partial z^{{({layer + 1})}}}},\qquad "
        + ACTIVATIONS[activation].derivative_formula,
        f"slope of the {name_of(activation)}",
    )
    nodes = named.chosen.nodes[layer + 1]
    for r in named.chosen.rows:
        yield from hidden_deltas(named, layer, nodes, r)


# ------------------------------------------------------------------ the weights


def _tell_slopes(named: Named, layer: int) -> Iterator[Block]:
    up, takes = _up(layer + 1), "x" if layer == 0 else f"h{_up(layer)}"
    penalized = " + the slope of the penalty" if named.calculation.counts.terms.l2 else ""
    yield Formula(
        f"∂E/∂W{up} = {takes}ᵀ·δ{up}{penalized},  ∂E/∂b{up} = sum of the rows of δ{up}",
        rf"\frac{{\partial E}}{{\partial W^{{({layer + 1})}}}} = "
        rf"{'x' if layer == 0 else f'(h^{{({layer})}})'}^\top \delta^{{({layer + 1})}},\qquad "
        rf"\frac{{\partial E}}{{\partial b^{{({layer + 1})}}}} = "
        rf"\textstyle\sum_{{\text{{rows}}}} \delta^{{({layer + 1})}}",
    )
    weights, biases = weights_shown(named, layer)
    for i, j in weights:
        yield gradient_line(named, layer, i, j)
    for j in biases:
        yield bias_line(named, layer, j)
    if len(weights) and not named.is_output(layer):
        slopes = np.abs(named.slopes[layer][0][tuple(np.transpose(weights))])
        yield from chain(named, layer, *weights[int(np.nan_to_num(slopes).argmax())])


def weights_shown(named: Named, layer: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Return which weights and biases of a layer are told: those with the largest slopes."""
    nodes = named.chosen.nodes[layer + 1]
    befores = named.chosen.nodes[layer]
    pairs = [
        (i, j)
        for j in nodes
        for i in (befores if layer or named.chosen.full else named.chosen.terms[0, j])
    ]
    biases = list(nodes)
    if named.chosen.full:
        return pairs, biases
    if len(pairs) > _ALL_WEIGHTS:
        slopes = named.slopes[layer][0]
        pairs = sorted(pairs, key=lambda pair: -abs(np.nan_to_num(slopes[pair])))[:_WEIGHTS]
        pairs.sort()
    if len(biases) > _WEIGHTS:
        biases = biases[:_BIASES]
    return pairs, biases
