"""Which columns matter, within the time that a report may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.pipeline import Pipeline

from chainrule.errors import InputError
from chainrule.explanation import Importance, permutation_importance
from chainrule.explanation.inputs._whole_model import open_model
from chainrule.reporting._prediction_facts import ImportanceFacts, NeededColumn

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from chainrule.explanation.inputs._raw_rows import RawRows
    from chainrule.mathematics.arrays import Array
    from chainrule.reporting._subject import Subject
    from chainrule.workflow.rows import Weights

    Predict = Callable[[Array], NDArray[Any]]

__all__ = ["importance"]

# Rows that are predicted, all in all: a second or so of a network that fits a table.
_MOST_PREDICTIONS = 400_000
_MOST_ROWS, _FEWEST_ROWS = 2000, 200
_MOST_REPEATS = 5


def importance(subject: Subject) -> ImportanceFacts | None:
    """Shuffle one column after another, of a sample of the rows.

    Parameters
    ----------
    subject : Subject
        The rows and the model.

    Returns
    -------
    ImportanceFacts or None
        None where there is one row, or one column only.
    """
    names, count = subject.rows.names, len(subject)
    if count < 2 or len(names) < 2:
        return None
    repeats = max(2, min(_MOST_REPEATS, _MOST_PREDICTIONS // (len(names) * _FEWEST_ROWS)))
    most = max(_FEWEST_ROWS, min(_MOST_ROWS, _MOST_PREDICTIONS // (len(names) * repeats)))
    chosen = np.arange(count)
    if count > most:
        chosen = np.sort(np.random.default_rng(0).choice(count, most, replace=False))
    found = _shuffled(subject, chosen, repeats)
    columns = (
        NeededColumn(
            name=found.names[i],
            drop=float(found.mean[i]),
            smallest=float(found.smallest[i]),
            largest=float(found.largest[i]),
            matters=bool(found.matters[i]),
        )
        for i in found.order
    )
    return ImportanceFacts(
        score_name=found.score_name,
        score=found.score,
        rows=found.rows,
        repeats=len(found.drops),
        columns=tuple(columns),
    )


def _shuffled(subject: Subject, chosen: NDArray[np.int64], repeats: int) -> Importance:
    """Shuffle encoded columns, which is the same and quicker; raw ones where that cannot be."""
    weights = None if subject.weights is None else subject.weights[chosen]
    rows, plain = subject.rows.pick(chosen), np.array(subject.labels[chosen].tolist())
    sources = _sources(subject, rows) if subject.is_ours else None
    if sources is None:
        return permutation_importance(
            subject.whole, rows.table, plain, repeats=repeats, sample_weight=weights
        )
    x, members, predict = sources

    measure = _r2 if subject.classes is None else _accuracy

    def score(inputs: Array) -> float:
        return measure(plain, predict(inputs), weights)

    whole = score(x)
    drops = np.zeros((repeats, len(rows.names)))
    for repeat, place in np.ndindex(drops.shape):
        if members[place]:
            # The same orders as of shuffled raw columns.
            order = np.random.default_rng((0, repeat, place)).permutation(len(x))
            moved = x.copy()
            moved[:, members[place]] = x[order][:, members[place]]
            drops[repeat, place] = whole - score(moved)
    name = "R²" if subject.classes is None else "accuracy"
    return Importance(names=rows.names, score_name=name, score=whole, drops=drops, rows=len(x))


# scikit-learn's scores check what they are given, which takes longer than the prediction.


def _accuracy(true: NDArray[Any], said: NDArray[Any], weights: Weights) -> float:
    return float(np.average(true == said, weights=weights))


def _r2(true: NDArray[Any], said: NDArray[Any], weights: Weights) -> float:
    spread = np.average((true - np.average(true, weights=weights)) ** 2, weights=weights)
    missed = np.average((true - np.ravel(said)) ** 2, weights=weights)
    return float(1 - missed / spread) if spread else float(missed == 0)


def _sources(subject: Subject, rows: RawRows) -> tuple[Array, list[list[int]], Predict] | None:
    """Return the network's inputs, which of them come from each column, and what predicts them.

    None where that cannot be told, as of inputs made of several columns together.
    """
    steps: list[Any] = []
    last = subject.whole
    while isinstance(last, Pipeline):
        steps += [step for _, step in last.steps[:-1]]
        last = last.steps[-1][1]
    try:
        opened = open_model(subject.model, "report")
        columns = opened.raw_columns(rows, rows)
    except InputError:
        return None
    if columns.mixed or len(opened.steps) != len(steps):
        return None
    value = rows.table
    for step in steps:
        value = step.transform(value)
    members: list[list[int]] = [[] for _ in rows.names]
    for i, source in enumerate(columns.sources):
        for place in source:
            members[place].append(i)
    return np.asarray(value.toarray() if issparse(value) else value), members, last.predict
