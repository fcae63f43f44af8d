"""The workloads: rows, a network, and how long to train it."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits, make_classification

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")

Split = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class Workload:
    """One row of the benchmark: what is trained, for how many epochs, and the speed to reach."""

    name: str
    rows: int
    columns: int
    classes: int
    hidden: tuple[int, ...]
    batch: int
    epochs: int
    goal: float

    def __str__(self) -> str:
        """Say it as the tables do."""
        return f"{self.rows:,}×{self.columns}, {self.hidden}, {self.classes}, batch {self.batch}"


WORKLOADS = {
    w.name: w
    for w in (
        Workload("tiny", 100, 2, 2, (4,), 100, 3000, 15),
        Workload("small", 10_000, 20, 2, (64, 64), 32, 15, 12),
        Workload("digits", 10_000, 64, 10, (100,), 200, 40, 4),
        Workload("pictures", 60_000, 784, 10, (256,), 128, 3, 2),
    )
}


PAIRS = ("newton", "newton-ten", "restarts")
"""What is compared within one process, by pairs.py."""


def load(workload: Workload) -> tuple[Split, str]:
    """Return train and test rows in float32, and where they are from."""
    make = {"tiny": _exclusive_or, "digits": _digits, "pictures": _pictures}
    X, y, source = make.get(workload.name, _classification)(workload)
    n = workload.rows
    return (X[:n].astype(np.float32), y[:n], X[n:].astype(np.float32), y[n:]), source


def _exclusive_or(workload: Workload) -> tuple[NDArray[Any], NDArray[Any], str]:
    X = np.random.RandomState(0).uniform(-1, 1, (workload.rows + 2000, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int), "exclusive or"


def _classification(workload: Workload) -> tuple[NDArray[Any], NDArray[Any], str]:
    X, y = make_classification(
        workload.rows + 5000,
        workload.columns,
        n_informative=workload.columns // 2,
        n_classes=workload.classes,
        n_clusters_per_class=4,
        random_state=0,
    )
    return X, y, "make_classification"


def _digits(workload: Workload) -> tuple[NDArray[Any], NDArray[Any], str]:
    X, y = load_digits(return_X_y=True)
    random = np.random.RandomState(0)
    held_out = random.permutation(len(X)) < 300
    picked = random.choice(np.flatnonzero(~held_out), workload.rows)
    noisy = X[picked] / 16 + random.normal(0, 0.1, (workload.rows, workload.columns))
    return np.vstack([noisy, X[held_out] / 16]), np.r_[y[picked], y[held_out]], "digits with noise"


def _pictures(workload: Workload) -> tuple[NDArray[Any], NDArray[Any], str]:
    if not FASHION_MNIST.exists():
        X, y, _ = _classification(workload)
        return X, y, "make_classification (Debian's dataset-fashion-mnist is not installed)"
    images, labels = [], []
    for part in ("train", "t10k"):
        with gzip.open(FASHION_MNIST / f"{part}-images-idx3-ubyte.gz") as file:
            images.append(np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784))
        with gzip.open(FASHION_MNIST / f"{part}-labels-idx1-ubyte.gz") as file:
            labels.append(np.frombuffer(file.read(), np.uint8, offset=8))
    return np.vstack(images) / np.float32(255), np.concatenate(labels), "Fashion-MNIST"
