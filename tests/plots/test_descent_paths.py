"""Ways downhill on a curve: their points by hand, how they end, and how they are drawn."""

import numpy as np
import pytest
import sympy
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import InputError, newton, schedules
from chainrule.plots import DescentPaths

QUARTIC = "x**4 - 3*x**2 + x"


def drawn(formula, **options):
    return DescentPaths.from_formula(formula, ax=Figure().subplots(), **options)


# ------------------------------------------------------------------ the points


def test_gradient_descent_on_a_parabola():
    # x − 0.1 · 2x = 0.8 x
    run = drawn("x**2", starts=3, steps=20).runs[0]
    assert_allclose(run.x, 3 * 0.8 ** np.arange(21), rtol=1e-13)
    assert_allclose(run.value, run.x**2, rtol=1e-13)
    assert_allclose(run.slope, 2 * run.x, rtol=1e-13)
    assert_allclose(run.learning_rates, 0.1)
    assert run.overshoots == 0


def test_a_rate_that_is_too_high():
    # x − 1.1 · 2x = −1.2 x
    run = drawn("x**2", starts=1, learning_rate=1.1, steps=15).runs[0]
    assert_allclose(run.x, (-1.2) ** np.arange(16), rtol=1e-13)
    assert (run.ending, run.overshoots) == ("diverged", 15)


def test_a_rate_that_decays_settles():
    # αₜ = 1.1 · 0.9ᵗ, x ← (1 − 2 αₜ) x
    schedule = schedules.Exponential(decay=0.9)
    run = drawn("x**2", starts=1, learning_rate=1.1, schedule=schedule).runs[0]
    rates = 1.1 * 0.9 ** np.arange(30)
    assert_allclose(run.learning_rates, rates, rtol=1e-13)
    assert_allclose(run.x[1:], np.cumprod(1 - 2 * rates), rtol=1e-12)
    assert run.ending == "minimum"


def test_newtons_method_as_in_the_curriculum():
    run = drawn("exp(x) - log(x)", starts=0.05, methods="newton").runs[0]
    wanted = [0.05, 0.097248, 0.183177, 0.320520, 0.477298, 0.557850]
    assert_allclose(run.x[:6], wanted, atol=5e-7)
    assert_allclose(run.x[-1], 0.567143, atol=5e-7)
    assert run.ending == "minimum"
    assert_array_equal(run.x, [iterate.x for iterate in newton("exp(x) - log(x)", 0.05)])


def test_momentum_by_hand():
    # v = 0.5 v + 0.1 · 2x, x = x − v: v 0.2, 0.26; x 1, 0.8, 0.54
    run = drawn("x**2", starts=1, methods=["momentum"], momentum=0.5, steps=2).runs[0]
    assert_allclose(run.x, [1, 0.8, 0.54], rtol=1e-13)


def test_the_first_step_of_adam_is_as_long_as_its_rate():
    run = drawn("x**2", starts=5, methods=["adam"], learning_rate=0.3, steps=1).runs[0]
    assert_allclose(run.x, [5, 4.7], rtol=1e-8)


def test_adamw_decays_the_variable():
    # The step of Adam, and α λ x of x itself.
    methods = {"a": {"method": "adamw", "weight_decay": 0.5}}
    run = drawn("x**2", starts=2, methods=methods, learning_rate=0.1, steps=1).runs[0]
    assert_allclose(run.x, [2, 2 - 0.1 - 0.1 * 0.5 * 2], rtol=1e-8)


# ------------------------------------------------------------------ where they end


def test_starts_end_in_different_minima():
    display = drawn(QUARTIC, starts=[-2, 2], learning_rate=0.03)
    ends = [path[-1] for path in display.paths]
    minima = sorted(float(root) for root in np.roots([4, 0, -6, 1]))
    assert_allclose(ends, [minima[0], minima[2]], atol=1e-3)
    assert_allclose(display.minima[:, 0], ends, atol=1e-3)
    assert display.minima[0, 1] < display.minima[1, 1]
    assert display.curve.lowest_of_all
    texts = [text.get_text() for text in display.ax_.texts]
    assert any(text.startswith("global minimum\nx = −1.301") for text in texts)
    assert any(text.startswith("local minimum\nx = 1.131") for text in texts)


def test_newtons_method_may_end_at_a_maximum():
    assert drawn(QUARTIC, starts=0.2, methods="newton").runs[0].ending == "maximum"


@pytest.mark.parametrize(
    ("formula", "options", "ending"),
    [
        ("x**2", {"starts": 1, "learning_rate": 1.0}, "swings"),
        ("x**2", {"starts": 1, "steps": 3}, "moving"),
        ("x**3", {"starts": 1, "learning_rate": 0.3}, "flat"),
        ("sqrt(x)", {"starts": 1, "learning_rate": 0.5}, "left the domain"),
        ("x**4", {"starts": 3}, "diverged"),
        ("abs(x)", {"starts": 1, "learning_rate": 0.5}, "minimum"),
        ("5", {"starts": 1}, "flat"),
    ],
)
def test_how_a_way_ends(formula, options, ending):
    display = drawn(formula, **options)
    assert display.runs[0].ending == ending
    assert ending in display.alt_text


def test_what_lies_lower_elsewhere_is_no_global_minimum():
    display = drawn("x**3 - 3*x", starts=0.5)
    assert_allclose(display.minima, [[1, -2]], atol=1e-9)
    assert not display.curve.lowest_of_all
    assert not any("global" in text.get_text() for text in display.ax_.texts)


def test_a_pole_is_a_gap_and_no_wall():
    display = drawn("1/x + 1/100", starts=[1, -1], span=(-2, 2.1))
    assert np.isnan(display.curve.y).any()


def test_who_has_come_to_rest_takes_no_more_steps():
    assert drawn("(x - 1)**2", starts=0, learning_rate=0.5).runs[0].steps < 4


def test_random_restarts():
    options = {"restarts": 5, "span": (-2, 2), "learning_rate": 0.03}
    one, other = drawn(QUARTIC, **options), drawn(QUARTIC, **options)
    starts = [path[0] for path in one.paths]
    assert len(set(starts)) == 5
    assert min(starts) >= -2
    assert max(starts) <= 2
    assert starts == [path[0] for path in other.paths]
    assert (one.curve.x[0], one.curve.x[-1]) == (-2, 2)


# ------------------------------------------------------------------ what is taken


def test_texts_expressions_and_callables_are_the_same():
    x = sympy.Symbol("x")
    for formula in (x**2 - 3 * x, lambda x: x**2 - 3 * x):
        display = drawn(formula, starts=0, steps=3)
        assert_array_equal(
            display.paths[0], drawn("x^2 - 3x".replace("3x", "3*x"), starts=0, steps=3).paths[0]
        )
        assert display.function == "x² − 3x"


def test_every_method_by_name():
    names = ["gradient descent", "gd", "sgd", "momentum", "nesterov", "rmsprop"]
    names += ["adam", "adamw", "nadam", "muon", "newton"]
    display = drawn("x**2", starts=[1], methods=names, learning_rate=0.01)
    assert all(run.value[-1] < run.value[0] for run in display.runs)
    assert len(display.path_lines_) == len(display.runs) == 11


@pytest.mark.parametrize(
    ("formula", "options", "message"),
    [
        ("x*y", {"starts": 1}, "one variable; x\\*y has 2: x, y"),
        ("log(x)", {"starts": -1}, "no real, finite value and slope at the start x = -1"),
        ("log(x)", {"starts": -1, "methods": "newton"}, "start inside its domain"),
        ("x +", {"starts": 1}, "cannot be read as a formula"),
        ("__import__('os')", {"starts": 1}, "more than a formula can hold"),
        (np.sin, {"starts": 1}, "SymPy's functions"),
        ("x**2", {"starts": []}, "give starts, such as"),
        ("x**2", {}, "give starts, such as"),
        ("x**2", {"restarts": 3}, "restarts are drawn from a span"),
        ("x**2", {"restarts": -1, "span": (0, 1)}, "restarts is a number of starts"),
        ("x**2", {"starts": "a"}, "starts is a number or several"),
        ("x**2", {"starts": np.nan}, "starts is a number or several"),
        ("x**2", {"restarts": 101, "span": (0, 1)}, "up to 100; got 101"),
        ("x**2", {"starts": [1] * 60, "methods": ["gd", "adam"]}, "more than 100 ways"),
        ("x**2", {"starts": 1.0, "span": (1, 0)}, "span is two numbers"),
        ("log(x)", {"starts": 1.0, "span": (-2, -1)}, "no values between -2 and -1"),
        ("x**2", {"starts": 1, "methods": "sgdd"}, "no method 'sgdd'"),
        ("x**2", {"starts": 1, "methods": []}, "methods is a list of names"),
        ("x**2", {"starts": 1, "methods": {"a": {"lr": 1}}}, "method 'a' takes a dict"),
        ("x**2", {"starts": 1, "learning_rate": 0}, "must be a number above 0; got 0"),
        ("x**2", {"starts": 1, "learning_rate": "high"}, "must be a number above 0; got 'high'"),
        ("x**2", {"starts": 1, "momentum": 1}, "from 0 up to, but not, 1; got 1"),
        ("x**2", {"starts": 1, "schedule": "plateau"}, "waits for an error"),
        ("x**2", {"starts": 1, "schedule": "soon"}, "no learning-rate schedule 'soon'"),
        ("x**2", {"starts": 1, "steps": 0}, "steps is a whole number"),
        ("x**2", {"starts": 1, "steps": 2.5}, "steps is a whole number"),
    ],
)
def test_misuse_is_told_in_a_sentence(formula, options, message):
    with pytest.raises(InputError, match=message):
        DescentPaths.from_formula(formula, **options)


# ------------------------------------------------------------------ how it is drawn


def test_the_picture(looks_as_recorded):
    display = DescentPaths.from_formula(
        QUARTIC, starts=[-2.0, 2.0], methods=["gradient descent", "newton"], learning_rate=0.03
    )
    looks_as_recorded(display.figure_, "descent_paths")


def test_the_table_tells_of_every_way():
    display = drawn("x**2", starts=[1, -1], methods=["gd", "newton"], steps=4)
    rows = [text.get_text().split() for text in display.legend_.get_texts()]
    assert rows[0] == ["path", "steps", "ends", "at", "x", "slope"]
    assert rows[1] == ["gradient", "descent", "from", "1", "4", "0.4096", "0.82", "still", "moving"]
    assert rows[-1] == ["Newton's", "method", "from", "−1", "1", "0", "0", "minimum"]


def test_many_ways_make_a_table_that_ends():
    display = drawn("x**2", restarts=30, span=(-1, 1))
    assert display.legend_.get_texts()[-1].get_text() == "and 20 more"


def test_a_narrow_panel_tells_in_two_lines():
    ax = Figure(figsize=(8, 4)).subplots(1, 3)[1]
    display = DescentPaths.from_formula("x**2", starts=1, steps=1, ax=ax)
    assert display.ax_ is ax
    (text,) = display.legend_.get_texts()
    assert text.get_text() == "gradient descent from 1: 1 step to\nx = 0.8, still moving"


def test_what_lies_outside_is_said():
    display = drawn("x**2", starts=1.0, learning_rate=1.1, steps=4, span=(-1.5, 1.5))
    # 1, −1.2, 1.44, −1.728, 2.0736
    assert display.ax_.get_xlabel() == "x   (2 steps lead out of the picture)"


def test_drawn_again_elsewhere():
    display = drawn("y**2", starts=1)
    first, ax = display.figure_, Figure().subplots()
    assert display.plot(ax=ax) is display
    assert display.ax_ is ax
    assert display.figure_ is not first
    assert ax.get_ylabel() == "g(y)"


@pytest.mark.parametrize("colors", ["grey", "color"])
def test_each_way_has_a_marker_and_a_line_of_its_own(colors):
    lines = drawn(QUARTIC, starts=[-2, 0.4, 2]).path_lines_
    if colors == "grey":
        looks = {(line.get_marker(), line.get_linestyle()) for line in lines}
    else:
        looks = {line.get_color() for line in lines}
    assert len(looks) == 3
