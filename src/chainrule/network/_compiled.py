"""How the engine is compiled: once per float type, kept on disk, with one line said about it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core import event

__all__ = ["compiled", "kernel", "pasted", "shared"]

Function = TypeVar("Function", bound=Callable[..., Any])

# Reordering sums lets LLVM use vector registers; NaN and infinity keep their meaning.
_FASTMATH = {"reassoc", "contract", "arcp", "nsz"}


def compiled(function: Function) -> Function:
    """Compile a function that only kernels call; it becomes part of each of them.

    Inlined always: a function left on its own would be compiled once per kernel that calls it, and
    which of these copies is taken, and so the last bit of a sum, would depend on whether the
    kernel was just compiled or came from disk.
    """
    options = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return _njit(function, **options)


def shared(function: Function) -> Function:
    """Compile a large function that kernels call from several places, once for all of them.

    For those that call nothing but what is inlined or shared itself, so that every kernel's copy is
    made of the same instructions: a test holds that it does not matter for a bit whose is taken.
    """
    return _njit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def pasted(function: Function) -> Function:
    """Paste a function into each kernel that calls it before anything is compiled.

    For the few large ones, whose own compilation would take seconds and then be thrown away.
    """
    return _njit(function, inline="always")


def kernel(function: Function) -> Function:
    """Compile a function that Python calls, on its first call, and keep the result on disk.

    Numba keeps it beside the source or, where that folder is read-only, in the user's cache
    folder; where neither can be written it is compiled anew in each process.
    """
    try:
        return _njit(function, nogil=True, cache=True)
    except RuntimeError:  # no folder in which the result could be kept
        return _njit(function, nogil=True)


def _njit(function: Function, **options: Any) -> Function:
    # error_model="numpy": a division may not raise, which would keep LLVM from vectorizing it.
    dispatcher = numba.njit(error_model="numpy", fastmath=_FASTMATH, **options)(function)
    return cast(Function, dispatcher)


class _FirstCompilation(event.Listener):
    """Say, the first time a kernel of ours is really compiled and not loaded, why it takes long."""

    def __init__(self) -> None:
        self.said = False

    def on_start(self, event: Any) -> None:
        """Say so."""
        module = str(getattr(event.data["dispatcher"].py_func, "__module__", ""))
        if not self.said and module.startswith("chainrule."):
            self.said = True
            notice = "chainrule: compiling the engine for this processor, once (a few seconds) …"
            print(notice, file=sys.stderr, flush=True)  # noqa: T201

    def on_end(self, event: Any) -> None:
        """Nothing to say at the end."""


event.register("numba:compile", _FirstCompilation())  # type: ignore[no-untyped-call]
