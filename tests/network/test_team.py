"""Who takes which part: when there is a team, and when a thread stays alone."""

import threading

import numpy as np
import pytest

from chainrule.network import Architecture, initialize, steps, team
from chainrule.network.engine import make_data
from chainrule.network.steps import Steps
from chainrule.network.team import PARTS_LIMIT, alone, parts_of, reserve, run_together


@pytest.fixture(autouse=True)
def _two_threads(monkeypatch):
    """Two threads may be used, wherever the tests are run."""
    monkeypatch.setattr(team, "available_threads", lambda: 2)


def members(parts=2):
    with reserve(parts) as count:
        return count


def in_another_thread(action):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(action()))
    thread.start()
    thread.join()
    return answers[0]


def test_a_single_part_needs_no_team():
    assert members(1) == 1


def test_as_many_as_there_are_threads():
    assert members(2) == 2
    assert members(PARTS_LIMIT) == 2


def test_there_is_one_team_at_a_time():
    with reserve(2) as first:
        assert first == 2
        assert in_another_thread(members) == 1
    assert members() == 2  # it has been given back


def test_a_thread_that_is_alone_takes_no_team():
    with alone():
        assert members() == 1
        assert members(PARTS_LIMIT) == 1
        assert in_another_thread(members) == 2  # others are not concerned
    assert members() == 2


def test_being_alone_may_be_asked_for_twice():
    with alone():
        with alone():
            assert members() == 1
        assert members() == 1
    assert members() == 2


def test_it_ends_with_an_error_too():

    def fail():
        with alone(), reserve(2) as count:
            assert count == 1
            raise KeyError("an error inside")

    with pytest.raises(KeyError, match="an error inside"):
        fail()
    assert members() == 2


def test_being_alone_leaves_the_team_to_others():
    # The one who is alone does not even hold what there is one of.
    with alone(), reserve(2) as count:
        assert count == 1
        assert in_another_thread(members) == 2


def test_each_member_has_its_number_and_answers_in_order():
    for count in (1, 2, 3):
        answers = run_together(lambda number, _, word: (number, word), count, "here")
        assert answers == [(number, "here") for number in range(count)]


def test_parts_depend_on_the_work():
    assert parts_of(32, 100) == 1
    assert parts_of(1, 10**9) == 1
    assert parts_of(10**6, 10**6) <= PARTS_LIMIT


def test_steps_alone_have_the_bits_of_steps_together(rng):
    network = Architecture((40, 200, 3), ("relu",), "cross_entropy")
    start = initialize(network, np.random.RandomState(0))
    rows = make_data(rng.normal(size=(512, 40)), rng.integers(0, 3, (512, 1)), dtype=np.float32)

    def train():
        settings = {"optimizer": 1, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8}
        steps = Steps(network, rows, start, batch_size=256, **settings)
        for _ in range(4):
            steps.run(np.arange(512), 0, 512, np.full(2, 1e-3))
        return steps.state[0].copy()

    together = train()
    assert (together != start).any()
    with alone():
        np.testing.assert_array_equal(train(), together)
    np.testing.assert_array_equal(in_another_thread(train), together)


def test_what_is_known_of_a_teams_pace(monkeypatch, rng):
    # Whole mini-batches count; a part of one, which takes longer for each row, and steps taken
    # beside others like them do not.
    recorded = []

    class Notes(team.Pace):
        def record(self, seconds, *, team):
            assert seconds > 0
            recorded.append(team)
            super().record(seconds, team=team)

    monkeypatch.setattr(team, "Pace", Notes)
    monkeypatch.setattr(team.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(steps, "available_threads", lambda: 2)
    team.pace_of.cache_clear()
    network = Architecture((200, 300, 1), ("relu",), "log_loss")
    data = make_data(rng.normal(size=(100, 200)), np.zeros((100, 1)), dtype=np.float32)
    start = initialize(network, np.random.RandomState(0))

    def run(first_row, last_row):
        steps = Steps(network, data, start, batch_size=64, optimizer=0, share=0.0)
        steps.run(np.arange(100), first_row, last_row, np.full(2, 0.1))

    run(64, 100)
    assert recorded == []
    for _ in range(3):  # fits of the same size know what those before them found out
        run(0, 100)
    assert recorded == [True, True, False]
    with alone():
        run(0, 100)
    assert len(recorded) == 3
    team.pace_of.cache_clear()
