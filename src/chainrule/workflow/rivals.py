"""Two simple rivals, so that a person sees whether the network is worth it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from chainrule.workflow.scores import Scores, score_classes, score_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.workflow.rows import Rows, Weights

__all__ = ["Rival", "compare", "score_rivals", "score_row_by_row"]

# A linear model has learned what it can from this many rows; more would only take time.
_MOST_ROWS = 50_000
# Differences of less than this many standard errors are as likely luck.
_CLEAR = 2.0

ClassWeight = str | dict[int, float] | None


@dataclass(frozen=True, eq=False)
class Rival:
    """A simple model's scores on the test rows.

    Attributes
    ----------
    name : str
        Such as "linear model" or "majority class".
    scores : Scores
        On the same rows as the network's.
    goodness : array of shape (n,)
        Row by row, higher is better: 1 where right, or minus the squared error; times the weights
        of the class and of the row.
    predicted : array of shape (n, k) or (n,), or None
        What it said of these rows: probabilities, or numbers.
    """

    name: str
    scores: Scores
    goodness: NDArray[np.floating[Any]]
    predicted: NDArray[np.floating[Any]] | None = None


def score_row_by_row(
    true: NDArray[Any],
    predicted: NDArray[Any],
    *,
    classes: tuple[Any, ...] | None,
    weights: Weights = None,
    probabilistic: bool = True,
    class_weight: ClassWeight = None,
) -> tuple[Scores, NDArray[np.floating[Any]]]:
    """Score predictions as a whole and row by row.

    Parameters
    ----------
    true : array of shape (n,)
        Places in ``classes``, or numbers.
    predicted : array of shape (n, k) or (n,)
        Probabilities, or numbers.
    classes : tuple or None
        The classes; None for numbers.
    weights : array of shape (n,), optional
        How much each row counts.
    probabilistic : bool
        Whether ``predicted`` are probabilities of classes, not just 1 for one of them.
    class_weight : "balanced", dict of int to float, or None
        How much each class counts, by its place.

    Returns
    -------
    scores : Scores
    goodness : array of shape (n,)
        1 where right and 0 where wrong, or minus the squared error; times the weights of the class
        and of the row. Of balanced classes the mean is the balanced accuracy.
    """
    each = 1.0 if weights is None else weights
    if classes is None:
        return score_numbers(true, predicted, weights), -each * (true - predicted) ** 2
    right = predicted.argmax(axis=1) == true
    scores = score_classes(true, predicted, weights, classes=classes, probabilistic=probabilistic)
    return scores, right * compute_sample_weight(class_weight, true) * each


def score_rivals(
    train: Rows,
    test: Rows,
    *,
    classes: tuple[Any, ...] | None,
    seed: int = 0,
    class_weight: ClassWeight = None,
) -> tuple[Rival, Rival]:
    """Fit the simplest guess and a linear model, and score both.

    Parameters
    ----------
    train, test : Rows
        With places in ``classes``, or numbers, as targets.
    classes : tuple or None
        The classes; None for numbers.
    seed : int
        Chooses the rows for the linear model where there are very many.
    class_weight : "balanced", dict of int to float, or None
        How much each class counts, by its place.

    Returns
    -------
    linear, guess : Rival
        The linear model first.
    """
    n = len(test.y)
    if classes is None:
        name, constant = "mean", np.full(n, np.average(train.y, weights=train.weights))
    else:
        counts = np.bincount(train.y, train.weights, minlength=len(classes))
        share = counts / counts.sum()
        name, constant = f"always {classes[int(share.argmax())]}", np.tile(share, (n, 1))
    fitted: dict[str, Any] = {"classes": classes, "class_weight": class_weight}
    judged = {**fitted, "weights": test.weights}
    guess = Rival(name, *score_row_by_row(test.y, constant, **judged), constant)
    if len(train.y) > _MOST_ROWS:
        random = np.random.default_rng(seed)
        train = train.pick(random.choice(len(train.y), _MOST_ROWS, replace=False))
    linear = _fit_linear(train, test.x, **fitted)
    return Rival("linear model", *score_row_by_row(test.y, linear, **judged), linear), guess


def _fit_linear(
    rows: Rows,
    x_test: NDArray[Any],
    *,
    classes: tuple[Any, ...] | None,
    class_weight: ClassWeight,
) -> NDArray[Any]:
    from sklearn.linear_model import LogisticRegression, Ridge

    with warnings.catch_warnings():
        # A few steps short of convergence, it is still the rival it is meant to be.
        warnings.simplefilter("ignore")
        if classes is None:
            ridge = Ridge().fit(rows.x.astype(np.float64), rows.y, rows.weights)
            predicted: NDArray[Any] = ridge.predict(x_test)
            return predicted
        model = LogisticRegression(max_iter=200, class_weight=class_weight)
        model.fit(rows.x, rows.y, rows.weights)
    probabilities = np.zeros((len(x_test), len(classes)))
    probabilities[:, model.classes_] = model.predict_proba(x_test)
    return probabilities


def compare(
    goodness: NDArray[np.floating[Any]], rivals: tuple[Rival, Rival], *, linear: bool = False
) -> str:
    """Say whether the network is worth it.

    Parameters
    ----------
    goodness : array of shape (n,)
        The network's, row by row.
    rivals : tuple of Rival
        The linear model first.
    linear : bool
        Whether it is a linear model itself.

    Returns
    -------
    str
        One sentence.

    Examples
    --------
    >>> scores = score_numbers(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    >>> rivals = Rival("linear model", scores, np.zeros(9)), Rival("mean", scores, np.zeros(9))
    >>> compare(np.ones(9), rivals)[:27]
    'The network is worth it: it'
    """
    rival, guess = rivals
    what = "single neuron" if linear else "network"
    if _standing(goodness - guess.goodness) <= 0:
        return (
            f"The {what} is not clearly better than the simplest guess ({guess.name}): the "
            f"inputs may say little about the target, or there are too few rows."
        )
    standing = _standing(goodness - rival.goodness)
    if linear:
        return _compare_linear(standing, guess.name)
    if standing > 0:
        return (
            "The network is worth it: its lead over the linear model is larger than chance "
            "explains."
        )
    if standing < 0:
        return (
            "The linear model is better here: use it (--solver newton), or try a smaller network, "
            "a penalty (--l2) or dropout."
        )
    return (
        "The network does as well as the linear model: on these test rows the difference is "
        "within chance."
    )


def _compare_linear(standing: int, guess: str) -> str:
    if standing < 0:
        return (
            "The single neuron is behind the linear model, which is of the same kind but trained "
            "otherwise: try another solver, learning rate or penalty."
        )
    return (
        f"The single neuron is better than the simplest guess ({guess}); whether hidden layers "
        "find more, a network will show (--model network)."
    )


def _standing(lead: NDArray[np.floating[Any]]) -> int:
    """1 for a clear lead, -1 for clearly behind, 0 where chance explains it."""
    error = lead.std(ddof=1) / np.sqrt(len(lead)) if len(lead) > 1 else np.inf
    mean = lead.mean()
    return int(np.sign(mean)) if abs(mean) > _CLEAR * error else 0
