"""``chainrule examples``: the tables that come along."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from chainrule.cli.terminal import out, plain_table, print_json

__all__ = ["examples_command"]


def examples_command(
    *, json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False
) -> None:
    """List the example tables, which can be used by name wherever DATA is asked for."""
    from chainrule.tables import examples

    found = examples()
    if json:
        print_json([dataclasses.asdict(example) for example in found])
        return
    rows = [(e.name, f"{e.rows:,}", str(e.columns), e.task, e.description) for e in found]
    head = ("name", "rows", "columns", "task", "what it is")
    console = out()
    console.print(plain_table(rows, head=head, right=(1, 2), folding=(4,)))
    console.print("\nTry one: chainrule train penguins")
