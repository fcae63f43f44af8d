"""Logistic regression: one neuron with the sigmoid, or one for each class with softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.estimators._classification import ProbabilisticClassifier
from chainrule.estimators._single_neuron import NEURON_SOLVERS, DecidesByLogits
from chainrule.training import Schedule

__all__ = ["LogisticRegression"]


class LogisticRegression(DecidesByLogits, ProbabilisticClassifier):
    """One neuron with the sigmoid; for k classes k neurons with softmax; for labels one each.

        ŷ = σ(Wx + b),   E = (Σᵢ wᵢ eᵢ + alpha ½ΣW² + l1 Σ|W|) / Σᵢ wᵢ

    with eᵢ = −y ln ŷ − (1 − y) ln(1 − ŷ), the log loss, or the cross-entropy. Its gradient is
    Σᵢ wᵢ (ŷ − y) x / Σᵢ wᵢ, so that one row moves the weights by W ← W + α (y − ŷ) x.

    Parameters
    ----------
    solver : str, default='auto'
        'newton', damped, with the whole Hessian; 'lbfgs', SciPy's L-BFGS; or step by step 'gd',
        plain gradient descent on all rows, 'sgd', 'momentum', 'nesterov', 'rmsprop', 'adam',
        'adamw', 'nadam', 'muon'. 'auto' is 'newton' for up to 1,000 coefficients, else 'lbfgs'.
    alpha : float, default=1.0
        Strength of the L2 penalty: scikit-learn's 1 / C, and its default. 0 for none.
    l1 : float, default=0.0
        Strength of the L1 penalty Σ|W|, which makes coefficients exactly 0.
    class_weight : dict, 'balanced' or None, default=None
        How much each class counts; 'balanced' weighs every class alike.
    learning_rate : str, Schedule or callable, default='constant'
        How the learning rate goes on, as for :class:`chainrule.MLPClassifier`.
    learning_rate_init : float, default=0.01
        The learning rate, for solvers that go step by step.
    batch_size : int or 'auto', default='auto'
        Rows in a mini-batch; 'auto' is min(200, n).
    max_iter : int, default=1000
        The most epochs, or iterations of 'newton' and 'lbfgs'.
    tol : float, default=1e-6
        For 'newton' and 'lbfgs': the largest component of the gradient at which to stop. For the
        others: by how much an epoch has to be better to count as an improvement.
    n_iter_no_change : int or inf, default=10
        The most epochs in a row without improvement.
    momentum, nesterovs_momentum : default=0.9, True
        Of 'sgd', 'momentum' and 'nesterov'.
    weight_decay : float, default=0.01
        λ of 'adamw'.
    clip_norm : float or None, default=None
        The largest norm that the gradient may have.
    shuffle : bool, default=True
        Whether the rows are seen in a new order in every epoch.
    random_state : int, RandomState or None, default=None
        Seeds the order of rows and the held-out part.
    verbose, warm_start : default=False
        Print the error of every epoch; begin where the last ``fit`` ended.
    early_stopping, validation_fraction, validation_splitter, monitor, start_from_epoch
        As for :class:`chainrule.MLPClassifier`; an epoch is an iteration of 'newton' and 'lbfgs'.

    Attributes
    ----------
    coef_ : array of shape (1, d), or (k, d) for k classes or labels
        W.
    intercept_ : array of shape (1,) or (k,)
        b.
    classes_ : array of shape (c,)
        The classes, sorted.
    history_, loss_curve_, n_iter_, best_epoch_, stopping_reason_
        As for :class:`chainrule.MLPClassifier`.

    Warns
    -----
    ConvergenceWarning
        ``max_iter`` was reached; or, by 'newton' without a penalty, the classes are separable, so
        that the error falls forever and no finite weights are best, or the columns are linearly
        dependent, so that many are.

    References
    ----------
    Cox (1958), The regression analysis of binary sequences.

    Examples
    --------
    At x = 0 one of four answers is yes and at x = 1 three are, so that the odds are ⅓ and 3: the
    intercept is −ln 3 and the coefficient 2 ln 3.

    >>> import numpy as np
    >>> X = np.repeat([[0], [1]], 4, axis=0)
    >>> y = ["no", "no", "no", "yes", "yes", "yes", "yes", "no"]
    >>> model = LogisticRegression(alpha=0).fit(X, y)
    >>> model.coef_.round(4), model.intercept_.round(4)
    (array([[2.1972]]), array([-1.0986]))
    """

    _constraints = NEURON_SOLVERS

    def __init__(
        self,
        *,
        solver: str = "auto",
        alpha: float = 1.0,
        l1: float = 0.0,
        class_weight: Mapping[Any, float] | str | None = None,
        learning_rate: str | Schedule | Callable[[int], float] = "constant",
        learning_rate_init: float = 0.01,
        batch_size: int | str = "auto",
        max_iter: int = 1000,
        tol: float = 1e-6,
        n_iter_no_change: float = 10,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        weight_decay: float = 0.01,
        clip_norm: float | None = None,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool | int = False,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        validation_splitter: Any = None,
        monitor: str | Callable[..., float] = "score",
        start_from_epoch: int = 0,
    ) -> None:
        self.solver = solver
        self.alpha = alpha
        self.l1 = l1
        self.class_weight = class_weight
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.shuffle = shuffle
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.validation_splitter = validation_splitter
        self.monitor = monitor
        self.start_from_epoch = start_from_epoch
