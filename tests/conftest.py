"""What has to be set before jax is first imported, and what every test begins with."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys

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


@pytest.fixture(autouse=True)
def _no_figures_left():
    """Close what a test has drawn: the next one in its process begins without figures."""
    yield
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        pyplot.close("all")


@pytest.fixture
def rng():
    import numpy as np

    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def worked():
    """Return what makes the curriculum's worked network: 2–2–1 nodes, all sigmoid, log loss."""

    def make(answers=(0, 1), **settings):
        import numpy as np

        from chainrule import MLPClassifier

        settings = {"solver": "gd", "alpha": 0.0, "learning_rate_init": 0.5, **settings}
        model = MLPClassifier((2,), activation="sigmoid", **settings)
        model.initialize([[1.0, 2.0], [2.0, 1.0]], answers)
        model.coefs_ = [np.array([[0.1, -0.2], [0.4, 0.3]]), np.array([[0.6], [-0.5]])]
        model.intercepts_ = [np.array([0.05, -0.1]), np.array([0.2])]
        return model

    return make


@contextlib.contextmanager
def _chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # as all other waiting of playwright's
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def open_browser():
    """Return what starts a browser and ends it; a thread may have one at a time."""
    return _chromium


@pytest.fixture(scope="module")
def browser(open_browser):
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def violations():
    """Return what finds, by axe-core, what not everyone can read on a page or in a part of it."""
    from axe_core_python.sync_playwright import Axe

    def find(page, where="html"):
        if page.evaluate("typeof axe") == "undefined":
            page.evaluate(Axe().axe_script)
        # Only what is wrong is asked for: all else that it found is long.
        return page.evaluate(
            """async (where) => {
              const { violations } = await axe.run(where, { resultTypes: ["violations"] });
              return violations.map(({ id, nodes }) =>
                [id, nodes.slice(0, 3).map(({ html }) => html.slice(0, 300))]);
            }""",
            where,
        )

    return find
