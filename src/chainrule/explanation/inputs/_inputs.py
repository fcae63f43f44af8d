"""Findings about the numbers that a network is given: their scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chainrule.explanation._case import Case
from chainrule.explanation.diagnosing._finding import Finding, counted, joined, show
from chainrule.mathematics.arrays import Array

__all__ = ["inputs_not_scaled", "targets_not_scaled"]

# Networks are initialized for columns of size about 1, and a standardized column is of size 1
# exactly. Ten times that is harmless with Adam; centimeters, counts and grades stay below it.
LARGE = 10.0
# Ten times less than a standardized column varies.
SMALL = 0.1
# A column that varies by less than a tenth of its mean is hardly told apart from the bias.
FAR = 10.0
# More than half zeros: a rare category or a word count, small on average by its nature.
MOSTLY_ZERO = 0.5
# More names than these do not fit into a sentence.
_NAMED = 3


def inputs_not_scaled(case: Case) -> Finding | None:
    """CR101: columns whose size, spread or distance from 0 is far from what a network expects."""
    # Newton's steps are the same whatever the scale of the columns.
    if case.solver == "newton" or case.sample is None:
        return None
    means, spreads = case.x.mean(axis=0), case.x.std(axis=0)
    badness = _badness(case.x, means, spreads)
    bad = np.flatnonzero(badness > 1)
    if len(bad) == 0:
        return None
    worst = bad[np.argsort(-badness[bad], kind="stable")].tolist()
    told = [
        f"{case.sample.name(j)} (mean {show(means[j])}, standard deviation {show(spreads[j])})"
        for j in worst[:_NAMED]
    ]
    more = [f"{len(worst) - _NAMED} more"] if len(worst) > _NAMED else []
    columns = len(means)
    verb = "has" if len(bad) == 1 else "have"
    return Finding(
        "CR101",
        "The inputs are not scaled",
        f"{len(bad)} of {counted(columns, 'column')} {verb} a mean or a spread far from the 0 and "
        f"1 that a network is made for: {joined(told + more)}.",
        "put a StandardScaler before the network: make_pipeline(StandardScaler(), model).",
        {
            "columns": [case.sample.name(j).strip("'") for j in worst],
            "means": means[worst].tolist(),
            "standard_deviations": spreads[worst].tolist(),
            "of_columns": columns,
        },
    )


def _badness(x: Array, means: Array, spreads: Array) -> Array:
    """How many times each column is past a bound; above 1 it is not scaled."""
    size = np.sqrt(means**2 + spreads**2)
    worst = size / LARGE
    usual = (spreads > 0) & ~_two_valued(x) & ((x == 0).mean(axis=0) <= MOSTLY_ZERO)
    with np.errstate(divide="ignore", invalid="ignore"):
        small = np.where(usual, SMALL / spreads, 0)
        far = np.where(usual, np.abs(means) / (FAR * spreads), 0)
    return np.asarray(np.maximum(worst, np.maximum(small, far)))


def _two_valued(x: Array) -> NDArray[np.bool_]:
    """Yes and no, in whatever numbers: nearly always the same, and still well scaled."""
    return np.asarray(((x == x.min(axis=0)) | (x == x.max(axis=0))).all(axis=0))


def targets_not_scaled(case: Case) -> Finding | None:
    """CR102: numbers to predict that are far from the size of what a network puts out at first."""
    # L-BFGS and Newton choose the length of their steps by the error itself.
    if case.network.loss != "half_squared_error" or not case.takes_steps:
        return None
    means, spreads = case.y.mean(axis=0), case.y.std(axis=0)
    size = np.sqrt(means**2 + spreads**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        badness = np.maximum(size / LARGE, np.where(spreads > 0, SMALL / spreads, 0))
    worst = int(badness.argmax())
    if badness[worst] <= 1 or case.has_coped:
        return None
    which = "The targets have" if len(means) == 1 else f"Output {worst} of the targets has"
    return Finding(
        "CR102",
        "The targets are not scaled",
        f"{which} a mean of {show(means[worst])} and a standard deviation of "
        f"{show(spreads[worst])}, while a network starts with predictions of about 0 to 1.",
        "wrap the model: TransformedTargetRegressor(model, transformer=StandardScaler()).",
        {
            "output": worst,
            "mean": float(means[worst]),
            "standard_deviation": float(spreads[worst]),
        },
    )
