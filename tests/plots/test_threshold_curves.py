"""ROC and precision–recall curves: scikit-learn's, with the thresholds that matter."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression as OtherLogisticRegression
from sklearn.linear_model import Ridge
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)
from sklearn.svm import SVC

from chainrule import InputError, MLPClassifier, Perceptron
from chainrule.plots import ThresholdCurves

RANDOM = np.random.default_rng(0)
TRUE = RANDOM.random(800) < 0.3
SCORE = 1 / (1 + np.exp(-(RANDOM.normal(size=800) + 2 * TRUE - 1))).round(3)
WEIGHTS = RANDOM.random(800)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_the_curves_are_scikit_learns(weights):
    display = ThresholdCurves.from_predictions(TRUE, SCORE, sample_weight=weights)
    (one,) = display.curves
    how = {"sample_weight": weights}
    expected = roc_curve(TRUE, SCORE, drop_intermediate=False, **how)
    for found, right in zip((one.fpr, one.tpr, one.thresholds), expected, strict=True):
        np.testing.assert_allclose(found, right)
    expected = precision_recall_curve(TRUE, SCORE, **how)
    found = (one.precision, one.recall, one.precision_thresholds)
    for mine, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, right)
    assert display.roc_auc == pytest.approx(roc_auc_score(TRUE, SCORE, **how))
    right = average_precision_score(TRUE, SCORE, **how)
    assert display.average_precision == pytest.approx(right)
    assert one.base == pytest.approx(np.average(TRUE, weights=weights))


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.7, 0.9, float(SCORE[5])])
def test_what_comes_of_a_threshold(weights, threshold):
    one = ThresholdCurves.from_predictions(TRUE, SCORE, sample_weight=weights).curves[0]
    mark = one.at(threshold)
    decided, how = threshold <= SCORE, {"sample_weight": weights}
    assert mark.recall == pytest.approx(recall_score(TRUE, decided, **how))
    assert mark.precision == pytest.approx(precision_score(TRUE, decided, **how))
    assert mark.f1 == pytest.approx(f1_score(TRUE, decided, **how))
    right = recall_score(~TRUE, decided, **how)
    assert mark.false_positive_rate == pytest.approx(right)


def test_the_best_threshold():
    thresholds = np.unique(SCORE)
    display = ThresholdCurves.from_predictions(TRUE, SCORE)
    best = max(f1_score(TRUE, t <= SCORE) for t in thresholds)
    assert display.best_mark.f1 == pytest.approx(best)
    youden = ThresholdCurves.from_predictions(TRUE, SCORE, best="youden").best_mark
    gains = [np.mean(t <= SCORE[TRUE]) - np.mean(t <= SCORE[~TRUE]) for t in thresholds]
    assert youden.recall - youden.false_positive_rate == pytest.approx(max(gains))
    assert display.default_mark.threshold == 0.5


def test_a_threshold_that_no_score_reaches_finds_nothing():
    mark = ThresholdCurves.from_predictions([0, 1], [0.2, 0.4]).default_mark
    assert (mark.recall, mark.false_positive_rate, mark.precision) == (0, 0, 1)
    assert mark.f1 == 0


@pytest.fixture(scope="module")
def several():
    random = np.random.default_rng(1)
    codes = random.integers(0, 8, 1500)
    scores = np.exp(random.normal(size=(1500, 8)) + 2 * np.eye(8)[codes])
    return codes, scores / scores.sum(axis=1, keepdims=True)


def test_of_several_classes_each_against_the_rest(several):
    codes, probabilities = several
    weights = np.random.default_rng(2).random(1500)
    display = ThresholdCurves.from_predictions(codes, probabilities, sample_weight=weights)
    how = {"average": "macro", "sample_weight": weights}
    right = roc_auc_score(codes, probabilities, multi_class="ovr", **how)
    assert display.roc_auc == pytest.approx(right)
    right = average_precision_score(codes, probabilities, **how)
    assert display.average_precision == pytest.approx(right)
    assert len(display.curves) == 8
    assert display.best_mark is None
    # The mean curve has about the mean area: it is drawn at 1001 places.
    average = display.average
    assert np.trapezoid(average.tpr, average.fpr) == pytest.approx(display.roc_auc, abs=1e-3)
    steps = -np.diff(average.recall) @ average.precision[:-1]
    assert steps == pytest.approx(display.average_precision, abs=2e-3)
    # The lowest is drawn apart, and named.
    worst = min(display.curves, key=lambda one: one.roc_auc)
    labels = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert labels[1] == f"lowest, {worst.class_}: AUC {worst.roc_auc:.3f}"
    assert labels[0].startswith("7 others: ")


def test_of_several_classes_a_chosen_one(several):
    codes, probabilities = several
    display = ThresholdCurves.from_predictions(codes, probabilities, class_=3)
    assert display.roc_auc == pytest.approx(roc_auc_score(codes == 3, probabilities[:, 3]))
    assert display.default_mark is None
    assert display.best_mark.f1 > 0


def test_a_class_without_rows_is_left_out():
    display = ThresholdCurves.from_predictions(
        ["a", "b", "b"],
        [[0.5, 0.3, 0.2], [0.2, 0.6, 0.2], [0.3, 0.3, 0.4]],
        classes=["a", "b", "c"],
    )
    assert [one.class_ for one in display.curves] == ["a", "b"]
    said = display.axes_[0].texts[-1].get_text().replace("\n", " ")
    assert "Not drawn, for want of rows: c." in said


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scores_that_are_no_probabilities():
    random = np.random.default_rng(3)
    X = random.normal(size=(200, 2))
    y = np.where(X[:, 0] + random.normal(size=200) > 0, "yes", "no")
    for model in (Perceptron(max_iter=5, random_state=0), SVC()):
        model.fit(X, y)
        display = ThresholdCurves.from_estimator(model, X, y)
        score = model.decision_function(X)
        assert display.roc_auc == pytest.approx(roc_auc_score(y, score))
        # What the default threshold decides is what predict says.
        mark, decided = display.default_mark, model.predict(X)
        assert mark.threshold == 0
        assert mark.recall == pytest.approx(recall_score(y, decided, pos_label="yes"))
        other = ThresholdCurves.from_estimator(model, X, y, class_="no")
        assert other.roc_auc == pytest.approx(display.roc_auc)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_several_labels():
    random = np.random.default_rng(4)
    X = random.normal(size=(100, 2))
    y = (X + random.normal(size=(100, 2)) > 0).astype(int)
    net = MLPClassifier((), max_iter=5, random_state=0).fit(X, y)
    display = ThresholdCurves.from_estimator(net, X, y)
    right = roc_auc_score(y, net.predict_proba(X), average="macro")
    assert display.roc_auc == pytest.approx(right)
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    display = ThresholdCurves.from_estimator(forest, X, y, class_=1)
    right = roc_auc_score(y[:, 1], forest.predict_proba(X)[1][:, 1])
    assert display.roc_auc == pytest.approx(right)
    assert display.default_mark.threshold == 0.5


def test_of_a_model_with_weights():
    random = np.random.default_rng(5)
    X, weights = random.normal(size=(100, 2)), random.integers(0, 3, 100)
    y = X[:, 0] + random.normal(size=100) > 0
    model = OtherLogisticRegression().fit(X, y)
    display = ThresholdCurves.from_estimator(model, X, y, sample_weight=weights)
    right = roc_auc_score(y, model.predict_proba(X)[:, 1], sample_weight=weights)
    assert display.roc_auc == pytest.approx(right)


def test_what_is_told():
    # At 0.5 and above: one of two, and none of the others; at 0.3: both, and one of two others.
    display = ThresholdCurves.from_predictions(["n", "n", "y", "y"], [0.1, 0.4, 0.35, 0.8])
    assert display.alt_text == (
        "ROC and precision–recall curves of y against n: area under the ROC curve 0.750, average "
        "precision 0.833 (chance has 0.5 and 0.500). At the threshold 0.5 (default) recall is 50%, "
        "precision 100%, false positive rate 0%. At the threshold 0.35 (best F1) recall is 100%, "
        "precision 67%, false positive rate 50%."
    )
    labels = [text.get_text() for text in display.axes_[1].get_legend().get_texts()]
    told = [label.replace("\n", " ") for label in labels]
    assert "0.35 (best F1): recall 100%, precision 67%, F1 0.80" in told
    assert "chance: precision 50%" in told


def test_looks(looks_as_recorded, several):
    display = ThresholdCurves.from_predictions(TRUE, SCORE)
    looks_as_recorded(display.figure_, "threshold_curves")
    display = ThresholdCurves.from_predictions(*several)
    looks_as_recorded(display.figure_, "threshold_curves_of_many")


def test_on_axes_without_pyplot_and_again_elsewhere():
    axes = Figure().subplots(1, 2)
    display = ThresholdCurves.from_predictions(TRUE, SCORE, ax=axes)
    assert display.axes_ == axes.tolist()
    assert len(display.lines_) == 2
    assert display.plot(ax=Figure(layout="constrained").subplots()) is display
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("given", "how", "said"),
    [
        (([1, 1], [0.1, 0.2]), {}, "all rows are of the class 1: thresholds tell two classes"),
        ((["a"], [0.1]), {"classes": ["a", "b"]}, "all rows are of the class 'a'"),
        (([[1, 0], [1, 0]], np.full((2, 2), 0.5)), {}, "every row is of 0"),
        (([0, 1], [-1.0, 4.0]), {}, "row 0 of y_score.*, or say probable=False of scores"),
        (([0, 1], ["a", "b"]), {}, "y_score holds 'a' where numbers are drawn"),
        (([0, 1], [0.1, 0.2]), {"best": "auc"}, "best is 'f1' or 'youden', not 'auc'"),
        (([0, 1], [0.1, 0.2]), {"class_": "x"}, "there is no class 'x'"),
        (([[1, 0], [2, 0]], np.full((2, 2), 0.5)), {}, "of several labels each is to be 0 or 1"),
    ],
)
def test_misuse(given, how, said):
    with pytest.raises(InputError, match=said):
        ThresholdCurves.from_predictions(*given, **how)


def test_models_without_scores():
    class Mute(OtherLogisticRegression):
        predict_proba = decision_function = property()

    X, y = np.array([[0.0], [1.0]]), ["a", "b"]
    mute = Mute().fit(X, y)
    with pytest.raises(InputError, match="a class and gives neither probabilities nor scores"):
        ThresholdCurves.from_estimator(mute, X, y)
    numbers = Ridge().fit(X, [0.0, 1.0])
    with pytest.raises(InputError, match="ThresholdCurves draws classes, and this Ridge predicts"):
        ThresholdCurves.from_estimator(numbers, X, [0.0, 1.0])
