"""What the compiled kernels are handed: data, settings and workspaces, made once per fit."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from chainrule.mathematics import LOSSES
from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.layout import NEEDS_SLOPE, SETTINGS
from chainrule.network.machine_code import Kernel
from chainrule.network.prediction import ROWS_AT_ONCE, send_rows
from chainrule.network.processor import (
    BYTES_WORTH_COPYING,
    REGISTER_BYTES,
    ROWS,
    panel_columns,
)
from chainrule.network.team import parts_of, reserve, run_together

__all__ = [
    "ROWS_AT_ONCE",
    "Data",
    "Workspace",
    "describe_execution",
    "evaluate",
    "make_data",
    "make_settings",
    "make_workspace",
]

_predict = Kernel("kernels", "predict")

Workspace = tuple[Array, Array, Array, Array, Array]
"""The batch; every layer's h; f′ where it must be kept; two buffers for δ; a panel."""


class Data(NamedTuple):
    """Rows as the kernels take them; see :func:`chainrule.network.kernels.train_steps`."""

    x: Array
    sparse: tuple[Array, NDArray[np.int32], NDArray[np.int64]]
    y: Array
    weights: Array

    @property
    def rows(self) -> int:
        """How many rows there are, dense or sparse."""
        return len(self.x) or max(0, len(self.sparse[2]) - 1)

    @property
    def total_weight(self) -> float:
        """Σ wᵢ, the number of rows where they have no weights."""
        return float(self.weights.sum(dtype=np.float64)) if len(self.weights) else float(self.rows)

    @property
    def share(self) -> float:
        """1 / Σ wᵢ, by which Σ wᵢ eᵢ becomes an average; 0 where no row counts."""
        total = self.total_weight
        return 1 / total if total > 0 else 0.0

    @property
    def is_sparse(self) -> bool:
        """Whether the rows are stored as a compressed sparse matrix."""
        return len(self.sparse[2]) > 0


def make_data(x: Any, y: Array | None = None, weights: Array | None = None, *, dtype: type) -> Data:
    """Hand rows to the kernels; nothing is copied that already has the right type and layout.

    Parameters
    ----------
    x : array or scipy sparse matrix of shape (n, d)
        The rows.
    y : array of shape (n, k), optional
        The targets; for cross-entropy (n, 1), the number of each row's class.
    weights : array of shape (n,), optional
        The rows' weights.
    dtype : type
        ``numpy.float32`` or ``numpy.float64``.

    Returns
    -------
    Data
    """
    empty: Array = np.empty(0, dtype)
    if issparse(x):
        rows = x.tocsr()
        sparse: Any = (
            np.ascontiguousarray(rows.data, dtype),
            rows.indices.astype(np.int32, copy=False),
            rows.indptr.astype(np.int64, copy=False),
        )
        dense = np.empty((0, x.shape[1]), dtype)
    else:
        sparse = (empty, np.empty(0, np.int32), np.empty(0, np.int64))
        dense = np.ascontiguousarray(x, dtype)
    targets: Array = np.empty((0, 1), dtype) if y is None else np.ascontiguousarray(y, dtype)
    shares = empty if weights is None else np.ascontiguousarray(weights, dtype)
    # A kernel compiled for writable arrays would be compiled again for read-only ones.
    return Data(*(_writable(part) for part in (dense, sparse, targets, shares)))


def _writable(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(_writable(array) for array in part)
    return part if part.flags.writeable else part.copy()


def make_settings(network: Architecture, **values: Any) -> NDArray[np.void]:
    """Return the settings of a run, one record of type ``SETTINGS``, zero where not given."""
    settings = np.zeros(1, dtype=SETTINGS)
    settings["loss"] = LOSSES[network.loss].code
    for name, value in values.items():
        settings[name] = value
    return settings


def make_workspace(
    network: Architecture, rows: int, *, gathered: bool, training: bool, dtype: type
) -> Workspace:
    """Allocate what one mini-batch needs.

    Parameters
    ----------
    network : Architecture
        Its sizes.
    rows : int
        The most rows that one mini-batch has.
    gathered : bool
        Whether rows are picked out of order, or stored sparse, and so must be copied together.
    training : bool
        Whether there will be a backward pass.
    dtype : type
        Of the engine.

    Returns
    -------
    Workspace
    """
    nodes = network.node_count
    keeps_slope = training and any(layer.activation in NEEDS_SLOPE for layer in network.layers[:-1])
    widest = max(network.sizes[1:-1], default=0) if training else 0
    longest = max(network.sizes[1:]) if training else 0
    if longest * np.dtype(dtype).itemsize >= BYTES_WORTH_COPYING:
        longest = max(rows, *network.sizes)
    return (
        np.empty(rows * network.sizes[0] if gathered else 0, dtype),
        np.empty(rows * nodes, dtype),
        np.empty(rows * nodes if keeps_slope else 0, dtype),
        np.empty(2 * rows * widest, dtype),
        np.empty(longest * panel_columns(dtype), dtype),
    )


def describe_execution(
    dtype: type, *, threads: int, parts: int, rows_at_once: int, vectors: int, workspace: int
) -> dict[str, Any]:
    """Return what was chosen for this network on this machine, as plain data.

    Parameters
    ----------
    dtype : type
        Float type.
    threads, parts : int
        How many threads took the last steps; into how many parts a mini-batch is cut, whatever the
        threads, so that the result does not depend on them.
    rows_at_once : int
        How many rows one of them sends through at a time.
    vectors : int
        How many vectors as long as the parameters there are, these included.
    workspace : int
        Bytes for what the layers calculate.

    Returns
    -------
    dict
        With ``float_type``; ``vector_bits``, the size of a vector register; ``block``, rows and
        columns of the part of a product that is held in registers; and what was given.
    """
    return {
        "float_type": np.dtype(dtype).name,
        "vector_bits": 8 * REGISTER_BYTES,
        "block": (ROWS, panel_columns(dtype)),
        "threads": threads,
        "parts": parts,
        "rows_at_once": rows_at_once,
        "parameter_vectors": vectors,
        "workspace_bytes": workspace,
    }


def evaluate(network: Architecture, parameters: Array, data: Data) -> tuple[Array, float]:
    """Send rows through the network: its output, and its error where the rows have targets.

    Parameters
    ----------
    network : Architecture
        d inputs, k outputs.
    parameters : array of shape (network.parameter_count,)
        Of the same float type as the data.
    data : Data
        n rows.

    Returns
    -------
    (array of shape (n, k), float)
        The output layer's h, and the error without penalties, 0 without targets.
    """
    if not (data.is_sparse or data.y.size):
        return send_rows(network, parameters.reshape(1, -1), data.x)[0], 0.0
    out = np.empty((data.rows, network.sizes[-1]), parameters.dtype)
    order = np.arange(data.rows)
    # As many pieces whatever the threads, so that the sum of their errors has the same bits.
    pieces = parts_of(ROWS_AT_ONCE, network.parameter_count) if data.rows > ROWS_AT_ONCE else 1
    cuts = [data.rows * i // pieces for i in range(pieces + 1)]

    def run(piece: int) -> float:
        rows = slice(cuts[piece], cuts[piece + 1])
        return _predict_rows(network, parameters, data, order[rows], out[rows])

    def member(number: int, barrier: NDArray[np.int64], members: int) -> list[float]:
        del barrier  # nobody has to wait for anybody
        return [run(piece) for piece in range(number, pieces, members)]

    if pieces == 1:
        error = run(0)
    else:
        with reserve(pieces) as members:
            returned = run_together(member, members, members)
        error = sum(returned[i % members][i // members] for i in range(pieces))
    return out, error / data.total_weight if data.total_weight > 0 else 0.0


def _predict_rows(
    network: Architecture, parameters: Array, data: Data, order: NDArray[np.int64], out: Array
) -> float:
    dtype = parameters.dtype.type
    rows = min(ROWS_AT_ONCE, max(1, len(order)))
    settings = make_settings(network, batch_size=rows, capacity=rows, step=-1)
    workspace = make_workspace(network, rows, gathered=data.is_sparse, training=False, dtype=dtype)
    return _predict(network.plan, settings, tuple(data), order, parameters, workspace, out)
