"""Newton's method in one variable: the curriculum's numbers, hand-worked steps, every ending."""

import math
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import scipy.optimize
import sympy

from chainrule.errors import InputError
from chainrule.training.newton_one_variable import newton

X = sympy.Symbol("x")
CURRICULUM = [0.05, 0.097248, 0.183177, 0.320520, 0.477298, 0.557850]


@pytest.mark.parametrize(
    "f",
    [
        "exp(x) - log(x)",
        "e^x - ln(x)",
        sympy.exp(X) - sympy.log(X),
        lambda x: sympy.exp(x) - sympy.log(x),
    ],
    ids=["text", "other text", "expression", "function"],
)
def test_the_curriculums_example(f):
    path = newton(f, 0.05)
    assert [round(iterate.x, 6) for iterate in path[:6]] == CURRICULUM
    assert round(path.x, 6) == 0.567143
    assert (path.converged, path.kind) == (True, "minimum")
    assert path.x * math.exp(path.x) == pytest.approx(1, rel=1e-14)  # e^x = 1 / x there


def test_a_step_by_hand():
    # g = x⁴, g′ = 4x³, g″ = 12x²: from 3 to 3 − 108 / 108 = 2, to 2 − 32 / 48 = 4 / 3.
    path = newton("x**4", 3, max_iterations=2)
    assert [tuple(iterate) for iterate in path[:2]] == [(0, 3, 81, 108, 108), (1, 2, 16, 32, 48)]
    assert path[2].x == pytest.approx(4 / 3, rel=1e-15)
    assert not path.converged
    assert "did not converge in 2 steps: at x = 1.33333" in path.reason
    assert "0.444 long" in path.reason


def test_a_parabola_takes_one_step():
    path = newton("2*x^2 - 3*x + 1", 10)
    assert [iterate.x for iterate in path] == [10, 0.75]
    assert "after 1 step" in path.reason


def test_it_starts_where_it_may_rest():
    path = newton("(x - 2)**2", 2)
    assert (len(path), path.kind) == (1, "minimum")
    assert path.reason == "came to rest at x = 2, a minimum, after 0 steps"


@pytest.mark.parametrize(
    ("text", "x0"),
    [
        ("x**2 + exp(-3*x)", 0.0),
        ("cosh(x - 0.3) + x/7", 1.0),
        ("log(1 + exp(x)) - 0.3*x", 0.5),
        ("-log(sigmoid(x)) + x**2/20", 0.0),
        ("sqrt(1 + x^2) + sin(x)/2", 0.1),
        ("1.5e-1*x**2 + atan(x) + abs(x + 20)", -1.0),
    ],
)
def test_the_minimum_that_scipy_finds(text, x0):
    path = newton(text, x0)
    value = sympy.lambdify(path.function.free_symbols.pop(), path.function, "math")
    found = scipy.optimize.minimize_scalar(value, (path.x - 0.5, path.x + 0.6), tol=1e-12)
    assert path.kind == "minimum"
    assert path.x == pytest.approx(found.x, abs=1e-6)
    assert path[-1].value <= found.fun + 1e-13


@pytest.mark.parametrize("text", ["exp(x) - log(x)", "x*erf(x) + tanh(x)", "x**0.1 + 1/x"])
def test_slopes_and_curvatures_are_those_of_the_function(text):
    for _, x, value, slope, curvature in newton(text, 0.7, max_iterations=2):
        nearby = [newton(text, x + h, max_iterations=1)[0] for h in (-1e-5, 1e-5)]
        values = [iterate.value for iterate in nearby]
        slopes = [iterate.slope for iterate in nearby]
        assert values[0] < value < values[1] or values[0] > value > values[1]
        assert slope == pytest.approx((values[1] - values[0]) / 2e-5, rel=1e-5)
        assert curvature == pytest.approx((slopes[1] - slopes[0]) / 2e-5, rel=1e-5)


def test_convergence_is_quadratic():
    path = newton("exp(x) - log(x)", 0.3)
    distances = [abs(iterate.x - 0.5671432904097838) for iterate in path]
    for before, after in pairwise(distances):
        assert after <= 2 * before**2 + 1e-15


# ---------------------------------------------------------------------- every other ending


def test_a_maximum():
    path = newton("x**3 - 3*x", -2)
    assert (path.converged, path.kind, round(path.x, 9)) == (True, "maximum", -1)
    assert "a maximum and not a minimum: g″ = -6 is negative" in path.reason


def test_neither():
    path = newton("x**3", 1)
    assert path.kind == "flat"
    assert abs(path.x) < 1e-11
    assert "g″ vanishes together with g′" in path.reason
    assert newton("x**4", 0).kind == "flat"
    assert newton("7", 1).kind == "flat"


def test_no_curvature():
    path = newton("x**3 - 3*x", 0)
    assert (path.converged, path.kind, len(path)) == (False, None, 1)
    assert "at step 0, x = 0, g″ is 0 while g′ is -3" in path.reason
    assert "g″ is 0 while g′ is 2" in newton("2*x", 1).reason


def test_leaving_the_domain():
    path = newton("log(x) - x", 3)  # g′ = 1/x − 1, g″ = −1/x²: from 3 to 3 − 6 = −3
    assert (path.converged, len(path), path.x) == (False, 1, 3)
    assert "left the domain: step 1 leads from x = 3 to x = -3" in path.reason


def test_where_numbers_end_the_domain_ends():
    path = newton("exp(x) - 1000000*x", 0)  # one step to nearly a million, where e^x is too large
    assert "left the domain: step 1 leads from x = 0 to x = 999999" in path.reason


def test_a_circle():
    # g′ = x³ − 2x + 2 and g″ = 3x² − 2: from 0 to 1 to 0 again, for ever.
    path = newton("x**4/4 - x**2 + 2*x", 0, max_iterations=20)
    assert [iterate.x for iterate in path] == [0, 1] * 10 + [0]
    assert "did not converge in 20 steps" in path.reason


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("f", "sentence"),
    [
        ("x*y", "one variable; x\\*y has 2: x, y"),
        (X * sympy.Symbol("a"), "has 2: a, x"),
        ("2x + 1", "with every \\*"),
        ("exp(x", "cannot be read"),
        ("", "cannot be read"),
        ("(" * 500, "cannot be read"),
        ("x" * 2000, "cannot be read"),
        ("x.real", "more than a formula"),
        ("__import__('os').getcwd()", "more than a formula"),
        ("(lambda: 1)()", "more than a formula"),
        ("x if x else 1", "more than a formula"),
        ("[x for x in (1, 2)]", "more than a formula"),
        ("exp(x=1)", "more than a formula"),
        ("'x'", "more than a formula"),
        ("True + x", "more than a formula"),
        ("log*x", "more than a formula"),
        ("1e999*x", "too large"),
        ("9**9**9**9 + x", "too large"),
        ("eval(x)", "no function 'eval'"),
        ("sin(x, 2)", "takes one value; got 2"),
        (None, "f must be"),
        (lambda x: math.exp(x), "sympy.exp, not those of math or numpy"),
        (lambda x: np.exp(x), "sympy.exp, not those of math or numpy"),
        (lambda x: [x], "could not be applied"),
        (lambda x: x > 0, "must return a number"),
        (sympy.Function("h")(X), "whose values are not known"),
    ],
)
def test_what_is_no_function_of_one_variable(f, sentence):
    with pytest.raises(InputError, match=sentence):
        newton(f, 1.0)


@pytest.mark.parametrize(
    ("f", "x0"),
    [("log(x)", -1), ("1/x", 0), ("sqrt(x)", -4), ("exp(exp(exp(x)))", 9), ("abs(x)", 0)],
)
def test_a_start_outside_the_domain(f, x0):
    with pytest.raises(InputError, match=f"at the start x0 = {x0}; start inside its domain"):
        newton(f, x0)


@pytest.mark.parametrize("x0", [None, "here", math.nan, math.inf])
def test_a_start_that_is_no_number(x0):
    with pytest.raises(InputError, match="x0 must be a finite number"):
        newton("x**2", x0)


@pytest.mark.parametrize(
    "numbers", [{"tolerance": 0}, {"tolerance": math.nan}, {"max_iterations": 0}]
)
def test_limits_that_make_no_sense(numbers):
    with pytest.raises(InputError, match="tolerance must be above 0 and max_iterations at least 1"):
        newton("x**2", 1, **numbers)


# ---------------------------------------------------------------------- what is returned


def test_the_path_is_a_sequence():
    path = newton("exp(x) - log(x)", 0.05)
    assert path[0] == (0, *path[0][1:])
    assert list(path)[-1] is path[-1]
    assert [iterate.step for iterate in path] == list(range(len(path)))
    assert path[1:3] == tuple(path)[1:3]
    assert path.x == path[-1].x


def test_the_path_is_printed_as_a_table():
    lines = str(newton("x**3 - 3*x", 2)).splitlines()
    assert lines[:3] == ["g  = x**3 - 3*x", "g′ = 3*x**2 - 3", "g″ = 6*x"]
    assert lines[3].split() == ["step", "x", "g", "g′", "g″"]
    # From 2 to 2 − 9 / 12 = 1.25: 1.953125 − 3.75, 4.6875 − 3, 7.5.
    assert lines[4].split() == ["0", "2", "2", "9", "12"]
    assert lines[5].split() == ["1", "1.25", "-1.796875", "1.6875", "7.5"]
    assert lines[-1].startswith("came to rest at x = 1, a minimum")
    assert len({len(line) for line in lines[3:-1]}) == 1


def test_the_derivatives_are_formulas():
    path = newton("exp(x) - log(x)", 1)
    x = path.function.free_symbols.pop()
    assert path.derivative == sympy.exp(x) - 1 / x
    assert path.second_derivative == sympy.exp(x) + x**-2


def test_any_name_and_any_special_function_of_sympy():
    assert newton("(weight - 3)**2", 0).x == 3
    found = newton(sympy.besselj(1, X), 2.0)  # its first maximum
    assert (found.kind, round(found.x, 6)) == ("maximum", 1.841184)


def test_sympy_is_not_imported_before_it_is_needed():
    program = "import sys, chainrule, chainrule.training; print('sympy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
