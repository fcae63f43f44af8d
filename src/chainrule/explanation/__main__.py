"""Show the page about a finding: ``python -m chainrule.explanation CR101``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown

from chainrule.errors import InputError
from chainrule.explanation.pages import read_page

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a page, drawn for a terminal or, into a file or pipe, as the Markdown it is.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the command line unless given.

    Returns
    -------
    int
        0, or 2 if there is no such page.
    """
    parser = argparse.ArgumentParser(
        prog="python -m chainrule.explanation",
        description="Show the page about a finding of diagnose.",
    )
    parser.add_argument("code", nargs="?", help="such as CR101; without it, the list of all")
    code = parser.parse_args(arguments).code
    try:
        page = read_page(code)
    except InputError as error:
        Console(stderr=True).print(f"Error: {error}", markup=False, highlight=False)
        return 2
    console = Console()
    if console.is_terminal:
        console.print(Markdown(page, code_theme="ansi_dark"))
    else:
        sys.stdout.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
