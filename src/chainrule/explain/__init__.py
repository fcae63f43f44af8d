"""The work shown: what is wrong with a network, in plain words."""

from chainrule.explain._finding import Finding
from chainrule.explain.diagnosis import Diagnosis, diagnose
from chainrule.explain.pages import read_page

__all__ = ["Diagnosis", "Finding", "diagnose", "read_page"]
