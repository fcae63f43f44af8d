"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from chainrule.errors import InputError
from chainrule.files import check_writable, write_beside


def break_off(file, error):
    file.write(b"half")
    raise error


def test_failure_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "a"
    path.write_text("earlier")
    with pytest.raises(ZeroDivisionError), write_beside(path) as file:
        break_off(file, ZeroDivisionError)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_interruption_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), write_beside(tmp_path / "a") as file:
        break_off(file, KeyboardInterrupt)
    assert list(tmp_path.iterdir()) == []


def test_rights_are_kept(tmp_path):
    path = tmp_path / "a"
    path.write_text("earlier")
    path.chmod(0o640)
    with write_beside(path) as file:
        file.write(b"later")
    assert path.read_text() == "later"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_rights_of_a_new_file_follow_the_mask(tmp_path):
    mask = os.umask(0o027)
    try:
        with write_beside(tmp_path / "a"):
            pass
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_text("earlier")
    (tmp_path / "link").symlink_to("real")
    with write_beside(tmp_path / "link") as file:
        file.write(b"later")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "later"


def test_a_device_is_written_to_and_stays():
    check_writable("/dev/null")
    with write_beside("/dev/null") as file:
        file.write(b"gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("name", ["absent/a", "file/a", "folder", "/proc/a"])
def test_where_nothing_can_be_written(tmp_path, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        check_writable(tmp_path / name)
    with pytest.raises(InputError, match="cannot be written"), write_beside(tmp_path / name):
        pass


def test_checking_leaves_nothing(tmp_path):
    check_writable(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
