"""The verdict follows from the rows, not from a lucky decimal."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.workflow.rivals import Rival, compare, score_rivals
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
    linear, guess = score_rivals((x[:40], y[:40]), (x[40:], y[40:]), classes=("no", "yes"))
    assert linear.scores.accuracy > 0.9
    assert guess.name.startswith("always ")
    assert guess.scores.log_loss == pytest.approx(np.log(2), abs=0.1)
