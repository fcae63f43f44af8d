"""Every option of a training as one frozen record that checks itself."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SOLVERS", "TASKS", "TrainSettings"]

SOLVERS = ("adam", "sgd", "lbfgs", "gd")
TASKS = ("classification", "regression")


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """What to train, on which part of the rows, and how.

    Attributes
    ----------
    target : str or None
        The column to predict; None takes the example's own.
    task : {"classification", "regression"} or None
        None lets the target's values decide.
    kinds : mapping of column to kind
        Overrides what the columns look like.
    drop : tuple of str
        Columns to leave out.
    test_fraction : float
        Part of the rows kept aside for the test scores, if no test table is given.
    hidden_layer_sizes : tuple of int
        Neurons of each hidden layer; () is a network without one.
    activation : str or tuple of str
        One for all hidden layers, or one for each.
    solver : {"adam", "sgd", "lbfgs", "gd"}
        The optimizer.
    learning_rate : float
        Size of the first steps.
    batch_size : int or None
        Rows of a mini-batch; None lets it grow with the number of rows.
    epochs : int
        At most this many passes over the training rows.
    l1, l2 : float
        Strengths of the penalties on the weights.
    dropout : float or tuple of float
        Part of the hidden neurons left out at random in each step.
    early_stopping : bool
        Hold out a part of the training rows and keep the network of the best epoch on them.
    patience : int
        Stop after this many epochs without improvement.
    validation_fraction : float
        Part of the training rows held out.
    seed : int
        Of the split, the initial weights and the shuffling.
    threads : int or None
        At most this many; None leaves it to the machine.

    Raises
    ------
    InputError
        A value that makes no sense.

    Examples
    --------
    >>> TrainSettings(hidden_layer_sizes=(32,)).epochs
    200
    >>> TrainSettings(epochs=0)
    Traceback (most recent call last):
        ...
    chainrule.errors.InputError: epochs must be a whole number of at least 1, not 0
    """

    target: str | None = None
    task: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    test_fraction: float = 0.2
    hidden_layer_sizes: tuple[int, ...] = (128, 64)
    activation: str | tuple[str, ...] = "relu"
    solver: str = "adam"
    learning_rate: float = 0.001
    batch_size: int | None = None
    epochs: int = 200
    l1: float = 0.0
    l2: float = 0.0001
    dropout: float | tuple[float, ...] = 0.0
    early_stopping: bool = True
    patience: int = 20
    validation_fraction: float = 0.1
    seed: int = 0
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.task is not None:
            _one_of("task", self.task, TASKS)
        _one_of("solver", self.solver, SOLVERS)
        for name in ("test_fraction", "validation_fraction"):
            _between(name, getattr(self, name), low=0.0, high=1.0, low_allowed=False)
        _between("learning_rate", self.learning_rate, low=0.0, low_allowed=False)
        for name in ("l1", "l2"):
            _between(name, getattr(self, name), low=0.0)
        for name, least in (("epochs", 1), ("patience", 1), ("seed", 0)):
            _whole(name, getattr(self, name), least=least)
        for name in ("batch_size", "threads"):
            if getattr(self, name) is not None:
                _whole(name, getattr(self, name), least=1)
        if self.seed >= 2**32:
            raise InputError(f"seed must be smaller than 2³², not {self.seed}")
        self._check_layers()

    def _check_layers(self) -> None:
        for size in self.hidden_layer_sizes:
            _whole("the size of a layer", size, least=1)
        layers = len(self.hidden_layer_sizes)
        if isinstance(self.activation, tuple):
            _one_each("activation", self.activation, layers)
        for name in self.activations:
            _check_activation(name)
        if isinstance(self.dropout, tuple):
            _one_each("dropout", self.dropout, layers)
        rates = self.dropout if isinstance(self.dropout, tuple) else (self.dropout,)
        for rate in rates:
            _between("dropout", rate, low=0.0, high=1.0)

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of each hidden layer."""
        if isinstance(self.activation, tuple):
            return self.activation
        return (self.activation,) * max(1, len(self.hidden_layer_sizes))

    def to_dict(self) -> dict[str, Any]:
        """Return all settings as plain data for JSON.

        Returns
        -------
        dict
            Tuples become lists.

        Examples
        --------
        >>> TrainSettings(drop=("id",)).to_dict()["drop"]
        ['id']
        """
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        plain["kinds"] = dict(self.kinds)
        return {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}


def _whole(name: str, value: object, *, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} must be a whole number of at least {least}, not {value!r}")


def _between(
    name: str, value: float, *, low: float, high: float = math.inf, low_allowed: bool = True
) -> None:
    """Hold a number to [low, high), or to (low, high)."""
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    if numeric and math.isfinite(value) and (low < value or low_allowed) and low <= value < high:
        return
    bound = f"at least {low:g}" if low_allowed else f"greater than {low:g}"
    below = "" if high == math.inf else f" and smaller than {high:g}"
    raise InputError(f"{name} must be {bound}{below}, not {value!r}")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"{name} must be one of {', '.join(known)}, not {value!r}")


def _one_each(name: str, values: tuple[object, ...], layers: int) -> None:
    if len(values) != layers:
        raise InputError(
            f"{name} must be one value, or one for each of the {layers} hidden layers, "
            f"not {len(values)} values"
        )


def _check_activation(name: str) -> None:
    # Imported here: the names are needed only for a check, SciPy behind them takes its time.
    from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS

    _one_of("activation", name, HIDDEN_ACTIVATIONS)
