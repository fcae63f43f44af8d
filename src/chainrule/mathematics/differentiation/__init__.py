"""The rules of differentiation, one named step at a time, every step checked in numbers."""

from chainrule.mathematics.differentiation.deriving import derive, names
from chainrule.mathematics.differentiation.rules import RULES, Rule
from chainrule.mathematics.differentiation.steps import Derivation, Step

__all__ = ["RULES", "Derivation", "Rule", "Step", "derive", "names"]
