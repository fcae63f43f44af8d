"""How to make a model again: the command, and the Python that does the same."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.workflow.settings import TrainSettings

if TYPE_CHECKING:
    from chainrule.workflow.model import Origin

__all__ = ["FLAGS", "command_line", "python_code", "settings_of"]

#: How the command line calls the settings.
FLAGS = {
    **{field.name: f"--{field.name.replace('_', '-')}" for field in fields(TrainSettings)},
    "batch_size": "--batch",
    "hidden_layer_sizes": "--layers",
    "kinds": "--kind",
    "validation_fraction": "--held-out",
}
_INTERRUPTED = re.compile(r"by Ctrl-C after (\d+) epochs")


def settings_of(origin: Origin) -> TrainSettings:
    """Return the settings that give the same model again.

    Parameters
    ----------
    origin : Origin
        How the model was made.

    Returns
    -------
    TrainSettings
        With all that was filled in. A learning rate that was found is given as a number, and a
        training that was interrupted has as many epochs as it came to.
    """
    plain = dict(origin.settings)
    for name in ("drop", "hidden_layer_sizes", "activation", "dropout"):
        if isinstance(plain[name], list):
            plain[name] = tuple(plain[name])
    for name in ("activation", "dropout"):
        if isinstance(plain[name], tuple) and len(plain[name]) == 1:
            plain[name] = plain[name][0]
    stopped = _INTERRUPTED.match(origin.stopped)
    if stopped:
        plain["epochs"] = max(1, int(stopped[1]))
    return TrainSettings(**plain)


def command_line(origin: Origin, data: str, *, test: str | None = None) -> str:
    """Return the command that trains the same model.

    Parameters
    ----------
    origin : Origin
        How the model was made.
    data : str
        The table, as a person would name it: a path, or an example's name.
    test : str, optional
        The table it was tested on, if that was another.

    Returns
    -------
    str
        In one line, quoted for a shell; with the options that differ from what is taken where
        nothing is said. What was made in the playground is found there again.

    Raises
    ------
    InputError
        A class's name has a comma or an equals sign in it, so that the command line cannot give it
        a weight.

    Examples
    --------
    >>> from chainrule.tables import load_example
    >>> from chainrule.workflow import train
    >>> settings = TrainSettings(hidden_layer_sizes=(8, 4), epochs=2, drop=("sepal_width_cm",))
    >>> training = train(load_example("iris"), settings)
    >>> command_line(training.model.origin, "iris")
    'chainrule train iris --drop sepal_width_cm --layers 8,4 --epochs 2'
    """
    file = f"./{data}" if data.startswith("-") else data
    if "address" in origin.data:
        own = not _is_example(data)
        return shlex.join(["chainrule", "playground", file if own else origin.data["address"]])
    words = ["chainrule", "train", file]
    if test is not None:
        words += _option("--test", test)
    for name, value in _asked(origin, data).items():
        words += _options(name, value)
    return " ".join(map(shlex.quote, words))


def python_code(origin: Origin, data: str, *, test: str | None = None) -> str:
    """Return a Python script that trains the same model.

    It reads, splits, encodes, holds out and fits in steps that a user of scikit-learn knows, and
    takes the same rows and random numbers: on the same machine, with the same versions, its model
    predicts exactly the same.

    Parameters
    ----------
    origin, data, test
        As for :func:`command_line`.

    Returns
    -------
    str
        With ``pipeline``, which takes new rows, at its end; empty for what was made in the
        playground, which writes its own.

    Examples
    --------
    >>> from chainrule.tables import load_example
    >>> from chainrule.workflow import train
    >>> training = train(load_example("iris"), TrainSettings(epochs=2))
    >>> code = python_code(training.model.origin, "iris")
    >>> print(code[code.index("table =") :].splitlines()[0])
    table = load_example("iris").frame
    """
    from chainrule.workflow._script import script

    if "address" in origin.data:
        return ""
    return script(origin, settings_of(origin), data, test=test, example=_is_example(data))


def _is_example(data: str) -> bool:
    return _example_target(data) is not None


def _example_target(data: str) -> str | None:
    from chainrule.tables import examples

    return next((e.target for e in examples() if e.name == data), None)


# ---------------------------------------------------------------------------- what to say


def _asked(origin: Origin, data: str) -> dict[str, Any]:
    """Return the settings that have to be said: without them the others would not be the same."""
    full = settings_of(origin)
    full = dataclasses.replace(full, batch_size=_batch_size(origin, full))
    beginning = TrainSettings()
    names = [field.name for field in fields(TrainSettings)]
    given = {n: getattr(full, n) for n in names if getattr(full, n) != getattr(beginning, n)}
    # Whether it stops early follows from how: it is what to say if one of both has to be said.
    for name in sorted(names, key=lambda name: name == "early_stopping"):
        if name in given and _is_implied(name, given, full):
            del given[name]
    usual = _example_target(data)
    given["target"] = origin.target
    if usual == origin.target:
        del given["target"]
    # Texts are classes, and examples have a usual target; of numbers only the values tell.
    words = [name for name in origin.classes or () if isinstance(name, str)]
    if usual == origin.target or words or origin.task == _task_of_loss(given):
        given.pop("task", None)
    return {name: given[name] for name in names if name in given}


def _is_implied(name: str, given: dict[str, Any], full: TrainSettings) -> bool:
    if name == "task":
        return False
    rest = {other: value for other, value in given.items() if other != name}
    try:
        return TrainSettings(**rest).settled(str(full.task)) == full
    except InputError:
        return False


def _task_of_loss(given: Mapping[str, Any]) -> str | None:
    return "regression" if given.get("loss") is not None else None


def _batch_size(origin: Origin, settings: TrainSettings) -> int | None:
    """Return the size of a mini-batch if it is not the one that the number of rows gives."""
    from chainrule.workflow.estimator import batch_size_for

    rows = origin.split["train_rows"] - origin.split["held_out_rows"]
    usual = min(batch_size_for(rows), rows)
    return None if settings.batch_size == usual else settings.batch_size


# ---------------------------------------------------------------------------- in words


def _options(name: str, value: Any) -> Iterator[str]:
    flag = FLAGS[name]
    if name == "early_stopping":
        yield flag if value else "--no-early-stopping"
    elif name == "kinds":
        for column, kind in value.items():
            yield from _option(flag, f"{column}={kind}")
    elif name == "drop":
        for column in value:
            yield from _option(flag, column)
    elif name == "class_weight" and isinstance(value, Mapping):
        yield from _option(flag, ",".join(_class_weights(value)))
    elif isinstance(value, tuple):
        yield from _option(flag, ",".join(map(str, value)) or "none")
    else:
        yield from _option(flag, str(value))


def _class_weights(weights: Mapping[str, float]) -> Iterator[str]:
    for name, weight in weights.items():
        if "," in name or name != name.strip():
            raise InputError(
                f"class {name!r} cannot be named in --class-weight, which takes it apart at commas "
                "and spaces: give the weights in Python"
            )
        yield f"{name}={weight!r}"


def _option(flag: str, value: str) -> list[str]:
    # What begins with a dash would be taken for an option itself.
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]
