"""Counterfactuals: the smallest change of raw cells that flips a decision."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression as OtherLogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule import (
    InputError,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from chainrule.explanation import attribute, counterfactual
from chainrule.explanation.inputs._raw_rows import raw_rows
from chainrule.explanation.inputs._reach import _steps
from chainrule.tables import describe_columns, load_table, make_encoder
from chainrule.workflow import TrainSettings, train


@pytest.fixture(scope="module")
def penguins():
    table = load_table("penguins")
    model = train(table, TrainSettings(hidden_layer_sizes=(16,), epochs=30)).model
    return table.frame, model


@pytest.fixture(scope="module")
def line():
    """The decision z = x₁ + 2x₂ − 10 ≥ 0, on whole numbers from 0 to 30 and tenths from 0 to 10."""
    random = np.random.default_rng(0)
    X = np.column_stack([random.integers(0, 31, 200), random.integers(0, 101, 200) / 10])
    X[0], X[1] = (0, 0), (30, 10)
    model = LogisticRegression().fit(X, np.where(X @ [1, 2] >= 10, "high", "low"))
    model.coef_, model.intercept_ = [[-1.0, -2.0]], [10.0]  # of "low", the second class
    return model, X


def applied(row, alternative):
    """Change the raw row as an alternative says."""
    rows = raw_rows(row, "X")
    for change in alternative.changes:
        rows = rows.replace(rows.names.index(change.column), [change.after])
    return rows.table


def all_of(found):
    return [*found.alone, *([found.together] if found.together else [])]


# ---------------------------------------------------------------------- by hand


def test_a_line_by_hand(line):
    """From (2, 1), z = −6: x₁ must rise by 6 to 8, or x₂ by 3 to 4, or both.

    z = 0 is the line itself, where the probability is ½ and the first class, "high", is predicted.
    """
    model, X = line
    found = counterfactual(model, [2.0, 1.0], X)
    assert found.now.prediction == "low"
    assert found.goal == "be 'high'"
    after = {a.changes[0].column: a.changes[0].after for a in found.alone}
    assert after == {"X[:, 0]": 8.0, "X[:, 1]": 4.0}
    spread = X.std(axis=0)
    sizes = [6 / spread[0], 3 / spread[1]]
    assert [a.size for a in found.alone] == pytest.approx(sorted(sizes))


def test_the_way_along_the_gradient_by_hand(line):
    """In spreads s the slope is (s₁, 2s₂), and the shortest way to z = 0 is 6 / √(s₁² + 4s₂²)."""
    model, X = line
    found = counterfactual(model, [2.0, 1.0], X)
    spread = X.std(axis=0)
    shortest = 6 / np.hypot(spread[0], 2 * spread[1])
    # Whole numbers and tenths do not lie exactly on the line.
    assert shortest <= found.together.size < 1.15 * shortest
    assert len(found.together.changes) == 2
    assert found.smallest is found.together
    assert model.predict(
        [[c.after for c in sorted(found.together.changes, key=lambda c: c.column)]]
    )


def test_numbers_keep_the_steps_they_were_seen_in(line):
    model, X = line
    found = counterfactual(model, [2.0, 1.0], X)
    for alternative in all_of(found):
        for change in alternative.changes:
            digits = 0 if change.column == "X[:, 0]" else 1
            assert change.after == round(change.after, digits)


def test_only_what_was_seen_is_proposed(line):
    """x₂ seen only up to 3: from (2, 1) it cannot decide alone, and x₁ can."""
    model, X = line
    X = X.copy()
    X[:, 1] = np.minimum(X[:, 1], 3)
    found = counterfactual(model, [2.0, 1.0], X)
    assert [a.changes[0].column for a in found.alone] == ["X[:, 0]"]


def test_nothing_within_reach(line):
    """z = 3 + 2 · 1.5 − 10 < 0 is the most that can be: the nearest is told, with its value."""
    model, _ = line
    small = np.column_stack([np.arange(4), np.arange(4) / 2]).astype(float)
    found = counterfactual(model, [0.0, 0.0], small)
    assert not found.found
    assert found.smallest is None
    assert found.alone == ()
    assert {c.column: c.after for c in found.nearest.changes} == {"X[:, 0]": 3, "X[:, 1]": 1.5}
    assert found.nearest.prediction == "low"
    assert found.nearest.value == pytest.approx(1 / (1 + np.exp(-4)))
    assert "Nothing within what 4 rows have seen" in str(found)
    # In the table nothing differs: nothing can change.
    found = counterfactual(model, [0.0, 0.0], np.zeros((3, 2)))
    assert not found.found
    assert "no change that was tried came nearer" in " ".join(str(found).split())


# ---------------------------------------------------------------------- real tables


@pytest.mark.parametrize("number", [0, 3, 100, 250, 340])
def test_penguins_are_flipped_when_predicted_anew(penguins, number):
    frame, model = penguins
    before = model.pipeline.predict(frame[number])[0]
    found = counterfactual(model, number, frame)
    assert found.found
    for alternative in all_of(found):
        row = applied(frame[number], alternative)
        after = model.pipeline.predict(row)[0]
        assert after == alternative.prediction != before
        probability = model.probabilities(row).max()
        assert alternative.value == pytest.approx(probability, abs=1e-5)
        for change in alternative.changes:
            seen = frame[change.column].drop_nulls()
            if seen.dtype == pl.String:
                assert change.after in seen.unique().to_list()
            else:
                assert seen.min() <= change.after <= seen.max()
            assert change.before == frame[change.column][number]
            if change.column == "year":
                assert isinstance(change.after, int)


def test_less_than_the_smallest_does_not_do(penguins):
    frame, model = penguins
    found = counterfactual(model, 250, frame)
    for alternative in found.alone:
        (change,) = alternative.changes
        if frame[change.column].dtype != pl.Float64:
            continue
        step = 0.1 if change.column.startswith("bill") else 1.0
        less = change.after - np.sign(change.after - change.before) * step
        row = frame[250].with_columns(pl.lit(less).alias(change.column))
        assert model.pipeline.predict(row)[0] == found.now.prediction


def test_a_class_of_ones_choice(penguins):
    frame, model = penguins
    found = counterfactual(model, 0, frame, target="Gentoo")
    assert found.goal == "be 'Gentoo'"
    assert {a.prediction for a in all_of(found)} == {"Gentoo"}


def test_columns_of_ones_choice(penguins):
    frame, model = penguins
    columns = ["flipper_length_mm", "body_mass_g"]
    found = counterfactual(model, 250, frame, columns=columns)
    assert found.found
    assert {c.column for a in all_of(found) for c in a.changes} <= set(columns)


def test_a_missing_cell_stays_unless_it_is_the_change(penguins):
    frame, model = penguins
    found = counterfactual(model, 3, frame)  # not measured
    for alternative in found.alone:
        (change,) = alternative.changes
        if change.before is None:
            assert change.spreads == 1
    assert any(a.changes[0].before is None for a in found.alone)
    assert "(missing) → " in str(found)


# ---------------------------------------------------------------------- categories


@pytest.fixture(scope="module", params=[pd.DataFrame, pl.DataFrame])
def shops(request):
    """Bought if the city is B, or the age is 40 or more: zip, a number, is a name."""
    random = np.random.default_rng(0)
    table = {
        "city": random.choice(["A", "B", "C"], 300).tolist(),
        "age": random.integers(18, 80, 300).tolist(),
        "zip": random.choice([10, 20, 30, 70], 300).tolist(),
    }
    wanted = [c == "B" or a >= 40 for c, a in zip(table["city"], table["age"], strict=True)]
    frame = request.param(table)
    steps = ColumnTransformer(
        [("c", OneHotEncoder(), ["city", "zip"]), ("a", StandardScaler(), ["age"])]
    )
    network = MLPClassifier((16,), solver="lbfgs", random_state=0, max_iter=300)
    return make_pipeline(steps, network).fit(frame, np.where(wanted, "buys", "no")), frame


def test_a_category_changes_as_a_whole(shops):
    model, frame = shops
    row = raw_rows(frame, "X").pick(np.array([0])).replace(0, ["A"]).replace(1, [25]).table
    found = counterfactual(model, row, frame)
    alone = {a.changes[0].column: a.changes[0] for a in found.alone}
    assert alone["city"].after == "B"
    assert alone["city"].spreads == 1
    assert isinstance(alone["age"].after, int)
    assert 36 <= alone["age"].after <= 44
    for alternative in all_of(found):
        assert model.predict(applied(row, alternative)).tolist() == ["buys"]


def test_numbers_that_are_names_are_swapped_not_moved(shops):
    model, frame = shops
    row = raw_rows(frame, "X").pick(np.array([0])).replace(0, ["A"]).replace(1, [38]).table
    found = counterfactual(model, row, frame, columns=["zip"])
    for alternative in [*all_of(found), found.nearest]:
        for change in alternative.changes:
            assert change.after in (10, 20, 30, 70)
            assert change.spreads == 1


# ---------------------------------------------------------------------- other predictions


def test_a_number_to_reach():
    """ŷ = 3x: from x = 2 (ŷ = 6) to 12 or more takes x = 4; by −3 takes x = 1."""
    X = np.arange(0, 10.5, 0.5).reshape(-1, 1)
    inner = make_pipeline(StandardScaler(), LinearRegression())
    model = TransformedTargetRegressor(inner, transformer=StandardScaler()).fit(X, 3 * X[:, 0])
    found = counterfactual(model, [[2.0]], X, value=11.9)
    assert found.smallest.changes[0].after == 4
    assert found.smallest.value == pytest.approx(12)
    assert found.goal == "be 11.9 or more"
    found = counterfactual(model, [[2.0]], X, change=-2.9)
    assert found.smallest.changes[0].after == 1
    assert not counterfactual(model, [[2.0]], X, value=31.0).found
    assert str(found).startswith("The model predicts 6. What would make it be 3.1 or less?")


def test_several_numbers(fit):
    X = np.random.default_rng(0).normal(size=(100, 2)).round(2)
    model = fit(MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", random_state=0), X, X)
    found = counterfactual(model, X[:1], X, target=1, change=0.5)
    now = model.predict(X[:1])[0, 1]
    for alternative in all_of(found):
        assert model.predict(applied(X[:1], alternative))[0, 1] >= now + 0.5
    with pytest.raises(InputError, match="predicts 2 numbers; say which"):
        counterfactual(model, X[:1], X, change=0.5)


@pytest.mark.parametrize("kind", [LogisticRegression, Perceptron])
def test_several_labels(fit, kind):
    X = np.random.default_rng(0).normal(size=(100, 2)).round(2)
    labels = (X > 0).astype(int)
    model = fit(kind(), X, labels)
    found = counterfactual(model, X[:1], X, target=1)
    before = model.predict(X[:1])[0, 1]
    assert found.now.prediction == bool(before)
    assert found.found
    for alternative in all_of(found):
        assert model.predict(applied(X[:1], alternative))[0, 1] == 1 - before
        assert alternative.prediction == bool(1 - before)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_perceptron(fit, classes):
    X = np.random.default_rng(0).normal(size=(100, 2)).round(2)
    y = (X[:, 0] > 0).astype(int) + ((X[:, 1] > 0) if classes == 3 else 0)
    model = fit(Perceptron(max_iter=20, random_state=0), X, y)
    found = counterfactual(model, X[:1], X)
    assert found.found
    assert found.measure == "z"
    for alternative in all_of(found):
        assert model.predict(applied(X[:1], alternative))[0] == alternative.prediction
        assert alternative.prediction != found.now.prediction


def test_restarts_that_are_averaged(fit):
    X = np.random.default_rng(0).normal(size=(100, 2)).round(2)
    model = MLPClassifier((6,), restarts=2, combine="average", random_state=0, max_iter=30)
    fit(model, X, X[:, 0] > 0)
    found = counterfactual(model, X[:1], X)
    assert model.predict(applied(X[:1], found.smallest))[0] == found.smallest.prediction
    assert found.smallest.prediction != found.now.prediction


def test_where_probabilities_are_flat_the_way_is_still_found(line):
    """A thousand times the weights: σ(z) is 0 to the last digit, but z still has a slope."""
    model, X = line
    found = []
    for scale in (1, 1000):
        steep = LogisticRegression().fit(X, model.predict(X))
        # Without rows on the line itself, where rounding decides.
        steep.coef_, steep.intercept_ = scale * model.coef_, [scale * 9.95]
        found.append(counterfactual(steep, [2.0, 1.0], X))
    assert found[0].together.changes == found[1].together.changes
    assert [a.changes for a in found[0].alone] == [a.changes for a in found[1].alone]


# ---------------------------------------------------------------------- as an object


def test_it_is_plain_data_and_fits_the_terminal(penguins):
    frame, model = penguins
    for number in (0, 3, 250):
        found = counterfactual(model, number, frame)
        plain = json.loads(json.dumps(found.to_dict()))
        assert plain["found"]
        assert plain["alone"][0]["changes"][0]["column"] == found.alone[0].changes[0].column
        text = str(found)
        assert max(map(len, text.splitlines())) <= 80
        assert f"The model predicts {found.now.prediction!r} (probability" in text


def test_dates_are_swapped_for_dates_that_were_seen():
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 12, 31), eager=True)
    frame = pl.DataFrame({"day": days, "n": range(len(days))})
    encoder = make_encoder(describe_columns(frame, kinds={"n": "number"}))
    model = make_pipeline(encoder, LogisticRegression()).fit(frame, days.dt.month() > 6)
    found = counterfactual(model, 0, frame, columns=["day"])
    (change,) = found.smallest.changes if found.found else found.nearest.changes
    assert change.after in days.to_list()
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["nearest"]["changes"][0]["before"] == "2024-01-01"
    assert "2024-01-01 → 2024-" in str(found)
    attributed = json.loads(json.dumps(attribute(model, 0, data=frame).to_dict()))
    assert attributed["cells"][0] == ["2024-01-01", 0]


# ---------------------------------------------------------------------- used wrongly


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x": 344}, "there is no row 344: data have 344 rows, counted from 0 to 343"),
        ({"data": None}, "counterfactual needs data, the rows that say what has been seen"),
        ({"x": slice(0, 2)}, "x has 2 rows; a counterfactual is of one"),
        ({"target": "Emperor"}, "the model knows no class 'Emperor'"),
        ({"target": "Adelie"}, "the model predicts 'Adelie' already; give another target"),
        ({"value": 3.0}, "value and change are for numbers, and this model decides for classes"),
        ({"columns": ["bill"]}, "there is no column 'bill' to change; did you mean 'bill_"),
        ({"columns": []}, "columns is empty, so that nothing may change"),
        ({"x": "row 3"}, "X is 'row 3', not rows of columns"),
    ],
)
def test_bad_input(penguins, given, said):
    frame, model = penguins
    given = {"x": 0, "data": frame, **given}
    if isinstance(given["x"], slice):
        given["x"] = frame[given["x"]]
    with pytest.raises(InputError, match=said) as caught:
        counterfactual(model, given.pop("x"), given.pop("data"), **given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "the model predicts a number: say which to reach, with either value=… or change=…"),
        ({"value": 1.0, "change": 2.0}, "with either value=… or change=…"),
        ({"value": "much"}, "value must be a finite number, not 'much'"),
        ({"change": np.nan}, "change must be a finite number, not nan"),
        ({"change": 0}, "already; give another change"),
        ({"target": "price", "change": 1}, "predicts one number, not 'price'; leave out target"),
    ],
)
def test_bad_goals_of_numbers(given, said):
    X = np.arange(6.0).reshape(-1, 1)
    model = LinearRegression().fit(X, X[:, 0])
    with pytest.raises(InputError, match=said):
        counterfactual(model, 0, X, **given)


def test_bad_models(line):
    _, X = line
    y = X[:, 0] > 15
    other = OtherLogisticRegression().fit(X, y)
    with pytest.raises(InputError, match="counterfactual looks at a network of chainrule"):
        counterfactual(other, 0, X)
    with pytest.raises(NotFittedError, match="this MLPClassifier has none yet"):
        counterfactual(MLPClassifier(), 0, X)
    wrong = X.copy()
    wrong[5, 1] = np.nan
    with pytest.raises(InputError, match="row 5 of X has nan"):
        counterfactual(LogisticRegression().fit(X, y), 0, wrong)


# ---------------------------------------------------------------------- what a number may become


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        # Whole numbers of few values are what they are, or all between.
        ([4, 6, 8], [4, 6, 8]),
        (range(0, 60, 2), range(59)),
        # Tenths; the smallest and largest as they are.
        ([0.5, 0.1, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5]),
        ([1.0, 1.0], [1.0]),
    ],
)
def test_the_steps_of_a_column(seen, wanted):
    np.testing.assert_allclose(_steps(np.array(seen, float)), list(wanted), rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_many_digits_are_cut_into_few_thousand_steps(scale):
    seen = scale * np.random.default_rng(0).random(100)
    steps = _steps(seen)
    assert 1000 < len(steps) <= 20_003
    assert (steps[0], steps[-1]) == (seen.min(), seen.max())
    assert (np.diff(steps) > 0).all()
