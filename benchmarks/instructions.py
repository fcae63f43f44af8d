"""How many instructions a training step takes, counted by valgrind.

    python benchmarks/instructions.py            print them beside the figures on record
    python benchmarks/instructions.py --check    and fail where a step takes more
    python benchmarks/instructions.py --record   put them on record

Times differ from run to run, counts do not: whatever else the machine does, the same code takes
the same instructions. The kernels are compiled for one old processor, since valgrind does not know
every newer instruction, so that the figures on record hold on every x86 machine; another version of
numba changes them. What is counted is what the process does between two marks, less the same
without a step.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RECORD = Path(__file__).with_suffix(".json")
MAY_GROW = 0.03
STEPS, EPOCHS = 20, 20
PROCESSOR = {
    "NUMBA_CPU_NAME": "nehalem",
    "NUMBA_CPU_FEATURES": "+cx16,+popcnt,+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
# Columns, hidden layers, outputs, rows of a mini-batch, activation, solver.
NETWORKS = {
    "tiny": (2, (4,), 1, 100, "relu", "adam"),
    "small": (20, (64, 64), 1, 32, "relu", "adam"),
    "digits": (64, (100,), 10, 200, "relu", "adam"),
    "tanh": (20, (64, 64), 1, 32, "tanh", "sgd"),
}


def run_marked() -> None:
    """Train each network between two marks, in a process that valgrind watches or that compiles."""
    import numpy as np

    from chainrule.network import Architecture
    from chainrule.network.engine import make_data
    from chainrule.network.team import alone
    from chainrule.training import Loop, Rates

    def mark(name: str) -> None:
        if "COUNTED" in os.environ:
            dump = ["callgrind_control", f"--dump={name}", str(os.getpid())]
            subprocess.run(dump, check=True, capture_output=True)

    random = np.random.default_rng(0)
    for name, (columns, hidden, outputs, batch, activation, solver) in NETWORKS.items():
        loss = "log_loss" if outputs == 1 else "cross_entropy"
        network = Architecture((columns, *hidden, outputs), (activation,) * len(hidden), loss)
        x = random.normal(size=(batch * STEPS, columns))
        data = make_data(x, random.integers(0, 2, size=(len(x), 1)), dtype=np.float32)
        start = random.normal(scale=0.1, size=network.parameter_count).astype(np.float32)
        with alone():
            loop = Loop(
                network,
                start,
                data,
                optimizer=solver,
                rates=Rates(),
                batch_size=batch,
                shuffle=np.random.RandomState(0),
            )
            epochs = loop.epochs()
            next(epochs)
            mark("before")
            for _ in range(EPOCHS):
                next(epochs)
            mark(name)
    mark("before")
    mark("nothing")


def count() -> dict[str, float]:
    """Return the instructions of a step of each network."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **PROCESSOR, "CHAINRULE_CACHE_DIR": folder}
        command = [sys.executable, __file__, "--marked"]
        subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)
        out = Path(folder, "counts")
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        environment["COUNTED"] = "1"
        subprocess.run([*valgrind, *command], env=environment, check=True, capture_output=True)
        totals = {}
        for file in Path(folder).glob("counts.*"):
            text = file.read_text(errors="replace")
            told = re.search(r"^desc: Trigger: dump (\w+)", text, re.MULTILINE)
            total = re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE)
            if told and total:
                totals[told[1]] = int(total[1])
    return {name: (totals[name] - totals["nothing"]) / (STEPS * EPOCHS) for name in NETWORKS}


def main() -> None:
    """Parse, count, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail where a step takes more")
    parser.add_argument("--record", action="store_true", help="put the counts on record")
    parser.add_argument("--marked", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.marked:
        run_marked()
        return
    counts = count()
    before = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    grown = []
    for name, instructions in counts.items():
        change = instructions / before[name] - 1 if name in before else 0.0
        print(f"{name:10s} {instructions:12,.0f} instructions a step  {change:+.1%}")
        if change > MAY_GROW:
            grown.append(name)
    if arguments.record:
        RECORD.write_text(json.dumps({k: round(v) for k, v in counts.items()}, indent=1) + "\n")
    if arguments.check and grown:
        raise SystemExit(f"a step takes more instructions than on record: {', '.join(grown)}")


if __name__ == "__main__":
    main()
