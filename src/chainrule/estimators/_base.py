"""How all networks are fitted, with hidden layers or without."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import _fit_context, is_classifier
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from chainrule.errors import InputError
from chainrule.estimators._fitted import FLOATS, FittedNetwork
from chainrule.estimators._fitting import Ready
from chainrule.estimators._kind_of_fit import kind_of_fit
from chainrule.estimators._options import CONSTRAINTS, TrainingOptions
from chainrule.estimators._restarts import fit_restarts
from chainrule.estimators._rows import Given, Rows, hold_out, split_once
from chainrule.estimators._update_record import UpdateRecord, record_update
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture, initialize
from chainrule.training import History

__all__ = ["BaseNetwork", "takes_steps"]


class BaseNetwork(CallbackSupportMixin, FittedNetwork):
    """A network with scikit-learn's conventions; use one of its subclasses."""

    _constraints: ClassVar[dict[str, list[Any]]] = {}
    """What constructor parameters may be, where that differs from ``CONSTRAINTS``."""

    # Where a training stands that partial_fit or warm_start goes on with; none has begun.
    _best_watched: float | None = None
    _optimizer_state: dict[str, Any] | None
    _no_improvement_count = 0
    _plateau_count = 0
    _has_stopped = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Tell scikit-learn what each of the constructor's parameters may be."""
        super().__init_subclass__(**options)
        allowed = {**CONSTRAINTS, **cls._constraints}
        cls._parameter_constraints = {name: allowed[name] for name in cls._get_param_names()}

    @abstractmethod
    def _prepare_targets(self, y: Any, *, mode: str) -> NDArray[Any]:
        """Check y and return the targets of the loss, 2-D.

        ``mode`` says how y relates to earlier ones: ``new``, ``warm start``, or ``more``.
        """

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

    def _strata(self, targets: NDArray[Any]) -> int | None:
        """Return how many classes to hold out the same share of; None for none."""
        del targets
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
        groups: Any = None,
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
        groups : array of shape (n,), optional
            For a ``validation_splitter`` that keeps groups together.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            The data are not usable, or training diverged in its first epoch; the message says how.

        Warns
        -----
        ConvergenceWarning
            ``max_iter`` was reached before the error stopped falling, or training diverged and the
            last good weights were kept.
        """
        return self._fit(X, y, sample_weight, validation_data=validation_data, groups=groups)

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def initialize(self, X: Any, y: Any) -> Self:
        """Give the network its first weights and no training, to look at, to set, or to step.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            Rows such as it will be trained on; what counts is how many columns they have.
        y : array of shape (n,) or (n, k)
            Their targets; what counts is which classes, or how many outputs, there are.

        Returns
        -------
        self
            With ``coefs_`` and ``intercepts_``, drawn as ``fit`` would draw them; they may be
            assigned. It can predict, and :meth:`step` goes on from there.
        """
        rows = self._check_rows(X, y, None, mode="new", reset=True)
        random = check_random_state(self.random_state)
        network, parameters, _ = self._prepare(rows, random)
        self._set_parameters(network, parameters)
        # What fit would draw next, so that stepping drops out what it would drop out.
        seed = int(random.randint(2**31 - 1))
        empty = {"first": np.zeros_like(parameters), "second": np.zeros_like(parameters)}
        self._optimizer_state = {"step": 0, **empty, "learning_rate": None, "seed": seed}
        self.history_ = History()
        self.best_epoch_ = 0
        self.stopping_reason_ = "initialized, not trained"
        return self

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def step(self, X: Any, y: Any, sample_weight: Any = None) -> UpdateRecord:
        """Take one step: one update of all weights by the gradient of these rows together.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.
        y : array of shape (n,) or (n, k)
            Their targets.
        sample_weight : array of shape (n,), optional
            How much each row counts.

        Returns
        -------
        UpdateRecord
            The error before and after, every gradient, and the weights before and after.

        Raises
        ------
        AttributeError
            The solver does not go step by step.
        NotFittedError
            Neither ``initialize`` nor ``fit`` was called before.
        """
        takes_steps(self, "step")
        check_is_fitted(self, "coefs_")
        together = {"batch_size": max(1, len(np.atleast_1d(y))), "early_stopping": False}
        options = TrainingOptions.of(self._options(), **together)
        return record_update(self, X, y, sample_weight, options)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        incremental: bool = False,
        validation_data: Sequence[Any] | None = None,
        groups: Any = None,
        options: TrainingOptions | None = None,
    ) -> Self:
        ready = self._make_ready(
            X,
            y,
            sample_weight,
            validation_data=validation_data,
            groups=groups,
            incremental=incremental,
            options=options,
        )
        if ready is None:
            return self  # early stopping has ended this training; stopping_reason_ says why
        options, network = ready.options, ready.network
        fit: dict[str, Any] = {"options": options, "random": ready.random}
        if options.restarts > 1:
            fit_restarts(self, network, ready.rows, ready.held_out, ready.given, **fit)
            return self
        fitting = kind_of_fit(options)(self, network, incremental=incremental, **fit)
        fitting.run(ready.parameters, ready.rows, ready.held_out, ready.given)
        self._has_stopped = incremental and options.early_stopping and bool(self.stopping_reason_)
        return self

    def _make_ready(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        validation_data: Sequence[Any] | None,
        groups: Any = None,
        incremental: bool = False,
        options: TrainingOptions | None = None,
    ) -> Ready | None:
        """Check what a fit is given, draw first weights and divide the rows.

        Returns None where early stopping has ended a training that partial_fit goes on with.
        """
        chosen, options = options, options or self._options()
        options.check_solver(self._hidden_layers()[2])
        anew = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        if options.restarts > 1 and (incremental or not anew):
            raise InputError(
                f"restarts={options.restarts} begins with new weights each time, which partial_fit "
                "and warm_start cannot go on from; set restarts=1"
            )
        mode = "more" if incremental else ("warm start" if self.warm_start else "new")
        rows = self._check_rows(X, y, sample_weight, mode=mode, reset=anew)
        held_out = None if validation_data is None else self._check_validation(validation_data)
        random = check_random_state(self.random_state)
        network, parameters, self._trained = self._prepare(rows, random, anew=anew)
        options = chosen or self._options()  # which solver is best depends on the network's size
        if incremental and self._has_stopped:
            return None
        given = Given(X, y)
        pair = given, Given(*(validation_data or (None, None))[:2])
        ready = Ready(network, parameters, random, options, rows, held_out, pair)
        if held_out is not None or not options.early_stopping:
            return ready
        train, other = self._divide(rows, given, groups, options, random, incremental)
        if hasattr(self, "_skl_callbacks") or options.monitor not in ("score", "loss"):
            pair = given.pick(train), given.pick(other)
        learned, left_out = rows.pick(train), rows.pick(other)
        return ready._replace(rows=learned, held_out=left_out, given=pair, divided=(train, other))

    def _prepare(
        self, rows: Rows, random: np.random.RandomState, *, anew: bool = True
    ) -> tuple[Architecture, Array, bool]:
        """Return the network, where it starts, and whether that has been trained before."""
        self.n_outputs_ = self._output_count(rows.y)
        network = self._make_network(rows.x.shape[1])
        dtype = rows.x.dtype.type
        if anew:
            scheme = self._options().initialization
            self._start_anew(network)
            return network, initialize(network, random, scheme=scheme, dtype=dtype), False
        return network, self._resume(network, dtype), True

    def _divide(
        self,
        rows: Rows,
        given: Given,
        groups: Any,
        options: TrainingOptions,
        random: np.random.RandomState,
        incremental: bool,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Divide the rows into those to learn from and those held out."""
        if options.validation_splitter is not None:
            return split_once(options.validation_splitter, given, groups)
        if incremental:
            # The same rows given again are divided in the same way again, or what is held out in
            # one call would be learned from in the next.
            if not hasattr(self, "_split_seed"):
                self._split_seed = int(random.randint(2**31 - 1))
            random = np.random.RandomState(self._split_seed)
        classes = self._strata(rows.y)
        return hold_out(rows.y, options.validation_fraction, random, classes=classes)

    def _check_rows(self, X: Any, y: Any, sample_weight: Any, *, mode: str, reset: bool) -> Rows:
        """Validate training rows as scikit-learn does."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=not is_classifier(self),
            dtype=FLOATS,
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

    def _start_anew(self, network: Architecture) -> None:
        """Set the attributes that grow while training goes on."""
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(network.sizes)
        self.out_activation_ = network.layers[-1].activation
        self.loss_curve_: list[float] = []
        self._has_stopped = False
        self.__dict__.pop("_split_seed", None)
        self.__dict__.pop("restarts_", None)
        self.validation_scores_ = None
        self._optimizer_state = None
        self._forget_best()

    def _forget_best(self) -> None:
        """Let no epoch be the best so far."""
        self._no_improvement_count = self._plateau_count = 0
        self._best_watched = None
        early_stopping = self._options().early_stopping
        self.best_loss_ = None if early_stopping else np.inf
        self.best_validation_score_ = -np.inf if early_stopping else None

    def _set_parameters(self, network: Architecture, parameters: Array) -> None:
        """Show the flat vector as ``coefs_`` and ``intercepts_``, without a copy."""
        views = network.views(parameters)
        self.coefs_ = [weights for weights, _ in views]
        self.intercepts_ = [bias for _, bias in views]

    def _resume(self, network: Architecture, dtype: type) -> Array:
        """Return where training goes on: ``coefs_``, unless these are only the best so far.

        A vector of its own, which the fit may change.
        """
        shown = self._flatten(network, dtype)
        saved = self.__dict__.get("_optimizer_state") or {}
        if "parameters" not in saved:
            return shown
        if np.array_equal(shown, saved["best"]):
            return np.array(saved["parameters"], dtype)
        del saved["parameters"], saved["best"]  # set by hand: what was best no longer counts
        self._best_watched, self._no_improvement_count = None, 0
        return shown


def takes_steps(estimator: BaseNetwork, what: str = "partial_fit") -> bool:
    """Whether the solver goes step by step, so that training can be continued."""
    if not estimator._options().steps:
        raise AttributeError(
            f"{what} is only available for stochastic optimizers. "
            f"{estimator._options().solver} is not stochastic. Choose another solver, such as 'gd'."
        )
    return True
