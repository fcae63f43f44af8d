"""Plain data for JSON."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["finite"]


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
