"""How a model is told in words: its shape, its settings, its course, what is wrong with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.cli.terminal import compact, duration
from chainrule.cli.train_options import FLAGS
from chainrule.workflow.choices import MODELS, SOLVERS
from chainrule.workflow.estimator import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chainrule.workflow import Model

__all__ = [
    "course_words",
    "finding_words",
    "loss_words",
    "restart_words",
    "settings_words",
    "shape_words",
    "title",
]


def title(model: Model) -> str:
    """Name the kind of model: "network", "logistic regression", …."""
    return MODELS[model.origin.settings["model"]].title


def shape_words(model: Model) -> str:
    """Tell the network's shape, such as "10 → 128 → 64 → 3"."""
    settings, classes = model.origin.settings, model.origin.classes
    last = "identity" if classes is None else "sigmoid" if len(classes) == 2 else "softmax"
    if settings["model"] == "perceptron":
        last = (
            "step" if classes is not None and len(classes) == 2 else "step, each against the rest"
        )
    activation = settings["activation"]
    names = ", ".join(activation) if isinstance(activation, list) else activation
    functions = f"{names}, then {last}" if settings["hidden_layer_sizes"] else last
    shape = " → ".join(map(str, model.layer_sizes))
    return f"{shape}  ({functions}; {model.parameter_count:,} parameters)"


# ---------------------------------------------------------------------------- settings


def settings_words(model: Model) -> str:
    """Tell how it was trained: the solver, and everything that is not switched off."""
    return ", ".join(_settings(model))


def _settings(model: Model) -> Iterator[str]:
    origin = model.origin
    settings = origin.settings
    yield settings["solver"] or "the perceptron algorithm"
    if settings["learning_rate"] is not None:
        yield f"learning rate {settings['learning_rate']:.3g}{_found(origin.rate_test)}"
    if settings["schedule"] not in (None, "constant"):
        yield f"schedule {settings['schedule']}"
    if settings["warm_up"]:
        yield f"warm-up of {_counted(settings['warm_up'], 'epoch')}"
    for name in ("momentum", "clip_norm", "batch_size"):
        if settings[name] is not None:
            yield f"{name.replace('_', ' ').replace('batch size', 'batches of')} {settings[name]:g}"
    if settings["class_weight"]:
        yield f"{settings['class_weight']} classes"
    for name in ("l1", "l2", "weight_decay", "input_dropout", "input_noise", "max_norm"):
        if settings[name]:
            yield f"{name.replace('_', ' ')} {settings[name]:g}"
    if settings["label_smoothing"]:
        yield f"label smoothing {settings['label_smoothing']:g}"
    dropout = settings["dropout"]
    if dropout:
        rates = dropout if isinstance(dropout, list) else [dropout]
        yield f"dropout {', '.join(f'{rate:g}' for rate in rates)}"
    if settings["initialization"] not in (None, "glorot"):
        yield f"initialization {settings['initialization']}"
    yield f"seed {settings['seed']}"


def _found(rate_test: dict[str, Any]) -> str:
    return f" (found by a range test: {rate_test['reason']})" if rate_test else ""


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


# ---------------------------------------------------------------------------- course


def course_words(model: Model, *, seconds: float | None = None) -> str:
    """Tell how long training took, which epoch was kept, and why it ended.

    Parameters
    ----------
    model : Model
        The trained model.
    seconds : float, optional
        How long everything took.

    Returns
    -------
    str
        A sentence or two, without a full stop.
    """
    origin = model.origin
    solver = SOLVERS.get(origin.settings["solver"] or "")
    unit = "epoch" if solver is None or solver.steps else "iteration"
    epochs = len(origin.history["epoch"])
    everything = "" if seconds is None else f" ({duration(seconds)} with everything)"
    kept = "kept the last"
    if origin.best_epoch < epochs:
        kept = f"kept {unit} {origin.best_epoch}"
    told = (
        f"{_counted(epochs, unit)} in {duration(origin.seconds)}{everything}; {kept}; "
        f"stopped: {origin.stopped}"
    )
    if origin.settings["early_stopping"] and not origin.split["held_out_rows"]:
        told += "; no rows were held out, as there are too few"
    return told


def loss_words(model: Model) -> str:
    """Tell the loss of the epoch that was kept, and its parts where there is a penalty."""
    history = model.origin.history
    place = max(model.origin.best_epoch - 1, 0)
    loss, data, penalty, held_out = (
        history[name][place] for name in ("train_loss", "data_loss", "penalty", "validation_loss")
    )
    told = f"loss {compact(loss)}"
    if penalty:
        told += f" = {compact(data)} of the data + {compact(penalty)} of the penalty"
    return told if held_out is None else f"{told}; held out {compact(held_out)}"


def restart_words(model: Model) -> str:
    """Tell how far apart several starts ended; empty for a single one."""
    restarts = model.origin.restarts
    if not restarts:
        return ""
    runs = restarts["runs"]
    losses = np.array([run["final_loss"] for run in runs])
    which = "held-out loss" if runs[0]["validation_loss"] is not None else "loss"
    count = f"{len(runs)} starts"
    if len(runs) < restarts["asked"]:
        count = f"{len(runs)} of {restarts['asked']} starts came to an end"
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


# ---------------------------------------------------------------------------- diagnosis

#: Parameters of the estimators, as the command line calls them.
_OPTIONS = {parameter: FLAGS[name] for name, parameter in PARAMETERS.items()}
_OPTIONS["early_stopping"] = FLAGS["early_stopping"]
_VALUE = r"\([^()]*\)|'[^']*'|[+-]?\d[\w.+-]*\w|\w+"
#: What only Python can do, and what comes nearest to it here.
_PHRASES = (
    (re.compile(r"\bMLP(?:Classifier|Regressor)\(([^()]*)\)"), r"--model network \1"),
    (re.compile(r", or validation_data with more rows"), ""),
    (re.compile(r"\bvalidation_data with more rows"), "a larger --held-out"),
)
_PARAMETER = re.compile(rf"\b({'|'.join(_OPTIONS)})=({_VALUE})")


def finding_words(finding: dict[str, Any]) -> str:
    """Tell a finding of the diagnosis in the terms of the command line.

    Parameters
    ----------
    finding : dict
        From :meth:`chainrule.explain.Finding.to_dict`.

    Returns
    -------
    str
        After its code: what it is, the evidence, what to try, and the page about it.

    Examples
    --------
    >>> finding_words(
    ...     {"title": "Slow", "evidence": "It reached max_iter=200.", "page": "docs/CR1.md",
    ...      "advice": "learning_rate_init=0.01 (now 0.001)."}
    ... )
    'Slow: It reached --epochs 200. Try: --learning-rate 0.01 (now 0.001). docs/CR1.md'
    """
    told = f"{finding['title']}: {finding['evidence']} Try: {finding['advice']} {finding['page']}"
    told = _PARAMETER.sub(lambda match: _as_option(match[1], match[2]), told)
    for in_python, here in _PHRASES:
        told = in_python.sub(here, told)
    return told


def _as_option(parameter: str, value: str) -> str:
    option = _OPTIONS[parameter]
    if value == "True":
        return option
    if value == "False":
        return option.replace("--", "--no-", 1)
    parts = [part.strip(" '") for part in value.strip("()").split(",")]
    return f"{option} {','.join(part for part in parts if part)}"
