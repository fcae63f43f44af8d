"""An explanation as one page of HTML with MathML."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.explanation._document import Step

__all__ = ["write_html"]


def write_html(title: str, steps: Sequence[Step], *, digits: int, alone: bool = True) -> str:
    """Write an explanation as HTML."""
    raise NotImplementedError
