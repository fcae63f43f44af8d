"""Measure chainrule against scikit-learn: python benchmarks/run.py --help."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from workloads import PAIRS, WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTESTANTS = ("chainrule", "scikit-learn")
EQUAL_ACCURACY = 0.01
REMOVED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def run_once(script: str, *arguments: str) -> dict[str, Any]:
    """Run a script in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in REMOVED}
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script} failed on {' '.join(arguments)}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(workload: str, repeats: int) -> dict[str, Any]:
    """Run the contestants in turn; accuracies are compared before times."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTESTANTS}
    for _ in range(repeats):
        for name in CONTESTANTS:
            runs[name].append(run_once("contestant.py", name, workload))
    ours, theirs = (runs[name] for name in CONTESTANTS)
    accuracies = [statistics.median(run["accuracy"] for run in part) for part in (ours, theirs)]
    if abs(accuracies[0] - accuracies[1]) > EQUAL_ACCURACY:
        raise SystemExit(f"{workload}: accuracies differ, {accuracies}; times mean nothing")
    key = "microseconds_per_step"
    return {
        "workload": workload,
        "source": ours[0]["source"],
        "accuracy": dict(zip(CONTESTANTS, accuracies, strict=True)),
        "times": {name: sorted(run[key] for run in runs[name]) for name in CONTESTANTS},
        **{
            kind: {name: statistics.median(r[kind] for r in runs[name]) for name in CONTESTANTS}
            for kind in ("training_mib", "process_mib")
        },
        "ratio": statistics.median(b[key] / a[key] for a, b in zip(ours, theirs, strict=True)),
        "versions": {name: runs[name][0]["version"] for name in CONTESTANTS},
    }


@contextmanager
def one_core_busy(wanted: bool) -> Iterator[None]:
    """Keep one core busy with another process, if wanted."""
    if not wanted:
        yield
        return
    hog = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        hog.kill()
        hog.wait()


def spread(times: list[float]) -> str:
    """Format a median with its smallest and largest."""
    return f"{statistics.median(times):,.1f} ({times[0]:,.1f}–{times[-1]:,.1f})"


def show(results: list[dict[str, Any]], console: Console) -> None:
    """Print the table."""
    table = Table(title=f"µs per step, {platform.processor() or platform.machine()}")
    for heading in (
        "workload",
        *CONTESTANTS,
        "times faster",
        "goal",
        "accuracy",
        "MiB to train",
        "MiB in all",
    ):
        table.add_column(heading, overflow="fold")
    for result in results:
        workload = WORKLOADS[result["workload"]]
        ours, theirs = CONTESTANTS
        table.add_row(
            f"{workload.name}: {workload}",
            spread(result["times"][ours]),
            spread(result["times"][theirs]),
            f"{result['ratio']:.1f}×",
            f"{workload.goal:g}×",
            f"{result['accuracy'][ours]:.3f} = {result['accuracy'][theirs]:.3f}",
            f"{result['training_mib'][ours]:.1f} vs {result['training_mib'][theirs]:.1f}",
            f"{result['process_mib'][ours]:.0f} vs {result['process_mib'][theirs]:.0f}",
        )
    console.print(table)


def show_pairs(results: list[dict[str, Any]], console: Console) -> None:
    """Print the table of what was compared within one process."""
    table = Table(title="ms, within one process")
    for heading in ("workload", "contestant", "ms", "chainrule is times faster", "error or score"):
        table.add_column(heading, overflow="fold")
    for result in results:
        for name, seconds in result["seconds"].items():
            ratio = result["ratios"].get(name)
            table.add_row(
                result["workload"],
                name,
                spread(sorted(1000 * time for time in seconds)),
                "" if ratio is None else f"{ratio:.1f}×",
                f"{result['quality'][name]:.9f}",
            )
    console.print(table)


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = (*WORKLOADS, *PAIRS)
    parser.add_argument("workloads", nargs="*", help=f"of {', '.join(known)}; default all")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the results to this file as well")
    parser.add_argument("--busy", action="store_true", help="keep one core busy meanwhile")
    arguments = parser.parse_args()
    unknown = set(arguments.workloads) - set(known)
    if unknown:
        parser.error(f"no workload {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    console = Console(width=max(Console().width, 130))
    with one_core_busy(arguments.busy):
        results, pairs = [], []
        for name in arguments.workloads or known:
            console.print(f"{name} …")
            if name in PAIRS:
                pairs.append(run_once("pairs.py", name, str(arguments.repeats)))
            else:
                results.append(measure(name, arguments.repeats))
    if results:
        show(results, console)
    if pairs:
        show_pairs(pairs, console)
    if arguments.json:
        arguments.json.write_text(json.dumps(results + pairs, indent=1) + "\n")


if __name__ == "__main__":
    main()
