"""What the textbook defines: activations, losses and penalties, as plain NumPy without state."""

from chainrule.mathematics.activations import ACTIVATIONS, Activation, activation
from chainrule.mathematics.losses import LOSSES, Loss, loss, row_shares
from chainrule.mathematics.penalties import L1, L2, Penalty

__all__ = [
    "ACTIVATIONS",
    "L1",
    "L2",
    "LOSSES",
    "Activation",
    "Loss",
    "Penalty",
    "activation",
    "loss",
    "row_shares",
]
