"""Machine code on disk: found again, made anew when damaged, loaded without the compiler."""

import json
import os
import platform
import stat
import subprocess
import sys

import numpy as np
import pytest

from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS
from chainrule.network import Architecture
from chainrule.network.code_image import CodeImage
from chainrule.network.machine_code import Kernel

NETWORK = Architecture((2, 1), (), "log_loss")
LINKED_HERE = sys.platform == "linux" and platform.machine() == "x86_64"


def predict(kernel, *, dtype=np.float64, x=None):
    x = np.ones((3, 2), dtype) if x is None else x
    out = np.full((3, 1), np.nan, dtype)
    finite = kernel(NETWORK.plan, np.zeros((1, 3), dtype), x, np.empty(3, dtype), out)
    assert finite
    np.testing.assert_array_equal(out, 0.5)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The object file of a kernel, and a folder in which what became of it is kept."""
    path, made = tmp_path_factory.mktemp("code"), []
    compile_it = Kernel._compile

    def remember(kernel, arguments):
        made.append(compile_it(kernel, arguments))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_CACHE_DIR", str(path))
        patch.setattr(Kernel, "_compile", remember)
        predict(Kernel("kernels", "predict_rows"))
    (object_file,) = made
    return object_file, path


@pytest.fixture
def folder(compiled, monkeypatch):
    """A folder in which one kernel is kept; what would be compiled anew has been already."""
    object_file, path = compiled
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(path))
    monkeypatch.setattr(Kernel, "_compile", lambda *_: object_file)
    return path


def kept(folder):
    (path,) = folder.iterdir()  # and nothing unfinished beside it
    return path


def facts(folder):
    """Return what the file tells of the code in it."""
    return json.loads(kept(folder).read_bytes().split(b"\n", 2)[1])


def test_it_is_kept_and_found_again(folder, monkeypatch):
    assert kept(folder).suffix == ".code"
    monkeypatch.setattr(Kernel, "_compile", None)
    predict(Kernel("kernels", "predict_rows"))


def test_it_is_kept_linked_where_we_can(folder):
    expected = {"entry", "places", "functions"} if LINKED_HERE else {"symbol"}
    assert set(facts(folder)) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="its files have other permissions")
def test_others_may_read_it(folder):
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(kept(folder).stat().st_mode) == 0o666 & ~mask


def with_other_byte(code, at):
    return code[:at] + bytes([code[at] ^ 1]) + code[at + 1 :]


DAMAGE = {
    "truncated": lambda code: code[:-100],
    "cut in its first line": lambda code: code[:10],
    "cut after its first line": lambda code: code[:65],
    "cut in its second line": lambda code: code[:80],
    "empty": lambda _: b"",
    "backwards": lambda code: code[::-1],
    "other digest": lambda code: with_other_byte(code, 3),
    "other facts": lambda code: code.replace(b'"entry": ', b'"entry": 1', 1).replace(
        b'"symbol": "', b'"symbol": "x', 1
    ),
    "other code": lambda code: with_other_byte(code, len(code) // 2),
    "of another version": lambda code: b'{"symbol": "f", "sha256": "0"}\n' + code[65:],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_replaced(folder, damage):
    whole = kept(folder).read_bytes()
    damaged = damage(whole)
    assert damaged != whole
    kept(folder).write_bytes(damaged)
    predict(Kernel("kernels", "predict_rows"))
    assert kept(folder).read_bytes() == whole


def test_a_file_that_tells_other_things_is_replaced(folder):
    module = sys.modules[Kernel.__module__]
    whole = kept(folder).read_bytes()
    for told in (b"{}", b"[]", b"7", b"no json", b'{"entry": 0}', b'{"symbol": "f", "more": 1}'):
        contents = told + b"\ncode"
        kept(folder).write_bytes(module._digest(contents) + b"\n" + contents)
        predict(Kernel("kernels", "predict_rows"))
        assert kept(folder).read_bytes() == whole


def refuse(*_):
    raise OSError("the system allows no new machine code")


def test_where_we_cannot_load_it_llvm_does(folder, monkeypatch):
    whole = kept(folder).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(CodeImage, "load", refuse)
        predict(Kernel("kernels", "predict_rows"))  # what is kept cannot be loaded
        assert set(facts(folder)) == {"symbol"}
        patch.setattr(Kernel, "_compile", None)
        predict(Kernel("kernels", "predict_rows"))  # what is kept now can
    monkeypatch.setattr(Kernel, "_compile", None)
    predict(Kernel("kernels", "predict_rows"))
    kept(folder).write_bytes(whole)


def test_what_we_cannot_link_llvm_does(folder, monkeypatch):
    whole = kept(folder).read_bytes()
    kept(folder).unlink()
    monkeypatch.setattr("chainrule.network.linking.link", lambda *_: refuse())
    predict(Kernel("kernels", "predict_rows"))
    assert set(facts(folder)) == {"symbol"}
    kept(folder).write_bytes(whole)


def test_llvm_gives_the_same_bits(compiled, monkeypatch):
    module = sys.modules[Kernel.__module__]
    random = np.random.default_rng(0)
    for activation in HIDDEN_ACTIVATIONS:
        network = Architecture((5, 9, 7, 3), (activation,) * 2, "cross_entropy")
        parameters = random.normal(size=(2, network.parameter_count))
        x = random.normal(size=(50, 5), scale=3)
        results = []
        for code in (module._link(compiled[0])[0], compiled[0]):
            kernel, out = Kernel("kernels", "predict_rows"), np.full((50, 3), np.nan)
            monkeypatch.setattr(Kernel, "_load", lambda *_, code=code: module._ENTRY(code.load()))
            kernel(network.plan, parameters, x, np.empty(50 * network.node_count), out)
            results.append(out)
        assert np.isfinite(results[0]).all()
        np.testing.assert_array_equal(*results)


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
print(sorted({"numba", "llvmlite", "chainrule.network.kernels"} & set(sys.modules)))
"""


def test_what_is_kept_needs_no_compiler():
    found = "[]\n" if LINKED_HERE else "['llvmlite']\n"
    for expected in (None, found):  # the first may have something to compile
        command = [sys.executable, "-W", "ignore", "-c", WITHOUT_COMPILER]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert expected is None or (done.stdout, done.stderr) == (expected, "")


IN_OTHER_PROCESSES = """
import multiprocessing
import sys
import numpy as np
from chainrule import MLPClassifier
from joblib import Parallel, delayed

x = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
y = x[:, 0] > 0

def train(seed):
    model = MLPClassifier((4,), max_iter=3, random_state=seed).fit(x, y)
    return model.predict_proba(x).tobytes()

if __name__ == "__main__":
    expected = [train(seed) for seed in range(4)]
    for method in set(multiprocessing.get_all_start_methods()) & {"fork", "spawn"}:
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(train, range(4)) == expected, method
    assert Parallel(n_jobs=2)(delayed(train)(seed) for seed in range(4)) == expected
    print("the same everywhere")
"""


def test_other_processes_have_it_too(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(IN_OTHER_PROCESSES, encoding="utf-8")
    command = [sys.executable, "-W", "ignore", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "the same everywhere\n", done.stderr
