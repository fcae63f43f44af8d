"""Arguments that begin with a minus: formulas, numbers and matrices are no options."""

from __future__ import annotations

from typing import Any

from chainrule.cli.help import Command

__all__ = ["FormulaCommand"]

_MINUS = "−"


class FormulaCommand(Command):
    """A command whose arguments may begin with a minus, such as ``-x^2`` or ``"-1 2; 3 4"``.

    What is no option of the command is given a minus as it is printed, U+2212, which formulas and
    matrices are read with, and which no option begins with.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments and options."""
        known = {*ctx.help_option_names, *(name for o in self.params for name in o.opts)}
        taken = [_MINUS + given[1:] if _is_formula(given, known) else given for given in args]
        rest: list[str] = super().parse_args(ctx, taken)
        return rest


def _is_formula(given: str, options: set[str]) -> bool:
    return len(given) > 1 and given[0] == "-" and given[1] != "-" and given not in options
