"""The engine's own functions in float32, every number tried, in loops as the kernels have them."""

import math
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest
from scipy.special import expit, log_ndtr

from chainrule.network import functions
from chainrule.network._compiled import compiled

SMALLEST = 2.0**-149


def in_a_loop(scalar):
    """Compile the loop of a kernel around a function of one number, with the kernels' options."""

    @compiled
    def inner(values):
        for i in range(values.size):
            values[i] = scalar(values[i])

    return numba.njit(lambda values: inner(values), nogil=True)


@numba.njit
def distribution(z):
    return functions.gaussian(z)[0]


@numba.njit
def density(z):
    return functions.gaussian(z)[1]


def exact_softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def exact_density(z):
    return np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


# Function, the same in float64, where it is neither constant nor linear to the last bit, for both
# signs (for ln, whose other exponents differ by a multiple of ln 2, a part), and its limit in units
# in the last place.
FUNCTIONS = {
    "exp": (functions.exp, np.exp, (2.0**-12, 104), 2),
    "expm1": (functions.expm1, np.expm1, (2.0**-26, 89), 2),
    "log": (functions.log, np.log, (2.0**-8, 2.0**8), 1),
    "logistic": (functions.logistic, expit, (2.0**-12, 104), 2),
    "softplus": (functions.softplus, exact_softplus, (2.0**-12, 104), 2),
    "tanh": (functions.tanh, np.tanh, (2.0**-13, 10), 2),
    "distribution": (distribution, lambda z: np.exp(log_ndtr(z)), (2.0**-7, 15), 5),
    "density": (density, exact_density, (2.0**-13, 15), 3),
}
ODD = [0, SMALLEST, 1e-42, 2.0**-126, 1e-30, 1e-8, 1, 88.5, 88.8, 95, 103.9, 104.1, 1e30, 3.4e38]
EDGES = np.array([*ODD, np.inf, np.nan], np.float32)


def off_by(got, exact):
    """How many units in the last place of float32 away, at most; infinities must be the same."""
    with np.errstate(over="ignore", under="ignore"):
        rounded = exact.astype(np.float32)
    finite = np.isfinite(rounded)
    np.testing.assert_array_equal(got[~finite], rounded[~finite])
    exponent = rounded[finite].view(np.int32) & np.int32(0x7F800000)
    unit = np.maximum(exponent.view(np.float32).astype(float) * 2.0**-23, SMALLEST)
    return (np.abs(got[finite] - exact[finite]) / unit).max(initial=0)


def pieces(low, high):
    """Cut all numbers from low to high, as their bits, into ranges."""
    first, last = (int(np.float32(bound).view(np.int32)) for bound in (low, high))
    step = 2**13  # whose arrays stay in cache
    return [range(start, min(start + step, last + 1)) for start in range(first, last + 1, step)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_float32_is_within_the_limit(name):
    scalar, reference, (low, high), limit = FUNCTIONS[name]
    loop = in_a_loop(scalar)
    loop(np.ones(1, np.float32))

    def worst(bits):
        x = np.arange(bits.start, bits.stop, dtype=np.int32).view(np.float32)
        largest = 0.0
        for z in (x,) if name == "log" else (x, -x):
            got = z.copy()
            loop(got)
            largest = max(largest, off_by(got, reference(z.astype(float))))
        return largest

    with ThreadPoolExecutor(2) as pool:
        assert max(pool.map(worst, pieces(low, high))) <= limit


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_edges(name, dtype):
    scalar, reference, (low, high), limit = FUNCTIONS[name]
    near = np.geomspace(max(low, 2.0**-149) / 2**20, low, 2000)
    z = np.concatenate([EDGES, near, np.linspace(1, 2, 2000) * min(high, 1e38)]).astype(dtype)
    z = np.concatenate([z, -z])
    got = z.copy()
    in_a_loop(scalar)(got)
    with np.errstate(all="ignore"):
        exact = reference(z.astype(float))
    if dtype == np.float64:
        np.testing.assert_allclose(got, exact, rtol=1e-13, atol=1e-300)
    else:
        assert off_by(got, exact) <= limit


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_place_in_the_array_does_not_matter(name, rng):
    z = np.abs(rng.normal(size=101)).astype(np.float32) * 5
    loop = in_a_loop(FUNCTIONS[name][0])
    together, alone = z.copy(), z.copy()
    loop(together)
    for i in range(alone.size):
        loop(alone[i : i + 1])
    np.testing.assert_array_equal(together, alone)
