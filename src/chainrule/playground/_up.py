"""What a page may say: a frozen record per message, and its text judged field by field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NoReturn

from chainrule.errors import InputError
from chainrule.playground._checks import (
    COUNTED,
    ID,
    LAYER,
    LONGEST_NAME,
    MANY,
    NAME,
    NODE,
    NUMBER,
    PAIR,
    TEXT,
    UNIT,
    VALUE,
    cut,
    fill,
    or_null,
    record,
    shown,
    whole,
)
from chainrule.tables import did_you_mean

__all__ = [
    "LARGEST_MESSAGE",
    "TYPES",
    "VERSION",
    "Advance",
    "Explain",
    "Hello",
    "Inspect",
    "Load",
    "Message",
    "MessageError",
    "NodePlace",
    "Pause",
    "Pick",
    "Play",
    "Python",
    "Race",
    "Reset",
    "Restart",
    "Rewind",
    "Set",
    "Shown",
    "Weight",
    "WeightPlace",
    "parse_message",
]

#: Of the protocol; a page of another one is told to be loaded again.
VERSION = 1
#: Bytes of a message of text.
LARGEST_MESSAGE = 64 * 1024

_DEPTH = 4


class MessageError(InputError):
    """A message that cannot be understood, in one sentence.

    Attributes
    ----------
    to : str or int or None
        The ``id`` of the message, as far as that could be read.
    """

    def __init__(self, sentence: str, *, to: str | int | None = None) -> None:
        super().__init__(sentence)
        self.to = to


@dataclass(frozen=True, kw_only=True)
class NodePlace:
    """A node: layer 0 are the inputs, nodes count from 0."""

    layer: Annotated[int, LAYER]
    node: Annotated[int, NODE]


@dataclass(frozen=True, kw_only=True)
class WeightPlace:
    """A weight into node ``to`` of a layer (from 1) out of the one before; no source: its bias."""

    layer: Annotated[int, LAYER]
    source: Annotated[int | None, or_null(NODE)]
    to: Annotated[int, NODE]


@dataclass(frozen=True, kw_only=True)
class Message:
    """What all messages have: an ``id``, if their sender wants to know the answer to it."""

    #: Fields of which a message has exactly one.
    one_of: ClassVar[tuple[str, ...]] = ()

    id: Annotated[str | int | None, or_null(ID)] = None

    @classmethod
    def type(cls) -> str:
        """Return what the message is called in JSON."""
        return cls.__name__.lower()


@dataclass(frozen=True, kw_only=True)
class Hello(Message):
    """The first message: the page's version, its address after ``#``, the session it had."""

    version: Annotated[int, whole(0, 1_000_000)]
    address: Annotated[str, TEXT] = ""
    session: Annotated[str | None, or_null(NAME)] = None


@dataclass(frozen=True, kw_only=True)
class Set(Message):
    """Give a setting a value."""

    name: Annotated[str, NAME]
    value: Annotated[Any, VALUE]


@dataclass(frozen=True, kw_only=True)
class Load(Message):
    """Go to what an address says: its settings and all that was done."""

    address: Annotated[str, TEXT]


@dataclass(frozen=True, kw_only=True)
class Play(Message):
    """Train until told otherwise."""


@dataclass(frozen=True, kw_only=True)
class Pause(Message):
    """Train no more."""


@dataclass(frozen=True, kw_only=True)
class Advance(Message):
    """Train for so many epochs, mini-batches or points."""

    unit: Annotated[str, UNIT]
    count: Annotated[int, MANY] = 1


@dataclass(frozen=True, kw_only=True)
class Reset(Message):
    """Begin again from the same start."""


@dataclass(frozen=True, kw_only=True)
class Restart(Message):
    """Begin again from a new start, the next seed."""


@dataclass(frozen=True, kw_only=True)
class Rewind(Message):
    """Go back to an epoch, or forward again."""

    epoch: Annotated[int, COUNTED]


@dataclass(frozen=True, kw_only=True)
class Race(Message):
    """Train from several starts; go on with the best."""

    starts: Annotated[int, whole(2, 100)]
    epochs: Annotated[int, MANY]


@dataclass(frozen=True, kw_only=True)
class Weight(Message):
    """Set a weight by hand, or a bias (``from`` null)."""

    layer: Annotated[int, LAYER]
    source: Annotated[int | None, or_null(NODE)]
    to: Annotated[int, NODE]
    value: Annotated[float, NUMBER]


@dataclass(frozen=True, kw_only=True)
class Pick(Message):
    """Send a row through, or a place in the plane; ``row`` null: none any more."""

    one_of = ("row", "at")

    row: Annotated[int | None, or_null(COUNTED)] = None
    at: Annotated[tuple[float, float] | None, PAIR] = None


@dataclass(frozen=True, kw_only=True)
class Explain(Message):
    """Tell the six steps of the picked row: :class:`Explanation`."""


@dataclass(frozen=True, kw_only=True)
class Inspect(Message):
    """Tell all about a node or a weight: :class:`Inspection`."""

    one_of = ("node", "weight")

    node: Annotated[NodePlace | None, record(NodePlace)] = None
    weight: Annotated[WeightPlace | None, record(WeightPlace)] = None


@dataclass(frozen=True, kw_only=True)
class Python(Message):
    """Write the Python that does the same: :class:`PythonCode`."""


@dataclass(frozen=True, kw_only=True)
class Shown(Message):
    """Acknowledge a frame, and all before it."""

    frame: Annotated[int, COUNTED]


#: Every message, by its type.
TYPES: dict[str, type[Message]] = {
    kind.type(): kind
    for kind in (
        Hello, Set, Load, Play, Pause, Advance, Reset, Restart, Rewind, Race, Weight, Pick, Explain,
        Inspect, Python, Shown,
    )
}  # fmt: skip


def parse_message(text: str) -> Message:
    """Read a message.

    Parameters
    ----------
    text : str
        What the page has sent.

    Returns
    -------
    Message
        One of :data:`TYPES`.

    Raises
    ------
    MessageError
        It is too large, no JSON, or has an unknown type, field or value.

    Examples
    --------
    >>> parse_message('{"type": "advance", "unit": "epoch", "count": 10, "id": 4}')
    Advance(id=4, unit='epoch', count=10)
    >>> parse_message('{"type": "advance", "unit": "epoch", "count": "ten"}')
    ... # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    chainrule.playground._up.MessageError: the message 'advance' needs as 'count' a whole number
    from 1 to 1,000,000, not "ten"
    """
    data = _read(text)
    to = data.get("id")
    to = to if ID.accepts(to) else None
    try:
        name = data.pop("type", None)
        if not isinstance(name, str):
            raise InputError('a message needs a \'type\', such as {"type": "play"}')
        if name not in TYPES:
            hint = did_you_mean(name, list(TYPES)) if len(name) <= LONGEST_NAME else ""
            raise InputError(f"there is no message {shown(name)}{hint}")
        message: Message = fill(TYPES[name], data, f"the message {name!r}")
    except InputError as error:
        raise MessageError(str(error), to=to) from None
    return message


def _read(text: str) -> dict[str, Any]:
    # A sign is a byte at least: what is long is not counted exactly.
    if len(text) > LARGEST_MESSAGE or len(text.encode(errors="replace")) > LARGEST_MESSAGE:
        raise MessageError(f"a message has at most {LARGEST_MESSAGE // 1024} KiB")
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
        deep = _is_deeper(data, _DEPTH)
    except MessageError:
        raise
    except (ValueError, RecursionError):
        # No place in the text is named: nobody writes these by hand.
        raise MessageError(f"a message is JSON, not {cut(text)}") from None
    if deep:
        raise MessageError(f"a message has at most {_DEPTH} lists or objects within one another")
    if not isinstance(data, dict):
        raise MessageError(f"a message is a JSON object, not {shown(data)}")
    return data


def _refuse_constant(name: str) -> NoReturn:
    raise MessageError(f"a message holds no {name}: numbers in JSON are finite")


def _is_deeper(data: Any, depth: int) -> bool:
    if not isinstance(data, dict | list):
        return False
    members = data.values() if isinstance(data, dict) else data
    return depth == 0 or any(_is_deeper(member, depth - 1) for member in members)
