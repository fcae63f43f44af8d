"""Numbers as the page writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule.plain_data import compact

if TYPE_CHECKING:
    from chainrule.reporting._prediction_facts import Estimate, Score

__all__ = ["LONGEST", "PER_CENT", "between", "number", "per_cent", "points", "value"]

#: Characters of a name in a sentence.
LONGEST = 40
#: The sign stays with its number.
PER_CENT = "\N{NO-BREAK SPACE}%"


def number(value: float | None) -> str:
    """Write a number in four digits or so, with a true minus sign; a dash for none.

    Examples
    --------
    >>> number(-12.3456), number(None)
    ('−12.35', '–')
    """
    return "–" if value is None else compact(value).replace("-", "−")


def per_cent(share: float | None) -> str:
    r"""Write a share.

    Examples
    --------
    >>> per_cent(0.98551), per_cent(1.0), per_cent(0.99996), per_cent(0.0)
    ('98.6\xa0%', '100\xa0%', '99.9\xa0%', '0\xa0%')
    """
    if share is None:
        return "–"
    # What is not all is not rounded to all.
    shown = f"{share:.0%}" if share in (0, 1) else f"{min(max(100 * share, 0.1), 99.9):.1f}%"
    return shown.replace("%", PER_CENT)


def points(difference: float) -> str:
    """Write a difference of two shares.

    Examples
    --------
    >>> points(0.0312), points(-0.2)
    ('3.1 points', '−20.0 points')
    """
    return f"{100 * difference:.1f} points".replace("-", "−")


def value(score: Score, number_: float | None) -> str:
    """Write a number of a score: in per cent, to three places, or as it is in the target's unit."""
    if score.is_share or number_ is None:
        return per_cent(number_)
    if score.name in _WITHOUT_UNIT:
        return f"{round(number_, 3) + 0.0:.3f}".replace("-", "−")  # not −0.000
    return number(number_)


_WITHOUT_UNIT = ("log_loss", "macro_f1", "r2", "roc_auc")


def between(score: Score, estimate: Estimate) -> str:
    """Write the interval of a score; empty without one."""
    if estimate.low is None or estimate.high is None:
        return ""
    low, high = value(score, estimate.low), value(score, estimate.high)
    return f"{low.removesuffix(PER_CENT) if score.is_share else low} to {high}"
