"""Targets: the task found, and one sentence for each target that cannot be."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from chainrule.errors import InputError
from chainrule.tables import prepare_target


def target(values, **options):
    return prepare_target(pl.DataFrame({"y": values}), "y", **options)


@pytest.mark.parametrize(
    ("values", "task", "kind"),
    [
        (["a", "b"] * 5, "classification", "U"),
        ([True, False] * 5, "classification", "b"),
        ([0, 1, 2] * 5, "classification", "i"),
        ([0.0, 1.0] * 5, "classification", "i"),
        ([5, 9, 5, 9], "classification", "i"),
        (list(range(21)) * 9, "regression", "f"),
        (list(range(20)) * 9, "classification", "i"),
        ([1, 2, 3, 4, 5, 6, 1], "regression", "f"),
        ([1.0, 2.0, 3.0] * 9, "regression", "f"),
        ([0.5, 1.5] * 9, "regression", "f"),
    ],
)
def test_task(values, task, kind):
    found = target(values)
    assert (found.name, found.task, found.values.dtype.kind) == ("y", task, kind)
    assert found.values.tolist() == values
    if task == "classification":
        assert found.classes.tolist() == sorted(set(values))
    else:
        assert found.classes is None


@pytest.mark.parametrize("name", ["count", "proportion", "", "y"])
def test_any_column_can_be_the_target(name):
    table = pl.DataFrame({name: ["a", "b"] * 5})
    assert prepare_target(table, name).classes.tolist() == ["a", "b"]
    with pytest.raises(InputError, match=r"classes with one row only \('c'\)"):
        prepare_target(pl.DataFrame({name: ["a", "a", "c"]}), name)


def test_task_can_be_overridden():
    assert target([0, 1, 2] * 5, task="regression").values.dtype == np.float64
    assert target(list(range(30)) * 2, task="classification").classes.tolist() == list(range(30))
    assert target([1.0, 2.0, 3.0] * 5, task="classification").values.dtype == np.int64
    assert target([0.5, 1.5] * 5, task="classification").classes.tolist() == ["0.5", "1.5"]
    assert target(["1", "2", "3"] * 5, task="regression").values.tolist() == [1.0, 2.0, 3.0] * 5


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        (["a"] * 4, {}, "'a' in every row: there is nothing to predict"),
        ([2.5] * 4, {}, "2.5 in every row"),
        (["a", None, "b", "NA"], {}, "2 missing cells, the first in row 2 .*take the rows out"),
        ([1.0, 2.0, float("nan")], {}, "a missing cell in row 3"),
        (["a", "b", "c"], {}, "different value in each of its 3 rows"),
        ([1, 2, 3], {"task": "classification"}, "different value .* or use --task regression"),
        (["a", "a", "b", "c", "c"], {}, r"classes with one row only \('b'\)"),
        (
            ["a", "b"] * 3,
            {"task": "regression"},
            "regression: column 'y' holds the text 'a' in row",
        ),
        ([1.0, float("inf"), 2.0], {}, "'y' holds inf in row 2"),
        ([1.0, float("inf")] * 2, {"task": "classification"}, "'y' holds inf in row 2"),
        (["a"], {}, "the table has one row"),
        ([], {}, "the table has no rows"),
        (["a", "b"] * 3, {"task": "clasification"}, "unknown task.*'classification'"),
        ([dt.date(2024, 1, 1), dt.date(2024, 1, 2)], {}, "holds Date"),
        ([[1], [2]], {}, "holds List"),
        ([None, None], {}, "2 missing cells"),
    ],
)
def test_targets_that_cannot_be(values, options, said):
    with pytest.raises(InputError, match=said) as error:
        target(values, **options)
    assert "\n" not in str(error.value)


def test_unknown_target():
    with pytest.raises(InputError, match="no column 'pric'; did you mean 'price'"):
        prepare_target(pl.DataFrame({"price": [1, 2], "b": [1, 2]}), "pric")
    with pytest.raises(InputError, match="there are: price, b"):
        prepare_target(pl.DataFrame({"price": [1, 2], "b": [1, 2]}), "zzzz")
