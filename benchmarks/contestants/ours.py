"""chainrule: the estimators as users call them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule import LogisticRegression, MLPClassifier
from contestants.quiet import quietly
from network import LEARNING_RATE, Array, Network, Weights


class Chainrule:
    """``MLPClassifier``, or ``LogisticRegression`` where there is no hidden layer."""

    def __init__(self, network: Network, threads: int) -> None:
        del threads  # it chooses by itself
        self.network = network

    def _make(self, epochs: int, **more: Any) -> Any:
        settings = {
            "solver": "adam",
            "alpha": 0.0,
            "learning_rate_init": LEARNING_RATE,
            "batch_size": self.network.batch,
            "max_iter": epochs,
            "tol": 0.0,
            "n_iter_no_change": np.inf,
            **more,
        }
        if not self.network.hidden:
            return LogisticRegression(**settings)
        return MLPClassifier(self.network.hidden, **settings)

    def fit(self, X: Array, y: Array, epochs: int, *, seed: int) -> None:
        """Fit an estimator."""
        self.model = quietly(self._make(epochs, random_state=seed), X, y)

    def predict_proba(self, X: Array) -> Array:
        """Ask the estimator."""
        return self.model.predict_proba(X)

    def set_weights(self, weights: Weights) -> None:
        """Fit two rows of each class, so that all that is fitted is there, and set the weights."""
        y = np.repeat(np.arange(self.network.classes), 2)
        X = np.zeros((len(y), self.network.columns), np.float32)
        self.model = quietly(self._make(1, random_state=0).set_params(batch_size=1), X, y)
        self.model.coefs_ = [W.copy() for W, _ in weights]
        self.model.intercepts_ = [b.copy() for _, b in weights]

    def predictor(self, *, compiled: bool = False) -> Callable[[Array], Array]:
        """Return predict_proba, or the compiled predictor."""
        return self.model.compiled_predictor() if compiled else self.model.predict_proba

    def fit_restarts(self, X: Array, y: Array, epochs: int, *, seeds: Sequence[int]) -> None:
        """Fit with ``restarts``; the seeds are drawn from the first."""
        model = self._make(epochs, restarts=len(seeds), random_state=seeds[0])
        self.model = quietly(model, X, y)

    def predict_restarts(self, X: Array) -> list[Array]:
        """Put the weights of each into the estimator."""
        shapes, probabilities = self.network.layers, []
        for restart in self.model.restarts_:
            numbers = iter(np.split(restart.parameters, _ends(shapes)))
            pairs = [(next(numbers).reshape(shape), next(numbers)) for shape in shapes]
            self.set_weights(pairs)
            probabilities.append(self.model.predict_proba(X))
        return probabilities


def _ends(shapes: list[tuple[int, int]]) -> Array:
    """Return where W and b of each layer end in the vector of all parameters."""
    lengths = [length for inputs, outputs in shapes for length in (inputs * outputs, outputs)]
    return np.cumsum(lengths)[:-1]
