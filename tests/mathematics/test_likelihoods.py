"""From likelihood to cross-entropy: the doors of the curriculum, and predictions of one's own."""

import json
import math

import numpy as np
import pytest
from sklearn.metrics import log_loss

from chainrule import InputError, LogisticRegression
from chainrule.mathematics import likelihood
from chainrule.mathematics.losses import loss

DOORS = [0.8, 0.7, 0.1]
# gift = 1; the probability, and its −ln
CASES = {
    "111": (0.056, 2.8824),
    "110": (0.504, 0.6852),
    "101": (0.024, 3.7297),
    "011": (0.014, 4.2687),
    "100": (0.216, 1.5325),
    "010": (0.126, 2.0715),
    "001": (0.006, 5.1160),
    "000": (0.054, 2.9188),
}


@pytest.mark.parametrize("case", CASES)
def test_the_doors(case):
    found = likelihood(DOORS, [int(gift) for gift in case])
    product, cross_entropy = CASES[case]
    assert found.product == pytest.approx(product, abs=5e-13)
    assert found.cross_entropy == pytest.approx(cross_entropy, abs=5e-5)
    assert found.cross_entropy == pytest.approx(-math.log(found.product), rel=1e-14)
    assert found.average == found.cross_entropy / 3


def test_the_doors_together_are_certain():
    products = [likelihood(DOORS, [int(gift) for gift in case]).product for case in CASES]
    assert sum(products) == pytest.approx(1, rel=1e-15)


def test_gift_gift_none_by_hand():
    found = likelihood(DOORS, [1, 1, 0])
    assert found.probabilities.tolist() == pytest.approx([0.8, 0.7, 0.9])
    assert round(found.product, 6) == 0.504
    assert round(found.cross_entropy, 6) == 0.685179
    text = str(found)
    assert "0.8 · 0.7 · 0.9 = 0.504" in text
    assert "−ln(0.8 · 0.7 · 0.9) = −ln 0.8 − ln 0.7 − ln 0.9" in text
    assert "1 − 0.1 = 0.9" in text
    # 0.2231436 + 0.3566749 + 0.1053605 = 0.6851790
    assert "= 0.2231436 + 0.3566749 + 0.1053605 = 0.685179" in text
    assert (
        found.latex == r"-\ln(0.8 \cdot 0.7 \cdot 0.9) = - \ln 0.8 - \ln 0.7 - \ln 0.9 = 0.685179"
    )


def test_it_is_the_loss_that_networks_learn_by(rng):
    z = rng.normal(size=(50, 1))
    y = rng.integers(0, 2, (50, 1)).astype(float)
    found = likelihood(1 / (1 + np.exp(-z)), y)
    assert found.cross_entropy == pytest.approx(loss("log_loss").value(z, y).sum(), rel=1e-12)
    many = rng.normal(size=(50, 4))
    hot = np.eye(4)[rng.integers(0, 4, 50)]
    p = np.exp(many) / np.exp(many).sum(axis=1, keepdims=True)
    expected = loss("cross_entropy").value(many, hot).sum()
    assert likelihood(p, hot).cross_entropy == pytest.approx(expected, rel=1e-12)
    assert likelihood(p, hot.argmax(axis=1)).cross_entropy == pytest.approx(expected, rel=1e-12)


def test_predictions_of_a_model():
    X = np.linspace(-2, 2, 40)[:, None]
    y = np.where(X[:, 0] + np.tile([0.5, -0.5], 20) > 0, "gift", "none")
    model = LogisticRegression(alpha=1).fit(X, y)
    found = likelihood(model.predict_proba(X), y, classes=model.classes_)
    assert found.average == pytest.approx(log_loss(y, model.predict_proba(X)), rel=1e-12)
    assert found.happened[0] == "none"
    one = likelihood(model.predict_proba(X)[:, 1], y == "none")
    assert one.cross_entropy == pytest.approx(found.cross_entropy, rel=1e-12)
    named = likelihood(model.predict_proba(X)[:, 1], y, classes=model.classes_)
    assert named.cross_entropy == pytest.approx(found.cross_entropy, rel=1e-12)


def test_labels_that_are_numbers_but_not_places():
    p = [[0.2, 0.8], [0.6, 0.4]]
    assert likelihood(p, [7, 5], classes=[5, 7]).product == pytest.approx(0.8 * 0.6)


def test_a_product_that_is_too_small_for_a_computer(rng):
    p = rng.uniform(0.5, 1, 5000)
    found = likelihood(p, np.ones(5000))
    assert found.product == 0
    assert found.underflows
    # Σ log₁₀, independently
    assert found.log10_product == pytest.approx(np.log10(p).sum(), rel=1e-12)
    assert f"about 10^−{-np.log10(p).sum():.0f}" in str(found)
    assert "It is why one takes logarithms" in str(found)
    assert math.isfinite(found.cross_entropy)


def test_what_was_said_to_be_impossible():
    found = likelihood([1.0, 0.0, 0.5], [1, 1, 1])
    assert (found.product, found.cross_entropy) == (0, math.inf)
    assert not found.underflows
    assert "Event 2 happened, and was said to be impossible" in str(found)
    assert "= 0 + ∞ + 0.6931472 = ∞" in str(found)
    assert r"= \infty" in found.latex


@pytest.mark.parametrize("count", [1, 2, 8, 9, 3000])
def test_it_is_told_in_lines_that_fit(count, rng):
    found = likelihood(rng.uniform(0.01, 1, count), rng.integers(0, 2, count))
    lines = str(found).split("\n")
    assert max(map(len, lines)) <= 80
    assert len(lines) < 30
    if count > 8:
        assert "those that cost most" in str(found)
        worst = int(np.argmax(found.surprises))
        assert f"\n  {worst + 1:,}  " in str(found)


def test_many_classes_fit_as_well(rng):
    p = rng.dirichlet(np.ones(200), 12)
    names = [f"a class with a rather long name {i}" for i in range(200)]
    found = likelihood(p, rng.choice(names, 12), classes=names)
    assert max(map(len, str(found).split("\n"))) <= 80


def test_data():
    data = json.loads(json.dumps(likelihood(DOORS, [1, 1, 0]).to_dict()))
    assert data["product"] == pytest.approx(0.504)
    assert data["happened"] == ["yes", "yes", "no"]
    assert data["cross_entropy"] == pytest.approx(sum(data["surprises"]), rel=1e-15)


@pytest.mark.parametrize(
    ("p", "happened", "classes", "sentence"),
    [
        ([0.5, 1.2], [1, 0], None, "event 2 has the probability 1.2; it must be a number from 0"),
        ([0.5, -0.1], [1, 0], None, "event 2 has the probability -0.1"),
        ([0.5, math.nan], [1, 0], None, "event 2 has the probability nan"),
        ([[0.5, 0.5], [0.5, math.inf]], [1, 0], None, "event 2 has the probability inf"),
        ([], [], None, "one row for each event and one column for each class"),
        ("high", [1], None, "probabilities must be numbers from 0 to 1; got high"),
        (np.zeros((2, 2, 2)), [1, 0], None, "their shape is"),
        ([0.5], [1, 0], None, r"for 1 events, and what happened is told with shape \(2,\)"),
        ([0.5, 0.5], ["a", "b"], None, "must be 1 \\(yes\\) or 0 \\(no\\); got 'a'"),
        ([0.5, 0.5], [1, 2], None, "got 2"),
        ([[0.5, 0.6]], [0], None, "of event 1 add up to 1.1"),
        ([[0.5, 0.5]], [2], None, "2 is no class; there are 0, 1"),
        ([[0.5, 0.5]], ["cat"], ["ant", "dog"], "'cat' is no class; there are 'ant', 'dog'"),
        ([[0.5, 0.5]], ["ant"], ["ant"], "2 classes with probabilities, and 1 names"),
        ([[0.5, 0.5]], [[1, 1]], None, "must hold a single 1"),
        ([[0.5, 0.5]], [[0.5, 0.5]], None, "must hold a single 1"),
    ],
)
def test_what_is_refused(p, happened, classes, sentence):
    with pytest.raises(InputError, match=sentence):
        likelihood(p, happened, classes=classes)
