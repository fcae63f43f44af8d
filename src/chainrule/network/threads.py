"""Threads: how many there may be, and BLAS held to one where ours do the work."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import scipy.linalg.cython_blas  # noqa: F401 (the BLAS that kernels call; loaded, it is found)
from threadpoolctl import ThreadpoolController

__all__ = ["available_threads", "one_blas_thread"]

_allowed: list[int] = []


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def available_threads() -> int:
    """Return how many threads this process may use now.

    That is what BLAS may use: its own settings (``OMP_NUM_THREADS``, ``OPENBLAS_NUM_THREADS``),
    ``threadpoolctl.threadpool_limits`` and joblib's workers all say it there; and never more than
    the processors this process may run on.
    """
    if _allowed:
        return _allowed[-1]
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    blas = [int(library["num_threads"]) for library in _controller().info()]
    return max(1, min([usable or 1, *blas]))


class one_blas_thread:  # noqa: N801 (a context manager, named as what it does)
    """Hold BLAS to one thread inside a ``with`` block; our own threads take the others' place.

    Examples
    --------
    >>> with one_blas_thread():
    ...     pass
    """

    def __enter__(self) -> None:
        """Remember how many threads there were, then take them from BLAS."""
        _allowed.append(available_threads())
        self._limit: AbstractContextManager[Any] = _controller().limit(limits=1)
        self._limit.__enter__()

    def __exit__(self, *error: object) -> None:
        """Give BLAS its threads back."""
        self._limit.__exit__(None, None, None)
        _allowed.pop()
