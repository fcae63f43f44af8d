"""The command, run in this process or in its own, and models that were trained once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from chainrule.cli import main

COMMAND = Path(sys.executable).with_name("chainrule")


class Result(NamedTuple):
    code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def command():
    """Path of the installed command."""
    return COMMAND


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Result(code, *capsys.readouterr())

    return run


@pytest.fixture
def run_installed(tmp_path):
    """Run the installed command in a process of its own, in an empty folder."""

    def run(*arguments, **options):
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            timeout=120,
            check=False,
            **options,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Folder with a trained penguins.chainrule, diabetes.chainrule and digits.chainrule."""
    from chainrule.tables import load_example
    from chainrule.workflow import TrainSettings, save_model, train

    folder = tmp_path_factory.mktemp("models")
    for name in ("penguins", "diabetes", "digits"):
        settings = TrainSettings(hidden_layer_sizes=(8,), epochs=5)
        save_model(folder / f"{name}.chainrule", train(load_example(name), settings).model)
    return folder
