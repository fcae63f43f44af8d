"""What the diagnosis has found, in the terms of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from chainrule.cli.terminal import plain_table
from chainrule.workflow.option_words import in_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

__all__ = ["finding_words", "findings_table"]


def findings_table(findings: Sequence[dict[str, Any]], *, full: int | None = None) -> Table:
    """Lay out findings beside their codes.

    Parameters
    ----------
    findings : sequence of dict
        From :meth:`chainrule.explanation.Diagnosis.to_dict`, causes before their effects.
    full : int, optional
        Of so many the evidence and the advice are told, of the others only what they are called;
        all in full if not given.

    Returns
    -------
    rich.table.Table
    """
    rows = []
    for place, finding in enumerate(findings):
        told = f"{finding['title']}. More: {finding['page']}"
        if full is None or place < full:
            told = finding_words(finding)
        rows.append((Text(finding["code"], style="yellow"), told))
    return plain_table(rows, head=("", ""), folding=(1,))


def finding_words(finding: dict[str, Any]) -> str:
    """Tell a finding of the diagnosis in the terms of the command line.

    Parameters
    ----------
    finding : dict
        From :meth:`chainrule.explanation.Finding.to_dict`.

    Returns
    -------
    str
        What it is, the evidence, what to try, and the page about it.

    Examples
    --------
    >>> finding = {"title": "Slow", "evidence": "It reached max_iter=200.", "page": "a page"}
    >>> print(finding_words({**finding, "advice": "learning_rate_init=0.01 (now 0.001)."}))
    Slow: It reached --epochs 200. Try: --learning-rate 0.01 (now 0.001).
    More: a page
    """
    told = f"{finding['title']}: {finding['evidence']} Try: {finding['advice']}"
    # On a line of its own, to be copied.
    return f"{in_options(told)}\nMore: {finding['page']}"
