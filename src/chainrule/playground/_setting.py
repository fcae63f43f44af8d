"""One setting of the playground: what it may be, how it is written, and what its control is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from chainrule.errors import InputError
from chainrule.tables.names import did_you_mean

__all__ = [
    "Choice",
    "Choices",
    "Effect",
    "Facts",
    "Integer",
    "Layers",
    "Number",
    "PerLayer",
    "Setting",
    "SettingValueError",
    "Switch",
    "Text",
]

Effect = Literal["data", "network", "training", "view"]
_LONGEST_TEXT = 300


class SettingValueError(InputError):
    """A value that a setting cannot have.

    Attributes
    ----------
    about : str
        The setting's name, so that the sentence can stand at its control.
    """

    def __init__(self, about: str, sentence: str) -> None:
        super().__init__(sentence)
        self.about = about


@dataclass(frozen=True)
class Facts:
    """What is known of the data, on which it depends which settings apply.

    Attributes
    ----------
    classifies : bool
        Whether a class is predicted, and not a number.
    own : bool
        Whether it is a table of one's own.
    columns : int
        How many columns the network can be given.
    axes : int
        How many of them can be an axis of the plane.
    curve : bool
        Whether it is given only what is across, and what is predicted stands up.
    image : bool
        Whether the inputs are pixels.
    """

    classifies: bool = True
    own: bool = False
    columns: int = 2
    axes: int = 2
    curve: bool = False
    image: bool = False


def _always(settings: Any, facts: Facts) -> bool:
    del settings, facts
    return True


@dataclass(frozen=True, kw_only=True)
class Setting(ABC):
    """A setting: a row of the table that makes controls, addresses and checks.

    Attributes
    ----------
    name, label : str
        As the address and as the page calls it.
    group : str
        Which group of controls it is in.
    effect : {"data", "network", "training", "view"}
        What a change does: new data and a new start; a new start; the training goes on with it;
        nothing but what one sees.
    default : object
        Its first value.
    help : str
        One sentence.
    applies : callable
        Settings and :class:`Facts` to whether the control makes sense at present.
    """

    kind: ClassVar[str]
    name: str
    label: str
    group: str
    effect: Effect
    default: Any
    help: str
    applies: Callable[[Any, Facts], bool] = _always

    @abstractmethod
    def check(self, value: Any) -> Any:
        """Return a value as it is kept; refuse what cannot be.

        Raises
        ------
        SettingValueError
            In one sentence.
        """

    def read(self, text: str) -> Any:
        """Return the value that an address gives; refuse what cannot be."""
        return self.check(text)

    def write(self, value: Any) -> str:
        """Return a value as an address has it."""
        return str(value)

    def control(self) -> dict[str, Any]:
        """Return all that the page needs for its control, as plain data."""
        return {
            "name": self.name,
            "label": self.label,
            "group": self.group,
            "kind": self.kind,
            "effect": self.effect,
            "default": self.default,
            "help": self.help,
            "choices": None,
            "low": None,
            "high": None,
            "step": None,
            "scale": None,
            "unit": "",
        }

    def refuse(self, sentence: str) -> SettingValueError:
        """Return the error that says why a value cannot be."""
        return SettingValueError(self.name, f"{self.label}: {sentence}")

    def _one_of(self, value: Any, choices: tuple[tuple[str, str], ...]) -> str:
        names = [name for name, _ in choices]
        if not isinstance(value, str) or value not in names:
            near = did_you_mean(value, names) if isinstance(value, str) else ""
            listed = "" if near else f"; it is one of {', '.join(names)}"
            raise self.refuse(f"there is no {_shortened(value)}{near}{listed}")
        return value


def _shortened(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 40 else f"{told[:39]}…"


@dataclass(frozen=True, kw_only=True)
class Choice(Setting):
    """One of several values, each with what it is called."""

    kind: ClassVar[str] = "choice"
    choices: tuple[tuple[str, str], ...]

    def check(self, value: Any) -> str:
        """Return one of the names."""
        return self._one_of(value, self.choices)

    def control(self) -> dict[str, Any]:
        """Return the control with its choices."""
        return {**super().control(), "choices": [list(pair) for pair in self.choices]}


@dataclass(frozen=True, kw_only=True)
class Choices(Choice):
    """Any of several values, at least one, in the table's order."""

    kind: ClassVar[str] = "list"

    def check(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        """Return those of the names that are chosen."""
        if isinstance(value, str):
            value = [part for part in value.split(",") if part]
        if not isinstance(value, list | tuple) or not value:
            raise self.refuse("choose at least one")
        chosen = {self._one_of(name, self.choices) for name in value}
        return tuple(name for name, _ in self.choices if name in chosen)

    def write(self, value: Any) -> str:
        """Return them with commas between."""
        return ",".join(value)


@dataclass(frozen=True, kw_only=True)
class Number(Setting):
    """A number within limits.

    Attributes
    ----------
    low, high : float
        Both allowed.
    step : float or None
        Of the slider; None for a scale by factors.
    scale : {"linear", "log"}
        Of the slider; on a logarithmic one 0 is its left end, where it is allowed.
    unit : str
        What is written behind it.
    """

    kind: ClassVar[str] = "number"
    low: float
    high: float
    step: float | None = None
    scale: Literal["linear", "log"] = "linear"
    unit: str = ""

    def check(self, value: Any) -> float:
        """Return a number within the limits."""
        number = self._number(value)
        if not self.low <= number <= self.high:
            raise self.refuse(f"{number:g} is not between {self.low:g} and {self.high:g}")
        return number

    def _number(self, value: Any) -> float:
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise self.refuse(f"{_shortened(value)} is no number")
        return number

    def write(self, value: Any) -> str:
        """Return it with all the digits it has, and no more."""
        return repr(value).removesuffix(".0")

    def control(self) -> dict[str, Any]:
        """Return the control with its limits."""
        limits = {"low": self.low, "high": self.high, "step": self.step}
        return {**super().control(), **limits, "scale": self.scale, "unit": self.unit}


@dataclass(frozen=True, kw_only=True)
class Integer(Number):
    """A whole number within limits."""

    kind: ClassVar[str] = "integer"
    step: float | None = 1

    def check(self, value: Any) -> int:
        """Return a whole number within the limits."""
        number = super().check(value)
        if number != int(number):
            raise self.refuse(f"{number:g} is no whole number")
        return int(number)


@dataclass(frozen=True, kw_only=True)
class Switch(Setting):
    """On or off."""

    kind: ClassVar[str] = "switch"

    def check(self, value: Any) -> bool:
        """Return whether it is on."""
        if not isinstance(value, bool):
            raise self.refuse(f"{_shortened(value)} is neither true nor false")
        return value

    def read(self, text: str) -> bool:
        """Return whether it is 1, and not 0."""
        if text not in ("0", "1"):
            raise self.refuse(f"{_shortened(text)} is neither 0 nor 1")
        return text == "1"

    def write(self, value: Any) -> str:
        """Return 1 or 0."""
        return "1" if value else "0"


@dataclass(frozen=True, kw_only=True)
class Text(Setting):
    """A name, such as a column's, or nothing; what names there are depends on the data."""

    kind: ClassVar[str] = "text"

    def check(self, value: Any) -> str:
        """Return the text, if it is not too long."""
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise self.refuse(f"{_shortened(value)} is no text of at most {_LONGEST_TEXT} letters")
        return value


@dataclass(frozen=True, kw_only=True)
class Layers(Setting):
    """How many nodes each hidden layer has.

    Attributes
    ----------
    most_layers, most_nodes : int
        How many there may be, and in one of them.
    """

    kind: ClassVar[str] = "layers"
    most_layers: int
    most_nodes: int

    def check(self, value: Any) -> tuple[int, ...]:
        """Return the numbers of nodes."""
        if isinstance(value, str):
            value = [part for part in value.split(",") if part]
        if not isinstance(value, list | tuple):
            raise self.refuse(f"{_shortened(value)} is no list of numbers of nodes")
        if len(value) > self.most_layers:
            raise self.refuse(f"{len(value)} hidden layers are more than {self.most_layers}")
        return tuple(self._nodes(one) for one in value)

    def _nodes(self, value: Any) -> int:
        try:
            nodes = 0 if isinstance(value, bool | float) else int(value)
        except (TypeError, ValueError):
            nodes = 0
        if not 1 <= nodes <= self.most_nodes:
            raise self.refuse(f"a layer has 1 to {self.most_nodes} nodes, not {_shortened(value)}")
        return nodes

    def write(self, value: Any) -> str:
        """Return them with commas between."""
        return ",".join(map(str, value))

    def control(self) -> dict[str, Any]:
        """Return the control with its limits: nodes from ``low`` to ``high``, ``step`` layers."""
        most = {"low": 1, "high": self.most_nodes, "most_layers": self.most_layers}
        return {**super().control(), **most}


@dataclass(frozen=True, kw_only=True)
class PerLayer(Choice):
    """One of several values for each hidden layer."""

    kind: ClassVar[str] = "per_layer"
    most_layers: int

    def check(self, value: Any) -> tuple[str, ...]:  # type: ignore[override]
        """Return a name for each layer."""
        if isinstance(value, str):
            value = [part for part in value.split(",") if part]
        if not isinstance(value, list | tuple) or len(value) > self.most_layers:
            raise self.refuse(f"{_shortened(value)} is no list of at most {self.most_layers} names")
        return tuple(self._one_of(name, self.choices) for name in value)

    def write(self, value: Any) -> str:
        """Return them with commas between."""
        return ",".join(value)
