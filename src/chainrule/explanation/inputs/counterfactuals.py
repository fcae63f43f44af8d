"""What would have had to be different: the smallest change that flips a decision."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.errors import InputError
from chainrule.explanation._numbers import plain
from chainrule.explanation.inputs._counterfactual_text import counterfactual_text
from chainrule.explanation.inputs._goal import Goal, make_goal
from chainrule.explanation.inputs._raw_rows import RawRows
from chainrule.explanation.inputs._reach import find_reaches
from chainrule.explanation.inputs._search import Cells, Search
from chainrule.explanation.inputs._whole_model import WholeModel, open_model
from chainrule.tables.names import did_you_mean

__all__ = ["Alternative", "Change", "Counterfactual", "counterfactual"]


@dataclass(frozen=True)
class Change:
    """One raw cell that is changed.

    Attributes
    ----------
    column : str
        Which.
    before, after : object
        The cell, in the column's own units; None if it is missing.
    spreads : float
        How far that is, in standard deviations of the column; 1 for another level of a category,
        or for filling in a missing cell.
    """

    column: str
    before: Any
    after: Any
    spreads: float


@dataclass(frozen=True)
class Alternative:
    """The row with some cells changed, and what the model predicts of it.

    Attributes
    ----------
    changes : tuple of Change
        What is changed.
    prediction : object
        The class or number predicted; for a label whether the row has it.
    value : float
        The probability of that class or label, a perceptron's weighted sum z, or the number.
    size : float
        How far the changes go together: √ of the sum of the squares of their spreads.
    """

    changes: tuple[Change, ...]
    prediction: Any
    value: float
    size: float


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """What would turn a decision.

    Attributes
    ----------
    now : Alternative
        The row as it is, without a change.
    measure : str
        What ``value`` is: "probability", "z", or the name of the number, if it is known.
    goal : str
        What is to be reached, such as "be 'Gentoo'".
    alone : tuple of Alternative
        For each column that reaches the goal alone its smallest change, the smallest first.
    together : Alternative or None
        The smallest change along the gradient, of several columns at once.
    nearest : Alternative
        Of all that was tried what came nearest to the goal.
    rows : int
        How many rows of the table said what has been seen.
    """

    now: Alternative
    measure: str
    goal: str
    alone: tuple[Alternative, ...]
    together: Alternative | None
    nearest: Alternative
    rows: int

    @property
    def found(self) -> bool:
        """Whether any change reaches the goal."""
        return self.smallest is not None

    @property
    def smallest(self) -> Alternative | None:
        """The smallest of all that reach the goal."""
        all_ = [*self.alone, *([] if self.together is None else [self.together])]
        return min(all_, key=lambda alternative: alternative.size, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""

        def told(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: told(part) for name, part in value.items()}
            return [told(part) for part in value] if isinstance(value, tuple) else plain(value)

        found: dict[str, Any] = told(dataclasses.asdict(self))
        return {**found, "found": self.found}

    def __str__(self) -> str:
        """Tell it in lines of at most 80 characters."""
        return counterfactual_text(self)


def counterfactual(
    model: Any,
    x: Any,
    data: Any,
    *,
    target: Any = None,
    value: float | None = None,
    change: float | None = None,
    columns: Sequence[str] | None = None,
) -> Counterfactual:
    """Find the smallest change of a row that flips the model's decision.

    Raw cells are changed, in their columns' own units and only to what the table has seen: numbers
    from its smallest to its largest, with as many digits as there are, whole ones staying whole;
    categories to another of their levels. Each column is tried alone, by bisection; then several at
    once, along the gradient of what decides, through the network and the encoding. All changes that
    are told were predicted anew by the model itself.

    Parameters
    ----------
    model : estimator
        A fitted network of this package, a Pipeline that ends in one, a TransformedTargetRegressor
        around either, or a model from a file.
    x : array or table of shape (1, c), or int
        The row as the model takes it, or the number of a row of ``data``, counted from 0.
    data : array or table of shape (n, c)
        Rows that say what can be, such as the training rows.
    target : optional
        The class to reach, by default any other; the number, from 0, of the label or output where a
        row has several.
    value : float, optional
        The number to reach, where numbers are predicted.
    change : float, optional
        Instead of it by how much the number is to change.
    columns : sequence of str, optional
        The columns that may change; by default all.

    Returns
    -------
    Counterfactual
        Prints as a short text.

    Raises
    ------
    InputError
        The model holds no network of this package; row, table, goal or columns do not fit it.
    sklearn.exceptions.NotFittedError
        It is not fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import LogisticRegression
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]] * 5)
    >>> model = LogisticRegression().fit(X, ["low", "low", "high", "high"] * 5)
    >>> found = counterfactual(model, [[0.0]], X)
    >>> found.smallest.changes[0].after, found.smallest.prediction
    (2.0, 'high')

    Notes
    -----
    Wachter, Mittelstadt & Russell (2018), Counterfactual explanations without opening the black
    box.
    """
    subject = open_model(model, "counterfactual")
    if data is None:
        raise InputError(
            "counterfactual needs data, the rows that say what has been seen, such as the training "
            "rows"
        )
    seen = subject.read(data, "data")
    row = subject.row(x, seen)
    if len(row) != 1:
        raise InputError(f"x has {len(row)} rows; a counterfactual is of one")
    subject.check_slopes()
    inputs = subject.encode(row)
    goal = make_goal(subject, inputs, target=target, value=value, change=change)
    raw = subject.raw_columns(row, seen)
    allowed = _allowed(raw.names, columns)
    reaches = find_reaches(row, seen, raw, subject.encode(seen), allowed)
    search = Search(subject, row, goal, reaches)
    alone, together = search.alone(), search.together()
    told = [{}, search.nearest, *alone, *([] if together is None else [together])]
    now, nearest, *found = _alternatives(subject, goal, search, raw.names, row, told)
    several = found.pop() if together is not None else None
    return Counterfactual(
        now=now,
        measure=_measure(subject),
        goal=goal.said,
        alone=tuple(found),
        together=several if several is not None and len(several.changes) > 1 else None,
        nearest=nearest,
        rows=len(seen),
    )


def _allowed(names: Sequence[str], columns: Sequence[str] | None) -> list[int]:
    """Return the places of the columns that may change."""
    if columns is None:
        return list(range(len(names)))
    given = [columns] if isinstance(columns, str) else list(columns)
    for name in given:
        if name not in names:
            raise InputError(f"there is no column {name!r} to change{did_you_mean(name, names)}")
    if not given:
        raise InputError("columns is empty, so that nothing may change; name one at least")
    return [names.index(name) for name in dict.fromkeys(given)]


def _alternatives(
    subject: WholeModel,
    goal: Goal,
    search: Search,
    names: Sequence[str],
    row: RawRows,
    told: Sequence[Cells],
) -> list[Alternative]:
    """Predict all changes anew, and name them."""
    x = subject.encode(search.changed(told))
    if subject.classes is None:
        values = subject.outputs[goal.now].value(x).tolist()
        predictions: list[Any] = values
    elif subject.several_labels:
        values = subject.outputs[goal.now].value(x).tolist()
        predictions = (goal.met(search.changed(told)) == goal.upward).tolist()
    else:
        places = subject.decide(x)
        values = [float(subject.outputs[p].value(x[[i]])[0]) for i, p in enumerate(places)]
        predictions = [subject.classes[place] for place in places]
    return [
        Alternative(_changes(search, names, row, cells), prediction, value, search.size(cells))
        for cells, prediction, value in zip(told, predictions, values, strict=True)
    ]


def _changes(
    search: Search, names: Sequence[str], row: RawRows, cells: Cells
) -> tuple[Change, ...]:
    found = [
        Change(names[place], row.cells(place)[0], cell, search.size({place: cell}))
        for place, cell in cells.items()
    ]
    return tuple(sorted(found, key=lambda change: -change.spreads))


def _measure(subject: WholeModel) -> str:
    if subject.decides_by_sums:
        return "z"
    return "probability" if subject.classifies else subject.target or ""
