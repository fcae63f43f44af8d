"""A counterfactual as a short text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from chainrule.explanation._numbers import cell, cut, number
from chainrule.explanation.diagnosing._finding import WIDTH, counted

if TYPE_CHECKING:
    from chainrule.explanation.inputs.counterfactuals import Alternative, Change, Counterfactual

__all__ = ["counterfactual_text", "limits", "said"]

_NAME, _CELL = 20, 14
_MOST = 10


def counterfactual_text(found: Counterfactual) -> str:
    """Tell what would turn a decision.

    Parameters
    ----------
    found : Counterfactual
        What was found.

    Returns
    -------
    str
        Lines of at most 80 characters.
    """
    now = said(found, found.now, named=True)
    text = _wrapped(f"The model predicts {now}. What would make it {found.goal}?")
    if not found.found:
        return "\n".join([*text, *_not_found(found)])
    if found.alone:
        text += ["", "One column alone, each by the least that does it:"]
        text += [_line(a.changes[0], said(found, a)) for a in found.alone[:_MOST]]
        if len(found.alone) > _MOST:
            text.append(f"  and {counted(len(found.alone) - _MOST, 'more column')}")
    else:
        text += ["", *_wrapped("No column does it alone.")]
    if found.together is not None:
        size = f"{number(found.together.size, 3)} spreads"
        text += ["", f"Together, along the gradient ({size} in all):"]
        text += [_line(change) for change in found.together.changes[:_MOST]]
        if len(found.together.changes) > _MOST:
            text.append(f"  and {counted(len(found.together.changes) - _MOST, 'more column')}")
        text.append(f"  make it {said(found, found.together)}")
    text += ["", *_wrapped(limits(found))]
    return "\n".join(text)


def limits(found: Counterfactual) -> str:
    """Say what the search kept to, and what a spread is."""
    return (
        f"Within what {counted(found.rows, 'row')} have seen, each predicted anew. ± is in spreads "
        "(standard deviations of the column); another level counts as 1."
    )


def _not_found(found: Counterfactual) -> list[str]:
    start = f"Nothing within what {counted(found.rows, 'row')} have seen"
    if not found.nearest.changes:
        return _wrapped(f"{start}, and no change that was tried came nearer.")
    lines = _wrapped(f"{start}; the nearest that was found is {said(found, found.nearest)}:")
    return [*lines, *(_line(change) for change in found.nearest.changes[:_MOST])]


def _line(change: Change, result: str = "") -> str:
    before, after = cut(cell(change.before), _CELL), cut(cell(change.after), _CELL)
    moved = f"{before} → {after}"
    told = f"  {cut(change.column, _NAME):<{_NAME}} {moved:<20} ±{number(change.spreads, 3):<6}"
    return f"{told} {cut(result, WIDTH - len(told) - 1)}".rstrip()


def said(found: Counterfactual, alternative: Alternative, *, named: bool = False) -> str:
    """Write a prediction: 'Gentoo' (0.512), or for numbers 4012."""
    value = number(alternative.value, 4)
    if found.measure not in ("probability", "z"):
        return f"{found.measure} = {value}" if named and found.measure else value
    if found.measure == "probability" and value == "1" and alternative.value < 1:
        value = "0.9999…"  # nearly sure is not sure
    kind = f"{found.measure} " if named else ""
    return f"{alternative.prediction!r} ({kind}{value})"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)
