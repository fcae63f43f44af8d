"""How matrices and the sums in them are written."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.mathematics.arrays import Array
from chainrule.mathematics.expressions.folding import WIDTH, show

__all__ = ["factor", "matrix_latex", "rows", "size", "summed"]

# What is larger is shown by its beginning and its end.
_MOST_ROWS, _MOST_TERMS = 8, 8


def size(matrix: Array) -> str:
    """Write how many rows and columns there are: 2×3."""
    return f"{matrix.shape[0]}×{matrix.shape[1]}"


def factor(value: float) -> str:
    """Write a factor of a product; a negative one in brackets."""
    return f"({show(value)})" if value < 0 else show(value)


def summed(terms: Sequence[str], total: float) -> str:
    """Write a sum out, its middle left out where it is long."""
    shown = list(terms)
    if len(shown) > _MOST_TERMS:
        left = len(shown) - _MOST_TERMS + 1
        half = (_MOST_TERMS - 1) // 2
        shown = [*shown[: half + 1], f"… {left:,} more terms …", *shown[-half:]]
    written = shown[0]
    for term in shown[1:]:
        written += f" − {term[1:]}" if term.startswith("−") else f" + {term}"
    return f"{written} = {show(total)}"


def _shown(count: int, most: int) -> list[int | None]:
    """Return the places to show, and None where some are left out."""
    if count <= most:
        return list(range(count))
    half = most // 2
    return [*range(half), None, *range(count - half, count)]


def rows(matrix: Array) -> list[str]:
    """Write a matrix in columns."""
    places = _shown(matrix.shape[0], _MOST_ROWS)
    for most in range(min(matrix.shape[1], _MOST_ROWS), 0, -1):
        columns = _shown(matrix.shape[1], most)
        cells = [
            ["…" if i is None or j is None else show(matrix[i, j]) for j in columns] for i in places
        ]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        if sum(widths) + 2 * len(widths) + 4 <= WIDTH:
            break
    return [
        "    " + "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def matrix_latex(matrix: Array) -> str:
    """Write a matrix as LaTeX; one of a single entry as a number."""
    if matrix.size == 1:
        return show(matrix[0, 0]).replace("−", "-")
    lines = [
        " & ".join(
            r"\cdots" if i is None or j is None else show(matrix[i, j]).replace("−", "-")
            for j in _shown(matrix.shape[1], _MOST_ROWS)
        )
        for i in _shown(matrix.shape[0], _MOST_ROWS)
    ]
    return r"\begin{pmatrix}" + r" \\ ".join(lines) + r"\end{pmatrix}"
