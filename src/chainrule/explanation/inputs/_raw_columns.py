"""Which raw column became which inputs of the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    Binarizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from chainrule.explanation.inputs._raw_rows import RawRows
from chainrule.mathematics.arrays import Array
from chainrule.tables.frame_reader import FrameReader, date_names
from chainrule.tables.transformers import (
    CategoryColumns,
    NetworkInput,
    NumberColumns,
    PlaneFeatures,
)

__all__ = ["RawColumns", "columns_wanted", "probe_sources", "trace_sources"]

Source = tuple[int, ...]

# Each column they put out is made of the one column at its place.
_ONE_TO_ONE = (
    *(Binarizer, MaxAbsScaler, MinMaxScaler, OrdinalEncoder, PowerTransformer),
    *(QuantileTransformer, RobustScaler, StandardScaler),
    *(NetworkInput, NumberColumns),
)
# Rows that a probe looks at, and rows that are sent through the steps at once.
_PROBED, _AT_ONCE = 400, 20_000
# Of an input's range: below this a difference is rounding.
_ROUNDING = 1e-5
_NAMED = 3


@dataclass(frozen=True)
class RawColumns:
    """Which raw columns each input of a network was made of.

    Attributes
    ----------
    names : tuple of str, of length c
        The raw columns.
    inputs : tuple of str, of length d
        The network's inputs.
    sources : tuple of tuple of int, of length d
        For each input the places of the raw columns it depends on: one, or several if columns were
        mixed (products, principal components), or none.

    Examples
    --------
    >>> columns = RawColumns(("age", "sex"), ("age", "sex=f", "sex=m"), ((0,), (1,), (1,)))
    >>> columns.group_names
    ('age', 'sex')
    >>> columns.add_up(np.array([[1.0, 2.0, 3.0]]))
    array([[1., 5.]])
    """

    names: tuple[str, ...]
    inputs: tuple[str, ...]
    sources: tuple[Source, ...]

    @cached_property
    def groups(self) -> tuple[Source, ...]:
        """What inputs are summed by: each raw column, then each set of columns that were mixed."""
        found = dict.fromkeys(self.sources)
        return tuple(sorted(found, key=lambda source: (len(source) != 1, source)))

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """What the groups are called."""
        return tuple(self.group_name(group) for group in self.groups)

    @property
    def mixed(self) -> tuple[int, ...]:
        """The places of the inputs that depend on several raw columns."""
        return tuple(i for i, source in enumerate(self.sources) if len(source) > 1)

    def add_up(self, values: Array) -> Array:
        """Sum over the inputs of each group.

        Parameters
        ----------
        values : array of shape (…, d)
            A number for each input.

        Returns
        -------
        array of shape (…, groups)
        """
        member = np.zeros((len(self.sources), len(self.groups)))
        for i, source in enumerate(self.sources):
            member[i, self.groups.index(source)] = 1
        return np.asarray(values @ member)

    def group_name(self, group: Source) -> str:
        """Return what a group is called: by its column, or as a mixture of several."""
        if len(group) == 1:
            return self.names[group[0]]
        if not group:
            return "(no column)"
        if len(group) > _NAMED:
            return f"{len(group)} columns, mixed"
        return " × ".join(self.names[i] for i in group) + ", mixed"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data for JSON, the groups' names among it."""
        return {
            "names": list(self.names),
            "inputs": list(self.inputs),
            "sources": [list(source) for source in self.sources],
            "groups": list(self.group_names),
        }


def columns_wanted(steps: Sequence[Any]) -> list[str] | None:
    """Return the names of the raw columns that the first of these steps takes, if it knows any.

    Parameters
    ----------
    steps : sequence of estimator
        Fitted, the network last.

    Returns
    -------
    list of str or None
    """
    first = steps[0]
    while isinstance(first, Pipeline):
        first = first.steps[0][1]
    if isinstance(first, FrameReader):
        return list(first.kinds)
    names = getattr(first, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


# ---------------------------------------------------------------------- told by the steps


def trace_sources(step: Any, sources: list[Source]) -> list[Source] | None:
    """Follow raw columns through a step, as far as the step itself says what it makes of what.

    Parameters
    ----------
    step : transformer
        Fitted.
    sources : list of tuple of int
        What the columns before the step depend on.

    Returns
    -------
    list of tuple of int, or None
        What those after it depend on; None for a step of which that is not known.

    Examples
    --------
    >>> encoder = OneHotEncoder().fit([["f", 1], ["m", 2], ["m", 3]])
    >>> trace_sources(encoder, [(0,), (1,)])
    [(0,), (0,), (1,), (1,), (1,)]
    """
    if isinstance(step, Pipeline):
        return trace_all([inner for _, inner in step.steps], sources)
    if isinstance(step, ColumnTransformer):
        return _through_branches(step, sources)
    if step is None or step == "passthrough":
        return sources
    if isinstance(step, FrameReader):
        parts = [len(date_names(name, step.parts.get(name, "1"))) for name in step.kinds]
        return _repeat(sources, parts)
    if isinstance(step, CategoryColumns):
        step = step.one_hot_
    if isinstance(step, OneHotEncoder):
        return _repeat(sources, step._n_features_outs)
    if isinstance(step, SimpleImputer):
        return _through_imputer(step, sources)
    if isinstance(step, PlaneFeatures):
        made = [{place for i in places for place in sources[i]} for places in step.made_of.values()]
        return [*(sources[i] for i in step.kept), *(tuple(sorted(places)) for places in made)]
    if isinstance(step, SelectorMixin):
        return [source for source, kept in zip(sources, step.get_support(), strict=True) if kept]
    return sources if isinstance(step, _ONE_TO_ONE) else None


def trace_all(steps: Sequence[Any], sources: list[Source]) -> list[Source] | None:
    """Follow raw columns through one step after another, as :func:`trace_sources` through one."""
    found: list[Source] | None = sources
    for step in steps:
        found = None if found is None else trace_sources(step, found)
    return found


def _repeat(sources: list[Source], counts: Sequence[int]) -> list[Source]:
    pairs = zip(sources, counts, strict=True)
    return [source for source, count in pairs for _ in range(count)]


def _through_branches(step: ColumnTransformer, sources: list[Source]) -> list[Source] | None:
    found: list[Source] = []
    for name, branch, _ in step.transformers_:
        taken = [sources[int(i)] for i in step._transformer_to_input_indices[name]]
        if not taken or (isinstance(branch, str) and branch == "drop"):
            continue
        made = trace_sources(branch, taken)
        if made is None:
            return None
        found += made
    return found


def _through_imputer(step: SimpleImputer, sources: list[Source]) -> list[Source] | None:
    empty = np.array([value != value for value in step.statistics_.tolist()], bool)
    kept = np.full(len(sources), True) if step.keep_empty_features else ~empty
    found = [source for source, keep in zip(sources, kept, strict=True) if keep]
    if step.add_indicator:
        found += [sources[int(i)] for i in step.indicator_.features_]
    return found


# ---------------------------------------------------------------------- seen from outside


def probe_sources(encode: Callable[[RawRows], Array], rows: RawRows) -> list[Source]:
    """Change one raw column after another, and see which inputs change.

    Each column's cells are moved down by one row, the last to the top, so that every cell has been
    seen before; an input that changes in any row depends on the column. A column that is the same
    in all rows is found to change nothing.

    Parameters
    ----------
    encode : callable
        Raw rows to inputs of shape (n, d).
    rows : RawRows
        A table such as the steps were fitted on.

    Returns
    -------
    list of tuple of int, of length d
        The raw columns of each input.
    """
    inputs = encode(rows)
    probed = _telling_rows(inputs)
    rows, inputs = rows.pick(probed), inputs[probed]
    count, rounding = len(probed), _ROUNDING * np.maximum(np.abs(inputs).max(axis=0), 1e-30)
    found: list[list[int]] = [[] for _ in range(inputs.shape[1])]
    together = max(1, _AT_ONCE // count)
    for start in range(0, len(rows.names), together):
        places = range(start, min(start + together, len(rows.names)))
        changed = encode(_moved(rows, places)).reshape(len(places), count, -1)
        moves = (np.abs(changed - inputs) > rounding).any(axis=1)
        for block, place in enumerate(places):
            for i in np.flatnonzero(moves[block]):
                found[i].append(place)
    return [tuple(source) for source in found]


def _telling_rows(inputs: Array) -> NDArray[np.int64]:
    """Choose rows in which each input has its smallest and its largest value, and some more."""
    spread = np.linspace(0, len(inputs) - 1, min(len(inputs), 32)).astype(np.int64)
    ends = np.concatenate([inputs.argmin(axis=0), inputs.argmax(axis=0)])
    return np.array(list(dict.fromkeys([*spread.tolist(), *ends.tolist()]))[:_PROBED])


def _moved(rows: RawRows, places: Sequence[int]) -> RawRows:
    """Repeat the rows, one block for each column, in which this column is moved down."""
    count = len(rows)
    block = np.arange(count)
    found = rows.pick(np.tile(block, len(places)))
    for i, place in enumerate(places):
        order = np.arange(len(found))
        order[i * count : (i + 1) * count] = i * count + np.roll(block, 1)
        found = found.reorder(place, order)
    return found
