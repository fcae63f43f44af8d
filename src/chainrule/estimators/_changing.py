"""What may be changed in a training on the way, and the fit that goes on with it."""

from __future__ import annotations

import copy
from collections.abc import Set
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from chainrule.errors import InputError
from chainrule.estimators._base import BaseNetwork
from chainrule.estimators._fitting import Outcome
from chainrule.estimators._held_open import HeldOpen
from chainrule.estimators._warnings import warn_caller
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import Data

__all__ = ["QUIET", "changed_fit", "checked_weights", "copy_to_train", "different", "take_over"]

# What says which rows there are, what is made of them, and which weights are first.
_SETTLED = (
    "class_weight",
    "combine",
    "initialization",
    "loss",
    "monitor",
    "random_state",
    "restarts",
    "validation_fraction",
    "validation_splitter",
    "warm_start",
)


def different(now: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Return those parameters that are not as they are now.

    Raises
    ------
    InputError
        There is no such parameter, or it cannot be changed on the way.
    """
    other = {}
    for name, value in parameters.items():
        if name not in now:
            known = ", ".join(sorted(now.keys() - {*_SETTLED}))
            raise InputError(f"there is no parameter {name!r} to change; there are {known}")
        if value is now[name] or np.array_equal(value, now[name]):
            continue
        if name in _SETTLED:
            raise InputError(
                f"{name} says what a training begins with and cannot be changed on the way: begin "
                "another one"
            )
        other[name] = value
    return other


def changed_fit(before: HeldOpen, data: Data, parameters: dict[str, Any]) -> HeldOpen:
    """Return a fit with other parameters that stands where another one does, which stays as it is.

    Raises
    ------
    InputError
        The network would have another shape, or there are no held-out rows to stop by.
    """
    model = copy.copy(before.estimator)
    _check(model.set_params(**parameters))
    sizes = before.network.sizes
    network = model._make_network(sizes[0])
    if network.sizes != sizes:
        raise InputError(
            f"the network has layers of {sizes} nodes; {network.sizes} would be another one: begin "
            "another training"
        )
    options = model._options()
    if options.early_stopping and before.validation is None:
        raise InputError(
            "early_stopping needs held-out rows, which this training was begun without: begin it "
            "with early_stopping=True or with validation_data"
        )
    settings: dict[str, Any] = {"seed": before.seed, "limited": before.limited}
    fitting = HeldOpen(model, network, before.random, options, outcome=QUIET, **settings)
    fitting.go_on_from(before, data)
    return fitting


def take_over(fitting: HeldOpen, before: HeldOpen, changed: Set[str]) -> None:
    """Have a changed fit go on as another one would, but for what the changed parameters say."""
    state, options = before.loop.save(), fitting.options
    if options.solver != before.options.solver:
        state = state.afresh()
    if changed & {"learning_rate", "learning_rate_init"}:
        state = state._replace(learning_rate=options.learning_rate_init)
    fitting.loop.restore(state)
    if not (options.early_stopping and before.options.early_stopping):
        fitting.watch_anew()
    elif before.reason:
        fitting.be_patient_again()


def checked_weights(vector: Any, network: Architecture, dtype: np.dtype[Any]) -> Array:
    """Return weights and biases that were set by hand, if they are such."""
    given, count = np.asarray(vector), network.parameter_count
    if given.shape != (count,) or given.dtype.kind not in "biuf":
        raise InputError(
            f"this network has {count} weights and biases; got {given.dtype} of shape {given.shape}"
        )
    if not (np.abs(given) <= np.finfo(dtype).max).all():
        raise InputError("one of these weights and biases is no finite number")
    return given


def _warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, but not of the end, which ``stopped`` tells of."""
    if category is not ConvergenceWarning:
        warn_caller(message, category)


def copy_to_train(estimator: Any) -> Any:
    """Return an unfitted copy of an estimator that can be trained step by step."""
    if not isinstance(estimator, BaseNetwork):
        raise InputError(
            "a training is held open for this package's estimators, such as MLPClassifier(); got "
            f"{estimator!r}"
        )
    model = clone(estimator)
    vars(model).pop("_skl_callbacks", None)
    _check(model)
    return model


def _check(model: Any) -> None:
    """Refuse what does not go step by step, or is more than one training."""
    model._validate_params()
    options = model._options()
    if not options.steps:
        raise InputError(
            f"solver={options.solver!r} does not go step by step and so cannot be held open; "
            "choose another, such as 'adam' or 'gd'"
        )
    if options.restarts > 1:
        raise InputError(
            f"restarts={options.restarts} are as many trainings; hold each of them open by itself, "
            "with restarts=1 and a random_state of its own"
        )


QUIET = Outcome(_warn)
"""What a training held open has to say reaches the world by ``stopped``."""
