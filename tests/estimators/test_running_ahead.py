"""Short epochs are run many in one call: nothing but the time may tell."""

import warnings

import numpy as np
import pytest

from chainrule import LogisticRegression, MLPClassifier, MLPRegressor, Perceptron
from chainrule.training import loop

TIMES = {"seconds", "samples_per_second"}

CASES = {
    "adam, all rows": MLPClassifier((4,), batch_size=60, max_iter=150),
    "mini-batches": MLPClassifier((4,), batch_size=16, max_iter=100),
    "a plateau": MLPClassifier((4,), learning_rate_init=0.1, n_iter_no_change=3, tol=1e-3),
    "no epoch improves": MLPClassifier((4,), n_iter_no_change=4, tol=10.0),
    "one epoch": MLPClassifier((4,), max_iter=1),
    "lowered rates": MLPClassifier(
        (4,),
        solver="sgd",
        learning_rate="adaptive",
        learning_rate_init=0.5,
        n_iter_no_change=2,
        tol=1e-2,
    ),
    "rates by the epoch": MLPRegressor(
        hidden_layer_sizes=(4,), learning_rate="cosine", max_iter=90, batch_size=20
    ),
    "momentum": MLPRegressor(
        hidden_layer_sizes=(4,), solver="sgd", alpha=0.1, l1=0.01, max_iter=80, batch_size=25
    ),
    "dropout": MLPClassifier((4,), dropout=0.3, batch_size=16, max_iter=70),
    "diverges": MLPRegressor(
        hidden_layer_sizes=(4,), solver="sgd", learning_rate_init=3.0, momentum=0.0
    ),
    "grows": MLPRegressor(
        hidden_layer_sizes=(2,),
        activation="identity",
        solver="gd",
        learning_rate_init=1.1,
        max_iter=40,
    ),
    "from the fifth epoch": MLPClassifier((4,), start_from_epoch=5, n_iter_no_change=2, tol=1.0),
    "a neuron": LogisticRegression(solver="adam", max_iter=50, batch_size=16),
    "a perceptron": Perceptron(max_iter=30),
}


def fit(estimator, X, y):
    random = np.random.RandomState(5)
    estimator = type(estimator)(**estimator.get_params()).set_params(random_state=random)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(X, y)
    return estimator, [str(warning.message) for warning in caught], random


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_happens_as_one_epoch_at_a_time(name, dtype, rng, monkeypatch):
    X = rng.normal(size=(60, 3)).astype(dtype)
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    ahead, warned_ahead, random_ahead = fit(CASES[name], X, y)
    monkeypatch.setattr(loop, "EPOCHS_AHEAD", 1)
    alone, warned_alone, random_alone = fit(CASES[name], X, y)
    assert warned_ahead == warned_alone
    # The next draw of one who passed a generator of his own.
    assert random_ahead.randint(2**31 - 1) == random_alone.randint(2**31 - 1)
    for column in ahead.history_.to_dict().keys() - TIMES:
        np.testing.assert_array_equal(
            ahead.history_.column(column), alone.history_.column(column), err_msg=column
        )
    for part, other in zip(ahead.coefs_, alone.coefs_, strict=True):
        np.testing.assert_array_equal(part, other)
    compared = {"history_", "coefs_", "intercepts_", "random_state", "execution_plan_"}
    for attribute in vars(alone).keys() - compared:
        mine, theirs = getattr(ahead, attribute), getattr(alone, attribute)
        if attribute == "_optimizer_state":
            assert mine.keys() == theirs.keys()
            mine, theirs = list(mine.values()), list(theirs.values())
            for a, b in zip(mine, theirs, strict=True):
                np.testing.assert_array_equal(a, b)
        elif not attribute.startswith("_"):
            np.testing.assert_array_equal(mine, theirs, err_msg=attribute)


def test_several_epochs_are_one_call(rng, monkeypatch):
    calls = []
    run_ahead = loop.Loop._run_ahead

    def count(self, epoch, epochs):
        calls.append(epochs)
        return run_ahead(self, epoch, epochs)

    monkeypatch.setattr(loop.Loop, "_run_ahead", count)
    X = rng.normal(size=(60, 3))
    with pytest.warns(UserWarning, match="Maximum iterations"):
        MLPClassifier((4,), max_iter=300, tol=0.0, n_iter_no_change=300).fit(X, X[:, 0] > 0)
    assert calls == [256, 44]
