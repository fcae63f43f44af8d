"""``chainrule derive``: a derivative, one named rule at a time."""

from __future__ import annotations

from typing import Annotated

import typer

from chainrule.cli.terminal import out, plain_table, print_json
from chainrule.errors import InputError

__all__ = ["derive_command"]


_FORMATS = ("text", "markdown", "json")


def derive_command(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="WHAT",
            help="A name such as sigmoid or 'log loss of a sigmoid', or a formula such as "
            "'1/(1 + exp(-x))'; nothing for a list of the names.",
        ),
    ] = None,
    variable: Annotated[
        str | None,
        typer.Argument(
            metavar="VARIABLE",
            help="With respect to which; the others are held constant. Not needed where there is "
            "only one.",
        ),
    ] = None,
    *,
    how: Annotated[
        str,
        typer.Option("--format", metavar="HOW", help="text, markdown (with LaTeX) or json."),
    ] = "text",
) -> None:
    """Take a derivative one named rule at a time; every step is checked in numbers.

    For example:

      chainrule derive sigmoid

      chainrule derive "a*x^2 + ln(x)" x
    """
    from chainrule.mathematics.differentiation import derive, names

    if how not in _FORMATS:
        raise InputError(f"--format is {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}; got {how!r}")
    if what is None:
        _print_names(names(), how)
        return
    derivation = derive(what, variable)
    if how == "json":
        print_json(derivation.to_dict())
        return
    told = str(derivation) if how == "text" else derivation.to_markdown()
    out().print(told.rstrip("\n"), soft_wrap=True)


def _print_names(known: dict[str, list[str]], how: str) -> None:
    if how == "json":
        print_json(known)
        return
    rows = [(group, ", ".join(names)) for group, names in known.items()]
    rows.append(("formulas", 'such as "1/(1 + exp(-x))" or "a*x^2 + ln(x)" x'))
    console = out()
    console.print(plain_table(rows, head=("", ""), folding=(1,)))
    console.print("\nTry one: chainrule derive sigmoid")
