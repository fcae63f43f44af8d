"""The processor, as the compiler knows it, and how much of it a product uses at once."""

from __future__ import annotations

import os

import llvmlite.binding as llvm
import numpy as np

__all__ = [
    "BYTES_WORTH_COPYING",
    "FEATURES",
    "NAME",
    "REGISTER_BYTES",
    "ROWS",
    "ROWS_WORTH_COPYING",
    "WIDTH",
    "panel_columns",
]

NAME: str = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
"""What LLVM calls it; as for everything that Numba compiles, the environment may name another."""
FEATURES: str = os.environ.get("NUMBA_CPU_FEATURES") or llvm.get_host_cpu_features().flatten()
"""What it can do, as LLVM writes it: ``+avx2,-avx512f,…``."""

_has_avx512, _has_avx2 = "+avx512f" in FEATURES, "+avx2" in FEATURES

REGISTER_BYTES = 64 if _has_avx512 else 32 if _has_avx2 else 16
"""The size of this processor's vector registers."""
WIDTH = 2
"""Vectors beside each other in a block of a product."""
ROWS = 6 if _has_avx2 and not _has_avx512 else 8
"""Rows of a block: as many sums as leave registers for what is multiplied, of which there are 16
with AVX2 and 32 elsewhere."""

ROWS_WORTH_COPYING, BYTES_WORTH_COPYING = 64, 2048
"""From so many rows of a result on, and such long ones, a factor is brought together before use."""


def panel_columns(dtype: type) -> int:
    """Return how many columns of a product are calculated together."""
    return WIDTH * REGISTER_BYTES // np.dtype(dtype).itemsize
