"""A prediction explained in a few lines, for who has twenty seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation._numbers import cut, number, plain
from chainrule.explanation.inputs._movers import Mover, choose_movers, movement
from chainrule.explanation.inputs._raw_rows import RawRows
from chainrule.explanation.inputs._whole_model import WholeModel, open_model
from chainrule.explanation.inputs.attributions import Attribution, attribute
from chainrule.explanation.worked._calculation import Problem
from chainrule.explanation.worked._data import write_data
from chainrule.explanation.worked._document import Block, Paragraph, Step
from chainrule.explanation.worked._last_step import LastStep
from chainrule.explanation.worked._page import blocks_html, part_html
from chainrule.explanation.worked._subject import Subject, open_subject
from chainrule.explanation.worked._text import blocks_text
from chainrule.mathematics.arrays import Array

__all__ = ["InShort", "Mover", "in_short"]

# Characters of a class's name.
_NAME = 40


@dataclass(frozen=True, eq=False, kw_only=True)
class InShort:
    """A short worked explanation of one row; printed it is five or six lines.

    Attributes
    ----------
    row : int
        What the row is called.
    said : Any
        The class that was decided for, or the predicted number.
    probability : float or None
        Of that class; None for numbers and for perceptrons, which know none.
    answer : Any
        The right one; None if it was not given.
    right : bool or None
        Whether the class is right; None for numbers, and without an answer.
    output : str
        What the inputs moved, such as "probability of 'Adelie'".
    prediction, baseline_prediction : float
        That, for this row and for the one it is compared with; the latter is None where it is not
        told what moved it.
    baseline_is : str
        What it is compared with.
    movers : tuple of Mover
        The two to four columns that moved it most, the largest first; with ``others`` they sum to
        ``prediction`` − ``baseline_prediction``, but for what the integral is off.
    others : float
        What all other columns did together.
    other_count : int
        How many these are.
    error : float or None
        Of the row, before any penalty; None without an answer.
    """

    row: int
    said: Any
    probability: float | None
    answer: Any
    right: bool | None
    output: str
    prediction: float
    baseline_prediction: float | None
    baseline_is: str
    movers: tuple[Mover, ...]
    others: float
    other_count: int
    error: float | None
    _blocks: tuple[Block, ...]
    _digits: int

    @property
    def text(self) -> str:
        """It as text of 80 columns."""
        return "\n".join(blocks_text(self._blocks, digits=self._digits, spaced=False))

    def __str__(self) -> str:
        """Write it as text."""
        return self.text

    __repr__ = __str__

    def to_html(self, *, styled: bool = True) -> str:
        """Write it as a part of a page, formulas in MathML.

        Parameters
        ----------
        styled : bool
            Whether to add the style sheet; a page with several of them needs it once.

        Returns
        -------
        str
            One ``div``.
        """
        return part_html(blocks_html(self._blocks, self._digits), styled=styled)

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        return self.to_html()

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data for JSON, each formula with its numbers among it."""
        names = ("row", "said", "probability", "answer", "right", "output", "prediction")
        more = ("baseline_prediction", "baseline_is", "others", "other_count", "error")
        found = {name: plain(getattr(self, name)) for name in (*names, *more)}
        found["movers"] = [{**vars(mover), "cell": plain(mover.cell)} for mover in self.movers]
        found["blocks"] = write_data(Step("", self._blocks))["blocks"]
        return found


@overload
def in_short(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    row: int,
    rows: None = None,
    data: Any = None,
    labels: Sequence[int] | None = None,
    digits: int = 6,
) -> InShort: ...


@overload
def in_short(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    row: None = None,
    rows: Sequence[int],
    data: Any = None,
    labels: Sequence[int] | None = None,
    digits: int = 6,
) -> tuple[InShort, ...]: ...


def in_short(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    row: int | None = None,
    rows: Sequence[int] | None = None,
    data: Any = None,
    labels: Sequence[int] | None = None,
    digits: int = 6,
) -> InShort | tuple[InShort, ...]:
    """Explain a row's prediction in a few lines that can be checked with a pocket calculator.

    What was said, how surely, and what is right; which columns moved it away from what is said of
    the average row, and by how much (integrated gradients, which add up); the last step worked out;
    and the error. All of it is in :func:`chainrule.explain`, whose numbers these are.

    Parameters
    ----------
    model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
        A fitted network of chainrule that gives one answer for a row.
    X : array or table of shape (n, c)
        Rows as the model takes them; a table may have other columns too.
    y : array of shape (n,), optional
        The right answers.
    row : int
        Which row of X, counted from 0.
    rows : sequence of int
        Instead of ``row``: several. They share the reading of the table.
    data : array or table of shape (m, c), optional
        Rows whose average is what the row is compared with; by default those of X. Of a single one
        the inputs are compared with 0.
    labels : sequence of int, optional
        What the rows are called; by default their places in X.
    digits : int
        Significant digits of the last step, 2 to 17.

    Returns
    -------
    InShort, or tuple of InShort
        One for ``row``, several for ``rows``.

    Raises
    ------
    InputError
        The model is none of this package's or gives several answers for a row, a row is not there,
        an answer is no class of the model's, or a cell cannot be read.
    sklearn.exceptions.NotFittedError
        It is not fitted.

    Examples
    --------
    >>> from chainrule import LogisticRegression
    >>> X = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 4.0], [5.0, 2.0]])
    >>> y = ["no", "yes", "no", "yes"]
    >>> print(in_short(LogisticRegression().fit(X, y), X, y, row=3, digits=3))
    Row 3: 'yes', with a probability of 0.875; then 'no', 0.125. That is right.
    From 0.520 for the average of 4 rows to 0.875: +0.355 X[:, 0] = 5, +0.000 the
    other column.
       z¹ = 5·0.621 + 2·(−0.606) + 0.0514 = 1.94
       ŷ = 1/(1 + e^(−1.94)) = 0.875
           (the probability of 'yes'; of 'no' it is 1 − ŷ = 0.125)
       E = −ln(0.875) = 0.134
    """
    subject = open_model(model, "in_short")
    _check(subject, row, rows, digits)
    seen = subject.read(X, "X")
    compared = seen if data is None else subject.read(data, "data")
    wanted = [row] if row is not None else list(rows or ())
    opened = open_subject(model, seen.table, y, row=wanted, labels=labels)
    chosen = seen.pick(np.array(wanted))
    moved = _moved(model, subject, chosen, compared)
    found = tuple(
        _tell(subject, opened, i, moved=moved and moved.row(i), digits=digits)
        for i in range(len(wanted))
    )
    return found[0] if row is not None else found


def _check(subject: WholeModel, row: int | None, rows: Sequence[int] | None, digits: int) -> None:
    if (row is None) == (rows is None):
        raise InputError("in_short takes row=17 for one row, or rows=[3, 17] for several")
    if not isinstance(digits, int) or not 2 <= digits <= 17:
        raise InputError(f"digits={digits!r}: a double has 2 to 17 digits worth writing")
    several = subject.classes is None and subject.network._network.sizes[-1] > 1
    if subject.several_labels or several:
        what = "labels" if subject.several_labels else "numbers"
        raise InputError(
            f"in_short tells of one answer, but this model gives several {what} for a row; explain "
            "shows them all"
        )


def _moved(
    model: Any, subject: WholeModel, chosen: RawRows, compared: RawRows
) -> Attribution | None:
    """Find what moved the rows; nothing can be found behind a hidden layer of steps."""
    if "step" in {layer.activation for layer in subject.network._network.layers[:-1]}:
        return None
    data = compared.table if len(compared) > 1 else None
    return attribute(model, chosen.table, data=data)


def _tell(
    subject: WholeModel, opened: Subject, i: int, *, moved: Attribution | None, digits: int
) -> InShort:
    problem = opened.problem
    one = slice(i, i + 1)
    y = None if problem.y is None else problem.y[one]
    answer = None if opened.answers is None else opened.answers[i]
    own = Problem(problem.model, problem.x[one], y, None, None)
    said, other, right, values = _decide(subject, own)
    names = () if subject.classes is None else tuple(_shown(c) for c in subject.classes)
    last = LastStep(
        problem=own,
        parameters=subject.parameters,
        names=names,
        said=said,
        other=other,
        right=right,
        restorers=subject.restorers,
        answer=answer,
        digits=digits,
    )
    label = opened.rows[i]
    sure = subject.classes is not None and not subject.decides_by_sums
    if subject.classes is None:
        head = _number_said(float(values[0]), answer, digits)
    else:
        head = _class_said(names, values if sure else None, said=said, other=other, right=right)
    movers, others, count = choose_movers(moved)
    blocks: list[Block] = [Paragraph(f"Row {label}: {head}")]
    blocks += [movement(moved, movers, count)] if moved is not None else [Paragraph(_NO_SLOPE)]
    blocks += last.blocks()
    output = subject.outputs[said]
    return InShort(
        row=label,
        said=float(values[0]) if subject.classes is None else subject.classes[said],
        probability=float(values[said]) if sure else None,
        answer=answer,
        right=None if right is None else right == said,
        output=output.name,
        prediction=float(values[said]),
        baseline_prediction=None if moved is None else float(moved.baseline_prediction[0]),
        baseline_is="" if moved is None else moved.baseline_is,
        movers=movers,
        others=others,
        other_count=count,
        error=None if last.error is None else last.error.number,
        _blocks=tuple(blocks),
        _digits=digits,
    )


_NO_SLOPE = (
    "Which columns moved it is not told: a hidden layer of steps has no slope to follow to them."
)


def _decide(subject: WholeModel, problem: Problem) -> tuple[int, int, int | None, Array]:
    """Return the places of the class decided for, its rival and the right one, and all values."""
    x = problem.x.astype(np.float64)
    values = np.array([float(output.value(x)[0]) for output in subject.outputs])
    if subject.classes is None:
        return 0, 0, None, values
    said = int(subject.decide(x)[0])
    right = None
    if problem.y is not None:
        single = problem.y.shape[1] == 1
        right = int(problem.y[0, 0]) if single else int(problem.y[0].argmax())
    order = [int(place) for place in np.argsort(-values, kind="stable") if place != said]
    other = right if right is not None and right != said else order[0] if order else said
    return said, other, right, values


# ---------------------------------------------------------------------- what was said


def _shown(label: Any) -> str:
    return repr(cut(label, _NAME)) if isinstance(label, str) else str(label)


def _probability(value: float) -> str:
    """Write a probability so that nothing is certain.

    Examples
    --------
    >>> _probability(0.25), _probability(0.99999), _probability(0.00001)
    ('0.250', 'more than 0.999', 'less than 0.001')
    """
    if value > 0.9995:
        return "more than 0.999"
    return "less than 0.001" if value < 0.0005 else f"{value:.3f}"


def _class_said(
    names: tuple[str, ...], values: Array | None, *, said: int, other: int, right: int | None
) -> str:
    told = names[said]
    wrong = right is not None and right != said
    if values is not None:
        told += f", with a probability of {_probability(values[said])}"
        if other != said and not wrong:
            told += f"; then {names[other]}, {_probability(values[other])}"
    if right is None:
        return f"{told}."
    if not wrong:
        return f"{told}. That is right."
    got = "" if values is None else f", which got {_probability(values[right])}"
    return f"{told}. That is wrong: it is {names[right]}{got}."


def _number_said(value: float, answer: Any, digits: int) -> str:
    told = number(value, digits)
    if answer is None:
        return f"{told}."
    off = value - float(answer)
    if off == 0:
        return f"{told}, which is right."
    way = "high" if off > 0 else "low"
    wanted, gap = number(float(answer), digits), number(abs(off), digits)
    return f"{told}, where {wanted} is right: {gap} too {way}."
