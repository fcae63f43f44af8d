"""scikit-learn: its MLPClassifier, which does the same steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from joblib import Parallel, delayed
from sklearn.neural_network import MLPClassifier

from contestants.quiet import quietly
from network import LEARNING_RATE, Array, Network, Weights


class ScikitLearn:
    """``MLPClassifier``, without hidden layers too: its LogisticRegression takes other steps."""

    def __init__(self, network: Network, threads: int) -> None:
        self.network, self.threads = network, threads

    def _make(self, epochs: int, seed: int) -> MLPClassifier:
        return MLPClassifier(
            self.network.hidden,
            alpha=0.0,
            learning_rate_init=LEARNING_RATE,
            batch_size=self.network.batch,
            max_iter=epochs,
            tol=0.0,
            n_iter_no_change=np.inf,
            random_state=seed,
        )

    def fit(self, X: Array, y: Array, epochs: int, *, seed: int) -> None:
        """Fit an estimator."""
        self.model = quietly(self._make(epochs, seed), X, y)

    def predict_proba(self, X: Array) -> Array:
        """Ask the estimator."""
        return self.model.predict_proba(X)

    def set_weights(self, weights: Weights) -> None:
        """Fit two rows of each class, so that all that is fitted is there, and set the weights."""
        y = np.repeat(np.arange(self.network.classes), 2)
        X = np.zeros((len(y), self.network.columns), np.float32)
        self.model = quietly(self._make(1, 0).set_params(batch_size=1), X, y)
        self.model.coefs_ = [W.copy() for W, _ in weights]
        self.model.intercepts_ = [b.copy() for _, b in weights]

    def predictor(self, *, compiled: bool = False) -> Callable[[Array], Array]:
        """Return predict_proba."""
        del compiled
        return self.model.predict_proba

    def fit_restarts(self, X: Array, y: Array, epochs: int, *, seeds: Sequence[int]) -> None:
        """Fit one for each seed in as many processes as there may be threads."""
        jobs = (delayed(quietly)(self._make(epochs, seed), X, y) for seed in seeds)
        self.models = Parallel(n_jobs=self.threads)(jobs)

    def predict_restarts(self, X: Array) -> list[Array]:
        """Ask each."""
        return [model.predict_proba(X) for model in self.models]
