"""The work shown: what is wrong with a network, and which inputs mattered, in plain words."""

from chainrule.explain._finding import Finding
from chainrule.explain.attributions import Attribution, attribute
from chainrule.explain.counterfactuals import Alternative, Change, Counterfactual, counterfactual
from chainrule.explain.diagnosis import Diagnosis, diagnose
from chainrule.explain.importance import Importance, permutation_importance
from chainrule.explain.pages import read_page

__all__ = [
    "Alternative",
    "Attribution",
    "Change",
    "Counterfactual",
    "Diagnosis",
    "Finding",
    "Importance",
    "attribute",
    "counterfactual",
    "diagnose",
    "permutation_importance",
    "read_page",
]
