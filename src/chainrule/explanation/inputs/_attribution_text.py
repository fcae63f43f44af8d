"""An attribution as a table of text."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainrule.explanation._numbers import bar, cell, cut, number
from chainrule.explanation.diagnosing._finding import WIDTH, counted

if TYPE_CHECKING:
    from chainrule.explanation.inputs.attributions import Attribution

__all__ = ["HEADS", "attribution_text", "check_lines", "head_lines", "part_lines"]

_NAME, _CELL, _NUMBER, _BAR = 22, 10, 11, 10


class _Line(NamedTuple):
    name: str
    cell: str
    numbers: tuple[float, ...]


def attribution_text(found: Attribution, *, by: str, most: int) -> str:
    """Lay out an attribution: what was explained, the parts, and whether they sum to the whole.

    Parameters
    ----------
    found : Attribution
        Of m rows; of several the mean size of each part is told.
    by : {"column", "input"}
        What to tell.
    most : int
        How many lines.

    Returns
    -------
    str
    """
    one = len(found) == 1
    lines = part_lines(found, by)
    shown, others = lines[:most], lines[most:]
    largest = max((abs(line.numbers[-1]) for line in shown), default=0.0)
    text = [*head_lines(found), "", _row(by, "value" if one else "", HEADS), "─" * WIDTH]
    text += [_part(line, largest) for line in shown]
    if others:
        sums = tuple(math.fsum(line.numbers[i] for line in others) for i in range(3))
        text.append(_part(_Line(counted(len(others), "other"), "", sums), largest, whole=True))
    return "\n".join([*text, "─" * WIDTH, *check_lines(found)])


HEADS = ("∂ŷ/∂x", "(x−b)·∂ŷ/∂x", "integrated")


def part_lines(found: Attribution, by: str) -> list[_Line]:
    """Return what each column or input got, the largest integrated gradient first."""
    one = len(found) == 1
    measures = [found.gradient, found.gradient_times_input, found.integrated_gradients]
    names = found.columns.inputs if by == "input" else found.columns.group_names
    if by == "column":
        measures = [found.columns.add_up(values) for values in measures]
    numbers = [values[0] if one else np.abs(values).mean(axis=0) for values in measures]
    cells = _cells(found, by) if one else [""] * len(names)
    rows = zip(names, cells, *numbers, strict=True)
    lines = [_Line(name, text, tuple(map(float, parts))) for name, text, *parts in rows]
    return sorted(lines, key=lambda line: -abs(line.numbers[-1]))


def _cells(found: Attribution, by: str) -> list[str]:
    if by == "input":
        return [number(value, 4) for value in found.x[0]]
    groups = found.columns.groups
    return [cell(found.cells[0][group[0]]) if len(group) == 1 else "" for group in groups]


def head_lines(found: Attribution) -> list[str]:
    """Say what was explained, and what it was compared with."""
    if len(found) == 1:
        what = (
            f"ŷ = {found.outputs[0]}: {number(found.prediction[0])} for this row, "
            f"{number(found.baseline_prediction[0])} at the baseline b, {found.baseline_is}."
        )
    else:
        kinds = list(dict.fromkeys(found.outputs))
        named = ", ".join(kinds[:3]) + (f" and {len(kinds) - 3} more" if len(kinds) > 3 else "")
        what = (
            f"{len(found)} rows; ŷ = {named}; the baseline b is {found.baseline_is}. Mean sizes, "
            "signs left out:"
        )
    return [line for text in (what, found.note) if text for line in textwrap.wrap(text, WIDTH)]


def _part(line: _Line, largest: float, *, whole: bool = False) -> str:
    drawn = "" if whole else bar(line.numbers[-1], largest, _BAR)
    return _row(line.name, line.cell, tuple(number(n, 4) for n in line.numbers), drawn)


def _row(name: str, value: str, numbers: tuple[str, ...], drawn: str = "") -> str:
    told = "".join(f"{text:>{_NUMBER + 1}}" for text in numbers)
    return f"{cut(name, _NAME):<{_NAME}} {cut(value, _CELL):>{_CELL}}{told} {drawn}".rstrip()


def check_lines(found: Attribution) -> list[str]:
    """Print both sides of the completeness, of the row that is worst."""
    errors = np.abs(found.completeness_error)
    worst = int(errors.argmax())
    gained = float(found.prediction[worst] - found.baseline_prediction[worst])
    total = float(found.integrated_gradients[worst].sum())
    which = "" if len(found) == 1 else f"Row {worst}, the worst: "
    text = (
        f"{which}integrated gradients sum to {number(total)}; ŷ(x) − ŷ(b) = {number(gained)}; "
        f"they differ by {number(float(errors[worst]), 2)}, at "
        f"{counted(found.points[worst], 'point')}."
    )
    lines = textwrap.wrap(text, WIDTH)
    if not all(found.complete):
        lines += textwrap.wrap(
            f"That is more than the {found.tolerance:g} of it that were asked for: give more "
            "most_points.",
            WIDTH,
        )
    if found.columns.mixed:
        lines += textwrap.wrap(
            f"{counted(len(found.columns.mixed), 'input')} were made of several columns together; "
            "what those got cannot be told apart.",
            WIDTH,
        )
    return lines
