"""What the textbook defines: activations, losses and penalties, as plain NumPy without state.

And the mathematics behind them, step by step: derivatives by named rules, the work with matrices,
and how a likelihood becomes the cross-entropy. Those are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chainrule.mathematics.activations import ACTIVATIONS, Activation, activation
from chainrule.mathematics.losses import LOSSES, Loss, loss, row_shares
from chainrule.mathematics.penalties import L1, L2, Penalty

if TYPE_CHECKING:
    from chainrule.mathematics.differentiation import Derivation, derive
    from chainrule.mathematics.likelihoods import Likelihood, likelihood
    from chainrule.mathematics.matrices import (
        MatrixStep,
        add_matrices,
        dot_product,
        scale_matrix,
        sum_entries,
    )

__all__ = [
    "ACTIVATIONS",
    "L1",
    "L2",
    "LOSSES",
    "Activation",
    "Derivation",
    "Likelihood",
    "Loss",
    "MatrixStep",
    "Penalty",
    "activation",
    "add_matrices",
    "derive",
    "dot_product",
    "likelihood",
    "loss",
    "row_shares",
    "scale_matrix",
    "sum_entries",
]

_LATER = {
    **dict.fromkeys(("Derivation", "derive"), "differentiation"),
    **dict.fromkeys(("Likelihood", "likelihood"), "likelihoods"),
    **dict.fromkeys(
        ("MatrixStep", "add_matrices", "dot_product", "scale_matrix", "sum_entries"), "matrices"
    ),
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'chainrule.mathematics' has no attribute {name!r}")
    return getattr(import_module(f"chainrule.mathematics.{_LATER[name]}"), name)
