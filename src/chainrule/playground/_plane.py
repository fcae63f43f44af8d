"""The plane that the page draws: where its points are, and what its cells are for a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from chainrule.playground._axes import Axis, places_on
from chainrule.tables.cells import numbers, tidy
from chainrule.tables.typical import held_text, most_frequent, typical_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklearn.pipeline import Pipeline

    from chainrule.tables import Column

__all__ = ["ColumnPlane", "PicturePlane", "Plane"]

Array = NDArray[np.float64]
Matrix = NDArray[np.float32]

_MARGIN = 0.06


class Plane(ABC):
    """Two directions in which rows vary, and the rows at every place between.

    Attributes
    ----------
    axes : (Axis, Axis)
        Across and up.
    places : array of shape (n, 2)
        Where every row of the table stands, in the table's own units.
    held : str
        What the other columns are held at, in a sentence; empty if there are none.
    """

    axes: tuple[Axis, Axis]
    places: Array
    held: str

    @abstractmethod
    def cross(self, across: Array, up: Array) -> Matrix:
        """Encode the rows at all crossings of places on the two axes.

        Parameters
        ----------
        across, up : array of shape (k,), (m,)
            Places.

        Returns
        -------
        array of shape (m · k, d)
            Those of the first place up, then of the second ….
        """

    def grid(self, side: int) -> Matrix:
        """Encode the middles of side × side cells, row by row from the top left."""
        across, up = self.axes
        return self.cross(across.steps(side), up.steps(side)[::-1])


class ColumnPlane(Plane):
    """The plane of two columns; the others are held at what is usual among the training rows.

    Parameters
    ----------
    encoder : Pipeline
        Fitted.
    frame : polars.DataFrame
        All rows.
    axes : (Axis, Axis)
        Of two of its columns.
    columns : sequence of Column
        Those that the encoder takes.
    train : array of int
        The training rows.
    """

    def __init__(
        self,
        encoder: Pipeline,
        frame: pl.DataFrame,
        axes: tuple[Axis, Axis],
        columns: Sequence[Column],
        *,
        train: NDArray[np.int64],
    ) -> None:
        self.axes = axes
        self._encoder = encoder
        rows = frame[train]
        usual = {column.name: _usual(rows, column) for column in columns}
        # Each axis depends on its own columns of the matrix only, so that they need not be encoded
        # again at every crossing.
        self._base = pl.DataFrame(
            {name: pl.Series(name, [cell]) for name, cell in usual.items()},
        )
        self.places = np.column_stack([places_on(axis, frame, usual[axis.name]) for axis in axes])
        others = {n: cell for n, cell in usual.items() if n not in (axes[0].name, axes[1].name)}
        self.held = f"In the whole plane: {held_text(others)}." if others else ""

    def cross(self, across: Array, up: Array) -> Matrix:
        """Encode the rows at all crossings of places on the two axes."""
        first, second = self.axes
        k, m = len(across), len(up)
        base = self._base[np.zeros(1 + k + m, np.int64)]
        base = base.with_columns(
            _changed(base, first.cells(across), 1), _changed(base, second.cells(up), 1 + k)
        )
        steps = [step for _, step in self._encoder.steps]
        matrix = steps[1].transform(steps[0].transform(base))
        moved = (matrix[1 + k :] != matrix[0]).any(axis=0)
        whole = np.tile(matrix[1 : 1 + k], (m, 1))
        whole[:, moved] = np.repeat(matrix[1 + k :, moved], k, axis=0)
        for step in steps[2:]:
            whole = step.transform(whole)
        return np.asarray(whole)


def _usual(rows: pl.DataFrame, column: Column) -> Any:
    values = tidy(rows.select(column.name)).to_series()
    if column.kind == "number":
        found = typical_number(numbers(values).fill_null(float("nan")).to_numpy())
        # A whole number that is held leaves no room for those between.
        return 0.0 if found is None else float(found)
    return most_frequent(values.to_list(), ordered=column.kind == "date")


def _changed(base: pl.DataFrame, cells: pl.Series, start: int) -> pl.Series:
    """Return a column of rows that are all alike, with other cells from one row on."""
    column = base[cells.name]
    parts = [column[:start], cells.cast(column.dtype), column[start + len(cells) :]]
    return pl.concat(parts)


class PicturePlane(Plane):
    """The plane through the mean of training pictures in which they vary most.

    It is spanned by their first two principal components; a place in it is a picture, the mean and
    so much of each, with its brightness cut to what pictures have.

    Parameters
    ----------
    encoder : Pipeline
        Fitted.
    frame : polars.DataFrame
        All rows.
    pixels : sequence of str
        The columns of brightness.
    train : array of int
        The training rows.
    """

    def __init__(
        self,
        encoder: Pipeline,
        frame: pl.DataFrame,
        pixels: Sequence[str],
        *,
        train: NDArray[np.int64],
    ) -> None:
        self._encoder, self._pixels = encoder, list(pixels)
        values = frame.select(self._pixels).cast(pl.Float64).fill_null(0.0).to_numpy()
        self._range = float(values.min()), float(values.max())
        self._mean = values[train].mean(axis=0)
        centered = values[train] - self._mean
        _, vectors = np.linalg.eigh(centered.T @ centered)
        spans = vectors[:, [-1, -2]].T
        # Of the two directions of each, that in which its largest pixel grows lighter.
        largest = spans[np.arange(2), np.abs(spans).argmax(axis=1)]
        self._spans = spans * np.sign(largest)[:, None]
        self.places = (values - self._mean) @ self._spans.T
        low, high = self.places.min(axis=0), self.places.max(axis=0)
        beyond = _MARGIN * (high - low)
        names = ("first component", "second component")
        self.axes = tuple(
            Axis(names[i], float(low[i] - beyond[i]), float(high[i] + beyond[i])) for i in (0, 1)
        )  # type: ignore[assignment]
        self.held = (
            "Every place is a picture: the mean of the training pictures, and so much of each of "
            "the two directions in which they vary most (their first two principal components)."
        )

    def cross(self, across: Array, up: Array) -> Matrix:
        """Encode the pictures at all crossings of places on the two axes."""
        weights = np.column_stack([np.tile(across, len(up)), np.repeat(up, len(across))])
        pictures = np.clip(self._mean + weights @ self._spans, *self._range)
        return np.asarray(self._encoder.transform(pl.DataFrame(pictures, schema=self._pixels)))
