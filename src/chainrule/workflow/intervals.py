"""Between what the test scores may be, had other rows been tested on: 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.workflow._proportions import Estimate, difference, effective_size, of_classes
from chainrule.workflow._resampling import FEWEST, resampled
from chainrule.workflow.scores import losses_of, quantiles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.workflow.rows import Weights

    Floats = NDArray[np.float64]
    Interval = tuple[float, float]

__all__ = ["difference_intervals", "score_intervals"]


def score_intervals(
    true: NDArray[Any],
    predicted: NDArray[Any],
    *,
    classes: Sequence[Any] | None,
    weights: Weights = None,
    probabilistic: bool = True,
    seed: int = 0,
    resamples: int = 1000,
) -> dict[str, Interval]:
    r"""Return the 95 % interval of every test score.

    The test rows are taken for a sample of the rows that could have been tested on; the model is
    given. That another training would have given another model is not in the intervals.

    * Accuracy: Wilson's. Of 69 right rows out of 69 it is 0.947 to 1, not 1 to 1, as a bootstrap
      would have it.
    * Balanced accuracy, macro F1, AUC: Wilson's of a proportion s of so many rows m that its
      variance, s(1 − s)/m, is that of the score by the influence of its rows (the delta method; for
      the AUC that is DeLong's). It is taken to be no surer than if all classes were equally hard,
      for the AUC as Hanley and McNeil have it: where no row of a class is wrong, its rows do not
      tell how its share varies.
    * Log loss, R², RMSE, MAE: bootstrap over rows, bias-corrected and accelerated (BCa). Of more
      than 10,000,000 / ``resamples`` rows the score ± 1.96 standard errors of the jackknife, which
      by then is the same. Of few rows with far ones among them it is somewhat too short.
    * Median absolute error: the errors at the shares ½ ± 0.98/√n of the rows (Woodruff).

    Rows with weights are each one row that was drawn, so that n is their effective number
    :math:`(\sum w)^2 / \sum w^2`; a resample draws rows with their weights.

    Parameters
    ----------
    true : array of shape (n,)
        Places in ``classes``, or numbers.
    predicted : array of shape (n, k) or (n,)
        Probabilities, or numbers.
    classes : sequence of length k, or None
        The classes; None for numbers.
    weights : array of shape (n,), optional
        How much each row counts, above 0.
    probabilistic : bool
        Whether ``predicted`` are probabilities of classes, not just 1 for one of them.
    seed : int
        Of the resamples.
    resamples : int
        How many.

    Returns
    -------
    dict of str to (low, high)
        By the names that :class:`~chainrule.workflow.ClassificationScores` and
        :class:`~chainrule.workflow.RegressionScores` have for the scores, in their order. A score
        that there is none of is left out, and so is one of which the rows tell no interval: of
        fewer than 5 all but those between 0 and 1.

    Raises
    ------
    InputError
        The arrays do not fit each other, or there are no rows.

    Examples
    --------
    >>> right = np.tile([[0.9, 0.1]], (69, 1))
    >>> found = score_intervals(np.zeros(69, int), right, classes=("no", "yes"))
    >>> [round(end, 3) for end in found["accuracy"]]
    [0.947, 1.0]

    Notes
    -----
    Wilson (1927), J. Am. Stat. Assoc. 22, 209; with an effective number of rows: Korn & Graubard
    (1998), Surv. Methodol. 24, 193, and Kish (1965), Survey Sampling; DeLong et al. (1988),
    Biometrics 44, 837; Hanley & McNeil (1982), Radiology 143, 29, as in Newcombe (2006), Stat. Med.
    25, 559; BCa: Efron (1987), J. Am. Stat. Assoc. 82, 171; Woodruff (1952), J. Am. Stat. Assoc.
    47, 635.
    """
    _check(true, predicted, weights, classes=classes, resamples=resamples)
    drawn = {"seed": seed, "resamples": resamples}
    estimates = _estimates(true, predicted, weights, classes=classes, probabilistic=probabilistic)
    found: dict[str, Interval | None] = {n: (e.low, e.high) for n, e in estimates.items()}
    if classes is None:
        parts = _parts_of_numbers(true, predicted, weights)
        intervals = resampled(parts, _scores_of_numbers, **drawn)
        found |= dict(zip(_OF_NUMBERS, intervals, strict=True))
    elif probabilistic:
        parts = _parts_of_losses(true, predicted, weights)
        found["log_loss"] = resampled(parts, _mean_loss, **drawn)[0]
    return _ordered(found)


def difference_intervals(
    true: NDArray[Any],
    predicted: NDArray[Any],
    rival: NDArray[Any],
    *,
    classes: Sequence[Any] | None,
    weights: Weights = None,
    probabilistic: bool = True,
    seed: int = 0,
    resamples: int = 1000,
) -> dict[str, Interval]:
    r"""Return the 95 % interval of every score less that of a rival on the same rows.

    Where an interval holds 0, the rows do not tell which of the two is better. As both are tested
    on the same rows, that is surer than by their two intervals: for log loss, R², RMSE and MAE from
    the same resamples, for the others by combining their intervals with the correlation ρ of what
    single rows do to the two scores (MOVER; for accuracy this is Newcombe's method for paired
    proportions),

    .. math:: s - t - \sqrt{(s-l_s)^2 - 2\rho (s-l_s)(u_t-t) + (u_t-t)^2}

    and likewise above.

    Parameters
    ----------
    true, predicted, classes, weights, probabilistic, seed, resamples
        As for :func:`score_intervals`.
    rival : array of shape (n, k) or (n,)
        What the other model predicted.

    Returns
    -------
    dict of str to (low, high)
        By the names of the scores.

    Raises
    ------
    InputError
        The arrays do not fit each other, or there are no rows.

    Examples
    --------
    >>> truth = np.arange(50.0)
    >>> mean = np.full(50, truth.mean())
    >>> found = difference_intervals(truth, truth + np.sin(truth), mean, classes=None)
    >>> found["rmse"][1] < -10  # much better than the mean
    True

    Notes
    -----
    Zou & Donner (2008), Stat. Med. 27, 1693; Newcombe (1998), Stat. Med. 17, 2635, without its
    continuity correction; and what :func:`score_intervals` names.
    """
    for given in (predicted, rival):
        _check(true, given, weights, classes=classes, resamples=resamples)
    first, second = (
        _estimates(true, given, weights, classes=classes, probabilistic=probabilistic)
        for given in (predicted, rival)
    )
    found: dict[str, Interval | None] = {n: difference(first[n], second[n]) for n in first}
    drawn = {"seed": seed, "resamples": resamples}
    if classes is None:
        both = [_parts_of_numbers(true, given, weights) for given in (predicted, rival)]
        intervals = resampled(np.hstack(both), _less(_scores_of_numbers), **drawn)
        found |= dict(zip(_OF_NUMBERS, intervals, strict=True))
    elif probabilistic:
        both = [_parts_of_losses(true, given, weights) for given in (predicted, rival)]
        found["log_loss"] = resampled(np.hstack(both), _less(_mean_loss), **drawn)[0]
    return _ordered(found)


# ---------------------------------------------------------------------------- scores of sums

_OF_NUMBERS = ("r2", "rmse", "mae")


def _parts_of_numbers(true: NDArray[Any], predicted: NDArray[Any], weights: Weights) -> Floats:
    """Return what each row adds to Σw, Σw r², Σw|r|, Σw t and Σw t², of targets t."""
    residuals = true.astype(np.float64) - predicted.astype(np.float64)
    # Centered, so that a spread is not lost in the digits of a square.
    centered = true - np.average(true, weights=weights)
    ones = np.ones(len(true))
    columns = (ones, residuals**2, np.abs(residuals), centered, centered**2)
    return np.column_stack(columns) * _column(weights, len(true))


def _scores_of_numbers(sums: Floats) -> Floats:
    squared, size, mean, square = (sums[:, 1:] / sums[:, :1]).T
    spread = square - mean**2
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = np.where(spread > _ROUNDING * square, 1 - squared / spread, np.nan)
    return np.column_stack([r2, np.sqrt(np.maximum(squared, 0)), size])


# Of equal numbers the spread is 0 but for such a share of rounding.
_ROUNDING = 1e-12


def _parts_of_losses(codes: NDArray[Any], probabilities: NDArray[Any], weights: Weights) -> Floats:
    losses = losses_of(codes, probabilities)
    return np.column_stack([np.ones(len(codes)), losses]) * _column(weights, len(codes))


def _mean_loss(sums: Floats) -> Floats:
    return np.asarray(sums[:, 1:] / sums[:, :1])


def _less(scores: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """Return the first model's scores less the second's, of the sums of both."""

    def less(sums: Floats) -> Floats:
        own, other = np.split(sums, 2, axis=1)
        return scores(own) - scores(other)

    return less


def _column(weights: Weights, n: int) -> Floats:
    return np.ones((n, 1)) if weights is None else weights[:, None] / weights.mean()


# ---------------------------------------------------------------------------- the others


def _estimates(
    true: NDArray[Any],
    predicted: NDArray[Any],
    weights: Weights,
    *,
    classes: Sequence[Any] | None,
    probabilistic: bool,
) -> dict[str, Estimate]:
    if classes is not None:
        return of_classes(true, predicted, weights, probabilistic=probabilistic)
    if len(true) < FEWEST:
        return {}
    return {"median_absolute_error": _median(true, predicted, weights)}


def _median(true: NDArray[Any], predicted: NDArray[Any], weights: Weights) -> Estimate:
    size = np.abs(true.astype(np.float64) - predicted.astype(np.float64))
    each = np.ones(len(size)) if weights is None else weights
    half = 0.98 / np.sqrt(effective_size(each))
    shares = (0.5, max(0.0, 0.5 - half), min(1.0, 0.5 + half))
    value, low, high = quantiles_of(size, shares, weights).tolist()
    return Estimate(value, low, high, each * np.sign(size - value))


_ORDER = (
    *("accuracy", "balanced_accuracy", "log_loss", "roc_auc", "macro_f1"),
    *(*_OF_NUMBERS, "median_absolute_error"),
)


def _ordered(found: dict[str, Interval | None]) -> dict[str, Interval]:
    known = ((name, found.get(name)) for name in _ORDER)
    return {name: interval for name, interval in known if interval is not None}


def _check(
    true: NDArray[Any],
    predicted: NDArray[Any],
    weights: Weights,
    *,
    classes: Sequence[Any] | None,
    resamples: int,
) -> None:
    n = len(true)
    wanted = (n,) if classes is None else (n, len(classes))
    if n == 0:
        raise InputError("there are no rows to score")
    if np.shape(predicted) != wanted:
        raise InputError(
            f"what was predicted has shape {np.shape(predicted)}, but {n} rows ask for {wanted}"
        )
    if weights is not None and np.shape(weights) != (n,):
        raise InputError(f"the weights have shape {np.shape(weights)}, but there are {n} rows")
    if resamples < 2:
        raise InputError(f"resamples must be at least 2, not {resamples}")
