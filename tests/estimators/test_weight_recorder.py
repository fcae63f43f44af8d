"""The recorder: the weights of every epoch, the first ones among them."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import InputError, MLPClassifier, MLPRegressor
from chainrule.estimators import WeightRecorder

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def recorded(model, X, y, **how):
    recorder = WeightRecorder(**how)
    return recorder, model.set_callbacks(recorder).fit(X, y)


def test_each_epoch_is_what_a_training_of_so_many_epochs_ends_with(rng):
    X, y = rng.normal(size=(30, 3)), rng.integers(0, 3, 30)
    settings = {"hidden_layer_sizes": (4,), "random_state": 1, "tol": 0}
    recorder, model = recorded(MLPClassifier(**settings, max_iter=5), X, y)
    assert recorder.epochs == [0, 1, 2, 3, 4, 5]
    assert recorder.path.shape == (6, 3 * 4 + 4 + 4 * 3 + 3)
    for epochs in (1, 3, 5):
        expected = MLPClassifier(**settings, max_iter=epochs).fit(X, y)
        found = recorder.model_at(epochs)
        np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    first = MLPClassifier(**settings).initialize(X, y)
    np.testing.assert_array_equal(recorder.model_at(0).coefs_[0], first.coefs_[0])
    np.testing.assert_array_equal(model.coefs_[1], recorder.model_at(5).coefs_[1])


def test_the_step_from_the_first_weights_is_the_gradient_times_the_rate():
    # ŷ = wx + b, E = ½(y − ŷ)² at x = 2, y = 1: ∂E/∂w = −(1 − ŷ)·2, ∂E/∂b = −(1 − ŷ).
    settings = {"hidden_layer_sizes": (), "solver": "gd", "alpha": 0, "learning_rate_init": 0.1}
    model = MLPRegressor(**settings, max_iter=1, random_state=0)
    recorder, _ = recorded(model, [[2.0]], [1.0])
    (w, b), (w_after, b_after) = recorder.path
    error = 1 - (2 * w + b)
    assert w_after == pytest.approx(w + 0.1 * error * 2, rel=1e-12)
    assert b_after == pytest.approx(b + 0.1 * error, rel=1e-12)


def test_every_tenth_and_the_last(rng):
    X, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    recorder, _ = recorded(MLPClassifier((2,), max_iter=25, tol=0, random_state=0), X, y, every=10)
    assert recorder.epochs == [0, 10, 20, 25]
    with pytest.raises(InputError, match="epoch 7 was not kept: there are 0 to 25, every 10"):
        recorder.model_at(7)


def test_without_a_seed_there_is_no_epoch_0(rng):
    X, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    recorder, _ = recorded(MLPClassifier((2,), max_iter=2, tol=0), X, y)
    assert recorder.epochs == [1, 2]


def test_of_several_starts_one_is_recorded(rng):
    X, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    settings = {"max_iter": 4, "tol": 0, "random_state": 0, "restarts": 3}
    recorder, _ = recorded(MLPClassifier((2,), **settings), X, y)
    assert recorder.epochs == [1, 2, 3, 4]


def test_in_a_pipeline(rng):
    X, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    recorder = WeightRecorder()
    network = MLPClassifier((2,), max_iter=3, tol=0, random_state=0).set_callbacks(recorder)
    make_pipeline(StandardScaler(), network).fit(X, y)
    assert recorder.epochs == [0, 1, 2, 3]


def test_a_second_fit_is_recorded_anew(rng):
    X, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    recorder, model = recorded(MLPClassifier((2,), max_iter=3, tol=0, random_state=0), X, y)
    model.set_params(max_iter=2).fit(X, y)
    assert recorder.epochs == [0, 1, 2]


def test_misuse():
    with pytest.raises(InputError, match="keep every epoch with 1"):
        WeightRecorder(every=0)
    with pytest.raises(InputError, match="this recorder has no epochs yet"):
        WeightRecorder().model_at(1)
