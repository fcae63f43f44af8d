"""The server with a session that counts: what is said, and in which order it is done."""

from __future__ import annotations

import http.client
import threading

import pytest
from websockets.exceptions import ConnectionClosed

from chainrule.playground._safety import Allowance
from chainrule.playground.session import Session


def test_good_day(playground):
    with playground.page(address="data=moons") as page:
        assert page.welcome["version"] == 1
        assert page.welcome["limits"]["layers"] == 6
        assert page.welcome["limits"]["table"] == 20_000_000
        assert page.receive("state")["address"] == "data=moons"
        frame = page.receive("frame")
        assert (frame["frame"], frame["epoch"], frame["rate"]) == (1, 0, None)
        assert frame["arrays"]["weights"].tolist() == [0, 1, 2]
        page.send("set", name="noise", value=10)
        assert page.receive("state")["settings"] == {"noise": 10}
        answer = page.ask("python")
        assert (answer["type"], answer["code"]) == ("python", "epochs=0")
        assert page.notes == []


def test_the_first_message_is_hello(playground):
    with playground.page(hello=False) as page:
        note = page.ask("play")
        assert (note["type"], note["text"]) == ("note", "the first message is hello")
        page.greet()
        note = page.ask("hello", version=1)
        assert note["text"] == "this page has said hello already"


def test_a_page_of_another_version(playground):
    with playground.page(hello=False) as page:
        assert "load it again" in page.ask("hello", version=2)["text"]
        with pytest.raises(ConnectionClosed):
            page.one()
    assert playground.made == []


def test_an_address_that_says_nothing(playground):
    with playground.page(address="unknown=7") as page:
        page.receive("note")
        assert page.notes[0]["text"] == "there is no setting 'unknown'"
        assert page.receive("state")["address"] == ""


BAD_MESSAGES = (
    "",
    "{",
    "[]",
    "\x00\ufffe",
    b"\x00\xff\xfe",
    "[" * 5000,
    '{"type": "nothing"}',
    '{"type": "set", "name": "a", "value": NaN}',
    '{"type": "set", "name": 7, "value": 7}',
    '{"type": "set", "name": "a", "value": "wrong"}',
    '{"type": "load", "address": "' + "x" * 70_000 + '"}',
    '{"type": "load", "address": "' + "x" * 900_000 + '"}',
)


def test_bad_messages_get_a_sentence_each(playground):
    with playground.page() as page:
        for number, message in enumerate(BAD_MESSAGES, 1):
            page.socket.send(message)
            note = page.receive("note")
            assert note["kind"] == "error"
            assert 10 < len(note["text"]) < 400
            assert len(page.notes) == number
        assert page.ask()["code"] == "epochs=0"


def shout(page, message):
    """Send what is too much for a connection, until its end."""
    page.socket.send(message, text=True)
    page.receive("the end")


@pytest.mark.parametrize("message", ["x" * 3_000_000, b"not UTF-8: \xff"])
def test_what_ends_a_connection_does_not_end_the_session(playground, message):
    with playground.page() as page:
        page.do("set", name="noise", value=3)
        with pytest.raises(ConnectionClosed):
            shout(page, message)
    with playground.page(session=page.name) as again:
        assert again.name == page.name
        assert again.receive("state")["settings"] == {"noise": 3}


def test_a_defect_is_a_note_and_the_session_goes_on(playground, capfd):
    with playground.page() as page:
        note = page.ask("explain")
        assert (note["type"], note["kind"]) == ("note", "error")
        assert "KeyError" in note["text"]
        assert "a defect" not in note["text"]
        assert page.ask()["code"] == "epochs=0"
    assert "KeyError: 'a defect'" in capfd.readouterr().err


@pytest.mark.parametrize("broken", ["play", "frame"])
def test_a_defect_while_it_plays_is_told_once(playground, broken, capfd):
    with playground.page() as page:
        page.receive("frame")
        (session,) = playground.made
        session.settings["broken"] = broken
        page.send("shown", frame=1)
        page.send("play")
        page.receive("note")
        assert session.playing is False
        for _ in range(20):
            page.settle()
        assert len(page.notes) == 1
        session.settings["broken"] = ""
        page.send("play")
        assert page.receive("frame")["epoch"] >= 0
        assert len(page.notes) == 1
    assert capfd.readouterr().err.count("Traceback") == 1


def test_a_state_says_what_of_all_that_was_set_it_has(start_playground):
    begun = start_playground(lambda address: Session(None, address))
    with begun as playground, playground.page() as page:
        assert "to" not in page.receive("state")
        for number, value in enumerate((10, 20, 20)):  # the last changes nothing
            page.send("set", name="noise", value=value, id=number)
            state = page.receive("state")
            assert (state["to"], state["settings"]["noise"]) == (number, value)
        page.send("set", name="noise", value="much", id=3)
        assert page.receive("note")["to"] == 3
        page.send("reset")
        assert page.receive("state")["to"] == 2


def test_no_frame_comes_before_the_state_of_its_data(playground):
    """A file is taken while a frame of the data before was about to be drawn."""
    with playground.page() as page:
        page.receive("frame")
        (session,) = playground.made
        begun, go_on, taken = threading.Event(), threading.Event(), session.take_table

        def take_slowly(*given):
            begun.set()
            go_on.wait()
            taken(*given)

        session.take_table = take_slowly
        path = f"/{playground.home.split('/')[3]}/table?session={page.name}&name=a.csv"
        upload = http.client.HTTPConnection("127.0.0.1", playground.port, timeout=30)
        upload.request("POST", path, body=b"x", headers={"Origin": playground.origin})
        assert begun.wait(30)
        session.frame_due = True
        page.send("shown", frame=1)
        for _ in range(3):
            page.settle()
        go_on.set()
        assert upload.getresponse().read() == b"{}"
        upload.close()
        assert page.receive("state", "frame")["type"] == "state"
        assert page.receive("state", "frame")["type"] == "frame"


# Playing.


def test_the_state_comes_before_a_frame_of_it(make_playground):
    playground = make_playground(frames=1e6)
    with playground.page() as page:
        page.receive("frame")
        (session,) = playground.made
        session.settings["ends"] = "yes"
        page.send("shown", frame=1)
        page.send("play")
        assert page.receive("frame")["epoch"] == 1
        assert page.states[-1]["epoch"] == 1


def test_frames_are_left_out_and_never_queued(make_playground):
    playground = make_playground(frames=1e6)
    with playground.page() as page:
        page.receive("frame")
        (session,) = playground.made
        page.send("play")
        page.train(session)  # without an acknowledgment
        assert [frame["frame"] for frame in page.frames] == [1, 2]
        assert session.frames == 2
        epochs = session.epoch
        page.send("shown", frame=2)
        newest = page.receive("frame")
        assert newest["frame"] == 3
        assert newest["epoch"] >= epochs
        page.train(session)
        assert page.frames[-1]["frame"] == session.frames == 4
        page.send("shown", frame=10**9)  # none that was not sent is acknowledged
        page.train(session)
        assert page.frames[-1]["frame"] == session.frames == 6


def test_the_last_frame_comes_though_the_page_was_slow(make_playground):
    playground = make_playground(frames=1e6)
    with playground.page() as page:
        page.send("play")
        (session,) = playground.made
        page.train(session)
        page.do("pause")
        page.send("shown", frame=2)
        assert page.receive("frame")["epoch"] == session.epoch
        assert page.frames[-1]["playing"] is False


def test_pausing_is_at_once(playground):
    with playground.page() as page:
        (session,) = playground.made
        page.send("play")
        page.train(session)
        page.do("pause")
        slices = session.slices
        for _ in range(20):
            page.ask()
        assert session.slices == slices


def test_messages_are_done_in_their_order(playground):
    with playground.page() as page:
        for number in range(60):
            page.send("set", name=f"a{number}", value=number)
        page.ask()
        (session,) = playground.made
        assert [m.value for m in session.heard[:-1]] == [*range(60)]


def test_of_a_slider_that_is_drawn_only_the_last_value_waits(playground):
    with playground.page() as page:
        (session,) = playground.made
        session.gate.clear()
        page.send("set", name="first", value=0)
        for value in range(100):
            page.send("set", name="noise", value=value)
        page.send("set", name="points", value=7)
        for epoch in range(50):
            page.send("rewind", epoch=epoch)
        for value in range(50):
            page.send("weight", layer=1, **{"from": 0}, to=0, value=value)
        page.send("weight", layer=1, **{"from": None}, to=0, value=1)
        page.send("shown", frame=0)
        while len(session.heard) < 1:
            pass
        page.settle()
        session.gate.set()
        page.ask()
        said = [getattr(m, "value", getattr(m, "epoch", None)) for m in session.heard]
        assert said == [0, 99, 7, 49, 49, 1, None]


def test_a_flood_is_left_out_with_one_note(make_playground):
    playground = make_playground(messages=1, burst=20)
    with playground.page() as page:
        for _ in range(3000):
            page.send("python")
        page.send("shown", frame=2)
        page.settle()
        page.receive("note")
        (session,) = playground.made
        assert len(session.heard) < 40
        assert [note["text"] for note in page.notes] == [
            "too much was asked at once: some of it was left out; please try again"
        ]


def test_no_more_than_some_wait_for_a_busy_session(playground):
    with playground.page() as page:
        (session,) = playground.made
        session.gate.clear()
        for _ in range(300):
            page.send("python")
        page.settle()
        session.gate.set()
        page.receive("note")
        assert len(session.heard) <= 66


def test_an_allowance_is_filled_with_time():
    allowance = Allowance(2, burst=3, now=0.0)
    assert [allowance.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [allowance.take(1.0) for _ in range(3)] == [True, True, False]
    assert allowance.take(100.0)
    assert allowance.full
    assert [allowance.take(100.0) for _ in range(3)] == [True, True, False]
