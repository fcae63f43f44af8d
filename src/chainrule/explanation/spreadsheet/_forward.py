"""A spreadsheet's steps 1 and 2: from the inputs to the prediction, and beside the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from chainrule.explanation.spreadsheet._cells import (
    Block,
    Formula,
    Label,
    Page,
    dot,
    each,
    total,
)
from chainrule.explanation.spreadsheet._scene import Given, Pass, Scene, up
from chainrule.explanation.worked._arithmetic import Expression, Ref, choices
from chainrule.explanation.worked._curves import h_of_z, name_of
from chainrule.explanation.worked._notation import Symbol
from chainrule.explanation.worked._writing import CellWriter, TextWriter
from chainrule.mathematics.arrays import Array
from chainrule.network import Trace

__all__ = ["write_comparison", "write_pass"]

# ln(1 + e^z) in a form in which e^z cannot be too large for a cell; the exponential itself can.
_OWN = {"softplus": "MAX({z},0)+LN(1+EXP(-ABS({z})))", "exp": "EXP({z})"}


# ------------------------------------------------------------------ feedforward


def write_pass(
    page: Page, scene: Scene, x: Block, layers: Sequence[Block], trace: Trace, *, prime: str = ""
) -> Pass:
    """Write a feedforward: z and h of every layer, for every row.

    Parameters
    ----------
    page : Page
        Where.
    scene : Scene
        The network and its names.
    x : Block
        Inputs × rows.
    layers : sequence of Block
        Weights, and below them biases, of each layer.
    trace : Trace
        The engine's numbers.
    prime : str
        What new weights and what comes of them are marked with.

    Returns
    -------
    Pass
    """
    done = Pass([], [], None, None)
    inputs = x
    for i, own in enumerate(scene.calculation.network.layers):
        page.heading(scene.layer_title(i))
        above, before = f"{up(i)}{prime}", "x" if i == 0 else f"h{up(i - 1)}{prime}"
        z_labels = [(symbol + prime, name) for symbol, name in scene.nodes("z", i)]
        z = page.block(
            f"z{above} = {before}·W{above} + b{above}",
            trace.z[i].T,
            _weighted_sum(inputs, layers[i]),
            labels=z_labels,
            header=scene.rows,
        )
        last = i == len(layers) - 1
        letter = "ŷ" if last else "h"
        done.z.append(z)
        if own.activation == "softmax":
            top, raised, below = _write_powers(page, z, trace.z[i].T, z_labels)
            done = replace(done, top=top, sum=below)
            formula = each("{e}/{below}", e=raised, below=below)
        else:
            formula = each(_activation(own.activation), z=z)
        inputs = page.block(
            f"{letter}{prime if last else above} = {_said(own.activation, f'z{above}')}",
            trace.h[i].T,
            formula,
            labels=[(symbol + prime, name) for symbol, name in scene.nodes(letter, i)],
            kind="result" if last else "formula",
        )
        done.h.append(inputs)
    return done


def _weighted_sum(inputs: Block, layer: Block) -> Formula:
    """Return what goes into a node, times its weights, and its bias."""
    count = layer.rows - 1
    weights = layer.part(0, count)
    return lambda node, row: (
        f"{dot(inputs.column(row), weights.column(node))}+{layer.cell(count, node)}"
    )


_Z = Ref(Symbol("z"), 1.0)


def _activation(name: str) -> str:
    return _OWN.get(name) or CellWriter().write(h_of_z(name, _Z))


def _said(name: str, z: str) -> str:
    """Say what an activation does with z, in a formula where it is the same for all z."""
    if name == "softmax":
        return f"e^({z} − max) / Σ e^({z} − max)"
    formula: Expression = h_of_z(name, Ref(Symbol(z), 1.0))
    if next(choices(formula), None) is not None:
        return f"{name_of(name)}({z})"
    return TextWriter().write(formula)


def _write_powers(
    page: Page, z: Block, z_all: Array, z_labels: Sequence[Label]
) -> tuple[Block, Block, Block]:
    """Write e^z and their sum; all z smaller by the largest, so that no e^z is too large."""
    largest = z_all.max(axis=0, keepdims=True)
    powers = np.exp(z_all - largest)
    top = page.block(
        "e^(z − max) and their sum",
        largest,
        lambda _, row: f"MAX({z.column(row)})",
        labels=[("max", "the largest z")],
    )
    raised = page.block(
        "",
        powers,
        each("EXP({z}-{top})", z=z, top=top),
        labels=[(f"e^({symbol} − max)", name) for symbol, name in z_labels],
    )
    below = page.block(
        "",
        powers.sum(axis=0, keepdims=True),
        lambda _, row: total(raised.column(row)),
        labels=[("Σ", "their sum")],
    )
    return top, raised, below


# ------------------------------------------------------------------ comparison


def write_comparison(page: Page, scene: Scene, given: Given, there: Pass) -> None:
    """Write predictions beside answers, and what is decided by them."""
    calculation, h = scene.calculation, there.h[-1]
    answers, predictions = calculation.y, calculation.trace.prediction
    assert given.y is not None and answers is not None  # noqa: PT018, S101
    names = scene.nodes("y", len(there.h) - 1)
    y = page.block(
        "The answer y", answers.T, each("{y}", y=given.y), labels=names, header=scene.rows
    )
    hs = scene.nodes("ŷ", len(there.h) - 1)
    prediction = page.block(
        "The prediction ŷ", predictions.T, each("{h}", h=h), labels=hs, header=scene.rows
    )
    page.block(
        "The difference ŷ − y",
        (predictions - answers).T,
        each("{h}-{y}", h=prediction, y=y),
        labels=[
            (f"{ours} − {theirs}", name)
            for (ours, name), (theirs, _) in zip(hs, names, strict=True)
        ],
        header=scene.rows,
        kind="result",
    )
    if scene.subject.classifies:
        _write_verdict(page, scene, prediction, y, there.z[-1])
    else:
        _write_units(page, scene, prediction)


def _write_verdict(page: Page, scene: Scene, h: Block, y: Block, z: Block) -> None:
    """Write which class is predicted, and whether it is the right one."""
    subject, calculation = scene.subject, scene.calculation
    assert calculation.y is not None  # noqa: S101
    several = len(subject.outputs) > 1
    alone = not several and len(subject.classes) == 2
    if not alone and calculation.network.loss == "log_loss":
        labels = scene.nodes("ŷ", len(calculation.trace.h) - 1)
        decided = np.where(calculation.trace.prediction.T >= 0.5, "yes", "no").astype(object)
        formula = each('IF({h}>=0.5,"yes","no")', h=h)
        page.block("Predicted (ŷ at least ½)", decided, formula, labels=labels, header=scene.rows)
        return
    names = np.array([name or "(empty)" for name in subject.classes], dtype=object)
    symbols = [symbol for symbol, _ in scene.nodes("ŷ", len(calculation.trace.h) - 1)]
    classes = page.block(
        "The classes",
        names[:, None],
        labels=[(symbol, "") for symbol in (symbols if several else ("ŷ < ½", "ŷ ≥ ½"))],
        kind="text",
    )
    # The perceptrons of several classes are compared by how sure each is.
    by_z = several and calculation.network.loss == "perceptron"
    asked = calculation.trace.z[-1] if by_z else calculation.trace.prediction
    decide = partial(_largest if several else _at_least_half, classes)
    predicted, answer = (
        names[numbers.argmax(axis=1) if several else (numbers[:, 0] >= 0.5).astype(int)]
        for numbers in (asked, calculation.y)
    )
    ours = page.block(
        "The decision",
        predicted[None],
        partial(decide, z if by_z else h),
        labels=[("predicted", "")],
        header=scene.rows,
        kind="text",
    )
    right = page.block("", answer[None], partial(decide, y), labels=[("answer", "")], kind="text")
    verdict = np.where(predicted == answer, "right", "wrong").astype(object)
    formula = each('IF(EXACT({a},{b}),"right","wrong")', a=ours, b=right)
    page.block("", verdict[None], formula, labels=[("that is", "")], kind="result")


def _largest(classes: Block, numbers: Block, _: int, row: int) -> str:
    cells = numbers.column(row)
    return f"INDEX({classes.column(0)},MATCH(MAX({cells}),{cells},0))"


def _at_least_half(classes: Block, numbers: Block, _: int, row: int) -> str:
    return f"IF({numbers.cell(0, row)}>=0.5,{classes.cell(1)},{classes.cell(0)})"


def _write_units(page: Page, scene: Scene, h: Block) -> None:
    """Write the prediction in the target's own units, where a straight line leads there."""
    back, predictions = scene.subject.in_units, scene.calculation.trace.prediction
    if back is None:
        return
    outputs = predictions.shape[1]
    zero, one = (np.reshape(back(np.full((1, outputs), value)), -1) for value in (0.0, 1.0))
    numbers = np.reshape(back(predictions), predictions.shape)
    if not np.allclose(numbers, zero + (one - zero) * predictions, rtol=1e-9, atol=0):
        return
    names = scene.nodes("ŷ", len(scene.calculation.trace.h) - 1)
    line = page.block(
        "From ŷ to the target's own units",
        np.stack([one - zero, zero], axis=1),
        labels=names,
        header=["times", "and added"],
        kind="given",
    )

    def formula(i: int, row: int) -> str:
        return f"{h.cell(i, row)}*{line.cell(i, 0)}+{line.cell(i, 1)}"

    page.block(
        "The prediction in the target's own units",
        numbers.T,
        formula,
        labels=names,
        header=scene.rows,
        kind="result",
    )
