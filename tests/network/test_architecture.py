"""The shape of a network and the views into its flat vector."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.mathematics import ACTIVATIONS
from chainrule.network import Architecture


def test_the_layout_of_the_flat_vector():
    # Weights (2 × 3), bias 3, weights (3 × 1), bias 1.
    network = Architecture((2, 3, 1), ("tanh",), "log_loss")
    first, last = network.layers
    assert (first.kind, first.inputs, first.outputs, first.activation) == ("dense", 2, 3, "tanh")
    assert (last.inputs, last.outputs, last.activation) == (3, 1, "logistic")
    assert (first.weights, first.bias) == (slice(0, 6), slice(6, 9))
    assert (last.weights, last.bias) == (slice(9, 12), slice(12, 13))
    assert network.parameter_count == 13


@pytest.mark.parametrize("depth", range(5))
def test_every_number_belongs_to_exactly_one_view(depth):
    sizes = (3, *range(2, 2 + depth), 4)
    network = Architecture(sizes, ("relu",) * depth, "cross_entropy")
    flat = np.zeros(network.parameter_count)
    for weights, bias in network.views(flat):
        weights += 1
        bias += 1
    np.testing.assert_array_equal(flat, 1)
    assert flat.size == sum((a + 1) * b for a, b in pairwise(sizes))


def test_a_view_writes_into_the_vector():
    network = Architecture((2, 2, 1), ("relu",), "log_loss")
    flat = np.arange(9.0)
    views = network.views(flat)
    assert [(w.shape, b.shape) for w, b in views] == [((2, 2), (2,)), ((2, 1), (1,))]
    np.testing.assert_array_equal(views[0][0], [[0, 1], [2, 3]])  # row by row
    np.testing.assert_array_equal(views[1][1], [8])
    views[0][1][1] = -5
    assert flat[5] == -5


def test_flatten_is_the_inverse_of_views():
    network = Architecture((2, 3, 2), ("relu",), "half_squared_error")
    flat = np.arange(17, dtype=np.float32)
    views = network.views(flat)
    again = network.flatten([w for w, _ in views], [b for _, b in views], np.float32)
    assert again.dtype == np.float32
    assert not np.shares_memory(again, flat)
    np.testing.assert_array_equal(again, flat)


def test_flatten_refuses_other_shapes():
    network = Architecture((2, 1), (), "log_loss")
    with pytest.raises(ValueError, match="broadcast"):
        network.flatten([np.zeros((3, 1))], [np.zeros(1)], np.float64)
    with pytest.raises(ValueError, match="zip"):
        network.flatten([np.zeros((2, 1))] * 2, [np.zeros(1)] * 2, np.float64)


def test_no_hidden_layer():
    network = Architecture((4, 3), (), "cross_entropy")
    assert network.parameter_count == 15
    assert [layer.activation for layer in network.layers] == ["softmax"]


@pytest.mark.parametrize(
    ("loss", "output"),
    [
        ("half_squared_error", "identity"),
        ("log_loss", "logistic"),
        ("cross_entropy", "softmax"),
        ("poisson", "exp"),
    ],
)
def test_the_output_belongs_to_the_loss(loss, output):
    assert Architecture((2, 2), (), loss).layers[-1].activation == output


def test_an_alias_is_resolved():
    assert Architecture((1, 1, 1), ("sigmoid",), "log_loss").layers[0].activation == "logistic"


def test_dropout_belongs_to_hidden_layers_only():
    network = Architecture((2, 3, 4, 1), ("relu", "tanh"), "log_loss", (0.25, 0.5))
    assert [layer.dropout for layer in network.layers] == [0.25, 0.5, 0.0]
    without = Architecture((2, 3, 4, 1), ("relu", "tanh"), "log_loss")
    assert [layer.dropout for layer in without.layers] == [0.0, 0.0, 0.0]


def test_the_plan_holds_the_layers():
    network = Architecture((2, 3, 4, 1), ("relu", "tanh"), "log_loss", (0.25, 0.5))
    plan = network.plan
    assert len(plan) == 3
    for row, layer in zip(plan, network.layers, strict=True):
        assert (row["inputs"], row["outputs"]) == (layer.inputs, layer.outputs)
        assert (row["weights"], row["bias"]) == (layer.weights.start, layer.bias.start)
        assert row["end"] == layer.bias.stop
        assert row["activation"] == ACTIVATIONS[layer.activation].code
        assert row["dropout"] == layer.dropout


def test_it_is_data():
    network = Architecture((2, 3, 1), ("tanh",), "log_loss")
    assert network == Architecture((2, 3, 1), ("tanh",), "log_loss")
    assert network != Architecture((2, 3, 1), ("relu",), "log_loss")
    assert hash(network) == hash(Architecture((2, 3, 1), ("tanh",), "log_loss"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.loss = "poisson"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((2,), (), "log_loss"), r"inputs and outputs.*\(2,\)"),
        (((2, 0, 1), ("relu",), "log_loss"), r"≥ 1.*\(2, 0, 1\)"),
        (((2, 3, 1), (), "log_loss"), "1 hidden layers but 0 activations"),
        (((2, 3, 1), ("relu",), "log_loss", (0.1, 0.1)), "1 hidden layers but 2 dropout"),
    ],
)
def test_a_shape_that_is_none(arguments, message):
    with pytest.raises(ValueError, match=message):
        Architecture(*arguments)


def test_unknown_names():
    with pytest.raises(InputError, match="'rellu'"):
        Architecture((2, 3, 1), ("rellu",), "log_loss")
    with pytest.raises(InputError, match="'hinge'"):
        Architecture((2, 3, 1), ("relu",), "hinge")
