"""The worst rows come first, under the numbers they have in the file."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from chainrule.errors import InputError
from chainrule.workflow.rows import counted_rows
from chainrule.workflow.worst_rows import worst_rows

P = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.6, 0.4], [0.01, 0.99]])


def test_classes_by_the_probability_of_the_right_one():
    found = worst_rows(np.array([0, 1, 1, 1, 0]), P, classes=("no", "yes"), most=4)
    assert [w.row for w in found] == [5, 2, 4, 3]  # rows 2 and 4 are equally bad
    assert [w.right for w in found] == [False, False, False, True]
    first = found[0]
    assert (first.place, first.true, first.predicted) == (4, "no", "yes")
    assert (first.probability, first.certainty, first.residual) == (0.01, 0.99, None)
    assert json.loads(json.dumps(first.to_dict()))["right"] is False


def test_decisions_by_whether_they_are_wrong():
    decided = np.eye(2)[[0, 1, 1, 0, 0]]
    found = worst_rows(np.array([0, 0, 1, 1, 0]), decided, classes=(3, 7), probabilistic=False)
    assert [(w.row, w.true, w.predicted, w.probability) for w in found] == [
        (2, 3, 7, None),
        (4, 7, 3, None),
    ]


def test_numbers_by_the_size_of_the_residual():
    found = worst_rows(np.array([1.0, 5.0, 2.0, 9]), np.array([1.0, 2.0, 5.0, 8]), classes=None)
    assert [(w.row, w.residual) for w in found] == [(2, 3.0), (3, -3.0), (4, 1.0)]
    assert not found[0].right
    assert found[0].true == 5.0
    assert found[0].predicted == 2.0


def test_rows_have_their_numbers_in_the_file():
    counted = counted_rows(pl.DataFrame({"w": [0, 2, 0, 1, 1]}), "w").pick(np.array([2, 0]))
    true, predicted = np.array([0.0, 0.0]), np.array([1.0, 2.0])
    found = worst_rows(true, predicted, classes=None, rows=counted.places)
    assert [(w.row, w.place) for w in found] == [(2, 1), (5, 0)]


def test_nothing_wrong_and_nothing_at_all():
    sure = np.eye(2)[[0, 1]]
    assert worst_rows(np.array([0, 1]), sure, classes=("a", "b")) == ()
    assert worst_rows(np.ones(2), np.ones(2), classes=None) == ()
    assert worst_rows(np.zeros(0, int), np.ones((0, 2)), classes=("a", "b")) == ()
    assert worst_rows(np.array([0, 0]), P[:2], classes=("a", "b"), most=0) == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"predicted": P[:, :1]}, "has shape"),
        ({"rows": np.arange(3)}, r"numbers have shape \(3,\)"),
        ({"most": -1}, "at least 0, not -1"),
    ],
)
def test_what_does_not_fit_is_refused(given, said):
    usual = {"true": np.zeros(5, int), "predicted": P, "classes": ("a", "b")}
    with pytest.raises(InputError, match=said):
        worst_rows(**{**usual, **given})
