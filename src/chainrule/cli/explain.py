"""``chainrule explain``: the whole calculation for a row, or a mini-batch."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainrule.cli.models import open_model
from chainrule.cli.terminal import out, talk
from chainrule.errors import InputError
from chainrule.plain_data import finite

if TYPE_CHECKING:
    from chainrule.explanation import Importance, WorkedExample
    from chainrule.explanation.worked._told import Told

__all__ = ["explain_command"]

_FORMS = {
    "text": (".txt",),
    "markdown": (".md", ".markdown"),
    "html": (".html", ".htm"),
    "json": (".json",),
    "excel": (".xlsx",),
}


def explain_command(
    model: Annotated[
        Path | None, typer.Argument(metavar="MODEL", help="A model file.", show_default=False)
    ] = None,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help="A table with the columns the model was trained with, or an example's name; with "
            "the target too, the answer is compared and learned from.",
            show_default=False,
        ),
    ] = None,
    *,
    row: Annotated[
        str,
        typer.Option(
            "--row",
            "-r",
            metavar="ROWS",
            help="Which row, counted from 1 after the header; 3,5,8-12 is a mini-batch.",
        ),
    ] = "1",
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORM",
            help="text, markdown, html, json or excel; by default as the ending of -o says, else "
            "text.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to this file."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Write out every term, node and weight.")
    ] = False,
    digits: Annotated[
        int, typer.Option(min=2, max=17, help="Significant digits of the numbers.")
    ] = 6,
    inputs: Annotated[
        bool,
        typer.Option(
            "--inputs",
            help="Say too which columns the prediction came from, and what would turn it; the "
            "other rows of DATA are what is compared with.",
        ),
    ] = False,
    importance: Annotated[
        bool,
        typer.Option(
            "--importance",
            help="Say instead how much the whole model's score drops when a column is shuffled.",
        ),
    ] = False,
    lesson: Annotated[
        bool,
        typer.Option("--lesson", help="Walk through a small network, then through a penguin."),
    ] = False,
) -> None:
    """Show every number of what a network does with a row, and what it learns from it.

    For example:

      chainrule explain penguins.chainrule penguins --row 17

      chainrule explain penguins.chainrule penguins --row 17 --inputs -o row17.html

      chainrule explain --lesson
    """
    chosen = _form(form, output)
    if lesson:
        from chainrule.explanation import lesson as tell_lesson

        _show_told(tell_lesson(digits=digits), chosen, output)
        return
    if model is None or data is None:
        raise InputError(
            "explain needs a model file and a table, such as: chainrule explain "
            "penguins.chainrule penguins --row 17 (or --lesson alone)"
        )
    loaded = open_model(model)
    from chainrule.tables import load_table
    from chainrule.workflow import explaining

    frame = load_table(data).frame
    if importance:
        _show_importance(explaining.importance_of_columns(loaded, frame), chosen, output)
        return
    rows = explaining.parse_rows(row)
    example = explaining.explain_rows(loaded, frame, rows, digits=digits, full=full)
    if inputs:
        if len(rows) > 1:
            raise InputError("--inputs is about one row: give --row a single number")
        example = example.with_inputs(*explaining.explain_inputs(loaded, frame, rows[0]))
    _show(example, chosen, output)


def _form(form: str | None, output: Path | None) -> str:
    if form is not None:
        if form not in _FORMS:
            raise InputError(f"--format {form}: choose one of {', '.join(_FORMS)}")
        return form
    if output is None:
        return "text"
    for name, endings in _FORMS.items():
        if output.suffix.lower() in endings:
            return name
    known = ", ".join(ending for group in _FORMS.values() for ending in group)
    raise InputError(f"-o {output}: give it one of the endings {known}, or say --format")


def _show(example: WorkedExample, form: str, output: Path | None) -> None:
    if form == "excel":
        if output is None:
            raise InputError("a spreadsheet is written to a file: say where with -o FILE.xlsx")
        example.to_excel(output)
        talk().print(f"{example.title}: {output}", soft_wrap=True)
        return
    if form == "json":
        _write(example.to_json(), output)
        return
    _show_told(example, form, output)


def _show_importance(importance: Importance, form: str, output: Path | None) -> None:
    if form not in ("text", "json"):
        raise InputError(f"--importance is written as text or json, not as {form}")
    plain = finite(importance.to_dict()) if form == "json" else None
    _write(str(importance) if plain is None else json.dumps(plain, ensure_ascii=False), output)


def _show_told(told: Told, form: str, output: Path | None) -> None:
    writers = {"text": told.__str__, "markdown": told.to_markdown, "html": told.to_html}
    if form not in writers:
        raise InputError(f"a lesson is written as {', '.join(writers)}, not as {form}")
    _write(writers[form](), output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        _print(text)
        return
    from chainrule.workflow import write_beside

    with write_beside(output) as file:
        file.write((text + "\n").encode())
    talk().print(f"written to {output}", soft_wrap=True)


def _print(text: str) -> None:
    """Print it as it is, but on a terminal with its headings in bold."""
    console = out()
    if not console.is_terminal:
        sys.stdout.write(text + "\n")
        return
    lines = text.split("\n")
    for line, below in pairwise([*lines, ""]):
        heading = line.strip() and set(below) in ({"="}, {"-"})
        rule = line.strip() and set(line) in ({"="}, {"-"})
        console.print(line, style="bold" if heading else "dim" if rule else None, soft_wrap=True)
