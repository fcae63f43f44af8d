"""The penalized error of a fitted network as a function of all its weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from chainrule.errors import InputError
from chainrule.explanation._rows import (
    check_lengths,
    in_one_sentence,
    prepare_targets,
    read_inputs,
    unwrap,
)
from chainrule.mathematics import L1, L2
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import evaluate, make_data
from chainrule.network.steps import FullGradient
from chainrule.network.team import alone
from chainrule.network.threads import one_blas_thread

__all__ = ["ErrorOfWeights"]

# Enough for contours; no picture is drawn more finely.
_MOST_ROWS, _FEWEST_ROWS = 5000, 500
# Weights times rows times points of the grid: a second or two.
_MOST_WORK = 2e10
# Rows that are stored sparse are made dense: no more numbers than these.
_MOST_NUMBERS = 20_000_000


class ErrorOfWeights:
    """E(θ) = (Σᵢ wᵢ eᵢ(θ) + l1 Σ|W| + alpha ½ΣW²) / Σᵢ wᵢ of some rows, by the engine.

    Of many rows a sample is taken; penalties are divided by the weights of all rows, as in
    training. No node is dropped out, and no input disturbed.

    Parameters
    ----------
    model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
        As for :meth:`LossLandscape.from_estimator`.
    X, y, sample_weight
        As there.
    points : int
        How often it will be asked for.
    random_state : int
        Draws the sample.

    Attributes
    ----------
    network : estimator
        The network itself.
    shape : Architecture
        Its shape, with nothing dropped out.
    solution : array of shape (p,)
        Its weights.
    names : tuple of str, or None
        What its inputs are called.
    rows, rows_used : int
        How many rows there are, and how many of them are looked at.
    """

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        points: int = 1,
        random_state: int = 0,
    ) -> None:
        if X is None or y is None:
            raise InputError("LossLandscape needs rows and their targets: give X and y")
        self.network, of_rows, of_targets, self.names = unwrap(model, "LossLandscape")
        check_lengths(X, y, sample_weight)
        shape: Architecture = self.network._network
        self.shape = Architecture(shape.sizes, shape.activations, shape.loss)
        self.solution: Array = self.network._flatten(shape, np.float64)
        if not np.isfinite(self.solution).all():
            raise InputError("some weights of this network are not finite: fit it again")
        self.rows = int(_num_samples(X))
        with in_one_sentence():
            labels, weights = prepare_targets(self.network, of_targets(y), sample_weight)
            chosen = self._choose(points, random_state)
            picked = of_rows(_safe_indexing(X, chosen))
            x = read_inputs(self.network, picked, chosen, self.names)
        self.rows_used = len(chosen)
        terms = self.network._options().regularization
        share = 1 / (self.rows if weights is None else weights.sum())
        self._l1, self._l2 = terms.l1 * share, terms.l2 * share
        own = None if weights is None else weights[chosen]
        self._data = make_data(x, labels[chosen], own, dtype=np.float64)
        self._smoothed = None
        if terms.label_smoothing:
            smoothing = {"label_smoothing": terms.label_smoothing}
            self._smoothed = FullGradient(self.shape, self._data, dtype=np.float64, **smoothing)

    def _choose(self, points: int, random_state: int) -> Any:
        by_work = max(_FEWEST_ROWS, int(_MOST_WORK / (points * self.shape.parameter_count)))
        by_size = max(1, _MOST_NUMBERS // self.shape.sizes[0])
        most = min(_MOST_ROWS, by_work, by_size)
        if self.rows <= most:
            return np.arange(self.rows)
        draw = np.random.default_rng(random_state)
        return np.sort(draw.choice(self.rows, most, replace=False))

    def __call__(self, parameters: Array) -> float:
        """Return E of a vector of weights; infinite where it is too large for a number."""
        if self._smoothed is not None:
            error = self._smoothed(parameters)[0]
        else:
            error = evaluate(self.shape, parameters, self._data)[1]
        with np.errstate(over="ignore", invalid="ignore"):
            for weights, _ in self.shape.views(parameters):
                error += self._l2 * L2.value(weights) if self._l2 else 0.0
                error += self._l1 * L1.value(weights) if self._l1 else 0.0
        return float(error) if np.isfinite(error) else np.inf

    def on_grid(self, origin: Array, directions: Array, *axes: Array) -> Array:
        """Return E at origin + a · first direction (+ b · second), shape (len(b), len(a))."""
        places = np.stack(np.meshgrid(*axes), axis=-1)
        found = np.empty(places.shape[:-1])
        # Thousands of short tasks would wait for the other threads most of the time.
        with alone(), one_blas_thread():
            for at in np.ndindex(found.shape):
                found[at] = self(origin + places[at] @ directions)
        return found
