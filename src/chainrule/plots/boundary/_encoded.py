"""Raw rows as the network itself reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.explanation._rows import in_one_sentence, names_after, read_inputs
from chainrule.mathematics.arrays import Array

__all__ = ["encoded"]


def encoded(steps: Sequence[Any], network: Any, table: Any) -> Array:
    """Send raw rows through all steps before a network: its inputs, shape (n, d), float64."""
    with in_one_sentence():
        for step in steps:
            table = step.transform(table)
        return read_inputs(network, table, np.arange(table.shape[0]), names_after(steps))
