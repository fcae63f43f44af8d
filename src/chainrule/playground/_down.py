"""What a page is told: JSON objects by their fields, and frames packed as bytes."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

import numpy as np

from chainrule.plain_data import finite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "Control",
    "Curve",
    "Data",
    "Explanation",
    "FrameHeader",
    "Inspection",
    "Network",
    "Note",
    "Picked",
    "PythonCode",
    "Scores",
    "State",
    "Welcome",
    "note",
    "pack_frame",
    "to_json",
    "unpack_frame",
]

_ALIGNED = 8  # bytes; the page reads numbers where they lie, which it can only at such places


class Control(TypedDict):
    """How a setting is shown and what it may be."""

    name: str
    label: str
    group: Literal["data", "features", "network", "training", "view"]
    kind: Literal["choice", "integer", "number", "switch", "list", "layers", "text"]
    choices: list[list[Any]] | None  # [value, label] each
    low: float | None
    high: float | None
    step: float | None
    scale: Literal["linear", "log"] | None
    unit: str
    most_layers: NotRequired[int]  # of the sizes of layers, each between low and high
    default: Any
    help: str
    effect: Literal["data", "network", "training", "view"]


class Welcome(TypedDict):
    """The answer to ``hello``."""

    type: Literal["welcome"]
    version: int
    session: str  # what the page says in its next hello
    settings: list[Control]
    lessons: list[dict[str, Any]]
    limits: dict[str, Any]


class Data(TypedDict):
    """The rows that are learned from."""

    task: Literal["classification", "regression"]
    target: str
    classes: list[str] | None
    columns: list[str]
    axes: list[dict[str, Any]]  # two: name, low, high, levels (categories at 0, 1, …)
    curve: bool  # whether the second axis is what is predicted
    notes: list[str]  # sentences: what the plane holds, which rows are left out
    image: dict[str, int] | None  # rows, columns
    counts: list[int]  # rows to train on, to test on, held out
    points: dict[str, list[Any]]  # a, b, answer, part (0 train, 1 test, 2 held out), row
    pixels: str | None  # base64 of one byte per pixel of each point


class Network(TypedDict):
    """The shape of the network."""

    sizes: list[int]
    inputs: list[str]
    outputs: list[str]
    activations: list[str]
    error: str
    model: str


class State(TypedDict):
    """All that does not move with the weights; sent whenever it has changed."""

    type: Literal["state"]
    settings: dict[str, Any]
    shown: list[str]  # the controls that apply
    choices: dict[str, list[list[Any]]]  # [value, label] each, where they depend on the data
    address: str
    title: str
    data: Data
    network: Network


class Scores(TypedDict):
    """How good the network is on some rows."""

    loss: float | None
    score: float | None


#: The losses by epoch from a point on, the one that the page has not got yet; another version
#: begins anew.
Curve = TypedDict(
    "Curve",
    {
        "version": int,
        "from": int,
        "epoch": list[int],
        "train": list[float | None],
        "test": list[float | None],
        "held_out": list[float | None] | None,
    },
)


class Picked(TypedDict):
    """The row that is sent through, and what every node makes of it."""

    row: int | None
    at: list[float]
    inputs: list[float]
    values: list[list[float]]  # of layer 1, …, the outputs
    answer: str
    says: str


class FrameHeader(TypedDict):
    """What stands before the arrays of a frame."""

    type: Literal["frame"]
    frame: int
    epoch: int
    furthest: int  # the last epoch that can be gone to
    batch: int
    point: int
    rows: int  # that are trained on
    steps: int  # updates so far
    playing: bool
    catching_up: bool  # with what an address tells
    stopped: str | None
    best_epoch: int | None
    train: Scores
    test: Scores
    held_out: Scores | None
    score_name: str
    rate: float
    epochs_per_second: float | None
    address: str
    curve: Curve
    confusion: list[list[int]] | None  # of the test rows: true by told
    range: list[float] | None  # of the numbers that are predicted in the plane
    picked: Picked | None
    next_row: int | None
    race: dict[str, Any] | None  # epochs, best, epoch and curves of each start, seeds
    arrays: list[dict[str, Any]]  # name, type ("float32" or "uint8"), shape


class Explanation(TypedDict):
    """The six steps of a row."""

    type: Literal["explanation"]
    title: str
    steps: list[dict[str, Any]]  # title, parts: html and places each


class Inspection(TypedDict):
    """All about a node or a weight."""

    type: Literal["inspection"]
    title: str
    html: str
    places: list[dict[str, Any]]
    numbers: list[dict[str, Any]]  # name, value


class PythonCode(TypedDict):
    """A script that does the same."""

    type: Literal["python"]
    code: str


class Note(TypedDict):
    """A sentence for the person."""

    type: Literal["note"]
    kind: Literal["error", "info"]
    text: str
    about: str | None  # name of a setting


def note(
    text: str, kind: Literal["error", "info"] = "error", *, about: str | None = None
) -> dict[str, Any]:
    """Make a note: one sentence for the person, about a setting if there is one.

    Examples
    --------
    >>> note("there is no seed 'x'", about="seed")
    {'type': 'note', 'kind': 'error', 'text': "there is no seed 'x'", 'about': 'seed'}
    """
    made = Note(type="note", kind=kind, text=" ".join(text.split()), about=about)
    return {**made}


def to_json(data: Mapping[str, Any]) -> str:
    """Write a message; numbers that JSON does not know become null.

    Examples
    --------
    >>> to_json({"type": "frame", "rate": float("inf")})
    '{"type":"frame","rate":null}'
    """
    try:
        return json.dumps(data, allow_nan=False, separators=(",", ":"))
    except ValueError:  # rarely: a loss that has run away
        return json.dumps(finite(data), allow_nan=False, separators=(",", ":"))


def pack_frame(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Pack a frame into one binary message.

    The length of the header as a little-endian ``uint32``, the header (JSON in UTF-8, padded with
    spaces so that what follows begins at a multiple of 8), and the arrays one after another, each
    padded to a multiple of 8 bytes.

    Parameters
    ----------
    header : mapping
        A :class:`FrameHeader`; ``type`` and ``arrays`` are filled in here.
    arrays : mapping of str to array
        What is packed as ``uint8`` if it is that, else as little-endian ``float32``.

    Returns
    -------
    bytes

    Examples
    --------
    >>> packed = pack_frame({"frame": 1}, {"level": np.zeros((2, 2), np.uint8)})
    >>> unpack_frame(packed)[0]["arrays"]
    [{'name': 'level', 'type': 'uint8', 'shape': [2, 2]}]
    """
    ready = {
        name: np.ascontiguousarray(a, dtype=np.uint8 if a.dtype == np.uint8 else "<f4")
        for name, a in arrays.items()
    }
    listed = [
        {"name": name, "type": "uint8" if a.dtype == np.uint8 else "float32", "shape": [*a.shape]}
        for name, a in ready.items()
    ]
    text = to_json({**header, "type": "frame", "arrays": listed}).encode()
    text += b" " * (-(4 + len(text)) % _ALIGNED)
    parts = [struct.pack("<I", len(text)), text]
    for array in ready.values():
        parts += (array.tobytes(), bytes(-array.nbytes % _ALIGNED))
    return b"".join(parts)


def unpack_frame(packed: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Undo :func:`pack_frame`, as the page does it.

    Returns
    -------
    header : dict
    arrays : dict of str to array
    """
    (length,) = struct.unpack_from("<I", packed)
    header = json.loads(packed[4 : 4 + length])
    place, arrays = 4 + length, {}
    for record in header["arrays"]:
        kind = np.dtype(np.uint8 if record["type"] == "uint8" else "<f4")
        count = int(np.prod(record["shape"]))
        array = np.frombuffer(packed, kind, count, place)
        arrays[record["name"]] = array.reshape(record["shape"])
        place += array.nbytes + -array.nbytes % _ALIGNED
    return header, arrays
