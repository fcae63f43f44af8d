"""What a report tells, as typed records: the page is written from these and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from chainrule.plain_data import finite

if TYPE_CHECKING:
    from chainrule.reporting._prediction_facts import (
        ImportanceFacts,
        Pairs,
        Quality,
        WrongRows,
    )

__all__ = [
    "Asked",
    "Caution",
    "ColumnFacts",
    "CourseFacts",
    "DiagnosisFacts",
    "Facts",
    "FindingFacts",
    "LayerFacts",
    "Names",
    "NetworkFacts",
    "Reproduction",
    "RestartFacts",
    "TableFacts",
]


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
