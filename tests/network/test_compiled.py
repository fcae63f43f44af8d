"""How the engine is compiled: once per float type, kept on disk, said once; and in any thread.

Compiling takes seconds, so that only three of these processes really do it.
"""

import os
import shutil
import subprocess
import sys
import threading
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from chainrule.network import Architecture, initialize
from chainrule.network.engine import evaluate, make_data
from chainrule.training import Loop, Rates

NOTICE = "compiling the engine"
TRAIN = """
import os
import numpy as np
from chainrule.network import Architecture, initialize
from chainrule.network.engine import evaluate, make_data
from chainrule.training import Loop, Rates, Regularization
network = Architecture((20, 30, 20, 5), ("softmax", "gelu"), "cross_entropy", (0.1, 0.0))
random = np.random.RandomState(0)
data = make_data(random.rand(90, 20), random.randint(0, 5, (90, 1)), dtype=np.float32)
run = {"optimizer": "adam", "rates": Rates(), "batch_size": 7,
       "regularization": Regularization(0.1, 0.1)}
start = initialize(network, random)
if os.environ.get("FIRST") == "predict":
    evaluate(network, start, data)
loop = Loop(network, start, data, **run)
for _ in zip(range(3), loop.epochs()):
    pass
out, error = evaluate(network, loop.parameters, data)
print(hash(loop.parameters.tobytes()), hash(out.tobytes()), error)
"""
SIGNATURES = """
import numpy as np, scipy.sparse as sp
from chainrule.mathematics import ACTIVATIONS, LOSSES
from chainrule.network import Architecture, engine, initialize, steps
from chainrule.network.engine import evaluate, make_data
from chainrule.network.steps import FullGradient
from chainrule.training import OPTIMIZERS, Loop, Rates, Regularization
every = [name for name in ACTIVATIONS if name != "exp"]
networks = [
    Architecture((4, *(width,) * len(names), 2), names, loss, (0.2,) * len(names))
    for loss in LOSSES
    for names, width in (((), 1), (("relu",), 1), (("tanh", "gelu"), 5), (tuple(every), 33))
]
frozen = np.ones((6, 4))
frozen.flags.writeable = False
for dtype in (np.float32, np.float64):
    for network in networks:
        y = np.ones((6, 1 if network.loss == "cross_entropy" else 2), dtype)
        start = initialize(network, np.random.RandomState(0), dtype=dtype)
        for x in (np.ones((6, 4), dtype), sp.csr_array(np.eye(6, 4)), np.ones((4, 6)).T, frozen):
            for weights in (None, np.ones(6)):
                data = make_data(x, y, weights, dtype=dtype)
                for optimizer in OPTIMIZERS:
                    for shuffle in (None, np.random.RandomState(0)):
                        terms = Regularization(0.1 * (optimizer != "muon"), *[0.1] * 6)
                        run = {"optimizer": optimizer, "rates": Rates(), "batch_size": 5,
                               "regularization": terms}
                        loop = Loop(network, start, data, **run, shuffle=shuffle)
                        next(loop.epochs())
                evaluate(network, loop.parameters, data)
                evaluate(network, loop.parameters, make_data(x, dtype=dtype))
                FullGradient(network, data, dtype=dtype, l1=0.1)(loop.parameters)
print(steps._train_steps.signatures, engine._predict.signatures)
"""


def run_python(code, *, seconds=300, **environment):
    """Run code in a fresh process; an environment variable of None is taken away."""
    fixed = {"PYTHONWARNINGS": "error", "PYTHONHASHSEED": "0"}
    variables = {**os.environ, **fixed, **environment}
    variables = {name: value for name, value in variables.items() if value is not None}
    result = subprocess.run(
        [sys.executable, "-c", code],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    assert result.returncode == 0, result.stderr
    return result


def test_one_signature_for_each_float_type():
    assert run_python(SIGNATURES).stdout.strip() == "2 2"


def test_an_empty_cache_is_filled_once_and_one_line_is_said(tmp_path):
    first = run_python(TRAIN, CHAINRULE_CACHE_DIR=str(tmp_path))
    assert len(first.stderr.splitlines()) == 1
    assert NOTICE in first.stderr
    assert list(tmp_path.rglob("*.code"))
    # The same bits, whether the kernels were just compiled or come from disk, and whichever of them
    # comes first: both have copies of the same functions.
    for kernel in ("train_steps", "predict"):
        again = run_python(TRAIN, CHAINRULE_CACHE_DIR=str(tmp_path), FIRST=kernel)
        assert again.stderr == ""
        assert again.stdout == first.stdout


def unwritable_package(folder):
    """A copy of the package beside whose files nothing can be kept."""
    package = Path(find_spec("chainrule").origin).parent
    copy = folder / "chainrule"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for place in [copy, *(path for path in copy.iterdir() if path.is_dir())]:
        (place / "__pycache__").write_text("")  # even root cannot write into a plain file
    return copy


def environment(copy, home):
    return {
        "PYTHONPATH": str(copy.parent),
        "CHAINRULE_CACHE_DIR": None,
        "XDG_CACHE_HOME": None,
        "LOCALAPPDATA": str(home),
        "HOME": str(home),
    }


def test_a_package_folder_that_cannot_be_written(tmp_path):
    copy = unwritable_package(tmp_path / "packages")
    home = tmp_path / "home"
    home.mkdir()
    first = run_python(
        TRAIN + "import chainrule; print(chainrule.__file__)", **environment(copy, home)
    )
    assert first.stdout.splitlines()[-1] == str(copy / "__init__.py")
    assert NOTICE in first.stderr
    assert list(home.rglob("*.code"))  # in the user's cache folder
    assert not list(copy.rglob("*.code"))
    assert run_python(TRAIN, **environment(copy, home)).stderr == ""


def test_no_folder_to_keep_anything_in(tmp_path):
    copy = unwritable_package(tmp_path / "packages")
    home = tmp_path / "home"
    home.write_text("")  # a plain file, in which nothing can be kept
    assert NOTICE in run_python(TRAIN, **environment(copy, home)).stderr


# ------------------------------------------------------------------ the same bits in any thread

WIDE = Architecture((40, 150, 120, 7), ("relu", "tanh"), "cross_entropy", (0.2, 0.0))


def train(seed, dtype=np.float32, optimizer="adam"):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(600, 40)), rng.integers(0, 7, (600, 1))
    data = make_data(x, y, dtype=dtype)
    loop = Loop(
        WIDE,
        initialize(WIDE, np.random.RandomState(seed), dtype=dtype),
        data,
        optimizer=optimizer,
        rates=Rates(0.01),
        batch_size=200,
        shuffle=np.random.RandomState(seed),
        seed=seed,
    )
    losses = [epoch.train_loss for epoch in islice(loop.epochs(), 4)]
    return losses, loop.parameters.copy(), evaluate(WIDE, loop.parameters, data)[0]


def assert_same_bits(one, other):
    assert one[0] == other[0]
    np.testing.assert_array_equal(one[1], other[1])
    np.testing.assert_array_equal(one[2], other[2])


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_two_networks_that_train_at_the_same_time(dtype, optimizer):
    with threadpool_limits(1, "blas"):
        alone = [train(seed, dtype, optimizer) for seed in (1, 2)]
        together = [None, None]
        barrier = threading.Barrier(2)

        def work(i):
            barrier.wait()
            together[i] = train(i + 1, dtype, optimizer)

        threads = [threading.Thread(target=work, args=(i,)) for i in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for one, other in zip(alone, together, strict=True):
        assert_same_bits(one, other)


MEMBER_FAILS = """
import threading
import numpy as np
from chainrule.network import Architecture, engine, initialize, steps
from chainrule.network.threads import available_threads
from chainrule.training import Loop, Rates
network = Architecture((40, 150, 120, 1), ("relu", "tanh"), "log_loss")
start = initialize(network, np.random.RandomState(0))
data = engine.make_data(np.ones((400, 40)), np.ones((400, 1)), dtype=np.float32)
make = steps.make_workspace
several = available_threads() > 1
def fail(*arguments, **settings):
    if (threading.current_thread() is not threading.main_thread()) == several:
        raise MemoryError
    return make(*arguments, **settings)
steps.make_workspace = fail
try:
    run = {"optimizer": "adam", "rates": Rates(), "batch_size": 200}
    next(Loop(network, start, data, **run).epochs())
except MemoryError:
    print("told")
"""


def test_a_failure_in_one_thread_does_not_leave_the_others_waiting():
    assert run_python(MEMBER_FAILS, seconds=20).stdout == "told\n"
