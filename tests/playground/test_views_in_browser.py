"""The drawings in a real browser: what they show is the engine's, and what is done reaches it."""

from __future__ import annotations

import itertools
import re
import time

import numpy as np
import pytest
from playwright.sync_api import expect

from chainrule.playground.session import Session

SMALL = "data=circle&layers=3,2&did=e4"
_SEEDS = itertools.count(1)


@pytest.fixture(scope="module")
def tab(browser, start_playground):
    """One page for all tests, and the session behind it: each test loads an address."""
    with start_playground(lambda address: Session(None, address)) as server:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(f"{server.home}#data=xor")
        page.locator(".network-node").first.wait_for()
        yield page, server.made[0]
        page.close()


@pytest.fixture
def open_page(tab):
    """Load an address; returns the page and its session, when the page shows it."""
    page, session = tab

    def open_at(address):
        # A seed of its own tells a test's frames from those before.
        seed = f"data_seed={next(_SEEDS)}"
        page.mouse.move(0, 0)
        page.emulate_media(reduced_motion="no-preference")
        page.evaluate(
            "async () => { (await import('./page/store.js')).publish('selection', null); }"
        )
        page.evaluate("address => { location.hash = address; }", f"{address}&{seed}")
        # The session is at work in another thread until the page shows that it stands still.
        until(page, lambda: _is_shown(page, seed))
        return page, session

    yield open_at
    assert page.said == []


def _is_shown(page, seed):
    """Return whether the latest frame is of a seed, stands still, and is drawn."""
    address, moves = page.evaluate(
        "async () => { const { frame } = (await import('./page/store.js')).store;"
        " for (let i = 0; i < 4; i += 1) await new Promise(requestAnimationFrame);"
        " return [frame.address, frame.playing || frame.catching_up]; }"
    )
    return f"{seed}&" in address and not moves


def shown(text):
    """Read a number as the page writes it."""
    return float(text.replace("−", "-").rstrip(" %"))


def layer_of(session, layer):
    """Return the present W and b of a layer, counted from 1."""
    training = session.course.training
    sizes = training.network.sizes
    ends = np.cumsum([(n + 1) * m for n, m in itertools.pairwise(sizes)])
    flat = np.split(np.array(training.parameters), ends[:-1])[layer - 1]
    rows, columns = sizes[layer - 1], sizes[layer]
    return flat[: rows * columns].reshape(rows, columns), flat[rows * columns :]


def middle_of(page, place):
    """Return where the middle of an edge is on the screen."""
    return page.locator(f'[data-place="{place}"]').evaluate(
        "path => { const at = path.getPointAtLength(path.getTotalLength() / 2);"
        " const m = path.getScreenCTM(); return [at.x * m.a + m.e, at.y * m.d + m.f]; }"
    )


def until(page, true):
    """Wait until something is true of the session."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it never came true"
        page.wait_for_timeout(20)


def test_a_node_tells_its_bias_and_is_selected_by_a_click(open_page):
    page, session = open_page(SMALL)
    page.locator('[data-place="node 1 1"]').click()
    card = page.locator(".network-card")
    bias = card.locator("dt", has_text="bias").locator("xpath=following-sibling::dd[1]")
    wanted = pytest.approx(layer_of(session, 1)[1][1], rel=1e-3)
    until(page, lambda: shown(bias.inner_text()) == wanted)
    node = page.get_by_role("button", name="hidden layer 1, node 2")
    expect(node).to_have_attribute("aria-pressed", "true")


def test_an_edge_dragged_up_makes_its_weight_larger(open_page):
    page, session = open_page(SMALL)
    before = layer_of(session, 2)[0].copy()
    x, y = middle_of(page, "weight 2 0 0")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 10)
    page.mouse.move(x, y - 30)
    page.mouse.up()
    until(page, lambda: layer_of(session, 2)[0][0, 0] == pytest.approx(before[0, 0] + 0.6, 1e-3))
    after = layer_of(session, 2)[0]
    assert np.array_equal(after.ravel()[1:], before.ravel()[1:])
    name = f"W²₁,₁ = {after[0, 0]:.4g}"
    expect(page.locator(".network-card-name")).to_have_text(name.replace("-", "−"))


def test_a_weight_is_typed_and_nonsense_is_not_sent(open_page):
    page, session = open_page(SMALL)
    page.mouse.click(*middle_of(page, "weight 3 1 0"))
    field = page.get_by_label("Value", exact=True)
    field.fill("-1.25")
    until(page, lambda: layer_of(session, 3)[0][1, 0] == -1.25)
    field.fill("")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert layer_of(session, 3)[0][1, 0] == -1.25


def test_the_keyboard_reaches_nodes_weights_and_biases(open_page):
    page, session = open_page(SMALL)
    before = [part.copy() for part in layer_of(session, 1)]
    expect(page.locator(".network-svg [tabindex='0']")).to_have_count(1)
    page.locator("[data-place='node 0 0']").focus()
    focused = page.locator(":focus")
    for key, label in (
        ("ArrowRight", "hidden layer 1, node 1"),
        ("End", "hidden layer 1, node 3"),
        ("w", "to hidden layer 1, node 3"),
    ):
        page.keyboard.press(key)
        expect(focused).to_have_attribute("aria-label", re.compile(label))
    expect(focused).to_have_attribute("role", "slider")
    strongest = int(np.abs(before[0][:, 2]).argmax())
    page.keyboard.press("ArrowUp")
    wanted = before[0][strongest, 2] + 0.05
    until(page, lambda: layer_of(session, 1)[0][strongest, 2] == pytest.approx(wanted, abs=1e-4))
    value = "Number(document.activeElement.getAttribute('aria-valuenow'))"
    until(page, lambda: page.evaluate(value) == pytest.approx(wanted, abs=1e-4))
    page.keyboard.press("b")
    page.keyboard.press("PageDown")
    wanted = before[1][2] - 0.5
    until(page, lambda: layer_of(session, 1)[1][2] == pytest.approx(wanted, abs=1e-4))
    page.keyboard.press("Escape")
    expect(focused).to_have_attribute("aria-label", re.compile("^hidden layer 1, node 3"))


def test_the_weights_can_be_read(open_page):
    page, session = open_page(SMALL)
    page.get_by_text("The weights as numbers").click()
    expect(page.locator(".network-table")).to_have_count(3)
    expect(page.locator(".network-table td").last).not_to_be_empty()
    for layer in (1, 2, 3):
        table = page.locator(".network-table").nth(layer - 1)
        rows = [
            [shown(cell) for cell in row.locator("td").all_inner_texts()]
            for row in table.locator("tbody tr").all()
        ]
        w, b = layer_of(session, layer)
        assert np.allclose(rows, [*w, b], rtol=1e-3, atol=1e-6)


# How many dots there are, whenever that changes: each is there for less than a second.
COUNT_DOTS = """() => {
  window.dots = [];
  const count = () => window.dots.push(document.querySelectorAll(".network-dot").length);
  const runs = document.querySelector(".network-runs");
  new MutationObserver(count).observe(runs, { childList: true });
}"""


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_point_is_sent_through(open_page, motion):
    page, session = open_page(SMALL)
    page.emulate_media(reduced_motion=motion)
    page.evaluate(COUNT_DOTS)
    plane = page.get_by_role("application")
    plane.focus()
    page.keyboard.press("ArrowRight")
    row = int(re.search(r"row (\d+)", page.locator("#plane [aria-live]").inner_text())[1])
    page.keyboard.press("Enter")
    page.locator(".plane-picked").wait_for()
    page.locator(".maths-stage").wait_for()
    if motion == "reduce":
        _is_shown(page, "")
        assert page.evaluate("Math.max(0, ...dots)") == 0
    else:
        until(page, lambda: 6 in page.evaluate("dots"))
    x = session.data.encode(session.data.frame[row])
    w, b = layer_of(session, 1)
    written = page.locator(".network-layer[data-layer='1'] .network-value").all_text_contents()
    assert np.allclose([shown(text) for text in written], np.tanh(x @ w + b), rtol=0.06, atol=1e-3)


def test_a_point_is_told_by_the_names_of_its_categories(open_page):
    page, session = open_page("data=penguins&x_axis=body_mass_g&y_axis=sex&layers=2")
    plane = page.get_by_role("application", name=re.compile("^What the network says"))
    plane.focus()
    page.keyboard.press("ArrowRight")
    told = page.locator(".plane-card").inner_text()
    row = session.data.frame.row(int(re.search(r"row (\d+)", told)[1]), named=True)
    assert f"sex {row['sex']}; species: {row['species']}" in told
    ticks = page.locator(".plane-axes text").all_text_contents()
    assert {"female", "male"} < {*ticks}


def test_a_place_between_the_points_is_picked(open_page):
    page, _ = open_page("data=gaussians&noise=0&layers=2")
    box = page.locator(".plane-edge").bounding_box()
    page.mouse.click(box["x"] + 4, box["y"] + 4)
    page.locator(".plane-cross").wait_for()
    expect(page.locator(".network-value").first).not_to_be_empty()


def test_the_plane_has_the_colors_of_what_is_decided(open_page):
    page, _ = open_page("data=gaussians&layers=3&did=e20")
    cells = page.locator(".plane-canvas").first
    # The first class, lower left, is blue; the second, upper right, is orange.
    (red, _, blue), (other_red, _, other_blue) = corners(cells)
    assert blue > red
    assert other_red > other_blue
    light = min(corners(cells)[0])
    theme = "theme => { document.documentElement.dataset.theme = theme; }"
    page.evaluate(theme, "dark")
    until(page, lambda: min(corners(cells)[0]) < light - 40)
    page.evaluate(theme, "light")
    until(page, lambda: min(corners(cells)[0]) == light)


def corners(cells):
    """Return red, green and blue near the lower left corner of a canvas and the upper right."""
    return cells.evaluate(
        "cells => { const copy = document.createElement('canvas');"
        " copy.width = copy.height = cells.width;"
        " const context = copy.getContext('2d', { willReadFrequently: true });"
        " context.drawImage(cells, 0, 0); const far = cells.width - 2;"
        " const at = (x, y) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];"
        " return [at(1, far), at(far, 1)]; }"
    )


def test_test_points_are_shown_only_when_asked_for(open_page):
    page, session = open_page(SMALL)
    legend = page.get_by_role("list", name="Legend")
    expect(legend).to_contain_text(f"test {len(session.data.test)}")
    page.get_by_label("Show test points").uncheck()
    expect(legend).not_to_contain_text("test")
    expect(legend).to_contain_text(f"training {len(session.data.train)}")


def test_a_click_on_the_losses_goes_back(open_page):
    page, session = open_page("data=circle&layers=2&did=e40")
    loss = session.course.curve.points[20].train
    curves = page.get_by_role("slider", name="Losses by epoch")
    curves.focus()
    for _ in range(2):
        page.keyboard.press("PageDown")
    expect(page.locator(".curves-card")).to_contain_text(f"training loss {loss:.4g}")
    page.keyboard.press("Enter")
    expect(page.locator("#numbers [data-number=epoch]")).to_have_text("20")
    assert session.course.epoch == 20


def test_the_confusion_matrix_counts_the_test_rows(open_page):
    page, session = open_page("data=iris&layers=3&did=e10")
    table = page.locator("[data-number=confusion]")
    cells = [
        [int(cell) for cell in row.locator("td").all_inner_texts()]
        for row in table.locator("tbody tr").all()
    ]
    answers = session.data.answers[session.data.test].astype(int)
    assert np.sum(cells, axis=1).tolist() == np.bincount(answers, minlength=3).tolist()
    right = shown(page.locator("[data-number=test-score]").inner_text()) / 100
    assert np.trace(cells) / np.sum(cells) == pytest.approx(right, abs=1e-3)


def test_images_are_shown_with_what_they_are_taken_for(open_page):
    page, session = open_page("data=digits&layers=8&did=e2")
    tiles = page.locator(".images-tile")
    estimator = session.course.training.estimator
    rows = [int(row) for row in tiles.evaluate_all("all => all.map(t => t.dataset.row)")]
    taken = estimator.predict(session.data.encode(session.data.frame[rows]))
    right = session.data.answers[rows].astype(int)
    wrong = [str(a) != str(session.data.classes[b]) for a, b in zip(taken, right, strict=True)]
    marked = tiles.evaluate_all("all => all.map(t => t.classList.contains('images-wrong'))")
    assert marked == wrong
    assert any(wrong)
    tiles.nth(3).click()
    expect(tiles.nth(3)).to_have_class(re.compile("images-picked"))
    expect(page.locator(".network-caption")).to_have_text("sent through")


def test_a_point_pulls_a_perceptrons_line_or_does_not(open_page):
    page, session = open_page("data=gaussians&model=perceptron&noise=30&play_by=point&points=60")
    seen = set()
    for step in range(1, 25):
        before = np.array(session.course.training.parameters)
        page.get_by_role("button", name="Point", exact=True).click()
        point = page.locator("#numbers [data-number=point]")
        expect(point).to_have_text(f"{step} of {len(session.data.train)}")
        pulled = not np.array_equal(before, session.course.training.parameters)
        words = "pulled the line" if pulled else "well classified: the line stays"
        expect(page.locator(".plane-step-words")).to_have_text(words)
        seen.add(pulled)
        if seen == {True, False}:
            break
    assert seen == {True, False}
