"""A server in a thread with a session whose every number is known, and courses of an address."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.client import connect

from chainrule.errors import InputError
from chainrule.playground import messages
from chainrule.playground._safety import Limits
from chainrule.playground._sessions import Sessions
from chainrule.playground.course import Course
from chainrule.playground.data import make_data, read_own
from chainrule.playground.journal import read_journal
from chainrule.playground.server import Server, bind, make_app
from chainrule.playground.settings import read_address
from chainrule.tables import load_example

# For reading_told, which several tests read with.
sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("reading_told")

TOKEN = "a-token-of-the-tests"  # noqa: S105 (it guards nothing)


class StandIn:
    """A session that counts instead of training."""

    def __init__(self, address=""):
        if "unknown" in address:
            raise InputError("there is no setting 'unknown'")
        self.address = address
        self.settings = {}
        self.playing = self.state_changed = self.frame_due = False
        self.epoch = self.frames = self.slices = 0
        self.heard = []
        self.busy = 0  # threads within, of which there may be one
        self.gate = threading.Event()  # held shut, whatever waits for it takes as long
        self.gate.set()

    @contextlib.contextmanager
    def _alone(self):
        assert self.busy == 0
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    def welcome(self):
        self.gate.wait()
        return {"settings": [], "lessons": [], "limits": {"layers": 6}}

    def state(self):
        with self._alone():
            said = {"settings": dict(self.settings), "address": self.address}
            return {**said, "epoch": self.epoch}

    def frame(self):
        with self._alone():
            self.frames += 1
            if self.settings.get("broken") == "frame":
                raise ZeroDivisionError
            header = {"epoch": self.epoch, "playing": self.playing, "rate": float("nan")}
            return header, {"weights": np.arange(3.0), "level": np.full((5, 5), self.epoch % 256)}

    def handle(self, message):
        with self._alone():
            self.heard.append(message)
            self.gate.wait()
            return self._answers(message)

    def _answers(self, message):
        match message:
            case messages.Set(name=name, value=value):
                if value == "wrong":
                    raise InputError(f"{name} cannot be 'wrong'")
                self.settings[name] = value
                self.state_changed = True
            case messages.Play():
                self.playing = True
            case messages.Pause():
                self.playing = False
            case messages.Python():
                return [{"type": "python", "code": f"epochs={self.epoch}"}]
            case messages.Explain():
                raise KeyError("a defect")
        self.frame_due = True
        return []

    def play(self, seconds):
        with self._alone():
            assert 0 < seconds <= 0.01
            self.slices += 1
            if self.settings.get("broken") == "play":
                raise ZeroDivisionError
            self.epoch += 1
            self.frame_due = True
            if self.settings.get("ends"):  # as what an address told of, when all of it is done
                self.playing, self.state_changed = False, True
            return True

    def take_table(self, name, content):
        with self._alone():
            if not content:
                raise InputError(f"{name} is empty")
            self.settings["table"] = f"{name}: {len(content)}"
            self.state_changed = True

    def take_model(self, content):
        raise RuntimeError(content)

    def model_file(self):
        return 'größe "x"\r\n.chainrule', b"\x00model"

    def bundle(self):
        raise InputError("there is nothing to record yet: play first")


class Playground:
    """A server with its sessions, which a test may look into."""

    def __init__(self, begin, limits):
        self.made = []
        self.socket = bind(0)
        self.port = self.socket.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.origin = f"http://{self.host}"
        self.home = f"{self.origin}/{TOKEN}/"

        def begin_and_keep(address):
            self.made.append(begin(address))
            return self.made[-1]

        self.sessions = Sessions(begin_and_keep, limits)
        path = f"/{TOKEN}/#data=xor"
        app = make_app(self.sessions, token=TOKEN, port=self.port, home=path, ticket="a-ticket")
        up = threading.Event()
        self.server = Server(app, up.set)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],))
        self.thread.start()
        assert up.wait(30)

    def close(self):
        self.server.should_exit = True
        self.thread.join()
        self.sessions.close()
        self.socket.close()

    @contextlib.contextmanager
    def page(self, *, hello=True, **asked):
        """Open a tab."""
        address = f"ws://{self.host}/{TOKEN}/socket"
        kept = {"max_size": None, "max_queue": None, "open_timeout": 60}
        with connect(address, origin=self.origin, compression=None, **kept) as socket:
            page = Page(socket)
            if hello:
                page.greet(**asked)
            yield page


class Page:
    """The other end of the socket."""

    def __init__(self, socket):
        self.socket = socket
        self.frames = []
        self.states = []
        self.notes = []

    def greet(self, **asked):
        self.send("hello", **{"version": 1, **asked})
        self.welcome = self.receive("welcome")
        self.name = self.welcome["session"]

    def send(self, kind, **fields):
        self.socket.send(json.dumps({"type": kind, **fields}))

    def one(self):
        """Take in what comes next."""
        data = self.socket.recv(timeout=30)
        if isinstance(data, bytes):
            header, arrays = messages.unpack_frame(data)
            self.frames.append({**header, "arrays": arrays})
            return self.frames[-1]
        message = json.loads(data)
        if message["type"] == "state":
            self.states.append(message)
        if message["type"] == "note":
            self.notes.append(message)
        return message

    def receive(self, *kinds):
        """Take in until something of these kinds comes."""
        while (message := self.one())["type"] not in kinds:
            pass
        return message

    def ask(self, kind="python", **fields):
        """Send something and wait for what answers it; all before it has been done by then."""
        self.send(kind, **fields, id="asked")
        while (message := self.one()).get("to") != "asked":
            pass
        return message

    def do(self, kind, **fields):
        """Send something that nothing answers, and wait until it has been done."""
        self.send(kind, **fields)
        self.ask()

    def train(self, session, epochs=20):
        """Let a session that plays go on; all that could be sent has come by then."""
        last = session.epoch + epochs
        while session.epoch < last:
            self.ask()
        self.ask()

    def settle(self):
        """Wait until the server has read what was sent: it answers pings in their order."""
        assert self.socket.ping().wait(30)


@contextlib.contextmanager
def started(begin=StandIn, **limits):
    playground = Playground(begin, Limits(**limits))
    try:
        yield playground
    finally:
        playground.close()


@pytest.fixture(scope="module")
def _shared():
    with started() as playground:
        yield playground


@pytest.fixture
def playground(_shared):
    """A server with usual limits, of whose sessions it forgets those of the tests before."""
    _shared.made.clear()
    return _shared


@pytest.fixture(scope="session")
def start_playground():
    """Return what starts a server for sessions of one's own making."""
    return started


@pytest.fixture
def make_playground():
    """Start a server of one's own; it is ended with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **limits: stack.enter_context(started(**limits))


@pytest.fixture(scope="session")
def birds():
    """Return a file of one's own, with columns of all kinds."""
    return load_example("penguins").frame.drop_nulls().write_csv().encode()


@pytest.fixture(scope="session")
def course_of(birds):
    """Return what makes the course that an address tells of, to where that ends."""

    def make(address):
        settings, journal = read_address(address)
        table = read_own("birds.csv", birds) if settings.data == "own" else None
        course = Course(make_data(settings, table), settings, read_journal(journal))
        course.catch_up()
        return course

    return make
