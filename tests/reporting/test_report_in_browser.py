"""A report in a real browser: silent, readable by all, on a narrow screen, on paper."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from chainrule.reporting.training_report import Names, report_of_training

#: A4 less margins of 15 mm, in pixels of a page.
PAPER = round((210 - 30) / 25.4 * 96)


@pytest.fixture(scope="module")
def addresses(tmp_path_factory, penguins, diabetes, hostile):
    """Write the pages; returns where they are, by name."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, training in (("classes", penguins), ("numbers", diabetes), ("hostile", hostile)):
        path = folder / f"{name}.html"
        report_of_training(training, path=path, names=Names(data=name))
        found[name] = path.as_uri()
    return found


@pytest.fixture(params=["classes light", "classes dark", "numbers light", "hostile dark"])
def page(request, browser, addresses):
    name, scheme = request.param.split()
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.said.append(request.url))
    page.on("dialog", lambda dialog: page.said.append(dialog.message))
    page.goto(addresses[name])
    page.said.remove(addresses[name])
    yield page
    page.close()


def test_the_browser_has_nothing_to_complain_of(page):
    assert [said for said in page.said if not said.startswith("data:")] == []
    assert page.title().startswith("Predicting ")


def test_pictures_are_there_and_described(page):
    images = page.eval_on_selector_all(
        "img", "all => all.map(i => [i.naturalWidth, i.naturalHeight, i.alt])"
    )
    assert len(images) == 4
    assert all(wide > 100 and high > 100 and len(alt) > 20 for wide, high, alt in images)


def test_everyone_can_read_it(page, violations):
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true; })")
    assert violations(page) == []


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_nothing_is_wider_than_the_screen(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.eval_on_selector_all("details", "all => all.forEach(d => { d.open = true; })")
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= screen
    # What is too wide can be moved by itself.
    hidden = page.eval_on_selector_all(
        "section, figure, .table, .picture, .lines, pre, dl",
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0"
        " && getComputedStyle(e).overflowX === 'visible' && !e.closest('.table, .picture'))"
        ".map(e => e.outerHTML.slice(0, 200))",
    )
    assert hidden == []


def test_headings_are_in_order(page):
    levels = page.eval_on_selector_all(
        "h1, h2, h3, h4", "all => all.map(h => Number(h.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_links_lead_somewhere(page):
    missing = page.eval_on_selector_all(
        "a", "all => all.map(a => a.hash.slice(1)).filter(id => !document.getElementById(id))"
    )
    assert missing == []


def test_letters_of_pictures_are_no_smaller_on_a_narrow_screen(page):
    page.set_viewport_size({"width": 360, "height": 800})
    widths = page.eval_on_selector_all("img", "all => all.map(i => i.clientWidth)")
    assert min(widths) >= 450


def test_it_prints(page):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1000})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PAPER
    cut = page.eval_on_selector_all(
        "figure img, table, pre",
        f"all => all.filter(e => e.getBoundingClientRect().right > {PAPER + 1})"
        ".map(e => e.outerHTML.slice(0, 200))",
    )
    assert cut == []
    # What is folded on the screen is on paper.
    folded = page.eval_on_selector_all(
        "details > :not(summary)", "all => all.filter(e => e.offsetHeight === 0).length"
    )
    assert folded == 0
    document = page.pdf(format="A4")
    pages = len(re.findall(rb"/Type\s*/Page\b", document))
    assert 5 <= pages <= 60
