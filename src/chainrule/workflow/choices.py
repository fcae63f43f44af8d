"""What a training can be chosen from, as plain data: reading it loads nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "COMBINATIONS",
    "COMPLEXITY_EPOCHS",
    "COMPLEXITY_SIZES",
    "INITIALIZATIONS",
    "LEVEL",
    "LOSSES",
    "MODELS",
    "MOST_ROWS",
    "SCHEDULES",
    "SLIGHT",
    "SOLVERS",
    "SPLITS",
    "TASKS",
    "Kind",
    "Solver",
    "solvers_with",
]

TASKS = ("classification", "regression")
SCHEDULES = (
    *("constant", "step", "exponential", "inverse_time", "polynomial", "cosine"),
    *("cosine_restarts", "one_cycle", "plateau", "invscaling", "adaptive"),
)
INITIALIZATIONS = ("glorot", "he", "uniform", "normal", "zeros")
#: Of networks that predict numbers; the first is the usual.
LOSSES = ("squared_error", "poisson")
COMBINATIONS = ("best", "average")
#: Without held-out rows, what falls by less than this in an epoch is not worth the time.
SLIGHT = 1e-5
#: A slope that counts as level, where a single neuron's optimum is looked for.
LEVEL = 1e-6
#: Of a model-complexity graph: the hidden layers that are tried, how many epochs are followed, into
#: how many splits, and how many rows of a long table are taken for it.
COMPLEXITY_SIZES: tuple[tuple[int, ...], ...] = ((), (4,), (16,), (64,), (128, 64))
COMPLEXITY_EPOCHS = 100
SPLITS = 5
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Solver:
    """A way of looking for the best weights.

    Attributes
    ----------
    name : str
        As the estimators know it.
    rate, neuron_rate : float or None
        A learning rate to begin with, for networks and for single neurons; None if it takes no
        steps of a length that is set.
    batches : bool
        Whether it takes a step for every mini-batch.
    momentum, weight_decay : bool
        Whether it has such a number.
    zeros : bool
        Whether an L1 penalty brings single weights between two hidden layers to 0.
    """

    name: str
    rate: float | None = None
    neuron_rate: float | None = None
    batches: bool = True
    momentum: bool = False
    weight_decay: bool = False
    zeros: bool = True

    @property
    def steps(self) -> bool:
        """Whether it goes step by step, with a learning rate."""
        return self.rate is not None


#: Every solver; a new one is a row here.
SOLVERS: dict[str, Solver] = {
    solver.name: solver
    for solver in (
        Solver("gd", 0.1, 0.1, batches=False),
        Solver("sgd", 0.01, 0.01, momentum=True),
        Solver("momentum", 0.01, 0.01, momentum=True),
        Solver("nesterov", 0.01, 0.01, momentum=True),
        Solver("rmsprop", 0.001, 0.01),
        Solver("adam", 0.001, 0.01),
        Solver("adamw", 0.001, 0.01, weight_decay=True),
        Solver("nadam", 0.001, 0.01),
        Solver("muon", 0.001, 0.01, weight_decay=True, zeros=False),
        Solver("lbfgs", batches=False),
        Solver("newton", batches=False),
    )
}


def solvers_with(feature: str) -> list[str]:
    """Name the solvers that have something.

    Parameters
    ----------
    feature : str
        An attribute of :class:`Solver`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> solvers_with("momentum")
    ['sgd', 'momentum', 'nesterov']
    """
    return [solver.name for solver in SOLVERS.values() if getattr(solver, feature)]


@dataclass(frozen=True)
class Kind:
    """A kind of model.

    Attributes
    ----------
    name : str
        As a person asks for it.
    title : str
        What it is, in words.
    task : str or None
        The only task it is for.
    instead : str
        What to choose for the other task.
    lacks : tuple of str
        Settings that mean nothing to it.
    defaults : mapping
        Settings that it begins with where nothing else is said.
    """

    name: str
    title: str
    task: str | None = None
    instead: str = ""
    lacks: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_neuron(self) -> bool:
        """Whether it has no hidden layers by its nature."""
        return self.name != "network"


_OF_HIDDEN_LAYERS = (
    *("hidden_layer_sizes", "activation", "dropout", "initialization", "max_norm"),
    *("label_smoothing", "input_noise", "input_dropout", "restarts", "combine", "loss"),
)
_OF_SOLVERS = ("solver", "batch_size", "momentum", "weight_decay", "clip_norm")
# Which solver finds the optimum soonest, the number of coefficients decides: None here.
_NEURON = {"l2": 1.0, "epochs": 1000, "monitor": "loss"}

#: Every kind of model.
MODELS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "network",
            "network",
            defaults={
                "hidden_layer_sizes": (128, 64),
                "activation": "relu",
                "initialization": "glorot",
                "solver": "adam",
                "l2": 0.0001,
                "epochs": 200,
                "monitor": "loss",
                "restarts": 1,
            },
        ),
        Kind(
            "logistic",
            "logistic regression",
            task="classification",
            instead="linear",
            lacks=_OF_HIDDEN_LAYERS,
            defaults=_NEURON,
        ),
        Kind(
            "linear",
            "linear regression",
            task="regression",
            instead="logistic",
            lacks=(*_OF_HIDDEN_LAYERS, "class_weight"),
            defaults=_NEURON,
        ),
        Kind(
            "perceptron",
            "perceptron",
            task="classification",
            instead="linear",
            lacks=(*_OF_HIDDEN_LAYERS, *_OF_SOLVERS),
            # A row's error grows with the weights: epochs can be compared by accuracy only.
            defaults={"learning_rate": 1.0, "l2": 0.0, "epochs": 1000, "monitor": "score"},
        ),
    )
}
