"""A playground as one starts it, one browser, and tabs in which nothing may go wrong."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from .tab import Tab

START = "from chainrule.cli import main; main()"


@pytest.fixture(scope="package")
def playground():
    """Start the command in a process of its own; returns the address that it prints."""
    command = [sys.executable, "-c", START, "playground", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        said = run.stdout.readline()
        yield re.search(r"http://\S+", said)[0]
        run.send_signal(signal.SIGINT)
        assert "The playground is closed." in run.communicate(timeout=120)[1]
    assert run.returncode == 0


@pytest.fixture(scope="package")
def browser(open_browser):
    """One for all files: it takes long to start."""
    with open_browser() as browser:
        yield browser


@pytest.fixture
def open_tab(browser, playground):
    """Open tabs, each in a browser context of its own; each has to have been silent to its end."""
    tabs = []

    def open_one(address="", *, width=1280, height=900, script="", **options):
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, **options)
        if script:
            context.add_init_script(script)
        tabs.append(Tab(context.new_page(), playground))
        tabs[-1].open(address)
        return tabs[-1]

    yield open_one
    for tab in tabs:
        tab.page.context.close()
    assert [tab.complaints for tab in tabs] == [[] for _ in tabs]


@pytest.fixture(scope="session")
def make_tab():
    """Return what opens a tab for all tests of a module: opening one takes long."""

    def make(browser, playground, script=""):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        if script:
            context.add_init_script(script)
        tab = Tab(context.new_page(), playground)
        tab.open()
        yield tab
        context.close()

    return make


@pytest.fixture(scope="module")
def _tab_of_module(browser, playground, make_tab):
    yield from make_tab(browser, playground)


@pytest.fixture
def tab(_tab_of_module):
    """A tab at the beginning, the same for all tests of a module."""
    tab = _tab_of_module
    tab.complaints.clear()
    tab.load("")
    yield tab
    assert tab.complaints == []


@pytest.fixture
def origin(playground):
    return "{0.scheme}://{0.netloc}".format(urlsplit(playground))
