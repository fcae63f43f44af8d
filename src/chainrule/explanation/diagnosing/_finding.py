"""One thing that is wrong, told with its numbers and with what to change."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

__all__ = ["WIDTH", "Finding", "counted", "joined", "show"]

WIDTH = 80


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a network.

    Attributes
    ----------
    code : str
        Such as "CR101": stays the same from version to version.
    title : str
        What it is called, in a few words.
    evidence : str
        What was seen: one sentence with the numbers.
    advice : str
        The one thing to change.
    numbers : dict
        The numbers of the evidence, as plain data.

    Examples
    --------
    >>> finding = Finding("CR999", "Too quiet", "Nothing was heard in 3 days.", "call.")
    >>> finding.page
    'python -m chainrule.explanation CR999'
    >>> print(finding)
    CR999 Too quiet
      Nothing was heard in 3 days.
      Change: call.
      More: python -m chainrule.explanation CR999
    """

    code: str
    title: str
    evidence: str
    advice: str
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """The command that shows the page about it, which comes with the package.

        In Python it is ``read_page(finding.code)``.
        """
        return f"python -m chainrule.explanation {self.code}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "code": self.code,
            "title": self.title,
            "evidence": self.evidence,
            "advice": self.advice,
            "page": self.page,
            "numbers": dict(self.numbers),
        }

    def __str__(self) -> str:
        """Tell it in lines of at most 80 characters."""
        said = (self.evidence, f"Change: {self.advice}", f"More: {self.page}")
        lines = [textwrap.fill(f"{self.code} {self.title}", WIDTH)]
        for sentence in said:
            # A parameter such as learning_rate_init=1e-05 must stay in one piece to be copied.
            wrapped = textwrap.wrap(
                sentence, WIDTH - 2, break_on_hyphens=False, break_long_words=False
            )
            lines += [f"  {line}" for line in wrapped]
        return "\n".join(lines)


def show(number: float) -> str:
    """Write a number with as many digits as a person reads.

    Examples
    --------
    >>> show(0.012345), show(2), show(12345.6), show(2.3e14)
    ('0.0123', '2', '12,346', '2.3e+14')
    """
    return f"{number:,.0f}" if 1000 <= abs(number) < 1e6 else f"{number:.3g}"


def counted(number: int, noun: str) -> str:
    """Write how many there are.

    Examples
    --------
    >>> counted(1, "epoch"), counted(2000, "row"), counted(2, "class")
    ('1 epoch', '2,000 rows', '2 classes')
    """
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def joined(parts: list[str]) -> str:
    """Write a list as a person does.

    Examples
    --------
    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
