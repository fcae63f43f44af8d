"""Fits that do not say that the epochs were too few: here they always are."""

from __future__ import annotations

import warnings
from typing import Any

from network import Array


def quietly(model: Any, X: Array, y: Array) -> Any:
    """Fit an estimator; return it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y)
