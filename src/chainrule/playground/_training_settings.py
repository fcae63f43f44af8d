"""The settings of the training: most can be changed while it goes on."""

from __future__ import annotations

from typing import Any

from chainrule.playground._conditions import has_hidden_layers, is_network, optimized_by, set_to
from chainrule.playground._setting import Choice, Facts, Integer, Number, Setting, Switch

__all__ = ["ENDING_DECAYS", "TRAINING_SETTINGS"]

_OPTIMIZERS = (
    ("gd", "gradient descent (all rows)"),
    ("sgd", "stochastic, no momentum"),
    ("momentum", "momentum"),
    ("nesterov", "Nesterov"),
    ("rmsprop", "RMSprop"),
    ("adam", "Adam"),
    ("adamw", "AdamW"),
    ("nadam", "Nadam"),
    ("muon", "Muon"),
)
_DECAYS = (
    ("constant", "none"),
    ("step", "step"),
    ("exponential", "exponential"),
    ("inverse_time", "inverse time"),
    ("cosine", "cosine"),
    ("one_cycle", "one cycle"),
    ("plateau", "on plateau"),
)
_ADAPTIVE = ("adam", "adamw", "nadam", "muon")
# These have an end, which is planned for a number of epochs that need not be the one reached.
ENDING_DECAYS = ("cosine", "one_cycle")


def _stops_early(settings: Any, facts: Facts) -> bool:
    return is_network(settings, facts) and bool(settings.early_stopping)


TRAINING_SETTINGS: tuple[Setting, ...] = (
    Number(
        name="learning_rate",
        label="Learning rate",
        group="training",
        effect="training",
        default=0.03,
        low=1e-5,
        high=10.0,
        scale="log",
        help="α, the length of a step.",
    ),
    Choice(
        name="decay",
        label="Decay",
        group="training",
        effect="training",
        default="constant",
        choices=_DECAYS,
        help="How the learning rate goes on.",
    ),
    Integer(
        name="planned_epochs",
        label="Planned epochs",
        group="training",
        effect="training",
        default=300,
        low=1,
        high=100_000,
        scale="log",
        applies=set_to(lambda settings: settings.decay in ENDING_DECAYS),
        help="When a decay that has an end is at its end.",
    ),
    Choice(
        name="optimizer",
        label="Optimizer",
        group="training",
        effect="training",
        default="sgd",
        choices=_OPTIMIZERS,
        applies=is_network,
        help="What is made of the gradient.",
    ),
    Number(
        name="momentum",
        label="Momentum μ",
        group="training",
        effect="training",
        default=0.9,
        low=0.0,
        high=0.999,
        step=0.001,
        applies=optimized_by("momentum", "nesterov"),
        help="How much of the last step is kept.",
    ),
    Number(
        name="beta_1",
        label="β₁",
        group="training",
        effect="training",
        default=0.9,
        low=0.0,
        high=0.999,
        step=0.001,
        applies=optimized_by(*_ADAPTIVE),
        help="How long gradients are remembered.",
    ),
    Number(
        name="beta_2",
        label="β₂",
        group="training",
        effect="training",
        default=0.999,
        low=0.0,
        high=0.9999,
        step=0.0001,
        applies=optimized_by(*_ADAPTIVE),
        help="How long their squares are remembered.",
    ),
    Number(
        name="rho",
        label="ρ",
        group="training",
        effect="training",
        default=0.9,
        low=0.0,
        high=0.999,
        step=0.001,
        applies=optimized_by("rmsprop"),
        help="How long squared gradients are remembered.",
    ),
    Number(
        name="weight_decay",
        label="Weight decay",
        group="training",
        effect="training",
        default=0.01,
        low=0.0,
        high=1.0,
        scale="log",
        applies=optimized_by("adamw", "muon"),
        help="Every step takes α times this share of each weight away.",
    ),
    Integer(
        name="batch_size",
        label="Mini-batch",
        group="training",
        effect="training",
        default=10,
        low=1,
        high=1000,
        scale="log",
        applies=lambda settings, facts: is_network(settings, facts) and settings.optimizer != "gd",
        help="How many rows a step looks at.",
    ),
    Number(
        name="l1",
        label="L1 penalty",
        group="training",
        effect="training",
        default=0.0,
        low=0.0,
        high=10.0,
        scale="log",
        help="λ of λ Σ|W|, added to the summed error of a mini-batch's rows.",
    ),
    Number(
        name="l2",
        label="L2 penalty",
        group="training",
        effect="training",
        default=0.0,
        low=0.0,
        high=10.0,
        scale="log",
        help="λ of λ ½ΣW², added to the summed error of a mini-batch's rows.",
    ),
    Number(
        name="dropout",
        label="Dropout",
        group="training",
        effect="training",
        default=0.0,
        low=0.0,
        high=0.9,
        step=0.05,
        applies=has_hidden_layers,
        help="The share of hidden nodes that is switched off at random in every step.",
    ),
    Switch(
        name="early_stopping",
        label="Early stopping",
        group="training",
        effect="network",
        default=False,
        applies=is_network,
        help="Hold out a fifth of the training rows, stop when their error no longer falls, and "
        "keep the weights of the best epoch.",
    ),
    Integer(
        name="patience",
        label="Patience",
        group="training",
        effect="network",
        default=20,
        low=1,
        high=1000,
        scale="log",
        unit="epochs",
        applies=_stops_early,
        help="So many epochs may pass without the held-out error falling.",
    ),
)
