"""Whether probabilities come true as often as they say."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from sklearn.metrics import brier_score_loss

from chainrule.errors import InputError
from chainrule.explanation.diagnosing._finding import counted
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import COLORS, GREY, INK, named, style
from chainrule.plots._truth import find_place
from chainrule.plots._words import headline, told
from chainrule.plots.quality._bins import Bins, fill_bins
from chainrule.plots.quality._predictions import Scores, given_scores, scores_of

__all__ = ["Calibration"]

_SLOTS = 20


class Calibration:
    r"""A reliability diagram: predicted probabilities against how often they came true.

    Rows are put in bins by their probability. In each, with weights :math:`w_n`,

    .. math::
        \text{predicted}_b = \frac{\sum_{n \in b} w_n p_n}{\sum_{n \in b} w_n}, \quad
        \text{observed}_b = \frac{\sum_{n \in b} w_n [\text{came true}]}{\sum_{n \in b} w_n},
        \quad
        \text{ECE} = \sum_b \frac{\sum_{n \in b} w_n}{\sum_n w_n}
        |\text{observed}_b - \text{predicted}_b|

    On the diagonal they are the same. The bars are Wilson's 95 % intervals, of weighted rows for
    :math:`(\sum w)^2 / \sum w^2` equal ones. Of more than two classes it is about the predicted
    class: whether of the rows predicted with a probability of 0.8, 80 % are right. Use
    :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    bins : Bins
        The rows in their bins.
    histogram : array of int of shape (h,)
        How many rows have a probability in each of h equal parts of 0 to 1.
    brier_score : float
        Of the probabilities.
    strategy : {"uniform", "quantile"}
        How the bins were made.
    class_ : object
        Whose probability it is; None for that of the predicted class.
    classes : sequence of length k
        All classes.

    Attributes
    ----------
    predicted, observed : array of shape (b,)
        Mean probability of each bin, and the share of its rows for which it came true.
    low, high : array of shape (b,)
        Wilson's 95 % interval of that share.
    counts : array of int of shape (b,)
        How many rows each bin has.
    edges : array of shape (b + 1,)
        Between which probabilities they lie.
    expected_calibration_error : float
        ECE, of the bins drawn.
    histogram : array of int of shape (h,)
        How many rows have a probability in each of h equal parts from 0 to 1: as many as there were
        to be bins, or 20 where these are quantiles.
    brier_score : float
        The mean squared error of the probability, as
        :func:`sklearn.metrics.brier_score_loss` has it; for the predicted class of more than two,
        that of all classes, summed, from 0 to 2.
    class_, classes
        As given.
    figure_, axes_ : Figure, list of two Axes
        Where it was drawn: the diagram, and the counts below.
    points_ : ErrorbarContainer
        The points with their intervals.
    bars_ : BarContainer
        The counts.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> came_true = [0] * 8 + [1] * 2 + [0] * 2 + [1] * 8
    >>> display = Calibration.from_predictions(
    ...     came_true, [0.2] * 10 + [0.7] * 10, ax=Figure().subplots()
    ... )
    >>> display.observed.tolist(), round(display.expected_calibration_error, 3)
    ([0.2, 0.8], 0.05)

    Notes
    -----
    Niculescu-Mizil & Caruana (2005), Predicting good probabilities with supervised learning; Guo,
    Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks; Brier (1950),
    Verification of forecasts expressed in terms of probability.
    """

    figure_: Figure
    axes_: list[Axes]
    points_: Any
    bars_: Any

    def __init__(
        self,
        *,
        bins: Bins,
        histogram: Array,
        brier_score: float,
        strategy: str,
        class_: Any,
        classes: Any,
    ) -> None:
        self.bins = bins
        self.histogram = histogram
        self.brier_score = brier_score
        self.strategy = strategy
        self.class_ = class_
        self.classes = tuple(classes)

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        class_: Any = None,
        bins: int = 10,
        strategy: str = "uniform",
        ax: Any = None,
    ) -> Self:
        """Let a classifier predict probabilities, compare them with what is true, and draw.

        Parameters
        ----------
        model : estimator
            Any fitted classifier with ``predict_proba``, a Pipeline, or a model from a file.
        X : array or table of shape (n, d)
            Rows as the model takes them; best those of a test part.
        y : array or column of shape (n,), or indicator matrix of shape (n, k)
            Their classes.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        class_, bins, strategy, ax
            As for :meth:`from_predictions`.

        Returns
        -------
        Calibration

        Raises
        ------
        InputError
            The model predicts no probabilities; rows, labels or weights do not fit one another or
            it; there is no such class.
        sklearn.exceptions.NotFittedError
            The model is not fitted.
        """
        name = cls.__name__
        scores = scores_of(model, X, y, sample_weight=sample_weight, asker=name, instead=False)
        return cls._of(scores, class_=class_, bins=bins, strategy=strategy).plot(ax=ax)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        probabilities: Any,
        *,
        classes: Any = None,
        sample_weight: Any = None,
        class_: Any = None,
        bins: int = 10,
        strategy: str = "uniform",
        ax: Any = None,
    ) -> Self:
        """Compare predicted probabilities with what is true, and draw.

        Parameters
        ----------
        y_true : array or column of shape (n,), or indicator matrix of shape (n, k)
            What is right.
        probabilities : array of shape (n,) or (n, k)
            Of the second of two classes, or of each class.
        classes : sequence of length k, optional
            All classes, in the order of the probabilities; by default those that occur, sorted.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        class_ : object, optional
            Whose probability it is about; by default the second of two classes, and of more the
            one that is predicted. Has to be given where a row may have several labels.
        bins : int
            How many; those of fewer than 5 rows are joined with a neighbor.
        strategy : {"uniform", "quantile"}
            Whether they have the same width, or as many rows.
        ax : matplotlib Axes, or two of them, optional
            By default those of a new figure.

        Returns
        -------
        Calibration

        Raises
        ------
        InputError
            They do not fit one another, or are no probabilities; there is no such class.
        """
        scores = given_scores(
            y_true,
            probabilities,
            classes=classes,
            sample_weight=sample_weight,
            probable=True,
            what="probabilities",
        )
        return cls._of(scores, class_=class_, bins=bins, strategy=strategy).plot(ax=ax)

    @classmethod
    def _of(cls, scores: Scores, *, class_: Any, bins: int, strategy: str) -> Self:
        classes, weights = scores.classes, scores.weights
        if class_ is None and scores.several:
            raise InputError(
                f"Calibration draws one of several labels: choose it with class_={classes[0]!r}"
            )
        if class_ is None and len(classes) == 2:
            class_ = classes[1]
        if class_ is None:
            said = scores.outputs.argmax(axis=1)[:, None]
            probability = np.take_along_axis(scores.outputs, said, axis=1)[:, 0]
            true = np.take_along_axis(scores.true, said, axis=1)[:, 0]
            brier = _brier_of_all(scores)
        else:
            place = find_place(class_, classes)
            class_ = classes[place]
            probability, true = scores.outputs[:, place], scores.true[:, place]
            brier = brier_score_loss(true, probability, sample_weight=weights, pos_label=True)
        return cls(
            bins=fill_bins(probability, true, weights, bins=bins, strategy=strategy),
            histogram=_histogram(probability, bins if strategy == "uniform" else _SLOTS),
            brier_score=float(brier),
            strategy=strategy,
            class_=class_,
            classes=classes,
        )

    @property
    def predicted(self) -> Array:
        """Mean probability of each bin, shape (b,)."""
        return self.bins.predicted

    @property
    def observed(self) -> Array:
        """Share of each bin's rows for which it came true, shape (b,)."""
        return self.bins.observed

    @property
    def low(self) -> Array:
        """Lower end of Wilson's interval, shape (b,)."""
        return self.bins.low

    @property
    def high(self) -> Array:
        """Upper end of Wilson's interval, shape (b,)."""
        return self.bins.high

    @property
    def counts(self) -> Array:
        """How many rows each bin has, shape (b,)."""
        return self.bins.counts

    @property
    def edges(self) -> Array:
        """Between which probabilities the bins lie, shape (b + 1,)."""
        return self.bins.edges

    @property
    def expected_calibration_error(self) -> float:
        """Mean distance of the bins from the diagonal, by their weights."""
        away = np.abs(self.observed - self.predicted)
        return float(np.average(away, weights=self.bins.sizes))

    @property
    def alt_text(self) -> str:
        """What the picture shows, in a sentence or two."""
        about = "the predicted class" if self.class_ is None else told(self.class_)
        far = int(np.argmax(np.abs(self.observed - self.predicted)))
        return (
            f"Calibration of the probability of {about}, {counted(int(self.counts.sum()), 'row')} "
            f"in {counted(len(self.counts), 'bin')}: expected calibration error "
            f"{self.expected_calibration_error:.3f}, Brier score {self.brier_score:.3f}. Farthest "
            f"off: of {counted(int(self.counts[far]), 'row')} predicted with "
            f"{self.predicted[far]:.2f} on average it came true for {self.observed[far]:.2f} "
            f"(95% interval {self.low[far]:.2f} to {self.high[far]:.2f})."
        )

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, or two of them, optional
            By default those of a new figure.

        Returns
        -------
        Calibration
            Itself.

        Raises
        ------
        InputError
            The axes are none.
        """
        with style():
            self.axes_ = panels(ax, rows=2, size=(6.4, 6.4), height_ratios=(3.2, 1))
            self.figure_ = figure_of(self.axes_[0])
            self._draw_points(self.axes_[0])
            self._draw_counts(self.axes_[1])
            headline(self.axes_[0], *self._words())
        return self

    def _words(self) -> list[str]:
        error = "mean squared error of the probabilities"
        if self.class_ is None:
            error = "squared error summed over the classes, 0 to 2"
        bars = "Bars: 95% Wilson intervals"
        if self.strategy == "quantile":
            bars += f"; {self._rows_of_a_point()} a point"
        if self.bins.joined:
            bars += "; bins of fewer than 5 rows are joined"
        far = f"Expected calibration error {self.expected_calibration_error:.3f}"
        return [
            f"Calibration: probability of {self._about()}",
            f"{far} (mean distance from the dashed line).",
            f"Brier score {self.brier_score:.3f} ({error}).",
            f"{bars}.",
        ]

    def _about(self) -> str:
        return "the predicted class" if self.class_ is None else named(self.class_, most=20)

    def _draw_points(self, ax: Axes) -> None:
        ax.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1.5)
        reach = np.stack([self.observed - self.low, self.high - self.observed])
        self.points_ = ax.errorbar(
            self.predicted,
            self.observed,
            yerr=reach.clip(0),
            color=COLORS[0],
            marker="o",
            markersize=7,
            linewidth=1.5,
            elinewidth=1.5,
            capsize=4,
            clip_on=False,
            zorder=3,
        )
        ax.text(0.02, 0.97, "probabilities too low", color=GREY, va="top")
        ax.text(0.98, 0.03, "probabilities too high", color=GREY, ha="right")
        what = (
            "predicted right" if self.class_ is None else f"that are {named(self.class_, most=16)}"
        )
        ax.set(xlim=(0, 1), ylim=(0, 1), ylabel=f"share of rows {what}")
        ax.tick_params(labelbottom=False)
        ax.grid(visible=True)

    def _draw_counts(self, ax: Axes) -> None:
        slots = len(self.histogram)
        self.bars_ = ax.bar(
            np.arange(slots) / slots,
            self.histogram,
            width=1 / slots,
            align="edge",
            color=COLORS[3],
            edgecolor=INK,
            linewidth=0.8,
        )
        if slots <= 10:
            ax.bar_label(self.bars_, [f"{count:,}" for count in self.histogram], padding=1)
        ax.set(xlim=(0, 1), ylim=(0, 1.35 * float(self.histogram.max())), ylabel="rows")
        ax.yaxis.set_major_locator(MaxNLocator(2, integer=True))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        ax.set_xlabel(f"predicted probability of {self._about()}")
        if self.class_ is None:
            ax.set_xlabel("probability of the predicted class")

    def _rows_of_a_point(self) -> str:
        least, most = int(self.counts.min()), int(self.counts.max())
        return counted(most, "row") if least == most else f"{least:,}–{counted(most, 'row')}"


def _histogram(probability: Array, slots: int) -> Array:
    place = np.searchsorted(np.linspace(0, 1, slots + 1)[1:-1], probability)
    return np.bincount(place, minlength=slots)


def _brier_of_all(scores: Scores) -> float:
    k = len(scores.classes)
    if k == 1:
        return 0.0
    return float(
        brier_score_loss(
            scores.true.argmax(axis=1),
            scores.outputs,
            labels=np.arange(k),
            sample_weight=scores.weights,
        )
    )
