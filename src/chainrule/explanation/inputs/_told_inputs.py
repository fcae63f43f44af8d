"""Which inputs mattered, and what would turn a decision, as steps beside the six of learning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chainrule.explanation._numbers import cell, number
from chainrule.explanation.diagnosing._finding import counted
from chainrule.explanation.inputs._attribution_text import (
    HEADS,
    check_lines,
    head_lines,
    part_lines,
)
from chainrule.explanation.inputs._counterfactual_text import limits, said
from chainrule.explanation.inputs.attributions import Attribution
from chainrule.explanation.inputs.counterfactuals import Alternative, Change, Counterfactual
from chainrule.explanation.worked._document import Block, Cell, Formula, Paragraph, Step, Table

__all__ = ["tell_alternative", "tell_attribution"]

_MOST = 12


def tell_attribution(found: Attribution) -> Step:
    """Tell which columns a row's prediction came from."""
    return Step("Which inputs mattered: the chain rule one step further", tuple(_parts(found)))


def _parts(found: Attribution) -> Iterator[Block]:
    yield Paragraph(" ".join(head_lines(found)))
    yield Formula(
        "gradient × input: (x − b)·∂ŷ/∂x;  integrated: (x − b)·mean of ∂ŷ/∂x from b to x",
        r"(x_i - b_i) \cdot \frac{\partial \hat y}{\partial x_i},\qquad (x_i - b_i) "
        r"\int_0^1 \frac{\partial \hat y}{\partial x_i}(b + t (x - b))\, dt",
        "gradient × input, and the integrated gradient",
    )
    lines = part_lines(found, "column")
    rows: list[tuple[Cell, ...]] = [(line.name, line.cell, *line.numbers) for line in lines[:_MOST]]
    more = lines[_MOST:]
    if more:
        sums = (sum(line.numbers[i] for line in more) for i in range(len(HEADS)))
        rows.append((counted(len(more), "other"), "", *sums))
    yield Table(("column", "value", *HEADS), tuple(rows))
    checked = " ".join(check_lines(found))
    yield Paragraph(checked[0].upper() + checked[1:])


def tell_alternative(found: Counterfactual) -> Step:
    """Tell what would turn a decision."""
    return Step("What would turn it", tuple(_changes(found)))


def _changes(found: Counterfactual) -> Iterator[Block]:
    now = said(found, found.now, named=True)
    yield Paragraph(f"The model predicts {now}. What would make it {found.goal}?")
    if not found.found:
        nearest = said(found, found.nearest)
        yield Paragraph(
            f"Nothing within what {counted(found.rows, 'row')} have seen; the nearest that was "
            f"found is {nearest}."
        )
        yield from _table(found.nearest.changes)
        return
    if found.alone:
        yield Paragraph("One column alone, each by the least that does it:")
        yield from _table([a.changes[0] for a in found.alone], found, found.alone)
    else:
        yield Paragraph("No column does it alone.")
    if found.together is not None:
        size = number(found.together.size, 3)
        result = said(found, found.together)
        yield Paragraph(
            f"Together, along the gradient ({size} spreads in all), these make it {result}:"
        )
        yield from _table(found.together.changes)
    yield Paragraph(limits(found))


def _table(
    changes: Sequence[Change],
    found: Counterfactual | None = None,
    results: Sequence[Alternative] = (),
) -> Iterator[Table]:
    """Lay out changes, each with what it alone leads to where that is known."""
    if not changes:
        return
    header = ["column", "now", "then", "spreads", *(["makes it"] if results else [])]
    rows: list[tuple[Any, ...]] = []
    for i, change in enumerate(changes[:_MOST]):
        result = [said(found, results[i])] if found is not None and results else []
        row = (change.column, cell(change.before), cell(change.after))
        rows.append((*row, f"±{number(change.spreads, 3)}", *result))
    more = len(changes) - len(rows)
    yield Table(tuple(header), tuple(rows), f"and {counted(more, 'more column')}" if more else "")
