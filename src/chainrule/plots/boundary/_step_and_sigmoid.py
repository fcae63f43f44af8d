"""One neuron with the step function, and the same one with the sigmoid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.explanation._parts import Parts
from chainrule.mathematics import activation
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import named, style
from chainrule.plots.boundary._answers import Answers, open_model, over, targets_of
from chainrule.plots.boundary._encoded import encoded
from chainrule.plots.boundary._node_lines import (
    FirstLayer,
    NodeLine,
    check_no_category,
    first_layer,
    node_lines,
)
from chainrule.plots.boundary._plane import Plane, find_rows, make_plane
from chainrule.plots.boundary.decision_boundary import DecisionBoundary

__all__ = ["StepAndSigmoid", "step_and_sigmoid"]

_SIZE = (10.0, 4.2)


@dataclass(eq=False, kw_only=True)
class StepAndSigmoid:
    """One neuron drawn twice, with the same weights.

    Attributes
    ----------
    step, sigmoid : DecisionBoundary
        With ŷ = 1 if z ≥ 0 else 0, and with ŷ = σ(z).
    line : NodeLine
        Where z = 0: ``weights`` and ``bias`` in the units of the axes.
    figure_, axes_
        After ``plot``: where they are drawn.
    """

    step: DecisionBoundary
    sigmoid: DecisionBoundary
    line: NodeLine

    figure_: Figure = field(init=False, repr=False)
    axes_: list[Axes] = field(init=False, repr=False)

    def plot(self, *, ax: Any = None) -> Self:
        """Draw both, again.

        Parameters
        ----------
        ax : matplotlib Axes, or two, optional
            Where; by default a new figure.

        Returns
        -------
        self
        """
        with style():
            self.axes_ = panels(ax, columns=2, size=_SIZE)
        self.figure_ = figure_of(self.axes_[0])
        for boundary, place in zip((self.step, self.sigmoid), self.axes_, strict=True):
            boundary.plot(ax=place)
        if self.step.legend_ is not None:  # one is enough for both
            self.step.legend_.remove()
        return self

    @property
    def alt_text(self) -> str:
        """What the picture shows, in words."""
        sums, sure = self.line.sums, self.sigmoid.class_values
        assert sure is not None  # noqa: S101 (two classes have them)
        unsure = float((sure.max(axis=-1) < 0.9).mean())
        return (
            f"One neuron over {self.step.x.name} (across) and {self.step.y.name} (up), twice. With "
            f"the step function it says yes on {(sums >= 0).mean():.0%} of the picture and no on "
            f"the rest; with the sigmoid the same line is where the probability is 50 %, and on "
            f"{unsure:.0%} of the picture neither class reaches 90 %."
        )


def step_and_sigmoid(
    model: Any,
    X: Any,
    y: Any,
    *,
    node: int | None,
    features: Sequence[str | int] | None,
    held_at: Mapping[str | int, Any] | None,
    resolution: int,
) -> StepAndSigmoid:
    """Compute what :meth:`DecisionBoundary.step_and_sigmoid` draws."""
    parts, model_classes = open_model(model, "step_and_sigmoid")
    layer = _one_neuron(first_layer(parts.network), node, parts, model_classes)
    right, name = targets_of(y, model_classes, len(find_rows(parts, X)))
    plane = make_plane(
        *(parts, X, right), features=features, held_at=held_at, resolution=resolution
    )
    check_no_category(plane)
    grid = np.concatenate([encoded(parts.steps, parts.network, t) for t in plane.tables()])
    rows = encoded(parts.steps, parts.network, plane.rows.table)
    (line,) = node_lines(layer, grid, rows, plane.x, plane.y)
    sums = (rows @ layer.weights + layer.bias)[:, 0]
    # A hidden node says yes or no to something of its own, which has no class.
    right = right if node is None else None
    classes = model_classes if node is None and model_classes else ("no", "yes")
    pair = [
        _drawn(plane, line, sums, function, classes=classes, right=right, name=name)
        for function in ("step", "logistic")
    ]
    return StepAndSigmoid(step=pair[0], sigmoid=pair[1], line=line)


def _one_neuron(
    layer: FirstLayer, node: int | None, parts: Parts, classes: tuple[Any, ...] | None
) -> FirstLayer:
    count = layer.weights.shape[1]
    hidden = len(getattr(parts.network, "coefs_", [0])) > 1
    if node is None:
        if hidden:
            raise InputError(
                f"this network has {count} nodes in its first layer; choose one with node=1 to "
                f"{count}"
            )
        if count > 1 or classes is None:
            what = f"{count} neurons, one for each class" if classes else "no step: it predicts"
            raise InputError(
                f"step_and_sigmoid shows one neuron that tells two classes apart, and this model "
                f"has {what}{'' if classes else ' numbers'}"
            )
        return layer
    whole = isinstance(node, int | np.integer) and not isinstance(node, bool)
    if not whole or not 1 <= node <= count:
        raise InputError(f"node={node!r}: the first layer has nodes 1 to {count}")
    one = slice(node - 1, node)
    return FirstLayer(
        weights=layer.weights[:, one],
        bias=layer.bias[one],
        function=layer.function,
        onward=layer.onward[one],
    )


def _drawn(
    plane: Plane,
    line: NodeLine,
    sums: Array,
    function: str,
    *,
    classes: tuple[Any, ...],
    right: NDArray[Any] | None,
    name: str | None,
) -> DecisionBoundary:
    value = activation(function).value
    yes = value(line.sums.ravel())
    answers = Answers(
        kind="class" if function == "step" else "probability",
        values=np.column_stack([1 - yes, yes]).astype(np.float32),
        winners=(line.sums.ravel() >= 0).astype(np.int64),
    )
    boundary = DecisionBoundary(**over(plane, answers), classes=classes, target_name=name)
    # The line itself, which steps of the grid would only come near to.
    if function == "step":
        boundary.class_values = np.stack([-line.sums, line.sums], axis=-1)
    predicted = np.array(classes, dtype=object)[(sums >= 0).astype(np.int64)]
    boundary.set_rows(plane, right, predicted)
    step = function == "step"
    boundary.title = "Step: ŷ = 1 if z ≥ 0, else 0" if step else "Sigmoid: ŷ = σ(z)"
    boundary.note = _weighted_sum(line, plane) if step else "Line: ŷ = 0.5."
    return boundary


def _weighted_sum(line: NodeLine, plane: Plane) -> str | None:
    """Write z in the units of the axes."""
    if line.weights is None or line.bias is None:
        return None
    terms = zip((*line.weights, line.bias), (plane.x.name, plane.y.name, None), strict=True)
    text = "z ="
    for place, (number, name) in enumerate(terms):
        sign = "−" if number < 0 else "+" if place else ""
        text += f" {sign}{' ' if place else ''}{abs(number):.4g}"
        text += f" · {named(name)}" if name else ""
    return text
