"""Show how the cost grows as the work grows: rows, width, depth, mini-batch, one at a time.

    python benchmarks/scaling.py --plot scaling.png --json scaling.json
    python benchmarks/scaling.py --contestants chainrule,jax

Draws time against floating-point operations on logarithmic axes, with the limit as a line: what
the operations take at the measured peak of sgemm on all cores. Prints what a fit allocates beside
the rows, too: rows that are float32 already and contiguous are not copied, so that it is a few
vectors of all parameters, the workspace of a mini-batch, and a few numbers for each row.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from contestants import CONTESTANTS
from limit import cores
from processes import run
from run import describe, is_idle, machine, names_of
from table import number

UNITS = {"rows": "an epoch", "width": "a step", "depth": "a step", "batch": "a step"}


def tables(found: dict[str, Any], peak: float) -> Table:
    """Return a line for each size."""
    table = Table(box=box.MARKDOWN)
    for heading in ("grows", "contestant", "µs", "of", "share of the limit", "MiB to train",
                    "MiB of 4 parameter vectors", "MiB of rows"):  # fmt: skip
        table.add_column(heading, no_wrap=True)
    for name, by in found.items():
        for what, points in by.items():
            for p in points:
                table.add_row(
                    f"{what} {p['size']:,}",
                    name,
                    number(p["microseconds"]),
                    UNITS[what],
                    f"{p['flops'] / peak * 1e6 / p['microseconds']:.1%}",
                    f"{p['training_mib']:.2f}",
                    f"{p['four_parameter_vectors_mib']:.2f}",
                    f"{p['rows_mib']:.2f}",
                )
    return table


def draw(found: dict[str, Any], file: Path, *, about: dict[str, Any]) -> None:
    """Write the picture: a panel for each thing that grows."""
    import matplotlib.pyplot as plt

    from plot import STYLE

    peak = about["peak_flops_per_second"]
    figure, panels = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
    for axes, what in zip(panels.flat, UNITS, strict=True):
        for name, by in found.items():
            color, mark = STYLE[name]
            x, y = zip(*((p["flops"], p["microseconds"]) for p in by[what]), strict=True)
            axes.loglog(x, y, color=color, marker=mark, markersize=5, label=CONTESTANTS[name].title)
            for p in by[what] if name == next(iter(found)) else []:
                axes.annotate(
                    f"{p['size']:,}",
                    (p["flops"], p["microseconds"]),
                    textcoords="offset points",
                    xytext=(4, -11),
                    fontsize=7,
                    color="0.35",
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
                )
        ends = axes.get_xlim()
        axes.loglog(ends, [f / peak * 1e6 for f in ends], color="0.5", ls="--", label="the limit")
        axes.set_xlim(ends)
        axes.set_title(f"{what} grow" if what == "rows" else f"{what} grows", fontsize=10)
        axes.set_xlabel(f"floating-point operations of {UNITS[what]}")
        axes.set_ylabel(f"µs for {UNITS[what]}")
        axes.grid(color="0.92")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0, 0].legend(frameon=False, fontsize=8)
    figure.supxlabel(describe(about).split("; Python")[0], fontsize=8, color="0.35")
    figure.savefig(file, dpi=160)
    plt.close(figure)


def main() -> int:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--contestants",
        type=lambda text: names_of(text, tuple(CONTESTANTS)),
        default=("chainrule",),
        metavar="A,B",
        help="default chainrule",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw it")
    arguments = parser.parse_args()
    about = machine()
    console = Console(width=160)
    console.print(describe(about), highlight=False, soft_wrap=True)
    found = {
        name: run("scale.py", name, cores(), warm=True, threads=None)
        for name in arguments.contestants
    }
    again = machine()  # the speed of a shared machine varies: the limit is the better of two
    about = max(about, again, key=lambda one: one["peak_flops_per_second"])
    if not is_idle(about):
        console.print("Another process is using the cores: times and limits will be off.")
    console.print(tables(found, about["peak_flops_per_second"]))
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": about, "sizes": found}, indent=1) + "\n")
    if arguments.plot:
        draw(found, arguments.plot, about=about)
    return 0


if __name__ == "__main__":
    sys.exit(main())
