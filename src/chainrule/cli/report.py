"""``chainrule report``: the page about a model, written later, or of other rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainrule.cli.models import open_model
from chainrule.cli.terminal import out, print_json, quiet_pictures, size, talk
from chainrule.errors import InputError

if TYPE_CHECKING:
    from chainrule.reporting.training_report import Names
    from chainrule.workflow.model import Origin

__all__ = ["report_command"]

_ENDINGS = (".html", ".htm")


def report_command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file.")],
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A table with the same columns and the target, or an example's name.",
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The page. By default MODEL.html beside the model; of other rows than its test "
            "rows MODEL-DATA.html or MODEL-PART.html.",
        ),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="PART",
            help="Of the table it was trained with: test (the default for that table), train or "
            "all.",
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What stands above the page.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what it tells as JSON.")] = False,
) -> None:
    """Write a page that tells how good a model is and what speaks against trusting it.

    For example:

      chainrule report penguins.chainrule penguins

      chainrule report houses.chainrule next-year.csv -o next-year.html
    """
    if output is not None and output.suffix.lower() not in _ENDINGS:
        page = output.with_suffix(".html")
        raise InputError(f"a report is a page of HTML: write '-o {page}'")
    loaded = open_model(model)
    with talk().status(f"reading {data}"):
        from chainrule.tables import data_hash, load_table
        from chainrule.workflow import check_writable

        table = load_table(data)
        known, found = loaded.origin.data, data_hash(table.frame)
        seen, tested = found == known["hash"], found == known.get("test_hash")
        page = output or _page(model, table.name, part=part, seen=seen or tested)
        check_writable(page)
    quiet_pictures()
    with talk().status(f"writing {page}"):
        from chainrule.reporting.training_report import report_of_model

        names = _names(loaded.origin, data, model, seen=seen, tested=tested)
        made = report_of_model(loaded, table, part=part, path=page, title=title, names=names)
    if json:
        print_json({"model": str(model), "data": data, "report": str(page), **made.to_dict()})
        return
    console = out()
    console.print(made.headline)
    where = f"{page} ({size(page.stat().st_size)})" if page.is_file() else str(page)
    console.print(f"Report {where}", soft_wrap=True)


def _page(model: Path, table: str, *, part: str | None, seen: bool) -> Path:
    """Name the page so that one of other rows does not take the place of the training's own."""
    if not seen:
        return model.with_name(f"{model.stem}-{table}.html")
    if part in (None, "test"):
        return model.with_suffix(".html")
    return model.with_name(f"{model.stem}-{part}.html")


def _names(origin: Origin, data: str, model: Path, *, seen: bool, tested: bool) -> Names:
    """Return what things are called, as far as that is known by now."""
    from chainrule.reporting.training_report import Names

    return Names(
        model=str(model),
        data=data if seen else origin.name,
        test=data if tested else origin.split.get("test_table"),
        rows=data,
    )
