"""The processor as Linux, LLVM or the environment tell of it."""

import platform
import sys

import pytest

from chainrule.network import processor
from chainrule.network.llvm import describe_processor
from chainrule.network.processor import _ask_linux, _describe

CORE = """processor\t: {number}
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 85
model name\t: of the third kind: fast
flags\t\t: fpu sse sse2 avx avx2 {more}
bugs\t\t: spectre_v1
power management:

"""
ARM = """processor\t: 0
BogoMIPS\t: 50.00
Features\t: fp asimd evtstrm aes
CPU implementer\t: 0x41
"""


@pytest.fixture
def told(tmp_path):
    def write(text):
        path = tmp_path / "cpuinfo"
        path.write_text(text, encoding="utf-8")
        return _ask_linux(str(path))

    return write


def test_the_first_core_is_told_of(told):
    text = CORE.format(number=0, more="avx512f avx512_bf16") + CORE.format(number=1, more="")
    name, features = told(text)
    assert name == "GenuineIntel 6 85"
    assert features == "+fpu,+sse,+sse2,+avx,+avx2,+avx512f,+avx512_bf16"


@pytest.mark.parametrize("left_out", ["vendor_id", "cpu family", "model\t", "flags"])
def test_what_does_not_say_everything_is_not_believed(told, left_out):
    lines = CORE.format(number=0, more="").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(left_out))
    assert text != "".join(lines)
    assert told(text) is None


@pytest.mark.parametrize("text", [ARM, "", "\n", "flags", "\x00\ufffd"])
def test_other_processors_are_not_told_of(told, text):
    assert told(text) is None


def test_a_system_without_that_file():
    assert _ask_linux("/no/such/file") is None
    assert _ask_linux("/") is None


def test_where_linux_does_not_tell_llvm_does(monkeypatch):
    for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(processor, "_ask_linux", lambda: None)
    assert _describe() == describe_processor()


def test_linux_and_llvm_agree_on_the_registers():
    _, features = describe_processor()
    told = _ask_linux()
    assert (told is not None) == (
        sys.platform == "linux" and platform.machine() in ("x86_64", "i686")
    )
    for feature in ("+avx512f", "+avx2", "+fma", "+avx"):
        assert told is None or (feature in told[1].split(",")) == (feature in features.split(","))


@pytest.mark.parametrize("name", [None, "nehalem"])
@pytest.mark.parametrize("features", [None, "+sse2"])
def test_the_environment_may_name_another(name, features, monkeypatch):
    for variable, value in (("NUMBA_CPU_NAME", name), ("NUMBA_CPU_FEATURES", features)):
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    monkeypatch.setattr(processor, "_ask_linux", lambda: ("own name", "+own,+features"))
    assert _describe() == (name or "own name", features or "+own,+features")


def test_registers_are_the_widest_there_are():
    has = processor.FEATURES.split(",")
    expected = 64 if "+avx512f" in has else 32 if "+avx2" in has else 16
    assert expected == processor.REGISTER_BYTES
