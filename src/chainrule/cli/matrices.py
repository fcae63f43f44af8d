"""``chainrule matrices``: one operation on matrices, every entry worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chainrule.cli.terminal import out, print_json
from chainrule.errors import InputError

if TYPE_CHECKING:
    from chainrule.mathematics.matrices import MatrixStep

__all__ = ["matrices_command"]

_OPERATIONS = "add, dot, scale or sum"


def matrices_command(
    first: Annotated[
        str,
        typer.Argument(metavar="A", help="A matrix such as '1 2 3; 4 5 6', or one row of it."),
    ],
    operation: Annotated[str, typer.Argument(metavar="HOW", help=f"{_OPERATIONS}.")],
    second: Annotated[
        str | None,
        typer.Argument(
            metavar="B",
            help="Another matrix for add and dot, a number for scale; for sum nothing, or rows or "
            "columns.",
        ),
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Add, multiply, scale or sum up matrices, with the dimension rule and every entry worked out.

    For example:

      chainrule matrices "1 2 3; 4 5 6" dot "1 0; 0 1; 2 2"

      chainrule matrices "1 2; 3 4" scale -2

      chainrule matrices "1 2; 3 4" sum rows
    """
    step = _step(first, operation, second)
    if json:
        print_json(step.to_dict())
        return
    out().print(str(step), soft_wrap=True)


def _step(first: str, operation: str, second: str | None) -> MatrixStep:
    from chainrule.mathematics.matrices import (
        add_matrices,
        dot_product,
        parse_matrix,
        scale_matrix,
        sum_entries,
    )

    a = parse_matrix(first)
    if operation == "sum":
        return sum_entries(a, over=second or "all")
    if operation not in ("add", "dot", "scale"):
        raise InputError(f"matrices are worked with by {_OPERATIONS}; got {operation!r}")
    if second is None:
        wanted = "a number" if operation == "scale" else "a second matrix"
        raise InputError(f"{operation} needs {wanted} after it")
    b = parse_matrix(second)
    if operation == "scale":
        return scale_matrix(b, a)
    return add_matrices(a, b) if operation == "add" else dot_product(a, b)
