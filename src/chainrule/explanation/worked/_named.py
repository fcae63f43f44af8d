"""Every number of a calculation with the symbol it is written by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainrule.explanation.worked._arithmetic import Expression, Number, Product, Ref, Rest, Sum
from chainrule.explanation.worked._calculation import Calculation, Update
from chainrule.explanation.worked._notation import Symbol
from chainrule.explanation.worked._selection import Selection
from chainrule.mathematics.arrays import Array
from chainrule.network import Backtrace

__all__ = ["Named", "multiplied", "total"]


def total(terms: Sequence[Expression]) -> Expression:
    """Return a sum, which of one term is that term, and of none 0."""
    if not terms:
        return Number(0)
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def multiplied(*factors: Expression) -> Expression:
    """Return a product, those among its factors opened that are products themselves."""
    parts = [part for f in factors for part in (f.parts() if isinstance(f, Product) else (f,))]
    return parts[0] if len(parts) == 1 else Product(tuple(parts))


@dataclass(frozen=True, eq=False)
class Named:
    """Refers to the numbers of a calculation; layers, nodes and rows are counted from 0.

    Attributes
    ----------
    calculation : Calculation
        Where the numbers are.
    chosen : Selection
        What is shown of them.
    labels : tuple of int
        What the rows are called.
    """

    calculation: Calculation
    chosen: Selection
    labels: tuple[int, ...]

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.calculation.network.layers)

    @cached_property
    def views(self) -> list[tuple[Array, Array]]:
        """W and b of every layer."""
        return self.calculation.network.views(self.calculation.parameters)

    @property
    def back(self) -> Backtrace:
        """The way back; asked for only where there is a target."""
        assert self.calculation.back is not None  # noqa: S101
        return self.calculation.back

    @property
    def update(self) -> Update:
        """The step; asked for only where there is a target."""
        assert self.calculation.update is not None  # noqa: S101
        return self.calculation.update

    @cached_property
    def slopes(self) -> list[tuple[Array, Array]]:
        """∂E/∂W, the slope of its penalty among it, and ∂E/∂b of every layer."""
        return self.calculation.network.views(self.update.gradient)

    def row(self, r: int) -> int | None:
        """Return what a row is called in symbols: nothing if it is the only one."""
        return None if len(self.labels) == 1 else self.labels[r]

    def _index(self, layer: int, node: int) -> tuple[int, ...]:
        """Return a node's number; none where it is the only one of its layer."""
        alone = self.calculation.network.sizes[layer + 1] == 1
        return () if alone else (node + 1,)

    def is_output(self, layer: int) -> bool:
        """Whether a layer is the last."""
        return layer == self.layers - 1

    # ------------------------------------------------------------------ symbols

    def z_symbol(self, layer: int, node: int, r: int) -> Symbol:
        """Return the symbol of a node's z."""
        return Symbol("z", layer + 1, self._index(layer, node), self.row(r))

    def h_symbol(self, layer: int, node: int, r: int) -> Symbol:
        """Return the symbol of a node's h, which of an output is ŷ."""
        if self.is_output(layer):
            return Symbol("ŷ", None, self._index(layer, node), self.row(r))
        return Symbol("h", layer + 1, self._index(layer, node), self.row(r))

    def delta_symbol(self, layer: int, node: int, r: int) -> Symbol:
        """Return the symbol of a node's δ."""
        return Symbol("δ", layer + 1, self._index(layer, node), self.row(r))

    def weight_symbol(self, layer: int, i: int, j: int) -> Symbol:
        """Return the symbol of the weight from node i to node j."""
        return Symbol("W", layer + 1, (i + 1, j + 1))

    def bias_symbol(self, layer: int, node: int) -> Symbol:
        """Return the symbol of a node's bias."""
        return Symbol("b", layer + 1, self._index(layer, node))

    # ------------------------------------------------------------------ numbers

    def input(self, layer: int, node: int, r: int) -> Ref:
        """Return what a layer takes from a node: an x, or an h of the layer before."""
        if layer == 0:
            symbol = Symbol("x", None, (node + 1,), self.row(r))
            return Ref(symbol, float(self.calculation.trace.x[r, node]))
        return self.h(layer - 1, node, r)

    def weight(self, layer: int, i: int, j: int) -> Ref:
        """Return the weight from node i to node j."""
        return Ref(self.weight_symbol(layer, i, j), float(self.views[layer][0][i, j]))

    def bias(self, layer: int, node: int) -> Ref:
        """Return a node's bias."""
        return Ref(self.bias_symbol(layer, node), float(self.views[layer][1][node]))

    def z(self, layer: int, node: int, r: int) -> Ref:
        """Return a node's weighted sum."""
        number = self.calculation.trace.z[layer][r, node]
        return Ref(self.z_symbol(layer, node, r), float(number))

    def h(self, layer: int, node: int, r: int) -> Ref:
        """Return what a node puts out."""
        number = self.calculation.trace.h[layer][r, node]
        return Ref(self.h_symbol(layer, node, r), float(number))

    def y(self, node: int, r: int) -> Ref:
        """Return the target of an output."""
        assert self.calculation.y is not None  # noqa: S101 (only told where there is one)
        symbol = Symbol("y", None, self._index(self.layers - 1, node), self.row(r))
        return Ref(symbol, float(self.calculation.y[r, node]))

    def delta(self, layer: int, node: int, r: int) -> Ref:
        """Return ∂E/∂z of a node."""
        number = self.back.delta[layer][r, node]
        return Ref(self.delta_symbol(layer, node, r), float(number))

    def share(self, r: int) -> Ref:
        """Return what a row's error counts in E."""
        if self.calculation.problem.weights is None:
            return self.common_share
        return Ref(Symbol("s", None, (), self.row(r)), float(self.calculation.counts.shares[r]))

    @property
    def common_share(self) -> Ref:
        """Return 1 / Σ w, which penalties are multiplied by, and rows without weights."""
        return Ref(Symbol("s"), self.calculation.counts.share)

    @property
    def counts_fully(self) -> bool:
        """Whether every row's error counts in E as it is."""
        return bool((self.calculation.counts.shares == 1).all())

    # ------------------------------------------------------------------ sums

    def products(
        self, left: Array, right: Array, terms: Sequence[tuple[int, Ref, Ref]]
    ) -> list[Expression]:
        """Return some terms of a sum of products, and what the others add up to.

        Parameters
        ----------
        left, right : array of shape (n,)
            The factors of every term.
        terms : sequence of (place, left factor, right factor)
            Those that are written out.

        Returns
        -------
        list of Expression
        """
        written: list[Expression] = [Product((a, b)) for _, a, b in terms]
        others = np.ones(len(left), bool)
        others[[place for place, _, _ in terms]] = False
        count = int(others.sum())
        if count:
            written.append(Rest(float(left[others] @ right[others]), count))
        return written
