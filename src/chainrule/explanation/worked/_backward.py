"""Step 4, told: the feedforward run backwards, every factor of the chain rule by name."""

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
from chainrule.explanation.worked._curves import name_of, slope, softmax_slope
from chainrule.explanation.worked._document import Block, Formula, Paragraph
from chainrule.explanation.worked._error import CANCELS
from chainrule.explanation.worked._named import Named, total
from chainrule.explanation.worked._notation import Symbol
from chainrule.mathematics import ACTIVATIONS, LOSSES
from chainrule.mathematics.arrays import Array

__all__ = ["chain", "gradient_line", "tell_backpropagation", "weights_shown"]

_ONE = Number(1)
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
            yield from _output_delta(named, node, r)


def _up(layer: int) -> str:
    return str(Symbol("", layer))


def _output_delta(named: Named, node: int, r: int) -> Iterator[Line]:
    """Tell one output's factors and their product, or the short form where they lose digits."""
    delta = named.delta(named.layers - 1, node, r)
    share: list[Expression] = [] if named.counts_fully else [named.share(r)]
    pairs = list(_factors(named, node, r))
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
        products.append(
            Product(tuple(line.ref if isinstance(line, Line) else line for line in pair))
        )
    formula = total(products)
    if share:
        formula = Product((*share, formula))
    yield Line(delta.symbol, formula, delta.number)


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


def _ref(factor: Line | Ref) -> Ref:
    return factor.ref if isinstance(factor, Line) else factor


def _factors(named: Named, node: int, r: int) -> Iterator[tuple[Line | Ref, Line | Ref]]:
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


# ------------------------------------------------------------------ δ of a hidden layer


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
        by_h = {node: _error_by_h(named, layer, node, r) for node in nodes}
        yield from by_h.values()
        for node in nodes:
            if activation == "softmax":
                yield _softmax_delta(named, layer, node, r, by_h)
                continue
            own = _slope(named, layer, node, r)
            delta = named.delta(layer, node, r)
            yield own
            yield Line(delta.symbol, Product((by_h[node].ref, own.ref)), delta.number)


def _error_by_h(named: Named, layer: int, node: int, r: int) -> Line:
    """Tell ∂E/∂h of a hidden node: the sum over all nodes that it leads to."""
    back, above = named.calculation.back, layer + 1
    assert back is not None  # noqa: S101
    nexts = named.chosen.nodes[above + 1]
    terms = [(k, named.delta(above, k, r), named.weight(above, node, k)) for k in nexts]
    weights = named.views[above][0]
    products = named.products(back.delta[above][r], weights[node], terms)
    symbol = Symbol("E", by=named.h_symbol(layer, node, r))
    return Line(symbol, total(products), float(back.inputs[above][r, node]))


def _slope(named: Named, layer: int, node: int, r: int) -> Line:
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
    back = named.calculation.back
    assert back is not None  # noqa: S101
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
        slopes = np.abs(_gradient(named, layer)[tuple(np.transpose(weights))])
        yield from chain(named, layer, *weights[int(np.nan_to_num(slopes).argmax())])


def _gradient(named: Named, layer: int) -> Array:
    update = named.calculation.update
    assert update is not None  # noqa: S101
    return named.calculation.network.views(update.gradient)[layer][0]


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
        slopes = _gradient(named, layer)
        pairs = sorted(pairs, key=lambda pair: -abs(np.nan_to_num(slopes[pair])))[:_WEIGHTS]
        pairs.sort()
    if len(biases) > _WEIGHTS:
        biases = biases[:_BIASES]
    return pairs, biases


def gradient_line(named: Named, layer: int, i: int, j: int) -> Line:
    """Tell ∂E/∂W of one weight: what went in times δ, over all rows, and its penalty's slope."""
    calculation = named.calculation
    back = calculation.back
    assert back is not None  # noqa: S101
    terms = [(r, named.input(layer, i, r), named.delta(layer, j, r)) for r in named.chosen.rows]
    inputs = calculation.trace.inputs(layer)[:, i]
    written = named.products(inputs, back.delta[layer][:, j], terms)
    weight, counts = named.weight(layer, i, j), calculation.counts
    if counts.terms.l2:
        written.append(Product((*_penalty_factors(named), weight)))
    symbol = Symbol("E", by=weight.symbol)
    return Line(symbol, total(written), float(_gradient(named, layer)[i, j]))


def _penalty_factors(named: Named) -> tuple[Ref, ...]:
    counts = named.calculation.counts
    strength = Ref(Symbol("λ₂"), counts.terms.l2)
    return (strength,) if counts.share == 1 else (named.common_share, strength)


def bias_line(named: Named, layer: int, j: int) -> Line:
    """Tell ∂E/∂b of one node: its δ, over all rows."""
    back = named.calculation.back
    assert back is not None  # noqa: S101
    terms: list[Expression] = [named.delta(layer, j, r) for r in named.chosen.rows]
    deltas = back.delta[layer][:, j]
    others = len(deltas) - len(terms)
    if others:
        rest = np.delete(deltas, list(named.chosen.rows)).sum()
        terms.append(Rest(float(rest), others))
    number = float(back.slopes[layer][1][j])
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
    own = _slope(named, layer, j, r).ref
    paths = [_path(named, layer + 1, j, k, r) for k in named.chosen.nodes[layer + 2]]
    outputs = named.calculation.network.layers[layer + 1].outputs
    tail: tuple[Expression, ...] = (own, named.input(layer, i, r))
    terms: list[Expression] = [Product((*path, *tail)) for path in paths]
    back, counts = named.calculation.back, named.calculation.counts
    assert back is not None  # noqa: S101
    if len(paths) < outputs:
        others = np.ones(outputs, bool)
        others[list(named.chosen.nodes[layer + 2])] = False
        through = back.delta[layer + 1][r] * named.views[layer + 1][0][j]
        rest = through[others].sum() * own.number * named.input(layer, i, r).number
        terms.append(Rest(float(rest), int(others.sum())))
    if counts.terms.l2:
        terms.append(Product((*_penalty_factors(named), weight)))
    number = float(_gradient(named, layer)[i, j])
    yield Line(Symbol("E", by=weight.symbol), total(terms), number, "the whole chain")


def _path(named: Named, layer: int, node: int, k: int, r: int) -> Sequence[Expression]:
    """Return the factors from E down to the h of a node, through node k of the layer above it."""
    weight = named.weight(layer, node, k)
    if not named.is_output(layer) or not named.counts_fully:
        return named.delta(layer, k, r), weight
    pairs = list(_factors(named, k, r))
    if len(pairs) != 1:
        return named.delta(layer, k, r), weight
    return *map(_ref, pairs[0]), weight
