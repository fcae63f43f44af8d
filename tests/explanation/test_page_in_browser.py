"""A worked example's page in a real browser: laid out, readable, folded, printed."""

import numpy as np
import pytest

from chainrule import MLPClassifier, explain

# The contrast of text with what is behind it: Web Content Accessibility Guidelines 2.2, 1.4.3.
CONTRAST = """
() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => {
      c /= 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = numbers(getComputedStyle(e).backgroundColor);
      if (color.length === 3 || color[3] > 0.99) return color;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  let least = 21;
  for (const element of document.querySelectorAll("p, td, th, summary, h1, math")) {
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(behind(element))];
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Write the page of a network that is wide enough for long lines; returns where it is."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 40)), rng.integers(0, 3, 50)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model = MLPClassifier((20,), max_iter=3, random_state=0).fit(x, y)
    path = tmp_path_factory.mktemp("page") / "row.html"
    path.write_text(explain(model, x, y, row=7).to_html(), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(params=["light", "dark"])
def page(request, browser, address):
    page = browser.new_page(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(address)
    yield page
    page.close()


def test_the_browser_has_nothing_to_complain_of(page):
    assert page.said == []
    assert page.title().startswith("Row 7 through a network of 40–20–3 nodes")


def test_formulas_are_laid_out(page):
    heights = page.eval_on_selector_all(
        "math", "all => all.map(m => m.getBoundingClientRect().height)"
    )
    assert len(heights) > 50
    assert min(heights) > 8
    # What is above in a fraction is above what is below.
    stacked = page.eval_on_selector_all(
        "mfrac",
        "all => all.map(f => f.children[0].getBoundingClientRect().bottom"
        " <= f.children[1].getBoundingClientRect().top + 2)",
    )
    assert stacked
    assert all(stacked)


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_nothing_is_wider_than_the_screen(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= screen


def test_text_stands_out_from_what_is_behind_it(page):
    assert page.evaluate(CONTRAST) >= 4.5


def test_steps_fold(page):
    first = page.locator("details").first
    whole = first.bounding_box()["height"]
    first.locator("summary").click()
    assert first.bounding_box()["height"] < whole / 3
    first.locator("summary").click()
    assert first.bounding_box()["height"] == pytest.approx(whole)


def test_it_prints(page):
    assert page.pdf(format="A4").startswith(b"%PDF")
