"""Made-up tables: two or more classes in the plane, from a seed."""

from __future__ import annotations

import numpy as np
import polars as pl

__all__ = ["admissions", "circle", "gaussians", "moons", "spiral", "xor"]


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


def spiral(*, rows: int = 500, seed: int = 0) -> pl.DataFrame:
    """Draw two arms wound around each other, a turn and three quarters each.

    Parameters
    ----------
    rows : int
        Points.
    seed : int
        The same seed gives the same table.

    Returns
    -------
    polars.DataFrame
        x1, x2 (about -5 to 5), class (first or second).

    Examples
    --------
    >>> sorted(spiral()["class"].unique())
    ['first', 'second']
    """
    random = np.random.default_rng(seed)
    first = random.permutation(rows) % 2 == 0
    along = np.sqrt(random.uniform(0.01, 1, rows))
    angle = 1.75 * 2 * np.pi * along + np.where(first, 0, np.pi)
    points = 5 * along[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    return _table(points + random.normal(0, 0.1, (rows, 2)), first, ("second", "first"))


def gaussians(*, rows: int = 500, seed: int = 0) -> pl.DataFrame:
    """Draw two round clouds that overlap a little.

    Parameters
    ----------
    rows : int
        Points.
    seed : int
        The same seed gives the same table.

    Returns
    -------
    polars.DataFrame
        x1, x2 (about -5 to 5), class (upper right or lower left).

    Examples
    --------
    >>> sorted(gaussians()["class"].unique())
    ['lower left', 'upper right']
    """
    random = np.random.default_rng(seed)
    upper = random.permutation(rows) % 2 == 0
    points = np.where(upper, 2.0, -2.0)[:, None] + random.normal(0, 1.2, (rows, 2))
    return _table(points, upper, ("lower left", "upper right"))


def _table(points: np.ndarray, flag: np.ndarray, classes: tuple[str, str]) -> pl.DataFrame:
    points = points.round(4)
    verdict = np.where(flag, classes[1], classes[0])
    return pl.DataFrame({"x1": points[:, 0], "x2": points[:, 1], "class": verdict})
