"""Step 5, told: the optimizer's own rule, from old weights to new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from chainrule.explanation.worked._arithmetic import (
    Call,
    Choice,
    Expression,
    Line,
    Number,
    Power,
    Product,
    Quotient,
    Ref,
    Sum,
    minus,
)
from chainrule.explanation.worked._backward import weights_shown
from chainrule.explanation.worked._calculation import Update
from chainrule.explanation.worked._document import Block, Cell, Formula, Paragraph, Table
from chainrule.explanation.worked._named import Named
from chainrule.explanation.worked._notation import Symbol
from chainrule.mathematics.arrays import Array
from chainrule.training import OPTIMIZERS
from chainrule.training.optimizers import look_ahead, orthogonalize, step_length
from chainrule.training.update import clip_by_norm

__all__ = ["how_it_steps", "step_lines", "tell_update", "update_lines"]

_ONE, _TWO = Number(1), Number(2)
# Where a rule takes several lines for a weight, one of each larger layer is told by it.
_FEW = 1
_TOWARDS_0 = "the L1 penalty's step towards 0; ℓ: how far slopes of 1 would have moved it"


def tell_update(named: Named) -> Iterator[Block]:
    """Tell what becomes of every shown weight."""
    update = named.update
    yield Paragraph(how_it_steps(named))
    record = OPTIMIZERS[update.optimizer]
    yield Formula("", record.formula, f"{update.optimizer}; {record.source}")
    rule = _Rule.of(update)
    yield from rule.once()
    for layer in range(named.layers):
        weights, biases = weights_shown(named, layer)
        if rule.is_long and not named.chosen.full:
            weights, biases = weights[:_FEW], []
        for i, j in weights:
            yield from _weight_change(named, rule, layer, (i, j))
        for j in biases:
            yield from _bias_change(named, rule, layer, j)
    if rule.is_long and not named.chosen.full:
        yield Paragraph("By the same rule, the others whose slopes are shown above:")
        yield _others(named, update)


def _weight_change(named: Named, rule: _Rule, layer: int, place: tuple[int, int]) -> Iterator[Line]:
    own, weight = named.calculation.network.layers[layer], named.weight(layer, *place)
    between = OPTIMIZERS[rule.update.optimizer].between is not None
    if between and 0 < layer < named.layers - 1:  # a matrix that is turned as a whole
        yield from _turned(named, rule, layer, place, weight)
    else:
        yield from rule.change(weight, own.weights.start + place[0] * own.outputs + place[1], named)


def _bias_change(named: Named, rule: _Rule, layer: int, node: int) -> Iterator[Line]:
    place = named.calculation.network.layers[layer].bias.start + node
    yield from rule.change(named.bias(layer, node), place, None)


def update_lines(named: Named, layer: int, source: int | None, node: int) -> Iterator[Line]:
    """Tell what becomes of any weight, or bias where there is no source, in this step."""
    rule = _Rule.of(named.update)
    yield from rule.once()
    if source is None:
        yield from _bias_change(named, rule, layer, node)
    else:
        yield from _weight_change(named, rule, layer, (source, node))


def _others(named: Named, update: Update) -> Table:
    """List what becomes of every weight and bias whose slope is shown."""
    rows: list[tuple[Cell, ...]] = []
    told: list[Ref] = []
    for layer, own in enumerate(named.calculation.network.layers):
        weights, biases = weights_shown(named, layer)
        start = own.weights.start
        refs = [(named.weight(layer, i, j), start + i * own.outputs + j) for i, j in weights[_FEW:]]
        refs += [(named.bias(layer, j), own.bias.start + j) for j in biases]
        for ref, place in refs:
            new = float(update.parameters[place])
            rows.append((ref.symbol, ref.number, new - ref.number, new))
        told += [ref for ref, _ in refs]
    return Table(("weight", "old", "change", "new"), tuple(rows), refs=tuple(told))


def how_it_steps(named: Named) -> str:
    """Say which optimizer takes the step, and why it is another than the network was trained by."""
    update = named.update
    rate = f"learning rate α = {update.rates.learning_rate:g}"
    if not update.own:
        solver = named.calculation.problem.options.solver
        return (
            f"The network was trained by {solver}, which looks at all training rows for every "
            f"step. What one step of gradient descent with {rate} would do with these alone:"
        )
    if update.optimizer == "gd":
        return f"A step of gradient descent: the old weight − α · its slope, {rate}."
    if update.before.step == 0:
        return f"A first step of {update.optimizer}, which remembers nothing yet, {rate}."
    return f"Step {update.before.step + 1:,} of {update.optimizer}, {rate}."


def _clipping(update: Update) -> Line | None:
    """Tell by what all slopes are multiplied where the gradient may be longer than allowed."""
    most = update.regularization.clip_norm
    norm = float(np.linalg.norm(update.gradient))
    if most == 0 or norm == 0:
        return None
    length, limit = Ref(Symbol("‖∂E‖"), norm), Ref(Symbol("clip_norm"), most)
    formula = Call("min", (_ONE, Quotient(limit, length)))
    return Line(Symbol("q"), formula, min(1.0, most / norm), "every slope is multiplied by q")


class _Rule:
    """An optimizer's rule for one weight after another.

    Parameters
    ----------
    update : Update
        The step.
    clipping : Line or None
        What every slope is multiplied by.
    """

    def __init__(self, update: Update, clipping: Line | None) -> None:
        self.update, self.rates, self._clipping = update, update.rates, clipping
        name = update.optimizer
        self._lines = _LINES["sgd" if name in _PLAIN else "nadam" if name == "muon" else name]
        self.is_long = name not in _PLAIN or update.rates.momentum != 0

    @classmethod
    def of(cls, update: Update) -> _Rule:
        """Make it for a step, clipped as the training clips."""
        return cls(update, _clipping(update))

    def once(self) -> Iterator[Line]:
        """Tell what is the same for all weights in this step."""
        if self._clipping is not None:
            yield self._clipping
        if self.update.optimizer in ("adam", "adamw", "nadam", "muon"):
            yield self.step_size

    @property
    def step_size(self) -> Line:
        """Adam's step size, which makes up for averages that began at 0."""
        t = self.update.before.step + 1
        rates, plain = self.rates, self.update.optimizer in ("adam", "adamw")
        unbiased = Call("sqrt", (minus(_ONE, Power(self.beta(2), Number(t))),))
        number = rates.learning_rate * np.sqrt(1 - rates.beta_2**t)
        formula: Expression = Product((self.alpha, unbiased))
        if plain:
            below = minus(_ONE, Power(self.beta(1), Number(t)))
            formula = Product((self.alpha, Quotient(unbiased, below)))
            number /= 1 - rates.beta_1**t
        return Line(Symbol("a"), formula, float(number), f"in step t = {t:,}, for all weights")

    @property
    def alpha(self) -> Ref:
        """The learning rate."""
        return Ref(Symbol("α"), self.rates.learning_rate)

    def beta(self, which: int) -> Ref:
        """How long Adam remembers: β₁ or β₂."""
        return Ref(Symbol("β", None, (which,)), (self.rates.beta_1, self.rates.beta_2)[which - 1])

    def slope(self, weight: Ref, place: int) -> Expression:
        """Return ∂E/∂w, clipped."""
        slope = Ref(Symbol("E", by=weight.symbol), float(self.update.gradient[place]))
        return slope if self._clipping is None else Product((self._clipping.ref, slope))

    def remembered(self, letter: str, weight: Ref, place: int) -> tuple[Ref, Ref]:
        """Return what the optimizer has for a weight, before and after the step."""
        which = "second" if letter == "v" and self.update.optimizer not in _PLAIN else "first"
        name = weight.symbol
        # A bias is the weight of a constant input, the 0th.
        index = name.index if name.letter == "W" else (0, *name.index)
        old, new = (
            Ref(
                Symbol(letter, name.layer, index, new=after),
                float(getattr(state, which)[place]),
            )
            for after, state in ((False, self.update.before), (True, self.update.after))
        )
        return old, new

    def change(self, weight: Ref, place: int, named: Named | None) -> Iterator[Line]:
        """Tell one weight's step; ``named`` is given for weights, which are also penalized."""
        lines = list(self._lines(self, weight, place))
        yield from lines[:-1]
        step = lines[-1].formula
        number = float(self.update.parameters[place])
        if named is None:
            yield Line(_new(weight), minus(weight, step), number)
            return
        yield from self.finish(weight, step, place, named)

    def finish(self, weight: Ref, step: Expression, place: int, named: Named) -> Iterator[Line]:
        """Tell the end of a weight's step: its decay, the L1 penalty, the longest column."""
        terms, rates = self.update.regularization, self.rates
        formula = minus(weight, step)
        if rates.weight_decay:
            decay = Product((self.alpha, Ref(Symbol("λ"), rates.weight_decay), weight))
            formula = minus(weight, step, decay)
        number = float(self.update.parameters[place])
        if not terms.l1 and not terms.max_norm:
            yield Line(_new(weight), formula, number)
            return
        yield from self._limited(weight, formula, place, named)

    def _limited(
        self, weight: Ref, formula: Expression, place: int, named: Named
    ) -> Iterator[Line]:
        terms, symbol = self.update.regularization, weight.symbol
        moved = Symbol("u", symbol.layer, symbol.index)
        line = Line(moved, formula, formula.value(), "before what limits it")
        yield line
        if terms.l1:
            own = replace(moved, new=True) if terms.max_norm else _new(weight)
            shrunk = _shrink(line.ref, self._threshold(weight, place, named))
            line = Line(own, shrunk, float(self.update.free[place]), _TOWARDS_0)
            yield line
        if terms.max_norm:
            matrix = named.calculation.network.views(self.update.free)[(symbol.layer or 1) - 1][0]
            node = symbol.index[1]
            norm = float(np.linalg.norm(matrix[:, node - 1]))
            length = Ref(Symbol("d", symbol.layer, (node,)), norm)
            ratio = Quotient(Ref(Symbol("max_norm"), terms.max_norm), length)
            shorter = Product((line.ref, ratio))
            limited = Choice(length, terms.max_norm, False, shorter, line.ref)
            number = float(self.update.parameters[place])
            yield Line(_new(weight), limited, number, "d is the length of the column of u")

    def _threshold(self, weight: Ref, place: int, named: Named) -> Expression:
        """Return how far the L1 penalty brings a weight towards 0."""
        reach = OPTIMIZERS[self.update.optimizer].reach(self.update.after, self.rates)
        number = float(np.broadcast_to(reach, self.update.free.shape)[place])
        own = Ref(Symbol("ℓ", weight.symbol.layer, weight.symbol.index), number)
        strength = Ref(Symbol("λ₁"), self.update.regularization.l1)
        share = () if named.calculation.counts.share == 1 else (named.common_share,)
        return Product((*share, strength, own))


def _shrink(moved: Ref, threshold: Expression) -> Expression:
    less = minus(Call("abs", (moved,)), threshold)
    return Product((Call("sign", (moved,)), Call("max", (Number(0), less))))


def _new(weight: Ref) -> Symbol:
    symbol = weight.symbol
    return Symbol(symbol.letter, symbol.layer, symbol.index, new=True)


# ------------------------------------------------------------------ the rules
# Each tells the lines of a weight's step; the last line's formula is what is taken from the weight.


def _sgd(rule: _Rule, weight: Ref, place: int) -> Iterator[Line]:
    slope, rates = rule.slope(weight, place), rule.rates
    direct = Product((rule.alpha, slope))
    if rates.momentum == 0:
        yield _step(weight, direct)
        return
    old, new = rule.remembered("v", weight, place)
    momentum = Ref(Symbol("μ"), rates.momentum)
    yield Line(new.symbol, Sum((Product((momentum, old)), direct)), new.number)
    ahead = Sum((Product((momentum, new)), direct))
    yield _step(weight, ahead if rates.nesterov else new)


def _step(weight: Ref, formula: Expression) -> Line:
    return Line(weight.symbol, formula, formula.value())


def _average(old: Ref, new: Ref, keep: Ref, what: Expression) -> Line:
    formula = Sum((Product((keep, old)), Product((minus(_ONE, keep), what))))
    return Line(new.symbol, formula, new.number)


def _damped(rule: _Rule, above: Expression, second: Ref) -> Expression:
    small = Ref(Symbol("ε"), rule.rates.epsilon)
    return Quotient(above, Sum((Call("sqrt", (second,)), small)))


def _rmsprop(rule: _Rule, weight: Ref, place: int) -> Iterator[Line]:
    slope = rule.slope(weight, place)
    old, new = rule.remembered("v", weight, place)
    yield _average(old, new, Ref(Symbol("ρ"), rule.rates.rho), Power(slope, _TWO))
    yield _step(weight, Product((rule.alpha, _damped(rule, slope, new))))


def _moments(rule: _Rule, weight: Ref, place: int) -> tuple[list[Line], Ref, Ref]:
    slope = rule.slope(weight, place)
    old_m, new_m = rule.remembered("m", weight, place)
    old_v, new_v = rule.remembered("v", weight, place)
    lines = [
        _average(old_m, new_m, rule.beta(1), slope),
        _average(old_v, new_v, rule.beta(2), Power(slope, _TWO)),
    ]
    return lines, new_m, new_v


def _adam(rule: _Rule, weight: Ref, place: int) -> Iterator[Line]:
    lines, first, second = _moments(rule, weight, place)
    yield from lines
    yield _step(weight, Product((rule.step_size.ref, _damped(rule, first, second))))


def _nadam(rule: _Rule, weight: Ref, place: int) -> Iterator[Line]:
    lines, first, second = _moments(rule, weight, place)
    yield from lines
    t, beta = rule.update.before.step + 1, rule.beta(1)
    gradient = float(rule.slope(weight, place).value())
    old = rule.remembered("m", weight, place)[0]
    state = rule.update.before._replace(first=np.array([old.number]))
    ahead = float(look_ahead(np.array([gradient]), state, beta.number)[1][0])
    next_one = Quotient(Product((beta, first)), minus(_ONE, Power(beta, Number(t + 1))))
    this_one = Quotient(
        Product((minus(_ONE, beta), rule.slope(weight, place))),
        minus(_ONE, Power(beta, Number(t))),
    )
    symbol = first.symbol
    seen = Line(Symbol("n", symbol.layer, symbol.index), Sum((next_one, this_one)), ahead)
    yield seen
    yield _step(weight, Product((rule.step_size.ref, _damped(rule, seen.ref, second))))


_PLAIN = ("gd", "sgd", "momentum", "nesterov")
_LINES: dict[str, Callable[[_Rule, Ref, int], Iterator[Line]]] = {
    "sgd": _sgd,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adam,
    "nadam": _nadam,
}


def _turned(
    named: Named, rule: _Rule, layer: int, place: tuple[int, int], weight: Ref
) -> Iterator[Line]:
    """Tell one entry of a matrix that Muon turns as a whole."""
    update, own = rule.update, named.calculation.network.layers[layer]
    shape = (own.inputs, own.outputs)
    clipped = clip_by_norm(update.gradient, update.regularization.clip_norm)
    gradient = clipped[own.weights].reshape(shape)
    before = update.before._replace(first=update.before.first[own.weights].reshape(shape))
    turned: Array = orthogonalize(look_ahead(gradient, before, update.rates.momentum)[1])
    entry = Ref(Symbol("O", layer + 1, weight.symbol.index), float(turned[place]))
    length = Ref(Symbol("r", layer + 1), step_length(shape))
    step = Product((rule.alpha, length, entry))
    flat = own.weights.start + place[0] * own.outputs + place[1]
    yield from rule.finish(weight, step, flat, named)


def step_lines(update: Update, weight: Ref) -> list[Line]:
    """Tell the optimizer's own rule for any weight, slopes as they are after clipping.

    Parameters
    ----------
    update : Update
        The step.
    weight : Ref
        By its symbol the rule calls what belongs to it: its slope, and what is remembered of it.

    Returns
    -------
    list of Line
        The formula of the last is what is taken from the weight, before decay and limits.
    """
    rule = _Rule(update, None)
    return [*rule.once(), *rule._lines(rule, weight, 0)]
