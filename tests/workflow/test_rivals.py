"""The verdict follows from the rows, not from a lucky decimal."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.workflow.rivals import Rival, compare, score_rivals, score_row_by_row
from chainrule.workflow.rows import Rows
from chainrule.workflow.scores import score_numbers

SCORES = score_numbers(np.arange(2.0), np.arange(2.0))


def rivals(linear, guess):
    return Rival("linear model", SCORES, linear), Rival("mean", SCORES, guess)


@pytest.mark.parametrize(
    ("network", "linear", "words"),
    [
        (0.9, 0.6, "worth it"),
        (0.6, 0.9, "linear model is better"),
        (0.9, 0.89, "as well as the linear model"),
        (0.5, 0.5, "simplest guess"),
    ],
)
def test_verdict(network, linear, words):
    n = 400
    rows = np.arange(n) * 17 % n / n
    right = [(rows < share).astype(float) for share in (network, linear, 0.5)]
    # The linear model is right on other rows, so that the two differ in many of them.
    right[1] = right[1][::-1]
    assert words in compare(right[0], rivals(right[1], right[2]))


def test_classes_in_training_only_partly():
    x = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    y = (x[:, 0] > 0).astype(int)
    linear, guess = score_rivals(Rows(x[:40], y[:40]), Rows(x[40:], y[40:]), classes=("no", "yes"))
    assert linear.scores.accuracy > 0.9
    assert guess.name.startswith("always ")
    assert guess.scores.log_loss == pytest.approx(np.log(2), abs=0.1)


def test_classes_that_count_the_same():
    true = np.array([0] * 9 + [1])
    guess = np.tile([1.0, 0.0], (10, 1))
    _, goodness = score_row_by_row(true, guess, classes=("no", "yes"), class_weight="balanced")
    # Nine right rows of one class count 1/2 of the ten, the wrong one of the other class 1/2.
    np.testing.assert_allclose(goodness, [10 / 18] * 9 + [0])
    assert goodness.mean() == pytest.approx(0.5)
    _, goodness = score_row_by_row(true, 1 - guess, classes=("no", "yes"), class_weight={1: 7.0})
    assert goodness.tolist() == [0.0] * 9 + [7.0]


def test_a_balanced_network_has_balanced_rivals():
    random = np.random.default_rng(0)
    x = random.normal(size=(600, 1)).astype(np.float32)
    y = (x[:, 0] + random.normal(size=600) > 2).astype(int)
    parts = Rows(x[:300], y[:300]), Rows(x[300:], y[300:])
    scores = [
        score_rivals(*parts, classes=("no", "yes"), class_weight=weight)[0].scores.balanced_accuracy
        for weight in (None, "balanced", {1: 20.0})
    ]
    assert min(scores[1:]) > scores[0] + 0.1
