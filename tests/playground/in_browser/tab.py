"""A tab of the browser with the playground in it, and the engine that it is compared with."""

from __future__ import annotations

import json
import time
from urllib.parse import urlsplit

import numpy as np

from chainrule.playground.session import Session

# What the tests see of the page: its store, and the latest of what it publishes besides.
WATCH = """async () => {
  const { store, subscribe } = await import("./page/store.js");
  const { source } = await import("./page/source.js");
  const seen = { store, source, fresh: false, notes: [], light: [], count: 0 };
  for (const kind of ["explanation", "inspection", "python", "light"]) {
    subscribe(kind, (value) => { seen[kind] = value; });
  }
  subscribe("note", (note) => { seen.notes.push(note); });
  subscribe("state", () => { seen.fresh = false; });
  subscribe("frame", () => { seen.fresh = true; seen.count += 1; });
  seen.fresh = store.frame !== null;
  window.seen = seen;
}"""
# Not by the browser's own evaluation of strings later on, which the page's policy forbids.
WAIT = """async ([given, seconds]) => {
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    if (CONDITION) return true;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return false;
}"""
STILL = "seen.fresh && !seen.store.frame.playing && !seen.store.frame.catching_up"


class Tab:
    """The page in a tab, and all that it has complained of."""

    def __init__(self, page, home):
        self.page, self.home = page, home
        self.complaints, self.table = [], None
        self._host = urlsplit(home).netloc
        complain = self.complaints.append
        page.on("console", lambda message: complain(message.text))
        page.on("pageerror", lambda error: complain(error.stack or str(error)))
        page.on("crash", lambda _: complain("the page crashed"))
        page.on("dialog", lambda dialog: complain(dialog.message))
        page.on("requestfailed", lambda request: complain(f"{request.url}: {request.failure}"))
        page.on("request", self._requested)
        page.on("websocket", self._requested)

    def _requested(self, request):
        if request.url.startswith(("blob:", "data:")):
            return
        if urlsplit(request.url).netloc != self._host:
            self.complaints.append(f"it asked for {request.url}")

    # ------------------------------------------------------------------ where it is

    def open(self, address=""):
        """Open the page, and wait until it has drawn something."""
        self.page.goto(f"{self.home}#{address}" if address else self.home)
        self.page.evaluate(WATCH)
        self.settle(
            "document.querySelector('.network-node') && document.querySelector('.plane-axes')"
        )
        self.drawn()

    def load(self, address):
        """Go to another address on the same page, where it may still be told of what was before."""
        session = Session(self.table, address=address)
        session.course.catch_up()
        self.see("{ seen.before = seen.store.state; }")
        self.page.evaluate("(address) => { seen.source.send('load', { address }); }", address)
        at = "seen.store.state !== seen.before && seen.store.frame.address === given"
        self.settle(at, session.address)

    def wait(self, condition, given=None, *, seconds=30):
        """Wait until something holds, of `seen` and of what is `given`."""
        held = self.page.evaluate(WAIT.replace("CONDITION", condition), [given, seconds])
        assert held, f"never {condition} with {given}: {self.see('seen.notes')}, {self.complaints}"

    def settle(self, condition="true", given=None):
        """Wait until something holds and a frame of the present state stands still."""
        self.wait(f"{STILL} && ({condition})", given)

    def until(self, true):
        """Wait until something holds that the page cannot say of itself."""
        end = time.monotonic() + 30
        while not true():
            assert time.monotonic() < end, "it never came true"
            self.drawn()

    def see(self, expression):
        """Return what an expression of the page is."""
        return self.page.evaluate(f"() => {expression}")

    def reveal(self, selector):
        """Return a control, after opening the group that it is folded in."""
        control = self.page.locator(selector)
        group = self.page.locator(f"details.group:not([open]):has({selector}) > summary")
        if group.count():
            group.click()
        return control

    def drop(self, name, content):
        """Drop a file on the page, as from a folder."""
        files = self.page.evaluate_handle(
            """([name, content]) => {
              const files = new DataTransfer();
              files.items.add(new File([content], name));
              return files;
            }""",
            [name, content],
        )
        for event in ("dragenter", "dragover", "drop"):
            self.page.dispatch_event("body", event, {"dataTransfer": files})

    def share(self, label):
        """Press a button of those that share and keep."""
        if not self.page.locator("#share").is_visible():
            self.page.click("#do-share")
        self.page.get_by_role("button", name=label, exact=True).click()

    def drawn(self):
        """Wait until all that was to be drawn has been, also what is laid out anew before."""
        frame = "await new Promise(requestAnimationFrame);"
        self.page.evaluate(f"async () => {{ for (let i = 0; i < 4; i += 1) {frame} }}")

    # ------------------------------------------------------------------ what it shows

    @property
    def state(self):
        return self.see("seen.store.state")

    @property
    def settings(self):
        return self.see("seen.store.state.settings")

    @property
    def frame(self):
        """The latest frame without its arrays."""
        return self.see("({ ...seen.store.frame, arrays: null })")

    @property
    def address(self):
        return self.see("seen.store.frame.address")

    def array(self, name):
        """An array of the latest frame."""
        data, shape = self.see(
            f"(({{ data, shape }}) => [[...data], shape])(seen.store.frame.arrays.{name})"
        )
        kind = np.float32 if name in ("weights", "curve") else np.uint8
        return np.array(data, kind).reshape(shape)

    @property
    def weights(self):
        return self.array("weights")

    def number(self, name):
        """The number that is shown under a name, as a person reads it."""
        return as_number(self.page.locator(f'#numbers [data-number="{name}"]').inner_text())

    def pixels(self, which, where="#plane"):
        """All pixels of a canvas, as a text: in the plane 0 is its field, 2 the points."""
        self.drawn()
        find = f"document.querySelectorAll('{where} canvas')[{which}]"
        return self.see(f"{find}.toDataURL()")

    # ------------------------------------------------------------------ what it is compared with

    def session(self):
        """A session of its own, in Python, that opens the page's address."""
        session = Session(self.table, address=self.address)
        while session.course.behind:
            session.play(1.0)
        return session

    def agrees(self):
        """Hold the page to the engine: weights bit for bit, losses, and what is shown of them."""
        session, frame = self.session(), self.frame
        expected = json.loads(json.dumps(session.frame()[0]))
        assert np.array_equal(self.weights, session.course.training.parameters, equal_nan=True)
        for name in ("epoch", "batch", "point", "steps", "train", "test", "rate", "confusion"):
            assert frame[name] == expected[name], name
        settings = {**session.settings.to_dict(), "lesson": self.settings["lesson"]}
        assert self.settings == settings
        shown = {
            "epoch": expected["epoch"],
            "steps": expected["steps"],
            "train-loss": expected["train"]["loss"],
            "test-loss": expected["test"]["loss"],
            "rate": expected["rate"],
        }
        self.drawn()
        for name, value in shown.items():
            assert close_as_shown(self.number(name), value), (name, value)
        return session


def as_number(text):
    """Read a number as the page writes it; with it half a unit of its last digit."""
    plain = text.split("%")[0].strip().replace("−", "-").replace(",", "")
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    digits, _, power = plain.partition("·10") if "·" in plain else (plain, "", "")
    if plain.startswith("10") and plain[2:3] in "⁰¹²³⁴⁵⁶⁷⁸⁹⁻" and len(plain) > 2:
        digits, power = "1", plain[2:]
    scale = 10.0 ** int(power.translate(raised) or 0)
    places = len(digits.partition(".")[2])
    return float(digits) * scale, 0.5 * 10.0**-places * scale


def close_as_shown(shown, value):
    number, half = shown
    return abs(number - value) <= half * (1 + 1e-6)
