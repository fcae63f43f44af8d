"""Where a loss is looked at, how far, and what else lies there: a path, other minima."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.estimators import WeightRecorder
from chainrule.explanation._parts import take_apart
from chainrule.mathematics.arrays import Array
from chainrule.plots.loss._directions import (
    Section,
    along_parameters,
    along_path,
    along_random,
    given_directions,
    has_length,
    through_minima,
)
from chainrule.plots.loss._error_of_weights import ErrorOfWeights

__all__ = ["Minima", "Path", "View", "axes_of", "barrier", "view_of"]

_NAMES = ("auto", "path", "random", "parameters", "restarts")
# Of the weights' size: what a fit in float32 may have been rounded by.
_ROUNDING = 1e-5
# Around what is shown, as a share of its extent.
_MARGIN, _AROUND_MINIMA, _BEYOND_ENDS = 0.15, 0.35, 0.25
# The narrower side of a plane, as a share of the wider one, at the least.
_NARROWEST = 0.2
_POINTS_BETWEEN = 41


class Path(NamedTuple):
    """The way a training went.

    Attributes
    ----------
    weights : array of shape (e, p)
        Of each recorded epoch.
    epochs : array of int of shape (e,)
        Their numbers; 0 is before the first step.
    kept : int
        Which of them is the solution, as a place in ``epochs``.
    """

    weights: Array
    epochs: NDArray[np.int64]
    kept: int


class Minima(NamedTuple):
    """Several solutions, the first one the model's own.

    Attributes
    ----------
    weights : array of shape (m, p)
        Where they are.
    names : tuple of str
        What they are called.
    """

    weights: Array
    names: tuple[str, ...]


class View(NamedTuple):
    """What is to be looked at: a section, and what lies in it."""

    section: Section
    path: Path | None = None
    minima: Minima | None = None


def view_of(
    error: ErrorOfWeights,
    *,
    kind: str,
    recorder: Any,
    other: Any,
    directions: Any,
    random_state: int,
) -> View:
    """Choose the plane or line; arguments as for :meth:`LossLandscape.from_estimator`."""
    if kind not in ("plane", "line"):
        raise InputError(f"kind is 'plane' or 'line'; got {kind!r}")
    if isinstance(directions, str) and directions not in _NAMES:
        raise InputError(
            f"directions is one of {', '.join(map(repr, _NAMES))}, or two vectors; got "
            f"{directions!r}"
        )
    if other is not None and kind == "plane":
        raise InputError("other is for kind='line', the straight way between two models")
    path = None if recorder is None else recorded_path(error, recorder)
    random = np.random.default_rng(random_state)
    if kind == "line":
        return _line(error, path, other, directions, random)
    return _plane(error, path, directions, random)


def _plane(
    error: ErrorOfWeights, path: Path | None, directions: Any, random: np.random.Generator
) -> View:
    solution = error.solution
    if not isinstance(directions, str):
        return View(given_directions(directions, solution), path)
    if directions == "auto":
        both = len(solution) == 2
        goes = path is not None and has_length(path.weights)
        directions = "parameters" if both else "path" if goes else "random"
    if directions == "path":
        weights = _needed(path).weights
        return View(along_path(weights, solution, random), path)
    if directions == "parameters":
        return View(along_parameters(solution, error.names), path)
    if directions == "restarts":
        minima = _restarts(error, 3)
        return View(through_minima(minima.weights), path, minima)
    return View(along_random(error.shape, solution, random), path)


def _line(
    error: ErrorOfWeights,
    path: Path | None,
    other: Any,
    directions: Any,
    random: np.random.Generator,
) -> View:
    solution = error.solution
    if not isinstance(directions, str):
        return View(given_directions(directions, solution, count=1))
    if directions == "parameters":
        raise InputError("directions='parameters' spans a plane; leave kind='plane'")
    if other is not None:
        minima = Minima(np.stack([solution, _weights_of(other, error)]), ("this one", "the other"))
    elif directions == "restarts":
        minima = _restarts(error, 2)
    elif path is not None or directions == "path":
        way = _needed(path)
        start = "the start" if way.epochs[0] == 0 else f"epoch {way.epochs[0]}"
        minima = Minima(np.stack([way.weights[0], solution]), (start, "the solution"))
    else:
        return View(along_random(error.shape, solution, random, count=1))
    return View(through_minima(minima.weights), None, minima)


def _needed(path: Path | None) -> Path:
    if path is None:
        raise InputError(
            "directions='path' needs the path: fit with model.set_callbacks(recorder) and give "
            "recorder=recorder"
        )
    return path


def _weights_of(other: Any, error: ErrorOfWeights) -> Array:
    network = take_apart(other, "LossLandscape").network
    shape = network._network
    if (shape.sizes, shape.activations) != (error.shape.sizes, error.shape.activations):
        raise InputError(
            f"the other model has layers of {shape.sizes} nodes, {shape.activations}, and this one "
            f"of {error.shape.sizes}, {error.shape.activations}: there is no straight way between "
            "networks of different shapes"
        )
    found: Array = network._flatten(shape, np.float64)
    return found


def _restarts(error: ErrorOfWeights, count: int) -> Minima:
    """Return the best restart and those that came closest to it in loss."""
    runs = getattr(error.network, "restarts_", None)
    if runs is None or len(runs) < count:
        raise InputError(
            f"directions='restarts' looks at {count} solutions, and this model was fitted from "
            f"{1 if runs is None else len(runs)}: fit it with restarts={count} or more"
        )
    # Minima that differ in the order of their nodes have the same loss, but for rounding errors.
    losses = [float(f"{loss:.5g}") for loss in runs.losses]
    order = [int(i) for i in np.argsort(losses, kind="stable") if i != runs.best]
    chosen = [runs.best, *order[: count - 1]]
    weights = np.stack([runs[i].parameters.astype(np.float64) for i in chosen])
    names = tuple(f"start {i + 1}" for i in chosen)
    return Minima(weights, names)


def recorded_path(error: ErrorOfWeights, recorder: Any) -> Path:
    """Return a recorder's path, and see that it leads to the model's weights.

    Parameters
    ----------
    error : ErrorOfWeights
        Whose solution it is.
    recorder : WeightRecorder
        Of the fit.

    Returns
    -------
    Path
        With the solution put in where the best epoch is one that was not recorded.

    Raises
    ------
    InputError
        It recorded nothing, or another fit.
    """
    if not isinstance(recorder, WeightRecorder):
        raise InputError(
            f"recorder takes a chainrule.WeightRecorder of the fit, not {type(recorder).__name__}"
        )
    weights, epochs = recorder.path.astype(np.float64), np.array(recorder.epochs)
    solution = error.solution
    if weights.shape[1] != len(solution):
        raise InputError(
            f"the recorder followed a network of {weights.shape[1]} weights and biases, and this "
            f"one has {len(solution)}: give the recorder of this model's own fit"
        )
    gaps = np.abs(weights - solution).max(axis=1)
    kept = int(len(gaps) - 1 - gaps[::-1].argmin())
    if gaps[kept] <= _ROUNDING * max(1.0, float(np.abs(solution).max())):
        return Path(weights, epochs, kept)
    best = int(getattr(error.network, "best_epoch_", 0))
    if getattr(error.network, "restarts_", None) is not None:
        raise InputError(
            "the recorder followed the first of several starts, and another one was kept: fit with "
            "restarts=1 to see its path, or set directions='restarts' without a recorder"
        )
    if recorder.every == 1 or best in recorder.epochs or not 0 < best < epochs[-1]:
        raise InputError(
            "the recorder's path does not lead to this model's weights: give the recorder of this "
            "model's own last fit, and weights that were not changed since"
        )
    kept = int(np.searchsorted(epochs, best))
    return Path(np.insert(weights, kept, solution, axis=0), np.insert(epochs, kept, best), kept)


# ---------------------------------------------------------------------- how far


def axes_of(error: ErrorOfWeights, view: View, span: Any, resolution: int) -> tuple[Array, ...]:
    """Return the coordinates of the grid along each direction, each of shape (resolution,)."""
    section = view.section
    center = section.project(error.solution[None])[0]
    if span is not None:
        half = _half_widths(span, len(center))
        ends = np.stack([center - half, center + half])
    else:
        ends = _ends(error, view, center)
    axes = [np.linspace(low, high, resolution) for low, high in ends.T]
    if len(axes) == 1:  # the curve goes through what is marked on it
        marked = center if view.minima is None else section.project(view.minima.weights).ravel()
        axes = [np.union1d(axes[0], marked)]
    return tuple(axes)


def _half_widths(span: Any, count: int) -> Array:
    try:
        half = np.broadcast_to(np.asarray(span, np.float64), (count,))
    except (TypeError, ValueError):
        half = np.zeros(count)
    if not (np.isfinite(half).all() and (half > 0).all()):
        pair = ", or a pair of them" if count == 2 else ""
        raise InputError(
            f"span is how far to look from the solution, a number above 0{pair}; got {span!r}"
        )
    return half


def _ends(error: ErrorOfWeights, view: View, center: Array) -> Array:
    """Return the lowest and highest coordinates that show what there is to be seen."""
    section = view.section
    if view.minima is not None:
        points, margin = section.project(view.minima.weights), _AROUND_MINIMA
        if len(center) == 1:
            return np.array([[-_BEYOND_ENDS], [1 + _BEYOND_ENDS]])
    elif view.path is not None and has_length(view.path.weights):
        points, margin = section.project(view.path.weights), _MARGIN
        if section.share is None and not section.absolute:
            points = np.concatenate([points, [center - 1, center + 1]])
    elif section.absolute:
        half = np.array([_reach(error, direction) for direction in section.directions])
        return np.stack([center - half, center + half])
    else:
        return np.stack([center - 1, center + 1])
    low, high = points.min(axis=0), points.max(axis=0)
    extent = np.maximum(high - low, _NARROWEST * (high - low).max())
    extent = np.where(extent > 0, extent, 1.0)
    middle = (low + high) / 2
    half = (0.5 + margin) * extent
    return np.stack([middle - half, middle + half])


def _reach(error: ErrorOfWeights, direction: Array) -> float:
    """Return how far to go for the loss to rise as much as without any weights."""
    lowest = error(error.solution)
    rise = max(error(np.zeros_like(error.solution)) - lowest, 0.1 * lowest)
    if not rise > 0:
        return 1.0
    length = 1e-6 * (1 + float(np.abs(error.solution).max()))
    for _ in range(80):
        ends = [error(error.solution + sign * length * direction) for sign in (-1, 1)]
        if max(ends) - lowest >= rise:
            break
        length *= math.sqrt(2)
    return length


def barrier(error: ErrorOfWeights, start: Array, end: Array) -> float:
    """Return by how much the loss between two points rises above the higher of both."""
    ways = np.linspace(0, 1, _POINTS_BETWEEN)
    losses = [error(start + way * (end - start)) for way in ways]
    return float(max(losses) - max(losses[0], losses[-1]))
