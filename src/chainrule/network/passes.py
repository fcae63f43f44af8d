"""The two passes of a network as the textbook has them.

Rows of x are data points (m of them); a layer is z = xW + b, h = f(z). ``feedforward`` writes down
every number on the way from x to the prediction; ``backpropagate`` reads them in reverse, and
``send_back`` writes down every number on that way.
The compiled passes of :mod:`chainrule.network.kernels` are held equal to these by tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.mathematics import ACTIVATIONS, L1, L2, LOSSES
from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.layers import LAYER_KINDS

__all__ = [
    "Backtrace",
    "Trace",
    "backpropagate",
    "disturb_inputs",
    "dropout_masks",
    "feedforward",
    "loss",
    "send_back",
]


@dataclass(frozen=True)
class Trace:
    """Every number of one feedforward.

    Attributes
    ----------
    x : array of shape (m, d)
        What went in.
    z : tuple of array, one per layer, of shape (m, outputs)
        The weighted sums.
    h : tuple of array, one per layer, of shape (m, outputs)
        f(z), after dropout where there was any; the last is the prediction ŷ.
    masks : tuple of array or None, one per layer
        What dropout multiplied h by: 0 or 1 / (1 − rate); None without dropout.
    """

    x: Array
    z: tuple[Array, ...]
    h: tuple[Array, ...]
    masks: tuple[Array | None, ...]

    @property
    def prediction(self) -> Array:
        """ŷ, the output of the last layer, shape (m, k)."""
        return self.h[-1]

    def inputs(self, layer: int) -> Array:
        """Return what went into this layer (counted from 0): x, or the h of the layer before."""
        return self.x if layer == 0 else self.h[layer - 1]


@dataclass(frozen=True)
class Backtrace:
    """Every number of one pass backwards.

    Attributes
    ----------
    delta : tuple of array, one per layer, of shape (m, outputs)
        δ = ∂E/∂z.
    slopes : tuple of (array of shape (inputs, outputs), array of shape (outputs,)), one per layer
        ∂E/∂W and ∂E/∂b.
    inputs : tuple of array, one per layer, of shape (m, inputs)
        ∂E/∂ what went into the layer; the first is ∂E/∂x.
    """

    delta: tuple[Array, ...]
    slopes: tuple[tuple[Array, Array], ...]
    inputs: tuple[Array, ...]


def feedforward(
    network: Architecture,
    parameters: Array,
    x: Array,
    *,
    masks: Sequence[Array | None] | None = None,
) -> Trace:
    """Send rows through the network: z = xW + b, h = f(z), layer after layer.

    Parameters
    ----------
    network : Architecture
        d inputs, k outputs.
    parameters : array of shape (network.parameter_count,)
        All weights and biases.
    x : array of shape (m, d)
        The rows.
    masks : sequence of array or None, one per layer, optional
        What dropout multiplies each h by, from :func:`dropout_masks`; none when predicting.

    Returns
    -------
    Trace

    Raises
    ------
    ValueError
        x does not have d columns.

    Examples
    --------
    >>> network = Architecture((2, 2, 1), ("sigmoid",), "log_loss")
    >>> parameters = network.flatten(
    ...     [np.array([[0.1, -0.2], [0.4, 0.3]]), np.array([[0.6], [-0.5]])],
    ...     [np.array([0.05, -0.1]), np.array([0.2])],
    ...     np.float64,
    ... )
    >>> trace = feedforward(network, parameters, np.array([[1.0, 2.0]]))
    >>> trace.h[0].round(6), trace.prediction.round(6)
    (array([[0.721115, 0.574443]]), array([[0.585513]]))
    """
    if x.ndim != 2 or x.shape[1] != network.sizes[0]:
        raise ValueError(f"rows of shape {x.shape} do not fit a network of {network.sizes} nodes")
    masks = tuple(masks) if masks is not None else (None,) * len(network.layers)
    zs: list[Array] = []
    hs: list[Array] = []
    h = x
    for layer, (w, b), mask in zip(network.layers, network.views(parameters), masks, strict=True):
        z = LAYER_KINDS[layer.kind].feedforward(h, w, b)
        h = ACTIVATIONS[layer.activation].value(z)
        if mask is not None:
            h = h * mask
        zs.append(z)
        hs.append(h)
    return Trace(x, tuple(zs), tuple(hs), masks)


def loss(
    network: Architecture,
    parameters: Array,
    trace: Trace,
    y: Array,
    *,
    weights: Array | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
) -> float:
    """Return the penalized error E = (Σᵢ wᵢ eᵢ + l1 Σ|W| + l2 ½ΣW²) / Σᵢ wᵢ.

    Parameters
    ----------
    network, parameters
        As in :func:`feedforward`.
    trace : Trace
        What feedforward returned for m rows.
    y : array of shape (m, k)
        The targets; one-hot for cross-entropy.
    weights : array of shape (m,), optional
        The rows' weights wᵢ; all 1 if not given.
    l1, l2 : float
        Strengths of the penalties, in units of one row's error; biases are never penalized.

    Returns
    -------
    float
    """
    total = float(len(y) if weights is None else np.sum(weights))
    matrices = [w for w, _ in network.views(parameters)]
    penalty = sum(l1 * L1.value(w) + l2 * L2.value(w) for w in matrices)
    error = LOSSES[network.loss].average(trace.z[-1], y, weights)
    return error + (penalty / total if total > 0 else 0.0)


def backpropagate(
    network: Architecture,
    parameters: Array,
    trace: Trace,
    y: Array,
    *,
    weights: Array | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
) -> Array:
    """Return the gradient of :func:`loss`: ∂E/∂W and ∂E/∂b of every layer, as one flat vector.

    The loss itself gives δ = ∂E/∂z of the output layer (on logits), :func:`send_back` all the rest,
    and the penalties their own derivative to every W.

    Parameters
    ----------
    network, parameters, trace, y, weights, l1, l2
        As in :func:`loss`.

    Returns
    -------
    array of shape (network.parameter_count,)
    """
    gradient = np.empty_like(parameters)
    total = float(len(y) if weights is None else np.sum(weights))
    share = 1 / total if total > 0 else 0.0
    delta = LOSSES[network.loss].average_gradient(trace.z[-1], y, weights)
    back = send_back(network, parameters, trace, delta)
    layers = zip(network.views(gradient), network.views(parameters), back.slopes, strict=True)
    for (w_slope, b_slope), (w, _), (dw, db) in layers:
        w_slope[...] = dw + share * (l1 * L1.derivative(w) + l2 * L2.derivative(w))
        b_slope[...] = db
    return gradient


def send_back(network: Architecture, parameters: Array, trace: Trace, delta: Array) -> Backtrace:
    """Run a feedforward backwards, from ∂E/∂z of the last layer, by the chain rule alone.

    From the last layer to the first:

        ∂E/∂W = (inputs of the layer)ᵀ δ,  ∂E/∂b = Σ rows of δ,  ∂E/∂(inputs) = δ Wᵀ,
        δ of the layer before = ∂E/∂(inputs) · f′(z).

    Parameters
    ----------
    network, parameters, trace
        As in :func:`backpropagate`.
    delta : array of shape (m, k)
        ∂E/∂z of the last layer, where E may be whatever depends on the output: an error, or one of
        the predictions itself.

    Returns
    -------
    Backtrace

    Examples
    --------
    >>> network = Architecture((1, 1), (), "log_loss")
    >>> w, b = 2.0, -1.0
    >>> trace = feedforward(network, np.array([w, b]), np.array([[0.5]]))
    >>> back = send_back(network, np.array([w, b]), trace, np.array([[0.1]]))
    >>> back.inputs[0]  # 0.1 · w
    array([[0.2]])
    """
    numbers = network.views(parameters)
    deltas: list[Array] = []
    slopes: list[tuple[Array, Array]] = []
    inputs: list[Array] = []
    for i in reversed(range(len(network.layers))):
        kind = LAYER_KINDS[network.layers[i].kind]
        dw, db, dx = kind.backpropagate(delta, trace.inputs(i), numbers[i][0])
        deltas.insert(0, delta)
        slopes.insert(0, (dw, db))
        inputs.insert(0, dx)
        if i > 0:
            mask = trace.masks[i - 1]
            before = ACTIVATIONS[network.layers[i - 1].activation]
            delta = before.chain(dx if mask is None else dx * mask, trace.z[i - 1])
    return Backtrace(tuple(deltas), tuple(slopes), tuple(inputs))


def dropout_masks(
    network: Architecture, rows: int, *, seed: int, step: int, dtype: type = np.float64
) -> tuple[Array | None, ...]:
    """Return what dropout multiplies each layer's h by in this step: 0, or 1 / (1 − rate).

    The draw depends on nothing but (seed, step, layer, row, node), so that any pass can make it
    again and the number of threads does not matter.

    Parameters
    ----------
    network : Architecture
        Holds the rates.
    rows : int
        m.
    seed, step : int
        Of the training run; the same as the kernels are given.
    dtype : type
        Of the result.

    Returns
    -------
    tuple of (array of shape (m, outputs) or None), one per layer

    Notes
    -----
    Inverted dropout of Srivastava et al. (2014); the hash is SplitMix64 of Steele, Lea & Flood
    (2014).
    """
    masks: list[Array | None] = []
    for i, layer in enumerate(network.layers):
        if layer.dropout == 0:
            masks.append(None)
            continue
        draws = _draws(rows * layer.outputs, seed=seed, step=step, layer=i)
        masks.append(_mask(draws, layer.dropout, dtype).reshape(rows, layer.outputs))
    return tuple(masks)


def disturb_inputs(
    network: Architecture, x: Array, *, noise: float, dropout: float, seed: int, step: int
) -> Array:
    """Return the rows as one step of training sees them: with noise, and some inputs dropped out.

    Drawn like dropout's masks, as if the noise and the inputs were layers after the last.

    Parameters
    ----------
    network : Architecture
        d inputs.
    x : array of shape (m, d)
        The rows.
    noise : float
        Standard deviation of the normal noise added to every input.
    dropout : float
        Share of the inputs that is switched off; the rest is divided by 1 − dropout.
    seed, step : int
        As in :func:`dropout_masks`.

    Returns
    -------
    array of shape (m, d)
    """
    layers = len(network.layers)
    if noise > 0:
        draws = _draws(x.size, seed=seed, step=step, layer=layers)
        radius = ((draws >> np.uint64(32)).astype(np.float64) + 0.5) * 2.0**-32
        angle = (draws & np.uint64(0xFFFFFFFF)).astype(np.float64) * 2.0**-32
        normal = np.sqrt(-2 * np.log(radius)) * np.cos(2 * np.pi * angle)
        x = (x + noise * normal.reshape(x.shape)).astype(x.dtype)
    if dropout > 0:
        draws = _draws(x.size, seed=seed, step=step, layer=layers + 1)
        x = x * _mask(draws, dropout, x.dtype.type).reshape(x.shape)
    return x


_Words = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]


def _draws(count: int, *, seed: int, step: int, layer: int) -> _Words:
    """Draw so many 64-bit numbers for one layer in one step."""
    start = _mix(np.array([_mix(np.array([seed], np.uint64))[0] + np.uint64(step)]))
    key = _mix(start + np.uint64(layer))
    return _mix(np.arange(count, dtype=np.uint64) + key)


def _mask(draws: _Words, rate: float, dtype: type) -> Array:
    """Return 0 for the share ``rate`` of the draws, 1 / (1 − rate) for the others."""
    uniform = (draws >> np.uint64(40)).astype(np.float64) * 2.0**-24
    mask: Array = (uniform >= rate).astype(dtype) / dtype(1 - rate)
    return mask


def _mix(x: _Words) -> _Words:
    """Scramble 64-bit numbers: SplitMix64's output function."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
