"""An explanation as Markdown with LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chainrule.explanation.worked._arithmetic import Line
from chainrule.explanation.worked._document import Block, Formula, Matrix, Paragraph, Step, Table
from chainrule.explanation.worked._notation import latex_number
from chainrule.explanation.worked._text import because, cell_text
from chainrule.explanation.worked._writing import LatexWriter, sides

__all__ = ["line_latex", "matrix_latex", "write_markdown"]


def write_markdown(title: str, steps: Sequence[Step], *, digits: int) -> str:
    """Write an explanation as Markdown.

    Parameters
    ----------
    title, steps, digits
        As for :func:`chainrule.explanation.worked._text.write_text`.

    Returns
    -------
    str
        Headings, tables, and formulas between dollar signs.
    """
    told = [f"# {_escaped(title)}"]
    for step in steps:
        told.append(f"## {_escaped(step.title)}")
        told += [part for block in step.blocks for part in _block(block, digits)]
    return "\n\n".join(told)


def _block(block: Block, digits: int) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield _escaped(block.text)
    elif isinstance(block, Formula):
        yield (
            f"{_escaped(block.name[:1].upper() + block.name[1:])}:\n\n" if block.name else ""
        ) + (f"$$\n{block.latex}\n$$")
    elif isinstance(block, Matrix):
        yield f"$$\n{matrix_latex(block, digits)}\n$$"
    elif isinstance(block, Line):
        remark = because(block, digits)
        beside = rf" \qquad \text{{({remark})}}" if remark else ""
        yield f"$$\n{line_latex(block, digits)}{beside}\n$$"
    else:
        yield _table(block, digits)


def line_latex(line: Line, digits: int) -> str:
    """Write symbol = formula = numbers = value in LaTeX."""
    return " = ".join([line.symbol.latex, *sides(line, LatexWriter, digits)])


def matrix_latex(matrix: Matrix, digits: int) -> str:
    """Write a matrix in LaTeX."""
    rows = [" & ".join(latex_number(number, digits) for number in row) for row in matrix.numbers]
    inside = r" \\ ".join(rows)
    return rf"{matrix.symbol.latex} = \begin{{bmatrix}} {inside} \end{{bmatrix}}"


def _table(table: Table, digits: int) -> str:
    rows = [table.header, *table.rows]
    lines = [
        "| " + " | ".join(_escaped(cell_text(cell, digits)) for cell in row) + " |" for row in rows
    ]
    rule = ("---:" if is_right else "---" for is_right in table.numeric)
    lines.insert(1, "|" + "|".join(rule) + "|")
    return "\n".join(lines) + (f"\n\n{_escaped(table.more)}" if table.more else "")


def _escaped(text: str) -> str:
    """Let text be text: a column may be called <script> or `*`."""
    for sign in "\\`*_{}[]<>#|$":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
