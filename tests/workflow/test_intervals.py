"""Intervals hold the true score as often as they say, and agree with SciPy's where it has them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from chainrule.errors import InputError
from chainrule.workflow._proportions import of_classes
from chainrule.workflow.intervals import difference_intervals, score_intervals
from chainrule.workflow.scores import score_classes, score_numbers

AREAS = ("accuracy", "balanced_accuracy", "macro_f1", "roc_auc")


def made_up(n, k, *, seed=0, separation=2.0):
    """Return classes, and what two models that go together say of them."""
    random = np.random.default_rng(seed)
    codes = np.r_[np.arange(k), random.integers(k, size=n - k)]
    z = random.normal(size=(n, k)) + separation * np.eye(k)[codes]
    rival = z + random.normal(size=(n, k))
    return codes, *(np.exp(s) / np.exp(s).sum(axis=1, keepdims=True) for s in (z, rival))


def numbers(n, *, seed=0):
    random = np.random.default_rng(seed)
    true = random.normal(size=n) * 3 + 100
    return true, true + random.standard_t(12, size=n), true + random.normal(size=n) * 1.5


# ---------------------------------------------------------------------------- proportions


@pytest.mark.parametrize(("right", "n"), [(69, 69), (0, 5), (1, 1), (55, 70)])
def test_accuracy_has_wilsons_interval(right, n):
    probabilities = np.where(np.arange(n)[:, None] < right, [0.8, 0.2], [0.3, 0.7])
    found = score_intervals(np.zeros(n, int), probabilities, classes=("a", "b"))
    wanted = stats.binomtest(right, n).proportion_ci(method="wilson")
    assert found["accuracy"] == pytest.approx(tuple(wanted), abs=1e-12)


@pytest.mark.parametrize("k", [2, 3, 6])
@pytest.mark.parametrize("weighted", [False, True])
def test_influence_is_the_slope_of_the_score(k, weighted):
    codes, said, _ = made_up(40, k)
    said = said.round(1)  # with ties
    weights = np.random.default_rng(1).uniform(0.5, 3, 40) if weighted else None
    start = np.ones(40) if weights is None else weights
    found = of_classes(codes, said, weights, probabilistic=True)
    known = {"classes": tuple(range(k))}
    for i in (0, 7, 39):
        step = 1e-5 * (np.arange(40) == i)
        up = score_classes(codes, said, start * (1 + step), **known).to_dict()
        down = score_classes(codes, said, start * (1 - step), **known).to_dict()
        for name in AREAS:
            slope = (up[name] - down[name]) / 2e-5
            assert found[name].influence[i] == pytest.approx(slope, abs=1e-8), name
    scores = score_classes(codes, said, weights, **known).to_dict()
    assert {name: found[name].value for name in AREAS} == pytest.approx(
        {name: scores[name] for name in AREAS}
    )


def test_of_many_rows_intervals_are_as_wide_as_the_bootstraps():
    codes, said, _ = made_up(2000, 3)
    found = score_intervals(codes, said, classes=(0, 1, 2))
    random = np.random.default_rng(0)
    drawn = [
        score_classes(codes[i], said[i], classes=(0, 1, 2)).to_dict()
        for i in random.integers(0, 2000, (300, 2000))
    ]
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        low, high = np.quantile([scores[name] for scores in drawn], [0.025, 0.975])
        assert found[name] == pytest.approx((low, high), abs=0.15 * (high - low)), name
    # That of the area may be wider: it is no surer than Hanley and McNeil's.
    low, high = np.quantile([scores["roc_auc"] for scores in drawn], [0.025, 0.975])
    assert 1 < (found["roc_auc"][1] - found["roc_auc"][0]) / (high - low) < 1.6


def test_area_of_two_classes_by_hand():
    # One pair of 3 · 2 is in the wrong order: A = 5/6. Hanley and McNeil's variance with the mean
    # of both numbers, 2.5: A(1 − A)(1 + 1.5 ((1 − A)/(2 − A) + A/(1 + A)))/6 = 0.0438913; DeLong's:
    # placements of the two 1 and 2/3, of the three 1, 1, 1/2, squared deviations/count² summed:
    # (1/36 + 1/36)/4 + (1/36 + 1/36 + 1/9)/9 = 0.0324074. The larger is that of 3.164 rows.
    codes = np.array([0, 0, 0, 1, 1])
    score = np.array([0.1, 0.2, 0.6, 0.9, 0.5])
    found = score_intervals(codes, np.column_stack([1 - score, score]), classes=(0, 1))
    size = (5 / 36) / 0.0438913
    a, z2 = 5 / 6, 1.959964**2 / size
    half = np.sqrt(z2 * a * (1 - a) + z2**2 / 4)
    wanted = (a + z2 / 2 - half) / (1 + z2), (a + z2 / 2 + half) / (1 + z2)
    assert found["roc_auc"] == pytest.approx(wanted, abs=1e-5)


def test_without_a_wrong_row_no_interval_is_empty():
    codes = np.repeat([0, 1, 2], [30, 20, 4])
    found = score_intervals(codes, np.eye(3)[codes] * 0.9 + 0.1 / 3, classes=tuple("abc"))
    for name in AREAS:
        assert 0.6 < found[name][0] < 0.96, name
        assert found[name][1] == 1.0, name
    # A class of 4 rows may be half wrong without anyone having seen it.
    assert found["balanced_accuracy"][0] < found["accuracy"][0]
    assert found["log_loss"][0] == pytest.approx(found["log_loss"][1])


def test_intervals_of_classes_hold_the_truth_in_19_of_20_tests():
    known = {"classes": (0, 1, 2), "probabilistic": False}
    codes, said, rival = made_up(100_000, 3, seed=99)
    truth, other = (score_classes(codes, p, **known).to_dict() for p in (said, rival))
    own, lead = dict.fromkeys(AREAS[:3], 0), dict.fromkeys(AREAS[:3], 0)
    for seed in range(400):
        codes, said, rival = made_up(60, 3, seed=seed)
        found = score_intervals(codes, said, **known)
        less = difference_intervals(codes, said, rival, **known)
        for name in own:
            own[name] += found[name][0] <= truth[name] <= found[name][1]
            lead[name] += less[name][0] <= truth[name] - other[name] <= less[name][1]
    for name in own:
        assert 0.925 < own[name] / 400 < 0.99, name
        assert 0.925 < lead[name] / 400 < 0.99, name


def test_difference_of_accuracies_is_newcombes():
    # 40 rows right by both, 12 by the first alone, 2 by the second alone, 6 by none.
    first, second = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [40, 12, 2, 6], axis=0).T
    p = [np.column_stack([r, 1 - r]).astype(float) for r in (first, second)]
    found = difference_intervals(np.zeros(60, int), *p, classes=("a", "b"), probabilistic=False)
    (l1, u1), (l2, u2) = (stats.binomtest(k, 60).proportion_ci(method="wilson") for k in (52, 42))
    phi = (40 * 6 - 12 * 2) / np.sqrt(52 * 8 * 42 * 18)
    a, b, c, d = 52 / 60 - l1, u2 - 42 / 60, u1 - 52 / 60, 42 / 60 - l2
    wanted = (
        10 / 60 - np.sqrt(a * a - 2 * phi * a * b + b * b),
        10 / 60 + np.sqrt(c * c - 2 * phi * c * d + d * d),
    )
    assert found["accuracy"] == pytest.approx(wanted)
    assert list(found) == ["accuracy", "balanced_accuracy", "macro_f1"]


# ---------------------------------------------------------------------------- by resampling


def by_scipy(rows, score):
    """Return SciPy's BCa interval of a score of rows."""

    def of(places, axis=-1):
        return np.apply_along_axis(lambda i: score(*(r[i] for r in rows)), axis, places)

    places = (np.arange(len(rows[0])),)
    drawn = stats.bootstrap(places, of, n_resamples=2000, rng=np.random.default_rng(5))
    return drawn.confidence_interval


@pytest.mark.parametrize("name", ["r2", "rmse", "mae"])
def test_numbers_agree_with_scipy(name):
    true, said, rival = numbers(50)
    found = score_intervals(true, said, classes=None, resamples=10_000)[name]
    wanted = by_scipy((true, said), lambda t, p: getattr(score_numbers(t, p), name))
    assert found == pytest.approx(tuple(wanted), abs=0.1 * (wanted.high - wanted.low))
    found = difference_intervals(true, said, rival, classes=None, resamples=10_000)[name]
    wanted = by_scipy(
        (true, said, rival),
        lambda t, p, q: getattr(score_numbers(t, p), name) - getattr(score_numbers(t, q), name),
    )
    assert found == pytest.approx(tuple(wanted), abs=0.1 * (wanted.high - wanted.low))


def test_log_loss_agrees_with_scipy():
    codes, said, rival = made_up(60, 3)
    own, other = (-np.log(p[np.arange(60), codes]) for p in (said, rival))
    for found, losses in (
        (score_intervals(codes, said, classes=(0, 1, 2), resamples=10_000), own),
        (
            difference_intervals(codes, said, rival, classes=(0, 1, 2), resamples=10_000),
            own - other,
        ),
    ):
        wanted = by_scipy((losses,), np.mean)
        width = wanted.high - wanted.low
        assert found["log_loss"] == pytest.approx(tuple(wanted), abs=0.1 * width)


def test_intervals_of_numbers_hold_the_truth_in_19_of_20_tests():
    truth = score_numbers(*numbers(200_000, seed=77)[:2])
    held = {"rmse": 0, "mae": 0, "median_absolute_error": 0}
    for seed in range(300):
        true, said, _ = numbers(80, seed=seed)
        found = score_intervals(true, said, classes=None, resamples=200)
        for name in held:
            held[name] += found[name][0] <= getattr(truth, name) <= found[name][1]
    for name, count in held.items():
        # A bootstrap of few rows with far ones among them is a little too sure.
        assert 0.88 < count / 300 < 0.985, name


def test_very_many_rows_have_the_jackknifes_interval():
    true, said, _ = numbers(4000)
    drawn = score_intervals(true, said, classes=None, resamples=2000)
    normal = score_intervals(true, said, classes=None, resamples=3000)
    for name in ("r2", "rmse", "mae"):
        width = drawn[name][1] - drawn[name][0]
        assert normal[name] != drawn[name]
        assert normal[name] == pytest.approx(drawn[name], abs=0.1 * width), name
    assert normal["rmse"][0] + normal["rmse"][1] == pytest.approx(
        2 * score_numbers(true, said).rmse
    )


def test_the_same_seed_gives_the_same():
    true, said, _ = numbers(30)
    first, second, other = (score_intervals(true, said, classes=None, seed=s) for s in (0, 0, 1))
    assert first == second != other


# ---------------------------------------------------------------------------- particular rows


def test_the_median_is_between_two_of_the_errors():
    # ½ ± 0.98/√25 are the shares 0.304 and 0.696: the 8th and the 18th of 25 errors.
    found = score_intervals(np.arange(1.0, 26.0), np.zeros(25), classes=None)
    assert found["median_absolute_error"] == (8.0, 18.0)
    few = score_intervals(np.zeros(5), np.arange(5.0), classes=None)
    assert few["median_absolute_error"] == (0.0, 4.0)


def test_equal_weights_change_nothing():
    codes, said, rival = made_up(50, 3)
    true, p, q = numbers(50)
    weights = np.full(50, 0.25)
    for given in ((codes, said, rival, (0, 1, 2)), (true, p, q, None)):
        known = {"classes": given[3]}
        for find, arrays in ((score_intervals, given[:2]), (difference_intervals, given[:3])):
            plain = find(*arrays, **known)
            weighted = find(*arrays, **known, weights=weights)
            assert list(plain) == list(weighted)
            for name, interval in plain.items():
                assert weighted[name] == pytest.approx(interval, abs=1e-9), name


def test_uneven_weights_make_intervals_wider():
    codes, said, _ = made_up(200, 2, separation=1)
    true, p, _ = numbers(200)
    weights = np.tile([1.0, 9.0], 100)  # as sure as 122 equal rows
    for given in ((codes, said, (0, 1)), (true, p, None)):
        plain = score_intervals(*given[:2], classes=given[2])
        weighted = score_intervals(*given[:2], classes=given[2], weights=weights)
        scores = (
            score_numbers(*given[:2], weights)
            if given[2] is None
            else score_classes(*given[:2], weights, classes=given[2])
        ).to_dict()
        for name, (low, high) in weighted.items():
            assert low < scores[name] < high, name
        widths = [np.ptp(list(found.values()), axis=1).sum() for found in (plain, weighted)]
        assert widths[0] < widths[1]


def test_few_rows_tell_of_proportions_only():
    found = score_intervals(np.array([1]), np.array([[0.4, 0.6]]), classes=("a", "b"))
    assert list(found) == ["accuracy", "balanced_accuracy", "macro_f1"]
    assert found["accuracy"] == pytest.approx((0.2065, 1.0), abs=1e-4)
    for n in (1, 4):
        assert score_intervals(np.arange(n), np.ones(n), classes=None) == {}
        assert difference_intervals(np.arange(n), np.ones(n), np.zeros(n), classes=None) == {}
    assert len(score_intervals(np.arange(5), np.ones(5), classes=None)) == 4


def test_a_class_that_does_not_occur():
    codes, said, rival = made_up(40, 3)
    said, rival = said[codes < 2], rival[codes < 2]
    codes = codes[codes < 2]
    for found in (
        score_intervals(codes, said, classes=(0, 1, 2)),
        difference_intervals(codes, said, rival, classes=(0, 1, 2)),
    ):
        assert list(found) == ["accuracy", "balanced_accuracy", "log_loss", "macro_f1"]
        assert np.isfinite(list(found.values())).all()


def test_a_single_class():
    found = score_intervals(np.zeros(9, int), np.ones((9, 1)), classes=("only",))
    assert found["accuracy"] == found["macro_f1"]
    assert "roc_auc" not in found


def test_equal_targets_have_no_r2():
    said = np.random.default_rng(0).normal(size=30) + 0.1
    found = score_intervals(np.full(30, 0.1), said, classes=None)
    assert list(found) == ["rmse", "mae", "median_absolute_error"]
    # All but one are equal: a third of the resamples lack that one.
    assert "r2" not in score_intervals(np.r_[1.0, np.zeros(29)], said, classes=None)


def test_all_exactly_right():
    true = np.arange(12.0)
    found = score_intervals(true, true, classes=None)
    assert found["r2"] == (1.0, 1.0)
    assert found["rmse"] == found["median_absolute_error"] == (0.0, 0.0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"predicted": np.ones((3, 2))}, r"has shape \(3, 2\), but 4 rows ask for \(4, 2\)"),
        ({"predicted": np.ones(4)}, r"has shape \(4,\)"),
        ({"weights": np.ones(3)}, r"weights have shape \(3,\)"),
        ({"true": np.zeros(0, int)}, "no rows"),
        ({"resamples": 1}, "at least 2, not 1"),
    ],
)
def test_what_does_not_fit_is_refused(given, said):
    usual = {"true": np.zeros(4, int), "predicted": np.ones((4, 2)) / 2, "classes": (0, 1)}
    with pytest.raises(InputError, match=said):
        score_intervals(**{**usual, **given})
