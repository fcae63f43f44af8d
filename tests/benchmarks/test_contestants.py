"""Everyone takes the same steps: from the same weights, on all rows at once, the same is reached.

Of the libraries that are compared, the tests have scikit-learn and JAX.
"""

import doctest
import importlib

import numpy as np
import pytest

from contestants import CONTESTANTS, contestant
from network import Network
from workloads import WORKLOADS, architectures

NAMES = ["chainrule", "scikit-learn", "jax", "jax-hundred"]


def rows(classes):
    random = np.random.default_rng(0)
    X = random.standard_normal((30, 4), dtype=np.float32)
    return X, np.arange(30) % classes


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_full_batches_lead_everyone_to_the_same_probabilities(name, classes):
    X, y = rows(classes)
    network = Network(4, (5, 3), classes, 30)
    reached = []
    for each in ("scikit-learn", name):
        model = contestant(each)(network, 1)
        model.fit(X, y, 130, seed=3)
        reached.append(model.predict_proba(X))
    np.testing.assert_allclose(reached[1], reached[0], atol=1e-5)
    assert np.ptp(reached[0][:, 0]) > 0.1  # it has learned something


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_weights_predict_the_same(name, classes):
    X, _ = rows(classes)
    network = Network(4, (5, 3), classes, 8)
    weights = network.start(1)
    model = contestant(name)(network, 1)
    model.set_weights(weights)
    h = X
    for W, b in weights[:-1]:
        h = np.maximum(h @ W + b, 0)
    z = h @ weights[-1][0] + weights[-1][1]
    z = np.hstack([np.zeros_like(z), z]) if classes == 2 else z
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-6)
    np.testing.assert_allclose(model.predictor()(X[:1]), expected[:1], atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_networks_that_are_trained_at_once_are_those_trained_one_by_one(name):
    X, y = rows(2)
    network = Network(4, (5,), 2, 30)
    together = contestant(name)(network, 1)
    together.fit_restarts(X, y, 20, seeds=range(3, 6))
    # chainrule draws the seeds of its restarts, the others are given them.
    seed = together.model.restarts_[0].seed if name == "chainrule" else 3
    found = together.predict_restarts(X)
    assert len(found) == 3
    alone = contestant(name)(network, 1)
    alone.fit(X, y, 20, seed=seed)
    np.testing.assert_allclose(found[0], alone.predict_proba(X), atol=1e-5)


def test_rows_of_the_table_name_contestants_that_there_are():
    for workload in WORKLOADS.values():
        assert set(workload.contestants) <= set(CONTESTANTS)
        assert set(workload.goals) - {"peers"} <= set(CONTESTANTS)


def test_the_sweep_has_sixty_different_networks():
    drawn = {network.hidden for network in architectures()}
    assert len(drawn) == 60
    assert {len(hidden) for hidden in drawn} == {1, 2, 3}
    assert all(8 <= width <= 128 for hidden in drawn for width in hidden)


@pytest.mark.parametrize("module", ["processes", "statistic", "table", "tournament"])
def test_examples(module):
    tried = doctest.testmod(importlib.import_module(module))
    assert tried.attempted > 0
    assert tried.failed == 0
