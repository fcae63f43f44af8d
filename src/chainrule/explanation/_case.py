"""What a diagnosis looks at: a network, a sample of rows sent through it, and its history."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from chainrule.explanation.diagnosing._yardsticks import Yardsticks, measure
from chainrule.mathematics import LOSSES
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.passes import Trace, backpropagate, feedforward, loss
from chainrule.training import Epoch

__all__ = ["BEHIND", "Case", "Sample"]

# A network that has removed this share of the error of guessing has learned its rows.
_COPED = 0.9
# Rows predicted better than by the poor man's models, which do not see the row itself, by so much:
# what a network still learns then is the rows by heart.
AHEAD = 0.05
# In good fits of 21 tables the network's training rows were predicted better by the network than
# by their neighbors, or at most 0.01 worse.
BEHIND = 0.1

# The backward pass is made row by row for this many rows: enough for an average over rows.
_ROWS_BACKWARD = 64
# Of the first epoch's loss; the usual alpha makes a thousandth of it.
_STRONG = 0.1
# ln p of a class that no row has; any smaller number would do.
_RARE = 1e-12
_LOGITS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda mean: mean,
    "logistic": lambda mean: np.log(np.maximum(mean, _RARE) / np.maximum(1 - mean, _RARE)),
    "softmax": lambda mean: np.log(np.maximum(mean, _RARE)),
    "exp": lambda mean: np.log(np.maximum(mean, _RARE)),
}
"""The logit that gives this prediction, by the output's activation."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Some of the training rows, as the network sees them.

    Attributes
    ----------
    x : array of shape (m, d), float64
        After the steps of a pipeline.
    y : array of shape (m, k), or None
        The targets of the loss, classes one-hot.
    weights : array of shape (m,), or None
        The rows' weights, those of their classes among them.
    names : tuple of str, or None
        What the columns are called.
    rows : int
        How many rows there are in all.
    labels : array of shape (rows, 1) or (rows, k), or None
        The targets of all rows, classes as numbers.
    take : callable
        Row numbers to their x.
    """

    x: Array
    y: Array | None
    weights: Array | None
    names: tuple[str, ...] | None
    rows: int
    labels: NDArray[Any] | None
    take: Callable[[NDArray[np.int64]], Array]

    def name(self, column: int) -> str:
        """Return what a column is called."""
        return f"X[:, {column}]" if self.names is None else repr(self.names[column])


@dataclass(frozen=True, eq=False)
class Case:
    """A network to be looked at; whatever several findings need is computed once.

    Attributes
    ----------
    model : estimator
        The network itself, without the pipeline around it.
    history : sequence of Epoch
        Empty for a network that was only initialized.
    sample : Sample or None
        None if no rows were given.
    """

    model: Any
    history: Sequence[Epoch]
    sample: Sample | None

    # ------------------------------------------------------------------ the network

    @cached_property
    def network(self) -> Architecture:
        """The network's shape."""
        network: Architecture = self.model._network
        return network

    @cached_property
    def parameters(self) -> Array:
        """All weights and biases, in float64."""
        parameters: Array = self.model._flatten(self.network, np.float64)
        return parameters

    @property
    def finite(self) -> bool:
        """Whether every weight is a number."""
        return bool(np.isfinite(self.parameters).all())

    @cached_property
    def _options(self) -> Any:
        return self.model._options() if hasattr(self.model, "_options") else self.model

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a parameter, or what a fit has set; not every kind of network has every one."""
        # What the fit reads comes first: a solver 'auto' has been decided on there.
        return getattr(self._options, name, getattr(self.model, name, default))

    @property
    def solver(self) -> str:
        """The optimizer's name."""
        return str(self.setting("solver", "sgd"))

    @property
    def takes_steps(self) -> bool:
        """Whether the optimizer's steps have a length that a person sets."""
        # The perceptron's line is the same whatever the rate: it only makes all weights longer.
        return self.solver not in ("lbfgs", "newton") and self.network.loss != "perceptron"

    @property
    def classifies(self) -> bool:
        """Whether it predicts labels."""
        return bool(is_classifier(self.model))

    def strong_penalty(self) -> tuple[str, float] | None:
        """Return the name and strength of a penalty that was a large part of the first loss."""
        first = self.history[0] if self.history else None
        # Not of the last: there a penalty that is too strong has made all weights small.
        if first is None or not (first.penalty or 0.0) > _STRONG * first.train_loss:
            return None
        strengths = {name: float(self.setting(name, 0.0)) for name in ("alpha", "l1")}
        name = max(strengths, key=lambda name: strengths[name])
        return name, strengths[name]

    @property
    def most_dropout(self) -> float:
        """The largest share of a layer's nodes that is dropped out in training."""
        return max(self.network.dropout, default=0.0)

    @property
    def disturbs_inputs(self) -> bool:
        """Whether the rows are seen with noise, or some of their columns left out."""
        return any(self.setting(name, 0.0) > 0 for name in ("input_noise", "input_dropout"))

    # ------------------------------------------------------------------ rows sent through it

    @property
    def x(self) -> Array:
        """The sample's rows, shape (m, d)."""
        return cast(Sample, self.sample).x  # a check that needs rows is not run without them

    @property
    def y(self) -> Array:
        """The sample's targets, shape (m, k)."""
        return cast(Array, cast(Sample, self.sample).y)

    @property
    def weights(self) -> Array | None:
        """The sample's weights, shape (m,), if any."""
        return None if self.sample is None else self.sample.weights

    @cached_property
    def trace(self) -> Trace:
        """Every number of the feedforward of the sample."""
        with np.errstate(all="ignore"):
            return feedforward(self.network, self.parameters, self.x)

    @cached_property
    def error(self) -> float:
        """The error of the sample, without penalties."""
        with np.errstate(all="ignore"):
            return loss(self.network, self.parameters, self.trace, self.y, weights=self.weights)

    @cached_property
    def gradient(self) -> Array:
        """∂E/∂ every parameter, of the error of the sample without penalties."""
        with np.errstate(all="ignore"):
            return backpropagate(
                self.network, self.parameters, self.trace, self.y, weights=self.weights
            )

    @cached_property
    def slopes(self) -> Array:
        """Root mean square of δ = ∂e/∂z over rows and nodes, one number for each layer.

        Row by row, because the sum over rows vanishes at a minimum though no row's gradient does;
        by ∂e/∂b, which is δ, because ∂e/∂W also has the scale of the layer's inputs in it.
        """
        t, squares = self.trace, np.zeros(len(self.network.layers))
        chosen = _spread(len(self.x), _ROWS_BACKWARD)
        with np.errstate(all="ignore"):
            for i in chosen:
                row = slice(i, i + 1)
                zs, hs = tuple(z[row] for z in t.z), tuple(h[row] for h in t.h)
                one = Trace(t.x[row], zs, hs, t.masks)
                gradient = backpropagate(self.network, self.parameters, one, self.y[row])
                squares += [(bias**2).mean() for _, bias in self.network.views(gradient)]
            return np.asarray(np.sqrt(squares / len(chosen)))

    # ------------------------------------------------------------------ how good it could be

    @cached_property
    def trivial_error(self) -> float:
        """The error of the best prediction that looks at no input: the mean, or the frequencies.

        NaN for the perceptron, whose error of z = 0 is 0.
        """
        mean = np.average(self.y, axis=0, weights=self.weights)
        record = LOSSES[self.network.loss]
        if record.output not in _LOGITS:
            return math.nan
        logits = np.broadcast_to(_LOGITS[record.output](mean), self.y.shape)
        return record.average(logits, self.y, self.weights)

    @cached_property
    def unlearned_error(self) -> float:
        """The error of guessing or of putting out 0, whichever is larger; NaN if unknown.

        A network that is far worse than both has not simply learned nothing yet.
        """
        if self.sample is None or self.sample.y is None:
            return self.scale
        zero = LOSSES[self.network.loss].average(np.zeros_like(self.y), self.y, self.weights)
        return max(self.trivial_error, zero)

    @property
    def exclusive(self) -> bool:
        """Whether each row has one class of several, with an output for each."""
        labels = None if self.sample is None else self.sample.labels
        one = labels is not None and labels.shape[1] == 1
        return self.classifies and one and self.network.sizes[-1] > 1

    @property
    def skill(self) -> float:
        """The share of the trivial error that the network removes: 1 − E / E of guessing.

        For squared errors this is R², for log loss McFadden's pseudo-R².
        """
        return 1 - self.error / self.trivial_error if self.trivial_error > 0 else math.nan

    @cached_property
    def yardsticks(self) -> Yardsticks:
        """How well the sample is predicted, and how well it could be."""
        return measure(self)

    @property
    def has_coped(self) -> bool:
        """Whether the network has removed most of the error of guessing; False if unknown."""
        return self.sample is not None and self.sample.y is not None and self.skill >= _COPED

    @property
    def has_learned(self) -> bool:
        """Whether the sample is predicted about as well as it can be; False if unknown."""
        return self.has_coped or -self.behind > AHEAD

    @property
    def behind(self) -> float:
        """By how much a poor man's model predicts the sample better; NaN if unknown."""
        if self.sample is None or self.sample.y is None:
            return math.nan
        return self.yardsticks.reachable - self.yardsticks.network

    @property
    def behind_its_kind(self) -> float:
        """The same, but a network without hidden layers is compared with a line alone."""
        if len(self.network.layers) > 1 or math.isnan(self.behind):
            return self.behind
        return self.yardsticks.line - self.yardsticks.network

    @cached_property
    def scale(self) -> float:
        """About the error of guessing, by which to call a loss large or small; NaN if unknown."""
        if self.sample is not None and self.sample.y is not None and self.trivial_error > 0:
            return self.trivial_error
        if self.classifies and self.network.loss == "cross_entropy":
            return math.log(self.network.sizes[-1])
        if self.classifies and self.network.loss == "log_loss":
            return self.network.sizes[-1] * math.log(2)
        return math.nan

    # ------------------------------------------------------------------ the course of training

    @cached_property
    def train_loss(self) -> Array:
        """The penalized error of every epoch."""
        return np.array([epoch.train_loss for epoch in self.history], np.float64)

    @cached_property
    def validation_loss(self) -> Array:
        """The held-out error after every epoch; NaN where there was none."""
        return _numbers([epoch.validation_loss for epoch in self.history])

    @cached_property
    def validation_score(self) -> Array:
        """The held-out score after every epoch; NaN where there was none."""
        return _numbers([epoch.validation_score for epoch in self.history])

    @property
    def kept_score(self) -> float | None:
        """The held-out score of the epoch whose weights were kept; None where there was none."""
        best = self.setting("best_epoch_")
        chosen = [i for i, epoch in enumerate(self.history) if epoch.epoch == best]
        score = self.validation_score[chosen[-1] if chosen else -1]
        return None if math.isnan(score) else float(score)

    @property
    def grew_by_parts(self) -> bool:
        """Whether the epochs came from calls of partial_fit, each perhaps with other rows."""
        return len(self.history) > 1 and self.setting("n_iter_", len(self.history)) == 1

    @property
    def all_epochs_used(self) -> bool:
        """Whether training ended because ``max_iter`` was reached."""
        limit = self.setting("max_iter")
        return limit is not None and self.setting("n_iter_", 0) >= limit

    @property
    def stopped_early(self) -> bool:
        """Whether held-out rows ended the training, not ``max_iter`` or a person."""
        stopped = "did not improve" in str(self.setting("stopping_reason_"))
        return bool(self.setting("early_stopping", False) and stopped and not self.all_epochs_used)

    @property
    def stopped_by_score(self) -> bool:
        """Whether a held-out score did, that can stand still while the loss falls."""
        # R² does not: it falls and rises with the squared error.
        monitor = self.setting("monitor")
        like_the_loss = monitor == "loss" or (monitor == "score" and not self.classifies)
        return self.stopped_early and not like_the_loss

    @property
    def rate(self) -> float | None:
        """The learning rate that was asked for."""
        if not self.takes_steps:
            return None
        rate = self.setting("learning_rate_init")
        return self.history[-1].learning_rate if rate is None and self.history else rate

    @property
    def fallen(self) -> float:
        """The share of the error of guessing that the training loss has fallen by."""
        return float(self.train_loss[0] - self.train_loss[-1]) / self.scale

    def needed_rate(self) -> float:
        """How many times the rate has to be for the loss to fall by half of guessing's error.

        As long as a loss falls straight, n steps of rate α lead as far as one of nα. A power of
        ten, and at least ten.
        """
        if not self.fallen > 0:
            return 10.0
        return float(10.0 ** np.clip(np.floor(np.log10(0.5 / self.fallen)), 1, 6))

    def other_rate(self, factor: float) -> str:
        """Say which learning rate to try."""
        rate = self.rate
        if rate is None:
            return f"a learning rate of {factor:g} times the present one"
        return f"learning_rate_init={rate * factor:.2g} (now {rate:g})"


def _numbers(values: list[float | None]) -> Array:
    return np.array([math.nan if value is None else value for value in values], np.float64)


def _spread(rows: int, most: int) -> list[int]:
    """Return at most so many row numbers, evenly spaced."""
    return sorted({int(i) for i in np.linspace(0, rows - 1, min(rows, most))})
