"""Which inputs mattered for a prediction: the chain rule one step further than the weights."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from chainrule.errors import InputError
from chainrule.explanation._numbers import plain
from chainrule.explanation.inputs._attribution_text import attribution_text
from chainrule.explanation.inputs._path import integrate_path
from chainrule.explanation.inputs._raw_columns import RawColumns
from chainrule.explanation.inputs._raw_rows import RawRows
from chainrule.explanation.inputs._whole_model import WholeModel, open_model
from chainrule.explanation.worked._output import Output
from chainrule.mathematics.arrays import Array

__all__ = ["Attribution", "attribute"]

_MEASURES = ("gradient", "gradient_times_input", "integrated_gradients")
_BY_ROW = (
    *("outputs", "cells", "x", "prediction", "baseline_prediction", "points", "complete"),
    *_MEASURES,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Attribution:
    r"""Which inputs a prediction ŷ came from, of m rows.

    Attributes
    ----------
    outputs : tuple of str, of length m
        What ŷ is in each row, such as "probability of 'Adelie'".
    columns : RawColumns
        The raw columns, the network's d inputs, and which were made of which.
    cells : tuple of tuple, m of length c
        The raw cells; None where one is missing.
    x : array of shape (m, d)
        The network's inputs.
    baseline : array of shape (d,)
        The inputs b that x is compared with.
    baseline_is : str
        What they are, in words.
    prediction, baseline_prediction : array of shape (m,)
        ŷ(x) and ŷ(b).
    gradient : array of shape (m, d)
        ∂ŷ/∂x.
    gradient_times_input : array of shape (m, d)
        (xᵢ − bᵢ) ∂ŷ/∂xᵢ: with b = 0, the input times its gradient.
    integrated_gradients : array of shape (m, d)
        :math:`(x_i - b_i)\int_0^1 \frac{\partial\hat y}{\partial x_i}(b + t(x - b))\,dt`, which sum
        to ŷ(x) − ŷ(b).
    points : tuple of int, of length m
        At how many points the gradient was taken for the integral.
    complete : tuple of bool, of length m
        Whether the sum came as near to ŷ(x) − ŷ(b) as was asked for.
    tolerance : float
        How far, as a share of ŷ(x) − ŷ(b), the sum may be from it.
    note : str
        What is particular about ŷ; mostly nothing.
    """

    outputs: tuple[str, ...]
    columns: RawColumns
    cells: tuple[tuple[Any, ...], ...]
    x: Array
    baseline: Array
    baseline_is: str
    prediction: Array
    baseline_prediction: Array
    gradient: Array
    gradient_times_input: Array
    integrated_gradients: Array
    points: tuple[int, ...]
    complete: tuple[bool, ...]
    tolerance: float
    note: str = ""

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.x)

    def row(self, place: int) -> Attribution:
        """Return that of one row alone, counted from 0.

        Parameters
        ----------
        place : int
            Which.

        Returns
        -------
        Attribution

        Raises
        ------
        InputError
            There is no such row.
        """
        if not 0 <= place < len(self):
            raise InputError(f"there is no row {place} of the {len(self)}, counted from 0")
        one = slice(place, place + 1)
        by_row = (
            "outputs",
            "cells",
            "x",
            "prediction",
            "baseline_prediction",
            "points",
            "complete",
        )
        return dataclasses.replace(
            self, **{name: getattr(self, name)[one] for name in (*by_row, *_MEASURES)}
        )

    @property
    def completeness_error(self) -> Array:
        """Σᵢ of the integrated gradients less ŷ(x) − ŷ(b), shape (m,): what it should be is 0."""
        gained = self.prediction - self.baseline_prediction
        return np.asarray(self.integrated_gradients.sum(axis=1) - gained)

    def by_column(self, measure: str = "integrated_gradients") -> Array:
        """Sum over the inputs that each raw column became.

        Parameters
        ----------
        measure : {"integrated_gradients", "gradient_times_input", "gradient"}
            What to sum.

        Returns
        -------
        array of shape (m, groups)
            In the order of ``columns.group_names``: each raw column, then columns that were mixed.

        Raises
        ------
        InputError
            It is no measure.
        """
        if measure not in _MEASURES:
            raise InputError(f"there is no measure {measure!r}; there are {', '.join(_MEASURES)}")
        return self.columns.add_up(getattr(self, measure))

    def to_frame(self) -> pl.DataFrame:
        """Return a table with a line for each row and input.

        Returns
        -------
        polars.DataFrame
            Columns row, column (the raw one), input, x, baseline, and the three measures.
        """
        rows, inputs = self.x.shape
        columns = [self.columns.group_name(source) for source in self.columns.sources]
        return pl.DataFrame(
            {
                "row": np.repeat(np.arange(rows), inputs),
                "column": columns * rows,
                "input": list(self.columns.inputs) * rows,
                "x": self.x.ravel(),
                "baseline": np.tile(self.baseline, rows),
                **{name: getattr(self, name).ravel() for name in _MEASURES},
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON; arrays as lists of lists."""
        names = [field.name for field in dataclasses.fields(self) if field.name != "columns"]
        values = {name: getattr(self, name) for name in names}
        found = {n: v.tolist() if isinstance(v, np.ndarray) else v for n, v in values.items()}
        found["columns"] = self.columns.to_dict()
        found["cells"] = [[plain(cell) for cell in row] for row in self.cells]
        found["by_column"] = {name: self.by_column(name).tolist() for name in _MEASURES}
        found["completeness_error"] = self.completeness_error.tolist()
        return found

    def to_text(self, *, by: str = "column", most: int = 12) -> str:
        """Lay it out as a table, the largest integrated gradients first.

        Parameters
        ----------
        by : {"column", "input"}
            Whether to tell raw columns, each the sum of its inputs, or the inputs.
        most : int
            How many to show; the others are counted and summed.

        Returns
        -------
        str
            Lines of at most 80 characters.

        Raises
        ------
        InputError
            There is no such way to tell it.
        """
        if by not in ("column", "input"):
            raise InputError(f"by must be 'column' or 'input', not {by!r}")
        return attribution_text(self, by=by, most=most)

    def __str__(self) -> str:
        """Tell it by raw column."""
        return self.to_text()

    def __repr__(self) -> str:
        """Say of what it is."""
        rows, inputs = self.x.shape
        return f"Attribution({rows} rows of {inputs} inputs)"


def attribute(
    model: Any,
    X: Any,
    *,
    data: Any = None,
    target: Any = None,
    baseline: Any = None,
    of: str = "prediction",
    tolerance: float = 1e-3,
    most_points: int = 20_000,
) -> Attribution:
    r"""Say which inputs, and which raw columns, a prediction came from.

    The chain rule leads from the output to the weights; one step further it leads to the inputs:
    ∂ŷ/∂x. Times how far the input is from a baseline b this is gradient × input,
    (xᵢ − bᵢ) ∂ŷ/∂xᵢ; averaged over the whole way from b to x it is the integrated gradient,

    .. math:: (x_i - b_i) \int_0^1 \frac{\partial \hat y}{\partial x_i}\bigl(b + t(x - b)\bigr)\,dt,

    and those of all inputs together are exactly ŷ(x) − ŷ(b), which is checked.

    Parameters
    ----------
    model : estimator
        A fitted network of this package, a Pipeline that ends in one, a TransformedTargetRegressor
        around either, or a model from a file.
    X : array or table of shape (m, c), or int
        Rows as the model takes them, or the number of a row of ``data``, counted from 0.
    data : array or table of shape (n, c), optional
        Rows to compare with, such as the training rows.
    target : optional
        The class whose probability to explain, instead of the predicted one; the number, from 0, of
        the label or output where a row has several.
    baseline : array of shape (d,), or array or table of shape (n, c), optional
        The inputs to compare with, or rows, of which the inputs' mean is taken. By default the mean
        of the inputs of ``data``, and without ``data`` inputs that are all 0.
    of : {"prediction", "logit"}
        Explain the probability or number itself, or the weighted sum z of the last layer.
    tolerance : float
        How near the integrated gradients' sum has to come to ŷ(x) − ŷ(b), as a share of it.
    most_points : int
        At how many points of a row's way to give up.

    Returns
    -------
    Attribution
        Prints as a table.

    Raises
    ------
    InputError
        The model holds no network of this package; rows, baseline or target do not fit it.
    sklearn.exceptions.NotFittedError
        It is not fitted.

    Examples
    --------
    For a line, ŷ = 2x₁ − x₂ + 1, each input's part is its weight times its distance.

    >>> from chainrule import LinearRegression
    >>> X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> model = LinearRegression().fit(X, [1.0, 3.0, 0.0, 2.0])
    >>> found = attribute(model, [[3.0, 1.0]], baseline=[1.0, 1.0])
    >>> found.gradient.round(6), found.integrated_gradients.round(6) + 0.0
    (array([[ 2., -1.]]), array([[4., 0.]]))

    Notes
    -----
    Sundararajan, Taly & Yan (2017), Axiomatic attribution for deep networks. Gradient × input is of
    Shrikumar et al. (2016).
    """
    subject = open_model(model, "attribute")
    _check_settings(of, tolerance, most_points)
    seen = None if data is None else subject.read(data, "data")
    rows = subject.row(X, seen)
    x = subject.encode(rows)
    b, baseline_is = _baseline(subject, baseline, seen)
    outputs = _chosen_outputs(subject, x, target, of)
    slopes = [output(row[None, :])[1][0] for output, row in zip(outputs, x, strict=True)]
    found = [
        integrate_path(output, b, row, tolerance=tolerance, most_points=most_points)
        for output, row in zip(outputs, x, strict=True)
    ]
    columns = subject.raw_columns(rows, seen)
    gradient = np.array(slopes)
    return Attribution(
        outputs=tuple(output.name for output in outputs),
        columns=columns,
        cells=_cells(rows),
        x=x,
        baseline=b,
        baseline_is=baseline_is,
        prediction=np.array([part.end for part in found]),
        baseline_prediction=np.array([part.start for part in found]),
        gradient=gradient,
        gradient_times_input=gradient * (x - b),
        integrated_gradients=np.array([part.parts for part in found]),
        points=tuple(part.points for part in found),
        complete=tuple(part.reached for part in found),
        tolerance=tolerance,
        note=_STEP_NOTE if subject.decides_by_sums else "",
    )


_STEP_NOTE = (
    "A perceptron's step output has no slope, so its weighted sum z is explained: 0 or more means "
    "yes."
)


def _check_settings(of: str, tolerance: float, most_points: int) -> None:
    if of not in ("prediction", "logit"):
        raise InputError(f"of must be 'prediction' or 'logit', not {of!r}")
    if not isinstance(tolerance, float | int) or not 0 < tolerance < 1:
        raise InputError(f"tolerance must be between 0 and 1, not {tolerance!r}")
    if not isinstance(most_points, int | np.integer) or most_points < 1:
        raise InputError(f"most_points must be a whole number of at least 1, not {most_points!r}")


def _chosen_outputs(subject: WholeModel, x: Array, target: Any, of: str) -> list[Output]:
    """Return what to explain in each row."""
    outputs = subject.logits if of == "logit" else subject.outputs
    subject.check_slopes()
    if target is None and subject.classes is not None and not subject.several_labels:
        return [outputs[place] for place in subject.decide(x).tolist()]
    return [outputs[subject.find_target(target)]] * len(x)


def _baseline(subject: WholeModel, baseline: Any, data: RawRows | None) -> tuple[Array, str]:
    """Return the inputs to compare with, and what they are."""
    count = len(subject.inputs)
    if baseline is None:
        if data is None:
            return np.zeros(count), "all inputs 0"
        return subject.encode(data).mean(axis=0), f"the mean of the inputs of {len(data):,} rows"
    if not hasattr(baseline, "columns") and np.ndim(baseline) == 1:
        given = np.asarray(baseline)
        if given.shape != (count,):
            raise InputError(
                f"the baseline has shape {given.shape}, but the network has {count} inputs; give "
                "one number for each, or rows as the model takes them"
            )
        if given.dtype.kind not in "biuf" or not np.isfinite(given).all():
            raise InputError("the baseline must hold finite numbers, one for each input")
        return given.astype(np.float64), "given"
    rows = subject.read(baseline, "the baseline")
    many = f"the mean of the inputs of {len(rows):,} rows given"
    return subject.encode(rows).mean(axis=0), many if len(rows) > 1 else "the row given"


def _cells(rows: RawRows) -> tuple[tuple[Any, ...], ...]:
    columns = [rows.cells(place) for place in range(len(rows.names))]
    return tuple(zip(*columns, strict=True))
