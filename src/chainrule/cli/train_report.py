"""What a training has come to, for a person to read."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.text import Text

from chainrule.cli.findings import findings_table
from chainrule.cli.terminal import out, plain_table, score_cells, score_names, size
from chainrule.workflow.words import title, training_facts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

    from chainrule.workflow import Model, Training

__all__ = ["columns_table", "print_report", "scores_table", "scores_title", "weighed_by"]

# More columns than this are told by kind, so that the report stays one screen.
_MOST_COLUMNS = 16


def print_report(
    training: Training,
    *,
    data: str,
    test: str | None,
    path: Path,
    page: Path | None,
    row: int,
    seconds: float,
    plot: bool = False,
) -> None:
    """Print the report of a training.

    Parameters
    ----------
    training : Training
        What there is to tell.
    data, test : str
        As the person named the tables.
    path : Path
        The model file.
    page : Path or None
        The report, if there is one.
    row : int
        One that is worth an explanation, counted from 1.
    seconds : float
        From the beginning of the command.
    plot : bool
        Whether to draw the learning curves.
    """
    console = out()
    model = training.model
    origin = model.origin
    _print_heading(console, model)
    _section(console, "Columns", columns_table(origin.columns))
    facts = training_facts(model, seconds=seconds)
    _section(console, "Training", plain_table(facts, head=("", ""), folding=(1,)))
    if plot:
        from chainrule.cli.terminal_plot import print_curves

        print_curves(console, model)
    _section(console, scores_title(model), scores_table(model, _intervals(training)))
    console.print(f"\n{training.verdict}")
    _print_findings(console, origin.diagnosis["findings"])
    written = {"Model file": path} if page is None else {"Model file": path, "Report    ": page}
    console.print()
    for what, file in written.items():
        where = f"{file} ({size(file.stat().st_size)})" if file.is_file() else str(file)
        end = "; next:" if file == list(written.values())[-1] else ""
        console.print(Text.assemble((f"{what} ", "bold"), f"{where}{end}"), soft_wrap=True)
    # Not wrapped: these lines are there to be copied.
    for line in _next_commands(path, test or data, row):
        console.print(f"  {line}", soft_wrap=True)


def _print_heading(console: Console, model: Model) -> None:
    origin = model.origin
    what = "a number" if origin.classes is None else f"{len(origin.classes)} classes"
    split = origin.split
    test = f"test on {split['test_rows']:,}"
    if "test_table" in split:
        test += f" of {split['test_table']}"
    if "groups" in split:
        groups = origin.settings["groups"]
        test += f" ({split['test_groups']:,} of {split['groups']:,} groups of {groups!r})"
    left_out = origin.data["rows"] - split["train_rows"]
    if "test_table" not in split:
        left_out -= split["test_rows"]
    if left_out:
        test += f"; {left_out:,} of weight 0 left out"
    console.print(
        Text.assemble(
            (origin.name, "bold"),
            f": {origin.data['rows']:,} rows, {len(origin.columns)} columns → ",
            (origin.target, "bold"),
            f" ({what}); train on {split['train_rows']:,}, {test}",
        )
    )


def _section(console: Console, title: str, body: Table | str) -> None:
    console.print(Text(f"\n{title}", style="bold"))
    console.print(body)


def columns_table(columns: list[dict[str, Any]]) -> Table:
    """Tell what was encoded how.

    Parameters
    ----------
    columns : list of dict
        From :class:`~chainrule.workflow.model.Origin`.

    Returns
    -------
    rich.table.Table
        A line for each column, or for each kind of column if there are many.
    """
    if len(columns) > _MOST_COLUMNS:
        return _kinds_table(columns)
    rows = [
        (_cut(c["name"]), c["kind"], f"{c['missing']:,}", str(c["inputs"]), c["note"])
        for c in columns
    ]
    head = ("column", "kind", "missing", "inputs", "encoded")
    return plain_table(rows, head=head, right=(2, 3), folding=(4,))


def _kinds_table(columns: list[dict[str, Any]]) -> Table:
    count = Counter(c["kind"] for c in columns)
    rows = []
    for kind, number in count.most_common():
        same = [c for c in columns if c["kind"] == kind]
        names = ", ".join(_cut(c["name"]) for c in same[:4])
        more = f" and {number - 4} more" if number > 4 else ""
        rows.append(
            (
                kind,
                str(number),
                f"{sum(c['missing'] for c in same):,}",
                str(sum(c["inputs"] for c in same)),
                names + more,
            )
        )
    head = ("kind", "columns", "missing", "inputs", "which")
    return plain_table(rows, head=head, right=(1, 2, 3), folding=(4,))


def _cut(name: str, *, most: int = 24) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _print_findings(console: Console, findings: list[dict[str, Any]]) -> None:
    """Print the first finding in full: the others may follow from it, and ``info`` has them all."""
    if not findings:
        return
    _section(console, "Diagnosis", findings_table(findings, full=1))
    if len(findings) > 1:
        console.print("Mend the first and train again: the others may follow from it.")


def scores_title(model: Model) -> str:
    """Say which rows the scores are of."""
    origin = model.origin
    return f"Scores on {origin.split['test_rows']:,} test rows{weighed_by(model)}"


def weighed_by(model: Model) -> str:
    """Say by which column the rows are weighted; empty if all count the same."""
    weights = model.origin.settings["weights"]
    return f", weighted by {weights!r}" if weights is not None else ""


def scores_table(model: Model, intervals: Mapping[str, tuple[float, float]] | None = None) -> Table:
    """Show the test scores of the model beside those of its two simple rivals.

    Parameters
    ----------
    model : Model
        That was tested.
    intervals : mapping of str to (low, high), optional
        The 95 % intervals of its scores.

    Returns
    -------
    rich.table.Table
    """
    origin = model.origin
    rows: list[tuple[str | Text, ...]] = [(title(model), *score_cells(origin.scores))]
    for place, word in enumerate(("95 % from", "to") if intervals else ()):
        ends = dict.fromkeys(origin.scores) | {n: i[place] for n, i in (intervals or {}).items()}
        told = (f"{word:>11}", *score_cells(ends))
        rows.append(tuple(Text(cell, style="dim") for cell in told))
    rows += [(_cut(name, most=20), *score_cells(s)) for name, s in origin.baselines.items()]
    names = score_names(origin.task)
    return plain_table(rows, head=("", *names), right=range(1, len(names) + 1))


def _intervals(training: Training) -> dict[str, tuple[float, float]]:
    from chainrule.workflow.intervals import score_intervals

    tested, classes = training.tested, training.model.origin.classes
    return score_intervals(
        tested.true,
        tested.predicted,
        classes=classes,
        weights=tested.rows.weights,
        probabilistic=tested.probabilistic,
    )


def _next_commands(path: Path, data: str, row: int) -> list[str]:
    model, table = shlex.quote(str(path)), shlex.quote(data)
    stem = shlex.quote(f"{path.stem}-predictions.csv")
    return [
        f"chainrule explain {model} {table} --row {row}",
        f"chainrule evaluate {model} {table}",
        f"chainrule predict {model} NEW_ROWS.csv -o {stem}",
        f"chainrule info {model}",
    ]
