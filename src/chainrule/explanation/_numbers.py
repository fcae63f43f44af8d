"""Numbers, cells and bars as they are printed."""

from __future__ import annotations

import math
from typing import Any

from chainrule.explanation.worked._notation import text_number

__all__ = ["bar", "cell", "cut", "number", "plain"]

# More digits than so many characters are rounding's, as of a number in single precision.
_FITS = 10
_BLOCKS = "▏▎▍▌▋▊▉█"


def number(value: float, digits: int = 6) -> str:
    """Write a number with so many digits, with a true minus sign.

    Examples
    --------
    >>> number(-0.123456789), number(1234567.0), number(0.0), number(-1e-20, 2)
    ('−0.123457', '1.23457e+06', '0', '−1e−20')
    """
    return text_number(value + 0.0, digits)  # nothing is below 0 by nothing


def cell(value: Any) -> str:
    """Write a raw cell.

    Examples
    --------
    >>> cell(39.1), cell("male"), cell(None), cell(3750.0), cell(1 / 3)
    ('39.1', 'male', '(missing)', '3750', '0.33333')
    """
    if value is None:
        return "(missing)"
    if isinstance(value, float):
        text = number(value, 10)
        return text if len(text) <= _FITS else number(value, 5)
    return str(value)


def plain(value: Any) -> Any:
    """Return a raw cell as JSON can hold it.

    Examples
    --------
    >>> import datetime
    >>> plain(39.1), plain(None), plain(datetime.date(2024, 5, 31))
    (39.1, None, '2024-05-31')
    """
    return value if value is None or isinstance(value, str | int | float) else str(value)


def cut(text: str, width: int) -> str:
    """Shorten a text to so many characters, and to one line.

    Examples
    --------
    >>> cut("flipper_length_mm", 10), cut("age", 10)
    ('flipper_l…', 'age')
    """
    text = " ".join(text.split())
    return text if len(text) <= width else f"{text[: width - 1]}…"


def bar(value: float, largest: float, width: int) -> str:
    """Draw how large a number is; ▒ for a negative one, in whole blocks.

    Examples
    --------
    >>> bar(1.0, 2.0, 4), bar(-1.0, 2.0, 4), bar(0.0, 2.0, 4), bar(1.0, 0.0, 4)
    ('██', '▒▒', '', '')
    """
    if not largest > 0 or not math.isfinite(value):
        return ""
    eighths = round(8 * width * min(1.0, abs(value) / largest))
    if value < 0:
        return "▒" * max(round(eighths / 8), 1 if eighths else 0)
    rest = _BLOCKS[eighths % 8 - 1] if eighths % 8 else ""
    return "█" * (eighths // 8) + rest
