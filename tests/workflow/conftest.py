"""Models that were trained once."""

from __future__ import annotations

import pytest

from chainrule.tables import load_example
from chainrule.workflow import TrainSettings, train

QUICK = TrainSettings(hidden_layer_sizes=(8,), epochs=5)


@pytest.fixture(scope="session")
def penguins():
    """A training on the penguins."""
    return train(load_example("penguins"), QUICK)


@pytest.fixture(scope="session")
def diabetes():
    """A training that predicts numbers."""
    return train(load_example("diabetes"), QUICK)
