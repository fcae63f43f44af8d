"""The page about reports: its Python runs, its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from chainrule.cli.app import app
from chainrule.tables import load_example
from chainrule.workflow import TrainSettings, save_model, train

PAGE = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")


def test_its_python_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_model("penguins.chainrule", train(load_example("penguins"), TrainSettings()).model)
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(block, names)  # noqa: S102 (our own documentation)
    assert names["page"].facts.quality.main.estimates[0].value == pytest.approx(0.9855, abs=0.03)
    page = Path("penguins.html").read_text(encoding="utf-8")
    for heading in re.findall(r"^\| ([A-Z][^|]+) \|", PAGE, re.MULTILINE):
        assert f">{heading}</h2>" in page


def test_its_commands_have_these_options():
    lines = re.findall(r"^    chainrule (\w+) ([^#\n]*)", PAGE, re.MULTILINE)
    assert len(lines) == 4
    commands = get_command(app).commands
    for name, words in lines:
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert {word for word in words.split() if word.startswith("-")} <= known
