r"""The penalized error of a network without hidden layer, with its first and second derivatives.

    E = (Σᵢ wᵢ eᵢ + l1 Σ|W| + l2 ½ΣW²) / Σᵢ wᵢ,   z = X̃ θ
    ∂E/∂θ = X̃ᵀ δ + …,   ∂²E/∂θⱼ∂θₖ = X̃ᵀ diag(Sⱼₖ) X̃ + …,   S = wᵢ ∂²eᵢ/∂z² / Σᵢ wᵢ

as the losses and penalties of :mod:`chainrule.mathematics` define them. Where outputs do not meet
in the loss, the Hessian has one block for each; for cross-entropy all of them are coupled.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics import L1, L2, LOSSES, row_shares
from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.engine import Data
from chainrule.training.design import Block, Design

__all__ = ["Objective", "Point", "pairs"]

# Near an optimum, curvatures are about as large as slopes: p (1 − p) beside |p − y|. Where they are
# so much less, or where z is so far from 0, curvature says nothing about the way.
LITTLE, SATURATED = 0.05, 5.0
# How many rows are looked at together, and how many curvatures of pairs of classes they may have.
ROWS_AT_ONCE, NUMBERS_AT_ONCE = 2**14, 2**21


class Point(NamedTuple):
    """A θ, where it leads each row, and what the error is there."""

    theta: Array
    z: Array
    data_loss: float
    penalty: float

    @property
    def loss(self) -> float:
        """The penalized error."""
        return self.data_loss + self.penalty


class Objective:
    """E as a function of θ, of shape (columns, k): the last row holds the biases.

    Parameters
    ----------
    network : Architecture
        d inputs, k outputs, nothing between.
    data : Data
        n rows with targets, in float64.
    l1, l2 : float
        Strengths of the penalties, in units of one row's error.
    label_smoothing : float
        As in :meth:`chainrule.mathematics.Loss.smooth`.

    Attributes
    ----------
    outputs : int
        k.
    coupled : bool
        Whether the outputs meet in the loss.
    quadratic : bool
        Whether the Hessian is the same everywhere, and for every output.
    shares : array of shape (n,)
        Each row's share of the error.
    l1, l2 : float
        The strengths divided by Σᵢ wᵢ, as they stand in E.
    """

    def __init__(
        self, network: Architecture, data: Data, *, l1: float, l2: float, label_smoothing: float
    ) -> None:
        self.network = network
        self.loss = LOSSES[network.loss]
        self.outputs = network.sizes[-1]
        self.coupled = self.loss.output == "softmax"
        self.quadratic = self.loss.output == "identity"
        self.shares = row_shares(data.rows, data.weights if len(data.weights) else None)
        self.l1, self.l2 = l1 * data.share, l2 * data.share
        self.smoothing = label_smoothing
        pairs_of_classes = self.outputs**2 if self.coupled else 1
        at_once = max(1, min(ROWS_AT_ONCE, NUMBERS_AT_ONCE // pairs_of_classes))
        self.design = Design(data, self.shares, rows_at_once=at_once)
        self._y = data.y
        ignored = self.shares == 0
        self._ignored: NDArray[np.bool_] | None = ignored if ignored.any() else None

    def targets(self, rows: slice) -> Array:
        """Return y of some rows, shape (m, k), one-hot where classes are numbered."""
        y = self._y[rows]
        if self.coupled:
            y = np.eye(self.outputs)[y[:, 0].astype(np.intp)]
        return self.loss.smooth(y, self.smoothing)

    def at(self, theta: Array) -> Point:
        """Return the point at θ; its error may be infinite."""
        z = np.empty((self.design.rows, self.outputs))

        def of_block(rows: slice, block: Block) -> tuple[Array, ...]:
            z[rows] = block.forward(theta)
            if self._ignored is not None:
                z[rows][self._ignored[rows]] = 0  # whatever these rows hold, they do not count
            with np.errstate(over="ignore", invalid="ignore"):
                errors = self.loss.value(z[rows], self.targets(rows))
                return (np.array(self.shares[rows] @ errors),)

        data_loss = float(self.design.total(of_block)[0])
        weights, _ = self.design.weights(theta)
        penalty = self.l1 * L1.value(weights) + self.l2 * L2.value(weights)
        return Point(theta, z, data_loss, penalty)

    def gradient(self, point: Point) -> Array:
        """Return ∂E/∂θ of shape (columns, k), without the corners of L1."""

        def of_block(rows: slice, block: Block) -> tuple[Array, ...]:
            return (block.transposed(self._delta(point.z[rows], rows)),)

        return self._penalized(point, self.design.total(of_block)[0])

    def derivatives(self, point: Point, same: Array | None = None) -> tuple[Array, Array]:
        """Return ∂E/∂θ, without the corners of L1, and the blocks of the Hessian.

        Far from any optimum a sigmoid that is saturated on the wrong side has no curvature left,
        and a step by it would lead nowhere. There the Hessian is taken nearer by, where z is held
        within SATURATED of the middle; along the way it becomes the true one.

        Parameters
        ----------
        point : Point
            Where.
        same : array, optional
            The Hessian of an earlier point, returned again where it is the same everywhere.

        Returns
        -------
        gradient : array of shape (columns, k)
        hessian : array of shape (blocks, size, size)
            One block for each output, of size = columns; one for all together where they are
            coupled, of size = k · columns, class after class; one that serves every output where
            the error is quadratic.
        """
        if self.quadratic and same is not None:
            return self.gradient(point), same

        def of_block(rows: slice, block: Block) -> tuple[Array, ...]:
            delta, weights = self._delta_and_weights(point.z[rows], rows)
            products = np.array([block.gram(w) for w in weights])
            return block.transposed(delta), np.abs(delta).sum(axis=0), products

        gradient, sizes, products = self.design.total(of_block)
        hessian = self._hessian(products)
        last = np.arange(1, hessian.shape[1] // self.design.columns + 1) * self.design.columns - 1
        if not self.quadratic and (hessian[:, last, last].ravel() < LITTLE * sizes).any():
            hessian = self._hessian(self._tamed_products(point.z))
        return self._penalized(point, gradient), self._with_squares(hessian)

    def _tamed_products(self, z: Array) -> Array:
        def of_block(rows: slice, block: Block) -> tuple[Array, ...]:
            tamed = z[rows]
            if self.coupled:
                tamed = tamed - tamed.max(axis=1, keepdims=True)
            highest = SATURATED if self.loss.output == "logistic" else np.inf
            _, weights = self._delta_and_weights(np.clip(tamed, -SATURATED, highest), rows)
            return (np.array([block.gram(w) for w in weights]),)

        return self.design.total(of_block)[0]

    def _hessian(self, products: Array) -> Array:
        return self.join(products) if self.coupled else products

    def _with_squares(self, hessian: Array) -> Array:
        if self.l2 > 0:
            squares = self.l2 * self.design.squares
            for start in range(0, hessian.shape[1], self.design.columns):
                weights = slice(start, start + len(squares))
                hessian[:, weights, weights] += squares
        return hessian

    def join(self, products: Array) -> Array:
        """Put the products of all pairs of classes together, as one block.

        Parameters
        ----------
        products : array of shape (k (k + 1) / 2, columns, columns)
            X̃ᵀ diag(|Sⱼₖ|) X̃ for j ≤ k; where j < k, S is not positive.

        Returns
        -------
        array of shape (1, k · columns, k · columns)
        """
        size = self.outputs * self.design.columns
        whole = np.empty((self.outputs, self.design.columns) * 2)
        for product, (j, k) in zip(products, pairs(self.outputs), strict=True):
            whole[j, :, k] = whole[k, :, j] = product if j == k else -product
        return cast(Array, whole.reshape(1, size, size))

    def largest_slopes(self, point: Point, gradient: Array) -> Array:
        """Return for each output the largest component of ∂E/∂W and ∂E/∂b, shape (k,).

        With L1 the corner at 0 is no slope as long as it holds the weight there.
        """
        weights, _ = self.design.weights(point.theta)
        data_part = gradient.copy()
        data_part[:-1] -= self._pull(point.theta)
        slopes = self.design.slopes(data_part) + self.l2 * weights
        if self.l1 > 0:
            at_zero = np.maximum(np.abs(slopes) - self.l1, 0)
            slopes = np.where(weights == 0, at_zero, slopes + self.l1 * L1.derivative(weights))
        return cast(Array, np.abs(np.vstack([slopes, gradient[-1]])).max(axis=0))

    def start(self, parameters: Array) -> Array:
        """Return the θ of the network's parameters."""
        theta = self.design.theta(*self.network.views(parameters)[0])
        return self.centered(theta)

    def centered(self, theta: Array) -> Array:
        """Return θ without what all classes have in common, which changes no probability.

        With L1 only the biases are free to be shifted.
        """
        if self.coupled:
            common = theta.mean(axis=1, keepdims=True)
            if self.l1 > 0:
                common[:-1] = 0
            theta = theta - common
        return theta

    def parameters(self, theta: Array) -> Array:
        """Return the network's parameters for a θ, the biases of classes centered like θ."""
        weights, bias = self.design.weights(theta)
        if self.coupled:
            bias = bias - bias.mean()
        return self.network.flatten([weights], [bias], np.float64)

    # ------------------------------------------------------------------ one block of rows

    def _delta(self, z: Array, rows: slice) -> Array:
        return self.shares[rows, None] * self.loss.gradient(z, self.targets(rows))

    def _delta_and_weights(self, z: Array, rows: slice) -> tuple[Array, list[Array]]:
        """Return the δ of these rows, and |S| for each product that the Hessian is made of.

        Every loss here has ∂e/∂z = ŷ − y, so that S = ∂ŷ/∂z is known from ŷ without z.
        """
        shares, targets = self.shares[rows], self.targets(rows)
        difference = self.loss.gradient(z, targets)
        delta = shares[:, None] * difference
        if self.quadratic:
            return delta, [shares]
        predicted = (difference + targets).T
        if self.coupled:
            shared = shares * predicted
            return delta, [
                shared[j] * (np.abs(1 - predicted[j]) if j == k else predicted[k])
                for j, k in pairs(self.outputs)
            ]
        steepness = np.abs(1 - predicted) if self.loss.output == "logistic" else 1
        return delta, list(shares * predicted * steepness)

    def _pull(self, theta: Array) -> Array:
        """Return what L2 adds to the gradient."""
        if self.l2 == 0:
            return np.zeros_like(theta[:-1])
        return cast(Array, self.l2 * (self.design.squares @ theta[:-1]))

    def _penalized(self, point: Point, gradient: Array) -> Array:
        gradient[:-1] += self._pull(point.theta)
        return gradient


def pairs(outputs: int) -> list[tuple[int, int]]:
    """Return (j, k) with j ≤ k, in the order of :meth:`Objective.join`."""
    return [(j, k) for j in range(outputs) for k in range(j, outputs)]
