"""Writing a file so that a failure leaves whatever was there before."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from chainrule.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_writable", "write_beside"]


def check_writable(path: str | Path) -> None:
    """Make sure, before any long work, that a file can be written.

    Parameters
    ----------
    path : str or Path
        The file to be.

    Raises
    ------
    InputError
        A missing folder, a directory of that name, or no permission.

    Examples
    --------
    >>> check_writable("missing/model.chainrule")
    Traceback (most recent call last):
        ...
    chainrule.errors.InputError: missing/model.chainrule cannot be written: missing does not exist
    """
    target = _real(Path(path))
    if _is_special(target):
        return
    file, beside = _temporary(target, Path(path))
    file.close()
    beside.unlink()


@contextmanager
def write_beside(path: str | Path) -> Iterator[BinaryIO]:
    """Write a file under another name and rename it only when it is whole and on the disk.

    Parameters
    ----------
    path : str or Path
        The file to write. A device such as /dev/stdout is written to directly.

    Yields
    ------
    binary file
        To write to. If the block raises, nothing is left of it and an earlier file stays.

    Raises
    ------
    InputError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with write_beside(Path(folder, "a.txt")) as file:
    ...         _ = file.write(b"text")
    ...     [p.name for p in Path(folder).iterdir()]
    ['a.txt']
    """
    target = _real(Path(path))
    if _is_special(target):
        with _one_sentence(Path(path)), target.open("wb") as device:
            yield device
        return
    file, beside = _temporary(target, Path(path))
    try:
        with _one_sentence(Path(path)):
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            beside.chmod(_mode(target))
            beside.replace(target)
            _sync_folder(target.parent)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _real(path: Path) -> Path:
    """Follow symbolic links, so that the file is replaced and not the link."""
    return Path(os.path.realpath(path))


def _is_special(path: Path) -> bool:
    # Renaming over /dev/null would replace the device for everyone.
    return path.exists() and not path.is_file() and not path.is_dir()


def _temporary(target: Path, named: Path) -> tuple[BinaryIO, Path]:
    if target.is_dir():
        raise InputError(f"{named} cannot be written: it is a folder; name a file in it")
    if not target.parent.is_dir():
        what = "is not a folder" if target.parent.exists() else "does not exist"
        raise InputError(f"{named} cannot be written: {named.parent} {what}")
    with _one_sentence(named):
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(13, "permission denied")
        file = tempfile.NamedTemporaryFile(  # noqa: SIM115
            dir=target.parent, prefix=f".{target.name}.", suffix=".part", delete=False
        )
    return cast("BinaryIO", file), Path(file.name)


def _mode(target: Path) -> int:
    """Return the rights of the file that is replaced, or those of any new file of this user."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path} cannot be written: {reason}") from error
