"""The history of a training as data."""

import copy
import math
import pickle

import pytest

from chainrule.training import Epoch, History


def make_history(*epochs):
    history = History()
    for epoch in epochs:
        history.append(epoch)
    return history


FIRST = Epoch(1, 0.7, None, None, 0.001, 0.5, 2000.0)
SECOND = Epoch(2, 0.6, None, None, 0.002, 0.25, 4000.0)
HELD_OUT = Epoch(1, 0.7, 0.8, 0.9, 0.001, 0.5, 2000.0)


def test_it_is_a_sequence():
    history = make_history(FIRST, SECOND)
    assert len(history) == 2
    assert history[0] == FIRST
    assert history[-1].train_loss == 0.6
    assert history[:1] == [FIRST]
    assert history[::-1] == [SECOND, FIRST]
    assert list(history) == [FIRST, SECOND]
    assert SECOND in history
    with pytest.raises(IndexError):
        history[2]


def test_columns():
    history = make_history(FIRST, SECOND)
    assert history.column("epoch") == [1, 2]
    assert history.column("train_loss") == [0.7, 0.6]
    assert history.column("validation_loss") == [None, None]
    assert history.column("samples_per_second") == [2000.0, 4000.0]
    assert list(history.to_dict()) == list(Epoch._fields)
    assert history.to_dict()["learning_rate"] == [0.001, 0.002]
    with pytest.raises(ValueError, match="trainloss"):
        history.column("trainloss")


def test_an_epoch_is_frozen():
    with pytest.raises(AttributeError):
        FIRST.epoch = 3


@pytest.mark.parametrize(
    "history",
    [
        make_history(),
        make_history(FIRST, SECOND),
        make_history(HELD_OUT, HELD_OUT._replace(epoch=2)),
        # fit with validation_data, then partial_fit without
        make_history(HELD_OUT, SECOND),
    ],
    ids=["empty", "without validation", "with validation", "with validation at first"],
)
@pytest.mark.parametrize(
    "again",
    [lambda h: pickle.loads(pickle.dumps(h)), copy.deepcopy],  # noqa: S301
    ids=["pickle", "deepcopy"],
)
def test_the_round_trip_changes_nothing(history, again):
    result = again(history)
    assert list(result) == list(history)
    assert [[type(v) for v in epoch] for epoch in result] == [
        [type(v) for v in epoch] for epoch in history
    ]
    result.append(SECOND)
    assert len(result) == len(history) + 1


@pytest.mark.parametrize("column", ["train_loss", "validation_loss", "validation_score"])
def test_nan_is_not_taken_for_nothing(column):
    # What a diverged training leaves behind.
    history = make_history(HELD_OUT._replace(**{column: math.nan}))
    value = pickle.loads(pickle.dumps(history)).column(column)[0]  # noqa: S301
    assert value is not None
    assert math.isnan(value)


def test_it_says_what_it_holds():
    assert repr(make_history()) == "History(0 epochs)"
    assert repr(make_history(FIRST, SECOND)).startswith("History(2 epochs, last Epoch(epoch=2,")
