"""Findings about what has come of it: fit, held-out rows, classes."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from chainrule.explanation._case import BEHIND, Case, Sample
from chainrule.explanation.diagnosing._course import FALLS_ON, HALF, last_quarter
from chainrule.explanation.diagnosing._finding import Finding, counted, joined, show
from chainrule.explanation.diagnosing._yardsticks import NEIGHBORS, SKILL
from chainrule.mathematics.arrays import Array
from chainrule.network.passes import feedforward

__all__ = [
    "class_never_predicted",
    "held_out_too_small",
    "overfitting",
    "underfitting",
]

# Of the rows in the most frequent class.
NEARLY_ALL = 0.9
# A loss that has fallen by less of the error of guessing has hardly moved; and
# the share of the whole fall in the last quarter of the epochs that more epochs would add to.
CREEPING = 0.02
# The held-out loss has risen clearly: by a tenth of its minimum, …
RISE = 0.1
# … by a twentieth of the error of guessing, so that it matters, …
RISE_OF_GUESSING = 0.05
# … by more than it moves from one epoch to the next, several times over, …
RISE_OF_NOISE = 4.0
# … while the training loss fell by this share of itself.
FELL = 0.05
# Early stopping that waits for so many epochs is not hasty; the default is 10.
PATIENT = 40
# A line that is better by so much is worth to be had, …
AHEAD = 0.02
# … unless neighbors see much more than any line.
FAR_BEHIND = 0.2
# Less than half of what an equal share of the rows would be.
RARE = 0.5
# More names than these do not fit into a sentence.
_NAMED = 3
# So many rows of a class are looked at before it is called never predicted.
_ROWS_OF_CLASS = 2000
# A score that may be off by a tenth either way, 19 times in 20.
ERROR_OF_SCORE = 0.05
# Holding out more leaves too little to learn from.
MOST_HELD_OUT = 0.4
# A part held out class by class is rounded once for each class.
_ROUNDED = 0.1
# Differences within two standard errors may be chance.
_CLEAR = 2.0
# Nodes of all hidden layers together; fewer are easily too few.
_SMALL_NETWORK = 64


def underfitting(case: Case) -> Finding | None:
    """CR401: training rows predicted hardly better than by guessing, or worse than by neighbors."""
    if not case.history or (case.y == case.y[0]).all():
        return None
    seen = case.yardsticks
    nothing = not case.skill >= SKILL and seen.network - seen.guessing < SKILL
    # Where one class is nearly all, an accuracy can hardly rise: CR403 tells.
    nothing = nothing and seen.guessing < NEARLY_ALL
    if not nothing and not case.behind > BEHIND:
        return None
    # Ended by the luck of a few held-out rows, it has not had its chance: CR404 tells.
    by_luck = case.stopped_early and not case.stopped_by_score and held_out_too_small(case)
    if by_luck and seen.learnable:
        return None
    held_out = case.kept_score
    what = "accuracy" if case.classifies else "R²"
    other = "" if held_out is None else f" ({held_out:.2f} on held-out rows)"
    return Finding(
        "CR401",
        "Underfitting",
        f"On {counted(len(case.x), 'training row')} the {what} is {seen.network:.2f}{other}: "
        f"guessing has {seen.guessing:.2f}, the {NEIGHBORS} nearest other rows would predict each "
        f"row with {seen.neighbors:.2f}, and a line through them with {seen.line:.2f}.",
        _more_freedom(case),
        {
            "quality": seen.network,
            "of_guessing": seen.guessing,
            "of_neighbors": seen.neighbors,
            "of_a_line": seen.line,
            "skill": case.skill,
            "held_out": held_out,
        },
    )


def _more_freedom(case: Case) -> str:
    """Say what keeps the network from learning, the likeliest first."""
    penalty, dropout = case.strong_penalty(), case.most_dropout
    if penalty is not None:
        name, strength = penalty
        return f"{name}={strength / 100:.2g} (now {strength:g}): the penalty is strong."
    if dropout >= HALF:
        return f"dropout=0.1 (now up to {dropout:g}): too little is left to learn with."
    seen = case.yardsticks
    if not seen.learnable:
        return "the inputs: neighbors and a line find next to nothing in these columns, either."
    if len(case.network.layers) == 1:
        return _better_line(case)
    if case.takes_steps and case.fallen < CREEPING:
        return f"{case.other_rate(case.needed_rate())}."
    hasty = case.stopped_by_score or case.setting("n_iter_no_change", 0) < PATIENT
    if case.stopped_early and hasty and last_quarter(case.train_loss)[0] > CREEPING:
        return _later(case)
    hidden, limit = case.network.sizes[1:-1], case.setting("max_iter")
    if case.all_epochs_used and last_quarter(case.train_loss)[0] > CREEPING:
        return f"{case.other_rate(3.0)}." if case.takes_steps else f"max_iter={4 * limit}."
    if sum(hidden) < _SMALL_NETWORK:
        return f"hidden_layer_sizes=(100,) (now {hidden})."
    if case.all_epochs_used:
        return f"max_iter={4 * limit} (now {limit})."
    wider = hidden * 2 if len(hidden) == 1 else tuple(2 * nodes for nodes in hidden)
    return f"hidden_layer_sizes={wider} (now {hidden})."


def _later(case: Case) -> str:
    """Say how to stop less early."""
    if case.stopped_by_score:
        return f"monitor='loss' (now {case.setting('monitor')!r}), which {FALLS_ON}."
    patience = case.setting("n_iter_no_change")
    return f"n_iter_no_change={5 * patience} (now {patience}), which waits longer before it stops."


def _better_line(case: Case) -> str:
    """Say what helps a network without hidden layers: a better line, or one that bends."""
    seen = case.yardsticks
    # Least squares is a poor line for three classes; one that was still moving may be better.
    unsettled = case.takes_steps and last_quarter(case.train_loss)[0] > CREEPING
    better = unsettled or seen.line - seen.network > AHEAD
    if better and seen.line > seen.neighbors - FAR_BEHIND:
        if case.network.loss == "perceptron":
            return "LogisticRegression, which also settles where no line makes no mistake."
        if case.setting("hidden_layer_sizes") is None and case.solver != "newton":
            return (
                f"solver='newton', which goes all the way to the best line (now {case.solver!r})."
            )
        if case.takes_steps:
            return f"{case.other_rate(case.needed_rate())}."
    if case.setting("hidden_layer_sizes") is not None:
        return "hidden_layer_sizes=(100,) (now ())."
    kind = "MLPClassifier" if case.classifies else "MLPRegressor"
    return f"a hidden layer, which can bend the line: {kind}(hidden_layer_sizes=(100,))."


def overfitting(case: Case) -> Finding | None:
    """CR402: a held-out loss that rises while the training loss goes on falling."""
    held_out, train = case.validation_loss, case.train_loss
    # With early stopping the weights are those of the best epoch: the rise was thrown away.
    if case.setting("early_stopping", False) or len(held_out) < 5:
        return None
    if not (np.isfinite(held_out).all() and np.isfinite(train).all()):
        return None
    best = int(held_out.argmin())
    end = float(np.median(held_out[-max(3, len(held_out) // 20) :]))
    rise = end - float(held_out[best])
    guessing = case.scale if math.isfinite(case.scale) else float(held_out[0])
    noise = float(np.median(np.abs(np.diff(held_out[len(held_out) // 2 :]))))
    clear = (
        rise > RISE * held_out[best]
        and rise > RISE_OF_GUESSING * guessing
        and rise > RISE_OF_NOISE * noise
    )
    if not clear or train[-1] > (1 - FELL) * train[best]:
        return None
    epoch = case.history[best].epoch
    return Finding(
        "CR402",
        "Overfitting",
        f"Since epoch {epoch} of {len(held_out)} the held-out loss has risen from "
        f"{show(held_out[best])} to {show(end)}, while the training loss fell from "
        f"{show(train[best])} to {show(train[-1])}.",
        "early_stopping=True, which keeps the weights of the best epoch.",
        {
            "epoch": epoch,
            "held_out_at_best": float(held_out[best]),
            "held_out_at_end": end,
            "train_at_best": float(train[best]),
            "train_at_end": float(train[-1]),
        },
    )


# ---------------------------------------------------------------------- classes


def class_never_predicted(case: Case) -> Finding | None:
    """CR403: a rare class, or label, that is predicted for no row, not even one of its own."""
    labels = None if case.sample is None else case.sample.labels
    if labels is None or not case.classifies or not case.history:
        return None
    never = [number for number in _rare(labels) if _is_never_predicted(case, labels, number)]
    if not never:
        return None
    rows = [int(_has(labels, number).sum()) for number in never]
    total = len(labels)
    told = [
        f"{_name(case, labels, number)!r} ({count:,} of {total:,} rows, {count / total:.1%})"
        for number, count in list(zip(never, rows, strict=True))[:_NAMED]
    ]
    more = [f"{len(never) - _NAMED} more"] if len(never) > _NAMED else []
    weighted = case.setting("class_weight", "") is not None or labels.shape[1] > 1
    what = "label" if labels.shape[1] > 1 else "class"
    return Finding(
        "CR403",
        f"A {what} that is never predicted",
        f"Not one of the rows looked at, its own among them, is predicted to be of {what} "
        f"{joined(told + more)}.",
        "sample_weight: let the rows of rare classes count more."
        if weighted
        else "class_weight='balanced', which lets the rows of rare classes count more.",
        {
            "classes": [_name(case, labels, number) for number in never],
            "rows": rows,
            "of_rows": total,
        },
    )


def _rare(labels: NDArray[Any]) -> list[int]:
    """Return the classes or labels that have some rows, but far fewer than their share."""
    several = labels.shape[1] > 1
    counts = labels.sum(axis=0) if several else np.bincount(labels[:, 0])
    share = len(labels) / (2 if several else max(2, int(np.count_nonzero(counts))))
    return [int(i) for i in np.flatnonzero((counts > 0) & (counts < RARE * share))]


def _has(labels: NDArray[Any], number: int) -> NDArray[np.bool_]:
    """Tell which rows are of this class, or have this label."""
    if labels.shape[1] > 1:
        return labels[:, number].astype(bool)
    return np.asarray(labels[:, 0] == number)


def _is_never_predicted(case: Case, labels: NDArray[Any], number: int) -> bool:
    sample = cast(Sample, case.sample)
    if _is_predicted(case, case.trace.z[-1], number):
        return False
    own = np.flatnonzero(_has(labels, number))[:_ROWS_OF_CLASS]
    logits = feedforward(case.network, case.parameters, sample.take(own)).z[-1]
    return not _is_predicted(case, logits, number)


def _is_predicted(case: Case, logits: Array, number: int) -> bool:
    """Whether any of these logits stands for this class or label."""
    if case.exclusive:
        return bool((logits.argmax(axis=1) == number).any())
    if logits.shape[1] > 1:
        return bool((logits[:, number] > 0).any())
    return bool(((logits[:, 0] > 0) == bool(number)).any())


def _name(case: Case, labels: NDArray[Any], number: int) -> Any:
    """Return the class as the person knows it, as plain data."""
    if labels.shape[1] > 1:
        return number
    return np.asarray(case.model.classes_)[number : number + 1].tolist()[0]


# ---------------------------------------------------------------------- held-out rows


def held_out_too_small(case: Case) -> Finding | None:
    """CR404: so few held-out rows that their score says little."""
    rows = case.setting("n_validation_")
    scores = case.validation_score[np.isfinite(case.validation_score)]
    # The error of another scorer's number is not known.
    if not rows or len(scores) == 0 or case.setting("monitor") not in ("score", "loss"):
        return None
    score, usual = float(scores.max()), float(np.median(scores[len(scores) // 2 :]))
    # Of many epochs the best is the luckiest, too.
    error = _standard_error(usual, int(rows), classifies=case.classifies)
    if error <= ERROR_OF_SCORE:
        return None
    what = "accuracy" if case.classifies else "R²"
    return Finding(
        "CR404",
        "Too few held-out rows to tell",
        f"The best {what} on {counted(int(rows), 'held-out row')} is {score:.2f}, the usual one "
        f"{usual:.2f}, with a standard error of {error:.2f}: on other rows "
        f"{usual - _CLEAR * error:.2f} would be no surprise.",
        _more_held_out(case, int(rows), error),
        {"rows": int(rows), "score": score, "usual": usual, "standard_error": error},
    )


def _standard_error(score: float, rows: int, *, classifies: bool) -> float:
    """Return about how far the score may be off by the luck of the rows."""
    if classifies:
        # One right and one wrong added (Laplace), so that a perfect score has an error.
        share = (min(max(score, 0.0), 1.0) * rows + 1) / (rows + 2)
        return math.sqrt(share * (1 - share) / (rows + 2))
    # Olkin & Finn (1995): 2R(1 − R²)/√n. Near R² = 0 that is too small; simulated with 12 and 50
    # rows, R² scatters there about as much as at a quarter.
    r2 = min(max(score, 0.25), 1.0)
    return 2 * math.sqrt(r2 / rows) * (1 - r2)


def _more_held_out(case: Case, rows: int, error: float) -> str:
    """Say how many rows it takes, or what to do where there are not so many."""
    # A standard error falls with the root of the number of rows.
    times = (error / ERROR_OF_SCORE) ** 2
    fraction = float(case.setting("validation_fraction") or 0)
    wanted = math.ceil(20 * fraction * times) / 20
    needed = counted(math.ceil(rows * times), "row")
    if not _held_out_by_fraction(case, rows, fraction):
        return f"validation_data with about {needed}."
    if wanted <= MOST_HELD_OUT:
        return f"validation_fraction={wanted:g} (now {fraction:g})."
    return f"cross-validation, which tests every row in turn: it would take {needed} held out."


def _held_out_by_fraction(case: Case, rows: int, fraction: float) -> bool:
    """Whether the held-out rows are that part of the rows, not a set of the person's own."""
    if not case.setting("early_stopping", False) or case.setting("validation_splitter") is not None:
        return False
    if case.sample is None:
        return True
    # The rows given may be all, or those that were left to learn from.
    wholes = case.sample.rows, case.sample.rows + rows
    return any(abs(rows - fraction * whole) <= 1 + _ROUNDED * rows for whole in wholes)
