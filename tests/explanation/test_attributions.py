"""Attributions: gradients by three oracles, integrated gradients that sum to the whole."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.special import expit
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
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
from chainrule.explanation import attribute
from chainrule.explanation.inputs._path import integrate_path
from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS
from chainrule.tables import load_table
from chainrule.workflow import TrainSettings, load_model, save_model, train

SLOPED = [name for name in HIDDEN_ACTIVATIONS if name != "step"]


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 4))
    return X, (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.3)


def numerical_slope(f, x, step=1e-6):
    """Central differences of f at each row of x."""
    slopes = np.empty_like(x)
    for i in range(x.shape[1]):
        up, down = x.copy(), x.copy()
        up[:, i] += step
        down[:, i] -= step
        slopes[:, i] = (f(up) - f(down)) / (2 * step)
    return slopes


# ---------------------------------------------------------------------- gradients


@pytest.mark.parametrize("activation", SLOPED)
def test_gradients_are_those_of_finite_differences(rows, fit, activation):
    X, y = rows
    model = fit(MLPClassifier((6, 5), activation=activation, random_state=0, max_iter=5), X, y)
    for place, label in enumerate(model.classes_):
        found = attribute(model, X[:5], target=label)
        wanted = numerical_slope(lambda x, p=place: model.predict_proba(x)[:, p], X[:5])
        np.testing.assert_allclose(found.gradient, wanted, rtol=1e-5, atol=1e-8)


def test_gradients_are_those_of_jax(rows, fit):
    X, y = rows
    model = fit(MLPClassifier((7, 5), activation="tanh", random_state=0, max_iter=20), X, y)

    def probability(x, place):
        for w, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
            x = jnp.tanh(x @ w + b)
        z = x @ model.coefs_[-1] + model.intercepts_[-1]
        return jax.nn.softmax(z)[place]

    with jax.enable_x64(True):
        for place, label in enumerate(model.classes_):
            wanted = jax.vmap(jax.grad(probability), (0, None))(jnp.asarray(X), place)
            found = attribute(model, X, target=label).gradient
            np.testing.assert_allclose(found, np.asarray(wanted), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("label", ["no", "yes"])
@pytest.mark.parametrize("of", ["prediction", "logit"])
def test_two_classes_by_hand(label, of):
    """One neuron: ∂σ(z)/∂x = σ(z)(1 − σ(z)) w for "yes", its opposite for "no"."""
    model = LogisticRegression().fit([[0.0, 1.0], [1.0, 0.0]], ["no", "yes"])
    model.coef_, model.intercept_ = [[2.0, -1.0]], [0.5]
    sign, z = (1 if label == "yes" else -1), 2.0 * 0.3 - 1.0 * 0.7 + 0.5
    slope = expit(z) * (1 - expit(z)) if of == "prediction" else 1
    found = attribute(model, [[0.3, 0.7]], target=label, of=of)
    np.testing.assert_allclose(found.gradient, [[sign * slope * 2, sign * slope * -1]], rtol=1e-12)
    value = expit(sign * z) if of == "prediction" else sign * z
    assert found.prediction[0] == pytest.approx(value, rel=1e-12)


# ---------------------------------------------------------------------- integrated gradients


def test_a_line_by_hand():
    """For ŷ = 2x₁ − 3x₂ + 1 every part is w(x − b), exactly: 2 · (4 − 1) = 6, −3 · (1 − 2) = 3."""
    model = LinearRegression().fit([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [1.0, 3.0, -2.0])
    model.coef_, model.intercept_ = [2.0, -3.0], 1.0
    found = attribute(model, [[4.0, 1.0]], baseline=[1.0, 2.0])
    np.testing.assert_allclose(found.integrated_gradients, [[6, 3]], rtol=1e-14)
    np.testing.assert_allclose(found.gradient_times_input, [[6, 3]], rtol=1e-14)
    assert found.prediction[0] - found.baseline_prediction[0] == pytest.approx(9)
    # With a baseline of 0 it is the classic gradient × input: 2 · 4, −3 · 1.
    classic = attribute(model, [[4.0, 1.0]])
    np.testing.assert_allclose(classic.gradient_times_input, [[8, -3]], rtol=1e-14)
    assert "all inputs 0" in str(classic)


def test_a_kink_by_hand(set_weights):
    """ŷ = relu(x₁ + x₂ − 1) from 0 to (2, 1): flat for a third of the way, then of slope (1, 1).

    The parts are 2 · ⅔ = 4/3 and 1 · ⅔ = 2/3, together ŷ = 2, while gradient × input says 2 and 1.
    """
    model = set_weights([[[1.0], [1.0]], [[1.0]]], [[-1.0], [0.0]], y=[0.1, 0.2])
    found = attribute(model, [[2.0, 1.0]], tolerance=1e-6)
    np.testing.assert_allclose(found.integrated_gradients, [[4 / 3, 2 / 3]], rtol=1e-5)
    assert found.gradient_times_input.tolist() == [[2, 1]]
    assert found.complete == (True,)
    assert found.points[0] < 2000


@pytest.mark.parametrize("activation", SLOPED)
@pytest.mark.parametrize("layers", [(20,), (10, 10, 10, 10)])
def test_complete_for_every_activation(rows, fit, activation, layers):
    X, y = rows
    model = fit(MLPClassifier(layers, activation=activation, random_state=0, max_iter=20), X, y)
    found = attribute(model, X[:8], data=X)
    gained = found.prediction - found.baseline_prediction
    assert all(found.complete)
    assert (np.abs(found.completeness_error) <= 1e-3 * np.abs(gained) + 1e-8).all()


def test_complete_where_the_network_is_nearly_a_step():
    """A slope of a thousand, met nowhere but in a thousandth of the way."""
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    model.coef_, model.intercept_ = [[5000.0]], [-2512.0]
    found = attribute(model, [[1.0]])
    assert found.integrated_gradients[0, 0] == pytest.approx(1, abs=1e-3)
    assert found.gradient[0, 0] == pytest.approx(0, abs=1e-12)


def test_no_way_at_all():
    model = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    found = attribute(model, [[1.0]], baseline=[1.0])
    assert found.integrated_gradients.tolist() == [[0.0]]
    assert found.complete == (True,)


def test_too_few_points_are_admitted(rows, fit):
    X, y = rows
    model = fit(MLPClassifier((50, 50), random_state=0, max_iter=50), X, y)
    found = attribute(model, X[:1], tolerance=1e-9, most_points=100)
    assert found.complete == (False,)
    assert "give more most_points" in " ".join(str(found).split())


def test_the_path_of_a_polynomial():
    """∫ over x² from 1 to 3 along one input: the part is all of 9 − 1."""
    found = integrate_path(
        lambda x: (x[:, 0] ** 2, 2 * x),
        np.array([1.0]),
        np.array([3.0]),
        tolerance=1e-6,
        most_points=100,
    )
    np.testing.assert_allclose(found.parts, [8], rtol=1e-13)
    assert (found.start, found.end, found.reached) == (1.0, 9.0, True)


# ---------------------------------------------------------------------- every kind of model


def scaled_regressor(**how):
    inner = make_pipeline(
        StandardScaler(), MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", random_state=0)
    )
    return TransformedTargetRegressor(inner, **how)


@pytest.mark.parametrize(
    "how", [{"transformer": StandardScaler()}, {"func": np.log, "inverse_func": np.exp}]
)
def test_numbers_are_told_in_the_targets_own_units(rows, fit, how):
    X, _ = rows
    price = np.exp(5 + X[:, 0] + 0.3 * X[:, 1] ** 2)
    model = fit(scaled_regressor(**how), X, price)
    found = attribute(model, X[:4], data=X)
    np.testing.assert_allclose(found.prediction, model.predict(X[:4]), rtol=1e-9)
    gained = found.prediction - found.baseline_prediction
    np.testing.assert_allclose(found.integrated_gradients.sum(axis=1), gained, rtol=1e-3)
    spread = model.regressor_[0].scale_
    wanted = numerical_slope(model.predict, X[:4]) * spread  # the input is (x − mean) / spread
    np.testing.assert_allclose(found.gradient, wanted, rtol=1e-4, atol=1e-4)


def test_several_numbers_and_several_labels(rows, fit):
    X, _ = rows
    model = fit(MLPRegressor(hidden_layer_sizes=(6,), random_state=0, max_iter=20), X, X[:, :2])
    found = attribute(model, X[:3], target=1)
    wanted = numerical_slope(lambda x: model.predict(x)[:, 1], X[:3])
    np.testing.assert_allclose(found.gradient, wanted, rtol=1e-5, atol=1e-8)
    assert found.outputs[0] == "output 1 of the predicted number"
    with pytest.raises(InputError, match="predicts 2 numbers; say which with target=0 … 1"):
        attribute(model, X[:3])
    labels = fit(MLPClassifier((6,), random_state=0, max_iter=20), X, (X[:, :2] > 0).astype(int))
    found = attribute(labels, X[:3], target=0)
    np.testing.assert_allclose(found.prediction, labels.predict_proba(X[:3])[:, 0], rtol=1e-9)
    assert found.outputs[0] == "probability of label 0"
    with pytest.raises(InputError, match="2 labels, and 2 is none of them"):
        attribute(labels, X[:3], target=2)


def test_counts_by_their_exponential(rows, fit):
    X, _ = rows
    model = fit(
        MLPRegressor(loss="poisson", hidden_layer_sizes=(5,), random_state=0, max_iter=20),
        X,
        np.arange(80) % 4,
    )
    found = attribute(model, X[:3])
    np.testing.assert_allclose(found.prediction, model.predict(X[:3]), rtol=1e-9)
    logit = attribute(model, X[:3], of="logit")
    np.testing.assert_allclose(np.exp(logit.prediction), found.prediction, rtol=1e-9)
    np.testing.assert_allclose(
        found.gradient, logit.gradient * found.prediction[:, None], rtol=1e-9
    )


def test_restarts_that_are_averaged(rows, fit):
    X, y = rows
    model = MLPClassifier((6,), restarts=3, combine="average", random_state=0, max_iter=10)
    fit(model, X, y)
    found = attribute(model, X[:3], target=1)
    np.testing.assert_allclose(found.prediction, model.predict_proba(X[:3])[:, 1], rtol=1e-9)
    wanted = numerical_slope(lambda x: model.predict_proba(x)[:, 1], X[:3])
    np.testing.assert_allclose(found.gradient, wanted, rtol=1e-5, atol=1e-8)
    with pytest.raises(InputError, match="averages what 3 networks predict"):
        attribute(model, X[:3], of="logit")


def test_a_perceptrons_weighted_sum_is_explained(rows, fit):
    X, y = rows
    for answers in (y > 0, y):
        model = fit(Perceptron(random_state=0, max_iter=5), X, answers)
        found = attribute(model, X, baseline=X[0])
        assert "step output has no slope" in " ".join(str(found).split())
        assert found.outputs[0].startswith("weighted sum z of ")
        # The class explained is the one predicted.
        said = [name.removeprefix("weighted sum z of ") for name in found.outputs]
        assert said == [repr(label) for label in model.predict(X).tolist()]


def test_a_perceptron_says_yes_on_its_line():
    model = Perceptron().fit([[1.0], [-1.0]], ["yes", "no"])
    model.coef_, model.intercept_ = [[1.0]], [0.0]
    assert model.predict([[0.0]]).tolist() == ["yes"]
    assert attribute(model, [[0.0]]).outputs == ("weighted sum z of 'yes'",)


@pytest.fixture(scope="module")
def penguins(tmp_path_factory):
    table = load_table("penguins")
    model = train(table, TrainSettings(hidden_layer_sizes=(8,), epochs=15)).model
    path = tmp_path_factory.mktemp("models") / "penguins.chainrule"
    save_model(path, model)
    return table.frame, load_model(path)


def test_raw_columns_of_penguins_sum_right(penguins):
    frame, model = penguins
    found = attribute(model, frame[:6], data=frame)
    assert found.columns.names == tuple(model.pipeline[0][0].kinds)
    names = list(found.columns.inputs)
    by_column = found.by_column()
    place = found.columns.group_names.index("sex")
    own = [names.index(name) for name in names if name.startswith("sex=")]
    np.testing.assert_allclose(
        by_column[:, place], found.integrated_gradients[:, own].sum(axis=1), rtol=1e-12
    )
    total = found.prediction - found.baseline_prediction
    np.testing.assert_allclose(by_column.sum(axis=1), total, atol=1e-3)
    # The engine predicts in single precision.
    wanted = model.probabilities(frame[:6]).max(axis=1)
    np.testing.assert_allclose(found.prediction, wanted, atol=1e-5)
    assert found.outputs[0] == f"probability of {str(model.pipeline.predict(frame[:1])[0])!r}"
    missing = found.row(3)  # the fourth penguin was not measured
    assert missing.cells[0][found.columns.names.index("bill_length_mm")] is None
    assert "(missing)" in str(missing)


def test_a_row_by_its_number(penguins):
    frame, model = penguins
    by_number = attribute(model, 17, data=frame, target="Gentoo")
    by_row = attribute(model, frame[17], data=load_table("penguins"), target="Gentoo")
    np.testing.assert_array_equal(by_number.integrated_gradients, by_row.integrated_gradients)
    np.testing.assert_array_equal(
        by_number.baseline, model.pipeline[0].transform(frame).astype(float).mean(axis=0)
    )


def test_pandas_behind_a_column_transformer(rows, fit):
    X, y = rows
    table = pd.DataFrame({"a": X[:, 0], "c": np.where(X[:, 1] > 0.3, "much", "little")})
    steps = ColumnTransformer([("c", OneHotEncoder(), ["c"]), ("a", StandardScaler(), ["a"])])
    model = fit(make_pipeline(steps, MLPClassifier((5,), random_state=0, max_iter=5)), table, y)
    found = attribute(model, table[:3], data=table)
    assert found.columns.group_names == ("a", "c")
    assert found.by_column("gradient").shape == (3, 2)


def test_a_baseline_of_rows(rows, fit):
    X, y = rows
    model = fit(make_pipeline(StandardScaler(), LogisticRegression()), X, y > 0)
    encoded = model[0].transform(X)
    one = attribute(model, X[:1], baseline=X[5:6])
    np.testing.assert_allclose(one.baseline, encoded[5], rtol=1e-12)
    assert one.baseline_is == "the row given"
    several = attribute(model, X[:1], baseline=X[:10])
    np.testing.assert_allclose(several.baseline, encoded[:10].mean(axis=0), rtol=1e-12)


# ---------------------------------------------------------------------- as an object


def test_it_is_plain_data(penguins):
    frame, model = penguins
    found = attribute(model, frame[:3], data=frame)
    plain = json.loads(json.dumps(found.to_dict()))
    assert np.shape(plain["gradient"]) == (3, len(plain["columns"]["inputs"]))
    assert np.shape(plain["by_column"]["gradient"]) == (3, len(plain["columns"]["groups"]))
    table = found.to_frame()
    assert isinstance(table, pl.DataFrame)
    assert table.height == 3 * len(found.columns.inputs)
    sums = table.group_by("row").agg(pl.col("integrated_gradients").sum()).sort("row")
    np.testing.assert_allclose(
        sums["integrated_gradients"], found.integrated_gradients.sum(axis=1), rtol=1e-9
    )


def test_it_fits_the_terminal_and_prints_both_sides(penguins):
    frame, model = penguins
    for of in (3, frame[:7]):
        found = attribute(model, of, data=frame)
        for text in (str(found), found.to_text(by="input", most=4)):
            assert max(map(len, text.splitlines())) <= 80
            assert "ŷ(x) − ŷ(b) = " in text
    one = attribute(model, 0, data=frame)
    assert "others" in one.to_text(by="input", most=4)
    # What is told of each column is what it has, the largest first.
    lines = str(one).split("─" * 80)[1].strip().splitlines()
    order = np.argsort(-np.abs(one.by_column()[0]))
    assert [line.split()[0] for line in lines] == [one.columns.group_names[i] for i in order]
    assert repr(one) == f"Attribution(1 rows of {len(one.columns.inputs)} inputs)"


def test_what_is_shown_and_what_is_not_sum_to_the_whole():
    X = np.random.default_rng(0).normal(size=(60, 30))
    found = attribute(LinearRegression().fit(X, X.sum(axis=1)), X[:1])
    rows = found.to_text(most=5).split("─" * 80)[1].strip().splitlines()
    assert rows[-1].startswith("25 others")
    told = [float(line.replace("−", "-").split()[4]) for line in rows[:-1]]
    others = float(rows[-1].replace("−", "-").split()[4])
    assert sum(told) + others == pytest.approx(X[0].sum(), abs=1e-2)


# ---------------------------------------------------------------------- used wrongly


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"X": 400}, "there is no row 400: data have 344 rows, counted from 0 to 343"),
        ({"X": -1}, "there is no row -1"),
        ({"target": "Gento"}, "the model knows no class 'Gento'; did you mean 'Gentoo'"),
        ({"baseline": [0.0, 1.0]}, r"the baseline has shape \(2,\), but the network has"),
        ({"baseline": [np.nan] * 15}, "the baseline must hold finite numbers, one for each input"),
        ({"baseline": ["a"] * 15}, "the baseline must hold finite numbers"),
        ({"of": "odds"}, "of must be 'prediction' or 'logit', not 'odds'"),
        ({"tolerance": 0}, "tolerance must be between 0 and 1, not 0"),
        ({"tolerance": "small"}, "tolerance must be between 0 and 1, not 'small'"),
        ({"most_points": 0}, "most_points must be a whole number of at least 1, not 0"),
        ({"X": "penguins"}, "X is 'penguins', not rows of columns"),
        ({"X": pl.DataFrame({"island": ["Dream"]})}, "the table lacks 6 columns"),
        ({"X": np.zeros((1, 7))}, "a polars.DataFrame is expected, not ndarray"),
    ],
)
def test_bad_input(penguins, given, said):
    frame, model = penguins
    with pytest.raises(InputError, match=said) as caught:
        attribute(model, **{"X": 0, "data": frame, **given})
    assert "\n" not in str(caught.value)


def test_bad_rows(rows, fit):
    X, y = rows
    model = fit(LogisticRegression(), X, y > 0)
    wrong = X[:3].copy()
    wrong[1, 2] = np.nan
    with pytest.raises(InputError, match="row 1 of X has nan in column 'X\\[:, 2\\]'"):
        attribute(model, wrong)
    with pytest.raises(InputError, match="the rows cannot be looked at: X has 3 features"):
        attribute(model, X[:, :3])
    with pytest.raises(InputError, match="row 3 is asked for, but no data are given"):
        attribute(model, 3)
    found = attribute(model, X[0])  # one row of an array is one row
    with pytest.raises(InputError, match="there is no row 1 of the 1"):
        found.row(1)
    with pytest.raises(InputError, match="there is no measure 'slope'; there are gradient"):
        found.by_column("slope")
    with pytest.raises(InputError, match="by must be 'column' or 'input', not 'row'"):
        found.to_text(by="row")


def test_models_of_another_kind(rows):
    X, y = rows
    forest = RandomForestClassifier(n_estimators=2).fit(X, y)
    with pytest.raises(InputError, match=r"attribute looks at a network .* not at a RandomF"):
        attribute(forest, X[:1])
    with pytest.raises(InputError, match="not at the class MLPClassifier"):
        attribute(MLPClassifier, X[:1])
    with pytest.raises(InputError, match="not at None"):
        attribute(None, X[:1])
    for model in (MLPClassifier(), make_pipeline(StandardScaler(), MLPClassifier())):
        with pytest.raises(NotFittedError, match="this MLPClassifier has none yet"):
            attribute(model, X[:1])
    with pytest.raises(NotFittedError, match="this MLPRegressor has none yet"):
        attribute(TransformedTargetRegressor(MLPRegressor()), X[:1])


def test_a_network_of_steps_has_no_slopes(rows, fit):
    X, y = rows
    model = fit(MLPClassifier((4,), activation="step", random_state=0, max_iter=2), X, y)
    with pytest.raises(InputError, match="activation 'step', whose slope is 0"):
        attribute(model, X[:1])
