"""Made-up tables: two or more classes in the plane, or a number over it, from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chainrule.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["admissions", "circle", "gaussians", "hills", "moons", "spiral", "xor"]

_MOST_CLASSES = 10


def admissions(*, rows: int = 400, seed: int = 0) -> pl.DataFrame:
    """Invent applicants to a university: test score, school grade, admitted or not.

    A good grade makes up for a poor test, but less and less: the boundary is the hyperbola
    (test_score - 20) (grade - 2) = 190, blurred for those close to it.

    Parameters
    ----------
    rows : int
        Applicants.
    seed : int
        The same seed gives the same table.

    Returns
    -------
    polars.DataFrame
        test_score (0 to 100), grade (0 to 10), admitted (yes or no).

    Examples
    --------
    >>> admissions(rows=2).columns
    ['test_score', 'grade', 'admitted']
    """
    random = np.random.default_rng(seed)
    ability = random.normal(0.0, 1.0, rows)
    score = np.clip(58 + 12 * ability + random.normal(0, 15, rows), 0, 100).round(1)
    grade = np.clip(6.3 + 1.0 * ability + random.normal(0, 1.5, rows), 0, 10).round(1)
    product = np.maximum(score - 20, 0) * np.maximum(grade - 2, 0)
    admitted = product + random.normal(0, 12, rows) > 190
    verdict = np.where(admitted, "yes", "no")
    return pl.DataFrame({"test_score": score, "grade": grade, "admitted": verdict})


def circle(*, rows: int = 500, seed: int = 0) -> pl.DataFrame:
    """Draw a disk of one class inside a ring of the other.

    Parameters
    ----------
    rows : int
        Points.
    seed : int
        The same seed gives the same table.

    Returns
    -------
    polars.DataFrame
        x1, x2 (about -5 to 5), class (inside or outside).

    Examples
    --------
    >>> sorted(circle()["class"].unique())
    ['inside', 'outside']
    """
    random = np.random.default_rng(seed)
    inside = random.permutation(rows) % 2 == 0
    radius = np.where(inside, random.uniform(0, 2.5, rows), random.uniform(3.5, 5, rows))
    angle = random.uniform(0, 2 * np.pi, rows)
    points = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return _table(points + random.normal(0, 0.15, (rows, 2)), inside, ("outside", "inside"))


def xor(*, rows: int = 500, seed: int = 0) -> pl.DataFrame:
    """Draw four quarters of a square; those that touch at the corner are of one class.

    Parameters
    ----------
    rows : int
        Points.
    seed : int
        The same seed gives the same table.

    Returns
    -------
    polars.DataFrame
        x1, x2 (about -5 to 5), class (same sign or different sign).

    Examples
    --------
    >>> sorted(xor()["class"].unique())
    ['different', 'same']
    """
    random = np.random.default_rng(seed)
    points = random.uniform(-5, 5, (rows, 2))
    # A margin along the axes, so that the classes can be told apart.
    points += 0.3 * np.sign(points)
    return _table(points, points[:, 0] * points[:, 1] > 0, ("different", "same"))


def moons(*, rows: int = 500, seed: int = 0) -> pl.DataFrame:
    """Draw two half circles that reach into each other.

    Parameters
    ----------
    rows : int
        Points.
    seed : int
        The same seed gives the same table.

    Returns
    -------
    polars.DataFrame
        x1, x2 (about -1.5 to 2.5), class (upper or lower).

    Examples
    --------
    >>> sorted(moons()["class"].unique())
    ['lower', 'upper']
    """
    random = np.random.default_rng(seed)
    upper = random.permutation(rows) % 2 == 0
    angle = random.uniform(0, np.pi, rows)
    x1 = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    x2 = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    points = np.column_stack([x1, x2]) + random.normal(0, 0.12, (rows, 2))
    return _table(points, upper, ("lower", "upper"))


def spiral(*, rows: int = 500, seed: int = 0, classes: int = 2) -> pl.DataFrame:
    """Draw arms wound around each other; two of them a turn and three quarters each.

    Parameters
    ----------
    rows : int
        Points.
    seed : int
        The same seed gives the same table.
    classes : int
        Arms, from 2 to 10; the more there are, the less each is wound, so that the gap between
        them stays.

    Returns
    -------
    polars.DataFrame
        x1, x2 (about -5 to 5), class (first or second; 1, 2, 3 … where there are more).

    Raises
    ------
    InputError
        So many arms cannot be drawn.

    Examples
    --------
    >>> sorted(spiral()["class"].unique())
    ['first', 'second']
    >>> sorted(spiral(classes=3)["class"].unique())
    [1, 2, 3]
    """
    _check_classes(classes)
    random = np.random.default_rng(seed)
    arm = random.permutation(rows) % classes
    along = np.sqrt(random.uniform(0.01, 1, rows))
    angle = 3.5 / classes * 2 * np.pi * along + _around(classes)[arm]
    points = 5 * along[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    points += random.normal(0, 0.1, (rows, 2))
    if classes > 2:
        return _plane(points, "class", arm + 1)
    return _table(points, arm == 0, ("second", "first"))


def gaussians(*, rows: int = 500, seed: int = 0, classes: int = 2) -> pl.DataFrame:
    """Draw round clouds that overlap a little; more than two of them on a circle.

    Parameters
    ----------
    rows : int
        Points.
    seed : int
        The same seed gives the same table.
    classes : int
        Clouds, from 2 to 10; the more there are, the smaller each is.

    Returns
    -------
    polars.DataFrame
        x1, x2 (about -5 to 5), class (upper right or lower left; 1, 2, 3 … where there are more).

    Raises
    ------
    InputError
        So many clouds cannot be drawn.

    Examples
    --------
    >>> sorted(gaussians()["class"].unique())
    ['lower left', 'upper right']
    >>> sorted(gaussians(classes=3)["class"].unique())
    [1, 2, 3]
    """
    _check_classes(classes)
    random = np.random.default_rng(seed)
    cloud = random.permutation(rows) % classes
    if classes == 2:
        points = np.where(cloud == 0, 2.0, -2.0)[:, None] + random.normal(0, 1.2, (rows, 2))
        return _table(points, cloud == 0, ("lower left", "upper right"))
    angle = _around(classes)[cloud]
    centers = 3.5 * np.column_stack([np.sin(angle), np.cos(angle)])
    # Neighbors stand as far apart, measured by their spread, as the two clouds nearly do.
    spread = min(1.2, 2 * 3.5 * np.sin(np.pi / classes) / 4.5)
    return _plane(centers + random.normal(0, spread, (rows, 2)), "class", cloud + 1)


def hills(*, rows: int = 500, seed: int = 0) -> pl.DataFrame:
    r"""Measure the height of a land of two hills and a valley, at places all over it.

    .. math:: 3\,e^{-\lVert x-(2,2)\rVert^2/5} + 2\,e^{-\lVert x-(-3,1)\rVert^2/3}
        - 2.5\,e^{-\lVert x-(0.5,-2.5)\rVert^2/4}, \quad\text{and normal noise of 0.1.}

    Parameters
    ----------
    rows : int
        Places.
    seed : int
        The same seed gives the same table.

    Returns
    -------
    polars.DataFrame
        x1, x2 (-5 to 5), height (about -2.5 to 3).

    Examples
    --------
    >>> hills(rows=2).columns
    ['x1', 'x2', 'height']
    """
    random = np.random.default_rng(seed)
    points = random.uniform(-5, 5, (rows, 2)).round(4)
    height = random.normal(0, 0.1, rows)
    for top, x1, x2, width in ((3.0, 2.0, 2.0, 5.0), (2.0, -3.0, 1.0, 3.0), (-2.5, 0.5, -2.5, 4.0)):
        height += top * np.exp(-((points - (x1, x2)) ** 2).sum(axis=1) / width)
    return _plane(points, "height", height.round(4))


def _check_classes(classes: int) -> None:
    if not 2 <= classes <= _MOST_CLASSES:
        raise InputError(f"classes={classes}: draw from 2 to {_MOST_CLASSES} of them")


def _around(classes: int) -> NDArray[np.float64]:
    """Return the angles at which so many things stand evenly around the middle."""
    angles: NDArray[np.float64] = 2 * np.pi * np.arange(classes) / classes
    return angles


def _table(
    points: NDArray[np.float64], flag: NDArray[np.bool_], classes: tuple[str, str]
) -> pl.DataFrame:
    return _plane(points, "class", np.where(flag, classes[1], classes[0]))


def _plane(points: NDArray[np.float64], name: str, answers: NDArray[Any]) -> pl.DataFrame:
    points = points.round(4)
    return pl.DataFrame({"x1": points[:, 0], "x2": points[:, 1], name: answers})
