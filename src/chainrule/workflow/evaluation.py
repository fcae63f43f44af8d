"""Scores of a trained model on a table, and on which part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.tables import data_hash, prepare_target
from chainrule.workflow.fitting import class_weight_by_place
from chainrule.workflow.prediction import check_columns
from chainrule.workflow.rivals import Rival, score_rivals, score_row_by_row
from chainrule.workflow.rows import CountedRows, Rows, counted_rows, for_training
from chainrule.workflow.settings import TrainSettings
from chainrule.workflow.splitting import group_codes, split_table
from chainrule.workflow.targets import true_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from chainrule.workflow.model import Model
    from chainrule.workflow.scores import Scores

__all__ = [
    "PARTS",
    "Evaluation",
    "TestedRows",
    "count_repeated",
    "evaluate",
    "predicted_rows",
    "rivals_again",
    "scored_rows",
    "split_again",
]

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


@dataclass(frozen=True, eq=False)
class TestedRows:
    """Rows that a model was tried on, what is true of them and what it said.

    Attributes
    ----------
    rows : CountedRows
        As they were given, with their weights and their places in the table.
    true : array of shape (n,)
        The place of each row's class among the classes, or the numbers.
    predicted : array of shape (n, k) or (n,)
        Probabilities of the classes, or numbers.
    probabilistic : bool
        Whether ``predicted`` are probabilities of classes, not just 1 for one of them.
    part : str
        "all", "test" or "train".
    seen : bool
        Whether these are rows of the table that the model was trained with.
    repeated : int or None
        How many of these rows there are among those the model learned from, too, the same in every
        cell that it sees and in the target; None where that is not known.
    """

    rows: CountedRows
    true: NDArray[Any]
    predicted: NDArray[Any]
    probabilistic: bool
    part: str
    seen: bool
    repeated: int | None = None


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
    tested = predicted_rows(model, frame, part)
    classes = model.origin.classes
    scores, _ = score_row_by_row(
        tested.true,
        tested.predicted,
        classes=None if classes is None else tuple(classes),
        weights=tested.rows.weights,
        probabilistic=tested.probabilistic,
    )
    return Evaluation(scores, tested.part, tested.seen)


def predicted_rows(model: Model, frame: pl.DataFrame, part: str | None = None) -> TestedRows:
    """Predict the rows that a model is to be scored on.

    Parameters
    ----------
    model, frame, part
        As for :func:`evaluate`.

    Returns
    -------
    TestedRows

    Raises
    ------
    InputError
        As :func:`evaluate`.
    """
    rows, part, seen = scored_rows(model, frame, part)
    classes, target = model.origin.classes, model.origin.target
    with rows.numbered_as_given():
        true = true_values(rows.frame, target, classes=classes)
        predicted, sure = (
            (model.numbers(rows.frame), True)
            if classes is None
            else model.class_outputs(rows.frame)
        )
    repeated = None
    if part == "test":
        learned = _learned(model, frame)
        repeated = count_repeated(learned.frame, rows.frame, [*model.columns, target])
    return TestedRows(rows, true, predicted, sure, part, seen, repeated)


def rivals_again(model: Model, frame: pl.DataFrame, tested: TestedRows) -> tuple[Rival, Rival]:
    """Fit the two simple rivals once more, as they were when the model was trained, and score them.

    Parameters
    ----------
    model : Model
        The trained model.
    frame : polars.DataFrame
        The table it was trained with.
    tested : TestedRows
        Of it, what :func:`predicted_rows` gave.

    Returns
    -------
    linear, guess : Rival
    """
    origin, encoder = model.origin, model.pipeline.named_steps["encoder"]
    classes = None if origin.classes is None else tuple(origin.classes)
    learned = _learned(model, frame)
    true = true_values(learned.frame, origin.target, classes=classes)
    weights = TrainSettings(class_weight=origin.settings["class_weight"])
    return score_rivals(
        Rows(encoder.transform(learned.frame), true, None, for_training(learned.weights)),
        Rows(encoder.transform(tested.rows.frame), tested.true, None, tested.rows.weights),
        classes=classes,
        seed=origin.settings["seed"],
        class_weight=class_weight_by_place(weights, classes),
    )


def _learned(model: Model, frame: pl.DataFrame) -> CountedRows:
    """Choose the rows of its table that a model has learned from, held-out ones included."""
    counted = counted_rows(frame, model.origin.settings["weights"])
    if "test_table" in model.origin.split:
        return counted
    return counted.pick(split_again(model, counted.frame)[0])


def count_repeated(learned: pl.DataFrame, tested: pl.DataFrame, names: Sequence[str]) -> int:
    """Count the rows that are there among others, too.

    Parameters
    ----------
    learned, tested : polars.DataFrame
        The others, and the rows that are counted.
    names : sequence of str
        The columns in which they must be the same.

    Returns
    -------
    int

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"x": [1, 2, None], "y": [5, 5, 6]})
    >>> count_repeated(rows, rows[[0, 2, 2]], ["x", "y"]), count_repeated(rows[:1], rows, ["y"])
    (3, 2)
    """
    known = learned.select(names).hash_rows()
    return int(tested.select(names).hash_rows().is_in(known.implode()).sum())


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
        learned, tested = split_again(model, rows.frame)
        rows = rows.pick(tested if part == "test" else learned)
    return rows, part, seen


def split_again(model: Model, frame: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split the table a model was trained with as it was: the same split from the same seed.

    Parameters
    ----------
    model : Model
        The trained model.
    frame : polars.DataFrame
        Its table, without rows of weight 0.

    Returns
    -------
    learned, tested : array of int
        The places of the rows it learned from, held-out ones included, and of the test rows.
    """
    settings = model.origin.settings
    seed = model.origin.split.get("seed", settings["seed"])
    target = prepare_target(frame, model.origin.target, task=model.origin.task)
    groups = None if settings["groups"] is None else group_codes(frame, settings["groups"])
    return split_table(target, groups=groups, test_fraction=settings["test_fraction"], seed=seed)
