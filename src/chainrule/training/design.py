r"""The design matrix of a single layer: every row with a constant 1 at its end, a block at a time.

    X̃ = [X − μ, 1],   z = X̃ θ,   θ = (W; b + μW)

Rows are met in blocks that stay in cache and are shared out among threads. Columns that lie far
from 0 are centred by their means μ on the way, so that a column of years is as well conditioned as
one of ages. Where columns depend on each other, or nearly, :meth:`Design.orthogonalize` replaces
them by independent ones, X̃ = [(X − μ) T, 1] with W = T U.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_array

from chainrule.mathematics.arrays import Array
from chainrule.network.engine import Data
from chainrule.network.team import parts_of, reserve, run_together

__all__ = ["Block", "Design"]

NUMBERS_IN_A_BLOCK = 2**18
FEWEST_ROWS_IN_A_BLOCK = 256
# Below this share of numbers that are not 0, products of sparse rows are quicker than of dense.
SPARSE_ENOUGH, COLUMNS_WORTH_IT = 0.1, 64
# A column whose mean is so many times its standard deviation loses digits unless it is centred.
FAR_FROM_ZERO, ROWS_IN_A_SAMPLE = 10.0, 1000


class Block:
    """Some rows of X̃, dense or sparse; the constant 1 is not stored.

    Parameters
    ----------
    x : array or sparse array of shape (m, columns − 1)
        What stands before the 1.
    """

    def __init__(self, x: Any) -> None:
        self.x = x

    def forward(self, theta: Array) -> Array:
        """Return X̃ θ for θ of shape (columns, k)."""
        return np.asarray(self.x @ theta[:-1] + theta[-1])

    def transposed(self, delta: Array) -> Array:
        """Return X̃ᵀ δ for δ of shape (m, k)."""
        return np.vstack([self.x.T @ delta, delta.sum(axis=0)])

    def gram(self, weights: Array) -> Array:
        """Return X̃ᵀ diag(w) X̃ for w of shape (m,), not negative."""
        roots = np.sqrt(weights)
        dense = isinstance(self.x, np.ndarray)
        scaled = self.x * roots[:, None] if dense else self.x.multiply(roots[:, None]).tocsr()
        product = np.empty((self.x.shape[1] + 1,) * 2)
        # Of a matrix with itself: BLAS does half the work.
        inner = scaled.T @ scaled
        product[:-1, :-1] = inner if dense else inner.toarray()
        product[:-1, -1] = product[-1, :-1] = scaled.T @ roots
        product[-1, -1] = weights.sum()
        return product


class Design:
    """Rows as the columns of weights meet them.

    Parameters
    ----------
    data : Data
        n rows of d columns in float64, dense or sparse.
    shares : array of shape (n,)
        Each row's share of the error, for the means.
    rows_at_once : int
        No block has more.

    Attributes
    ----------
    means : array of shape (d,)
        μ; 0 where no column lies far from 0, or where rows stay sparse, which centring would end.
    columns : int
        How many columns X̃ has: d + 1, or fewer once dependent ones are left out.
    dependent : int
        How many of the d directions change no prediction, known after :meth:`orthogonalize`.
    squares : array of shape (columns − 1, columns − 1)
        The matrix Q with ΣW² = tr UᵀQU.
    """

    def __init__(self, data: Data, shares: Array, *, rows_at_once: int = 2**14) -> None:
        self.rows, inputs = data.rows, data.x.shape[1]
        self._inputs = inputs
        self._x: Any = data.x
        self._shares = shares
        self.columns = inputs + 1
        self.dependent = 0
        self.squares: Array = np.eye(inputs)
        self._map: Array | None = None
        self._back: Array | None = None
        self._stays_sparse = False
        if data.is_sparse:
            self._x = csr_array(data.sparse, shape=(self.rows, inputs))
            filled = self._x.nnz < SPARSE_ENOUGH * self.rows * inputs
            self._stays_sparse = filled and inputs >= COLUMNS_WORTH_IT
        self.means: Array = np.zeros(inputs)
        self._centers = not self._stays_sparse and self._lies_far_from_zero()
        if self._centers:
            self.means = np.asarray(self._x.T @ shares)
        parts = parts_of(self.rows, self.columns)
        self._rows_at_once = rows_at_once
        self._cuts = [self.rows * i // parts for i in range(parts + 1)]

    def _lies_far_from_zero(self) -> bool:
        """Whether some column hardly varies for its size, judged by a sample of the rows."""
        sample = self._x[:: max(1, self.rows // ROWS_IN_A_SAMPLE)]
        x = sample if isinstance(sample, np.ndarray) else sample.toarray()
        return bool((np.abs(x.mean(axis=0)) > FAR_FROM_ZERO * x.std(axis=0)).any())

    # ------------------------------------------------------------------ blocks

    def blocks(self, part: int) -> Iterator[tuple[slice, Block]]:
        """Yield the blocks of one part: which rows they are, and X̃ of them."""
        first, last = self._cuts[part : part + 2]
        step = self._rows_at_once
        if not self._stays_sparse:
            step = min(step, max(FEWEST_ROWS_IN_A_BLOCK, NUMBERS_IN_A_BLOCK // self.columns))
        for start in range(first, last, step):
            rows = slice(start, min(start + step, last))
            yield rows, self._block(rows)

    def _block(self, rows: slice) -> Block:
        x = self._x[rows]
        if self._stays_sparse:
            return Block(x)
        dense = x if isinstance(x, np.ndarray) else x.toarray()
        centered = dense - self.means if self._centers else dense
        return Block(centered if self._map is None else centered @ self._map)

    def total(self, of_block: Callable[[slice, Block], tuple[Array, ...]]) -> list[Array]:
        """Add up what a function returns for every block.

        The sums have the same bits whatever the number of threads: every part has its own, and
        these are added in their order.

        Parameters
        ----------
        of_block : callable
            (which rows, X̃ of them) to arrays whose shapes are the same for every block.

        Returns
        -------
        list of array
        """
        parts = len(self._cuts) - 1

        def of_part(part: int) -> list[Array]:
            return _sum(of_block(rows, block) for rows, block in self.blocks(part))

        def member(number: int, barrier: Any, members: int) -> list[list[Array]]:
            del barrier  # nobody has to wait for anybody
            return [of_part(part) for part in range(number, parts, members)]

        with reserve(parts) as members:
            returned = run_together(member, members, members)
        return _sum(returned[i % members][i // members] for i in range(parts))

    def forward(self, theta: Array) -> Array:
        """Return z = X̃ θ of shape (n, k)."""
        z = np.empty((self.rows, theta.shape[1]))

        def of_block(rows: slice, block: Block) -> tuple[Array, ...]:
            z[rows] = block.forward(theta)
            return ()

        self.total(of_block)
        return z

    # ------------------------------------------------------------------ parameters

    def theta(self, weights: Array, bias: Array) -> Array:
        """Return θ for W of shape (d, k) and b of shape (k,)."""
        inner = weights if self._back is None else self._back.T @ weights
        return np.vstack([inner, bias + self.means @ weights])

    def weights(self, theta: Array) -> tuple[Array, Array]:
        """Return W and b of a θ."""
        weights = theta[:-1] if self._map is None else self._map @ theta[:-1]
        return weights, theta[-1] - self.means @ weights

    def slopes(self, gradient: Array) -> Array:
        """Return Xᵀδ, the slopes for W with b held, from X̃ᵀδ."""
        inner = gradient[:-1] if self._back is None else self._back @ gradient[:-1]
        slopes: Array = inner + np.outer(self.means, gradient[-1])
        return slopes

    @property
    def is_orthogonal(self) -> bool:
        """Whether :meth:`orthogonalize` has been called."""
        return self._map is not None

    def orthogonalize(self) -> None:
        """Replace the columns by as many orthogonal ones as are independent.

        From the singular values of the centred, weighted and scaled rows, found by way of a QR
        decomposition a block at a time: a matrix of products would have lost half the digits.
        Weights that change no prediction are left out, so that W is the one of least norm.
        """
        self._stays_sparse, self._centers = False, True
        self.means = np.asarray(self._x.T @ self._shares)
        factor = self._triangle()
        norms = np.sqrt(np.einsum("ij,ij->j", factor, factor))
        # A column that is constant but for rounding is no direction.
        norms[norms <= 100 * np.finfo(float).eps * np.abs(self.means)] = 0
        scale = np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)
        _, sizes, directions = np.linalg.svd(factor * scale, full_matrices=False)
        limit = np.finfo(float).eps * max(self.rows, self._inputs)
        kept = sizes > limit * max(sizes, default=0)
        sizes, directions = sizes[kept], directions[kept]
        # U = C W with C = diag(sizes) · directions · diag(norms); of all W with this U the one of
        # least norm is C⁺U.
        self._back = (sizes[:, None] * directions * norms).T
        if len(sizes) == self._inputs:
            self._map = scale[:, None] * directions.T / sizes
        else:
            q, r = np.linalg.qr((directions * norms).T)
            self._map = q @ np.linalg.solve(r.T, np.diag(1 / sizes))
        self.squares = self._map.T @ self._map
        self.columns = len(sizes) + 1
        self.dependent = self._inputs - len(sizes)

    def _triangle(self) -> Array:
        """Return the R of the QR decomposition of the centred rows, times the roots of shares."""
        factor = np.empty((0, self._inputs))
        roots = np.sqrt(self._shares)
        waiting: list[Array] = []
        for part in range(len(self._cuts) - 1):
            for rows, block in self.blocks(part):
                waiting.append(block.x * roots[rows, None])
                if sum(map(len, waiting)) >= 2 * self._inputs:
                    factor = _r(np.vstack([factor, *waiting]))
                    waiting = []
        return _r(np.vstack([factor, *waiting]))


def _r(matrix: Array) -> Array:
    return cast(Array, np.linalg.qr(matrix, mode="r"))


def _sum(items: Iterable[Sequence[Array]]) -> list[Array]:
    totals: list[Array] = []
    for arrays in items:
        if not totals:
            totals = list(arrays)
            continue
        for total, array in zip(totals, arrays, strict=True):
            total += array
    return totals
