"""The loss around a solution: how it lies, how training came there, what is between minima."""

from __future__ import annotations

from itertools import combinations
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import style
from chainrule.plots.loss._directions import Section
from chainrule.plots.loss._error_of_weights import ErrorOfWeights
from chainrule.plots.loss._landscape import View, axes_of, barrier, view_of
from chainrule.plots.loss._landscape_drawing import draw_line, draw_plane

__all__ = ["LossLandscape"]

_FEWEST, _MOST = 5, 400
_ALONG_PLANE, _ALONG_LINE = 61, 201


class LossLandscape:
    """The penalized training error of a network along directions through its solution.

        E(a, b) = E(θ + a u + b v)   over a plane,   E(θ₀ + a (θ₁ − θ₀))   along a line

    Of the thousands of directions there are it shows two, so that what it shows is a section and
    not the whole: a valley may have a way out that leads elsewhere.

    Parameters
    ----------
    loss : array of shape (ny, nx), or (nx,) for a line
        E at the points of the grid, infinite where it is too large for a number.
    x, y : array of shape (nx,) and (ny,)
        The coordinates a and b of the grid; ``y`` is None for a line.
    section : Section
        Where the coordinates are 0, the directions, what they are called.
    solution : array of shape (2,) or (1,)
        The coordinates of the model's weights.
    solution_loss : float
        E there.
    path : array of shape (e, 2), optional
        The coordinates of each recorded epoch: the nearest point of the plane.
    path_epochs : array of int of shape (e,), optional
        Their numbers.
    path_loss : array of shape (e,), optional
        E at the weights of each epoch themselves, which may lie outside of the plane.
    best_epoch : int, optional
        Which of them is the solution.
    minima : array of shape (m, 2) or (m, 1), optional
        The coordinates of several solutions, or of the two ends of a line.
    minima_loss : array of shape (m,), optional
        E at each.
    minima_names : tuple of str
        What they are called.
    barriers : array of shape (m, m), optional
        By how much E rises on the straight way between each two above the higher of both.
    rows, rows_used : int
        How many rows there are, and of how many E is.

    Attributes
    ----------
    figure_, ax_ : matplotlib Figure and Axes
        Where it was drawn.
    contours_, colorbar_ : matplotlib artists
        Of a plane; None for a line.
    line_ : matplotlib Line2D
        The path, or the curve of a line; None if there is neither.

    Examples
    --------
    A neuron with one weight and one bias has a bowl, E = ½ mean (y − wx − b)²:

    >>> from matplotlib.figure import Figure
    >>> from chainrule import LinearRegression
    >>> from chainrule.plots import LossLandscape
    >>> model = LinearRegression().fit([[0.0], [2.0]], [1.0, 5.0])
    >>> display = LossLandscape.from_estimator(
    ...     model, [[0.0], [2.0]], [1.0, 5.0], span=1, resolution=5, ax=Figure().subplots()
    ... )
    >>> display.solution.round(6), display.x.round(6)
    (array([2., 1.]), array([1. , 1.5, 2. , 2.5, 3. ]))
    >>> display.loss[2].round(6)
    array([1.  , 0.25, 0.  , 0.25, 1.  ])

    References
    ----------
    Li, Xu, Taylor, Studer & Goldstein (2018), Visualizing the loss landscape of neural nets: random
    directions normalized neuron by neuron, and the principal directions of the path. Goodfellow,
    Vinyals & Saxe (2015), Qualitatively characterizing neural network optimization problems: the
    straight line.
    """

    def __init__(
        self,
        *,
        loss: Array,
        x: Array,
        y: Array | None,
        section: Section,
        solution: Array,
        solution_loss: float,
        path: Array | None = None,
        path_epochs: NDArray[np.int64] | None = None,
        path_loss: Array | None = None,
        best_epoch: int | None = None,
        minima: Array | None = None,
        minima_loss: Array | None = None,
        minima_names: tuple[str, ...] = (),
        barriers: Array | None = None,
        rows: int,
        rows_used: int,
    ) -> None:
        self.loss, self.x, self.y, self.section = loss, x, y, section
        self.solution, self.solution_loss = solution, solution_loss
        self.path, self.path_epochs, self.path_loss = path, path_epochs, path_loss
        self.best_epoch = best_epoch
        self.minima, self.minima_loss, self.minima_names = minima, minima_loss, minima_names
        self.barriers = barriers
        self.rows, self.rows_used = rows, rows_used

    @property
    def kind(self) -> str:
        """``'plane'`` or ``'line'``."""
        return "line" if self.y is None else "plane"

    @property
    def directions(self) -> Array:
        """The directions in the space of all weights, shape (2, p) or (1, p)."""
        return self.section.directions

    @property
    def origin(self) -> Array:
        """The weights whose coordinates are 0, shape (p,)."""
        return self.section.origin

    @property
    def share(self) -> float | None:
        """The share of the path's variance that lies in the plane; None for other planes."""
        return self.section.share

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any,
        *,
        recorder: Any = None,
        kind: str = "plane",
        directions: Any = "auto",
        other: Any = None,
        span: float | tuple[float, float] | None = None,
        resolution: int | None = None,
        sample_weight: Any = None,
        random_state: int = 0,
        ax: Any = None,
    ) -> Self:
        """Work out the loss around a model's weights, and draw it.

        Parameters
        ----------
        model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
            A fitted network of this package, or what ends in one.
        X, y
            The rows it was trained on, as they were given to its fit. Of more than 5,000 rows,
            fewer for a large network, a sample is taken.
        recorder : WeightRecorder, optional
            Of the model's fit. The path is drawn, and the plane is that of its two principal
            directions.
        kind : 'plane' or 'line'
            A line is straight: to ``other``; from the start of a recorded path to its solution;
            between the two best restarts; or a random direction.
        directions : str or array of shape (2, p), or (1, p) for a line
            'path'; 'random', normalized neuron by neuron; 'parameters', the weight and the bias
            where there is only one each; 'restarts', the plane through the best three of several
            starts; or vectors, weights and biases by layer as ``WeightRecorder.path`` has them.
            'auto' is 'parameters' where it can be, else 'path' with a recorder, else 'random'.
        other : estimator or Pipeline, optional
            A second model of the same shape, for a line.
        span : float or (float, float), optional
            How far to look from the solution along each direction, in its units; by default so
            that the path, or the minima, or the bowl can be seen.
        resolution : int, optional
            Points along each direction; 61 if not given, 201 along a line.
        sample_weight : array of shape (n,), optional
            As it was given to the fit.
        random_state : int
            Draws the directions and the sample.
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        LossLandscape

        Raises
        ------
        InputError
            The rows, directions or the recorder do not belong to this model.
        sklearn.exceptions.NotFittedError
            The model has no weights yet.
        """
        count = _points(resolution, kind)
        error = ErrorOfWeights(
            model,
            X,
            y,
            sample_weight=sample_weight,
            points=count if kind == "line" else count**2,
            random_state=random_state,
        )
        view = view_of(
            error,
            kind=kind,
            recorder=recorder,
            other=other,
            directions=directions,
            random_state=random_state,
        )
        section, axes = view.section, axes_of(error, view, span, count)
        display = cls(
            loss=error.on_grid(section.origin, section.directions, *axes),
            x=axes[0],
            y=axes[1] if len(axes) == 2 else None,
            section=section,
            solution=section.project(error.solution[None])[0],
            solution_loss=error(error.solution),
            rows=error.rows,
            rows_used=error.rows_used,
        )
        display._add(error, view)
        return display.plot(ax=ax)

    def _add(self, error: ErrorOfWeights, view: View) -> None:
        """Work out the losses of what lies in the section besides the solution."""
        if view.path is not None:
            self.path = self.section.project(view.path.weights)
            self.path_epochs = view.path.epochs
            self.path_loss = np.array([error(weights) for weights in view.path.weights])
            self.best_epoch = int(view.path.epochs[view.path.kept])
        if view.minima is not None:
            weights, self.minima_names = view.minima
            self.minima = self.section.project(weights)
            self.minima_loss = np.array([error(each) for each in weights])
            self.barriers = np.zeros((len(weights), len(weights)))
            for i, j in combinations(range(len(weights)), 2):
                height = barrier(error, weights[i], weights[j])
                self.barriers[i, j] = self.barriers[j, i] = height

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it, or draw it again.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where; by default a new figure.

        Returns
        -------
        self
        """
        with style():
            (self.ax_,) = panels(ax, size=(6.4, 5.2 if self.kind == "plane" else 4.4))
            self.figure_ = figure_of(self.ax_)
            self.contours_ = self.colorbar_ = None
            if self.kind == "plane":
                self.contours_, self.colorbar_, self.line_ = draw_plane(self, self.ax_)
            else:
                self.line_ = draw_line(self, self.ax_)
        return self

    @property
    def alt_text(self) -> str:
        """What the picture shows, in words."""
        finite = self.loss[np.isfinite(self.loss)]
        reach = f"{finite.min():.4g} to {finite.max():.4g}" if finite.size else "infinite"
        what = "Contours" if self.kind == "plane" else "Curve"
        text = (
            f"{what} of the training loss ({self.section.told}), from {reach}; "
            f"{self.solution_loss:.4g} at the solution."
        )
        if self.path_loss is not None and self.path_epochs is not None:
            text += (
                f" The path of training leads from {self.path_loss[0]:.4g} at epoch "
                f"{self.path_epochs[0]} to {self.path_loss[-1]:.4g} at epoch "
                f"{self.path_epochs[-1]}."
            )
        if self.barriers is not None and self.minima_loss is not None:
            losses = " and ".join(f"{loss:.4g}" for loss in self.minima_loss)
            text += (
                f" Between points with losses {losses} the loss rises by up to "
                f"{self.barriers.max():.4g}."
            )
        return text


def _points(resolution: Any, kind: str) -> int:
    if resolution is None:
        return _ALONG_LINE if kind == "line" else _ALONG_PLANE
    whole = isinstance(resolution, Integral) and not isinstance(resolution, bool)
    if not whole or not _FEWEST <= resolution <= _MOST:
        raise InputError(
            f"resolution is a whole number from {_FEWEST} to {_MOST}; got {resolution!r}"
        )
    return int(resolution)
