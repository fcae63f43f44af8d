"""Findings as HTML, for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from chainrule.explanation.diagnosing._finding import Finding
from chainrule.explanation.pages import read_page

__all__ = ["findings_html"]

# Colors are left to the notebook, whose background may be light or dark.
_STYLE = "max-width: 44em; line-height: 1.4"
_PAGE = "white-space: pre; max-height: 24em; overflow: auto; margin: 0.4em 0 0 0"


def findings_html(findings: Sequence[Finding], lead: str) -> str:
    """Lay out findings below one another, each with its page to unfold.

    Parameters
    ----------
    findings : sequence of Finding
        Causes before their effects.
    lead : str
        A sentence to begin with.

    Returns
    -------
    str
    """
    told = "".join(_finding_html(finding) for finding in findings)
    beginning = f"<p>{escape(lead)}</p>" if lead else ""
    return f'<div style="{_STYLE}">{beginning}{told}</div>'


def _finding_html(finding: Finding) -> str:
    return (
        f"<p><b><code>{finding.code}</code> {escape(finding.title)}</b><br>"
        f"{escape(finding.evidence)}<br><b>Change:</b> {escape(finding.advice)}</p>"
        f"<details><summary>About {finding.code}</summary>"
        f'<pre style="{_PAGE}">{escape(read_page(finding.code))}</pre></details>'
    )
