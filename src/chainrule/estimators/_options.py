"""What training an estimator can be told, in one place: names, defaults, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, Options, StrOptions

from chainrule.errors import InputError
from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS
from chainrule.network import INITIALIZATIONS
from chainrule.training import OPTIMIZERS, SCHEDULES, Rates, Regularization, Schedule

__all__ = ["CONSTRAINTS", "SOLVERS", "TrainingOptions", "one_for_each"]

SOLVERS = (*OPTIMIZERS, "lbfgs")
"""Every solver of a network; single neurons have Newton's method besides."""


class _Monitors(Options):
    """Ours, and scikit-learn's scorers, for whose names it is asked only if another is given."""

    def __init__(self) -> None:
        super().__init__(str, {"score", "loss"})

    def is_satisfied_by(self, val: Any) -> bool:
        return super().is_satisfied_by(val) or val in _scorer_names()

    def __str__(self) -> str:
        return str(StrOptions({*self.options, *_scorer_names()}))


def _scorer_names() -> list[str]:
    from sklearn.metrics import get_scorer_names

    return list(get_scorer_names())


def _from(low: float, kind: type = Real, *, high: float | None = None, closed: str = "left") -> Any:
    return Interval(kind, low, high, closed=closed)


CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", _from(1, Integral)],
    "activation": [StrOptions(set(HIDDEN_ACTIVATIONS)), "array-like"],
    "solver": [StrOptions(set(SOLVERS))],
    "alpha": [_from(0)],
    "batch_size": [StrOptions({"auto"}), _from(1, Integral)],
    "learning_rate": [StrOptions(set(SCHEDULES)), Schedule, callable],
    "learning_rate_init": [_from(0, closed="neither")],
    "power_t": [_from(0)],
    "max_iter": [_from(1, Integral)],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [_from(0)],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [_from(0, high=1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [_from(0, high=1)],
    "beta_1": [_from(0, high=1)],
    "beta_2": [_from(0, high=1)],
    "epsilon": [_from(0, closed="neither")],
    "n_iter_no_change": [_from(1, Integral), Options(Real, {np.inf})],
    "max_fun": [_from(1, Integral)],
    "l1": [_from(0)],
    "dropout": [_from(0, high=1), "array-like"],
    "initialization": [StrOptions(set(INITIALIZATIONS))],
    "monitor": [_Monitors(), callable],
    "rho": [_from(0, high=1)],
    "weight_decay": [_from(0)],
    "clip_norm": [_from(0, closed="neither"), None],
    "max_norm": [_from(0, closed="neither"), None],
    "label_smoothing": [_from(0, high=1)],
    "input_noise": [_from(0)],
    "input_dropout": [_from(0, high=1)],
    "validation_splitter": [HasMethods(["split"]), None],
    "start_from_epoch": [_from(0, Integral)],
    "restarts": [_from(1, Integral)],
    "combine": [StrOptions({"best", "average"})],
    "class_weight": [dict, list, StrOptions({"balanced"}), None],
    "loss": [StrOptions({"squared_error", "poisson"})],
}
"""What each constructor parameter may be, by its name; estimators take those that they have."""


class TrainingOptions(NamedTuple):
    """An estimator's parameters as its fit reads them; what it does not have is left as it is here.

    The names are those of the constructors; ``SOLVERS`` and the class docstrings explain them.
    """

    solver: str = "adam"
    alpha: float = 0.0
    l1: float = 0.0
    batch_size: int | str = "auto"
    learning_rate: str | Schedule | Callable[[int], float] = "constant"
    learning_rate_init: float = 0.001
    power_t: float = 0.5
    max_iter: int = 200
    shuffle: bool = True
    tol: float = 1e-4
    verbose: bool | int = False
    momentum: float = 0.9
    nesterovs_momentum: bool = True
    early_stopping: bool = False
    validation_fraction: float = 0.1
    validation_splitter: Any = None
    monitor: Any = "score"
    n_iter_no_change: float = 10
    start_from_epoch: int = 0
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    rho: float = 0.9
    weight_decay: float = 0.01
    clip_norm: float | None = None
    max_norm: float | None = None
    label_smoothing: float = 0.0
    input_noise: float = 0.0
    input_dropout: float = 0.0
    max_fun: int = 15000
    initialization: str = "glorot"
    restarts: int = 1
    combine: str = "best"
    share: float = 0.0  # of each row in a step; 0 for 1 / Σ wᵢ of the mini-batch

    @classmethod
    def of(cls, estimator: Any, **fixed: Any) -> TrainingOptions:
        """Read them from an estimator, but for those that are fixed."""
        own = {name: getattr(estimator, name) for name in cls._fields if hasattr(estimator, name)}
        return cls(**{**own, **fixed})

    def rates(self, learning_rate: float) -> Rates:
        """Return the optimizer's numbers."""
        return Rates(
            learning_rate=learning_rate,
            momentum=self.momentum,
            nesterov=self.nesterovs_momentum,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            rho=self.rho,
            weight_decay=self.weight_decay,
        )

    @property
    def regularization(self) -> Regularization:
        """Penalties, limits and disturbances."""
        return Regularization(
            l1=self.l1,
            l2=self.alpha,
            max_norm=self.max_norm or 0.0,
            clip_norm=self.clip_norm or 0.0,
            label_smoothing=self.label_smoothing,
            input_noise=self.input_noise,
            input_dropout=self.input_dropout,
        )

    @property
    def steps(self) -> bool:
        """Whether the solver goes step by step, so that training can be continued."""
        return self.solver in OPTIMIZERS

    def check_solver(self, dropout: Sequence[float]) -> None:
        """Refuse what a solver cannot do that sees all rows at once, rather than leave it out.

        Raises
        ------
        InputError
            Something is to be switched off, disturbed or limited in every step, and there are none.
        """
        asked = {
            "dropout": any(dropout),
            "input_dropout": self.input_dropout,
            "input_noise": self.input_noise,
            "max_norm": self.max_norm,
        }
        for name in (name for name in asked if asked[name] and not self.steps):
            raise InputError(
                f"{name} is for solvers that go step by step, which solver={self.solver!r} does "
                "not: choose another, such as 'adam', or l1 and alpha instead"
            )

    @property
    def watched(self) -> str:
        """What early stopping watches, in words."""
        if not self.early_stopping:
            return "training loss"
        name = self.monitor if isinstance(self.monitor, str) else "score"
        return f"validation {name}"


def one_for_each(value: Any, hidden: Sequence[int], name: str) -> tuple[Any, ...]:
    """Return a parameter's value for every hidden layer, from one value or one for each.

    Raises
    ------
    ValueError
        There are more or fewer values than hidden layers.
    """
    if isinstance(value, str | Real):
        return (value,) * len(hidden)
    if len(value) != len(hidden):
        raise ValueError(f"{name} has {len(value)} values for {len(hidden)} hidden layers")
    return tuple(value)
