"""What the two multilayer perceptrons share: parameters, fitting, and the fitted network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context, is_classifier
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from chainrule.estimators._fitting import Fitting
from chainrule.estimators._rows import Rows
from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS
from chainrule.mathematics.arrays import Array
from chainrule.network import INITIALIZATIONS, Architecture, initialize
from chainrule.network.engine import evaluate, make_data
from chainrule.training import OPTIMIZERS, SCHEDULES

__all__ = ["BaseMLP", "takes_steps"]

_FLOATS = (np.float64, np.float32)
_NON_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)


# Kept, so that predicting one row after another does not lay the same network out each time.
_architecture = lru_cache(maxsize=64)(Architecture)


class BaseMLP(CallbackSupportMixin, BaseEstimator, ABC):
    """A network with scikit-learn's conventions; use one of its two subclasses."""

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 (scikit-learn's convention)
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(HIDDEN_ACTIVATIONS)), "array-like"],
        "solver": [StrOptions({*OPTIMIZERS, "lbfgs"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions(set(SCHEDULES))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "l1": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "initialization": [StrOptions(set(INITIALIZATIONS))],
        "monitor": [StrOptions({"score", "loss"})],
    }

    @abstractmethod
    def _prepare_targets(self, y: Any, *, mode: str) -> NDArray[Any]:
        """Check y and return the targets of the loss, 2-D.

        ``mode`` says how y relates to earlier ones: ``new``, ``warm start``, or ``more``.
        """

    @abstractmethod
    def _loss_name(self) -> str:
        """Name the loss that these targets ask for."""

    @abstractmethod
    def _output_count(self, targets: NDArray[Any]) -> int:
        """Return how many output nodes these targets need."""

    @abstractmethod
    def _score_outputs(self, outputs: Array, targets: Array, weights: Array | None) -> float:
        """Accuracy or R² of a network's outputs."""

    def _class_weights(self, y: Any) -> Array | None:
        """Return each row's weight by its class, if classes have weights."""
        del y
        return None

    # ------------------------------------------------------------------ fitting

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation_data: Sequence[Any] | None = None,
    ) -> Self:
        """Train the network on rows X with targets y.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows. float32 is trained in float32, everything else in float64.
        y : array of shape (n,) or (n, k)
            Labels, an indicator matrix of several labels, or numbers.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        validation_data : (X, y) or (X, y, sample_weight), optional
            Rows to follow the training on, never learned from. With ``early_stopping`` they take
            the place of the part that would be split off.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            The data are not usable, or training diverged; the message says how.

        Warns
        -----
        ConvergenceWarning
            ``max_iter`` was reached before the error stopped falling.
        """
        return self._fit(X, y, sample_weight, incremental=False, validation_data=validation_data)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        incremental: bool,
        validation_data: Sequence[Any] | None = None,
    ) -> Self:
        if self.early_stopping and incremental and self.solver != "lbfgs":
            raise ValueError("partial_fit does not support early_stopping=True")
        hidden = self._hidden_sizes()
        first = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        mode = "more" if incremental else ("warm start" if self.warm_start else "new")
        rows = self._check_rows(X, y, sample_weight, mode=mode, reset=first)
        held_out = None if validation_data is None else self._check_validation(validation_data)
        random = check_random_state(self.random_state)
        self.n_outputs_ = self._output_count(rows.y)
        network = self._make_network(rows.x.shape[1], hidden)
        dtype = rows.x.dtype.type
        if first:
            parameters = initialize(network, random, scheme=self.initialization, dtype=dtype)
            self._start_anew(network)
        else:
            parameters = self._flatten(network, dtype)
        fitting = Fitting(self, network, random, incremental=incremental)
        parameters = fitting.run(parameters, rows, held_out, (X, y))
        if not np.isfinite(parameters).all():
            raise ValueError(_NON_FINITE)
        return self

    def _check_rows(self, X: Any, y: Any, sample_weight: Any, *, mode: str, reset: bool) -> Rows:
        """Validate training rows as scikit-learn does."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=not is_classifier(self),
            dtype=_FLOATS,
            reset=reset,
        )
        targets = self._prepare_targets(y, mode=mode)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        by_class = self._class_weights(y)
        if by_class is not None:
            weights = by_class if weights is None else by_class * weights
        return Rows(X, targets, weights)

    def _check_validation(self, validation_data: Sequence[Any]) -> Rows:
        """Validate held-out rows against what was learned from the training rows."""
        if not isinstance(validation_data, Sequence) or len(validation_data) not in (2, 3):
            raise ValueError("validation_data must be (X, y) or (X, y, sample_weight)")
        sample_weight = validation_data[2] if len(validation_data) == 3 else None
        X, y = validation_data[:2]
        return self._check_rows(X, y, sample_weight, mode="more", reset=False)

    def _hidden_sizes(self) -> list[int]:
        sizes = self.hidden_layer_sizes
        hidden = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        if np.any(np.asarray(hidden) <= 0):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {hidden}.")
        return [int(size) for size in hidden]

    def _make_network(self, inputs: int, hidden: list[int]) -> Architecture:
        functions = self._for_each_layer("activation", hidden)
        for name in functions:
            if name not in HIDDEN_ACTIVATIONS:
                known = ", ".join(sorted(HIDDEN_ACTIVATIONS))
                raise ValueError(f"activation {name!r} is not one of {known}")
        rates = tuple(float(rate) for rate in self._for_each_layer("dropout", hidden))
        if any(not 0 <= rate < 1 for rate in rates):
            raise ValueError(f"dropout must be at least 0 and less than 1, got {self.dropout}")
        sizes = (inputs, *hidden, self.n_outputs_)
        return _architecture(sizes, functions, self._loss_name(), rates if any(rates) else ())

    def _for_each_layer(self, name: str, hidden: list[int]) -> tuple[Any, ...]:
        """Return a parameter's value for every hidden layer."""
        value = getattr(self, name)
        if isinstance(value, str | Real):
            return (value,) * len(hidden)
        if len(value) != len(hidden):
            raise ValueError(f"{name} has {len(value)} values for {len(hidden)} hidden layers")
        return tuple(value)

    def _start_anew(self, network: Architecture) -> None:
        """Set the attributes that grow while training goes on."""
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(network.sizes)
        self.out_activation_ = network.layers[-1].activation
        self.loss_curve_: list[float] = []
        self._no_improvement_count = 0
        self.best_loss_ = None if self.early_stopping else np.inf
        self.validation_scores_ = None
        stops_early = self.early_stopping and self.solver != "lbfgs"
        self.best_validation_score_ = -np.inf if stops_early else None
        self._optimizer_state: dict[str, Any] | None = None

    def _set_parameters(self, network: Architecture, parameters: Array) -> None:
        """Show the flat vector as ``coefs_`` and ``intercepts_``, without a copy."""
        views = network.views(parameters)
        self.coefs_ = [weights for weights, _ in views]
        self.intercepts_ = [bias for _, bias in views]

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

    # ------------------------------------------------------------------ the fitted network

    @property
    def _network(self) -> Architecture:
        """The fitted network's shape."""
        hidden = [np.shape(w)[1] for w in self.coefs_[:-1]]
        return self._make_network(np.shape(self.coefs_[0])[0], hidden)

    def _outputs(self, X: Any) -> Array:
        """Return the output layer's values for rows X, shape (n, k)."""
        check_is_fitted(self, "coefs_")
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=_FLOATS, reset=False)
        network = self._network
        dtype = np.result_type(*self.coefs_, *self.intercepts_, np.float32).type
        outputs, _ = evaluate(network, self._flatten(network, dtype), make_data(X, dtype=dtype))
        return outputs

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether there are weights."""
        return hasattr(self, "coefs_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kinds of data are accepted."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def takes_steps(estimator: BaseMLP) -> bool:
    """Whether the solver goes step by step, so that training can be continued."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. lbfgs is not stochastic."
        )
    return True
