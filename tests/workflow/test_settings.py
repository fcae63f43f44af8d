"""Settings check themselves."""

from __future__ import annotations

import dataclasses
import json

import pytest

from chainrule.errors import InputError
from chainrule.workflow import TrainSettings

ABSURD = [
    ("epochs", 0),
    ("epochs", 2.5),
    ("epochs", True),
    ("patience", 0),
    ("seed", -1),
    ("seed", 2**32),
    ("batch_size", 0),
    ("threads", 0),
    ("learning_rate", 0.0),
    ("learning_rate", -1.0),
    ("learning_rate", float("nan")),
    ("learning_rate", float("inf")),
    ("learning_rate", "fast"),
    ("l1", -1e-9),
    ("l2", float("nan")),
    ("test_fraction", 0.0),
    ("test_fraction", 1.0),
    ("validation_fraction", 0.0),
    ("validation_fraction", 1.0),
    ("hidden_layer_sizes", (8, 0)),
    ("hidden_layer_sizes", (-8,)),
    ("hidden_layer_sizes", (1.5,)),
    ("dropout", 1.0),
    ("dropout", -0.1),
    ("dropout", (0.1,)),
    ("dropout", (0.1, 2.0)),
    ("activation", "rleu"),
    ("activation", ("relu", "rleu")),
    ("activation", ("relu",)),
    ("solver", "newtown"),
    ("task", "guessing"),
]


@pytest.mark.parametrize(("name", "value"), ABSURD)
def test_absurd_values_are_refused_in_a_sentence(name, value):
    with pytest.raises(InputError) as caught:
        TrainSettings(**{name: value})
    sentence = str(caught.value)
    assert "\n" not in sentence
    words = {"hidden_layer_sizes": "layer"}.get(name, name)
    assert words in sentence


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainSettings().epochs = 3


def test_plain_data():
    settings = TrainSettings(kinds={"a": "number"}, dropout=(0.1, 0.0))
    assert json.loads(json.dumps(settings.to_dict())) == settings.to_dict()
    assert set(settings.to_dict()) == {f.name for f in dataclasses.fields(settings)}


def test_both_names_of_the_sigmoid():
    assert TrainSettings(activation="logistic").activations == ("logistic",) * 2
    assert TrainSettings(activation="sigmoid").activations == ("sigmoid",) * 2
