"""The perceptron: one neuron with the step function, and the algorithm of 1958."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from chainrule.estimators._classification import Classifier
from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._single_neuron import DecidesByLogits
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import Data, evaluate
from chainrule.network.prediction import without_output_activation
from chainrule.training import Schedule

__all__ = ["Perceptron"]


class Perceptron(DecidesByLogits, Classifier):
    """One neuron with the step function, trained by the perceptron algorithm.

        ŷ = 1 if Wx + b ≥ 0 else 0

    One row after another: a misclassified y = 1 moves the line towards itself, W ← W + αx,
    b ← b + α; a misclassified y = 0 away, W ← W − αx, b ← b − α; by α times its weight where rows
    have weights. With more than two classes each has a neuron of its own against all others, and
    the one with the largest z is predicted.

    If a line separates the classes, the algorithm ends with one, without a mistake; otherwise it
    goes on for ``max_iter`` epochs and says how many mistakes it still makes.

    Parameters
    ----------
    learning_rate_init : float, default=1.0
        α.
    learning_rate : str, Schedule or callable, default='constant'
        How α goes on, as for :class:`chainrule.MLPClassifier`.
    max_iter : int, default=1000
        The most epochs.
    shuffle : bool, default=True
        Whether the rows are seen in a new order in every epoch.
    random_state : int, RandomState or None, default=None
        Seeds the order of rows and the held-out part.
    alpha, l1 : float, default=0.0
        Strengths of the penalties ½ΣW² and Σ|W|, in units of one row's error.
    class_weight : dict, 'balanced' or None, default=None
        How much each class counts: by so much its rows move the line further.
    tol : float, default=1e-4
        An epoch has to be better by this much to count as an improvement.
    n_iter_no_change : int or inf, default=inf
        The most epochs in a row without improvement; inf goes on until there are no mistakes.
    verbose, warm_start : default=False
        Print the error of every epoch; begin where the last ``fit`` ended.
    early_stopping, validation_fraction, validation_splitter, monitor, start_from_epoch
        As for :class:`chainrule.MLPClassifier`.

    Attributes
    ----------
    coef_ : array of shape (1, d), or (k, d) for k classes
        W.
    intercept_ : array of shape (1,) or (k,)
        b.
    classes_ : array of shape (c,)
        The classes, sorted.
    converged_ : bool
        Whether an epoch passed without a mistake.
    mistakes_ : list of int
        How many rows were misclassified when they were met, in every epoch.
    history_, loss_curve_, n_iter_, best_epoch_, stopping_reason_
        As for :class:`chainrule.MLPClassifier`; the error of a row is |z| if it is misclassified.

    References
    ----------
    Rosenblatt (1958), The perceptron: a probabilistic model for information storage and
    organization in the brain. Novikoff (1962), On convergence proofs for perceptrons.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[7.0, 6.0], [8.0, 5.0], [5.0, 6.0], [2.0, 9.0]])
    >>> model = Perceptron(random_state=0).fit(X, ["yes", "yes", "no", "no"])
    >>> model.predict([[9.0, 6.0], [1.0, 6.0]]).tolist(), model.converged_, model.mistakes_[-1]
    (['yes', 'no'], True, 0)
    """

    def __init__(
        self,
        *,
        learning_rate_init: float = 1.0,
        learning_rate: str | Schedule | Callable[[int], float] = "constant",
        max_iter: int = 1000,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        alpha: float = 0.0,
        l1: float = 0.0,
        class_weight: Mapping[Any, float] | str | None = None,
        tol: float = 1e-4,
        n_iter_no_change: float = np.inf,
        verbose: bool | int = False,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        validation_splitter: Any = None,
        monitor: str | Callable[..., float] = "score",
        start_from_epoch: int = 0,
    ) -> None:
        self.learning_rate_init = learning_rate_init
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.alpha = alpha
        self.l1 = l1
        self.class_weight = class_weight
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.verbose = verbose
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.validation_splitter = validation_splitter
        self.monitor = monitor
        self.start_from_epoch = start_from_epoch

    @property
    def mistakes_(self) -> list[int]:
        """How many rows were misclassified when they were met, in every epoch."""
        mistakes: list[int] = self.history_.column("mistakes")
        return mistakes

    @property
    def converged_(self) -> bool:
        """Whether the last epoch passed without a mistake."""
        return len(self.history_) > 0 and self.history_[-1].mistakes == 0

    def predict(self, X: Any) -> Any:
        """Return the class of each row: by the sign of z, or by the largest of several.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.

        Returns
        -------
        array of shape (n,), or (n, k) of 0 and 1 for several labels, sparse if they were in ``fit``
        """
        z = self._outputs(X, logits=True)
        if self._kind == "multilabel":
            labels = (z >= 0).astype(int)
            return csr_matrix(labels) if self._sparse_labels else labels
        return np.asarray(self.classes_[self._winners(z)])

    def _winners(self, z: Array) -> NDArray[np.int64]:
        if z.shape[1] > 1:
            return np.asarray(z.argmax(axis=1))
        return ((z[:, 0] >= 0) & (len(self.classes_) > 1)).astype(np.int64)

    def _options(self) -> TrainingOptions:
        one_by_one = {"batch_size": 1, "share": 1.0}
        return TrainingOptions.of(super()._options(), solver="sgd", momentum=0.0, **one_by_one)

    def _evaluate(
        self, network: Architecture, parameters: Array, data: Data
    ) -> tuple[Array, float]:
        identity = without_output_activation(network)
        z = evaluate(identity, parameters, data._replace(y=data.y[:0]))[0]
        return z, evaluate(network, parameters, data)[1]

    def _predicts_from(self) -> dict[str, bool]:
        return {"logits": True}

    def _prepare_targets(self, y: Any, *, mode: str) -> NDArray[Any]:
        numbers = super()._prepare_targets(y, mode=mode)
        if self._kind != "multiclass":
            return numbers
        return np.asarray(numbers == np.arange(len(self.classes_)))

    def _loss_name(self) -> str:
        return "perceptron"

    def _score_outputs(self, outputs: Array, targets: Array, weights: Array | None) -> float:
        if not np.isfinite(outputs).all():
            return float("nan")
        if self._kind == "multilabel":
            right = ((outputs >= 0) == (targets > 0.5)).all(axis=1)
        else:
            wanted = targets.argmax(axis=1) if targets.shape[1] > 1 else targets[:, 0]
            right = self._winners(outputs) == wanted
        return float(np.average(right, weights=weights))
