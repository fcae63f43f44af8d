"""Plain data: numbers that JSON knows, and numbers as a person writes them."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["compact", "duration", "finite", "size"]


def finite(data: Any) -> Any:
    """Return plain data with None where a number is none that JSON knows.

    Examples
    --------
    >>> finite({"loss": [0.5, float("nan")]})
    {'loss': [0.5, None]}
    """
    if isinstance(data, dict):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def compact(number: float) -> str:
    """Write a number in four digits or so, as a person does.

    Examples
    --------
    >>> compact(0.000123456), compact(12.3456), compact(123456.7)
    ('0.0001235', '12.35', '123,457')
    """
    if abs(number) >= 1000:
        return f"{number:,.0f}" if abs(number) < 1e9 else f"{number:.3e}"
    return f"{number:.4g}"


def duration(seconds: float) -> str:
    """Write a time as a person says it.

    Examples
    --------
    >>> duration(0.61), duration(75), duration(3700)
    ('0.6 s', '1 min 15 s', '1 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def size(count: int) -> str:
    """Write a number of bytes as a person says it.

    Examples
    --------
    >>> size(900), size(38_000), size(2_500_000)
    ('900 bytes', '38 kB', '2.5 MB')
    """
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
