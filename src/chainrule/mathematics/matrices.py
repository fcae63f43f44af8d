"""The work with matrices, each entry written out: summation, addition, scaling, dot product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.mathematics._matrix_notation import factor, matrix_latex, rows, size, summed
from chainrule.mathematics.arrays import Array
from chainrule.mathematics.expressions.folding import fold, show

__all__ = [
    "MatrixStep",
    "add_matrices",
    "dot_product",
    "parse_matrix",
    "scale_matrix",
    "sum_entries",
]

_MOST_ENTRIES = 12
# Entries are worked out until they have taken so many characters.
_ROOM = 600


@dataclass(frozen=True)
class MatrixStep:
    """One operation on matrices, with its dimension rule; printed with every entry worked out.

    Attributes
    ----------
    name : str
        What it is called.
    rule : str
        The sizes that go together, in general.
    sizes : str
        The same with the sizes there are.
    sign : str
        What is written between the operands.
    operands : tuple of (str, array)
        Each with its letter, as a matrix.
    result : array of shape (rows, columns)
        What comes out.
    entries : tuple of (str, str)
        Of the first entries of the result, where each stands and how it is worked out.

    Examples
    --------
    >>> print(dot_product([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1], [2, 2]]))
    dot product: (a×b)·(b×c) = a×c
      here (2×3)·(3×2) = 2×2
    <BLANKLINE>
      A =
        1  2  3
        4  5  6
      B =
        1  0
        0  1
        2  2
    <BLANKLINE>
      row 1, column 1: 1·1 + 2·0 + 3·2 = 7
      row 1, column 2: 1·0 + 2·1 + 3·2 = 8
      row 2, column 1: 4·1 + 5·0 + 6·2 = 16
      row 2, column 2: 4·0 + 5·1 + 6·2 = 17
    <BLANKLINE>
      A·B =
        7   8
        16  17
    """

    name: str
    rule: str
    sizes: str
    sign: str
    operands: tuple[tuple[str, Array], ...]
    result: Array
    entries: tuple[tuple[str, str], ...]

    @property
    def expression(self) -> str:
        """What is worked out, in letters."""
        letters = [letter for letter, _ in self.operands]
        return self.sign.join(letters) if len(letters) > 1 else f"{self.sign}{letters[0]}"

    @property
    def latex(self) -> str:
        """The operation as LaTeX."""
        sign = {"·": r" \cdot ", " + ": " + ", "Σ ": r"\sum "}[self.sign]
        shown = [matrix_latex(matrix) for _, matrix in self.operands]
        left = sign.join(shown) if len(shown) > 1 else f"{sign}{shown[0]}"
        return f"{left} = {matrix_latex(self.result)}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "name": self.name,
            "rule": self.rule,
            "sizes": self.sizes,
            "operands": {letter: matrix.tolist() for letter, matrix in self.operands},
            "entries": [{"where": where, "work": work} for where, work in self.entries],
            "result": self.result.tolist(),
            "latex": self.latex,
        }

    def __str__(self) -> str:
        """Tell it in lines of at most 80 characters."""
        lines = [f"{self.name}: {self.rule}", f"  here {self.sizes}", ""]
        for letter, matrix in self.operands:
            if matrix.size == 1 and letter == "c":
                lines.append(f"  c = {show(matrix[0, 0])}")
            else:
                lines += [f"  {letter} =", *rows(matrix)]
        lines.append("")
        lines += [
            fold(f"{where}: {work}", indent="  ", further="      ") for where, work in self.entries
        ]
        if self.result.size > len(self.entries):
            lines.append(f"  … and {self.result.size - len(self.entries):,} more entries likewise")
        return "\n".join([*lines, "", f"  {self.expression} =", *rows(self.result)])


def sum_entries(matrix: Any, *, over: str = "all") -> MatrixStep:
    r"""Add up entries: s = Σᵢ Σⱼ aᵢⱼ, or of each column or row alone.

    Parameters
    ----------
    matrix : array-like of shape (a, b)
        Of numbers; a plain list is one row.
    over : str
        "all" entries; the "rows", for one sum of each column; or the "columns", for one of each
        row.

    Returns
    -------
    MatrixStep
        With a result of shape (1, 1), (1, b) or (a, 1).

    Raises
    ------
    InputError
        It is no matrix of numbers, or ``over`` is something else.

    Examples
    --------
    >>> sum_entries([[1, 2], [3, 4]], over="rows").result
    array([[4., 6.]])
    """
    a = _matrix(matrix, "A")
    axes = {"all": (None, "1×1"), "rows": (0, "1×b"), "columns": (1, "a×1")}
    if over not in axes:
        raise InputError(f"entries are summed over all, rows or columns; got {over!r}")
    axis, shape = axes[over]
    result = _computed(lambda: np.atleast_2d(a.sum(axis=axis, keepdims=True)))

    def work(i: int, j: int) -> str:
        terms = {"all": a.ravel(), "rows": a[:, j], "columns": a[i]}[over]
        return summed([show(term) for term in terms], result[i, j])

    named = {"all": "all entries", "rows": "each column", "columns": "each row"}[over]
    return MatrixStep(
        f"sum of {named}",
        f"Σ (a×b) = {shape}",
        f"Σ ({size(a)}) = {size(result)}",
        "Σ ",
        (("A", a),),
        result,
        _entries(result, work),
    )


def add_matrices(first: Any, second: Any) -> MatrixStep:
    r"""Add two matrices of one size, entry by entry: (A + B)ᵢⱼ = aᵢⱼ + bᵢⱼ.

    Parameters
    ----------
    first, second : array-like of shape (a, b)
        Of numbers; a plain list is one row.

    Returns
    -------
    MatrixStep
        With a result of shape (a, b).

    Raises
    ------
    InputError
        One is no matrix of numbers, or their sizes differ.

    Examples
    --------
    >>> add_matrices([[1, 2]], [[3, 4]]).result
    array([[4., 6.]])
    >>> add_matrices([[1, 2, 3]], [[1], [2]])
    Traceback (most recent call last):
        ...
    chainrule.errors.InputError: a 1×3 matrix and a 2×1 matrix cannot be added: ...
    """
    a, b = _matrix(first, "A"), _matrix(second, "B")
    if a.shape != b.shape:
        raise InputError(
            f"a {size(a)} matrix and a {size(b)} matrix cannot be added: the rule is "
            f"(a×b) + (a×b) = a×b, so the second has to be {size(a)} as well"
        )
    result = _computed(lambda: a + b)

    def work(i: int, j: int) -> str:
        return summed([show(a[i, j]), show(b[i, j])], result[i, j])

    return MatrixStep(
        "matrix addition",
        "(a×b) + (a×b) = a×b",
        f"({size(a)}) + ({size(b)}) = {size(result)}",
        " + ",
        (("A", a), ("B", b)),
        result,
        _entries(result, work),
    )


def scale_matrix(number: Any, matrix: Any) -> MatrixStep:
    r"""Multiply each entry of a matrix by a number: (c·A)ᵢⱼ = c·aᵢⱼ.

    Parameters
    ----------
    number : float
        c, the scalar.
    matrix : array-like of shape (a, b)
        Of numbers; a plain list is one row.

    Returns
    -------
    MatrixStep
        With a result of shape (a, b).

    Raises
    ------
    InputError
        It is no matrix of numbers, or the first is not one number.

    Examples
    --------
    >>> scale_matrix(2, [[1, -2]]).result
    array([[ 2., -4.]])
    """
    a, c = _matrix(matrix, "A"), _matrix(number, "c")
    if c.size != 1:
        raise InputError(
            f"a matrix is scaled by one number, and this is a {size(c)} matrix; "
            "for the product of two matrices take the dot product"
        )
    result = _computed(lambda: c[0, 0] * a)

    def work(i: int, j: int) -> str:
        return f"{factor(c[0, 0])}·{factor(a[i, j])} = {show(result[i, j])}"

    return MatrixStep(
        "scalar product",
        "number·(a×b) = a×b",
        f"{show(c[0, 0])}·({size(a)}) = {size(result)}",
        "·",
        (("c", c), ("A", a)),
        result,
        _entries(result, work),
    )


def dot_product(first: Any, second: Any) -> MatrixStep:
    r"""Multiply two matrices, rows by columns: (A·B)ᵢⱼ = Σₖ aᵢₖ bₖⱼ.

    Parameters
    ----------
    first : array-like of shape (a, b)
        Of numbers; a plain list is one row.
    second : array-like of shape (b, c)
        With as many rows as the first has columns.

    Returns
    -------
    MatrixStep
        With a result of shape (a, c).

    Raises
    ------
    InputError
        One is no matrix of numbers, or their sizes do not go together.

    Examples
    --------
    >>> dot_product([[1, 2]], [[3], [4]]).result
    array([[11.]])
    >>> dot_product([[1, 2, 3], [4, 5, 6]], [[1, 0, 2], [0, 1, 2]])
    Traceback (most recent call last):
        ...
    chainrule.errors.InputError: there is no dot product (2×3)·(2×3): the rule is ...
    """
    a, b = _matrix(first, "A"), _matrix(second, "B")
    if a.shape[1] != b.shape[0]:
        turned = (
            f"; turned on its side, as {b.shape[1]}×{b.shape[0]}, it would fit"
            if a.shape[1] == b.shape[1]
            else ""
        )
        needs = "1 row" if a.shape[1] == 1 else f"{a.shape[1]} rows"
        raise InputError(
            f"there is no dot product ({size(a)})·({size(b)}): the rule is (a×b)·(b×c) = a×c, "
            f"so the second needs {needs} and has {b.shape[0]}{turned}"
        )
    result = _computed(lambda: a @ b)

    def work(i: int, j: int) -> str:
        terms = [f"{factor(x)}·{factor(y)}" for x, y in zip(a[i], b[:, j], strict=True)]
        return summed(terms, result[i, j])

    return MatrixStep(
        "dot product",
        "(a×b)·(b×c) = a×c",
        f"({size(a)})·({size(b)}) = {size(result)}",
        "·",
        (("A", a), ("B", b)),
        result,
        _entries(result, work),
    )


def parse_matrix(text: str) -> Array:
    """Read a matrix from a text: rows apart by semicolons, numbers by spaces or commas.

    Parameters
    ----------
    text : str
        Such as "1 2 3; 4 5 6".

    Returns
    -------
    array of shape (rows, columns)

    Raises
    ------
    InputError
        Something is no number, or the rows are not equally long.

    Examples
    --------
    >>> parse_matrix("1 2; 3 -4")
    array([[ 1.,  2.],
           [ 3., -4.]])
    """
    rows: list[list[float]] = []
    for place, row in enumerate(text.replace("−", "-").split(";"), 1):
        words = row.replace(",", " ").split()
        try:
            rows.append([float(word) for word in words])
        except ValueError as error:
            raise InputError(
                f"row {place} of {text[:60]!r} holds something that is no number; write a matrix "
                "like '1 2 3; 4 5 6'"
            ) from error
    if not rows[0]:
        raise InputError(f"{text[:60]!r} holds no numbers; write a matrix like '1 2 3; 4 5 6'")
    for place, numbers in enumerate(rows, 1):
        if len(numbers) != len(rows[0]):
            raise InputError(
                f"all rows of a matrix are equally long: in {text[:60]!r}, row 1 has "
                f"{len(rows[0])} of its numbers and row {place} has {len(numbers)}"
            )
    return _matrix(rows, "the matrix")


# ------------------------------------------------------------------------------ numbers


def _matrix(values: Any, letter: str) -> Array:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{letter} must be a matrix of numbers with rows of one length, such as "
            f"[[1, 2], [3, 4]]; got {str(values)[:60]!r}"
        ) from error
    if found.ndim > 2 or found.size == 0:
        shape = "×".join(map(str, found.shape))
        raise InputError(f"{letter} must have rows and columns with numbers; its shape is {shape}")
    if not np.isfinite(found).all():
        row, column = np.argwhere(~np.isfinite(np.atleast_2d(found)))[0] + 1
        raise InputError(
            f"{letter} holds {np.atleast_2d(found)[row - 1, column - 1]} in row {row}, column "
            f"{column}; every entry must be a finite number"
        )
    return np.atleast_2d(found)


def _computed(work: Callable[[], Array]) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        result = work()
    if not np.isfinite(result).all():
        raise InputError("an entry of the result is larger than any number a computer holds")
    return result


def _entries(result: Array, work: Callable[[int, int], str]) -> tuple[tuple[str, str], ...]:
    if result.size == 1:
        return (("the only entry", work(0, 0)),)
    found: list[tuple[str, str]] = []
    for place in range(min(result.size, _MOST_ENTRIES)):
        i, j = divmod(place, result.shape[1])
        found.append((f"row {i + 1}, column {j + 1}", work(i, j)))
        if sum(len(told) for _, told in found) > _ROOM:
            break
    return tuple(found)
