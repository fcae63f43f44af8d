"""The importance of columns as a table of text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from chainrule.explanation._numbers import bar, cut, number
from chainrule.explanation.diagnosing._finding import WIDTH, counted

if TYPE_CHECKING:
    from chainrule.explanation.inputs.importance import Importance

__all__ = ["importance_text"]

_NAME, _NUMBER, _RANGE, _BAR = 26, 9, 21, 12
_MOST = 20


def importance_text(found: Importance) -> str:
    """Lay out how much a model needs each column.

    Parameters
    ----------
    found : Importance
        Of c columns.

    Returns
    -------
    str
        Lines of at most 80 characters.
    """
    head = (
        f"{found.score_name} {number(found.score, 4)} on {counted(found.rows, 'row')}; how much it "
        f"falls when a column is shuffled, {len(found.drops)} times each:"
    )
    order = found.order.tolist()
    largest = max(float(found.mean.max(initial=0)), 0.0)
    lines = [_line(found, place, largest) for place in order[:_MOST]]
    title = f"{'column':<{_NAME}}{'drop':>{_NUMBER}}{'± spread':>{_NUMBER + 1}}{'range':>{_RANGE}}"
    more = [f"{counted(len(order) - _MOST, 'more column')}"] if len(order) > _MOST else []
    notes = [line for text in _notes(found) for line in textwrap.wrap(text, WIDTH)]
    rule = "─" * WIDTH
    return "\n".join([*textwrap.wrap(head, WIDTH), "", title, rule, *lines, *more, rule, *notes])


def _line(found: Importance, place: int, largest: float) -> str:
    low, high = number(found.smallest[place], 3), number(found.largest[place], 3)
    mark = "" if found.matters[place] else "·"
    drawn = bar(float(found.mean[place]), largest, _BAR) if found.matters[place] else mark
    return (
        f"{cut(found.names[place], _NAME):<{_NAME}}"
        f"{number(found.mean[place], 3):>{_NUMBER}}"
        f"{'± ' + number(found.spread[place], 2):>{_NUMBER + 1}}"
        f"{f'{low} … {high}':>{_RANGE}} {drawn}"
    ).rstrip()


def _notes(found: Importance) -> list[str]:
    unsure = int((~found.matters).sum())
    notes = []
    if unsure:
        notes.append(
            f"· {counted(unsure, 'column')}: within 2 spreads of 0 or below, not distinguishable "
            "from nothing."
        )
    if len(found.names) > 1:
        notes.append(
            "Columns that say the same share their importance: each may look small because the "
            "others stand in for it."
        )
    return notes
