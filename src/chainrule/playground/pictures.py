"""What is drawn of a network: its answer over the plane, and what each node responds to."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture, feedforward
from chainrule.network.engine import Data, evaluate, make_data
from chainrule.network.prediction import without_output_activation
from chainrule.playground.answers import in_units
from chainrule.playground.data import DataSet

__all__ = ["Pictures", "decided", "outputs_of"]

_Bytes = NDArray[np.uint8]
# What is 0 in a node's picture: the middle of what the function can be.
_MIDDLE = {"logistic": 0.5, "softmax": 0.5, "step": 0.5}
_NODE_SIDE = 32
_MOST_IMAGES = 400


def outputs_of(network: Architecture, parameters: Array, rows: Data) -> Array:
    """Return what a network answers, of several perceptrons their z: the largest decides.

    Parameters
    ----------
    network : Architecture
        d inputs, k outputs.
    parameters : array of shape (network.parameter_count,)
        Its weights and biases.
    rows : Data
        n rows.

    Returns
    -------
    array of shape (n, k)
    """
    if network.loss == "perceptron" and network.sizes[-1] > 1:
        network = without_output_activation(network)
    return evaluate(network, parameters, rows)[0]


def decided(outputs: Array) -> NDArray[np.int64]:
    """Return the class that is decided for in each row.

    Parameters
    ----------
    outputs : array of shape (n, k)
        From :func:`outputs_of`.

    Returns
    -------
    array of int of shape (n,)
    """
    largest: NDArray[np.int64] = outputs.argmax(axis=1)
    return largest if outputs.shape[1] > 1 else (outputs[:, 0] >= 0.5).astype(np.int64)


class Pictures:
    """Draws networks that learn from one data set; what they all need is made once.

    Parameters
    ----------
    data : DataSet
        Whose plane it is.
    """

    def __init__(self, data: DataSet) -> None:
        self._data = data
        self._grids: dict[int, Any] = {}

    def plane(
        self, network: Architecture, parameters: Array, *, side: int
    ) -> tuple[dict[str, Array], tuple[float, float] | None]:
        """Return the network's answer in every cell of the plane.

        Parameters
        ----------
        network : Architecture
            With the data's inputs.
        parameters : array of shape (network.parameter_count,)
            Its weights and biases.
        side : int
            Cells across and up.

        Returns
        -------
        pictures : dict of str to array
            ``level``, uint8 of shape (side, side): from top left, the second class's probability,
            the likeliest class's, or the number's place in the range, by 255. ``winner``, as many:
            which class that is, for three and more. ``curve``, of shape (side,), where what is
            predicted stands up: the number, or the probability of the second class of two.
        range : (float, float) or None
            The smallest number and the largest, in the target's own units.
        """
        outputs = outputs_of(network, parameters, self._grid(side))
        if self._data.task == "regression":
            numbers = in_units(self._data, outputs[:, 0])
            low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
            share = (numbers - low) / (high - low) if high > low else np.full(len(numbers), 0.5)
            return {"level": _squares(share, side), **self._curve(numbers[:side])}, (low, high)
        if outputs.shape[1] == 1:
            sure = outputs[:, 0]
            return {"level": _squares(sure, side), **self._curve(sure[:side])}, None
        winner = decided(outputs)
        level = np.take_along_axis(outputs, winner[:, None], axis=1)[:, 0]
        if network.loss == "perceptron":
            level = np.ones(len(winner))  # it gives no probabilities
        own = winner.astype(np.uint8).reshape(side, side)
        return {"level": _squares(level, side), "winner": own}, None

    def _curve(self, answers: Array) -> dict[str, Array]:
        """Return what the network says along the axis across, where that is all it is given."""
        return {"curve": answers} if self._data.plane.curve else {}

    def nodes(self, network: Architecture, parameters: Array) -> _Bytes:
        """Return a picture of what makes each node large: inputs, hidden nodes, outputs.

        Over the plane it is the node's h. For images it is how its h goes together with each
        pixel, over the training images.

        Parameters
        ----------
        network : Architecture
            With the data's inputs.
        parameters : array of shape (network.parameter_count,)
            Its weights and biases.

        Returns
        -------
        array of uint8 of shape (nodes, rows, columns)
            128 is nothing (for functions from 0 to 1 it is their middle), 1 and 255 are the
            farthest that the node goes, or 1 for an input that goes less far.
        """
        image = self._data.image
        rows = self._few_images if image else self._grid(_NODE_SIDE).x
        with np.errstate(all="ignore"):
            trace = feedforward(network, parameters, rows)
            responses = [rows, *trace.h]
            middles = [0.0, *(_MIDDLE.get(layer.activation, 0.0) for layer in network.layers)]
            if image:
                centered = rows - rows.mean(axis=0)
                drawn = [(h - h.mean(axis=0)).T @ centered for h in responses]
                shape = image
            else:
                drawn = [(h - m).T for h, m in zip(responses, middles, strict=True)]
                shape = (_NODE_SIDE, _NODE_SIDE)
            values = np.nan_to_num(np.concatenate(drawn), posinf=0.0, neginf=0.0)
            farthest = np.abs(values).max(axis=1, keepdims=True)
            if not image:
                # Of a standardized input 1 is far: one that is held at almost 0 stays pale.
                inputs = farthest[: rows.shape[1]]
                np.maximum(inputs, 1.0, out=inputs)
            scaled = np.divide(values, farthest, out=np.zeros_like(values), where=farthest > 0)
        pictures: _Bytes = (128 + np.rint(127 * scaled)).astype(np.uint8).reshape(-1, *shape)
        return pictures

    def _grid(self, side: int) -> Any:
        if side not in self._grids:
            self._grids[side] = make_data(self._data.grid(side), dtype=np.float32)
        return self._grids[side]

    @cached_property
    def test_rows(self) -> Data:
        """The test rows, ready for the engine."""
        return make_data(self._data.x_test, dtype=np.float32)

    @cached_property
    def _few_images(self) -> Array:
        few: Array = self._data.x_train[:_MOST_IMAGES]
        return few


def _squares(shares: Array, side: int) -> _Bytes:
    """Return shares of 1 as bytes, what is no number as 0."""
    clipped = np.clip(np.nan_to_num(shares), 0.0, 1.0)
    squares: _Bytes = np.rint(255 * clipped).astype(np.uint8).reshape(side, side)
    return squares
