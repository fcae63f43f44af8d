"""The work shown: every number, which inputs mattered, and what is wrong, in plain words."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.explanation.diagnosing._finding import Finding
    from chainrule.explanation.diagnosing.diagnosis import Diagnosis, diagnose
    from chainrule.explanation.inputs.attributions import Attribution, attribute
    from chainrule.explanation.inputs.counterfactuals import (
        Alternative,
        Change,
        Counterfactual,
        counterfactual,
    )
    from chainrule.explanation.inputs.importance import Importance, permutation_importance
    from chainrule.explanation.pages import read_page
    from chainrule.explanation.worked._lesson import lesson
    from chainrule.explanation.worked.close_up import CloseUp
    from chainrule.explanation.worked.short_example import InShort, Mover, in_short
    from chainrule.explanation.worked.worked_example import WorkedExample, explain

__all__ = [
    "Alternative",
    "Attribution",
    "Change",
    "CloseUp",
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
    "diagnosing._finding": ("Finding",),
    "worked._lesson": ("lesson",),
    "inputs.attributions": ("Attribution", "attribute"),
    "inputs.counterfactuals": ("Alternative", "Change", "Counterfactual", "counterfactual"),
    "diagnosing.diagnosis": ("Diagnosis", "diagnose"),
    "inputs.importance": ("Importance", "permutation_importance"),
    "pages": ("read_page",),
    "worked.close_up": ("CloseUp",),
    "worked.short_example": ("InShort", "Mover", "in_short"),
    "worked.worked_example": ("WorkedExample", "explain"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name only when it is asked for: who diagnoses needs no spreadsheets."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
