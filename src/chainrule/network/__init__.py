"""One network: its shape, its numbers, and its two passes, readable and compiled."""

from chainrule.network.architecture import Architecture, Layer
from chainrule.network.initialization import INITIALIZATIONS, initialize
from chainrule.network.passes import (
    Backtrace,
    Trace,
    backpropagate,
    disturb_inputs,
    dropout_masks,
    feedforward,
    loss,
    send_back,
)

__all__ = [
    "INITIALIZATIONS",
    "Architecture",
    "Backtrace",
    "Layer",
    "Trace",
    "backpropagate",
    "disturb_inputs",
    "dropout_masks",
    "feedforward",
    "initialize",
    "loss",
    "send_back",
]
