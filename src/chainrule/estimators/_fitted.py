"""What a fitted network is asked: its shape, its weights, and what it makes of rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from chainrule.errors import InputError
from chainrule.estimators._options import TrainingOptions
from chainrule.estimators._quick import quick_outputs
from chainrule.estimators._restarts import Restarts, average_outputs
from chainrule.estimators.predictor import Predictor
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.engine import Data, evaluate, make_data
from chainrule.network.prediction import without_output_activation

__all__ = ["FLOATS", "FittedNetwork"]

FLOATS = (np.float64, np.float32)


# Kept, so that predicting one row after another does not lay the same network out each time.
_architecture = lru_cache(maxsize=64)(Architecture)


class FittedNetwork(BaseEstimator, ABC):
    """A network that has its weights, in whatever way it got them."""

    n_outputs_: int
    coefs_: list[Array]
    intercepts_: list[Array]

    @abstractmethod
    def _loss_name(self) -> str:
        """Name the loss that these targets ask for."""

    @abstractmethod
    def _hidden_layers(self) -> tuple[tuple[int, ...], tuple[str, ...], tuple[float, ...]]:
        """Return nodes, activation and share of dropout of every hidden layer, checked."""

    def _options(self) -> TrainingOptions:
        """Return what this estimator's training was told."""
        return TrainingOptions.of(self)

    def _make_network(self, inputs: int) -> Architecture:
        hidden, functions, rates = self._hidden_layers()
        sizes = (inputs, *hidden, self.n_outputs_)
        return _architecture(sizes, functions, self._loss_name(), rates if any(rates) else ())

    def _flatten(self, network: Architecture, dtype: type) -> Array:
        """Return ``coefs_`` and ``intercepts_`` as one vector; they may have been set by hand."""
        shapes = [np.shape(w) for w in self.coefs_]
        wanted = [(layer.inputs, layer.outputs) for layer in network.layers]
        if shapes != wanted:
            raise ValueError(
                f"the fitted weights have shapes {shapes}, but these data and parameters ask for "
                f"{wanted}; fit without warm_start to begin anew"
            )
        return network.flatten(self.coefs_, self.intercepts_, dtype)

    @property
    def _network(self) -> Architecture:
        """The fitted network's shape."""
        return self._make_network(np.shape(self.coefs_[0])[0])

    def _evaluate(
        self, network: Architecture, parameters: Array, data: Data
    ) -> tuple[Array, float]:
        """Return what predictions are made from, shape (n, k), and the error."""
        return evaluate(network, parameters, data)

    def _ask(self, X: Any) -> tuple[Architecture, Array, Data]:
        """Return the fitted network, its weights, and rows to be sent through it."""
        check_is_fitted(self, "coefs_")
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=FLOATS, reset=False)
        network, parameters = self._fitted_network(X.shape[1])
        return network, parameters, make_data(X, dtype=parameters.dtype.type)

    def _fitted_network(self, columns: int) -> tuple[Architecture, Array]:
        """Return the fitted network for rows of so many columns, and its weights."""
        network = self._network
        if network.sizes[0] != columns:  # set by hand
            raise InputError(
                f"coefs_[0] has {network.sizes[0]} rows, but {columns} are needed, one for each "
                "column of X"
            )
        dtype = np.result_type(*self.coefs_, *self.intercepts_, np.float32).type
        return network, self._flatten(network, dtype)

    def _averaged(self) -> Restarts | None:
        """Return the restarts if what all of them predict is averaged."""
        restarts: Restarts | None = self.__dict__.get("restarts_")
        return None if restarts is None or self._options().combine != "average" else restarts

    def _outputs(self, X: Any, *, logits: bool = False, complement: bool = False) -> Array:
        """Return what predictions for rows X are made from, shape (n, k).

        That is the output layer's h, or with ``logits`` its z; with ``complement`` a single output
        p has a column 1 − p before it.
        """
        quick = quick_outputs(self, X, logits=logits, complement=complement)
        if quick is not None:
            return quick
        network, parameters, data = self._ask(X)
        restarts = self._averaged()
        if logits:
            outputs = evaluate(without_output_activation(network), parameters, data)[0]
        elif restarts is not None:
            outputs = average_outputs(network, restarts, data)
        else:
            outputs = evaluate(network, parameters, data)[0]
        return np.hstack([1 - outputs, outputs]) if complement else outputs

    def _predicts_from(self) -> dict[str, bool]:
        """Return which outputs :meth:`compiled_predictor` gives, as ``_outputs`` takes it."""
        return {}

    def compiled_predictor(self) -> Predictor:
        """Return the fitted network as it is now, frozen, for one row at a time at the least cost.

        For a few rows, a prediction takes microseconds, most of which go into checking the rows.
        What is returned checks nothing but their width.

        Returns
        -------
        Predictor
            Called with a row (d,) or rows (m, d) it returns what ``predict_proba`` does; without
            probabilities ``decision_function``; for numbers ``predict``.

        Raises
        ------
        NotFittedError
            There is no network yet.

        Examples
        --------
        >>> from chainrule import LinearRegression
        >>> predictor = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0]).compiled_predictor()
        >>> predictor([[2.0], [3.0]]).round(6)
        array([5., 7.])
        """
        check_is_fitted(self, "coefs_")
        network, parameters = self._fitted_network(self.n_features_in_)
        restarts = self._averaged()
        networks = [parameters] if restarts is None else [run.parameters for run in restarts]
        return Predictor(
            network,
            np.array(networks, parameters.dtype),
            classes=self.__dict__.get("classes_"),
            **self._predicts_from(),
        )

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether there are weights."""
        return hasattr(self, "coefs_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kinds of data are accepted."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
