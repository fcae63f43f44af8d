"""What is predicted: which column, whether a class or a number, and on which scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.playground._axes import check_axes
from chainrule.playground._plane import image_shape
from chainrule.playground.settings import BY_CLASSES, OWN, SettingValueError
from chainrule.tables import Table, Target, describe_columns, prepare_target
from chainrule.workflow.target_scaling import scaling_for

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from chainrule.playground.settings import Settings

__all__ = ["MOST_CLASSES", "answers_of", "choose_target"]

#: As many as there are colors.
MOST_CLASSES = 10


def choose_target(table: Table, settings: Settings) -> Target:
    """Prepare what is predicted: the column that is asked for, or else the last that can be.

    Parameters
    ----------
    table : Table
        An example, or one's own.
    settings : Settings
        Of which ``data`` and ``target`` are looked at.

    Returns
    -------
    Target

    Raises
    ------
    InputError
        It cannot be predicted, or no column can.
    """
    if settings.data == OWN:
        if settings.target:
            return _playable(table.frame, settings.target)
        return _target_of(table)
    classes = settings.data in BY_CLASSES
    task = "classification" if classes else None  # however few rows each class has
    return prepare_target(table.frame, str(table.target), task=task)


def _playable(frame: pl.DataFrame, name: str) -> Target:
    """Prepare a target that has no more classes than there are colors."""
    target = prepare_target(frame, name)
    if target.classes is None or len(target.classes) <= MOST_CLASSES:
        return target
    if target.classes.dtype.kind == "i":
        return prepare_target(frame, name, task="regression")
    raise InputError(
        f"target {name!r} has {len(target.classes)} classes, and the playground shows up to "
        f"{MOST_CLASSES}: join some of them, or choose another column to predict"
    )


def _target_of(table: Table) -> Target:
    """Choose what to predict where nothing was said: the last column that can be."""
    reasons = list[str]()
    for name in reversed(table.frame.columns):
        values = table.frame[name]
        if reasons and values.dtype.is_integer() and values.n_unique() == len(values):
            continue  # it counts the rows
        try:
            target = _playable(table.frame, name)
            if image_shape(table.frame, name) is None:
                check_axes(describe_columns(table.frame, target=name))
        except InputError as error:
            reasons.append(str(error))
        else:
            return target
    raise InputError(reasons[0])


def answers_of(
    target: Target, train: NDArray[np.int64], test: NDArray[np.int64], *, error: str
) -> dict[str, Any]:
    """Return what is known of the answers.

    Parameters
    ----------
    target : Target
        Of all rows.
    train, test : array of int
        Which rows are for training and for testing.
    error : str
        What is made small, on which a number's scale depends.

    Returns
    -------
    dict
        ``task``, ``classes``, ``scaling``, ``answers``, ``y_train`` and ``y_test`` of a DataSet.

    Raises
    ------
    SettingValueError
        These numbers cannot have such an error.
    """
    known: dict[str, Any] = {"task": target.task, "classes": None, "scaling": None}
    values = target.values
    if target.classes is not None:
        known["classes"] = target.classes.tolist()
        known["answers"] = np.searchsorted(target.classes, values)
        return {**known, "y_train": values[train], "y_test": values[test]}
    if error == "poisson" and values.min() < 0:
        raise SettingValueError(
            "error",
            f"the Poisson error is for counts and other numbers of at least 0, and {target.name!r} "
            f"goes down to {values.min():g}: choose the squared error",
        )
    scaling = scaling_for(error).fit(values[train][:, None])
    scaled = scaling.transform(values[:, None]).ravel()
    known |= {"answers": values, "scaling": scaling}
    return {**known, "y_train": scaled[train], "y_test": scaled[test]}
