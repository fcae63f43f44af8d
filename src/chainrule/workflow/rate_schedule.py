"""Schedules of the learning rate as text: a name, or a name with numbers of its own."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.tables.names import did_you_mean

if TYPE_CHECKING:
    from chainrule.training import Schedule

__all__ = ["schedule_name", "with_numbers"]


def schedule_name(text: str | None) -> str | None:
    """Return the name without the numbers.

    Examples
    --------
    >>> schedule_name("step:every=20,factor=0.1")
    'step'
    """
    return None if text is None else text.partition(":")[0]


def with_numbers(text: str) -> Schedule:
    """Return the schedule that a text such as "step:every=20,factor=0.1" means.

    Parameters
    ----------
    text : str
        A name of :data:`chainrule.training.SCHEDULES`; a colon; and with commas between them the
        schedule's own parameters, each with an equals sign and its value.

    Returns
    -------
    Schedule

    Raises
    ------
    InputError
        It is written otherwise, the schedule has no such parameter, or the value makes no sense.

    Examples
    --------
    >>> with_numbers("step:every=20,factor=0.1")
    Step(by='epoch', every=20, factor=0.1)
    >>> with_numbers("step:evry=20")
    Traceback (most recent call last):
        ...
    chainrule.errors.InputError: step has no 'evry'; did you mean 'every'?
    """
    # Imported here: the engine behind it takes a second to load.
    from chainrule.training import SCHEDULES

    name, _, numbers = text.partition(":")
    kind = type(SCHEDULES[name])
    known = [field.name for field in dataclasses.fields(kind)]
    given: dict[str, Any] = {}
    for part in numbers.split(","):
        parameter, sign, value = (piece.strip() for piece in part.partition("="))
        if not (parameter and sign and value):
            raise InputError(f"its numbers are written NAME=VALUE with commas, not {numbers!r}")
        if parameter not in known:
            raise InputError(f"{name} has no {parameter!r}{did_you_mean(parameter, known)}")
        given[parameter] = _value(value)
    return kind(**given)


def _value(text: str) -> int | float | str:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text
