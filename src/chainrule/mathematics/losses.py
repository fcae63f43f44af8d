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
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.special import xlogy

from chainrule.errors import InputError
from chainrule.mathematics.activations import ACTIVATIONS
from chainrule.mathematics.arrays import Array

__all__ = ["LOSSES", "Loss", "loss", "row_shares"]


@dataclass(frozen=True)
class Loss:
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
    formula, gradient_formula : str
        For one output, as LaTeX.
    source : str
        Where it comes from.

    Examples
    --------
    >>> import numpy as np
    >>> loss("log_loss").value(np.array([[0.345448]]), np.array([[1.0]])).round(6)
    array([0.535266])
    """

    name: str
    code: int
    output: str
    value: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Array]
    formula: str
    gradient_formula: str
    source: str

    def average(self, z: Array, y: Array, weights: Array | None = None) -> float:
        """Return E = Σᵢ wᵢ eᵢ / Σᵢ wᵢ for logits z and targets y of shape (m, k)."""
        return float(row_shares(len(z), weights) @ self.value(z, y).astype(np.float64))

    def average_gradient(self, z: Array, y: Array, weights: Array | None = None) -> Array:
        """Return ∂E/∂z of that average, shape (m, k)."""
        shares = row_shares(len(z), weights).astype(z.dtype)
        return shares[:, None] * self.gradient(z, y)


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


def _half_squared_error(z: Array, y: Array) -> Array:
    return cast(Array, 0.5 * ((z - y) ** 2).sum(axis=1))


def _half_squared_error_gradient(z: Array, y: Array) -> Array:
    return z - y


def _log_loss(z: Array, y: Array) -> Array:
    # −y ln σ(z) − (1 − y) ln(1 − σ(z)) = ln(1 + e^z) − y z, without ever taking ln 0.
    return cast(Array, (ACTIVATIONS["softplus"].value(z) - y * z).sum(axis=1))


def _log_loss_gradient(z: Array, y: Array) -> Array:
    return ACTIVATIONS["logistic"].value(z) - y


def _cross_entropy(z: Array, y: Array) -> Array:
    # −Σ y ln softmax(z) = ln Σ e^z · Σ y − Σ y z, shifted by the largest z against overflow.
    top = z.max(axis=1, keepdims=True)
    log_sum = top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))
    return cast(Array, (y * (log_sum - z)).sum(axis=1))


def _cross_entropy_gradient(z: Array, y: Array) -> Array:
    return cast(Array, ACTIVATIONS["softmax"].value(z) * y.sum(axis=1, keepdims=True) - y)


def _half_poisson_deviance(z: Array, y: Array) -> Array:
    return cast(Array, (xlogy(y, y) - y * z - y + np.exp(z)).sum(axis=1))


def _half_poisson_deviance_gradient(z: Array, y: Array) -> Array:
    return np.exp(z) - y


_RECORDS = (
    Loss(
        "half_squared_error",
        0,
        "identity",
        _half_squared_error,
        _half_squared_error_gradient,
        r"\ell = \tfrac{1}{2}(y - z)^2",
        r"\frac{\partial \ell}{\partial z} = z - y",
        "Gauss (1809)",
    ),
    Loss(
        "log_loss",
        1,
        "logistic",
        _log_loss,
        _log_loss_gradient,
        r"\ell = -y\ln\sigma(z) - (1 - y)\ln(1 - \sigma(z))",
        r"\frac{\partial \ell}{\partial z} = \sigma(z) - y",
        "Bernoulli likelihood; Cox (1958)",
    ),
    Loss(
        "cross_entropy",
        2,
        "softmax",
        _cross_entropy,
        _cross_entropy_gradient,
        r"e = -\sum_k y_k \ln \frac{e^{z_k}}{\sum_j e^{z_j}}",
        r"\frac{\partial e}{\partial z_k} = \frac{e^{z_k}}{\sum_j e^{z_j}} - y_k",
        "multinomial likelihood; Bridle (1990)",
    ),
    Loss(
        "poisson",
        3,
        "exp",
        _half_poisson_deviance,
        _half_poisson_deviance_gradient,
        r"\ell = y\ln\frac{y}{e^z} - y + e^z",
        r"\frac{\partial \ell}{\partial z} = e^z - y",
        "half the Poisson deviance; Nelder & Wedderburn (1972)",
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
