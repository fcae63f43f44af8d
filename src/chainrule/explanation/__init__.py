"""The work shown: every number, which inputs mattered, and what is wrong, in plain words."""

from chainrule.explanation._finding import Finding
from chainrule.explanation.attributions import Attribution, attribute
from chainrule.explanation.counterfactuals import (
    Alternative,
    Change,
    Counterfactual,
    counterfactual,
)
from chainrule.explanation.diagnosis import Diagnosis, diagnose
from chainrule.explanation.importance import Importance, permutation_importance
from chainrule.explanation.lesson import lesson
from chainrule.explanation.pages import read_page
from chainrule.explanation.worked_example import WorkedExample, explain

__all__ = [
    "Alternative",
    "Attribution",
    "Change",
    "Counterfactual",
    "Diagnosis",
    "Finding",
    "Importance",
    "WorkedExample",
    "attribute",
    "counterfactual",
    "diagnose",
    "explain",
    "lesson",
    "permutation_importance",
    "read_page",
]
