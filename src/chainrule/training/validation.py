"""How a network does on held-out rows, for whatever trains it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chainrule.mathematics.arrays import Array

__all__ = ["Validation", "follow"]


class Validation(NamedTuple):
    """How the network does on the held-out rows."""

    loss: float
    score: float


def follow(
    validate: Callable[[Array], Validation] | None, parameters: Array
) -> tuple[float | None, float | None]:
    """Return the loss and the score of the held-out rows, None where none are followed."""
    return (None, None) if validate is None else validate(parameters)
