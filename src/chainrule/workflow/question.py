"""What is asked of a table: which column is predicted from which others, and by which rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import InputError
from chainrule.tables import describe_columns, prepare_target
from chainrule.tables.names import did_you_mean, listed
from chainrule.workflow.checks import SettingError
from chainrule.workflow.rows import CountedRows, counted_rows
from chainrule.workflow.splitting import group_codes

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from chainrule.tables import Column, Table, Target
    from chainrule.workflow.settings import TrainSettings

__all__ = ["Question", "ask"]


@dataclass(frozen=True, eq=False)
class Question:
    """A table, read as settings ask for.

    Attributes
    ----------
    counted : CountedRows
        The n rows that count.
    target : Target
        What is to be predicted in each of them.
    columns : tuple of Column
        From what.
    groups : array of shape (n,) or None
        The group of each row.
    settings : TrainSettings
        Settled for the task.
    """

    counted: CountedRows
    target: Target
    columns: tuple[Column, ...]
    groups: NDArray[np.int64] | None
    settings: TrainSettings


def ask(table: Table, settings: TrainSettings) -> Question:
    """Find out what is to be predicted, from which columns, and by which rows.

    Parameters
    ----------
    table : Table
        All rows.
    settings : TrainSettings
        What was said.

    Returns
    -------
    Question

    Raises
    ------
    InputError
        Something in the table or settings cannot be used.

    Examples
    --------
    >>> from chainrule.tables import load_example
    >>> from chainrule.workflow import TrainSettings
    >>> question = ask(load_example("penguins"), TrainSettings(drop=("year",)))
    >>> question.target.name, question.settings.task, len(question.columns)
    ('species', 'classification', 6)
    """
    name = _target_name(table, settings)
    _check_roles(table, name, settings)
    counted = counted_rows(table.frame, settings.weights)
    with counted.numbered_as_given():
        target = prepare_target(counted.frame, name, task=_task(settings))
        settled = settings.settled(target.task)
        groups = None if settled.groups is None else group_codes(counted.frame, settled.groups)
        columns = _columns(counted.frame, name, settled)
    _check_counts(target, settled, counted)
    return Question(counted, target, columns, groups, settled)


def _target_name(table: Table, settings: TrainSettings) -> str:
    name = settings.target or table.target
    if name is None:
        raise InputError(
            f"say which column to predict with --target; the columns are: "
            f"{listed(table.frame.columns, limit=30)}"
        )
    return name


def _check_roles(table: Table, target: str, settings: TrainSettings) -> None:
    """Make sure that no column is to be two things at once."""
    for name in settings.drop:
        if name not in table.frame.columns:
            raise InputError(
                f"there is no column {name!r} to drop{did_you_mean(name, table.frame.columns)}"
            )
    roles = {"the target": target, "the groups": settings.groups, "the weights": settings.weights}
    taken: dict[str, str] = dict.fromkeys(settings.drop, "dropped")
    for role, column in roles.items():
        if column is None:
            continue
        if column in taken:
            raise InputError(f"column {column!r} cannot be both {role} and {taken[column]}")
        if column in settings.kinds:
            instead = "its kind is set with --task" if column == target else "it has no --kind"
            raise InputError(f"column {column!r} is {role}: {instead}")
        taken[column] = role


def _task(settings: TrainSettings) -> str | None:
    # Small counts look like classes: who asks for a loss of numbers means numbers.
    return "regression" if settings.loss is not None and settings.task is None else settings.task


def _check_counts(target: Target, settings: TrainSettings, counted: CountedRows) -> None:
    if settings.loss != "poisson" or target.values.min() >= 0:
        return
    place = int(np.argmax(target.values < 0))
    raise SettingError(
        "{loss} poisson is for counts and other numbers of at least 0, but the target {name!r} is "
        "{value:g} in row {row}: choose {loss} squared_error",
        name=target.name,
        value=target.values[place],
        row=counted.places[place] + 1,
    )


def _columns(frame: pl.DataFrame, target: str, settings: TrainSettings) -> tuple[Column, ...]:
    roles = [name for name in (settings.groups, settings.weights) if name is not None]
    inputs = frame.drop(*settings.drop, *roles)
    return describe_columns(inputs, target=target, kinds=settings.kinds)
