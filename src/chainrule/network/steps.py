"""Steps taken by the compiled kernels, by one thread or several: what training is made of."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics import L1, L2
from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.engine import (
    ROWS_AT_ONCE,
    Data,
    Workspace,
    describe_execution,
    make_settings,
    make_workspace,
)
from chainrule.network.layout import (
    ACCUMULATE,
    ERROR,
    FIRST,
    GRADIENT,
    MUON,
    NADAM,
    PARAMETERS,
    SCRATCH,
    SUMS,
)
from chainrule.network.machine_code import Kernel
from chainrule.network.team import is_alone, pace_of, parts_of, reserve, run_together
from chainrule.network.threads import available_threads

__all__ = ["FullGradient", "Steps"]

_train_steps = Kernel("kernels", "train_steps")
_step_matrices = Kernel("muon", "step_matrices")

_NO_RATES: Array = np.empty((1, 0))


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
        Values for :data:`chainrule.network.layout.SETTINGS`.

    Attributes
    ----------
    state : array of shape (3 + parts or more, network.parameter_count)
        Parameters, the optimizer's two rows, a gradient for each part of a mini-batch, and for
        Muon what it calculates with.
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
        self._network, self._plan = network, network.plan
        self._data: tuple[Any, ...] = tuple(data)
        disturbed = settings.get("input_noise", 0) > 0 or settings.get("input_dropout", 0) > 0
        self._gathered = gathered or data.is_sparse or disturbed
        self._parts = parts_of(batch_size, network.parameter_count)
        self._capacity = -(-batch_size // self._parts)
        self._threads = available_threads() if self._parts > 1 else 1
        if settings["optimizer"] == MUON and len(network.layers) < 3:
            settings["optimizer"] = NADAM  # there is nothing between hidden layers
        self._by_matrices = settings["optimizer"] == MUON
        rows = GRADIENT + self._parts + (SCRATCH if self._by_matrices else 0)
        self.state = np.zeros((rows, network.parameter_count), parameters.dtype)
        self.state[PARAMETERS] = parameters
        own = {"batch_size": batch_size, "capacity": self._capacity, "parts": self._parts}
        self._settings = [make_settings(network, **own, **settings)]
        self._workspaces: dict[int, Workspace] = {}
        self._sums = np.zeros((1, self._parts, len(SUMS)))
        self._no_trail = np.empty((0, GRADIENT, network.parameter_count), parameters.dtype)
        self._rows = (0, 0)
        self._pace = pace_of(batch_size, network.parameter_count)
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

    def run(
        self, order: NDArray[np.int64], first_row: int, last_row: int, rates: Array = _NO_RATES
    ) -> list[float]:
        """Take the steps of the rows order[first_row:last_row].

        Returns the sums over the steps of their error, their penalty, the perceptron's mistakes,
        the last gradient's squared norm where it was needed, and the pace; see
        :func:`chainrule.network.kernels.train_steps`.
        """
        self._set_rows(first_row, last_row)
        order, rates = order.reshape(1, -1), rates.reshape(1, -1)
        if self._parts == 1:
            run_together(self._take_steps, 1, order, rates)
        else:
            self._run_parts(order, rates, last_row - first_row)
        return [sum(column) for column in self._sums[0].T.tolist()]

    def run_epochs(
        self, order: NDArray[np.int64], rates: Array, epochs: int
    ) -> tuple[Array, Array]:
        """Take the steps of several epochs in one call, by this thread alone.

        Parameters
        ----------
        order : array of int64 of shape (e, n) or (1, n)
            The rows in the order of each epoch, or of all of them.
        rates : array of shape (e, mini-batches) or (1, mini-batches)
            The learning rate of every step, likewise.
        epochs : int
            e.

        Returns
        -------
        (array of shape (e, 5), array of shape (e, 3, parameters))
            Each epoch's sums, as from :meth:`run`; and the parameters and the optimizer's two rows
            after it.
        """
        self._set_rows(0, order.shape[1])
        sums = np.empty((epochs, 1, len(SUMS)))
        trail = np.empty((epochs, GRADIENT, self.state.shape[1]), self.state.dtype)
        run_together(self._take_steps, 1, order, rates, sums, trail)
        return sums[:, 0], trail

    @property
    def execution_plan(self) -> dict[str, Any]:
        """How the steps are taken here; see :func:`chainrule.network.engine.describe_execution`."""
        return describe_execution(
            self.state.dtype.type,
            threads=len(self._settings),
            parts=self._parts,
            rows_at_once=self._capacity,
            vectors=len(self.state),
            workspace=sum(part.nbytes for own in self._workspaces.values() for part in own),
        )

    @property
    def can_run_ahead(self) -> bool:
        """Whether :meth:`run_epochs` can take these steps."""
        return self._parts == 1 and not self._by_matrices

    @property
    def leaves_cores(self) -> bool:
        """Whether a step is too short for several threads, so that others have a core to run on."""
        return self._parts == 1 and not is_alone()

    def _set_rows(self, first_row: int, last_row: int) -> None:
        if (first_row, last_row) != self._rows:
            self._rows = first_row, last_row
            self.set("first_row", first_row)
            self.set("last_row", last_row)

    def _run_parts(self, order: NDArray[np.int64], rates: Array, rows: int) -> None:
        """Run with a team or alone, whichever has been quicker; the result has the same bits."""
        with reserve(self._parts if self._pace.wants_team() else 1, self._threads) as members:
            if members != len(self._settings):
                self._assign(members)
            start = time.perf_counter()
            run_together(self._take_steps, members, order, rates)
            # A part of a mini-batch takes longer for each of its rows, and so does a thread beside
            # others that do the same.
            if rows >= self.get("batch_size") and not is_alone():
                self._pace.record((time.perf_counter() - start) / rows, team=members > 1)

    def _take_steps(
        self,
        number: int,
        barrier: NDArray[np.int64],
        order: NDArray[np.int64],
        rates: Array,
        sums: Array | None = None,
        trail: Array | None = None,
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
        if self._by_matrices:
            self._take_two_kinds_of_steps(number, barrier, order, rates, workspace)
            return
        _train_steps(
            self._plan,
            self._settings[number],
            self._data,
            order,
            rates,
            self.state,
            workspace,
            self._sums if sums is None else sums,
            self._no_trail if trail is None else trail,
            barrier,
        )

    def _take_two_kinds_of_steps(
        self,
        number: int,
        barrier: NDArray[np.int64],
        order: NDArray[np.int64],
        rates: Array,
        workspace: Workspace,
    ) -> None:
        """For each mini-batch, a step of most parameters and one of those that are matrices."""
        settings, sums, weights = self._settings[number], self._sums[0], self._data[3]
        first, last = self._rows
        own = slice(settings["first_part"][0], settings["last_part"][0])
        totals = np.zeros_like(sums[own])
        for i, start in enumerate(range(first, last, self.get("batch_size"))):
            settings["first_row"] = start
            settings["last_row"] = min(start + self.get("batch_size"), last)
            rate = rates[:, i : i + 1].copy()
            _train_steps(
                self._plan,
                settings,
                self._data,
                order,
                rate,
                self.state,
                workspace,
                self._sums,
                self._no_trail,
                barrier,
            )
            picked = order[0, settings["first_row"][0] : settings["last_row"][0]]
            _step_matrices(
                self._plan,
                settings,
                weights,
                picked,
                rate[0],
                self.state,
                workspace[-1],
                sums,
                barrier,
            )
            totals += sums[own]
        sums[own] = totals
        settings["first_row"], settings["last_row"] = first, last


class FullGradient:
    """The penalized error of all rows and its gradient, as a function of the parameters.

    A thousand rows are sent through at a time and their gradients added up, so that memory does
    not grow with the rows.

    Parameters
    ----------
    network : Architecture
        d inputs, k outputs.
    data : Data
        n rows with targets.
    dtype : type
        Float type of the data and of the parameters to come.
    l1, l2 : float
        Strengths of the penalties.
    label_smoothing : float
        Share of the right answer that is divided among all.
    """

    def __init__(
        self,
        network: Architecture,
        data: Data,
        *,
        dtype: type,
        l1: float = 0.0,
        l2: float = 0.0,
        label_smoothing: float = 0.0,
    ) -> None:
        self._network, self._l1, self._l2 = network, l1, l2
        self._order = np.arange(data.rows)
        self._share = data.share
        self._steps = Steps(
            network,
            data,
            np.zeros(network.parameter_count, dtype),
            batch_size=min(ROWS_AT_ONCE, max(1, data.rows)),
            optimizer=ACCUMULATE,
            share=self._share,
            step=-1,
            label_smoothing=label_smoothing,
        )

    def __call__(self, parameters: Array) -> tuple[float, Array]:
        """Return the error and its gradient, of shape (network.parameter_count,)."""
        state = self._steps.state
        state[PARAMETERS] = parameters
        state[FIRST] = 0
        error = self._steps.run(self._order, 0, len(self._order))[ERROR]
        gradient: Array = state[FIRST].copy()
        views = self._network.views
        for (w, _), (slope, _) in zip(views(parameters), views(gradient), strict=True):
            error += self._share * (self._l1 * L1.value(w) + self._l2 * L2.value(w))
            slope += self._share * (self._l1 * L1.derivative(w) + self._l2 * L2.derivative(w))
        return error, gradient
