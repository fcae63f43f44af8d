"""Formulas as trees: read from what a person types, written as text and LaTeX, worked out."""

from chainrule.mathematics.expressions.notation import latex, text
from chainrule.mathematics.expressions.numbers import Undefined, evaluate
from chainrule.mathematics.expressions.parsing import FUNCTIONS, parse
from chainrule.mathematics.expressions.tree import Expression

__all__ = ["FUNCTIONS", "Expression", "Undefined", "evaluate", "latex", "parse", "text"]
