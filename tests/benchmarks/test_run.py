"""The command line, and the environment of what it starts."""

import numpy as np
import pytest

from processes import REMOVED, environment
from run import KNOWN, is_idle, parse
from split import Split


def test_settings_that_choose_kernels_of_blas_are_removed(monkeypatch):
    for name in REMOVED:
        monkeypatch.setenv(name, "something")
    for threads in (None, 1, 2):
        assert not set(REMOVED) & set(environment(threads))


def test_every_library_is_told_its_number_of_threads():
    told = environment(1)
    assert told["OMP_NUM_THREADS"] == told["OPENBLAS_NUM_THREADS"] == told["NPROC"] == "1"
    assert "multi_thread_eigen=false" in told["XLA_FLAGS"]


def test_compiled_code_is_kept_only_where_compiling_does_not_count():
    assert "JAX_COMPILATION_CACHE_DIR" in environment(1, warm=True)
    assert "JAX_COMPILATION_CACHE_DIR" not in environment(1)


def test_arguments_are_read():
    told = parse(["tiny", "small", "--contestants", "jax,chainrule", "--threads", "2,1"])
    assert told.workloads == ["tiny", "small"]
    assert told.contestants == ("chainrule", "jax")
    assert told.threads == [1, 2]


@pytest.mark.parametrize("wrong", [["huge"], ["--contestants", "caffe"]])
def test_what_there_is_is_told_to_who_asks_for_something_else(wrong, capsys):
    with pytest.raises(SystemExit):
        parse(wrong)
    assert "there are" in capsys.readouterr().err
    assert "tiny" in KNOWN


def test_a_split_survives_its_file(tmp_path):
    X = np.ones((3, 2), np.float32)
    Split(X, np.arange(3), X[:1], np.arange(1), "made up").save(tmp_path / "a.npz")
    read = Split.read(tmp_path / "a.npz")
    assert read.source == "made up"
    assert read.X.dtype == np.float32
    np.testing.assert_array_equal(read.y, [0, 1, 2])


def test_a_machine_is_idle_if_its_cores_add_up():
    def of(everyone, one, cores):
        return {"peak_flops_per_second": everyone, "peak_of_one_core": one, "cores": cores}

    assert is_idle(of(195.0, 100.0, 2))
    assert not is_idle(of(105.0, 100.0, 2))
    assert is_idle(of(99.0, 100.0, 1))
