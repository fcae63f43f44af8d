"""The page about derivatives: its Python runs, and its example is what is printed."""

import re
import shlex
from pathlib import Path

import pytest

from chainrule import derive
from chainrule.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "derive.md").read_text(encoding="utf-8")


def test_the_example_is_what_is_printed():
    printed = "\n".join(f"    {line}".rstrip() for line in str(derive("sigmoid")).split("\n"))
    # The measured difference hangs on the last digits of sixty.
    without = re.compile(r"difference\s+\S+$", re.MULTILINE)
    assert without.sub("", printed) in without.sub("", PAGE)


def test_the_python_on_it_runs():
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(block, names)  # noqa: S102 (our own documentation)
    derivation = names["derivation"]
    assert str(derivation.result) == "2a·x + 1/x"
    assert derivation.steps[0].rule.name == "sum rule"
    assert derivation.evaluate(a=1, x=2) == 4.5  # 2·1·2 + ½


COMMANDS = [
    line.split("  #")[0].strip() for line in PAGE.splitlines() if line.startswith("    chainrule ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_work(command, capsys):
    assert main(shlex.split(command)[1:]) == 0
    assert capsys.readouterr().out
