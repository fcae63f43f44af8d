"""Comparisons within one process, where the rivals take turns: prints what they took as JSON.

newton      logistic regression, two classes, by Newton's method against scikit-learn's
            newton-cholesky and lbfgs
newton-ten  the same with ten classes
restarts    sixteen starts of one network against sixteen fits of scikit-learn's under joblib
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.special import log_softmax
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression as Rival
from sklearn.neural_network import MLPClassifier as RivalNetwork

from chainrule import LogisticRegression, MLPClassifier

SAME_OPTIMUM = 1e-8  # by how much the errors may differ
SAME_SCORE = 0.01
REST = 0.2  # seconds, in which threads that still wait for work of the run before go to sleep
STARTS = 16

Quality = dict[str, float]
Runs = dict[str, Callable[[], Any]]


def compare(runs: Runs, check: Callable[[dict[str, Any]], Quality], repeats: int) -> dict[str, Any]:
    """Run each once, check that they did the same, then run them in turn against the clock."""
    quality = check({name: run() for name, run in runs.items()})
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            time.sleep(REST)
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    ours, *others = runs
    ratios = {
        other: statistics.median(b / a for a, b in zip(times[ours], times[other], strict=True))
        for other in others
    }
    return {"seconds": times, "ratios": ratios, "quality": quality}


# ------------------------------------------------------------------ logistic regression


def newton(repeats: int, *, classes: int = 2) -> dict[str, Any]:
    """100,000 rows of 20 columns, alpha = 1 / C = 1."""
    X, y = make_classification(
        100_000, 20, n_informative=10, n_classes=classes, n_clusters_per_class=2, random_state=0
    )
    runs: Runs = {"chainrule": partial(LogisticRegression(solver="newton", tol=1e-6).fit, X, y)}
    for solver in ("newton-cholesky", "lbfgs"):
        runs[solver] = partial(Rival(solver=solver, tol=1e-6, max_iter=10_000).fit, X, y)

    def check(models: dict[str, Any]) -> Quality:
        errors = {name: error(model, X, y) for name, model in models.items()}
        if max(errors.values()) - min(errors.values()) > SAME_OPTIMUM:
            raise SystemExit(f"not the same optimum, {errors}; times mean nothing")
        return errors

    return compare(runs, check, repeats)


def error(model: Any, X: Any, y: Any) -> float:
    """Return the penalized error that all of them minimize, by scikit-learn's coefficients."""
    z = X @ model.coef_.T + model.intercept_
    if z.shape[1] == 1:
        z = np.hstack([np.zeros_like(z), z])
    rows = -log_softmax(z, axis=1)[np.arange(len(y)), y]
    return float((rows.sum() + 0.5 * (model.coef_**2).sum()) / len(y))


# ------------------------------------------------------------------ sixteen starts


def restarts(repeats: int) -> dict[str, Any]:
    """2,000 rows of 20 columns, 32 hidden nodes, mini-batches of 32, 40 epochs, each 16 times."""
    X, y = make_classification(4000, 20, n_informative=10, n_clusters_per_class=4, random_state=0)
    X, y, held_out = X[:2000], y[:2000], (X[2000:], y[2000:])
    settings = {
        "hidden_layer_sizes": (32,),
        "batch_size": 32,
        "max_iter": 40,
        "tol": 0.0,
        "n_iter_no_change": 1000,
    }
    ours = MLPClassifier(**settings, restarts=STARTS, random_state=0)
    rivals = [RivalNetwork(**settings, random_state=seed) for seed in range(STARTS)]
    workers = Parallel(n_jobs=2)
    runs: Runs = {
        # Ours also follows every start on the held-out rows, epoch by epoch.
        "chainrule": lambda: ours.fit(X, y, validation_data=held_out),
        "scikit-learn": lambda: workers(delayed(quietly)(rival, X, y) for rival in rivals),
    }

    def check(models: dict[str, Any]) -> Quality:
        mine = [run.history[-1].validation_score for run in models["chainrule"].restarts_]
        theirs = [model.score(*held_out) for model in models["scikit-learn"]]
        scores = {"chainrule": statistics.mean(mine), "scikit-learn": statistics.mean(theirs)}
        if abs(scores["chainrule"] - scores["scikit-learn"]) > SAME_SCORE:
            raise SystemExit(f"mean held-out scores differ, {scores}; times mean nothing")
        return scores

    return compare(runs, check, repeats)


def quietly(model: Any, X: Any, y: Any) -> Any:
    """Fit without a warning that the epochs were too few."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y)


RUNS = {"newton": newton, "newton-ten": partial(newton, classes=10), "restarts": restarts}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps({"workload": sys.argv[1], **RUNS[sys.argv[1]](int(sys.argv[2]))}))
