"""Compiled loops over the numbers of one layer: activations, their derivatives, errors.

The same functions as in :mod:`chainrule.mathematics`, one pass over memory each, in place.
Codes are those of its records. ``z.dtype.type`` keeps every constant in the engine's float type.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.mathematics import ACTIVATIONS, LOSSES
from chainrule.mathematics.activations import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE
from chainrule.mathematics.arrays import Array
from chainrule.network._compiled import compiled, pasted

__all__ = ["NEEDS_SLOPE", "activate", "apply_derivative", "error_and_delta"]

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

NEEDS_SLOPE = ("gelu", "silu", "mish", "softmax")
"""Activations whose derivative cannot be had from h after dropout; when h is computed f′ is kept,
for softmax h itself, on which every ∂hᵢ/∂zⱼ of the row depends."""

HALF_SQUARED_ERROR = LOSSES["half_squared_error"].code
LOG_LOSS = LOSSES["log_loss"].code
CROSS_ENTROPY = LOSSES["cross_entropy"].code
POISSON = LOSSES["poisson"].code
PERCEPTRON = LOSSES["perceptron"].code


@compiled
def sigmoid(z: float) -> float:
    """σ(z) of one number."""
    e = math.exp(-abs(z))
    return 1 / (1 + e) if z >= 0 else e / (1 + e)


@compiled
def softplus(z: float) -> float:
    """ln(1 + e^z) of one number."""
    return max(z, 0) + math.log1p(math.exp(-abs(z)))


@compiled
def smooth(code: int, z: float) -> tuple[float, float]:
    """Return h and f′(z) of one number for the activations of NEEDS_SLOPE."""
    if code == GELU:
        distribution = 0.5 * (1 + math.erf(z * math.sqrt(0.5)))
        return z * distribution, distribution + z * math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    s = sigmoid(z)
    if code == SILU:
        return z * s, s * (1 + z * (1 - s))
    t = math.tanh(softplus(z))
    return z * t, t + z * s * (1 - t * t)


@compiled
def softmax_rows(z: Array) -> None:
    """Turn every row of z into its softmax."""
    for i in range(z.shape[0]):
        top = z[i, 0]
        for j in range(1, z.shape[1]):
            top = max(top, z[i, j])
        total = z.dtype.type(0)
        for j in range(z.shape[1]):
            e = math.exp(z[i, j] - top)
            z[i, j] = e
            total += e
        for j in range(z.shape[1]):
            z[i, j] /= total


@compiled
def add_bias(z: Array, bias: Array) -> None:
    """Z + b, row by row."""
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            z[i, j] += bias[j]


@compiled
def activate(code: int, z: Array, bias: Array, slope: Array) -> None:
    """Turn xW into h = f(xW + b); keep f′ in ``slope`` where h alone cannot give it back."""
    rows, nodes = z.shape
    zero, one = z.dtype.type(0), z.dtype.type(1)
    if code == RELU:
        for i in range(rows):
            for j in range(nodes):
                z[i, j] = max(z[i, j] + bias[j], zero)
        return
    add_bias(z, bias)
    h = z.reshape(rows * nodes)
    if code == LOGISTIC:
        for i in range(h.size):
            h[i] = sigmoid(h[i])
    elif code == TANH:
        for i in range(h.size):
            h[i] = math.tanh(h[i])
    elif code == LEAKY_RELU:
        leak = z.dtype.type(LEAKY_SLOPE)
        for i in range(h.size):
            h[i] = h[i] if h[i] > zero else leak * h[i]
    elif code in (ELU, SELU):
        scale = z.dtype.type(SELU_SCALE) if code == SELU else one
        alpha = z.dtype.type(SELU_ALPHA) if code == SELU else one
        for i in range(h.size):
            h[i] = scale * (h[i] if h[i] > zero else alpha * math.expm1(h[i]))
    elif code == SOFTPLUS:
        for i in range(h.size):
            h[i] = softplus(h[i])
    elif code == SOFTMAX:
        softmax_rows(z)
        for i in range(slope.size):
            slope[i] = h[i]
    elif code == EXP:
        for i in range(h.size):
            h[i] = math.exp(h[i])
    elif code == STEP:
        for i in range(h.size):
            h[i] = one if h[i] >= zero else zero
    elif code != IDENTITY:
        keep = slope.size == h.size
        for i in range(h.size):
            h[i], derivative = smooth(code, h[i])
            if keep:
                slope[i] = derivative


@compiled
def apply_derivative(code: int, delta: Array, h: Array, slope: Array) -> None:
    """Turn ∂E/∂h into δ = ∂E/∂h · f′(z), with f′ from h = f(z) or from ``slope``."""
    rows, nodes = delta.shape
    zero, one = h.dtype.type(0), h.dtype.type(1)
    d = delta.reshape(rows * nodes)
    f = h.reshape(rows * nodes)
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
            d[i] *= -math.expm1(-f[i])
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
def cross_entropy_row(z: Array, i: int, right: int, smoothing: float) -> float:
    """Turn the logits of row i into softmax − y and return −Σ y ln softmax.

    y is 1 for the right class, of which ``smoothing`` is taken and shared among all.
    """
    nodes = z.shape[1]
    top, others = z[i, 0], float(z[i, 0])
    for j in range(1, nodes):
        top = max(top, z[i, j])
        others += z[i, j]
    error = float(top - z[i, right])
    if smoothing > 0:
        error = top - (1 - smoothing) * z[i, right] - smoothing / nodes * others
    total = z.dtype.type(0)
    for j in range(nodes):
        z[i, j] = math.exp(z[i, j] - top)
        total += z[i, j]
    shared = z.dtype.type(smoothing / nodes)
    for j in range(nodes):
        z[i, j] = z[i, j] / total - shared
    z[i, right] -= z.dtype.type(1 - smoothing)
    return error + math.log(total)


@compiled
def output_error(code: int, z: float, y: float) -> tuple[float, float]:
    """ℓ and ∂ℓ/∂z of one logit, for the losses that are sums over outputs."""
    if code == LOG_LOSS:
        e = math.exp(-abs(z))
        probability = 1 / (1 + e) if z >= 0 else e / (1 + e)
        return max(z, 0) + math.log1p(e) - y * z, probability - y
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
    total = 0.0
    toward_half = smoothing if code == LOG_LOSS else 0.0
    for i in range(z.shape[0]):
        row = picked[i]
        weight = float(weights[row]) if weights.size else 1.0
        scale = z.dtype.type(weight * share)
        if code == CROSS_ENTROPY:  # y holds the number of the class
            total += weight * cross_entropy_row(z, i, int(y[row, 0]), smoothing)
            for j in range(z.shape[1]):
                z[i, j] *= scale
        else:
            for j in range(z.shape[1]):
                target = y[row, j] + toward_half * (0.5 - y[row, j])
                error, slope = output_error(code, z[i, j], target)
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


@compiled
def drop(values: Array, rate: float, key: np.uint64) -> None:
    """Multiply by inverted dropout's mask; the same key makes the same mask again."""
    flat = values.reshape(values.size)
    scale = values.dtype.type(1 / (1 - rate))
    threshold = np.uint64(math.ceil(rate * 2.0**24))
    for i in range(flat.size):
        kept = (mix(np.uint64(i) + key) >> np.uint64(40)) >= threshold
        flat[i] = flat[i] * scale if kept else values.dtype.type(0)


@compiled
def add_noise(values: Array, scale: float, key: np.uint64) -> None:
    """Add normally distributed noise; Box and Muller's cosine of two halves of one draw."""
    flat = values.reshape(values.size)
    for i in range(flat.size):
        draw = mix(np.uint64(i) + key)
        radius = (float(draw >> np.uint64(32)) + 0.5) * 2.0**-32
        angle = float(draw & np.uint64(0xFFFFFFFF)) * 2.0**-32
        flat[i] += scale * math.sqrt(-2 * math.log(radius)) * math.cos(2 * math.pi * angle)
