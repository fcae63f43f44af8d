"""The work shown: every number of a calculation, and what is wrong with a network."""

from chainrule.explanation._finding import Finding
from chainrule.explanation.diagnosis import Diagnosis, diagnose
from chainrule.explanation.pages import read_page
from chainrule.explanation.worked_example import WorkedExample, explain

__all__ = ["Diagnosis", "Finding", "WorkedExample", "diagnose", "explain", "read_page"]
