"""Scores of a trained model on a table, and on which part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.tables import data_hash, prepare_target
from chainrule.workflow.prediction import check_columns
from chainrule.workflow.rivals import score_row_by_row
from chainrule.workflow.rows import CountedRows, counted_rows
from chainrule.workflow.splitting import group_codes, split_table
from chainrule.workflow.targets import true_values

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from chainrule.workflow.model import Model
    from chainrule.workflow.scores import Scores

__all__ = ["PARTS", "Evaluation", "evaluate"]

#: Parts of the training table that can be scored by themselves.
PARTS = ("all", "test", "train")


@dataclass(frozen=True)
class Evaluation:
    """How a model did on a table.

    Attributes
    ----------
    scores : Scores
        On the rows of ``part``.
    part : str
        "all", "test" or "train".
    seen : bool
        Whether these are rows of the table that the model was trained with.
    """

    scores: Scores
    part: str
    seen: bool

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data for JSON."""
        return {"part": self.part, "training_table": self.seen, **self.scores.to_dict()}


def evaluate(model: Model, frame: pl.DataFrame, *, part: str | None = None) -> Evaluation:
    """Score a model on a table with known targets.

    Parameters
    ----------
    model : Model
        The trained model.
    frame : polars.DataFrame
        n rows with the columns it was trained with, the target, and the weights if it was trained
        with any.
    part : {"all", "test", "train"}, optional
        Of the table the model was trained with, by its own split. By default "test" for that
        table, since scores of rows a model has learned from flatter it, and "all" for others.

    Returns
    -------
    Evaluation
        Scores and of which rows.

    Raises
    ------
    InputError
        A missing column, an unknown class, or a part of a table that was not split.

    Examples
    --------
    >>> from chainrule.tables import load_example
    >>> from chainrule.workflow import TrainSettings, train
    >>> table = load_example("iris")
    >>> model = train(table, TrainSettings(epochs=2)).model
    >>> evaluation = evaluate(model, table.frame)
    >>> evaluation.part, evaluation.scores.rows
    ('test', 30)
    """
    rows, part, seen = scored_rows(model, frame, part)
    origin = model.origin
    classes = None if origin.classes is None else tuple(origin.classes)
    with rows.numbered_as_given():
        true = true_values(rows.frame, origin.target, classes=classes)
        predicted, sure = (
            (model.numbers(rows.frame), True)
            if classes is None
            else model.class_outputs(rows.frame)
        )
    scores, _ = score_row_by_row(
        true, predicted, classes=classes, weights=rows.weights, probabilistic=sure
    )
    return Evaluation(scores, part, seen)


def scored_rows(
    model: Model, frame: pl.DataFrame, part: str | None
) -> tuple[CountedRows, str, bool]:
    """Choose the rows to score a model on.

    Parameters
    ----------
    model, frame, part
        As for :func:`evaluate`.

    Returns
    -------
    rows : CountedRows
        With their weights.
    part : str
        "all", "test" or "train".
    seen : bool
        Whether these are rows of the table that the model was trained with.
    """
    if part is not None and part not in PARTS:
        raise InputError(f"part must be one of {', '.join(PARTS)}, not {part!r}")
    origin = model.origin
    seen = data_hash(frame) == origin.data["hash"]
    split = seen and "test_table" not in origin.split
    if part in ("test", "train") and not split:
        why = "tested on another table" if seen else "trained on other data"
        raise InputError(f"the model was {why}: --part {part} does not apply, leave it out")
    part = part or ("test" if split else "all")
    weights = origin.settings["weights"]
    check_columns(frame, model.columns if weights is None else [*model.columns, weights])
    rows = counted_rows(frame, weights)
    if part != "all":
        rows = rows.pick(_part(model, rows.frame, part))
    return rows, part, seen


def _part(model: Model, frame: pl.DataFrame, part: str) -> NDArray[np.int64]:
    """Choose the rows the model was tested on, or trained on: the same split from the same seed."""
    settings = model.origin.settings
    target = prepare_target(frame, model.origin.target, task=model.origin.task)
    groups = None if settings["groups"] is None else group_codes(frame, settings["groups"])
    rows = split_table(
        target, groups=groups, test_fraction=settings["test_fraction"], seed=settings["seed"]
    )
    return rows[1] if part == "test" else rows[0]
