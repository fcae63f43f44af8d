"""What the columns that do not vary are held at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation.inputs._raw_rows import RawRows
from chainrule.plots._style import named
from chainrule.plots.boundary._plane_axis import place_of
from chainrule.tables import typical
from chainrule.tables.names import did_you_mean

__all__ = ["held_cells", "held_text"]


def held_cells(
    rows: RawRows,
    varied: tuple[int, int],
    held_at: Mapping[Any, Any] | None,
    told: Mapping[str, str],
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a cell for each column that does not vary.

    Parameters
    ----------
    rows : RawRows
        All rows.
    varied : (int, int)
        The places of the two that vary.
    held_at : mapping of str or int to cell, optional
        What a person states.
    told : mapping of str to str
        What kind a column is, where the model knows.

    Returns
    -------
    held : dict of str to cell
        Stated; else the median of numbers, the most frequent of others, None where none has any.
    asked : tuple of str
        The names of those that were stated.

    Raises
    ------
    InputError
        A column that there is not, that varies, or that cannot hold what is stated.
    """
    if held_at is not None and not isinstance(held_at, Mapping):
        raise InputError(
            f"held_at takes a value for each column it names, such as {{{rows.names[0]!r}: 0}}, "
            f"not {held_at!r}"
        )
    stated = {place_of(rows.names, name, "held_at"): cell for name, cell in (held_at or {}).items()}
    held: dict[str, Any] = {}
    for place, name in enumerate(rows.names):
        if place in varied:
            if place in stated:
                raise InputError(
                    f"held_at names {name!r}, which varies along an axis; leave it out, or choose "
                    "other features"
                )
            continue
        kind = told.get(name)
        held[name] = (
            _stated(rows, place, stated[place], kind)
            if place in stated
            else (_usual(rows, place, kind))
        )
    return held, tuple(rows.names[place] for place in stated)


def _usual(rows: RawRows, place: int, kind: str | None) -> Any:
    numbers = None if kind in ("category", "yes/no") else rows.numbers(place)
    if numbers is not None:
        return typical.typical_number(numbers)
    cells = [cell for cell in rows.cells(place) if cell is not None]
    dated = kind == "date" or (bool(cells) and hasattr(cells[0], "isoformat"))
    return typical.most_frequent(cells, ordered=dated)


def _stated(rows: RawRows, place: int, cell: Any, kind: str | None) -> Any:
    cell = cell.item() if isinstance(cell, np.generic) else cell
    name = rows.names[place]
    if cell is None or kind == "date":
        return cell
    if rows.numbers(place) is not None:
        if isinstance(cell, bool) or not isinstance(cell, int | float) or not np.isfinite(cell):
            raise InputError(f"held_at: column {name!r} holds numbers, not {cell!r}")
        return cell
    known = dict.fromkeys(c for c in rows.cells(place) if c is not None)
    if kind != "number" and not hasattr(cell, "isoformat") and cell not in known:
        near = did_you_mean(str(cell), [str(level) for level in known])
        raise InputError(f"held_at: column {name!r} holds no {cell!r} in any row{near}")
    return cell


def held_text(held: Mapping[str, Any], asked: tuple[str, ...]) -> str:
    """Say shortly what columns are held at, those that were asked for first, as can be drawn.

    Examples
    --------
    >>> held_text({"age": 31.25, "sex": "f"}, ())
    'age = 31.25 and sex = f'
    """
    return typical.held_text(held, asked, named=lambda name, most: named(name, most=most))
