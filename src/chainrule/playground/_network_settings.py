"""The settings of the network, all of which mean a new start."""

from __future__ import annotations

from chainrule.playground._conditions import has_hidden_layers, is_network, known
from chainrule.playground._setting import Choice, Integer, Layers, PerLayer, Setting

__all__ = ["MOST_LAYERS", "NETWORK_SETTINGS"]

MOST_LAYERS, MOST_NODES = 6, 16
_ACTIVATIONS = tuple(
    (name, {"logistic": "sigmoid", "relu": "ReLU"}.get(name, name.replace("_", " ")))
    for name in (
        *("tanh", "relu", "logistic", "identity", "step", "leaky_relu", "elu", "selu", "gelu"),
        *("silu", "mish", "softplus"),
    )
)
_INITIALIZATIONS = (
    ("glorot", "Glorot"),
    ("he", "He"),
    ("uniform", "uniform"),
    ("normal", "normal"),
    ("zeros", "all zero"),
)
_ERRORS = (("squared_error", "half squared error"), ("poisson", "Poisson"))


NETWORK_SETTINGS: tuple[Setting, ...] = (
    Choice(
        name="model",
        label="Model",
        group="network",
        effect="network",
        default="network",
        choices=(("network", "network"), ("perceptron", "perceptron (step)")),
        applies=known(lambda facts: facts.classifies),
        help="A network that learns by gradients, or Rosenblatt's perceptron with a step function.",
    ),
    Layers(
        name="layers",
        label="Hidden layers",
        group="network",
        effect="network",
        default=(4, 2),
        most_layers=MOST_LAYERS,
        most_nodes=MOST_NODES,
        applies=is_network,
        help="How many nodes each hidden layer has; without one it is a single neuron per output.",
    ),
    PerLayer(
        name="activations",
        label="Activation",
        group="network",
        effect="network",
        default=("tanh", "tanh"),
        choices=_ACTIVATIONS,
        most_layers=MOST_LAYERS,
        applies=has_hidden_layers,
        help="The function f in h = f(z) of a hidden layer.",
    ),
    Choice(
        name="error",
        label="Error",
        group="network",
        effect="network",
        default="squared_error",
        choices=_ERRORS,
        applies=known(lambda facts: not facts.classifies),
        help="What is made small; for classes it is the log loss, or cross-entropy.",
    ),
    Choice(
        name="initialization",
        label="First weights",
        group="network",
        effect="network",
        default="glorot",
        choices=_INITIALIZATIONS,
        applies=is_network,
        help="How the first weights are drawn; all zero, every node of a layer stays the same.",
    ),
    Integer(
        name="seed",
        label="Seed",
        group="network",
        effect="network",
        default=0,
        low=0,
        high=9999,
        help="Draws the first weights, the order of the rows and what is dropped out.",
    ),
)
