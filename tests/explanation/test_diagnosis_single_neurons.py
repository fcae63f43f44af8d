"""The single neurons are diagnosed like any network."""

import numpy as np
import pytest

from chainrule import LinearRegression, LogisticRegression, MLPClassifier, Perceptron
from chainrule.explanation import diagnose
from chainrule.explanation._rows import open_case
from chainrule.explanation.diagnosing._yardsticks import measure

MAKERS = {
    "perceptron": lambda: Perceptron(random_state=0, max_iter=20),
    "logistic, newton": LogisticRegression,
    "logistic, adam": lambda: LogisticRegression(
        solver="adam", learning_rate_init=0.1, random_state=0
    ),
}


@pytest.fixture(params=MAKERS)
def neuron(request):
    return MAKERS[request.param]()


def rows(rng, classes):
    X = rng.normal(size=(400, classes))
    score = X + 0.05 * rng.normal(size=X.shape)
    X = X - score.mean(axis=1, keepdims=True)
    return X, np.array(["a", "b", "c"])[score.argmax(axis=1)]


@pytest.mark.parametrize("classes", [2, 3])
def test_where_a_line_is_enough_nothing_is_found(neuron, classes, rng, fit):
    X, y = rows(rng, classes)
    diagnosis = diagnose(fit(neuron, X, y), X, y)
    assert diagnosis.codes == ()
    assert {"CR401", "CR403"} <= set(diagnosis.to_dict()["looked_at"])
    network = measure(open_case(neuron, X, y, sample_weight=None)).network
    assert network == pytest.approx(neuron.score(X, y))


def test_where_a_line_is_not_enough_a_hidden_layer_is(neuron, rng, fit):
    X = rng.normal(size=(400, 2))
    y = X[:, 0] * X[:, 1] > 0
    (finding,) = diagnose(fit(neuron, X, y), X, y)
    assert finding.code == "CR401"
    assert "MLPClassifier(hidden_layer_sizes=(100,))" in finding.advice


def test_a_better_line_is_told_where_there_is_one(rng, fit):
    X, y = rows(rng, 2)
    y = np.where(rng.random(400) < 0.2, "a", y)  # so that no line is without mistakes
    for neuron, advice in (
        (Perceptron(max_iter=1), "LogisticRegression, which also settles where no line"),
        (LogisticRegression(solver="adam", max_iter=1), "solver='newton', which goes all the way"),
        (MLPClassifier((), max_iter=1), "learning_rate_init=0.01 (now 0.001)"),
    ):
        fit(neuron, X, y)
        neuron.coefs_[0][:] = [[3], [-3]]  # the wrong way round
        finding = diagnose(neuron, X, y)[-1]
        assert finding.code == "CR401"
        assert finding.advice.startswith(advice)
    assert diagnose(LogisticRegression().fit(X, y), X, y).codes == ()


def test_a_line_through_numbers(rng, fit):
    X = rng.normal(size=(400, 2))
    y = 3 * X[:, 0] - X[:, 1] + 0.1 * rng.normal(size=400)
    assert diagnose(fit(LinearRegression(), X, y), X, y).codes == ()
    y = X[:, 0] * X[:, 1]
    (finding,) = diagnose(fit(LinearRegression(), X, y), X, y)
    assert "MLPRegressor(hidden_layer_sizes=(100,))" in finding.advice


def test_newton_takes_columns_and_targets_as_they_are(rng, fit):
    X = rng.normal(size=(400, 2)) * [1, 1000]
    y = 5000 + X[:, 1]
    assert diagnose(fit(LinearRegression(solver="newton"), X, y), X, y).codes == ()
    slow = LinearRegression(solver="gd", learning_rate_init=1e-9)
    assert diagnose(fit(slow, X, y), X, y).codes[:2] == ("CR101", "CR102")


def test_the_perceptrons_rate_is_never_too_high_or_too_low(rng, fit):
    X, y = rows(rng, 2)
    for rate in (1e-3, 1.0, 1e3):
        model = Perceptron(learning_rate_init=rate, random_state=0, max_iter=20)
        assert diagnose(fit(model, X, y), X, y).codes == ()
