"""A spreadsheet's step 3: the error of each row, and of all of them with the penalties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.explanation.spreadsheet._cells import Block, Page, dot, each, total
from chainrule.explanation.spreadsheet._scene import Given, Pass, Scene, up
from chainrule.mathematics import L1, L2, LOSSES
from chainrule.mathematics.arrays import Array
from chainrule.network import Trace

__all__ = ["Errors", "write_error"]

# By z, so that nothing is lost where ŷ is so near to 0 or 1 that a cell cannot tell.
_ERRORS = {
    "half_squared_error": "0.5*({y}-{h})*({y}-{h})",
    "log_loss": "MAX({z},0)+LN(1+EXP(-ABS({z})))-{y}*{z}",
    "cross_entropy": "IF({y}=0,0,{y}*({top}+LN({sum})-{z}))",
    "poisson": "IF({y}=0,{h},{y}*(LN({y})-{z})-{y}+{h})",
    "perceptron": "({h}-{y})*{z}",
}
_ERRORS_SAID = {
    "half_squared_error": "e = ½(y − ŷ)², half the squared error",
    "log_loss": "e = −y·ln ŷ − (1 − y)·ln(1 − ŷ) = ln(1 + e^z) − y·z, the log loss",
    "cross_entropy": "e = −y·ln ŷ = y·(max z + ln Σ e^(z − max z) − z), the cross-entropy",
    "poisson": "e = y·ln(y/ŷ) − y + ŷ, half the Poisson deviance",
    "perceptron": "e = (ŷ − y)·z, how far on the wrong side",
}


@dataclass(frozen=True, eq=False)
class Errors:
    """Where the error stands.

    Attributes
    ----------
    total : Block
        E.
    shares : Block
        What each row's error is multiplied by.
    share : Block
        What the penalties are multiplied by.
    """

    total: Block
    shares: Block
    share: Block


def write_error(
    page: Page,
    scene: Scene,
    given: Given,
    layers: Sequence[Block],
    there: Pass,
    trace: Trace,
    parameters: Array,
    *,
    known: Errors | None = None,
) -> Errors:
    """Write the error of every row, the penalties, and E.

    Parameters
    ----------
    page, scene, given
        Where, what, and from which cells.
    layers : sequence of Block
        Weights and biases of each layer.
    there : Pass
        The feedforward through these.
    trace, parameters
        The engine's numbers of it.
    known : Errors, optional
        Where the rows' shares already stand.

    Returns
    -------
    Errors
    """
    prime = "′" if known else ""
    errors, numbers = _write_row_errors(page, scene, given, there, trace, prime)
    share, shares = (known.share, known.shares) if known else _write_shares(page, scene, given)
    number = float(scene.calculation.counts.shares @ numbers)
    terms, said = [dot(shares.row(0), errors.row(0))], f"E{prime} = Σ s·e{prime}"
    penalty = _write_penalty(page, scene, given, layers, parameters, share)
    if penalty is not None:
        terms.append(penalty[0].cell())
        said, number = f"{said} + P", number + penalty[1]
    whole = page.block(
        f"{said}, the error",
        np.array([[number]]),
        lambda *_: "+".join(terms),
        labels=[(f"E{prime}", "")],
        kind="result",
    )
    return Errors(whole, shares, share)


def _write_row_errors(
    page: Page, scene: Scene, given: Given, there: Pass, trace: Trace, prime: str
) -> tuple[Block, Array]:
    """Write the error of every row, and of each of its outputs where it has several."""
    y, name = scene.calculation.y, scene.calculation.network.loss
    assert given.y is not None and y is not None  # noqa: PT018, S101
    blocks = {"y": given.y, "h": there.h[-1], "z": there.z[-1]}
    if there.top is not None and there.sum is not None:
        blocks |= {"top": there.top, "sum": there.sum}
    parts, last = _parts(name, trace.z[-1], y), len(there.h) - 1
    errors = page.block(
        f"{_ERRORS_SAID[name]}{', of every output' if y.shape[1] > 1 else ''}",
        parts.T,
        each(_ERRORS[name], **blocks),
        labels=[(symbol + prime, said) for symbol, said in scene.nodes("e", last)],
        header=scene.rows,
    )
    numbers = LOSSES[name].value(trace.z[-1], y)
    if errors.rows == 1:
        return errors, numbers
    rows = page.block(
        "e of each row: the sum over its outputs",
        numbers[None],
        lambda _, row: total(errors.column(row)),
        labels=[(f"e{prime}", "")],
    )
    return rows, numbers


def _parts(name: str, z: Array, y: Array) -> Array:
    """Return the error of every output alone, rows × outputs."""
    if name == "cross_entropy":
        top = z.max(axis=1, keepdims=True)
        log_sum = top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))
        return np.where(y == 0, 0.0, y * (log_sum - z))
    columns = [LOSSES[name].value(z[:, k : k + 1], y[:, k : k + 1]) for k in range(z.shape[1])]
    return np.stack(columns, axis=1)


def _write_shares(page: Page, scene: Scene, given: Given) -> tuple[Block, Block]:
    """Write what rows and penalties are multiplied by; the weights of the rows make it."""
    counts = scene.calculation.counts
    weights = given.weights
    assert weights is not None  # noqa: S101
    fixed = bool(scene.calculation.problem.options.share)
    said = "s, what every row counts: a step takes the sum over its rows"
    if not fixed:
        said = "s, what a row of weight 1 counts: 1 / the sum of the rows' weights"
    share = page.block(
        said,
        np.array([[counts.share]]),
        None if fixed else lambda *_: f"1/{total(weights.row(0))}",
        labels=[("s", "")],
        kind="given" if fixed else "formula",
    )
    shares = page.block(
        "s of each row: its weight · s",
        counts.shares[None],
        each("{w}*{s}", w=weights, s=share),
        labels=[("s of the row", "")],
        header=scene.rows,
    )
    return share, shares


def _write_penalty(
    page: Page,
    scene: Scene,
    given: Given,
    layers: Sequence[Block],
    parameters: Array,
    share: Block,
) -> tuple[Block, float] | None:
    """Write what the weights, biases left out, add to the error; nothing if there is no penalty."""
    terms, counts = scene.calculation.counts.terms, scene.calculation.counts
    matrices = [w for w, _ in scene.calculation.network.views(parameters)]
    cells = [layer.part(0, layer.rows - 1).all for layer in layers]
    labels = [(f"W{up(i)}", "") for i in range(len(layers))]
    sums: list[str] = []
    if terms.l2:
        squares = page.block(
            "ΣW² of each layer, for the L2 penalty",
            np.array([[2 * L2.value(w)] for w in matrices]),
            lambda i, _: f"SUMSQ({cells[i]})",
            labels=labels,
        )
        sums.append(f"{given.settings['λ₂'].cell()}*0.5*{total(squares.column(0))}")
    if terms.l1:
        sizes = page.block(
            "Σ|W| of each layer, for the L1 penalty",
            np.array([[L1.value(w)] for w in matrices]),
            lambda i, _: f'SUMIF({cells[i]},">0")-SUMIF({cells[i]},"<0")',
            labels=labels,
        )
        sums.append(f"{given.settings['λ₁'].cell()}*{total(sizes.column(0))}")
    if not sums:
        return None
    inside = sum(terms.l1 * L1.value(w) + terms.l2 * L2.value(w) for w in matrices)
    penalty = float(counts.share * inside)
    at = page.block(
        "P, the penalty: s · its strength · these sums",
        np.array([[penalty]]),
        lambda *_: f"{share.cell()}*({'+'.join(sums)})",
        labels=[("P", "")],
    )
    return at, penalty
