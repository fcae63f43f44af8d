"""What is told in steps, and the ways to write it."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.explanation.worked._document import Step
from chainrule.explanation.worked._markdown import write_markdown
from chainrule.explanation.worked._page import write_html
from chainrule.explanation.worked._text import write_text

__all__ = ["Told"]


class Told:
    """Steps under a title; printed, it is text of 80 columns, in a notebook a page.

    Attributes
    ----------
    title : str
        What it is about.
    steps : tuple of Step
        What is told.
    """

    def __init__(self, title: str, steps: Sequence[Step], *, digits: int) -> None:
        self.title, self.steps, self._digits = title, tuple(steps), digits

    def __str__(self) -> str:
        """Write it as text of 80 columns."""
        return write_text(self.title, self.steps, digits=self._digits)

    __repr__ = __str__

    def to_markdown(self) -> str:
        """Write it as Markdown with formulas in LaTeX."""
        return write_markdown(self.title, self.steps, digits=self._digits)

    def to_html(self) -> str:
        """Write it as one page that needs no other file, no script and no network."""
        return write_html(self.title, self.steps, digits=self._digits)

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        return write_html(self.title, self.steps, digits=self._digits, alone=False)
