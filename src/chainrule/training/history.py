"""What happened in each epoch of a training, as data that everything else reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, overload

import numpy as np

__all__ = ["Epoch", "History"]


class Epoch(NamedTuple):
    """One pass over the training rows.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    train_loss : float
        The penalized error, averaged over the epoch's mini-batches as they were met: the number
        that is differentiated, ``data_loss`` + ``penalty``.
    validation_loss : float or None
        The error of the held-out rows after the epoch, without penalties.
    validation_score : float or None
        Accuracy, R² or what else is watched, on the held-out rows after the epoch.
    learning_rate : float
        The rate of the epoch's last step.
    seconds : float
        How long it took, validation included.
    samples_per_second : float
        Training rows per second.
    data_loss, penalty : float or None
        The two parts of ``train_loss``: the error, and what the penalties add to it.
    mistakes : int or None
        For the perceptron, how many rows it got wrong when it met them.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None
    validation_score: float | None
    learning_rate: float
    seconds: float
    samples_per_second: float
    data_loss: float | None = None
    penalty: float | None = None
    mistakes: int | None = None


class History(Sequence[Epoch]):
    """The epochs of a training, in order; grows by ``append``.

    Examples
    --------
    >>> history = History()
    >>> history.append(Epoch(1, 0.7, None, None, 0.001, 0.5, 2000.0))
    >>> history[-1].train_loss, history.column("epoch")
    (0.7, [1])
    """

    def __init__(self) -> None:
        self._epochs: list[Epoch] = []

    def append(self, epoch: Epoch) -> None:
        """Add the newest epoch."""
        self._epochs.append(epoch)

    def extend(self, epochs: Iterable[Epoch]) -> None:
        """Add several."""
        self._epochs.extend(epochs)

    def column(self, name: str) -> list[Any]:
        """Return one quantity over all epochs, by its name in :class:`Epoch`."""
        if name not in Epoch._fields:
            raise ValueError(
                f"there is no column {name!r}; choose one of {', '.join(Epoch._fields)}"
            )
        index = Epoch._fields.index(name)
        return [epoch[index] for epoch in self._epochs]

    def to_dict(self) -> dict[str, list[Any]]:
        """Return every quantity over all epochs."""
        return {name: self.column(name) for name in Epoch._fields}

    @overload
    def __getitem__(self, index: int) -> Epoch: ...
    @overload
    def __getitem__(self, index: slice) -> list[Epoch]: ...
    def __getitem__(self, index: int | slice) -> Epoch | list[Epoch]:
        """Return one epoch, or a list of them."""
        return self._epochs[index]

    def __len__(self) -> int:
        """How many epochs there are."""
        return len(self._epochs)

    def __iter__(self) -> Iterator[Epoch]:
        """Iterate over the epochs."""
        return iter(self._epochs)

    def __repr__(self) -> str:
        """Say how long it is and how it ended."""
        last = f", last {self._epochs[-1]!r}" if self._epochs else ""
        return f"History({len(self)} epochs{last})"

    def __getstate__(self) -> dict[str, Any]:
        """Columns as arrays, and which cells are None: small in a model file, and plain data."""
        state: dict[str, Any] = {}
        for name, values in self.to_dict().items():
            state[name] = np.array([np.nan if v is None else v for v in values], np.float64)
            state[f"{name} is None"] = np.array([v is None for v in values], np.bool_)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Rebuild the epochs from their columns."""
        columns = []
        for name in Epoch._fields:
            if name not in state:  # written by an earlier version
                columns.append([Epoch._field_defaults[name]] * len(state["epoch"]))
                continue
            cells = zip(state[name].tolist(), state[f"{name} is None"].tolist(), strict=True)
            columns.append([None if absent else value for value, absent in cells])
        rows = (Epoch._make(row) for row in zip(*columns, strict=True))
        self._epochs = [
            row._replace(epoch=int(row.epoch), mistakes=_whole(row.mistakes)) for row in rows
        ]


def _whole(count: float | None) -> int | None:
    return None if count is None else int(count)
