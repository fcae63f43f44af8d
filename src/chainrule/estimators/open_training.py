"""A training held open: gone on with by epochs, mini-batches or single rows, and gone back in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.estimators._changing import (
    QUIET,
    changed_fit,
    checked_weights,
    copy_to_train,
    different,
    take_over,
)
from chainrule.estimators._held_open import BoundedHistory, HeldOpen
from chainrule.estimators._snapshot import TrainingSnapshot
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import make_data
from chainrule.training import Epoch, Loop, Validation

__all__ = ["OpenTraining", "TrainingSnapshot"]


class OpenTraining:
    """A fit held open: begun, and gone on with by epochs, mini-batches or single rows.

    After e epochs, in whatever pieces they were run, the weights are those that ``fit`` has after
    e epochs, bit for bit, and it stops where ``fit`` stops, with the weights that ``fit`` keeps.

    An epoch is one pass over the rows that are learned from, in an order of its own. It is over
    when all of them have been seen, one by one or in mini-batches. A row taken by itself is a
    mini-batch of one, at the learning rate of the mini-batch it is of; what is left of a mini-batch
    is one too.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, Perceptron, or a neuron with such a solver as 'gd'
        What is trained, on a copy with first weights of its own; its solver takes steps.
    X, y, sample_weight, validation_data
        As for its ``fit``. The arrays may be used without being copied: leave them as they are.
    until_max_iter : bool
        Whether ``max_iter`` epochs are the end, as for ``fit``. Without it that many are only what
        is planned: a schedule that ends with the training reaches its end there, and stays there
        for the epochs beyond.
    keep_history : int
        How many epochs ``estimator.history_`` holds at most, 2 or more. Where there were more, it
        holds the first, the newest, and every second (fourth, eighth, …) of the others, and so do
        ``loss_curve_`` and ``validation_scores_``: as many as that take some megabytes.

    Raises
    ------
    InputError
        This is no estimator of this package, its solver does not go step by step, several
        ``restarts`` are asked for, or ``keep_history`` is too small.
    ValueError
        As ``fit`` does: the data are not usable.

    Notes
    -----
    Nothing is raised and nobody is warned when it diverges or ends: ``stopped`` says so. A training
    that has stopped does nothing more until ``change``, ``set_parameters`` or ``restore``.

    With ``random_state=None`` it draws from a generator of its own. It may be used by several
    threads, one after the other.

    Of an epoch run in pieces the last digit of ``train_loss`` may be another one, as with weighted
    rows: it is summed up otherwise. No digit of the weights is.

    Examples
    --------
    >>> from chainrule import Perceptron
    >>> training = OpenTraining(Perceptron(shuffle=False), [[2.0], [-1.0]], [1, 0])
    >>> training.run_points(1), training.parameters
    ([0], array([0., 0.]))
    >>> there = training.snapshot()
    >>> [epoch.mistakes for epoch in training.run_epochs(10)], training.parameters
    ([1, 0], array([ 1., -1.]))
    >>> training.stopped
    'converged: no row was misclassified in epoch 2'
    >>> training.restore(there)
    >>> training.epoch, training.rows_into, training.next_rows()
    (0, 1, array([1]))
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        validation_data: Sequence[Any] | None = None,
        until_max_iter: bool = False,
        keep_history: int = 10_000,
    ) -> None:
        if keep_history < 2:
            raise InputError(
                f"keep_history={keep_history}: at least the first and the last epoch are kept; "
                "give 2 or more"
            )
        model = copy_to_train(estimator)
        ready = model._make_ready(X, y, sample_weight, validation_data=validation_data)
        self._random = ready.random
        if self._random is np.random.mtrand._rand:  # everybody's: nobody else may find it put back
            self._random = np.random.RandomState(ready.random.randint(2**31 - 1))
        self._given, self._changes = model.get_params(deep=False), dict[str, Any]()
        settings: dict[str, Any] = {"limited": until_max_iter, "outcome": QUIET}
        fitting = HeldOpen(model, ready.network, self._random, ready.options, **settings)
        self._data = fitting.prepare(ready.parameters, ready.rows, ready.held_out, ready.given)
        model.history_ = BoundedHistory(keep_history)
        fitting.begin(ready.parameters, self._data)
        self._adopt(fitting)
        self._learned: NDArray[np.int64]
        self._held_out: NDArray[np.int64]
        self._learned, self._held_out = ready.divided or (np.arange(self.rows), np.arange(0))

    # ------------------------------------------------------------------ where it stands

    @property
    def estimator(self) -> Any:
        """A copy of the estimator, fitted: with the present weights and all that ``fit`` sets.

        ``partial_fit`` and ``step`` of it, and ``chainrule.explain``, go on as this training would.
        """
        return self._fitting.show()

    @property
    def network(self) -> Architecture:
        """The network's shape."""
        return self._fitting.network

    @property
    def parameters(self) -> Array:
        """All weights and biases now, by layer, W then b, shape (p,); a copy."""
        return self._loop.parameters.copy()

    @property
    def epoch(self) -> int:
        """How many whole epochs were run."""
        return int(self._fitting.estimator.n_iter_)

    @property
    def rows_into(self) -> int:
        """How many rows of the present epoch were seen; 0 between epochs."""
        return self._loop.rows_into

    @property
    def rows(self) -> int:
        """How many rows are learned from."""
        return self._loop.rows

    @property
    def learned(self) -> NDArray[np.int64]:
        """Which rows of X are learned from, shape (rows,)."""
        return self._learned.copy()

    @property
    def held_out(self) -> NDArray[np.int64]:
        """Which rows of X are held out for early stopping; none where validation_data are."""
        return self._held_out.copy()

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return self._loop.steps

    @property
    def learning_rate(self) -> float:
        """The rate of the next step."""
        return self._loop.next_rate(self.epoch + 1)

    @property
    def last(self) -> Epoch | None:
        """The record of the last whole epoch, if there was one."""
        history = self._fitting.estimator.history_
        return history[-1] if history else None

    @property
    def best_epoch(self) -> int:
        """The epoch that was best by what is watched; 0 is where it started."""
        return int(self._fitting.estimator.best_epoch_)

    @property
    def stopped(self) -> str | None:
        """Why it ended, as ``fit`` says it in ``stopping_reason_``; None while it goes on."""
        return self._fitting.reason or None

    def next_rows(self) -> NDArray[np.int64]:
        """Return which rows of X the next mini-batch takes, or what is left of it, in order."""
        return self._learned[self._loop.next_rows()]

    def follow(self, X: Any, y: Any, sample_weight: Any = None) -> Callable[[Array], Validation]:
        """Return a function that tells how the network does on some rows.

        Parameters
        ----------
        X : array or sparse matrix of shape (m, d)
            The rows.
        y : array of shape (m,) or (m, k)
            Their targets.
        sample_weight : array of shape (m,), optional
            How much each row counts.

        Returns
        -------
        callable
            Weights and biases, shape (p,), to a :class:`Validation`: the error without penalties,
            and accuracy or R².
        """
        model = self._fitting.estimator
        rows = model._check_rows(X, y, sample_weight, mode="more", reset=False)
        dtype = self._loop.parameters.dtype.type
        data = make_data(*rows, dtype=dtype)
        return lambda vector: self._fitting.judge(np.asarray(vector, dtype), data)

    # ------------------------------------------------------------------ going on

    def run_epochs(self, count: int, *, seconds: float | None = None) -> list[Epoch]:
        """Run epochs; one that was begun is finished first and is one of them.

        Parameters
        ----------
        count : int
            How many.
        seconds : float, optional
            After the first, none is run that would not be over in this time, as long as they take.

        Returns
        -------
        list of Epoch
            Their records; fewer if it stops or time is up.
        """
        start, longest, records = time.perf_counter(), 0.0, list[Epoch]()
        while len(records) < count and self.stopped is None:
            before = time.perf_counter()
            if records and seconds is not None and before - start + longest > seconds:
                break
            records += self._advance(self.rows)
            longest = max(longest, time.perf_counter() - before)
        return records

    def run_batches(self, count: int, *, seconds: float | None = None) -> list[Epoch]:
        """Take mini-batches; the rest of one that was begun is the first of them.

        Parameters
        ----------
        count : int
            How many.
        seconds : float, optional
            After the first, none is begun when so much time has passed.

        Returns
        -------
        list of Epoch
            The records of the epochs that ended on the way; see also ``steps``.
        """
        start, records = time.perf_counter(), list[Epoch]()
        for i in range(count):
            late = i > 0 and seconds is not None and time.perf_counter() - start > seconds
            if late or self.stopped is not None:
                break
            records += self._advance(self._loop.rows_of_batch)
        return records

    def run_points(self, count: int) -> list[int]:
        """Make updates by one row each: for the perceptron, what the textbook does.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        list of int
            Which rows of X they were, in order; fewer if it stops.
        """
        rows = list[int]()
        while len(rows) < count and self.stopped is None:
            rows.append(int(self.next_rows()[0]))
            self._advance(1)
        return rows

    def _advance(self, rows: int) -> list[Epoch]:
        """Take so many rows; the record is returned if the epoch is over."""
        record = self._loop.advance(self.epoch + 1, rows)
        if record is None:
            if np.isfinite(self._loop.parameters).all():
                return []
            record = self._loop.finish(self.epoch + 1)  # and be told what was good last
        if self._fitting.take_note(record, None):
            self._fitting.stop()
        return [record]

    # ------------------------------------------------------------------ going elsewhere

    def snapshot(self) -> TrainingSnapshot:
        """Return all that is needed to go on exactly from here.

        That is five vectors as long as the weights, the order of the rows, and the state of the
        random generator that draws it.
        """
        return TrainingSnapshot(
            self.epoch,
            self.rows_into,
            self.steps,
            self._changes,
            self._loop.save(),
            self._fitting.save(),
            self._unused,
        )

    def restore(self, snapshot: TrainingSnapshot) -> None:
        """Go back, or ahead, to where a snapshot was taken, with the numbers of then.

        Raises
        ------
        InputError
            It was taken of another network, or of other rows.
        """
        state = snapshot._loop
        weights, rows = len(state.parameters), len(state.order[0])
        if (weights, rows) != (self.network.parameter_count, self.rows):
            raise InputError(
                f"the snapshot is of a training with {weights} weights and {rows} rows, this one "
                f"has {self.network.parameter_count} and {self.rows}"
            )
        self._loop.stop()
        fitting = self._fitting
        if snapshot._changes is not self._changes:
            parameters = {**self._given, **snapshot._changes}
            fitting = changed_fit(fitting, self._data, parameters)
        if snapshot._random is not None:
            self._random.set_state(snapshot._random)
        fitting.loop.restore(state)
        fitting.restore(snapshot._watched)
        self._changes = snapshot._changes
        self._adopt(fitting)

    def change(self, **parameters: Any) -> None:
        """Go on from here with other numbers: the same weights, order of rows and time.

        The optimizer goes on with what it remembers unless it is another one, and the schedule with
        the rate that plateaus have led to unless ``learning_rate`` or ``learning_rate_init`` is
        another one. Where the training loss is watched, which may now be of another size, the
        best epoch is looked for anew; the best by held-out rows remains the best.

        Parameters
        ----------
        **parameters
            Of the estimator's constructor. Those that are as they were change nothing.

        Raises
        ------
        InputError
            It has no such parameter, or it is one that says what a training begins with: its rows,
            its network's shape, its first weights.
        ValueError
            As ``fit`` does: that cannot be the parameter's value.
        """
        other = different({**self._given, **self._changes}, parameters)
        if not other:
            return
        changes = {**self._changes, **other}
        fitting = changed_fit(self._fitting, self._data, {**self._given, **changes})
        take_over(fitting, self._fitting, other.keys())
        self._changes = changes
        self._adopt(fitting)

    def set_parameters(self, vector: Any) -> None:
        """Set all weights and biases by hand; what was best so far counts no longer.

        Parameters
        ----------
        vector : array of shape (p,)
            By layer, W then b.

        Raises
        ------
        InputError
            These are not as many finite numbers.
        """
        own = self._loop.parameters
        own[:] = checked_weights(vector, self.network, own.dtype)
        self._fitting.reason = ""
        self._fitting.watch_anew()

    def _adopt(self, fitting: HeldOpen) -> None:
        self._fitting = fitting
        self._loop: Loop = fitting.loop
        # As long as no order is drawn, all snapshots may share it.
        self._unused = None if self._loop.shuffles else self._random.get_state()
