"""What a report tells of a model's predictions, as typed records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.explanation.worked.short_example import InShort

__all__ = [
    "ClassFacts",
    "Estimate",
    "ImportanceFacts",
    "NeededColumn",
    "Pairs",
    "Quality",
    "Score",
    "WrongRow",
    "WrongRows",
]

#: Names and words.
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number, and between what it may be had other rows been tested on.

    Attributes
    ----------
    value : float or None
        None where there is none.
    low, high : float or None
        The ends of its 95 % interval.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Score:
    """One score of the model and of those it is compared with.

    Attributes
    ----------
    name, label, meaning : str
        As in the scores of :mod:`chainrule.workflow`, as it is called, and what it says.
    is_share : bool
        Whether it is written in per cent.
    higher_is_better : bool
        Or lower.
    estimates : tuple of Estimate
        The model's first, then in the order of ``Quality.rivals``.
    leads : tuple of Estimate
        How much higher the model's is than each rival's.
    """

    name: str
    label: str
    meaning: str
    is_share: bool
    higher_is_better: bool
    estimates: tuple[Estimate, ...]
    leads: tuple[Estimate, ...]


@dataclass(frozen=True, kw_only=True)
class ClassFacts:
    """How one class fared.

    Attributes
    ----------
    name : str
        What it is called.
    rows : int
        Test rows of it.
    found : Estimate
        The share of these that were called so.
    right : Estimate
        The share right of those that were called so.
    """

    name: str
    rows: int
    found: Estimate
    right: Estimate


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How good the model is.

    Attributes
    ----------
    rows : int
        Tested.
    part : str
        Which rows these are: "test", "train", "all", "new" or "given".
    weights : str or None
        The column by which rows are weighted.
    rivals : tuple of str
        What the model is compared with.
    scores : tuple of Score
        The main one first.
    verdict : str
        Whether the network is worth it, in a sentence; empty if that is not known.
    classes : tuple of ClassFacts
        Empty where numbers are predicted.
    sure : float or None
        The mean probability of what it says.
    quantiles : tuple of (str, float)
        Of the errors; empty for classes.
    """

    rows: int
    part: str
    weights: str | None
    rivals: tuple[str, ...]
    scores: tuple[Score, ...]
    verdict: str
    classes: tuple[ClassFacts, ...]
    sure: float | None
    quantiles: tuple[tuple[str, float], ...]

    @property
    def main(self) -> Score:
        """The score that is told first."""
        return self.scores[0]

    def score(self, name: str) -> Score | None:
        """Return the score of a name, None if there is none."""
        return next((score for score in self.scores if score.name == name), None)


@dataclass(frozen=True, kw_only=True)
class WrongRow:
    """A row the model got wrong.

    Attributes
    ----------
    number : int
        Which row.
    true, said : str
        What is right, and what the model said.
    how : str
        How far off that is, in words.
    cells : tuple of (str, str)
        Of the columns the model sees.
    explanation : InShort or None
        How it came to that; None of models of other packages.
    """

    number: int
    true: str
    said: str
    how: str
    cells: Pairs
    explanation: InShort | None


@dataclass(frozen=True, kw_only=True)
class WrongRows:
    """The rows the model got most wrong.

    Attributes
    ----------
    wrong : int or None
        How many of the tested rows were wrong; None for numbers.
    rows : tuple of WrongRow
        The worst first.
    """

    wrong: int | None
    rows: tuple[WrongRow, ...]


@dataclass(frozen=True, kw_only=True)
class NeededColumn:
    """How much a column is needed.

    Attributes
    ----------
    name : str
        The column.
    drop, smallest, largest : float
        By how much the score falls when it is shuffled: on average, least and most.
    matters : bool
        Whether that is more than chance.
    """

    name: str
    drop: float
    smallest: float
    largest: float
    matters: bool


@dataclass(frozen=True, kw_only=True)
class ImportanceFacts:
    """Which columns matter.

    Attributes
    ----------
    score_name : str
        "accuracy" or "R²".
    score : float
        Before anything is shuffled.
    rows, repeats : int
        Rows that were scored, and how often each column was shuffled.
    columns : tuple of NeededColumn
        The most needed first.
    """

    score_name: str
    score: float
    rows: int
    repeats: int
    columns: tuple[NeededColumn, ...]

    @property
    def needed(self) -> tuple[NeededColumn, ...]:
        """The columns without which it is worse, by more than chance."""
        return tuple(column for column in self.columns if column.matters)
