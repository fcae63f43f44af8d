"""Labels: what every classifier does with them, whatever its network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels

from chainrule.estimators._base import BaseNetwork, takes_steps
from chainrule.estimators._targets import accuracy, class_numbers, find_classes, to_labels
from chainrule.mathematics.arrays import Array

__all__ = ["Classifier", "ProbabilisticClassifier"]


class Classifier(ClassifierMixin, BaseNetwork):
    """A network that predicts classes or several labels; use one of its subclasses."""

    class_weight: Any

    @available_if(takes_steps)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        classes: Any = None,
        *,
        validation_data: Sequence[Any] | None = None,
    ) -> Self:
        """Continue training with one epoch over rows X.

        One epoch of ``fit`` over the same mini-batches leaves the same weights, to the bit.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.
        y : array of shape (n,) or (n, k)
            Their labels.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        classes : array of shape (c,), optional
            All classes there will ever be; needed in the first call only.
        validation_data : (X, y) or (X, y, sample_weight), optional
            Rows to follow the training on. With ``early_stopping``, ``coefs_`` are the weights of
            the best epoch so far; once there was no improvement for ``n_iter_no_change`` epochs
            ``stopping_reason_`` says so, and further calls change nothing.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            No ``classes`` in the first call, or other ones than before; labels not among them.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all rows at once and is not supported by "
                "partial_fit; give the weights as a dict or as sample_weight"
            )
        if _check_partial_fit_first_call(self, classes):
            several = type_of_target(y).startswith("multilabel")
            self._kind = "multilabel" if several else find_classes(np.asarray(classes))[1]
            self._sparse_labels = issparse(y)
        return self._fit(X, y, sample_weight, incremental=True, validation_data=validation_data)

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.

        Returns
        -------
        array of shape (n,), or (n, k) of 0 and 1 for several labels, sparse if they were in ``fit``
        """
        labels = to_labels(self._outputs(X), self.classes_, self._kind)
        return csr_matrix(labels) if self._sparse_labels else labels

    def _prepare_targets(self, y: Any, *, mode: str) -> NDArray[Any]:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if mode == "new" or not hasattr(self, "classes_"):
            self.classes_, self._kind = find_classes(y)
            self._sparse_labels = issparse(y)
        else:
            self._check_classes(y, mode)
        return class_numbers(y, self.classes_, self._kind)

    def _check_classes(self, y: Any, mode: str) -> None:
        """Refuse labels that the network has no output for."""
        classes = unique_labels(y)
        if mode == "warm start":
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous "
                    f"call to fit. Previously got {self.classes_}, `y` has {classes}"
                )
        elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {classes}."
            )

    def _loss_name(self) -> str:
        return "cross_entropy" if self._kind == "multiclass" else "log_loss"

    def _output_count(self, targets: NDArray[Any]) -> int:
        return len(self.classes_) if self._kind == "multiclass" else int(targets.shape[1])

    def _strata(self, targets: NDArray[Any]) -> int | None:
        return self.n_outputs_ if targets.shape[1] == 1 else None

    def _score_outputs(self, outputs: Array, targets: Array, weights: Array | None) -> float:
        return accuracy(outputs, targets, weights, self._kind)

    def _class_weights(self, y: Any) -> Array | None:
        if self.class_weight is None:
            return None
        weights: Array = compute_sample_weight(self.class_weight, y)
        return weights

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that several labels are welcome."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class ProbabilisticClassifier(Classifier):
    """A classifier whose outputs are probabilities."""

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, d)
            The rows.

        Returns
        -------
        array of shape (n, c)
            Columns in the order of ``classes_``; for several labels each label's own probability.
        """
        return self._outputs(X, **self._predicts_from())

    def _predicts_from(self) -> dict[str, bool]:
        return {"complement": vars(self).get("n_outputs_") == 1}  # not fitted is said later

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of :meth:`predict_proba`."""
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(probabilities, out=probabilities)
