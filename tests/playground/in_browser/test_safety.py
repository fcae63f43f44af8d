"""Other sites, other tokens, messages that are none: nothing gets through, and the page goes on."""

from __future__ import annotations

import http.server
import threading

import pytest

# What a page of another site may try, with the whole address known to it.
ATTACK = """async (home) => {
  const tried = {};
  const attempt = async (name, action) => {
    try { tried[name] = String(await action()); } catch (error) { tried[name] = "refused"; }
  };
  const socket = (address) => new Promise((resolve, reject) => {
    const opened = new WebSocket(address);
    opened.onopen = () => resolve("open");
    opened.onerror = () => reject(new Error("error"));
  });
  const frame = (address) => new Promise((resolve) => {
    const inner = document.createElement("iframe");
    inner.onload = () => {
      try { resolve(inner.contentDocument ? "empty" : "refused"); } catch { resolve("refused"); }
    };
    inner.src = address;
    document.body.append(inner);
  });
  const wrong = home.replace(/\\/[^/]+\\/$/u, "/wrong-token/");
  const name = home.replace("127.0.0.1", "localhost");
  await attempt("read", async () => (await fetch(home)).text());
  await attempt("read by name", async () => (await fetch(name)).text());
  await attempt("read a file", async () => (await fetch(`${home}page/main.js`)).text());
  await attempt("script", () => import(`${home}page/store.js`));
  await attempt("post", async () => (await fetch(`${home}table?session=x&name=y`,
    { method: "POST", body: "a,b" })).text());
  for (const [kind, base] of Object.entries({ socket: home, "socket by name": name, wrong })) {
    await attempt(kind, () => socket(`${base.replace("http", "ws")}socket`));
  }
  await attempt("frame", () => frame(home));
  return tried;
}"""


class Silent(http.server.SimpleHTTPRequestHandler):
    """Another site: one empty page."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>another site</title><body>")

    def log_message(self, *_):
        pass


@pytest.fixture
def other_site():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_no_other_site_gets_through(browser, playground, other_site):
    """Even where it knows the token, which it cannot."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(other_site)
    tried = page.evaluate(ATTACK, playground)
    context.close()
    assert len(tried) == 9
    assert set(tried.values()) == {"refused"}


@pytest.mark.parametrize("path", ["", "wrong-token/", "wrong-token/page/main.js"])
def test_without_the_token_there_is_nothing(browser, playground, origin, path):
    context = browser.new_context()
    page = context.new_page()
    answer = page.goto(f"{origin}/{path}")
    assert answer.status == 404
    assert "There is no playground at this address" in page.content()
    assert playground.split("/")[3] not in page.content()
    context.close()


HOSTILE = [
    "",
    "no JSON",
    "[]",
    "null",
    "{}",
    '{"type": "nothing of the kind"}',
    '{"type": "set"}',
    '{"type": "set", "name": "layers", "value": [1e99, -1, "x", null]}',
    '{"type": "set", "name": "__class__", "value": 1}',
    '{"type": "set", "name": "learning_rate", "value": "NaN"}',
    '{"type": "load", "address": "data=own"}',
    '{"type": "load", "address": "did=e999999999999"}',
    '{"type": "advance", "unit": "epoch", "count": -5}',
    '{"type": "advance", "unit": "year", "count": 1}',
    '{"type": "weight", "layer": 99, "from": 0, "to": 0, "value": 1}',
    '{"type": "weight", "layer": 1, "from": 0, "to": 0, "value": 1e400}',
    '{"type": "pick", "row": 123456789}',
    '{"type": "pick", "at": ["<script>", {}]}',
    '{"type": "inspect", "node": {"layer": -1, "node": -1}}',
    '{"type": "race", "starts": 1000000, "epochs": 1000000}',
    '{"type": "rewind", "epoch": 99}',
    '{"type": "set", "name": "layers", "value": ' + "[" * 500 + "]" * 500 + "}",
]


def test_messages_that_are_none_get_a_sentence(open_tab):
    """They are sent through the page's own socket, and the session goes on."""
    context_script = """(() => {
      const Plain = window.WebSocket;
      window.WebSocket = class extends Plain {
        constructor(...given) { super(...given); window.lastSocket = this; }
      };
    })()"""
    tab = open_tab("did=e2", script=context_script)
    for text in HOSTILE:
        before, count = tab.address, len(tab.see("seen.notes"))
        tab.page.evaluate("(text) => window.lastSocket.send(text)", text)
        tab.wait("seen.notes.length > given", count)
        note = tab.see("seen.notes.at(-1)")
        assert note["kind"] == "error"
        assert 10 < len(note["text"]) < 400
        assert "Traceback" not in note["text"]
        assert tab.address == before
    tab.page.click("#do-epoch")
    tab.settle("seen.store.frame.epoch === 3")
    tab.agrees()


def test_the_policy_forbids_scripts_in_the_page(open_tab):
    tab = open_tab()
    tab.page.evaluate(
        """() => {
          window.broken = [];
          addEventListener("securitypolicyviolation", (event) => {
            window.broken.push(event.effectiveDirective);
          });
          for (const name of ["text", "src"]) {
            const script = document.createElement("script");
            try { script[name] = "data:text/javascript,window.owned=true"; } catch { continue; }
            document.body.append(script);
          }
          const image = document.createElement("img");
          image.src = "http://192.0.2.1/leak.png";
          document.body.append(image);
        }"""
    )
    tab.wait("window.broken.includes('img-src') && window.broken.length === 3")
    assert tab.see("window.owned") is None
    tab.page.click("#do-epoch")
    tab.settle("seen.store.frame.epoch === 1")
    assert len(tab.complaints) >= 3
    tab.complaints.clear()


def test_each_tab_is_a_session_of_its_own(open_tab):
    tabs = [open_tab(f"seed={seed}&points=50") for seed in range(4)]
    for count, tab in enumerate(tabs):
        for _ in range(count):
            steps = tab.frame["steps"]
            tab.page.click("#do-epoch")
            tab.settle("seen.store.frame.steps > given", steps)
    for count, tab in enumerate(tabs):
        assert (tab.settings["seed"], tab.frame["epoch"]) == (count, count)
        tab.agrees()
    assert len({tab.see("seen.store.welcome.session") for tab in tabs}) == 4
