"""What comes late, twice, or in another order: the page does what was asked for last."""

from __future__ import annotations

import numpy as np
import pytest

from .test_mathematics import click_point, lonely_row

# Lets a test hold back what goes up, or what comes down, and close the connection.
HOLD = """window.held = { up: null, down: null, sent: [], sockets: [] };
held.release = (way, count = Infinity) => {
  const all = held[way].splice(0, count);
  if (count === Infinity) held[way] = null;
  for (const action of all) action();
};
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    held.sockets.push(this);
  }
  send(data) {
    const message = JSON.parse(data);
    const { type } = message;
    if (type === "hello") held.hello = message;
    if (type !== "shown") held.sent.push(type);
    if (held.up && type !== "shown") held.up.push(() => super.send(data));
    else super.send(data);
  }
  addEventListener(kind, listener) {
    const late = (event) => {
      if (held.down) held.down.push(() => listener(event));
      else listener(event);
    };
    super.addEventListener(kind, kind === "message" ? late : listener);
  }
};"""


@pytest.fixture(scope="module")
def _tab_of_module(browser, playground, make_tab):
    """As elsewhere, and what goes up and down can be held."""
    yield from make_tab(browser, playground, HOLD)


@pytest.fixture
def tab(tab):
    yield tab
    tab.see("{ held.up = held.down = null; }")


def hold(tab, way):
    tab.see(f"{{ held.{way} = []; held.sent = []; }}")


def release(tab, way):
    """Let all go on, and wait until the page has had the answers to it."""
    tab.see(
        f"{{ held.release('{way}'); held.last = seen.source.send('hello', {{ version: 1 }}); }}"
    )
    tab.wait("seen.notes.some((note) => note.to === held.last)")
    tab.drawn()


def test_play_pressed_twice_is_playing_and_a_pause(tab):
    hold(tab, "up")
    tab.see("{ const play = document.querySelector('#do-play'); play.click(); play.click(); }")
    assert tab.see("held.sent") == ["play", "pause"]
    release(tab, "up")
    tab.settle()
    tab.page.click("#do-play")
    tab.wait("seen.store.frame.playing")
    tab.page.keyboard.press(".")
    tab.settle()
    tab.page.click("#do-play")
    tab.wait("seen.store.frame.playing")


def test_next_pressed_twice_is_the_page_after_the_next(tab):
    tab.page.select_option("#lesson-choice", index=2)
    lesson = "seen.store.state.settings.lesson"
    tab.settle(f"{lesson} !== ''")
    first = tab.settings["lesson"]
    assert first.endswith("/1")
    hold(tab, "up")
    for _ in range(2):
        tab.page.click(".lesson-next")
    release(tab, "up")
    tab.settle(f"{lesson} === given", first.replace("/1", "/3"))
    tab.page.get_by_role("button", name="End lesson").click()
    tab.wait(f"{lesson} === ''")


SLIDE_AND_STEP = """(epochs) => {
  const slider = document.querySelector("#do-rewind");
  for (const epoch of epochs) {
    slider.value = epoch;
    slider.dispatchEvent(new Event("input"));
  }
  slider.dispatchEvent(new Event("change"));
  document.querySelector("#do-epoch").click();
}"""


def test_what_is_done_after_a_slider_is_done_after_it(tab):
    """What is sent at most every 50 ms is sent before anything else."""
    tab.load("did=e9")
    tab.page.evaluate(SLIDE_AND_STEP, [8, 7, 3])
    tab.settle("seen.store.frame.epoch === 4")
    assert tab.address.endswith("&did=e4")
    assert tab.frame["furthest"] == 4
    tab.agrees()


SLIDE_ALONE = SLIDE_AND_STEP.replace('document.querySelector("#do-epoch").click();', "")


def test_a_slider_that_was_not_heard_goes_back(tab):
    tab.load("did=e9")
    tab.see("{ held.sockets.at(-1).close(); seen.fresh = false; }")
    tab.page.evaluate(SLIDE_ALONE, [2])
    tab.settle()
    assert tab.frame["epoch"] == 9
    tab.wait("document.querySelector('#do-rewind').value === '9'")


def slide(tab, name, way):
    """Drag a slider away, and back to where it was."""
    box = tab.page.locator(name).bounding_box()
    part = tab.see(f"(({{ value, min, max }}) => (value - min) / (max - min))({FIND % name})")
    x, y = box["x"] + 8 + part * (box["width"] - 16), box["y"] + box["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + way, y, steps=3)
    tab.page.mouse.move(x, y, steps=3)
    tab.page.mouse.up()


FIND = "document.querySelector('%s')"


SLIDERS = [("#slide-noise", 40, "set", "40"), ("#do-rewind", -40, "rewind", "3")]


@pytest.mark.parametrize(("name", "way", "sent", "then"), SLIDERS)
def test_a_slider_that_was_drawn_there_and_back_follows_again(tab, name, way, sent, then):
    tab.load("noise=20&did=e9")
    before = tab.page.locator(name).input_value()
    tab.see("{ held.sent = []; }")
    slide(tab, name, way)
    assert tab.page.locator(name).input_value() == before
    assert set(tab.see("held.sent")) == {sent}
    tab.settle()
    tab.load("noise=40&did=e3")
    tab.wait(f"{FIND % name}.value === given", then)


def test_the_address_that_is_begun_with_is_the_last_one(tab):
    """Also where the bar could not be written yet."""
    tab.load("did=e2")
    tab.see("{ held.write = history.replaceState; history.replaceState = () => {}; }")
    tab.page.click("#do-epoch")
    tab.settle("seen.store.frame.epoch === 3")
    tab.see("{ held.hello = null; seen.fresh = false; held.sockets.at(-1).close(); }")
    tab.settle("held.hello !== null")
    tab.see("{ history.replaceState = held.write; }")
    assert tab.see("held.hello.address") == tab.address


LIT = "[...document.querySelectorAll('#network .network-lit')].map((lit) => lit.dataset.place)"


def test_of_two_places_opened_at_once_the_last_is_lit(tab):
    tab.load("layers=3&did=e3")
    hold(tab, "down")
    for node in (0, 1):
        tab.page.locator(f"#network [data-place='node 1 {node}']").click()
    release(tab, "down")
    tab.wait("seen.inspection.title.startsWith('Node 2 of hidden layer 1')")
    lit = tab.see(LIT)
    assert "node 1 1" in lit
    assert "node 1 0" not in lit
    tab.page.keyboard.press("Escape")


def test_of_two_points_the_last_is_told_from_its_beginning(tab):
    tab.load("layers=3&did=e3&points=40")
    rows = tab.see("seen.store.state.data.points.row")[:2]
    hold(tab, "down")
    tab.page.evaluate(
        "async (rows) => { const { sendRowThrough } = await import('./page/asking.js');"
        " rows.forEach(sendRowThrough); }",
        rows,
    )
    tab.wait("held.down.length >= 2")
    told = "document.querySelector('.maths-title').textContent"
    tab.see("{ held.before = " + told + "; }")
    release(tab, "down")
    tab.wait(f"{told} !== held.before && seen.store.frame.picked?.row === given", rows[1])
    assert f"Row {rows[1]} " in tab.see(told)
    assert tab.see("seen.light === seen.explanation.steps[0].parts[0].places")
    tab.page.keyboard.press("Escape")


def test_what_was_put_away_does_not_come_back(tab):
    """The answer of a point that was let go of at once is not shown."""
    tab.load("did=e3")
    hold(tab, "down")
    click_point(tab, lonely_row(tab))
    tab.page.keyboard.press("Escape")
    assert tab.see("held.sent.slice(0, 2)") == ["pick", "explain"]
    assert tab.see("held.sent.slice(2)")
    release(tab, "down")
    tab.settle("seen.store.frame.picked === null")
    assert tab.page.locator(".maths-empty").is_visible()
    assert not tab.page.locator(".maths-told").is_visible()


def test_what_was_refused_is_told_of_the_last_value_only(tab):
    hold(tab, "down")
    for text in ("999", "20"):
        tab.page.locator("#set-noise").click(click_count=3)
        tab.page.keyboard.type(text)
        tab.page.keyboard.press("Enter")
    tab.wait("held.sent.filter((type) => type === 'set').length === 2")
    tab.see("{ seen.notes = []; }")
    tab.wait("held.down.length > 0")
    tab.wait("(held.release('down', 1), seen.notes.length > 0)")
    assert tab.page.locator("#set-noise").input_value() == "20"
    assert not tab.page.locator("#error-noise").is_visible()
    release(tab, "down")
    tab.settle("seen.store.state.settings.noise === 20")
    assert tab.page.locator("#set-noise").input_value() == "20"


def test_presses_add_up_however_late_they_are_shown(tab):
    tab.load("layers=2")
    before = tab.weights[-1]
    tab.page.locator("#network [data-place='node 2 0']").focus()
    tab.page.keyboard.press("b")
    hold(tab, "down")
    for _ in range(3):
        tab.page.keyboard.press("ArrowUp")
        tab.page.wait_for_timeout(600)  # longer than from one press to the next of a series
    release(tab, "down")
    tab.settle("seen.store.frame.steps === 0")
    assert tab.weights[-1] == pytest.approx(before + 0.15, abs=1e-4)


def test_the_card_of_a_point_goes_with_its_data(tab):
    box = tab.page.locator("#plane canvas").last.bounding_box()
    a, b = tab.see("(({ a, b }) => [a[0], b[0]])(seen.store.state.data.points)")
    (left, right), (low, high) = tab.see("seen.store.state.data.axes.map((x) => [x.low, x.high])")
    tab.page.mouse.move(
        box["x"] + (a - left) / (right - left) * box["width"],
        box["y"] + (high - b) / (high - low) * box["height"],
    )
    card = tab.page.locator(".plane-card")
    card.wait_for()
    tab.load("data=digits")
    assert not card.is_visible()
    tab.page.mouse.move(0, 0)


def test_a_press_that_is_let_go_of_elsewhere_is_over(tab):
    """The network follows the pointer again, without another press."""
    tab.load("layers=2")
    box = tab.page.locator("#network [data-place='node 1 1'] rect").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.mouse.move(*middle)
    tab.page.mouse.down()
    tab.page.mouse.move(5, 5, steps=3)
    tab.page.mouse.up()
    hovered = "document.querySelector('.network-svg').matches('.network-hovering')"
    tab.wait(f"!{hovered}")
    tab.page.mouse.move(*middle)
    tab.wait(hovered)
    tab.page.mouse.move(0, 0)


def test_a_number_of_nodes_that_was_typed_and_taken_back_follows_again(tab):
    tab.load("layers=3")
    field = tab.page.locator("#set-layers-1")
    field.click(click_count=3)
    tab.page.keyboard.type("3")
    tab.page.keyboard.press("Tab")
    tab.page.click("#do-add-node-1")
    tab.settle("seen.store.state.settings.layers[0] === 4")
    assert field.input_value() == "4"


SLOW_FIRST = """(() => {
  const plain = window.fetch;
  let count = 0;
  window.fetch = async (...given) => {
    count += 1;
    if (count === 1) await new Promise((resolve) => { setTimeout(resolve, 1500); });
    return plain(...given);
  };
})()"""


def test_of_two_tables_the_last_is_learned(open_tab):
    tab = open_tab(script=SLOW_FIRST)
    for name, column in (("first.csv", "u"), ("second.csv", "v")):
        rows = "".join(f"{i % 7},{i * i % 11},{'ab'[i % 2]}\n" for i in range(40))
        tab.drop(name, f"{column},w,kind\n{rows}")
    tab.wait("seen.notes.filter((note) => note.text.includes('is read')).length === 2")
    tab.settle("seen.store.state.settings.data === 'own'")
    tab.wait("seen.store.state.data.columns.includes('v')")
    assert "u" not in tab.state["data"]["columns"]


PICTURE_MEANWHILE = """async () => {
  const { makePicture } = await import("./page/picture.js");
  const { publish } = await import("./page/store.js");
  const bytes = async (blob) => [...new Uint8Array(await blob.arrayBuffer())].join();
  const drawn = () => new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  });
  const { frame } = seen.store;
  const still = await bytes(await makePicture());
  const plain = HTMLImageElement.prototype.decode;
  let go = null;
  const gate = new Promise((resolve) => { go = resolve; });
  HTMLImageElement.prototype.decode = async function () {
    await gate;
    return plain.call(this);
  };
  const making = makePicture();
  const weights = frame.arrays.weights.data.map((weight) => -weight);
  const level = frame.arrays.level.data.map((byte) => 255 - byte);
  const arrays = { ...frame.arrays };
  arrays.weights = { ...arrays.weights, data: weights };
  arrays.level = { ...arrays.level, data: level };
  publish("frame", { ...frame, epoch: 77, arrays });
  await drawn();
  go();
  const moved = await bytes(await making);
  HTMLImageElement.prototype.decode = plain;
  publish("frame", frame);
  await drawn();
  return still === moved;
}"""


def test_a_picture_is_of_one_moment(tab):
    tab.load("layers=3&did=e30")
    assert tab.page.evaluate(PICTURE_MEANWHILE)
    assert np.isfinite(tab.weights).all()
