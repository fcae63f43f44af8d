"""The plane that the page draws: where its points are, and what its cells are for a network."""

from __future__ import annotations

import re
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

__all__ = ["ColumnPlane", "PicturePlane", "Plane", "image_shape"]

Array = NDArray[np.float64]
Matrix = NDArray[np.float32]

_MARGIN = 0.06
_FEWEST_PIXELS = 16
_PIXEL = re.compile(r"pixel_(\d+)_(\d+)")
# How far rows of one category stand from its line, lest they hide one another.
_APART = 0.3


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
    curve : bool
        Whether the network is given only what is across, and what it says of that stands up.
    """

    axes: tuple[Axis, Axis]
    places: Array
    held: str
    curve = False

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

    @abstractmethod
    def cells(self, at: tuple[float, float]) -> dict[str, Any] | None:
        """Return the columns of the table that stand at a place; None where it is a picture."""

    def grid(self, side: int) -> Matrix:
        """Encode the middles of side × side cells, row by row from the top left."""
        across, up = self.axes
        return self.cross(across.steps(side), up.steps(side)[::-1])


class ColumnPlane(Plane):
    """The plane of two columns, or of one and what is predicted: the network says the same all up.

    Other columns are held at what is usual among the training rows.

    Parameters
    ----------
    encoder : Pipeline
        Fitted.
    frame : polars.DataFrame
        All n rows.
    axes : (Axis, Axis)
        Of two of its columns; with ``answers`` of one, and of what is predicted.
    columns : sequence of Column
        Those that the encoder takes.
    train : array of int
        The training rows.
    answers : array of shape (n,), optional
        Every row's place up.
    """

    def __init__(
        self,
        encoder: Pipeline,
        frame: pl.DataFrame,
        axes: tuple[Axis, Axis],
        columns: Sequence[Column],
        *,
        train: NDArray[np.int64],
        answers: NDArray[Any] | None = None,
    ) -> None:
        self.axes, self.curve = axes, answers is not None
        self._encoder, self._given = encoder, axes[:1] if self.curve else axes
        rows = frame[train]
        usual = {column.name: _usual(rows, column) for column in columns}
        self._base = pl.DataFrame(
            {name: pl.Series(name, [cell]) for name, cell in usual.items()},
        )
        stand = [places_on(axis, frame, usual[axis.name]) for axis in self._given]
        stand += [] if answers is None else [answers]
        spread = (_spread(stand[i], axis, seed=i) for i, axis in enumerate(axes))
        self.places = np.column_stack([*spread])
        names = [axis.name for axis in self._given]
        others = {name: cell for name, cell in usual.items() if name not in names}
        self.held = f"In the whole plane: {held_text(others)}." if others else ""

    def cells(self, at: tuple[float, float]) -> dict[str, Any]:
        """Return the cells of the columns that are axes, at a place."""
        pairs = zip(self._given, at, strict=False)
        return {axis.name: axis.cells(np.array([place]))[0] for axis, place in pairs}

    def cross(self, across: Array, up: Array) -> Matrix:
        """Encode the rows at all crossings of places on the two axes."""
        k, m = len(across), len(up)
        base = self._base[np.zeros(1 + k + m, np.int64)]
        moved = zip(self._given, (across, up), (1, 1 + k), strict=False)
        base = base.with_columns(
            _changed(base, axis.cells(places), start) for axis, places, start in moved
        )
        steps = [step for _, step in self._encoder.steps]
        matrix = steps[1].transform(steps[0].transform(base))
        # Each axis depends on its own columns of the matrix only, so that they need not be encoded
        # again at every crossing.
        changed = (matrix[1 + k :] != matrix[0]).any(axis=0)
        whole = np.tile(matrix[1 : 1 + k], (m, 1))
        whole[:, changed] = np.repeat(matrix[1 + k :, changed], k, axis=0)
        for step in steps[2:]:
            whole = step.transform(whole)
        return np.asarray(whole)


def _spread(places: Array, axis: Axis, *, seed: int) -> Array:
    """Let the rows of a category stand a little to both sides of its line."""
    if not axis.levels:
        return places
    return places + np.random.default_rng(seed).uniform(-_APART, _APART, len(places))


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


def image_shape(frame: pl.DataFrame, target: str) -> tuple[int, int] | None:
    """Return the rows and columns of pixels, if these are all there is besides the target.

    Parameters
    ----------
    frame : polars.DataFrame
        Any table.
    target : str
        The column that is predicted.

    Returns
    -------
    (int, int) or None
    """
    found = [_PIXEL.fullmatch(name) for name in frame.columns if name != target]
    places = [(int(match[1]), int(match[2])) for match in found if match]
    if len(places) < _FEWEST_PIXELS or len(places) < len(found):
        return None
    high, wide = (max(place[i] for place in places) + 1 for i in (0, 1))
    in_order = places == [(row, column) for row in range(high) for column in range(wide)]
    numeric = all(frame[n].dtype.is_numeric() for n in frame.columns if n != target)
    return (high, wide) if in_order and numeric else None


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

    def cells(self, at: tuple[float, float]) -> None:
        """Return None: a place is a picture."""

    def cross(self, across: Array, up: Array) -> Matrix:
        """Encode the pictures at all crossings of places on the two axes."""
        weights = np.column_stack([np.tile(across, len(up)), np.repeat(up, len(across))])
        pictures = np.clip(self._mean + weights @ self._spans, *self._range)
        return np.asarray(self._encoder.transform(pl.DataFrame(pictures, schema=self._pixels)))
