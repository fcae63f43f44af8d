"""What a counterfactual is to reach: another class, a label turned, or a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.explanation._numbers import number as number_text
from chainrule.explanation._rows import in_one_sentence
from chainrule.explanation.inputs._raw_rows import RawRows
from chainrule.explanation.inputs._whole_model import WholeModel
from chainrule.mathematics.arrays import Array

__all__ = ["Goal", "make_goal"]


@dataclass(frozen=True, eq=False)
class Goal:
    """A decision to be changed.

    Attributes
    ----------
    subject : WholeModel
        The model.
    now : int
        The place of the class that is predicted; of the label or output that is to change.
    wanted : int or None
        The place of the class to reach; None for any other.
    value : float or None
        The number to reach; None for classes.
    upward : bool
        Whether a label is to come, or a number to rise.
    said : str
        The goal in words.
    """

    subject: WholeModel
    now: int
    wanted: int | None
    value: float | None
    upward: bool
    said: str

    def met(self, rows: RawRows) -> NDArray[np.bool_]:
        """Ask the model itself which of these raw rows meet the goal."""
        with in_one_sentence():
            predicted = np.asarray(self.subject.model.predict(rows.table))
        if self.value is not None:
            numbers = predicted.reshape(len(rows), -1)[:, self.now]
            return np.asarray(numbers >= self.value if self.upward else numbers <= self.value)
        if self.subject.several_labels:
            return np.asarray(predicted[:, self.now].astype(bool) == self.upward)
        classes = self.subject.network.classes_
        if self.wanted is None:
            return np.asarray(predicted != classes[self.now])
        return np.asarray(predicted == classes[self.wanted])

    def margins(self, x: Array) -> Array:
        """Return how far inputs (n, d) are past the goal, shape (n,): about 0 or more if met."""
        if self._alone:
            value = self.subject.outputs[self.now].value(x) - self._threshold
            return value if self.upward else -value
        values = np.stack([output.value(x) for output in self._rivals], axis=1)
        ahead, behind = self._pair(values)
        rows = np.arange(len(x))
        return np.asarray(values[rows, ahead] - values[rows, behind])

    def slope(self, x: Array) -> Array:
        """Return the margin's slope ∂/∂x for one row of inputs, shape (d,)."""
        one = x[None, :]
        if self._alone:
            outputs = self.subject.outputs if self.value is not None else self._rivals
            found: Array = outputs[self.now](one)[1][0]
            return found if self.upward else -found
        values = np.stack([output.value(one) for output in self._rivals], axis=1)
        ahead, behind = (int(places[0]) for places in self._pair(values))
        return np.asarray(self._rivals[ahead](one)[1][0] - self._rivals[behind](one)[1][0])

    @property
    def _alone(self) -> bool:
        return self.value is not None or self.subject.several_labels

    @property
    def _threshold(self) -> float:
        if self.value is not None:
            return self.value
        return 0.0 if self.subject.decides_by_sums else 0.5

    @property
    def _rivals(self) -> Any:
        """What decides between classes: logits, which keep a slope where probabilities are flat."""
        return self.subject.logits if len(self.subject.parameters) == 1 else self.subject.outputs

    def _pair(self, values: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return which output is to be ahead of which, in each row."""
        one = self.now if self.wanted is None else self.wanted
        others = values.copy()
        others[:, one] = -np.inf
        best, same = others.argmax(axis=1), np.full(len(values), one)
        return (best, same) if self.wanted is None else (same, best)


def make_goal(subject: WholeModel, x: Array, *, target: Any, value: Any, change: Any) -> Goal:
    """Make a goal of what was asked for.

    Parameters
    ----------
    subject : WholeModel
        The model.
    x : array of shape (1, d)
        The row's inputs.
    target, value, change
        As in :func:`chainrule.explanation.inputs.counterfactuals.counterfactual`.

    Returns
    -------
    Goal

    Raises
    ------
    InputError
        What was asked for does not fit what the model predicts, or is so already.
    """
    if subject.classes is None:
        return _number_goal(subject, x, target, value, change)
    if value is not None or change is not None:
        raise InputError(
            "value and change are for numbers, and this model decides for classes; give target, "
            "the class wanted"
        )
    if subject.several_labels:
        place = subject.find_target(target)
        limit = 0.0 if subject.decides_by_sums else 0.5
        given = float(subject.outputs[place].value(x)[0])
        is_on = given >= limit if subject.decides_by_sums else given > limit
        turned = "no longer have" if is_on else "have"
        return Goal(subject, place, None, None, not is_on, f"{turned} label {place}")
    return _class_goal(subject, x, target)


def _class_goal(subject: WholeModel, x: Array, target: Any) -> Goal:
    classes = subject.classes or ()
    now = int(subject.decide(x)[0])
    if len(classes) < 2:
        raise InputError("the model knows only one class, so no change can flip its decision")
    if target is None:
        wanted = None if len(classes) > 2 else 1 - now
        said = f"be {classes[wanted]!r}" if wanted is not None else f"not be {classes[now]!r}"
        return Goal(subject, now, wanted, None, True, said)
    wanted = subject.find_target(target)
    if wanted == now:
        raise InputError(f"the model predicts {classes[now]!r} already; give another target")
    return Goal(subject, now, wanted, None, True, f"be {classes[wanted]!r}")


def _number_goal(subject: WholeModel, x: Array, target: Any, value: Any, change: Any) -> Goal:
    place = subject.find_target(target)
    given = {"value": value, "change": change}
    if (value is None) == (change is None):
        raise InputError(
            "the model predicts a number: say which to reach, with either value=… or change=…"
        )
    name, number = next((n, v) for n, v in given.items() if v is not None)
    plain = isinstance(number, int | float | np.number) and not isinstance(number, bool)
    if not plain or not np.isfinite(number):
        raise InputError(f"{name} must be a finite number, not {number!r}")
    now = float(subject.outputs[place].value(x)[0])
    wanted = float(number) if change is None else now + float(number)
    if wanted == now:
        raise InputError(f"the model predicts {number_text(now, 4)} already; give another {name}")
    upward = wanted > now
    said = f"be {number_text(wanted, 4)} or {'more' if upward else 'less'}"
    return Goal(subject, place, None, wanted, upward, said)
