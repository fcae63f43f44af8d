r"""Data for which no finite optimum exists, told by proof and not by a guess.

A direction s of the weights along which no row's error rises, and some row's falls, can be followed
for ever: the error has no lowest point. For a row of the log loss that says

    s·x̃ ≥ 0 where y = 1,   s·x̃ ≤ 0 where y = 0;

for cross-entropy the right class must not lose against any other, and for counts s·x̃ must be 0
where y > 0 and no more than 0 where y = 0. A row that may only move one way is called free here,
one that may not move at all is tied.

Where all free rows move, the data are completely separated, and any weights that classify every row
rightly prove it. Otherwise only some do. Newton's steps then run along such a direction sooner or
later, but for a rest that vanishes slowly; that rest is taken out, and what is left is checked on
every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.training.design import Block
from chainrule.training.objective import Objective, pairs

__all__ = ["Separation"]

# A move that is so small a part of the largest is taken for rounding.
ROUNDING = 1e-12
# Where to draw the line between rows that move and rows that do not, as a share of the largest
# move; and how much smaller than the least move of the one the largest of the others must be.
LINES = tuple(10.0**-power for power in range(1, 9))
CLEARLY_SMALLER = 1e-6
# Eigenvalues of products of rows below this share of the largest are 0.
NO_EIGENVALUE = 1e-13
TIMES_CLEANED = 3
ROWS_AT_ONCE = 4096


class Moves(NamedTuple):
    """How far each row moves, towards its own side where it is free.

    Attributes
    ----------
    lengths : array of shape (n, c)
        For cross-entropy c is the number of classes, and each row moves against each of the
        others; else 1.
    free, tied : array of bool of shape (n, c)
        Which of them may move one way, and which not at all; rows without weight are neither.
    """

    lengths: Array
    free: NDArray[np.bool_]
    tied: NDArray[np.bool_]


class Separation:
    """Whether an objective has a finite optimum.

    Parameters
    ----------
    objective : Objective
        What is minimized.

    Attributes
    ----------
    possible : bool
        Whether the weights could grow for ever. With a penalty they cannot, and the only way out is
        that of a bias whose class or count never occurs.
    way : array of shape (columns, k)
        The direction that was proven last to have no end; 0 for outputs for which none was.
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        unbounded = (
            objective.loss.name in ("log_loss", "cross_entropy", "poisson")
            and objective.smoothing == 0
            and bool(objective.shares.any())
        )
        penalized = objective.l1 > 0 or objective.l2 > 0
        self.possible = unbounded and not penalized
        self._absent = self._never_met() if unbounded and penalized else []
        self._complete = False
        self.way: Array = np.empty(0)

    # ------------------------------------------------------------------ what is proven

    def separated(self, z: Array, active: NDArray[np.bool_]) -> list[int]:
        """Return the outputs whose rows are all on their own side, and clearly."""
        if not self.possible:
            return []
        proven = [
            output
            for outputs in self._groups(active)
            if self._is_separated(z, outputs)
            for output in outputs
        ]
        self._complete |= bool(proven)
        return proven

    def recession(self, direction: Array, z: Array, active: NDArray[np.bool_]) -> list[int]:
        """Return the outputs for which this direction, cleaned, can be followed for ever from z.

        What it was cleaned to is ``way``, long enough for every row that moves to be right.
        """
        self.way = np.zeros_like(direction)
        change = self._objective.design.forward(direction)
        return [
            output
            for outputs in self._groups(active)
            if self._leads_away(direction, change, z, outputs)
            for output in outputs
        ]

    def sentence(self, outputs: NDArray[np.bool_]) -> str:
        """Say that no finite optimum exists, for the outputs where this was proven, or nothing."""
        if self._absent:
            return (
                f"no finite optimum exists: {self._answers(self._absent)}, so that the bias grows "
                "for ever; leave out what does not vary"
            )
        if not outputs.any():
            return ""
        which = np.flatnonzero(outputs).tolist()
        several = len(outputs) > 1 and not self._objective.coupled
        where = f" for {_numbered('output', which)}" if several else ""
        if self._objective.loss.name == "poisson":
            why = "in some direction the counts are all 0"
        elif self._complete:
            why = "the classes can be separated without a mistake"
        else:
            why = "some rows can be separated from all others without a mistake"
        return (
            f"no finite optimum exists{where}: {why}, so that the error falls for ever as the "
            "weights grow; add an L2 penalty, however small"
        )

    def _answers(self, absent: list[int]) -> str:
        if self._objective.coupled:
            return f"no row is of {_numbered('class', absent)}"
        where = f" of {_numbered('output', absent)}" if self._objective.outputs > 1 else ""
        return f"all answers{where} are the same"

    # ------------------------------------------------------------------ rows

    def _groups(self, active: NDArray[np.bool_]) -> Iterator[list[int]]:
        """Yield outputs that stand or fall together."""
        if self._objective.coupled:
            if active.all():
                yield list(range(len(active)))
        else:
            for output in np.flatnonzero(active).tolist():
                yield [output]

    def _moves(self, z: Array, outputs: list[int], rows: slice = slice(None)) -> Moves:
        y = self._objective.targets(rows)[:, outputs]
        counts = (self._objective.shares[rows] > 0)[:, None]
        z = z[rows][:, outputs] if z.shape[1] > len(outputs) else z[rows]
        if self._objective.coupled:
            own = y == 1
            lengths = z[own][:, None] - z
            return Moves(lengths, ~own & counts, np.zeros_like(own))
        if self._objective.loss.name == "poisson":
            return Moves(np.where(y == 0, -z, z), (y == 0) & counts, (y > 0) & counts)
        free = (y == 0) | (y == 1)
        return Moves((2 * y - 1) * z, free & counts, ~free & counts)

    def _is_separated(self, z: Array, outputs: list[int]) -> bool:
        limit = ROUNDING * np.abs(z[:, outputs]).max()
        # Most data are not, and the first rows tell.
        for start in range(0, len(z), ROWS_AT_ONCE):
            lengths, free, tied = self._moves(z, outputs, slice(start, start + ROWS_AT_ONCE))
            if tied.any() or not (lengths[free] > limit).all():
                return False
        return True

    def _never_met(self) -> list[int]:
        """Return the classes or counts of which there are none, and labels that all rows have."""
        counted = self._objective.shares > 0
        y = self._objective.targets(slice(None))[counted]
        absent = (y == 0).all(axis=0)
        if self._objective.loss.name == "log_loss":
            absent |= (y == 1).all(axis=0)
        return np.flatnonzero(absent).tolist() if len(y) else []

    # ------------------------------------------------------------------ directions

    def _leads_away(self, direction: Array, change: Array, z: Array, outputs: list[int]) -> bool:
        moves = self._moves(change, outputs)
        largest = np.abs(moves.lengths).max(initial=0, where=moves.free | moves.tied)
        tried: set[int] = set()
        for line in LINES:
            back = -np.min(moves.lengths, initial=0, where=moves.free)
            tied = np.abs(moves.lengths).max(initial=0, where=moves.tied)
            if max(back, tied) > line * largest:
                return False
            moving = moves.free & (moves.lengths > line * largest)
            if moving.any() and int(moving.sum()) not in tried:
                tried.add(int(moving.sum()))
                cleaned = self._cleaned(direction[:, outputs], outputs, moving)
                if cleaned is not None:
                    way, lengths = cleaned
                    here = self._moves(z, outputs).lengths
                    self.way[:, outputs] = way * np.max(
                        (1 - here[moving]) / lengths[moving], initial=0
                    )
                    # Far enough along, what moves is right, and the others stay as they are.
                    right = moving | ~moves.free | (here > 0)
                    self._complete |= bool(right.all() and not moves.tied.any())
                    return True
        return False

    def _cleaned(
        self, direction: Array, outputs: list[int], moving: NDArray[np.bool_]
    ) -> tuple[Array, Array] | None:
        """Return the direction freed from what moves the other rows, if it still moves these."""
        moves = self._moves(self._objective.design.forward(direction), outputs)
        resting = (moves.free | moves.tied) & ~moving
        inverse = self._inverse_of(resting)
        for _ in range(TIMES_CLEANED):
            rest = inverse @ self._pull(direction, resting).T.reshape(-1, 1)
            direction = direction - rest.reshape(direction.T.shape).T
        moves = self._moves(self._objective.design.forward(direction), outputs)
        least = np.min(moves.lengths, initial=np.inf, where=moving)
        most = np.abs(moves.lengths).max(initial=0, where=resting)
        proven = least > 0 and most <= CLEARLY_SMALLER * least
        return (direction, moves.lengths) if proven else None

    def _inverse_of(self, resting: NDArray[np.bool_]) -> Array:
        """Return the pseudoinverse of the products of the rows that are to rest."""
        objective = self._objective

        def of_block(rows: slice, block: Block) -> tuple[Array, ...]:
            return (np.array([block.gram(w) for w in self._weights(rows, resting[rows])]),)

        products = objective.design.total(of_block)[0]
        product = (objective.join(products) if objective.coupled else products)[0]
        diagonal = product.diagonal()
        scale = np.where(diagonal > 0, 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1)), 0)
        sizes, vectors = np.linalg.eigh(product * np.outer(scale, scale))
        kept = sizes > NO_EIGENVALUE * max(sizes.max(initial=0), 1)
        vectors = scale[:, None] * vectors[:, kept]
        return np.asarray((vectors / sizes[kept]) @ vectors.T)

    def _weights(self, rows: slice, resting: NDArray[np.bool_]) -> list[Array]:
        """Return for each product of columns how often each row's move is among the resting."""
        if not self._objective.coupled:
            return [resting[:, 0].astype(np.float64)]
        own = self._objective.targets(rows) == 1
        between = resting[:, :, None] & own[:, None, :]
        meets = between | between.transpose(0, 2, 1)
        number = resting + own * resting.sum(axis=1, keepdims=True)
        return [
            (number[:, j] if j == k else meets[:, j, k]).astype(np.float64)
            for j, k in pairs(self._objective.outputs)
        ]

    def _pull(self, direction: Array, resting: NDArray[np.bool_]) -> Array:
        """Return the slopes of half the sum of squares of the resting rows' moves."""
        coupled = self._objective.coupled

        def of_block(rows: slice, block: Block) -> tuple[Array, ...]:
            z = block.forward(direction)
            if not coupled:
                return (block.transposed(resting[rows] * z),)
            own = self._objective.targets(rows) == 1
            lengths = resting[rows] * (z[own][:, None] - z)
            turned = own * lengths.sum(axis=1, keepdims=True) - lengths
            return (block.transposed(turned),)

        return self._objective.design.total(of_block)[0]


def _numbered(what: str, numbers: list[int]) -> str:
    """Return 'class 2', or 'classes 1, 2', counted from 0 and saying so."""
    plural = "" if len(numbers) == 1 else "es" if what.endswith("s") else "s"
    return f"{what}{plural} {', '.join(map(str, numbers))} (counted from 0)"
