"""The model-complexity graph of a table: the same rows, encoding and networks as a training."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from chainrule import InputError
from chainrule.tables import load_example
from chainrule.workflow import TrainSettings, measure_complexity, train


def table_of(frame, target="y"):
    return dataclasses.replace(load_example("penguins"), name="own", frame=frame, target=target)


@pytest.mark.parametrize("name", ["penguins", "diabetes"])
def test_the_first_split_is_that_of_a_training(name):
    table = load_example(name)
    settings = TrainSettings(epochs=4, seed=3)
    found = measure_complexity(table, settings, sizes=[(5,)], splits=2)
    seed = found.graph.seeds[0]
    trained = train(
        table, dataclasses.replace(settings, hidden_layer_sizes=(5,), early_stopping=False)
    )
    assert found.train_rows == trained.model.origin.split["train_rows"]
    # Another seed for the weights, or it would be the same network.
    assert seed != settings.seed
    scores = trained.scores
    assert found.test_rows == scores.rows
    network = trained.model.pipeline[-1]
    network = getattr(network, "regressor_", network)
    assert found.graph.parameters[0] == sum(w.size for w in network.coefs_) + sum(
        b.size for b in network.intercepts_
    )


def test_nothing_of_the_test_rows_leaks_into_the_encoding():
    # One huge value in a test row: it would change the scale of the column for all others.
    random = np.random.default_rng(0)
    x = random.normal(size=60)
    frame = pl.DataFrame({"x": x, "y": np.where(x > 0, "a", "b")})
    asked = {"sizes": [()], "splits": 1}
    before = measure_complexity(table_of(frame), TrainSettings(epochs=3), **asked)
    row = int(before.graph.tested[0][0])
    x[row] *= 3
    changed = pl.DataFrame({"x": x, "y": frame["y"]})
    after = measure_complexity(table_of(changed), TrainSettings(epochs=3), **asked)
    assert after.graph.tested[0].tolist() == before.graph.tested[0].tolist()
    np.testing.assert_array_equal(after.graph.train_errors, before.graph.train_errors)
    assert (after.graph.test_errors != before.graph.test_errors).all()


def test_a_long_table_is_thinned_with_two_rows_of_every_class():
    labels = ["common"] * 500 + ["rare"] * 3
    frame = pl.DataFrame({"x": np.arange(503) / 2, "y": labels})
    found = measure_complexity(
        table_of(frame), TrainSettings(epochs=1), sizes=[()], splits=2, rows=40
    )
    assert (found.rows, found.used) == (503, 40)
    assert found.train_rows + found.test_rows == 40
    assert (
        measure_complexity(
            table_of(frame), TrainSettings(epochs=1), sizes=[()], splits=1, rows=None
        ).used
        == 503
    )


def test_groups_stay_together_and_weights_count():
    frame = pl.DataFrame(
        {
            "x": np.arange(60) / 2,
            "who": np.arange(60) // 6,
            "w": np.arange(60) % 2 + 1.0,
            "y": ["a", "b"] * 30,
        }
    )
    settings = TrainSettings(epochs=2, groups="who", weights="w")
    graph = measure_complexity(table_of(frame), settings, sizes=[()], splits=3).graph
    for test in graph.tested:
        who = set((test // 6).tolist())
        assert len(test) == 6 * len(who)
    plain = measure_complexity(
        table_of(frame), TrainSettings(epochs=2, groups="who", drop=("w",)), sizes=[()], splits=3
    ).graph
    assert not np.array_equal(graph.test_errors, plain.test_errors)


def test_penalties_and_class_weights():
    settings = TrainSettings(epochs=2, class_weight={"Adelie": 5.0})
    found = measure_complexity(
        load_example("penguins"), settings, sizes=[(2,)], penalties=[0, 1], penalty="l1", splits=1
    )
    assert found.graph.penalty == found.varied_penalty == "l1"
    assert found.graph.penalties.tolist() == [0, 1]
    assert found.settings.l2 == 0.0001


@pytest.mark.parametrize(
    ("settings", "asked", "sentence"),
    [
        ({"model": "logistic"}, {}, "is of networks, each trained once"),
        ({"restarts": 2}, {}, "is of networks, each trained once"),
        ({"learning_rate": "find"}, {}, "find is for a single training"),
        ({}, {"splits": 0}, "the number of splits must be at least 1, not 0"),
        ({}, {"rows": 1}, "at least two rows are needed"),
        ({}, {"rows": 5}, "5 rows are too few for 3 classes"),
        ({}, {"sizes": [(0,)]}, "must be a whole number of at least 1"),
        ({}, {"penalties": [-1]}, "must be at least 0"),
        ({"activation": ("tanh", "relu")}, {"sizes": [()]}, "this network has none"),
        ({"target": "nothing"}, {}, "there is no column 'nothing'"),
    ],
)
def test_misuse(settings, asked, sentence):
    with pytest.raises(InputError, match=sentence):
        measure_complexity(load_example("penguins"), TrainSettings(**settings), **asked)


def test_activations_do_not_keep_a_network_without_hidden_layers_out():
    settings = TrainSettings(epochs=1, activation="tanh", dropout=0.1)
    found = measure_complexity(load_example("penguins"), settings, sizes=[(), (3,)], splits=1)
    assert found.graph.sizes == ((), (3,))
