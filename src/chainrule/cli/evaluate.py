"""``chainrule evaluate``: how good a model is on a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainrule.cli.models import open_model
from chainrule.cli.terminal import (
    compact,
    notice,
    out,
    plain_table,
    print_json,
    score_cells,
    score_names,
)

if TYPE_CHECKING:
    from chainrule.workflow import Evaluation, Model, RegressionScores

__all__ = ["evaluate_command"]


def evaluate_command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file.")],
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A table with the same columns and the target, or an example's name.",
        ),
    ],
    *,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="PART",
            help="Of the table it was trained with: test (the default for that table), train or "
            "all.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Score a model on a table whose target is known.

    For example:

      chainrule evaluate penguins.chainrule penguins

      chainrule evaluate houses.chainrule next-year.csv --json
    """
    loaded = open_model(model)
    from chainrule.tables import load_table
    from chainrule.workflow import evaluate

    table = load_table(data)
    evaluation = evaluate(loaded, table.frame, part=part)
    if evaluation.seen:
        _say_seen(evaluation, asked=part is not None)
    if json:
        about = {"model": str(model), "data": data, "weights": loaded.origin.settings["weights"]}
        print_json({**about, **evaluation.to_dict()})
        return
    _print(evaluation, data=data, model=loaded)


def _say_seen(evaluation: Evaluation, *, asked: bool) -> None:
    if evaluation.part == "test":
        if not asked:
            notice(
                "this is the table the model was trained with: scored are only the test rows, "
                "which it did not learn from (--part all or --part train for others)"
            )
        return
    notice("the model has learned from these rows, or from most of them: new rows will score lower")


def _print(evaluation: Evaluation, *, data: str, model: Model) -> None:
    from chainrule.cli.confusion import confusion_lines
    from chainrule.cli.train_report import weighed_by

    scores, console = evaluation.scores, out()
    task = model.origin.task
    part = "" if evaluation.part == "all" else f" ({evaluation.part} part)"
    about = f"{model.origin.target} in {data}{part}"
    console.print(f"{about}: {scores.rows:,} rows{weighed_by(model)}\n")
    names = score_names(task)
    console.print(plain_table([score_cells(scores)], head=names, right=range(len(names))))
    if task == "classification":
        for line in confusion_lines(scores, width=console.width):  # type: ignore[arg-type]
            console.print(line, soft_wrap=True)
        return
    _print_residuals(scores)  # type: ignore[arg-type]


def _print_residuals(scores: RegressionScores) -> None:
    console = out()
    names = {"0%": "lowest", "50%": "median", "100%": "highest"}
    quantiles = scores.residual_quantiles
    console.print(
        "\nResiduals (target minus prediction), and the part of the rows below", style="bold"
    )
    head = [names.get(name, name) for name in quantiles]
    cells = [compact(value) for value in quantiles.values()]
    console.print(plain_table([cells], head=head, right=range(len(head))))
