"""One network: its shape, its numbers, and its two passes, readable and compiled."""

from chainrule.network.architecture import Architecture, Layer
from chainrule.network.initialization import INITIALIZATIONS, initialize
from chainrule.network.passes import (
    Trace,
    backpropagate,
    disturb_inputs,
    dropout_masks,
    feedforward,
    loss,
)

__all__ = [
    "INITIALIZATIONS",
    "Architecture",
    "Layer",
    "Trace",
    "backpropagate",
    "disturb_inputs",
    "dropout_masks",
    "feedforward",
    "initialize",
    "loss",
]
