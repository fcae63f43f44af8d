"""Comparisons within one process, where the rivals take turns: prints what they took as JSON.

    python pairs.py PAIR REPEATS

newton      logistic regression, two classes, by Newton's method against scikit-learn's
            newton-cholesky and lbfgs
newton-ten  the same with ten classes
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.special import log_softmax
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression as Rival

from chainrule import LogisticRegression
from statistic import ratio, spread

SAME_OPTIMUM = 1e-8  # by how much the errors may differ
REST = 0.2  # seconds, in which threads that still wait for work of the run before go to sleep

Runs = dict[str, Callable[[], Any]]


def newton(repeats: int, *, classes: int = 2) -> dict[str, Any]:
    """100,000 rows of 20 columns, alpha = 1 / C = 1."""
    X, y = make_classification(
        100_000, 20, n_informative=10, n_classes=classes, n_clusters_per_class=2, random_state=0
    )
    runs: Runs = {"chainrule": partial(LogisticRegression(solver="newton", tol=1e-6).fit, X, y)}
    for solver in ("newton-cholesky", "lbfgs"):
        runs[solver] = partial(Rival(solver=solver, tol=1e-6, max_iter=10_000).fit, X, y)
    errors = {name: error(run(), X, y) for name, run in runs.items()}
    if max(errors.values()) - min(errors.values()) > SAME_OPTIMUM:
        raise SystemExit(f"RuntimeError: not the same optimum, {errors}; times mean nothing")
    times = in_turn(runs, repeats)
    return {
        name: {
            "times": times[name],
            **spread(times[name]),
            "ratio": ratio(times["chainrule"], times[name]),
            "quality": errors[name],
        }
        for name in runs
    }


def in_turn(runs: Runs, repeats: int) -> dict[str, list[float]]:
    """Return the seconds that each took, one after the other, over and over."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            time.sleep(REST)
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return times


def error(model: Any, X: Any, y: Any) -> float:
    """Return the penalized error that all of them minimize, by scikit-learn's coefficients."""
    z = X @ model.coef_.T + model.intercept_
    if z.shape[1] == 1:
        z = np.hstack([np.zeros_like(z), z])
    rows = -log_softmax(z, axis=1)[np.arange(len(y)), y]
    return float((rows.sum() + 0.5 * (model.coef_**2).sum()) / len(y))


PAIRS = {"newton": newton, "newton-ten": partial(newton, classes=10)}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    name, repeats = sys.argv[1:]
    print(json.dumps({"workload": name, "contestants": PAIRS[name](int(repeats))}))
