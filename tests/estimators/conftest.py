"""Small tables, one for each kind of task."""

import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

# For trainings_held_open, which several tests go on with.
sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("trainings_held_open")


def make_table(task, rows=60):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(rows, 6)) * (rng.uniform(size=(rows, 6)) < 0.8)
    score = X @ rng.normal(size=(6, 3)) + 0.3 * rng.normal(size=(rows, 3))
    y = {
        "binary": np.where(score[:, 0] > 0, "yes", "no"),
        "multiclass": np.array(["a", "b", "c"])[score.argmax(axis=1)],
        "multilabel": (score > 0).astype(int),
        "regression": score[:, 0],
        "poisson": rng.poisson(np.exp(0.5 * score[:, 0])).astype(float),
        "multioutput": score,
    }[task]
    return X, y


@pytest.fixture
def table():
    """Return X and y of a task: table("binary")."""
    return make_table


@pytest.fixture(params=[sp.csr_array, sp.csc_array, sp.csr_matrix], ids=lambda kind: kind.__name__)
def sparse_kind(request):
    return request.param
