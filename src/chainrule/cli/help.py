"""What ``--help`` prints: options and their words in two columns, by theme.

Typer's own layout keeps four columns for the name of an option, most of them empty, and tells
the type of each; in a terminal of 80 columns the words were left half of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from chainrule.cli.terminal import out, plain_table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Command", "Group"]


class Command(TyperCommand):
    """A command that tells its arguments and options in two columns."""

    def format_help(self, ctx: Any, formatter: object) -> None:
        """Print the help."""
        del formatter
        _print_help(self, ctx)


class Group(TyperGroup):
    """A group of commands that tells them, and its options, in two columns."""

    def format_help(self, ctx: Any, formatter: object) -> None:
        """Print the help."""
        del formatter
        _print_help(self, ctx)


def _print_help(command: Any, ctx: Any) -> None:
    console = out()
    themes = dict(_themes(command, ctx))
    arguments = [name.plain.strip() for name, _ in themes.get("Arguments", [])]
    usage = [ctx.command_path, "[OPTIONS]", *arguments]
    if "Commands" in themes:
        usage.append("COMMAND …")
    console.print(Text.assemble(("Usage: ", "bold"), " ".join(usage)))
    for paragraph in _paragraphs(command.help or ""):
        console.print(Text(paragraph))
    widest = max(len(name) for rows in themes.values() for name, _ in rows)
    for theme, rows in themes.items():
        console.print(Text(f"\n{theme}", style="bold"))
        for name, _ in rows:
            name.pad_right(widest - len(name))
        console.print(plain_table(rows, head=("", ""), folding=(1,)))
    if command.epilog:
        console.print(Text.from_markup(f"\n{command.epilog}"))


def _paragraphs(told: str) -> Iterator[str]:
    """Yield paragraphs, each after an empty line but for the second and further of examples."""
    last = ""
    for paragraph in re.split(r"\n{2,}", told.strip("\n")):
        example = paragraph.startswith("  ")
        words = paragraph if example else " ".join(paragraph.split())
        yield words if example and last.startswith("  ") else f"\n{words}"
        last = paragraph


def _themes(command: Any, ctx: Any) -> Iterator[tuple[str, list[tuple[Text, Text]]]]:
    """Yield the name of each theme, and what is told under it in two columns."""
    found: dict[str, list[tuple[Text, Text]]] = {}
    if isinstance(command, TyperGroup):
        found["Commands"] = [
            (Text(f"  {name}", style="bold cyan"), _words(known.get_short_help_str(200)))
            for name, known in command.commands.items()
        ]
    for parameter in command.get_params(ctx):
        usual = "Arguments" if parameter.param_type_name == "argument" else "Options"
        theme = getattr(parameter, "rich_help_panel", None) or usual
        found.setdefault(theme, []).append((_name(parameter), _words(parameter.help)))
    yield from found.items()


def _name(parameter: Any) -> Text:
    if parameter.param_type_name == "argument":
        return Text(f"  {parameter.metavar}", style="bold yellow")
    metavar = parameter.metavar or ""
    flags = ", ".join(sorted(parameter.opts, key=len, reverse=True))
    return Text.assemble(("  " + flags, "bold cyan"), " ", (metavar, "yellow"))


def _words(told: str | None) -> Text:
    return Text.from_markup(told or "")
