"""Keras with its JAX backend: ``Model.fit``, compiled, several steps to each call."""

from __future__ import annotations

import os
from collections.abc import Callable

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

from network import LEARNING_RATE, Array, Network, Weights

MOST_STEPS = 16  # to a call: more compile for ever longer


class Keras:
    """A ``Sequential`` model. It has no way of its own to train several networks at once."""

    def __init__(self, network: Network, threads: int) -> None:
        del threads  # set by the environment, before JAX is loaded
        self.network = network
        last = "sigmoid" if network.outputs == 1 else "softmax"
        self.model = keras.Sequential(
            [
                keras.Input((network.columns,)),
                *(keras.layers.Dense(width, activation="relu") for width in network.hidden),
                keras.layers.Dense(network.outputs, activation=last),
            ]
        )
        self.compiled_for = 0

    def _compile(self, steps: int) -> None:
        """Compile for so many steps an epoch, or begin anew with what was compiled."""
        if self.compiled_for == steps:
            for variable in self.model.optimizer.variables:
                if "learning_rate" not in variable.path:
                    variable.assign(np.zeros(variable.shape, variable.dtype))
            return
        binary = self.network.outputs == 1
        self.model.compile(
            optimizer=keras.optimizers.Adam(LEARNING_RATE),
            loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy",
            jit_compile=True,
            steps_per_execution=min(MOST_STEPS, steps),
        )
        self.compiled_for = steps

    def fit(self, X: Array, y: Array, epochs: int, *, seed: int) -> None:
        """Fit without callbacks or progress bar."""
        keras.utils.set_random_seed(seed)
        self.set_weights(self.network.start(seed))
        self._compile(-(-len(X) // self.network.batch))
        self.model.fit(X, y, batch_size=self.network.batch, epochs=epochs, shuffle=True, verbose=0)

    def set_weights(self, weights: Weights) -> None:
        """Take these weights."""
        self.model.set_weights([array for pair in weights for array in pair])

    def predict_proba(self, X: Array) -> Array:
        """Predict in large mini-batches."""
        return self._both(self.model.predict(X, batch_size=min(len(X), 65_536), verbose=0))

    def predictor(self, *, compiled: bool = False) -> Callable[[Array], Array]:
        """Return predict_on_batch, which is much quicker for one row than predict."""
        del compiled
        return lambda x: self._both(self.model.predict_on_batch(x))

    def _both(self, p: Array) -> Array:
        return np.hstack([1 - p, p]) if self.network.outputs == 1 else p
