"""Machine code on disk: found again, made anew when damaged, loaded without the compiler."""

import os
import stat
import subprocess
import sys

import numpy as np
import pytest

from chainrule.network import Architecture
from chainrule.network.machine_code import Kernel

NETWORK = Architecture((2, 1), (), "log_loss")


def predict(kernel, *, dtype=np.float64, x=None):
    x = np.ones((3, 2), dtype) if x is None else x
    out = np.full((3, 1), np.nan, dtype)
    finite = kernel(NETWORK.plan, np.zeros((1, 3), dtype), x, np.empty(3, dtype), out)
    assert finite
    np.testing.assert_array_equal(out, 0.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which one kernel is kept."""
    path = tmp_path_factory.mktemp("code")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_CACHE_DIR", str(path))
        predict(Kernel("kernels", "predict_rows"))
        yield path


def kept(folder):
    (path,) = folder.iterdir()  # and nothing unfinished beside it
    return path


def test_it_is_kept_and_found_again(folder, monkeypatch):
    assert kept(folder).suffix == ".code"
    monkeypatch.setattr(Kernel, "_compile", None)
    predict(Kernel("kernels", "predict_rows"))


@pytest.mark.skipif(sys.platform == "win32", reason="its files have other permissions")
def test_others_may_read_it(folder):
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(kept(folder).stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize(
    "damage",
    [lambda code: code[:-100], lambda code: code[:10], lambda _: b"", lambda code: code[::-1]],
    ids=["truncated", "cut in its first line", "empty", "something else"],
)
def test_a_damaged_file_is_replaced(folder, damage):
    whole = kept(folder).read_bytes()
    kept(folder).write_bytes(damage(whole))
    predict(Kernel("kernels", "predict_rows"))
    assert len(kept(folder).read_bytes()) > len(whole) / 2
    predict(Kernel("kernels", "predict_rows"))


@pytest.mark.parametrize("other", ["NAME", "FEATURES", "_sources", "_toolchain"])
def test_another_processor_source_or_compiler_has_code_of_its_own(folder, other, monkeypatch):
    module = sys.modules[Kernel.__module__]
    monkeypatch.setattr(module, other, "another" if other.isupper() else lambda: "another")
    asked = []

    def compile_it(_, arguments):
        asked.append(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Kernel, "_compile", compile_it)
    with pytest.raises(KeyboardInterrupt):
        predict(Kernel("kernels", "predict_rows"))
    assert len(asked) == 1
    assert kept(folder)


def test_it_is_chosen_by_the_types_of_the_arguments():
    kernel = Kernel("kernels", "predict_rows")
    for dtype in (np.float32, np.float64, np.float32):
        predict(kernel, dtype=dtype)
    assert kernel.signatures == 2


ONES = np.ones((2, 3))
FROZEN = np.ones((3, 2))
FROZEN.flags.writeable = False


@pytest.mark.parametrize("x", [ONES.T, FROZEN, np.ones((3, 4))[:, ::2]])
@pytest.mark.parametrize("called", [False, True])
def test_arrays_that_lie_otherwise_are_refused(x, called):
    kernel = Kernel("kernels", "predict_rows")
    if called:
        predict(kernel)
    with pytest.raises(TypeError, match="predict_rows takes arrays that are C-contiguous, aligned"):
        predict(kernel, x=x)
    predict(kernel)


WITHOUT_COMPILER = """
import sys
import numpy as np
from chainrule import MLPClassifier, MLPRegressor
random = np.random.default_rng(0)
for dtype in (np.float32, np.float64):
    x = random.normal(size=(60, 3)).astype(dtype)
    for solver in ("adam", "muon", "lbfgs"):
        settings = {"solver": solver, "max_iter": 3, "hidden_layer_sizes": (4, 4)}
        for model, y in ((MLPClassifier, x[:, 0] > 0), (MLPRegressor, x[:, 0])):
            model(**settings).fit(x, y).predict(x)
print(sorted({"numba", "chainrule.network.kernels"} & set(sys.modules)))
"""


def test_what_is_kept_needs_no_compiler():
    for expected in (None, "[]\n"):  # the first may have something to compile
        command = [sys.executable, "-W", "ignore", "-c", WITHOUT_COMPILER]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert expected is None or (done.stdout, done.stderr) == (expected, "")
