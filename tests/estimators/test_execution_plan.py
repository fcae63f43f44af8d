"""What was chosen for a network on this machine can be looked up."""

import tracemalloc

import numpy as np
import pytest

from chainrule import MLPClassifier, MLPRegressor
from chainrule.network.team import parts_of

X = np.random.RandomState(0).normal(size=(400, 30))


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    return request.param


def plan(estimator, dtype):
    with pytest.warns(UserWarning, match="Maximum iterations"):
        return estimator.fit(X.astype(dtype), X[:, 0] > 0).execution_plan_


def test_a_short_epoch_is_one_of_many_in_a_call(dtype):
    chosen = plan(MLPClassifier((4,), max_iter=2, batch_size=50), dtype)
    assert chosen["float_type"] == np.dtype(dtype).name
    assert (chosen["threads"], chosen["parts"], chosen["rows_at_once"]) == (1, 1, 50)
    assert chosen["parameter_vectors"] == 4  # weights, two of Adam's, the gradient
    assert chosen["epochs_per_call"] > 1


def test_a_long_step_is_cut_into_parts(dtype):
    chosen = plan(MLPClassifier((256, 256), max_iter=1, batch_size=200), dtype)
    parts = parts_of(200, 30 * 256 + 256 + 256 * 256 + 256 + 256 + 1)
    assert chosen["parts"] == parts
    assert chosen["rows_at_once"] == -(-200 // parts)
    assert 1 <= chosen["threads"] <= parts
    assert chosen["epochs_per_call"] == 1


def test_memory_is_the_workspace_and_four_vectors(dtype):
    chosen = plan(MLPClassifier((8,), max_iter=1, batch_size=50), dtype)
    columns = chosen["block"][1]
    # A batch of 50 × 30, 50 × (8 + 1) values, two buffers for δ of 50 × 8, and turned weights.
    numbers = 50 * 30 + 50 * 9 + 2 * 50 * 8 + 8 * columns
    assert chosen["workspace_bytes"] == numbers * np.dtype(dtype).itemsize


@pytest.mark.parametrize("early_stopping", [False, True])
def test_what_a_fit_takes_is_four_vectors_more_than_its_engine(early_stopping):
    settings = {"max_iter": 3, "batch_size": 4, "early_stopping": early_stopping}
    rows = X[:40].astype(np.float32)
    fitted = MLPClassifier((800, 800), **settings)
    plan(fitted, np.float32)  # loads or compiles what takes memory once
    vector = 4 * sum(array.size for array in (*fitted.coefs_, *fitted.intercepts_))
    del fitted
    tracemalloc.start()
    with pytest.warns(UserWarning, match="Maximum iterations"):
        fitted = MLPClassifier((800, 800), **settings).fit(rows, rows[:, 0] > 0)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    chosen = fitted.execution_plan_
    # The best and the last good weights; of what the optimizer remembers, a copy that stays.
    vectors = chosen["parameter_vectors"] + 4
    workspace = chosen["parts"] * chosen["workspace_bytes"]
    assert most < (vectors + 0.25) * vector + workspace + 1e6


def test_where_no_steps_are_taken_there_is_none():
    model = MLPRegressor(hidden_layer_sizes=(2,), solver="lbfgs", max_iter=1)
    with pytest.warns(UserWarning, match="lbfgs failed to converge"):
        model.fit(X, X[:, 0] * X[:, 1])
    assert not hasattr(model, "execution_plan_")
