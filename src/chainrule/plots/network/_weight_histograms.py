"""How weights, activations and gradients are spread in each layer, now or by epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation._case import Case
from chainrule.explanation._rows import open_case
from chainrule.explanation.diagnosing._finding import counted
from chainrule.explanation.diagnosing._nodes import is_dead, is_saturated
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import style
from chainrule.plots.network._opened import in_our_terms, layer_names, open_network
from chainrule.plots.network._spread_drawing import draw_bands, draw_ridges

__all__ = ["Idle", "LayerHistogram", "WeightHistograms"]

_ASKER = "Weights.histograms"
#: What is drawn, in this order.
QUANTITIES = ("weights", "activations", "gradients")
#: Of each quantity by epoch.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_BINS = 60
# Of more epochs some are left out, and of rows for each epoch fewer are taken.
_MOST_EPOCHS, _ROWS_BY_EPOCH = 50, 500
# Layers that are drawn by epoch, the first and the last among them.
_MOST_LAYERS = 4
# Gradients that are smaller than the largest by more orders of magnitude are rounding.
_DECADES = 12.0


class LayerHistogram(NamedTuple):
    """How many numbers of a layer lie where.

    Attributes
    ----------
    counts : array of shape (bins,)
        How many there are in each bin.
    edges : array of shape (bins + 1,)
        Of the bins; of gradients log₁₀|∂E/∂W|.
    zeros : int
        Of gradients, how many are exactly 0 and so in no bin.
    median : float
        Of the numbers in the bins, on the scale of the edges; NaN if there are none.
    """

    counts: Array
    edges: Array
    zeros: int
    median: float


@dataclass(frozen=True)
class Idle:
    """Units of a layer that do not respond to the rows.

    Attributes
    ----------
    kind : str
        ``"dead"``: a ReLU that is 0 on every row. ``"saturated"``: a sigmoid or tanh whose slope
        is below 5 % of its largest on 95 % of the rows or more.
    count, units : int
        How many, of how many.
    """

    kind: str
    count: int
    units: int

    @property
    def share(self) -> float:
        """The part of the layer's units."""
        return self.count / self.units


@dataclass(frozen=True, eq=False)
class _Numbers:
    """All numbers of a network on a sample: for each quantity, an array of each layer."""

    weights: list[Array]
    activations: list[Array]
    gradients: list[Array]
    idle: list[Idle | None]

    @classmethod
    def of(cls, case: Case) -> _Numbers:
        """Calculate them by the textbook's passes."""
        network = case.network
        return cls(
            [w.ravel() for w, _ in network.views(case.parameters)],
            [h.ravel() for h in case.trace.h],
            [w.ravel() for w, _ in network.views(case.gradient)],
            [_idle(case, i) for i in range(len(network.layers))],
        )


def _idle(case: Case, layer: int) -> Idle | None:
    """Count the units of a hidden layer that are dead or saturated; None for other activations."""
    record = case.network.layers[layer]
    if layer == len(case.network.layers) - 1:
        return None
    if record.activation == "relu":
        return Idle("dead", int(is_dead(case, layer).sum()), record.outputs)
    if record.activation in ("logistic", "tanh"):
        return Idle("saturated", int(is_saturated(case, layer).sum()), record.outputs)
    return None


class WeightHistograms:
    r"""How weights, activations and gradients ∂E/∂W are spread in each layer, or by epoch.

    Gradients that shrink from the output towards the first layer vanish, those that grow explode;
    a unit that is dead or saturated has activations but learns nothing. Made by
    :meth:`chainrule.plots.Weights.histograms`.

    Parameters
    ----------
    layers : sequence of str
        What each layer is called.
    histograms : dict of str to tuple of LayerHistogram
        Of ``"weights"``, ``"activations"`` and ``"gradients"``, one for each layer.
    idle : tuple of Idle or None
        Of each layer; None where units can be neither dead nor saturated.
    rows : int
        On how many rows.
    epochs : list of int, optional
        Which were recorded and are drawn.
    quantiles : dict of str to array of shape (layers, epochs, 5), optional
        The 5, 25, 50, 75 and 95 % quantiles by epoch; of gradients, of \|∂E/∂W\| without zeros.
    idle_shares : array of shape (layers, epochs), optional
        The share of dead or saturated units by epoch; NaN where there can be none.
    rows_by_epoch : int
        On how many rows these were found.

    Attributes
    ----------
    layers, histograms, idle, rows, epochs, quantiles, idle_shares, rows_by_epoch
        As they were given.
    drawn_layers : tuple of int
        By epoch, the layers that have panels: at most four, the first and the last among them.
    axes_ : list of Axes
        The panels: weights, activations and gradients; by epoch these three for each layer.
    figure_
        What they are on.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from chainrule import LogisticRegression
    >>> X, y = [[1.0, 2.0], [2.0, 0.0]], [0, 1]
    >>> model = LogisticRegression(solver="gd").initialize(X, y)
    >>> drawn = WeightHistograms.from_estimator(model, X, y, ax=Figure().subplots(1, 3))
    >>> [int(drawn.histograms[name][0].counts.sum()) for name in drawn.histograms]
    [2, 2, 2]
    """

    def __init__(
        self,
        layers: Any,
        histograms: dict[str, tuple[LayerHistogram, ...]],
        idle: tuple[Idle | None, ...],
        rows: int,
        *,
        epochs: list[int] | None = None,
        quantiles: dict[str, Array] | None = None,
        idle_shares: Array | None = None,
        rows_by_epoch: int = 0,
    ) -> None:
        self.layers = tuple(layers)
        self.histograms = histograms
        self.idle = idle
        self.rows = rows
        self.epochs = epochs
        self.quantiles = quantiles
        self.idle_shares = idle_shares
        self.rows_by_epoch = rows_by_epoch

    @classmethod
    def from_estimator(
        cls, model: Any, X: Any, y: Any, *, recorder: Any = None, ax: Any = None
    ) -> Self:
        """Calculate and draw them; see :meth:`chainrule.plots.Weights.histograms`."""
        network = open_network(model, _ASKER).network
        if X is None or y is None:
            raise InputError(f"{_ASKER} needs rows and their answers, X and y, for the gradients")
        case = open_case(in_our_terms(model, _ASKER), X, y, sample_weight=None)
        numbers = _Numbers.of(case)
        by_epoch: dict[str, Any] = {}
        if recorder is not None:
            by_epoch = _follow(case, recorder)
        return cls(
            layer_names(len(network.layers)),
            {name: _histograms(getattr(numbers, name), name) for name in QUANTITIES},
            tuple(numbers.idle),
            len(case.x),
            **by_epoch,
        ).plot(ax=ax)

    @property
    def drawn_layers(self) -> tuple[int, ...]:
        """The layers that have panels of their own, by epoch."""
        last = len(self.layers) - 1
        places = np.linspace(0, last, min(last + 1, _MOST_LAYERS))
        return tuple(round(place) for place in places.tolist())

    def plot(self, *, ax: Any = None) -> Self:
        """Draw them.

        Parameters
        ----------
        ax : matplotlib Axes, or array of them, optional
            Three panels, or three for each drawn layer; or one, in whose place they are put.

        Returns
        -------
        self

        Raises
        ------
        InputError
            These are no axes, or another number of them.
        """
        with style():
            if self.quantiles is None:
                size = (9.6, float(np.clip(1.2 + 0.9 * len(self.layers), 3.2, 9.0)))
                self.axes_ = panels(ax, columns=3, size=size)
                draw_ridges(self, self.axes_)
            else:
                rows = len(self.drawn_layers)
                self.axes_ = panels(ax, rows=rows, columns=3, size=(9.6, 1.2 + 1.7 * rows))
                draw_bands(self, self.axes_)
            self.figure_ = figure_of(self.axes_[0])
        return self

    @property
    def alt_text(self) -> str:
        """What the picture shows, in words."""
        slopes = [
            f"{name} {0.0 if np.isnan(part.median) else 10.0**part.median:.1g}"
            for name, part in zip(self.layers, self.histograms["gradients"], strict=True)
        ]
        idle = [
            f"{part.count} of {part.units} units of {name} are {part.kind}"
            for name, part in zip(self.layers, self.idle, strict=True)
            if part is not None and part.count
        ]
        told = "; ".join(idle) or "No unit is dead or saturated"
        when = f"by epoch, {self.epochs[0]} to {self.epochs[-1]}" if self.epochs else "by layer"
        return (
            f"Weights, activations and gradients {when}, on {counted(self.rows, 'row')}; "
            f"the median |∂E/∂w|: {', '.join(slopes)}. {told}."
        )


def _histograms(layers: list[Array], name: str) -> tuple[LayerHistogram, ...]:
    """Count the numbers of each layer in bins that are the same for all."""
    zeros = [0] * len(layers)
    if name == "gradients":
        zeros = [int((part == 0).sum()) for part in layers]
        layers = [np.log10(np.abs(part[part != 0])) for part in layers]
        top = max((float(part.max()) for part in layers if part.size), default=0.0)
        layers = [np.maximum(part, top - _DECADES) for part in layers]
    everything = np.concatenate(layers)
    if name == "weights":
        everything = np.concatenate([everything, -everything])
    low, high = (float(everything.min()), float(everything.max())) if everything.size else (0, 0)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    found = []
    for part, none in zip(layers, zeros, strict=True):
        counts, edges = np.histogram(part, bins=_BINS, range=(low, high))
        median = float(np.median(part)) if part.size else float("nan")
        found.append(LayerHistogram(counts, edges, none, median))
    return tuple(found)


# ---------------------------------------------------------------------- by epoch


def _follow(case: Case, recorder: Any) -> dict[str, Any]:
    """Send rows through the network as it was after each recorded epoch."""
    epochs = _epochs(case, recorder)
    found: dict[str, list[Array]] = {name: [] for name in QUANTITIES}
    shares = []
    for then in _cases(case, recorder, epochs):
        numbers = _Numbers.of(then)
        for name in QUANTITIES:
            found[name].append(_quantiles(getattr(numbers, name), name))
        shares.append([np.nan if part is None else part.share for part in numbers.idle])
    quantiles = {name: np.stack(parts, axis=1) for name, parts in found.items()}
    rows = -(-len(case.x) // -(-len(case.x) // _ROWS_BY_EPOCH))
    return {
        "epochs": epochs,
        "rows_by_epoch": rows,
        "quantiles": quantiles,
        "idle_shares": np.array(shares).T,
    }


def _epochs(case: Case, recorder: Any) -> list[int]:
    """Return which epochs are drawn, and see that they are of this network."""
    if not hasattr(recorder, "model_at"):
        raise InputError(
            f"recorder takes a WeightRecorder that recorded the fit, not {type(recorder).__name__}"
        )
    every = len(recorder.path)
    theirs = recorder.model_at(recorder.epochs[-1])._network.sizes
    if theirs != case.network.sizes:
        raise InputError(
            f"the recorder has a network of {theirs} nodes, but the model's has "
            f"{case.network.sizes}: give the recorder of this model's fit"
        )
    if every < 2:
        raise InputError("the recorder has one epoch only: fit for more, or leave recorder out")
    places = np.unique(np.linspace(0, every - 1, min(every, _MOST_EPOCHS)).round().astype(int))
    return [int(recorder.epochs[place]) for place in places.tolist()]


def _cases(case: Case, recorder: Any, epochs: list[int]) -> Iterator[Case]:
    sample = case.sample
    assert sample is not None  # noqa: S101 (there are rows)
    step = -(-len(sample.x) // _ROWS_BY_EPOCH)
    y = None if sample.y is None else sample.y[::step]
    weights = None if sample.weights is None else sample.weights[::step]
    fewer = replace(sample, x=sample.x[::step], y=y, weights=weights)
    for epoch in epochs:
        yield Case(recorder.model_at(epoch), (), fewer)


def _quantiles(layers: list[Array], name: str) -> Array:
    """Return the quantiles of each layer, shape (layers, 5); NaN where there are no numbers."""
    found = np.full((len(layers), len(QUANTILES)), np.nan)
    for i, layer in enumerate(layers):
        part = np.abs(layer[layer != 0]) if name == "gradients" else layer
        part = part[np.isfinite(part)]
        if part.size:
            found[i] = np.quantile(part, QUANTILES)
    return found
