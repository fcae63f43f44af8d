"""The whole calculation for a row, or a mini-batch, as a textbook shows it."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation.inputs._told_inputs import tell_alternative, tell_attribution
from chainrule.explanation.spreadsheet._workbook import write_excel
from chainrule.explanation.worked._calculation import calculate
from chainrule.explanation.worked._checking import check, say_checks
from chainrule.explanation.worked._data import write_data
from chainrule.explanation.worked._document import Step
from chainrule.explanation.worked._named import Named
from chainrule.explanation.worked._quantities import Quantity, quantities_of
from chainrule.explanation.worked._selection import select
from chainrule.explanation.worked._subject import Subject, open_subject
from chainrule.explanation.worked._telling import tell, title_of
from chainrule.explanation.worked._told import Told
from chainrule.plain_data import finite

__all__ = ["WorkedExample", "explain"]


class WorkedExample(Told):
    """What a network makes of a row, or of a mini-batch, and what it would learn from it.

    Made by :func:`explain`. Printed it is text of 80 columns; a notebook shows it as a page.

    Attributes
    ----------
    title : str
        What it is about.
    steps : tuple of Step
        The six steps of learning, and how their numbers were checked.
    checks : Checks
        The largest deviations that were found.
    """

    def __init__(self, subject: Subject, *, digits: int = 6, full: bool = False) -> None:
        self._subject = subject
        self._calculation = calculate(subject.problem)
        chosen = select(self._calculation, full=full)
        named = Named(self._calculation, chosen, subject.rows)
        # A network that has gone astray is explained as it is: infinite.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            steps = tuple(tell(subject, named))
            self.checks = check(named, [line for step in steps for line in step.lines])
        checked = Step("Checked", tuple(say_checks(self.checks)))
        super().__init__(title_of(subject, named), (*steps, checked), digits=digits)

    def with_inputs(self, attribution: Any, alternative: Any = None) -> Self:
        """Return the same with two steps more: which inputs mattered, and what would turn it.

        Parameters
        ----------
        attribution : Attribution
            From :func:`chainrule.explanation.attribute`, of the same row.
        alternative : Counterfactual, optional
            From :func:`chainrule.explanation.counterfactual`.

        Returns
        -------
        WorkedExample
        """
        more = [tell_attribution(attribution)]
        more += [] if alternative is None else [tell_alternative(alternative)]
        longer = copy.copy(self)
        longer.steps = (*self.steps[:-1], *more, self.steps[-1])
        return longer

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data: every quantity with its shape, every step and line."""
        steps = [write_data(step) for step in self.steps]
        quantities = {name: quantity.to_dict() for name, quantity in self.quantities.items()}
        checks = self.checks.to_dict()
        return {"title": self.title, "steps": steps, "checks": checks, "quantities": quantities}

    def to_json(self) -> str:
        """Return :meth:`to_dict` as JSON; what is no finite number becomes null."""
        return json.dumps(finite(self.to_dict()), ensure_ascii=False, allow_nan=False)

    def to_excel(self, path: str | Path) -> None:
        """Write it as a spreadsheet with live formulas: change a weight, and all follows.

        A first sheet has the weights, the rows and the settings, the cells to be changed; then
        there is a sheet for each step. Formulas are such as any spreadsheet knows, and with each
        is stored the engine's number.

        Parameters
        ----------
        path : str or Path
            The file, usually ``.xlsx``; it is written whole or not at all.

        Raises
        ------
        InputError
            There are more than 64 rows or 20,000 weights and biases, a weight is no finite number,
            or the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> from chainrule import LogisticRegression
        >>> model = LogisticRegression(solver="gd").initialize([[1.0], [2.0]], [0, 1])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     explain(model, [3.0], 1).to_excel(Path(folder, "a.xlsx"))
        ...     [path.name for path in Path(folder).iterdir()]
        ['a.xlsx']
        """
        write_excel(self._subject, self._calculation, path)

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Every number by the name of what it is part of: x, W1, b1, z1, h1, y_hat, delta1 …."""
        return quantities_of(self._calculation)


def explain(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    row: int | Sequence[int] | None = None,
    sample_weight: Any = None,
    digits: int = 6,
    full: bool = False,
    labels: Sequence[int] | None = None,
) -> WorkedExample:
    """Show what a network does with a row: every number of the six steps of learning.

    Feedforward, comparison, error, the way back by the chain rule, the optimizer's step, and what
    it changed. The numbers are those of the engine that trains, in double precision; each line is
    worked out again, each slope compared with differences of the error, and all of it with the
    compiled kernels.

    Parameters
    ----------
    model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
        A network of chainrule with weights, trained or only initialized.
    X : array, sparse matrix or table of shape (n, d), or array of shape (d,)
        Rows as the model takes them, or one row.
    y : array of shape (n,) or (n, k), or one answer, optional
        The right answers. Without them there is nothing to learn from, and only the feedforward is
        shown.
    row : int or sequence of int, optional
        Which row of X to explain, counted from 0, or which rows, as one mini-batch. All if not
        given.
    sample_weight : array of shape (n,), optional
        How much each row counts.
    digits : int
        Significant digits in what is written, 2 to 17.
    full : bool
        Whether to write out every term, node and weight, also where a layer is wide.
    labels : sequence of int, optional
        What to call the rows that are explained; by default their places in X.

    Returns
    -------
    WorkedExample

    Raises
    ------
    InputError
        The model is no network of chainrule, the row is not there, an answer is no class of the
        network's, a column is missing, or a number is.
    sklearn.exceptions.NotFittedError
        The network has no weights yet.

    Examples
    --------
    >>> from chainrule import LogisticRegression, explain
    >>> model = LogisticRegression(solver="gd", alpha=0.0).initialize([[1.0], [2.0]], [0, 1])
    >>> example = explain(model, [3.0], 1)
    >>> print(example.quantities["z1"].value, example.quantities["y_hat"].value)
    [[0.]] [[0.5]]
    """
    if not isinstance(digits, int) or not 2 <= digits <= 17:
        raise InputError(f"digits={digits!r}: a double has 2 to 17 digits worth writing")
    subject = open_subject(model, X, y, row=row, sample_weight=sample_weight, labels=labels)
    return WorkedExample(subject, digits=digits, full=full)
