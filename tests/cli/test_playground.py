"""``chainrule playground``: what it shows, where it is found, how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from websockets.sync.client import connect

from chainrule.playground.server import Address
from chainrule.workflow import load_model

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
WHERE = Address("http://127.0.0.1:1/token/#data=xor", "http://127.0.0.1:1/once")


@pytest.fixture
def served(monkeypatch):
    """What the server was told, instead of one that serves."""
    told = []

    def serve(begin, **given):
        told.append({"session": begin(given["address"]), **given})
        given["when_up"](WHERE)
        return True

    monkeypatch.setattr("chainrule.playground.server.serve", serve)
    return told


def test_without_data(run, served):
    result = run("playground", "--no-browser")
    assert result.code == 0
    assert result.stdout == f"The playground is at {WHERE.page}\n"
    assert result.stderr.split("\n")[-4:] == [
        "Ctrl-C ends it.",
        "",
        "The playground is closed.",
        "",
    ]
    (told,) = served
    assert (told["port"], told["address"]) == (None, "")
    assert told["session"].settings.data == "circle"


@pytest.mark.parametrize(
    ("given", "data", "layers"),
    [
        ("spiral", "spiral", (4, 2)),
        ("penguins", "penguins", (4, 2)),
        ("data=xor&layers=3", "xor", (3,)),
        ("layers=3,3", "circle", (3, 3)),
        ("#data=xor", "xor", (4, 2)),
        ("http://127.0.0.1:8642/abc/#data=moons&layers=8,8&did=e2", "moons", (8, 8)),
    ],
)
def test_what_data_may_be(run, served, given, data, layers):
    assert run("playground", given, "--no-browser", "--port", "0").code == 0
    (told,) = served
    assert told["port"] == 0
    settings = told["session"].settings
    assert (settings.data, settings.layers) == (data, layers)


def test_a_table_of_ones_own(run, served, tmp_path):
    rows = range(40)
    table = pl.DataFrame(
        {
            "a": [i * 5 % 13 + 0.5 for i in rows],
            "b": [i * 7 % 11 for i in rows],
            "y": ["u", "v"] * 20,
        }
    )
    table.write_csv(tmp_path / "data=xor.csv")  # a file wins over all other meanings
    assert run("playground", "data=xor.csv", "--no-browser").code == 0
    (told,) = served
    assert told["address"] == "data=own"
    assert told["session"].data.classes == ["u", "v"]


def test_a_model_of_an_example(run, served, tmp_path):
    assert run("train", "moons", "--epochs", "3", "--layers", "3", "--no-report").code == 0
    assert run("playground", "moons.chainrule", "--no-browser").code == 0
    session = served[0]["session"]
    session.course.catch_up()
    assert (session.settings.data, session.settings.layers) == ("moons", (3,))
    model = load_model(tmp_path / "moons.chainrule")
    data = session.data
    expected = model.probabilities(data.frame[data.test])
    shown = session.course.training.estimator.predict_proba(data.x_test)
    np.testing.assert_allclose(shown, expected, rtol=1e-5)


def test_a_model_of_ones_own_table(run, served, tmp_path):
    (tmp_path / "houses.csv").write_text("a,b,price\n" + "1,2,3\n4,5,6\n7,8,10\n" * 10)
    train = ("train", "houses.csv", "--target", "price", "--epochs", "3", "--no-report")
    assert run(*train).code == 0
    result = run("playground", "houses.chainrule", "--no-browser")
    assert result.code == 2
    assert "was trained with the table 'houses': start 'chainrule playground FILE'" in result.stderr
    assert served == []


WRONG = {
    "absent.chainrule": "absent.chainrule cannot be read",
    "absent.csv": "absent.csv",
    "spirals": "neither a file nor an example called 'spirals'",
    "own": "neither a file nor an example called 'own'",
    "data=spirals": "spirals",
    "colour=red": "there is no setting 'colour'",
    "data=own": "start 'chainrule playground FILE' with that table",
    "http://127.0.0.1:8642/abc/": "this link says nothing after a #",
    "data=xor&did=nonsense": "nonsense",
}


@pytest.mark.parametrize("given", WRONG)
def test_wrong_data(run, served, given):
    result = run("playground", given, "--no-browser")
    assert (result.code, result.stdout) == (2, "")
    (line,) = result.stderr.strip().split("\n")
    assert line.startswith("error: ")
    assert WRONG[given] in line
    assert served == []


@pytest.mark.parametrize("port", ["-1", "65536", "http", "80.5"])
def test_a_port_that_is_none(run, served, port):
    result = run("playground", "--port", port)
    assert result.code == 2
    assert "--port" in result.stderr
    assert served == []


def test_without_a_screen_no_browser_is_opened(run, served, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("a browser was opened"))
    monkeypatch.setattr("threading.Thread", Now)
    assert "open the address yourself" in run("playground").stderr
    assert len(served) == 1


def test_a_browser_that_fails_is_told(run, served, monkeypatch):
    opened = []
    monkeypatch.setenv("BROWSER", "absent")
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address))
    monkeypatch.setattr("threading.Thread", Now)
    assert "open the address yourself" in run("playground").stderr
    assert opened == [WHERE.once]
    assert len(served) == 1


class Now:
    """A thread that is none."""

    def __init__(self, target, args, daemon):
        assert daemon
        self.start = lambda: target(*args)


LINES = [
    re.findall(r'"[^"]*"|\S+', line.split("  #")[0])
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("    chainrule playground")
]


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_the_lines_of_the_page_can_be_typed(run, served, tmp_path, words):
    (tmp_path / "houses.csv").write_text("a,b,price\n" + "1,2,3\n4,5,6\n7,8,10\n" * 10)
    assert run(*(word.strip('"') for word in words[1:]), "--no-browser").code == 0
    assert len(served) == 1


# The command itself.


@contextlib.contextmanager
def playing(command, *arguments, **environment):
    """Start it; gives the process and its address."""
    child = subprocess.Popen(
        [command, "playground", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, **environment},
    )
    try:
        line = child.stdout.readline()
        yield (
            child,
            re.fullmatch(r"The playground is at (http://127\.0\.0\.1:\d+/\S+/\S*)\n", line)[1],
        )
    finally:
        child.kill()
        child.communicate()


def ask(address):
    """Ask the server as a browser does; returns where it led to, and what was answered."""
    with urllib.request.urlopen(address) as answer:  # noqa: S310 (of the server just started)
        return answer.url, answer.read()


def test_it_serves_until_ctrl_c(command):
    with playing(command, "xor", "--no-browser", "--port", "0") as (child, address):
        assert address.endswith("/#data=xor")
        page = address.partition("#")[0]
        assert b'<script type="module" src="page/main.js">' in ask(page)[1]
        host = page.removeprefix("http://").partition("/")[0]
        address = page.replace("http", "ws", 1) + "socket"
        with connect(address, origin=f"http://{host}", open_timeout=60) as tab:
            tab.send(json.dumps({"type": "hello", "version": 1, "address": "data=xor"}))
            tab.send(json.dumps({"type": "set", "name": "speed", "value": "max"}))
            tab.send(json.dumps({"type": "play"}))
            while not isinstance(tab.recv(timeout=60), bytes):
                pass
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
    assert child.returncode == 0
    assert out == ""
    assert err == "Ctrl-C ends it.\n\nThe playground is closed.\n"


def test_a_port_in_use(run_installed):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run_installed("playground", "--no-browser", "--port", port)
    assert (result.code, result.stdout) == (2, "")
    told = f"error: port {port} is in use: try another, or leave out --port to have a free one"
    assert result.stderr == f"{told} chosen\n"


def test_a_browser_is_opened_with_a_link_that_works_once(command, tmp_path):
    noted = tmp_path / "noted"
    os.mkfifo(noted)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {noted}\n')
    browser.chmod(0o700)
    with playing(command, "--port", "0", BROWSER=str(browser)) as (_, address):
        once = noted.read_text().strip()
        assert address.split("/")[3] not in once
        assert ask(once)[0] == address
        with pytest.raises(urllib.error.HTTPError, match="404"):
            ask(once)
