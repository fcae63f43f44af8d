"""The data of a playground: rows with noise, split, encoded, and the plane they are drawn in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chainrule.errors import InputError
from chainrule.playground._axes import Axis, axis_columns, choose_axes, make_axes
from chainrule.playground._own_table import MOST_COLUMNS, MOST_ROWS, limited, read_own
from chainrule.playground._plane import ColumnPlane, PicturePlane, Plane, image_shape
from chainrule.playground._predicted import MOST_CLASSES, answers_of, choose_target
from chainrule.playground.settings import BY_CLASSES, MADE_UP, SETTINGS, SettingValueError
from chainrule.tables import (
    Column,
    Table,
    add_noise,
    describe_columns,
    load_example,
    make_encoder,
    prepare_target,
    split_rows,
)
from chainrule.tables.names import subscripted

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from chainrule.playground.settings import Settings

__all__ = [
    "MOST_CLASSES",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "Axis",
    "DataSet",
    "limited",
    "make_data",
    "read_own",
]

_MOST_POINTS = 2000


@dataclass(frozen=True, eq=False, kw_only=True)
class DataSet:
    """A table as the playground trains on it and draws it.

    Attributes
    ----------
    name : str
        Of the example or file.
    source : str or None
        The name of the file; None for an example.
    task : {"classification", "regression"}
        Whether a class or a number is predicted.
    target : str
        The column that is predicted.
    classes : list or None
        In the order of the network's outputs; None for numbers.
    table : Table
        As it was before noise was added.
    frame : polars.DataFrame
        All n rows, after noise was added.
    described : tuple of Column
        The columns that were looked at as inputs, and what is done with each.
    encoder : Pipeline
        Fitted on the training rows; takes a table, gives the network's d inputs.
    train, test : array of int
        Rows of ``frame``.
    x_train, x_test : array of shape (rows, d), float32
        The network's inputs.
    y_train, y_test : array of shape (rows,)
        Classes; or numbers brought to the network's scale by ``scaling``.
    scaling : StandardScaler, MeanScaler or None
        Fitted on the training rows; None for classes.
    answers : array of shape (n,)
        The number of every row's class, or its number in the table's own units.
    columns : list of str
        Which columns can be an axis.
    usable : int
        How many columns the network can be given.
    image : (int, int) or None
        Rows and columns of pixels, where these are the inputs.
    note : str
        What was done to the table to make it fit, in a sentence; empty if nothing.
    plane : Plane
        What is drawn; its own attributes can be asked for here.
    """

    name: str
    source: str | None
    task: str
    target: str
    classes: list[Any] | None
    table: Table
    frame: pl.DataFrame
    described: tuple[Column, ...]
    encoder: Pipeline
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    x_train: NDArray[np.float32]
    y_train: NDArray[Any]
    x_test: NDArray[np.float32]
    y_test: NDArray[Any]
    scaling: Any
    answers: NDArray[Any]
    columns: list[str]
    usable: int
    image: tuple[int, int] | None
    note: str
    plane: Plane
    _grids: dict[int, NDArray[np.float32]] = field(default_factory=dict, repr=False)

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """The two directions of the plane, across and up, in the table's own units."""
        return self.plane.axes

    @property
    def places(self) -> NDArray[np.float64]:
        """Where every row is in the plane, shape (n, 2); missing cells are at their usual value."""
        return self.plane.places

    @property
    def held(self) -> str:
        """What the other columns are held at in the plane, in a sentence; empty without others."""
        return self.plane.held

    @cached_property
    def inputs(self) -> list[str]:
        """What the network's inputs are called: "x₁", "sin πx₁", "sex=male"."""
        return [subscripted(name) for name in self.encoder.get_feature_names_out().tolist()]

    @cached_property
    def shown(self) -> NDArray[np.int64]:
        """Which rows are drawn as points: all, or evenly some of them."""
        n = len(self.places)
        return np.unique(np.linspace(0, n - 1, min(n, _MOST_POINTS)).astype(np.int64))

    @cached_property
    def pixels(self) -> NDArray[np.uint8] | None:
        """Every row's picture, 0 black to 255, shape (n, rows, columns); None if there is none."""
        if self.image is None:
            return None
        names = [column.name for column in self.described]
        values = self.frame.select(names).cast(pl.Float64).fill_null(0.0).to_numpy()
        return _brightness(values).reshape(-1, *self.image)

    def encode(self, frame: pl.DataFrame) -> NDArray[np.float32]:
        """Encode rows of a table.

        Parameters
        ----------
        frame : polars.DataFrame
            m rows with the columns that the network takes.

        Returns
        -------
        array of shape (m, d), float32

        Raises
        ------
        InputError
            A column is missing, or a cell cannot be read.
        """
        return np.asarray(self.encoder.transform(frame))

    def at(self, a: float, b: float) -> NDArray[np.float32]:
        """Encode the row at a place of the plane, shape (1, d); what is not drawn is held."""
        return self.plane.cross(np.array([a], np.float64), np.array([b], np.float64))

    def grid(self, side: int) -> NDArray[np.float32]:
        """Encode the middles of the plane's cells.

        Parameters
        ----------
        side : int
            Cells along each axis.

        Returns
        -------
        array of shape (side · side, d), float32
            Row by row from the top left; the same array at every call, not to be written to.
        """
        if side not in self._grids:
            cells = np.ascontiguousarray(self.plane.grid(side))
            cells.setflags(write=False)
            self._grids[side] = cells
        return self._grids[side]


def _brightness(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    low, high = min(0.0, float(values.min())), float(values.max())
    high = 1.0 if high <= 1 or low < 0 else high
    light: NDArray[np.uint8] = np.rint(np.clip(values / high, 0, 1) * 255).astype(np.uint8)
    return light


# ---------------------------------------------------------------------------- making


def make_data(settings: Settings, table: Table | None = None) -> DataSet:
    """Make the data that settings ask for; the same settings and table give the same bits.

    ``data_seed`` draws the points that are made up, the noise, and which rows are for testing.
    Noise is added to all numbers before the split, to one that is to be predicted as well.

    Parameters
    ----------
    settings : Settings
        Of which ``data``, ``target``, ``x_axis``, ``y_axis``, ``columns``, ``classes``, ``points``,
        ``noise``, ``train_share``, ``data_seed``, ``features`` and ``error`` are looked at.
    table : Table, optional
        One's own, for ``data="own"``.

    Returns
    -------
    DataSet

    Raises
    ------
    InputError
        The table cannot be learned from, or not as the settings ask, in a sentence.

    Examples
    --------
    >>> from chainrule.playground.settings import Settings
    >>> data = make_data(Settings({"data": "moons", "points": 100, "features": ["x1", "product"]}))
    >>> data.inputs, data.classes, len(data.train), data.grid(10).shape
    (['x₁', 'x₁x₂'], ['lower', 'upper'], 70, (100, 2))
    """
    table = _table(settings, table)
    target = choose_target(table, settings)
    image = image_shape(table.frame, target.name)
    described = _described(table.frame, target.name, image)
    frame = add_noise(
        table.frame,
        settings.noise,
        target=target.name,
        task=target.task,
        seed=settings.data_seed,
    )
    if settings.noise:
        described = _described(frame, target.name, image)
        target = prepare_target(frame, target.name, task=target.task)
    fraction = (100 - settings.train_share) / 100
    train, test = split_rows(target, test_fraction=fraction, seed=settings.data_seed)
    used, axes = described, None
    if image is None:
        asked = settings.x_axis, settings.y_axis
        axes = choose_axes(table.frame, target, described, rows=train, asked=asked)
        used = tuple(c for c in described if c.name in axes or settings.columns == "all")
    encoder = _encoder(used, axes, settings)
    x_train = encoder.fit_transform(frame[train])
    answers = answers_of(target, train, test, error=settings.error)
    inputs = [column for column in used if column.used]
    if axes is None:
        plane: Plane = PicturePlane(encoder, frame, [column.name for column in used], train=train)
    else:
        both = make_axes(frame, axes, described, target, square=_is_square(settings))
        stand = answers["answers"] if len(axes) == 1 else None
        plane = ColumnPlane(encoder, frame, both, inputs, train=train, answers=stand)
    return DataSet(
        name=table.name,
        source=table.source,
        target=target.name,
        table=table,
        frame=frame,
        described=used,
        encoder=encoder,
        train=train,
        test=test,
        x_train=x_train,
        x_test=np.asarray(encoder.transform(frame[test])),
        columns=axis_columns(described),
        usable=sum(column.used for column in described),
        image=image,
        note="" if table.source is None else table.description,
        plane=plane,
        **answers,
    )


def _encoder(
    used: tuple[Column, ...], axes: tuple[str, ...] | None, settings: Settings
) -> Pipeline:
    try:
        return make_encoder(used, axes=axes, features=settings.features)
    except InputError as error:
        if axes is None or settings.features == SETTINGS["features"].default:
            raise
        raise SettingValueError("features", str(error)) from error


def _described(
    frame: pl.DataFrame, target: str, image: tuple[int, int] | None
) -> tuple[Column, ...]:
    # A pixel that is always black is one of the picture all the same.
    kinds = {n: "number" for n in frame.columns if n != target} if image else None
    return describe_columns(frame, target=target, kinds=kinds)


def _table(settings: Settings, own: Table | None) -> Table:
    if settings.data == "own":
        if own is None:
            raise InputError("there is no table of your own yet: drop a file, or choose an example")
        return own
    if settings.data not in MADE_UP:
        return load_example(settings.data)
    drawn = {"rows": settings.points, "seed": settings.data_seed}
    if settings.data in BY_CLASSES:
        drawn["classes"] = settings.classes
    return load_example(settings.data, **drawn)


def _is_square(settings: Settings) -> bool:
    """Whether a unit across is to be as long as one up, as a circle needs it."""
    return settings.data in MADE_UP and settings.data not in ("admissions", "moons")
