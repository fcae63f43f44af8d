"""The weights of every epoch, kept while a network learns, to be looked at or shown moving."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from sklearn.base import clone

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array

__all__ = ["WeightRecorder"]


class WeightRecorder:
    """A callback of scikit-learn's kind that keeps the weights of every epoch of a fit.

    ``model.set_callbacks(WeightRecorder())`` records the next fit. Of several starts
    (``restarts``) the first is recorded, whichever is kept.

    Parameters
    ----------
    every : int
        Keep each of so many epochs; the last one is kept as well.

    Attributes
    ----------
    epochs : list of int
        Which epochs are kept, in order. 0, the weights before the first step, is there if the
        model's ``random_state`` is a number, so that they can be drawn again, and there is but one
        start.

    Raises
    ------
    InputError
        ``every`` is less than 1.

    Examples
    --------
    >>> from chainrule import MLPClassifier
    >>> recorder = WeightRecorder()
    >>> model = MLPClassifier((3,), solver="gd", max_iter=2, tol=0, random_state=0)
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # two epochs are few
    ...     _ = model.set_callbacks(recorder).fit([[0.0], [1.0]], [0, 1])
    >>> recorder.epochs
    [0, 1, 2]
    >>> bool((recorder.model_at(2).coefs_[0] == model.coefs_[0]).all())
    True
    """

    def __init__(self, every: int = 1) -> None:
        if every < 1:
            raise InputError(f"every={every}: keep every epoch with 1, every tenth with 10")
        self.every = every
        self._forget()

    def _forget(self) -> None:
        self.epochs: list[int] = []
        self._weights: list[Array] = []
        self._last: Any = None

    # ------------------------------------------------------------------ the callback

    def setup(self, estimator: Any, context: Any) -> None:
        """Forget an earlier fit."""
        del estimator, context
        self._forget()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Keep the last epoch too."""
        del estimator, context
        if self._last is not None and self.epochs[-1:] != [self._last_epoch]:
            self._keep(self._last_epoch, self._last)

    def on_fit_task_begin(
        self, estimator: Any, context: Any, *, X: Any = None, y: Any = None
    ) -> None:
        """Keep the weights before the first step."""
        goes_on = getattr(estimator, "warm_start", False) and hasattr(estimator, "coefs_")
        drawn = isinstance(getattr(estimator, "random_state", None), int | np.integer)
        if context.task_name != "fit" or goes_on or not drawn:
            return
        if getattr(estimator, "restarts", 1) == 1:
            self._keep(0, clone(estimator).set_callbacks().initialize(X, y))

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> None:
        """Keep the weights of an epoch."""
        if context.task_name != "epoch" or fitted_estimator is None:
            return
        start = context.parent
        if start is not None and start.task_name == "restart" and start.task_id != 0:
            return
        self._last, self._last_epoch = fitted_estimator, estimator.history_[-1].epoch
        if self._last_epoch % self.every == 0:
            self._keep(self._last_epoch, fitted_estimator)

    def _keep(self, epoch: int, model: Any) -> None:
        self.epochs.append(epoch)
        parts = [
            np.ravel(part)
            for pair in zip(model.coefs_, model.intercepts_, strict=True)
            for part in pair
        ]
        self._weights.append(np.concatenate(parts))
        self._model = model

    # ------------------------------------------------------------------ what was kept

    @property
    def path(self) -> Array:
        """All weights and biases of every kept epoch, shape (epochs, p); by layer, W then b."""
        if not self._weights:
            raise InputError(
                "this recorder has no epochs yet: give it to model.set_callbacks(recorder) and fit"
            )
        return np.stack(self._weights)

    def model_at(self, epoch: int) -> Any:
        """Return the model as it was after an epoch.

        Parameters
        ----------
        epoch : int
            One of ``epochs``.

        Returns
        -------
        estimator
            A copy that can predict.

        Raises
        ------
        InputError
            That epoch was not kept.
        """
        path = self.path
        if epoch not in self.epochs:
            raise InputError(
                f"epoch {epoch} was not kept: there are {self.epochs[0]} to {self.epochs[-1]}, "
                f"every {self.every}"
            )
        model = copy.copy(self._model)
        weights, at = path[self.epochs.index(epoch)], 0
        model.coefs_, model.intercepts_ = [], []
        for part in zip(self._model.coefs_, self._model.intercepts_, strict=True):
            for values, kept in zip(part, (model.coefs_, model.intercepts_), strict=True):
                kept.append(weights[at : at + values.size].reshape(values.shape).copy())
                at += values.size
        return model
