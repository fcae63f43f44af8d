"""A derivation: its steps, what they lead to, and how it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from chainrule.mathematics.differentiation.rules import CONSTANT, OTHERS, Rule
from chainrule.mathematics.expressions.folding import WIDTH, fold
from chainrule.mathematics.expressions.notation import symbol_latex, symbol_text
from chainrule.mathematics.expressions.numbers import evaluate
from chainrule.mathematics.expressions.tree import Derivative, Expression, Series

__all__ = ["Derivation", "Step"]


@dataclass(frozen=True)
class Step:
    """One rule, applied once.

    Attributes
    ----------
    part : str
        Which part of the derivation it belongs to, such as "∂E/∂ŷ"; empty if there is only one.
    rule : Rule
        With its ``name``, and in general as ``formula`` and ``latex``.
    put : tuple of (str, Expression)
        What was put for the letters of the rule.
    before, after : Expression
        What the rule was applied to, and what it turned that into.
    result : Expression
        The whole formula after the step.
    deviation : float
        The largest relative difference between the whole before and after, in numbers.
    """

    part: str
    rule: Rule
    put: tuple[tuple[str, Expression], ...]
    before: Expression
    after: Expression
    result: Expression
    deviation: float

    @property
    def latex(self) -> str:
        """The step as LaTeX: what the rule was applied to, and what became of it."""
        return f"{self.before.latex} = {self.after.latex}"

    @property
    def substituted(self) -> dict[str, str]:
        """What was put for the letters of the rule, as text."""
        return {letter: str(value) for letter, value in self.put}

    @property
    def is_whole(self) -> bool:
        """Whether the rule was applied to all there was, so that its outcome is the result."""
        return str(self.after) == str(self.result)

    @property
    def is_move(self) -> bool:
        """Whether it is algebra on the whole formula, and no rule of differentiation."""
        return not isinstance(self.before, (Derivative, Series))

    @property
    def told(self) -> tuple[tuple[str, Expression], ...]:
        """What was put for the letters, where that is not seen at once."""
        return () if self.rule in (CONSTANT, OTHERS) else self.put

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "part": self.part,
            "rule": self.rule.name,
            "formula": self.rule.formula,
            "formula_latex": self.rule.latex,
            "substituted": self.substituted,
            "before": str(self.before),
            "after": str(self.after),
            "latex": self.latex,
            "result": str(self.result),
            "result_latex": self.result.latex,
            "deviation": self.deviation,
        }


@dataclass(frozen=True)
class Derivation:
    """A derivative and how it comes about; printed as lines of at most 80 characters.

    Attributes
    ----------
    title : str
        What is derived.
    name, slope_name : str
        What the function and its derivative are called: "f(x)" and "f′(x)", or "E" and "∂E/∂z".
    function : Expression
        The function.
    variable : str
        With respect to which.
    steps : tuple of Step
        Each a named rule.
    result : Expression
        The derivative in its usual form.
    where : tuple of (str, Expression)
        What other names in the function stand for.
    notes : tuple of str
        What is held constant, what the signs stand for, where there is no slope.
    points : int
        At how many points each step was checked.
    deviation : float
        The largest relative difference that was found between two steps.

    Examples
    --------
    >>> from chainrule import derive
    >>> derivation = derive("x^3")
    >>> derivation.evaluate(x=2)
    12.0
    >>> [step.rule.name for step in derivation.steps]
    ['power rule']
    """

    title: str
    name: str
    slope_name: str
    function: Expression
    variable: str
    steps: tuple[Step, ...]
    result: Expression
    where: tuple[tuple[str, Expression], ...] = ()
    notes: tuple[str, ...] = ()
    points: int = 0

    @property
    def deviation(self) -> float:
        """The largest relative difference that was found between two steps."""
        return max((step.deviation for step in self.steps), default=0.0)

    @property
    def latex(self) -> str:
        """The result as LaTeX."""
        return rf"{_latex(self.slope_name)} = {self.result.latex}"

    @property
    def sympy(self) -> Any:
        """The result as SymPy's expression, of real variables."""
        from chainrule.mathematics.expressions.sympy_forms import to_sympy

        return to_sympy(self.result)

    def evaluate(self, values: Mapping[str, float] | None = None, /, **more: float) -> float:
        """Return the derivative's value.

        Parameters
        ----------
        values, more : float
            What each variable is.

        Returns
        -------
        float

        Raises
        ------
        chainrule.mathematics.expressions.Undefined
            There is no value.
        """
        return float(evaluate(self.result, {**(values or {}), **more}))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "title": self.title,
            "function": str(self.function),
            "function_latex": self.function.latex,
            "where": {symbol_text(name): str(value) for name, value in self.where},
            "variable": symbol_text(self.variable),
            "steps": [step.to_dict() for step in self.steps],
            "derivative": self.slope_name,
            "result": str(self.result),
            "result_latex": self.result.latex,
            "notes": list(self.notes),
            "checked_points": self.points,
            "largest_deviation": self.deviation,
        }

    @property
    def checked(self) -> str:
        """How it was checked, and what was found."""
        return (
            f"Checked at {self.points} points: every step keeps the value, which is the slope "
            "measured over a tiny distance; largest relative difference "
            f"{self.deviation:.0e}.".replace("0e+00", "0")
        )

    def _parts(self) -> Iterator[tuple[str, list[tuple[int, Step]]]]:
        numbered = enumerate(self.steps, 1)
        for part, steps in groupby(numbered, key=lambda step: step[1].part):
            yield part, list(steps)

    def __str__(self) -> str:
        """Tell it in lines of at most 80 characters."""
        lines = [
            fold(self.title),
            fold(f"{self.name} = {self.function}", indent="  ", further="    "),
        ]
        for name, stands_for in self.where:
            lines.append(fold(f"{symbol_text(name)} = {stands_for}", indent="  ", further="    "))
        for part, steps in self._parts():
            lines += ["", fold(part)] if part else []
            for place, step in steps:
                lines += ["", *_lines(step, place)]
        lines += ["", fold(f"{self.slope_name} = {self.result}", further="    ")]
        lines += [fold(note, indent="  ", further="    ") for note in self.notes]
        return "\n".join([*lines, "", fold(self.checked)])

    def to_markdown(self) -> str:
        """Tell it as Markdown with LaTeX between dollar signs."""
        title = self.title[0].upper() + self.title[1:]
        lines = [f"### {title}", "", _display(f"{_latex(self.name)} = {self.function.latex}")]
        for name, stands_for in self.where:
            lines.append(_display(f"{symbol_latex(name)} = {stands_for.latex}"))
        for part, steps in self._parts():
            lines += [f"#### ${_latex(part)}$", ""] if part else []
            for place, step in steps:
                lines += _markdown(step, place)
        lines += ["Result:", "", _display(self.latex)]
        lines += [f"* {note}" for note in self.notes]
        return "\n".join([*lines, *([""] if self.notes else []), self.checked, ""])


def _lines(step: Step, place: int) -> list[str]:
    """Tell a step: its rule in general, what is put for the letters, and what becomes of it."""
    indent, further = " " * 4, " " * 6
    title = f"{step.rule.name}: {step.rule.formula}"
    lines = [fold(title, indent=f"{place:>2}. ", further=further)]
    if step.told:
        put = ", ".join(f"{letter} = {value}" for letter, value in step.told)
        lines.append(fold(f"with {put}", indent=indent, further=further))
    if step.is_move:
        return [*lines, fold(f"= {step.result}", indent=indent, further=further)]
    equation = f"{step.before} = {step.after}"
    if len(indent + equation) > WIDTH:
        lines.append(fold(f"{step.before}", indent=indent, further=further))
        equation = f"= {step.after}"
    lines.append(fold(equation, indent=indent, further=further))
    if not step.is_whole:
        lines.append(fold(f"→ {step.result}", indent=indent, further=further))
    return lines


def _markdown(step: Step, place: int) -> list[str]:
    told = ", ".join(f"${_latex(letter)} = {value.latex}$" for letter, value in step.told)
    lines = [
        f"{place}. **{step.rule.name}**: ${step.rule.latex}$" + (f" with {told}" if told else ""),
        "",
    ]
    lines += [_display(f"= {step.result.latex}" if step.is_move else step.latex)]
    if not (step.is_move or step.is_whole):
        lines += [_display(rf"\Rightarrow\; {step.result.latex}")]
    return lines


def _display(latex: str) -> str:
    return f"$${latex}$$\n"


_INDICES = str.maketrans({"ᵢ": "_{i}", "ⱼ": "_{j}", "ₖ": "_{k}", "ŷ": r"\hat{y}", "′": "'"})


def _latex(name: str) -> str:
    """Write a name such as ∂E/∂ŷ, f′(z) or f(u) as LaTeX."""
    found = re.fullmatch(r"∂(\w+)/∂(\w+)(.*)", name)
    if found:
        above, below, rest = (part.translate(_INDICES) for part in found.groups())
        rest = rf"\text{{{rest}}}" if rest else ""
        return rf"\frac{{\partial {above}}}{{\partial {below}}}{rest}"
    return name.translate(_INDICES)
