"""When to stop: counted by hand."""

import math

import pytest

from chainrule.training import NoImprovement


def watch(values, *, patience=1.0, tolerance=0.0, higher=False, best=None):
    stopping = NoImprovement(patience, tolerance=tolerance, higher_is_better=higher, best=best)
    seen = []
    for epoch, value in enumerate(values, 1):
        improved = stopping.observe(epoch, value)
        seen.append((improved, stopping.count, stopping.on_plateau))
    return stopping, seen


def test_a_loss_by_hand():
    stopping, seen = watch([3.0, 2.0, 2.5, 2.4, 2.3])
    assert seen == [
        (True, 0, False),
        (True, 0, False),
        (False, 1, False),
        (False, 2, True),
        (False, 3, True),
    ]
    assert (stopping.best, stopping.best_epoch) == (2.0, 2)


def test_a_score_by_hand():
    stopping, seen = watch([0.5, 0.7, 0.6, 0.7, 0.9], higher=True)
    assert [improved for improved, *_ in seen] == [True, True, False, False, True]
    assert (stopping.best, stopping.best_epoch) == (0.9, 5)


def test_too_small_an_improvement_is_kept_but_not_counted():
    stopping, seen = watch([1.0, 0.95, 0.91, 0.70], tolerance=0.1)
    assert seen == [(True, 0, False), (True, 1, False), (True, 2, True), (True, 0, False)]
    assert (stopping.best, stopping.best_epoch) == (0.70, 4)


def test_an_improvement_is_measured_from_the_best():
    # As in scikit-learn: 0.95 and 0.89 are each better by less than 0.1 than the best before.
    _, seen = watch([1.0, 0.95, 0.89, 0.80], tolerance=0.1)
    assert [count for _, count, _ in seen] == [0, 1, 2, 3]


def test_exactly_the_tolerance_is_enough():
    _, seen = watch([1.0, 0.5], tolerance=0.5)
    assert seen[-1] == (True, 0, False)


def test_without_tolerance_staying_equal_is_no_plateau():
    _, seen = watch([1.0, 1.0, 1.0, 1.5, 1.5])
    assert seen == [
        (True, 0, False),
        (False, 0, False),
        (False, 0, False),
        (False, 1, False),
        (False, 2, True),
    ]


@pytest.mark.parametrize("higher", [True, False])
def test_nan_is_never_an_improvement(higher):
    stopping, seen = watch([math.nan, 1.0, math.nan, math.nan], higher=higher)
    assert seen == [(False, 1, False), (True, 0, False), (False, 1, False), (False, 2, True)]
    assert (stopping.best, stopping.best_epoch) == (1.0, 2)


def test_nothing_but_nan():
    stopping, seen = watch([math.nan] * 3)
    assert seen[-1] == (False, 3, True)
    assert stopping.best_epoch is None


def test_infinite_patience():
    _, seen = watch([1.0] + [2.0] * 100, patience=math.inf)
    assert seen[-1] == (False, 100, False)


@pytest.mark.parametrize(("higher", "value"), [(True, -math.inf), (False, math.inf)])
def test_the_worst_of_all_values_first(higher, value):
    stopping, seen = watch([value, 0.5], higher=higher)
    assert [improved for improved, *_ in seen] == [False, True]
    assert (stopping.best, stopping.best_epoch) == (0.5, 2)


def test_going_on_from_an_earlier_best():
    stopping, seen = watch([2.0, 1.0], best=1.5)
    assert seen == [(False, 1, False), (True, 0, False)]
    assert (stopping.best, stopping.best_epoch) == (1.0, 2)


def test_reset_counts_anew_and_keeps_the_best():
    stopping, _ = watch([1.0, 2.0, 2.0])
    assert stopping.on_plateau
    stopping.reset()
    assert not stopping.on_plateau
    assert (stopping.count, stopping.best, stopping.best_epoch) == (0, 1.0, 1)
