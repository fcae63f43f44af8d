"""One predicted number as a function of a network's inputs, with its slope by the chain rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.mathematics import ACTIVATIONS
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.passes import feedforward, send_back

__all__ = ["Output"]

# Rows sent through at once: softmax's Jacobian has k² numbers for each.
_AT_ONCE = 1024
# Of the larger of 1 and |h|: the best step for a central difference, a cube root of rounding.
_STEP = 6e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class Output:
    r"""One number that a network predicts, ŷ(x).

    The slope is ∂ŷ/∂x, the same chain rule as backpropagation's, one step further than the weights.

    Attributes
    ----------
    network : Architecture
        d inputs.
    parameters : tuple of array
        All weights and biases; of several networks whose outputs h are averaged.
    place : int
        Which node of the last layer.
    name : str
        Such as "probability of 'Adelie'".
    logit : bool
        Whether ŷ is the node's weighted sum z instead of its h = f(z).
    other : bool
        Whether ŷ is that of the other of two classes: 1 − h, or −z.
    restorers : tuple of transformer
        What brings h to the target's own units, by ``inverse_transform``.

    Examples
    --------
    >>> network = Architecture((2, 1), (), "log_loss")
    >>> numbers = (np.array([2.0, -1.0, 0.0]),)
    >>> output = Output(network=network, parameters=numbers, place=0, name="p", logit=False)
    >>> value, slope = output(np.array([[0.5, 1.0]]))  # z = 0, so ŷ = ½ and ∂ŷ/∂z = ¼
    >>> value, slope
    (array([0.5]), array([[ 0.5 , -0.25]]))
    """

    network: Architecture
    parameters: tuple[Array, ...]
    place: int
    name: str
    logit: bool
    other: bool = False
    restorers: tuple[Any, ...] = ()

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """Return ŷ of each row, and ∂ŷ/∂x.

        Parameters
        ----------
        x : array of shape (n, d)
            The rows.

        Returns
        -------
        value : array of shape (n,)
        slope : array of shape (n, d)
        """
        parts = [self._few(x[i : i + _AT_ONCE]) for i in range(0, len(x), _AT_ONCE)]
        return np.concatenate([v for v, _ in parts]), np.concatenate([s for _, s in parts])

    def value(self, x: Array) -> Array:
        """Return ŷ of each row of x, shape (n,)."""
        traces = (feedforward(self.network, numbers, x) for numbers in self.parameters)
        ends = [trace.z[-1] if self.logit else trace.prediction for trace in traces]
        return self._read(np.mean(ends, axis=0))

    def _few(self, x: Array) -> tuple[Array, Array]:
        traces = [feedforward(self.network, numbers, x) for numbers in self.parameters]
        ends = [trace.z[-1] if self.logit else trace.prediction for trace in traces]
        end = np.mean(ends, axis=0)
        per_end = self._read_slope(end) / len(traces)
        last = ACTIVATIONS[self.network.layers[-1].activation]
        slope = np.zeros_like(x)
        for numbers, trace in zip(self.parameters, traces, strict=True):
            delta = per_end if self.logit else last.chain(per_end, trace.z[-1])
            slope += send_back(self.network, numbers, trace, delta).inputs[0]
        return self._read(end), slope

    def _read(self, end: Array) -> Array:
        """Return ŷ from the last layer's h or z, shape (n, k)."""
        for restorer in self.restorers:
            end = np.asarray(restorer.inverse_transform(end), np.float64).reshape(len(end), -1)
        chosen: Array = end[:, self.place]
        if not self.other:
            return chosen
        return -chosen if self.logit else 1 - chosen

    def _read_slope(self, end: Array) -> Array:
        """Return ∂ŷ/∂ the last layer's h or z, shape (n, k)."""
        slope = np.zeros_like(end)
        if not self.restorers:
            slope[:, self.place] = -1.0 if self.other else 1.0
            return slope
        # What scikit-learn undoes to a target it has no formula for the slope of.
        for j in range(end.shape[1]):
            up, down = end.copy(), end.copy()
            step = _STEP * np.maximum(1, np.abs(end[:, j]))
            up[:, j] += step
            down[:, j] -= step
            slope[:, j] = (self._read(up) - self._read(down)) / (up[:, j] - down[:, j])
        return slope
