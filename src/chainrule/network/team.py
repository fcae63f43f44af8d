"""Several threads on one mini-batch: who takes which part, and where they wait for each other.

A mini-batch is cut into as many parts as the machine has cores, if there is enough work in it.
Each part's gradient has its own row of the state and the rows are summed in their order, so that
the result has the same bits whether one thread takes all parts or each part has a thread.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from chainrule.network._compiled import compiled
from chainrule.network.threads import available_threads

__all__ = ["PARTS_LIMIT", "make_barrier", "parts_of", "run_together", "wait"]

PARTS_LIMIT = 8
# Below this many operations in a step, waiting for each other costs more than a second core brings.
OPERATIONS_WORTH_SPLITTING = 4e6
# How often a waiting thread looks before it lets others run, and before it sleeps.
LOOKS_BEFORE_YIELD = 5_000
LOOKS_BEFORE_SLEEP = 100_000

ARRIVED, GENERATION, ABANDONED = 0, 8, 16  # a cache line apart, in a barrier's array

_yield = types.ExternalFunction("sched_yield", types.int32())
_sleep = types.ExternalFunction("usleep", types.int32(types.uint32))


def make_barrier() -> NDArray[np.int64]:
    """Return a barrier at which the members of a team wait for each other."""
    return np.zeros(24, np.int64)


def parts_of(batch_size: int, parameter_count: int) -> int:
    """Return into how many parts a mini-batch is cut; depends on sizes and machine alone."""
    if 6.0 * batch_size * parameter_count < OPERATIONS_WORTH_SPLITTING or sys.platform == "win32":
        return 1
    return max(1, min(os.cpu_count() or 1, PARTS_LIMIT, batch_size // 32))


@cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(PARTS_LIMIT, thread_name_prefix="chainrule")


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


def run_together(member: Callable[[int, int, NDArray[np.int64]], Any], parts: int) -> list[Any]:
    """Call ``member(number, members, barrier)`` in as many threads as are there; ordered results.

    Parameters
    ----------
    member : callable
        What each member of the team does; releases the GIL.
    parts : int
        How many members would be useful.

    Returns
    -------
    list
        What each member returned.
    """
    members = min(parts, available_threads())
    barrier = make_barrier()
    if members == 1:
        return [member(0, 1, barrier)]
    processor = _processor()

    def other(number: int) -> Any:
        _leave(processor)
        return member(number, members, barrier)

    others = [_executor().submit(other, number) for number in range(1, members)]
    try:
        first = member(0, members, barrier)
        return [first, *(future.result() for future in others)]
    except BaseException:
        barrier[ABANDONED] = 1  # an interrupted leader must not leave the others waiting
        raise


@intrinsic  # type: ignore[untyped-decorator]
def _add(context: Any, values: Any, index: Any, change: Any) -> Any:
    """Add to values[index] as one indivisible operation; returns what was there before."""
    del context

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(array.data, [arguments[1]])
        return builder.atomic_rmw("add", pointer, arguments[2], "seq_cst")

    return types.int64(values, types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _look(context: Any, values: Any, index: Any) -> Any:
    """Read values[index] anew, whatever the compiler thinks it knows."""
    del context

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(array.data, [arguments[1]])
        return builder.load_atomic(pointer, "seq_cst", 8)

    return types.int64(values, types.int64), generate


@compiled
def wait(barrier: NDArray[np.int64], members: int) -> None:
    """Wait until every member is here: look for a while, then let others run, then sleep."""
    if members == 1:
        return
    generation = _look(barrier, GENERATION)
    if _add(barrier, ARRIVED, 1) == members - 1:
        _add(barrier, ARRIVED, -members)
        _add(barrier, GENERATION, 1)
        return
    looks = 0
    while _look(barrier, GENERATION) == generation and _look(barrier, ABANDONED) == 0:
        looks += 1
        if looks > LOOKS_BEFORE_SLEEP:
            _sleep(100)
        elif looks > LOOKS_BEFORE_YIELD:
            _yield()
