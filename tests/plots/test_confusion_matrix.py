"""Confusion matrices: their numbers are scikit-learn's, and all of them can be read."""

import numpy as np
import polars as pl
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression as OtherLogisticRegression
from sklearn.linear_model import Ridge
from sklearn.metrics import confusion_matrix, precision_score, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import InputError, LogisticRegression, MLPClassifier
from chainrule.plots import ConfusionMatrix

NAMES = np.array(["Adelie", "Chinstrap", "Gentoo"])


@pytest.fixture(scope="module")
def decided():
    """True and predicted classes of 300 rows, and their weights."""
    random = np.random.default_rng(0)
    true = random.integers(0, 3, 300)
    predicted = np.where(random.random(300) < 0.8, true, random.integers(0, 3, 300))
    return NAMES[true], NAMES[predicted], random.random(300)


def many(classes, rows=2000):
    random = np.random.default_rng(1)
    true = random.integers(0, classes, rows)
    predicted = np.where(random.random(rows) < 0.9, true, random.integers(0, classes, rows))
    return true, predicted


def test_the_numbers_are_scikit_learns(decided):
    true, predicted, weights = decided
    for given in (None, weights):
        display = ConfusionMatrix.from_predictions(true, predicted, sample_weight=given)
        expected = confusion_matrix(true, predicted, sample_weight=given)
        np.testing.assert_allclose(display.confusion_matrix, expected)
        how = {"average": None, "sample_weight": given}
        np.testing.assert_allclose(display.recall, recall_score(true, predicted, **how))
        np.testing.assert_allclose(display.precision, precision_score(true, predicted, **how))
        by_row = confusion_matrix(true, predicted, sample_weight=given, normalize="true")
        np.testing.assert_allclose(display.shares, by_row)


def test_what_is_written():
    true = ["a"] * 4 + ["b"] * 2
    display = ConfusionMatrix.from_predictions(true, ["a", "a", "a", "b", "b", "b"])
    written = [text.get_text() for text in display.texts_]
    assert written[:4] == ["3\n75%", "1\n25%", "0", "2\n100%"]
    # Recall of a and b, then precision.
    assert written[4:] == ["75%", "100%", "100%", "67%"]
    ticks = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert ticks == ["a", "b", "precision"]


def test_models_of_both_packages_and_of_a_file_alike():
    random = np.random.default_rng(2)
    X = random.normal(size=(80, 2))
    y = np.where(X[:, 0] > 0, "yes", "no")
    ours = make_pipeline(StandardScaler(), LogisticRegression())
    for model in (ours, OtherLogisticRegression()):
        model.fit(X, y)
        display = ConfusionMatrix.from_estimator(model, X, y)
        np.testing.assert_array_equal(
            display.confusion_matrix, confusion_matrix(y, model.predict(X))
        )
        assert display.classes == ("no", "yes")


def test_a_model_of_a_file_takes_its_table():
    from chainrule.tables import load_example
    from chainrule.workflow import TrainSettings, train

    table = load_example("iris")
    model = train(table, TrainSettings(epochs=2)).model
    target = table.frame[model.origin.target]
    display = ConfusionMatrix.from_estimator(model, table.frame, target)
    expected = confusion_matrix(target.to_list(), model.pipeline.predict(table.frame))
    np.testing.assert_array_equal(display.confusion_matrix, expected)


def test_probabilities_decide_by_the_largest(decided):
    true, predicted, _ = decided
    probabilities = 0.1 + 0.7 * (predicted[:, None] == NAMES)
    display = ConfusionMatrix.from_predictions(true, probabilities, classes=NAMES)
    np.testing.assert_array_equal(display.confusion_matrix, confusion_matrix(true, predicted))


def test_a_class_that_never_occurs_and_one_that_is_never_predicted():
    display = ConfusionMatrix.from_predictions(
        ["a", "b", "b"], ["a", "a", "a"], classes=["a", "b", "c"]
    )
    np.testing.assert_array_equal(display.recall, [1, 0, np.nan])
    np.testing.assert_allclose(display.precision, [1 / 3, np.nan, np.nan])
    written = [text.get_text() for text in display.texts_]
    assert written[9:] == ["100%", "0%", "–", "33%", "–", "–"]


def test_rows_of_no_weight_do_not_count():
    display = ConfusionMatrix.from_predictions(
        ["a", "b", "b"], ["a", "b", "a"], sample_weight=[1, 2, 0]
    )
    assert display.confusion_matrix.tolist() == [[1, 0], [0, 2]]
    assert display.worst is None
    assert "No class was taken for another" in display.alt_text


def test_the_worst_confusion_is_told(decided):
    display = ConfusionMatrix.from_predictions(["a"] * 10 + ["b"] * 2, ["a"] * 7 + ["b"] * 5)
    assert (display.worst.true, display.worst.predicted) == ("a", "b")
    assert (display.worst.count, display.worst.share) == (3, 0.3)
    assert display.alt_text == (
        "Confusion matrix of 12 rows in 2 classes: 75% right. The most frequent mistake: 3 of the "
        "10 rows of a (30%) taken for b."
    )
    true, predicted, weights = decided
    display = ConfusionMatrix.from_predictions(true, predicted, sample_weight=weights)
    assert "of a total weight of 150" in display.alt_text


def test_many_classes_are_folded_to_the_most_confused():
    true, predicted = many(26)
    display = ConfusionMatrix.from_predictions(true, predicted)
    assert display.confusion_matrix.shape == (26, 26)
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels[-2:] == ["17 others", "precision"]
    wrong = display.confusion_matrix * (1 - np.eye(26))
    mistakes = wrong.sum(axis=0) + wrong.sum(axis=1)
    shown = [int(label) for label in labels[:9]]
    assert min(mistakes[shown]) >= max(np.delete(mistakes, shown))
    # Each of the others counts as right for itself only.
    others = np.setdiff1d(np.arange(26), shown)
    right = display.confusion_matrix[others, others].sum()
    share = right / display.confusion_matrix[others].sum()
    assert display.texts_[100 + 9].get_text() == f"{share:.0%}"
    said = " ".join(text.get_text() for text in display.ax_.texts).replace("\n", " ")
    assert "the 9 of 26 classes with the most mistakes; the 17 others together" in said


def test_or_all_are_drawn_without_numbers():
    display = ConfusionMatrix.from_predictions(*many(26), fold=False)
    assert display.texts_ == []
    assert display.image_.get_array().shape == (26, 26)
    said = " ".join(text.get_text() for text in display.ax_.texts).replace("\n", " ")
    assert "No room for numbers" in said


def test_small_axes_have_no_numbers_on_one_another():
    ax = Figure(figsize=(2.5, 2.5)).subplots()
    assert ConfusionMatrix.from_predictions(*many(8), ax=ax).texts_ == []


def luminance(color):
    parts = np.array(to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_every_number_can_be_read():
    # 46 shares from none to all: 0, 1, ... 9 of 9 rows.
    true = np.repeat(np.arange(10), 9)
    predicted = np.concatenate([[9] * i + [0] * (9 - i) for i in range(10)])
    display = ConfusionMatrix.from_predictions(true, predicted)
    colors = display.image_.to_rgba(display.shares)
    for text, color in zip(display.texts_, colors.reshape(-1, 4), strict=False):
        light = sorted(map(luminance, (text.get_color(), color[:3])))
        assert (light[1] + 0.05) / (light[0] + 0.05) >= 4.5
        assert text.get_fontsize() >= 10


def test_names_of_all_kinds():
    names = ["<script>alert(1)</script>", "$x$", "🐧", "a name of very many letters, too long"]
    display = ConfusionMatrix.from_predictions(names, names[::-1])
    display.figure_.canvas.draw()
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert all(len(label) <= 18 for label in labels)
    assert not any(text.get_parse_math() for text in display.ax_.get_yticklabels())


def test_looks(looks_as_recorded, decided):
    display = ConfusionMatrix.from_predictions(*decided[:2])
    looks_as_recorded(display.figure_, "confusion_matrix")
    display = ConfusionMatrix.from_predictions(*many(26), fold=False)
    looks_as_recorded(display.figure_, "confusion_matrix_of_many")


def test_on_axes_without_pyplot_and_again_elsewhere(decided):
    ax = Figure().subplots()
    display = ConfusionMatrix.from_predictions(*decided[:2], ax=ax)
    assert display.ax_ is ax
    assert plt.get_fignums() == []
    assert display.plot() is display
    assert display.ax_ is not ax


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((["a", None], ["a", "a"]), "y_true has no label in row 1, counted from 0"),
        ((pl.Series([1, None]), [1, 2]), "y_true has no label in row 1, counted from 0"),
        ((["a", "b"], ["a"]), "y_true has 2 rows but y_pred has 1"),
        ((["a", "b"], [0, 1]), "hold labels of different types: int and str"),
        (([0.5, 0.2], [0.1, 0.3]), "y_true holds 0.5, a number rather than a class"),
        (([], []), "y_true has no rows"),
        (("ab", ["a", "b"]), "y_true is to be one value for each row, not str"),
        (([["a"], ["b", "c"]], ["a", "c"]), "y_true has rows of different lengths"),
        ((np.eye(3), np.eye(3)[:2]), "y_true has 3 columns; give one column of labels"),
    ],
)
def test_wrong_predictions(given, said):
    with pytest.raises(InputError, match=said):
        ConfusionMatrix.from_predictions(*given)


def test_misuse():
    X = np.arange(6.0).reshape(3, 2)
    numbers = Ridge().fit(X, X[:, 0])
    classes = LogisticRegression().fit([[0.0], [1.0]], ["a", "b"])
    with pytest.raises(InputError, match="y_pred has 'c', which is none of the classes"):
        ConfusionMatrix.from_predictions(["a", "b"], ["a", "c"], classes=["a", "b"])
    with pytest.raises(InputError, match="y_true has '1' where the class is 1"):
        ConfusionMatrix.from_predictions(["1", "0"], [0, 1], classes=[0, 1])
    with pytest.raises(InputError, match="classes has a class twice"):
        ConfusionMatrix.from_predictions(["a"], ["a"], classes=["a", "a"])
    with pytest.raises(InputError, match="sample_weight must be one number for each row"):
        ConfusionMatrix.from_predictions(["a", "b"], ["a", "b"], sample_weight=["x", "y"])
    with pytest.raises(InputError, match="this Ridge predicts none: use Residuals"):
        ConfusionMatrix.from_estimator(numbers, X, X[:, 0])
    with pytest.raises(NotFittedError, match="this MLPClassifier is not fitted; call fit first"):
        ConfusionMatrix.from_estimator(MLPClassifier(), [[1.0]], ["a"])
    with pytest.raises(InputError, match="needs a model that predicts, not the class Ridge"):
        ConfusionMatrix.from_estimator(Ridge, [[1.0]], ["a"])
    with pytest.raises(InputError, match="X has 1 rows but y has 2"):
        ConfusionMatrix.from_estimator(classes, [[1.0]], ["a", "b"])
    with pytest.raises(InputError, match="y has 'c', which is none of the classes"):
        ConfusionMatrix.from_estimator(classes, [[1.0]], ["c"])
    with pytest.raises(InputError, match="there are no rows to draw"):
        ConfusionMatrix(np.zeros((2, 2)), classes="ab").plot()
