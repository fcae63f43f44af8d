"""Processes of their own for everything that is measured, and what they find around them."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REMOVED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")
"""Settings nobody runs with: BLAS's kernels chosen by hand, modules compiled anew each time."""

# Where compiled code is kept between processes, in rows that do not count the compilation.
CACHES = Path(__file__).with_name("results") / "caches"
PATIENCE = 900  # seconds after which a process has failed


class ProcessFailedError(Exception):
    """A process that ended with an error; its last line says why."""


def environment(threads: int | None = None, *, warm: bool = False) -> dict[str, str]:
    """Return the environment of a process.

    Parameters
    ----------
    threads : int, optional
        What every library is told; None leaves them all processors, and the choice.
    warm : bool
        Whether compiled code is kept on disk from one process to the next.
    """
    names = {name: value for name, value in os.environ.items() if name not in REMOVED}
    names |= {"JAX_PLATFORMS": "cpu", "KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if threads is not None:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"):
            names[name] = str(threads)
        if threads == 1:
            names["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if warm:
        names |= {
            "JAX_COMPILATION_CACHE_DIR": str(CACHES / "jax"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
            "TORCHINDUCTOR_CACHE_DIR": str(CACHES / "torch"),
        }
    else:
        names["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"
    return names


def run(script: str, *arguments: Any, threads: int | None = None, warm: bool = False) -> Any:
    """Run a script of this folder in a process of its own; return what its last line says."""
    command = [sys.executable, str(Path(__file__).with_name(script)), *map(str, arguments)]
    try:
        done = subprocess.run(
            command,
            env=environment(threads, warm=warm),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise ProcessFailedError(f"not done after {PATIENCE} seconds") from None
    if done.returncode:
        raise ProcessFailedError(reason(done.stderr) or f"ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def reason(stderr: str) -> str:
    r"""Return the line that names the exception, or else the last.

    Examples
    --------
    >>> reason("Traceback:\n  line 1\nValueError: it is wrong\nmore about it\n")
    'ValueError: it is wrong'
    """
    lines = stderr.strip().splitlines()
    named = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Unsupported)\b", line)]
    return (named or lines or [""])[-1]


@contextmanager
def one_core_busy(wanted: bool) -> Iterator[None]:
    """Keep one core busy with another process, if wanted."""
    if not wanted:
        yield
        return
    hog = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        hog.kill()
        hog.wait()


def processor() -> str:
    """Return the processor's name."""
    file = Path("/proc/cpuinfo")
    if file.exists():
        for line in file.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
