"""The order in which the rows are seen, drawn anew for every epoch."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Order"]

# From so many rows on it takes longer to draw an order than to have another thread do it.
ROWS_WORTH_A_THREAD = 30_000


def _shuffled(order: NDArray[np.int64], random: np.random.RandomState) -> NDArray[np.int64]:
    """Return the same rows in another order: as picked by a shuffled 0, 1, … n − 1."""
    order = order.copy()
    random.shuffle(order)
    return order


class Order:
    """The rows' order: that of one epoch after another.

    It is drawn as scikit-learn draws it, so that the same seed sees the same mini-batches. While an
    epoch is trained on, the next one's order is drawn by another thread, if that is allowed; who
    stops before it is used gives the draw back.

    Parameters
    ----------
    rows : int
        n.
    random : numpy.random.RandomState, optional
        What is drawn from; without it the rows are seen as they stand.
    ahead : bool
        Whether another thread may draw.

    Attributes
    ----------
    current : array of int64 of shape (n,)
        The present epoch's.

    Examples
    --------
    >>> order = Order(4, np.random.RandomState(0), ahead=False)
    >>> order.draw()
    array([2, 3, 1, 0])
    """

    def __init__(self, rows: int, random: np.random.RandomState | None, *, ahead: bool) -> None:
        self.current: NDArray[np.int64] = np.arange(rows)
        self._random = random
        self._helper: ThreadPoolExecutor | None = None
        self._coming: Future[NDArray[np.int64]] | None = None
        self._before: Any = None
        if random is not None and ahead and rows >= ROWS_WORTH_A_THREAD:
            self._helper = ThreadPoolExecutor(1, thread_name_prefix="chainrule-order")

    @property
    def changes(self) -> bool:
        """Whether there is a new order for every epoch."""
        return self._random is not None

    def draw(self) -> NDArray[np.int64]:
        """Return the next epoch's order."""
        random, coming = self._random, self._coming
        if random is not None:
            self._coming = None
            self.current = _shuffled(self.current, random) if coming is None else coming.result()
            if self._helper is not None:
                self._before = random.get_state()
                self._coming = self._helper.submit(_shuffled, self.current, random)
        return self.current

    def peek(self) -> NDArray[np.int64]:
        """Return the next epoch's order, which is still to be drawn."""
        before = self.save()
        coming = self.draw()
        self.stop()
        self.restore(before, 0)
        return coming

    def stop(self) -> None:
        """Give back what was drawn and not used."""
        coming, self._coming = self._coming, None
        if coming is not None and self._random is not None:
            coming.result()
            self._random.set_state(self._before)

    def save(self) -> tuple[NDArray[np.int64], Any]:
        """Return what :meth:`restore` goes back to."""
        self.stop()
        return self.current, None if self._random is None else self._random.get_state()

    def restore(self, saved: tuple[NDArray[np.int64], Any], draws: int) -> None:
        """Go back to where it was saved, and so many draws on from there."""
        self.current, state = saved
        if self._random is not None:
            self._random.set_state(state)
        for _ in range(draws):
            self.draw()
