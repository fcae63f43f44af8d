"""The lines of step 4 that tell δ: every factor of the chain rule for one node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.explanation.worked._arithmetic import (
    Call,
    Expression,
    Line,
    Negative,
    Number,
    Product,
    Quotient,
    Ref,
    Rest,
    Sum,
    minus,
)
from chainrule.explanation.worked._curves import slope, softmax_slope
from chainrule.explanation.worked._error import CANCELS
from chainrule.explanation.worked._named import Named, total
from chainrule.explanation.worked._notation import Symbol
from chainrule.mathematics import ACTIVATIONS

__all__ = ["error_by_h", "error_factors", "hidden_deltas", "output_delta", "ref_of", "slope_of"]

_ONE = Number(1)


def output_delta(named: Named, node: int, r: int) -> Iterator[Line]:
    """Tell one output's factors and their product, or the short form where they lose digits."""
    delta = named.delta(named.layers - 1, node, r)
    share: list[Expression] = [] if named.counts_fully else [named.share(r)]
    pairs = list(error_factors(named, node, r))
    if not pairs:
        formula, remark = _short(named, node, r)
        formula = Product((*share, formula)) if share else formula
        yield Line(delta.symbol, formula, delta.number, remark)
        return
    products: list[Expression] = []
    for pair in pairs:
        for line in pair:
            if isinstance(line, Line):
                yield line
        products.append(Product(tuple(map(ref_of, pair))))
    formula = total(products)
    if share:
        formula = Product((*share, formula))
    yield Line(delta.symbol, formula, delta.number)


def ref_of(factor: Line | Ref) -> Ref:
    """Return what refers to a factor of the chain, whether or not it is told on a line here."""
    return factor.ref if isinstance(factor, Line) else factor


def _short(named: Named, node: int, r: int) -> tuple[Expression, str]:
    """Return ŷ − y, and a few words; for a ŷ near to 1, in a form that keeps its digits."""
    layer, name = named.layers - 1, named.calculation.network.loss
    h, y = named.h(layer, node, r), named.y(node, r)
    if name == "perceptron":
        return minus(h, y), "the step has no slope: its error's own, by z"
    if y.number != 1 or h.number < 1 - CANCELS:
        return minus(h, y), "∂E/∂ŷ · ∂ŷ/∂z, cancelled"
    if name == "log_loss":
        grown = Call("exp", (named.z(layer, node, r),))
        return Negative(Quotient(_ONE, Sum((_ONE, grown)))), "ŷ − 1, cancelled"
    others = [k for k in named.chosen.nodes[-1] if k != node]
    rivals: list[Expression] = [named.h(layer, k, r) for k in others]
    outputs = named.calculation.trace.prediction[r]
    hidden = len(outputs) - len(others) - 1
    if hidden:
        rest = np.delete(outputs, [*others, node]).sum()
        rivals.append(Rest(float(rest), hidden))
    return Negative(total(rivals)), "ŷ − 1, as all ŷ add up to 1"


def error_factors(named: Named, node: int, r: int) -> Iterator[tuple[Line | Ref, Line | Ref]]:
    """Return the pairs of factors whose products add up to ∂e/∂z; none where digits are lost."""
    layer, name = named.layers - 1, named.calculation.network.loss
    z, h, y = named.z(layer, node, r), named.h(layer, node, r), named.y(node, r)
    by_h = Symbol("E" if named.counts_fully else "e", row=None, by=h.symbol)
    h_by_z = Symbol("ŷ", None, h.symbol.index, by=z.symbol)
    if name == "half_squared_error":
        yield Line(by_h, minus(h, y), h.number - y.number), Line(h_by_z, _ONE, 1.0)
    elif name == "log_loss" and CANCELS < h.number < 1 - CANCELS:
        no = Quotient(minus(_ONE, y), minus(_ONE, h))
        error = Sum((Negative(Quotient(y, h)), no))
        slope_of_h = h.number * (1 - h.number)
        yield (
            Line(by_h, error, (h.number - y.number) / slope_of_h),
            Line(h_by_z, Product((h, minus(_ONE, h))), slope_of_h),
        )
    elif name == "poisson" and h.number > CANCELS:
        error = minus(_ONE, Quotient(y, h))
        yield Line(by_h, error, 1 - y.number / h.number), Line(h_by_z, h, h.number)
    elif name == "cross_entropy":
        yield from _softmax_factors(named, node, r)


def _softmax_factors(named: Named, node: int, r: int) -> Iterator[tuple[Line | Ref, Line | Ref]]:
    """Return a pair for every output whose target is not 0; with one-hot targets that is one."""
    layer, y_all = named.layers - 1, named.calculation.y
    assert y_all is not None  # noqa: S101
    marked = [k for k in range(y_all.shape[1]) if y_all[r, k] != 0]
    probabilities = [float(named.calculation.trace.prediction[r, k]) for k in marked]
    if len(marked) > 1 or min(probabilities) < CANCELS or max(probabilities) > 1 - CANCELS:
        return  # smoothed targets, or probabilities whose digits are lost: the short form
    (right,) = marked
    h, y = named.h(layer, right, r), named.y(right, r)
    own_h, z = named.h(layer, node, r), named.z(layer, node, r)
    letter = "E" if named.counts_fully else "e"
    by_h = Line(Symbol(letter, by=h.symbol), Negative(Quotient(y, h)), -y.number / h.number)
    turn = softmax_slope(h, own_h, same=node == right)
    jacobian = h.number * ((node == right) - own_h.number)
    h_by_z = Line(Symbol("ŷ", None, h.symbol.index, by=z.symbol), turn, jacobian)
    first = node == named.chosen.nodes[-1][0]
    yield (by_h if first else by_h.ref), h_by_z


# ------------------------------------------------------------------ hidden layers


def hidden_deltas(named: Named, layer: int, nodes: Sequence[int], r: int) -> Iterator[Line]:
    """Tell ∂E/∂h of some nodes of a hidden layer, their slopes, and the products of both."""
    by_h = {node: error_by_h(named, layer, node, r) for node in nodes}
    yield from by_h.values()
    for node in nodes:
        if named.calculation.network.layers[layer].activation == "softmax":
            yield _softmax_delta(named, layer, node, r, by_h)
            continue
        own = slope_of(named, layer, node, r)
        delta = named.delta(layer, node, r)
        yield own
        yield Line(delta.symbol, Product((by_h[node].ref, own.ref)), delta.number)


def error_by_h(named: Named, layer: int, node: int, r: int) -> Line:
    """Tell ∂E/∂h of a hidden node, or of layer −1 ∂E/∂x: the sum over all it leads to."""
    back, above = named.back, layer + 1
    nexts = named.chosen.nodes[above + 1]
    terms = [(k, named.delta(above, k, r), named.weight(above, node, k)) for k in nexts]
    weights = named.views[above][0]
    products = named.products(back.delta[above][r], weights[node], terms)
    symbol = Symbol("E", by=named.input(above, node, r).symbol)
    return Line(symbol, total(products), float(back.inputs[above][r, node]))


def slope_of(named: Named, layer: int, node: int, r: int) -> Line:
    """Tell ∂h/∂z of a hidden node."""
    h, z = named.h(layer, node, r), named.z(layer, node, r)
    activation = named.calculation.network.layers[layer].activation
    number = ACTIVATIONS[activation].derivative(np.array([z.number]))[0]
    own = Symbol("h", layer + 1, h.symbol.index)
    return Line(
        Symbol(own.letter, own.layer, own.index, by=z.symbol),
        slope(activation, z, h),
        float(number),
    )


def _softmax_delta(named: Named, layer: int, node: int, r: int, by_h: dict[int, Line]) -> Line:
    """Tell δ of a node of a hidden softmax, where every h depends on every z."""
    back = named.back
    h, delta = named.h(layer, node, r), named.delta(layer, node, r)
    terms: list[Expression] = [
        Product((line.ref, softmax_slope(named.h(layer, i, r), h, same=i == node)))
        for i, line in by_h.items()
    ]
    outputs = named.calculation.network.layers[layer].outputs
    if len(by_h) < outputs:
        others = np.ones(outputs, bool)
        others[list(by_h)] = False
        all_h, all_by_h = named.calculation.trace.h[layer][r], back.inputs[layer + 1][r]
        rest = float((all_by_h * all_h * (-h.number))[others].sum())
        terms.append(Rest(rest, outputs - len(by_h)))
    return Line(delta.symbol, total(terms), delta.number)
