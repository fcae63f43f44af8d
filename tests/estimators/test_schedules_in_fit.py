"""The learning rate through fits, which scikit-learn's own tests read from private attributes."""

import numpy as np
import pytest

from chainrule import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, Y = [[3.0, 2.0], [1.0, 6.0], [5.0, 6.0], [-2.0, -4.0]], [1, 1, 1, 0]


def rates(model):
    return model.history_.column("learning_rate")


@pytest.mark.parametrize("schedule", ["constant", "adaptive"])
def test_a_rate_that_does_not_change_by_itself(schedule):
    model = MLPClassifier(
        (4,), solver="sgd", learning_rate=schedule, max_iter=3, power_t=0.25, warm_start=True
    )
    for _ in range(2):
        assert rates(model.fit(X, Y)) == [0.001] * 3


def test_inverse_scaling_goes_on_counting_rows():
    # α₀ / (t + 1)^p with t = 4, 8, … rows seen; each fit begins with α₀, t goes on.
    model = MLPClassifier(
        (4,), solver="sgd", learning_rate="invscaling", max_iter=3, power_t=0.25, warm_start=True
    )
    expected = [0.001, 0.001 / 5**0.25, 0.001 / 9**0.25]
    np.testing.assert_allclose(rates(model.fit(X, Y)), expected, rtol=1e-14)
    expected = [0.001, 0.001 / 17**0.25, 0.001 / 21**0.25]
    np.testing.assert_allclose(rates(model.fit(X, Y)), expected, rtol=1e-14)
    assert model.t_ == 24


def test_inverse_scaling_in_partial_fit():
    model = MLPClassifier((4,), solver="sgd", learning_rate="invscaling", power_t=0.5)
    for _ in range(4):
        model.partial_fit(X, Y, classes=[0, 1])
    expected = [0.001 / np.sqrt(t + 1) for t in (0, 4, 8, 12)]
    np.testing.assert_allclose(rates(model), expected, rtol=1e-14)


def test_adaptive_ends_with_a_rate_below_a_millionth():
    model = MLPClassifier(
        tol=0.5, max_iter=3000, solver="sgd", learning_rate="adaptive", random_state=0
    ).fit([[3, 2], [1, 6]], [1, 0])
    seen = rates(model)
    assert model.n_iter_ < model.max_iter
    assert seen[0] == 0.001
    assert 0 < seen[-1] <= 1e-6
    steps = np.unique(seen)[::-1]
    np.testing.assert_allclose(steps[:-1] / steps[1:], 5, rtol=1e-12)
    assert "did not improve" in model.stopping_reason_


def test_adam_keeps_its_rate_whatever_the_schedule():
    model = MLPClassifier((4,), learning_rate="invscaling", max_iter=3).fit(X, Y)
    assert rates(model) == [0.001] * 3
