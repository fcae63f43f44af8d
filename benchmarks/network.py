"""The network of a row of the table: its shape, its first weights, what it costs.

Imports nothing but NumPy, so that no contestant has to load another's library.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Weights = list[tuple[Array, Array]]

LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron: ReLU, then the sigmoid for two classes or softmax for more.

    Attributes
    ----------
    columns : int
        Inputs.
    hidden : tuple of int
        Nodes of each hidden layer.
    classes : int
        Two have one output and the log loss, as in scikit-learn; more have one output each and
        cross-entropy.
    batch : int
        Rows in a mini-batch.
    """

    columns: int
    hidden: tuple[int, ...]
    classes: int
    batch: int

    @property
    def outputs(self) -> int:
        """Output nodes."""
        return 1 if self.classes == 2 else self.classes

    @property
    def layers(self) -> list[tuple[int, int]]:
        """(inputs, outputs) of each layer."""
        return list(pairwise((self.columns, *self.hidden, self.outputs)))

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum((inputs + 1) * outputs for inputs, outputs in self.layers)

    def start(self, seed: int) -> Weights:
        """Draw the first weights, W of shape (inputs, outputs) and b of shape (outputs,).

        Glorot's, in the order in which scikit-learn draws them: everyone starts from the same
        point. A network without hidden layers is convex and starts from 0.
        """
        random = np.random.RandomState(seed)
        weights = []
        for inputs, outputs in self.layers:
            bound = np.sqrt(6 / (inputs + outputs)) if self.hidden else 0.0
            W = random.uniform(-bound, bound, (inputs, outputs))
            b = random.uniform(-bound, bound, outputs)
            weights.append((W.astype(np.float32), b.astype(np.float32)))
        return weights

    def forward_flops(self, rows: int) -> int:
        """Floating-point operations to predict so many rows, 2 for each multiply-add."""
        return 2 * rows * sum(inputs * outputs for inputs, outputs in self.layers)

    def training_flops(self, rows: int) -> int:
        """Operations of an epoch: forward, weight gradient, input gradient of all but the first."""
        inputs, outputs = self.layers[0]
        return 3 * self.forward_flops(rows) - 2 * rows * inputs * outputs


def probabilities(z: Array) -> Array:
    """Return what each class is given, shape (n, classes), by the logits z of the output layer."""
    if z.shape[1] == 1:
        p = 1 / (1 + np.exp(-z))
        return np.hstack([1 - p, p])
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
