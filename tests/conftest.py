"""What has to be set before numba and jax are first imported."""

from __future__ import annotations

import hashlib
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest


def _cache_folder() -> str:
    """Name the compiled engine's folder by the content of every file that it is compiled from.

    Numba itself looks only at the file of the function that is called, not at the files of the
    functions that this one calls, so that an old machine code could be tested in place of the new.
    """
    spec = find_spec("chainrule")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    content = hashlib.sha256()
    for room in ("network", "mathematics"):  # the codes of activations and losses are compiled in
        for file in sorted((package / room).glob("*.py")):
            content.update(file.name.encode() + b"\0" + file.read_bytes())
    user = os.getuid() if hasattr(os, "getuid") else "user"
    name = f"chainrule-tests-{user}-{content.hexdigest()[:16]}"
    return str(Path(tempfile.gettempdir()) / name)


os.environ["NUMBA_CACHE_DIR"] = _cache_folder()
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"  # each formula is compiled for one call only

# Every run draws the same examples, and none is failed for being slow on a busy machine.
hypothesis.settings.register_profile(
    "chainrule", derandomize=True, deadline=None, database=None, max_examples=100
)
hypothesis.settings.load_profile("chainrule")


@pytest.fixture(autouse=True)
def _same_draws_in_every_run():
    """Seed NumPy's shared generator, which an estimator without a `random_state` draws from."""
    import numpy as np

    np.random.seed(0)  # noqa: NPY002 (it is the one that scikit-learn's estimators draw from)


@pytest.fixture
def rng():
    import numpy as np

    return np.random.default_rng(0)
