"""The work shown: every number, which inputs mattered, and what is wrong, in plain words."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.explanation._finding import Finding
    from chainrule.explanation._lesson import lesson
    from chainrule.explanation.attributions import Attribution, attribute
    from chainrule.explanation.counterfactuals import (
        Alternative,
        Change,
        Counterfactual,
        counterfactual,
    )
    from chainrule.explanation.diagnosis import Diagnosis, diagnose
    from chainrule.explanation.importance import Importance, permutation_importance
    from chainrule.explanation.pages import read_page
    from chainrule.explanation.short_example import InShort, Mover, in_short
    from chainrule.explanation.worked_example import WorkedExample, explain

__all__ = [
    "Alternative",
    "Attribution",
    "Change",
    "Counterfactual",
    "Diagnosis",
    "Finding",
    "Importance",
    "InShort",
    "Mover",
    "WorkedExample",
    "attribute",
    "counterfactual",
    "diagnose",
    "explain",
    "in_short",
    "lesson",
    "permutation_importance",
    "read_page",
]

_MODULES = {
    "_finding": ("Finding",),
    "_lesson": ("lesson",),
    "attributions": ("Attribution", "attribute"),
    "counterfactuals": ("Alternative", "Change", "Counterfactual", "counterfactual"),
    "diagnosis": ("Diagnosis", "diagnose"),
    "importance": ("Importance", "permutation_importance"),
    "pages": ("read_page",),
    "short_example": ("InShort", "Mover", "in_short"),
    "worked_example": ("WorkedExample", "explain"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name only when it is asked for: who diagnoses needs no spreadsheets."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
