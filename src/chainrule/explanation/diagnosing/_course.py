"""Findings in the course of training: the loss from epoch to epoch."""

from __future__ import annotations

import numpy as np

from chainrule.explanation._case import BEHIND, Case
from chainrule.explanation.diagnosing._finding import Finding, counted, show
from chainrule.mathematics.arrays import Array

__all__ = ["diverged", "last_quarter", "learning_rate_too_high", "still_falling"]

# One tenth: the usual next rate to try, downwards or upwards.
_TENFOLD = 10.0
# On scaled data no solver diverges with it.
_SAFE_RATE = 0.01

# ------------------------------------------------------------------ thresholds of CR202

# The last epochs' loss above the first one's, by more than mini-batches make it waver.
RISE = 1.1
# Or twice the lowest, and worse than guessing.
RISE_FROM_LOWEST = 2.0
# The mean loss of the first epoch, in errors of a network that has learned nothing; first weights
# alone make it up to about twice that.
WILD = 10.0
# The mean change from epoch to epoch in the second half, in units of the error of guessing. In
# fits of eleven tables at good rates it stayed below 0.01; at ten times those rates it was 0.02 and
# more, and the networks were worse.
WAVER = 0.025
# Up and down: a loss that falls steadily also changes, but does not rise.
UPWARD = 0.3
# With half of the nodes dropped out at random, the loss that is met wavers at any rate.
HALF = 0.5
# Fewer epochs than these do not show whether a loss goes up and down.
_FEW = 10

# ------------------------------------------------------------------ thresholds of CR203

# The share of the whole fall that the last quarter of the epochs brought. A straight line brings
# 0.25; an exponential that has run for two time constants 0.10, for three 0.06.
FALL = 0.1
# As good as straight: the rate could be ten times as high.
STRAIGHT = 0.2
# A loss that also rises in many epochs does not fall steadily.
STEADY = 0.25
# A network that is worse than its columns allow is given less time to settle: three time constants.
FALL_BEHIND = 0.05
FALLS_ON = "goes on falling where a score stands still"
# Fewer epochs in all: not the rate, but the number of epochs is what was chosen too small.
_SHORT_RUN = 50
# A quarter of fewer epochs than these is a single one.
_LEAST = 8


def diverged(case: Case) -> Finding | None:
    """CR201: a loss, or a weight, that is not a finite number."""
    losses = case.train_loss
    bad = np.flatnonzero(~np.isfinite(losses))
    if len(bad) == 0 and case.finite:
        return None
    if len(bad) == 0:
        count = int((~np.isfinite(case.parameters)).sum())
        evidence = f"{count:,} of {counted(len(case.parameters), 'weight')} are not finite numbers."
        numbers: dict[str, object] = {"weights": count}
    else:
        epoch = case.history[bad[0]].epoch
        before = float(losses[bad[0] - 1]) if bad[0] > 0 else None
        course = "" if before is None else f", after {show(before)} in the epoch before"
        rate = case.history[bad[0]].learning_rate
        with_rate = f", with a learning rate of {show(rate)}" if case.takes_steps else ""
        evidence = f"The loss was no longer a finite number in epoch {epoch}{course}{with_rate}."
        numbers = {"epoch": epoch, "loss_before": before}
    return Finding("CR201", "Training diverged", evidence, _smaller_steps(case), numbers)


def _smaller_steps(case: Case) -> str:
    rate = case.rate
    if rate is None:
        return "put a StandardScaler before the network: make_pipeline(StandardScaler(), model)."
    # A rate so large that it diverges may do so when it is ten times smaller, too.
    return f"{case.other_rate(min(1 / _TENFOLD, _SAFE_RATE / rate))}."


def learning_rate_too_high(case: Case) -> Finding | None:
    """CR202: a loss that ends higher than it began, or goes up and down to the end."""
    losses = case.train_loss[np.isfinite(case.train_loss)]
    if not case.takes_steps or len(losses) < 3:
        return None
    seen = _rose(case, losses) or _began_wild(case, losses) or _wavers(case, losses)
    if seen is None:
        return None
    evidence, numbers = seen
    rate = show(case.history[-1].learning_rate)
    return Finding(
        "CR202",
        "The learning rate is too high",
        f"{evidence}, with a learning rate of {rate}.",
        f"{case.other_rate(1 / _TENFOLD)}.",
        numbers,
    )


def _rose(case: Case, losses: Array) -> tuple[str, dict[str, float]] | None:
    """Whether the loss ended clearly higher than it had been."""
    first, lowest = float(losses[0]), float(losses.min())
    end = float(np.median(losses[-max(1, len(losses) // 10) :]))
    numbers = {"first": first, "lowest": lowest, "end": end}
    if end > RISE * first:
        return f"The loss rose from {show(first)} in the first epoch to {show(end)}", numbers
    if end > RISE_FROM_LOWEST * lowest and end > case.scale:
        at = int(losses.argmin()) + 1
        return f"The loss rose from {show(lowest)} in epoch {at} to {show(end)}", numbers
    return None


def _began_wild(case: Case, losses: Array) -> tuple[str, dict[str, float]] | None:
    """Whether the first steps threw the network so far off that it did not come back."""
    # Without the penalty, which a person may have made as strong as they like.
    first = case.history[0].data_loss or float(losses[0])
    times = first / case.unlearned_error
    # Dropped-out nodes and large first weights make a loss large at any rate.
    small = case.setting("initialization") not in ("uniform", "normal")
    usual = small and case.most_dropout < HALF
    if not times > WILD or case.has_coped or not usual:
        return None
    return (
        f"The first epoch's loss, {show(first)}, was {show(times)} times that of a network that "
        "has learned nothing"
    ), {"first": first, "times_unlearned": times}


def _wavers(case: Case, losses: Array) -> tuple[str, dict[str, float]] | None:
    """Whether the loss goes up and down in the second half, by an amount that matters."""
    changes = np.diff(losses[len(losses) // 2 :])
    # Parts of the rows, each with a loss of its own, waver at any rate; so do disturbed rows.
    restless = case.grew_by_parts or case.most_dropout >= HALF or case.disturbs_inputs
    if len(losses) < _FEW or restless:
        return None
    size, upward = float(np.abs(changes).mean()), float((changes > 0).mean())
    share = size / case.scale
    if not (share > WAVER and upward >= UPWARD):
        return None
    return (
        f"In the second half of the {len(losses)} epochs the loss rose in {upward:.0%} of them, "
        f"and changed by {show(size)} a time, {share:.0%} of the error of guessing"
    ), {"mean_change": size, "share_of_guessing": share, "upward": upward}


def still_falling(case: Case) -> Finding | None:
    """CR203: a loss that was still falling steadily in the last quarter of the epochs."""
    losses = case.train_loss
    if len(losses) < _LEAST or not np.isfinite(losses).all() or not _ended_by_itself(case):
        return None
    share, upward = last_quarter(losses)
    enough = FALL_BEHIND if case.behind_its_kind > 0 else FALL
    if share < enough or upward > STEADY or _held_out_is_done(case) or case.has_learned:
        return None
    epochs = len(losses) // 4
    return Finding(
        "CR203",
        "The learning rate is too low, or the epochs too few",
        f"Training {_why_it_ended(case)} while the loss was still falling: the last {epochs} of "
        f"{len(losses)} epochs brought {share:.0%} of its fall from {show(losses[0])} to "
        f"{show(losses[-1])}.",
        f"{_faster(case, share)}.",
        {
            "first": float(losses[0]),
            "end": float(losses[-1]),
            "share_of_fall": share,
            "epochs": epochs,
        },
    )


def _why_it_ended(case: Case) -> str:
    if case.all_epochs_used:
        return f"reached max_iter={case.setting('max_iter')}"
    return "stopped because a held-out score stood still," if case.stopped_by_score else "stopped"


def last_quarter(losses: Array) -> tuple[float, float]:
    """Tell how the loss went towards the end.

    Parameters
    ----------
    losses : array of shape (epochs,)
        Of all epochs.

    Returns
    -------
    (float, float)
        The last quarter's share of the whole fall, 0 if there was none; and the share of the
        epochs of the second half that rose: a quarter of few epochs falls by chance, too.
    """
    quarter = losses[-1 - len(losses) // 4 :]
    whole, last = float(losses[0] - losses[-1]), float(quarter[0] - quarter[-1])
    if len(quarter) < 2 or not whole > 0:
        return 0.0, 0.0
    return last / whole, float((np.diff(losses[len(losses) // 2 :]) > 0).mean())


def _ended_by_itself(case: Case) -> bool:
    """Whether training came to its end: not partial_fit, a callback, or a person's Ctrl-C."""
    if case.grew_by_parts:
        return False
    if case.all_epochs_used:
        return True
    # A score, an accuracy above all, stands still long before the loss does; so it is asked
    # whether that was too early.
    if case.stopped_by_score:
        return case.behind_its_kind > BEHIND
    return "did not improve" in str(case.setting("stopping_reason_"))


def _held_out_is_done(case: Case) -> bool:
    """Whether the held-out loss was lowest before the last quarter: more would not help."""
    held_out = case.validation_loss
    if not np.isfinite(held_out).any():
        return False
    return bool(np.nanargmin(held_out) < len(held_out) - 1 - len(held_out) // 4)


def _faster(case: Case, share: float) -> str:
    limit = case.setting("max_iter", len(case.history))
    if case.rate is None or (case.all_epochs_used and len(case.history) < _SHORT_RUN):
        return f"max_iter={max(200, 4 * limit)} (now {limit})"
    factor, monitor = case.needed_rate(), case.setting("monitor")
    if case.stopped_by_score and factor <= _TENFOLD:
        return f"monitor='loss' (now {monitor!r}), which {FALLS_ON}"
    return case.other_rate(factor if share >= STRAIGHT else 3.0)
