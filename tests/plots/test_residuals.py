"""Residuals, and predictions against what is right: the numbers, and pictures of any many rows."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.preprocessing import StandardScaler

from chainrule import InputError, LinearRegression, LogisticRegression
from chainrule.plots import PredictedVersusActual, Residuals

BOTH = pytest.mark.parametrize("kind", [Residuals, PredictedVersusActual])


@pytest.fixture(scope="module")
def numbers():
    """Actual and predicted numbers of 300 rows, and their weights."""
    random = np.random.default_rng(0)
    predicted = random.gamma(3.0, 2.0, 300)
    return predicted + random.normal(size=300) * predicted / 4, predicted, random.random(300)


def said(ax):
    return " ".join(text.get_text() for text in ax.texts).replace("\n", " ")


@BOTH
def test_the_scores_are_scikit_learns(kind, numbers):
    actual, predicted, weights = numbers
    for given in (None, weights):
        display = kind.from_predictions(actual, predicted, sample_weight=given)
        how = {"sample_weight": given}
        assert display.r2 == pytest.approx([r2_score(actual, predicted, **how)])
        right = root_mean_squared_error(actual, predicted, **how)
        assert display.rmse == pytest.approx([right])
        assert display.mae == pytest.approx([mean_absolute_error(actual, predicted, **how)])
        np.testing.assert_array_equal(display.residuals[:, 0], actual - predicted)
        assert f"R² {display.r2[0]:.3f}" in said(display.axes_[0])


def test_the_band_by_hand():
    """Of 60 rows a window has 30: 0–29, 7–36, … 30–59; residuals are 1 and −1, 2 by 2.

    In each window half of them are 1: the median is between, 0, or next to it, the ends −1 and 1.
    """
    predicted = np.arange(60.0)
    signs = np.tile([1.0, -1.0], 30)
    band = Residuals.from_predictions(predicted + signs, predicted).bands[0]
    np.testing.assert_allclose(band.x, [14.5, 21.5, 28.5, 35.5, 42.5, 44.5])
    np.testing.assert_allclose(band.median, 0, atol=1e-12)
    np.testing.assert_allclose(band.low, -1)
    np.testing.assert_allclose(band.high, 1)


def test_the_band_goes_by_weights():
    predicted = np.arange(120.0)
    up = np.arange(120) % 2 == 0
    actual = predicted + np.where(up, 1.0, -1.0)
    band = Residuals.from_predictions(actual, predicted, sample_weight=np.where(up, 99, 1)).bands[0]
    np.testing.assert_allclose(band.median, 1)
    # 1 of 100 parts is below.
    np.testing.assert_allclose(band.low, 1)


def test_equal_predictions_have_one_place_in_the_band(numbers):
    actual, predicted, _ = numbers
    band = Residuals.from_predictions(actual, predicted.round(-1)).bands[0]
    assert (np.diff(band.x) > 0).all()
    assert Residuals.from_predictions(actual, np.ones(300)).bands == [None]
    assert Residuals.from_predictions(actual[:59], predicted[:59]).bands == [None]


def cells_of(display):
    (cells,) = (c for c in display.axes_[0].collections if isinstance(c, PolyCollection))
    return cells


@BOTH
def test_many_rows_are_cells_that_count_them(kind):
    random = np.random.default_rng(1)
    predicted = random.normal(size=54_000)
    actual = predicted + random.normal(size=54_000) / 2
    display = kind.from_predictions(actual, predicted)
    cells = cells_of(display)
    assert cells.get_rasterized()
    assert cells.get_array().sum() == 54_000
    weights = random.random(54_000)
    display = kind.from_predictions(actual, predicted, sample_weight=weights)
    cells = cells_of(display)
    assert cells.get_array().sum() == pytest.approx(weights.sum())


@BOTH
def test_a_row_far_away_stands_at_the_edge(kind, numbers):
    actual, predicted, _ = numbers
    actual = np.r_[actual, 1e6]
    display = kind.from_predictions(actual, np.r_[predicted, 3.0])
    assert display.axes_[0].get_ylim()[1] < 100
    assert "1 row far away: X at the edge." in said(display.axes_[0])


@BOTH
def test_one_row_and_a_constant_target(kind):
    one = kind.from_predictions([3.0], [4.0])
    assert np.isnan(one.r2).all()
    assert "R² undefined (one row)" in one.alt_text
    constant = kind.from_predictions(np.full(9, 3.0), np.arange(9.0))
    assert "R² undefined (all values equal)" in constant.alt_text
    same = kind.from_predictions(np.full(2500, 3.0), np.full(2500, 3.0))
    same.figure_.canvas.draw()
    assert same.mae.tolist() == [0]


@BOTH
def test_several_outputs(kind, numbers):
    actual, predicted, _ = numbers
    table = pd.DataFrame({"height (m)": actual, "weight (kg)": 2 * actual})
    both = kind.from_predictions(table, np.c_[predicted, predicted])
    assert both.names == ("height (m)", "weight (kg)")
    right = mean_absolute_error(table, np.c_[predicted, predicted], multioutput="raw_values")
    np.testing.assert_allclose(both.mae, right)
    for chosen in (1, "weight (kg)"):
        one = kind.from_predictions(table, np.c_[predicted, predicted], output=chosen)
        assert one.names == ("weight (kg)",)
        np.testing.assert_array_equal(one.actual[:, 0], 2 * actual)
    with pytest.raises(InputError, match=r"there is no output 2: they are numbered 0 to 1"):
        kind.from_predictions(table, table, output=2)
    with pytest.raises(InputError, match=r"draws 6 outputs at most, and there are 7: choose one"):
        kind.from_predictions(np.ones((3, 7)), np.ones((3, 7)))


@BOTH
def test_the_target_is_named(kind, numbers):
    actual, predicted, _ = numbers
    for column in (pd.Series(actual, name="price ($)"), pl.Series("price ($)", actual)):
        display = kind.from_predictions(column, predicted)
        assert "price ($)" in display.axes_[0].get_xlabel()
        assert "price ($)" in display.axes_[0].get_ylabel()
        named = kind.from_predictions(column, predicted, target_name="cost (€)")
        assert named.names == ("cost (€)",)
    assert kind.from_predictions(actual, predicted).names == ("target",)


@BOTH
def test_models_of_both_packages_scaled_and_of_a_file(kind):
    from chainrule.tables import load_example
    from chainrule.workflow import TrainSettings, train

    random = np.random.default_rng(2)
    X = random.normal(size=(60, 2))
    y = X @ [1.0, 2.0] + random.normal(size=60)
    scaled = TransformedTargetRegressor(LinearRegression(), transformer=StandardScaler())
    for model in (LinearRegression(), scaled, Ridge()):
        display = kind.from_estimator(model.fit(X, y), X, y)
        np.testing.assert_allclose(display.predicted[:, 0], model.predict(X))
    table = load_example("diabetes")
    trained = train(table, TrainSettings(epochs=1)).model
    target = table.frame[trained.origin.target].to_numpy()
    display = kind.from_estimator(trained, table.frame, target)
    assert display.names == (trained.origin.target,)
    np.testing.assert_allclose(display.predicted[:, 0], trained.numbers(table.frame))


def test_what_is_told():
    display = Residuals.from_predictions([1.0, 2.0, 6.0], [1.0, 3.0, 4.0], target_name="age")
    # Residuals 0, −1, 2: quantiles −0.9, 0 and 1.8; squares 5, of 14 around the mean of 3.
    assert display.alt_text == (
        "Residuals, actual minus predicted, of 3 rows. age: median 0, 90% between −0.9 and 1.8, "
        "the largest 2 where 4 was predicted; R² 0.643, RMSE 1.29, MAE 1."
    )
    display = PredictedVersusActual.from_predictions([1.0, 2.0, 6.0], [1.0, 3.0, 4.0])
    assert display.alt_text == (
        "Predicted against actual values of 3 rows. target: actual values from 1 to 6; R² 0.643, "
        "RMSE 1.29, MAE 1."
    )


def test_looks(looks_as_recorded, numbers):
    actual, predicted, _ = numbers
    how = {"target_name": "price (dollars)"}
    looks_as_recorded(Residuals.from_predictions(actual, predicted, **how).figure_, "residuals")
    many = [np.tile(values, 10) for values in (actual * 1e6, predicted * 1e6)]
    display = PredictedVersusActual.from_predictions(*many, **how)
    looks_as_recorded(display.figure_, "predicted_versus_actual")


@BOTH
def test_on_axes_without_pyplot_and_again_elsewhere(kind, numbers):
    axes = Figure().subplots(1, 2) if kind is Residuals else Figure().subplots()
    display = kind.from_predictions(*numbers[:2], ax=axes)
    assert display.axes_ == np.ravel(axes).tolist()
    assert display.plot(ax=Figure(layout="constrained").subplots()) is display
    assert plt.get_fignums() == []


@BOTH
@pytest.mark.parametrize(
    ("given", "how", "problem"),
    [
        (([1, np.nan], [1, 2]), {}, "row 1 of y_true, counted from 0, is nan, no finite number"),
        (([1, 2], [1, np.inf]), {}, "row 1 of y_pred, counted from 0, is inf"),
        ((["a", "b"], [1, 2]), {}, "y_true holds 'a' where numbers are drawn"),
        (([1, 2], [1, 2, 3]), {}, "has 2 rows and 1 column, what was predicted 3 rows"),
        (([], []), {}, "y_true has no rows"),
        ((1, 2), {}, "y_true is to be one value for each row, not int"),
        ((np.array(["2024-01-01"], "M8[D]"), [1]), {}, "y_true holds times"),
        (([1, 2], [1, 2]), {"target_name": ["a", "b"]}, "target_name names 2 outputs of 1"),
        (([1, 2], [1, 2]), {"sample_weight": [1, -1]}, "none of them negative"),
        (([1, 2], [1, 2]), {"output": "size"}, "there is no output 'size'"),
    ],
)
def test_misuse(kind, given, how, problem):
    with pytest.raises(InputError, match=problem):
        kind.from_predictions(*given, **how)


@BOTH
def test_a_classifier_is_refused(kind):
    model = LogisticRegression().fit([[0.0], [1.0]], ["a", "b"])
    with pytest.raises(InputError, match="this LogisticRegression predicts classes: use Confusion"):
        kind.from_estimator(model, [[1.0]], ["a"])
