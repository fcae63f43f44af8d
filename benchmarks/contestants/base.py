"""What a contestant is asked for. Who lacks one of these does not run in the rows that need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from network import Array, Network, Weights


class Contestant(Protocol):
    """A library's best way to train one network, and to predict with it.

    Adam at its usual rates, mini-batches in a new order in every epoch, no penalty, float32.
    """

    def __init__(self, network: Network, threads: int) -> None:
        """Prepare whatever does not depend on the rows."""

    def fit(self, X: Array, y: Array, epochs: int, *, seed: int) -> None:
        """Train from ``network.start(seed)``; returns when the last step is done."""

    def predict_proba(self, X: Array) -> Array:
        """Return the probability of each class, shape (n, classes)."""

    def set_weights(self, weights: Weights) -> None:
        """Take these weights instead of training."""

    def predictor(self, *, compiled: bool = False) -> Callable[[Array], Array]:
        """Return the quickest way from one row, shape (1, d), to its probabilities.

        ``compiled`` asks for what has to be made of the model once, beside the usual method.
        """

    def fit_restarts(self, X: Array, y: Array, epochs: int, *, seeds: Sequence[int]) -> None:
        """Train one network from each starting point, as many at once as is quickest."""

    def predict_restarts(self, X: Array) -> list[Array]:
        """Return the probabilities of each of these networks."""
