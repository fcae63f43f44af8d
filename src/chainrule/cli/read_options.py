"""How options of several parts are read from what was typed."""

from __future__ import annotations

from typing import Any

from chainrule.errors import InputError

__all__ = ["read_class_weight", "read_kinds", "read_layers", "read_one_or_each", "read_rate"]


def read_kinds(pairs: list[str] | None) -> dict[str, str] | None:
    """Read what columns hold: ``zip=category``."""
    if not pairs:
        return None
    kinds = {}
    for pair in pairs:
        # The last sign of equality: a column's name may hold one, a kind does not.
        name, sign, kind = pair.rpartition("=")
        if not (name and sign and kind):
            raise InputError(f"--kind is written COLUMN=KIND, such as zip=category, not {pair!r}")
        kinds[name] = kind
    return kinds


def read_class_weight(text: str | None) -> str | dict[str, float] | None:
    """Read how much the rows of each class count: ``balanced`` or ``yes=5,no=1``."""
    if text is None or "=" not in text:
        return text
    weights = {}
    for part in text.split(","):
        name, _, weight = part.rpartition("=")
        try:
            weights[name.strip()] = float(weight)
        except ValueError:
            raise InputError(
                f"--class-weight takes balanced, or a number for each class such as yes=5,no=1, "
                f"not {text!r}"
            ) from None
    return weights


def read_layers(text: str | None) -> tuple[int, ...] | None:
    """Read the sizes of the hidden layers: ``128,64`` or ``none``."""
    if text is None:
        return None
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--layers takes the sizes of the hidden layers, such as 128,64, or none, not {text!r}"
        ) from None


def read_one_or_each(text: str | None, name: str, convert: type) -> Any:
    """Read one value, or one for each hidden layer: ``0.2`` or ``0.2,0.1``."""
    if text is None:
        return None
    try:
        parts = tuple(convert(part.strip()) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--{name} takes one number, or one for each hidden layer such as 0.2,0.1, not {text!r}"
        ) from None
    return parts[0] if len(parts) == 1 else parts


def read_rate(text: str | None) -> float | str | None:
    """Read a learning rate, or the word that stands in its place."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text.strip().lower() if text else text
