"""Reliability diagrams: points, intervals and scores are those of scikit-learn and SciPy."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression as OtherLogisticRegression
from sklearn.metrics import brier_score_loss

from chainrule import InputError, LinearRegression, MLPClassifier, Perceptron
from chainrule.plots import Calibration

RANDOM = np.random.default_rng(0)
PROBABILITY = RANDOM.random(2000)
TRUE = RANDOM.random(2000) < PROBABILITY**1.5
WEIGHTS = RANDOM.integers(1, 4, 2000)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("bins", [5, 10])
def test_the_points_are_scikit_learns(strategy, bins):
    display = Calibration.from_predictions(TRUE, PROBABILITY, bins=bins, strategy=strategy)
    observed, predicted = calibration_curve(TRUE, PROBABILITY, n_bins=bins, strategy=strategy)
    np.testing.assert_allclose(display.observed, observed)
    np.testing.assert_allclose(display.predicted, predicted)
    assert display.counts.sum() == 2000
    assert display.brier_score == pytest.approx(brier_score_loss(TRUE, PROBABILITY))
    by_hand = np.sum(display.counts * abs(observed - predicted)) / 2000
    assert display.expected_calibration_error == pytest.approx(by_hand)


def test_the_intervals_are_scipys():
    display = Calibration.from_predictions(TRUE, PROBABILITY)
    found = zip(display.observed, display.counts, display.low, display.high, strict=True)
    for share, count, low, high in found:
        hits = round(float(share * count))
        expected = binomtest(hits, int(count)).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_weight_is_as_many_rows():
    display = Calibration.from_predictions(TRUE, PROBABILITY, sample_weight=WEIGHTS)
    observed, predicted = calibration_curve(
        np.repeat(TRUE, WEIGHTS), np.repeat(PROBABILITY, WEIGHTS), n_bins=10
    )
    np.testing.assert_allclose(display.observed, observed)
    np.testing.assert_allclose(display.predicted, predicted)
    expected = brier_score_loss(TRUE, PROBABILITY, sample_weight=WEIGHTS)
    assert display.brier_score == pytest.approx(expected)
    # But not as sure as so many rows: (Σw)² / Σw² in each bin.
    place = np.minimum((PROBABILITY * 10).astype(int), 9)
    count = np.bincount(place, WEIGHTS) ** 2 / np.bincount(place, WEIGHTS**2)
    z, p = 1.959963984540054, observed
    reach = z * np.sqrt(p * (1 - p) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    np.testing.assert_allclose(display.high - display.low, 2 * reach)


def test_equal_weights_change_nothing():
    plain = Calibration.from_predictions(TRUE, PROBABILITY)
    weighted = Calibration.from_predictions(TRUE, PROBABILITY, sample_weight=np.full(2000, 0.3))
    for name in ("observed", "predicted", "low", "high", "counts"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(plain, name))


def test_few_rows_join_their_neighbors():
    # 6 rows at 0.05, 2 at 0.15, 5 at 0.95: the bin of 2 goes to the smaller neighbors until it has
    # 5, empty ones first.
    probability = [0.05] * 6 + [0.15] * 2 + [0.95] * 5
    display = Calibration.from_predictions([0] * 8 + [1] * 5, probability)
    assert display.counts.tolist() in ([6, 7], [8, 5])
    assert display.edges[[0, -1]].tolist() == [0, 1]
    assert display.histogram.tolist() == [6, 2, 0, 0, 0, 0, 0, 0, 0, 5]
    said = display.axes_[0].texts[-1].get_text()
    assert "bins of fewer than 5 rows are joined" in said.replace("\n", " ")
    one = Calibration.from_predictions([1], [0.3])
    assert one.counts.tolist() == [1]
    assert one.observed.tolist() == [1]


def test_equal_probabilities_are_one_bin():
    display = Calibration.from_predictions([0, 1] * 20, [0.4] * 40, strategy="quantile")
    assert display.counts.tolist() == [40]
    assert display.expected_calibration_error == pytest.approx(0.1)


@pytest.fixture(scope="module")
def several():
    random = np.random.default_rng(3)
    probabilities = random.dirichlet([0.5] * 4, 1500)
    codes = (probabilities.cumsum(axis=1) < random.random(1500)[:, None]).sum(axis=1)
    return np.array(["a", "b", "c", "d"])[codes], probabilities


def test_of_several_classes_the_predicted_one(several):
    true, probabilities = several
    display = Calibration.from_predictions(true, probabilities, classes=list("abcd"))
    right = np.array(list("abcd"))[probabilities.argmax(axis=1)] == true
    observed, predicted = calibration_curve(right, probabilities.max(axis=1), n_bins=10)
    np.testing.assert_allclose(display.observed, observed)
    np.testing.assert_allclose(display.predicted, predicted)
    expected = np.mean(((true[:, None] == list("abcd")) - probabilities) ** 2) * 4
    assert display.brier_score == pytest.approx(expected)
    assert display.brier_score == pytest.approx(brier_score_loss(true, probabilities))
    assert display.class_ is None


def test_of_several_classes_a_chosen_one(several):
    true, probabilities = several
    display = Calibration.from_predictions(true, probabilities, class_="c")
    observed, predicted = calibration_curve(true == "c", probabilities[:, 2], n_bins=10)
    np.testing.assert_allclose(display.observed, observed)
    np.testing.assert_allclose(display.predicted, predicted)
    expected = brier_score_loss(true == "c", probabilities[:, 2])
    assert display.brier_score == pytest.approx(expected)


def test_of_two_classes_the_second_or_the_first():
    names = np.where(TRUE, "yes", "no")
    second = Calibration.from_predictions(names, PROBABILITY)
    first = Calibration.from_predictions(names, PROBABILITY, class_="no")
    assert (second.class_, first.class_) == ("yes", "no")
    np.testing.assert_allclose(first.observed, 1 - second.observed[::-1])
    np.testing.assert_allclose(first.predicted, 1 - second.predicted[::-1])


def test_of_a_model():
    random = np.random.default_rng(4)
    X = random.normal(size=(300, 2))
    y = X[:, 0] + random.normal(size=300) > 0
    model = OtherLogisticRegression().fit(X, y)
    display = Calibration.from_estimator(model, X, y, bins=4)
    observed, predicted = calibration_curve(y, model.predict_proba(X)[:, 1], n_bins=4)
    np.testing.assert_allclose(display.observed, observed)
    np.testing.assert_allclose(display.predicted, predicted)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_of_several_labels_a_chosen_one():
    random = np.random.default_rng(5)
    X = random.normal(size=(100, 2))
    y = (X + random.normal(size=(100, 2)) > 0).astype(int)
    net = MLPClassifier((), max_iter=5, random_state=0).fit(X, y)
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    for model, second in (
        (net, net.predict_proba(X)[:, 1]),
        (forest, forest.predict_proba(X)[1][:, 1]),
    ):
        display = Calibration.from_estimator(model, X, y, class_=1)
        assert display.brier_score == pytest.approx(brier_score_loss(y[:, 1], second))
        assert "label 1" in display.alt_text
    with pytest.raises(InputError, match="one of several labels: choose it with class_=0"):
        Calibration.from_estimator(net, X, y)


def test_what_is_told():
    display = Calibration.from_predictions([0] * 8 + [1] * 12, [0.2] * 10 + [0.9] * 10)
    # 2 of 10 and 10 of 10: off by 0 and 0.1; Brier (8·0.04 + 2·0.64 + 10·0.01) / 20.
    assert display.alt_text == (
        "Calibration of the probability of 1, 20 rows in 2 bins: expected calibration error 0.050, "
        "Brier score 0.085. Farthest off: of 10 rows predicted with 0.90 on average it came true "
        "for 1.00 (95% interval 0.72 to 1.00)."
    )
    said = display.axes_[0].texts[-1].get_text()
    assert "Expected calibration error 0.050" in said
    assert "Brier score 0.085" in said


def test_looks(looks_as_recorded):
    looks_as_recorded(Calibration.from_predictions(TRUE, PROBABILITY).figure_, "calibration")


def test_on_axes_without_pyplot_and_again_elsewhere():
    axes = Figure().subplots(2, 1)
    display = Calibration.from_predictions(TRUE, PROBABILITY, ax=axes)
    assert display.axes_ == axes.tolist()
    one = Figure(layout="constrained").subplots()
    assert display.plot(ax=one) is display
    assert not one.axison
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("given", "how", "said"),
    [
        (([0, 1], [0.1, 1.5]), {}, "row 1 of probabilities, counted from 0, has 1.5"),
        (([0, 1], [0.1, np.nan]), {}, "row 1 of probabilities, counted from 0, is nan"),
        ((["a", "b", "c"], np.eye(3) * 2), {}, "has 2, which is no probability"),
        ((["a", "b", "c"], np.full((3, 3), 0.5)), {}, "row 0 of probabilities.* sums to 1.5"),
        ((["a", "b"], np.full((2, 4), 0.25)), {}, "has 4 columns and y_true 2 classes; name all"),
        ((["a"], [0.5]), {}, "has 1 column and y_true one class; name all"),
        (([0, 1], [0.1]), {}, "y_true has 2 rows but probabilities has 1"),
        (([0, 1], [0.1, 0.2]), {"bins": 0}, "bins must be a whole number of at least 1, not 0"),
        (([0, 1], [0.1, 0.2]), {"strategy": "even"}, "'uniform' or 'quantile', not 'even'"),
        (([0, 1], [0.1, 0.2]), {"class_": 2}, "there is no class 2; there are: 0, 1"),
        (([0, 3], [0.1, 0.2]), {"classes": [0, 1]}, "y_true has 3, which is none of the classes"),
    ],
)
def test_misuse(given, how, said):
    with pytest.raises(InputError, match=said):
        Calibration.from_predictions(*given, **how)


def test_models_without_probabilities():
    X, y = np.array([[0.0], [1.0]]), ["a", "b"]
    with pytest.raises(InputError, match="this Perceptron decides for a class and gives no prob"):
        Calibration.from_estimator(Perceptron(random_state=0).fit(X, y), X, y)
    with pytest.raises(InputError, match="this LinearRegression predicts none: use Residuals"):
        Calibration.from_estimator(LinearRegression().fit(X, [0.0, 1.0]), X, [0.0, 1.0])
