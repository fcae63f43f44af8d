"""One tab: its messages answered in order, and between them training and frames."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocketDisconnect

from chainrule.errors import InputError
from chainrule.playground._safety import Allowance
from chainrule.playground.messages import (
    LARGEST_MESSAGE,
    VERSION,
    Hello,
    Message,
    MessageError,
    Pause,
    Pick,
    Rewind,
    Set,
    Shown,
    Weight,
    note,
    pack_frame,
    parse_message,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.websockets import WebSocket

    from chainrule.playground._sessions import Outcome, Playable, Seat, Sessions

__all__ = ["Connection"]

# Seconds below which training is not worth its change of threads.
_SHORTEST_SLICE = 0.002
# Seconds in which a page that comes back should have closed its earlier connection, and after which
# one looks again.
_LETTING_GO, _LOOK = 0.3, 0.02


class Connection:
    """What becomes of one WebSocket, until it is closed.

    Parameters
    ----------
    socket : WebSocket
    sessions : Sessions
        Where its session is found or begun.
    """

    def __init__(self, socket: WebSocket, sessions: Sessions) -> None:
        self._socket, self._sessions, self._limits = socket, sessions, sessions.limits
        self._waiting: deque[Message | dict[str, Any]] = deque()
        self._news = asyncio.Event()
        self._allowance = Allowance(self._limits.messages, burst=self._limits.burst)
        self._warned = False
        self._seat: Seat | None = None
        self._open = True
        self._broken = False  # training or drawing went wrong, and nothing was asked since
        self._settled: str | int | None = None  # which `set` the state has
        self._sent = self._acknowledged = 0
        self._next_frame = 0.0

    async def run(self) -> None:
        """Serve the page until it goes."""
        await self._socket.accept()
        reader = asyncio.create_task(self._read())
        try:
            await self._begin()
            while self._open and self._seat is not None:
                self._news.clear()
                await self._step(self._seat)
        except WebSocketDisconnect:
            pass
        finally:
            reader.cancel()
            if self._seat is not None:
                self._sessions.leave(self._seat)

    # What comes up.

    async def _read(self) -> None:
        """Take in messages; never wait for the session."""
        try:
            while (event := await self._socket.receive())["type"] == "websocket.receive":
                self._take_in(event.get("text"))
                self._news.set()
        finally:
            self._open = False
            if self._seat is not None and self._seat.news is self._news:
                self._seat.leaving = True
            self._news.set()

    def _take_in(self, text: str | None) -> None:
        try:
            if text is None:
                raise MessageError("messages are text, not bytes")
            message = parse_message(text)
        except MessageError as error:
            if self._admit():
                self._waiting.append(_to(note(str(error)), error.to))
            return
        if isinstance(message, Shown):
            # It is no work, and without it the next frame would never come.
            shown = min(message.frame, self._sent)
            self._acknowledged = max(self._acknowledged, shown)
        elif self._waiting and _replaces(message, self._waiting[-1]):
            self._waiting[-1] = message
        elif self._admit():
            self._waiting.append(message)

    def _admit(self) -> bool:
        """Return whether one more is taken in; say so once if not."""
        if self._allowance.full:
            self._warned = False
        if self._allowance.take() and len(self._waiting) < self._limits.waiting:
            return True
        if not self._warned:
            self._warned = True
            self._waiting.append(
                note("too much was asked at once: some of it was left out; please try again")
            )
        return False

    # What goes down.

    async def _begin(self) -> None:
        """Wait for the page's hello, and greet it."""
        while self._open:
            self._news.clear()
            while self._waiting:
                message = self._waiting.popleft()
                if isinstance(message, dict):
                    await self._send(message)
                elif isinstance(message, Hello):
                    await self._greet(message)
                    return
                else:
                    await self._send(_to(note("the first message is hello"), message.id))
            await self._news.wait()

    async def _greet(self, hello: Hello) -> None:
        if hello.version != VERSION:
            told = f"this page speaks version {hello.version}, the server {VERSION}: load it again"
            await self._turn_away(told, hello)
            return
        begun = None
        seat = await self._find(hello.session)
        if not self._open:
            return
        if seat is None:
            try:
                seat, begun = await self._sessions.begin(hello.address)
            except InputError as error:
                await self._turn_away(str(error), hello)
                return
        self._sessions.take(seat)
        self._seat, seat.news, seat.leaving = seat, self._news, not self._open
        outcome = await self._sessions.work(seat, _welcome, seat.session)
        if outcome.value is not None:
            limits = {
                **outcome.value.get("limits", {}),
                "message": LARGEST_MESSAGE,
                "table": self._limits.table,
                "model": self._limits.model,
            }
            known = {"version": VERSION, "session": seat.name, "limits": limits}
            await self._send(_to({**outcome.value, "type": "welcome", **known}, hello.id))
        seat.session.state_changed = seat.session.frame_due = True
        for done in filter(None, (begun, outcome)):
            await self._complain(done)

    async def _find(self, name: str | None) -> Seat | None:
        """Find the session that a page had before; a copy of a tab gets one of its own."""
        until = time.monotonic() + _LETTING_GO
        while (seat := self._sessions.find(name)) is not None and seat.taken:
            # A connection that is closed ends with the work that it is at, however long that takes.
            if not self._open or (not seat.leaving and time.monotonic() > until):
                return None
            await asyncio.sleep(_LOOK)
        return seat

    async def _turn_away(self, sentence: str, hello: Hello) -> None:
        await self._send(_to(note(sentence), hello.id))
        await self._socket.close(1013)
        self._open = False

    async def _step(self, seat: Seat) -> None:
        """Do the one thing that comes next: answer, tell the state, draw, train or wait."""
        session = seat.session
        if self._waiting:
            await self._answer(seat, self._waiting.popleft())
        elif session.state_changed:
            outcome = await self._sessions.work(seat, _state, session, self._settled)
            await self._send_outcome(outcome)
        elif self._broken:
            await self._rest(None)
        elif session.playing:
            await self._train(seat)
        elif session.frame_due and self._until_frame() <= 0:
            await self._draw(seat)
        elif session.frame_due:
            await self._rest(self._until_frame())
        else:
            await self._rest(None)

    async def _answer(self, seat: Seat, message: Message | dict[str, Any]) -> None:
        if isinstance(message, dict):
            await self._send(message)
            return
        if isinstance(message, Hello):
            await self._send(_to(note("this page has said hello already"), message.id))
            return
        self._broken = False
        outcome = await self._sessions.work(seat, _answers, seat.session, message)
        if isinstance(message, Set) and outcome.wrong is None:
            # It is answered by the state, even where that has not changed.
            self._settled, seat.session.state_changed = message.id, True
        await self._send_outcome(outcome, message)

    def _page_keeps_up(self) -> bool:
        return self._sent - self._acknowledged < self._limits.unacknowledged

    def _until_frame(self) -> float:
        """Return the seconds until a frame may be sent: none is made for a page that is behind."""
        return self._next_frame - time.monotonic() if self._page_keeps_up() else math.inf

    async def _draw(self, seat: Seat) -> None:
        outcome = await self._sessions.train(seat, _frame, seat.session, self._sent + 1)
        if outcome.wrong is not None:
            await self._halt(seat)
        self._count_frames(outcome.value or ())
        await self._send_outcome(outcome)

    async def _train(self, seat: Seat) -> None:
        """Train for a short while, and draw if it is time to."""
        until = self._until_frame()
        seconds = min(self._limits.slice, max(until, _SHORTEST_SLICE))
        number = self._sent + 1 if until <= seconds else None
        outcome = await self._sessions.train(seat, _play, seat.session, seconds, number)
        if outcome.wrong is not None:
            await self._halt(seat)
            await self._complain(outcome)
            return
        all_done, frames = outcome.value
        self._count_frames(frames)
        for frame in frames:
            await self._send(frame)
        if all_done:
            # What is due until the next frame, at five epochs a second or a thousand, is done then.
            until, interval = self._until_frame(), 1 / self._limits.frames
            await self._rest(until if 0 < until < interval else interval)

    def _count_frames(self, frames: Sequence[bytes]) -> None:
        """Count what is about to be sent; an acknowledgment of more than that is not believed."""
        for _ in frames:
            self._sent += 1
            # Counted on from when the last was due, lest each delay lower the number a second.
            earliest = self._next_frame + 1 / self._limits.frames
            self._next_frame = max(earliest, time.monotonic())

    async def _halt(self, seat: Seat) -> None:
        """Do nothing more by itself, lest it goes wrong a hundred times a second."""
        self._broken = True
        await self._sessions.work(seat, seat.session.handle, Pause())

    async def _rest(self, seconds: float | None) -> None:
        """Wait until something happens, or for so long."""
        seconds = None if seconds == math.inf else seconds
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    async def _send_outcome(self, outcome: Outcome, message: Message | None = None) -> None:
        await self._complain(outcome, message)
        for text in outcome.value or ():
            await self._send(text)

    async def _complain(self, outcome: Outcome, message: Message | None = None) -> None:
        """Say what went wrong, if anything did."""
        if outcome.wrong is not None:
            told = note(outcome.wrong, about=outcome.about)
            await self._send(_to(told, message.id if message else None))

    async def _send(self, content: dict[str, Any] | str | bytes) -> None:
        if isinstance(content, bytes):
            await self._socket.send_bytes(content)
        else:
            text = content if isinstance(content, str) else to_json(content)
            await self._socket.send_text(text)


def _replaces(message: Message, last: Message | dict[str, Any]) -> bool:
    """Return whether what waits need not be done any more, as under a slider that is drawn."""
    match message, last:
        case Set(), Set():
            return message.name == last.name
        case Weight(), Weight():
            return (message.layer, message.source, message.to) == (last.layer, last.source, last.to)
        case (Pick(), Pick()) | (Rewind(), Rewind()):
            return True
    return False


def _to(message: dict[str, Any], to: str | int | None) -> dict[str, Any]:
    """Say to which message this answers."""
    return message if to is None else {**message, "to": to}


# In the session's thread: what is said is written there too, as it may be long.


def _welcome(session: Playable) -> dict[str, Any]:
    return session.welcome()


def _state(session: Playable, settled: str | int | None) -> list[str]:
    session.state_changed = False
    return [to_json(_to({**session.state(), "type": "state"}, settled))]


def _answers(session: Playable, message: Message) -> list[str]:
    return [to_json(_to(answer, message.id)) for answer in session.handle(message)]


def _play(session: Playable, seconds: float, number: int | None) -> tuple[bool, list[bytes]]:
    """Train, and draw; tell whether all that was due is done, as it did not take its time."""
    begun = time.perf_counter()
    session.play(seconds)
    all_done = time.perf_counter() - begun < seconds / 2
    return all_done, _frame(session, number) if number and session.frame_due else []


def _frame(session: Playable, number: int) -> list[bytes]:
    if session.state_changed:
        return []  # the page has to hear of the state before it gets a frame of it
    session.frame_due = False
    header, arrays = session.frame()
    return [pack_frame({**header, "frame": number}, arrays)]
