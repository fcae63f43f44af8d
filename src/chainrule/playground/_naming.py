"""What people call what goes into a network, and where each input comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainrule.plain_data import compact
from chainrule.tables.transformers import PlaneFeatures

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from chainrule.playground.data import DataSet

__all__ = ["Names", "names_of"]

_MISSING = "missingindicator_"
_FEATURES = {
    "x1_squared": "the square of {}",
    "x2_squared": "the square of {}",
    "product": "the product of {} and {}",
    "sin_x1": "the sine of π times {}",
    "sin_x2": "the sine of π times {}",
}


@dataclass(frozen=True)
class Names:
    """What people call what goes into a network and what comes out, and the point as they know it.

    Attributes
    ----------
    inputs : sequence of str
        What the network's inputs are called, such as ``x₁²`` or ``sex=male``.
    sources : sequence of str
        For each input a sentence on where it comes from; empty if that is not known.
    scaling : transformer, optional
        What was done to a number to predict before the network was given it.
    cells : mapping of str to object, optional
        The point before it was encoded.
    """

    inputs: Sequence[str]
    sources: Sequence[str] = ()
    scaling: Any = None
    cells: Mapping[str, Any] | None = None


def names_of(
    data: DataSet, *, row: int | None = None, at: tuple[float, float] | None = None
) -> Names:
    """Return the names of a data set, and a point of it as it stands in the table.

    Parameters
    ----------
    data : DataSet
        Whose inputs they are.
    row : int, optional
        Which row the point is.
    at : (float, float), optional
        Else, where in the plane it is.

    Returns
    -------
    Names

    Examples
    --------
    >>> from chainrule.playground.data import make_data
    >>> from chainrule.playground.settings import Settings
    >>> data = make_data(Settings({"data": "admissions", "features": ["x1", "product"]}))
    >>> names = names_of(data, row=0)
    >>> names.inputs, sorted(names.cells)
    (['test_score', 'test_score · grade'], ['grade', 'test_score'])
    >>> names.sources[1]
    'It is the product of test_score and grade, both standardized.'
    """
    cells: dict[str, Any] | None = None
    if data.image is None and row is not None:
        used = [column.name for column in data.described if column.used]
        cells = data.frame.select(used).row(row, named=True)
    elif at is not None:
        cells = data.plane.cells(at)
    return Names(data.inputs, tuple(_sources(data.encoder)), data.scaling, cells)


def _sources(encoder: Pipeline) -> Iterator[str]:
    """Say of each input where it comes from."""
    columns = encoder.named_steps["columns"]
    own = columns.get_feature_names_out().tolist()
    branches = {name: (step, list(names)) for name, step, names in columns.transformers_}
    said = [_source(name, branches) for name in own]
    features = encoder.named_steps.get("features")
    if not isinstance(features, PlaneFeatures):
        yield from said
        return
    yield from (said[place] for place in features.kept)
    for name, places in features.made_of.items():
        called = [own[place].partition("__")[2] for place in places]
        scaled = "both standardized" if len(called) > 1 else "standardized"
        yield f"It is {_FEATURES[name].format(*called)}, {scaled}."


def _source(name: str, branches: dict[str, tuple[Any, list[str]]]) -> str:
    """Say where a column of the encoder's matrix comes from; names begin with their branch."""
    branch, _, column = name.partition("__")
    if column.startswith(_MISSING):
        return f"It is 1 where {column.removeprefix(_MISSING)} has no value, else 0."
    if branch == "categories":
        return f"It is 1 where {column}, else 0."
    if branch == "flags":
        return f"It is {column}: 1 for yes, 0 for no."
    if branch == "phases":
        return f"It is {column}, where in its round the date stands, from −1 to 1."
    step, names = branches[branch]
    return _standardized(column, step, names.index(column))


def _standardized(column: str, step: Pipeline, place: int) -> str:
    """Say how a number is brought to a common scale."""
    numbers, scale = step.named_steps["numbers"], step.named_steps["scale"]
    mean = numbers.center_[place] + scale.mean_[place]
    what = f"ln(1 + {column})" if numbers.logarithm_[place] else column
    return (
        f"It is {what}, standardized: less {compact(float(mean))}, its mean over the training "
        f"rows, and divided by {compact(float(scale.scale_[place]))}, their standard deviation."
    )
