"""One training of a model-complexity graph, looked at after every epoch that is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state

from chainrule.errors import InputError
from chainrule.estimators._complexity_model import Part, Split, is_ours
from chainrule.estimators._fitting import NON_FINITE, Outcome
from chainrule.estimators._kind_of_fit import kind_of_fit
from chainrule.estimators._rows import Given
from chainrule.mathematics.arrays import Array
from chainrule.network.engine import Data, make_data
from chainrule.training import Validation

__all__ = ["Course", "train_cell"]

# A training error so many times that of the untrained network is on its way to infinity.
_LOST = 1000.0
_NOTHING = Validation(float("nan"), float("nan"))


class Course(NamedTuple):
    """What came of one training.

    Attributes
    ----------
    numbers : array of shape (4, e)
        Error on training and test rows, and score on both, after each epoch that was asked for;
        NaN from where it diverged.
    parameters : int
        How many weights and biases there are.
    error_name : str
        Of the error function.
    finished : bool
        Whether it was not interrupted.
    """

    numbers: Array
    parameters: int
    error_name: str
    finished: bool


def train_cell(
    network: Any,
    split: Split,
    epochs: NDArray[np.int64],
    *,
    scorer: Callable[..., float] | None,
    stop: threading.Event,
) -> Course:
    """Train one network on one split.

    Parameters
    ----------
    network : estimator
        With the size and the penalty that are tried; not changed.
    split : Split
        The rows.
    epochs : array of int of shape (e,)
        After which to look; the last one is the end.
    scorer : callable or None
        Of scikit-learn's kind; None for accuracy or R².
    stop : threading.Event
        Set to end it.

    Returns
    -------
    Course
    """
    usual: dict[str, Any] = {
        "max_iter": int(epochs[-1]),
        "early_stopping": False,
        "warm_start": False,
        "verbose": False,
        "random_state": split.seed,
    }
    if getattr(network, "learning_rate", None) != "adaptive":  # which goes by it
        usual["n_iter_no_change"] = np.inf
    mine = clone(network)
    mine.set_params(**{k: v for k, v in usual.items() if k in mine.get_params(deep=False)})
    train = _train_ours if is_ours(mine) else _train_theirs
    return train(mine, split, epochs, scorer, stop)


def _carried_on(looks: list[tuple[float, ...]], count: int, diverged: bool) -> Array:
    """Return all looks as an array; a training that came to its end stays where it is."""
    numbers = np.full((4, count), np.nan)
    if looks:
        numbers[:, : len(looks)] = np.array(looks).T
        if not diverged:
            numbers[:, len(looks) :] = numbers[:, [len(looks) - 1]]
    numbers[:, ~np.isfinite(numbers[:2]).all(axis=0)] = np.nan
    return numbers


# ---------------------------------------------------------------------------- ours


def _train_ours(
    network: Any,
    split: Split,
    epochs: NDArray[np.int64],
    scorer: Callable[..., float] | None,
    stop: threading.Event,
) -> Course:
    network.set_callbacks()
    network._validate_params()
    train, test = split.train, split.test
    rows = network._check_rows(train.X, train.y, train.weights, mode="new", reset=True)
    others = network._check_rows(test.X, test.y, test.weights, mode="more", reset=False)
    random = check_random_state(network.random_state)
    shape, parameters, network._trained = network._prepare(rows, random)
    options = network._options()
    options.check_solver(network._hidden_layers()[2])
    dtype = parameters.dtype.type if options.steps else np.float64
    data = [make_data(*part, dtype=dtype) for part in (rows, others)]
    looks: list[tuple[float, ...]] = []
    wanted, epoch = set(epochs.tolist()), 0
    score = _scoring(network, shape, split, scorer)
    untrained = network._evaluate(shape, parameters.astype(dtype), data[0])[1]

    def look(weights: Array) -> Validation:
        nonlocal epoch
        epoch += 1
        if epoch not in wanted:
            return _NOTHING
        found = [network._evaluate(shape, weights, part) for part in data]
        errors = [error for _, error in found]
        if errors[0] > _LOST * untrained > 0:
            errors = [float("nan")] * 2
        looks.append((*errors, *score(weights, [outputs for outputs, _ in found], data)))
        return Validation(errors[1], looks[-1][3])

    outcome = Outcome(lambda *_: None)
    outcome.interrupted = stop
    fitting = kind_of_fit(options)(network, shape, random, options, outcome=outcome)
    fitting.validate = look
    network.validation_scores_ = []
    context = network._init_callback_context(max_subtasks=options.max_iter)
    pair = Given(train.X, train.y), Given(None, None)
    try:
        fitting.train(parameters, rows, None, pair, context=context)
        diverged = network.stopping_reason_.startswith("diverged")
    except ValueError as error:
        if not str(error).startswith(NON_FINITE):
            raise
        diverged = True
    finished = not stop.is_set() or len(looks) == len(epochs)
    name = shape.loss.replace("_", " ").replace("cross entropy", "cross-entropy")
    return Course(_carried_on(looks, len(epochs), diverged), shape.parameter_count, name, finished)


def _scoring(
    network: Any, shape: Any, split: Split, scorer: Callable[..., float] | None
) -> Callable[[Array, list[Array], list[Data]], tuple[float, float]]:
    """Return what scores training and test rows after an epoch."""
    # R² is the same in other units.
    in_units = split.wrapper is None or isinstance(split.wrapper.transformer_, StandardScaler)
    if scorer is None and in_units:

        def by_outputs(
            weights: Array, outputs: list[Array], data: list[Data]
        ) -> tuple[float, float]:
            del weights
            first, second = (
                network._score_outputs(out, part.y, part.weights if len(part.weights) else None)
                for out, part in zip(outputs, data, strict=True)
            )
            return float(first), float(second)

        return by_outputs

    predictor = split.predictor(network)

    def by_scorer(weights: Array, outputs: list[Array], data: list[Data]) -> tuple[float, float]:
        del outputs, data
        if not np.isfinite(weights).all():
            return float("nan"), float("nan")
        network._set_parameters(shape, weights)
        return _scores(predictor, split, scorer)

    return by_scorer


def _scores(
    predictor: Any, split: Split, scorer: Callable[..., float] | None
) -> tuple[float, float]:
    parts = split.train, split.test
    if scorer is None:
        first, second = (predictor.score(part.X, part.given, **part.weighted) for part in parts)
    else:
        try:
            first, second = (scorer(predictor, p.X, p.given, **p.weighted) for p in parts)
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(f"the score cannot be computed for this model: {error}") from error
    return float(first), float(second)


# ---------------------------------------------------------------------------- scikit-learn's


def _train_theirs(
    network: Any,
    split: Split,
    epochs: NDArray[np.int64],
    scorer: Callable[..., float] | None,
    stop: threading.Event,
) -> Course:
    # Its partial_fit begins with random_state anew in every call, unless that goes on by itself.
    network.set_params(random_state=np.random.RandomState(split.seed))
    train = split.train
    known = {"classes": np.unique(train.y)} if is_classifier(network) and train.y.ndim == 1 else {}
    if is_classifier(network) and train.y.ndim == 2:
        known = {"classes": np.arange(train.y.shape[1])}
    predictor = split.predictor(network)
    looks: list[tuple[float, ...]] = []
    diverged = False
    wanted = set(epochs.tolist())
    for epoch in range(1, int(epochs[-1]) + 1):
        if stop.is_set():
            break
        try:
            network.partial_fit(train.X, train.y, **known, **train.weighted)
        except ValueError as error:
            if "non-finite" not in str(error):
                raise
            diverged = True
            break
        if epoch in wanted:
            errors = [_error(network, part) for part in (split.train, split.test)]
            looks.append((*errors, *_scores(predictor, split, scorer)))
    weights = sum(part.size for layer in (network.coefs_, network.intercepts_) for part in layer)
    numbers = _carried_on(looks, len(epochs), diverged)
    finished = diverged or len(looks) == len(epochs)
    return Course(numbers, int(weights), _error_name(network), finished)


def _error_name(network: Any) -> str:
    if not is_classifier(network):
        return "half squared error"
    return "cross-entropy" if network.out_activation_ == "softmax" else "log loss"


def _error(network: Any, part: Part) -> float:
    """Return the error function of rows, without penalties, as ours have it."""
    if not is_classifier(network):
        gaps = (np.asarray(part.y) - network.predict(part.X)).reshape(len(part.y), -1)
        return float(np.average((gaps**2).sum(axis=1) / 2, weights=part.weights))
    probabilities = network.predict_proba(part.X)
    if part.y.ndim == 1:
        return float(log_loss(part.y, probabilities, labels=network.classes_, **part.weighted))
    return float(
        sum(
            log_loss(part.y[:, k], probabilities[:, k], labels=[0, 1], **part.weighted)
            for k in range(part.y.shape[1])
        )
    )
