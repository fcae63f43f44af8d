"""Every option of a training as one frozen record that checks itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chainrule.workflow.checks import SettingError, check_settings, check_task
from chainrule.workflow.choices import LEVEL, LOSSES, MODELS, SLIGHT, SOLVERS, TASKS

if TYPE_CHECKING:
    from chainrule.workflow.choices import Kind, Solver

__all__ = ["SOLVERS", "TASKS", "SettingError", "TrainSettings"]


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """What to train, on which part of the rows, and how.

    Where None is the default, the model and the solver have one of their own, which
    :meth:`settled` fills in; what a model or solver has no use for must be left at None.

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
    groups : str or None
        Rows that have the same value in this column stay together, in the training part, the
        held-out part or the test part. It is not an input.
    weights : str or None
        How much each row counts, in training, in early stopping and in scores: the column of these
        numbers, which are at least 0; rows of weight 0 are left out. It is not an input.
    test_fraction : float
        Part of the rows kept aside for the test scores, if no test table is given.
    model : {"network", "logistic", "linear", "perceptron"} or None
        None is a network; with the solver "newton", the single neuron that fits the task.
    hidden_layer_sizes : tuple of int or None
        Neurons of each hidden layer; () is a network without one.
    activation : str, tuple of str, or None
        One for all hidden layers, or one for each.
    initialization : str or None
        How the first weights are drawn.
    loss : {"squared_error", "poisson"} or None
        What a network that predicts numbers makes small; "poisson" is for counts, and predicts
        numbers above 0.
    solver : str or None
        One of ``SOLVERS``.
    learning_rate : float, "find" or None
        Size of the first steps; "find" takes what a range test suggests.
    schedule : str or None
        How the learning rate goes on: one of ``SCHEDULES``, if need be with numbers of its own,
        such as "step:every=20,factor=0.1".
    warm_up : int or None
        Epochs in which the learning rate rises from 0, before the schedule begins.
    momentum, weight_decay : float or None
        Of the solvers that have them.
    batch_size : int or None
        Rows of a mini-batch; None lets it grow with the number of rows.
    epochs : int or None
        At most this many passes over the training rows, or iterations.
    clip_norm : float or None
        The largest norm that the gradient may have.
    class_weight : "balanced", mapping of str to float, or None
        How much the rows of each class count; "balanced": all classes the same, however many rows
        they have.
    l1, l2 : float
        Strengths of the penalties on the weights.
    dropout : float, tuple of float, or None
        Part of the hidden neurons left out at random in each step.
    input_dropout, input_noise : float or None
        Part of the inputs left out, and standard deviation of the noise added, in each step.
    max_norm : float or None
        The largest norm that the weights into one neuron may have.
    label_smoothing : float or None
        Part of the right answer that is divided among all classes.
    early_stopping : bool or None
        Hold out a part of the training rows and keep the model of the best epoch on them. None is
        no for single neurons whose solver goes to the optimum by itself, else yes.
    validation_fraction : float or None
        Part of the training rows held out.
    patience : int or None
        Stop after this many epochs without improvement.
    monitor : str or None
        What has to improve on the held-out rows: "loss", "score" (accuracy or R²), or the name
        of a scorer of scikit-learn's.
    min_change : float or None
        By how much it has to improve to count; for "lbfgs" and "newton" also the slope that
        counts as level.
    start_from_epoch : int or None
        Epochs up to this one are not watched.
    restarts : int or None
        Train from so many starting points.
    combine : {"best", "average"} or None
        Keep the best of them, or predict with the average of all.
    seed : int
        Of the split, the initial weights and the shuffling.
    threads : int or None
        At most this many; None leaves it to the machine.

    Raises
    ------
    InputError
        A value that makes no sense, or two that do not go together.

    Examples
    --------
    >>> TrainSettings(hidden_layer_sizes=(32,)).settled("classification").epochs
    200
    >>> TrainSettings(solver="newton").settled("regression").model
    'linear'
    >>> TrainSettings(epochs=0)
    Traceback (most recent call last):
        ...
    chainrule.workflow.checks.SettingError: epochs must be a whole number of at least 1, not 0
    """

    target: str | None = None
    task: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    groups: str | None = None
    weights: str | None = None
    test_fraction: float = 0.2
    model: str | None = None
    hidden_layer_sizes: tuple[int, ...] | None = None
    activation: str | tuple[str, ...] | None = None
    initialization: str | None = None
    loss: str | None = None
    solver: str | None = None
    learning_rate: float | str | None = None
    schedule: str | None = None
    warm_up: int | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    batch_size: int | None = None
    epochs: int | None = None
    clip_norm: float | None = None
    class_weight: str | Mapping[str, float] | None = None
    l1: float = 0.0
    l2: float | None = None
    dropout: float | tuple[float, ...] | None = None
    input_dropout: float | None = None
    input_noise: float | None = None
    max_norm: float | None = None
    label_smoothing: float | None = None
    early_stopping: bool | None = None
    validation_fraction: float | None = None
    patience: int | None = None
    monitor: str | None = None
    min_change: float | None = None
    start_from_epoch: int | None = None
    restarts: int | None = None
    combine: str | None = None
    seed: int = 0
    threads: int | None = None

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def kind(self) -> Kind:
        """The kind of model; before the task is known, any single neuron for Newton's method."""
        if self.model is None and self.solver == "newton":
            return MODELS["logistic"]
        return MODELS[self.model or "network"]

    @property
    def how(self) -> Solver | None:
        """The solver; None where the model decides."""
        name = self.solver or self.kind.defaults.get("solver")
        return None if name is None else SOLVERS[name]

    @property
    def steps(self) -> bool:
        """Whether training goes step by step, with a learning rate."""
        return self.kind.name == "perceptron" or (self.how is not None and self.how.steps)

    @property
    def stops_early(self) -> bool:
        """Whether rows are to be held out."""
        if self.early_stopping is not None:
            return self.early_stopping
        watched = (self.validation_fraction, self.patience, self.monitor, self.start_from_epoch)
        asked = any(value is not None for value in watched)
        return asked or self.steps or not self.kind.is_neuron

    @property
    def layers(self) -> int:
        """How many hidden layers there are."""
        sizes = self.hidden_layer_sizes
        return len(self.kind.defaults.get("hidden_layer_sizes", ()) if sizes is None else sizes)

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of each hidden layer."""
        activation = self.activation or self.kind.defaults.get("activation", ())
        return activation if isinstance(activation, tuple) else (activation,) * max(1, self.layers)

    def settled(self, task: str) -> TrainSettings:
        """Fill in what the model and the solver begin with where nothing else was said.

        Parameters
        ----------
        task : {"classification", "regression"}
            What the target asks for.

        Returns
        -------
        TrainSettings
            With None only for what is not used.

        Raises
        ------
        InputError
            The model, or something else, is not for this task.

        Examples
        --------
        >>> settings = TrainSettings(solver="sgd").settled("regression")
        >>> settings.learning_rate, settings.momentum, settings.weight_decay
        (0.01, 0.9, None)
        """
        if self.model is None and self.solver == "newton":
            name = "logistic" if task == "classification" else "linear"
            return dataclasses.replace(self, model=name).settled(task)
        check_task(self, task)
        wanted = {"model": self.kind.name, **_BEGINNINGS, **self._of_solver(), **self.kind.defaults}
        if not self.stops_early:
            for name in ("validation_fraction", "monitor"):
                wanted.pop(name)
        wanted["early_stopping"] = self.stops_early
        if not self.stops_early and (not self.steps or self.kind.name == "perceptron"):
            wanted.pop("patience")
            wanted.pop("start_from_epoch")
        if task == "regression" and not self.kind.is_neuron:
            wanted["loss"] = LOSSES[0]
        if self.hidden_layer_sizes == ():
            wanted.pop("activation")
        missing = {k: v for k, v in wanted.items() if getattr(self, k) is None}
        return dataclasses.replace(self, task=task, **missing)

    def _of_solver(self) -> dict[str, Any]:
        """Return what the solver begins with."""
        how, stops = self.how, self.stops_early
        found: dict[str, Any] = {}
        if self.steps:
            found["schedule"] = "constant"
            found["min_change"] = 0.0 if stops else SLIGHT
        else:
            found["min_change"] = LEVEL if self.kind.is_neuron else 0.0
        if how is None:
            return found
        if how.momentum:
            found["momentum"] = 0.9
        if how.weight_decay:
            found["weight_decay"] = 0.01
        if how.steps:
            found["learning_rate"] = how.neuron_rate if self.kind.is_neuron else how.rate
        return found

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
        return {k: _plain(v) for k, v in plain.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


#: What every training begins with.
_BEGINNINGS = {"validation_fraction": 0.1, "patience": 20, "start_from_epoch": 0}
