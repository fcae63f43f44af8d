"""Numbers as they stand in a line of text, and long lines folded where a person would."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

__all__ = ["WIDTH", "fold", "show"]

WIDTH = 80
# A line may end before a sign, which stays with what follows it, and after the dot of a product.
_SIGNS = frozenset("=+−·→")


def fold(line: str, *, indent: str = "", further: str | None = None, width: int = WIDTH) -> str:
    """Fold one line into lines that are not too long.

    Parameters
    ----------
    line : str
        What is told.
    indent, further : str
        What the first line and all others begin with; the same, if only one is given.
    width : int
        The longest that a line may be.

    Returns
    -------
    str

    Examples
    --------
    >>> print(fold("f(x) = 1 + x + x² + x³ + x⁴", indent="  ", further="    ", width=20))
      f(x) = 1 + x + x²
        + x³ + x⁴
    """
    further = indent if further is None else further
    lines: list[str] = []
    pieces = list(_pieces(line))
    while pieces:
        start = further if lines else indent
        count = _fitting(pieces, width - len(start))
        said = "".join(gap + piece for gap, piece, _ in pieces[:count])
        lines.append(start + said.removeprefix(pieces[0][0]))
        pieces = pieces[count:]
    return "\n".join(lines)


def _fitting(pieces: list[tuple[str, str, int]], room: int) -> int:
    """Return how many pieces to put on a line: within brackets it ends only where it must."""
    used, count = 0, 0
    for gap, piece, _ in pieces:
        used += len(piece) + (len(gap) if count else 0)
        if used > room:
            break
        count += 1
    if count == len(pieces) or count < 2:
        return max(count, 1)
    # Of the places in the second half of the line, the last outside most brackets.
    halves = range(count // 2 + 1, count + 1)
    return max(halves, key=lambda place: (-pieces[place][2], place))


def _pieces(line: str) -> Iterator[tuple[str, str, int]]:
    """Split a line where it may end: the gap before each piece, the piece, how deep it begins."""
    words, depth = line.split(" "), 0
    for place, word in enumerate(words):
        if word in _SIGNS and place + 1 < len(words):
            continue
        sign = f"{words[place - 1]} " if place and words[place - 1] in _SIGNS else ""
        gap = " " if place else ""
        for part in re.findall(r"[^·]+·?|·", sign + word) or [""]:
            # After the dot of a product rather not, if there is another place.
            yield gap, part, depth + (0 if gap else 1)
            depth += sum(map(part.count, "([{")) - sum(map(part.count, ")]}"))
            gap = ""


def show(value: float, digits: int = 6) -> str:
    """Write a number with six significant digits, and a minus as it is printed.

    Parameters
    ----------
    value : float
        The number.
    digits : int
        How many digits.

    Returns
    -------
    str

    Examples
    --------
    >>> show(-0.1234567), show(2.0), show(float("inf"))
    ('−0.123457', '2', '∞')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.{digits}g}".replace("-", "−")
