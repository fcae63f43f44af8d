"""The page about the command line says what there is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from chainrule.cli.app import app
from chainrule.workflow import TrainSettings
from chainrule.workflow.choices import SCHEDULES, SOLVERS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
COMMANDS = get_command(app).commands


def test_its_tables_are_up_to_date():
    script = ROOT / "scripts" / "command_tables.py"
    done = subprocess.run([sys.executable, script, "--check"], timeout=120, check=False)
    assert done.returncode == 0, "run python scripts/command_tables.py"


def test_its_options_exist():
    known = {name for command in COMMANDS.values() for o in command.params for name in o.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][\w-]*", PAGE)) <= known | {"--help"}


def test_every_option_of_train_is_on_it():
    for option in COMMANDS["train"].params:
        if option.param_type_name == "option":
            assert re.search(rf"`{', '.join(option.opts)}[ `]", PAGE), option.opts


def test_every_solver_and_schedule_is_on_it():
    for name in (*SOLVERS, *SCHEDULES):
        assert f"| `{name}` |" in PAGE


LINES = [
    line.split("  #")[0].split() for line in PAGE.splitlines() if "    chainrule train" in line
]


COMPLEXITY_LINES = [
    line.split("  #")[0].split(" >")[0].split()
    for line in PAGE.splitlines()
    if "    chainrule complexity" in line
]


@pytest.mark.parametrize("words", COMPLEXITY_LINES, ids=" ".join)
def test_its_lines_about_complexity_can_be_typed(words, monkeypatch):
    asked = []
    monkeypatch.setattr("chainrule.cli.complexity._run", lambda *given: asked.append(given))
    monkeypatch.setattr("chainrule.cli.complexity._report", lambda *_, **__: None)
    app(args=words[1:], standalone_mode=False)
    ((data, settings, tried, _),) = asked
    assert data == words[2]
    assert isinstance(settings, TrainSettings)
    assert tried["splits"] >= 1


def test_every_option_of_complexity_has_words():
    for option in COMMANDS["complexity"].params:
        assert option.help


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_its_lines_can_be_typed(words, monkeypatch):
    asked = []
    monkeypatch.setattr("chainrule.cli.train._run", lambda *given, **_: asked.append(given))
    app(args=words[1:], standalone_mode=False)
    ((data, settings),) = asked
    assert data == words[2]
    assert isinstance(settings, TrainSettings)
