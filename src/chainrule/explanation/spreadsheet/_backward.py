"""A spreadsheet's step 4: δ of every layer, factor by factor, and the slopes of all weights."""

from __future__ import annotations

import numpy as np

from chainrule.explanation.spreadsheet._cells import (
    Block,
    Label,
    Page,
    dot,
    each,
    total,
)
from chainrule.explanation.spreadsheet._error import Errors
from chainrule.explanation.spreadsheet._scene import Given, Pass, Scene, up
from chainrule.explanation.worked._arithmetic import Ref
from chainrule.explanation.worked._curves import name_of, slope
from chainrule.explanation.worked._notation import Symbol
from chainrule.explanation.worked._writing import CellWriter
from chainrule.mathematics import ACTIVATIONS, LOSSES
from chainrule.mathematics.arrays import Array

__all__ = ["write_backpropagation"]

# Nearer to 0 or 1 a ŷ is no number to divide by, and spreadsheets take it for 0 or 1.
_NEAR = 1e-12
# ∂e/∂ŷ and ∂ŷ/∂z of each output.
_FACTORS = {
    "half_squared_error": ("{h}-{y}", "1"),
    "log_loss": ('IF(MIN({h},1-{h})>1E-12,-{y}/{h}+(1-{y})/(1-{h}),"none")', "{h}*(1-{h})"),
    "poisson": ('IF({h}>1E-12,1-{y}/{h},"none")', "{h}"),
    "cross_entropy": ('IF({y}=0,0,IF({h}>1E-12,-{y}/{h},"none"))', ""),
}
_FACTORS_SAID = {
    "half_squared_error": ("ŷ − y", "1"),
    "log_loss": ("−y/ŷ + (1 − y)/(1 − ŷ)", "ŷ·(1 − ŷ)"),
    "poisson": ("1 − y/ŷ", "ŷ"),
    "cross_entropy": ("−y/ŷ", ""),
}


def write_backpropagation(
    page: Page, scene: Scene, given: Given, there: Pass, errors: Errors
) -> list[Block]:
    """Write every layer from the last to the first: its δ, and the slopes of its weights.

    Parameters
    ----------
    page, scene, given
        Where, what, and from which cells.
    there : Pass
        The feedforward.
    errors : Errors
        The rows' shares.

    Returns
    -------
    list of Block
        ∂E/∂W, and below it ∂E/∂b, of each layer.
    """
    layers = scene.calculation.network.layers
    slopes: list[Block] = []
    delta = given.x
    for i in reversed(range(len(layers))):
        page.heading(scene.layer_title(i))
        if i == len(layers) - 1:
            delta = _write_output(page, scene, given, there, errors)
        else:
            delta = _write_hidden(page, scene, given.layers[i + 1], there, delta, layer=i)
        inputs = given.x if i == 0 else there.h[i - 1]
        slopes.insert(0, _write_slopes(page, scene, given, errors, inputs, delta, layer=i))
    return slopes


# ------------------------------------------------------------------ δ of the output layer


def _write_output(page: Page, scene: Scene, given: Given, there: Pass, errors: Errors) -> Block:
    calculation = scene.calculation
    name, last = calculation.network.loss, len(there.h) - 1
    y = given.y
    assert y is not None and calculation.back is not None  # noqa: PT018, S101
    delta, deltas = f"δ{up(last)}", calculation.back.delta[last].T
    blocks = {"h": there.h[last], "y": y, "s": errors.shares}
    labels = scene.nodes("δ", last)
    if name == "perceptron":
        return page.block(
            f"{delta} = s·(ŷ − y): the step has no slope, so this is the error's own, by z",
            deltas,
            each("{s}*({h}-{y})", **blocks),
            labels=labels,
            header=scene.rows,
        )
    by_h = page.block(
        f"∂e/∂ŷ = {_FACTORS_SAID[name][0]}, how each row's error changes with its prediction",
        _error_slopes(scene),
        each(_FACTORS[name][0], **blocks),
        labels=[(f"∂e/∂{symbol}", said) for symbol, said in scene.nodes("ŷ", last)],
        header=scene.rows,
    )
    if name == "cross_entropy":
        turns = _write_turns(page, scene, there.h[last], last)

        def formula(k: int, row: int) -> str:
            column, turn = by_h.column(row), turns[row].column(k)
            short = f"{blocks['h'].cell(k, row)}*{total(y.column(row))}"
            short += f"-{y.cell(k, row)}"
            # Where a ŷ is too small for a cell: the same, with it cancelled.
            whole = f"COUNT({column})={by_h.rows}"
            return f"{errors.shares.cell(0, row)}*IF({whole},{dot(column, turn)},{short})"

        return page.block(
            f"{delta} = s · Σ ∂e/∂ŷ·∂ŷ/∂z, over all ŷ", deltas, formula, labels=labels
        )
    by_z = page.block(
        f"∂ŷ/∂z{up(last)} = {_FACTORS_SAID[name][1]}",
        ACTIVATIONS[LOSSES[name].output].derivative(calculation.trace.z[last]).T,
        each(_FACTORS[name][1], **blocks),
        labels=_by_z(scene, last),
    )
    return page.block(
        f"{delta} = s · ∂e/∂ŷ · ∂ŷ/∂z{up(last)}",
        deltas,
        each("{s}*IF(ISNUMBER({e}),{e}*{t},{h}-{y})", e=by_h, t=by_z, **blocks),
        labels=labels,
    )


def _by_z(scene: Scene, layer: int) -> list[Label]:
    """Name the slope of each node's h by its z."""
    letter = "ŷ" if layer == len(scene.calculation.network.layers) - 1 else "h"
    pairs = zip(scene.nodes(letter, layer), scene.nodes("z", layer), strict=True)
    return [(f"∂{h}/∂{z}", name) for (h, name), (z, _) in pairs]


def _error_slopes(scene: Scene) -> Array:
    """Return ∂e/∂ŷ, outputs × rows, and a word where it has no value."""
    calculation = scene.calculation
    assert calculation.y is not None  # noqa: S101
    h, y = calculation.trace.prediction.T, calculation.y.T
    h = np.where(np.isfinite(h), h, np.nan)  # In a cell nothing comes of what is infinite.
    name = calculation.network.loss
    with np.errstate(divide="ignore", invalid="ignore"):
        found, near = {
            "half_squared_error": (h - y, np.zeros(h.shape, bool)),
            "log_loss": (-y / h + (1 - y) / (1 - h), np.minimum(h, 1 - h) <= _NEAR),
            "poisson": (1 - y / h, h <= _NEAR),
            "cross_entropy": (np.where(y == 0, 0.0, -y / h), (y != 0) & (h <= _NEAR)),
        }[name]
    told: Array = found.astype(object)
    told[near] = "none"
    return told


def _write_turns(page: Page, scene: Scene, h: Block, layer: int) -> list[Block]:
    """Write how every h of a softmax changes with every z, for each row."""
    last = layer == len(scene.calculation.network.layers) - 1
    letter = "ŷ" if last else "h"
    labels, header = scene.nodes(letter, layer), scene.nodes("z", layer)
    symbol = letter if last else f"h{up(layer)}"
    blocks = []
    for row, said in enumerate(scene.rows):

        def formula(i: int, j: int, row: int = row) -> str:
            return f"{h.cell(i, row)}*({int(i == j)}-{h.cell(j, row)})"

        own = scene.calculation.trace.h[layer][row]
        blocks.append(
            page.block(
                f"∂{symbol}/∂z{up(layer)} of {said}: every {letter} changes with every z, by "
                f"{letter}ᵢ·(1 − {letter}ⱼ) where i = j, else by {letter}ᵢ·(0 − {letter}ⱼ)",
                own[:, None] * (np.eye(len(own)) - own),
                formula,
                labels=labels,
                header=[f"by {symbol}" for symbol, _ in header],
            )
        )
    return blocks


# ------------------------------------------------------------------ δ of a hidden layer


def _write_hidden(
    page: Page, scene: Scene, above: Block, there: Pass, delta: Block, *, layer: int
) -> Block:
    calculation = scene.calculation
    back, own = calculation.back, calculation.network.layers[layer]
    assert back is not None  # noqa: S101
    here, upper = up(layer), up(layer + 1)
    labels = scene.nodes("h", layer)
    swapped = page.block(
        f"(W{upper})ᵀ: the weights that lead on from here, rows and columns swapped",
        calculation.network.views(calculation.parameters)[layer + 1][0].T,
        lambda k, i: above.cell(i, k),
        labels=scene.nodes("δ", layer + 1),
        header=[symbol for symbol, _ in labels],
    )
    by_h = page.block(
        f"∂E/∂h{here} = Σ δ{upper}·W{upper}, what reaches each node through them",
        back.inputs[layer + 1].T,
        lambda i, row: dot(delta.column(row), swapped.column(i)),
        labels=[(f"∂E/∂{symbol}", name) for symbol, name in labels],
        header=scene.rows,
    )
    said, deltas = f"δ{here} = ∂E/∂h{here} · ∂h{here}/∂z{here}", back.delta[layer].T
    names = scene.nodes("δ", layer)
    if own.activation == "softmax":
        turns = _write_turns(page, scene, there.h[layer], layer)
        return page.block(
            f"{said}, added up over all h{here}",
            deltas,
            lambda k, row: dot(by_h.column(row), turns[row].column(k)),
            labels=names,
            header=scene.rows,
        )
    by_z = page.block(
        f"∂h{here}/∂z{here}, the slope of the {name_of(own.activation)}",
        ACTIVATIONS[own.activation].derivative(calculation.trace.z[layer]).T,
        each(_slope(own.activation), z=there.z[layer], h=there.h[layer]),
        labels=_by_z(scene, layer),
    )
    return page.block(said, deltas, each("{e}*{t}", e=by_h, t=by_z), labels=names)


def _slope(activation: str) -> str:
    """Write f′(z) of a node; the numbers decide on nothing here, as the cells are to decide."""
    z, h = (Ref(Symbol(letter), 0.0) for letter in "zh")
    return CellWriter().write(slope(activation, z, h))


# ------------------------------------------------------------------ the weights


def _write_slopes(
    page: Page,
    scene: Scene,
    given: Given,
    errors: Errors,
    inputs: Block,
    delta: Block,
    *,
    layer: int,
) -> Block:
    """Write ∂E/∂W, and below it ∂E/∂b, of a layer."""
    calculation, here = scene.calculation, up(layer)
    update = calculation.update
    assert update is not None  # noqa: S101
    count, l2 = inputs.rows, calculation.counts.terms.l2
    penalty, said = "", ""
    if l2:
        penalty = f"+{errors.share.cell()}*{given.settings['λ₂'].cell()}*"
        said = f" + s·λ₂·W{here}, the slope of the penalty"

    def formula(i: int, j: int) -> str:
        if i == count:
            return total(delta.row(j))
        product = dot(inputs.row(i), delta.row(j))
        return product + (penalty + given.layers[layer].cell(i, j) if penalty else "")

    source = "x" if layer == 0 else f"h{up(layer - 1)}"
    several = "Σ " if inputs.columns > 1 else ""
    name = f"∂E/∂W{here} = {several}{source}·δ{here}{said};  ∂E/∂b{here} = {several}δ{here}"
    gradient = scene.joined(update.gradient, layer)
    labels, header = scene.sources(layer), scene.targets(layer)
    return page.block(name, gradient, formula, labels=labels, header=header, kind="result")
