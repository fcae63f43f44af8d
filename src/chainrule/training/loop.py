"""The loop: one Epoch record after another, for whoever consumes them.

History, progress bar, early stopping and the estimators all read the same records; none of them
reaches into the loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.mathematics.arrays import Array
from chainrule.network import kernels
from chainrule.network.architecture import Architecture
from chainrule.network.engine import Data, Workspace, make_settings, run_steps
from chainrule.network.team import parts_of
from chainrule.training.history import Epoch
from chainrule.training.optimizers import OPTIMIZERS, OptimizerState, Rates

__all__ = ["Loop", "Validation"]

# Between calls into the kernel Python can be interrupted; this many operations take about 0.1 s.
OPERATIONS_PER_CALL = 4e9


class Validation(NamedTuple):
    """How the network does on the held-out rows."""

    loss: float
    score: float


class Loop:
    """A network in training: its numbers, its rows, and one epoch at a time.

    Parameters
    ----------
    network : Architecture
        Its shape.
    parameters : array of shape (network.parameter_count,)
        Where it starts; copied.
    data : Data
        n training rows with targets.
    optimizer : str
        One of :data:`chainrule.training.optimizers.OPTIMIZERS`.
    rates : Rates
        The optimizer's numbers.
    batch_size : int
        Rows in a mini-batch; n at most.
    l1, l2 : float
        Strengths of the penalties.
    shuffle : numpy.random.RandomState, optional
        Draws a new order of the rows for every epoch; without it they are seen as they stand.
    dropout_seed : int
        Seeds dropout's masks.
    resume : OptimizerState, optional
        What the optimizer remembers from earlier steps.
    validate : callable, optional
        Parameters to a :class:`Validation`, called after every epoch.

    Attributes
    ----------
    parameters : array of shape (network.parameter_count,)
        Where it is now; a view that the next epoch changes.
    learning_rate : float
        May be set between epochs.
    """

    def __init__(
        self,
        network: Architecture,
        parameters: Array,
        data: Data,
        *,
        optimizer: str,
        rates: Rates,
        batch_size: int,
        l1: float = 0.0,
        l2: float = 0.0,
        shuffle: np.random.RandomState | None = None,
        dropout_seed: int = 0,
        resume: OptimizerState | None = None,
        validate: Callable[[Array], Validation] | None = None,
    ) -> None:
        self._network = network
        self._data = data
        self._validate = validate
        # A full batch is the same set of rows in any order: nothing to shuffle, nothing to gather.
        self._shuffle = shuffle if batch_size < data.rows else None
        self._order = np.arange(data.rows)
        dtype = parameters.dtype.type
        parts = parts_of(batch_size, network.parameter_count)
        self._state = np.zeros((kernels.GRADIENT + parts, network.parameter_count), dtype)
        self._state[kernels.PARAMETERS] = parameters
        numbers = rates._asdict()
        if optimizer == "gd":
            numbers |= {"momentum": 0.0, "nesterov": False}
        code = OPTIMIZERS[optimizer].code
        self._settings = make_settings(
            network,
            optimizer=code,
            batch_size=batch_size,
            parts=parts,
            seed=dropout_seed,
            l1=l1,
            l2=l2,
            **numbers,
        )
        if resume is not None:
            self._settings["step"] = resume.step
            self._state[kernels.FIRST] = resume.first
            self._state[kernels.SECOND] = resume.second
        self._workspaces: dict[int, Workspace] = {}
        self._blocks = self._make_blocks(batch_size)

    def _make_blocks(self, batch_size: int) -> list[tuple[int, int]]:
        """Cut the epoch where Python may be interrupted: between mini-batches, now and then."""
        operations = 6 * batch_size * self._network.parameter_count
        rows = batch_size * max(1, round(OPERATIONS_PER_CALL / operations))
        n = self._data.rows
        return [(start, min(start + rows, n)) for start in range(0, n, rows)]

    @property
    def parameters(self) -> Array:
        """Where the network is now: all weights and biases as one vector."""
        parameters: Array = self._state[0]
        return parameters

    @property
    def rows(self) -> int:
        """How many training rows there are."""
        return self._data.rows

    @property
    def learning_rate(self) -> float:
        """The rate the next step is taken with."""
        return float(self._settings["learning_rate"][0])

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._settings["learning_rate"] = rate

    @property
    def optimizer_state(self) -> OptimizerState:
        """What the optimizer remembers, copied, so that training can be resumed from it."""
        first, second = self._state[kernels.FIRST], self._state[kernels.SECOND]
        return OptimizerState(int(self._settings["step"][0]), first.copy(), second.copy())

    def epochs(self) -> Iterator[Epoch]:
        """Run one epoch after another for as long as records are asked for."""
        rows = self._data.rows
        epoch = 0
        while True:
            epoch += 1
            start = time.perf_counter()
            if self._shuffle is not None:
                self._order = self._order[self._permutation(rows)]
            error = 0.0
            for first, last in self._blocks:
                self._settings["first_row"], self._settings["last_row"] = first, last
                error += float(self._run().sum())
            trained = time.perf_counter() - start
            validation = self._validate(self.parameters) if self._validate is not None else None
            yield Epoch(
                epoch,
                error / rows,
                validation.loss if validation else None,
                validation.score if validation else None,
                self.learning_rate,
                time.perf_counter() - start,
                rows / trained,
            )

    def _run(self) -> Array:
        return run_steps(
            self._network,
            self._data,
            self._order,
            self._state,
            self._settings,
            self._workspaces,
            gathered=self._shuffle is not None,
        )

    def _permutation(self, rows: int) -> NDArray[np.int64]:
        """Draw as scikit-learn draws, so that the same seed sees the same mini-batches."""
        assert self._shuffle is not None
        indices = np.arange(rows)
        self._shuffle.shuffle(indices)
        return indices
