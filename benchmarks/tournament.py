"""Contestants in turn: who runs when, and what is made of the times.

Every measurement is a process of its own. In each repeat the limit is measured, then every
contestant runs with each number of threads; so what a slow minute of the machine does, it does to
all. A contestant's number of threads is the one of its smallest median. A ratio is the median of
the ratios within the repeats.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from contestants import CONTESTANTS
from data import make_split
from limit import cores
from processes import ProcessFailedError, one_core_busy, run
from statistic import quickest, ratio, spread
from workloads import Workload

EQUAL = {"steady": 0.01, "sweep": 0.01, "restarts": 0.01, "first_fit": 0.01}
"""By how much a median accuracy may differ from chainrule's, by what is measured."""
EQUAL_PROBABILITY = 1e-4
"""The same for the probabilities of rows that are predicted by the same weights."""

Run = dict[str, Any]
Runs = dict[str, dict[str, list[Run]]]  # by contestant, then by threads


class UnequalError(Exception):
    """Contestants did not reach the same; times mean nothing."""


def compete(
    workload: Workload,
    names: Sequence[str],
    *,
    repeats: int,
    threads: Sequence[int],
    busy: bool = False,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Run a row of the table and return what is known of it.

    Parameters
    ----------
    workload : Workload
        The row.
    names : sequence of str
        Who is to run; those who cannot are left out.
    repeats : int
        Times that everyone runs.
    threads : sequence of int
        With how many threads; who chooses by itself may use the most of them.
    busy : bool
        Whether one core is kept busy by another process meanwhile. chainrule then runs with one
        thread on the idle machine, too, for comparison.
    say : callable
        Told of every measurement.
    """
    split = make_split(workload)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.npz"
        split.save(data)
        source = split.source
        del split  # hundreds of MiB, while others measure
        runs, limits, failures = take_turns(
            workload, names, data, repeats=repeats, threads=threads, busy=busy, say=say
        )
    return summary(workload, runs, limits=limits) | {
        "source": source,
        "failures": failures,
    }


def take_turns(
    workload: Workload,
    names: Sequence[str],
    data: Path,
    *,
    repeats: int,
    threads: Sequence[int],
    busy: bool,
    say: Callable[[str], None],
) -> tuple[Runs, list[Run | None], dict[str, str]]:
    """Measure the limit and everyone, over and over; return runs, limits and who failed and why."""
    runs: Runs = {}
    failures: dict[str, str] = {}
    limits: list[Run | None] = []
    turns = [
        (name, count)
        for name in names
        if name in workload.contestants
        for count in ([max(threads)] if CONTESTANTS[name].chooses else threads)
    ]
    for repeat in range(repeats):
        limits.append(run("limit.py", workload.name))
        if busy:
            found = measure(workload, "chainrule", data, threads=1, seed=repeat)
            runs.setdefault("chainrule, idle", {}).setdefault("1", []).append(found)
        for name, count in turns:
            if f"{name}, {count}" in failures:
                continue
            try:
                with one_core_busy(busy):
                    found = measure(workload, name, data, threads=count, seed=repeat)
            except ProcessFailedError as failure:
                failures[f"{name}, {count}"] = str(failure)
                say(f"  {name}, {count}: {failure}")
                continue
            runs.setdefault(name, {}).setdefault(str(count), []).append(found)
            say(f"  {name}, {count}: {found['time']:,.4g} {workload.unit}")
    return runs, limits, failures


def measure(workload: Workload, name: str, data: Path, *, threads: int, seed: int) -> Run:
    """Measure one contestant once."""
    told = None if CONTESTANTS[name].chooses and threads >= cores() else threads
    asked = (name, workload.name, data, threads, seed)
    if workload.measure != "first_fit":
        # Only a sweep counts the time it takes to compile.
        return run("measure.py", *asked, threads=told, warm=workload.measure != "sweep")
    run("first_fit.py", *asked, threads=told, warm=True)  # fills the caches on disk
    start = time.perf_counter()
    found = run("first_fit.py", *asked, threads=told, warm=True)
    return {"time": time.perf_counter() - start, **found}


# ------------------------------------------------------------------ what is made of the times


def complete(runs: Runs, repeats: int) -> Runs:
    """Leave out who failed in any repeat: its times would have no pair."""
    kept = {
        name: {count: found for count, found in by.items() if len(found) == repeats}
        for name, by in runs.items()
    }
    return {name: by for name, by in kept.items() if by}


def summary(workload: Workload, runs: Runs, *, limits: Sequence[Run | None]) -> dict[str, Any]:
    """Return medians, spreads, ratios and shares, after asserting that all reached the same."""
    runs = complete(runs, len(limits))
    tolerance = EQUAL.get(workload.measure, EQUAL_PROBABILITY)
    times, parts = {}, {}
    for name, by in runs.items():
        each = {count: [r["time"] for r in found] for count, found in by.items()}
        best = quickest(each)
        times[name] = each[best]
        chosen = by[best]
        parts[name] = {
            "threads": int(best),
            **spread(each[best]),
            "quality": statistics.median(r["quality"] for r in chosen),
            "times": each,
            "details": [{k: v for k, v in r.items() if k != "time"} for r in chosen],
        }
    assert_equal({name: part["quality"] for name, part in parts.items()}, tolerance)
    if "chainrule" in times:
        for name, part in parts.items():
            part["ratio"] = ratio(times["chainrule"], times[name])
    found_limits = [found for found in limits if found]
    result = {
        "workload": workload.name,
        "description": str(workload),
        "unit": workload.unit,
        "tolerance": tolerance,
        "contestants": parts,
        "limits": found_limits,
    }
    if found_limits:
        for name, part in parts.items():
            part["share"] = ratio(times[name], [found["time"] for found in found_limits])
    return result


def assert_equal(qualities: dict[str, float], tolerance: float) -> None:
    """Raise UnequalError if anyone is further from the median of all than the tolerance.

    Examples
    --------
    >>> assert_equal({"one": 0.912, "another": 0.915}, 0.01)
    """
    middle = statistics.median(qualities.values())
    if any(abs(quality - middle) > tolerance for quality in qualities.values()):
        raise UnequalError(f"not the same was reached, {qualities}; times mean nothing")
