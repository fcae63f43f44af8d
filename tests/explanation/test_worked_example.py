"""Worked examples: the curriculum's numbers, every line recomputed, every kind of network."""

import copy
import json
import re

import numpy as np
import pandas as pd
import printed_lines
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression as ScikitLinear
from sklearn.metrics import log_loss, mean_poisson_deviance
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chainrule import (
    InputError,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    explain,
)
from chainrule.explanation import WorkedExample
from chainrule.explanation.worked._arithmetic import Ref
from chainrule.explanation.worked._curves import h_of_z, slope
from chainrule.explanation.worked._notation import Symbol
from chainrule.mathematics import ACTIVATIONS
from chainrule.network.passes import feedforward

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(60, 5))
TWO = (X[:, 0] + X[:, 1] > 0).astype(int)
THREE = np.array(list("abc"))[RANDOM.randint(0, 3, 60)]
LABELS = RANDOM.randint(0, 2, (60, 4))
NUMBER = X[:, 0] * 2 + 1
NUMBERS = np.c_[NUMBER, X[:, 1]]
COUNT = RANDOM.poisson(2, 60).astype(float)
WEIGHTS = RANDOM.uniform(0.1, 3, 60)


def small(**settings):
    return MLPClassifier(
        **{"hidden_layer_sizes": (7, 4), "random_state": 0, "max_iter": 3} | settings
    )


def regressor(**settings):
    return MLPRegressor(hidden_layer_sizes=(7,), random_state=0, max_iter=3, **settings)


def value(example, name):
    return example.quantities[name].value


# ------------------------------------------------------------------ the curriculum's numbers


def test_the_worked_network(worked):
    example = explain(worked(), [1.0, 2.0], 1)
    for name, numbers in {
        "z1": [[0.95, 0.3]],
        "h1": [[0.721115, 0.574443]],
        "z2": [[0.345448]],
        "y_hat": [[0.585513]],
        "E": 0.535266,
        "delta2": [[-0.414487]],
        "dE/dW2": [[-0.298893], [-0.238099]],
        "delta1": [[-0.050014, 0.050662]],
        "dE/dW1": [[-0.050014, 0.050662], [-0.100028, 0.101325]],
        "dE/db1": [-0.050014, 0.050662],
    }.items():
        np.testing.assert_allclose(value(example, name), numbers, atol=5e-7, err_msg=name)
    text = str(example)
    for line in (
        "z¹₁ = x₁·W¹₁,₁ + x₂·W¹₂,₁ + b¹₁ = 1·0.1 + 2·0.4 + 0.05 = 0.95",
        "h¹₁ = 1/(1 + e^(−z¹₁)) = 1/(1 + e^(−0.95)) = 0.721115",
        "ŷ = 1/(1 + e^(−z²)) = 1/(1 + e^(−0.345448)) = 0.585513",
        "= −1·ln(0.585513) − (1 − 1)·ln(1 − 0.585513) = 0.535266",
        "δ² = ∂E/∂ŷ·∂ŷ/∂z² = −1.7079·0.242687 = −0.414487",
        "∂E/∂W²₁,₁ = h¹₁·δ² = 0.721115·(−0.414487) = −0.298893",
        "δ¹₁ = ∂E/∂h¹₁·∂h¹₁/∂z¹₁ = −0.248692·0.201108 = −0.050014",
        "∂E/∂W¹₂,₂ = x₂·δ¹₂ = 2·0.0506624 = 0.101325",
        "W¹₁,₁′ = W¹₁,₁ − α·∂E/∂W¹₁,₁ = 0.1 − 0.5·(−0.050014) = 0.125007",
    ):
        assert line in text


def test_the_whole_chain_for_one_weight_is_one_line(worked):
    # ∂E/∂ŷ · ∂ŷ/∂z² · W² · ∂h/∂z · x, all of whose factors stand above it.
    (line,) = [
        line
        for step in explain(worked(), [1.0, 2.0], 1).steps
        for line in step.lines
        if line.remark == "the whole chain"
    ]
    assert len(line.formula.parts()) == 5
    assert line.number == pytest.approx(0.101325, abs=5e-7)


def test_combining_two_linear_models():
    # Curriculum 4.1: 7 · 0.7 + 5 · 0.8 − 6 = 2.9 → 0.947846.
    model = LogisticRegression(solver="gd").initialize([[0.7, 0.8], [0.1, 0.2]], [0, 1])
    model.coef_, model.intercept_ = [[7.0, 5.0]], [-6.0]
    text = str(explain(model, [0.7, 0.8]))
    assert "= 0.7·7 + 0.8·5 − 6 = 2.9" in text
    assert "= 0.947846" in text


def test_linear_regression_by_a_neuron():
    # Curriculum 2.5: E = ½(y − ŷ)², ∂E/∂w = −(y − ŷ)x, ∂E/∂b = −(y − ŷ).
    model = LinearRegression().fit(X, NUMBER + X[:, 2] ** 2)
    assert model.coef_ == pytest.approx(ScikitLinear().fit(X, NUMBER + X[:, 2] ** 2).coef_)
    example = explain(model, X, NUMBER, row=4)
    error = value(example, "y_hat")[0, 0] - NUMBER[4]
    assert value(example, "E") == pytest.approx(error**2 / 2)
    np.testing.assert_allclose(value(example, "dE/dW1")[:, 0], error * X[4])
    np.testing.assert_allclose(value(example, "dE/db1"), [error])


def test_logistic_regression_moves_by_the_error_times_the_input():
    # Curriculum 2.6: W ← W + α(y − ŷ)x.
    model = LogisticRegression(solver="gd", alpha=0.0, learning_rate_init=0.1, max_iter=5)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(X, TWO)
    example = explain(model, X, TWO, row=7)
    moved = 0.1 * (TWO[7] - value(example, "y_hat")[0, 0]) * X[7]
    old, new = value(example, "W1"), value(example, "W1_new")
    np.testing.assert_allclose((new - old)[:, 0], moved, rtol=1e-12)


# ------------------------------------------------------------------ every kind of network

ROWS = {
    "one row": {"row": 3},
    "one row in full": {"row": 2, "full": True},
    "a small batch": {"row": [1, 5, 7]},
    "a weighted batch": {"row": range(20), "sample_weight": WEIGHTS},
}
NETWORKS = {
    **{
        f"activation {name}": (small(activation=name), TWO) for name in ACTIVATIONS if name != "exp"
    },
    **{
        f"solver {name}": (small(solver=name, hidden_layer_sizes=(7, 7)), TWO)
        for name in (
            *("gd", "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "nadam", "muon"),
            "lbfgs",
        )
    },
    "clipped": (small(clip_norm=0.01), TWO),
    "limited": (small(max_norm=0.3, l1=0.01, clip_norm=0.1), TWO),
    "limited, plain": (small(solver="sgd", max_norm=0.3, l1=0.01), TWO),
    "l1 with rmsprop": (small(solver="rmsprop", l1=0.01), TWO),
    "smoothed": (small(label_smoothing=0.1), TWO),
    "disturbed": (small(dropout=0.3, input_noise=0.1, input_dropout=0.1), TWO),
    "weighted classes": (small(class_weight={0: 1, 1: 3}), TWO),
    "early stopping": (small(early_stopping=True), TWO),
    "restarts": (small(restarts=3), TWO),
    "average of restarts": (small(restarts=2, combine="average"), TWO),
    "deep": (small(hidden_layer_sizes=(3, 3, 3, 3, 3)), TWO),
    "three classes": (small(hidden_layer_sizes=(9,)), THREE),
    "three classes, softmax hidden": (small(activation="softmax"), THREE),
    "three classes, smoothed": (small(label_smoothing=0.2), THREE),
    "several labels": (small(), LABELS),
    "a number": (regressor(), NUMBER),
    "two numbers": (regressor(activation="tanh"), NUMBERS),
    "a count": (regressor(loss="poisson"), COUNT),
    "perceptron": (Perceptron(max_iter=20), TWO),
    "perceptron of three": (Perceptron(max_iter=20), THREE),
    "logistic": (LogisticRegression(), TWO),
    "logistic of three": (LogisticRegression(alpha=0.1), THREE),
    "linear": (LinearRegression(alpha=0.1), NUMBER),
}


@pytest.mark.filterwarnings("ignore")  # a few epochs do not converge
@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_line_can_be_recomputed_from_what_is_printed_above_it(name, rows):
    model, y = NETWORKS[name]
    if not hasattr(model, "coefs_"):
        model.fit(X, y)
    example = explain(model, X, y, **rows)
    text = str(example)
    assert printed_lines.check(text) == example.checks.lines > 5
    assert max(map(len, text.split("\n"))) <= 80
    checks = example.checks
    assert checks.lines_deviation < 1e-12
    assert checks.slopes > 1
    assert checks.slopes_deviation < 1e-6
    assert checks.float_type == "float64"
    scale = max(1.0, float(np.abs(value(example, "E"))))
    assert checks.prediction < 1e-12 * scale
    assert checks.error < 1e-12 * scale
    assert checks.gradient < 1e-12 * scale
    assert checks.parameters < 1e-12 * scale


def test_in_single_precision_the_kernels_differ_by_its_digits():
    model = small(hidden_layer_sizes=(30,))
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(X.astype(np.float32), TWO)
    example = explain(model, X, TWO, row=3)
    assert example.checks.float_type == "float32"
    assert example.checks.lines_deviation < 1e-12
    for found in (example.checks.prediction, example.checks.error, example.checks.gradient):
        assert 0 < found < 1e-5
    assert "float32, differs at most by" in " ".join(str(example).split())


# ------------------------------------------------------------------ other ways to the same numbers


def probabilities(model, row):
    return model.predict_proba(X[row : row + 1])


@pytest.mark.filterwarnings("ignore")
def test_the_error_is_what_scikit_learn_calls_it():
    for y in (TWO, THREE):
        model = small(alpha=0.0).fit(X, y)
        example = explain(model, X, y, row=range(60), sample_weight=WEIGHTS)
        expected = log_loss(y, model.predict_proba(X), sample_weight=WEIGHTS)
        assert value(example, "E") == pytest.approx(expected, rel=1e-12)
    model = regressor(alpha=0.0, loss="poisson").fit(X, COUNT)
    example = explain(model, X, COUNT)
    expected = mean_poisson_deviance(COUNT, model.predict(X)) / 2
    assert value(example, "E") == pytest.approx(expected, rel=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("solver", ["sgd", "adam", "nadam", "muon"])
def test_the_update_is_the_next_step_of_the_training(solver):
    model = small(solver=solver, hidden_layer_sizes=(7, 7), max_norm=1.0).fit(X, THREE)
    before = [w.copy() for w in model.coefs_]
    example = explain(model, X, THREE, row=[4, 9])
    again = explain(model, X, THREE, row=[4, 9])
    assert str(example) == str(again)  # and nothing of the model was touched
    for w, old in zip(model.coefs_, before, strict=True):
        np.testing.assert_array_equal(w, old)
    record = model.step(X[[4, 9]], THREE[[4, 9]])
    for i, (new, slopes) in enumerate(zip(record.coefs_after, record.coef_gradients, strict=True)):
        np.testing.assert_allclose(value(example, f"W{i + 1}_new"), new, rtol=1e-10)
        np.testing.assert_allclose(value(example, f"dE/dW{i + 1}"), slopes, atol=1e-14)
    assert value(example, "E") == pytest.approx(record.loss, rel=1e-12)
    assert value(example, "E_new") == pytest.approx(record.loss_after, rel=1e-12)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "softmax"])
@pytest.mark.parametrize("z", [-40.0, -6.0, -0.7, 0.0, 0.7, 6.0, 40.0])
def test_formulas_of_activations_are_the_engines(name, z):
    record = ACTIVATIONS[name]
    h = float(record.value(np.array([z]))[0])
    symbols = Ref(Symbol("z"), z), Ref(Symbol("h"), h)
    tolerance = {"rel": 1e-12, "abs": 1e-15}
    assert h_of_z(name, symbols[0]).value() == pytest.approx(h, **tolerance)
    derivative = float(record.derivative(np.array([z]))[0])
    assert slope(name, *symbols).value() == pytest.approx(derivative, **tolerance)


def test_quantities_have_names_and_the_shapes_of_the_passes(worked):
    model = worked()
    example = explain(model, [[1.0, 2.0], [0.5, 0.0], [3.0, 1.0]], [1, 0, 1])
    trace = feedforward(
        model._network, model._flatten(model._network, np.float64), value(example, "x")
    )
    np.testing.assert_array_equal(value(example, "h1"), trace.h[0])
    shapes = {name: quantity.value.shape for name, quantity in example.quantities.items()}
    assert shapes["z1"] == shapes["delta1"] == shapes["dE/dh1"] == (3, 2)
    assert shapes["W2"] == shapes["dE/dW2"] == shapes["W2_new"] == shapes["W2_first"] == (2, 1)
    assert shapes["E"] == ()
    assert shapes["dE/dx"] == (3, 2)


# ------------------------------------------------------------------ the reader itself


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("0.4 + 0.05 = 0.95", "0.4 + 0.05 = 0.951"),  # a wrong result
        ("1·0.1 + 2·0.4", "1·0.1 + 2·0.5"),  # a weight that is none
        ("δ¹₁ = ∂E/∂h¹₁·∂h¹₁/∂z¹₁ = −0.248692", "δ¹₁ = ∂E/∂h¹₁·∂h¹₁/∂z¹₁ = −0.248792"),
        ("   h¹₁ = 1/(1 + e^(−z¹₁))", "   h¹₁ = 1/(1 + e^(−z¹₂))"),  # another's number
        ("   z¹₂ = ", "   what = "),  # a number that is used but told nowhere
    ],
)
def test_a_wrong_digit_is_found(right, wrong, worked):
    text = str(explain(worked(), [1.0, 2.0], 1))
    assert text.count(right) == 1
    printed_lines.check(text)
    with pytest.raises(AssertionError):
        printed_lines.check(text.replace(right, wrong))


# ------------------------------------------------------------------ wide networks


@pytest.mark.filterwarnings("ignore")
def test_a_wide_network_is_folded_and_can_be_unfolded():
    digits = load_digits()
    rows = np.kron(digits.images[:200], np.ones((1, 3, 3)))[:, :, :].reshape(200, -1) / 16
    rows = np.pad(rows, ((0, 0), (0, 784 - rows.shape[1])))
    model = MLPClassifier((256,), max_iter=2, random_state=0).fit(rows, digits.target[:200])
    text = str(explain(model, rows, digits.target[:200], row=5))
    assert text.count("\n") < 200
    assert printed_lines.check(text) > 40
    assert re.search(r"\[781 more\]", text)
    few = MLPClassifier((8,), max_iter=2, random_state=0).fit(X, TWO)
    short, whole = (str(explain(few, X, TWO, row=5, full=full)) for full in (False, True))
    assert "[5 more]" in short
    assert "more]" not in whole
    assert "W¹₅,₈′ = W¹₅,₈ − a·" in whole


# ------------------------------------------------------------------ from a person's own table


@pytest.fixture
def table():
    rows = {
        "weight <kg>": RANDOM.normal(70, 9, 60).round(1),
        "color": np.array(["red", "green", "blue"])[RANDOM.randint(0, 3, 60)],
    }
    return pd.DataFrame(rows)


@pytest.mark.filterwarnings("ignore")
def test_a_pipeline_is_explained_from_the_raw_row(table):
    encoder = ColumnTransformer(
        [("n", StandardScaler(), ["weight <kg>"]), ("c", OneHotEncoder(), ["color"])]
    )
    y = np.where(table["color"] == "red", "yes", "no")
    pipeline = make_pipeline(encoder, small()).fit(table, y)
    text = str(explain(pipeline, table, y, row=11))
    assert re.search(rf"weight <kg> +{table['weight <kg>'][11]:g}\n", text)
    assert re.search(rf"color +{table['color'][11]}\n", text)
    assert re.search(rf"x[₁₂₃₄] +c__color_{table['color'][11]} +1\n", text)
    assert f"The answer is {y[11]}: the prediction is " in text
    one = explain(pipeline, table.iloc[[11]], y[11])
    assert value(one, "E") == value(explain(pipeline, table, y, row=11), "E")


@pytest.mark.filterwarnings("ignore")
def test_a_scaled_target_is_told_in_its_own_units():
    price = 1000 * NUMBER + 5000
    model = TransformedTargetRegressor(regressor(), transformer=StandardScaler()).fit(X, price)
    example = explain(model, X, price, row=3)
    scaled = (price[3] - price.mean()) / price.std()
    assert value(example, "y")[0, 0] == pytest.approx(scaled)
    told = float(re.search(r"which is (\S+) in the target's own units", str(example))[1])
    assert told == pytest.approx(model.predict(X[3:4])[0], rel=1e-5)


def test_without_an_answer_only_the_feedforward_is_told(worked):
    example = explain(worked(), [1.0, 2.0])
    assert [step.title[:2] for step in example.steps] == ["1.", "Ch"]
    assert "E" not in example.quantities
    assert "slopes" not in str(example)


def test_several_ways_to_give_a_row_are_the_same(worked):
    model = worked()
    texts = {
        str(explain(model, rows, y, **row))
        for rows, y, row in (
            ([1.0, 2.0], 1, {}),
            ([[1.0, 2.0]], [1], {}),
            (np.array([[9.0, 9.0], [1.0, 2.0]]), [0, 1], {"row": 1, "labels": [0]}),
            (np.array([[9.0, 9.0], [1.0, 2.0]]), 1, {"row": 1, "labels": [0]}),
        )
    }
    assert len(texts) == 1


def test_more_digits_are_shown_on_request(worked):
    assert "0.7211151780229" in str(explain(worked(), [1.0, 2.0], 1, digits=13))


# ------------------------------------------------------------------ as data and Markdown


def test_plain_data_is_json_and_complete(worked):
    example = explain(worked(), [1.0, 2.0], 1)
    plain = json.loads(example.to_json())
    assert plain["quantities"]["W1"]["shape"] == [2, 2]
    assert plain["quantities"]["y_hat"]["value"][0][0] == value(example, "y_hat")[0, 0]
    lines = [b for step in plain["steps"] for b in step["blocks"] if b["kind"] == "line"]
    assert len(lines) == plain["checks"]["lines"] == example.checks.lines
    assert lines[0]["symbol"] == "z¹₁"
    assert lines[0]["value"] == pytest.approx(0.95)
    assert (
        lines[0]["numbers"]
        == "1·0.10000000000000001 + 2·0.40000000000000002 + 0.050000000000000003"
    )


def test_markdown_has_a_formula_for_each_line(worked):
    example = explain(worked(), [1.0, 2.0], 1)
    text = example.to_markdown()
    assert text.count("$$") % 2 == 0
    assert (
        r"z^{(1)}_{1} = x_{1} \cdot W^{(1)}_{1,1} + x_{2} \cdot W^{(1)}_{2,1} + b^{(1)}_{1}" in text
    )
    assert text.count("$$") // 2 > example.checks.lines
    assert text.startswith("# Row 0 through a network of 2–2–1 nodes")


def test_names_are_text_in_markdown(table):
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model = small().fit(table[["weight <kg>"]].rename(columns=lambda _: "<script>|*x*"), TWO)
    named = table[["weight <kg>"]].rename(columns=lambda _: "<script>|*x*")
    assert r"\<script\>\|\*x\*" in explain(model, named, TWO, row=1).to_markdown()


# ------------------------------------------------------------------ what cannot be explained


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"row": 60}, "there is no row 60: the table has 60, numbered 0 to 59"),
        ({"row": -1}, "there is no row -1"),
        ({"row": 1.5}, "row is 1.5; give the number of a row"),
        ({"row": []}, r"row is \[\]; give the number"),
        ({"y": np.where(TWO, 7, 0), "row": 0}, "y has 7, which is none of the network's classes"),
        ({"y": TWO[:5], "row": 0}, "X has 60 rows but y has 5"),
        ({"X": X[:, :3], "row": 0}, "3 features"),
        ({"X": np.where(X > 2, np.nan, X)}, r"row \d+ of X has nan in column \d"),
        ({"X": None}, "explain needs rows"),
        ({"X": "penguins.csv"}, "explain needs rows"),
        ({"X": X[:0], "y": TWO[:0]}, "no rows"),
        ({"model": ScikitLinear()}, "explain looks at a network of chainrule"),
        ({"model": MLPClassifier}, "not at the class MLPClassifier"),
        ({"digits": 1}, "digits=1: a double has 2 to 17 digits"),
        ({"sample_weight": -WEIGHTS}, "sample_weight must be one number for each row"),
    ],
)
def test_what_cannot_be_explained_is_saidin_one_sentence(change, message):
    model = LogisticRegression(solver="gd").initialize(X, TWO)
    asked = {"model": model, "X": X, "y": TWO} | change
    with pytest.raises(InputError, match=message) as caught:
        explain(asked.pop("model"), asked.pop("X"), asked.pop("y"), **asked)
    assert "\n" not in str(caught.value)


def test_an_untrained_network_may_be_explained_but_not_one_without_weights():
    with pytest.raises(NotFittedError, match="explain looks at weights"):
        explain(small(), X, TWO)
    example = explain(small().initialize(X, TWO), X, TWO, row=0)
    assert isinstance(example, WorkedExample)
    assert "A first step of adam" in str(example)


def test_numbers_beyond_a_doubles_range_are_told_as_they_are():
    model = LogisticRegression(solver="gd").initialize(X, TWO)
    model.coef_ = np.full((1, 5), 1e4)
    for row in (0, 1, 2, 3):
        example = explain(model, np.sign(X), TWO, row=row)
        assert example.checks.lines_deviation < 1e-12
        assert printed_lines.check(str(example)) > 5


@pytest.mark.parametrize("schedule", ["exponential", "inverse_time", "step", "cosine"])
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_the_rate_is_that_of_the_next_step(schedule):
    # Once it was that of a first epoch, however long the network had been trained.
    model = small(solver="sgd", learning_rate=schedule, learning_rate_init=0.1, max_iter=12)
    model.fit(X, TWO)
    example = explain(model, X[0], TWO[0])
    step = copy.deepcopy(model).step(X[:1], TWO[:1])
    assert value(example, "learning_rate") == step.learning_rate < 0.1
    np.testing.assert_allclose(value(example, "W1_new"), step.coefs_after[0], rtol=1e-12)
