"""The six steps calculated by the engine: its readable passes, held to its compiled ones.

The numbers of an explanation are those of :mod:`chainrule.network.passes` and
:func:`chainrule.training.update.update` in double precision, from the network's own weights. Beside
them the same is asked of the kernels in the network's own float type, and of finite differences.
"""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from chainrule.estimators import UpdateRecord
from chainrule.mathematics import L1, L2, LOSSES
from chainrule.mathematics.arrays import Array
from chainrule.network import (
    Architecture,
    Backtrace,
    Trace,
    feedforward,
    send_back,
)
from chainrule.network.engine import evaluate, make_data
from chainrule.training import OPTIMIZERS, History, OptimizerState, Rates, Regularization
from chainrule.training.update import update

__all__ = [
    "Calculation",
    "Counts",
    "KernelsAgree",
    "Problem",
    "Update",
    "calculate",
    "slope_by_differences",
]

_STATE = "_optimizer_state"


@dataclass(frozen=True, eq=False)
class Problem:
    """A network, some rows, and how it learns.

    Attributes
    ----------
    model : estimator
        The network itself.
    x : array of shape (m, d)
        As the network takes them, in its own float type.
    y : array of shape (m, k), or None
        The targets of the loss, classes one-hot.
    labels : array of shape (m,) or (m, k), or None
        The targets as the estimator takes them.
    weights : array of shape (m,), or None
        The rows' weights, those of their classes among them.
    learning_rate : float, optional
        Of the step; by default that of the next step of the network's training.
    """

    model: Any
    x: Array
    y: Array | None
    labels: Any
    weights: Array | None
    learning_rate: float | None = None

    @property
    def network(self) -> Architecture:
        """The network's shape, with nothing dropped out."""
        own: Architecture = self.model._network
        return Architecture(own.sizes, own.activations, own.loss)

    @property
    def options(self) -> Any:
        """What its training was told."""
        return self.model._options()


@dataclass(frozen=True, eq=False)
class Counts:
    """How rows and penalties make up E.

    Attributes
    ----------
    shares : array of shape (m,)
        What each row's error is multiplied by: wᵢ / Σ wᵢ.
    share : float
        What the penalties are multiplied by: 1 / Σ wᵢ.
    terms : Regularization
        Which penalties there are, and what else regularizes.
    """

    shares: Array
    share: float
    terms: Regularization

    @classmethod
    def of(cls, problem: Problem) -> Counts:
        """Find them for some rows, as the network's training does."""
        weights = np.ones(len(problem.x)) if problem.weights is None else problem.weights
        share = float(problem.options.share or 1 / weights.sum())
        return cls(weights * share, share, problem.options.regularization)


@dataclass(frozen=True, eq=False)
class Update:
    """One step of the optimizer from the gradient of these rows.

    Attributes
    ----------
    optimizer : str
        Its name.
    own : bool
        Whether that is the network's solver, and not gradient descent in the place of one that
        looks at all rows at once.
    rates : Rates
        Its numbers, those settled that it fixes.
    regularization : Regularization
        Penalties and limits.
    gradient : array of shape (p,)
        ∂E/∂ every parameter, before clipping.
    before, after : OptimizerState
        What it remembers.
    parameters : array of shape (p,)
        The new ones.
    free : array of shape (p,)
        What they would be if no weights were limited in length.
    prediction : array of shape (m, k)
        What they predict.
    error : float
        The penalized error they have.
    """

    optimizer: str
    own: bool
    rates: Rates
    regularization: Regularization
    gradient: Array
    before: OptimizerState
    after: OptimizerState
    parameters: Array
    free: Array
    prediction: Array
    error: float


@dataclass(frozen=True)
class KernelsAgree:
    """The largest differences between the readable passes and the kernels.

    Attributes
    ----------
    dtype : str
        The float type in which the kernels went.
    prediction, error, gradient, parameters : float
        Of ŷ, of E, of the gradient, and of the new parameters; the last three NaN without targets.
    """

    dtype: str
    prediction: float
    error: float = np.nan
    gradient: float = np.nan
    parameters: float = np.nan


@dataclass(frozen=True, eq=False)
class Calculation:
    """All that the six steps of learning calculate for some rows.

    Attributes
    ----------
    problem : Problem
        What was asked.
    network : Architecture
        Its shape.
    parameters : array of shape (p,)
        In double precision.
    trace : Trace
        The feedforward.
    y : array of shape (m, k) or None
        The targets, smoothed if the training smooths them; None where only predictions are asked.
    counts : Counts
        How much each row counts in E.
    error, penalty : float
        E without its penalties, and these.
    back : Backtrace or None
        The way back.
    update : Update or None
        The step.
    kernels : KernelsAgree
        How far the kernels are from all that.
    """

    problem: Problem
    network: Architecture
    parameters: Array
    trace: Trace
    y: Array | None
    counts: Counts
    error: float
    penalty: float
    back: Backtrace | None
    update: Update | None
    kernels: KernelsAgree


def calculate(problem: Problem) -> Calculation:
    """Go through the six steps for some rows.

    Parameters
    ----------
    problem : Problem
        With ``y`` None only the feedforward is made.

    Returns
    -------
    Calculation
    """
    network, x = problem.network, problem.x.astype(np.float64)
    parameters: Array = problem.model._flatten(network, np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        trace = feedforward(network, parameters, x)
        known = (problem, network, parameters, trace)
        counts = Counts.of(problem)
        if problem.y is None:
            nothing = (np.nan, np.nan, None, None)
            return Calculation(*known, None, counts, *nothing, _compare(known))
        record = LOSSES[network.loss]
        y = record.smooth(problem.y, counts.terms.label_smoothing)
        error, penalty = _total(network, parameters, trace, y, counts)
        delta = counts.shares[:, None] * record.gradient(trace.z[-1], y)
        back = send_back(network, parameters, trace, delta)
        step, taken = _take_step(known, y, back, counts)
        # Where a step takes the sum over its rows, the loop counts them by their weights.
        counted = len(x) / counts.shares.sum() if problem.options.share else 1.0
        kernels = _compare(known, step, taken, float((error + penalty) * counted))
    return Calculation(*known, y, counts, error, penalty, back, step, kernels)


def slope_by_differences(calculation: Calculation, places: list[int]) -> Array:
    """Return ∂E/∂ some parameters as central differences of the error itself.

    Parameters
    ----------
    calculation : Calculation
        With targets.
    places : list of int
        Where they are in the flat vector.

    Returns
    -------
    array of shape (len(places),)
        Of the error with its L2 penalty, but without the L1 penalty, which has a corner.
    """
    network, counts = calculation.network, calculation.counts
    record, y = LOSSES[network.loss], cast(Array, calculation.y)
    penalized = np.zeros(network.parameter_count)
    for layer in network.layers:
        penalized[layer.weights] = counts.share * counts.terms.l2
    moved = calculation.parameters.copy()

    def error(place: int, there: float) -> float:
        """Return E with one parameter elsewhere, but for the penalties of the others."""
        here, moved[place] = moved[place], there
        z = feedforward(network, moved, calculation.trace.x).z[-1]
        moved[place] = here
        return float(counts.shares @ record.value(z, y) + penalized[place] * 0.5 * there**2)

    found = np.empty(len(places))
    with np.errstate(over="ignore", invalid="ignore"):
        for i, place in enumerate(places):
            here = moved[place]
            width = 1e-5 * max(1.0, abs(here))
            ends = error(place, here + width), error(place, here - width)
            found[i] = (ends[0] - ends[1]) / (2 * width)
    return found


# ------------------------------------------------------------------ the parts


def _total(
    network: Architecture, parameters: Array, trace: Trace, y: Array, counts: Counts
) -> tuple[float, float]:
    """Return E without its penalties, and these."""
    errors = LOSSES[network.loss].value(trace.z[-1], y)
    terms, matrices = counts.terms, [w for w, _ in network.views(parameters)]
    penalty = terms.l2 * sum(map(L2.value, matrices)) if terms.l2 else 0.0
    penalty += terms.l1 * sum(map(L1.value, matrices)) if terms.l1 else 0.0
    return float(counts.shares @ errors), float(counts.share * penalty)


def _take_step(
    known: tuple[Problem, Architecture, Array, Trace], y: Array, back: Backtrace, counts: Counts
) -> tuple[Update, UpdateRecord]:
    """Take the optimizer's step twice: by its readable rule, and by the kernels on a copy."""
    problem, network, parameters, trace = known
    options, terms = problem.options, counts.terms
    own = options.steps
    optimizer = options.solver if own else "gd"
    layers = zip(network.views(parameters), back.slopes, strict=True)
    slopes = [(dw + counts.share * terms.l2 * w, db) for (w, _), (dw, db) in layers]
    weights, biases = zip(*slopes, strict=True)
    gradient = network.flatten(weights, biases, np.float64)
    before = _memory(problem.model, parameters) if own else None
    before = before or OPTIMIZERS[optimizer].init(parameters)
    record = _step_a_copy(problem, optimizer)
    rates = OPTIMIZERS[optimizer].settle(options.rates(record.learning_rate))

    def move(terms: Regularization) -> tuple[Array, OptimizerState]:
        numbers, rule = (parameters, gradient, before), {"optimizer": optimizer, "rates": rates}
        share: dict[str, Any] = {"share": counts.share, "regularization": terms, **rule}
        return update(network, *numbers, **share)

    after, state = move(terms)
    free = move(terms._replace(max_norm=0.0))[0] if terms.max_norm else after
    there = feedforward(network, after, trace.x)
    error = sum(_total(network, after, there, y, counts))
    taken = (gradient, before, state, after, free)
    step = Update(optimizer, own, rates, terms, *taken, there.prediction, error)
    return step, record


def _memory(model: Any, parameters: Array) -> OptimizerState | None:
    """Return what the optimizer remembers of its training, None where that was not kept."""
    saved = getattr(model, _STATE, None)
    if not saved or np.shape(saved["first"]) != parameters.shape:
        return None
    state = OptimizerState.of(saved)
    first, second = (np.asarray(part, np.float64) for part in (state.first, state.second))
    return state._replace(first=first, second=second)


def _step_a_copy(problem: Problem, optimizer: str) -> UpdateRecord:
    """Let the kernels take a step on a copy of the estimator, in its own float type."""
    model = copy.copy(problem.model)
    undisturbed = {"dropout": 0.0, "input_dropout": 0.0, "input_noise": 0.0, "class_weight": None}
    settings = {**undisturbed, "solver": optimizer, "verbose": False}
    for name in settings.keys() & vars(model).keys():
        setattr(model, name, settings[name])
    model.__dict__.pop("_skl_callbacks", None)
    # Copies, to which the step adds; by how long the history is, a schedule knows the rate.
    model.history_, model.loss_curve_ = History(), []
    model.history_.extend(getattr(problem.model, "history_", ()))
    saved = getattr(model, _STATE, None) if problem.options.steps else None
    best = ("parameters", "best")  # of early stopping: it is the weights that are shown that step
    model._optimizer_state = saved and {n: v for n, v in saved.items() if n not in best}
    rate = problem.learning_rate
    if rate is not None:
        model.learning_rate = lambda _: rate
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        record: UpdateRecord = model.step(problem.x, problem.labels, problem.weights)
    return record


def _compare(
    known: tuple[Problem, Architecture, Array, Trace],
    step: Update | None = None,
    record: UpdateRecord | None = None,
    error: float = np.nan,
) -> KernelsAgree:
    """Compare the readable passes with what the kernels gave."""
    problem, network, _, trace = known
    own = problem.model._flatten(network, problem.x.dtype.type)
    outputs, _ = evaluate(network, own, make_data(problem.x, dtype=problem.x.dtype.type))
    agree = KernelsAgree(problem.x.dtype.name, _largest([(outputs, trace.prediction)]))
    if step is None or record is None:
        return agree
    gradient, parameters = network.views(step.gradient), network.views(step.parameters)
    return replace(
        agree,
        error=abs(record.loss - error),
        gradient=_largest(_pairs(gradient, record.coef_gradients, record.intercept_gradients)),
        parameters=_largest(_pairs(parameters, record.coefs_after, record.intercepts_after)),
    )


def _pairs(views: Any, weights: Any, biases: Any) -> list[tuple[Array, Array]]:
    ours = [array for layer in views for array in layer]
    theirs = [array for layer in zip(weights, biases, strict=True) for array in layer]
    return list(zip(ours, theirs, strict=True))


def _largest(pairs: list[tuple[Array, Array]]) -> float:
    """Return the largest difference between arrays; where both are infinite there is none."""
    with np.errstate(invalid="ignore"):
        return float(max(np.where(a == b, 0.0, np.abs(a - b)).max() for a, b in pairs))
