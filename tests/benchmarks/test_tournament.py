"""What is made of the times, on times that were made up."""

import pytest

from network import Network
from statistic import quickest, ratio, spread
from table import details, fastest_peer, goals_met, overview
from tournament import UnequalError, assert_equal, summary
from workloads import Workload

SMALL = Workload("small", "steady", 64, Network(3, (4,), 2, 32), 2, goals={"peers": 5})


def runs(*times, quality=0.9):
    return [{"time": time, "quality": quality} for time in times]


def test_a_ratio_is_taken_within_each_repeat():
    # A repeat in which the machine was ten times slower is slow for both and changes nothing.
    assert ratio([1.0, 10.0, 1.0], [3.0, 30.0, 3.0]) == 3
    assert ratio([1.0, 1.0, 1.0], [3.0, 4.0, 50.0]) == 4


def test_threads_are_chosen_by_the_median():
    assert quickest({"1": [5.0, 5.0, 5.0], "2": [1.0, 6.0, 6.0]}) == "1"


def test_a_spread_has_the_median_and_both_ends():
    assert spread([3.0, 1.0, 9.0]) == {"median": 3, "least": 1, "most": 9}


def test_summary_takes_the_better_number_of_threads_and_the_share_of_the_limit():
    result = summary(
        SMALL,
        {"chainrule": {"2": runs(1, 2, 1)}, "jax": {"1": runs(9, 9, 9), "2": runs(4, 8, 3)}},
        limits=[{"time": 0.5}, {"time": 1.0}, {"time": 0.5}],
    )
    ours, theirs = result["contestants"].values()
    assert (theirs["threads"], theirs["median"], theirs["ratio"]) == (2, 4, 4)
    assert (ours["ratio"], ours["share"], theirs["share"]) == (1, 0.5, 0.125)
    assert fastest_peer(result) == ("jax", 4)
    assert goals_met(result) is False


def test_who_failed_in_one_repeat_is_left_out():
    result = summary(
        SMALL,
        {"chainrule": {"2": runs(1, 1)}, "jax": {"1": runs(2), "2": runs(7, 7)}, "keras": {}},
        limits=[None, None],
    )
    assert list(result["contestants"]) == ["chainrule", "jax"]
    assert result["contestants"]["jax"]["threads"] == 2
    assert "share" not in result["contestants"]["chainrule"]


def test_times_of_different_accuracies_are_not_compared():
    assert_equal({"a": 0.900, "b": 0.905, "c": 0.91}, 0.01)
    with pytest.raises(UnequalError, match="not the same was reached"):
        summary(
            SMALL,
            {"chainrule": {"1": runs(1)}, "jax": {"1": runs(2, quality=0.8)}},
            limits=[None],
        )


def test_tables_have_a_line_for_each_row_and_each_contestant():
    result = summary(
        SMALL, {"chainrule": {"2": runs(1)}, "jax": {"1": runs(9)}}, limits=[{"time": 0.5}]
    )
    result["failures"] = {"keras, 1": "ImportError: no such library"}
    assert overview([result]).row_count == 1
    assert details([result]).row_count == 3
