"""The learning-rate range test: which rates make the error fall, and from where on it rises."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from chainrule.errors import InputError
from chainrule.estimators._base import BaseNetwork
from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._step_by_step import StepByStep
from chainrule.mathematics.arrays import Array
from chainrule.network.engine import make_data

__all__ = ["LearningRateRange", "find_learning_rate"]

# The error of a mini-batch is noisy: so much of the average so far is kept at every step.
_KEPT = 0.9
_MEMORY = 10  # that is an average over about 1 / (1 − 0.9) steps
# The test is over when the error is so many times the smallest one.
_LOST = 4.0
# Where the average has its minimum the rate is already too large for long.
_BELOW_THE_BEST = 10.0


@dataclass(frozen=True)
class LearningRateRange:
    """What a range test found.

    Attributes
    ----------
    rates : array of shape (t,)
        The rate of each step, each larger than the one before by the same factor.
    losses, smoothed : array of shape (t,)
        The penalized error of each step's mini-batch, and its running average.
    suggestion : float
        A rate to begin with: a tenth of the one at which the average is smallest.
    reason : str
        How that was found, in a sentence.
    """

    rates: Array
    losses: Array
    smoothed: Array
    suggestion: float
    reason: str

    def __repr__(self) -> str:
        """Say what is suggested, and why."""
        return f"LearningRateRange(suggestion={self.suggestion:.2g}: {self.reason})"


def find_learning_rate(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 200,
) -> LearningRateRange:
    """Train for a moment with a rate that grows at every step, and watch the error.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, or a single neuron
        Whose training is tried, on a copy; its solver takes steps.
    X, y, sample_weight
        As for its ``fit``.
    low, high : float
        The first rate and the last.
    steps : int
        How many mini-batches are taken at most; the rows are gone through as often as that takes.

    Returns
    -------
    LearningRateRange
        The curve and a suggestion for ``learning_rate_init``.

    Raises
    ------
    InputError
        This is none of these estimators, the range or the number of steps makes no sense, the
        solver takes no steps, or the error is no number from the beginning.

    References
    ----------
    Smith (2017), Cyclical learning rates for training neural networks.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from chainrule import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> found = find_learning_rate(MLPClassifier((16,), random_state=0), X, y)
    >>> 1e-4 < found.suggestion < 1
    True
    """
    if not (0 < low < high < np.inf and steps >= 2):
        raise InputError(
            "the range test needs 0 < low < high and at least two steps, not "
            f"low={low!r}, high={high!r}, steps={steps!r}"
        )
    if not isinstance(estimator, BaseNetwork):
        raise InputError(
            "the range test is for this package's estimators, such as MLPClassifier(); got "
            f"{estimator!r}"
        )
    trial = clone(estimator)
    options = TrainingOptions.of(trial._options(), restarts=1, learning_rate="constant")
    if not options.steps:
        raise InputError(
            f"solver={options.solver!r} has no learning rate; the range test is for solvers that "
            "go step by step, such as 'adam' or 'sgd'"
        )
    trial._validate_params()
    rows = trial._check_rows(X, y, sample_weight, mode="new", reset=True)
    random = check_random_state(copy.deepcopy(trial.random_state))
    network, parameters, _ = trial._prepare(rows, random)
    fitting = StepByStep(trial, network, random, options)
    loop = fitting.make_loop(parameters, make_data(*rows, dtype=parameters.dtype.type))
    rates = np.geomspace(low, high, steps)
    losses, smoothed = _climb(loop, rates)
    return _suggest(rates[: len(losses)], losses, smoothed)


def _climb(loop: Any, rates: Array) -> tuple[Array, Array]:
    """Return each step's error and its running average, up to where it is lost."""
    losses: list[float] = []
    smoothed: list[float] = []
    average = 0.0
    for loss in loop.take_steps(rates):
        if not np.isfinite(loss):
            break
        average = _KEPT * average + (1 - _KEPT) * loss
        losses.append(loss)
        smoothed.append(average / (1 - _KEPT ** len(losses)))
        if smoothed[-1] > _LOST * abs(min(smoothed)):
            break
    return np.array(losses), np.array(smoothed)


def _suggest(rates: Array, losses: Array, smoothed: Array) -> LearningRateRange:
    if len(losses) < 2:
        raise InputError(
            f"the error is no finite number after {len(losses)} steps of the range test, whose "
            "first rate is tiny: look for very large values in the data"
        )
    first = min(_MEMORY, len(losses) - 1)  # before that the average is of a few steps only
    best = first + int(np.argmin(smoothed[first:]))
    noise = np.std(losses[: first + 1]) / np.sqrt(2 * _MEMORY)
    at_the_end = f"a tenth of the largest rate tried, {rates[-1]:.2g}, is a cautious beginning"
    if best == len(rates) - 1:
        reason = f"the error still fell at the end; {at_the_end}"
    elif smoothed[first] - smoothed[best] > 2 * noise:
        reason = (
            f"the average error is smallest, {smoothed[best]:.4g}, at a rate of {rates[best]:.2g}; "
            "a tenth of that is safe for a whole training"
        )
    elif smoothed[-1] <= smoothed[first] + 2 * noise:
        best = len(rates) - 1
        reason = f"the error hardly changed at any rate, so that high may be raised; {at_the_end}"
    else:
        # The first weights are as good as any: what is safe is what leaves them so.
        best = int(np.flatnonzero(smoothed <= smoothed[first] + 2 * noise)[-1])
        reason = (
            f"the error never fell clearly, and rises from a rate of {rates[best]:.2g} on; a tenth "
            "of that is safe"
        )
    return LearningRateRange(rates, losses, smoothed, float(rates[best] / _BELOW_THE_BEST), reason)
