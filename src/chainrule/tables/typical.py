"""What a column usually holds: what it is held at where others vary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["held_text", "most_frequent", "typical_number"]

_TOLD = 3


def typical_number(values: NDArray[np.float64]) -> float | int | None:
    """Return the median of those numbers that are finite; of whole ones the lower of two middles.

    Examples
    --------
    >>> typical_number(np.array([1.0, 2.0, np.nan])), typical_number(np.array([1.0, 2.5]))
    (1, 1.75)
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    whole = bool((finite == np.round(finite)).all())
    # Halfway between two whole numbers may be a number that a model has never seen.
    middle = float(np.quantile(finite, 0.5, method="lower" if whole else "linear"))
    return int(middle) if whole and abs(middle) < 2**53 else middle


def most_frequent(cells: Sequence[Any], *, ordered: bool = False) -> Any:
    """Return the cell that is there most often, or of ordered ones, such as dates, the middle.

    Parameters
    ----------
    cells : sequence
        None where one is missing.
    ordered : bool
        Whether to take the middle.

    Returns
    -------
    cell or None

    Examples
    --------
    >>> most_frequent(["b", None, "a", "b"]), most_frequent([3, 1, 2], ordered=True)
    ('b', 2)
    """
    present = [cell for cell in cells if cell is not None]
    if present and ordered:
        return sorted(present)[(len(present) - 1) // 2]
    return Counter(present).most_common(1)[0][0] if present else None


def held_text(
    held: Mapping[str, Any],
    asked: tuple[str, ...] = (),
    *,
    named: Callable[[Any, int], str] | None = None,
) -> str:
    """Say shortly what columns are held at, those that were asked for first.

    Parameters
    ----------
    held : mapping of str to cell
        The cell of each column.
    asked : tuple of str
        The columns that a person chose a cell for.
    named : callable, optional
        Writes a name in at most so many letters.

    Returns
    -------
    str

    Examples
    --------
    >>> held_text({"age": 31.25, "sex": "f"})
    'age = 31.25 and sex = f'
    >>> held_text({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, ("e",))
    'e = 5, 4 others at median or most frequent value'
    """
    write = named or _shortened
    if len(held) <= _TOLD:
        told, others = list(held), 0
    else:
        told = list(asked[:_TOLD])
        others = len(held) - len(told)
    texts = [f"{write(name, 24)} = {_written(held[name], write)}" for name in told]
    if not others:
        return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
    rest = f"{others} other{'s' * (others > 1)}"
    if len(asked) > _TOLD:
        return f"{', '.join(texts)}, {rest} as stated, at median or most frequent value"
    return ", ".join([*texts, f"{rest} at median or most frequent value"])


def _shortened(name: Any, most: int) -> str:
    text = str(name)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _written(cell: Any, named: Callable[[Any, int], str]) -> str:
    if cell is None:
        return "(missing)"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return named(cell, 20)
