"""Several threads on one mini-batch: who takes which part, and where they wait for each other.

A mini-batch is cut into as many parts as the machine has cores, if there is enough work in it.
Each part's gradient has its own row of the state and the rows are summed in their order, so that
the result has the same bits whether one thread takes all parts or each part has a thread.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

from chainrule.network.layout import ABANDONED, make_barrier
from chainrule.network.threads import available_threads

__all__ = [
    "PARTS_LIMIT",
    "Pace",
    "alone",
    "is_alone",
    "pace_of",
    "parts_of",
    "reserve",
    "run_together",
]

PARTS_LIMIT = 8
# Below this many operations in a step, waiting for each other costs more than a second core brings.
OPERATIONS_WORTH_SPLITTING = 4e6

# After so many calls the slower of team and single thread is tried again.
FIRST_WAIT, LONGEST_WAIT = 8, 128

_NOBODY = make_barrier()


def parts_of(batch_size: int, parameter_count: int) -> int:
    """Return into how many parts a mini-batch is cut; depends on sizes and machine alone."""
    if 6.0 * batch_size * parameter_count < OPERATIONS_WORTH_SPLITTING or sys.platform == "win32":
        return 1
    return max(1, min(os.cpu_count() or 1, PARTS_LIMIT, batch_size // 32))


@cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(PARTS_LIMIT, thread_name_prefix="chainrule")


# Two teams that wait for each other's threads would wait forever: there is one at a time.
_team = threading.Lock()


def _forget_threads() -> None:
    """Begin anew in a forked process, which has none of its parent's threads."""
    global _team
    _executor.cache_clear()
    _team = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)


class Pace:
    """Whether a team or one thread is quicker here and now, by what each took lately.

    On an idle machine a team is; where another program keeps a core busy, its members wait for the
    one that has to share. Both are tried, the quicker is kept, and the other is tried again from
    time to time, less often each time it loses.

    Examples
    --------
    >>> pace = Pace()
    >>> for seconds in (5.0, 3.0, 1.0, 1.0):
    ...     pace.record(seconds, team=pace.wants_team())
    >>> pace.wants_team()
    False
    """

    def __init__(self) -> None:
        self._seconds: dict[bool, float] = {}
        self._started = False
        self._calls = 0
        self._wait = FIRST_WAIT

    def wants_team(self) -> bool:
        """Return whether to take a team for what comes next."""
        if len(self._seconds) < 2:
            return True not in self._seconds
        self._calls += 1
        if self._calls < self._wait:
            return self._team_is_quicker()
        self._calls = 0
        return not self._team_is_quicker()

    def record(self, seconds: float, *, team: bool) -> None:
        """Take note of how long a row took."""
        before = len(self._seconds) < 2 or self._team_is_quicker()
        if team and not self._started:
            self._started = True  # the time it takes to start threads says nothing
            return
        lately = self._seconds.get(team, seconds)
        # A call can be slow by accident, never quick.
        self._seconds[team] = min(seconds, (3 * lately + seconds) / 4)
        if len(self._seconds) == 2 and self._calls == 0:
            changed = self._team_is_quicker() != before
            self._wait = FIRST_WAIT if changed else min(2 * self._wait, LONGEST_WAIT)

    def _team_is_quicker(self) -> bool:
        return self._seconds[True] <= self._seconds[False]


@lru_cache(maxsize=64)
def pace_of(batch_size: int, parameter_count: int) -> Pace:
    """Return what is known of steps of this size, from all fits of this process."""
    del batch_size, parameter_count
    return Pace()


_here = threading.local()


@contextmanager
def alone() -> Iterator[None]:
    """Keep this thread from taking a team in a ``with`` block: others like it use the cores.

    Examples
    --------
    >>> with alone(), reserve(8) as members:
    ...     members
    1
    """
    before = is_alone()
    _here.alone = True
    try:
        yield
    finally:
        _here.alone = before


def is_alone() -> bool:
    """Whether this thread is to leave the other cores to others like it."""
    return getattr(_here, "alone", False)


@contextmanager
def reserve(parts: int, threads: int | None = None) -> Iterator[int]:
    """Reserve a team for a ``with`` block: as many members as are of use and may be had now.

    One where there is a single part, a single processor, another thread that has the team, or a
    thread that is to be :func:`alone`. How many threads there may be is asked for, which takes a
    moment, where it is not given.

    Examples
    --------
    >>> with reserve(1) as members:
    ...     members
    1
    """
    crowded = parts == 1 or is_alone()
    members = 1 if crowded else min(parts, threads or available_threads())
    team = _team
    if members == 1 or not team.acquire(blocking=False):
        yield 1
        return
    try:
        yield members
    finally:
        team.release()


@cache
def _sched_getcpu() -> Callable[[], int] | None:
    """Find the C library's way of asking which processor we are on, where it has one."""
    return getattr(ctypes.CDLL(None), "sched_getcpu", None) if sys.platform == "linux" else None


def _processor() -> int:
    """Return the processor that this thread runs on, -1 where that is not known."""
    ask = _sched_getcpu()
    return ask() if ask is not None else -1


def _leave(processor: int) -> None:
    """Move this thread off a processor; it is free to go back as soon as it has left.

    A thread is often woken on the processor of the one that woke it. Two that take turns waiting
    for each other look like one to the scheduler, which then leaves them there for seconds.
    """
    if processor < 0 or _processor() != processor or sys.platform != "linux":
        return
    allowed = os.sched_getaffinity(0)
    if len(allowed) > 1:
        os.sched_setaffinity(0, allowed - {processor})
        os.sched_setaffinity(0, allowed)


def run_together(member: Callable[..., Any], members: int, *arguments: Any) -> list[Any]:
    """Call ``member(number, barrier, *arguments)`` in so many threads, this one among them.

    Parameters
    ----------
    member : callable
        What each member of the team does; releases the GIL.
    members : int
        How many there are.
    *arguments
        What each is given.

    Returns
    -------
    list
        What each member returned, in their order.
    """
    if members == 1:
        return [member(0, _NOBODY, *arguments)]
    barrier = make_barrier()
    processor = _processor()

    def other(number: int) -> Any:
        try:
            _leave(processor)
            return member(number, barrier, *arguments)
        except BaseException:
            barrier[ABANDONED] = 1  # its error reaches the leader, who must not wait for it
            raise

    try:
        others = [_executor().submit(other, number) for number in range(1, members)]
        first = member(0, barrier, *arguments)
        return [first, *(future.result() for future in others)]
    except BaseException:
        barrier[ABANDONED] = 1  # an interrupted leader must not leave the others waiting
        raise
