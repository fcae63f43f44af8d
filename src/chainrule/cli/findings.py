"""What the diagnosis has found, in the terms of the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.text import Text

from chainrule.cli.terminal import plain_table
from chainrule.cli.train_options import FLAGS
from chainrule.workflow.estimator import PARAMETERS

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


#: Parameters of the estimators, as the command line calls them.
_OPTIONS = {parameter: FLAGS[name] for name, parameter in PARAMETERS.items()}
_OPTIONS["early_stopping"] = FLAGS["early_stopping"]
_VALUE = r"\([^()]*\)|'[^']*'|[+-]?\d[\w.+-]*\w|\w+"
#: What only Python can do, and what comes nearest to it here.
_PHRASES = (
    (re.compile(r"\bMLP(?:Classifier|Regressor)\(([^()]*)\)"), r"--model network \1"),
    (re.compile(r"\bLogisticRegression\b"), "--model logistic"),
    (re.compile(r", or validation_data\b[^.;]*"), ""),
    (re.compile(r"\bvalidation_data with\b"), "a --held-out with"),
)
_PARAMETER = re.compile(rf"\b({'|'.join(_OPTIONS)})=({_VALUE})")


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
    told = _PARAMETER.sub(lambda match: _as_option(match[1], match[2]), told)
    for in_python, here in _PHRASES:
        told = in_python.sub(here, told)
    # On a line of its own, to be copied.
    return f"{told}\nMore: {finding['page']}"


def _as_option(parameter: str, value: str) -> str:
    option = _OPTIONS[parameter]
    if value == "True":
        return option
    if value == "False":
        return option.replace("--", "--no-", 1)
    parts = [part.strip(" '") for part in value.strip("()").split(",")]
    return f"{option} {','.join(part for part in parts if part)}"
