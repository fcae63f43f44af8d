"""What a page draws: the state, which changes with the settings, and frames, which move."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture, feedforward
from chainrule.network.engine import make_data
from chainrule.plain_data import finite
from chainrule.playground.answers import in_units
from chainrule.playground.course import Course
from chainrule.playground.data import Axis, DataSet
from chainrule.playground.pictures import Pictures, decided, outputs_of

__all__ = ["Picked", "describe_data", "describe_network", "make_frame", "sent_through"]

_NO_CLASS = 255
_ERRORS = {
    "log_loss": "log loss",
    "cross_entropy": "cross-entropy",
    "half_squared_error": "half squared error",
    "poisson": "Poisson",
    "perceptron": "perceptron criterion",
}


class Picked:
    """The point that is sent through: a row of the data, or a place in the plane.

    Attributes
    ----------
    row : int or None
        Which row; None for a place that is none.
    at : (float, float)
        Where it is in the plane.
    x : array of shape (1, d)
        What the network is given.
    """

    def __init__(
        self, data: DataSet, *, row: int | None = None, at: tuple[float, float] | None = None
    ) -> None:
        self.row = row
        if row is not None:
            self.at = (float(data.places[row, 0]), float(data.places[row, 1]))
            self.x: Array = data.encode(data.frame[row])
        else:
            assert at is not None  # noqa: S101 (one of the two is given)
            self.at, self.x = at, data.at(*at)


def describe_data(data: DataSet, held_out: NDArray[np.int64]) -> dict[str, Any]:
    """Return what a page has to know of the data, as plain data.

    Parameters
    ----------
    data : DataSet
        What is learned.
    held_out : array of int
        Which of the training rows are held out for early stopping.

    Returns
    -------
    dict
        As ``state.data`` of the protocol.
    """
    rows = data.shown
    part = np.zeros(len(data.places), np.int64)
    part[data.test] = 1
    part[data.train[held_out]] = 2
    answers = data.answers[rows]
    return {
        "task": data.task,
        "target": data.target,
        "classes": data.classes and [str(name) for name in data.classes],
        "columns": data.columns,
        "axes": [_described_axis(axis) for axis in data.axes],
        "curve": data.plane.curve,
        "notes": _notes(data),
        "image": data.image and {"rows": data.image[0], "columns": data.image[1]},
        "counts": np.bincount(part, minlength=3).tolist(),
        "points": {
            "a": data.places[rows, 0].round(6).tolist(),
            "b": data.places[rows, 1].round(6).tolist(),
            "answer": answers.tolist(),
            "part": part[rows].tolist(),
            "row": rows.tolist(),
        },
        "pixels": None if data.pixels is None else _base64(data.pixels[rows]),
    }


def _described_axis(axis: Axis) -> dict[str, Any]:
    levels = [str(level) for level in axis.levels]
    return {"name": axis.name, "low": axis.low, "high": axis.high, "levels": levels}


def _notes(data: DataSet) -> list[str]:
    """Say what one would not see: what the plane holds, and which rows are left out."""
    shown, rows = len(data.shown), len(data.places)
    drawn = f"Of {rows:,} rows {shown:,} are drawn as points." * (shown < rows)
    return [sentence for sentence in (data.held, data.note, drawn) if sentence]


def _base64(values: NDArray[np.uint8]) -> str:
    return base64.b64encode(values.tobytes()).decode()


def describe_network(course: Course) -> dict[str, Any]:
    """Return the network's shape, as plain data.

    Parameters
    ----------
    course : Course
        Whose network.

    Returns
    -------
    dict
        As ``state.network`` of the protocol.
    """
    network, data = course.training.network, course.data
    outputs = [data.target]
    if data.classes is not None:
        names = [str(name) for name in data.classes]
        outputs = names if network.sizes[-1] > 1 else names[-1:]
    return {
        "sizes": list(network.sizes),
        "inputs": data.inputs,
        "outputs": outputs,
        "activations": [layer.activation for layer in network.layers],
        "error": _ERRORS.get(network.loss, network.loss.replace("_", " ")),
        "model": course.settings.model,
    }


def make_frame(
    course: Course, pictures: Pictures, *, side: int, picked: Picked | None, curve_from: int
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return what moves: numbers in a header, and arrays.

    Parameters
    ----------
    course : Course
        The training.
    pictures : Pictures
        Of its data.
    side : int
        Cells of the plane across and up.
    picked : Picked or None
        The point that is sent through.
    curve_from : int
        How many points of the losses the page has.

    Returns
    -------
    header : dict
        Of the protocol's frame, but for what only the session knows.
    arrays : dict of str to array
        ``weights``, ``level``, ``winner`` and ``curve`` where there is one, ``nodes``; for images
        ``decided``, the class that each shown row is taken for (255 where it is no test row).
    """
    training, data = course.training, course.data
    network, parameters = training.network, training.parameters
    plane, span = pictures.plane(network, parameters, side=side)
    nodes = pictures.nodes(network, parameters)
    train, test = course.losses()
    taken_for = None
    if data.classes is not None:
        taken_for = decided(outputs_of(network, parameters, pictures.test_rows))
    header = {
        "epoch": course.epoch,
        "furthest": course.furthest,
        "batch": training.rows_into // course.batch_size,
        "point": training.rows_into,
        "rows": training.rows,
        "steps": training.steps,
        "stopped": training.stopped,
        "best_epoch": training.best_epoch if training.stopped else None,
        "train": train._asdict(),
        "test": test._asdict(),
        "held_out": None if course.held_out is None else course.held_out._asdict(),
        "score_name": "accuracy" if data.task == "classification" else "R²",
        "rate": training.learning_rate,
        "curve": course.curve.to_dict(curve_from),
        "confusion": None if taken_for is None else _confusion(data, taken_for),
        "range": span,
        "picked": None if picked is None else sent_through(course, picked),
    }
    arrays = {"weights": parameters.astype("<f4"), **plane, "nodes": nodes}
    if data.image is not None and taken_for is not None:
        arrays["decided"] = _of_shown_rows(data, taken_for)
    return dict(finite(header)), arrays


def _of_shown_rows(data: DataSet, taken_for: NDArray[np.int64]) -> NDArray[np.uint8]:
    every = np.full(len(data.places), _NO_CLASS, np.uint8)
    every[data.test] = taken_for
    return every[data.shown]


def _confusion(data: DataSet, taken_for: NDArray[np.int64]) -> list[list[int]]:
    """Count the test rows by their class and by the one they are taken for."""
    k = len(data.classes or ())
    counts = np.bincount(data.answers[data.test].astype(np.int64) * k + taken_for, minlength=k * k)
    table: list[list[int]] = counts.reshape(k, k).tolist()
    return table


def sent_through(course: Course, picked: Picked) -> dict[str, Any]:
    """Return what every node makes of a point, as ``picked`` of the protocol's frame.

    Parameters
    ----------
    course : Course
        The training.
    picked : Picked
        The point.

    Returns
    -------
    dict
    """
    data, network = course.data, course.training.network
    parameters = course.training.parameters
    with np.errstate(all="ignore"):
        trace = feedforward(network, parameters, picked.x)
    answer = None
    if picked.row is not None:
        given = data.answers[picked.row]
        answer = str(data.classes[int(given)]) if data.classes else f"{given:.4g}"
    return {
        "row": picked.row,
        "at": picked.at,
        "inputs": picked.x[0].tolist(),
        "values": [h[0].tolist() for h in trace.h],
        "answer": answer,
        "says": _says(data, network, parameters, picked.x),
    }


def _says(data: DataSet, network: Architecture, parameters: Array, x: Array) -> str:
    """Say what the network makes of a row, as a person reads it."""
    outputs = outputs_of(network, parameters, make_data(x, dtype=np.float32))
    if data.classes is None:
        return f"{float(in_units(data, outputs[:, 0])[0]):.4g}"
    taken_for = int(decided(outputs)[0])
    if network.loss == "perceptron":
        return str(data.classes[taken_for])
    single = outputs.shape[1] == 1
    sure = float(outputs[0, 0] if single else outputs[0, taken_for])
    return (
        f"{data.classes[taken_for]} {100 * (1 - sure if single and not taken_for else sure):.0f} %"
    )
