"""The multilayer perceptron that predicts numbers: a drop-in for scikit-learn's, and more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.estimators._hidden_layers import HiddenLayers
from chainrule.estimators._regression import Regressor
from chainrule.training import Schedule

__all__ = ["MLPRegressor"]


class MLPRegressor(HiddenLayers, Regressor):
    """Multilayer perceptron that predicts numbers: scikit-learn's ``MLPRegressor``, and more.

    Layer after layer z = xW + b, h = f(z); the output is z, or e^z for the Poisson loss. Minimizes

        E = (Σᵢ wᵢ eᵢ + α ½ΣW² + l1 Σ|W|) / Σᵢ wᵢ

    over each mini-batch, with eᵢ = ½ Σₖ (yᵢₖ − ŷᵢₖ)², or half the Poisson deviance.

    Parameters
    ----------
    loss : {'squared_error', 'poisson'}, default='squared_error'
        Half the squared error, or half the Poisson deviance for counts y ≥ 0.
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Nodes of each hidden layer; ``()`` for none.
    activation : str or sequence of str, default='relu'
        f of the hidden layers, one name for all or one for each: 'identity', 'step', 'logistic'
        (or 'sigmoid'), 'tanh', 'relu', 'leaky_relu', 'elu', 'selu', 'gelu', 'silu' (or 'swish'),
        'mish', 'softplus', 'softmax'.
    solver : str, default='adam'
        'adam'; 'adamw', with decoupled decay; 'nadam', with Nesterov's look ahead; 'muon', which
        turns the weights between two hidden layers as whole matrices (steps that take longer, and
        on most tables lead lower) and is 'nadam' with decoupled decay elsewhere; 'rmsprop';
        'sgd', with momentum as scikit-learn has it; 'momentum' and 'nesterov', its two kinds by
        name; 'gd', plain gradient descent on all rows at once; 'lbfgs', SciPy's L-BFGS on all
        rows at once.
    alpha : float, default=0.0001
        Strength of the L2 penalty ½ Σ W² on weights, in units of one row's error.
    batch_size : int or 'auto', default='auto'
        Rows in a mini-batch; 'auto' is min(200, n).
    learning_rate : str, Schedule or callable, default='constant'
        How α goes on: 'constant'; 'step', 'exponential', 'inverse_time', 'polynomial', 'cosine',
        'cosine_restarts', 'one_cycle' with their usual numbers; 'plateau', halved when nothing
        improves; scikit-learn's 'invscaling' (α / (t + 1)^``power_t`` with t rows seen) and
        'adaptive' (divided by 5 whenever the error stops falling), which leave 'adam' as it is. Or
        one of :mod:`chainrule.schedules`, such as ``WarmUp(schedule="cosine", over=5)``; or a
        function from the number of the step to the rate.
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
        μ, of 'sgd', 'momentum' and 'nesterov'.
    nesterovs_momentum : bool, default=True
        Whether momentum looks ahead, as Nesterov's does.
    early_stopping : bool, default=False
        Hold out ``validation_fraction`` of the rows (or take ``validation_data``), stop when they
        are no longer predicted better, and keep the weights of the best epoch.
    validation_fraction : float, default=0.1
        Share of the rows to hold out.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        The numbers of 'adam' and its kin; ε also of 'rmsprop'.
    n_iter_no_change : int or inf, default=10
        The most epochs in a row without improvement.
    max_fun : int, default=15000
        The most evaluations of the error by 'lbfgs'.
    l1 : float, default=0.0
        Strength of the L1 penalty Σ |W| on weights, in units of one row's error.
    dropout : float or sequence of float, default=0.0
        Share of the nodes of each hidden layer that is switched off at random in every step.
    initialization : {'glorot', 'he', 'uniform', 'normal', 'zeros'}, default='glorot'
        How the first weights are drawn.
    monitor : {'score', 'loss'}, name of a scorer, or callable, default='score'
        What early stopping watches on the held-out rows: R², the error, or any scorer of
        scikit-learn's, of which more is better.
    rho : float, default=0.9
        The number of 'rmsprop'.
    weight_decay : float, default=0.01
        λ of 'adamw' and 'muon': every step takes α λ of each weight away.
    clip_norm : float or None, default=None
        The largest norm that the gradient may have; a longer one is scaled back.
    max_norm : float or None, default=None
        The largest norm that the weights into one node may have.
    input_noise : float, default=0.0
        Standard deviation of normal noise added to every input in every step.
    input_dropout : float, default=0.0
        Share of the inputs that is switched off at random in every step.
    validation_splitter : splitter of scikit-learn's, or None, default=None
        Whose first split says which rows ``early_stopping`` holds out, such as
        ``GroupShuffleSplit``; ``fit`` takes the ``groups``.
    start_from_epoch : int, default=0
        Epochs up to this one are not watched.
    restarts : int, default=1
        Train from so many starting points, on all cores; ``restarts_`` tells how each went.
    combine : {'best', 'average'}, default='best'
        Predict with the restart whose (held-out) loss is smallest, or with the average of all.

    Attributes
    ----------
    coefs_ : list of array of shape (inputs, outputs)
        W of every layer; may be assigned by hand.
    intercepts_ : list of array of shape (outputs,)
        b of every layer.
    n_features_in_ : int
        d.
    feature_names_in_ : array of shape (d,)
        Names of the columns, where X had names that are all strings.
    n_layers_, n_outputs_ : int
        Layers, counting inputs and outputs; output nodes.
    out_activation_ : str
        f of the output layer: 'identity' or 'exp'.
    loss_, best_loss_ : float
        The penalized error of the last epoch and of the best one (None with early stopping).
    loss_curve_ : list of float
        The penalized error of every epoch.
    validation_scores_, best_validation_score_ : list of float, float; or None
        R² on the held-out rows after every epoch, and of the epoch that was kept.
    n_iter_, t_ : int
        Epochs run by the last fit; rows seen in all.
    history_ : History
        One record per epoch: training loss and its parts, the error and the penalty; validation
        loss and score; rate; seconds; rows per second.
    best_epoch_ : int
        The epoch that was best by what was watched, counted from 1; 0 is where it started.
    stopping_reason_ : str
        Why training stopped, in words.
    n_validation_ : int or None
        How many rows were held out.
    execution_plan_ : dict
        How the steps were taken on this machine: threads, parts of a mini-batch, float type, the
        block of a product held in registers, epochs to a call, bytes. Not for ``lbfgs``.
    restarts_ : Restarts
        With ``restarts`` > 1, how each went: seed, history, losses, weights, and how far apart.

    See Also
    --------
    sklearn.neural_network.MLPRegressor : Whose documented behavior this class keeps.

    Notes
    -----
    The squared error of a row is summed over its k outputs, and the gradient is its derivative.
    scikit-learn reports the mean over outputs but steps along the gradient of the sum, k times its
    loss's: the steps are the same, the loss reported here is k times theirs.

    References
    ----------
    Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors.
    Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward networks.
    Kingma & Ba (2015), Adam: a method for stochastic optimization.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(-2, 2, 100).reshape(-1, 1)
    >>> y = X[:, 0] ** 2
    >>> model = MLPRegressor(hidden_layer_sizes=8, solver="lbfgs", tol=1e-2, random_state=0)
    >>> model.fit(X, y).score(X, y) > 0.98
    True
    """

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str | Schedule | Callable[[int], float] = "constant",
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
        initialization: str = "glorot",
        monitor: str | Callable[..., float] = "score",
        rho: float = 0.9,
        weight_decay: float = 0.01,
        clip_norm: float | None = None,
        max_norm: float | None = None,
        input_noise: float = 0.0,
        input_dropout: float = 0.0,
        validation_splitter: Any = None,
        start_from_epoch: int = 0,
        restarts: int = 1,
        combine: str = "best",
    ) -> None:
        self.loss = loss
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
        self.initialization = initialization
        self.monitor = monitor
        self.rho = rho
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.max_norm = max_norm
        self.input_noise = input_noise
        self.input_dropout = input_dropout
        self.validation_splitter = validation_splitter
        self.start_from_epoch = start_from_epoch
        self.restarts = restarts
        self.combine = combine

    def _prepare_targets(self, y: Any, *, mode: str) -> NDArray[Any]:
        if self.loss == "poisson" and np.min(y) < 0:
            raise ValueError(
                f"loss='poisson' needs y ≥ 0, but y has {np.min(y)}; use loss='squared_error' for "
                "numbers that can be negative"
            )
        return super()._prepare_targets(y, mode=mode)

    def _loss_name(self) -> str:
        return "poisson" if self.loss == "poisson" else super()._loss_name()
