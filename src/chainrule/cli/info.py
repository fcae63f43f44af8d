"""``chainrule info``: what is in a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainrule.cli.models import open_model
from chainrule.cli.terminal import out, plain_table, print_json, talk

if TYPE_CHECKING:
    from chainrule.workflow import Model

__all__ = ["info_command"]


def info_command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file.")],
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON, each epoch included.")
    ] = False,
    plot: Annotated[
        bool, typer.Option("--plot", help="Draw the losses by epoch; with --json, on stderr.")
    ] = False,
) -> None:
    """Show what a model file holds: the model, how it was made and how it did."""
    loaded = open_model(model)
    if json:
        print_json({"model": str(model), **loaded.to_dict()})
    else:
        _print(loaded)
    if plot:
        from chainrule.cli.terminal_plot import print_curves

        print_curves(talk() if json else out(), loaded)


def _print(model: Model) -> None:
    from chainrule.cli.findings import findings_table
    from chainrule.cli.train_report import columns_table, scores_table, scores_title

    origin, console = model.origin, out()
    console.print(plain_table(_facts(model), head=("", ""), folding=(1,)))
    console.print("\nColumns", style="bold")
    console.print(columns_table(origin.columns))
    console.print(f"\n{scores_title(model)}", style="bold")
    console.print(scores_table(model))
    console.print(f"\n{origin.verdict}")
    if findings := origin.diagnosis["findings"]:
        console.print("\nDiagnosis", style="bold")
        console.print(findings_table(findings))


def _facts(model: Model) -> list[tuple[str, str]]:
    from chainrule.workflow.words import training_facts

    origin = model.origin
    classes = "a number" if origin.classes is None else ", ".join(map(str, origin.classes[:12]))
    more = "" if origin.classes is None or len(origin.classes) <= 12 else ", …"
    made = ", ".join(f"{name} {number}" for name, number in origin.versions.items())
    data = (
        f"{origin.name}: {origin.split['train_rows']:,} rows to train, "
        f"{origin.split['test_rows']:,} to test; hash {origin.data['hash'][:12]}"
    )
    if noise := origin.data.get("noise"):
        data += f"; noise of {noise}% of each number's spread was added"
    return [
        ("predicts", f"{origin.target}: {classes}{more}"),
        *training_facts(model),
        ("data", data),
        ("made", f"{origin.created}; {made}"),
    ]
