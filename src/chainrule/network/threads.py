"""Threads: how many there may be, and BLAS held to one where ours do the work."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import scipy.linalg.cython_blas  # noqa: F401 (the BLAS of SciPy; loaded, it is found)
from threadpoolctl import ThreadpoolController

__all__ = ["available_threads", "one_blas_thread"]

_lock = threading.Lock()
_holders = 0  # how many fits hold BLAS to one thread at this moment
_limit: Any = None  # what gives BLAS its threads back after the last of them
_before = 1  # how many threads there were before the first of them


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


def available_threads() -> int:
    """Return how many threads this process may use now.

    That is what BLAS may use: its own settings (``OMP_NUM_THREADS``, ``OPENBLAS_NUM_THREADS``),
    ``threadpoolctl.threadpool_limits`` and joblib's workers all say it there; and never more than
    the processors this process may run on.
    """
    if _holders:
        return _before
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    blas = [int(library["num_threads"]) for library in _controller().info()]
    return max(1, min([usable or 1, *blas]))


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread inside a ``with`` block; our own threads take the others' place.

    Fits in several threads may overlap: the first takes BLAS's threads, the last gives them back.

    Examples
    --------
    >>> with one_blas_thread():
    ...     pass
    """
    global _holders, _limit, _before
    with _lock:
        if _holders == 0:
            _before = available_threads()
            _limit = _controller().limit(limits=1)
        _holders += 1
    try:
        yield
    finally:
        with _lock:
            _holders -= 1
            if _holders == 0:
                _limit.restore_original_limits()
