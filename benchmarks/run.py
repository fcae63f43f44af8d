"""Measure chainrule against its peers and against the limit of this machine.

    python benchmarks/run.py                     every row of the table
    python benchmarks/run.py tiny small          some of them
    python benchmarks/run.py --contestants chainrule,jax --threads 2 --repeats 7 wide

Same network, same first weights, same rows, same number of epochs and updates, float32, the rows
in a new order in every epoch. Everyone runs with one thread and with two, and the better counts;
chainrule is left the choice. What was reached is compared before any time is: accuracies on
held-out rows, and for predictions the probabilities. README.md says what is timed in which row.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console

import table
from contestants import CONTESTANTS
from limit import cores
from processes import ProcessFailedError, one_core_busy, processor, run
from tournament import UnequalError, compete
from workloads import PAIRS, WORKLOADS

IDLE = 0.75  # of the cores' sum; less, and somebody else is using one of two
KNOWN = (*WORKLOADS, *PAIRS)


def names_of(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names in a comma-separated list, in the order in which they are known."""
    asked = set(text.split(","))
    if unknown := asked - set(known):
        raise argparse.ArgumentTypeError(
            f"no {', '.join(sorted(unknown))}; there are {', '.join(known)}"
        )
    return tuple(name for name in known if name in asked)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("workloads", nargs="*", metavar="ROW", help=f"of {', '.join(KNOWN)}; default all")
    add(
        "--contestants",
        type=lambda text: names_of(text, tuple(CONTESTANTS)),
        default=tuple(CONTESTANTS),
        metavar="A,B",
        help=f"of {', '.join(CONTESTANTS)}; default all",
    )
    add("--repeats", type=int, default=5, help="how often everyone runs (default 5)")
    add(
        "--threads",
        type=lambda text: sorted({int(part) for part in text.split(",")}),
        default=sorted({1, min(2, cores())}),
        metavar="1,2",
        help="with how many threads the peers run, each of them (default 1,2)",
    )
    add("--busy", action="store_true", help="keep one core busy meanwhile")
    add("--json", type=Path, metavar="FILE", help="write everything that was measured to this file")
    add("--plot", type=Path, metavar="FILE", help="draw the results to this file")
    parsed = parser.parse_args(arguments)
    if unknown := set(parsed.workloads) - set(KNOWN):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(KNOWN)}")
    return parsed


def machine() -> dict[str, Any]:
    """Return what the times depend on: processor, cores, versions, measured peak and bandwidth."""
    packages = sorted(
        {p for entry in CONTESTANTS.values() for p in entry.packages} | {"numpy", "scipy"}
    )
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "processor": processor(),
        "cores": cores(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "python": sys.version.split()[0],
        "versions": found,
        **run("limit.py"),
    }


def describe(about: dict[str, Any]) -> str:
    """Say it in a line."""
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    return (
        f"{about['processor']}, {about['cores']} cores; sgemm "
        f"{about['peak_flops_per_second'] / 1e9:.0f} Gflop/s on all, "
        f"{about['peak_of_one_core'] / 1e9:.0f} on one; memory read at "
        f"{about['bandwidth'] / 1e9:.0f} GB/s; Python {about['python']}, {versions}"
    )


def is_idle(about: dict[str, Any]) -> bool:
    """Return whether all cores together multiply as much faster than one as idle ones would."""
    alone = about["peak_flops_per_second"] / about["peak_of_one_core"]
    return bool(about["cores"] == 1 or alone > IDLE * about["cores"])


def measure_pair(name: str, repeats: int, *, busy: bool) -> dict[str, Any]:
    """Run what is compared within one process."""
    with one_core_busy(busy):
        measured: dict[str, Any] = run("pairs.py", name, repeats)
        return measured


def show(results: list[dict[str, Any]], pairs: list[dict[str, Any]], console: Console) -> None:
    """Print the tables."""
    if results:
        console.print(table.overview(results), table.details(results), crop=False)
    if pairs:
        console.print(table.pairs(pairs), crop=False)
    for result in results:
        slowed = result["contestants"].get("chainrule, idle")
        if slowed and slowed["ratio"]:
            console.print(
                f"{result['workload']}: with one core busy {1 / slowed['ratio']:.2f}× its time on "
                "one thread of the idle machine"
            )


def main() -> int:
    """Parse, measure, print; 1 if contestants of a row did not reach the same."""
    arguments = parse()
    # Told to end, it ends what it has started as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(width=260, soft_wrap=True)
    about = machine()
    console.print(describe(about), highlight=False)
    if not is_idle(about):
        console.print("Another process is using the cores: times and limits will be off.")
    results, pairs, failed = [], [], False
    for name in arguments.workloads or KNOWN:
        console.print(f"{name} …", highlight=False)
        try:
            if name in PAIRS:
                pairs.append(measure_pair(name, arguments.repeats, busy=arguments.busy))
                continue
            results.append(
                compete(
                    WORKLOADS[name],
                    arguments.contestants,
                    repeats=arguments.repeats,
                    threads=arguments.threads,
                    busy=arguments.busy,
                    say=lambda line: console.print(line, highlight=False),
                )
            )
        except (UnequalError, ProcessFailedError) as trouble:
            console.print(f"{name}: {trouble}", highlight=False)
            failed = True
    show(results, pairs, console)
    if arguments.json:
        said = {"machine": about, "repeats": arguments.repeats, "busy": arguments.busy}
        arguments.json.write_text(
            json.dumps({**said, "rows": results, "pairs": pairs}, indent=1) + "\n"
        )
    if arguments.plot and results:
        from plot import draw

        draw(results, arguments.plot, caption=describe(about).split("; Python")[0])
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
