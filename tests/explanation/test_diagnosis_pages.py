"""The pages of the documentation: their Python provokes the finding, and then mends it."""

import contextlib
import io
import math
import re
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from sklearn.exceptions import ConvergenceWarning

from chainrule import InputError
from chainrule.explanation import Finding, diagnose, read_page
from chainrule.explanation.__main__ import main
from chainrule.explanation.diagnosing.diagnosis import CHECKS

PAGES = Path(__file__).parents[2] / "docs" / "diagnosis"
CODES = [check.code for check in CHECKS]
NUMBER = re.compile(r"\d[\d,]*\.?\d*(?:e[+-]\d+)?")


def page(code):
    return (PAGES / f"{code}.md").read_text(encoding="utf-8")


def run(block, names):
    """Run a block of Python as a reader would, and return what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        exec(block, names)  # noqa: S102 (our own documentation)
    return printed.getvalue()


def words_and_numbers(text):
    """Take a text apart; where its lines break depends on the numbers."""
    text = " ".join(text.split())
    numbers = [float(number.replace(",", "").rstrip(".")) for number in NUMBER.findall(text)]
    return NUMBER.sub("#", text), numbers


def alike(one, other):
    """Whether two numbers could be those of the same training on two machines."""
    return abs(one - other) <= 0.05 or abs(math.log(one / other)) < 0.25


def test_every_code_has_its_page_and_every_page_its_code():
    assert {path.stem for path in PAGES.glob("CR*.md")} == set(CODES)
    assert all(f"[{code}]({code}.md)" in page("README") for code in CODES)


@pytest.mark.parametrize("code", CODES)
def test_the_code_on_the_page_provokes_the_finding_and_mends_it(code):
    provoke, mend = re.findall(r"```python\n(.*?)```", page(code), re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", page(code), re.DOTALL)
    names = {}
    (words, numbers), (words_shown, numbers_shown) = map(
        words_and_numbers, (run(provoke, names), shown)
    )
    assert words == words_shown
    assert all(map(alike, numbers, numbers_shown)), (numbers, numbers_shown)
    assert words.startswith("CR#")
    assert code in diagnose(names["model"], names["X"], names["y"]).codes
    printed = run(mend, names)
    assert printed.startswith("Nothing found: ")
    assert diagnose(names["model"], names["X"], names["y"]).codes == ()


@pytest.mark.parametrize("code", CODES)
def test_a_page_is_short_and_has_its_parts(code):
    lines = page(code).splitlines()
    assert 30 <= len(lines) <= 60
    assert max(map(len, lines)) <= 112
    heads = [line for line in lines if line.startswith("## ")]
    assert heads == ["## How it is measured", "## Seen and mended", "## The one thing to change"]
    (title,) = [line for line in lines if line.startswith("# ")]
    assert title.startswith(f"# {code} ")
    assert "Source: " in page(code)
    for other in re.findall(r"\]\((.*?)\)", page(code)):
        assert (PAGES / other).is_file(), other


# ---------------------------------------------------------------------------- how they are reached


@pytest.mark.parametrize("code", CODES)
def test_the_pages_come_with_the_package(code):
    assert read_page(code) == page(code)


def test_without_a_code_the_list_of_all_is_returned():
    assert read_page() == page("README")


@pytest.mark.parametrize("code", ["CR999", "", "../diagnosis/CR101", "/etc/passwd"])
def test_a_page_that_there_is_not(code):
    with pytest.raises(InputError, match=r"there is no finding .*; there are CR101, CR102, "):
        read_page(code)


def test_the_command_that_a_finding_names_shows_its_page():
    python, *arguments = shlex.split(Finding("CR303", "", "", "").page)
    assert python == "python"
    command = [sys.executable, *arguments]
    shown = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    assert shown.stdout == page("CR303")


def test_the_command_in_lower_case_or_without_a_code(capsys):
    assert main(["cr101"]) == 0
    assert capsys.readouterr().out == page("CR101")
    assert main([]) == 0
    assert capsys.readouterr().out == page("README")


def test_the_command_for_a_page_that_there_is_not(capsys):
    assert main(["CR999"]) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert error.startswith("Error: there is no finding 'CR999'; there are CR101, CR102, ")


def test_a_terminal_gets_the_page_drawn(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["CR101"]) == 0
    drawn = capsys.readouterr().out
    assert "\x1b[" in drawn
    assert "## How it is measured" not in drawn
    assert "How it is measured" in drawn
