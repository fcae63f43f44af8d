"""The limit: what this machine's processor and memory can do at most, measured.

    python limit.py            peak and bandwidth
    python limit.py WORKLOAD   the limit of a row

Peak: the most floating-point operations a second at which SciPy's sgemm multiplies square matrices,
on all cores or on one. Bandwidth: the most bytes a second at which all cores together read an
array far larger than the caches. The limit of a row is what its operations take at the peak, or,
where there is one product of a matrix with a vector for each step, what reading its rows takes.
Measured again before every repeat, as the contestants are, since the speed of a shared machine
varies.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy.linalg.blas import sgemm
from threadpoolctl import threadpool_limits

from workloads import WORKLOADS, Workload

SIZES = (1024, 1536, 2048)
SECONDS = 0.25  # for each size
PIECE = 50_000_000  # numbers that each thread reads


def cores() -> int:
    """Return how many processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def peak(threads: int) -> float:
    """Return the most operations a second of sgemm."""
    best = 0.0
    with threadpool_limits(threads):
        for size in SIZES:
            a, b, c = (np.ones((size, size), np.float32, order="F") for _ in range(3))
            end = time.perf_counter() + SECONDS
            while (start := time.perf_counter()) < end:
                sgemm(1.0, a, b, c=c, beta=0.0, overwrite_c=True)
                best = max(best, 2 * size**3 / (time.perf_counter() - start))
    return best


def bandwidth(threads: int) -> float:
    """Return the most bytes a second that so many threads read, each its own numbers."""
    pieces = [np.ones(PIECE, np.float32) for _ in range(threads)]
    best = 0.0
    with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:
        for _ in range(8):
            start = time.perf_counter()
            list(pool.map(lambda piece: np.dot(piece, piece), pieces))
            best = max(best, threads * PIECE * 4 / (time.perf_counter() - start))
    return best


def limit(workload: Workload) -> dict[str, Any] | None:
    """Return the time below which a row of the table cannot be, in its unit, and by what."""
    network, rows = workload.network, workload.rows
    threads = workload.cores or cores()
    if workload.measure == "steady" and not network.hidden:
        rate = bandwidth(threads)
        seconds = 4 * rows * network.columns / rate / workload.steps
        return {"time": seconds * 1e6, "bytes_per_second": rate, "threads": threads}
    if workload.share is None and workload.measure != "steady":
        return None
    rate = peak(threads)
    if workload.measure == "steady":
        time_ = network.training_flops(rows) / rate / workload.steps * 1e6
    else:
        time_ = network.forward_flops(rows) / rate * 1e3
    return {"time": time_, "flops_per_second": rate, "threads": threads}


def machine() -> dict[str, float]:
    """Return peak, of all cores and of one, and bandwidth."""
    return {
        "peak_flops_per_second": peak(cores()),
        "peak_of_one_core": peak(1),
        "bandwidth": bandwidth(cores()),
    }


if __name__ == "__main__":
    print(json.dumps(limit(WORKLOADS[sys.argv[1]]) if sys.argv[1:] else machine()))
