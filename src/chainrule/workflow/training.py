"""From a table to a trained network, its test scores, and two rivals to measure it by."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from chainrule.explanation import diagnose
from chainrule.tables import make_encoder
from chainrule.workflow.evaluation import TestedRows, count_repeated
from chainrule.workflow.fitting import Fit, class_weight_by_place, fit
from chainrule.workflow.model import Model, Origin, class_outputs
from chainrule.workflow.notes import column_notes, course, data_notes
from chainrule.workflow.prediction import check_columns
from chainrule.workflow.question import ask
from chainrule.workflow.rivals import Rival, compare, score_rivals, score_row_by_row
from chainrule.workflow.rows import CountedRows, Rows, counted_rows, for_training
from chainrule.workflow.settings import TrainSettings
from chainrule.workflow.splitting import split_table
from chainrule.workflow.targets import true_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from chainrule.tables import Column, Table, Target
    from chainrule.workflow.scores import Scores

__all__ = ["Training", "train"]


@dataclass(frozen=True)
class Training:
    """A trained model and how it did.

    Attributes
    ----------
    model : Model
        Ready to predict and to save.
    scores : Scores
        On the test rows.
    rivals : tuple of Rival
        A linear model and the simplest guess, on the same rows.
    verdict : str
        Whether the network is worth it, in a sentence.
    columns : tuple of Column
        What each column was taken for.
    tested : TestedRows
        The test rows, what is true of them and what the model said.
    """

    model: Model
    scores: Scores
    rivals: tuple[Rival, Rival]
    verdict: str
    columns: tuple[Column, ...]
    tested: TestedRows


def train(
    table: Table,
    settings: TrainSettings | None = None,
    *,
    test: Table | None = None,
    callbacks: Sequence[Any] = (),
    notify: Callable[[str], None] | None = None,
) -> Training:
    """Train a network on a table and test it on rows it has not seen.

    Parameters
    ----------
    table : Table
        Rows to train on; a part is kept aside for testing unless ``test`` is given.
    settings : TrainSettings, optional
        All options.
    test : Table, optional
        Rows to test on.
    callbacks : sequence of sklearn.callback.FitCallback
        Called after each epoch; one that returns True stops the training.
    notify : callable, optional
        Called with the name of each stage as it begins: "encode", "fit", "score".

    Returns
    -------
    Training
        The model, its test scores and what to compare them with.

    Raises
    ------
    InputError
        Something in the tables or settings cannot be used.

    Examples
    --------
    >>> from chainrule.tables import load_example
    >>> settings = TrainSettings(hidden_layer_sizes=(8,), epochs=3)
    >>> training = train(load_example("penguins"), settings)
    >>> training.model.layer_sizes[1:]
    [8, 3]
    """
    asked = settings or TrainSettings()
    say = notify or (lambda _: None)
    say("encode")
    question = ask(table, asked)
    target, settings, columns = question.target, question.settings, question.columns
    classes = None if target.classes is None else tuple(target.classes.tolist())
    encoder = make_encoder(columns)
    parts = _parts(
        question.counted, target, encoder, settings=settings, test=test, groups=question.groups
    )
    say("fit")
    started = time.perf_counter()
    with threadpool_limits(settings.threads):
        done = fit(parts.learned, settings, classes=target.classes, callbacks=callbacks)
        seconds = time.perf_counter() - started
        say("score")
        predicted, sure = _predict(done, parts.tested, classes=classes)
        scores, rivals, verdict = _judge(
            parts, predicted, probabilistic=sure, classes=classes, settings=settings
        )
        seen = done.rows
        diagnosis = diagnose(done.model, seen.x, seen.y, sample_weight=seen.weights).to_dict()
    origin = Origin(
        name=table.name,
        target=target.name,
        task=target.task,
        classes=None if classes is None else list(classes),
        columns=column_notes(columns, encoder.get_feature_names_out().tolist()),
        data=data_notes(table, test),
        split={**parts.split, "held_out_rows": done.held_out},
        baselines={rival.name: rival.scores.to_dict() for rival in rivals},
        scores=scores.to_dict(),
        verdict=verdict,
        diagnosis=diagnosis,
        seconds=seconds,
        **course(done, settings),
    )
    pipeline = Pipeline([("encoder", encoder), ("network", done.model)])
    model = Model(pipeline, origin)
    tested = TestedRows(
        parts.test_rows,
        parts.tested.y,
        predicted,
        sure,
        part="all" if test is not None else "test",
        seen=test is None,
        repeated=count_repeated(
            parts.learned_frame, parts.test_rows.frame, [*model.columns, target.name]
        ),
    )
    return Training(model, scores, rivals, verdict, columns, tested)


def _predict(
    done: Fit, tested: Rows, *, classes: tuple[Any, ...] | None
) -> tuple[NDArray[Any], bool]:
    """Predict the test rows, and say whether these are probabilities or numbers."""
    if classes is None:
        return done.model.predict(tested.x), True
    return class_outputs(done.model, tested.x)


def _judge(
    parts: _Parts,
    predicted: NDArray[Any],
    *,
    probabilistic: bool,
    classes: tuple[Any, ...] | None,
    settings: TrainSettings,
) -> tuple[Scores, tuple[Rival, Rival], str]:
    """Score the model and its rivals on the same rows, and by the same weights of the classes."""
    tested = parts.tested
    judged: dict[str, Any] = {
        "classes": classes,
        "class_weight": class_weight_by_place(settings, classes),
    }
    scores, goodness = score_row_by_row(
        tested.y, predicted, weights=tested.weights, probabilistic=probabilistic, **judged
    )
    rivals = score_rivals(parts.learned, tested, seed=settings.seed, **judged)
    return scores, rivals, compare(goodness, rivals, linear=settings.kind.is_neuron)


@dataclass(frozen=True, eq=False)
class _Parts:
    """A table's rows to learn from and to test on, encoded and as they were given."""

    learned: Rows
    learned_frame: pl.DataFrame
    tested: Rows
    test_rows: CountedRows
    split: dict[str, Any]


def _parts(
    counted: CountedRows,
    target: Target,
    encoder: Pipeline,
    *,
    settings: TrainSettings,
    test: Table | None,
    groups: NDArray[np.int64] | None,
) -> _Parts:
    """Encode training and test rows; the encoder learns from the former only."""
    values = _codes(target)
    if test is None:
        first, second = split_table(
            target, groups=groups, test_fraction=settings.test_fraction, seed=settings.seed
        )
        train, rest = counted.pick(first), counted.pick(second)
        own = None if groups is None else groups[first]
        weights = for_training(train.weights)
        learned = Rows(encoder.fit_transform(train.frame), values[first], own, weights)
        tested = Rows(encoder.transform(rest.frame), values[second], None, rest.weights)
        split: dict[str, Any] = {"train_rows": len(first), "test_rows": len(second)}
        if groups is not None:
            split |= {"groups": len(set(groups)), "test_groups": len(set(groups[second]))}
        return _Parts(learned, train.frame, tested, rest, split)
    weights = for_training(counted.weights)
    learned = Rows(encoder.fit_transform(counted.frame), values, groups, weights)
    classes = None if target.classes is None else target.classes.tolist()
    wanted = list(encoder.named_steps["reader"].kinds)
    check_columns(test.frame, wanted if settings.weights is None else [*wanted, settings.weights])
    rest = counted_rows(test.frame, settings.weights)
    with rest.numbered_as_given():
        truth = true_values(rest.frame, target.name, classes=classes)
        tested = Rows(encoder.transform(rest.frame), truth, None, rest.weights)
    split = {"train_rows": len(values), "test_rows": len(truth), "test_table": test.name}
    return _Parts(learned, counted.frame, tested, rest, split)


def _codes(target: Target) -> NDArray[Any]:
    if target.classes is None:
        return target.values
    codes: NDArray[np.int64] = np.searchsorted(target.classes, target.values)
    return codes
