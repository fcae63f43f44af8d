"""Which settings make sense, by themselves and together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.workflow.choices import (
    COMBINATIONS,
    INITIALIZATIONS,
    LOSSES,
    MODELS,
    SCHEDULES,
    SOLVERS,
    TASKS,
    solvers_with,
)
from chainrule.workflow.rate_schedule import schedule_name, with_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chainrule.workflow.settings import TrainSettings

__all__ = ["SettingError", "check_settings", "check_task"]


class SettingError(InputError):
    """A setting that makes no sense; the sentence can be told with other names of the settings.

    Parameters
    ----------
    template : str
        The sentence, with ``{name}`` wherever a setting is named.
    **values : object
        What else the template names.

    Examples
    --------
    >>> error = SettingError("{epochs} must be at least 1, not {value}", value=0)
    >>> str(error)
    'epochs must be at least 1, not 0'
    >>> error.told({"epochs": "--epochs"})
    '--epochs must be at least 1, not 0'
    """

    def __init__(self, template: str, **values: object) -> None:
        self._template, self._values = template, values
        super().__init__(self.told({}))

    def told(self, names: Mapping[str, str]) -> str:
        """Return the sentence with other names.

        Parameters
        ----------
        names : mapping of str to str
            From the settings' own names.

        Returns
        -------
        str
        """
        return self._template.format_map(_Names({**names, **self._values}))


class _Names(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return name


def check_settings(settings: TrainSettings) -> None:
    """Check every value, and what must go together.

    Parameters
    ----------
    settings : TrainSettings
        As asked for.

    Raises
    ------
    SettingError
        Something makes no sense.
    """
    for name, check in _VALUES.items():
        if getattr(settings, name) is not None:
            check(name, getattr(settings, name))
    _check_scorer(settings)
    _check_newton(settings)
    _check_model(settings)
    _check_layers(settings)
    _check_solver(settings)
    _check_schedule(settings)
    _check_stopping(settings)
    if settings.combine is not None and (settings.restarts or 1) < 2:
        raise SettingError("{combine} is for several starts: give {restarts} 2 or more as well")


def check_task(settings: TrainSettings, task: str) -> None:
    """Check that the model and its settings are for this task.

    Parameters
    ----------
    settings : TrainSettings
        As asked for.
    task : {"classification", "regression"}
        What the target asks for.

    Raises
    ------
    SettingError
        They are not.
    """
    kind = settings.kind
    if kind.task not in (None, task):
        predicts, target = "classes", "a number"
        if task == "classification":
            predicts, target = "a number", "a class"
        raise SettingError(
            "{model} {kind} predicts {predicts}, but the target is {target}: choose {model} "
            "{instead}",
            kind=kind.name,
            predicts=predicts,
            target=target,
            instead=kind.instead,
        )
    for name in ("class_weight", "label_smoothing"):
        if task == "regression" and getattr(settings, name) is not None:
            raise SettingError(
                f"{{{name}}} is for classes, but the target is a number: leave it out"
            )
    if task == "classification" and settings.loss is not None:
        raise SettingError("{loss} is for numbers, but the target is a class: leave it out")


# ---------------------------------------------------------------------------- single values


def _whole(least: int, below: float = math.inf) -> Callable[[str, Any], None]:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise SettingError(
                f"{{{name}}} must be a whole number of at least {least}, not {{value!r}}",
                value=value,
            )
        if value >= below:
            raise SettingError(f"{{{name}}} must be smaller than 2³², not {{value}}", value=value)

    return check


def _number(
    low: float = 0.0, high: float = math.inf, *, low_in: bool = True, high_in: bool = False
) -> Callable[[str, Any], None]:
    """Hold a number to a range; its ends may be in it or not."""

    def check(name: str, value: Any) -> None:
        numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
        if numeric and math.isfinite(value):
            above = value >= low if low_in else value > low
            if above and (value <= high if high_in else value < high):
                return
        bound = f"at least {low:g}" if low_in else f"greater than {low:g}"
        if high < math.inf:
            bound += f" and at most {high:g}" if high_in else f" and smaller than {high:g}"
        raise SettingError(f"{{{name}}} must be {bound}, not {{value!r}}", value=value)

    return check


def _one_of(known: Sequence[str]) -> Callable[[str, Any], None]:
    def check(name: str, value: Any) -> None:
        if value not in known:
            choice = f"one of {', '.join(known)}" if len(known) > 1 else known[0]
            raise SettingError(f"{{{name}}} must be {choice}, not {{value!r}}", value=value)

    return check


def _schedule(name: str, value: Any) -> None:
    _one_of(SCHEDULES)(name, schedule_name(value) if isinstance(value, str) else value)
    if ":" not in value:
        return
    try:
        with_numbers(value)
    except InputError as error:
        raise SettingError(f"{{{name}}} {{value!r}}: {{why}}", value=value, why=error) from error


def _rate(name: str, value: Any) -> None:
    if value != "find" and isinstance(value, str):
        raise SettingError(
            f"{{{name}}} must be a number greater than 0, or find, not {{value!r}}", value=value
        )
    if value != "find":
        _number(low_in=False)(name, value)


def _class_weight(name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for weight in value.values():
            _POSITIVE(name, weight)
    elif value != "balanced":
        raise SettingError(
            f"{{{name}}} must be balanced, or a number for each class such as yes=5,no=1, not "
            "{value!r}",
            value=value,
        )


_POSITIVE = _number(low_in=False)
_SHARE = _number(high=1.0)
_PART = _number(high=1.0, low_in=False)
_COUNT = _whole(1)

_VALUES: dict[str, Callable[[str, Any], None]] = {
    "task": _one_of(TASKS),
    "model": _one_of(tuple(MODELS)),
    "solver": _one_of(tuple(SOLVERS)),
    "schedule": _schedule,
    "initialization": _one_of(INITIALIZATIONS),
    "combine": _one_of(COMBINATIONS),
    "loss": _one_of(LOSSES),
    "class_weight": _class_weight,
    "test_fraction": _PART,
    "validation_fraction": _PART,
    "learning_rate": _rate,
    "momentum": _number(high=1.0, high_in=True),
    "weight_decay": _number(),
    "clip_norm": _POSITIVE,
    "max_norm": _POSITIVE,
    "l1": _number(),
    "l2": _number(),
    "label_smoothing": _SHARE,
    "input_dropout": _SHARE,
    "input_noise": _number(),
    "min_change": _number(),
    "epochs": _COUNT,
    "patience": _COUNT,
    "batch_size": _COUNT,
    "threads": _COUNT,
    "restarts": _COUNT,
    "warm_up": _COUNT,
    "start_from_epoch": _whole(0),
    "seed": _whole(0, below=2**32),
}


def _check_scorer(settings: TrainSettings) -> None:
    if settings.monitor in (None, "loss", "score"):
        return
    # Imported here: scikit-learn takes a second to load.
    from sklearn.metrics import get_scorer_names

    from chainrule.tables.names import did_you_mean

    known = get_scorer_names()
    if settings.monitor not in known:
        near = did_you_mean(str(settings.monitor), ["loss", "score", *known])
        raise SettingError(
            "{monitor} must be loss, score or the name of a scorer of scikit-learn's such as "
            "roc_auc, not {value!r}{near}",
            value=settings.monitor,
            near=near,
        )


# ---------------------------------------------------------------------------- what goes together


def _check_newton(settings: TrainSettings) -> None:
    if settings.solver != "newton":
        return
    if settings.model == "network" or settings.hidden_layer_sizes is not None:
        what = "{model} network" if settings.model == "network" else "{hidden_layer_sizes}"
        raise SettingError(
            f"{{solver}} newton is for single neurons, not for a network: leave out {what}, or "
            "choose another solver such as lbfgs"
        )


def _check_model(settings: TrainSettings) -> None:
    kind = settings.kind
    for name in kind.lacks:
        if getattr(settings, name) is None:
            continue
        if settings.model is None:
            raise SettingError(
                f"{{{name}}} is for networks, and {{solver}} newton trains a single neuron: leave "
                "one of the two out"
            )
        if name in MODELS["logistic"].lacks:
            raise SettingError(
                f"{{{name}}} is for networks, and {{model}} {kind.name} is a single neuron: leave "
                "one of the two out"
            )
        raise SettingError(f"{{{name}}} means nothing to {{model}} {kind.name}: leave it out")


def _check_layers(settings: TrainSettings) -> None:
    sizes = settings.hidden_layer_sizes
    for size in sizes or ():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise SettingError(
                "the size of a layer in {hidden_layer_sizes} must be a whole number of at least 1, "
                "not {value!r}",
                value=size,
            )
    layers = settings.layers
    for name in ("activation", "dropout"):
        values = getattr(settings, name)
        if values is not None and layers == 0:
            raise SettingError(
                f"{{{name}}} is for hidden layers, and this network has none: leave it out"
            )
        if isinstance(values, tuple) and len(values) != layers:
            raise SettingError(
                f"{{{name}}} must be one value, or one for each of the {layers} hidden layers, "
                f"not {len(values)} values"
            )
    if settings.activation is not None:
        # Imported here: the names are needed only for a check, SciPy behind them takes its time.
        from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS

        for name in settings.activations:
            _one_of(HIDDEN_ACTIVATIONS)("activation", name)
    rates = settings.dropout if isinstance(settings.dropout, tuple) else (settings.dropout,)
    for rate in rates:
        if rate is not None:
            _SHARE("dropout", rate)


_STEP_BY_STEP = (
    *("learning_rate", "schedule", "warm_up", "clip_norm", "max_norm"),
    *("label_smoothing", "dropout", "input_dropout", "input_noise"),
)


#: What a setting needs of the solver, and how such solvers are called.
_NEEDS = {
    **dict.fromkeys(_STEP_BY_STEP, ("steps", "solvers that go step by step, such as adam or sgd")),
    "batch_size": ("batches", "solvers with mini-batches, such as adam or sgd"),
    "momentum": ("momentum", f"the solvers {', '.join(solvers_with('momentum'))}"),
    "weight_decay": ("weight_decay", f"the solvers {', '.join(solvers_with('weight_decay'))}"),
}


def _check_solver(settings: TrainSettings) -> None:
    if settings.kind.name == "perceptron":
        if settings.learning_rate == "find":
            raise SettingError(
                "{learning_rate} find means nothing to {model} perceptron, whose line is the same "
                "at any rate: leave it out"
            )
        return
    own = settings.solver or (settings.how.name if settings.how else "Newton's method")
    for name, (feature, fitting) in _NEEDS.items():
        if getattr(settings, name) is None or getattr(settings.how, feature, False):
            continue
        raise SettingError(
            f"{{{name}}} is for {fitting}, not for {own}: choose another {{solver}}, or leave it "
            "out"
        )
    if settings.l1 > 0 and settings.how and not settings.how.zeros and settings.layers > 1:
        raise SettingError(
            f"{{l1}} brings single weights to 0, but {own} moves all weights between two hidden "
            "layers together: use {l2} in its place, or choose another {solver} such as nadam"
        )


def _check_schedule(settings: TrainSettings) -> None:
    how = settings.how
    name = schedule_name(settings.schedule)
    if name in ("invscaling", "adaptive") and how is not None and how.name == "adam":
        instead = "plateau" if name == "adaptive" else "inverse_time"
        raise SettingError(
            f"{{schedule}} {name} is, as in scikit-learn, not for the solver adam: "
            f"choose {{schedule}} {instead}, or another solver"
        )
    epochs = settings.epochs or settings.kind.defaults["epochs"]
    for name in ("warm_up", "start_from_epoch"):
        if (getattr(settings, name) or 0) >= epochs:
            raise SettingError(
                f"{{{name}}} must be smaller than the {epochs} of {{epochs}}, not "
                f"{getattr(settings, name)}"
            )


def _check_stopping(settings: TrainSettings) -> None:
    if settings.early_stopping is not False:
        return
    idle = ["validation_fraction", "monitor"]
    if not settings.steps:
        idle += ["patience", "start_from_epoch"]
    for name in idle:
        if getattr(settings, name) is not None:
            raise SettingError(
                f"{{{name}}} is for early stopping, which is switched off: leave one of the two out"
            )
