"""Drawing how numbers are spread: a ridge for each layer, or bands by epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from chainrule.plots._style import COLORS, INK

__all__ = ["draw_bands", "draw_ridges"]

_TITLES = {
    "weights": "Weights w",
    "activations": "Activations h",
    "gradients": "Gradients |∂E/∂w|",
}
_LABELS = {"weights": "w", "activations": "h (output: ŷ)", "gradients": "|∂E/∂w|"}
_COLORS = dict(zip(_TITLES, (COLORS[0], COLORS[2], COLORS[4]), strict=True))
# Of the height of a line, the part that the highest bar takes; above it is a line of text.
_HIGH, _SAID = 0.66, 0.72
_SMALL: dict[str, Any] = {"fontsize": 10, "fontweight": "normal"}
# Of the exponent of a power of ten.
_ROUNDING = 1e-9
_UP = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def draw_ridges(spread: Any, axes: list[Axes]) -> None:
    """Draw a histogram of each layer above the next, the first layer on top.

    Parameters
    ----------
    spread : WeightHistograms
        What is drawn.
    axes : list of Axes
        Three.
    """
    count = len(spread.layers)
    for ax, (name, parts) in zip(axes, spread.histograms.items(), strict=True):
        for i, part in enumerate(parts):
            base = float(count - 1 - i)
            top = part.counts.max() or 1
            heights = base + _HIGH * part.counts / top
            color = _COLORS[name]
            ax.stairs(heights, part.edges, baseline=base, fill=True, color=color, alpha=0.55)
            ax.stairs(heights, part.edges, baseline=base, color=color, linewidth=1.2)
            ax.plot([part.median] * 2, [base, base + _HIGH], color=INK, linewidth=1.5)
            said = _said(spread, name, i)
            place = (0.99, base + _SAID)
            ax.text(*place, said, transform=ax.get_yaxis_transform(), ha="right", va="bottom")
        ax.set_title(_TITLES[name])
        rows = "" if name == "weights" else f", {spread.rows:,} rows"
        ax.set_xlabel(f"{_LABELS[name]}{rows}")
        ax.set_ylim(-0.04, count)
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=name == "gradients"))
        if name == "gradients":
            ax.xaxis.set_major_formatter(FuncFormatter(_power))
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
    axes[0].set_yticks([count - 1 - i + _HIGH / 2 for i in range(count)], spread.layers)
    axes[0].tick_params(axis="y", length=0)


def _power(exponent: float, _: Any) -> str:
    if abs(exponent - round(exponent)) < _ROUNDING:
        return f"10{str(round(exponent)).translate(_UP)}"
    return f"{10.0**exponent:.2g}"


def _said(spread: Any, name: str, layer: int) -> str:
    """Say which units do not respond, and how many gradients are 0."""
    idle, part = spread.idle[layer], spread.histograms[name][layer]
    if name == "activations" and idle is not None:
        return f"{idle.kind}: {idle.count} of {idle.units} ({idle.share:.0%})"
    if name == "gradients" and part.zeros:
        return f"exactly 0: {part.zeros / (part.zeros + part.counts.sum()):.0%}"
    return ""


def draw_bands(spread: Any, axes: list[Axes]) -> None:
    """Draw the quantiles of each quantity by epoch, three panels for each layer.

    Parameters
    ----------
    spread : WeightHistograms
        What is drawn.
    axes : list of Axes
        Three for each drawn layer.
    """
    layers = spread.drawn_layers
    for row, layer in enumerate(layers):
        for column, (name, parts) in enumerate(spread.quantiles.items()):
            ax = axes[3 * row + column]
            _draw_band(ax, spread.epochs, parts[layer].T, _COLORS[name])
            if name == "gradients":
                _set_log_scale(ax, parts)
            if row == 0:
                # The second line is for what stands at its right.
                ax.set_title(f"{_TITLES[name]}\n")
            if row == len(layers) - 1:
                ax.set_xlabel("epoch")
            else:
                ax.set_xticklabels([])
        axes[3 * row].set_ylabel(spread.layers[layer])
        axes[3 * row + 1].set_title(_course(spread, layer), loc="right", **_SMALL)
    axes[0].set_title("median, middle 50% and 90%", loc="right", **_SMALL)
    axes[2].set_title(f"on {spread.rows_by_epoch:,} rows", loc="right", **_SMALL)


def _draw_band(ax: Axes, epochs: list[int], quantiles: Any, color: str) -> None:
    low, lower, middle, upper, high = quantiles
    ax.fill_between(epochs, low, high, color=color, alpha=0.25, linewidth=0)
    ax.fill_between(epochs, lower, upper, color=color, alpha=0.5, linewidth=0)
    ax.plot(epochs, middle, color=INK, linewidth=1.6)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _set_log_scale(ax: Axes, parts: Any) -> None:
    """Give all layers' gradients one logarithmic axis, so that they can be compared."""
    known = parts[np.isfinite(parts) & (parts > 0)]
    if known.size:
        ax.set_yscale("log")
        ax.set_ylim(known.min() / 2, known.max() * 2)


def _course(spread: Any, layer: int) -> str:
    """Say how many units did not respond, in the first epoch and in the last."""
    idle = spread.idle[layer]
    if idle is None:
        return ""
    first, last = spread.idle_shares[layer][[0, -1]]
    return f"{idle.kind}: {first:.0%} → {last:.0%}"
