"""Optimizers: how a gradient becomes a step. Each is two pure functions on explicit state.

``init(parameters)`` gives the state, ``update(gradient, state, rates)`` the change to be added to
the parameters and the next state. The compiled updates of :mod:`chainrule.network.updates` do the
same in place and are held equal to these by tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture, layout
from chainrule.training.regularization import Regularization

__all__ = ["OPTIMIZERS", "Optimizer", "OptimizerState", "Rates", "orthogonalize"]


class Rates(NamedTuple):
    """The numbers an optimizer is given; each uses those that its formula names."""

    learning_rate: float = 0.001
    momentum: float = 0.9
    nesterov: bool = True
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    rho: float = 0.9
    weight_decay: float = 0.01


class OptimizerState(NamedTuple):
    """What an optimizer remembers: how many steps it took and two vectors like the parameters.

    ``pace`` is the velocity that a gradient of 1 in every step would have given to a momentum:
    with learning rates that change it is in no other number.
    """

    step: int
    first: Array
    second: Array
    pace: float = 0.0

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> OptimizerState:
        """Take it out of plain data that may hold more."""
        return cls(**{name: plain[name] for name in cls._fields if name in plain})


class Optimizer(NamedTuple):
    """A rule that turns gradients into steps.

    Attributes
    ----------
    name : str
        The name by which estimators know it.
    code : int
        The number by which the compiled updates know it.
    init : callable
        Parameters to the state before the first step.
    update : callable
        (gradient, state, rates) to (change, next state).
    reach : callable
        (state, rates) to the change, of each parameter or of all, that a gradient of 1 in every
        step so far would have made in the last: the length of the L1 penalty's proximal step.
    formula : str
        As LaTeX, with g the gradient and α the learning rate.
    source : str
        Where it comes from.
    fixed : mapping
        Rates that this rule does not leave to choice.
    between : callable, optional
        Another ``update``, for the weights between two hidden layers: of a matrix, with a state of
        the same shape.

    Examples
    --------
    >>> import numpy as np
    >>> adam = OPTIMIZERS["adam"]
    >>> w = np.array([1.0, -2.0])
    >>> change, state = adam.update(np.array([0.5, 0.0]), adam.init(w), Rates())
    >>> (w + change).round(6), state.step
    (array([ 0.999, -2.   ]), 1)
    """

    name: str
    code: int
    init: Callable[[Array], OptimizerState]
    update: Callable[[Array, OptimizerState, Rates], tuple[Array, OptimizerState]]
    reach: Callable[[OptimizerState, Rates], Array | float]
    formula: str
    source: str
    fixed: Mapping[str, Any] = MappingProxyType({})
    between: Callable[[Array, OptimizerState, Rates], tuple[Array, OptimizerState]] | None = None

    def settle(self, rates: Rates) -> Rates:
        """Return the rates that this rule goes by: those given, but for those it fixes."""
        return rates._replace(**self.fixed)

    def check(self, network: Architecture, regularization: Regularization) -> None:
        """Refuse an L1 penalty on weights that are turned together, and so none of them to 0."""
        if self.between is not None and regularization.l1 > 0 and len(network.layers) > 2:
            raise InputError(
                f"solver='{self.name}' turns all weights between two hidden layers at once and so "
                "cannot bring single ones to 0: leave l1 at 0, use alpha, or solver='nadam'"
            )


def _zeros(parameters: Array) -> OptimizerState:
    return OptimizerState(0, np.zeros_like(parameters), np.zeros_like(parameters))


def _gradient_descent(
    gradient: Array, state: OptimizerState, rates: Rates
) -> tuple[Array, OptimizerState]:
    return -rates.learning_rate * gradient, state._replace(step=state.step + 1)


def _gradient_descent_reach(state: OptimizerState, rates: Rates) -> float:
    del state
    return rates.learning_rate


def _momentum(gradient: Array, state: OptimizerState, rates: Rates) -> tuple[Array, OptimizerState]:
    velocity = rates.momentum * state.first + rates.learning_rate * gradient
    pace = rates.momentum * state.pace + rates.learning_rate
    change = -velocity
    if rates.nesterov:
        change = -(rates.momentum * velocity + rates.learning_rate * gradient)
    return change, state._replace(step=state.step + 1, first=velocity, pace=pace)


def _momentum_reach(state: OptimizerState, rates: Rates) -> float:
    ahead = rates.momentum * state.pace + rates.learning_rate
    return ahead if rates.nesterov else state.pace


def _rmsprop(gradient: Array, state: OptimizerState, rates: Rates) -> tuple[Array, OptimizerState]:
    second = rates.rho * state.second + (1 - rates.rho) * gradient**2
    change = -rates.learning_rate * gradient / (np.sqrt(second) + rates.epsilon)
    return change, state._replace(step=state.step + 1, second=second)


def _rmsprop_reach(state: OptimizerState, rates: Rates) -> Array:
    reach: Array = rates.learning_rate / (np.sqrt(state.second) + rates.epsilon)
    return reach


def _adam(gradient: Array, state: OptimizerState, rates: Rates) -> tuple[Array, OptimizerState]:
    t = state.step + 1
    first = rates.beta_1 * state.first + (1 - rates.beta_1) * gradient
    second = rates.beta_2 * state.second + (1 - rates.beta_2) * gradient**2
    rate = rates.learning_rate * np.sqrt(1 - rates.beta_2**t) / (1 - rates.beta_1**t)
    change = -rate * first / (np.sqrt(second) + rates.epsilon)
    return change, OptimizerState(t, first, second)


def _adam_reach(state: OptimizerState, rates: Rates) -> Array:
    rate = rates.learning_rate * np.sqrt(1 - rates.beta_2**state.step)
    reach: Array = rate / (np.sqrt(state.second) + rates.epsilon)
    return reach


def look_ahead(gradient: Array, state: OptimizerState, beta: float) -> tuple[Array, Array]:
    """Return the average gradient, and as Nesterov has it what the next step will make of it."""
    t = state.step + 1
    first = beta * state.first + (1 - beta) * gradient
    return first, beta * first / (1 - beta ** (t + 1)) + (1 - beta) * gradient / (1 - beta**t)


def _nadam(gradient: Array, state: OptimizerState, rates: Rates) -> tuple[Array, OptimizerState]:
    t = state.step + 1
    first, ahead = look_ahead(gradient, state, rates.beta_1)
    second = rates.beta_2 * state.second + (1 - rates.beta_2) * gradient**2
    rate = rates.learning_rate * np.sqrt(1 - rates.beta_2**t)
    return -rate * ahead / (np.sqrt(second) + rates.epsilon), OptimizerState(t, first, second)


def _nadam_reach(state: OptimizerState, rates: Rates) -> Array:
    t, beta = state.step, rates.beta_1
    ahead = beta * (1 - beta**t) / (1 - beta ** (t + 1)) + (1 - beta) / (1 - beta**t)
    return ahead * _adam_reach(state, rates)


def orthogonalize(matrix: Array) -> Array:
    """Bring every singular value of a matrix near to 1, and leave its directions as they are.

        X ← X / ‖X‖,  then five times  X ← a X + (b A + c A²) X  with A = X Xᵀ

    A singular value σ becomes a σ + b σ³ + c σ⁵, which takes all from about 0.01 on to between 0.7
    and 1.2 or so: no decomposition is needed.

    Parameters
    ----------
    matrix : array of shape (inputs, outputs)
        X; of all zeros, it stays as it is.

    Returns
    -------
    array of shape (inputs, outputs)

    Examples
    --------
    >>> import numpy as np
    >>> turned = orthogonalize(np.array([[0.0, 100.0], [-2.0, 0.0]]))
    >>> bool(0.6 < turned[0, 1] < 1.2 and -1.2 < turned[1, 0] < -0.6)
    True

    References
    ----------
    Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks. The iteration
    is Newton and Schulz's: Higham (2008), Functions of matrices, chapter 8.
    """
    x: Array = matrix / (np.linalg.norm(matrix) + layout.TINY)
    if len(x) > len(x.T):  # the smaller of X Xᵀ and XᵀX
        return orthogonalize(matrix.T).T
    for _ in range(layout.ROUNDS):
        product = x @ x.T
        x = layout.LINEAR * x + (layout.CUBIC * product + layout.QUINTIC * product @ product) @ x
    return x


def step_length(shape: tuple[int, ...]) -> float:
    """Return how long a step of Muon's is, for a learning rate of 1, of a matrix of this shape."""
    return float(layout.USUAL_LENGTH * np.sqrt(max(shape)))


def _muon(gradient: Array, state: OptimizerState, rates: Rates) -> tuple[Array, OptimizerState]:
    first, ahead = look_ahead(gradient, state, rates.momentum)
    change = -rates.learning_rate * step_length(gradient.shape) * orthogonalize(ahead)
    return change, state._replace(step=state.step + 1, first=first)


_MOMENTUM_FORMULA = r"v \leftarrow \mu v + \alpha g,\quad w \leftarrow w - v"
_NESTEROV_FORMULA = r"v \leftarrow \mu v + \alpha g,\quad w \leftarrow w - (\mu v + \alpha g)"
_MOMENTS = (
    r"m \leftarrow \beta_1 m + (1 - \beta_1) g,\quad "
    r"v \leftarrow \beta_2 v + (1 - \beta_2) g^2,\quad "
)
_ADAM_STEP = r"\alpha \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}\frac{m}{\sqrt v + \epsilon}"
_NO_DECAY = {"weight_decay": 0.0}

OPTIMIZERS: dict[str, Optimizer] = {
    record.name: record
    for record in (
        Optimizer(
            "gd",
            layout.SGD,
            _zeros,
            _gradient_descent,
            _gradient_descent_reach,
            r"w \leftarrow w - \alpha g",
            "Cauchy (1847)",
            {"momentum": 0.0, "nesterov": False, **_NO_DECAY},
        ),
        Optimizer(
            "sgd",
            layout.SGD,
            _zeros,
            _momentum,
            _momentum_reach,
            _MOMENTUM_FORMULA + r"\quad(\text{Nesterov: } w \leftarrow w - (\mu v + \alpha g))",
            "Robbins & Monro (1951); with momentum as scikit-learn has it",
            _NO_DECAY,
        ),
        Optimizer(
            "momentum",
            layout.SGD,
            _zeros,
            _momentum,
            _momentum_reach,
            _MOMENTUM_FORMULA,
            "Polyak (1964)",
            {"nesterov": False, **_NO_DECAY},
        ),
        Optimizer(
            "nesterov",
            layout.SGD,
            _zeros,
            _momentum,
            _momentum_reach,
            _NESTEROV_FORMULA,
            "Nesterov (1983); Sutskever et al. (2013)",
            {"nesterov": True, **_NO_DECAY},
        ),
        Optimizer(
            "rmsprop",
            layout.RMSPROP,
            _zeros,
            _rmsprop,
            _rmsprop_reach,
            r"v \leftarrow \rho v + (1 - \rho) g^2,\quad "
            r"w \leftarrow w - \alpha \frac{g}{\sqrt v + \epsilon}",
            "Tieleman & Hinton (2012)",
            _NO_DECAY,
        ),
        Optimizer(
            "adam",
            layout.ADAM,
            _zeros,
            _adam,
            _adam_reach,
            _MOMENTS + r"w \leftarrow w - " + _ADAM_STEP,
            "Kingma & Ba (2015)",
            _NO_DECAY,
        ),
        Optimizer(
            "adamw",
            layout.ADAM,
            _zeros,
            _adam,
            _adam_reach,
            _MOMENTS + r"W \leftarrow (1 - \alpha\lambda) W - " + _ADAM_STEP,
            "Loshchilov & Hutter (2019)",
        ),
        Optimizer(
            "nadam",
            layout.NADAM,
            _zeros,
            _nadam,
            _nadam_reach,
            _MOMENTS + r"\hat m = \frac{\beta_1 m}{1 - \beta_1^{t+1}}"
            r" + \frac{(1 - \beta_1) g}{1 - \beta_1^t},\quad "
            r"w \leftarrow w - \alpha\sqrt{1 - \beta_2^t}\frac{\hat m}{\sqrt v + \epsilon}",
            "Dozat (2016)",
            _NO_DECAY,
        ),
        Optimizer(
            "muon",
            layout.MUON,
            _zeros,
            _nadam,
            _nadam_reach,
            r"M \leftarrow \mu M + (1 - \mu) G,\quad \hat M = \frac{\mu M}{1 - \mu^{t+1}}"
            r" + \frac{(1 - \mu) G}{1 - \mu^t},\quad W \leftarrow (1 - \alpha\lambda) W"
            r" - 0.2\,\alpha\sqrt{\max(\text{inputs}, \text{outputs})}\,"
            r"\operatorname{orthogonalize}(\hat M)\quad(\text{between hidden layers, else nadam})",
            "Jordan et al. (2024); the length of its steps by Liu et al. (2025)",
            {"momentum": 0.95},
            _muon,
        ),
    )
}
"""Every optimizer that takes one step per mini-batch, by its name."""
