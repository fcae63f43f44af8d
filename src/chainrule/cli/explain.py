"""``chainrule explain``: the whole calculation for a row, or a mini-batch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainrule.cli.models import open_model
from chainrule.cli.terminal import print_json, talk
from chainrule.errors import InputError

if TYPE_CHECKING:
    from chainrule.explanation import WorkedExample

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
    lesson: Annotated[
        bool,
        typer.Option("--lesson", help="Walk through a small network, then through a penguin."),
    ] = False,
) -> None:
    """Show every number of what a network does with a row, and what it learns from it.

    For example:

      chainrule explain penguins.chainrule penguins --row 17

      chainrule explain penguins.chainrule penguins --row 17 -o row17.html

      chainrule explain --lesson
    """
    chosen = _form(form, output)
    if lesson:
        from chainrule.workflow.lesson import lesson_text

        _write(lesson_text(digits=digits), output)
        return
    if model is None or data is None:
        raise InputError(
            "explain needs a model file and a table, such as: chainrule explain "
            "penguins.chainrule penguins --row 17 (or --lesson alone)"
        )
    loaded = open_model(model)
    from chainrule.tables import load_table
    from chainrule.workflow.explaining import explain_rows, parse_rows

    rows = parse_rows(row)
    example = explain_rows(loaded, load_table(data).frame, rows, digits=digits, full=full)
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
    if form == "json" and output is None:
        print_json(example.to_dict())
        return
    if form == "excel":
        if output is None:
            raise InputError("a spreadsheet is written to a file: say where with -o FILE.xlsx")
        example.to_excel(output)
        talk().print(f"{example.title}: {output}", soft_wrap=True)
        return
    written = {
        "text": example.__str__,
        "markdown": example.to_markdown,
        "html": example.to_html,
        "json": example.to_json,
    }
    _write(written[form](), output)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text + "\n")
        return
    from chainrule.workflow import write_beside

    with write_beside(output) as file:
        file.write((text + "\n").encode())
    talk().print(f"written to {output}", soft_wrap=True)
