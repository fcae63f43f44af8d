"""Where a model says what: its classes or numbers over two columns, and the rows on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chainrule.explanation._rows import in_one_sentence
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import GREY, style
from chainrule.plots._words import headline
from chainrule.plots.boundary._answers import (
    answers_over,
    class_places,
    numbers_of,
    open_model,
    over,
    targets_of,
)
from chainrule.plots.boundary._node_lines import NodeLine, draw_nodes, lines_of
from chainrule.plots.boundary._plane import Plane, find_rows, make_plane
from chainrule.plots.boundary._plane_axis import PlaneAxis
from chainrule.plots.boundary._points import (
    draw_color_scale,
    draw_legend,
    draw_points,
    draw_rings,
)
from chainrule.plots.boundary._shading import draw_ground, number_levels
from chainrule.plots.boundary._told import alt_text, notes, r2_of, title_of

if TYPE_CHECKING:
    from chainrule.estimators.weight_recorder import WeightRecorder
    from chainrule.plots.boundary._animation import BoundaryAnimation
    from chainrule.plots.boundary._step_and_sigmoid import StepAndSigmoid

__all__ = ["DecisionBoundary"]

# Points beyond these hide one another, and make large files.
_MOST_POINTS = 2000


@dataclass(eq=False, kw_only=True)
class DecisionBoundary:
    """What a model predicts over two columns, and where its rows stand.

    Make one with :meth:`from_estimator`. For classes the ground has the color of the class that is
    predicted there, stronger where that is more probable, and a line where another class begins;
    rows have a marker for their own class, and a ring if another one is predicted for them. For
    numbers the ground is shaded by the predicted number and the points by the true one.

    Attributes
    ----------
    x, y : PlaneAxis
        The columns across and up: ``name``, ``kind``, ``grid`` (the places that are predicted) and
        ``levels`` (of a category).
    kind : {"probability", "decision", "class", "number"}
        What the ground was shaded by.
    classes : tuple, or None for numbers
        k classes, in the order of the model.
    class_values : array of shape (ny, nx, k), or None
        Their probabilities over the grid; or the values of which the largest decides; or 1 for the
        class that is decided for.
    predicted_class : array of shape (ny, nx), or None
        The place of the predicted class in ``classes``.
    predicted_value : array of shape (ny, nx), or None
        The predicted number.
    held : dict of str to cell
        What every other column is held at on the grid; ``asked`` are the names of those that were
        stated.
    ranked : bool
        Whether the two columns were chosen because they matter most.
    rows : array of shape (p,)
        Which rows are drawn, counted from 0; at most 2,000.
    points : array of shape (p, 2)
        Where they stand.
    target : array of shape (p,), or None
        The place of their own class in ``classes``, or their true number.
    wrong : array of bool of shape (p,), or None
        Which of them are misclassified, each with all its own values.
    n_rows, n_wrong, n_without_place : int
        Of all rows that were given: how many, how many of them misclassified, and how many lack
        one of the two values.
    r2 : float
        R² of numbers over all rows; NaN where there is none.
    nodes : tuple of NodeLine
        Of the first layer, if asked for: ``number``, ``weights`` and ``bias`` of the line
        w₁x + w₂y + b = 0 in the units of the axes, and ``share``.
    target_name, title, note : str or None
        What is predicted; another title than the usual; what is said under it before all else.
    figure_, ax_, heading_, legend_, ground_, points_, rings_
        After ``plot``: where it is drawn, and the artists.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from chainrule import LogisticRegression
    >>> X = np.array([[7.0, 6.0], [8.0, 5.0], [5.0, 6.0], [2.0, 9.0]])
    >>> y = np.array(["yes", "yes", "no", "no"])
    >>> model = LogisticRegression(alpha=1e-3).fit(X, y)
    >>> boundary = DecisionBoundary.from_estimator(model, X, y, ax=Figure().subplots())
    >>> boundary.predicted_class.shape, boundary.n_wrong
    ((150, 150), 0)
    """

    x: PlaneAxis
    y: PlaneAxis
    kind: str
    classes: tuple[Any, ...] | None
    class_values: Array | None = None
    predicted_class: NDArray[np.int64] | None = None
    predicted_value: Array | None = None
    held: dict[str, Any] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    ranked: bool = False
    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    points: Array = field(default_factory=lambda: np.zeros((0, 2)))
    target: NDArray[Any] | None = None
    wrong: NDArray[np.bool_] | None = None
    n_rows: int = 0
    n_wrong: int = 0
    n_without_place: int = 0
    r2: float = float("nan")
    nodes: tuple[NodeLine, ...] = ()
    target_name: str | None = None
    title: str | None = None
    note: str | None = None

    figure_: Figure = field(init=False, repr=False)
    ax_: Axes = field(init=False, repr=False)
    heading_: Any = field(init=False, repr=False)
    legend_: Any = field(init=False, repr=False, default=None)
    ground_: list[Any] = field(init=False, repr=False)
    points_: list[Any] = field(init=False, repr=False)
    rings_: list[Any] = field(init=False, repr=False)

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any = None,
        *,
        features: Sequence[str | int] | None = None,
        held_at: Mapping[str | int, Any] | None = None,
        resolution: int = 150,
        nodes: bool = False,
        ax: Any = None,
    ) -> Self:
        """Predict a grid over two columns, and draw it with the rows on it.

        Parameters
        ----------
        model : estimator, Pipeline, or what a model file holds
            Fitted; of this package or scikit-learn's. The axes are in the units of what it takes.
        X : array or table of shape (n, c)
            Rows as the model takes them, c ≥ 2.
        y : array or column of shape (n,), optional
            What is right for them: classes for their markers and rings, or true numbers.
        features : (str or int, str or int), optional
            The columns across and up, by name or place. By default the two that there are; of more
            than two those that matter most to the model, by
            :func:`chainrule.explanation.permutation_importance` on at most 300 of the rows.
        held_at : dict of str or int to cell, optional
            What to hold other columns at; by default the median of numbers (of whole numbers one
            that occurs) and the most frequent of other values. None is a missing cell.
        resolution : int
            Points of the grid along each axis that is no category.
        nodes : bool
            Whether to draw, for each node of the first layer (of more than 12, those with the
            largest shares), the line where its weighted sum is 0,
            with an arrow to where it is positive and its share: |u| · standard deviation of its
            activation over the rows (at most 2,000), divided by the sum over all nodes, where u are
            its weights to the next layer (to softmax, less their mean).
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        DecisionBoundary

        Raises
        ------
        InputError
            Fewer than two columns, ``features`` or ``held_at`` that are not among them, rows or
            targets that do not fit, a model of several outputs, or ``nodes`` of a model without
            any or over a category.
        sklearn.exceptions.NotFittedError
            The model is not fitted.

        Notes
        -----
        A point's ring tells about that row with all its own values, the ground about the values
        that are held: with more than two columns a point may stand on another class's ground and
        still be classified rightly.
        """
        parts, classes = open_model(model, "DecisionBoundary")
        right, name = targets_of(y, classes, len(find_rows(parts, X)))
        plane = make_plane(
            *(parts, X, right),
            features=features,
            held_at=held_at,
            resolution=resolution,
        )
        answers = answers_over(parts.whole, plane.tables(), classes)
        lines = lines_of(parts, plane) if nodes else ()
        boundary = cls(**over(plane, answers), classes=classes, nodes=lines)
        with in_one_sentence():
            predicted = None if right is None else parts.whole.predict(plane.rows.table)
        boundary.set_rows(plane, right, predicted)
        origin = getattr(model, "origin", None)
        boundary.target_name = name or getattr(origin, "target", None)
        return boundary.plot(ax=ax)

    def set_rows(self, plane: Plane, right: NDArray[Any] | None, predicted: Any) -> None:
        """Take the rows of a plane, their right answers, and what is predicted for them."""
        self.n_rows = len(plane.rows)
        placed = np.flatnonzero(np.isfinite(plane.points).all(axis=1))
        self.n_without_place = self.n_rows - len(placed)
        if len(placed) > _MOST_POINTS:
            random = np.random.default_rng(0)
            placed = np.sort(random.choice(placed, _MOST_POINTS, replace=False))
        self.rows, self.points = placed, plane.points[placed]
        if right is None:
            return
        if self.classes is None:
            self.target = right[placed]
            self.r2 = r2_of(right, numbers_of(predicted))
            return
        true = class_places(right, self.classes, "y")
        wrong = true != class_places(predicted, self.classes, "the prediction")
        self.target, self.wrong, self.n_wrong = true[placed], wrong[placed], int(wrong.sum())

    def plot(self, *, ax: Any = None, levels: Array | None = None) -> Self:
        """Draw it, again.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where; by default a new figure.
        levels : array, optional
            Of numbers: where one shade ends and the next begins; by default round numbers.

        Returns
        -------
        self
        """
        with style():
            (self.ax_,) = panels(ax)
            self.figure_ = figure_of(self.ax_)
            levels = self.levels() if levels is None else levels
            self.prepare_axes(self.ax_)
            self.heading_ = headline(self.ax_, title_of(self), notes(self), color=GREY)
            self.points_ = draw_points(self.ax_, self, levels)
            if levels is not None:
                draw_color_scale(self.ax_, self, levels)
            self.legend_ = draw_legend(self.ax_, self)
            self.draw_predictions(levels)
        return self

    def prepare_axes(self, ax: Axes) -> None:
        """Give the axes their limits, names and places."""
        ax.set(xlim=self.x.limits, ylim=self.y.limits)
        self.x.draw(ax.xaxis)
        self.y.draw(ax.yaxis)

    def draw_predictions(self, levels: Array | None) -> None:
        """Draw what depends on the model: ground, rings, and nodes."""
        self.ground_ = draw_ground(self.ax_, self, levels)
        self.rings_ = draw_rings(self.ax_, self)
        self.ground_ += draw_nodes(self.ax_, self)

    def levels(self) -> Array | None:
        """Where one shade of numbers ends and the next begins; None for classes."""
        if self.predicted_value is None:
            return None
        both = self.predicted_value.ravel()
        if self.target is not None and len(self.target):
            both = np.concatenate([both, self.target])
        return number_levels(float(both.min()), float(both.max()))

    @property
    def alt_text(self) -> str:
        """What the picture shows, in words."""
        return alt_text(self)

    @staticmethod
    def step_and_sigmoid(
        model: Any,
        X: Any,
        y: Any = None,
        *,
        node: int | None = None,
        features: Sequence[str | int] | None = None,
        held_at: Mapping[str | int, Any] | None = None,
        resolution: int = 150,
        ax: Any = None,
    ) -> StepAndSigmoid:
        """Draw one neuron twice: with the step function, and with the sigmoid.

        Both have the same weights, ŷ = 1 if z ≥ 0 else 0 and ŷ = σ(z) with z = xW + b: the line
        stays where it is, and what was a jump across it becomes a probability.

        Parameters
        ----------
        model : estimator, Pipeline, or what a model file holds
            Fitted: a logistic regression or perceptron of two classes, or a network.
        X, y, features, held_at, resolution
            As for :meth:`from_estimator`.
        node : int, optional
            Of a network with hidden layers: which node of the first, counted from 1.
        ax : matplotlib Axes, or two, optional
            Where to draw; one makes room for two.

        Returns
        -------
        StepAndSigmoid
            ``step`` and ``sigmoid`` are two :class:`DecisionBoundary`.

        Raises
        ------
        InputError
            As for :meth:`from_estimator`; or no neuron, or several and none of them chosen.
        """
        from chainrule.plots.boundary._step_and_sigmoid import step_and_sigmoid

        return step_and_sigmoid(
            *(model, X, y),
            node=node,
            features=features,
            held_at=held_at,
            resolution=resolution,
        ).plot(ax=ax)

    @staticmethod
    def animate(
        recorder: WeightRecorder,
        X: Any,
        y: Any,
        path: str | PathLike[str] | None = None,
        *,
        model: Any = None,
        frames: int = 60,
        seconds: float = 8.0,
        features: Sequence[str | int] | None = None,
        held_at: Mapping[str | int, Any] | None = None,
        resolution: int = 100,
        nodes: bool = False,
    ) -> BoundaryAnimation:
        """Show the boundary moving while the network learned.

        Parameters
        ----------
        recorder : chainrule.estimators.WeightRecorder
            It was given to ``set_callbacks`` of the network, which then was fitted.
        X, y : array or table, and column
            Rows and what is right for them, as ``model`` takes them.
        path : str or Path, optional
            Where to write it: ``.gif``; ``.html``, one file with a slider that needs no network;
            or ``.mp4``, where ffmpeg is installed. None writes nothing.
        model : estimator or Pipeline, optional
            The fitted model that the network is in, so that the axes are in the units of what it
            takes, and not in what its scaler makes of them.
        frames : int
            How many epochs to show, at most. Early epochs, in which most happens, are shown
            closely, later ones by leaps that grow.
        seconds : float
            How long it runs; the last frame stands longer.
        features, held_at, resolution, nodes
            As for :meth:`from_estimator`.

        Returns
        -------
        BoundaryAnimation
            ``frames``, ``epochs``, ``losses`` and ``scores``; ``save`` writes it. A notebook
            plays it.

        Raises
        ------
        InputError
            As for :meth:`from_estimator`; a recorder without epochs or of another network; an
            ending that is none of these; a file that cannot be written; no ffmpeg.
        """
        from chainrule.plots.boundary._animation import animate

        moving = animate(
            *(recorder, X, y),
            model=model,
            path=path,
            frames=frames,
            seconds=seconds,
            features=features,
            held_at=held_at,
            resolution=resolution,
            nodes=nodes,
        )
        if path is not None:
            moving.save(path)
        return moving
