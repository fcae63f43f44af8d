"""The products on processors with narrower registers than the one the tests run on."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

OLD = "+cx16,+popcnt,+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3"
PROCESSORS = {
    "nehalem": OLD,  # 16 bytes, and no instruction that multiplies and adds
    "haswell": f"{OLD},+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe",  # 32 bytes
}
X86 = platform.machine() in ("x86_64", "AMD64")


@pytest.mark.parametrize("name", PROCESSORS if X86 else [])
def test_products(name):
    environment = {**os.environ, "NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": PROCESSORS[name]}
    tests = Path(__file__).with_name("test_products.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
