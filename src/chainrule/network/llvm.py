"""What LLVM does where we do not do it ourselves: name the processor, link an object file.

Imported only where it is needed: its library is more than 100 MB.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

import llvmlite.binding as llvm

__all__ = ["describe_processor", "load"]

_engines: list[Any] = []  # which own the machine code that is in use


def describe_processor() -> tuple[str, str]:
    """Return the name of this processor, and what it can do: ``+avx2,-avx512f,…``."""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def load(object_file: bytes, symbol: str) -> int:
    """Put machine code into memory, for as long as the process lives.

    Parameters
    ----------
    object_file : bytes
        Compiled for this processor and system.
    symbol : str
        The name of a function in it.

    Returns
    -------
    int
        The address of the function.
    """
    machine = _target().create_target_machine(codemodel="jitdefault", jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(object_file))
    engine.finalize_object()
    _engines.append(engine)
    return int(engine.get_function_address(symbol))


@cache
def _target() -> Any:
    with suppress(RuntimeError):  # newer versions do it by themselves, and say so
        llvm.initialize()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    if sys.platform == "win32":  # whose C library lacks functions that Numba brings along
        import_module("numba.core.registry").cpu_target.target_context.refresh()
    return llvm.Target.from_triple(llvm.get_process_triple())
