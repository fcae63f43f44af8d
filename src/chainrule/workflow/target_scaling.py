"""How numbers to be predicted are brought to the scale on which a network begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MeanScaler", "scaling_for"]


class MeanScaler(TransformerMixin, BaseEstimator):
    r"""Divide by the mean: :math:`y / \bar y`.

    What is not negative stays so, and a network whose outputs are exponentials, e⁰ = 1 before it
    has learned anything, begins at the mean.

    Attributes
    ----------
    mean_ : ndarray of float64, shape (n_features,)
        The mean of each column; 1 where it is 0.

    Examples
    --------
    >>> MeanScaler().fit_transform(np.array([[0.0], [2.0], [4.0]])).ravel()
    array([0., 1., 2.])
    """

    def fit(self, X: NDArray[Any], y: object = None) -> Self:  # noqa: ARG002
        """Learn the means.

        Parameters
        ----------
        X : array of shape (n, n_features)
            Numbers that are not negative.
        y : ignored

        Returns
        -------
        self
        """
        mean = np.asarray(X, np.float64).mean(axis=0)
        self.mean_ = np.where(mean > 0, mean, 1.0)
        return self

    def transform(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return X divided by the means, of shape (n, n_features)."""
        scaled: NDArray[Any] = X / self.mean_
        return scaled

    def inverse_transform(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return X times the means, of shape (n, n_features)."""
        given: NDArray[Any] = X * self.mean_
        return given


def scaling_for(loss: str | None) -> StandardScaler | MeanScaler:
    """Return what brings numbers to the scale that suits a loss.

    Parameters
    ----------
    loss : {"squared_error", "poisson"} or None
        None is the squared error.

    Returns
    -------
    StandardScaler or MeanScaler
        Not fitted.
    """
    return MeanScaler() if loss == "poisson" else StandardScaler()
