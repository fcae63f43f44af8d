"""From a table to a trained network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.pipeline import Pipeline

from chainrule.errors import InputError
from chainrule.network.threads import available_threads
from chainrule.tables import Table, load_example
from chainrule.workflow import TrainSettings, train
from chainrule.workflow.estimator import batch_size_for
from chainrule.workflow.model import network_of

QUICK = TrainSettings(hidden_layer_sizes=(8,), epochs=5)


def made(frame, name="made", target="y"):
    return Table(frame, name, None, target, "")


class Watch:
    """A callback that counts epochs and stops after some."""

    def __init__(self, most=None):
        self.most, self.epochs, self.ended = most, [], 0

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        del estimator, context
        self.ended += 1

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch":
            self.epochs.append(estimator.history_[-1].epoch)
        return self.most is not None and len(self.epochs) >= self.most


def test_one_pipeline(penguins):
    pipeline = penguins.model.pipeline
    assert isinstance(pipeline, Pipeline)
    assert list(pipeline.named_steps) == ["encoder", "network"]
    frame = load_example("penguins").frame
    assert set(pipeline.predict(frame)) <= set(penguins.model.origin.classes)


@pytest.mark.parametrize("name", ["penguins", "diabetes"])
def test_callbacks_see_every_epoch_and_are_let_go(name):
    watch = Watch()
    training = train(load_example(name), QUICK, callbacks=[watch])
    assert watch.epochs == [1, 2, 3, 4, 5]
    assert watch.ended == 1
    step = training.model.pipeline.named_steps["network"]
    for estimator in (step, getattr(step, "regressor", step), network_of(training.model.pipeline)):
        assert not hasattr(estimator, "_skl_callbacks")


@pytest.mark.parametrize("name", ["penguins", "diabetes"])
def test_a_callback_can_stop(name):
    training = train(load_example(name), QUICK, callbacks=[Watch(2)])
    assert len(training.model.origin.history["epoch"]) == 2
    assert training.model.origin.stopped.startswith("a callback asked to stop")


def test_threads_are_limited_while_it_trains():
    class Count(Watch):
        seen: set[int]

        def on_fit_task_end(self, estimator, context):
            self.seen.add(available_threads())
            return super().on_fit_task_end(estimator, context)

    before = available_threads()
    for threads, wanted in ((1, 1), (None, before)):
        count = Count()
        count.seen = set()
        train(load_example("iris"), replace(QUICK, threads=threads), callbacks=[count])
        assert count.seen == {wanted}
    assert available_threads() == before


def test_regression_is_in_the_units_of_the_target(diabetes):
    predicted = diabetes.model.numbers(load_example("diabetes").frame)
    assert 100 < predicted.mean() < 200
    assert diabetes.scores.to_dict() == diabetes.model.origin.scores


def test_the_same_seed_gives_the_same_network(penguins):
    again = train(load_example("penguins"), QUICK).model
    for one, other in zip(
        network_of(penguins.model.pipeline).coefs_, network_of(again.pipeline).coefs_, strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_rivals_beside_the_network():
    frame = pl.DataFrame({"x": np.linspace(-1, 1, 300)}).with_columns(y=pl.col("x").abs())
    training = train(made(frame), TrainSettings(epochs=60))
    linear, guess = training.rivals
    assert (linear.name, guess.name) == ("linear model", "mean")
    assert linear.scores.r2 < 0.1
    assert training.scores.r2 > 0.9
    assert training.verdict.startswith("The network is worth it")


def test_noise_is_called_noise():
    random = np.random.default_rng(0)
    frame = pl.DataFrame({"x": random.normal(size=200), "y": random.normal(size=200)})
    training = train(made(frame), QUICK)
    assert "simplest guess" in training.verdict


@pytest.mark.parametrize("rows", [4, 6, 21, 30])
def test_tiny_tables(rows):
    frame = pl.DataFrame(
        {"x": np.arange(rows) % 7 * 1.1, "y": ["a", "b"] * (rows // 2) + ["a"] * (rows % 2)}
    )
    assert train(made(frame), QUICK).scores.rows >= 1


def test_rare_classes_stay_in_training():
    labels = ["a"] * 150 + ["b"] * 3 + ["c"] * 2
    frame = pl.DataFrame({"x": np.arange(155) * 0.3 % 11, "y": labels})
    training = train(made(frame), QUICK)
    assert training.model.origin.classes == ["a", "b", "c"]
    assert training.model.layer_sizes[-1] == 3


def test_test_table_has_its_own_rows():
    frame = load_example("iris").frame
    target = load_example("iris").target
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=1)
    training = train(
        made(shuffled[:120], target=target), QUICK, test=made(shuffled[120:], "later", target)
    )
    assert training.model.origin.split == {
        "held_out_rows": 12,
        "train_rows": 120,
        "test_rows": 30,
        "test_table": "later",
    }
    assert training.model.origin.data["test_rows"] == 30


def test_integer_and_boolean_classes_keep_their_type():
    frame = pl.DataFrame({"x": np.arange(60) * 0.7 % 5, "y": [3, 5] * 30, "z": [True, False] * 30})
    for target, classes in (("y", [3, 5]), ("z", [False, True])):
        model = train(made(frame, target=target), QUICK).model
        assert model.origin.classes == classes
        assert type(model.origin.classes[0]) is type(classes[0])


def test_dropped_columns_are_not_needed_later():
    frame = load_example("penguins").frame
    model = train(load_example("penguins"), TrainSettings(epochs=1, drop=("year", "island"))).model
    assert not {"year", "island"} & set(model.columns)
    model.probabilities(frame.drop("year", "island", "species"))


def test_divergence_is_said():
    settings = TrainSettings(solver="sgd", learning_rate=1e30, epochs=3)
    with pytest.raises(InputError, match="smaller learning_rate"):
        train(load_example("diabetes"), settings)


def test_stages_are_told():
    stages = []
    train(load_example("iris"), QUICK, notify=stages.append)
    assert stages == ["encode", "fit", "score"]


@pytest.mark.parametrize(
    ("rows", "size"), [(10, 16), (275, 16), (8000, 32), (26_000, 128), (10**7, 256)]
)
def test_batches_grow_with_the_rows(rows, size):
    assert batch_size_for(rows) == size
