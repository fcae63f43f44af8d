"""An explanation as a spreadsheet with live formulas."""

from __future__ import annotations

from pathlib import Path

from chainrule.explanation._calculation import Calculation
from chainrule.explanation._subject import Subject

__all__ = ["write_excel"]


def write_excel(subject: Subject, calculation: Calculation, path: str | Path) -> None:
    """Write an explanation as a spreadsheet."""
    raise NotImplementedError
