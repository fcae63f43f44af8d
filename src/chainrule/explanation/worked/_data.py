"""An explanation as plain data."""

from __future__ import annotations

from typing import Any

from chainrule.explanation.worked._arithmetic import Line
from chainrule.explanation.worked._document import Block, Formula, Matrix, Paragraph, Step
from chainrule.explanation.worked._notation import Symbol
from chainrule.explanation.worked._text import because
from chainrule.explanation.worked._writing import LatexWriter, TextWriter

__all__ = ["write_data"]

_ALL_DIGITS = 17


def write_data(step: Step) -> dict[str, Any]:
    """Return a step as plain data.

    Parameters
    ----------
    step : Step
        With its blocks.

    Returns
    -------
    dict
        Its title, and its blocks, each with its kind.
    """
    return {"title": step.title, "blocks": [_block(block) for block in step.blocks]}


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "text": block.text}
    if isinstance(block, Formula):
        return {"kind": "rule", "name": block.name, "text": block.text, "latex": block.latex}
    if isinstance(block, Matrix):
        return {
            "kind": "matrix",
            "symbol": str(block.symbol),
            "shape": list(block.numbers.shape),
            "value": block.numbers.tolist(),
        }
    if isinstance(block, Line):
        return _line(block)
    rows = [[str(cell) if isinstance(cell, Symbol) else cell for cell in row] for row in block.rows]
    return {"kind": "table", "header": list(block.header), "rows": rows, "more": block.more}


def _line(line: Line) -> dict[str, Any]:
    numbers = TextWriter(numbers=True, digits=_ALL_DIGITS).write(line.formula)
    return {
        "kind": "line",
        "symbol": str(line.symbol),
        "formula": TextWriter().write(line.formula),
        "numbers": numbers,
        "value": line.number,
        "latex": f"{line.symbol.latex} = {LatexWriter().write(line.formula)}",
        "remark": because(line, _ALL_DIGITS),
    }
