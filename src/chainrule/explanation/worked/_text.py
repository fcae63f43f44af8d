"""An explanation as text of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from chainrule.explanation._numbers import cut
from chainrule.explanation.worked._arithmetic import Choice, Line, choices
from chainrule.explanation.worked._document import (
    Block,
    Cell,
    Formula,
    Matrix,
    Paragraph,
    Step,
    Table,
)
from chainrule.explanation.worked._notation import Symbol, text_number
from chainrule.explanation.worked._writing import TextWriter, sides

__all__ = ["because", "blocks_text", "cell_text", "write_text"]

WIDTH = 80
_INDENT = "   "


def write_text(title: str, steps: Sequence[Step], *, digits: int) -> str:
    """Write an explanation as plain text.

    Parameters
    ----------
    title : str
        Of the whole.
    steps : sequence of Step
        What is told.
    digits : int
        Significant digits of every number.

    Returns
    -------
    str
        Lines of at most 80 characters, but for symbols and numbers that are longer.
    """
    head = textwrap.wrap(title, WIDTH)
    told = [*head, "=" * max(map(len, head))]
    for step in steps:
        told += ["", step.title, "-" * min(len(step.title), WIDTH)]
        told += blocks_text(step.blocks, digits=digits)
    return "\n".join(told)


def blocks_text(blocks: Sequence[Block], *, digits: int, spaced: bool = True) -> list[str]:
    """Write blocks below one another; if spaced, a paragraph begins after an empty line."""
    told: list[str] = []
    for i, block in enumerate(blocks):
        if spaced and i > 0 and isinstance(block, Paragraph):
            told.append("")
        told += _block(block, digits)
    return told


def _block(block: Block, digits: int) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield from textwrap.wrap(block.text, WIDTH, break_long_words=False)
    elif isinstance(block, Formula):
        yield from _formula(block)
    elif isinstance(block, Matrix):
        yield from _matrix(block, digits)
    elif isinstance(block, Table):
        yield from _table(block, digits)
    else:
        yield from _line(block, digits)


def _formula(formula: Formula) -> Iterator[str]:
    if formula.text:
        yield from textwrap.wrap(formula.text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _line(line: Line, digits: int) -> Iterator[str]:
    """Write symbol = formula = numbers = value, on one line if it fits, else below one another."""
    parts = sides(line, TextWriter, digits)
    remark = because(line, digits)
    beside = f"   ({remark})" if remark else ""
    whole = f"{_INDENT}{line.symbol} = {' = '.join(parts)}"
    if len(whole) + len(beside) <= WIDTH:
        yield whole + beside
        return
    head = f"{_INDENT}{line.symbol} = "
    indent = " " * (len(head) - 2)
    below = [*parts[:-2], f"{parts[-2]} = {parts[-1]}"] if len(parts) > 1 else parts
    for i, part in enumerate(below):
        start = head if i == 0 else f"{indent}= "
        yield from _wrapped(start, part, len(head) + 2)
    if remark:
        yield from textwrap.wrap(
            f"({remark})", WIDTH, initial_indent=f"{indent}  ", subsequent_indent=f"{indent}  "
        )


def _wrapped(start: str, formula: str, indent: int) -> Iterator[str]:
    """Break a formula before the signs between its terms."""
    current = start
    empty = True
    for piece in _terms(formula):
        if not empty and len(current) + len(piece) > WIDTH:
            yield current.rstrip()
            current = " " * indent
        current += piece
        empty = False
    yield current.rstrip()


def _terms(formula: str) -> Iterator[str]:
    """Cut a formula before each sign that stands between terms or before its result."""
    start = 0
    for place in range(1, len(formula) - 1):
        if formula[place] in "+−=" and formula[place - 1] == " " and formula[place + 1] == " ":
            yield formula[start:place]
            start = place
    yield formula[start:]


def because(line: Line, digits: int) -> str:
    """Return the words beside a line: its remark, and which formula of several applies, and why."""
    writer = TextWriter(digits=digits)
    reasons = [
        f"as {writer.write(choice.number)} {_sign(choice)} {choice.bound:g}"
        for choice in choices(line.formula)
    ]
    return ", ".join([*([line.remark] if line.remark else []), *dict.fromkeys(reasons)])


def _sign(choice: Choice) -> str:
    if choice.applies:
        return "≥" if choice.or_equal else ">"
    return "<" if choice.or_equal else "≤"


def _matrix(matrix: Matrix, digits: int) -> Iterator[str]:
    cells = [[text_number(number, digits) for number in row] for row in matrix.numbers]
    widths = [max(len(row[j]) for row in cells) for j in range(len(cells[0]))]
    start = f"{_INDENT}{matrix.symbol} = "
    for row in cells:
        yield start + "[" + "  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) + "]"
        start = " " * len(start)


def _table(table: Table, digits: int) -> Iterator[str]:
    rows = [table.header, *([cell_text(cell, digits) for cell in row] for row in table.rows)]
    widths = [max(len(row[j]) for row in rows) for j in range(len(table.header))]
    widths = _fitted(widths)
    right = table.numeric
    for row in rows:
        cells = [
            cut(cell, width).rjust(width) if is_right else cut(cell, width).ljust(width)
            for cell, width, is_right in zip(row, widths, right, strict=True)
        ]
        yield (_INDENT + "  ".join(cells)).rstrip()
    if table.more:
        yield from textwrap.wrap(
            table.more, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT
        )


def _fitted(widths: list[int]) -> list[int]:
    """Make the widest column narrower until all fit."""
    room = WIDTH - len(_INDENT) - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    return widths


def cell_text(cell: Cell, digits: int) -> str:
    """Write a cell of a table."""
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, str | Symbol) else text_number(cell, digits)
