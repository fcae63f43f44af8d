"""How good a model is: its scores beside those of simple rivals, with 95 % intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.reporting._prediction_facts import ClassFacts, Estimate, Quality, Score
from chainrule.workflow._proportions import effective_size, wilson
from chainrule.workflow.intervals import difference_intervals, score_intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.reporting._subject import Subject

__all__ = ["quality"]


def quality(subject: Subject) -> Quality:
    """Score the model and its rivals.

    Parameters
    ----------
    subject : Subject
        The rows and what was said of them.

    Returns
    -------
    Quality
    """
    scores = subject.scores()
    stored = subject.stored
    names = (*(rival.name for rival in subject.rivals), *stored)
    own = _estimates(subject, subject.predicted, scores.to_dict(), sure=subject.probabilistic)
    others = [_of_rival(subject, r.predicted, r.scores.to_dict()) for r in subject.rivals]
    others += [{n: Estimate(value=s.get(n)) for n in _TOLD} for s in stored.values()]
    leads = [_leads(subject, rival.predicted) for rival in subject.rivals]
    leads += [{} for _ in stored]
    none = Estimate(value=None)
    return Quality(
        rows=len(subject),
        part=subject.part,
        weights=None if subject.origin is None else subject.origin.settings["weights"],
        rivals=names,
        scores=tuple(
            Score(
                name=name,
                label=label,
                meaning=_meaning(name, subject),
                is_share=name in _SHARES,
                higher_is_better=name not in _LOWER,
                estimates=(own[name], *(other.get(name, none) for other in others)),
                leads=tuple(lead.get(name, none) for lead in leads),
            )
            for name, label in _TOLD.items()
            if name in own and own[name].value is not None
        ),
        verdict=_verdict(subject),
        classes=_classes(subject),
        sure=_sureness(subject),
        quantiles=tuple(getattr(scores, "residual_quantiles", {}).items()),
    )


#: The scores, the main one of each task first.
_TOLD = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "roc_auc": "ROC AUC",
    "log_loss": "log loss",
    "mae": "mean absolute error",
    "median_absolute_error": "median absolute error",
    "rmse": "root mean squared error",
    "r2": "R²",
}
_SHARES = ("accuracy", "balanced_accuracy")
_LOWER = ("log_loss", "mae", "median_absolute_error", "rmse")

_MEANINGS = {
    "accuracy": "the share of the rows that it got right",
    "balanced_accuracy": "the share of a class that it found, averaged over the classes, so that "
    "a rare class counts as much as a common one",
    "macro_f1": "for each class, one number for how much of it was found and how often its "
    "name was right; averaged over the classes; 1 is perfect",
    "roc_auc": "how often a row of a class was given a higher probability of it than a row of "
    "another: 0.5 is guessing, 1 is always",
    "log_loss": "how much the right answers surprised it, −log of the probability it gave them: 0 "
    "is sure and right, {even} is guessing evenly among {k} classes",
    "mae": "how far off it is on average, in the unit of {target}",
    "median_absolute_error": "half of the rows are predicted more closely than this",
    "rmse": "how far off it is, with large errors counting more, in the unit of {target}",
    "r2": "the share of the variation of {target} that it accounts for: 1 is perfect, 0 is no "
    "better than always saying the mean, below 0 is worse",
}


def _meaning(name: str, subject: Subject) -> str:
    k = len(subject.classes or ())
    even = f"{np.log(k):.2f}" if k else ""
    words = _MEANINGS[name]
    # Not format: a target may be called {0}.
    for key, value in (("{even}", even), ("{k}", str(k)), ("{target}", subject.target)):
        words = words.replace(key, value)
    return words


def _estimates(
    subject: Subject, predicted: NDArray[Any], scores: dict[str, Any], *, sure: bool
) -> dict[str, Estimate]:
    found = score_intervals(
        subject.true,
        predicted,
        classes=subject.classes,
        weights=subject.weights,
        probabilistic=sure,
    )
    estimates = {}
    for name in _TOLD:
        if name in scores:
            low, high = found.get(name, (None, None))
            estimates[name] = Estimate(value=scores[name], low=low, high=high)
    return estimates


def _of_rival(
    subject: Subject, predicted: NDArray[Any] | None, scores: dict[str, Any]
) -> dict[str, Estimate]:
    if predicted is None:
        return {name: Estimate(value=scores.get(name)) for name in _TOLD}
    return _estimates(subject, predicted, scores, sure=True)


def _leads(subject: Subject, rival: NDArray[Any] | None) -> dict[str, Estimate]:
    """Return how much higher each of the model's scores is than a rival's."""
    if rival is None:
        return {}
    found = difference_intervals(
        subject.true,
        subject.predicted,
        rival,
        classes=subject.classes,
        weights=subject.weights,
        probabilistic=subject.probabilistic,
    )
    return {name: Estimate(value=None, low=low, high=high) for name, (low, high) in found.items()}


def _verdict(subject: Subject) -> str:
    """Return the verdict of the training, if these are the rows it was passed on."""
    return "" if subject.origin is None or subject.part != "test" else subject.origin.verdict


def _sureness(subject: Subject) -> float | None:
    if subject.classes is None or not subject.probabilistic:
        return None
    return float(np.average(subject.predicted.max(axis=1), weights=subject.weights))


def _classes(subject: Subject) -> tuple[ClassFacts, ...]:
    if subject.classes is None:
        return ()
    weights = np.ones(len(subject)) if subject.weights is None else subject.weights
    said = subject.winners
    found = []
    for place, name in enumerate(subject.classes):
        of_it, called = subject.true == place, said == place
        found.append(
            ClassFacts(
                name=str(name),
                rows=int(of_it.sum()),
                found=_share(called[of_it], weights[of_it]),
                right=_share(of_it[called], weights[called]),
            )
        )
    return tuple(found)


def _share(hits: NDArray[np.bool_], weights: NDArray[np.float64]) -> Estimate:
    if not len(hits):
        return Estimate(value=None)
    share = float(np.average(hits, weights=weights))
    low, high = wilson(share, effective_size(weights))
    return Estimate(value=share, low=low, high=high)
