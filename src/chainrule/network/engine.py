"""What the compiled kernels are handed: data, settings and workspaces, made once per fit."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from chainrule.mathematics import L1, L2, LOSSES
from chainrule.mathematics.arrays import Array
from chainrule.network import kernels
from chainrule.network.architecture import Architecture
from chainrule.network.elementwise import NEEDS_SLOPE
from chainrule.network.team import parts_of, reserve, run_together
from chainrule.network.threads import one_blas_thread
from chainrule.network.updates import ACCUMULATE

__all__ = [
    "Data",
    "Steps",
    "Workspace",
    "evaluate",
    "loss_and_gradient",
    "make_data",
    "make_settings",
    "make_workspace",
]

# Rows sent through the network at once when nothing is learned: enough for BLAS to run at full
# speed, few enough for every layer's numbers to stay in cache.
ROWS_AT_ONCE = 1024


Workspace = tuple[Array, Array, Array, Array]
"""The batch; every layer's h; f′ where it must be kept; two buffers for δ."""


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
    settings = np.zeros(1, dtype=kernels.SETTINGS)
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
    nodes = sum(network.sizes[1:])
    keeps_slope = training and any(layer.activation in NEEDS_SLOPE for layer in network.layers[:-1])
    widest = max(network.sizes[1:-1], default=0) if training else 0
    return (
        np.empty(rows * network.sizes[0] if gathered else 0, dtype),
        np.empty(rows * nodes, dtype),
        np.empty(rows * nodes if keeps_slope else 0, dtype),
        np.empty(2 * rows * widest, dtype),
    )


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
    out = np.empty((data.rows, network.sizes[-1]), parameters.dtype)
    order = np.arange(data.rows)
    # Pieces of a fixed size, so that the sum of their errors does not depend on the threads.
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
        with reserve(pieces) as members, one_blas_thread():
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
    return float(
        kernels.predict(network.plan, settings, tuple(data), order, parameters, workspace, out)
    )


def loss_and_gradient(
    network: Architecture,
    parameters: Array,
    data: Data,
    *,
    l1: float = 0.0,
    l2: float = 0.0,
) -> tuple[float, Array]:
    """Return the penalized error of all rows and its gradient.

    A few thousand rows are sent through at a time and their gradients added up, so that memory
    does not grow with the rows.

    Parameters
    ----------
    network : Architecture
        d inputs, k outputs.
    parameters : array of shape (network.parameter_count,)
        Of the same float type as the data.
    data : Data
        n rows with targets.
    l1, l2 : float
        Strengths of the penalties.

    Returns
    -------
    (float, array of shape (network.parameter_count,))
    """
    rows = min(ROWS_AT_ONCE, max(1, data.rows))
    share = 1 / data.total_weight if data.total_weight > 0 else 0.0
    steps = Steps(
        network, data, parameters, batch_size=rows, optimizer=ACCUMULATE, share=share, step=-1
    )
    error = steps.run(np.arange(data.rows), 0, data.rows)
    gradient = steps.state[kernels.FIRST]
    for (w, _), (slope, _) in zip(network.views(parameters), network.views(gradient), strict=True):
        error += share * (l1 * L1.value(w) + l2 * L2.value(w))
        slope += share * (l1 * L1.derivative(w) + l2 * L2.derivative(w))
    return error, gradient


class Steps:
    """A network and its rows, ready for :func:`chainrule.network.kernels.train_steps`.

    Parameters
    ----------
    network : Architecture
        What is trained.
    data : Data
        n rows with targets.
    parameters : array of shape (network.parameter_count,)
        Where it starts; copied.
    batch_size : int
        Rows in a mini-batch.
    gathered : bool
        Whether the rows will be picked out of order.
    **settings
        Values for ``kernels.SETTINGS``.

    Attributes
    ----------
    state : array of shape (3 + parts, network.parameter_count)
        Parameters, the optimizer's two rows, and a gradient for each part of a mini-batch.
    """

    def __init__(
        self,
        network: Architecture,
        data: Data,
        parameters: Array,
        *,
        batch_size: int,
        gathered: bool = False,
        **settings: Any,
    ) -> None:
        self._network, self._data = network, tuple(data)
        self._gathered = gathered or data.is_sparse
        self._parts = parts_of(batch_size, network.parameter_count)
        self._capacity = -(-batch_size // self._parts)
        self.state = np.zeros(
            (kernels.GRADIENT + self._parts, network.parameter_count), parameters.dtype
        )
        self.state[kernels.PARAMETERS] = parameters
        own = {"batch_size": batch_size, "capacity": self._capacity, "parts": self._parts}
        self._settings = [make_settings(network, **own, **settings)]
        self._workspaces: dict[int, Workspace] = {}
        self._errors = np.zeros(self._parts)
        self._rows = (0, 0)
        self._assign(1)

    def get(self, name: str) -> Any:
        """Return one of the settings."""
        return self._settings[0][name][0].item()

    def set(self, name: str, value: Any) -> None:
        """Change one of the settings, for every member."""
        for settings in self._settings:
            settings[name] = value

    def _assign(self, members: int) -> None:
        """Divide the parts of a mini-batch among this many threads."""
        self._settings = [self._settings[0].copy() for _ in range(members)]
        for number, settings in enumerate(self._settings):
            settings["members"] = members
            settings["first_part"] = self._parts * number // members
            settings["last_part"] = self._parts * (number + 1) // members

    def run(self, order: NDArray[np.int64], first_row: int, last_row: int) -> float:
        """Take the steps of the rows order[first_row:last_row]; returns the kernel's error."""
        if (first_row, last_row) != self._rows:
            self._rows = first_row, last_row
            self.set("first_row", first_row)
            self.set("last_row", last_row)
        with reserve(self._parts) as members:
            if members != len(self._settings):
                self._assign(members)
            run_together(self._take_steps, members, order)
        return float(sum(self._errors.tolist()))

    def _take_steps(
        self, number: int, barrier: NDArray[np.int64], order: NDArray[np.int64]
    ) -> None:
        workspace = self._workspaces.get(number)
        if workspace is None:  # allocated by the thread that uses it
            workspace = self._workspaces[number] = make_workspace(
                self._network,
                self._capacity,
                gathered=self._gathered,
                training=True,
                dtype=self.state.dtype.type,
            )
        kernels.train_steps(
            self._network.plan,
            self._settings[number],
            self._data,
            order,
            self.state,
            workspace,
            self._errors,
            barrier,
        )
