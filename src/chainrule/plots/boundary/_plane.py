"""Two columns of a table as the axes of a picture, and the rows of a grid over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.explanation._parts import Parts
from chainrule.explanation._rows import in_one_sentence
from chainrule.explanation.inputs._raw_columns import columns_wanted, trace_all
from chainrule.explanation.inputs._raw_rows import RawRows, raw_rows
from chainrule.explanation.inputs.importance import permutation_importance
from chainrule.mathematics.arrays import Array
from chainrule.plots.boundary._encoded import encoded
from chainrule.plots.boundary._held import held_cells
from chainrule.plots.boundary._plane_axis import (
    PlaneAxis,
    kinds_told,
    make_axis,
    place_of,
    put_numbers,
)

__all__ = ["Plane", "find_rows", "make_plane"]

# Rows of very many columns are made and predicted in parts: no more cells than these at once.
_MOST_CELLS = 8_000_000
# Enough to tell two columns that matter from those that do not.
_RANKED_ROWS, _RANKED_REPEATS = 300, 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Plane:
    """Two columns that vary, and what the others are held at.

    Attributes
    ----------
    rows : RawRows
        All rows that were given.
    x, y : PlaneAxis
        The two columns.
    held : dict of str to cell
        Of each other column the value that it has everywhere on the grid; None is a missing one.
    asked : tuple of str
        Which of them were stated by the person.
    ranked : bool
        Whether the two columns were chosen because they matter most.
    """

    rows: RawRows
    x: PlaneAxis
    y: PlaneAxis
    held: dict[str, Any]
    asked: tuple[str, ...]
    ranked: bool

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows of the grid there are, along y and along x."""
        return len(self.y.grid), len(self.x.grid)

    @property
    def points(self) -> Array:
        """Where every given row stands, shape (n, 2); NaN where it lacks a value."""
        return np.column_stack([self.x.values, self.y.values])

    def tables(self) -> Iterator[Any]:
        """Yield the rows of the grid, x quickest, as the model takes them, in few tables."""
        base = self._base()
        up, across = (place.ravel() for place in np.indices(self.shape))
        step = max(1, _MOST_CELLS // len(self.rows.names))
        for start in range(0, len(up), step):
            part = slice(start, start + step)
            rows = base.pick(np.zeros(len(up[part]), np.int64))
            rows = self.x.put(rows, across[part])
            yield self.y.put(rows, up[part]).table

    def _base(self) -> RawRows:
        """Return one row with what is held."""
        base = self.rows.pick(np.zeros(1, np.int64))
        for place, name in enumerate(self.rows.names):
            cell = self.held.get(name)
            if name not in self.held:
                continue
            if isinstance(cell, float) or (cell is None and base.numbers(place) is not None):
                base = put_numbers(base, place, np.array([np.nan if cell is None else cell]))
            else:
                base = base.replace(place, [cell])
        return base


def find_rows(parts: Parts, X: Any) -> RawRows:
    """Take the rows of X, and of their columns those that a model knows."""
    rows = raw_rows(X, "X")
    wanted = columns_wanted((*parts.steps, parts.network))
    return rows if wanted is None else rows.select(wanted)


def make_plane(
    parts: Parts,
    X: Any,
    y: NDArray[Any] | None,
    *,
    features: Any,
    held_at: Mapping[Any, Any] | None,
    resolution: int,
) -> Plane:
    """Choose two columns, and what to hold the others at.

    Parameters
    ----------
    parts : Parts
        Of a fitted model.
    X, y, features, held_at, resolution
        As for :meth:`chainrule.plots.DecisionBoundary.from_estimator`.

    Returns
    -------
    Plane

    Raises
    ------
    InputError
        As there.
    """
    rows = find_rows(parts, X)
    if isinstance(resolution, bool) or not isinstance(resolution, int | np.integer):
        raise InputError(f"resolution must be a whole number from 2 to 1000, not {resolution!r}")
    if not 2 <= resolution <= 1000:
        raise InputError(f"resolution={resolution}: use from 2 to 1000 points along each axis")
    if len(rows.names) < 2:
        raise InputError(
            f"the model takes {len(rows.names)} column, and a boundary is drawn over two; give a "
            "model of two or more"
        )
    told = kinds_told((*parts.steps, parts.network))
    ranked = features is None and len(rows.names) > 2
    if ranked:
        places = _most_important(parts, rows, y)
    else:
        places = _places(rows.names, (0, 1) if features is None else features)
    axes = [make_axis(rows, place, told, resolution) for place in places]
    held, asked = held_cells(rows, places, held_at, told)
    return Plane(rows=rows, x=axes[0], y=axes[1], held=held, asked=asked, ranked=ranked)


def _places(names: tuple[str, ...], features: Any) -> tuple[int, int]:
    if isinstance(features, str) or not isinstance(features, Sequence | np.ndarray):
        raise InputError(f"features takes two columns, such as (0, 1), not {features!r}")
    if len(features) != 2:
        raise InputError(f"features takes two columns, and {len(features)} were given")
    first, second = (place_of(names, feature, "features") for feature in features)
    if first == second:
        raise InputError(f"features names {names[first]!r} twice; give two different columns")
    return first, second


def _most_important(parts: Parts, rows: RawRows, y: NDArray[Any] | None) -> tuple[int, int]:
    """Find the two columns that the model's score needs most, in the order of the table."""
    if len(rows) < 2:
        raise InputError(
            "one row does not tell which columns matter; name two of them with features=(…, …)"
        )
    some = np.arange(len(rows))
    if len(some) > _RANKED_ROWS:
        some = np.sort(np.random.default_rng(0).choice(len(rows), _RANKED_ROWS, replace=False))
    chosen = rows.pick(some)
    with in_one_sentence():
        # Without answers, by how much a shuffled column changes the model's own.
        answers = parts.whole.predict(chosen.table) if y is None else y[some]
    drops = _drops_of_inputs(parts, chosen, answers)
    if drops is None:
        found = permutation_importance(parts.whole, chosen.table, answers, repeats=_RANKED_REPEATS)
        drops = found.mean
    empty = {i for i in range(len(rows.names)) if all(c is None for c in chosen.cells(i))}
    order = np.argsort(-drops, kind="stable").tolist()
    first, second = sorted(sorted(order, key=empty.__contains__)[:2])
    return first, second


def _drops_of_inputs(parts: Parts, rows: RawRows, y: Any) -> Array | None:
    """Add up what each column's inputs of the network matter, where each is made of one column.

    The steps before the network take their time; so they are gone through once, not for each
    column that is shuffled.
    """
    sources = trace_all(parts.steps, [(i,) for i in range(len(rows.names))])
    named = hasattr(parts.network, "feature_names_in_")
    if not parts.steps or named or sources is None or any(len(s) != 1 for s in sources):
        return None
    inputs = encoded(parts.steps, parts.network, rows.table)
    if inputs.shape[1] != len(sources):
        return None
    for transformer in parts.transformers:
        y = np.ravel(transformer.transform(np.reshape(y, (-1, 1))))
    found = permutation_importance(parts.network, inputs, y, repeats=_RANKED_REPEATS)
    drops = np.zeros(len(rows.names))
    np.add.at(drops, [place for (place,) in sources], found.mean)
    return drops
