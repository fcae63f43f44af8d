"""Many tabs, tabs that come back, and a day of play."""

from __future__ import annotations

import gc
import threading
import tracemalloc
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed


def test_ten_tabs_are_ten_sessions(make_playground):
    playground = make_playground()
    with ExitStack() as stack:
        pages = [stack.enter_context(playground.page()) for _ in range(10)]
        assert len({page.name for page in pages}) == len(playground.sessions) == 10
        for number, page in enumerate(pages):
            page.send("set", name="noise", value=number)
            if number % 2:
                page.send("play")
        for page in pages:
            page.ask()
        while min(session.epoch for session in playground.made[1::2]) < 3:
            pages[0].ask()
        assert [session.settings["noise"] for session in playground.made] == [*range(10)]
        assert [session.epoch for session in playground.made[::2]] == [0] * 5


def test_a_busy_tab_keeps_no_other_waiting(playground):
    with playground.page() as busy, playground.page() as other:
        first = playground.made[0]
        first.gate.clear()
        busy.send("python")
        assert other.ask()["code"] == "epochs=0"
        other.send("play")
        while playground.made[1].epoch < 5:
            other.ask()
        first.gate.set()
        assert busy.ask()["code"] == "epochs=0"


def test_a_page_that_comes_back_goes_on(playground):
    with playground.page() as page:
        page.send("set", name="noise", value=3)
        page.send("play")
        page.ask()
    (session,) = playground.made
    with playground.page(session=page.name) as again:
        assert again.name == page.name
        assert again.receive("state")["settings"] == {"noise": 3}
        assert again.receive("frame")["frame"] == 1
        again.do("pause")
        epochs = session.epoch
    with playground.page(session=page.name) as third:
        assert third.ask()["code"] == f"epochs={epochs}"
    assert len(playground.made) == 1


def test_a_page_that_comes_back_waits_for_what_its_session_is_at(playground):
    with playground.page() as page:
        (session,) = playground.made
        page.do("set", name="noise", value=3)
        session.gate.clear()
        page.send("python")
        page.settle()
    with playground.page(hello=False) as again:
        again.send("hello", version=1, session=page.name)
        with pytest.raises(TimeoutError):
            again.socket.recv(timeout=1)
        session.gate.set()
        assert again.receive("welcome")["session"] == page.name
        assert again.receive("state")["settings"] == {"noise": 3}
    assert playground.made == [session]


def test_nothing_is_trained_for_nobody(playground):
    with playground.page() as page:
        page.send("play")
        page.ask()
    (session,) = playground.made
    with playground.page() as other:  # by now the server knows that the first one is gone
        other.ask()
        while playground.sessions.find(page.name).taken:
            other.ask()
        epochs = session.epoch
        for _ in range(20):
            other.ask()
        assert session.epoch == epochs


def test_a_copy_of_a_tab_gets_a_session_of_its_own(playground):
    with playground.page() as page, playground.page(session=page.name) as copy:
        assert copy.name != page.name
        assert len(playground.made) == 2


def test_a_session_that_is_gone_begins_anew(make_playground):
    playground = make_playground(kept=0.0)
    with playground.page() as page, playground.page() as other:
        page.socket.close()
        while len(playground.sessions) > 1:
            other.ask()
    with playground.page(session=page.name, address="data=xor") as again:
        assert again.name != page.name
        assert again.receive("state")["address"] == "data=xor"


def test_a_tab_that_goes_while_it_is_greeted_leaves_its_place(make_playground):
    playground = make_playground(sessions=1)
    with playground.page() as page:  # its session is kept, and greets it again below
        (session,) = playground.made
    session.gate.clear()
    with playground.page(hello=False) as again:
        again.send("hello", version=1, session=page.name)
        again.settle()
    session.gate.set()
    for _ in range(1000):
        with playground.page(hello=False) as third:
            if third.ask("hello", version=1)["type"] == "welcome":
                break
    else:
        pytest.fail("its place is never free again")


def test_too_many_tabs(make_playground):
    playground = make_playground(sessions=2)
    with playground.page() as page, playground.page() as other:
        with playground.page(hello=False) as third:
            told = third.ask("hello", version=1)["text"]
            assert told == "2 tabs are open already: close one, and load this again"
        other.socket.close()
        while playground.sessions.find(other.name).taken:
            page.ask()
        with playground.page() as fourth:  # takes the place of the one that was left
            assert fourth.ask()["code"] == "epochs=0"
        assert playground.sessions.find(other.name) is None


# All day long.


def test_a_thousand_frames_leave_nothing_behind(make_playground):
    playground = make_playground(frames=1e6)
    with playground.page() as page:
        page.send("play")

        def watch(count):
            for _ in range(count):
                page.send("shown", frame=page.receive("frame")["frame"])
                page.frames.clear()
            gc.collect()
            # What other tests' threads and libraries hold on to meanwhile is not looked at.
            ours = tracemalloc.Filter(inclusive=True, filename_pattern="*/chainrule/playground/*")
            traces = tracemalloc.take_snapshot().filter_traces([ours])
            return sum(trace.size for trace in traces.traces)

        tracemalloc.start()
        watch(200)
        before = watch(200)
        after = watch(1000)
        tracemalloc.stop()
    # A frame is 600 bytes: of 1,000 not a tenth is left.
    assert after - before < 60_000


def test_it_ends_with_tabs_open(make_playground):
    playground = make_playground()
    with playground.page() as page:
        page.send("play")
        page.ask()
        ended = threading.Thread(target=playground.close)
        ended.start()
        with pytest.raises(ConnectionClosed):
            page.receive("the end")
        ended.join(30)
        assert not ended.is_alive()
