"""What a network of the table costs, and where it starts."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from network import Network, probabilities


def test_operations_are_those_counted_by_hand():
    # 5 rows through 3-4-2-10: 12 + 8 + 20 products of a weight, 2 operations for each of them
    # forward, 2 for the weight gradient, 2 for the input gradient of the layers but the first.
    network = Network(3, (4, 2), 10, 5)
    assert network.forward_flops(5) == 2 * 5 * (12 + 8 + 20)
    assert network.training_flops(5) == 2 * 5 * (2 * (12 + 8 + 20) + (8 + 20))
    assert network.parameters == 12 + 4 + 8 + 2 + 20 + 10


def test_two_classes_have_one_output():
    assert Network(3, (), 2, 5).layers == [(3, 1)]
    assert Network(3, (), 3, 5).layers == [(3, 3)]


def test_a_network_without_hidden_layers_has_no_input_gradient():
    network = Network(50, (), 2, 1)
    assert network.training_flops(1) == 2 * network.forward_flops(1)


@pytest.mark.parametrize("classes", [2, 3])
def test_first_weights_are_those_of_scikit_learn(classes):
    network = Network(4, (5, 3), classes, 6)
    y = np.arange(6) % classes
    X = np.zeros((6, 4), np.float32)
    # No step is taken with a rate this small: what is left are the first weights.
    theirs = MLPClassifier((5, 3), random_state=7, max_iter=1, learning_rate_init=1e-30, tol=10)
    with pytest.warns(match="Maximum iterations"):
        theirs.fit(X, y)
    for (W, b), W_theirs, b_theirs in zip(
        network.start(7), theirs.coefs_, theirs.intercepts_, strict=True
    ):
        np.testing.assert_array_equal(W, W_theirs)
        np.testing.assert_array_equal(b, b_theirs)


def test_probabilities_of_one_output_and_of_several():
    np.testing.assert_allclose(probabilities(np.log([[3.0]])), [[0.25, 0.75]])
    np.testing.assert_allclose(probabilities(np.log([[1.0, 3.0, 4.0]])), [[0.125, 0.375, 0.5]])
