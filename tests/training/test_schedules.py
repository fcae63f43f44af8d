"""Schedules: the numbers that scikit-learn's formulas give."""

import pytest

from chainrule.training import SCHEDULES


def test_constant():
    schedule = SCHEDULES["constant"]
    assert schedule.after_epoch(0.1, 0.07, 1000, 0.5) == 0.07
    assert schedule.on_plateau(0.1) is None


@pytest.mark.parametrize(
    ("seen", "power", "rate"), [(0, 0.5, 0.1), (99, 0.5, 0.01), (3, 1.0, 0.025), (7, 0.0, 0.1)]
)
def test_inverse_scaling(seen, power, rate):
    schedule = SCHEDULES["invscaling"]
    assert schedule.after_epoch(0.1, 123.0, seen, power) == pytest.approx(rate, rel=1e-15)
    assert schedule.on_plateau(0.1) is None


def test_adaptive_divides_by_five_until_the_rate_is_small():
    schedule = SCHEDULES["adaptive"]
    assert schedule.after_epoch(0.1, 0.02, 50, 0.5) == 0.02
    rate, rates = 0.1, []
    while rate is not None:
        rates.append(rate)
        rate = schedule.on_plateau(rate)
    # 0.1 / 5⁷ = 1.28e-6 is still above a millionth, 0.1 / 5⁸ = 2.56e-7 is not: the last.
    assert len(rates) == 9
    assert rates[1] == 0.1 / 5
    assert rates[-1] == pytest.approx(2.56e-7)


@pytest.mark.parametrize(("rate", "lower"), [(1e-6, None), (1.1e-6, 2.2e-7), (9e-7, None)])
def test_adaptive_at_the_smallest_rate(rate, lower):
    assert SCHEDULES["adaptive"].on_plateau(rate) == (
        None if lower is None else pytest.approx(lower)
    )


def test_records_are_complete():
    assert list(SCHEDULES) == ["constant", "invscaling", "adaptive"]
    for name, record in SCHEDULES.items():
        assert record.name == name
        assert record.formula.strip()
