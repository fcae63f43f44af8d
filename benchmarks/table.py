"""The results as tables: the one with a line for each row, and the one with all that is known."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.table import Table

from contestants import CONTESTANTS
from workloads import WORKLOADS

Result = dict[str, Any]
OURS = next(iter(CONTESTANTS))


def peers(result: Result) -> dict[str, float]:
    """Return how many times slower than chainrule each of the others was."""
    return {
        name: part["ratio"]
        for name, part in result["contestants"].items()
        if not name.startswith(OURS) and "ratio" in part
    }


def fastest_peer(result: Result) -> tuple[str, float] | None:
    """Return who came closest to chainrule, and how many times slower it was."""
    ratios = peers(result)
    return min(ratios.items(), key=lambda item: item[1]) if ratios else None


def goals_met(result: Result) -> bool | None:
    """Return whether every peer that has a goal is as many times slower as it is to be."""
    workload = WORKLOADS[result["workload"]]
    wanted = [(got, workload.goal(name)) for name, got in peers(result).items()]
    told = [got >= goal for got, goal in wanted if goal is not None]
    return all(told) if told else None


def number(value: float) -> str:
    """Format with three digits.

    Examples
    --------
    >>> number(0.01234), number(3.14159), number(12345.678)
    ('0.0123', '3.14', '12,346')
    """
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 1 else f"{value:.{1 if value >= 10 else 2}f}"


def _goal(result: Result) -> str:
    workload = WORKLOADS[result["workload"]]
    parts = [
        f"≥ {goal:g}×" + ("" if name == "peers" else f" {name}")
        for name, goal in workload.goals.items()
    ]
    met = goals_met(result)
    return ", ".join(parts) + {None: "", True: " ✓", False: " ✗"}[met]


def _limit(result: Result) -> str:
    workload = WORKLOADS[result["workload"]]
    ours = result["contestants"].get(OURS, {})
    said = []
    if "share" in ours:
        of = "one core's" if workload.cores == 1 else "the"
        wanted = "" if workload.share is None else f" (≥ {workload.share:.0%})"
        said.append(f"{ours['share']:.0%} of {of} limit{wanted}")
    if workload.at_most is not None:
        said.append(f"≤ {workload.at_most:g} {workload.unit}")
    busy = [run["cores_busy"] for run in ours.get("details", []) if "cores_busy" in run]
    if busy:
        said.append(f"{sorted(busy)[len(busy) // 2]:.2f} cores busy")
    return ", ".join(said)


def overview(results: list[Result]) -> Table:
    """Return a line for each row: everyone's time, and how many times slower it was."""
    present = [n for n in CONTESTANTS if any(n in r["contestants"] for r in results)]
    table = Table(box=box.MARKDOWN)
    for heading in (
        "workload",
        "unit",
        *(CONTESTANTS[name].title for name in present),
        "fastest peer",
        "goal",
        "limit",
    ):
        table.add_column(heading, no_wrap=True)
    for result in results:
        cells = []
        for name in present:
            part = result["contestants"].get(name)
            slower = "" if not part or name == OURS or "ratio" not in part else part["ratio"]
            cells.append(number(part["median"]) if part else "")
            if slower:
                cells[-1] += f" ({number(slower)}×)"
        closest = fastest_peer(result)
        table.add_row(
            result["workload"],
            result["unit"],
            *cells,
            f"{closest[0]} {number(closest[1])}×" if closest else "",
            _goal(result),
            _limit(result),
        )
    return table


def details(results: list[Result]) -> Table:
    """Return a line for each contestant in each row."""
    table = Table(box=box.MARKDOWN)
    for heading in (
        "workload",
        "contestant",
        "threads",
        "median (least to most)",
        "unit",
        "times slower",
        "share of the limit",
        "accuracy or probability",
        "MiB to train",
        "MiB in all",
    ):
        table.add_column(heading, no_wrap=True)
    for result in results:
        for name, part in result["contestants"].items():
            first = part["details"][0]
            measured = first.get("measured")
            told = f" ({measured} of {first['architectures']})" if measured else ""
            table.add_row(
                result["workload"],
                name + told,
                "its choice" if name == OURS else str(part["threads"]),
                f"{number(part['median'])} ({number(part['least'])} to {number(part['most'])})",
                result["unit"],
                f"{part['ratio']:.2f}" if "ratio" in part else "",
                f"{part['share']:.1%}" if "share" in part else "",
                f"{part['quality']:.4f}",
                f"{first['training_mib']:.1f}" if "training_mib" in first else "",
                f"{first['process_mib']:.0f}" if "process_mib" in first else "",
            )
        for name, why in result["failures"].items():
            table.add_row(result["workload"], name, "", f"failed: {why[:70]}", *[""] * 6)
    return table


def pairs(results: list[Result]) -> Table:
    """Return the table of what was compared within one process."""
    table = Table(box=box.MARKDOWN)
    for heading in ("workload", "contestant", "ms (least to most)", "times slower", "error"):
        table.add_column(heading, no_wrap=True)
    for result in results:
        for name, part in result["contestants"].items():
            median, least, most = (number(1000 * part[k]) for k in ("median", "least", "most"))
            table.add_row(
                result["workload"],
                name,
                f"{median} ({least} to {most})",
                f"{part['ratio']:.2f}" if "ratio" in part else "",
                f"{part['quality']:.9f}",
            )
    return table
