"""What was done since the start, short enough for an address: with the settings it is the state."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from chainrule.errors import InputError
from chainrule.playground.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from chainrule.network import Architecture

__all__ = [
    "MOST_ENTRIES",
    "UNITS",
    "Changed",
    "Entry",
    "Moved",
    "Ran",
    "appended",
    "read_journal",
    "settings_after",
    "write_journal",
]

Unit = Literal["epoch", "batch", "point"]
UNITS: dict[str, Unit] = {"e": "epoch", "b": "batch", "p": "point"}
"""The units of training by the letter the journal has for them."""

_LETTERS = {unit: letter for letter, unit in UNITS.items()}
_MOST = 1_000_000
MOST_ENTRIES = 2000
"""So many have room in an address."""


@dataclass(frozen=True)
class Ran:
    """So many epochs, mini-batches or single points were trained on."""

    unit: Unit
    count: int

    def __str__(self) -> str:
        return f"{_LETTERS[self.unit]}{self.count}"


@dataclass(frozen=True)
class Changed:
    """A setting of the training was changed, and the training went on from there."""

    name: str
    value: Any

    def __str__(self) -> str:
        return f"s.{self.name}.{SETTINGS[self.name].write(self.value)}"


@dataclass(frozen=True)
class Moved:
    """A weight was set by hand, or a bias.

    Attributes
    ----------
    layer : int
        Counted from 1.
    source : int or None
        The node it comes from, counted from 0; None for a bias.
    to : int
        The node it leads to.
    value : float
        What it was set to.
    """

    layer: int
    source: int | None
    to: int
    value: float

    def place_in(self, network: Architecture) -> int:
        """Return the weight's place in the vector of all of a network's parameters.

        Parameters
        ----------
        network : Architecture
            Which network.

        Returns
        -------
        int

        Raises
        ------
        InputError
            It has no such weight.
        """
        if not 1 <= self.layer < len(network.sizes):
            last = len(network.layers)
            raise InputError(f"there is no layer {self.layer}: they are 1 to {last}")
        layer = network.layers[self.layer - 1]
        source = 0 if self.source is None else self.source
        if not (0 <= source < layer.inputs and 0 <= self.to < layer.outputs):
            raise InputError(
                f"layer {self.layer} has {layer.inputs} × {layer.outputs} weights, and none from "
                f"node {source + 1} to node {self.to + 1}"
            )
        if self.source is None:
            return int(layer.bias.start) + self.to
        return int(layer.weights.start) + source * layer.outputs + self.to

    def __str__(self) -> str:
        source = "b" if self.source is None else self.source
        return f"w.{self.layer}.{source}.{self.to}.{self.value!r}"


Entry = Ran | Changed | Moved


def appended(journal: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """Return a journal with one entry more, together with the last one where they are of a kind.

    Parameters
    ----------
    journal : tuple of Entry
        What was done before.
    entry : Entry
        What was done now.

    Returns
    -------
    tuple of Entry

    Examples
    --------
    >>> write_journal(appended((Ran("epoch", 2),), Ran("epoch", 3)))
    'e5'
    """
    last = journal[-1] if journal else None
    if isinstance(last, Ran) and isinstance(entry, Ran) and last.unit == entry.unit:
        return (*journal[:-1], Ran(last.unit, last.count + entry.count))
    same = isinstance(last, Changed) and isinstance(entry, Changed) and last.name == entry.name
    if same or (
        isinstance(last, Moved) and isinstance(entry, Moved) and _place(last) == _place(entry)
    ):
        return (*journal[:-1], entry)
    return (*journal, entry)


def _place(moved: Moved) -> tuple[int, int | None, int]:
    return moved.layer, moved.source, moved.to


def write_journal(journal: Iterable[Entry]) -> str:
    """Write it as an address has it.

    Parameters
    ----------
    journal : iterable of Entry
        What was done.

    Returns
    -------
    str

    Examples
    --------
    >>> write_journal([Ran("epoch", 120), Changed("learning_rate", 0.01), Moved(1, None, 2, -0.5)])
    'e120~s.learning_rate.0.01~w.1.b.2.-0.5'
    """
    return "~".join(map(str, journal))


def read_journal(text: str) -> tuple[Entry, ...]:
    """Read what :func:`write_journal` wrote.

    Parameters
    ----------
    text : str
        From an address.

    Returns
    -------
    tuple of Entry

    Raises
    ------
    InputError
        It is no journal, or too long.

    Examples
    --------
    >>> read_journal("e3~b1")
    (Ran(unit='epoch', count=3), Ran(unit='batch', count=1))
    """
    parts = text.split("~") if text else []
    if len(parts) > MOST_ENTRIES:
        raise InputError(f"the address tells of more than {MOST_ENTRIES:,} things done")
    return tuple(_entry(part) for part in parts)


def _entry(part: str) -> Entry:
    try:
        entry = _parsed(part)
    except (ValueError, KeyError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"the address tells of {part!r:.60}, which is nothing one can do"
        ) from error
    return entry


def _parsed(part: str) -> Entry:
    if part[0] in UNITS:
        count = int(part[1:])
        if not 1 <= count <= _MOST:
            raise ValueError(part)
        return Ran(UNITS[part[0]], count)
    kind, _, rest = part.partition(".")
    if kind == "s":
        name, _, told = rest.partition(".")
        if SETTINGS[name].effect != "training":
            raise ValueError(part)
        return Changed(name, SETTINGS[name].read(told))
    if kind != "w":
        raise ValueError(part)
    layer, source, to, number = rest.split(".", 3)
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(part)
    return Moved(int(layer), None if source == "b" else int(source), int(to), value)


def settings_after(settings: Settings, journal: Iterable[Entry]) -> Settings:
    """Return the settings at the end of a journal.

    Parameters
    ----------
    settings : Settings
        At its beginning.
    journal : iterable of Entry
        What was done.

    Returns
    -------
    Settings
    """
    for entry in journal:
        if isinstance(entry, Changed):
            settings = settings.changed(entry.name, entry.value)
    return settings
