"""What has to be set before jax is first imported, and what every test begins with."""

from __future__ import annotations

import os
import signal

import hypothesis
import pytest

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"  # each formula is compiled for one call only

# Every run draws the same examples, and none is failed for being slow on a busy machine.
hypothesis.settings.register_profile(
    "chainrule", derandomize=True, deadline=None, database=None, max_examples=100
)
hypothesis.settings.load_profile("chainrule")

# A shell that starts something in the background has it ignore Ctrl-C, which some tests press.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _same_draws_in_every_run():
    """Seed NumPy's shared generator, which an estimator without a `random_state` draws from."""
    import numpy as np

    np.random.seed(0)  # noqa: NPY002 (it is the one that scikit-learn's estimators draw from)


@pytest.fixture
def rng():
    import numpy as np

    return np.random.default_rng(0)
