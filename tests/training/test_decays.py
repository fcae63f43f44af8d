"""Learning rates that fall with the time: by hand, and against optax where it has the formula."""

import numpy as np
import optax
import pytest

from chainrule.errors import InputError
from chainrule.training.clock import Clock
from chainrule.training.decays import (
    Cosine,
    CosineRestarts,
    Exponential,
    InverseTime,
    OneCycle,
    Polynomial,
    Step,
)

EPOCHS, STEPS = 12, 5
KINDS = (Step, Exponential, InverseTime, Polynomial, Cosine, CosineRestarts, OneCycle)


def every_rate(schedule, initial=0.1, *, epochs=EPOCHS, steps=STEPS, last=None):
    """Return the rates of a whole training, a row for each epoch."""
    return np.array(
        [
            schedule.rates(initial, Clock(epoch, epoch * steps, steps, epochs, 10 * epoch))
            for epoch in range(epochs if last is None else last)
        ]
    )


def check_against(expected, schedule_of):
    """Hold a schedule to a function of time, its time counted in epochs and in steps."""
    for by, length in (("epoch", EPOCHS), ("step", EPOCHS * STEPS)):
        rates = every_rate(schedule_of(by, length))
        assert rates.shape == (EPOCHS, STEPS)
        assert rates.dtype == np.float64
        times = np.repeat(np.arange(EPOCHS), STEPS) if by == "epoch" else np.arange(EPOCHS * STEPS)
        theirs = expected(length)
        np.testing.assert_allclose(
            rates.ravel(), [float(theirs(t)) for t in times], rtol=1e-12, atol=1e-17
        )


def test_step_by_hand():
    # 0.1 for three epochs, then a fifth of it, then a fifth of that.
    rates = every_rate(Step(every=3, factor=0.2), epochs=7, steps=2)
    expected = [[0.1] * 2] * 3 + [[0.02] * 2] * 3 + [[0.004] * 2]
    np.testing.assert_allclose(rates, expected, rtol=1e-14)
    rates = every_rate(Step(every=3, factor=0.2, by="step"), epochs=2, steps=4)
    np.testing.assert_allclose(rates, [[0.1] * 3 + [0.02], [0.02] * 2 + [0.004] * 2], rtol=1e-14)


def test_step_as_optax_has_it():
    check_against(
        lambda length: optax.piecewise_constant_schedule(
            0.1, dict.fromkeys(range(4, length, 4), 0.3)
        ),
        lambda by, _: Step(every=4, factor=0.3, by=by),
    )


def test_exponential_as_optax_has_it():
    check_against(
        lambda _: optax.exponential_decay(0.1, 1, 0.9),
        lambda by, _: Exponential(decay=0.9, by=by),
    )


def test_inverse_time_by_hand():
    # 0.1 / 1, 0.1 / 1.5, 0.1 / 2, 0.1 / 2.5
    schedule = InverseTime(decay=0.5, by="step")
    rates = every_rate(schedule, epochs=2, steps=2)
    np.testing.assert_allclose(rates, [[0.1, 0.2 / 3], [0.05, 0.04]], rtol=1e-14)
    rates = every_rate(InverseTime(decay=0.5), epochs=3, steps=2)
    np.testing.assert_allclose(rates, [[0.1] * 2, [0.2 / 3] * 2, [0.05] * 2], rtol=1e-14)


@pytest.mark.parametrize("over", [None, 7])
@pytest.mark.parametrize("power", [1.0, 2.0, 0.5])
def test_polynomial_as_optax_has_it(power, over):
    check_against(
        lambda length: optax.polynomial_schedule(0.1, 0.02, power, over or length),
        lambda by, _: Polynomial(power=power, final=0.2, by=by, over=over),
    )


@pytest.mark.parametrize("over", [None, 7])
@pytest.mark.parametrize("final", [0.0, 0.1])
def test_cosine_as_optax_has_it(final, over):
    check_against(
        lambda length: optax.cosine_decay_schedule(0.1, over or length, alpha=final),
        lambda by, _: Cosine(final=final, by=by, over=over),
    )


def test_the_last_epoch_of_a_cosine_still_learns():
    # At t = 3 of T = 4: ½ (1 + cos ¾π) = ½ (1 − √½).
    rates = every_rate(Cosine(), 1.0, epochs=4, steps=1).ravel()
    np.testing.assert_allclose(rates, [1, 0.5 + np.sqrt(0.125), 0.5, 0.5 - np.sqrt(0.125)])
    beyond = Cosine(final=0.25).rates(1.0, Clock(9, 9, 1, 4, 90))
    np.testing.assert_allclose(beyond, [0.25])


def test_restarts_as_optax_has_them():
    periods = [{"init_value": 0.1, "peak_value": 0.1, "warmup_steps": 0, "end_value": 0.01}] * 4
    check_against(
        lambda _: optax.sgdr_schedule(
            [{**period, "decay_steps": 5 * 2**i} for i, period in enumerate(periods)]
        ),
        lambda by, _: CosineRestarts(period=5, growth=2.0, final=0.1, by=by),
    )


@pytest.mark.parametrize(
    ("period", "growth", "starts"),
    [
        (5, 1.0, [0, 5, 10, 15, 20, 25, 30, 35]),
        (5, 2.0, [0, 5, 15, 35]),
        (10, 1.1, [0, 10, 21, 33]),  # 10, 11 and 12.1, which is 12
        (1, 1.5, [0, 1, 3, 5, 8, 13, 21, 32]),  # 1, 1.5, 2.25, 3.375, 5.06, 7.59, 11.39 rounded
        (100, 2.0, [0]),
    ],
)
def test_each_restart_is_at_the_full_rate(period, growth, starts):
    rates = every_rate(CosineRestarts(period=period, growth=growth), 1.0, epochs=40, steps=1)
    np.testing.assert_array_equal(np.flatnonzero(rates == 1.0), starts)
    falling = np.delete(np.diff(rates.ravel()), np.array(starts[1:], int) - 1)
    assert (falling < 0).all()


def test_restarts_go_on_where_a_training_is_resumed():
    whole = every_rate(CosineRestarts(period=3, by="step"))
    later = CosineRestarts(period=3, by="step").rates(0.1, Clock(7, 35, STEPS, EPOCHS, 70))
    np.testing.assert_array_equal(later, whole[7])


def test_one_cycle_as_optax_has_it():
    check_against(
        lambda length: optax.cosine_onecycle_schedule(length, 0.1, pct_start=0.25),
        lambda by, _: OneCycle(peak_at=0.25, by=by),
    )


def test_one_cycle_in_straight_lines():
    # Up from 0.1 to 1 in two steps of five, down to 0.4 in three: 0.1, 0.55, 1, 0.8, 0.6.
    schedule = OneCycle(start=0.1, peak_at=0.4, final=0.4, shape="linear")
    rates = every_rate(schedule, 1.0, epochs=1, steps=5)
    np.testing.assert_allclose(rates, [[0.1, 0.55, 1, 0.8, 0.6]], rtol=1e-14)
    expected = optax.join_schedules(
        [optax.linear_schedule(0.01, 0.1, 15), optax.linear_schedule(0.1, 0.04, 45)], [15]
    )
    schedule = OneCycle(start=0.1, peak_at=0.25, final=0.4, shape="linear")
    rates = every_rate(schedule).ravel()
    np.testing.assert_allclose(rates, [expected(t) for t in range(60)], rtol=1e-12)


@pytest.mark.parametrize("over", [1, 7, 20])
@pytest.mark.parametrize("kind", [Polynomial, Cosine, OneCycle])
def test_what_comes_down_stays_down(kind, over):
    rates = every_rate(kind(final=0.01, over=over, by="step"), 1.0).ravel()
    assert (rates[:over] > 0.01).all()
    np.testing.assert_allclose(rates[over:], 0.01, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_scaled_by_the_initial_rate(kind):
    np.testing.assert_allclose(every_rate(kind(), 0.3), 3 * every_rate(kind(), 0.1), rtol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_by_epoch_the_rate_is_constant_inside_one(kind):
    rates = every_rate(kind(by="epoch"))
    assert (rates == rates[:, :1]).all()
    assert len(np.unique(rates)) > 1
    rates = every_rate(kind(by="step"), steps=7)
    assert (rates != rates[:, :1]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_no_schedule_of_time_knows_plateaus(kind):
    assert kind().patience is None
    assert kind().on_plateau(0.1) is None


@pytest.mark.parametrize("kind", KINDS)
def test_planned_steps_can_be_told(kind):
    # An epoch cut short: what counts is the number planned, not epochs · steps.
    clock = Clock(0, 0, 3, 4, 0, planned_steps=20)
    same = Clock(0, 0, 5, 4, 0)
    schedule = kind(by="step")
    np.testing.assert_array_equal(schedule.rates(0.1, clock), schedule.rates(0.1, same)[:3])


@pytest.mark.parametrize(
    ("kind", "numbers", "sentence"),
    [
        (Step, {"every": 0}, "every of the schedule 'step' must be a whole number at least 1"),
        (Step, {"every": 2.5}, "whole number"),
        (Step, {"factor": 1.5}, "from 0 to 1; got 1.5"),
        (Exponential, {"decay": -0.1}, "decay of the schedule 'exponential'"),
        (Exponential, {"decay": np.nan}, "got nan"),
        (InverseTime, {"decay": np.inf}, "got inf"),
        (InverseTime, {"decay": "much"}, "got 'much'"),
        (Polynomial, {"power": -1}, "at least 0"),
        (Polynomial, {"final": 2}, "from 0 to 1"),
        (Cosine, {"over": 0}, "over of the schedule 'cosine'"),
        (Cosine, {"over": True}, "whole number"),
        (Cosine, {"by": "batch"}, "by of the schedule 'cosine' is 'epoch' or 'step'; got 'batch'"),
        (CosineRestarts, {"period": 0}, "period"),
        (CosineRestarts, {"growth": 0.5}, "growth"),
        (CosineRestarts, {"final": -1}, "final"),
        (OneCycle, {"start": 2}, "start"),
        (OneCycle, {"peak_at": 0}, "peak_at"),
        (OneCycle, {"peak_at": 1}, "peak_at"),
        (OneCycle, {"shape": "square"}, "'cosine' or 'linear'"),
    ],
)
def test_numbers_that_make_no_sense(kind, numbers, sentence):
    with pytest.raises(InputError, match=sentence):
        kind(**numbers)
