"""What the fields of a message may hold, and records made of what was given for theirs."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

from chainrule.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "COUNTED",
    "ID",
    "LAYER",
    "LONGEST_NAME",
    "MANY",
    "NAME",
    "NODE",
    "NUMBER",
    "PAIR",
    "TEXT",
    "UNIT",
    "VALUE",
    "Check",
    "cut",
    "fill",
    "or_null",
    "record",
    "shown",
    "whole",
]

#: Letters of a name.
LONGEST_NAME = 64

_LONGEST_LIST = 64
_LARGEST_NUMBER = 1e15


class Check(NamedTuple):
    """What a field may hold."""

    words: str
    accepts: Callable[[Any], bool]
    make: Callable[[Any], Any] = lambda value: value


def _is_number(value: Any) -> bool:
    # Compared, not converted: a whole number of JSON may be too large for a float.
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= _LARGEST_NUMBER
    )


def _is_text(value: Any, longest: int | None = None) -> bool:
    # Half of a surrogate pair cannot be written as UTF-8 when it is said again.
    return (
        isinstance(value, str)
        and (longest is None or len(value) <= longest)
        and not any("\ud800" <= sign <= "\udfff" for sign in value)
    )


def _is_scalar(value: Any) -> bool:
    return isinstance(value, bool) or _is_number(value) or _is_text(value)


def whole(low: int, high: int) -> Check:
    """Ask for a whole number within bounds."""
    return Check(
        f"a whole number from {low:,} to {high:,}",
        lambda value: (
            isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        ),
    )


def or_null(check: Check) -> Check:
    """Ask for what another check does, or for nothing."""
    return Check(
        f"{check.words}, or null",
        lambda value: value is None or check.accepts(value),
        lambda value: None if value is None else check.make(value),
    )


def record(kind: type[Any]) -> Check:
    """Ask for an object with the fields of a record."""
    return Check("an object", lambda value: isinstance(value, dict), lambda v: fill(kind, v))


NAME = Check(f"a text of at most {LONGEST_NAME} signs", lambda value: _is_text(value, LONGEST_NAME))
TEXT = Check("a text", _is_text)
NUMBER = Check("a number", _is_number, float)
UNIT = Check('"epoch", "batch" or "point"', lambda v: v in ("epoch", "batch", "point"))
VALUE = Check(
    f"a text, a number, true, false, null or a list of at most {_LONGEST_LIST} such",
    lambda value: (
        value is None
        or _is_scalar(value)
        or (isinstance(value, list) and len(value) <= _LONGEST_LIST and all(map(_is_scalar, value)))
    ),
)
PAIR = Check(
    "two numbers",
    lambda value: isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)),
    lambda value: (float(value[0]), float(value[1])),
)
ID = Check(
    "a short text or a whole number",
    lambda value: _is_text(value, LONGEST_NAME) or (isinstance(value, int) and _is_number(value)),
)
LAYER = whole(0, 100)
NODE = whole(0, 100_000)
MANY = whole(1, 1_000_000)
COUNTED = whole(0, 10**12)


#: What fields are called in JSON where Python has that word for itself.
_NAMES = {"source": "from"}


@functools.cache
def _fields(kind: type[Any]) -> dict[str, tuple[dataclasses.Field[Any], Check]]:
    """Return the fields of a record, by their names in JSON, with what they may hold."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        _NAMES.get(field.name, field.name): (field, hints[field.name].__metadata__[0])
        for field in dataclasses.fields(kind)
    }


def fill(kind: type[Any], data: Mapping[str, Any], what: str = "") -> Any:
    """Make a record of what was given for its fields."""
    what = what or f"a {kind.__name__.removesuffix('Place').lower()}"
    fields = _fields(kind)  # type: ignore[arg-type]  # a class is hashable
    for name in data:
        if name not in fields:
            known = ", ".join(fields)
            raise InputError(f"{what} has no field {shown(name)}; it may have {known}")
    one_of: tuple[str, ...] = getattr(kind, "one_of", ())
    if one_of and sum(name in data for name in one_of) != 1:
        raise InputError(f"{what} needs exactly one of {' and '.join(map(repr, one_of))}")
    found = {}
    for name, (field, check) in fields.items():
        if name in data:
            if not check.accepts(data[name]):
                words = f"needs as {name!r} {check.words}, not {shown(data[name])}"
                raise InputError(f"{what} {words}")
            found[field.name] = check.make(data[name])
        elif field.default is dataclasses.MISSING:
            raise InputError(f"{what} needs {name!r}: {check.words}")
    return kind(**found)


def shown(value: Any) -> str:
    """Write what was given, cut short."""
    return cut(json.dumps(value))


def cut(text: str, longest: int = 60) -> str:
    """Cut a text short, and leave out what cannot be written."""
    plain = text.encode("utf-8", errors="replace").decode()
    return plain if len(plain) <= longest else f"{plain[:longest]}…"
