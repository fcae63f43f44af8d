"""The multilayer perceptron that classifies: a drop-in replacement for scikit-learn's, and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels

from chainrule.estimators._base import BaseMLP, takes_steps
from chainrule.estimators._targets import accuracy, class_numbers, find_classes, to_labels
from chainrule.mathematics.arrays import Array

__all__ = ["MLPClassifier"]


class MLPClassifier(ClassifierMixin, BaseMLP):
    """Multilayer perceptron that classifies rows: scikit-learn's ``MLPClassifier``, and more.

    Layer after layer z = xW + b, h = f(z); the output is σ(z) for two classes or several labels
    and softmax(z) for more classes. Minimizes

        E = (Σᵢ wᵢ eᵢ + α ½ΣW² + l1 Σ|W|) / Σᵢ wᵢ

    over each mini-batch, with eᵢ the log loss or cross-entropy of row i, summed over labels.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Nodes of each hidden layer; ``()`` for none.
    activation : str or sequence of str, default='relu'
        f of the hidden layers, one name for all or one for each: 'identity', 'step', 'logistic'
        (or 'sigmoid'), 'tanh', 'relu', 'leaky_relu', 'elu', 'selu', 'gelu', 'silu' (or 'swish'),
        'mish', 'softplus', 'softmax'.
    solver : {'adam', 'sgd', 'gd', 'lbfgs'}, default='adam'
        Adam; stochastic gradient descent with momentum; plain gradient descent on all rows at
        once; SciPy's L-BFGS on all rows at once.
    alpha : float, default=0.0001
        Strength of the L2 penalty ½ Σ W² on weights, in units of one row's error.
    batch_size : int or 'auto', default='auto'
        Rows in a mini-batch; 'auto' is min(200, n).
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        For 'sgd' and 'gd': α stays; α / (t + 1)^``power_t`` with t rows seen; α is divided by 5
        whenever the error stops falling.
    learning_rate_init : float, default=0.001
        α, the length of a step.
    power_t : float, default=0.5
        The exponent of 'invscaling'.
    max_iter : int, default=200
        The most epochs (for 'lbfgs': iterations).
    shuffle : bool, default=True
        Whether the rows are seen in a new order in every epoch.
    random_state : int, RandomState or None, default=None
        Seeds the weights, the held-out part, the order of rows and dropout. The same seed gives
        the same network as scikit-learn's class of this name, to rounding.
    tol : float, default=1e-4
        An epoch has to be better by this much to count as an improvement (for 'lbfgs': the
        largest component of the gradient at which to stop).
    verbose : bool or int, default=False
        Print the error of every epoch.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the previous one.
    momentum : float, default=0.9
        μ, of 'sgd'.
    nesterovs_momentum : bool, default=True
        Whether momentum looks ahead, as Nesterov's does.
    early_stopping : bool, default=False
        Hold out ``validation_fraction`` of the rows (or take ``validation_data``), stop when they
        are no longer predicted better, and keep the weights of the best epoch.
    validation_fraction : float, default=0.1
        Share of the rows to hold out.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        The numbers of 'adam'.
    n_iter_no_change : int or inf, default=10
        The most epochs in a row without improvement.
    max_fun : int, default=15000
        The most evaluations of the error by 'lbfgs'.
    l1 : float, default=0.0
        Strength of the L1 penalty Σ |W| on weights, in units of one row's error.
    dropout : float or sequence of float, default=0.0
        Share of the nodes of each hidden layer that is switched off at random in every step.
    class_weight : dict, 'balanced' or None, default=None
        How much each class counts, in held-out rows too; 'balanced' weighs every class alike.
    initialization : {'glorot', 'he', 'uniform', 'normal', 'zeros'}, default='glorot'
        How the first weights are drawn.
    monitor : {'score', 'loss'}, default='score'
        What early stopping watches on the held-out rows: accuracy, or the error.

    Attributes
    ----------
    coefs_ : list of array of shape (inputs, outputs)
        W of every layer; may be assigned by hand.
    intercepts_ : list of array of shape (outputs,)
        b of every layer.
    classes_ : array of shape (c,)
        The classes, sorted.
    n_features_in_ : int
        d.
    feature_names_in_ : array of shape (d,)
        Names of the columns, where X had names that are all strings.
    n_layers_, n_outputs_ : int
        Layers, counting inputs and outputs; output nodes.
    out_activation_ : str
        f of the output layer: 'logistic' or 'softmax'.
    loss_, best_loss_ : float
        The penalized error of the last epoch and of the best one (None with early stopping).
    loss_curve_ : list of float
        The penalized error of every epoch.
    validation_scores_, best_validation_score_ : list of float, float; or None
        Accuracy on the held-out rows after every epoch, and of the epoch that was kept.
    n_iter_, t_ : int
        Epochs run by the last fit; rows seen in all.
    history_ : History
        One record per epoch: training loss, validation loss and score, rate, seconds, rows/s.
    best_epoch_ : int
        The epoch that was best by what was watched, counted from 1; 0 is where it started.
    stopping_reason_ : str
        Why training stopped, in words.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : Whose documented behavior this class keeps.

    Notes
    -----
    Three classes or more are stratified in the held-out part, as scikit-learn documents but does
    not do. With early stopping a held-out score of NaN counts as no improvement.

    References
    ----------
    Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors.
    Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward networks.
    Kingma & Ba (2015), Adam: a method for stochastic optimization.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", alpha=0.01, random_state=0).fit(scale(X), y)
    >>> model.score(scale(X), y) > 0.97
    True
    """

    _parameter_constraints = {  # noqa: RUF012
        **BaseMLP._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        l1: float = 0.0,
        dropout: float | Sequence[float] = 0.0,
        class_weight: Mapping[Any, float] | str | None = None,
        initialization: str = "glorot",
        monitor: str = "score",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.l1 = l1
        self.dropout = dropout
        self.class_weight = class_weight
        self.initialization = initialization
        self.monitor = monitor

    @available_if(takes_steps)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Continue training with one epoch over rows X.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.
        y : array of shape (n,) or (n, k)
            Their labels.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        classes : array of shape (c,), optional
            All classes there will ever be; needed in the first call only.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            No ``classes`` in the first call, or other ones than before; labels not among them.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all rows at once and is not supported by "
                "partial_fit; give the weights as a dict or as sample_weight"
            )
        if _check_partial_fit_first_call(self, classes):
            several = type_of_target(y).startswith("multilabel")
            self._kind = "multilabel" if several else find_classes(np.asarray(classes))[1]
            self._sparse_labels = issparse(y)
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.

        Returns
        -------
        array of shape (n,), or (n, k) of 0 and 1 for several labels, sparse if they were in ``fit``
        """
        labels = to_labels(self._outputs(X), self.classes_, self._kind)
        return csr_matrix(labels) if self._sparse_labels else labels

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.

        Returns
        -------
        array of shape (n, c)
            Columns in the order of ``classes_``; for several labels each label's own probability.
        """
        outputs = self._outputs(X)
        if self.n_outputs_ == 1:
            return np.hstack([1 - outputs, outputs])
        return outputs

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of :meth:`predict_proba`."""
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(probabilities, out=probabilities)

    def _prepare_targets(self, y: Any, *, mode: str) -> NDArray[Any]:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if mode == "new" or not hasattr(self, "classes_"):
            self.classes_, self._kind = find_classes(y)
            self._sparse_labels = issparse(y)
        else:
            self._check_classes(y, mode)
        return class_numbers(y, self.classes_, self._kind)

    def _check_classes(self, y: Any, mode: str) -> None:
        """Refuse labels that the network has no output for."""
        classes = unique_labels(y)
        if mode == "warm start":
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous "
                    f"call to fit. Previously got {self.classes_}, `y` has {classes}"
                )
        elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {classes}."
            )

    def _loss_name(self) -> str:
        return "cross_entropy" if self._kind == "multiclass" else "log_loss"

    def _output_count(self, targets: NDArray[Any]) -> int:
        return len(self.classes_) if self._kind == "multiclass" else int(targets.shape[1])

    def _score_outputs(self, outputs: Array, targets: Array, weights: Array | None) -> float:
        return accuracy(outputs, targets, weights, self._kind)

    def _class_weights(self, y: Any) -> Array | None:
        if self.class_weight is None:
            return None
        weights: Array = compute_sample_weight(self.class_weight, y)
        return weights

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that several labels are welcome."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
