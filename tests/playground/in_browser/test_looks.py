"""Everyone can use it: axe-core, keyboard alone, all screens, both themes, no motion."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from chainrule.playground.lessons import LESSONS

WIDTHS = (360, 768, 1280, 2560)
OPENED = "data=iris&layers=3&did=e5"
# A text that is cut off, though nothing says so: an ellipsis or a scroll bar would.
CUT = """[...document.querySelectorAll(
    "button, label, legend, summary, th, td, option, output, dt, dd, h1, h2, h3, p")]
  .filter((e) => e.checkVisibility() && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1
    && getComputedStyle(e).overflowX !== "visible" && getComputedStyle(e).overflowX !== "auto"
    && getComputedStyle(e).textOverflow !== "ellipsis")
  .map((e) => e.outerHTML.slice(0, 160))"""
# What goes beyond the screen.
OVER = """[...document.querySelectorAll("button, select, input, .note, .field")]
  .filter((e) => e.checkVisibility() && !e.closest(".network-scroll, .unseen"))
  .filter((e) => { const box = e.getBoundingClientRect();
    return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1); })
  .map((e) => e.outerHTML.slice(0, 160))"""


def open_all(tab):
    """Open whatever lies folded in the page, and tell of a point."""
    tab.see("{ for (const e of document.querySelectorAll('details.fold')) e.open = true; }")
    tab.see("{ document.querySelector('.network-numbers').open = true; }")
    tab.page.get_by_role("button", name="Send a point through").click()
    tab.wait("document.querySelector('.maths-stage').checkVisibility()")
    tab.drawn()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(open_tab, violations, width, scheme):
    tab = open_tab(OPENED, width=width, color_scheme=scheme, reduced_motion="reduce")
    open_all(tab)
    tab.page.get_by_role("button", name="All steps").click()
    assert violations(tab.page) == []
    tab.page.locator("#network [data-place='node 1 0']").focus()
    tab.page.keyboard.press("Enter")
    tab.wait("seen.inspection")
    assert violations(tab.page, "#maths") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_is_opened_one_by_one(open_tab, violations, scheme):
    """Groups of controls and dialogs, beside little else: axe reads all of a page each time."""
    tab = open_tab(
        "layers=1&points=20&optimizer=adam", color_scheme=scheme, reduced_motion="reduce"
    )
    for summary in tab.page.locator("details.group > summary").all():
        if summary.is_visible():
            summary.click()
            assert violations(tab.page, "details.group[open]") == []
            tab.page.keyboard.press("Escape")
    tab.page.click("#do-help")
    assert violations(tab.page, "dialog[open]") == []
    tab.page.keyboard.press("Escape")
    for label in ("Share link", "Python", "Picture"):
        tab.share(label)
        tab.wait("document.querySelector('dialog[open]')")
        assert violations(tab.page, "dialog[open]") == [], label
        tab.page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_every_screen(open_tab, width, scheme):
    tab = open_tab(OPENED, width=width, color_scheme=scheme)
    open_all(tab)
    tab.page.keyboard.press("Escape")
    assert tab.see("document.documentElement.scrollWidth") <= width
    assert tab.see(CUT) == []
    assert tab.see(OVER) == []
    picture = Image.open(io.BytesIO(tab.page.screenshot()))
    assert picture.size == (width, 900)
    colors = picture.convert("RGB").getcolors(1 << 24)
    background = max(colors)[1]
    assert (sum(background) > 382) == (scheme == "light")
    assert len(colors) > 500
    assert max(colors)[0] < 0.95 * width * 900


def test_tab_reaches_everything(open_tab):
    """Whatever can be pressed is reached, in the order in which it is read, and can be seen."""
    tab = open_tab("data=penguins")
    every = tab.see(
        "[...document.querySelectorAll('button, select, input, summary, [tabindex=\"0\"]')]"
        ".filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled"
        " && e.tabIndex >= 0 && e.type !== 'radio')"
        ".map((e, i) => { e.dataset.order = i; return e.outerHTML.slice(0, 100); })"
    )
    reached = []
    for _ in range(len(every) + 10):
        tab.page.keyboard.press("Tab")
        now = tab.see("document.activeElement.dataset.order ?? null")
        shown = tab.see(
            "(({ outlineStyle, boxShadow, strokeWidth }) =>"
            " outlineStyle !== 'none' || boxShadow !== 'none' || parseFloat(strokeWidth) >= 2)"
            "(getComputedStyle(document.activeElement.querySelector('.network-frame')"
            " ?? document.activeElement))"
        )
        if now is not None:
            if now in reached:
                break
            reached.append(now)
            assert shown, tab.see("document.activeElement.outerHTML.slice(0, 200)")
    missed = [html for order, html in enumerate(every) if str(order) not in reached]
    assert missed == []
    numbers = [int(order) for order in reached]
    assert numbers == sorted(numbers)


def test_a_whole_training_by_keyboard(open_tab):
    """Data, a node more, playing, a point and its steps: no mouse at all."""
    tab = open_tab()
    press = tab.page.keyboard.press

    def go_to(selector):
        for _ in range(150):
            if tab.see(f"document.activeElement.matches({selector!r})"):
                return
            press("Tab")
        raise AssertionError(f"the tab key does not reach {selector}")

    go_to("[name=set-data]")
    press("ArrowRight")
    tab.settle("seen.store.state.settings.data === 'xor'")
    go_to("#do-add-node-1")
    press("Enter")
    tab.settle("seen.store.state.settings.layers[0] === 5")
    go_to(".plane-svg")
    press("ArrowLeft")
    press("Enter")
    tab.wait("seen.store.frame.picked !== null && seen.explanation")
    go_to(".maths-next")
    press("Enter")
    press("Escape")
    tab.see("{ document.activeElement.blur(); }")
    press("Space")
    tab.wait("seen.store.frame.epoch > 60")
    press("Space")
    tab.settle()
    epoch = tab.frame["epoch"]
    press(".")
    tab.settle("seen.store.frame.epoch === given", epoch + 1)
    assert tab.agrees().settings.layers == (5, 2)


def test_nothing_moves_where_that_is_asked_for(open_tab):
    tab = open_tab("did=e3", reduced_motion="reduce")
    tab.page.get_by_role("button", name="Send a point through").click()
    tab.wait("seen.explanation")
    tab.drawn()
    assert tab.see("document.querySelector('.network-runs').childElementCount") == 0
    moving = "document.getAnimations().filter((a) => a.effect.getComputedTiming().duration > 1)"
    assert tab.see(f"{moving}.map((a) => a.animationName ?? a.transitionProperty)") == []
    # Where it is not asked for, values run along the edges.
    other = open_tab("did=e3")
    other.page.get_by_role("button", name="Send a point through").click()
    other.wait("document.querySelector('.network-runs').childElementCount > 0")


def test_the_theme_can_be_chosen(tab):
    brightness = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)"
    seen = []
    for _ in range(3):
        tab.page.click("#do-theme")
        theme = tab.see("document.documentElement.dataset.theme")
        assert (sum(tab.see(brightness)) > 382) == (theme == "light")
        seen.append(theme)
    assert set(seen) == {"light", "dark"}


IN_SIGHT = """(name) => { const { top, bottom } = document.querySelector(name)
    .getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }"""


def test_a_lesson_leaves_the_drawings_in_sight(open_tab):
    """What a lesson speaks of is seen while it is read; data and features give it their place."""
    tab = open_tab(height=800)
    assert tab.page.locator("#controls-data").is_visible()
    for lesson in (LESSONS[0], LESSONS[3]):
        tab.page.select_option("#lesson-choice", lesson.id)
        tab.settle("seen.store.state.settings.lesson === given", f"{lesson.id}/1")
        for place in (".lesson-card", ".network-svg", ".plane-svg", ".curves-svg"):
            tab.wait(f"({IN_SIGHT})(given)", place)
    assert not tab.page.locator("#controls-data").is_visible()
    tab.page.get_by_role("button", name="End lesson").click()
    tab.page.locator("#controls-data").wait_for()


def test_one_tap_leads_from_a_point_to_its_steps(open_tab):
    tab = open_tab("did=e3", width=360, height=780, reduced_motion="reduce")
    way = tab.page.locator(".maths-way")
    assert not way.is_visible()
    plane = tab.page.locator(".plane-svg")
    plane.scroll_into_view_if_needed()
    plane.click(position={"x": 200, "y": 100})
    tab.wait("seen.explanation")
    way.wait_for()
    assert not tab.page.evaluate(IN_SIGHT, ".maths-steps")
    way.click()
    tab.wait(f"({IN_SIGHT})(given)", ".maths-steps")
    assert not way.is_visible()


def test_a_note_covers_nothing_one_works_with(open_tab):
    tab = open_tab(height=800)
    tab.see("{ seen.source.send('load', { address: 'did=nothing' }); }")
    note = tab.page.locator("#notes .note")
    note.wait_for()
    box = note.bounding_box()
    for name in (".workbench", ".bar-transport", "#lesson-choice", ".group-share"):
        other = tab.page.locator(name).bounding_box()
        apart = (
            box["x"] + box["width"] <= other["x"]
            or other["x"] + other["width"] <= box["x"]
            or box["y"] + box["height"] <= other["y"] + 5
        )
        assert apart, (name, box, other)


def test_the_card_of_a_node_goes_with_the_pointer(open_tab):
    tab = open_tab("did=e3")
    tab.page.locator("#network [data-place='node 1 1']").click()
    card = tab.page.locator(".network-card")
    card.wait_for()
    tab.page.mouse.move(5, 5)
    card.wait_for(state="hidden")


# How red the canvas is where the pixel in row 3, column 4 lies: most digits are dark there.
MIDDLE_PIXEL = """(() => {
  const canvas = document.querySelector(".network-pictures");
  const { x, y, width, height } = document.querySelectorAll(".network-pixel")[28].getBBox();
  const sharp = canvas.width / canvas.getBoundingClientRect().width;
  const [across, down] = [(x + width / 2) * sharp, (y + height / 2) * sharp];
  return canvas.getContext("2d").getImageData(across, down, 1, 1).data[0];
})()"""


def test_the_inputs_of_images_show_their_mean(open_tab):
    tab = open_tab("data=digits&layers=4")
    data = tab.see("(({ points, image }) => ({ part: points.part, image }))(seen.store.state.data)")
    assert data["image"] == {"rows": 8, "columns": 8}
    expect(tab.page.locator(".network-caption").first).to_have_text("8 × 8 pixels: their mean")
    tab.drawn()
    red = tab.see(MIDDLE_PIXEL)
    assert red < 200
