"""Hidden layers as the constructors of the multilayer perceptrons describe them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.estimators._base import BaseNetwork
from chainrule.estimators._options import one_for_each
from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS

__all__ = ["HiddenLayers"]


class HiddenLayers(BaseNetwork):
    """A network with ``hidden_layer_sizes``, ``activation`` and ``dropout``."""

    hidden_layer_sizes: int | Sequence[int]
    activation: str | Sequence[str]
    dropout: float | Sequence[float]

    def _hidden_layers(self) -> tuple[tuple[int, ...], tuple[str, ...], tuple[float, ...]]:
        sizes: Any = self.hidden_layer_sizes
        hidden = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        if np.any(np.asarray(hidden) <= 0):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {hidden}.")
        functions = one_for_each(self.activation, hidden, "activation")
        for name in functions:
            if name not in HIDDEN_ACTIVATIONS:
                known = ", ".join(sorted(HIDDEN_ACTIVATIONS))
                raise ValueError(f"activation {name!r} is not one of {known}")
        rates = tuple(float(rate) for rate in one_for_each(self.dropout, hidden, "dropout"))
        if any(not 0 <= rate < 1 for rate in rates):
            raise ValueError(f"dropout must be at least 0 and less than 1, got {self.dropout}")
        return tuple(int(size) for size in hidden), functions, rates
