"""Too little, enough, too much: training and test error against epochs, size and penalty."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from chainrule.errors import InputError
from chainrule.estimators import ComplexityGraph, model_complexity
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import style
from chainrule.plots.learning._complexity_panels import (
    PLACES,
    draw_legend,
    draw_map,
    draw_slice,
    label_y,
    size_name,
)

__all__ = ["ModelComplexity"]

_MAP = "size × penalty"
#: How panels stand, by their number.
_GRIDS = {1: (1, 1), 2: (1, 2), 3: (1, 3), 4: (2, 2), 5: (2, 3), 6: (2, 3)}
#: Of one among several, in inches: as small as its letters allow.
_PANEL = (3.7, 3.1)
#: A panel for each of so many sizes or penalties at most.
_MOST_PANELS = 5


class ModelComplexity:
    """The model-complexity graph: where a network is too simple, good, or too complex.

    The mean of the errors over the splits, with a band of one standard deviation; the parts that
    are under- and overfit tinted, hatched and named as
    :class:`~chainrule.estimators.ComplexityGraph` defines them; the best cell marked with its
    number, and the simplest one within a standard error of it. Complexity grows to the right.

    Parameters
    ----------
    graph : ComplexityGraph
        From :func:`chainrule.model_complexity`.

    Attributes
    ----------
    graph : ComplexityGraph
        All numbers.
    figure_ : matplotlib.figure.Figure
        What was drawn on.
    ax_ : matplotlib Axes
        The first panel.
    axes_ : list of matplotlib Axes
        All panels.
    artists_ : list of dict
        For each panel its artists by name: "train", "test", "train_band", "test_band", "zones",
        "marks"; of a map "image", "colorbar", "texts".

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from sklearn.datasets import load_iris
    >>> from chainrule import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> display = ModelComplexity.from_estimator(
    ...     *(MLPClassifier((8,), learning_rate_init=0.01), X, y),
    ...     epochs=20,
    ...     splits=2,
    ...     ax=Figure().subplots(),
    ... )
    >>> display.ax_.get_xlabel(), display.graph.test_error.shape
    ('epochs', (1, 1, 20))
    """

    def __init__(self, graph: ComplexityGraph) -> None:
        self.graph = graph

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        against: str | None = None,
        of: str | None = None,
        ax: Any = None,
        **training: Any,
    ) -> Self:
        """Train on several splits, and draw both errors.

        Parameters
        ----------
        estimator : estimator, Pipeline or TransformedTargetRegressor
            As for :func:`chainrule.model_complexity`; not changed.
        X, y
            The rows and their targets.
        against, of, ax
            As for :meth:`plot`.
        **training
            What to try: ``epochs``, ``sizes``, ``penalties``, ``splits`` and all else that
            :func:`chainrule.model_complexity` takes.

        Returns
        -------
        ModelComplexity

        Raises
        ------
        InputError
            Something cannot be used; nothing was varied.
        """
        return cls(model_complexity(estimator, X, y, **training)).plot(
            against=against, of=of, ax=ax
        )

    @classmethod
    def from_graph(
        cls,
        graph: ComplexityGraph,
        *,
        against: str | None = None,
        of: str | None = None,
        ax: Any = None,
    ) -> Self:
        """Draw what :func:`chainrule.model_complexity` found.

        Parameters
        ----------
        graph : ComplexityGraph
            The numbers.
        against, of, ax
            As for :meth:`plot`.

        Returns
        -------
        ModelComplexity
        """
        return cls(graph).plot(against=against, of=of, ax=ax)

    def plot(self, *, against: str | None = None, of: str | None = None, ax: Any = None) -> Self:
        """Draw it.

        Parameters
        ----------
        against : {"epochs", "size", "penalty", "size × penalty"}, optional
            One picture: the errors along this axis through the best cell, or a map of the test
            errors of two. By default all that there is: with epochs and one other axis, epochs in
            a panel for each value of the other, and the other at the best epoch; with size and
            penalty the map; with all three, each and the map.
        of : {"error", "score"}, optional
            What is drawn; by default what decides.
        ax : matplotlib Axes, or one for each panel, optional
            Where.

        Returns
        -------
        self

        Raises
        ------
        InputError
            There is no such axis, or only a single cell.
        """
        graph = self.graph
        of = of or graph.decides
        if of not in ("error", "score"):
            raise InputError(f"of is 'error' or 'score', not {of!r}")
        wanted = _wanted(graph, against)
        rows, columns = _GRIDS[len(wanted)]
        size = None if len(wanted) == 1 else (_PANEL[0] * columns, _PANEL[1] * rows)
        with style():
            all_axes = panels(ax, rows=rows, columns=columns, size=size)
            self.axes_ = all_axes[: len(wanted)]
            for spare in all_axes[len(wanted) :]:
                spare.set_axis_off()
            self.artists_ = [
                _draw(one, graph, axis, through, of)
                for one, (axis, through) in zip(self.axes_, wanted, strict=True)
            ]
            _finish(graph, self.axes_, self.artists_, columns, of)
        self.ax_ = self.axes_[0]
        self.figure_ = figure_of(self.ax_)
        return self

    @property
    def alt_text(self) -> str:
        """What the picture shows, for who cannot see it."""
        graph = self.graph
        zones, counts = np.unique(graph.zones, return_counts=True)
        found = ", ".join(f"{n:,} {zone}" for zone, n in zip(zones, counts, strict=True))
        names = " and ".join(graph.axes) or "one cell"
        told = (
            f"Training and test {graph.error_name} against {names}, means of {graph.splits} "
            f"split{'s' * (graph.splits > 1)}. Best is {_told(graph, graph.best)}"
        )
        if graph.choice_place != graph.best_place:
            told += f"; the simplest within a standard error is {_told(graph, graph.choice)}"
        return f"{told}. Of {graph.zones.size:,} cells: {found}."


def _told(graph: ComplexityGraph, cell: Any) -> str:
    size = f"hidden layers {size_name(cell.size)}, " if "size" in graph.axes else ""
    penalty = f"{graph.penalty} {cell.penalty:g}, " if "penalty" in graph.axes else ""
    return (
        f"{size}{penalty}epoch {cell.epoch}, with a test error of {cell.test_error:.3g} ± "
        f"{cell.test_spread:.2g} (training {cell.train_error:.3g})"
    )


# ---------------------------------------------------------------------------- which panels


def _wanted(graph: ComplexityGraph, against: str | None) -> list[tuple[str, tuple[int, int, int]]]:
    """Return the axis of each panel and the cell through which it goes."""
    best, axes = graph.best_place, graph.axes
    known = [*axes, *([_MAP] if {"size", "penalty"} <= set(axes) else [])]
    if not known:
        raise InputError(
            "there is a single cell, and nothing to draw it against: give several epochs, sizes or "
            "penalties"
        )
    if against is not None:
        if against not in known:
            raise InputError(
                f"against takes an axis that was varied, here {', '.join(map(repr, known))}; not "
                f"{against!r}"
            )
        return [(against, best)]
    if len(axes) == 1:
        return [(axes[0], best)]
    if "epochs" not in axes:
        return [(_MAP, best)]
    if len(axes) == 3:
        return [(axis, best) for axis in (*axes, _MAP)]
    other = axes[1]
    return [*_one_each(graph, other), (other, best)]


def _one_each(graph: ComplexityGraph, other: str) -> list[tuple[str, tuple[int, int, int]]]:
    place = PLACES[other]
    count = graph.zones.shape[place]
    chosen = sorted(set(np.linspace(0, count - 1, min(count, _MOST_PANELS)).round().astype(int)))
    best = graph.best_place[place]
    if best not in chosen:
        nearest = int(np.argmin([abs(one - best) for one in chosen]))
        chosen[nearest] = best
    if other == "penalty":
        chosen = chosen[::-1]
    cells = []
    for one in chosen:
        through = list(graph.best_place)
        through[place] = int(one)
        cells.append(("epochs", (through[0], through[1], through[2])))
    return cells


def _draw(
    ax: Any, graph: ComplexityGraph, axis: str, through: tuple[int, int, int], of: str
) -> dict[str, Any]:
    if axis == _MAP:
        drawn = draw_map(ax, graph, of)
        at = ", each at its best epoch" if "epochs" in graph.axes else ""
        ax.set_title(f"Test {'error' if of == 'error' else 'score'}{at}")
        return drawn
    drawn = draw_slice(ax, graph, axis, through=through, of=of)
    ax.set_title(_title(graph, axis, through))
    return drawn


def _title(graph: ComplexityGraph, axis: str, through: tuple[int, int, int]) -> str:
    """Name what is held still, of what was varied."""
    size, penalty, epoch = through
    held = []
    if axis != "size" and "size" in graph.axes:
        layers = graph.sizes[size]
        nodes = "node" if layers == (1,) else "nodes"
        held.append(f"{size_name(layers)} {nodes}" if layers else "no hidden layer")
    if axis != "penalty" and "penalty" in graph.axes:
        held.append(f"{graph.penalty} {graph.penalties[penalty]:g}")
    if axis != "epochs" and "epochs" in graph.axes:
        held.append(f"after {graph.epochs[epoch]} epochs")
    return ", ".join(held) or "Model complexity"


def _finish(
    graph: ComplexityGraph, axes: list[Any], artists: list[dict[str, Any]], columns: int, of: str
) -> None:
    """Say once which curve is which, and in every row what is drawn."""
    slices = [place for place, one in enumerate(artists) if "test" in one]
    if slices:
        draw_legend(axes[slices[0]], artists[slices[0]])
    for place in slices:
        if place % columns == 0:
            label_y(axes[place], graph, of)
