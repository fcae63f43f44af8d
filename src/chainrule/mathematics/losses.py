r"""Error functions on logits, and the one normalization that all of them share.

A network's last layer gives logits z (m rows, k outputs). Its output activation and its error
belong together by name, so that the backward pass starts from the true derivative:

    E = Σᵢ wᵢ eᵢ / Σᵢ wᵢ,   eᵢ = Σₖ ℓ(zᵢₖ, yᵢₖ)

The error of a row is the *sum* over its outputs or labels; the error of a batch is the *average*
over its rows, weighted where the rows have weights. This holds for every loss, and the gradient is
the derivative of exactly this number. Penalties are divided by the same Σᵢ wᵢ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

import numpy as np
from scipy.special import xlogy

from chainrule.errors import InputError
from chainrule.mathematics.activations import ACTIVATIONS
from chainrule.mathematics.arrays import Array

__all__ = ["LOSSES", "Loss", "loss", "row_shares"]


class Loss(NamedTuple):
    """An error function of logits and targets, row by row.

    Attributes
    ----------
    name : str
        The name by which architectures know it.
    code : int
        The number by which the compiled kernels know it.
    output : str
        The activation of the output layer that belongs to it.
    value : callable
        (z, y), both of shape (m, k), to the errors e of the rows, shape (m,).
    gradient : callable
        (z, y) to ∂eᵢ/∂zᵢₖ, shape (m, k).
    curvature : callable
        z to ∂²eᵢ/∂zᵢⱼ∂zᵢₖ, shape (m, k, k), symmetric and with no negative eigenvalue; no target
        has a part in it (those of the cross-entropy sum to 1).
    formula, gradient_formula, curvature_formula : str
        For one output, as LaTeX.
    source : str
        Where it comes from.
    smoothed : callable, optional
        (y, s) to smoothed labels; None where targets are no labels. Asked for by :meth:`smooth`.

    Examples
    --------
    >>> import numpy as np
    >>> log_loss = loss("log_loss")
    >>> log_loss.value(np.array([[0.345448]]), np.array([[1.0]])).round(6)
    array([0.535266])
    >>> log_loss.curvature(np.array([[0.0]]))
    array([[[0.25]]])
    """

    name: str
    code: int
    output: str
    value: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Array]
    curvature: Callable[[Array], Array]
    formula: str
    gradient_formula: str
    curvature_formula: str
    source: str
    smoothed: Callable[[Array, float], Array] | None = None

    def average(self, z: Array, y: Array, weights: Array | None = None) -> float:
        """Return E = Σᵢ wᵢ eᵢ / Σᵢ wᵢ for logits z and targets y of shape (m, k)."""
        return float(row_shares(len(z), weights) @ self.value(z, y).astype(np.float64))

    def average_gradient(self, z: Array, y: Array, weights: Array | None = None) -> Array:
        """Return ∂E/∂z of that average, shape (m, k)."""
        shares = row_shares(len(z), weights).astype(z.dtype)
        return shares[:, None] * self.gradient(z, y)

    def smooth(self, y: Array, smoothing: float) -> Array:
        r"""Return labels that are not quite certain: a share of each is spread over all choices.

        With c choices, y ← (1 − s) y + s / c. The log loss has two for each label, yes and no; the
        cross-entropy has its k classes, so that each row still sums to 1.

        Parameters
        ----------
        y : array of shape (m, k)
            Labels of 0 and 1; one-hot for the cross-entropy.
        smoothing : float
            s, from 0 (nothing is spread) up to, but not including, 1.

        Returns
        -------
        array of shape (m, k)
            Of y's type.

        Raises
        ------
        InputError
            s is out of range, or is not 0 and this loss has no labels.

        Examples
        --------
        >>> import numpy as np
        >>> loss("log_loss").smooth(np.array([[1.0], [0.0]]), 0.2).ravel()
        array([0.9, 0.1])
        >>> loss("cross_entropy").smooth(np.array([[1.0, 0.0, 0.0, 0.0]]), 0.2)
        array([[0.85, 0.05, 0.05, 0.05]])

        Notes
        -----
        Szegedy et al. (2016), Rethinking the Inception architecture for computer vision, section 7.
        """
        if not 0 <= smoothing < 1:
            raise InputError(f"label smoothing must be at least 0 and below 1; got {smoothing!r}")
        if smoothing == 0:
            return y
        if self.smoothed is None:
            raise InputError(
                f"label smoothing is for labels with a probability, and {self.name} has none; "
                "set it to 0"
            )
        return self.smoothed(y, smoothing)


def row_shares(rows: int, weights: Array | None = None) -> Array:
    """Return each row's share wᵢ / Σᵢ wᵢ of the error: the normalization contract itself.

    Parameters
    ----------
    rows : int
        m.
    weights : array of shape (m,), optional
        Not negative; all equal if not given.

    Returns
    -------
    array of shape (m,), float64
        Sums to 1, or is all zero when every weight is.

    Examples
    --------
    >>> import numpy as np
    >>> row_shares(2, np.array([1.0, 3.0]))
    array([0.25, 0.75])
    """
    if weights is None:
        return np.full(rows, 1 / rows)
    w = np.asarray(weights, dtype=np.float64)
    total = w.sum()
    return w / total if total > 0 else np.zeros(rows)


def _diagonal(curvatures: Array) -> Array:
    """Return (m, k, k) from the (m, k) of a loss whose outputs do not meet."""
    return cast(Array, curvatures[:, :, None] * np.eye(curvatures.shape[1], dtype=curvatures.dtype))


def _half_squared_error(z: Array, y: Array) -> Array:
    return cast(Array, 0.5 * ((z - y) ** 2).sum(axis=1))


def _half_squared_error_gradient(z: Array, y: Array) -> Array:
    return z - y


def _half_squared_error_curvature(z: Array) -> Array:
    return _diagonal(np.ones_like(z))


def _log_loss(z: Array, y: Array) -> Array:
    # −y ln σ(z) − (1 − y) ln(1 − σ(z)) = ln(1 + e^z) − y z, without ever taking ln 0.
    return cast(Array, (ACTIVATIONS["softplus"].value(z) - y * z).sum(axis=1))


def _log_loss_gradient(z: Array, y: Array) -> Array:
    return ACTIVATIONS["logistic"].value(z) - y


def _log_loss_curvature(z: Array) -> Array:
    return _diagonal(ACTIVATIONS["logistic"].derivative(z))


def _smooth_yes_or_no(y: Array, smoothing: float) -> Array:
    return (1 - smoothing) * y + smoothing / 2


def _cross_entropy(z: Array, y: Array) -> Array:
    # −Σ y ln softmax(z) = ln Σ e^z · Σ y − Σ y z, shifted by the largest z against overflow.
    top = z.max(axis=1, keepdims=True)
    log_sum = top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))
    return cast(Array, (y * (log_sum - z)).sum(axis=1))


def _cross_entropy_gradient(z: Array, y: Array) -> Array:
    return cast(Array, ACTIVATIONS["softmax"].value(z) * y.sum(axis=1, keepdims=True) - y)


def _cross_entropy_curvature(z: Array) -> Array:
    return ACTIVATIONS["softmax"].derivative(z)


def _smooth_one_hot(y: Array, smoothing: float) -> Array:
    return cast(Array, (1 - smoothing) * y + smoothing / y.shape[1])


def _half_poisson_deviance(z: Array, y: Array) -> Array:
    return cast(Array, (xlogy(y, y) - y * z - y + np.exp(z)).sum(axis=1))


def _half_poisson_deviance_gradient(z: Array, y: Array) -> Array:
    return np.exp(z) - y


def _half_poisson_deviance_curvature(z: Array) -> Array:
    return _diagonal(np.exp(z))


def _perceptron(z: Array, y: Array) -> Array:
    # Nothing for a right answer; for a wrong one |z|, the distance from the boundary times |W|.
    return cast(Array, (_perceptron_gradient(z, y) * z).sum(axis=1))


def _perceptron_gradient(z: Array, y: Array) -> Array:
    return ACTIVATIONS["step"].value(z) - y


def _perceptron_curvature(z: Array) -> Array:
    return _diagonal(np.zeros_like(z))


_RECORDS = (
    Loss(
        "half_squared_error",
        0,
        "identity",
        _half_squared_error,
        _half_squared_error_gradient,
        _half_squared_error_curvature,
        r"\ell = \tfrac{1}{2}(y - z)^2",
        r"\frac{\partial \ell}{\partial z} = z - y",
        r"\frac{\partial^2 \ell}{\partial z^2} = 1",
        "Gauss (1809)",
    ),
    Loss(
        "log_loss",
        1,
        "logistic",
        _log_loss,
        _log_loss_gradient,
        _log_loss_curvature,
        r"\ell = -y\ln\sigma(z) - (1 - y)\ln(1 - \sigma(z))",
        r"\frac{\partial \ell}{\partial z} = \sigma(z) - y",
        r"\frac{\partial^2 \ell}{\partial z^2} = \sigma(z)\,(1 - \sigma(z))",
        "Bernoulli likelihood; Cox (1958)",
        _smooth_yes_or_no,
    ),
    Loss(
        "cross_entropy",
        2,
        "softmax",
        _cross_entropy,
        _cross_entropy_gradient,
        _cross_entropy_curvature,
        r"e = -\sum_k y_k \ln \frac{e^{z_k}}{\sum_j e^{z_j}}",
        r"\frac{\partial e}{\partial z_k} = \frac{e^{z_k}}{\sum_j e^{z_j}} - y_k",
        r"\frac{\partial^2 e}{\partial z_j \partial z_k} = p_j\,([j = k] - p_k),"
        r"\quad p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}",
        "multinomial likelihood; Bridle (1990)",
        _smooth_one_hot,
    ),
    Loss(
        "poisson",
        3,
        "exp",
        _half_poisson_deviance,
        _half_poisson_deviance_gradient,
        _half_poisson_deviance_curvature,
        r"\ell = y\ln\frac{y}{e^z} - y + e^z",
        r"\frac{\partial \ell}{\partial z} = e^z - y",
        r"\frac{\partial^2 \ell}{\partial z^2} = e^z",
        "half the Poisson deviance; Nelder & Wedderburn (1972)",
    ),
    Loss(
        "perceptron",
        4,
        "step",
        _perceptron,
        _perceptron_gradient,
        _perceptron_curvature,
        r"\ell = (\hat y - y)\,z,\quad"
        r"\hat y = \begin{cases}1 & z \ge 0\\ 0 & z < 0\end{cases}",
        r"\frac{\partial \ell}{\partial z} = \hat y - y",
        r"\frac{\partial^2 \ell}{\partial z^2} = 0",
        "the perceptron algorithm as a loss; Rosenblatt (1958)",
    ),
)

LOSSES: dict[str, Loss] = {record.name: record for record in _RECORDS}
"""Every loss by its name, in the order of its code."""


def loss(name: str) -> Loss:
    """Return the loss of this name.

    Parameters
    ----------
    name : str
        One of :data:`LOSSES`.

    Returns
    -------
    Loss

    Raises
    ------
    InputError
        There is no loss of this name.

    Examples
    --------
    >>> loss("cross_entropy").output
    'softmax'
    """
    if name not in LOSSES:
        raise InputError(f"there is no loss {name!r}; choose one of {', '.join(LOSSES)}")
    return LOSSES[name]
