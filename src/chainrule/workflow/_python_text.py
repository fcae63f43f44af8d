"""Python, written: scripts, and the values in them."""

from __future__ import annotations

import dataclasses
import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chainrule.training.schedules import Schedule

__all__ = ["Script", "call", "quoted", "written"]

_WIDTH = 88
_MOST_ARGUMENTS = 5


class Script(ABC):
    """A script in parts, and what has to be imported for them."""

    def __init__(self) -> None:
        self.names: dict[str, set[str]] = {}

    @abstractmethod
    def parts(self) -> Iterator[list[str]]:
        """Write the script part by part, each as its lines."""

    def text(self, title: str) -> str:
        """Return the whole script, its title first."""
        body = "\n\n".join("\n".join(part) for part in self.parts() if part)
        return f'"""{title}"""\n\n{self.imports()}\n\n{body}\n'

    def use(self, module: str, name: str) -> str:
        """Return a name, and have it imported."""
        self.names.setdefault(module, set()).add(name)
        return name

    def imports(self) -> str:
        """Write the imports in the order in which isort has them."""
        lines = ["import numpy as np"] if "np" in self.names.get("", ()) else []
        for module in sorted(m for m in self.names if m):
            names = sorted(self.names[module], key=lambda name: (name[0].islower(), name))
            line = f"from {module} import {', '.join(names)}"
            if len(line) > _WIDTH:
                inside = "".join(f"    {name},\n" for name in names)
                line = f"from {module} import (\n{inside})"
            lines.append(line)
        return "\n".join(lines)

    def constructor(self, estimator: Any) -> tuple[str, list[str]]:
        """Return the name of an estimator, and the parameters that are not its defaults."""
        defaults = inspect.signature(type(estimator)).parameters
        given = [
            f"{parameter}={self._value(value, len(parameter) + 1)}"
            for parameter, value in estimator.get_params(deep=False).items()
            if not _same(value, defaults[parameter].default)
        ]
        return self.use("chainrule", type(estimator).__name__), given

    def _value(self, value: Any, before: int) -> str:
        if isinstance(value, Schedule):
            for part in _schedules(value):
                self.use("chainrule.training.schedules", type(part).__name__)
        return written(value, 4, 4 + before)


def _schedules(value: Any) -> Iterator[Any]:
    """Return a schedule, and those that it is made of."""
    if isinstance(value, Schedule):
        yield value
        for field in dataclasses.fields(value):
            yield from _schedules(getattr(value, field.name))


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def quoted(text: str) -> str:
    """Write a text as Python does, in double quotes where that takes no more backslashes.

    Examples
    --------
    >>> print(quoted("it's"), quoted('say "no"'), quoted("yes"))
    "it's" 'say "no"' "yes"
    """
    plain = repr(text)
    if plain[0] == '"' or text.count('"') > text.count("'"):
        return plain
    inside = plain[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inside}"'


def written(value: Any, indent: int = 0, before: int = 0) -> str:
    """Write a value as Python does, with an element on each line where it is too long for one.

    Parameters
    ----------
    value : Any
        A text, number, tuple, list, mapping or dataclass, or None.
    indent : int
        How far in its line begins.
    before : int
        How much stands before it in its line.

    Returns
    -------
    str

    Examples
    --------
    >>> written((8,)), written({"no": 1.0}), written(np.float64(0.5)), written(None)
    ('(8,)', '{"no": 1.0}', '0.5', 'None')
    >>> print(written(math.inf))
    float("inf")
    """
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        start, end, comma = "{", "}", ""
        pairs = [(f"{written(key)}: ", element) for key, element in value.items()]
    elif isinstance(value, tuple | list):
        start, end, comma = "(", ")", "," * (len(value) == 1)
        pairs = [("", element) for element in value]
    elif dataclasses.is_dataclass(value):
        start, end, comma = f"{type(value).__name__}(", ")", ""
        pairs = [(f"{f.name}=", getattr(value, f.name)) for f in dataclasses.fields(value)]
    else:
        plain = value.item() if isinstance(value, np.generic) else value
        endless = isinstance(plain, float) and not math.isfinite(plain)
        return f'float("{plain}")' if endless else repr(plain)
    line = start + ", ".join(head + written(element) for head, element in pairs) + comma + end
    if before + len(line) < _WIDTH or not pairs:
        return line
    inner = indent + 4
    lines = (head + written(element, inner, inner + len(head)) for head, element in pairs)
    told = "".join(f"{' ' * inner}{line},\n" for line in lines)
    return f"{start}\n{told}{' ' * indent}{end}"


def call(head: str, arguments: list[str]) -> str:
    """Write a call on one line if it fits, else with an argument on each."""
    line = f"{head}({', '.join(arguments)})"
    if len(line) <= _WIDTH and len(arguments) <= _MOST_ARGUMENTS and "\n" not in line:
        return line
    return "\n".join([f"{head}(", *(f"    {argument}," for argument in arguments), ")"])
