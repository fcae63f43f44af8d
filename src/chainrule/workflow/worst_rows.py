"""The rows that a model got most wrong: the first ones to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WorstRow", "worst_rows"]


@dataclass(frozen=True, kw_only=True)
class WorstRow:
    """A row that was predicted badly.

    Attributes
    ----------
    row : int
        Its number in the table as it was given, counted from 1 after the header.
    place : int
        Its place among the rows that were compared, counted from 0.
    true, predicted : Any
        The right class and the one that was decided for, or the two numbers.
    probability : float or None
        That was given to the right class; None for numbers, and without probabilities.
    certainty : float or None
        The probability of the class that was decided for.
    residual : float or None
        True less predicted; None for classes.
    """

    row: int
    place: int
    true: Any
    predicted: Any
    probability: float | None = None
    certainty: float | None = None
    residual: float | None = None

    @property
    def right(self) -> bool:
        """Whether the right class was decided for, or exactly the number found."""
        return self.residual == 0 if self.residual is not None else self.true == self.predicted

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data for JSON."""
        return {**vars(self), "right": self.right}


def worst_rows(
    true: NDArray[Any],
    predicted: NDArray[Any],
    *,
    classes: Sequence[Any] | None,
    most: int = 5,
    probabilistic: bool = True,
    rows: NDArray[np.integer[Any]] | None = None,
) -> tuple[WorstRow, ...]:
    """Return the rows that were predicted worst, the worst first.

    Of classes those whose right class was given the least probability, be it that another was
    decided for or that it was a close call; where there are no probabilities, those that were
    decided wrongly. Of numbers those with the largest residuals, above or below. Equally bad ones
    are in the order of the table. How much a row counts makes no difference: what is to be learned
    from it does not depend on how many others it stands for.

    Parameters
    ----------
    true : array of shape (n,)
        Places in ``classes``, or numbers.
    predicted : array of shape (n, k) or (n,)
        Probabilities, or numbers.
    classes : sequence of length k, or None
        The classes; None for numbers.
    most : int
        How many at most.
    probabilistic : bool
        Whether ``predicted`` are probabilities, not just 1 for one of the classes.
    rows : array of shape (n,), optional
        Where each row is in the table as it was given, counted from 0; by default in its own place.

    Returns
    -------
    tuple of WorstRow
        As many as there are; without probabilities only wrong ones, of numbers only those that
        were not met exactly.

    Raises
    ------
    InputError
        The arrays do not fit each other, or ``most`` is below 0.

    Examples
    --------
    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    >>> for worst in worst_rows(np.array([0, 1, 1]), p, classes=("no", "yes"), most=2):
    ...     print(worst.row, worst.true, worst.predicted, worst.probability)
    2 yes no 0.4
    3 yes yes 0.8
    """
    n = len(true)
    wanted = (n,) if classes is None else (n, len(classes))
    if np.shape(predicted) != wanted:
        raise InputError(
            f"what was predicted has shape {np.shape(predicted)}, but {n} rows ask for {wanted}"
        )
    if rows is not None and np.shape(rows) != (n,):
        raise InputError(f"the rows' numbers have shape {np.shape(rows)}, but there are {n} rows")
    if most < 0:
        raise InputError(f"most must be at least 0, not {most}")
    numbers = np.arange(n) if rows is None else rows
    if classes is None:
        return _of_numbers(true, predicted, numbers, most)
    return _of_classes(true, predicted, numbers, most, classes=classes, probabilistic=probabilistic)


def _of_numbers(
    true: NDArray[Any], predicted: NDArray[Any], numbers: NDArray[Any], most: int
) -> tuple[WorstRow, ...]:
    residuals = true.astype(np.float64) - predicted.astype(np.float64)
    return tuple(
        WorstRow(
            row=int(numbers[i]) + 1,
            place=i,
            true=true[i].item(),
            predicted=float(predicted[i]),
            residual=float(residuals[i]),
        )
        for i in _largest(np.abs(residuals), most)
    )


def _of_classes(
    true: NDArray[Any],
    predicted: NDArray[Any],
    numbers: NDArray[Any],
    most: int,
    *,
    classes: Sequence[Any],
    probabilistic: bool,
) -> tuple[WorstRow, ...]:
    given = predicted[np.arange(len(true)), true]
    said = predicted.argmax(axis=1)
    # A decision is 1 or 0: all wrong ones are equally wrong, and the right ones are not shown.
    missing = 1.0 - given.astype(np.float64) if probabilistic else (said != true).astype(float)
    return tuple(
        WorstRow(
            row=int(numbers[i]) + 1,
            place=i,
            true=classes[true[i]],
            predicted=classes[said[i]],
            probability=float(given[i]) if probabilistic else None,
            certainty=float(predicted[i, said[i]]) if probabilistic else None,
        )
        for i in _largest(missing, most)
    )


def _largest(badness: NDArray[np.float64], most: int) -> list[int]:
    """Return the places of the largest of the numbers above 0, equal ones in order."""
    order = np.argsort(-badness, kind="stable")[:most]
    found: list[int] = order[badness[order] > 0].tolist()
    return found
