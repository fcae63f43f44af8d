"""Permutation importance: what a whole model needs."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance as scikit_learns
from sklearn.linear_model import LinearRegression as OtherLinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from chainrule import InputError, LinearRegression, LogisticRegression, MLPClassifier
from chainrule.explanation import permutation_importance
from chainrule.tables import load_table
from chainrule.workflow import TrainSettings, train


@pytest.fixture(scope="module")
def decided():
    """The first column decides, the second says half of it, the third is noise."""
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 3))
    y = np.where(X[:, 0] > 0, "yes", "no")
    X[:, 1] += X[:, 0]
    return X, y, LogisticRegression(alpha=1.0).fit(X, y)


def test_what_decides_is_first_and_noise_is_nothing(decided):
    X, y, model = decided
    found = permutation_importance(model, X, y)
    assert found.order[0] == 0
    assert found.matters[0]
    assert not found.matters[2]
    assert abs(found.mean[2]) <= 2 * found.spread[2]
    assert found.score == model.score(X, y)
    assert found.score_name == "accuracy"
    # With the deciding column shuffled, the model guesses.
    assert found.mean[0] == pytest.approx(0.5, abs=0.1)


def test_by_hand():
    """ŷ = 2x of the rows x = 0, 1, 2, y = 2x: R² is 1 − Σ(y − ŷ)²/Σ(y − 2)², and the latter is 8.

    Of the 6 orders one is the same (R² 1), three swap two rows (two of them neighbors, errors 2²
    twice: R² 0; one the outer two, 4² twice: R² −3), two turn all (2² + 2² + 4² = 24: R² −2).
    """
    X = np.array([[0.0], [1.0], [2.0]])
    model = LinearRegression().fit(X, 2 * X[:, 0])
    found = permutation_importance(model, X, 2 * X[:, 0], repeats=200)
    assert found.score_name == "R²"
    assert set(found.drops.round(6).ravel().tolist()) == {0.0, 1.0, 4.0, 3.0}
    # (0 + 1 + 1 + 4 + 3 + 3) / 6 = 2
    assert found.mean[0] == pytest.approx(2, abs=4 * 1.4 / np.sqrt(200))


def test_scikit_learn_finds_the_same(decided):
    X, y, model = decided
    ours = permutation_importance(model, X, y, repeats=30)
    theirs = scikit_learns(model, X, y, n_repeats=30, random_state=0)
    error = (ours.spread + theirs.importances_std) / np.sqrt(30)
    assert (np.abs(ours.mean - theirs.importances_mean) < 4 * error + 1e-9).all()


def test_the_same_seed_finds_the_same(decided):
    X, y, model = decided
    first, second, other = (permutation_importance(model, X, y, seed=s).drops for s in (3, 3, 4))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_rows_of_no_weight_are_as_if_they_were_not_there(decided):
    X, y, model = decided
    weights = np.ones(len(y))
    weights[: len(y) // 2] = 0
    wrong = y.copy()
    wrong[: len(y) // 2] = "no"
    found = permutation_importance(model, X, wrong, sample_weight=weights)
    half = len(y) // 2
    assert found.score == model.score(X[half:], y[half:])


def test_several_labels_and_several_numbers():
    X = np.random.default_rng(0).normal(size=(100, 2))
    labels = (X > 0).astype(int)
    model = MLPClassifier((8,), solver="lbfgs", random_state=0, max_iter=200).fit(X, labels)
    assert permutation_importance(model, X, labels).matters.all()
    line = LinearRegression().fit(X, X)
    found = permutation_importance(line, X, X)
    assert found.score == pytest.approx(1)
    # Either column is one of two numbers: without it R² falls by half of about 2.
    assert found.mean == pytest.approx([1, 1], abs=0.3)


@pytest.fixture(scope="module")
def penguins():
    table = load_table("penguins")
    return table.frame, train(table, TrainSettings(hidden_layer_sizes=(8,), epochs=15)).model


def test_a_model_with_texts_and_missing_cells(penguins):
    frame, model = penguins
    found = permutation_importance(model, frame, frame["species"], repeats=3)
    assert sorted(found.names) == sorted(model.columns)  # not the target
    assert found.matters.any()
    assert found.score == pytest.approx(
        np.mean(model.pipeline.predict(frame) == frame["species"].to_numpy())
    )


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_text_columns_in_any_table(make):
    table = make({"c": ["a", "b"] * 20, "d": ["x"] * 20 + ["y"] * 20})
    y = [0, 1] * 20
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(table, y)
    found = permutation_importance(model, table, y)
    assert found.names == ("c", "d")
    assert found.matters.tolist() == [True, False]
    assert found.drops[:, 1].tolist() == [0] * 10


def test_models_of_others_are_welcome():
    X = np.random.default_rng(0).normal(size=(50, 2))
    found = permutation_importance(OtherLinearRegression().fit(X, X[:, 1]), X, X[:, 1])
    assert found.matters.tolist() == [False, True]


def test_it_is_plain_data_and_fits_the_terminal(decided):
    X, y, model = decided
    found = permutation_importance(model, X, y)
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["columns"][0]["name"] == "X[:, 0]"
    assert plain["columns"][0]["drops"] == found.drops[:, 0].tolist()
    text = str(found)
    assert max(map(len, text.splitlines())) <= 80
    assert "not distinguishable from nothing" in " ".join(text.split())
    assert "share their importance" in text
    assert repr(found).startswith("Importance(3 columns, accuracy 0.9")


def test_many_columns_with_long_names_fit_the_terminal():
    names = [f"a very long name of a column, number {i}" for i in range(30)]
    X = np.random.default_rng(0).normal(size=(60, 30)) * 1e-7
    table = pd.DataFrame(X, columns=names)
    model = LinearRegression().fit(table, X[:, 0] * 1e9)
    found = permutation_importance(model, table, X[:, 0] * 1e9)
    lines = str(found).splitlines()
    assert max(map(len, lines)) <= 80
    assert "10 more columns" in lines


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"y": ["yes"] * 3}, "X has 400 rows but y has 3"),
        ({"y": [["yes", "no"]] * 400}, "y has 2 columns of texts; give the one that is predicted"),
        ({"y": "species"}, "y is 'species', not a column"),
        ({"y": ["perhaps"] * 400}, "y has 'perhaps', which is none of the model's classes"),
        ({"X": np.full((400, 3), np.nan)}, "the rows cannot be looked at: .*NaN"),
        ({"X": np.ones((400, 2))}, "the rows cannot be looked at: .*2 features"),
        ({"repeats": 1}, "repeats must be a whole number of at least 2, not 1"),
        ({"repeats": 2.5}, "repeats must be a whole number"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"sample_weight": [1.0]}, "X has 400 rows but sample_weight has 1"),
        ({"sample_weight": [-1.0] * 400}, "none of them negative"),
        ({"X": np.empty((0, 3)), "y": []}, "X has no rows"),
        ({"X": np.ones((1, 3)), "y": ["yes"]}, "X has one row, which cannot be shuffled"),
        ({"model": "model"}, "needs a model that predicts, not str"),
    ],
)
def test_bad_input(decided, change, said):
    X, y, model = decided
    given = {"model": model, "X": X, "y": y, **change}
    with pytest.raises(InputError, match=said) as caught:
        permutation_importance(**given)
    assert "\n" not in str(caught.value)


def test_targets_of_a_regression_are_numbers():
    X = np.arange(6.0).reshape(-1, 1)
    model = LinearRegression().fit(X, X[:, 0])
    with pytest.raises(InputError, match="y holds 'a' where the model predicts numbers"):
        permutation_importance(model, X, ["a"] * 6)
    with pytest.raises(InputError, match="y has no finite number in row 2"):
        permutation_importance(model, X, [0, 1, np.nan, 3, 4, 5])


def test_a_model_that_is_not_fitted():
    with pytest.raises(NotFittedError, match="this MLPClassifier is not fitted; call fit first"):
        permutation_importance(MLPClassifier(), np.ones((3, 1)), [0, 1, 1])
