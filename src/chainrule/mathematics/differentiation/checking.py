"""Every step of a derivation is held to numbers: the value of the formula must not change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.mathematics.expressions.numbers import Undefined, evaluate
from chainrule.mathematics.expressions.tree import Call, Cases, Derivative, Expression

__all__ = ["Checker", "StepError"]

POINTS, _FEWEST = 6, 3
# Differences with sixty digits agree with the slope to some thirty.
TOLERANCE = 1e-15
# A number that is 0 but for the rounding of others is compared with this.
_SMALLEST = 1e-12
_TRIES = 40
_NOT_ANALYTIC = frozenset(("abs", "sign", "relu", "step"))


class StepError(ArithmeticError):
    """A step has changed the value of the formula: a mistake of ours, never shown as a result."""


class Checker:
    """Points at which formulas are compared.

    Parameters
    ----------
    points : list of dict
        What each variable is.
    real : bool
        Whether the values there are real.
    spare : list of dict
        Points that take the place of those at which a step has no value, as ln(0).

    Attributes
    ----------
    points : list of dict
        Those at which all steps so far have a value.
    """

    def __init__(
        self,
        points: list[dict[str, Any]],
        *,
        real: bool = True,
        spare: list[dict[str, Any]] | None = None,
    ) -> None:
        self.points, self.real, self._spare = points, real, spare or []

    @classmethod
    def for_formula(
        cls, function: Expression, variable: str, *, bound: Mapping[str, Expression] | None = None
    ) -> Checker:
        """Look for points at which a formula and its slope have values.

        Parameters
        ----------
        function : Expression
            The formula.
        variable : str
            That of the slope.
        bound : mapping of str to Expression, optional
            Variables that are functions of the others, such as ŷ = σ(z).

        Returns
        -------
        Checker

        Raises
        ------
        InputError
            The formula has no value at any point that was tried.
        """
        bound = bound or {}
        given = frozenset().union(function.symbols, *(e.symbols for e in bound.values()))
        names = sorted((given | {variable}) - set(bound))
        slope = Derivative(function, variable)
        called = {part.name for part in function.parts() if isinstance(part, Call)}
        pieces = any(isinstance(part, Cases) for part in function.parts())
        analytic = not pieces and not called & _NOT_ANALYTIC
        for real in (True, False) if analytic else (True,):
            found = []
            for point in _candidates(names):
                with suppress(Undefined):
                    for name, e in bound.items():
                        point[name] = evaluate(e, point)
                    evaluate(function, point, real=real)
                    evaluate(slope, point, real=real)
                    found.append(point)
                if len(found) == 2 * POINTS:
                    break
            if len(found) >= POINTS:
                return cls(found[:POINTS], real=real, spare=found[POINTS:])
        raise InputError(
            f"{str(function)[:60]} has no value that could be worked out at nearly all of the "
            "points that were tried; look for a division by 0, or for numbers that are too large"
        )

    def deviation(self, before: Expression, after: Expression, *, what: str) -> float:
        """Return the largest relative difference between two formulas.

        Parameters
        ----------
        before, after : Expression
            Which must have the same value at every point.
        what : str
            The step, to be named when they do not.

        Returns
        -------
        float

        Raises
        ------
        StepError
            They differ.
        InputError
            The second has no value where the first has one, as of 0^x.
        """
        largest, waiting = 0.0, [*self.points, *self._spare]
        kept: list[dict[str, Any]] = []
        while waiting and len(kept) < POINTS:
            point = waiting.pop(0)
            try:
                a, b = (evaluate(e, point, real=self.real) for e in (before, after))
            except Undefined:
                continue
            kept.append(point)
            largest = max(largest, float(abs(a - b) / max(abs(a), abs(b), _SMALLEST)))
        if len(kept) < _FEWEST:
            raise InputError(
                f"the {what} leads to {str(after)[:60]}, which has no value at nearly all of the "
                "points that were tried; so this formula cannot be derived"
            )
        self.points, self._spare = kept, waiting
        if not largest <= TOLERANCE:
            raise StepError(f"{what} turns {before} into {after}, which differs by {largest:.3g}")
        return largest


def _candidates(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Propose points: moderate ones first, then probabilities, then small and large numbers."""
    draw = np.random.default_rng(0)
    count = len(names)
    spreads = (
        lambda: draw.uniform(-3, 3, count),
        lambda: draw.uniform(0.05, 0.95, count),
        lambda: draw.uniform(0.1, 6, count),
        lambda: 10 ** draw.uniform(-3, 3, count) * draw.choice([-1, 1], count),
        lambda: draw.integers(-30, 30, count) + draw.uniform(0.05, 0.95, count),
        lambda: draw.uniform(0.05, 0.95, count) * draw.choice([-1, 1], count),
    )
    for spread in (*spreads[:3] * 2, *spreads):
        for _ in range(_TRIES if spread in spreads[3:] else POINTS):
            yield dict(zip(names, spread().tolist(), strict=True))
