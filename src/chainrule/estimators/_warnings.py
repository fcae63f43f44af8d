"""Warnings that point to the line of the person who called, not to ours or scikit-learn's."""

from __future__ import annotations

import sys
import warnings

__all__ = ["warn_caller"]


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the nearest line outside of this package and scikit-learn."""
    level = 1
    frame = sys._getframe()
    while frame.f_back is not None and _is_library(str(frame.f_globals.get("__name__", ""))):
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)


def _is_library(module: str) -> bool:
    return module.split(".")[0] in ("chainrule", "sklearn")
