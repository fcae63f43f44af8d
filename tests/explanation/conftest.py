"""Networks to be diagnosed: trained, set by hand, or with a history written by hand."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from chainrule import MLPClassifier, MLPRegressor
from chainrule.tables import load_example
from chainrule.training import Epoch, History

# For printed_lines, which several tests read with.
sys.path.insert(0, str(Path(__file__).parent))


def _fit(model, X, y, **more):
    """Fit without the warnings that a sick network earns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y, **more)


@pytest.fixture
def fit():
    return _fit


@pytest.fixture
def set_history():
    """Return a function that gives a model the losses, held-out losses and scores of epochs."""

    def set_history(model, train_loss, validation_loss=None, validation_score=None, rate=0.001):
        nothing = [None] * len(train_loss)
        columns = zip(
            train_loss, validation_loss or nothing, validation_score or nothing, strict=True
        )
        history = History()
        for i, (train, held_out, score) in enumerate(columns):
            history.append(
                Epoch(
                    epoch=i + 1,
                    train_loss=train,
                    validation_loss=held_out,
                    validation_score=score,
                    learning_rate=rate,
                    seconds=0.01,
                    samples_per_second=10_000.0,
                )
            )
        model.history_ = history
        model.n_iter_ = len(history)
        model.stopping_reason_ = "by hand"
        return model

    return set_history


@pytest.fixture
def set_weights():
    """Return a function that makes a network of weights given by hand."""

    def set_weights(coefs, intercepts, *, y, activation="relu", **parameters):
        hidden = tuple(np.shape(w)[1] for w in coefs[:-1])
        numbers = np.asarray(y).dtype.kind == "f"
        make = MLPRegressor if numbers else MLPClassifier
        model = make(hidden_layer_sizes=hidden, activation=activation, max_iter=1, **parameters)
        _fit(model, np.zeros((len(y), np.shape(coefs[0])[0])), y)
        model.coefs_ = [np.array(w, dtype=float) for w in coefs]
        model.intercepts_ = [np.array(b, dtype=float) for b in intercepts]
        return model

    return set_weights


@pytest.fixture(scope="session")
def moons():
    frame = load_example("moons").frame
    return frame.drop("class").to_numpy(), frame["class"].to_numpy()


@pytest.fixture(scope="session")
def classifier(moons):
    """A network that learned the moons well."""
    return _fit(MLPClassifier((50,), learning_rate_init=0.01, random_state=0), *moons)


@pytest.fixture(scope="session")
def waves():
    X = np.random.default_rng(0).normal(size=(300, 3))
    return X, np.sin(2 * X[:, 0]) + X[:, 1]


@pytest.fixture(scope="session")
def regressor(waves):
    """A network that learned the waves well."""
    model = MLPRegressor(hidden_layer_sizes=(50,), learning_rate_init=0.01, random_state=0)
    return _fit(model, *waves)
