"""A derivative taken one named rule at a time, every step checked."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.errors import InputError
from chainrule.mathematics.differentiation.checking import Checker
from chainrule.mathematics.differentiation.known import Known
from chainrule.mathematics.differentiation.recognition import SIMPLIFY, simpler
from chainrule.mathematics.differentiation.rules import AS_EXPONENTIAL, Rule, apply_rule
from chainrule.mathematics.differentiation.steps import Step
from chainrule.mathematics.expressions.algebra import tidy
from chainrule.mathematics.expressions.tree import Derivative, Expression, Series
from chainrule.mathematics.expressions.trivia import without_trivia

__all__ = ["Work"]

# What is larger than this nobody reads, and numbers for it take too long.
LARGEST_FORMULA, LARGEST_RESULT, MOST_STEPS = 120, 600, 200


class Work:
    """The steps of a derivation, as they are made.

    Parameters
    ----------
    checker : Checker
        Where each step is checked.
    part : str
        What this part of the work is headed by.
    """

    def __init__(self, checker: Checker, *, part: str = "") -> None:
        self.checker, self.part = checker, part
        self.steps: list[Step] = []
        # What was written as an exponential on the way, and how it was written before.
        self._powers: list[tuple[Expression, Expression]] = []

    def differentiate(self, wanted: Derivative) -> Expression:
        """Apply one rule after the other until no derivative is waiting.

        Parameters
        ----------
        wanted : Derivative
            What is asked for.

        Returns
        -------
        Expression
            The derivative, as the rules leave it.

        Raises
        ------
        InputError
            It is too long to be shown step by step.
        """
        if wanted.inner.size > LARGEST_FORMULA:
            raise InputError(
                f"a formula of {wanted.inner.size} parts is too long to be derived step by step; "
                f"at most {LARGEST_FORMULA} are, so derive its parts one by one"
            )
        whole: Expression = wanted
        while whole.pending:
            target = _next(whole)
            applied = apply_rule(target)
            # Cleared of + 0 and · 1, as on paper.
            result = without_trivia(whole.put(target, applied.after))
            if result.size > LARGEST_RESULT or len(self.steps) >= MOST_STEPS:
                raise InputError(
                    f"the derivative of {str(wanted.inner)[:60]} grows too long to be shown step "
                    "by step; derive its parts one by one"
                )
            self._add(applied.rule, target, applied.after, whole, result, put=applied.put)
            if applied.rule is AS_EXPONENTIAL and isinstance(target, Derivative):
                (rewritten,) = applied.after.children()
                self._powers.append((rewritten, target.inner))
            whole = result
        return whole

    def known(self, function: Known, *, partial: bool = False) -> Expression:
        """Derive a function with a name, and bring the derivative into its usual form."""
        whole = self.differentiate(
            Derivative(function.function, function.variable, partial=partial)
        )
        if not function.moves:
            return self.simplify(whole)
        if str(tidied := tidy(whole)) != str(whole):
            whole = self.follow(whole, [(SIMPLIFY, tidied)])
        return self.follow(whole, function.moves)

    def begin(self, rule: Rule, wanted: Expression, first: Expression) -> Expression:
        """Begin with what a rule for the whole says; return it."""
        self._add(rule, first, first, wanted, first)
        return first

    def simplify(self, whole: Expression) -> Expression:
        """Bring what the rules have left into its usual form; return it."""
        whole = self.follow(whole, simpler(whole))
        for exponential, power in self._powers:
            written = whole.put(tidy(exponential), power)
            if written != whole:
                whole = self.follow(whole, [(AS_EXPONENTIAL, written)])
        return whole

    def follow(self, whole: Expression, moves: Iterable[tuple[Rule, Expression]]) -> Expression:
        """Make each move and check it; return what the last one leads to."""
        for rule, after in moves:
            self._add(rule, whole, after, whole, after)
            whole = after
        return whole

    def _add(
        self,
        rule: Rule,
        before: Expression,
        after: Expression,
        whole: Expression,
        result: Expression,
        *,
        put: tuple[tuple[str, Expression], ...] = (),
    ) -> None:
        deviation = self.checker.deviation(whole, result, what=rule.name)
        self.steps.append(Step(self.part, rule, put, before, after, result, deviation))


def _next(whole: Expression) -> Derivative | Series:
    """Return the first derivative that waits, or the sum of derivatives that it is in."""
    for part in whole.parts():
        if isinstance(part, Derivative) or (isinstance(part, Series) and part.body.pending):
            return part
    raise ValueError(f"nothing waits in {whole}")
