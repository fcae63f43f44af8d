"""A lesson in the terminal: a small network worked by hand, then a penguin."""

from __future__ import annotations

__all__ = ["lesson_text"]


def lesson_text(*, digits: int = 6) -> str:
    """Return the lesson."""
    raise NotImplementedError(digits)
