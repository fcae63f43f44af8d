"""How a network learned: loss, score and learning rate, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation.diagnosing._finding import joined
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import style
from chainrule.plots.learning import _curve_panels as drawn
from chainrule.plots.learning._course import Course
from chainrule.plots.learning._read_course import course_of, course_of_history
from chainrule.training import History

__all__ = ["LearningCurves"]

_WIDTH, _ROOM = 6.4, 1.1


@dataclass(kw_only=True, eq=False, repr=False)
class LearningCurves(Course):
    """Loss, score and learning rate by epoch, with the best epoch and why training stopped.

    The training loss is what is minimized, met on the way: the average over an epoch's
    mini-batches, each before its step, error + penalty. The held-out loss is the error alone, after
    the epoch. Where the penalty is 1 % of the training loss or more, its share is drawn as a band.
    The axis of losses is logarithmic where that helps, and says so: all losses are above 0, and
    the largest is 100 times the smallest or 10 times the median. Of several starts all others
    stand faint behind the best. Curves of more than 1,200 epochs are thinned for drawing: each
    stretch of them keeps its lowest and its highest point.

    Parameters
    ----------
    epochs : array of int of shape (n,)
        From 1.
    train_loss : array of shape (n,)
        Error and penalty together.
    penalty : array of shape (n,), optional
        What the penalties add to the training loss.
    validation_loss, validation_score : array of shape (n,), optional
        Of the held-out rows.
    mistakes : array of shape (n,), optional
        Of a perceptron, how many rows it got wrong when it met them.
    learning_rate : array of shape (n,), optional
        Drawn only if it changes.
    best_epoch : int
        The epoch that was best by what early stopping watched; without early stopping that of the
        lowest held-out loss, and without held-out rows that of the lowest training loss. 0 for
        none.
    kept_epoch : int, optional
        The epoch the weights are from, if it is known.
    stopped : str
        Why training ended.
    other_starts : list of Start
        ``epochs``, ``loss`` and ``score`` of all starts but the best; the loss is the held-out
        one if there is one. Of a start that a file tells only the end of, a single point.
    averaged : bool
        Whether all starts predict together.
    unit : str
        'epoch' or 'iteration'.
    loss_name, score_name : str
        What they are called on the axes.

    Attributes
    ----------
    figure_ : matplotlib Figure
        What it is drawn on.
    axes_ : list of matplotlib Axes
        One for each panel, from top to bottom.
    panels_ : list of str
        What they show: 'mistakes', 'loss', 'score', 'learning_rate'.
    lines_ : dict of str to matplotlib Line2D
        The curves by name: 'train_loss', 'data_loss', 'validation_loss', 'validation_score',
        'mistakes', 'learning_rate'.
    other_lines_ : list of matplotlib Line2D
        Those of the other starts.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from sklearn.datasets import make_moons
    >>> from chainrule import MLPClassifier
    >>> X, y = make_moons(200, noise=0.2, random_state=0)
    >>> model = MLPClassifier((8,), early_stopping=True, max_iter=1000, random_state=0).fit(X, y)
    >>> curves = LearningCurves.from_estimator(model, ax=Figure().subplots())
    >>> curves.panels_, len(curves.train_loss) == model.n_iter_
    (['loss', 'score'], True)
    """

    @classmethod
    def from_estimator(
        cls, model: Any, *, ax: Any = None, show: Sequence[str] | None = None, log: Any = None
    ) -> Self:
        """Draw how a model was trained.

        Parameters
        ----------
        model : estimator, Pipeline, TransformedTargetRegressor, search, or Model
            A trained network of this package, or a multilayer perceptron of scikit-learn's
            (``loss_curve_``, ``validation_scores_``), by itself, at the end of a pipeline, as the
            best of a search, or from a model file.
        ax, show, log
            As for :meth:`plot`.

        Returns
        -------
        LearningCurves

        Raises
        ------
        InputError
            It keeps no record of its training, or as :meth:`plot`.
        sklearn.exceptions.NotFittedError
            It has not been trained.
        """
        return cls(**vars(course_of(model))).plot(ax=ax, show=show, log=log)

    @classmethod
    def from_history(
        cls,
        history: History | Mapping[str, Any],
        *,
        best_epoch: int | None = None,
        stopped: str = "",
        ax: Any = None,
        show: Sequence[str] | None = None,
        log: bool | None = None,
    ) -> Self:
        """Draw a record of a training.

        Parameters
        ----------
        history : History or mapping
            ``model.history_``, or the quantities of all epochs by name, of which ``train_loss`` has
            to be there.
        best_epoch : int, optional
            By default that of the lowest held-out loss, or training loss.
        stopped : str
            Why it ended.
        ax, show, log
            As for :meth:`plot`.

        Returns
        -------
        LearningCurves

        Raises
        ------
        InputError
            It is something else, or as :meth:`plot`.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> losses = {"train_loss": [0.9, 0.5, 0.3], "validation_loss": [0.8, 0.6, 0.7]}
        >>> curves = LearningCurves.from_history(losses, ax=Figure().subplots())
        >>> curves.best_epoch, curves.headline
        (2, 'Best epoch 2 of 3')
        """
        course = course_of_history(history, best_epoch=best_epoch, stopped=stopped)
        return cls(**vars(course)).plot(ax=ax, show=show, log=log)

    @property
    def available(self) -> list[str]:
        """The panels that there is something to draw on, from top to bottom."""
        there = {
            "mistakes": self.mistakes is not None,
            "loss": True,
            "score": self.validation_score is not None,
            "learning_rate": self.rate_changes,
        }
        return [name for name, is_there in there.items() if is_there]

    @property
    def alt_text(self) -> str:
        """What the picture shows, in words and numbers."""
        return self.told()

    def plot(
        self, *, ax: Any = None, show: Sequence[str] | None = None, log: bool | None = None
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes or array of Axes, optional
            One for each panel, or one in the place of which all of them are drawn; None for a new
            figure.
        show : sequence of str, optional
            Which panels, such as ``["loss"]``; by default all there are: 'mistakes' of a
            perceptron, 'loss', 'score' of held-out rows, 'learning_rate' if it changes.
        log : bool, optional
            Whether the axis of losses is logarithmic; by default where it helps.

        Returns
        -------
        LearningCurves
            This one, with ``figure_``, ``axes_``, ``panels_``, ``lines_`` and ``other_lines_``.

        Raises
        ------
        InputError
            There is no such panel, there are losses of 0 or less on a logarithmic axis, or ``ax``
            does not fit.
        """
        names = self._chosen(show)
        if log and any((curve <= 0).any() for curve in self.losses):
            raise InputError("log=True needs losses above 0, and there are others: leave log out")
        heights = [drawn.HEIGHTS[name] for name in names]
        size = (_WIDTH, _ROOM + sum(heights))
        own = ax is None or np.size(np.asarray(ax, dtype=object)) < len(names)
        with style():
            self.axes_ = panels(ax, rows=len(names), size=size, height_ratios=heights)
            self.figure_ = figure_of(self.axes_[0])
            self.panels_ = names
            self.lines_: dict[str, Any] = {}
            self.other_lines_: list[Any] = []
            for name, place in zip(names, self.axes_, strict=True):
                found = drawn.PANELS[name](place, self, log)
                self.lines_ |= found.lines
                self.other_lines_ += found.others
            drawn.finish(self.axes_, self, together=own)
        return self

    def _chosen(self, show: Sequence[str] | None) -> list[str]:
        there = self.available
        if show is None:
            return there
        asked = [show] if isinstance(show, str) else list(show)
        if not asked or any(name not in there for name in asked):
            told = joined([repr(name) for name in there])
            raise InputError(f"show takes some of the panels that there are, {told}, not {show!r}")
        return asked
