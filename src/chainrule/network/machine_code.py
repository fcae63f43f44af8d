"""The kernels as Python calls them: machine code from disk, compiled where there is none yet.

What compiles the kernels, and the kernels themselves, are imported only when there is something to
compile: loading what a former process left takes milliseconds, importing the compiler a good part
of a second. What is kept is linked already where we know how to, so that not even LLVM is needed.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, NamedTuple

from chainrule.network.code_image import CodeImage
from chainrule.network.processor import FEATURES, NAME

__all__ = ["Kernel"]

_PACKAGE = Path(__file__).parent.parent
# Compiled code is made of these rooms' functions and numbers.
_ROOMS = ("mathematics", "network")
# What it relies on of this Python: how long the beginnings of its objects are.
_INTERFACE = f"{sys.platform} {object.__basicsize__} {tuple.__basicsize__}"
_ENTRY = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
_UNREAD = ctypes.byref(ctypes.c_void_p())  # where to put an error, of which there is but one
_loading = threading.RLock()


class Kernel:
    """A function of arrays that runs as machine code, with the GIL released.

    It is compiled for the types of the arguments it is called with and kept beside the source or,
    where that folder cannot be written, in the user's cache folder, or in the folder that the
    environment variable ``CHAINRULE_CACHE_DIR`` names. Where nothing can be written it is compiled
    anew in each process.

    Parameters
    ----------
    module : str
        The module of :mod:`chainrule.network` that defines it.
    name : str
        Its name there, where it says what its arguments are.
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._entries: dict[str, Callable[..., int]] = {}
        self._latest: Callable[..., int] | None = None

    def __call__(self, *arguments: Any) -> float:
        """Call it.

        Parameters
        ----------
        *arguments : array, or tuples of them
            C-contiguous, aligned and writable.

        Returns
        -------
        float
            What the kernel returned, 0 for nothing.

        Raises
        ------
        TypeError
            An array lies otherwise in memory, or is read-only.
        """
        result, entry = ctypes.c_double(), self._latest
        if entry is None or entry(ctypes.byref(result), _UNREAD, id(arguments)):
            # Nothing has been done: these are not the types of the last call.
            self._latest = entry = self._find(arguments)
            if entry(ctypes.byref(result), _UNREAD, id(arguments)):
                raise RuntimeError(f"{self._name} does not recognize its own arguments.")
        return result.value

    @property
    def signatures(self) -> int:
        """For how many sorts of arguments there is machine code in this process."""
        return len(self._entries)

    def _find(self, arguments: tuple[Any, ...]) -> Callable[..., int]:
        arrays = list(_flat(arguments))
        if not all(array.flags.carray for array in arrays):
            message = f"{self._name} takes arrays that are C-contiguous, aligned and writable."
            raise TypeError(message)
        kinds = repr([(array.dtype, array.ndim) for array in arrays])
        with _loading:
            if kinds not in self._entries:
                self._entries[kinds] = self._load(arguments, kinds)
            return self._entries[kinds]

    def _load(self, arguments: tuple[Any, ...], kinds: str) -> Callable[..., int]:
        facts = [self._name, NAME, FEATURES, _INTERFACE, _toolchain(), _sources(), kinds]
        digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()
        file_name = f"{self._name}-{digest[:32]}.code"
        for folder in _folders():
            with suppress(OSError, ValueError, KeyError, TypeError):
                return _ENTRY(_read(folder / file_name).load())
        code, address = _link(self._compile(arguments))
        _keep(code, file_name)
        return _ENTRY(address)

    def _compile(self, arguments: tuple[Any, ...]) -> ObjectFile:
        _say_why_it_takes_long()
        emit = import_module("chainrule.network._compiled").emit
        function = getattr(import_module(f"chainrule.network.{self._module}"), self._name)
        return ObjectFile(*emit(function, arguments))


def _flat(arguments: tuple[Any, ...]) -> Iterator[Any]:
    for argument in arguments:
        if isinstance(argument, tuple):
            yield from _flat(argument)
        else:
            yield argument


@cache
def _say_why_it_takes_long() -> None:
    notice = "chainrule: compiling the engine for this processor, once (a few seconds) …"
    print(notice, file=sys.stderr, flush=True)  # noqa: T201


class ObjectFile(NamedTuple):
    """Machine code that LLVM links anew in each process, where we do not know how to."""

    code: bytes
    symbol: str

    def load(self) -> int:
        """Put it into memory and return the address of its function."""
        from chainrule.network import llvm  # a library of more than 100 MB

        return llvm.load(self.code, self.symbol)


def _link(compiled: ObjectFile) -> tuple[CodeImage | ObjectFile, int]:
    """Return what is to be kept, and where in memory its function is now."""
    from chainrule.network.linking import link  # needed only by those who compile

    with suppress(OSError, ValueError):  # another system, or not made of what is known there
        image = link(*compiled)
        return image, image.load()
    return compiled, compiled.load()


# -------------------------------------------------------------------------------- code on disk


@cache
def _toolchain() -> str:
    """Describe what compiles, its version among other things, which to pick out takes longer."""
    distributions = map(metadata.distribution, ("numba", "llvmlite"))
    return "\n".join(tool.read_text("METADATA") or tool.version for tool in distributions)


@cache
def _sources() -> str:
    """Return a digest of all that kernels are compiled from: another source, another code."""
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((_PACKAGE / room).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _folders() -> Iterator[Path]:
    """Name the folders in which code may be kept, the preferred first."""
    chosen = os.environ.get("CHAINRULE_CACHE_DIR")
    if chosen:
        yield Path(chosen)
        return
    yield Path(__file__).parent / "__pycache__"
    from platformdirs import user_cache_path  # seldom needed

    yield user_cache_path("chainrule", appauthor=False)


def _read(path: Path) -> CodeImage | ObjectFile:
    """Read code that was kept; ValueError or TypeError where the file is not whole."""
    digest, _, rest = path.read_bytes().partition(b"\n")
    if digest != _digest(rest):
        raise ValueError(f"{path} is damaged.")
    header, _, code = rest.partition(b"\n")
    facts = json.loads(header)
    kind = ObjectFile if "symbol" in facts else CodeImage
    return kind(code, **facts)


def _keep(code: CodeImage | ObjectFile, file_name: str) -> None:
    """Keep code in the first folder that can be written, if there is one."""
    facts = code._asdict()
    contents = facts.pop("code")
    contents = json.dumps(facts).encode() + b"\n" + contents
    for folder in _folders():
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = folder / f"{file_name}.{os.getpid()}"
            try:
                unfinished.write_bytes(_digest(contents) + b"\n" + contents)
                unfinished.replace(folder / file_name)  # all of it at once
            finally:
                unfinished.unlink(missing_ok=True)
            return


def _digest(contents: bytes) -> bytes:
    return hashlib.sha256(contents).hexdigest().encode()
