"""Compiled loops over the numbers of one layer: activations, their derivatives, errors.

The same functions as in :mod:`chainrule.mathematics`, in place, in few passes over memory.
Codes are those of its records. ``z.dtype.type`` keeps every constant in the engine's float type.
What costs, exponentials above all, is done to a whole layer as one flat array, in which LLVM fills
whole vector registers however short the rows are; sums over rows are passes of their own.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.mathematics import ACTIVATIONS, LOSSES
from chainrule.mathematics.activations import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE
from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled, pasted, shared
from chainrule.network.functions import (
    as_written,
    exp,
    expm1,
    gaussian,
    log,
    logistic,
    softplus,
    tanh,
)
from chainrule.network.memory import view

__all__ = ["activate", "apply_derivative", "error_and_delta"]

IDENTITY = ACTIVATIONS["identity"].code
STEP = ACTIVATIONS["step"].code
LOGISTIC = ACTIVATIONS["logistic"].code
TANH = ACTIVATIONS["tanh"].code
RELU = ACTIVATIONS["relu"].code
LEAKY_RELU = ACTIVATIONS["leaky_relu"].code
ELU = ACTIVATIONS["elu"].code
SELU = ACTIVATIONS["selu"].code
GELU = ACTIVATIONS["gelu"].code
SILU = ACTIVATIONS["silu"].code
MISH = ACTIVATIONS["mish"].code
SOFTPLUS = ACTIVATIONS["softplus"].code
SOFTMAX = ACTIVATIONS["softmax"].code
EXP = ACTIVATIONS["exp"].code

HALF_SQUARED_ERROR = LOSSES["half_squared_error"].code
LOG_LOSS = LOSSES["log_loss"].code
CROSS_ENTROPY = LOSSES["cross_entropy"].code
POISSON = LOSSES["poisson"].code
PERCEPTRON = LOSSES["perceptron"].code


@as_written
def gelu(z: float) -> tuple[float, float]:
    """Return h = z Φ(z) and f′(z) of one number."""
    distribution, density = gaussian(z)
    return z * distribution, distribution + z * density


@as_written
def silu(z: float, one: float) -> tuple[float, float]:
    """Return h = z σ(z) and f′(z) of one number."""
    s = logistic(z)
    return z * s, s + z * s * (one - s)


@as_written
def mish(z: float, one: float) -> tuple[float, float]:
    """Return h = z tanh(ln(1 + e^z)) and f′(z) of one number."""
    # With e^z = u / v, neither above 1, all of it are fractions.
    e = exp(-abs(z))
    u, v = (one, e) if z >= 0 else (e, one)
    p, q = u * (u + v + v), (v + v) * v
    t = p / (p + q)
    return z * t, t + z * (u / (u + v)) * ((one + t) * (q / (p + q)))


@compiled
def exp_all(values: Array) -> None:
    """Turn every number of a flat array into its exponential."""
    for i in range(values.size):
        values[i] = exp(values[i])


@pasted
def apply_function(code: int, h: Array, slope: Array) -> None:
    """Turn z, flat, into f(z); keep f′ in ``slope``, if it has room, for gelu, silu and mish."""
    one = h.dtype.type(1)
    keep = slope.size == h.size
    if code == LOGISTIC:
        for i in range(h.size):
            h[i] = logistic(h[i])
    elif code == TANH:
        for i in range(h.size):
            h[i] = tanh(h[i])
    elif code in (ELU, SELU):
        scale = h.dtype.type(SELU_SCALE) if code == SELU else one
        alpha = h.dtype.type(SELU_ALPHA) if code == SELU else one
        for i in range(h.size):
            h[i] = scale * (h[i] if h[i] > 0 else alpha * expm1(h[i]))
    elif code == SOFTPLUS:
        for i in range(h.size):
            h[i] = softplus(h[i])
    elif code == EXP:
        exp_all(h)
    elif code == GELU:
        for i in range(h.size):
            h[i], derivative = gelu(h[i])
            if keep:
                slope[i] = derivative
    elif code == SILU:
        for i in range(h.size):
            h[i], derivative = silu(h[i], one)
            if keep:
                slope[i] = derivative
    elif code == MISH:
        for i in range(h.size):
            h[i], derivative = mish(h[i], one)
            if keep:
                slope[i] = derivative


@compiled
def shift_rows(z: Array) -> None:
    """Subtract the largest of every row from it: its softmax is the same and cannot overflow."""
    for i in range(z.shape[0]):
        top = z[i, 0]
        for j in range(1, z.shape[1]):
            top = max(top, z[i, j])
        for j in range(z.shape[1]):
            z[i, j] -= top


@compiled
def softmax_rows(z: Array) -> None:
    """Turn every row of z into its softmax."""
    shift_rows(z)
    flat = view(z, 0, (z.size,))
    exp_all(flat)
    for i in range(z.shape[0]):
        total = z.dtype.type(0)
        for j in range(z.shape[1]):
            total += z[i, j]
        for j in range(z.shape[1]):
            z[i, j] /= total


@shared
def activate(code: int, z: Array, slope: Array) -> None:
    """Turn z into h = f(z); keep f′ in ``slope`` where h alone cannot give it back."""
    zero, one = z.dtype.type(0), z.dtype.type(1)
    h = view(z, 0, (z.size,))
    if code == RELU:
        for i in range(h.size):
            h[i] = max(h[i], zero)
    elif code == LEAKY_RELU:
        leak = z.dtype.type(LEAKY_SLOPE)
        for i in range(h.size):
            h[i] = h[i] if h[i] > zero else leak * h[i]
    elif code == SOFTMAX:
        softmax_rows(z)
        for i in range(slope.size):
            slope[i] = h[i]
    elif code == STEP:
        for i in range(h.size):
            h[i] = one if h[i] >= zero else zero
    elif code != IDENTITY:
        apply_function(code, h, slope)


@shared
def apply_derivative(code: int, delta: Array, h: Array, slope: Array) -> None:
    """Turn ∂E/∂h into δ = ∂E/∂h · f′(z), with f′ from h = f(z) or from ``slope``."""
    rows, nodes = delta.shape
    zero, one = h.dtype.type(0), h.dtype.type(1)
    d = view(delta, 0, (rows * nodes,))
    f = view(h, 0, (rows * nodes,))
    if code == RELU:
        for i in range(d.size):
            d[i] = d[i] if f[i] > zero else zero
    elif code == LOGISTIC:
        for i in range(d.size):
            d[i] *= f[i] * (one - f[i])
    elif code == TANH:
        for i in range(d.size):
            d[i] *= one - f[i] * f[i]
    elif code == LEAKY_RELU:
        leak = h.dtype.type(LEAKY_SLOPE)
        for i in range(d.size):
            d[i] *= one if f[i] > zero else leak
    elif code in (ELU, SELU):
        scale = h.dtype.type(SELU_SCALE) if code == SELU else one
        alpha = h.dtype.type(SELU_SCALE * SELU_ALPHA) if code == SELU else one
        for i in range(d.size):
            d[i] *= scale if f[i] > zero else f[i] + alpha
    elif code == SOFTPLUS:
        for i in range(d.size):
            d[i] *= -expm1(-f[i])
    elif code == SOFTMAX:
        for i in range(rows):
            total = zero
            for j in range(nodes):
                total += delta[i, j] * slope[i * nodes + j]
            for j in range(nodes):
                delta[i, j] = slope[i * nodes + j] * (delta[i, j] - total)
    elif code == EXP:
        for i in range(d.size):
            d[i] *= f[i]
    elif code == STEP:
        for i in range(d.size):
            d[i] = zero
    elif code != IDENTITY:
        for i in range(d.size):
            d[i] *= slope[i]


@compiled
def weight_of(row: int, weights: Array) -> float:
    """Return what a row counts: 1 where rows have no weights."""
    return float(weights[row]) if weights.size else 1.0


@shared
def cross_entropy(
    z: Array, y: Array, weights: Array, picked: Array, share: float, smoothing: float
) -> float:
    """Turn logits into δ and return Σ w (ln Σ e^z − Σ y z).

    y is 1 for the right class, of which ``smoothing`` is taken and shared among all.
    """
    rows, nodes = z.shape
    flat = view(z, 0, (rows * nodes,))
    total = 0.0
    shift_rows(z)
    for i in range(rows):
        score = (1 - smoothing) * z[i, int(y[picked[i], 0])]
        if smoothing > 0:
            for j in range(nodes):
                score += smoothing / nodes * z[i, j]
        total -= weight_of(picked[i], weights) * score
    exp_all(flat)
    for i in range(rows):
        summed = z.dtype.type(0)
        for j in range(nodes):
            summed += z[i, j]
        weight = weight_of(picked[i], weights)
        total += weight * log(summed)
        scale = weight * share
        factor = z.dtype.type(scale / summed)
        everywhere = z.dtype.type(scale * smoothing / nodes)
        for j in range(nodes):
            z[i, j] = z[i, j] * factor - everywhere
        z[i, int(y[picked[i], 0])] -= z.dtype.type(scale * (1 - smoothing))
    return total


@shared
def log_loss(
    z: Array, y: Array, weights: Array, picked: Array, share: float, smoothing: float
) -> float:
    """Turn logits into δ and return Σ w (ln(1 + e^z) − y z), with ``smoothing`` of y made ½."""
    rows, nodes = z.shape
    flat = view(z, 0, (rows * nodes,))
    zero, half, soft = z.dtype.type(0), z.dtype.type(0.5), z.dtype.type(smoothing)
    total = 0.0
    for i in range(rows):
        weight = weight_of(picked[i], weights)
        for j in range(nodes):
            target = y[picked[i], j] + soft * (half - y[picked[i], j])
            total += weight * (max(z[i, j], zero) - target * z[i, j])
            if weights.size:
                total += weight * softplus(-abs(z[i, j]))
    if weights.size == 0:  # one flat sum
        for i in range(flat.size):
            total += softplus(-abs(flat[i]))
    for i in range(flat.size):
        flat[i] = logistic(flat[i])
    for i in range(rows):
        scale = z.dtype.type(weight_of(picked[i], weights) * share)
        for j in range(nodes):
            target = y[picked[i], j] + soft * (half - y[picked[i], j])
            z[i, j] = scale * (z[i, j] - target)
    return total


@compiled
def output_error(code: int, z: float, y: float) -> tuple[float, float]:
    """ℓ and ∂ℓ/∂z of one logit, for the losses that are quick."""
    if code == HALF_SQUARED_ERROR:
        return 0.5 * (z - y) * (z - y), z - y
    if code == PERCEPTRON:
        slope = (1.0 if z >= 0 else 0.0) - y
        return slope * z, slope
    rate = math.exp(z)
    constant = y * math.log(y) - y if y > 0 else 0.0
    return rate - y * z + constant, rate - y


@pasted
def error_and_delta(
    code: int, z: Array, y: Array, weights: Array, picked: Array, share: float, smoothing: float
) -> float:
    """Turn logits into δ = ∂E/∂z and return Σ wᵢ eᵢ of these rows.

    ``picked`` numbers the rows in y and weights; ``share`` is 1 / Σ wᵢ of the batch.
    """
    if code == CROSS_ENTROPY:  # y holds the number of the class
        return cross_entropy(z, y, weights, picked, share, smoothing)
    if code == LOG_LOSS:
        return log_loss(z, y, weights, picked, share, smoothing)
    total = 0.0
    for i in range(z.shape[0]):
        weight = weight_of(picked[i], weights)
        scale = z.dtype.type(weight * share)
        for j in range(z.shape[1]):
            error, slope = output_error(code, z[i, j], y[picked[i], j])
            total += weight * error
            z[i, j] = scale * slope
    return total


@compiled
def nonzero_rows(delta: Array) -> int:
    """How many rows have an error: δ ≠ 0 in any output."""
    count = 0
    for i in range(delta.shape[0]):
        wrong = False
        for j in range(delta.shape[1]):
            wrong = wrong or delta[i, j] != 0
        count += wrong
    return count


@compiled
def mix(x: np.uint64) -> np.uint64:
    """Scramble a 64-bit number: SplitMix64's output function, as in the readable passes."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@shared
def drop(values: Array, rate: float, key: np.uint64) -> None:
    """Multiply by inverted dropout's mask; the same key makes the same mask again."""
    flat = view(values, 0, (values.size,))
    scale = values.dtype.type(1 / (1 - rate))
    threshold = np.uint64(math.ceil(rate * 2.0**24))
    for i in range(flat.size):
        kept = (mix(np.uint64(i) + key) >> np.uint64(40)) >= threshold
        flat[i] = flat[i] * scale if kept else values.dtype.type(0)


@shared
def add_noise(values: Array, scale: float, key: np.uint64) -> None:
    """Add normally distributed noise; Box and Muller's cosine of two halves of one draw."""
    flat = view(values, 0, (values.size,))
    for i in range(flat.size):
        draw = mix(np.uint64(i) + key)
        radius = (float(draw >> np.uint64(32)) + 0.5) * 2.0**-32
        angle = float(draw & np.uint64(0xFFFFFFFF)) * 2.0**-32
        flat[i] += scale * math.sqrt(-2 * math.log(radius)) * math.cos(2 * math.pi * angle)
