"""What of a wide network is shown one by one; the rest is summed up and counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.explanation.worked._calculation import Calculation
from chainrule.mathematics.arrays import Array

__all__ = ["Selection", "largest", "select"]

# A layer of so many nodes is shown whole, and so is a sum of so many terms.
_WHOLE = 6
# Of more, so many: of the inputs to a node, of the outputs, and of the rows.
_TERMS, _OUTPUTS, _ROWS = 3, 4, 3
# Of hidden nodes, so many in a network of up to 2, 4 and more hidden layers.
_NODES = ((2, 3), (4, 2))


@dataclass(frozen=True)
class Selection:
    """Which rows, and which nodes of each layer, are shown.

    Attributes
    ----------
    rows : tuple of int
        Places among the rows.
    nodes : tuple of tuple of int
        Places in each layer, that of the inputs first; inputs are those that some shown node has
        among its largest terms.
    terms : dict of (int, int) to tuple of int
        For each layer (from 0) and shown node of it, whose terms are written out in its sum.
    full : bool
        Whether everything is.
    """

    rows: tuple[int, ...]
    nodes: tuple[tuple[int, ...], ...]
    terms: dict[tuple[int, int], tuple[int, ...]]
    full: bool


def largest(sizes: Array, count: int, *, whole: int = _WHOLE) -> tuple[int, ...]:
    """Return the places of the largest numbers, in order of place; all if there are few.

    Examples
    --------
    >>> largest(np.array([1.0, 5.0, 2.0]), 2, whole=2)
    (1, 2)
    """
    if len(sizes) <= whole:
        return tuple(range(len(sizes)))
    return tuple(sorted(np.argsort(-np.nan_to_num(sizes), kind="stable")[:count].tolist()))


def select(calculation: Calculation, *, full: bool) -> Selection:
    """Choose what is shown: what weighs most in these rows' predictions.

    Parameters
    ----------
    calculation : Calculation
        With its numbers.
    full : bool
        Whether to show everything.

    Returns
    -------
    Selection
    """
    network, trace = calculation.network, calculation.trace
    whole = 10**9 if full else _WHOLE
    rows = tuple(range(len(trace.x) if full else min(len(trace.x), _ROWS)))
    hidden = len(network.layers) - 1
    few = next((few for layers, few in _NODES if hidden <= layers), 1)
    shown = [_outputs(calculation, rows, whole)]
    terms: dict[tuple[int, int], tuple[int, ...]] = {}
    for layer in reversed(range(len(network.layers))):
        weights, _ = network.views(calculation.parameters)[layer]
        inputs = trace.inputs(layer)[list(rows)]
        columns = list(shown[0])
        # Of each node before: its largest part in any shown sum, shape (inputs, shown nodes).
        parts = np.abs(inputs).max(axis=0)[:, None] * np.abs(weights[:, columns])
        if layer > 0:
            chosen = largest(parts.max(axis=1), few, whole=whole)
            terms |= {(layer, node): chosen for node in columns}
        else:
            for place, node in enumerate(columns):
                terms[0, node] = largest(parts[:, place], _TERMS, whole=whole)
            chosen = tuple(sorted({i for node in columns for i in terms[0, node]}))
        shown.insert(0, chosen)
    return Selection(rows, tuple(shown), terms, full)


def _outputs(calculation: Calculation, rows: tuple[int, ...], whole: int) -> tuple[int, ...]:
    """Choose the outputs: those that are right, and those that are largest."""
    prediction = np.nan_to_num(calculation.trace.prediction[list(rows)])
    sizes = np.abs(prediction).max(axis=0)
    if calculation.y is not None:
        right = np.abs(calculation.y[list(rows)]).max(axis=0)
        sizes = sizes / (sizes.max() or 1.0) + (right == right.max())
    return largest(sizes, _OUTPUTS, whole=whole)
