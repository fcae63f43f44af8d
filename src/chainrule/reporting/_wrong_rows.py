"""The rows a model got most wrong, each explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation._numbers import cell
from chainrule.explanation.worked.short_example import InShort, in_short
from chainrule.reporting._prediction_facts import WrongRow, WrongRows
from chainrule.reporting._writing import number, per_cent
from chainrule.workflow.worst_rows import WorstRow, worst_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.reporting._subject import Subject

__all__ = ["wrong_rows"]

# Of larger networks fewer rows: to be explained, each is sent through them a hundred times.
_MOST, _LARGE, _MOST_OF_LARGE = 5, 40_000, 3
_SURE = 0.8
# What a row is compared with in its explanation: the average of so many.
_COMPARED = 500


def wrong_rows(subject: Subject) -> WrongRows:
    """Find the rows that were predicted worst, and explain them.

    Parameters
    ----------
    subject : Subject
        The rows and what was said of them.

    Returns
    -------
    WrongRows
    """
    found = worst_rows(
        subject.true,
        subject.predicted,
        classes=subject.classes,
        probabilistic=subject.probabilistic,
        most=_how_many(subject),
    )
    # A row that was right, and surely, has no place among these.
    found = tuple(row for row in found if not row.right or (row.probability or 1.0) < _SURE)
    wrong = None
    if subject.classes is not None:
        wrong = int((subject.winners != subject.true).sum())
    places = np.array([row.place for row in found], dtype=np.int64)
    shorts = _explained(subject, places)
    chosen = subject.rows.pick(places)
    cells = zip(*(chosen.cells(place) for place in range(len(chosen.names))), strict=True)
    rows = (
        WrongRow(
            number=int(subject.numbers[row.place]),
            true=_said(row.true),
            said=_said(row.predicted),
            how=_how(row),
            cells=tuple(zip(chosen.names, map(cell, own), strict=True)),
            explanation=short,
        )
        for row, own, short in zip(found, cells, shorts, strict=True)
    )
    return WrongRows(wrong=wrong, rows=tuple(rows))


def _how_many(subject: Subject) -> int:
    if not subject.is_ours:
        return _MOST
    weights = sum(weights.size for weights in subject.network.coefs_)
    return _MOST if weights <= _LARGE else _MOST_OF_LARGE


def _explained(subject: Subject, chosen: NDArray[np.int64]) -> tuple[InShort | None, ...]:
    none = (None,) * len(chosen)
    if not len(chosen) or not subject.is_ours:
        return none
    some = np.linspace(0, len(subject) - 1, min(len(subject), _COMPARED)).astype(np.int64)
    try:
        return in_short(
            subject.model,
            subject.rows.pick(chosen).table,
            np.array(subject.labels[chosen].tolist()),
            rows=range(len(chosen)),
            data=subject.rows.pick(some).table,
            labels=subject.numbers[chosen].tolist(),
        )
    except InputError:
        return none  # such as a network of steps, whose slope is 0 wherever there is one


def _said(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)


def _how(row: WorstRow) -> str:
    """Say how far off it is."""
    if row.residual is not None:
        return f"{number(abs(row.residual))} too {'low' if row.residual > 0 else 'high'}"
    if row.probability is None or row.certainty is None:
        return "wrong"
    if row.right:
        return f"right, but only {per_cent(row.certainty)} sure"
    return (
        f"wrong and {per_cent(row.certainty)} sure; to the right answer it gave "
        f"{per_cent(row.probability)}"
    )
