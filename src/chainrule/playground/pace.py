"""How fast a session plays: what is due by the clock, and how fast it really goes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

__all__ = ["Pace"]

# After a pause no more is made up for than so many seconds of playing.
_MOST_OWED = 0.1
# The speed that is told is that of so many seconds.
_WINDOW = 1.0
_MANY = 1_000_000
# While somebody drags a weight it stands still; so many seconds after the last change it goes on.
_HELD = 0.25


class Pace:
    """Counts what is due since playing began, and what was done lately.

    Parameters
    ----------
    clock : callable
        Seconds that pass.

    Examples
    --------
    >>> pace = Pace(iter([10.0, 10.5]).__next__)
    >>> pace.due("20")  # of half a second no more than a tenth is made up for
    3
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._done: deque[tuple[float, int]] = deque()
        self.begin()

    def begin(self) -> None:
        """Owe one unit, so that something is seen at once however slowly it plays."""
        self._last, self._owed = self._clock(), 1.0
        self._held_until = self._last
        self._done.clear()

    def hold(self) -> None:
        """Stand still for a moment."""
        self._held_until = self._clock() + _HELD

    @property
    def held(self) -> bool:
        """Whether it stands still."""
        return self._clock() < self._held_until

    def due(self, speed: str) -> int:
        """Return how many units are due.

        Parameters
        ----------
        speed : str
            How many there are to be in a second, or "max".

        Returns
        -------
        int
        """
        if speed == "max":
            return _MANY
        now, rate = self._clock(), float(speed)
        self._owed += (now - self._last) * rate
        self._last = now
        self._owed = min(self._owed, 1 + max(1.0, _MOST_OWED * rate))
        return int(self._owed)

    def pay(self, units: int, epoch: int) -> None:
        """Take note of what was done.

        Parameters
        ----------
        units : int
            How many units.
        epoch : int
            At which epoch it is now.
        """
        self._owed = max(0.0, self._owed - units)
        now = self._clock()
        self._done.append((now, epoch))
        while now - self._done[0][0] > _WINDOW:
            self._done.popleft()

    @property
    def epochs_per_second(self) -> float | None:
        """How many epochs a second there were lately; None if that is not known yet."""
        if len(self._done) < 2:
            return None
        (then, first), (now, last) = self._done[0], self._done[-1]
        return (last - first) / (now - then) if now > then else None
