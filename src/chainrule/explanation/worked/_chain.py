"""The lines of step 4 that tell the slope of one weight or bias, and the whole chain for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.explanation.worked._arithmetic import Expression, Line, Product, Ref, Rest
from chainrule.explanation.worked._deltas import error_by_h, error_factors, ref_of, slope_of
from chainrule.explanation.worked._named import Named, multiplied, total
from chainrule.explanation.worked._notation import Symbol

__all__ = ["bias_line", "chain", "gradient_line", "has_few_paths", "whole_chain"]

# So many paths from a weight to the error are written out one by one.
_PATHS = 4


def gradient_line(named: Named, layer: int, i: int, j: int) -> Line:
    """Tell ∂E/∂W of one weight: what went in times δ, over all rows, and its penalty's slope."""
    calculation = named.calculation
    terms = [(r, named.input(layer, i, r), named.delta(layer, j, r)) for r in named.chosen.rows]
    inputs = calculation.trace.inputs(layer)[:, i]
    written = named.products(inputs, named.back.delta[layer][:, j], terms)
    weight, counts = named.weight(layer, i, j), calculation.counts
    if counts.terms.l2:
        written.append(Product((*_penalty_factors(named), weight)))
    symbol = Symbol("E", by=weight.symbol)
    return Line(symbol, total(written), float(named.slopes[layer][0][i, j]))


def _penalty_factors(named: Named) -> tuple[Ref, ...]:
    counts = named.calculation.counts
    strength = Ref(Symbol("λ₂"), counts.terms.l2)
    return (strength,) if counts.share == 1 else (named.common_share, strength)


def bias_line(named: Named, layer: int, j: int) -> Line:
    """Tell ∂E/∂b of one node: its δ, over all rows."""
    terms: list[Expression] = [named.delta(layer, j, r) for r in named.chosen.rows]
    deltas = named.back.delta[layer][:, j]
    others = len(deltas) - len(terms)
    if others:
        rest = np.delete(deltas, list(named.chosen.rows)).sum()
        terms.append(Rest(float(rest), others))
    number = float(named.back.slopes[layer][1][j])
    return Line(Symbol("E", by=named.bias_symbol(layer, j)), total(terms), number)


def chain(named: Named, layer: int, i: int, j: int) -> Iterator[Line]:
    """Tell the whole chain for one weight on one line, as far as it is one chain.

    Only where the rows are one and every layer above has one node is there a single path; else the
    δ of the next layer stands for all paths from there on.
    """
    if len(named.labels) > 1:
        return
    r, weight = 0, named.weight(layer, i, j)
    if named.calculation.network.layers[layer].activation == "softmax":
        return
    own = slope_of(named, layer, j, r).ref
    paths = [_path(named, layer + 1, j, k, r) for k in named.chosen.nodes[layer + 2]]
    outputs = named.calculation.network.layers[layer + 1].outputs
    tail: tuple[Expression, ...] = (own, named.input(layer, i, r))
    terms: list[Expression] = [Product((*path, *tail)) for path in paths]
    if len(paths) < outputs:
        others = np.ones(outputs, bool)
        others[list(named.chosen.nodes[layer + 2])] = False
        through = named.back.delta[layer + 1][r] * named.views[layer + 1][0][j]
        rest = through[others].sum() * own.number * named.input(layer, i, r).number
        terms.append(Rest(float(rest), int(others.sum())))
    if named.calculation.counts.terms.l2:
        terms.append(Product((*_penalty_factors(named), weight)))
    number = float(named.slopes[layer][0][i, j])
    yield Line(Symbol("E", by=weight.symbol), total(terms), number, "the whole chain")


def _path(named: Named, layer: int, node: int, k: int, r: int) -> Sequence[Expression]:
    """Return the factors from E down to the h of a node, through node k of the layer above it."""
    weight = named.weight(layer, node, k)
    if not named.is_output(layer) or not named.counts_fully:
        return named.delta(layer, k, r), weight
    pairs = list(error_factors(named, k, r))
    if len(pairs) != 1:
        return named.delta(layer, k, r), weight
    return *map(ref_of, pairs[0]), weight


# ------------------------------------------------------------------ the whole of it, for any weight


def has_few_paths(named: Named, layer: int) -> bool:
    """Whether so few paths lead from a node of a layer to E that each can be written out."""
    above = named.calculation.network.layers[layer + 1 :]
    between = named.calculation.network.layers[layer:-1]
    count = math.prod(own.outputs for own in above)
    return count <= _PATHS and all(own.activation != "softmax" for own in between)


def whole_chain(named: Named, layer: int, source: int | None, node: int) -> Line:
    """Tell on one line, for a single row, how E changes with a weight or bias, from E down to it.

    Where few paths lead there every factor of each is written out; else what goes in is multiplied
    by the node's own slope and by the sum over the nodes it leads to, whose δ stand for all
    paths from there on.

    Parameters
    ----------
    named : Named
        The numbers of one row with a target, and which nodes are written out.
    layer, node : int
        Which node the weight leads to.
    source : int or None
        Which node of the layer before, or input, it comes from; None for the bias.
    """
    tail = () if source is None else (named.input(layer, source, 0),)
    softmax = named.calculation.network.layers[layer].activation == "softmax"
    if named.is_output(layer) or (not softmax and has_few_paths(named, layer)):
        terms: list[Expression] = [multiplied(*path, *tail) for path in _paths(named, layer, node)]
    elif softmax:
        terms = [multiplied(*tail, named.delta(layer, node, 0))]
    else:
        onward = error_by_h(named, layer, node, 0).formula
        terms = [multiplied(*tail, slope_of(named, layer, node, 0).ref, onward)]
    own = named.bias(layer, node) if source is None else named.weight(layer, source, node)
    if source is not None and named.calculation.counts.terms.l2:
        terms.append(Product((*_penalty_factors(named), own)))
    return Line(Symbol("E", by=own.symbol), total(terms), _slope_by(named, layer, source, node))


def _slope_by(named: Named, layer: int, source: int | None, node: int) -> float:
    weights, biases = named.slopes[layer]
    return float(biases[node] if source is None else weights[source, node])


def _paths(named: Named, layer: int, node: int) -> Iterator[tuple[Expression, ...]]:
    """Return, for every path from E down to the z of a node, its factors."""
    if named.is_output(layer):
        pairs = list(error_factors(named, node, 0)) if named.counts_fully else []
        yield from (tuple(map(ref_of, pair)) for pair in pairs)
        if not pairs:
            yield (named.delta(layer, node, 0),)
        return
    own = slope_of(named, layer, node, 0).ref
    for k in range(named.calculation.network.layers[layer + 1].outputs):
        for path in _paths(named, layer + 1, k):
            yield (*path, named.weight(layer + 1, node, k), own)
