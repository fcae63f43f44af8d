"""A worked example as a page: whole, self-contained, and what a column is called is text."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from chainrule import LogisticRegression, explain
from chainrule.explanation import lesson

HOSTILE = ["<script>alert(1)</script>", "a\"b'c&d", "😀 — _*|$x$"]


@pytest.fixture(scope="module")
def worked(worked):
    return explain(worked(), [1.0, 2.0], 1)


@pytest.fixture
def hostile(rng):
    rows = pd.DataFrame(rng.normal(size=(40, 3)), columns=HOSTILE)
    labels = np.where(rows.iloc[:, 0] > 0, "<b>yes</b>", "no & never")
    return explain(LogisticRegression().fit(rows, labels), rows, labels, row=3)


def tree_of(html):
    """Read a page as XML, which it is as well."""
    return ET.fromstring(html.replace("<!DOCTYPE html>", ""))  # noqa: S314 (our own)


def test_a_page_is_whole(worked):
    page = worked.to_html()
    tree = tree_of(page)
    assert page.startswith("<!DOCTYPE html>")
    assert tree.get("lang") == "en"
    assert tree.find("head/title").text == worked.title
    assert [step.tag for step in tree.iter("details")] == ["details"] * len(worked.steps)
    assert all(step.get("open") is not None for step in tree.iter("details"))
    assert all(cell.get("scope") for cell in tree.iter("th"))


def test_every_line_is_a_formula_with_its_numbers(worked):
    tree = tree_of(worked.to_html())
    formulas = ["".join(math.itertext()) for math in tree.iter("math")]
    assert len(formulas) > worked.checks.lines
    told = " ".join(formulas)
    for number in ("0.721115", "0.574443", "0.585513", "0.535266", "0.414487", "0.298893"):
        assert number in told
    assert any(True for _ in tree.iter("mfrac"))


def test_nothing_is_fetched_and_nothing_is_run(hostile, worked):
    for page in (hostile.to_html(), worked.to_html(), lesson().to_html(), worked._repr_html_()):
        tree = tree_of(page)
        tags = {element.tag for element in tree.iter()}
        assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form"}
        for element in tree.iter():
            for name in element.attrib:
                assert not name.startswith("on")
                assert name not in ("src", "href")
        assert "url(" not in page
        assert "@import" not in page


def test_names_are_text(hostile):
    tree = tree_of(hostile.to_html())
    cells = {"".join(cell.itertext()) for cell in tree.iter("td")}
    assert {" ".join(name.split()) for name in HOSTILE} <= {" ".join(c.split()) for c in cells}
    assert "no & never" in "".join(tree.itertext())


def test_in_a_notebook_it_is_a_part(worked):
    part = worked._repr_html_()
    assert "<html" not in part
    assert "<body" not in part
    root = tree_of(part)
    assert root.tag == "div"
    # Its styles are for itself alone.
    (style,) = root.iter("style")
    rules = re.sub(r"/\*.*?\*/", "", style.text, flags=re.DOTALL)
    for selectors in re.findall(r"([^{}]+)\{", re.sub(r"@\w+[^{]*\{", "", rules)):
        assert all(".chainrule" in selector for selector in selectors.split(",")), selectors
