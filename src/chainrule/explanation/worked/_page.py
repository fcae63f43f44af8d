"""An explanation as one page of HTML with MathML."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from chainrule.explanation.worked._arithmetic import Line
from chainrule.explanation.worked._document import (
    Block,
    Cell,
    Formula,
    Matrix,
    Paragraph,
    Step,
    Table,
)
from chainrule.explanation.worked._mathml import (
    MathmlWriter,
    clean,
    math,
    matrix_mathml,
    pieces,
    rule_mathml,
    rule_text,
    taken_apart,
)
from chainrule.explanation.worked._notation import Symbol, text_number
from chainrule.explanation.worked._text import because
from chainrule.explanation.worked._writing import TextWriter, sides

__all__ = ["blocks_html", "part_html", "sheet", "write_html"]

# Nothing is fetched and nothing is run, whatever a column may be called.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_EQUALS = "<mo>=</mo>"


def write_html(title: str, steps: Sequence[Step], *, digits: int, alone: bool = True) -> str:
    """Write an explanation as HTML.

    Parameters
    ----------
    title, steps, digits
        As for :func:`chainrule.explanation.worked._text.write_text`.
    alone : bool
        Whether it is a page of its own; else it is a part of a notebook, whose colors and letters
        it takes.

    Returns
    -------
    str
        HTML that needs no other file, no script and no network, with formulas in MathML. It is
        well-formed XML too.
    """
    top = 1 if alone else 3
    told = "\n".join(_step(step, top + 1, digits) for step in steps)
    head = f"<h{top}>{clean(title)}</h{top}>"
    if not alone:
        return part_html(f"{head}\n{told}")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>{clean(title)}</title>
<style>
{sheet("_steps.css")}{sheet("_page.css")}</style>
</head>
<body class="chainrule">
<main>
{head}
{told}
</main>
</body>
</html>
"""


def part_html(told: str, *, styled: bool = True) -> str:
    """Make a part of a page or notebook, whose colors and letters it takes.

    Parameters
    ----------
    told : str
        What is in it.
    styled : bool
        Whether to add the style sheet, which a page needs once.

    Returns
    -------
    str
    """
    style = f"<style>\n{sheet('_steps.css')}</style>\n" if styled else ""
    # A column called $x$ is no formula to a notebook either.
    kind = "chainrule tex2jax_ignore mathjax_ignore"
    return f'<div class="{kind}" lang="en">\n{style}{told}\n</div>\n'


@cache
def sheet(name: str) -> str:
    """Return a style sheet that stands beside this module."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _step(step: Step, level: int, digits: int) -> str:
    heading = f"<summary><h{level}>{clean(step.title)}</h{level}></summary>"
    return f'<details open="">\n{heading}\n{blocks_html(step.blocks, digits)}\n</details>'


def blocks_html(blocks: Sequence[Block], digits: int) -> str:
    """Write blocks below one another, lines aligned at their first equals sign."""
    told = []
    for are_lines, some in groupby(blocks, lambda block: isinstance(block, Line)):
        parts = [_block(block, digits) for block in some]
        told += ['<div class="lines">', *parts, "</div>"] if are_lines else parts
    return "\n".join(told)


def _block(block: Block, digits: int) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{clean(block.text)}</p>"
    if isinstance(block, Formula):
        return _rule(block)
    if isinstance(block, Matrix):
        return _matrix(block, digits)
    if isinstance(block, Table):
        return _table(block, digits)
    return _line(block, digits)


def _rule(formula: Formula) -> str:
    name = f'<div class="name">{clean(formula.name)}</div>' if formula.name else ""
    # What has no LaTeX is words.
    written = "".join(map(math, rule_mathml(formula.latex))) or clean(formula.text)
    spoken = _spoken(formula.text or rule_text(formula.latex)) if formula.latex else ""
    return f'<div class="rule">{name}<div class="formulas"{spoken}>{written}</div></div>'


def _spoken(text: str) -> str:
    """Say how formulas are read aloud that are drawn in several pieces."""
    return f' role="math" aria-label="{clean(text)}"'


def _matrix(matrix: Matrix, digits: int) -> str:
    rows = (" ".join(text_number(number, digits) for number in row) for row in matrix.numbers)
    spoken = _spoken(f"{matrix.symbol} = [{'; '.join(rows)}]")
    return f'<div class="matrix"{spoken}>{math(matrix_mathml(matrix, digits))}</div>'


def _line(line: Line, digits: int) -> str:
    """Write symbol = formula = numbers = value, each where there is room for it."""
    remark = because(line, digits)
    beside = f" ({remark})" if remark else ""
    spoken = f"{' = '.join([str(line.symbol), *sides(line, TextWriter, digits)])}{beside}"
    *formulas, value = sides(line, MathmlWriter, digits)
    written = [pieces(_EQUALS + formula) for formula in formulas]
    # The value goes on where the last formula ends.
    last = written.pop() if written else ""
    written.append(f'{last}<span class="value">{pieces(_EQUALS + value)}</span>')
    told = "".join(f'<span class="side">{side}</span>' for side in written)
    told += f'<span class="remark">{clean(beside)}</span>' if remark else ""
    return (
        f'<div class="line"{_spoken(spoken)}>'
        f"{math(MathmlWriter().symbol(line.symbol))}"
        f'<span class="sides">{told}</span></div>'
    )


def _table(table: Table, digits: int) -> str:
    right = table.numeric
    head = "".join(map(_head, table.header, right))
    rows = "\n".join(_row(row, right, digits) for row in table.rows)
    more = f'<p class="more">{clean(table.more)}</p>' if table.more else ""
    return (
        f'<div class="table"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table></div>{more}"
    )


def _head(name: str, is_right: bool) -> str:
    # An empty corner heads nothing.
    return f'<th scope="col"{_side(is_right)}>{clean(name)}</th>' if name else "<td></td>"


def _row(row: Sequence[Cell], right: Sequence[bool], digits: int) -> str:
    cells = []
    for j, (cell, is_right) in enumerate(zip(row, right, strict=True)):
        tag, scope = ("th", ' scope="row"') if j == 0 else ("td", "")
        cells.append(f"<{tag}{scope}{_side(is_right)}>{_cell(cell, digits)}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"


def _side(is_right: bool) -> str:
    return ' class="number"' if is_right else ""


def _cell(cell: Cell, digits: int) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, Symbol):
        return f"<span{_spoken(str(cell))}>{math(MathmlWriter().symbol(cell))}</span>"
    mantissa, power = taken_apart(cell, digits)
    return f"{mantissa}×10<sup>{power}</sup>" if power else mantissa
