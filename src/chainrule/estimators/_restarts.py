"""Random restart: several starting points at once, and how far apart they end."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from chainrule.estimators._fitting import Outcome
from chainrule.estimators._kind_of_fit import kind_of_fit
from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._rows import Given, Rows
from chainrule.estimators._warnings import warn_caller
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture, initialize
from chainrule.network.engine import Data, evaluate
from chainrule.network.team import alone
from chainrule.network.threads import available_threads
from chainrule.training import History

__all__ = ["Restart", "Restarts", "average_outputs", "fit_restarts"]


@dataclass(frozen=True)
class Restart:
    """One of several trainings that differ in nothing but their seed.

    Attributes
    ----------
    seed : int
        Of its first weights, order of rows, and dropout.
    history : History
        Its epochs.
    train_loss : float
        The penalized error of its last epoch, or of its best where the best was kept.
    validation_loss : float or None
        The held-out rows' error at the same epoch, if there were any.
    best_epoch : int
        The epoch its weights are from.
    stopping_reason : str
        Why it ended.
    parameters : array of shape (p,)
        All weights and biases, where it ended.
    """

    seed: int
    history: History
    train_loss: float
    validation_loss: float | None
    best_epoch: int
    stopping_reason: str
    parameters: Array

    @property
    def final_loss(self) -> float:
        """The loss by which restarts are compared: the held-out one if there is one."""
        return self.train_loss if self.validation_loss is None else self.validation_loss


class Restarts(Sequence[Restart]):
    """All restarts of a fit, in the order of their seeds.

    Attributes
    ----------
    best : int
        Which was kept.
    """

    def __init__(self, runs: Sequence[Restart], best: int) -> None:
        self._runs, self.best = tuple(runs), best

    @overload
    def __getitem__(self, index: int) -> Restart: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Restart]: ...
    def __getitem__(self, index: int | slice) -> Restart | Sequence[Restart]:
        """Return one restart, or several."""
        return self._runs[index]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._runs)

    @property
    def losses(self) -> Array:
        """The final loss of each, shape (k,)."""
        return np.array([run.final_loss for run in self])

    @property
    def distances(self) -> Array:
        """The distance ‖wᵢ − wⱼ‖ between where each two ended, shape (k, k).

        Two networks whose hidden nodes stand in another order compute the same and are yet far
        apart: the distance tells minima apart, not what they do.
        """
        points = np.array([run.parameters for run in self], np.float64)
        squares = (points**2).sum(axis=1)
        gaps = squares[:, None] + squares - 2 * points @ points.T
        np.fill_diagonal(gaps, 0)
        distances: Array = np.sqrt(np.maximum(gaps, 0))
        return distances

    def to_dict(self) -> dict[str, Any]:
        """Return all but the weights as plain data."""
        return {
            "best": self.best,
            "runs": [
                {
                    "seed": run.seed,
                    "train_loss": run.train_loss,
                    "validation_loss": run.validation_loss,
                    "best_epoch": run.best_epoch,
                    "stopping_reason": run.stopping_reason,
                }
                for run in self
            ],
            "distances": self.distances.tolist(),
        }

    def __repr__(self) -> str:
        """Say how many there are and how far their losses lie apart."""
        losses = self.losses
        spread = f"final loss {losses.min():.6g} to {losses.max():.6g}"
        return f"Restarts({len(self)} runs, {spread}, best: {self.best})"


def average_outputs(network: Architecture, restarts: Restarts, data: Data) -> Array:
    """Return the mean of what all restarts predict: soft voting for classes, shape (n, k)."""
    dtype = data.y.dtype
    outputs = [evaluate(network, run.parameters.astype(dtype), data)[0] for run in restarts]
    mean: Array = np.mean(outputs, axis=0)
    return mean


def fit_restarts(
    estimator: Any,
    network: Architecture,
    rows: Rows,
    held_out: Rows | None,
    given: tuple[Given, Given],
    *,
    options: TrainingOptions,
    random: np.random.RandomState,
) -> None:
    """Train from several starting points on all cores, and let the estimator be the best of them.

    Each has a seed drawn from ``random`` and a thread of its own; which result is whose does not
    depend on how many threads there are.

    Parameters
    ----------
    estimator : BaseNetwork
        Takes over the fitted attributes of the best and gets ``restarts_``.
    network : Architecture
        What is trained.
    rows, held_out : Rows
        The same for all.
    given : (Given, Given)
        The same rows as they were given.
    options : TrainingOptions
        How many restarts, and everything else.
    random : numpy.random.RandomState
        Draws the seeds.

    Raises
    ------
    ValueError
        Not one of them was successful; what the first one raised.
    """
    said: list[tuple[int, tuple[Any, ...]]] = []
    outcome = Outcome()
    seeds = [int(seed) for seed in random.randint(2**31 - 1, size=options.restarts)]
    context = estimator._init_callback_context(
        max_subtasks=options.restarts, sequential_subtasks=False
    )
    X, y = given[0]
    context.call_on_fit_task_begin(estimator=estimator, X=X, y=y)

    def run(number: int) -> Any:
        member = copy.copy(estimator)
        member._start_anew(network)
        own = Outcome(lambda *message: said.append((number, message)))
        own.lock, own.interrupted, own.leader = outcome.lock, outcome.interrupted, estimator
        draw = np.random.RandomState(seeds[number])
        parameters = initialize(
            network, draw, scheme=options.initialization, dtype=rows.x.dtype.type
        )
        with outcome.lock:
            # By its own number: threads do not begin in order, and recorders follow the first.
            task = context.subcontext(
                task_name="restart", task_id=number, max_subtasks=options.max_iter
            )
            task.call_on_fit_task_begin(estimator=estimator, X=X, y=y)
        with alone():
            fitting = kind_of_fit(options)(member, network, draw, options, outcome=own)
            fitting.train(parameters, rows, held_out, given, context=task)
        with outcome.lock:
            task.call_on_fit_task_end(estimator=estimator, X=X, y=y)
        return member

    members = _run_all(run, options.restarts, outcome)
    fitted = [number for number, member in enumerate(members) if member is not None]
    runs = [_tell(members[number], seeds[number]) for number in fitted]
    best = int(np.argmin([run.final_loss for run in runs]))
    _take_over(estimator, members[fitted[best]])
    estimator.restarts_ = Restarts(runs, best)
    for whose, message in said:
        if whose == fitted[best]:
            warn_caller(*message)
    if outcome.interrupted_by_user:
        warn_caller("Training interrupted by user.")
    context.call_on_fit_task_end(estimator=estimator, X=X, y=y)


def _run_all(run: Any, count: int, outcome: Outcome) -> list[Any]:
    """Run all of them in as many threads as there may be; None for those that failed."""
    with ThreadPoolExecutor(min(count, available_threads())) as pool:
        futures: list[Future[Any]] = [pool.submit(run, number) for number in range(count)]
        waiting = set(futures)
        while waiting:
            try:
                # Now and then awake: a signal that another thread got is seen only then.
                _, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            except KeyboardInterrupt:
                if outcome.interrupted.is_set():
                    raise
                outcome.interrupted_by_user = True
                outcome.interrupted.set()  # each ends with its epoch
                for future in futures:
                    future.cancel()
                waiting = {future for future in waiting if not future.cancelled()}
    errors = [f.exception() for f in futures if not f.cancelled() and f.exception()]
    members = [None if f.cancelled() or f.exception() else f.result() for f in futures]
    succeeded = any(member is not None for member in members)
    for error in errors:
        if error is not None and not (isinstance(error, ValueError) and succeeded):
            raise error
    return members


def _tell(member: Any, seed: int) -> Restart:
    history = member.history_
    kept = next((epoch for epoch in history if epoch.epoch == member.best_epoch_), history[-1])
    last = kept if member._options().early_stopping else history[-1]
    layers = zip(member.coefs_, member.intercepts_, strict=True)
    vectors = [array.ravel() for layer in layers for array in layer]
    return Restart(
        seed=seed,
        history=history,
        train_loss=float(last.train_loss),
        validation_loss=last.validation_loss,
        best_epoch=member.best_epoch_,
        stopping_reason=member.stopping_reason_,
        parameters=np.concatenate(vectors),
    )


def _take_over(estimator: Any, member: Any) -> None:
    """Give the estimator what another one has learned."""
    for name, value in vars(member).items():
        if name.endswith("_") or (name.startswith("_") and "callback" not in name):
            setattr(estimator, name, value)
