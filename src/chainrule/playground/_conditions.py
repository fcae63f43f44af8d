"""When a setting applies: conditions on what is set, and on what is known of the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.playground._setting import Facts

__all__ = ["Applies", "has_hidden_layers", "is_network", "known", "optimized_by", "set_to"]

Applies = Callable[[Any, Facts], bool]


def set_to(condition: Callable[[Any], bool]) -> Applies:
    """Make a setting apply by what is set."""
    return lambda settings, _: condition(settings)


def known(condition: Callable[[Facts], bool]) -> Applies:
    """Make a setting apply by what the data are."""
    return lambda _, facts: condition(facts)


def is_network(settings: Any, facts: Facts) -> bool:
    """Return whether it is a network, and no perceptron."""
    del facts
    return bool(settings.model == "network")


def has_hidden_layers(settings: Any, facts: Facts) -> bool:
    """Return whether it is a network with hidden layers."""
    return is_network(settings, facts) and bool(settings.layers)


def optimized_by(*names: str) -> Applies:
    """Make a setting apply to some optimizers."""
    return lambda settings, facts: is_network(settings, facts) and settings.optimizer in names
