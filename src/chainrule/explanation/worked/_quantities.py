"""Every number of a calculation by name, with its shape: for those who go on from there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from chainrule.explanation.worked._calculation import Calculation, Update
from chainrule.mathematics.arrays import Array

__all__ = ["Quantity", "quantities_of"]


class Quantity(NamedTuple):
    """A named array.

    Attributes
    ----------
    value : array
        Its numbers, float64; a single number has shape ().
    meaning : str
        What it is.
    """

    value: Array
    meaning: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data with its shape."""
        return {
            "shape": list(self.value.shape),
            "value": self.value.tolist(),
            "meaning": self.meaning,
        }


def quantities_of(calculation: Calculation) -> dict[str, Quantity]:
    """Name every array of a calculation."""
    named = [*_forward(calculation)]
    if calculation.y is not None and calculation.back is not None:
        named += [*_backward(calculation)]
    if calculation.update is not None:
        named += [*_update(calculation, calculation.update)]
    return {name: Quantity(np.asarray(value, np.float64), what) for name, value, what in named}


_Named = tuple[str, Any, str]


def _forward(calculation: Calculation) -> Iterator[_Named]:
    trace = calculation.trace
    yield "x", trace.x, "rows as the network takes them (rows × inputs)"
    for i, (w, b) in enumerate(calculation.network.views(calculation.parameters)):
        n = i + 1
        yield f"W{n}", w, f"weights of layer {n} (inputs × nodes)"
        yield f"b{n}", b, f"biases of layer {n}"
        yield f"z{n}", trace.z[i], f"weighted sums of layer {n} (rows × nodes)"
        last = i == len(trace.z) - 1
        name, what = ("y_hat", "the prediction") if last else (f"h{n}", f"what layer {n} puts out")
        yield name, trace.h[i], f"{what} (rows × nodes)"


def _backward(calculation: Calculation) -> Iterator[_Named]:
    back = calculation.back
    assert back is not None  # noqa: S101 (asked only where there is one)
    yield "y", calculation.y, "the targets (rows × outputs)"
    yield "s", calculation.counts.shares, "what each row's error is multiplied by"
    yield "data_error", calculation.error, "the error without penalties"
    yield "penalty", calculation.penalty, "the penalties on the weights"
    yield "E", calculation.error + calculation.penalty, "the error"
    for i in reversed(range(len(back.delta))):
        n = i + 1
        yield f"delta{n}", back.delta[i], f"∂E/∂z of layer {n} (rows × nodes)"
        if i > 0:
            yield f"dE/dh{i}", back.inputs[i], f"∂E/∂h of layer {i} (rows × nodes)"
    yield "dE/dx", back.inputs[0], "∂E/∂x (rows × inputs)"


def _update(calculation: Calculation, update: Update) -> Iterator[_Named]:
    views = calculation.network.views
    yield "learning_rate", update.rates.learning_rate, "α of the step"
    vectors = (
        ("dE/d", "", update.gradient, "∂E/∂ of the {} of layer {}"),
        ("", "_first", update.before.first, "what the optimizer remembered first of the {} of {}"),
        ("", "_second", update.before.second, "what it remembered second of the {} of {}"),
        ("", "_new", update.parameters, "{} of layer {} after the step"),
    )
    for before, after, vector, what in vectors:
        for i, (w, b) in enumerate(views(vector)):
            yield f"{before}W{i + 1}{after}", w, what.format("weights", i + 1)
            yield f"{before}b{i + 1}{after}", b, what.format("biases", i + 1)
    yield "y_hat_new", update.prediction, "the prediction after the step (rows × outputs)"
    yield "E_new", update.error, "the error after the step"
