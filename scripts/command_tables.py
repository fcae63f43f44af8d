"""Write the tables of docs/commands.md anew, from the options, solvers and schedules there are.

python scripts/command_tables.py           writes them
python scripts/command_tables.py --check   only says whether they are up to date
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from chainrule.cli.app import app
from chainrule.training import SCHEDULES
from chainrule.workflow.choices import SOLVERS

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"
MARKUP = re.compile(r"\[/?dim\]|\\(?=\[)")
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


def main() -> int:
    """Write the page, or compare it; return 1 if it is not up to date."""
    old = PAGE.read_text(encoding="utf-8")
    new = old
    for name, rows in (("train", options()), ("solvers", solvers()), ("schedules", schedules())):
        beginning, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = new.partition(beginning)
        _, _, after = rest.partition(end)
        new = "".join((before, beginning, "\n".join(rows), "\n", end, after))
    if "--check" in sys.argv:
        return int(new != old)
    PAGE.write_text(new, encoding="utf-8")
    return 0


def table(*head: str, rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Write a table, one line after another."""
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def options() -> Iterator[str]:
    """Describe every option of ``train``, theme by theme."""
    themes: dict[str, list[Any]] = {}
    for option in COMMANDS["train"].params:
        if option.param_type_name == "option":
            themes.setdefault(option.rich_help_panel or "What and where", []).append(option)
    for theme, members in themes.items():
        yield f"\n### {theme}\n"
        yield from table("option", "what it does", rows=map(described, members))


def described(option: Any) -> tuple[str, str]:
    """Return how an option is written, and what its help says."""
    written = f"{', '.join(option.opts)} {option.metavar or ''}".strip()
    return f"`{written}`", MARKUP.sub("", option.help)


def solvers() -> Iterator[str]:
    """Describe the solvers by what can be told them."""
    rows = []
    for solver in SOLVERS.values():
        rates = "" if solver.rate is None else f"{solver.rate:g}, {solver.neuron_rate:g}"
        own = [name for name in ("momentum", "weight_decay") if getattr(solver, name)]
        extra = [f"`--{name.replace('_', '-')}`" for name in own]
        batches = ["`--batch`"] if solver.batches else []
        rows.append((f"`{solver.name}`", rates, ", ".join(batches + extra)))
    head = ("solver", "first rate of a network, of a single neuron", "its own options")
    return table(*head, rows=rows)


def schedules() -> Iterator[str]:
    """Describe the schedules by their numbers."""
    rows = []
    for name, schedule in SCHEDULES.items():
        numbers = [
            f"{field.name}={field.default}" if field.default is not None else field.name
            for field in dataclasses.fields(schedule)
        ]
        rows.append((f"`{name}`", f"`{','.join(numbers)}`" if numbers else ""))
    return table("schedule", "its numbers, where nothing is said", rows=rows)


if __name__ == "__main__":
    sys.exit(main())
