"""Where in the playground a model of the command line is found: settings, and every weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.playground.journal import MOST_ENTRIES, Moved, write_journal
from chainrule.playground.settings import MADE_UP, OWN, SETTINGS, Settings, write_address
from chainrule.workflow.model import network_of

if TYPE_CHECKING:
    from chainrule.playground.data import DataSet
    from chainrule.workflow import Model

__all__ = ["address_of_model", "settings_of_model"]

# What is called the same there and here, and may be told as it is.
_SAME = ("initialization", "momentum", "weight_decay", "batch_size", "l1", "l2", "patience")
_WHOLE = 1e-6


def settings_of_model(model: Model, *, example: bool) -> Settings:
    """Return the settings under which the playground has a model's rows, inputs and layers.

    Parameters
    ----------
    model : Model
        That ``chainrule train`` has made.
    example : bool
        Whether it was trained with an example.

    Returns
    -------
    Settings

    Raises
    ------
    InputError
        The playground has nothing like it, in a sentence.
    """
    origin = model.origin
    told = origin.settings
    share = 100 * (1 - told["test_fraction"])
    reasons = {
        "groups": told["groups"] is not None,
        "row weights": told["weights"] is not None,
        "a test table of its own": "test_table" in origin.split,
        "--kind": bool(told["kinds"]),
        "several starts that are averaged": told["combine"] == "average",
        "a part for testing that is no whole percentage": abs(share - round(share)) > _WHOLE,
    }
    for reason, holds in reasons.items():
        if holds:
            raise InputError(f"the model was trained with {reason}, which the playground has not")
    given: dict[str, Any] = {
        "data": origin.name if example else OWN,
        "target": "" if example else origin.target,
        "train_share": round(share),
        "points": origin.data["rows"],
        "data_seed": told["seed"],
        "seed": told["seed"],
        "model": "perceptron" if told["model"] == "perceptron" else "network",
        "layers": told["hidden_layer_sizes"] or (),
        **_columns(model),
        **_of_training(told),
    }
    if given["data"] not in MADE_UP:
        del given["points"]
    elif told["seed"]:
        raise InputError(
            f"the model was trained with the seed {told['seed']}, from which the playground draws "
            "other points: train it with --seed 0"
        )
    try:
        return Settings(given)
    except InputError as error:
        raise InputError(f"the playground cannot show this model: {error}") from error


def _columns(model: Model) -> dict[str, Any]:
    """Choose between all columns and two of them, as those that were dropped allow."""
    if not model.origin.settings["drop"]:
        return {"columns": "all"}
    if len(model.columns) > 2:
        raise InputError(
            "the model was trained without some of the columns, and the playground takes all of "
            "them, two, or one"
        )
    across, up = (*model.columns, model.origin.target)[:2]
    return {"columns": "axes", "x_axis": across, "y_axis": up}


def _of_training(told: dict[str, Any]) -> dict[str, Any]:
    """Return what may be gone on with; what the playground has not stays as it begins there."""
    activation = told["activation"]
    layers = len(told["hidden_layer_sizes"] or ())
    if isinstance(activation, str):
        activation = [activation] * layers
    given = {
        "activations": activation,
        "error": told["loss"],
        "optimizer": told["solver"],
        "learning_rate": told["learning_rate"],
        "decay": told["schedule"],
        "dropout": told["dropout"],
        **{name: told[name] for name in _SAME},
    }
    known = {}
    for name, value in given.items():
        shapes = name in ("activations", "error")
        if value is not None and (shapes or _can_be(name, value)):
            known[name] = value
    return known


def _can_be(name: str, value: Any) -> bool:
    try:
        SETTINGS[name].check(value)
    except InputError:
        return False
    return True


def address_of_model(model: Model, settings: Settings, data: DataSet) -> str:
    """Write the address at which the playground shows a model, with every weight as it is.

    Parameters
    ----------
    model : Model
        That ``chainrule train`` has made.
    settings : Settings
        Of :func:`settings_of_model`.
    data : DataSet
        Made by them.

    Returns
    -------
    str

    Raises
    ------
    InputError
        Its inputs are others, or it has too many weights for an address.
    """
    network = network_of(model.pipeline)
    weights, biases = [*map(np.asarray, network.coefs_)], [*map(np.asarray, network.intercepts_)]
    if len(weights[0]) != data.x_train.shape[1]:
        raise InputError(
            f"the model takes {len(weights[0])} inputs, and in the playground the table makes "
            f"{data.x_train.shape[1]} of its columns"
        )
    if data.scaling is not None:
        theirs = model.pipeline.named_steps["network"].transformer_
        weights[-1], biases[-1] = _rescaled(weights[-1], biases[-1], theirs, data.scaling)
    entries = [
        # The fewest digits that are this number in single precision.
        Moved(layer, source, to, float(str(np.float32(value))))
        for layer, (matrix, bias) in enumerate(zip(weights, biases, strict=True), start=1)
        for source, row in [*enumerate(matrix), (None, bias)]
        for to, value in enumerate(row)
    ]
    if len(entries) > MOST_ENTRIES:
        raise InputError(
            f"the model has {len(entries):,} weights and biases, and the playground takes those of "
            f"up to {MOST_ENTRIES:,}: train one with fewer nodes, such as --layers 8,4"
        )
    return write_address(settings, write_journal(entries))


def _rescaled(weights: Any, bias: Any, theirs: Any, ours: Any) -> tuple[Any, Any]:
    """Return the last layer so that it says the same numbers on another scale of the target."""
    if hasattr(ours, "scale_"):
        ratio = theirs.scale_ / ours.scale_
        return weights * ratio, bias * ratio + (theirs.mean_ - ours.mean_) / ours.scale_
    # What comes out are exponentials, and their logarithms take a factor as a summand.
    return weights, bias + np.log(theirs.mean_ / ours.mean_)
