"""Rows to train on and rows held out; loads nothing but NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from network import Array


@dataclass(frozen=True)
class Split:
    """Rows to train on and rows held out, X in float32, and where they are from."""

    X: Array
    y: Array
    X_test: Array
    y_test: Array
    source: str

    def save(self, file: Path) -> None:
        """Write it for other processes."""
        np.savez(file, **vars(self))

    @classmethod
    def read(cls, file: Path | str) -> Split:
        """Read what :meth:`save` wrote."""
        with np.load(file) as arrays:
            return cls(
                **{name: arrays[name] for name in arrays.files if name != "source"},
                source=str(arrays["source"]),
            )
