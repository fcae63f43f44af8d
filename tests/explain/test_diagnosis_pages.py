"""The pages of the documentation: their Python provokes the finding, and then mends it."""

import contextlib
import io
import re
import warnings
from pathlib import Path

import pytest
from sklearn.exceptions import ConvergenceWarning

import chainrule
from chainrule.explain import diagnose
from chainrule.explain.diagnosis import CHECKS

PAGES = Path(chainrule.__file__).parents[2] / "docs" / "diagnosis"
pytestmark = pytest.mark.skipif(not PAGES.is_dir(), reason="the pages are not installed")

CODES = [check.code for check in CHECKS]


def run(block, names):
    """Run a block of Python as a reader would, and return what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        exec(block, names)  # noqa: S102 (our own documentation)
    return printed.getvalue()


def without_numbers(text):
    """Leave out what differs from machine to machine in the last digit, and the line breaks."""
    return " ".join(re.sub(r"\d[\d.,]*(e[+-]\d+)?", "#", text).split())


@pytest.mark.parametrize("code", CODES)
def test_the_code_on_the_page_provokes_the_finding_and_mends_it(code):
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    provoke, mend = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    names = {}
    printed = run(provoke, names)
    assert without_numbers(printed) == without_numbers(shown)
    assert code in printed
    assert code in diagnose(names["model"], names["X"], names["y"]).codes
    printed = run(mend, names)
    assert printed.startswith("Nothing found: ")
    assert diagnose(names["model"], names["X"], names["y"]).codes == ()


@pytest.mark.parametrize("code", CODES)
def test_a_page_is_short_and_has_its_parts(code):
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    lines = page.splitlines()
    assert 30 <= len(lines) <= 50
    assert max(map(len, lines)) <= 112
    heads = [line for line in lines if line.startswith("## ")]
    assert heads == ["## How it is measured", "## Seen and mended", "## The one thing to change"]
    (title,) = [line for line in lines if line.startswith("# ")]
    assert title.startswith(f"# {code} ")
    assert "Source: " in page
    for other in re.findall(r"\]\((.*?)\)", page):
        assert (PAGES / other).is_file(), other
