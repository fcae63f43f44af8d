"""The last step of a prediction in numbers that a pocket calculator follows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.preprocessing import StandardScaler

from chainrule.explanation._numbers import number
from chainrule.explanation.diagnosing._finding import counted
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
    minus,
)
from chainrule.explanation.worked._calculation import Calculation, Counts, KernelsAgree, Problem
from chainrule.explanation.worked._curves import h_of_z, raised, softmax
from chainrule.explanation.worked._document import Block, Paragraph
from chainrule.explanation.worked._error import CANCELS, row_error
from chainrule.explanation.worked._forward import top_of
from chainrule.explanation.worked._named import Named, total
from chainrule.explanation.worked._notation import Symbol
from chainrule.explanation.worked._selection import select
from chainrule.mathematics import LOSSES
from chainrule.mathematics.arrays import Array
from chainrule.network import feedforward

__all__ = ["LastStep"]

# Of more networks that are averaged, so many are written out.
_NETWORKS = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class LastStep:
    """What the output layer makes of one row.

    Attributes
    ----------
    problem : Problem
        Of one row, with its target if there is one.
    parameters : tuple of array
        All weights and biases; of several networks whose outputs are averaged.
    names : tuple of str
        What each class is called; none where numbers are predicted.
    said, other : int
        The class that was decided for and its rival: the right one, or the next if that is it.
    right : int or None
        The right class, if it is known.
    restorers : tuple of transformer
        What brings the prediction to the target's own units.
    answer : Any
        The right answer as it was given, None if it is not known.
    digits : int
        Significant digits.
    """

    problem: Problem
    parameters: tuple[Array, ...]
    names: tuple[str, ...]
    said: int
    other: int
    right: int | None
    restorers: tuple[Any, ...]
    answer: Any
    digits: int

    @cached_property
    def _named(self) -> Named:
        problem = self.problem
        network = problem.network
        trace = feedforward(network, self.parameters[0], problem.x.astype(np.float64))
        counts = Counts(np.ones(1), 1.0, Counts.of(problem).terms)
        y = problem.y
        if y is not None:
            y = LOSSES[network.loss].smooth(y, counts.terms.label_smoothing)
        # Only the way there is told: nothing is learned from the row.
        calculation = Calculation(
            problem=dataclasses.replace(problem, weights=None),
            network=network,
            parameters=self.parameters[0],
            trace=trace,
            y=y,
            counts=counts,
            error=np.nan,
            penalty=0.0,
            back=None,
            update=None,
            kernels=KernelsAgree("float64", 0.0),
        )
        chosen = select(calculation, full=False)
        if network.sizes[-1] > 1:
            rivals = tuple(sorted({self.said, self.other}))
            chosen = dataclasses.replace(chosen, nodes=(*chosen.nodes[:-1], rivals))
        return Named(calculation, chosen, (0,))

    @property
    def _activation(self) -> str:
        return self.problem.network.layers[-1].activation

    def blocks(self) -> Iterator[Block]:
        """Tell it in numbers: the weighted sums, what becomes of them, and the error."""
        for block in self._told():
            yield dataclasses.replace(block, brief=True) if isinstance(block, Line) else block

    def _told(self) -> Iterator[Block]:
        with np.errstate(over="ignore", invalid="ignore"):
            if len(self.parameters) > 1:
                yield from self._averaged()
            elif self.problem.network.sizes[-1] > 1:
                yield from self._rivals()
            else:
                yield from self._single()

    @cached_property
    def error(self) -> Line | None:
        """The error of the row, before any penalty; None where the answer is not known."""
        if self.problem.y is None:
            return None
        if len(self.parameters) > 1:
            return self._averaged_error()
        line = row_error(self._named, 0, Symbol("E"))
        return dataclasses.replace(
            line, formula=self._log_alone() or line.formula, remark=self._scaled_answer()
        )

    def _log_alone(self) -> Expression | None:
        """Return −ln of the right class's probability, where that is all there is to the error."""
        named, y = self._named, self._named.calculation.y
        if not self.names or self._activation == "step" or self.right is None or y is None:
            return None
        several = y.shape[1] > 1
        h = named.h(named.layers - 1, self.right if several else 0, 0)
        own: Expression = h if several or self.right == 1 else minus(Number(1), h)
        usual = bool(np.isin(y, (0, 1)).all()) and CANCELS < own.value() < 1 - CANCELS
        return Negative(Call("ln", (own,))) if usual else None

    # ------------------------------------------------------------------ one network

    def _single(self) -> Iterator[Block]:
        named, last = self._named, self._named.layers - 1
        h, z = named.h(last, 0, 0), named.z(last, 0, 0)
        bare = self._activation == "identity"
        yield Line((h if bare else z).symbol, self._sum(), z.number)
        if not bare:
            yield Line(h.symbol, h_of_z(self._activation, z), h.number, self._of_classes(h.number))
        if not self.names:
            yield from self._units(h.number)
        if self.error is not None:
            yield self.error

    def _sum(self) -> Expression:
        """Return the sum of the single output, its largest terms written out."""
        named, last = self._named, self._named.layers - 1
        terms = [
            (i, named.input(last, i, 0), named.weight(last, i, 0))
            for i in named.chosen.terms[last, 0]
        ]
        inputs = named.calculation.trace.inputs(last)[0]
        products = named.products(inputs, named.views[last][0][:, 0], terms)
        return total([*products, named.bias(last, 0)])

    def _of_classes(self, h: float) -> str:
        """Say which class the single output is the probability of."""
        if self._activation != "logistic":
            return ""
        if len(self.names) < 2:
            return f"the probability of {self.names[0]}"
        rest = number(1 - h, self.digits)
        return f"the probability of {self.names[1]}; of {self.names[0]} it is 1 − ŷ = {rest}"

    def _rivals(self) -> Iterator[Block]:
        named, last = self._named, self._named.layers - 1
        pair = [(named.z(last, node, 0), self.names[node]) for node in (self.said, self.other)]
        told = " against ".join(
            f"{z.symbol} = {number(z.number, self.digits)} for {name}" for z, name in pair
        )
        decides = ": the larger one decides" if self._activation == "step" else ""
        yield Paragraph(f"Of the weighted sums {told}{decides}.")
        if self._activation == "softmax":
            wanted = [self.said]
            if self.right is not None and self.right != self.said:
                wanted.append(self.right)
            for node in wanted:
                h, z = named.h(last, node, 0), named.z(last, node, 0)
                formula = softmax(z, self._exponentials(), top_of(named, last, 0))
                yield Line(h.symbol, formula, h.number)
        if self.error is not None:
            yield self.error

    def _exponentials(self) -> Expression:
        """Return the sum that softmax divides by, the rivals' terms written out."""
        named, last = self._named, self._named.layers - 1
        top, z = top_of(named, last, 0), named.calculation.trace.z[last][0]
        shown = named.chosen.nodes[-1]
        terms: list[Expression] = [raised(named.z(last, node, 0), top) for node in shown]
        others = np.delete(z, shown)
        if len(others):
            terms.append(Rest(float(np.exp(others - top).sum()), len(others)))
        return total(terms)

    # ------------------------------------------------------------------ several, averaged

    @cached_property
    def outputs(self) -> Array:
        """What each network puts out, shape (networks, k)."""
        x = self.problem.x.astype(np.float64)
        network = self.problem.network
        return np.stack([feedforward(network, p, x).prediction[0] for p in self.parameters])

    def _averaged(self) -> Iterator[Block]:
        yield Paragraph(f"It is the average of what {counted(len(self.outputs), 'network')} say:")
        if not self.names:
            yield self._average(0, "")
            yield from self._units(float(self.outputs[:, 0].mean()))
        elif self._activation == "step":
            yield self._average(0 if self.outputs.shape[1] == 1 else self.said, "")
        else:
            wanted = [self.said]
            if self.right is not None and self.right != self.said:
                wanted.append(self.right)
            for place in wanted:
                yield self._average(place, f"the probability of {self.names[place]}")
        if self.error is not None:
            yield self.error

    def _average(self, place: int, remark: str) -> Line:
        of_each = self._of_class(place)
        shown = of_each if len(of_each) <= _NETWORKS + 1 else of_each[:_NETWORKS]
        terms: list[Expression] = [
            Ref(Symbol("ŷ", None, (), i + 1), value) for i, value in enumerate(shown.tolist())
        ]
        if len(shown) < len(of_each):
            terms.append(Rest(float(of_each[len(shown) :].sum()), len(of_each) - len(shown)))
        mean = Quotient(total(terms), Number(len(of_each)))
        return Line(self._symbol(place), mean, float(of_each.mean()), remark)

    def _of_class(self, place: int) -> Array:
        if self.outputs.shape[1] > 1:
            return np.asarray(self.outputs[:, place])
        # A single output is the second class's.
        own = self.outputs[:, 0]
        return np.asarray(1 - own if len(self.names) > 1 and place == 0 else own)

    def _symbol(self, place: int) -> Symbol:
        return Symbol("ŷ", None, (place + 1,) if len(self.names) > 1 else ())

    def _averaged_error(self) -> Line | None:
        place = self.right if self.names else 0
        if place is None or self._activation == "step":
            return None
        mean = Ref(self._symbol(place), float(self._of_class(place).mean()))
        if self.names:
            formula: Expression = Negative(Call("ln", (mean,)))
            return Line(Symbol("E"), formula, formula.value())
        assert self.problem.y is not None  # noqa: S101 (asked only where there is one)
        y = Ref(Symbol("y"), float(self.problem.y[0, 0]))
        if self.problem.network.loss == "poisson":
            log = Product((y, Call("ln", (Quotient(y, mean),))))
            terms = (log, Negative(y), mean) if y.number else (mean,)
            formula = total(terms)
        else:
            formula = Product((Number(0.5), Power(minus(y, mean), Number(2))))
        return Line(Symbol("E"), formula, formula.value(), self._scaled_answer())

    # ------------------------------------------------------------------ the target's own units

    def _units(self, prediction: float) -> Iterator[Block]:
        """Tell how a prediction comes back to the units of the target."""
        if not self.restorers:
            return
        end = np.array([[prediction]])
        for restorer in self.restorers:
            end = np.asarray(restorer.inverse_transform(end), np.float64).reshape(1, -1)
        told = [number(value, self.digits) for value in (prediction, float(end[0, 0]))]
        line = self._straight_line()
        if line is None:
            yield Paragraph(f"In the target's own units {told[0]} is {told[1]}.")
            return
        scale, mean = line
        factor = f"({told[0]})" if told[0].startswith("−") else told[0]
        times = f"{number(scale, self.digits)}·{factor}"
        before = "" if mean == 0 else f"{number(mean, self.digits)} + "
        yield Paragraph(
            f"In the target's own units: {before}{times} = {told[1]}.".replace("+ −", "− ")
        )

    def _scaled_answer(self) -> str:
        """Say what y is in the formula of the error, where that is not the answer itself."""
        y, line = self.problem.y, self._straight_line()
        if not self.restorers or y is None or self.names:
            return ""
        answer, scaled = (number(float(v), self.digits) for v in (self.answer, y[0, 0]))
        if line is None:
            return f"{answer} is y = {scaled} to the network"
        scale, mean = (number(value, self.digits) for value in line)
        above = answer if line[1] == 0 else f"({answer} − {mean})".replace("− −", "+ ")
        return f"y = {above}/{scale} = {scaled}"

    def _straight_line(self) -> tuple[float, float] | None:
        """Return scale and mean of the target, if it was scaled by a line of these."""
        if len(self.restorers) != 1:
            return None
        (restorer,) = self.restorers
        if isinstance(restorer, StandardScaler):
            scale, mean = restorer.scale_, restorer.mean_
            return (
                1.0 if scale is None else float(scale[0]),
                0.0 if mean is None or not restorer.with_mean else float(mean[0]),
            )
        ends = np.asarray(restorer.inverse_transform(np.array([[0.0], [1.0], [3.0]])), np.float64)
        zero, one, three = ends.ravel().tolist()
        straight = zero == 0 and abs(three - 3 * one) <= 1e-12 * abs(three)
        return (one, 0.0) if straight else None
