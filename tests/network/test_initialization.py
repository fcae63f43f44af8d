"""Starting points: bounds, spread, seeds, and scikit-learn's own draws."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from chainrule.errors import InputError
from chainrule.network import INITIALIZATIONS, Architecture, initialize

WIDE = Architecture((300, 200, 100, 5), ("relu", "relu"), "cross_entropy")


def draw(scheme, network=WIDE, seed=0, dtype=np.float64):
    return initialize(network, np.random.RandomState(seed), scheme=scheme, dtype=dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scheme", sorted(INITIALIZATIONS))
def test_type_shape_and_seed(scheme, dtype):
    first = draw(scheme, dtype=dtype)
    assert first.dtype == dtype
    assert first.shape == (WIDE.parameter_count,)
    np.testing.assert_array_equal(first, draw(scheme, dtype=dtype))
    if scheme != "zeros":
        assert (first != draw(scheme, seed=1, dtype=dtype)).any()


@pytest.mark.parametrize(("activation", "factor"), [("relu", 6), ("tanh", 6), ("logistic", 2)])
def test_glorot_is_uniform_within_its_bound(activation, factor):
    network = Architecture(WIDE.sizes, (activation,) * 2, WIDE.loss)
    for layer, (w, b) in zip(network.layers, network.views(draw("glorot", network)), strict=True):
        bound = np.sqrt(factor / (layer.inputs + layer.outputs))
        assert np.abs(w).max() <= bound
        assert np.abs(b).max() <= bound
        assert np.abs(w).max() > 0.98 * bound
        assert w.var() == pytest.approx(bound**2 / 3, rel=0.1)
        assert abs(w.mean()) < 5 * bound / np.sqrt(3 * w.size)


@pytest.mark.parametrize(
    ("scheme", "variance"),
    [("he", lambda inputs: 2 / inputs), ("uniform", lambda _: 1 / 12), ("normal", lambda _: 0.01)],
)
def test_spread_of_the_others(scheme, variance):
    for layer, (w, b) in zip(WIDE.layers, WIDE.views(draw(scheme)), strict=True):
        assert w.var() == pytest.approx(variance(layer.inputs), rel=0.15)
        np.testing.assert_array_equal(b, 0)
    if scheme == "uniform":
        assert 0.49 < np.abs(draw(scheme)).max() <= 0.5


def test_zeros():
    np.testing.assert_array_equal(draw("zeros"), 0)


@pytest.mark.parametrize("activation", ["relu", "logistic", "tanh", "identity"])
@pytest.mark.parametrize("hidden", [(7,), (5, 4, 3)])
@pytest.mark.parametrize("seed", [0, 11])
def test_scikit_learns_own_draws(seed, hidden, activation, rng):
    # A rate this small leaves the starting point as it was drawn.
    settings = {
        "hidden_layer_sizes": hidden,
        "activation": activation,
        "solver": "sgd",
        "learning_rate_init": 1e-300,
        "alpha": 0,
        "max_iter": 1,
        "random_state": seed,
    }
    X = rng.normal(size=(12, 6))
    for model, y, outputs, loss in (
        (MLPClassifier(**settings), np.arange(12) % 3, 3, "cross_entropy"),
        (MLPClassifier(**settings), np.arange(12) % 2, 1, "log_loss"),
        (MLPRegressor(**settings), rng.normal(size=12), 1, "half_squared_error"),
    ):
        with pytest.warns(ConvergenceWarning):
            model.fit(X, y)
        network = Architecture((6, *hidden, outputs), (activation,) * len(hidden), loss)
        ours = network.views(draw("glorot", network, seed))
        for i, (w, b) in enumerate(ours):
            np.testing.assert_array_equal(w, model.coefs_[i])
            np.testing.assert_array_equal(b, model.intercepts_[i])


def test_records_are_complete():
    for name, record in INITIALIZATIONS.items():
        assert record.name == name
        assert record.formula.strip()
        assert record.source.strip()
    assert len({record.formula for record in INITIALIZATIONS.values()}) == len(INITIALIZATIONS)


def test_an_unknown_name_is_answered_with_the_choices():
    with pytest.raises(InputError) as caught:
        draw("xavier")
    for name in ("xavier", *INITIALIZATIONS):
        assert name in str(caught.value)
