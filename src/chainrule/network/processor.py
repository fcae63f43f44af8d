"""The processor, as the compiler knows it, and how much of it a product uses at once."""

from __future__ import annotations

import os
from contextlib import suppress

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


def _describe() -> tuple[str, str]:
    """Return name and features; for all that Numba compiles, the environment may give others."""
    name, features = os.environ.get("NUMBA_CPU_NAME"), os.environ.get("NUMBA_CPU_FEATURES")
    if name and features:
        return name, features
    own_name, own_features = _ask_linux() or _ask_llvm()
    return name or own_name, features or own_features


def _ask_linux(path: str = "/proc/cpuinfo") -> tuple[str, str] | None:
    """Return what Linux says of an x86 processor, None of any other; in less time than LLVM takes.

    It names features as LLVM does, at least those asked for below, and only those that it lets
    programs use.
    """
    facts: dict[str, str] = {}
    with suppress(OSError), open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if not line.strip():
                break  # what follows is about further cores
            name, _, value = line.partition(":")
            facts[name.strip()] = value.strip()
    model = [facts.get(name, "") for name in ("vendor_id", "cpu family", "model")]
    if not all(model) or not facts.get("flags"):
        return None
    return " ".join(model), ",".join(f"+{flag}" for flag in facts["flags"].split())


def _ask_llvm() -> tuple[str, str]:
    from chainrule.network.llvm import describe_processor  # for other systems

    return describe_processor()


NAME, FEATURES = _describe()
"""Which processor it is, and what it can do: ``+avx2,+fma,…``."""

_features = FEATURES.split(",")
_has_avx512, _has_avx2 = "+avx512f" in _features, "+avx2" in _features

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
