"""The line of each node of a first layer: where its weighted sum is 0, and how much it adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from chainrule.errors import InputError
from chainrule.explanation._parts import Parts
from chainrule.mathematics import activation
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of
from chainrule.plots._style import INK
from chainrule.plots.boundary._encoded import encoded
from chainrule.plots.boundary._plane import Plane
from chainrule.plots.boundary._plane_axis import PlaneAxis

if TYPE_CHECKING:
    from chainrule.plots.boundary.decision_boundary import DecisionBoundary

__all__ = [
    "MOST_NODES",
    "FirstLayer",
    "NodeLine",
    "check_no_category",
    "draw_nodes",
    "first_layer",
    "lines_of",
    "node_lines",
]

# Of the largest weighted sum: what a plane through it may miss, by rounding.
_ROUNDING = 1e-5
# Lines that are drawn; those of nodes with smaller shares would only hide them.
MOST_NODES = 12
# Rows over which activations vary.
_MOST_ROWS = 2000
# In points: how long an arrow is, and how far from the middle of its line's label.
_ARROW, _BESIDE = 18.0, 36.0


@dataclass(frozen=True, eq=False, kw_only=True)
class NodeLine:
    """One node of the first layer.

    Attributes
    ----------
    number : int
        Which node, counted from 1.
    share : float
        How much it adds to what comes after it; those of all nodes sum to 1 (0 if none adds
        anything).
    weights : tuple of float, or None
        w₁ and w₂ of its line w₁x + w₂y + b = 0 in the units of the axes; None where the steps
        before the network bend the line.
    bias : float or None
        b.
    sums : array of shape (ny, nx)
        Its weighted sum z over the grid.
    """

    number: int
    share: float
    weights: tuple[float, float] | None
    bias: float | None
    sums: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class FirstLayer:
    """What a network does first: h = f(xW + b), and the weights U that take h on."""

    weights: Array
    bias: Array
    function: str
    onward: Array

    def shares(self, inputs: Array) -> Array:
        """Return |u| times the standard deviation of h over some rows, normalized to 1."""
        spread = activation(self.function).value(inputs @ self.weights + self.bias).std(axis=0)
        amounts = np.sqrt((self.onward**2).sum(axis=1)) * spread
        total = amounts.sum()
        return np.asarray(amounts / total if total > 0 else np.zeros_like(amounts))


def first_layer(network: Any) -> FirstLayer:
    """Read the first layer of a network of this package, or of an estimator of scikit-learn.

    Parameters
    ----------
    network : estimator
        Fitted; multilayer, or linear.

    Returns
    -------
    FirstLayer
        Of a single neuron, f is the identity and U is 1 for its own output.

    Raises
    ------
    InputError
        It has no nodes.
    """
    if hasattr(network, "coefs_") and hasattr(network, "intercepts_"):
        weights = [np.asarray(w, np.float64) for w in network.coefs_]
        bias = np.asarray(network.intercepts_[0], np.float64)
    elif hasattr(network, "coef_"):
        weights = [np.atleast_2d(np.asarray(network.coef_, np.float64)).T]
        bias = np.atleast_1d(np.asarray(network.intercept_, np.float64))
    else:
        raise InputError(
            f"lines of nodes are those of a network or a single neuron; "
            f"{type(network).__name__} has no nodes"
        )
    if len(weights) == 1:
        k = weights[0].shape[1]
        return FirstLayer(weights=weights[0], bias=bias, function="identity", onward=np.eye(k))
    ours = getattr(network, "_network", None)
    function = network.activation if ours is None else ours.layers[0].activation
    onward = weights[1]
    if len(weights) == 2 and onward.shape[1] > 1 and hasattr(network, "classes_"):
        # What is added to all classes alike changes no probability of softmax.
        onward = onward - onward.mean(axis=1, keepdims=True)
    return FirstLayer(weights=weights[0], bias=bias, function=function, onward=onward)


def node_lines(
    layer: FirstLayer, grid: Array, rows: Array, x: PlaneAxis, y: PlaneAxis
) -> tuple[NodeLine, ...]:
    """Find each node's line, and its share.

    Parameters
    ----------
    layer : FirstLayer
        Of the network.
    grid : array of shape (ny · nx, d)
        The network's inputs over the grid, x quickest.
    rows : array of shape (n, d)
        Inputs over which a node's activation varies.
    x, y : PlaneAxis
        The axes; numbers, both.

    Returns
    -------
    tuple of NodeLine
        In the order of the nodes.
    """
    sums = (grid @ layer.weights + layer.bias).T.reshape(-1, len(y.grid), len(x.grid))
    shares = layer.shares(rows)
    found = []
    for place, z in enumerate(sums):
        plane = _plane_through(z, x.grid, y.grid)
        found.append(
            NodeLine(
                number=place + 1,
                share=float(shares[place]),
                weights=None if plane is None else plane[:2],
                bias=None if plane is None else plane[2],
                sums=z,
            )
        )
    return tuple(found)


def _plane_through(z: Array, x: Array, y: Array) -> tuple[float, float, float] | None:
    """Return w₁, w₂ and b of the plane through three corners, if all of z is on it."""
    w1 = float((z[0, -1] - z[0, 0]) / (x[-1] - x[0]))
    w2 = float((z[-1, 0] - z[0, 0]) / (y[-1] - y[0]))
    b = float(z[0, 0] - w1 * x[0] - w2 * y[0])
    misses = np.abs(z[0, 0] + w1 * (x - x[0]) + w2 * (y[:, None] - y[0]) - z).max()
    return (w1, w2, b) if misses <= _ROUNDING * max(float(np.abs(z).max()), 1e-300) else None


def lines_of(parts: Parts, plane: Plane) -> tuple[NodeLine, ...]:
    """Find the lines of the first layer of a model, with shares over at most 2,000 rows."""
    layer = first_layer(parts.network)
    check_no_category(plane)
    grid = np.concatenate([encoded(parts.steps, parts.network, t) for t in plane.tables()])
    some = np.arange(len(plane.rows))
    if len(some) > _MOST_ROWS:
        some = np.sort(np.random.default_rng(0).choice(some, _MOST_ROWS, replace=False))
    rows = encoded(parts.steps, parts.network, plane.rows.pick(some).table)
    return node_lines(layer, grid, rows, plane.x, plane.y)


def check_no_category(plane: Plane) -> None:
    """Refuse lines over an axis that has nothing between its places."""
    for axis in (plane.x, plane.y):
        if axis.levels:
            raise InputError(
                f"no line runs over the categories of {axis.name!r}; choose two columns of numbers "
                "with features"
            )


# ---------------------------------------------------------------------- drawing


def draw_nodes(ax: Axes, boundary: DecisionBoundary) -> list[Any]:
    """Draw the line of each node, wider the larger its share, and an arrow to where z > 0.

    Returns
    -------
    list of artist
        All of them can be removed.
    """
    drawn: list[Any] = []
    taken: list[Array] = []
    ranked = sorted(boundary.nodes, key=lambda node: -node.share)[:MOST_NODES]
    for node in ranked:
        if not node.sums.min() < 0 < node.sums.max():
            continue
        width = 0.8 + 2.0 * node.share / max(ranked[0].share, 1e-12)
        x, y = boundary.x.grid, boundary.y.grid
        line = ax.contour(
            *(x, y, node.sums, [0.0]),
            colors=[INK],
            linewidths=[width],
            linestyles=[(0, (4, 2))],
            zorder=2.5,
        )
        line.set(path_effects=[withStroke(linewidth=width + 1.6, foreground="white")])
        drawn.append(line)
        drawn += _mark(ax, node, _longest(line.get_paths()[0]), taken)
    return drawn


def _longest(path: Path) -> Array:
    """Return the longest of the curves that a line is made of."""
    begins = np.flatnonzero(path.codes == Path.MOVETO)
    return max(np.split(np.asarray(path.vertices), begins[1:]), key=len)


def _mark(ax: Axes, node: NodeLine, path: Array, taken: list[Array]) -> list[Any]:
    """Write a node's number and share on its line, far from other marks, and draw the arrow."""
    low, high = np.array([[*ax.get_xlim()], [*ax.get_ylim()]]).T
    # In shares of the axes, in which distances are those that are seen.
    seen = (path - low) / (high - low)
    steps = np.linspace(0, len(seen) - 1, 41)
    along = np.column_stack([np.interp(steps, np.arange(len(seen)), part) for part in seen.T])
    inside = (np.abs(along - 0.5) < 0.42).all(axis=1)
    if not inside.any():  # it only cuts a corner off
        return []
    choices = along[inside]
    others = np.array(taken) if taken else np.full((1, 2), 0.5)
    room = np.abs(choices[:, None] - others) / np.array([0.16, 0.08])
    place = choices[int(np.sqrt((room**2).sum(axis=2)).min(axis=1).argmax())]
    taken.append(place)
    x, y = (low + place * (high - low)).tolist()
    text = ax.annotate(
        f"{node.number} · {node.share:.0%}",
        (x, y),
        ha="center",
        va="center",
        fontsize=10,
        fontweight="bold",
        color=INK,
        path_effects=[withStroke(linewidth=3, foreground="white")],
        zorder=7,
    )
    return [text, _arrow(ax, node, path, (x, y))]


def _arrow(ax: Axes, node: NodeLine, path: Array, label: tuple[float, float]) -> Any:
    """Draw an arrow from a line, beside its label, to where its node's weighted sum is positive."""
    box, points = ax.get_window_extent(), 72 / figure_of(ax).dpi
    span = np.array([np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())])
    scale = points * np.array([box.width, box.height]) / span
    away = np.hypot(*((path - label) * scale).T)
    middle = np.array([ax.get_xlim(), ax.get_ylim()]).mean(axis=1)
    outside = (np.abs(path - middle) > 0.37 * span).any(axis=1)
    foot = int((np.abs(away - _BESIDE) + 1e6 * outside).argmin())
    first, last = max(foot - 1, 0), min(foot + 1, len(path) - 1)
    along = (path[last] - path[first]) * scale
    across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-12)
    rising = _slope_at(node.sums, ax, path[foot]) / scale
    arrow = ax.annotate(
        "",
        xy=tuple(path[foot]),
        xytext=tuple(_ARROW * (across if across @ rising >= 0 else -across)),
        textcoords="offset points",
        arrowprops={"arrowstyle": "<|-", "color": INK, "lw": 1.4, "shrinkA": 0, "shrinkB": 0},
        zorder=5,
    )
    if arrow.arrow_patch is not None:
        arrow.arrow_patch.set_path_effects([withStroke(linewidth=3, foreground="white")])
    return arrow


def _slope_at(z: Array, ax: Axes, place: Array) -> Array:
    """Return ∂z/∂x and ∂z/∂y near a place."""
    up, across = np.gradient(z)
    low, high = np.array([[*ax.get_xlim()], [*ax.get_ylim()]]).T
    shape = np.array(z.shape[::-1]) - 1
    column, row = np.clip(np.round((place - low) / (high - low) * shape), 0, shape)
    at = int(row), int(column)
    return np.asarray(np.array([across[at], up[at]]) * shape / (high - low))
