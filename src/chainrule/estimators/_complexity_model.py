"""A model whose complexity is tried: what stands before its network, and what it is scored by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from chainrule.errors import InputError
from chainrule.estimators._base import BaseNetwork

__all__ = ["Part", "Split", "is_ours", "network_in", "prepare_split"]

#: Of scikit-learn's, those that can be trained epoch by epoch.
_THEIRS = ("MLPClassifier", "MLPRegressor")


@dataclass(frozen=True)
class Part:
    """Rows of one part of a split, as the network takes them.

    Attributes
    ----------
    X : array or sparse matrix of shape (n, d)
        After all steps before the network, which have learned from the training part only.
    y : array of shape (n,) or (n, k)
        The targets as the network learns them.
    given : array of shape (n,) or (n, k)
        The targets as they were given.
    weights : array of shape (n,) or None
        How much each row counts.
    """

    X: Any
    y: NDArray[Any]
    given: NDArray[Any]
    weights: NDArray[Any] | None

    @property
    def weighted(self) -> dict[str, Any]:
        """The weights as scikit-learn's functions take them."""
        return {} if self.weights is None else {"sample_weight": self.weights}


@dataclass(frozen=True)
class Split:
    """A training part, a test part, and what predicts in the units of the targets as given.

    Attributes
    ----------
    train, test : Part
        The rows.
    wrapper : TransformedTargetRegressor or None
        Fitted but for its network; None where targets are learned as they are given.
    seed : int
        Of everything that is drawn in this split's trainings.
    """

    train: Part
    test: Part
    wrapper: Any
    seed: int

    def predictor(self, network: Any) -> Any:
        """Return what predicts targets as they were given; the network may go on learning."""
        if self.wrapper is None:
            return network
        self_made = clone(self.wrapper)
        vars(self_made).update(vars(self.wrapper), regressor_=network)
        return self_made


def is_ours(network: Any) -> bool:
    """Whether this is one of this package's estimators."""
    return isinstance(network, BaseNetwork)


def network_in(model: Any) -> Any:
    """Find the network that a model ends in.

    Raises
    ------
    InputError
        There is none that can be trained epoch by epoch.
    """
    network = model
    while isinstance(network, Pipeline | TransformedTargetRegressor):
        network = network.steps[-1][1] if isinstance(network, Pipeline) else network.regressor
    kind = network if isinstance(network, type) else type(network)
    theirs = kind.__module__.startswith("sklearn.neural_network") and kind.__name__ in _THEIRS
    if isinstance(network, type) or not (is_ours(network) or theirs):
        made = "; make one first, with ()" if isinstance(network, type) else ""
        raise InputError(
            "a model-complexity graph is of this package's estimators or scikit-learn's MLPs, or "
            f"of a Pipeline that ends in one; got {kind.__name__}{made}"
        )
    if not is_ours(network) and network.solver == "lbfgs":
        raise InputError(
            "scikit-learn's solver='lbfgs' cannot be followed epoch by epoch: take "
            "chainrule's class of the same name, or solver='adam'"
        )
    if getattr(network, "restarts", 1) > 1:
        raise InputError(
            f"restarts={network.restarts}: a model-complexity graph trains once for each split, "
            "from weights of its own; set restarts=1 and take more splits"
        )
    return network


def prepare_split(
    model: Any,
    rows: tuple[Any, NDArray[Any], NDArray[Any] | None],
    places: tuple[NDArray[np.int64], NDArray[np.int64]],
    seed: int,
) -> Split:
    """Divide rows, and fit what stands before the network on the training part alone.

    Parameters
    ----------
    model : estimator, Pipeline or TransformedTargetRegressor
        Not changed.
    rows : (X, y, weights or None)
        All rows.
    places : (array of int, array of int)
        Which of them to train on, and to test on.
    seed : int
        For the network.

    Returns
    -------
    Split
    """
    X, y, weights = rows
    X = X.tocsr() if issparse(X) else X
    learned, tested = (_safe_indexing(X, part) for part in places)
    given = [y[part] for part in places]
    targets, wrapper = given, None
    while isinstance(model, Pipeline | TransformedTargetRegressor):
        if isinstance(model, Pipeline):
            if len(model.steps) > 1:
                front = clone(model[:-1])
                learned = front.fit_transform(learned, targets[0])
                tested = front.transform(tested)
            model = model.steps[-1][1]
            continue
        # All but the network is fitted by the wrapper itself.
        wrapper = clone(model).set_params(regressor=DummyRegressor())
        wrapper.fit(np.zeros((len(targets[0]), 1)), targets[0])
        targets = [_transformed(wrapper, part) for part in targets]
        model = model.regressor
    counts = [None if weights is None else weights[part] for part in places]
    train = Part(learned, targets[0], given[0], counts[0])
    return Split(train, Part(tested, targets[1], given[1], counts[1]), wrapper, seed)


def _transformed(wrapper: Any, y: NDArray[Any]) -> NDArray[Any]:
    columns = y.reshape(-1, 1) if y.ndim == 1 else y
    found: NDArray[Any] = wrapper.transformer_.transform(columns)
    return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
