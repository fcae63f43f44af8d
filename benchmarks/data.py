"""The data of each row of the table: written to a file once, read by every contestant's process."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, load_iris, make_classification

from network import Array
from split import Split
from workloads import Workload

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")


def make_split(workload: Workload) -> Split:
    """Return the data of a row of the table."""
    make = {
        "tiny": _exclusive_or,
        "digits": _digits,
        "pictures": _pictures,
        "wide": _pictures,
        "first-fit": _iris,
    }
    X, y, source = make.get(workload.name, _classification)(workload)
    n = workload.rows
    X = np.ascontiguousarray(X, np.float32)
    y = np.asarray(y, np.int64)
    rest = slice(0, None) if len(X) == n else slice(n, None)
    return Split(X[:n], y[:n], X[rest], y[rest], source)


def _exclusive_or(workload: Workload) -> tuple[Array, Array, str]:
    X = np.random.RandomState(0).uniform(-1, 1, (workload.rows + 2000, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int), "exclusive or"


def _classification(workload: Workload) -> tuple[Array, Array, str]:
    X, y = make_classification(
        workload.rows + 5000,
        workload.network.columns,
        n_informative=workload.network.columns // 2,
        n_classes=workload.network.classes,
        n_clusters_per_class=4 if workload.network.hidden else 1,
        random_state=0,
    )
    return X, y, "make_classification"


def _iris(_: Workload) -> tuple[Array, Array, str]:
    X, y = load_iris(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y, "iris"


def _digits(workload: Workload) -> tuple[Array, Array, str]:
    X, y = load_digits(return_X_y=True)
    random = np.random.RandomState(0)
    held_out = random.permutation(len(X)) < 300
    picked = random.choice(np.flatnonzero(~held_out), workload.rows)
    noisy = X[picked] / 16 + random.normal(0, 0.1, (workload.rows, workload.network.columns))
    return np.vstack([noisy, X[held_out] / 16]), np.r_[y[picked], y[held_out]], "digits with noise"


def _pictures(workload: Workload) -> tuple[Array, Array, str]:
    if not FASHION_MNIST.exists():
        X, y, _ = _classification(workload)
        return X, y, "make_classification (Debian's dataset-fashion-mnist is not installed)"
    images, labels = [], []
    for part in ("train", "t10k"):
        with gzip.open(FASHION_MNIST / f"{part}-images-idx3-ubyte.gz") as file:
            images.append(np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784))
        with gzip.open(FASHION_MNIST / f"{part}-labels-idx1-ubyte.gz") as file:
            labels.append(np.frombuffer(file.read(), np.uint8, offset=8))
    X, y = np.vstack(images) / np.float32(255), np.concatenate(labels)
    picked = np.r_[: workload.rows, 60_000:70_000]
    return X[picked], y[picked], "Fashion-MNIST"
