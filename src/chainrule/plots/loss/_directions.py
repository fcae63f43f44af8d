"""Along which directions a loss is looked at: of a path, at random, of parameters, to minima."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.plots._style import named

__all__ = [
    "Section",
    "along_parameters",
    "along_path",
    "along_random",
    "given_directions",
    "has_length",
    "through_minima",
]

# Of the largest: what is smaller is a direction made of rounding errors.
_NOTHING = 1e-9


@dataclass(frozen=True, eq=False)
class Section:
    """A plane, or a line, in the space of all weights: origin + a · first + b · second.

    Attributes
    ----------
    origin : array of shape (p,)
        Where the coordinates are 0.
    directions : array of shape (2, p), or (1, p) for a line
        The directions, in rows.
    labels : tuple of str
        What the coordinates are called.
    told : str
        Which section it is, for a person.
    share : float or None
        The share of a path's variance that lies in these directions.
    absolute : bool
        Whether the coordinates are the parameters themselves.
    """

    origin: Array
    directions: Array
    labels: tuple[str, ...]
    told: str
    share: float | None = None
    absolute: bool = False

    def project(self, points: Array) -> Array:
        """Return the coordinates nearest to some weights (m, p), shape (m, 2) or (m, 1)."""
        found: Array = (points - self.origin) @ np.linalg.pinv(self.directions)
        return found


def along_path(path: Array, solution: Array, random: np.random.Generator) -> Section:
    """Return the plane of the two principal directions of a path, through the solution.

    Parameters
    ----------
    path : array of shape (epochs, p)
        The weights of every epoch.
    solution : array of shape (p,)
        What the plane goes through.
    random : numpy.random.Generator
        Draws the second direction of a path that is straight.

    Returns
    -------
    Section
        Its directions orthonormal, ``share`` the two first ratios of explained variance.

    Raises
    ------
    InputError
        The weights are the same in all epochs.
    """
    path = path.astype(np.float64)
    if not has_length(path):
        raise InputError(
            "the recorder's path has no length, so that it has no directions: give the model a "
            "number as random_state, by which its start is recorded too, or set directions='random'"
        )
    _, sizes, axes = np.linalg.svd(path - path.mean(axis=0), full_matrices=False)
    variances = sizes**2
    first, second = axes[0], axes[1]
    if not sizes[1] > _NOTHING * sizes[0]:  # straight on
        second = random.normal(size=len(solution))
        second -= second @ first * first
        second /= np.linalg.norm(second)
    directions = np.stack([first, second])
    # An axis may point either way: the way's far end is always drawn on the same side.
    ends = (path - solution) @ directions.T
    far = ends[np.abs(ends).argmax(axis=0), [0, 1]]
    directions *= np.where(far > 0, -1.0, 1.0)[:, None]
    shares = variances / variances.sum()
    labels = tuple(
        f"{which} direction of the path ({_percent(share)})"
        for which, share in zip(("first", "second"), shares, strict=False)
    )
    share = float(shares[:2].sum())
    told = f"plane of the path: {_percent(share)} of its variance"
    return Section(solution, directions, labels, told, share)


def has_length(path: Array) -> bool:
    """Whether a path goes anywhere, but for rounding errors."""
    return bool(np.ptp(path, axis=0).max() > _NOTHING * max(1.0, float(np.abs(path).max())))


def _percent(share: float) -> str:
    """Write a share so that nearly all is not all."""
    return "100 %" if share > 1 - 1e-9 else f"{min(100 * share, 99.99):.3g} %"


def along_random(
    shape: Architecture, solution: Array, random: np.random.Generator, *, count: int = 2
) -> Section:
    """Return random directions through the solution, each neuron's part as long as its weights.

        d_j ← d_j · ‖θ_j‖ / ‖d_j‖   for each neuron j, θ_j its weights and its bias

    Parameters
    ----------
    shape : Architecture
        Which weights belong to which neuron.
    solution : array of shape (p,)
        θ.
    random : numpy.random.Generator
        Draws them.
    count : int
        2 for a plane, 1 for a line.

    Returns
    -------
    Section

    References
    ----------
    Li, Xu, Taylor, Studer & Goldstein (2018), Visualizing the loss landscape of neural nets.
    """
    directions = random.normal(size=(count, len(solution)))
    for direction in directions:
        for (weights, bias), (own, own_bias) in zip(
            shape.views(direction), shape.views(solution), strict=True
        ):
            drawn = np.sqrt((weights**2).sum(axis=0) + bias**2)
            scale = np.sqrt((own**2).sum(axis=0) + own_bias**2) / drawn
            weights *= scale
            bias *= scale
        if not direction.any():  # all weights are 0
            direction[:] = random.normal(size=len(direction))
            direction /= np.linalg.norm(direction)
    labels = ("first random direction", "second random direction")[:count]
    told = "random directions" if count == 2 else "a random direction"
    told += "; 1 is as long as each neuron's own weights"
    return Section(solution, directions, labels, told)


def along_parameters(solution: Array, names: tuple[str, ...] | None) -> Section:
    """Return the plane of the only two parameters, w and b, as they are."""
    if len(solution) != 2:
        raise InputError(
            f"directions='parameters' is for a single neuron with one input, and this network has "
            f"{len(solution)} weights and biases; set directions='random' or give a recorder"
        )
    weight = "w, the weight" if names is None else f"w, the weight of {named(names[0])}"
    told = "all there is: one weight and one bias"
    return Section(np.zeros(2), np.eye(2), (weight, "b, the bias"), told, absolute=True)


def through_minima(minima: Array) -> Section:
    """Return the plane through three minima, or the line from the first through the second.

    Parameters
    ----------
    minima : array of shape (3, p) or (2, p)
        Where they are; the first one is the origin.

    Returns
    -------
    Section
        Of a plane the directions are orthonormal, so that distances are true; of a line the second
        minimum lies at 1.

    Raises
    ------
    InputError
        They do not lie apart.
    """
    origin, gaps = minima[0], minima[1:] - minima[0]
    apart = np.linalg.norm(gaps, axis=1)
    if not (apart > _NOTHING * max(1.0, float(np.abs(origin).max()))).all():
        raise InputError("the solutions are one and the same: there is nothing between them")
    if len(gaps) == 1:
        return Section(origin, gaps, ("way from the one to the other",), "straight line")
    first = gaps[0] / apart[0]
    second = gaps[1] - gaps[1] @ first * first
    if not np.linalg.norm(second) > _NOTHING * apart[1]:
        raise InputError("the three solutions lie on one line: draw kind='line' between two")
    directions = np.stack([first, second / np.linalg.norm(second)])
    labels = ("distance in the space of weights", "distance at right angles to it")
    return Section(origin, directions, labels, "plane through three minima")


def given_directions(given: Any, solution: Array, *, count: int = 2) -> Section:
    """Return the section along vectors that a person gave, as long as they are.

    Raises
    ------
    InputError
        They are not so many vectors of the right length, or do not span as much.
    """
    wanted = f"{'two vectors' if count == 2 else 'one vector'} of {len(solution)} numbers"
    try:
        directions = np.array(given, np.float64)
    except (TypeError, ValueError):
        directions = np.empty(0)
    directions = directions.reshape(1, -1) if count == directions.ndim == 1 else directions
    if directions.shape != (count, len(solution)) or not np.isfinite(directions).all():
        shape = f"an array of shape {directions.shape}" if directions.ndim else repr(given)
        raise InputError(
            f"directions takes 'auto', 'path', 'random', 'parameters', 'restarts' or {wanted}, one "
            f"for each weight and bias; got {shape}"
        )
    if np.linalg.matrix_rank(directions) < count:
        raise InputError("directions must not be 0 nor parallel: there is no plane between them")
    labels = ("first given direction", "second given direction")[:count]
    return Section(solution, directions, labels, "directions as given")
