"""Schedules: scikit-learn's three, plateaus, warm-up before each, functions, names."""

import dataclasses
import pickle
from itertools import pairwise

import numpy as np
import optax
import pytest
import skops.io
from sklearn.base import BaseEstimator, clone

from chainrule.errors import InputError
from chainrule.training.schedules import (
    SCHEDULE_TYPES,
    SCHEDULES,
    Adaptive,
    Clock,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    FunctionOfStep,
    InverseScaling,
    OneCycle,
    Plateau,
    Polynomial,
    Schedule,
    Step,
    WarmUp,
    make_schedule,
)

EPOCHS, STEPS = 12, 5


def every_rate(schedule, initial=0.1, *, epochs=EPOCHS, steps=STEPS, rows=40):
    """Return the rates of a whole training, one after another."""
    return np.concatenate(
        [
            schedule.rates(initial, Clock(epoch, epoch * steps, steps, epochs, rows * epoch))
            for epoch in range(epochs)
        ]
    )


def tenth(step):
    """Return a rate that falls by steps; at module level, so that it can be stored."""
    return 0.1 / (1 + step)


# ---------------------------------------------------------------------- scikit-learn's three


def test_constant():
    np.testing.assert_array_equal(every_rate(Constant()), np.full(60, 0.1))
    assert Constant().on_plateau(0.1) is None
    assert Constant().patience is None


@pytest.mark.parametrize(
    ("seen", "power", "rate"), [(0, 0.5, 0.1), (99, 0.5, 0.01), (3, 1.0, 0.025), (7, 0.0, 0.1)]
)
def test_inverse_scaling(seen, power, rate):
    schedule = InverseScaling(power=power)
    rates = schedule.rates(0.1, Clock(1, 3, 3, 10, seen))
    np.testing.assert_allclose(rates, [rate] * 3, rtol=1e-15)
    assert schedule.on_plateau(0.1) is None


def test_inverse_scaling_begins_every_training_with_the_initial_rate():
    # A warm start has seen rows before; scikit-learn begins with α₀ all the same.
    np.testing.assert_array_equal(InverseScaling().rates(0.1, Clock(0, 0, 2, 10, 500)), [0.1] * 2)


def test_adaptive_divides_by_five_until_the_rate_is_small():
    rate, rates = 0.1, []
    while rate is not None:
        rates.append(rate)
        np.testing.assert_array_equal(Adaptive().rates(rate, Clock(3, 6, 2, 10, 50)), [rate] * 2)
        rate = Adaptive().on_plateau(rate)
    # 0.1 / 5⁷ = 1.28e-6 is still above a millionth, 0.1 / 5⁸ = 2.56e-7 is not: the last.
    assert len(rates) == 9
    assert rates[1] == 0.1 / 5
    assert rates[-1] == pytest.approx(2.56e-7)


@pytest.mark.parametrize(("rate", "lower"), [(1e-6, None), (1.1e-6, 2.2e-7), (9e-7, None)])
def test_adaptive_at_the_smallest_rate(rate, lower):
    assert Adaptive().on_plateau(rate) == (None if lower is None else pytest.approx(lower))


# ---------------------------------------------------------------------- plateaus


def test_plateaus_by_hand():
    # 0.1, 0.03, 0.009, 0.0027, then 0.00081 is below the smallest: 0.001, and stays there.
    schedule = Plateau(factor=0.3, patience=2, smallest=1e-3)
    assert schedule.patience == 2
    rates = [0.1]
    for _ in range(6):
        rates.append(schedule.on_plateau(rates[-1]))
    expected = [0.1, 0.03, 0.009, 0.0027, 0.001, 0.001, 0.001]
    np.testing.assert_allclose(rates, expected, rtol=1e-14)
    np.testing.assert_array_equal(schedule.rates(0.03, Clock(3, 6, 2, 10, 50)), [0.03] * 2)


def test_a_plateau_never_raises_the_rate():
    assert Plateau(smallest=0.01).on_plateau(0.001) == 0.001


# ---------------------------------------------------------------------- warm-up


@pytest.mark.parametrize("name", sorted(SCHEDULES))
@pytest.mark.parametrize("by", ["epoch", "step"])
def test_warm_up_before_each(name, by):
    other = make_schedule(name)
    over = 2 if by == "epoch" else 2 * STEPS
    rates = every_rate(WarmUp(schedule=name, over=over, start=0.1, by=by))
    # As if the other one had begun two epochs later, with two epochs less to go.
    after = every_rate(other, epochs=EPOCHS - 2)
    np.testing.assert_allclose(rates[10:], after, rtol=1e-13)
    np.testing.assert_allclose(rates[:10], after[0] * (0.1 + 0.09 * np.arange(10)), rtol=1e-13)
    np.testing.assert_allclose(np.diff(rates[:11]), 0.09 * after[0], rtol=1e-12)


@pytest.mark.parametrize("over", [1, 5, 7, 23])
def test_warm_up_in_the_middle_of_an_epoch_as_optax_has_it(over):
    expected = optax.warmup_cosine_decay_schedule(0.02, 0.1, over, 60, end_value=0.01)
    schedule = WarmUp(schedule=Cosine(final=0.1, by="step"), over=over, start=0.2, by="step")
    np.testing.assert_allclose(
        every_rate(schedule), [float(expected(t)) for t in range(60)], rtol=1e-12
    )


def test_warm_up_of_steps_before_a_schedule_of_epochs():
    # Seven steps are an epoch and two steps: the other's first epoch is the rest of the second.
    schedule = WarmUp(schedule=Step(every=1, factor=0.5), over=7, by="step")
    rates = every_rate(schedule, 0.7, epochs=4)
    np.testing.assert_allclose(rates[:8], np.arange(8) / 10, atol=1e-15)
    np.testing.assert_allclose(rates[7:], [0.7] * 3 + [0.35] * 5 + [0.175] * 5, rtol=1e-14)


def test_warm_up_of_steps_before_inverse_scaling():
    # 40 rows in 5 steps; after 10 of 15 steps a third of the 120 rows were after the warm-up.
    rates = every_rate(WarmUp(schedule="invscaling", over=10, by="step"), 0.1)
    np.testing.assert_allclose(rates[10:20], [0.1] * 5 + [0.1 / np.sqrt(41)] * 5, rtol=1e-14)


def test_one_epoch_of_one_step_loses_nothing_but_that_step():
    rates = every_rate(WarmUp(over=4), 0.4, epochs=6, steps=1)
    np.testing.assert_allclose(rates, [0, 0.1, 0.2, 0.3, 0.4, 0.4], atol=1e-15)


def test_a_warm_up_longer_than_the_training():
    rates = every_rate(WarmUp(schedule="cosine", over=24), 0.6)
    np.testing.assert_allclose(rates, 0.6 * np.arange(60) / 120, atol=1e-15)


def test_warm_up_leads_to_where_a_function_begins():
    rates = every_rate(WarmUp(schedule=lambda step: 0.8 / (1 + step), over=4, by="step"), 123.0)
    np.testing.assert_allclose(rates[:7], [0, 0.2, 0.4, 0.6, 0.8, 0.4, 0.8 / 3], rtol=1e-14)


def test_warm_up_leaves_plateaus_to_the_other():
    assert WarmUp(schedule="adaptive").on_plateau(0.1) == 0.02
    assert WarmUp(schedule="cosine").on_plateau(0.1) is None
    plateau = WarmUp(schedule=Plateau(patience=3, factor=0.1))
    assert (plateau.patience, plateau.on_plateau(0.1)) == (3, pytest.approx(0.01))


def test_warm_up_before_a_warm_up():
    rates = every_rate(WarmUp(schedule=WarmUp(over=2, start=0.5, by="step"), over=2, by="step"))
    np.testing.assert_allclose(rates[:6], [0, 0.025, 0.05, 0.075, 0.1, 0.1], atol=1e-15)


# ---------------------------------------------------------------------- functions of the step


def test_a_function_gives_the_rate_itself():
    rates = every_rate(make_schedule(tenth), 55.0)
    np.testing.assert_array_equal(rates, [0.1 / (1 + step) for step in range(60)])


def test_a_function_is_given_plain_numbers_of_steps():
    seen = []
    schedule = FunctionOfStep(function=lambda step: seen.append(step) or 0.1)
    schedule.rates(0.1, Clock(2, 8, 4, 10, 80))
    assert seen == [8, 9, 10, 11]
    assert {type(step) for step in seen} == {int}


@pytest.mark.parametrize("value", [None, "fast", np.nan, np.inf, -0.1, [0.1, 0.2]])
def test_what_is_no_rate_is_refused_with_the_step(value):
    schedule = make_schedule(lambda step: value if step == 7 else 0.1)
    np.testing.assert_array_equal(schedule.rates(0.1, Clock(0, 0, 5, 10, 0)), [0.1] * 5)
    with pytest.raises(InputError, match="the learning rate of step 7 must be a finite number"):
        schedule.rates(0.1, Clock(1, 5, 5, 10, 0))


def test_a_function_may_return_zero_or_a_number_of_numpy():
    rates = make_schedule(lambda step: np.float32(step)).rates(1.0, Clock(0, 0, 3, 1, 0))
    np.testing.assert_array_equal(rates, [0, 1, 2])


# ---------------------------------------------------------------------- names and objects


def test_every_name():
    assert list(SCHEDULES) == [
        "constant",
        "invscaling",
        "adaptive",
        "step",
        "exponential",
        "inverse_time",
        "polynomial",
        "cosine",
        "cosine_restarts",
        "one_cycle",
        "plateau",
    ]
    for name, schedule in SCHEDULES.items():
        assert schedule.name == name
        assert make_schedule(name) == schedule == type(schedule)()


def test_records_are_complete():
    kinds = [*SCHEDULES.values(), WarmUp(), FunctionOfStep(function=tenth)]
    for schedule in kinds:
        assert schedule.formula.strip()
        assert schedule.source.strip()
    assert len({schedule.formula for schedule in kinds}) == len(kinds)
    assert len({schedule.name for schedule in kinds}) == len(kinds)


def test_scikit_learns_power():
    assert make_schedule("invscaling", power_t=0.3) == InverseScaling(power=0.3)
    assert make_schedule("cosine", power_t=0.3) == Cosine()


def test_an_object_is_taken_as_it_is():
    schedule = Polynomial(power=3)
    assert make_schedule(schedule) is schedule


@pytest.mark.parametrize(
    ("value", "shown"), [("slower", "'slower'"), (3, "3"), (None, "None"), (Cosine, "Cosine")]
)
def test_no_schedule(value, shown):
    with pytest.raises(InputError) as caught:
        make_schedule(value)
    sentence = str(caught.value)
    assert f"no learning-rate schedule {shown};" in sentence
    for name in SCHEDULES:
        assert name in sentence


@pytest.mark.parametrize(
    ("kind", "numbers", "sentence"),
    [
        (InverseScaling, {"power": -0.5}, "power of the schedule 'invscaling'"),
        (Plateau, {"factor": 2}, "factor"),
        (Plateau, {"patience": 1.5}, "patience of the schedule 'plateau' must be a whole number"),
        (Plateau, {"smallest": -1}, "smallest"),
        (WarmUp, {"over": 0}, "over"),
        (WarmUp, {"start": 1.5}, "start"),
        (WarmUp, {"by": "row"}, "'epoch' or 'step'; got 'row'"),
        (WarmUp, {"schedule": "slower"}, "no learning-rate schedule 'slower'"),
        (FunctionOfStep, {"function": 0.1}, "must be a function; got 0.1"),
    ],
)
def test_numbers_that_make_no_sense(kind, numbers, sentence):
    with pytest.raises(InputError, match=sentence):
        kind(**numbers)


EXAMPLES = [
    *SCHEDULES.values(),
    WarmUp(schedule="cosine", over=3, by="step"),
    FunctionOfStep(function=tenth),
]


class Holder(BaseEstimator):
    """An estimator with nothing but a schedule."""

    def __init__(self, learning_rate="constant"):
        self.learning_rate = learning_rate


@pytest.mark.parametrize("schedule", EXAMPLES, ids=lambda schedule: schedule.name)
def test_schedules_are_values(schedule):
    same = dataclasses.replace(schedule)
    assert same == schedule
    assert same is not schedule
    assert hash(same) == hash(schedule)
    assert pickle.loads(pickle.dumps(schedule)) == schedule  # noqa: S301 (its own)
    assert clone(schedule) == schedule
    assert clone(Holder(schedule)).learning_rate == schedule
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.power = 3


def test_schedules_of_different_kind_or_numbers_differ():
    for one, other in pairwise(EXAMPLES):
        assert one != other
    assert Step(every=3) != Step(every=4)
    assert WarmUp(schedule="step") == WarmUp(schedule=Step())
    assert WarmUp(schedule="step") != WarmUp(schedule=Exponential())


def test_model_files_may_hold_every_kind():
    names = {f"{type(x).__module__}.{type(x).__qualname__}" for x in EXAMPLES}
    assert set(SCHEDULE_TYPES) == names
    stored = [x for x in EXAMPLES if not isinstance(x, FunctionOfStep)]
    read = skops.io.loads(skops.io.dumps(stored), trusted=list(SCHEDULE_TYPES))
    assert read == stored
    for one, other in zip(read, stored, strict=True):
        np.testing.assert_array_equal(every_rate(one), every_rate(other))


def test_ones_own_schedule():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Halves(Schedule):
        name = "halves"
        formula = r"\alpha_0 / 2"
        source = "here"

        def rates(self, initial, clock):
            return np.full(clock.steps, initial / 2)

    assert make_schedule(Halves()) == Halves()
    rates = every_rate(WarmUp(schedule=Halves(), over=1), 0.4, epochs=2, steps=2)
    np.testing.assert_allclose(rates, [0, 0.1, 0.2, 0.2])


def test_a_training_can_be_resumed_anywhere():
    for schedule in EXAMPLES:
        whole = every_rate(schedule)
        clock = Clock(7, 35, STEPS, EPOCHS, 280)
        np.testing.assert_array_equal(schedule.rates(0.1, clock), whole[35:40])


def test_kinds_that_differ_at_the_end():
    # By epoch the default cosine ends above zero; restarts and cycles go their own way.
    ends = [every_rate(kind)[-1] for kind in (Cosine(), CosineRestarts(), OneCycle())]
    assert all(end > 0 for end in ends)
    assert len(set(ends)) == 3
