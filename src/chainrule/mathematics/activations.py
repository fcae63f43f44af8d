"""Activation functions: value and derivative side by side, one record each.

Every function here takes the weighted sums z of a layer, of any shape and floating type,
and returns the same shape and type. All but exp, which must overflow, are safe for |z| = 10⁴.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

import numpy as np
from scipy.special import erf

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array

__all__ = ["ACTIVATIONS", "HIDDEN_ACTIVATIONS", "Activation", "activation"]

LEAKY_SLOPE = 0.01
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


class Activation(NamedTuple):
    """An activation function h = f(z) and its derivative.

    Attributes
    ----------
    name : str
        The name by which estimators and the command line know it.
    code : int
        The number by which the compiled kernels know it.
    value : callable
        z of shape (m, k) to h = f(z) of shape (m, k).
    derivative : callable
        z of shape (m, k) to f′(z): shape (m, k) where ``elementwise``, otherwise the Jacobian
        ∂hᵢ/∂zⱼ of each row, shape (m, k, k).
    formula, derivative_formula : str
        Both as LaTeX.
    source : str
        Where it comes from.
    elementwise : bool
        Whether each h depends on its own z alone; only softmax does not.

    Examples
    --------
    >>> import numpy as np
    >>> sigmoid = activation("sigmoid")
    >>> sigmoid.value(np.array([1.5])).round(6)
    array([0.817574])
    """

    name: str
    code: int
    value: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    formula: str
    derivative_formula: str
    source: str
    elementwise: bool = True

    def chain(self, delta: Array, z: Array) -> Array:
        """Apply the chain rule: ∂E/∂z from ∂E/∂h.

        Parameters
        ----------
        delta : array of shape (m, k)
            ∂E/∂h.
        z : array of shape (m, k)
            Where f was evaluated.

        Returns
        -------
        array of shape (m, k)
            ∂E/∂z = ∂E/∂h · ∂h/∂z; for softmax the vector–Jacobian product of each row.
        """
        if self.elementwise:
            return delta * self.derivative(z)
        return cast(Array, np.einsum("mi,mij->mj", delta, self.derivative(z)))


def _identity(z: Array) -> Array:
    return z.copy()


def _identity_derivative(z: Array) -> Array:
    return np.ones_like(z)


def _step(z: Array) -> Array:
    return (z >= 0).astype(z.dtype)


def _step_derivative(z: Array) -> Array:
    # Zero wherever it exists; at the jump itself it does not exist, and zero is the convention.
    return np.zeros_like(z)


def _sigmoid(z: Array) -> Array:
    # exp of a negative number never overflows; both branches are the same function.
    e = np.exp(-np.abs(z))
    return cast(Array, np.where(z >= 0, 1, e) / (1 + e))


def _sigmoid_derivative(z: Array) -> Array:
    h = _sigmoid(z)
    return cast(Array, h * (1 - h))


def _tanh_derivative(z: Array) -> Array:
    return 1 - np.tanh(z) ** 2


def _relu(z: Array) -> Array:
    return np.maximum(z, 0)


def _relu_derivative(z: Array) -> Array:
    return (z > 0).astype(z.dtype)


def _leaky_relu(z: Array) -> Array:
    return np.where(z > 0, z, LEAKY_SLOPE * z)


def _leaky_relu_derivative(z: Array) -> Array:
    return cast(Array, np.where(z > 0, z.dtype.type(1), z.dtype.type(LEAKY_SLOPE)))


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _elu_derivative(z: Array) -> Array:
    return np.where(z > 0, z.dtype.type(1), np.exp(np.minimum(z, 0)))


def _selu(z: Array) -> Array:
    return SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0)))


def _selu_derivative(z: Array) -> Array:
    return SELU_SCALE * np.where(z > 0, z.dtype.type(1), SELU_ALPHA * np.exp(np.minimum(z, 0)))


def _normal_distribution(z: Array) -> Array:
    return cast(Array, 0.5 * (1 + erf(z * z.dtype.type(np.sqrt(0.5)))))


def _normal_density(z: Array) -> Array:
    return cast(Array, np.exp(-0.5 * z * z) * z.dtype.type(1 / np.sqrt(2 * np.pi)))


def _gelu(z: Array) -> Array:
    return z * _normal_distribution(z)


def _gelu_derivative(z: Array) -> Array:
    return cast(Array, _normal_distribution(z) + z * _normal_density(z))


def _silu(z: Array) -> Array:
    return z * _sigmoid(z)


def _silu_derivative(z: Array) -> Array:
    h = _sigmoid(z)
    return cast(Array, h * (1 + z * (1 - h)))


def _softplus(z: Array) -> Array:
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def _mish(z: Array) -> Array:
    return z * np.tanh(_softplus(z))


def _mish_derivative(z: Array) -> Array:
    t = np.tanh(_softplus(z))
    return cast(Array, t + z * _sigmoid(z) * (1 - t * t))


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return cast(Array, e / e.sum(axis=-1, keepdims=True))


def _softmax_derivative(z: Array) -> Array:
    h = _softmax(z)
    return cast(Array, h[..., :, None] * (np.eye(z.shape[-1], dtype=z.dtype) - h[..., None, :]))


_RECORDS = (
    Activation(
        "identity", 0, _identity, _identity_derivative, r"f(z) = z", r"f'(z) = 1", "linear unit"
    ),
    Activation(
        "step",
        1,
        _step,
        _step_derivative,
        r"f(z) = \begin{cases}1 & z \ge 0\\ 0 & z < 0\end{cases}",
        r"f'(z) = 0",
        "McCulloch & Pitts (1943); Rosenblatt (1958)",
    ),
    Activation(
        "logistic",
        2,
        _sigmoid,
        _sigmoid_derivative,
        r"\sigma(z) = \frac{1}{1 + e^{-z}}",
        r"\sigma'(z) = \sigma(z)\,(1 - \sigma(z))",
        "Verhulst (1845)",
    ),
    Activation(
        "tanh",
        3,
        np.tanh,
        _tanh_derivative,
        r"f(z) = \tanh z",
        r"f'(z) = 1 - \tanh^2 z",
        "LeCun et al., Efficient BackProp (1998)",
    ),
    Activation(
        "relu",
        4,
        _relu,
        _relu_derivative,
        r"f(z) = \max(0, z)",
        r"f'(z) = \begin{cases}1 & z > 0\\ 0 & z \le 0\end{cases}",
        "Nair & Hinton (2010)",
    ),
    Activation(
        "leaky_relu",
        5,
        _leaky_relu,
        _leaky_relu_derivative,
        r"f(z) = \max(0.01\,z, z)",
        r"f'(z) = \begin{cases}1 & z > 0\\ 0.01 & z \le 0\end{cases}",
        "Maas, Hannun & Ng (2013)",
    ),
    Activation(
        "elu",
        6,
        _elu,
        _elu_derivative,
        r"f(z) = \begin{cases}z & z > 0\\ e^z - 1 & z \le 0\end{cases}",
        r"f'(z) = \begin{cases}1 & z > 0\\ e^z & z \le 0\end{cases}",
        "Clevert, Unterthiner & Hochreiter (2016)",
    ),
    Activation(
        "selu",
        7,
        _selu,
        _selu_derivative,
        r"f(z) = \lambda\begin{cases}z & z > 0\\ \alpha(e^z - 1) & z \le 0\end{cases}",
        r"f'(z) = \lambda\begin{cases}1 & z > 0\\ \alpha e^z & z \le 0\end{cases}",
        "Klambauer et al., Self-Normalizing Neural Networks (2017)",
    ),
    Activation(
        "gelu",
        8,
        _gelu,
        _gelu_derivative,
        r"f(z) = z\,\Phi(z)",
        r"f'(z) = \Phi(z) + z\,\varphi(z)",
        "Hendrycks & Gimpel (2016), the exact form with the normal distribution",
    ),
    Activation(
        "silu",
        9,
        _silu,
        _silu_derivative,
        r"f(z) = z\,\sigma(z)",
        r"f'(z) = \sigma(z)\,(1 + z\,(1 - \sigma(z)))",
        "Elfwing, Uchibe & Doya (2018); Ramachandran, Zoph & Le (2017) as swish",
    ),
    Activation(
        "mish",
        10,
        _mish,
        _mish_derivative,
        r"f(z) = z\tanh(\ln(1 + e^z))",
        r"f'(z) = t + z\,\sigma(z)\,(1 - t^2),\quad t = \tanh(\ln(1 + e^z))",
        "Misra (2019)",
    ),
    Activation(
        "softplus",
        11,
        _softplus,
        _sigmoid,
        r"f(z) = \ln(1 + e^z)",
        r"f'(z) = \sigma(z)",
        "Dugas et al. (2001)",
    ),
    Activation(
        "softmax",
        12,
        _softmax,
        _softmax_derivative,
        r"h_i = \frac{e^{z_i}}{\sum_j e^{z_j}}",
        r"\frac{\partial h_i}{\partial z_j} = h_i\,([i = j] - h_j)",
        "Bridle (1990)",
        elementwise=False,
    ),
    Activation("exp", 13, np.exp, np.exp, r"f(z) = e^z", r"f'(z) = e^z", "the Poisson log link"),
)

ACTIVATIONS: dict[str, Activation] = {record.name: record for record in _RECORDS}
"""Every activation by its name, in the order of its code."""

_ALIASES = {"sigmoid": "logistic", "swish": "silu"}

HIDDEN_ACTIVATIONS = (*(name for name in ACTIVATIONS if name != "exp"), *_ALIASES)
"""Every name that a hidden layer may ask for; hidden, the exponential would explode."""


def activation(name: str) -> Activation:
    """Return the activation of this name; ``sigmoid`` is ``logistic`` and ``swish`` is ``silu``.

    Parameters
    ----------
    name : str
        One of :data:`ACTIVATIONS`, or an alias.

    Returns
    -------
    Activation

    Raises
    ------
    InputError
        There is no activation of this name.

    Examples
    --------
    >>> activation("sigmoid").name
    'logistic'
    """
    record = ACTIVATIONS.get(_ALIASES.get(name, name))
    if record is None:
        known = ", ".join(sorted({*ACTIVATIONS, *_ALIASES}))
        raise InputError(f"there is no activation {name!r}; choose one of {known}")
    return record
