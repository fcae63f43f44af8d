"""Step 3, told: the error of each row, and of all of them with the penalties."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from chainrule.explanation.worked._arithmetic import (
    Call,
    Expression,
    Line,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Ref,
    Rest,
    Sum,
    minus,
)
from chainrule.explanation.worked._document import Block, Formula, Paragraph
from chainrule.explanation.worked._forward import exponentials
from chainrule.explanation.worked._named import Named, total
from chainrule.explanation.worked._notation import Symbol
from chainrule.mathematics import L1, L2, LOSSES

__all__ = ["CANCELS", "row_error", "tell_error"]

_HALF, _ONE, _TWO = Number(0.5), Number(1), Number(2)
CANCELS = 1e-3
"""A probability this near to 0 or 1 is no number to calculate with: 1 − ŷ has lost its digits."""

# e to a number above is too long to be read.
_LARGE = 30.0

_NAMES = {
    "half_squared_error": "half the squared error",
    "log_loss": "log loss, the error of a probability",
    "cross_entropy": "cross-entropy, the error of the probabilities of classes",
    "poisson": "half the Poisson deviance, the error of a count",
    "perceptron": "the perceptron's error: how far on the wrong side",
}


def tell_error(named: Named) -> Iterator[Block]:
    """Tell the error of every shown row, and then E."""
    calculation = named.calculation
    record = LOSSES[calculation.network.loss]
    yield Formula("", record.formula, _NAMES[record.name])
    smoothing = calculation.counts.terms.label_smoothing
    if smoothing:
        yield Paragraph(
            f"The labels are smoothed (label_smoothing={smoothing:g}): y is not quite 0 or 1."
        )
    alone = len(named.labels) == 1 and named.counts_fully
    penalized = calculation.penalty != 0
    errors = []
    for r in named.chosen.rows:
        letter = "E" if alone and not penalized else "e"
        line = row_error(named, r, Symbol(letter, None, (), named.row(r)))
        errors.append(line.ref)
        yield line
    if alone and not penalized:
        return
    yield from _share_lines(named)
    terms = _shared(named, errors)
    if penalized:
        lines = list(_penalties(named))
        yield from lines
        terms.append(lines[-1].ref)
    yield Line(Symbol("E"), total(terms), calculation.error + calculation.penalty)


def row_error(named: Named, r: int, symbol: Symbol) -> Line:
    """Return the error of a row, which does not know of penalties or of the other rows."""
    calculation = named.calculation
    record = LOSSES[calculation.network.loss]
    z, y = calculation.trace.z[-1][r : r + 1], calculation.y
    assert y is not None  # noqa: S101
    number = float(record.value(z, y[r : r + 1])[0])
    if record.name == "cross_entropy":
        return Line(symbol, _cross_entropy(named, r), number)
    terms, rest = [], 0.0
    shown = named.chosen.nodes[-1]
    for node in range(y.shape[1]):
        if node in shown:
            terms.append(_ONE_OUTPUT[record.name](*_output(named, node, r)))
        else:
            alone = slice(node, node + 1)
            rest += float(record.value(z[:, alone], y[r : r + 1, alone])[0])
    if len(shown) < y.shape[1]:
        terms.append(Rest(rest, y.shape[1] - len(shown)))
    return Line(symbol, total(terms), number)


def _output(named: Named, node: int, r: int) -> tuple[Ref, Ref, Ref]:
    last = named.layers - 1
    return named.z(last, node, r), named.h(last, node, r), named.y(node, r)


def _squared(z: Ref, h: Ref, y: Ref) -> Expression:
    del z
    return Product((_HALF, Power(minus(y, h), _TWO)))


def _log_loss(z: Ref, h: Ref, y: Ref) -> Expression:
    right = h.number if y.number == 1 else 1 - h.number if y.number == 0 else 0.5
    if CANCELS < right < 1 - CANCELS and CANCELS < h.number < 1 - CANCELS:
        no = Product((minus(_ONE, y), Call("ln", (minus(_ONE, h),))))
        return Sum((Negative(Product((y, Call("ln", (h,))))), Negative(no)))
    # The same by z, which loses no digits: ln(1 + e^z) − y z.
    if y.number in (0, 1):
        return _softplus(Negative(z) if y.number == 1 else z)
    return minus(_softplus(z), Product((y, z)))


def _softplus(x: Expression) -> Expression:
    """Return ln(1 + eˣ), in a form in which eˣ is not too large."""
    if x.value() > _LARGE:
        less = x.term if isinstance(x, Negative) else Negative(x)
        return Sum((x, _softplus(less)))
    return Call("ln", (Sum((_ONE, Call("exp", (x,)))),))


def _poisson(z: Ref, h: Ref, y: Ref) -> Expression:
    del z
    if y.number == 0:
        return h
    return Sum((Product((y, Call("ln", (Quotient(y, h),)))), Negative(y), h))


def _perceptron(z: Ref, h: Ref, y: Ref) -> Expression:
    return Product((minus(h, y), z))


_ONE_OUTPUT: dict[str, Callable[[Ref, Ref, Ref], Expression]] = {
    "half_squared_error": _squared,
    "log_loss": _log_loss,
    "poisson": _poisson,
    "perceptron": _perceptron,
}


def _cross_entropy(named: Named, r: int) -> Expression:
    """Return −Σ y ln ŷ, of which only those of y ≠ 0 count."""
    last, y = named.layers - 1, named.calculation.y
    assert y is not None  # noqa: S101
    nodes = [node for node in range(y.shape[1]) if y[r, node] != 0]
    probabilities = named.calculation.trace.prediction[r]
    if len(nodes) == 1 and probabilities[nodes[0]] > 1 - CANCELS:
        return _by_rivals(named, nodes[0], r)
    log = _log_far if probabilities[nodes].min() == 0 else _log
    shown = [k for k in nodes if k in named.chosen.nodes[-1]]
    terms: list[Expression] = [
        Negative(Product((named.y(k, r), log(named, last, k, r)))) for k in shown
    ]
    hidden = [k for k in nodes if k not in shown]
    if hidden:
        rest = -sum(y[r, k] * log(named, last, k, r).value() for k in hidden)
        terms.append(Rest(float(rest), len(hidden)))
    return total(terms)


def _log(named: Named, last: int, k: int, r: int) -> Expression:
    """Return ln ŷ."""
    return Call("ln", (named.h(last, k, r),))


def _log_far(named: Named, last: int, k: int, r: int) -> Expression:
    """Return ln ŷ by z, for probabilities that are too small for a double: z − max z − ln S."""
    top = Ref(Symbol("max z", None, (), named.row(r)), named.calculation.trace.z[last][r].max())
    return minus(named.z(last, k, r), top, Call("ln", (exponentials(named, last, r).ref,)))


def _by_rivals(named: Named, right: int, r: int) -> Expression:
    """Return the same by z, for a ŷ so near to 1 that its digits do not tell how near.

    −ln ŷ = ln(1 + Σ e^(z − z of the right class)), over the other classes.
    """
    last, z_all = named.layers - 1, named.calculation.trace.z[-1][r]
    z = named.z(last, right, r)
    others = [k for k in range(len(z_all)) if k != right]
    shown = [k for k in others if k in named.chosen.nodes[-1]]
    terms: list[Expression] = [_ONE]
    terms += [Call("exp", (minus(named.z(last, k, r), z),)) for k in shown]
    rest = sum(math.exp(z_all[k] - z.number) for k in others if k not in shown)
    if len(shown) < len(others):
        terms.append(Rest(rest, len(others) - len(shown)))
    return Call("ln", (total(terms),))


def _shared(named: Named, errors: list[Ref]) -> list[Expression]:
    """Return the terms of E: each row's error times its share."""
    calculation, rows = named.calculation, named.chosen.rows
    terms: list[Expression] = [
        error if named.counts_fully else Product((named.share(r), error))
        for r, error in zip(rows, errors, strict=True)
    ]
    if len(rows) < len(named.labels):
        counted = sum(
            float(calculation.counts.shares[r]) * error.number
            for r, error in zip(rows, errors, strict=True)
        )
        terms.append(Rest(calculation.error - counted, len(named.labels) - len(rows)))
    return terms


def _share_lines(named: Named) -> Iterator[Line]:
    """Tell what rows and penalties are multiplied by, where that is not 1."""
    counts, weights = named.calculation.counts, named.calculation.problem.weights
    if named.counts_fully and counts.share == 1:
        return
    sum_of_weights = Number(1 / counts.share)
    what = "rows" if weights is None else "the rows' weights together"
    yield Line(Symbol("s"), Quotient(_ONE, sum_of_weights), counts.share, f"of {what}")
    if weights is None or named.counts_fully:
        return
    for r in named.chosen.rows:
        share = named.share(r)
        weight = Ref(Symbol("w", None, (), named.row(r)), float(weights[r]))
        yield Line(share.symbol, Product((weight, named.common_share)), share.number)


def _penalties(named: Named) -> Iterator[Line]:
    """Tell what the penalties on the weights, biases left out, add to E."""
    counts, matrices = named.calculation.counts, [w for w, _ in named.views]
    terms: list[Expression] = []
    if counts.terms.l2:
        squares = Ref(Symbol("ΣW²"), float(sum(2 * L2.value(w) for w in matrices)))
        terms.append(Product((Ref(Symbol("λ₂"), counts.terms.l2), _HALF, squares)))
    if counts.terms.l1:
        sizes = Ref(Symbol("Σ|W|"), float(sum(L1.value(w) for w in matrices)))
        terms.append(Product((Ref(Symbol("λ₁"), counts.terms.l1), sizes)))
    formula = total(terms)
    if counts.share != 1:
        formula = Product((named.common_share, formula))
    yield Line(Symbol("P"), formula, named.calculation.penalty, "of the weights, not the biases")
