"""CR2xx and what else is read from the history: written by hand, then from real trainings."""

import copy
import math

import numpy as np
import pytest

from chainrule import MLPClassifier, MLPRegressor
from chainrule.explanation import diagnose
from chainrule.explanation.diagnosing._course import last_quarter
from chainrule.explanation.diagnosing._finding import show


@pytest.fixture
def model(waves, fit):
    """A network whose history is then written by hand."""
    return fit(MLPRegressor(hidden_layer_sizes=(5,), max_iter=2, random_state=0), *waves)


@pytest.fixture
def labeller(moons, fit):
    return fit(MLPClassifier((5,), max_iter=2, random_state=0), *moons)


def settling(epochs=100, first=0.5, last=0.1, time=10):
    """Return losses that fall as they should: exponentially, and settle."""
    return (last + (first - last) * np.exp(-np.arange(epochs) / time)).tolist()


def test_a_loss_that_settles_is_healthy(model, set_history):
    assert diagnose(set_history(model, settling())).codes == ()


def test_a_noisy_loss_that_settles_is_healthy(labeller, set_history, rng):
    losses = np.array(settling()) + 0.004 * rng.normal(size=100)
    assert diagnose(set_history(labeller, losses.tolist())).codes == ()


# ---------------------------------------------------------------------------- CR201


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_divergence_names_its_epoch(bad, model, set_history):
    model.set_params(solver="sgd", learning_rate_init=0.05)
    set_history(model, [0.5, 2.0, 1e9, bad], rate=0.05)
    (finding,) = diagnose(model)
    assert finding.code == "CR201"
    assert finding.evidence == (
        "The loss was no longer a finite number in epoch 4, after 1e+09 in the epoch before, with "
        "a learning rate of 0.05."
    )
    assert finding.advice == "learning_rate_init=0.005 (now 0.05)."
    assert finding.numbers == {"epoch": 4, "loss_before": 1e9}


def test_divergence_in_the_first_epoch(model, set_history):
    model.set_params(learning_rate_init=30.0)
    (finding,) = diagnose(set_history(model, [math.nan]))
    assert "in epoch 1, with" in finding.evidence
    assert finding.numbers == {"epoch": 1, "loss_before": None}
    assert finding.advice.startswith("learning_rate_init=0.01 ")  # a tenth might not be enough


def test_divergence_without_a_learning_rate(model, set_history):
    model.set_params(solver="lbfgs")
    (finding,) = diagnose(set_history(model, [1.0, math.nan]))
    assert "learning rate" not in finding.evidence + finding.advice
    assert "StandardScaler" in finding.advice


def test_weights_that_are_no_numbers(model, waves):
    model.coefs_[0][0, 0] = math.nan
    diagnosis = diagnose(model, *waves)
    assert diagnosis[0].evidence == "1 of 26 weights are not finite numbers."
    assert diagnosis[0].code == "CR201"


def test_a_fit_that_failed_can_still_be_diagnosed(waves, fit):
    model = MLPRegressor(solver="sgd", learning_rate_init=1000.0, random_state=0)
    with pytest.raises(ValueError, match="non-finite"):
        fit(model, *waves)
    assert diagnose(model, *waves).codes == ("CR201",)


def test_a_real_divergence(waves, fit):
    X, y = waves
    model = MLPRegressor(solver="sgd", learning_rate_init=10.0, early_stopping=True)
    model.set_params(random_state=0)
    assert diagnose(fit(model, X, y), X, y)[0].code == "CR201"
    model.set_params(learning_rate_init=0.01)
    assert "CR201" not in diagnose(fit(model, X, y), X, y).codes


# ---------------------------------------------------------------------------- CR202


def test_a_loss_that_ends_higher_than_it_began(model, set_history):
    model.set_params(learning_rate_init=0.1)
    set_history(model, [0.5, 0.6, 0.7], rate=0.1)
    (finding,) = diagnose(model)
    assert finding.code == "CR202"
    assert finding.evidence == (
        "The loss rose from 0.5 in the first epoch to 0.7, with a learning rate of 0.1."
    )
    assert finding.advice == "learning_rate_init=0.01 (now 0.1)."
    assert diagnose(set_history(model, [0.5, 0.52, 0.54])).codes == ()  # within a tenth


def test_a_loss_that_was_low_and_ends_worse_than_guessing(labeller, set_history):
    # ln 2 = 0.69 is the error of guessing one of two classes; the first epoch was worse still.
    set_history(labeller, [5.0, 0.3, 0.2, 0.2, 0.9])
    (finding,) = diagnose(labeller)
    assert finding.evidence.startswith("The loss rose from 0.2 in epoch 3 to 0.9,")
    assert diagnose(set_history(labeller, [5.0, 0.3, 0.2, 0.2, 0.6])).codes == ()


def test_one_epoch_out_of_line_is_no_rise(model, set_history):
    losses = settling()
    losses[-1] = 3.0
    assert diagnose(set_history(model, losses)).codes == ()


def up_and_down(by):
    return [0.6] * 5 + [0.4 + by * (i % 2) for i in range(15)]


def test_a_loss_that_goes_up_and_down_to_the_end(labeller, set_history):
    (finding,) = diagnose(set_history(labeller, up_and_down(0.1)))
    assert finding.code == "CR202"
    # Of the 9 changes in the second half 4 go up; 0.1 is 14 % of ln 2.
    assert finding.numbers["upward"] == pytest.approx(4 / 9)
    assert finding.numbers["mean_change"] == pytest.approx(0.1)
    assert finding.numbers["share_of_guessing"] == pytest.approx(0.1 / math.log(2))
    assert "the loss rose in 44% of them, and changed by 0.1 a time, 14% of" in finding.evidence


@pytest.mark.parametrize(
    "losses",
    [
        up_and_down(0.01),
        settling(20, first=5.0, time=6),  # falls by much, but does not rise
        up_and_down(0.1)[-8:],  # too short to tell
    ],
)
def test_what_is_no_going_up_and_down(losses, labeller, set_history):
    assert diagnose(set_history(labeller, losses)).codes == ()


def test_up_and_down_by_partial_fit_is_in_the_rows(labeller, set_history):
    set_history(labeller, up_and_down(0.1))
    labeller.n_iter_ = 1
    assert diagnose(labeller).codes == ()


def test_numbers_without_targets_have_no_scale(model, set_history, waves):
    set_history(model, [0.6] * 5 + [0.4 + 0.1 * (i % 2) for i in range(15)])
    assert diagnose(model).codes == ()
    assert "CR202" in diagnose(model, *waves).codes


def test_a_wild_beginning(waves, fit):
    X, y = waves
    model = MLPRegressor(hidden_layer_sizes=(20,), learning_rate_init=3.0, random_state=0)
    finding = diagnose(fit(model, X, y), X, y)[0]
    assert finding.code == "CR202"
    # A network that has learned nothing puts out 0 or the mean: half the mean square, at most.
    nothing = 0.5 * (y**2).mean()
    first = model.history_[0].data_loss
    assert finding.numbers["times_unlearned"] == pytest.approx(first / nothing)
    assert finding.evidence.startswith(f"The first epoch's loss, {show(first)}, was ")
    assert finding.advice == "learning_rate_init=0.3 (now 3)."


@pytest.mark.parametrize(
    "parameters", [{"dropout": 0.5}, {"initialization": "uniform"}, {"solver": "lbfgs"}]
)
def test_what_else_makes_a_first_loss_large(parameters, labeller, set_history):
    set_history(labeller, [10.0, 0.6, 0.5, 0.45, 0.43])
    (finding,) = diagnose(labeller)
    assert finding.numbers["times_unlearned"] == pytest.approx(10 / math.log(2))
    labeller.set_params(**parameters)
    assert diagnose(labeller).codes == ()


def test_a_wild_beginning_that_was_lived_down(classifier, moons, set_history):
    model = copy.deepcopy(classifier)
    set_history(model, [10.0, 0.6, 0.5, 0.45, 0.43])
    assert diagnose(model).codes == ("CR202",)
    assert diagnose(model, *moons).codes == ()  # of these rows it knows nearly all


@pytest.mark.parametrize("solver", ["lbfgs", "newton"])
def test_a_solver_without_a_rate_has_none_too_high(solver, model, set_history):
    model.solver = solver
    assert diagnose(set_history(model, [0.5, 0.6, 0.7])).codes == ()


# ---------------------------------------------------------------------------- CR203


def falling(epochs=100):
    return np.linspace(0.9, 0.5, epochs).tolist()


@pytest.mark.parametrize(
    ("losses", "share"),
    [
        ([9, 8, 7, 6, 5, 4, 3, 2, 1], 0.25),  # the last 2 of 9 epochs, 2 of 8 in all
        ([4, 2, 1, 1, 1, 1, 1, 1, 1], 0.0),
        ([1, 1, 1, 1], 0.0),
        ([1, 2, 3, 4], 0.0),
        ([1.0], 0.0),
    ],
)
def test_the_last_quarter_by_hand(losses, share):
    assert last_quarter(np.array(losses, float))[0] == share


def test_an_exponential_in_its_last_quarter():
    # n time constants: (e^(-3n/4) - e^(-n)) / (1 - e^(-n)), 0.102 for two and 0.058 for three
    for count, share in ((2, 0.102), (3, 0.058)):
        losses = np.exp(-np.linspace(0, count, 1001))
        assert last_quarter(losses)[0] == pytest.approx(share, abs=1e-3)


def test_a_loss_still_falling_at_max_iter(model, set_history):
    model.set_params(max_iter=100)
    (finding,) = diagnose(set_history(model, falling()))
    assert finding.code == "CR203"
    assert finding.evidence == (
        "Training reached max_iter=100 while the loss was still falling: the last 25 of 100 epochs "
        "brought 25% of its fall from 0.9 to 0.5."
    )
    assert finding.advice == "learning_rate_init=0.01 (now 0.001)."
    model.set_params(max_iter=101)  # it did not end there
    assert diagnose(model).codes == ()
    model.stopping_reason_ = "the training loss did not improve by more than tol=0.000100 for 10"
    assert "Training stopped while" in diagnose(model)[0].evidence


def test_advice_fits_the_fall(model, set_history):
    model.set_params(max_iter=100)
    slowing = settling(100, time=60)
    assert (
        diagnose(set_history(model, slowing))[0].advice == "learning_rate_init=0.003 (now 0.001)."
    )
    model.set_params(max_iter=20)
    assert diagnose(set_history(model, falling(20)))[0].advice == "max_iter=200 (now 20)."
    model.set_params(max_iter=100, solver="lbfgs")
    assert diagnose(set_history(model, falling()))[0].advice == "max_iter=400 (now 100)."


@pytest.mark.parametrize(
    "losses",
    [
        settling(),
        falling(7),
        [*falling(75), *(0.6 - 0.002 * i + 0.02 * (i % 2) for i in range(25))],  # not steadily
        [0.5] * 100,
    ],
)
def test_what_is_not_still_falling(losses, model, set_history):
    model.set_params(max_iter=len(losses))
    assert diagnose(set_history(model, losses)).codes == ()


def test_a_loss_that_falls_while_the_held_out_loss_does_not(model, set_history):
    model.set_params(max_iter=100)
    held_out = settling(100, time=5)
    held_out[60] = 0.098
    assert diagnose(set_history(model, falling(), held_out)).codes == ()
    assert diagnose(set_history(model, falling(), falling())).codes == ("CR203",)


def test_who_stopped_it_matters(model, set_history):
    set_history(model, falling())
    model.set_params(max_iter=200)
    model.stopping_reason_ = "interrupted by the user after 100 epochs"
    assert diagnose(model).codes == ()
    model.set_params(max_iter=100)
    model.n_iter_ = 1  # the last of a hundred calls of partial_fit
    assert diagnose(model).codes == ()


def test_an_accuracy_stands_still_before_the_loss_does(labeller, set_history, moons):
    set_history(labeller, falling(20), falling(20), [0.9] * 20)
    labeller.set_params(early_stopping=True, monitor="score", max_iter=200)
    labeller.stopping_reason_ = "the validation score did not improve by more than tol=0.000100"
    assert diagnose(labeller).codes == ()
    # These rows tell that it was too early: their neighbors predict them better.
    finding = diagnose(labeller, *moons)[0]
    assert finding.code == "CR203"
    assert "stopped because a held-out score stood still, while the loss was" in finding.evidence
    assert finding.advice == (
        "monitor='loss' (now 'score'), which goes on falling where a score stands still."
    )
    labeller.set_params(monitor="loss")
    assert diagnose(labeller).codes == ("CR203",)


def test_r2_does_not_stand_still_before_the_loss_does(model, set_history):
    set_history(model, falling(20), falling(20), [0.9] * 20)
    model.set_params(early_stopping=True, monitor="score", max_iter=200)
    model.stopping_reason_ = "the validation score did not improve by more than tol=0.000100"
    assert diagnose(model).codes == ("CR203",)


@pytest.mark.parametrize(("rate", "factor"), [(1e-5, 10), (1e-6, 100), (1e-7, 1000)])
def test_a_rate_far_too_low_is_raised_by_what_is_missing(rate, factor, moons, fit):
    model = MLPClassifier((50,), learning_rate_init=rate, tol=0, random_state=0)
    finding = diagnose(fit(model, *moons), *moons)[0]
    assert finding.advice == f"learning_rate_init={rate * factor:.2g} (now {rate:g})."


def test_a_network_that_is_behind_has_less_time_to_settle(model, set_history, waves):
    # exp(−t) over 2.7 time constants: 0.07 of the fall in the last quarter
    set_history(model, (0.3 + np.exp(-np.linspace(0, 2.7, 101))).tolist())
    model.set_params(max_iter=101)
    assert diagnose(model).codes == ()
    assert diagnose(model, *waves).codes == ("CR203",)  # it is as it was drawn, two epochs old


def test_what_is_learned_by_heart_is_not_waited_for(rng, fit):
    # Four in ten labels are noise: more than 0.6 + 0.4 / 2 = 0.8 cannot be learned.
    X = rng.normal(size=(300, 10))
    y = np.where(rng.random(300) < 0.4, rng.random(300) < 0.5, X[:, 0] > 0)
    model = MLPClassifier((50,), activation="tanh", learning_rate_init=0.003, random_state=0)
    fit(model, X, y)
    assert model.score(X, y) > 0.85
    assert diagnose(model).codes == ("CR203",)
    assert diagnose(model, X, y).codes == ()


@pytest.mark.parametrize("rate", [1e-5, 1e-2])
def test_a_real_rate_too_low(rate, moons, fit):
    model = MLPClassifier((50,), learning_rate_init=rate, tol=0, random_state=0)
    codes = diagnose(fit(model, *moons), *moons).codes
    assert codes == (("CR203",) if rate == 1e-5 else ())


# ---------------------------------------------------------------------------- CR402


def test_overfitting_names_its_epoch(model, set_history):
    held_out = [*settling(40, last=0.3, time=8), *np.linspace(0.3, 0.6, 60).tolist()]
    held_out[39] = 0.29
    (finding,) = diagnose(set_history(model, settling(time=30), held_out))
    assert finding.code == "CR402"
    assert finding.numbers["epoch"] == 40
    assert finding.numbers["held_out_at_best"] == 0.29
    # the median of the last 5 of 60 evenly spaced numbers from 0.3 to 0.6
    assert finding.numbers["held_out_at_end"] == pytest.approx(0.6 - 2 * 0.3 / 59)
    assert finding.evidence == (
        "Since epoch 40 of 100 the held-out loss has risen from 0.29 to 0.59, while the training "
        "loss fell from 0.209 to 0.115."
    )
    assert finding.advice.startswith("early_stopping=True")


@pytest.mark.parametrize(
    ("train", "held_out"),
    [
        (settling(), settling(last=0.15)),
        # a rise by less than a tenth
        (settling(time=30), [*settling(40, last=0.3, time=8), *np.linspace(0.3, 0.32, 60)]),
        # by a tenth, but of next to nothing
        (settling(last=0.0, time=15), [*settling(40, last=0.001, time=5), *[0.002] * 60]),
        # not more than it moves from one epoch to the next
        (settling(time=30), [*settling(40, last=0.3, time=8), *([0.35, 0.29] * 30)]),
        # the training loss rises with it
        ([*settling(40), *np.linspace(0.1, 0.12, 60)], [*settling(40), *np.linspace(0.1, 0.3, 60)]),
    ],
)
def test_what_is_not_overfitting(train, held_out, model, set_history):
    held_out = [float(value) for value in held_out]
    assert diagnose(set_history(model, [float(x) for x in train], held_out)).codes == ()


def test_early_stopping_has_thrown_the_rise_away(model, set_history):
    held_out = [*settling(40, last=0.3, time=8), *np.linspace(0.3, 0.6, 60).tolist()]
    model.set_params(early_stopping=True)
    assert diagnose(set_history(model, settling(time=30), held_out)).codes == ()


def test_a_real_overfitting(rng, fit):
    X = rng.normal(size=(200, 5))
    y = X[:, 0] + rng.normal(size=200)
    held_out = rng.normal(size=(500, 5))
    held_out = held_out, held_out[:, 0] + rng.normal(size=500)
    model = MLPRegressor(hidden_layer_sizes=(100,), learning_rate_init=0.01, random_state=0)
    fit(model, X, y, validation_data=held_out)
    assert diagnose(model, X, y).codes == ("CR402",)
    fit(model.set_params(early_stopping=True), X, y, validation_data=held_out)
    assert diagnose(model, X, y).codes == ()


# ---------------------------------------------------------------------------- CR404


def test_few_held_out_rows(labeller, set_history):
    scores = [0.5, 0.75, 0.75, 0.75, 0.8]
    set_history(labeller, settling(5), settling(5), scores)
    labeller.n_validation_ = 20
    (finding,) = diagnose(labeller)
    assert finding.code == "CR404"
    # The usual one of the later half is 0.75: 15 of 20 right, one right and one wrong added:
    # p = 16/22, √(0.7273 · 0.2727 / 22) = 0.0949, and 0.75 − 2 · 0.0949 = 0.56.
    assert finding.numbers["usual"] == 0.75
    assert finding.numbers["standard_error"] == pytest.approx(0.0949, abs=1e-4)
    assert finding.evidence == (
        "The best accuracy on 20 held-out rows is 0.80, the usual one 0.75, with a standard error "
        "of 0.09: on other rows 0.56 would be no surprise."
    )


@pytest.mark.parametrize(
    ("parameters", "advice"),
    [
        # (0.0949 / 0.05)² = 3.61 times as many rows
        ({"early_stopping": False}, "validation_data with about 73 rows."),
        ({"validation_fraction": 0.1}, "validation_fraction=0.4 (now 0.1)."),
        (
            {"validation_fraction": 0.2},
            "cross-validation, which tests every row in turn: it would take 73 rows held out.",
        ),
    ],
)
def test_more_held_out_rows_where_they_can_be_had(parameters, advice, labeller, set_history):
    set_history(labeller, settling(5), settling(5), [0.5, 0.75, 0.75, 0.75, 0.8])
    labeller.set_params(**{"early_stopping": True, **parameters})
    labeller.n_validation_ = 20
    assert diagnose(labeller)[-1].advice == advice


@pytest.mark.parametrize(("held_out", "of_its_own"), [(50, False), (45, False), (20, True)])
def test_held_out_rows_of_ones_own_are_told_by_their_number(
    held_out, of_its_own, labeller, moons, set_history
):
    # 500 rows are given: a tenth of them are 50, or 45 if 455 are those left to learn from.
    set_history(labeller, settling(5), settling(5), [0.6] * 5)
    labeller.set_params(early_stopping=True)
    labeller.n_validation_ = held_out
    X, y = (part[:455] if held_out == 45 else part for part in moons)
    advice = next(f.advice for f in diagnose(labeller, X, y) if f.code == "CR404")
    assert advice.startswith("validation_data") == of_its_own


def test_enough_held_out_rows(labeller, set_history):
    set_history(labeller, settling(5), settling(5), [0.5, 0.75, 0.75, 0.75, 0.8])
    labeller.n_validation_ = 100  # √(0.745 · 0.255 / 102) = 0.043
    assert diagnose(labeller).codes == ()
    for unknown in (None, 0):
        labeller.n_validation_ = unknown
        assert diagnose(labeller).codes == ()


def test_held_out_rows_of_a_regression(model, set_history):
    set_history(model, settling(5), settling(5), [0.2, 0.4, 0.5, 0.48, 0.5])
    model.n_validation_ = 18
    (finding,) = diagnose(model)
    # The usual one of 0.5, 0.48 and 0.5 is 0.5: 2R (1 − R²) / √n = 2 √0.5 · 0.5 / √18 = 1/6
    assert finding.numbers["standard_error"] == pytest.approx(1 / 6)
    assert "The best R² on 18 held-out rows is 0.50" in finding.evidence
    set_history(model, settling(5), settling(5), [0.9, 0.9, 0.95, 0.95, 0.95])
    assert diagnose(model).codes == ()


def test_the_error_of_another_scorer_is_not_known(labeller, set_history):
    set_history(labeller, settling(5), settling(5), [0.5, 0.75, 0.75, 0.75, 0.8])
    labeller.n_validation_ = 20
    labeller.monitor = "roc_auc"
    assert diagnose(labeller).codes == ()


@pytest.mark.parametrize("score", [0.5, 0.8, 0.95])
def test_the_standard_error_of_an_accuracy_is_what_it_scatters_by(score, rng):
    from chainrule.explanation.diagnosing._outcome import _standard_error

    scattered = rng.binomial(50, score, 100_000) / 50
    assert _standard_error(score, 50, classifies=True) == pytest.approx(scattered.std(), rel=0.25)


@pytest.mark.parametrize("r2", [0.4, 0.6, 0.9])
def test_the_standard_error_of_r2_is_what_it_scatters_by(r2, rng):
    from chainrule.explanation.diagnosing._outcome import _standard_error

    told = np.sqrt(r2) * rng.normal(size=(20_000, 50))
    rest = np.sqrt(1 - r2) * rng.normal(size=(20_000, 50))
    scattered = 1 - (rest**2).mean(axis=1) / (told + rest).var(axis=1)
    assert _standard_error(r2, 50, classifies=False) == pytest.approx(scattered.std(), rel=0.1)


def test_a_hopeless_r2_has_the_standard_error_of_a_poor_one():
    from chainrule.explanation.diagnosing._outcome import _standard_error

    for r2 in (-1e200, -2.0, 0.0, 0.25):
        assert _standard_error(r2, 36, classifies=False) == pytest.approx(0.125)  # 0.75 / 6


@pytest.mark.parametrize("disturbed", ["input_noise", "input_dropout"])
def test_disturbed_inputs_make_a_loss_waver_at_any_rate(disturbed, labeller, set_history):
    set_history(labeller, up_and_down(0.1))
    assert diagnose(labeller).codes == ("CR202",)
    labeller.set_params(**{disturbed: 0.1})
    assert diagnose(labeller).codes == ()


def test_dropout_makes_a_loss_waver_at_any_rate(labeller, set_history, moons, fit):
    labeller.set_params(dropout=0.5)
    assert diagnose(set_history(labeller, up_and_down(0.1))).codes == ()
    model = MLPClassifier((50,), dropout=0.4, learning_rate_init=0.01, random_state=0)
    assert diagnose(fit(model, *moons), *moons).codes == ()
