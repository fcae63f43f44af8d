"""What a report tells, as typed records: the page is written from these and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from chainrule.plain_data import finite

if TYPE_CHECKING:
    from chainrule.explanation.short_example import InShort

__all__ = [
    "Asked",
    "Caution",
    "ClassFacts",
    "ColumnFacts",
    "CourseFacts",
    "DiagnosisFacts",
    "Estimate",
    "Facts",
    "FindingFacts",
    "ImportanceFacts",
    "LayerFacts",
    "Names",
    "NeededColumn",
    "NetworkFacts",
    "Quality",
    "Reproduction",
    "RestartFacts",
    "Score",
    "TableFacts",
    "WrongRow",
    "WrongRows",
]

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Names:
    """What files and tables are called on the command line.

    Attributes
    ----------
    data : str
        The table that the model was trained with.
    model : str
        The model's file.
    test : str or None
        The table that it was tested on, if that was another.
    rows : str or None
        The table whose rows the report is about, if that is none of both.
    """

    data: str
    model: str = "MODEL.chainrule"
    test: str | None = None
    rows: str | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for.

    Attributes
    ----------
    target, task : str
        What is predicted, and whether that is a class or a number.
    classes : tuple of str
        Empty where it is a number.
    kind : str
        What was trained, such as "network".
    table : str
        What the table is called; empty if that is not known.
    created : str
        When, empty if that is not known.
    told : tuple of (str, str)
        The settings, in words.
    """

    target: str
    task: str
    classes: tuple[str, ...]
    kind: str
    table: str
    created: str
    told: Pairs


@dataclass(frozen=True, kw_only=True)
class ColumnFacts:
    """One column of the table.

    Attributes
    ----------
    name, kind, note : str
        What it is called, what it was taken for, and what was done with it.
    missing, distinct : int
        Cells without a value, and different values.
    inputs : int or None
        How many numbers the network gets from it; None where that is not known.
    used : bool
        Whether the network gets to see it.
    """

    name: str
    kind: str
    note: str
    missing: int
    distinct: int
    inputs: int | None
    used: bool


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """The table.

    Attributes
    ----------
    rows : int
        Of the table the columns are told of.
    columns : tuple of ColumnFacts
        All of them, the target not among them.
    kinds : tuple of (str, int)
        How many there are of each kind.
    learned, held_out, tested, left_out : int or None
        Rows it learned from, of these those held out, rows tested, and rows of weight 0.
    others : tuple of (str, str)
        Columns that are no inputs, and what they are for.
    of_test_rows : bool
        Whether this is told of the test rows, and not of those it learned from.
    """

    rows: int
    columns: tuple[ColumnFacts, ...]
    kinds: tuple[tuple[str, int], ...]
    learned: int | None
    held_out: int | None
    tested: int
    left_out: int
    others: Pairs
    of_test_rows: bool

    @property
    def dropped(self) -> tuple[ColumnFacts, ...]:
        """The columns that the network does not see."""
        return tuple(column for column in self.columns if not column.used)

    @property
    def missing(self) -> int:
        """Cells without a value."""
        return sum(column.missing for column in self.columns)


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """One layer.

    Attributes
    ----------
    name, activation : str
        What it is called, and its function.
    nodes, parameters : int
        How many nodes, and how many weights and biases lead into them.
    """

    name: str
    activation: str
    nodes: int
    parameters: int


@dataclass(frozen=True, kw_only=True)
class NetworkFacts:
    """The network.

    Attributes
    ----------
    layers : tuple of LayerFacts
        The inputs first.
    parameters, zeros : int
        Weights and biases together, and weights that are exactly 0.
    networks : int
        How many are averaged.
    """

    layers: tuple[LayerFacts, ...]
    parameters: int
    zeros: int
    networks: int


@dataclass(frozen=True, kw_only=True)
class RestartFacts:
    """One of several starts.

    Attributes
    ----------
    number, seed, epochs, best_epoch : int
        Counted from 1; its seed, its length, and the epoch its weights are from.
    loss : float
        By which starts are compared.
    stopped : str
        Why it ended.
    kept : bool
        Whether it is the one that was kept.
    """

    number: int
    seed: int
    epochs: int | None
    best_epoch: int
    loss: float
    stopped: str
    kept: bool


@dataclass(frozen=True, kw_only=True)
class CourseFacts:
    """How training went.

    Attributes
    ----------
    told : tuple of (str, str)
        In words.
    epochs, best_epoch : int
        How many, and the one that was kept.
    stopped : str
        Why it ended.
    seconds : float or None
        How long it took.
    restarts : tuple of RestartFacts
        Empty for a single start.
    averaged : bool
        Whether predictions are the average of all starts.
    """

    told: Pairs
    epochs: int
    best_epoch: int
    stopped: str
    seconds: float | None
    restarts: tuple[RestartFacts, ...]
    averaged: bool


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


@dataclass(frozen=True, kw_only=True)
class FindingFacts:
    """One thing that is wrong.

    Attributes
    ----------
    code, title, evidence, advice, page : str
        As in :class:`chainrule.explanation.Finding`.
    """

    code: str
    title: str
    evidence: str
    advice: str
    page: str


@dataclass(frozen=True, kw_only=True)
class DiagnosisFacts:
    """What was found to be wrong.

    Attributes
    ----------
    findings : tuple of FindingFacts
        Causes before their effects.
    looked_at, not_looked_at : tuple of str
        In words.
    """

    findings: tuple[FindingFacts, ...]
    looked_at: tuple[str, ...]
    not_looked_at: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """How to do it again.

    Attributes
    ----------
    command, python : str
        What to type.
    seed : int
        The number that all chance came from.
    hashes : tuple of (str, str)
        Of the tables.
    versions : tuple of (str, str)
        Of what it was made with.
    """

    command: str
    python: str
    seed: int
    hashes: Pairs
    versions: Pairs


@dataclass(frozen=True, kw_only=True)
class Caution:
    """Something to know before trusting the model.

    Attributes
    ----------
    title, words : str
        In a few words, and in a sentence or two.
    serious : bool
        Whether it may make the scores on the page worthless.
    section : str
        Where on the page there is more; empty if nowhere.
    """

    title: str
    words: str
    serious: bool = False
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything a report tells; None for what is not known.

    Attributes
    ----------
    asked : Asked
    table : TableFacts or None
    network : NetworkFacts or None
    course : CourseFacts or None
    quality : Quality
    wrong : WrongRows
    importance : ImportanceFacts or None
    diagnosis : DiagnosisFacts or None
    again : Reproduction or None
    names : Names or None
    cautions : tuple of Caution
        The serious ones first.
    """

    asked: Asked
    table: TableFacts | None
    network: NetworkFacts | None
    course: CourseFacts | None
    quality: Quality
    wrong: WrongRows
    importance: ImportanceFacts | None
    diagnosis: DiagnosisFacts | None
    again: Reproduction | None
    names: Names | None
    cautions: tuple[Caution, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        plain: dict[str, Any] = finite(_plain(self))
        return plain


def _plain(value: Any) -> Any:
    if hasattr(value, "to_dict") and not isinstance(value, Facts):
        return value.to_dict()
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(part) for part in value] if isinstance(value, tuple) else value
