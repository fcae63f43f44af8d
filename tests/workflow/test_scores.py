"""Scores agree with scikit-learn's."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics

from chainrule.workflow.scores import score_classes, score_numbers


@pytest.mark.parametrize("k", [2, 3, 7])
def test_classes(k):
    random = np.random.default_rng(k)
    codes = np.r_[np.arange(k), random.integers(k, size=100)]
    probabilities = random.dirichlet(np.ones(k), len(codes)).round(2)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    scores = score_classes(codes, probabilities, classes=tuple(range(k)))
    predicted = probabilities.argmax(axis=1)
    shown = probabilities[:, 1] if k == 2 else probabilities
    wanted = {
        "accuracy": metrics.accuracy_score(codes, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(codes, predicted),
        "log_loss": metrics.log_loss(codes, np.clip(probabilities, 2e-16, 1)),
        "roc_auc": metrics.roc_auc_score(codes, shown, multi_class="ovr"),
        "macro_f1": metrics.f1_score(codes, predicted, average="macro"),
    }
    found = scores.to_dict()
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, abs=1e-6), name
    np.testing.assert_array_equal(scores.confusion, metrics.confusion_matrix(codes, predicted))
    assert json.loads(json.dumps(found)) == found


def test_area_is_not_defined_where_a_class_is_absent():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]])
    scores = score_classes(np.array([0, 1]), probabilities, classes=("a", "b", "c"))
    assert scores.roc_auc is None
    assert scores.balanced_accuracy == scores.macro_f1 == 1.0


def test_certain_and_wrong_is_not_infinite():
    scores = score_classes(np.array([0]), np.array([[0.0, 1.0]]), classes=("a", "b"))
    assert np.isfinite(scores.log_loss)


def test_numbers():
    random = np.random.default_rng(0)
    true, predicted = random.normal(size=(2, 50))
    scores = score_numbers(true, predicted)
    assert scores.r2 == pytest.approx(metrics.r2_score(true, predicted))
    assert scores.rmse == pytest.approx(metrics.root_mean_squared_error(true, predicted))
    assert scores.mae == pytest.approx(metrics.mean_absolute_error(true, predicted))
    assert scores.median_absolute_error == pytest.approx(
        metrics.median_absolute_error(true, predicted)
    )
    assert scores.residual_quantiles["100%"] == (true - predicted).max()


def test_r2_is_not_defined_for_equal_numbers():
    assert score_numbers(np.ones(3), np.zeros(3)).r2 is None
