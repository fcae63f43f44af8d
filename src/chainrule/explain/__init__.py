"""The work shown: what is wrong with a network, in plain words."""

from chainrule.explain._finding import Finding
from chainrule.explain.diagnosis import Diagnosis, diagnose

__all__ = ["Diagnosis", "Finding", "diagnose"]
