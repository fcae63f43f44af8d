"""Rows of a table explained by a trained model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation import (
    attribute,
    counterfactual,
    explain,
    permutation_importance,
)
from chainrule.workflow.evaluation import scored_rows
from chainrule.workflow.prediction import check_columns
from chainrule.workflow.rows import renumbered
from chainrule.workflow.targets import true_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from chainrule.explanation import Attribution, Importance, WorkedExample
    from chainrule.workflow.model import Model

__all__ = ["explain_inputs", "explain_rows", "importance_of_columns", "parse_rows"]


def parse_rows(text: str) -> list[int]:
    """Read which rows are meant.

    Parameters
    ----------
    text : str
        Numbers and ranges of them, such as "17" or "3,5,8-12"; rows count from 1.

    Returns
    -------
    list of int
        Each once, in the order given.

    Raises
    ------
    InputError
        It is something else.

    Examples
    --------
    >>> parse_rows("3,5,8-10")
    [3, 5, 8, 9, 10]
    """
    rows: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        ends = [first, last or first]
        numbers = all(end.strip().isdecimal() for end in ends)
        if not numbers or not 1 <= int(ends[0]) <= int(ends[1]):
            raise InputError(
                f"--row {text}: give the number of a row, or several such as 3,5,8-12; rows count "
                "from 1 after the header"
            )
        if int(ends[1]) - int(ends[0]) >= _MOST_ROWS:
            raise InputError(f"--row {text}: a mini-batch of at most {_MOST_ROWS:,} rows, please")
        rows += range(int(ends[0]), int(ends[1]) + 1)
    return list(dict.fromkeys(rows))


# Of more rows the trace itself would fill the memory.
_MOST_ROWS = 10_000


def explain_rows(
    model: Model, frame: pl.DataFrame, rows: Sequence[int], **how: Any
) -> WorkedExample:
    """Explain a row of a table, or several as a mini-batch.

    Parameters
    ----------
    model : Model
        The trained model.
    frame : polars.DataFrame
        With the columns it was trained with. If it has the target too, the answer is compared and
        learned from; without it only the prediction is shown.
    rows : sequence of int
        Which of them, counted from 1.
    **how
        ``digits`` and ``full`` as in :func:`chainrule.explain`.

    Returns
    -------
    WorkedExample

    Raises
    ------
    InputError
        There is no such row, a column is missing, or a cell cannot be read.

    Examples
    --------
    >>> from chainrule.tables import load_example
    >>> from chainrule.workflow import TrainSettings, train
    >>> table = load_example("iris")
    >>> model = train(table, TrainSettings(epochs=2)).model
    >>> explain_rows(model, table.frame, [17]).title
    'Row 17 through a network of 4–128–64–3 nodes (ReLU and softmax)'
    """
    _check(model, frame, rows)
    chosen = frame[[row - 1 for row in rows]]
    try:
        answers, weights = _answers(model, chosen), _weights(model, chosen)
        return explain(
            model,
            chosen.select(model.columns),
            answers,
            sample_weight=weights,
            labels=rows,
            **how,
        )
    except InputError as error:
        raise InputError(renumbered(str(error), lambda place: rows[place - 1])) from error


def explain_inputs(model: Model, frame: pl.DataFrame, row: int) -> tuple[Attribution, Any]:
    """Say which inputs a row's prediction came from, and what would turn it.

    Parameters
    ----------
    model : Model
        The trained model.
    frame : polars.DataFrame
        With the columns it was trained with; its other rows are what is compared with.
    row : int
        Which row, counted from 1.

    Returns
    -------
    attribution : Attribution
        Gradients and integrated gradients.
    alternative : Counterfactual or None
        The smallest changes that lead to another class; None for numbers.

    Raises
    ------
    InputError
        There is no such row, or a column is missing.
    """
    _check(model, frame, [row])
    data = frame.select(model.columns)
    attribution = attribute(model, row - 1, data=data)
    if model.origin.classes is None:
        return attribution, None
    return attribution, counterfactual(model, row - 1, data)


def importance_of_columns(model: Model, frame: pl.DataFrame, part: str | None = None) -> Importance:
    """Say by how much a model's score drops when a column's cells are shuffled among the rows.

    Parameters
    ----------
    model : Model
        The trained model.
    frame : polars.DataFrame
        Rows with their targets.
    part : {"all", "test", "train"}, optional
        Of the table it was trained with; the test part if not given.

    Returns
    -------
    Importance
    """
    rows, _, _ = scored_rows(model, frame, part)
    answers = _named_values(model, rows.frame)
    data = rows.frame.select(model.columns)
    return permutation_importance(model.pipeline, data, answers, sample_weight=rows.weights)


def _check(model: Model, frame: pl.DataFrame, rows: Sequence[int]) -> None:
    """See that the columns and the rows are there."""
    check_columns(frame, model.columns)
    for row in rows:
        if not 1 <= row <= frame.height:
            count = f"{frame.height:,} row" + "s" * (frame.height != 1)
            raise InputError(f"there is no row {row}: the table has {count}, counted from 1")


def _answers(model: Model, chosen: pl.DataFrame) -> NDArray[Any] | None:
    """Return the right answers, None where the table does not tell them for all of these rows."""
    target = model.origin.target
    if target not in chosen.columns or chosen[target].null_count():
        return None
    return _named_values(model, chosen)


def _named_values(model: Model, frame: pl.DataFrame) -> NDArray[Any]:
    """Return the true values as the network knows them: classes by their names."""
    classes = model.origin.classes
    values = true_values(frame, model.origin.target, classes=classes)
    return values if classes is None else np.array(classes)[values]


def _weights(model: Model, chosen: pl.DataFrame) -> NDArray[Any] | None:
    """Return what the rows weigh, None for one row, whose weight makes no difference."""
    name = model.origin.settings["weights"]
    if name is None or name not in chosen.columns or chosen.height == 1:
        return None
    found = chosen[name].cast(float).to_numpy()
    return np.asarray(found, np.float64)
