"""``chainrule predict``: predictions for a table, as csv or parquet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from chainrule.cli.models import open_model
from chainrule.cli.terminal import notice, talk
from chainrule.errors import InputError

__all__ = ["predict_command"]


def predict_command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file.")],
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A table with the columns the model was trained with, or an example's name. "
            "May be larger than memory.",
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write to this .csv or .parquet file; by default csv to the standard output.",
        ),
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", "-p", help="Add the probability of each class.")
    ] = False,
) -> None:
    """Predict every row of a table, in order: one line out for each row in.

    For example:

      chainrule predict penguins.chainrule new.csv

      chainrule predict penguins.chainrule new.csv --probabilities -o predicted.parquet
    """
    form = _form(output, model=model, data=data)
    if output is None:
        _predict(model, data, sys.stdout.buffer, form=form, probabilities=probabilities)
        return
    from chainrule.workflow import write_beside

    with write_beside(output) as file:
        rows = _predict(model, data, file, form=form, probabilities=probabilities)
    talk().print(f"{rows:,} predictions in {output}", soft_wrap=True)


def _form(output: Path | None, *, model: Path, data: str) -> str:
    if output is None:
        return ".csv"
    for name, what in ((model, "the model file"), (Path(data), "the data")):
        if output.exists() and name.exists() and output.samefile(name):
            raise InputError(f"-o {output} is {what} itself: choose another name")
    if output.exists() and not output.is_file() and not output.is_dir():
        return ".csv"  # a device such as /dev/stdout
    if output.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(f"-o {output}: predictions are written as .csv or .parquet")
    return output.suffix.lower()


def _predict(model: Path, data: str, file: BinaryIO, *, form: str, probabilities: bool) -> int:
    from chainrule.tables import load_table
    from chainrule.workflow.prediction import predict_file, predict_table

    loaded = open_model(model)
    options: dict[str, Any] = {
        "form": form,
        "probabilities": probabilities,
        "notice_extra": _say_extra,
    }
    if Path(data).is_file():
        return predict_file(loaded, data, file, **options)
    return predict_table(loaded, load_table(data).frame, file, **options)


def _say_extra(names: list[str]) -> None:
    from chainrule.tables.names import listed

    several = len(names) > 1
    notice(
        f"the column{'s' * several} {listed(map(repr, names))} "
        f"{'are' if several else 'is'} not used by this model"
    )
