"""Scores of a model on a table, and on which part of it."""

from __future__ import annotations

import polars as pl
import pytest

from chainrule.errors import InputError
from chainrule.tables import Table, load_example
from chainrule.workflow import TrainSettings, evaluate, train
from chainrule.workflow.targets import true_values


def test_the_test_part_is_the_one_it_was_tested_on(penguins, diabetes):
    for name, training in (("penguins", penguins), ("diabetes", diabetes)):
        found = evaluate(training.model, load_example(name).frame)
        assert (found.part, found.seen) == ("test", True)
        assert found.scores == training.scores


def test_parts_add_up(penguins):
    frame = load_example("penguins").frame
    rows = {
        p: evaluate(penguins.model, frame, part=p).scores.rows for p in ("all", "train", "test")
    }
    assert rows["train"] + rows["test"] == rows["all"] == 344


def test_other_rows_are_scored_whole(penguins):
    found = evaluate(penguins.model, load_example("penguins").frame[5:])
    assert (found.part, found.seen, found.scores.rows) == ("all", False, 339)
    with pytest.raises(InputError, match="trained on other data"):
        evaluate(penguins.model, load_example("penguins").frame[5:], part="test")


def test_training_table_of_a_model_tested_elsewhere():
    table = load_example("iris")
    other = Table(table.frame[::3], "other", None, table.target, "")
    model = train(table, TrainSettings(epochs=1), test=other).model
    found = evaluate(model, table.frame)
    assert (found.part, found.seen) == ("all", True)
    with pytest.raises(InputError, match="tested on another table"):
        evaluate(model, table.frame, part="test")


@pytest.mark.parametrize(
    ("values", "classes", "codes"),
    [
        (["b", "a"], ["a", "b"], [1, 0]),
        ([1.0, 0.0], [0, 1], [1, 0]),
        (["1", "0"], [0, 1], [1, 0]),
        ([0, 1], ["0", "1"], [0, 1]),
        (["TRUE", "false"], [False, True], [1, 0]),
        ([True, False], [False, True], [1, 0]),
    ],
)
def test_classes_are_recognized_in_other_types(values, classes, codes):
    frame = pl.DataFrame({"y": values})
    assert true_values(frame, "y", classes=classes).tolist() == codes


def test_no_rows():
    with pytest.raises(InputError, match="no rows"):
        true_values(pl.DataFrame({"y": []}, schema={"y": pl.String}), "y", classes=["a"])
