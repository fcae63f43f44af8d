"""Names: those a person may have meant, lists of them, and how symbols among them are written."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["closest", "did_you_mean", "listed", "subscripted"]

# Share of the letters that two names must have in common: 'categorical' and 'category' have 0.74,
# 'missing' and 'admissions' 0.71.
_CLOSE = 0.72
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def closest(name: str, names: Iterable[str], *, count: int = 3) -> list[str]:
    """Find the names nearest in spelling, best first, whatever the letter case and spaces.

    Parameters
    ----------
    name : str
        What was asked for.
    names : iterable of str
        What there is.
    count : int
        How many to offer at most.

    Returns
    -------
    list of str
        Empty when nothing is near.

    Examples
    --------
    >>> closest("Sale price", ["Sale_Price", "Lot_Area", "price"])
    ['Sale_Price', 'price']
    """
    plain = {candidate: _plain(candidate) for candidate in names}
    wanted = _plain(name)
    near = difflib.get_close_matches(wanted, list(dict.fromkeys(plain.values())), count, _CLOSE)
    found = [candidate for text in near for candidate, p in plain.items() if p == text]
    inside = [c for c, p in plain.items() if len(wanted) >= 3 and (wanted in p or p in wanted)]
    return list(dict.fromkeys(found + [c for c in inside if len(plain[c]) >= 3]))[:count]


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c not in " _-.")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """End an error sentence with what was probably meant, or else what there is.

    Parameters
    ----------
    name : str
        What was asked for.
    names : iterable of str
        What there is.

    Returns
    -------
    str
        Starts with a semicolon and has no full stop.

    Examples
    --------
    >>> did_you_mean("pric", ["price", "area"])
    "; did you mean 'price'?"
    >>> did_you_mean("xyz", ["price", "area"])
    '; there are: price, area'
    """
    names = list(names)
    near = closest(name, names)
    if near:
        return f"; did you mean {' or '.join(repr(n) for n in near)}?"
    return f"; there are: {listed(names)}" if names else ""


def listed(names: Iterable[str], *, limit: int = 8) -> str:
    """Join names with commas, cut short when there are many.

    Parameters
    ----------
    names : iterable of str
        What to list.
    limit : int
        How many to show before "and n more".

    Returns
    -------
    str
        One line.

    Examples
    --------
    >>> listed(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    names = list(names)
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def subscripted(name: str) -> str:
    """Write a name that is a letter and a number as a symbol, and leave others alone.

    Examples
    --------
    >>> subscripted("x1"), subscripted("age"), subscripted("x1=a")
    ('x₁', 'age', 'x1=a')
    """
    return name.translate(_SUBSCRIPTS) if re.fullmatch(r"[A-Za-z][0-9]{1,3}", name) else name
