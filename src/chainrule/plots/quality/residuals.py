"""How far predicted numbers are from the true ones."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from chainrule.explanation.diagnosing._finding import counted
from chainrule.mathematics.arrays import Array
from chainrule.plots._style import COLORS, GREY, INK, named
from chainrule.plots._words import amount, headline, inches, ticks
from chainrule.plots.quality._clouds import Band, draw_cloud, running_band, view_of
from chainrule.plots.quality._number_errors import NumberErrors

__all__ = ["PredictedVersusActual", "Residuals"]

_BARS = 30
# Inches that a letter beside an axis takes.
_LETTER = 0.08
# White beside a line, so that it can be seen on cells of any color.
_HALO = [patheffects.withStroke(linewidth=4.5, foreground="white")]


class Residuals(NumberErrors):
    """A picture of residuals against predictions, with their distribution at the side.

        residual = actual − predicted

    Points above the line were predicted too low. The dark line is the running median, between the
    dashed ones lie 90 % of the rows around: a good model's median stays at 0; a bend is a rule that
    the model has not found, a band that widens an error that grows with the number. More than 2,000
    rows are drawn as cells, colored by how many are in them. Use :meth:`from_estimator` or
    :meth:`from_predictions`.

    Parameters
    ----------
    actual, predicted : array of shape (n,) or (n, k)
        What is right, and what was predicted.
    target_name : str, or sequence of str of length k
        What is predicted, and its unit.
    sample_weight : array of shape (n,), optional
        How much each row counts.

    Attributes
    ----------
    actual, predicted, residuals : array of shape (n, k)
        One column for each output drawn.
    weights : array of shape (n,) or None
        How much each row counts.
    names : tuple of str, of length k
        What the outputs are called.
    r2, rmse, mae : array of shape (k,)
        Scores of each output, as scikit-learn has them; R² is NaN where all values are equal.
    bands : list of Band or None, of length k
        Running quantiles with the arrays ``x``, ``low``, ``median`` and ``high``; None where there
        are fewer than 60 rows, or all predictions are the same.
    figure_, axes_ : Figure, list of 2·k Axes
        Where it was drawn: for each output the points, and their distribution.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = Residuals.from_predictions(
    ...     [1.0, 2.0, 4.0], [1.0, 2.5, 3.5], ax=Figure().subplots()
    ... )
    >>> display.residuals.ravel().tolist(), display.mae.round(3).tolist()
    ([0.0, -0.5, 0.5], [0.333])
    """

    _panels: ClassVar[int] = 2
    _size: ClassVar[tuple[float, float]] = (7.0, 4.8)
    _what: ClassVar[str] = "Residuals, actual minus predicted,"

    @property
    def bands(self) -> list[Band | None]:
        """Running quantiles of each output's residuals."""
        columns = zip(self.predicted.T, self.residuals.T, strict=True)
        return [running_band(x, y, self.weights) for x, y in columns]

    def _middle(self, place: int) -> tuple[float, ...]:
        shares, values = (0.05, 0.5, 0.95), self.residuals[:, place]
        if self.weights is None:
            return tuple(np.quantile(values, shares).tolist())
        how: dict[str, Any] = {"weights": self.weights, "method": "inverted_cdf"}
        return tuple(np.quantile(values, shares, **how).tolist())

    def _told(self, place: int) -> str:
        low, median, high = map(amount, self._middle(place))
        worst = int(np.argmax(np.abs(self.residuals[:, place])))
        return (
            f"median {median}, 90% between {low} and {high}, the largest "
            f"{amount(self.residuals[worst, place])} where {amount(self.predicted[worst, place])} "
            f"was predicted; {self._scores(place)}."
        )

    def _grid(self, outputs: int) -> tuple[int, int, dict[str, Any]]:
        return outputs, 2, {"width_ratios": (3.6, 1)}

    def _draw(self, axes: list[Axes], place: int) -> None:
        ax, side = axes
        x, y = self.predicted[:, place], self.residuals[:, place]
        name = named(self.names[place])
        limits = (view_of(x), view_of(np.r_[y, 0.0]))
        beyond = draw_cloud(ax, x, y, self.weights, limits=limits, bar="bottom")
        ax.axhline(0, color=GREY, linewidth=1.5)
        band = self.bands[place]
        if band is not None:
            _draw_band(ax, band)
        ticks(ax)
        ax.set(xlabel=f"predicted {name}")
        room = int(np.clip(inches(ax)[1] / _LETTER - 20, 10, 28))
        ax.set(ylabel=f"actual − predicted {named(self.names[place], most=room)}")
        low, median, high = map(amount, self._middle(place))
        lines = [
            f"{counted(len(x), 'row')}: {self._scores(place)}.",
            f"Median residual {median}, 90% between {low} and {high}.",
        ]
        if band is not None:
            lines.append("Line: running median; dashed: 90% of the rows around.")
        headline(ax, f"Residuals of {name}", *lines, *_told_beyond(beyond))
        self._draw_side(side, y.clip(*limits[1]), limits[1])

    def _draw_side(self, side: Axes, y: Array, limits: tuple[float, float]) -> None:
        side.hist(
            y,
            bins=_BARS if len(y) > 100 else 15,
            range=limits,
            weights=self.weights,
            orientation="horizontal",
            color=COLORS[3],
            edgecolor=INK,
            linewidth=0.4,
        )
        side.axhline(0, color=GREY, linewidth=1.5)
        side.set(ylim=limits, xlabel="rows" if self.weights is None else "weight")
        ticks(side)
        side.xaxis.set_major_locator(MaxNLocator(2, integer=self.weights is None))
        side.tick_params(labelleft=False)


class PredictedVersusActual(NumberErrors):
    r"""A picture of predictions against what is right, with the diagonal where they are the same.

    .. math::
        R^2 = 1 - \frac{\sum w (y - \hat y)^2}{\sum w (y - \bar y)^2}, \quad
        \text{RMSE} = \sqrt{\frac{\sum w (y - \hat y)^2}{\sum w}}, \quad
        \text{MAE} = \frac{\sum w |y - \hat y|}{\sum w}

    More than 2,000 rows are drawn as cells, colored by how many are in them. Use
    :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    actual, predicted : array of shape (n,) or (n, k)
        What is right, and what was predicted.
    target_name : str, or sequence of str of length k
        What is predicted, and its unit.
    sample_weight : array of shape (n,), optional
        How much each row counts.

    Attributes
    ----------
    actual, predicted, residuals : array of shape (n, k)
        One column for each output drawn.
    weights : array of shape (n,) or None
        How much each row counts.
    names : tuple of str, of length k
        What the outputs are called.
    r2, rmse, mae : array of shape (k,)
        Scores of each output, as scikit-learn has them; R² is NaN where all values are equal.
    figure_, axes_ : Figure, list of Axes
        Where it was drawn, one for each output.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = PredictedVersusActual.from_predictions(
    ...     [1.0, 2.0, 3.0], [1.0, 2.0, 4.0], ax=Figure().subplots()
    ... )
    >>> display.r2.tolist(), display.mae.round(3).tolist()
    ([0.5], [0.333])
    """

    _what: ClassVar[str] = "Predicted against actual values"
    _size: ClassVar[tuple[float, float]] = (6.4, 5.8)

    def _told(self, place: int) -> str:
        actual = self.actual[:, place]
        return (
            f"actual values from {amount(actual.min())} to {amount(actual.max())}; "
            f"{self._scores(place)}."
        )

    def _grid(self, outputs: int) -> tuple[int, int, dict[str, Any]]:
        columns = min(outputs, 2)
        return -(-outputs // columns), columns, {}

    def _draw(self, axes: list[Axes], place: int) -> None:
        (ax,) = axes
        x, y = self.actual[:, place], self.predicted[:, place]
        name = named(self.names[place])
        ends = view_of(np.r_[x, y])
        beyond = draw_cloud(ax, x, y, self.weights, limits=(ends, ends), bar="right")
        ax.plot(ends, ends, color=INK, linestyle="--", path_effects=_HALO)
        ticks(ax)
        ax.set(xlabel=f"actual {name}", ylabel=f"predicted {name}")
        ax.set_aspect("equal")
        lines = [
            f"{counted(len(x), 'row')}: {self._scores(place)}.",
            "On the dashed line the prediction is right.",
        ]
        headline(ax, f"Predicted {name}", *lines, *_told_beyond(beyond))


def _draw_band(ax: Axes, band: Band) -> None:
    how: dict[str, Any] = {"color": INK, "path_effects": _HALO}
    ax.plot(band.x, band.median, **how)
    for y in (band.low, band.high):
        ax.plot(band.x, y, linestyle="--", linewidth=1.5, **how)


def _told_beyond(rows: int) -> list[str]:
    return [f"{counted(rows, 'row')} far away: X at the edge."] if rows else []
