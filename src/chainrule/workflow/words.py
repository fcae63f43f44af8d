"""How a training is told in words: the shape of the model, the settings, the course, the loss."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.plain_data import compact, duration
from chainrule.workflow.choices import MODELS, SOLVERS
from chainrule.workflow.settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chainrule.workflow import Model

__all__ = ["title", "training_facts"]

# More numbers in a row than this are told by the first and the last of them.
_MOST_NUMBERS = 10


def training_facts(model: Model, *, seconds: float | None = None) -> list[tuple[str, str]]:
    """Tell what was trained, how, how it went and how far it came.

    Parameters
    ----------
    model : Model
        The trained model.
    seconds : float, optional
        How long everything took, from reading the table on.

    Returns
    -------
    list of (str, str)
        What is told, in a word, and the words that tell it.
    """
    facts = {
        "model": f"{title(model)}, {_shape(model)}",
        "settings": ", ".join(_settings(model)),
        "course": _course(model, seconds=seconds),
        "stopped": model.origin.stopped,
        "mistakes": _mistakes(model),
        "loss": _loss(model),
        "starts": _starts(model),
    }
    return [(name, words) for name, words in facts.items() if words]


def title(model: Model) -> str:
    """Name the kind of model: "network", "logistic regression", …."""
    return MODELS[model.origin.settings["model"]].title


def _shape(model: Model) -> str:
    settings, classes = model.origin.settings, model.origin.classes
    perceptron = settings["model"] == "perceptron"
    if classes is None:
        last = "exponential" if settings["loss"] == "poisson" else "identity"
    elif len(classes) == 2:
        last = "step" if perceptron else "sigmoid"
    else:
        last = "step, each against the rest" if perceptron else "softmax"
    activation = settings["activation"]
    names = ", ".join(activation) if isinstance(activation, list) else activation
    functions = f"{names}, then {last}" if settings["hidden_layer_sizes"] else last
    shape = " → ".join(map(str, model.layer_sizes))
    zeros = f", {model.zero_count:,} of them 0" if settings["l1"] else ""
    return f"{shape} ({functions}; {model.parameter_count:,} parameters{zeros})"


# ---------------------------------------------------------------------------- settings


#: Settings in words, in the order in which they are told; {} is the value.
_WORDS = {
    "loss": "loss {}",
    "weights": "rows weighted by {!r}",
    "schedule": "schedule {}",
    "warm_up": "warm-up of {} epochs",
    "momentum": "momentum {:g}",
    "clip_norm": "gradients shortened to {:g}",
    "batch_size": "batches of {}",
    "class_weight": "class weights {}",
    "l1": "l1 {:g}",
    "l2": "l2 {:g}",
    "weight_decay": "weight decay {:g}",
    "dropout": "dropout {}",
    "input_dropout": "input dropout {:g}",
    "input_noise": "input noise {:g}",
    "max_norm": "max norm {:g}",
    "label_smoothing": "label smoothing {:g}",
    "initialization": "initialization {}",
    "monitor": "monitor {}",
    "validation_fraction": "held out {:g}",
    "patience": "patience {}",
    "min_change": "least change {:g}",
    "start_from_epoch": "watched after epoch {}",
}
#: These are told even where they are what is usual.
_ALWAYS = ("momentum", "batch_size", "l2", "weight_decay")


def _settings(model: Model) -> Iterator[str]:
    """Tell the solver and its rate, and of the other settings those that are not the usual."""
    origin = model.origin
    settings = origin.settings
    yield settings["solver"] or "the perceptron algorithm"
    if settings["learning_rate"] is not None:
        yield f"learning rate {settings['learning_rate']:.3g}{_found(origin.rate_test)}"
    chosen = {name: settings[name] for name in ("model", "solver", "early_stopping")}
    usual = TrainSettings(**chosen).settled(origin.task).to_dict()
    for name, words in _WORDS.items():
        value = settings[name]
        if (value and name in _ALWAYS) or (value != usual[name] and (value or usual[name])):
            yield words.format(_value(value))
    yield f"seed {settings['seed']}"


def _value(value: Any) -> Any:
    """Write what is one number, or a text, for each layer or class."""
    if isinstance(value, list):
        return " and ".join(f"{v:g}" for v in value)
    if isinstance(value, dict):
        return " and ".join(f"{name}={weight:g}" for name, weight in value.items())
    return value


def _found(rate_test: dict[str, Any]) -> str:
    return f" (found by a range test: {rate_test['reason']})" if rate_test else ""


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


# ---------------------------------------------------------------------------- course


def _course(model: Model, *, seconds: float | None) -> str:
    """Tell how long training took and which epoch was kept."""
    origin = model.origin
    solver = SOLVERS.get(origin.settings["solver"] or "")
    unit = "epoch" if solver is None or solver.steps else "iteration"
    # Of very many epochs not every one is kept.
    epochs = origin.history["epoch"][-1]
    everything = "" if seconds is None else f" ({duration(seconds)} in all)"
    took = f"in {duration(origin.seconds)}{everything}"
    told = f"{_counted(epochs, unit)} {took}"
    if origin.restarts:
        starts = _counted(len(origin.restarts["runs"]), "start")
        told = f"{starts} {took}; {_counted(epochs, unit)} of the best"
    kept = "the last"
    if origin.best_epoch != epochs:
        # Where it is the reason for the end, it is told there.
        why = "" if "held-out" in origin.stopped else ", best on held-out rows"
        kept = f"{unit} {origin.best_epoch}{why if origin.split['held_out_rows'] else ''}"
    told += f"; kept {kept}"
    if origin.settings["early_stopping"] and not origin.split["held_out_rows"]:
        told += "; no rows were held out, as there are too few"
    return told


def _mistakes(model: Model) -> str:
    """Tell how many rows the perceptron met on the wrong side, epoch by epoch."""
    counts = model.origin.history["mistakes"]
    if counts[-1] is None:
        return ""
    told = [str(count) for count in counts]
    if len(told) > _MOST_NUMBERS:
        half = _MOST_NUMBERS // 2
        told = [*told[:half], "…", *told[-half:]]
    end = "converged" if counts[-1] == 0 else "not converged"
    return f"{', '.join(told)}, epoch by epoch: {end}"


def _loss(model: Model) -> str:
    """Tell the loss of the epoch that was kept, and its parts where there is a penalty."""
    history = model.origin.history
    place = max(bisect_right(history["epoch"], model.origin.best_epoch) - 1, 0)
    loss, data, penalty, held_out = (
        history[name][place] for name in ("train_loss", "data_loss", "penalty", "validation_loss")
    )
    told = compact(loss)
    if penalty:
        told += f" = data {compact(data)} + penalty {compact(penalty)}"
    return told if held_out is None else f"{told}; held out {compact(held_out)}"


def _starts(model: Model) -> str:
    """Tell how far apart several starts ended; empty for a single one."""
    restarts = model.origin.restarts
    if not restarts:
        return ""
    runs = restarts["runs"]
    losses = np.array([run["final_loss"] for run in runs])
    which = "held-out loss" if runs[0]["validation_loss"] is not None else "loss"
    count = f"{len(runs)}"
    if len(runs) < restarts["asked"]:
        count += f" of {restarts['asked']} came to an end"
    apart = np.array(restarts["distances"])[np.triu_indices(len(runs), 1)]
    gaps = "" if not apart.size else f"; minima {_range(apart)} apart"
    use = f"kept start {restarts['best'] + 1}"
    if restarts["combine"] == "average":
        use = "predictions are the average of all"
    return (
        f"{count}: {which} {compact(losses.min())} (best) to {compact(losses.max())} (worst), "
        f"median {compact(float(np.median(losses)))}{gaps}; {use}"
    )


def _range(numbers: Any) -> str:
    low, high = compact(float(numbers.min())), compact(float(numbers.max()))
    return low if low == high else f"{low} to {high}"
