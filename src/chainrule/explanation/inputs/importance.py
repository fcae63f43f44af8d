"""How much a whole model needs each raw column: its score with the column shuffled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import Pipeline

from chainrule.errors import InputError
from chainrule.explanation._parts import whole_model
from chainrule.explanation._rows import in_one_sentence
from chainrule.explanation.inputs._importance_text import importance_text
from chainrule.explanation.inputs._raw_columns import columns_wanted
from chainrule.explanation.inputs._raw_rows import RawRows, raw_rows
from chainrule.mathematics.arrays import Array
from chainrule.network.threads import available_threads
from chainrule.tables.names import did_you_mean

__all__ = ["Importance", "permutation_importance"]

# A drop of fewer standard deviations may as well be none.
_SURE = 2.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Importance:
    """How far a model's score falls when a column is shuffled.

    Attributes
    ----------
    names : tuple of str, of length c
        The raw columns.
    score_name : str
        "accuracy", or "R²".
    score : float
        Of the rows as they are.
    drops : array of shape (repeats, c)
        How much less the score was, with each column shuffled.
    rows : int
        How many rows were scored.
    """

    names: tuple[str, ...]
    score_name: str
    score: float
    drops: Array
    rows: int

    @cached_property
    def mean(self) -> Array:
        """The mean drop of each column, shape (c,)."""
        return np.asarray(self.drops.mean(axis=0))

    @cached_property
    def spread(self) -> Array:
        """The standard deviation of the drops of each column, shape (c,)."""
        return np.asarray(self.drops.std(axis=0, ddof=1))

    @property
    def smallest(self) -> Array:
        """The smallest drop of each column, shape (c,)."""
        return np.asarray(self.drops.min(axis=0))

    @property
    def largest(self) -> Array:
        """The largest drop of each column, shape (c,)."""
        return np.asarray(self.drops.max(axis=0))

    @property
    def matters(self) -> NDArray[np.bool_]:
        """Whether each column's drop is more than 2 spreads above 0, shape (c,)."""
        return np.asarray((self.mean > 0) & (self.mean > _SURE * self.spread))

    @property
    def order(self) -> NDArray[np.int64]:
        """The columns' places, the most important first."""
        return np.argsort(-self.mean, kind="stable")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON, the most important column first."""
        measures = ("mean", "spread", "smallest", "largest", "matters")
        return {
            "score_name": self.score_name,
            "score": self.score,
            "rows": self.rows,
            "repeats": len(self.drops),
            "columns": [
                {
                    "name": self.names[place],
                    **{name: getattr(self, name)[place].item() for name in measures},
                    "drops": self.drops[:, place].tolist(),
                }
                for place in self.order
            ],
        }

    def __str__(self) -> str:
        """Tell it in lines of at most 80 characters."""
        return importance_text(self)

    def __repr__(self) -> str:
        """Say of what it is."""
        return f"Importance({len(self.names)} columns, {self.score_name} {self.score:.4g})"


def permutation_importance(
    model: Any,
    X: Any,
    y: Any,
    *,
    repeats: int = 10,
    seed: int = 0,
    sample_weight: Any = None,
) -> Importance:
    """Shuffle one raw column after another, and see how much worse the model predicts.

    Shuffled, a column still has its values, but they say nothing about their rows: what the score
    falls by is what the model had from the column. Rows that the model has not learned from, such
    as the test part, tell what it needs to predict; its training rows also what it knows by heart.

    Parameters
    ----------
    model : estimator
        Any fitted classifier or regressor, a Pipeline, or a model from a file.
    X : array or table of shape (n, c)
        Rows as the model takes them.
    y : array or column of shape (n,) or (n, k)
        What is right for them.
    repeats : int
        How often each column is shuffled, at least 2, so that there is a spread.
    seed : int
        Of the shuffling: the same number gives the same result.
    sample_weight : array of shape (n,), optional
        How much each row counts.

    Returns
    -------
    Importance
        Prints as a table.

    Raises
    ------
    InputError
        The model does not predict; rows, targets or weights do not fit one another or the model.
    sklearn.exceptions.NotFittedError
        The model is not fitted.

    Examples
    --------
    >>> from chainrule import LogisticRegression
    >>> random = np.random.default_rng(0)
    >>> X = random.normal(size=(200, 2))
    >>> model = LogisticRegression().fit(X, X[:, 0] > 0)
    >>> found = permutation_importance(model, X, X[:, 0] > 0)
    >>> found.matters.tolist(), round(float(found.mean[0]), 1)
    ([True, False], 0.5)

    Notes
    -----
    Breiman (2001), Random forests, section 10; Fisher, Rudin & Dominici (2019), All models are
    wrong, but many are useful.
    """
    judge = _Judge.of(model, y, sample_weight)
    _check_counts(repeats, seed)
    rows = raw_rows(X, "X")
    wanted = columns_wanted(_first_steps(judge.model))
    rows = rows if wanted is None else rows.select(wanted)
    judge.check_length(len(rows))
    if len(rows) < 2:
        raise InputError("X has one row, which cannot be shuffled; give the rows of a test part")
    score = judge(rows)
    tasks = [(repeat, place) for repeat in range(repeats) for place in range(len(rows.names))]

    def drop(task: tuple[int, int]) -> float:
        order = np.random.default_rng((seed, *task)).permutation(len(rows))
        return score - judge(rows.reorder(task[1], order))

    with ThreadPoolExecutor(available_threads()) as pool:
        drops = np.array(list(pool.map(drop, tasks)))
    return Importance(
        names=rows.names,
        score_name=judge.name,
        score=score,
        drops=drops.reshape(repeats, -1),
        rows=len(rows),
    )


@dataclass(frozen=True, eq=False)
class _Judge:
    """What scores a model's predictions of rows, whose right answers it knows."""

    model: Any
    y: NDArray[Any]
    weights: Array | None
    name: str

    @classmethod
    def of(cls, model: Any, y: Any, sample_weight: Any) -> _Judge:
        whole = whole_model(model, "permutation_importance")
        targets = _as_targets(y)
        if not is_classifier(whole):
            return cls(whole, _numbers(targets), _weights(sample_weight), "R²")
        targets = _labels(targets, whole.classes_)
        return cls(whole, targets, _weights(sample_weight), "accuracy")

    def check_length(self, rows: int) -> None:
        for name, value in (("y", self.y), ("sample_weight", self.weights)):
            if value is not None and len(value) != rows:
                raise InputError(f"X has {rows} rows but {name} has {len(value)}; give as many")

    def __call__(self, rows: RawRows) -> float:
        with in_one_sentence():
            predicted = self.model.predict(rows.table)
            predicted = predicted.toarray() if issparse(predicted) else predicted
            score = accuracy_score if self.name == "accuracy" else r2_score
            return float(score(self.y, predicted, sample_weight=self.weights))


def _first_steps(model: Any) -> list[Any]:
    while isinstance(model, Pipeline):
        model = model.steps[0][1]
    return [model]


def _check_counts(repeats: Any, seed: Any) -> None:
    if not isinstance(repeats, int | np.integer) or repeats < 2:
        raise InputError(f"repeats must be a whole number of at least 2, not {repeats!r}")
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed must be a whole number of at least 0, not {seed!r}")


def _as_targets(y: Any) -> NDArray[Any]:
    found = np.asarray(y.toarray() if issparse(y) else y)
    if found.ndim not in (1, 2) or isinstance(y, str):
        raise InputError(f"y is {y!r}, not a column; give what is right for each row of X")
    return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found


def _numbers(y: NDArray[Any]) -> Array:
    try:
        numbers = y.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"y holds {y.ravel().tolist()[0]!r} where the model predicts numbers"
        ) from error
    if not np.isfinite(numbers).all():
        row = int(np.argwhere(~np.isfinite(numbers))[0, 0])
        raise InputError(f"y has no finite number in row {row}, counted from 0; leave the row out")
    return numbers


def _labels(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    """Check labels, and return them in the type in which the model predicts them."""
    if y.ndim == 2:
        if y.dtype.kind not in "biuf":
            raise InputError(f"y has {y.shape[1]} columns of texts; give the one that is predicted")
        return y
    places = {label: place for place, label in enumerate(classes.tolist())}
    found = y.tolist()
    unknown = [label for label in found if label not in places]
    if unknown:
        raise InputError(
            f"y has {unknown[0]!r}, which is none of the model's classes"
            f"{did_you_mean(str(unknown[0]), [str(label) for label in places])}"
        )
    return np.asarray(classes[[places[label] for label in found]])


def _weights(sample_weight: Any) -> Array | None:
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight)
    usable = weights.ndim == 1 and weights.dtype.kind in "biuf"
    if not usable or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError(
            "sample_weight must be one number for each row, none of them negative and not all 0"
        )
    return weights.astype(np.float64)
