"""What pictures of predicted numbers have in common: the numbers, their scores, ways to them."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from chainrule.errors import InputError
from chainrule.explanation.diagnosing._finding import counted
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import style
from chainrule.plots._truth import find_place
from chainrule.plots._words import amount, told
from chainrule.plots.quality._number_predictions import Numbers, given_numbers, numbers_of

__all__ = ["NumberErrors"]

# More outputs than these get no panels of their own.
_MOST_PANELS = 6


class NumberErrors:
    """What both pictures have in common: the numbers, and the ways to them."""

    # What it is called in its alternative text; how many axes an output takes, and their size.
    _what: ClassVar[str]
    _panels: ClassVar[int] = 1
    _size: ClassVar[tuple[float, float]] = (6.4, 4.8)

    figure_: Figure
    axes_: list[Axes]

    def __init__(
        self,
        actual: Any,
        predicted: Any,
        *,
        target_name: Any = "target",
        sample_weight: Any = None,
    ) -> None:
        found = given_numbers(
            actual, predicted, sample_weight=sample_weight, target_name=target_name
        )
        self.actual, self.predicted = found.actual, found.predicted
        self.weights, self.names = found.weights, found.names

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        target_name: Any = None,
        output: Any = None,
        ax: Any = None,
    ) -> Self:
        """Let a regressor predict rows, and draw.

        Parameters
        ----------
        model : estimator
            Any fitted regressor, a Pipeline, a TransformedTargetRegressor, or a model from a file.
        X : array or table of shape (n, d)
            Rows as the model takes them; best those of a test part.
        y : array, column or table of shape (n,) or (n, k)
            Their numbers.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        target_name, output, ax
            As for :meth:`from_predictions`.

        Returns
        -------
        display

        Raises
        ------
        InputError
            The model predicts classes; rows, numbers or weights do not fit one another or it.
        sklearn.exceptions.NotFittedError
            The model is not fitted.
        """
        found = numbers_of(
            model,
            X,
            y,
            sample_weight=sample_weight,
            target_name=target_name,
            asker=cls.__name__,
        )
        return cls._of(found, output).plot(ax=ax)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        sample_weight: Any = None,
        target_name: Any = None,
        output: Any = None,
        ax: Any = None,
    ) -> Self:
        """Draw what was predicted beside what is right.

        Parameters
        ----------
        y_true, y_pred : array, column or table of shape (n,) or (n, k)
            What is right, and what was predicted.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        target_name : str, or sequence of str of length k, optional
            What is predicted, and its unit, as in "price (dollars)"; by default what y calls
            itself.
        output : int or str, optional
            The number, from 0, or the name of the one of several outputs to draw; by default all.
        ax : matplotlib Axes, or several of them, optional
            By default those of a new figure.

        Returns
        -------
        display

        Raises
        ------
        InputError
            They do not fit one another, or are no finite numbers; there is no such output, or there
            are too many to draw all.
        """
        found = given_numbers(y_true, y_pred, sample_weight=sample_weight, target_name=target_name)
        return cls._of(found, output).plot(ax=ax)

    @classmethod
    def _of(cls, found: Numbers, output: Any) -> Self:
        places = _chosen(output, found.names, cls.__name__)
        return cls(
            found.actual[:, places],
            found.predicted[:, places],
            target_name=[found.names[place] for place in places],
            sample_weight=found.weights,
        )

    @property
    def residuals(self) -> Array:
        """Actual minus predicted, shape (n, k)."""
        return self.actual - self.predicted

    @property
    def r2(self) -> Array:
        """1 − squared error ÷ variance of each output, shape (k,); NaN where all are equal."""
        if len(self.actual) < 2:
            return np.full(self.actual.shape[1], np.nan)
        scores = self._score(r2_score)
        return np.where(np.ptp(self.actual, axis=0) > 0, scores, np.nan)

    @property
    def rmse(self) -> Array:
        """Root mean squared error of each output, shape (k,)."""
        return self._score(root_mean_squared_error)

    @property
    def mae(self) -> Array:
        """Mean absolute error of each output, shape (k,)."""
        return self._score(mean_absolute_error)

    def _score(self, measure: Any) -> Array:
        how = {"sample_weight": self.weights, "multioutput": "raw_values"}
        return np.asarray(measure(self.actual, self.predicted, **how))

    def _scores(self, place: int) -> str:
        r2 = float(self.r2[place])
        said = f"R² {round(r2, 3) + 0.0:.3f}".replace("-", "−")
        if r2 != r2:
            why = "all values equal" if len(self.actual) > 1 else "one row"
            said = f"R² undefined ({why})"
        return f"{said}, RMSE {amount(self.rmse[place])}, MAE {amount(self.mae[place])}"

    @property
    def alt_text(self) -> str:
        """What the picture shows, in a sentence or two."""
        said = [f"{told(name)}: {self._told(place)}" for place, name in enumerate(self.names)]
        rows = counted(len(self.actual), "row")
        return f"{self._what} of {rows}. {' '.join(said)}"

    def _told(self, place: int) -> str:
        raise NotImplementedError

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, or several of them, optional
            By default those of a new figure.

        Returns
        -------
        display
            Itself.

        Raises
        ------
        InputError
            The axes are none, or too few.
        """
        outputs = len(self.names)
        with style():
            rows, columns, grid = self._grid(outputs)
            size = (self._size[0] * columns / self._panels, self._size[1] * rows)
            self.axes_ = panels(ax, rows=rows, columns=columns, size=size, **grid)
            self.figure_ = figure_of(self.axes_[0])
            for place in range(outputs):
                first = place * self._panels
                self._draw(self.axes_[first : first + self._panels], place)
            for empty in self.axes_[outputs * self._panels :]:
                empty.set_axis_off()
        return self

    def _grid(self, outputs: int) -> tuple[int, int, dict[str, Any]]:
        raise NotImplementedError

    def _draw(self, axes: list[Axes], place: int) -> None:
        raise NotImplementedError


def _chosen(output: Any, names: tuple[str, ...], asker: str) -> list[int]:
    """Return the places of the outputs to draw."""
    if output is None:
        if len(names) > _MOST_PANELS:
            raise InputError(
                f"{asker} draws {_MOST_PANELS} outputs at most, and there are {len(names)}: choose "
                "one with output="
            )
        return list(range(len(names)))
    if isinstance(output, str):
        return [find_place(output, names, kind="output")]
    if isinstance(output, int | np.integer) and 0 <= output < len(names):
        return [int(output)]
    raise InputError(f"there is no output {output!r}: they are numbered 0 to {len(names) - 1}")
