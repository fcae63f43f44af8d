"""Where the threads of a team wait for each other, in compiled code."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from chainrule.network._compiled import compiled
from chainrule.network.layout import ABANDONED, ARRIVED, GENERATION

__all__ = ["wait"]

# How often a waiting thread looks before it lets others run, and before it sleeps.
LOOKS_BEFORE_YIELD = 5_000
LOOKS_BEFORE_SLEEP = 100_000


@intrinsic
def _add(context: Any, values: Any, index: Any, change: Any) -> Any:
    """Add to values[index] as one indivisible operation; returns what was there before."""
    del context, index, change

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(array.data, [arguments[1]])
        return builder.atomic_rmw("add", pointer, arguments[2], "seq_cst")

    return types.int64(values, types.int64, types.int64), generate


@intrinsic
def _look(context: Any, values: Any, index: Any) -> Any:
    """Read values[index] anew, whatever the compiler thinks it knows."""
    del context, index

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(array.data, [arguments[1]])
        return builder.load_atomic(pointer, "seq_cst", 8)

    return types.int64(values, types.int64), generate


# Compiled code calls them without the context, which the type checker cannot know.
add: Any = _add
look: Any = _look


if sys.platform == "win32":  # which has one part and so nobody who waits

    @compiled
    def pause(looks: int) -> None:
        """Do nothing."""

else:
    _yield: Any = types.ExternalFunction("sched_yield", types.int32())
    _sleep: Any = types.ExternalFunction("usleep", types.int32(types.uint32))

    @compiled
    def pause(looks: int) -> None:
        """Look again at once; after many looks let others run first; after very many, sleep."""
        if looks > LOOKS_BEFORE_SLEEP:
            _sleep(100)
        elif looks > LOOKS_BEFORE_YIELD:
            _yield()


@compiled
def wait(barrier: NDArray[np.int64], members: int) -> None:
    """Wait until every member is here."""
    if members == 1:
        return
    generation = look(barrier, GENERATION)
    if add(barrier, ARRIVED, 1) == members - 1:
        add(barrier, ARRIVED, -members)
        add(barrier, GENERATION, 1)
        return
    looks = 0
    while look(barrier, GENERATION) == generation and look(barrier, ABANDONED) == 0:
        looks += 1
        pause(looks)
