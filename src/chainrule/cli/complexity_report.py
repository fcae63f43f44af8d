"""What the model-complexity graph of a table has come to, for a person to read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.text import Text

from chainrule.cli.terminal import duration, out, plain_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chainrule.estimators import Cell
    from chainrule.workflow import Complexity

__all__ = ["print_complexity"]


def print_complexity(found: Complexity, *, command: str, picture: Path | None) -> None:
    """Print a line for each size and penalty, and which to take.

    Parameters
    ----------
    found : Complexity
        What there is to tell.
    command : str
        Which trains the one to take.
    picture : Path or None
        Where it was drawn.
    """
    console, graph = out(), found.graph
    _print_heading(found)
    head = ["layers", found.penalty, "epoch", "train error", "test error", graph.score_name]
    head += ["verdict", f"at {graph.epochs[-1]}"]
    rows = list(_rows(found))
    if found.varied_penalty is None:
        del head[1]
        rows = [row[:1] + row[2:] for row in rows]
    console.print(plain_table(rows, head=head, right=range(1, len(head) - 2)))
    bands = f", mean ± standard deviation over {graph.splits} splits" * (graph.splits > 1)
    told = f"Error: {graph.error_name}{_unit(found)}{bands}, at the best epoch of each."
    console.print(Text(told, style="dim"))
    console.print(f"\n{_advice(found)}", soft_wrap=True)
    console.print(f"  {command}", soft_wrap=True)
    if picture is not None:
        console.print(Text.assemble(("\nPicture ", "bold"), str(picture)), soft_wrap=True)


def _print_heading(found: Complexity) -> None:
    graph = found.graph
    used = f"{found.rows:,} rows"
    if found.used < found.rows:
        used = f"{found.used:,} of {used}, drawn at random (--rows all takes all),"
    count = graph.splits * len(graph.sizes) * len(graph.penalties)
    out().print(
        Text.assemble(
            (found.name, "bold"),
            f": {used} → ",
            (found.target, "bold"),
            f"; {graph.splits} split{'s' * (graph.splits > 1)}, train on {found.train_rows:,}, "
            f"test on {found.test_rows:,}; {count} training{'s' * (count > 1)} in "
            f"{duration(found.seconds)}\n",
        ),
        soft_wrap=True,
    )


def _rows(found: Complexity) -> Iterator[tuple[Text, ...]]:
    graph = found.graph
    chosen = graph.choice_place[:2]
    for size in range(len(graph.sizes)):
        for penalty in range(len(graph.penalties)):
            cell = graph.cell(size, penalty, int(graph.best_epochs[size, penalty]))
            known = graph.splits > 1 and math.isfinite(cell.test_error)
            band = f" ± {_number(cell.test_spread, digits=2)}" if known else ""
            cells = (
                _layers(cell),
                f"{cell.penalty:g}",
                str(cell.epoch),
                _number(cell.train_error),
                _number(cell.test_error) + band,
                _number(cell.test_score),
                cell.zone,
                str(graph.zones[size, penalty, -1]),
            )
            style = "bold" if (size, penalty) == chosen else ""
            yield tuple(Text(text, style=style) for text in cells)


def _number(value: float, *, digits: int = 3) -> str:
    return f"{value:.{digits}g}" if math.isfinite(value) else "–"


def _layers(cell: Cell) -> str:
    return ",".join(map(str, cell.size)) or "none"


def _unit(found: Complexity) -> str:
    if found.task == "classification" or found.settings.loss == "poisson":
        return ""
    return f", of {found.target} in standard deviations"


def _named(found: Complexity, cell: Cell) -> str:
    penalty = "" if found.varied_penalty is None else f", {found.penalty} {cell.penalty:g}"
    epochs = f"{cell.epoch} epoch{'s' * (cell.epoch > 1)}"
    return f"layers {_layers(cell)}{penalty}, {epochs}"


def _advice(found: Complexity) -> str:
    """Say which to take, and why."""
    graph = found.graph
    best, choice = graph.best, graph.choice
    if graph.best_place == graph.choice_place:
        within = "; nothing simpler comes within one standard error of it" * (graph.splits > 1)
        return (
            f"Take {_named(found, best)}: the smallest test error, {_number(best.test_error)}"
            f"{within}."
        )
    return (
        f"Take {_named(found, choice)}: the simplest whose test error, "
        f"{_number(choice.test_error)}, is within one standard error "
        f"({_number(graph.standard_error)}) of the best, {_number(best.test_error)} "
        f"({_named(found, best)})."
    )
