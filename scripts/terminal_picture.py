"""Take a picture of a command's terminal screen, as SVG, for the documentation.

python scripts/terminal_picture.py docs/train-penguins.svg -- chainrule train penguins
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pexpect
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

COLUMNS = 80
PROGRESS = re.compile(r"samples/s|starts done|(reading|writing) \S+$")


def main(target: Path, command: list[str]) -> None:
    """Run the command in a terminal of 80 columns and draw what it leaves there."""
    terminal = pexpect.spawn(command[0], command[1:], dimensions=(60, COLUMNS), timeout=120)
    terminal.expect(pexpect.EOF)
    moves = re.compile(r"\x1b\[[0-9;?]*[A-HJKfhl]")
    screen = [line.split("\r")[-1] for line in terminal.before.decode().split("\r\n")]
    # What a progress bar drew and took back is not on the screen at the end.
    lines = [moves.sub("", line) for line in screen if not PROGRESS.search(line)]
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text(f"$ {shlex.join(command)}", style="bold"))
        console.print(Text.from_ansi("\n".join(lines).strip("\n")))
    # The pictures stand alone: the fonts of the reader's machine, none from elsewhere.
    style = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    style = re.sub(r"<!--.*?-->", "", style)
    target.write_text(console.export_svg(title="chainrule", code_format=style))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[3:])
