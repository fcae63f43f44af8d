"""One contestant over growing work, one process: prints a time for each size as JSON.

    python scale.py CONTESTANT THREADS

From one network in the middle, one thing at a time grows: rows, width, depth, mini-batch. A time
is the steady state of measure.py; of growing rows that of an epoch, else that of a step.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from contestants import contestant
from measure import memory, steady
from network import Network
from split import Split
from workloads import Workload

MIDDLE = Network(64, (128, 128), 10, 128)
ROWS = 16_384
WORK = 3e10  # operations of the epochs that are timed: a second or less for each size

SIZES: dict[str, list[tuple[int, int, Network]]] = {
    "rows": [(n, n, MIDDLE) for n in (256, 1024, 4096, 16_384, 65_536, 262_144)],
    "width": [
        (w, ROWS, replace(MIDDLE, hidden=(w, w))) for w in (4, 8, 16, 32, 64, 128, 256, 512, 1024)
    ],
    "depth": [(n, ROWS, replace(MIDDLE, hidden=(128,) * n)) for n in (0, 1, 2, 4, 8, 16)],
    "batch": [(b, ROWS, replace(MIDDLE, batch=b)) for b in (1, 4, 16, 64, 256, 1024, 4096, 16_384)],
}


def rows_of(count: int) -> Split:
    """Return rows of normal numbers, and labels that follow from them."""
    random = np.random.default_rng(0)
    X = random.standard_normal((count, MIDDLE.columns), dtype=np.float32)
    y = (X @ random.standard_normal((MIDDLE.columns, MIDDLE.classes))).argmax(axis=1)
    return Split(X, y, X[:1000], y[:1000], "normal numbers")


def point(
    make: Callable[[Network], Any], size: int, *, rows: int, network: Network, what: str
) -> dict[str, Any]:
    """Measure one size."""
    flops = network.training_flops(rows)
    epochs = int(np.clip(WORK / flops, 1, 100))
    workload = Workload(what, "steady", rows, network, epochs)
    split = rows_of(rows)
    step = steady(make, workload, split=split, seed=0)["time"]
    steps = workload.steps if what == "rows" else 1
    return {
        "size": size,
        "flops": flops / workload.steps * steps,
        "microseconds": step * steps,
        **memory(make, workload, split),
    }


def main(name: str, threads: str) -> None:
    """Measure all sizes."""
    warnings.simplefilter("ignore")
    make = partial(contestant(name), threads=int(threads))
    found = {
        what: [point(make, size, rows=n, network=net, what=what) for size, n, net in sizes]
        for what, sizes in SIZES.items()
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
