"""A short explanation has the numbers of the long one, adds up, and can be worked out again."""

from __future__ import annotations

import json
import math
import re
import warnings
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import polars as pl
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from chainrule import (
    InputError,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    explain,
)
from chainrule.explanation import attribute, in_short
from chainrule.tables import Table, load_example
from chainrule.workflow import TrainSettings, train

ROWS = [0, 5, 60, 130]
NUMBER = r"−?\d[\d.]*(?:e[+−]\d+)?"

SETTINGS = {
    "classes": ("penguins", {"epochs": 3}),
    "two classes": ("moons", {"epochs": 2}),
    "smoothed": ("iris", {"epochs": 3, "label_smoothing": 0.1}),
    "weighted classes": ("iris", {"epochs": 3, "class_weight": "balanced"}),
    "numbers": ("diabetes", {"epochs": 3}),
    "counts": ("diabetes", {"epochs": 3, "loss": "poisson"}),
    "line": ("diabetes", {"solver": "newton"}),
    "logistic": ("penguins", {"solver": "newton"}),
    "perceptron": ("moons", {"model": "perceptron"}),
    "perceptrons": ("penguins", {"model": "perceptron"}),
}


@cache
def trained(name):
    """Return a model, its table without the target, and the answers."""
    example, settings = SETTINGS[name]
    if "solver" not in settings and "model" not in settings:
        settings = {**settings, "hidden_layer_sizes": (12, 6)}
    table = load_example(example)
    model = train(table, TrainSettings(**settings)).model
    target = model.origin.target
    return model, table.frame.drop(target), table.frame[target].to_numpy()


def lines_of(short):
    return [block for block in short._blocks if hasattr(block, "formula")]


@pytest.mark.parametrize("name", SETTINGS)
def test_numbers_are_those_of_the_long_explanation(name):
    model, X, y = trained(name)
    for short in in_short(model, X, y, rows=ROWS):
        found = explain(model, X, y, row=short.row).quantities
        predicted = found["y_hat"].value[0]
        assert short.error == pytest.approx(float(found["data_error"].value), rel=1e-12)
        classes = model.origin.classes
        if classes is None:
            own = model.pipeline.named_steps["network"].transformer_.inverse_transform([predicted])
            assert short.said == pytest.approx(float(own[0, 0]), rel=1e-12)
        elif short.probability is not None:
            place = classes.index(short.said)
            both = predicted if len(predicted) > 1 else np.r_[1 - predicted, predicted]
            assert short.probability == pytest.approx(both[place], rel=1e-9)
        for line in lines_of(short):
            assert line.deviation < 1e-9
        z = found[f"z{sum(q.startswith('z') for q in found)}"].value[0]
        if len(z) > 1:
            for number in re.findall(f"z[¹²³]+[₀-₉]+ = ({NUMBER})", short.text):
                assert np.isclose(value(number), z, rtol=1e-5).any()


@pytest.mark.parametrize("name", SETTINGS)
def test_it_says_what_the_model_says(name):
    model, X, y = trained(name)
    decided = model.pipeline.predict(X)
    for short in in_short(model, X, y, rows=ROWS):
        if model.origin.classes is None:
            assert short.said == pytest.approx(decided[short.row], rel=1e-5)
            assert short.right is None
            gap = re.search(f"({NUMBER}) too (high|low)", short.text)
            sign = 1 if gap[2] == "high" else -1
            assert sign * value(gap[1]) == pytest.approx(short.said - y[short.row], rel=1e-4)
        else:
            assert short.said == decided[short.row]
            assert short.right == (short.said == y[short.row])
            told = " ".join(short.text.split())
            assert ("That is right." in told) == short.right
            assert ("wrong: it is" in told) != short.right
        assert str(short).startswith(f"Row {short.row}: ")
        assert short.text.count("\n") < 13


def value(text):
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_printed_of_the_inputs_adds_up_to_the_digit(name):
    model, X, y = trained(name)
    for short in in_short(model, X, y, rows=ROWS):
        told = " ".join(short.text.split())
        told = told[told.index("From ") :]
        start, end = re.search(
            f"({NUMBER}) for the average of [\\d,]+ rows to ({NUMBER}):", told
        ).groups()
        parts = re.findall(r"(?<=[:,] )[+−][\d.]+(?= )", told)
        assert 1 <= len(short.movers) <= 4
        assert len(parts) == len(short.movers) + bool(short.other_count)
        decimals = len(start.partition(".")[2])
        total = value(start) + math.fsum(map(value, parts))
        assert round(total, decimals) == value(end)
        for part, mover in zip(parts, short.movers, strict=False):
            assert value(part) == pytest.approx(mover.part, abs=10.0**-decimals)
        gained = short.prediction - short.baseline_prediction
        whole = math.fsum(m.part for m in short.movers) + short.others
        assert whole == pytest.approx(gained, rel=2e-3)


def test_the_columns_are_those_with_the_largest_integrated_gradients():
    model, X, y = trained("classes")
    short = in_short(model, X, y, row=60)
    found = attribute(model, 60, data=X)
    parts = dict(zip(found.columns.group_names, found.by_column()[0], strict=True))
    first = sorted(parts, key=lambda name: -abs(parts[name]))[: len(short.movers)]
    assert [m.column for m in short.movers] == first
    assert [m.cell for m in short.movers] == [X[name][60] for name in first]
    assert short.others == pytest.approx(sum(v for n, v in parts.items() if n not in first))
    assert short.other_count == len(parts) - len(first)


def test_a_calculator_comes_to_what_is_printed():
    model, X, y = trained("two classes")
    text = in_short(model, X, y, row=5).text
    z = value(re.search(rf"z³ = [^=]*= ({NUMBER})", text)[1])
    exponent, p = re.search(rf"1/\(1 \+ e\^\(({NUMBER})\)\) = ({NUMBER})", text).groups()
    assert value(exponent) == -z
    assert 1 / (1 + math.exp(-z)) == pytest.approx(value(p), rel=2e-5)
    inside, error = re.search(rf"E = −ln\(([^)]*)\) = ({NUMBER})", text).groups()
    right = 1 - value(p) if inside.startswith("1 − ") else value(p)
    assert -math.log(right) == pytest.approx(value(error), rel=1e-4)
    model, X, y = trained("numbers")
    text = in_short(model, X, y, row=5).text
    mean, scale, own, end = re.search(
        rf"units: ({NUMBER}) \+ ({NUMBER})·\(?({NUMBER})\)? = ({NUMBER})\.", text
    ).groups()
    assert value(mean) + value(scale) * value(own) == pytest.approx(value(end), rel=1e-5)
    scaled = value(re.search(rf"\(y = [^=]*= ({NUMBER})\)", text)[1])
    error = value(re.search(rf"E = [^=]*= ({NUMBER})", text)[1])
    assert 0.5 * (scaled - value(own)) ** 2 == pytest.approx(error, rel=1e-4)


def test_rows_together_are_the_rows_alone():
    model, X, y = trained("classes")
    together = in_short(model, X, y, rows=ROWS)
    assert [short.text for short in together] == [in_short(model, X, y, row=r).text for r in ROWS]
    named = in_short(model, X, y, rows=ROWS, labels=[8, 9, 10, 11])
    assert [short.row for short in named] == [8, 9, 10, 11]
    assert named[3].text.startswith("Row 11: ")


def test_without_answers_there_is_no_error():
    for name in ("classes", "numbers", "perceptron"):
        model, X, _ = trained(name)
        short = in_short(model, X, row=3)
        assert short.error is short.answer is short.right is None
        assert "E = " not in short.text
        assert "right" not in short.text


@pytest.mark.parametrize("name", SETTINGS)
def test_as_data_and_as_html(name):
    model, X, y = trained(name)
    short = in_short(model, X, y, row=60)
    plain = json.loads(json.dumps(short.to_dict(), allow_nan=False))
    assert plain["row"] == 60
    assert plain["error"] == short.error
    assert [m["column"] for m in plain["movers"]] == [m.column for m in short.movers]
    assert plain["blocks"][0]["text"] in " ".join(short.text.split())
    element = ET.fromstring(short.to_html(styled=False))  # noqa: S314 (our own)
    assert len(element.findall(".//math")) >= 1
    assert "<style>" in short._repr_html_()
    assert "<style>" not in short.to_html(styled=False)


def test_what_a_column_is_called_stays_text():
    hostile = "<script>alert(1)</script> $x$ \n and so on, for longer than anyone reads"
    y = ["<i>", "ok", "<i>", "ok"] * 6
    frame = pl.DataFrame({hostile: ["<b>", "&", "<b>", "&"] * 6, "b": range(24), "y": y})
    model = train(Table(frame, "t", None, "y", ""), TrainSettings(epochs=2)).model
    short = in_short(model, frame, y, row=0)
    page = short.to_html()
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;" in page
    assert max(map(len, short.text.splitlines())) <= 80


# ---------------------------------------------------------------------- other models


def rows_of_three():
    X = np.random.default_rng(0).normal(size=(60, 3))
    return X, (X[:, 0] + X[:, 1] > 0).astype(int), 3 * X[:, 0] - X[:, 2] + 10


def test_a_line_is_worked_out_by_hand():
    # ŷ = 2x₁ − x₂ + 1; the average row (1, 1) has 2, the row (3, 1) has 6, all of it by x₁.
    X = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 1.0], [0.0, 3.0]])
    model = LinearRegression(alpha=0.0).fit(X, 2 * X[:, 0] - X[:, 1] + 1)
    short = in_short(model, X, [1.0, 3.0, 7.0, -2.0], row=2)
    assert short.said == pytest.approx(6)
    assert short.baseline_prediction == pytest.approx(2)
    assert [(m.column, m.cell) for m in short.movers] == [("X[:, 0]", 3.0)]
    assert short.movers[0].part == pytest.approx(4)
    assert short.others == pytest.approx(0, abs=1e-9)
    assert short.error == pytest.approx(0.5)
    assert "where 7 is right" in short.text
    assert "+4.00 X[:, 0] = 3, +0.00 the other column" in " ".join(short.text.split())


def test_averaged_networks():
    X, y, numbers = rows_of_three()
    common = {"max_iter": 3, "restarts": 5, "combine": "average", "random_state": 0}
    common |= {"hidden_layer_sizes": (4,)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier = MLPClassifier(**common).fit(X, y)
        scaled = TransformedTargetRegressor(MLPRegressor(**common), transformer=StandardScaler())
        scaled.fit(X, numbers)
    for row in range(6):
        short = in_short(classifier, X, y, row=row)
        probabilities = classifier.predict_proba(X[[row]])[0]
        assert short.probability == pytest.approx(probabilities.max(), rel=1e-5)
        assert short.error == pytest.approx(-math.log(probabilities[y[row]]), rel=1e-4)
        assert "average of what 5 networks say" in short.text
        short = in_short(scaled, X, numbers, row=row)
        assert short.said == pytest.approx(scaled.predict(X[[row]])[0], rel=1e-5)
        error = 0.5 * ((short.said - numbers[row]) / numbers.std()) ** 2
        assert short.error == pytest.approx(error, rel=1e-6)
        assert all(line.deviation < 1e-9 for line in lines_of(short))


def test_columns_that_are_mixed_have_no_cell():
    X, y, _ = rows_of_three()
    model = make_pipeline(PCA(2), LogisticRegression()).fit(X, y)
    short = in_short(model, X, y, row=0)
    assert [mover.mixed for mover in short.movers] == [True]
    assert "X[:, 0] × X[:, 1] × X[:, 2], mixed" in " ".join(short.text.split())


@pytest.mark.parametrize("transformer", [MinMaxScaler(), None])
def test_other_ways_of_scaling_the_target(transformer):
    X, _, numbers = rows_of_three()
    given = (
        {"transformer": transformer} if transformer else {"func": np.log, "inverse_func": np.exp}
    )
    model = TransformedTargetRegressor(LinearRegression(), **given).fit(X, numbers)
    short = in_short(model, X, numbers, row=4)
    assert short.said == pytest.approx(model.predict(X[[4]])[0])
    assert "In the target's own units" in short.text
    assert "to the network" in short.text


def test_a_hidden_layer_of_steps_is_not_followed():
    X, y, _ = rows_of_three()
    model = MLPClassifier((3,), activation="step").initialize(X, y)
    short = in_short(model, X, y, row=0)
    assert short.movers == ()
    assert "has no slope" in short.text
    json.dumps(short.to_dict(), allow_nan=False)


def test_a_single_row_is_compared_with_nothing():
    X, y, _ = rows_of_three()
    model = LogisticRegression().fit(X, y)
    short = in_short(model, X[:1], y[:1], row=0)
    assert short.baseline_is == "all inputs 0"
    assert "for all inputs 0 to" in short.text
    compared = in_short(model, X[:1], y[:1], row=0, data=X)
    assert compared.text == in_short(model, X, y, row=0).text


def test_the_average_row_is_moved_by_nothing():
    X = np.array([[-1.0, 2.0], [0.0, 0.0], [1.0, -2.0]])
    model = LogisticRegression().fit(X, [0, 1, 1])
    short = in_short(model, X, row=1)
    assert short.movers == ()
    assert "+0.000 all 2 other columns" in short.text


def test_large_and_tiny_numbers():
    X, _, numbers = rows_of_three()
    for scale in (1e-8, 1e8, 1e15):
        model = TransformedTargetRegressor(LinearRegression(), transformer=StandardScaler())
        model.fit(X, scale * numbers)
        short = in_short(model, X, scale * numbers, row=0)
        assert short.said == pytest.approx(scale * numbers[0], rel=0.1)
        assert max(map(len, short.text.splitlines())) <= 80


def test_parts_that_could_not_be_found_exactly_are_called_rough():
    X, y, _ = rows_of_three()
    model = LogisticRegression().fit(X, y)
    assert "rough" in in_short(model, X * 1e300, row=2).text
    assert "rough" not in in_short(model, X, row=2).text


# ---------------------------------------------------------------------- misuse


def test_misuse_is_told_in_a_sentence():
    X, y, numbers = rows_of_three()
    model = LogisticRegression().fit(X, y)
    several = LinearRegression().fit(X, np.column_stack([numbers, numbers]))
    labels = MLPClassifier((3,)).initialize(X, np.column_stack([y, 1 - y]))
    for given, said in [
        ((model, X, y, {}), "takes row=17 for one row"),
        ((model, X, y, {"row": 1, "rows": [2]}), "takes row=17 for one row"),
        ((model, X, y, {"row": 60}), "there is no row 60: the table has 60"),
        ((model, X, y, {"rows": []}), "give the number of a row"),
        ((model, X, y[:5], {"row": 0}), "y has 5"),
        ((model, X, ["no"] * 60, {"row": 0}), "none of the network's classes"),
        ((model, X, y, {"row": 0, "digits": 1}), "2 to 17 digits"),
        ((several, X, None, {"row": 0}), "several numbers for a row"),
        ((labels, X, None, {"row": 0}), "several labels for a row"),
        ((object(), X, y, {"row": 0}), "in_short looks at a network of chainrule"),
    ]:
        *arguments, how = given
        with pytest.raises(InputError, match=re.escape(said)):
            in_short(*arguments, **how)
    with pytest.raises(ValueError, match="has none yet"):
        in_short(Perceptron(), X, y, row=0)
