"""Exponential, logarithm and their kin, written so that LLVM vectorizes loops that call them.

LLVM leaves a loop that calls the C library as it is, one number after the other. In float32, in
which the engine trains, each function here is a polynomial of a reduced argument: no call, no
branch (every choice is a select; min and max keep a NaN that comes first), no operation in
float64, so that a plain loop over an array fills whole vector registers. For a float64, where
accuracy is what counts, the same names are the C library's functions.

For no number is any of them further than 2 units in the last place from the exact value (of
float32; `gaussian` has its own limit). Subnormal results are exact to that too, and NaN,
infinities and zeros are as in NumPy (but tanh −0 is 0). The tests try
every number of the range in which a function bends, and some of those outside it.

Each polynomial is the minimax one in relative error of the function it serves: least squares at
2,000 Chebyshev nodes, the nodes weighted anew by what error they have until no peak is higher
than the others (Lawson's method), its coefficients then rounded to float32. The largest relative
error before that stands beside them.

They are for compiled code; Python cannot call them.

References
----------
W. J. Cody and W. Waite, Software Manual for the Elementary Functions, Prentice-Hall, 1980.
J.-M. Muller, Elementary Functions: Algorithms and Implementation, 3rd edition, Birkhäuser, 2016.

Examples
--------
>>> import numba, numpy as np
>>> from chainrule.network.functions import exp
>>> @numba.njit
... def double_exp(z):
...     return exp(exp(z))
>>> float(double_exp(np.float32(-np.inf)))
1.0
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic, overload

__all__ = ["as_written", "exp", "expm1", "gaussian", "log", "logistic", "softplus", "tanh"]

Function = TypeVar("Function", bound=Callable[..., Any])

# Each operation is rounded as it is written: sums are not reordered as elsewhere in the engine,
# which would undo the reduction of arguments. A product and a sum may become one operation.
_AS_WRITTEN: Any = {
    "error_model": "numpy",
    "fastmath": {"contract"},
    "forceinline": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}

# To the type checker they are plain numbers, as everywhere in compiled code.
float32: Callable[[float], float] = cast(Any, np.float32)
int32: Callable[[int], int] = cast(Any, np.int32)
ZERO, HALF, ONE, TWO, THREE = map(float32, (0, 0.5, 1, 2, 3))
INFINITY, NAN = float32(np.inf), float32(np.nan)

LOG2_E = float32(1 / math.log(2))
# ln 2 in two parts; the first has so few digits that an exponent times it is exact.
LN2_HIGH = float32(0.693145751953125)
LN2_LOW = float32(math.log(2) - 0.693145751953125)
# A number near it has no fraction: to add it is to round, and the integer is in the lowest bits.
ROUNDER = float32(1.5 * 2**23)
MANTISSA_BITS = int32(23)
MANTISSA = int32(2**23 - 1)
FAR = 64
DOWN, UP = float32(2.0**-FAR), float32(2.0**FAR)
SQRT_HALF_BITS: Any = np.float32(math.sqrt(0.5)).view(np.int32)
SMALLEST_NORMAL = float32(2.0**-126)

# (e^r − 1 − r) / r² for |r| ≤ ln(2) / 2, in powers of r: e^r − 1 to 2⁻²⁶
EXP = tuple(map(float32, (0.49999997, 0.166665435, 0.0416672006, 0.00836652052, 0.00138825213)))
# (ln(1 + f) − f + f²/2) / f³ for √½ ≤ 1 + f ≤ √2, in powers of f: ln(1 + f) to 2⁻²⁷
LOG = tuple(
    map(
        float32,
        (
            0.333333313,
            -0.250008196,
            0.200012267,
            -0.166233569,
            0.142017573,
            -0.131601825,
            0.12761578,
            -0.0763449743,
        ),
    )
)
# (tanh z − z) / z³ for |z| ≤ 0.55, in powers of z²: tanh z to 2⁻²⁹
TANH = tuple(map(float32, (-0.333333164, 0.13332586, -0.0538523085, 0.0210716799, -0.00627423963)))
# (Φ(z) − ½) / z for |z| ≤ 1, in powers of z²: Φ to 2⁻²⁶
CENTER = tuple(
    map(float32, (0.398942202, -0.0664889216, 0.0099648321, -0.00116621132, 9.28426962e-05))
)
# (a + 3) e^(a²/2) Φ(−a) for 1 ≤ a ≤ 14.3, in powers of (a − 3) / (a + 3): to 2⁻²⁶
TAIL = tuple(
    map(
        float32,
        (
            0.729083717,
            -0.509331882,
            0.230016753,
            -0.0472651385,
            -0.0104442928,
            0.00698315585,
            0.000909277762,
            -0.00102191803,
        ),
    )
)


def as_written(function: Function) -> Function:
    """Compile a function of numbers that only kernels call, without reordering what it does."""
    return cast(Function, numba.njit(**_AS_WRITTEN)(function))


def _in_float32(otherwise: Function) -> Callable[[Function], Function]:
    """Let kernels take this function for a float32 and ``otherwise`` for a float64."""

    def choose(function: Function) -> Function:
        @overload(function, jit_options=_AS_WRITTEN)
        def by_type(z: float) -> Function:  # which is handed the type of z
            return function if isinstance(z, types.Float) and z.bitwidth == 32 else otherwise

        return function

    return choose


def _view_as(result: types.Type, of: types.Type) -> Any:
    """Make the function that views a number of one type as another's of the same bits."""

    @intrinsic
    def view(context: Any, number: Any) -> Any:
        del context, number

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], context.get_value_type(signature.return_type))

        return result(of), generate

    return view


_bits: Callable[[float], int] = _view_as(types.int32, types.float32)
_number: Callable[[int], float] = _view_as(types.float32, types.int32)


@as_written
def _reduce(z: float) -> tuple[float, float]:
    """Return n, as n + ROUNDER, and r of z = n ln 2 + r, |r| ≤ ln(2) / 2."""
    rounded = z * LOG2_E + ROUNDER
    n = rounded - ROUNDER
    return rounded, (z - n * LN2_HIGH) - n * LN2_LOW


@as_written
def _power_of_two(rounded: float, shift: int) -> float:
    """Return 2^(n + shift), given n + ROUNDER."""
    return _number(int32((_bits(rounded) << MANTISSA_BITS) + int32((127 + shift) << 23)))


@as_written
def _expm1_reduced(r: float) -> float:
    """Return e^r − 1 for |r| ≤ ln(2) / 2."""
    c = EXP
    return r + r * r * (c[0] + r * (c[1] + r * (c[2] + r * (c[3] + r * c[4]))))


@as_written
def _exp_of_sum(z: float, low: float) -> float:
    """Return e^(z + low) for −104 ≤ z ≤ 89 and a ``low`` next to nothing."""
    rounded, r = _reduce(z)
    q = _expm1_reduced(r + low)
    # In two steps, so that neither factor overflows where e^z does not.
    down = z < ZERO
    s = _power_of_two(rounded, FAR if down else -FAR)
    return (s * q + s) * (DOWN if down else UP)


def _exp64(z: float) -> float:
    """Return e^z of a float64."""
    return math.exp(z)


@_in_float32(_exp64)
def exp(z: float) -> float:
    """Return e^z.

    Parameters
    ----------
    z : float32 or float64
        Any number; above 88.73 the float32 result is infinite, below −103.98 it is 0.

    Returns
    -------
    float32 or float64
        e^z, at most 2 units in the last place off in float32.
    """
    return _exp_of_sum(max(min(z, float32(89)), float32(-104)), ZERO)


def _expm1_64(z: float) -> float:
    """Return e^z − 1 of a float64."""
    return math.expm1(z)


@_in_float32(_expm1_64)
def expm1(z: float) -> float:
    """Return e^z − 1, accurate for small z too.

    Parameters
    ----------
    z : float32 or float64
        Any number.

    Returns
    -------
    float32 or float64
        e^z − 1, at most 2 units in the last place off in float32.
    """
    rounded, r = _reduce(max(min(z, float32(89)), float32(-18)))
    s = _power_of_two(rounded, -1)
    half = s * _expm1_reduced(r) + (s - HALF)
    return half + half if abs(z) > float32(2.0**-25) else z


def _tanh64(z: float) -> float:
    """Return tanh z of a float64."""
    return math.tanh(z)


@_in_float32(_tanh64)
def tanh(z: float) -> float:
    """Return tanh z = 1 − 2 / (e^2z + 1).

    Parameters
    ----------
    z : float32 or float64
        Any number.

    Returns
    -------
    float32 or float64
        tanh z, at most 2 units in the last place off in float32.
    """
    a = abs(z)
    rounded, r = _reduce(TWO * min(a, float32(10)))
    s = _power_of_two(rounded, 0)
    large = ONE - TWO / (s * _expm1_reduced(r) + (s + ONE))
    square, c = z * z, TANH
    p = c[0] + square * (c[1] + square * (c[2] + square * (c[3] + square * c[4])))
    return z + z * (square * p) if a < float32(0.55) else (large if z > ZERO else -large)


def _logistic64(z: float) -> float:
    """Return σ(z) of a float64."""
    e = math.exp(-abs(z))
    return (1.0 if z >= 0 else e) / (1.0 + e)


@_in_float32(_logistic64)
def logistic(z: float) -> float:
    """Return σ(z) = 1 / (1 + e^−z).

    Parameters
    ----------
    z : float32 or float64
        Any number.

    Returns
    -------
    float32 or float64
        σ(z), at most 2 units in the last place off in float32.
    """
    y = float32(-30) if z > float32(30) else -z
    rounded, r = _reduce(min(y, float32(104)))
    # Where e^−z could overflow, fraction and bar are 2⁶⁴ times smaller.
    far = y > float32(44)
    s = _power_of_two(rounded, -FAR if far else 0)
    one = DOWN if far else ONE
    # What s + one leaves out, where s is too large to hold it, is added with the rest.
    large = s + one
    rest = s * _expm1_reduced(r) + (one - (large - s))
    return one / (rest + large)


@as_written
def _log1p_reduced(f: float) -> float:
    """Return ln(1 + f) − f for √½ ≤ 1 + f ≤ √2."""
    c, square = LOG, f * f
    p = c[4] + f * (c[5] + f * (c[6] + f * c[7]))
    p = c[0] + f * (c[1] + f * (c[2] + f * (c[3] + f * p)))
    return f * square * p - HALF * square


def _log64(z: float) -> float:
    """Return ln z of a float64."""
    return math.log(z)


@_in_float32(_log64)
def log(z: float) -> float:
    """Return ln z.

    Parameters
    ----------
    z : float32 or float64
        A positive number; −∞ is returned for 0 and NaN for what is negative, without a warning.

    Returns
    -------
    float32 or float64
        ln z, at most 1 unit in the last place off in float32.
    """
    tiny = z < SMALLEST_NORMAL
    shifted = int32(_bits(z * float32(2.0**23) if tiny else z) - SQRT_HALF_BITS)
    n = float32(shifted >> MANTISSA_BITS) - (float32(23) if tiny else ZERO)
    f = _number(int32((shifted & MANTISSA) + SQRT_HALF_BITS)) - ONE
    y = n * LN2_HIGH + (f + (_log1p_reduced(f) + n * LN2_LOW))
    y = y if z < INFINITY else z
    return y if z > ZERO else (-INFINITY if z == ZERO else NAN)


def _softplus64(z: float) -> float:
    """Return ln(1 + e^z) of a float64."""
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


@_in_float32(_softplus64)
def softplus(z: float) -> float:
    """Return ln(1 + e^z) = max(z, 0) + ln(1 + e^−|z|).

    Parameters
    ----------
    z : float32 or float64
        Any number.

    Returns
    -------
    float32 or float64
        ln(1 + e^z), at most 2 units in the last place off in float32.
    """
    e = _exp_of_sum(max(-abs(z), float32(-104)), ZERO)
    # ln(1 + e) = ln 2 + ln(1 + f) where 1 + e is past √2.
    past = e > float32(math.sqrt(2) - 1)
    f = HALF * e - HALF if past else e
    y = f + _log1p_reduced(f)
    y = y if e > float32(1e-8) else e
    return max(z, ZERO) + (y + float32(math.log(2)) if past else y)


def _gaussian64(z: float) -> tuple[float, float]:
    """Return Φ(z) and φ(z) of a float64."""
    distribution = 0.5 * math.erfc(-z * math.sqrt(0.5))
    return distribution, math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


@_in_float32(_gaussian64)
def gaussian(z: float) -> tuple[float, float]:
    """Return Φ(z) and φ(z), the standard normal distribution function and its density.

    Φ(−a) = e^(−a²/2) R(a), where R, the tail without its exponential, is smooth.

    Parameters
    ----------
    z : float32 or float64
        Any number.

    Returns
    -------
    distribution, density : float32 or float64
        Φ(z), at most 2 units in the last place off in float32 for z ≥ −1 and 5 below, and φ(z),
        at most 3 off.
    """
    a = min(abs(z), float32(15))
    # a² in two parts, of which the first is exact.
    high = _number(int32(_bits(a) & int32(-4096)))
    e = _exp_of_sum(-HALF * high * high, -HALF * (a - high) * (a + high))
    k = ONE / (a + THREE)
    q, c = (a - THREE) * k, TAIL
    p = c[4] + q * (c[5] + q * (c[6] + q * c[7]))
    tail = e * (k * (c[0] + q * (c[1] + q * (c[2] + q * (c[3] + q * p)))))
    square, c = z * z, CENTER
    p = c[0] + square * (c[1] + square * (c[2] + square * (c[3] + square * c[4])))
    distribution = tail if z < ZERO else ONE - tail
    center = HALF + z * p if a < ONE else distribution
    return center if z == z else z, e * float32(1 / math.sqrt(2 * math.pi))
