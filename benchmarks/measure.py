"""One contestant, one row of the table, one process: prints what it took as one line of JSON.

    python measure.py CONTESTANT WORKLOAD DATA THREADS SEED

What is timed:

steady      ``fit`` of 1 epoch and ``fit`` of 1 + E epochs, each from new weights, after short ones
            that are not timed. Their difference over E epochs is the steady state: what each
            further epoch costs, without compilation, checks of the data or first touches of
            memory. It is taken three times or more, if that is not too long, and the median counts.
sweep       fits of many architectures, one after the other in one process, everything counted from
            the first; after ``PATIENCE`` seconds the rest is estimated by those that were done.
restarts    one ``fit`` of all networks, after a short one that is not timed.
one_row     ``predict_proba`` of one row, over and over; the median of many blocks of calls.
many_rows   ``predict_proba`` of all rows in one call; the median of several.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from contestants import CONTESTANTS, contestant
from network import Array
from split import Split
from workloads import STARTS, WORKLOADS, Workload, architectures

LEAST = 0.7  # seconds of measured time, in which short runs are repeated
MOST = 15.0  # seconds after which no more is measured, even if there are fewer than three times
WARM = 100  # epochs before the clock starts, where they are short
PATIENCE = 60.0  # seconds that a contestant may take for a sweep
FEWEST = 6  # architectures that everyone trains before its patience ends
CALLS = 10_000
BLOCK = 100

Result = dict[str, Any]


def clock(run: Callable[[], Any]) -> float:
    """Return the seconds that a call took."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def accuracy(probabilities: Array, y: Array) -> float:
    """Return the share of rows whose most probable class is theirs."""
    return float((probabilities.argmax(axis=1) == y).mean())


def steady(make: Callable[..., Any], workload: Workload, *, split: Split, seed: int) -> Result:
    """Time an epoch by the difference of two fits."""
    X, y, epochs = split.X, split.y, workload.epochs
    model = make(workload.network)
    model.fit(X, y, 1, seed=seed)
    if epochs >= WARM:
        model.fit(X, y, WARM, seed=seed)
    pairs: list[tuple[float, float]] = []
    while (spent := sum(map(sum, pairs))) < LEAST or (len(pairs) < 3 and spent < MOST):
        short = clock(lambda: model.fit(X, y, 1, seed=seed))
        pairs.append((short, clock(lambda: model.fit(X, y, 1 + epochs, seed=seed))))
    per_epoch = statistics.median((long - short) / epochs for short, long in pairs)
    if per_epoch <= 0:
        raise RuntimeError("more epochs took no longer: the machine is too busy to tell")
    return {
        "time": per_epoch / workload.steps * 1e6,
        "quality": accuracy(model.predict_proba(split.X_test), split.y_test),
        "fit_seconds": {
            "1": statistics.median(short for short, _ in pairs),
            str(1 + epochs): statistics.median(long for _, long in pairs),
        },
    }


def sweep(make: Callable[..., Any], workload: Workload, *, split: Split, seed: int) -> Result:
    """Time fits of all architectures, from the first on."""
    networks = architectures()
    scores: list[float] = []
    seconds = 0.0
    for network in networks:
        model = make(network)
        seconds += clock(partial(model.fit, split.X, split.y, workload.epochs, seed=seed))
        scores.append(accuracy(model.predict_proba(split.X_test), split.y_test))
        if seconds > PATIENCE and len(scores) >= FEWEST:
            break
    return {
        "time": seconds / len(scores) * len(networks),
        "quality": statistics.mean(scores[:FEWEST]),
        "architectures": len(networks),
        "measured": len(scores),
    }


def restarts(make: Callable[..., Any], workload: Workload, *, split: Split, seed: int) -> Result:
    """Time one fit of several networks."""
    model = make(workload.network)
    seeds = range(seed, seed + STARTS)
    model.fit_restarts(split.X, split.y, 1, seeds=seeds)
    work = time.process_time()
    seconds = clock(lambda: model.fit_restarts(split.X, split.y, workload.epochs, seeds=seeds))
    work = time.process_time() - work
    scores = [accuracy(p, split.y_test) for p in model.predict_restarts(split.X_test)]
    # Work done by processes that scikit-learn's joblib started is not seen here.
    return {"time": seconds, "quality": statistics.mean(scores), "cores_busy": work / seconds}


def one_row(make: Callable[..., Any], workload: Workload, *, split: Split, seed: int) -> Result:
    """Time a prediction of one row by blocks of calls."""
    model = make(workload.network)
    model.set_weights(workload.network.start(seed))
    predict = model.predictor(compiled=workload.name.endswith("compiled"))
    row = np.ascontiguousarray(split.X[:1])
    given = np.asarray(predict(row)).reshape(-1)

    def block() -> None:
        for _ in range(BLOCK):
            predict(row)

    times: list[float] = []
    while len(times) * BLOCK < CALLS and (sum(times) < LEAST or len(times) < 10):
        times.append(clock(block))
    return {"time": statistics.median(times) / BLOCK * 1e6, "quality": float(given[-1])}


def many_rows(make: Callable[..., Any], workload: Workload, *, split: Split, seed: int) -> Result:
    """Time a prediction of all rows."""
    model = make(workload.network)
    model.set_weights(workload.network.start(seed))
    probabilities = model.predict_proba(split.X)
    times: list[float] = []
    while sum(times) < 2 * LEAST:
        times.append(clock(lambda: model.predict_proba(split.X)))
    return {"time": statistics.median(times) * 1e3, "quality": float(probabilities[:, -1].mean())}


def memory(make: Callable[..., Any], workload: Workload, split: Split) -> Result:
    """Return the most MiB that a fit allocates at a time beside the rows, by NumPy and Python."""
    model = make(workload.network)
    tracemalloc.start()
    model.fit(split.X, split.y, 1, seed=0)
    training = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return {
        "training_mib": training,
        "rows_mib": split.X.nbytes / 2**20,
        "four_parameter_vectors_mib": 4 * 4 * workload.network.parameters / 2**20,
    }


def most_memory() -> float:
    """Return the most MiB that this process had at a time, libraries included."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the process had that started this one
        line = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if line:
            return int(line[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


MEASURES = {f.__name__: f for f in (steady, sweep, restarts, one_row, many_rows)}
TRACED = ("chainrule", "scikit-learn")
"""Whose memory NumPy allocates, so that tracemalloc sees it."""


def main(name: str, workload_name: str, data: str, threads: str, seed: str) -> None:
    """Measure, and print."""
    warnings.simplefilter("ignore")
    workload, split = WORKLOADS[workload_name], Split.read(data)
    kind = contestant(name)

    def make(network: Any) -> Any:
        return kind(network, int(threads))

    result = MEASURES[workload.measure](make, workload, split=split, seed=int(seed))
    # After the clock: it slows down whatever allocates.
    if workload.measure == "steady" and name in TRACED:
        result |= memory(make, workload, split)
    result["process_mib"] = most_memory()
    result["versions"] = {package: version(package) for package in CONTESTANTS[name].packages}
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
