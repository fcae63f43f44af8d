"""A spiral learned by clicking only; what is shared is the same again, to the pixel; lessons."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from chainrule.playground.lessons import LESSONS

PICTURES = [("#plane", 0), ("#plane", 2), ("#network", 0)]


def test_a_spiral_is_learned_by_clicking_only(tab):
    page = tab.page
    page.click("label:has(#set-data-spiral)")
    for name in ("x1_squared", "x2_squared", "product", "sin_x1", "sin_x2"):
        page.click(f"#set-features-{name}")
        tab.wait("seen.store.state.settings.features.includes(given)", name)
    for layer, wanted in ((1, 8), (2, 8)):
        nodes = tab.settings["layers"][layer - 1]
        for count in range(nodes + 1, wanted + 1):
            page.click(f"#do-add-node-{layer}")
            tab.wait("seen.store.state.settings.layers[given[0]] === given[1]", [layer - 1, count])
    page.click("#do-play")
    tab.wait("seen.store.frame.test.score >= 0.98", seconds=240)
    page.click("#do-play")
    tab.settle()
    session = tab.agrees()
    assert session.settings.data == "spiral"
    assert tab.number("test-score")[0] >= 95


@pytest.mark.parametrize(
    "address",
    [
        "data=spiral&layers=6,3&noise=5&did=e20~b3~s.learning_rate.0.1~e4~w.1.0.2.0.5",
        "data=iris&columns=all&did=e10",
        "data=hills&show_test=0&did=e10",
    ],
)
def test_a_shared_link_opens_the_same_picture_elsewhere(open_tab, address):
    first = open_tab(address)
    first.share("Share link")
    link = first.page.locator("dialog[open] input").input_value()
    first.page.keyboard.press("Escape")
    second = open_tab(link.partition("#")[2])
    assert second.page.url.partition("#")[0] == link.partition("#")[0]
    assert second.state == first.state
    assert np.array_equal(second.weights, first.weights)
    for where, which in PICTURES:
        assert second.pixels(which, where) == first.pixels(which, where)
    second.agrees()


TYPED_MEANWHILE = """(typed) => {
  const { hash } = location;
  location.hash = typed;
  history.replaceState(null, "", hash);
}"""


def test_an_address_that_is_typed_is_opened_though_the_page_writes_its_own_just_then(tab):
    tab.page.evaluate(TYPED_MEANWHILE, "data=xor&did=e3")
    tab.settle("seen.store.state.settings.data === 'xor' && seen.store.frame.epoch === 3")
    tab.agrees()


KEEP_SOCKETS = """window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); window.sockets.push(this); }
};"""


def test_a_connection_that_is_lost_comes_back_with_all_that_was(open_tab):
    tab = open_tab("data=circle&layers=3&did=e3", script=KEEP_SOCKETS)
    before = tab.weights
    tab.see("{ seen.fresh = false; sockets[0].close(); }")
    tab.settle()
    assert np.array_equal(tab.weights, before)
    tab.see("{ seen.fresh = false; sockets[1].close(); location.hash = 'data=xor&did=e2'; }")
    tab.settle("seen.store.frame.epoch === 2 && seen.store.state.settings.data === 'xor'")
    assert tab.see("sockets.length") == 3
    tab.agrees()


OTHER_BEFORE = """async () => {
  const { publish } = await import("./page/store.js");
  const frame = seen.store.frame;
  const [low, high] = frame.range;
  for (const more of [1, 0.01]) {
    publish("frame", { ...frame, playing: true, range: [low, high + more * (high - low)] });
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  }
  publish("frame", frame);
}"""


def test_what_stands_still_is_the_same_whatever_was_drawn_before(tab):
    tab.load("data=hills&did=e10")
    before = [tab.pixels(which, where) for where, which in PICTURES]
    tab.page.evaluate(OTHER_BEFORE)
    assert [tab.pixels(which, where) for where, which in PICTURES] == before


def test_every_page_of_every_lesson(tab):
    page = tab.page
    for lesson in LESSONS:
        page.select_option("#lesson-choice", lesson.id)
        for number, told in enumerate(lesson.pages, 1):
            tab.settle("seen.store.state.settings.lesson === given", f"{lesson.id}/{number}")
            assert page.locator(".lesson-title").inner_text() == told.title
            assert page.locator(".lesson-text").inner_text() == told.text
            for name, value in told.settings.items():
                shown = tab.settings[name]
                assert (tuple(shown) if isinstance(shown, list) else shown) == value, name
            tab.agrees()
            if number < len(lesson.pages):
                page.click(".lesson-next")
    page.get_by_role("button", name="End lesson").click()
    tab.wait("seen.store.state.settings.lesson === ''")
    assert not page.locator(".lesson-card").is_visible()


def test_a_bundle_plays_without_a_server(open_tab, browser, tmp_path):
    tab = open_tab("data=xor&layers=3&points=60&did=e5")
    with tab.page.expect_download(timeout=120_000) as download:
        tab.share("Teacher’s bundle")
    path = tmp_path / "bundle.html"
    download.value.save_as(path)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.locator("#network .network-node").first.wait_for()
    shown = "#numbers [data-number=train-loss]"
    # It begins at its end; all of it can be gone through.
    expect(page.locator(shown)).to_have_text(tab.page.locator(shown).inner_text())
    page.focus("#do-rewind")
    page.keyboard.press("Home")
    epoch = page.locator("#transport output").first
    expect(epoch).to_have_text("0")
    page.click("#do-epoch")
    expect(epoch).to_have_text("1")
    page.get_by_role("button", name="Send a point through").click()
    for _ in range(3):
        page.click(".maths-next")
    page.locator(".maths-stage math").first.wait_for()
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [path.as_uri()]
