"""The sessions of all tabs: found again by name, and given one piece of work at a time."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from chainrule.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from chainrule.playground._safety import Limits
    from chainrule.playground.messages import Message

__all__ = ["Outcome", "Playable", "Seat", "Sessions"]

_T = TypeVar("_T")

# Threads that answer, beside those that train: a control need not wait for ten tabs' training.
_ANSWERING = 4


class Playable(Protocol):
    """What the server needs of a session; one thread at a time calls it."""

    state_changed: bool
    frame_due: bool

    @property
    def playing(self) -> bool:
        """Whether there is something to do without being asked."""

    def welcome(self) -> dict[str, Any]:
        """Return what a page is told first; a page that is welcomed knows nothing yet."""

    def state(self) -> dict[str, Any]:
        """Return settings, data and shape."""

    def frame(self) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]:
        """Return the header and the arrays of a frame."""

    def handle(self, message: Message) -> list[dict[str, Any]]:
        """Do what a message says; return the answers."""

    def play(self, seconds: float) -> bool:
        """Train what is due, for some time at most; return whether anything was done."""

    def take_table(self, name: str, content: bytes) -> Any:
        """Learn from a file's rows."""

    def take_model(self, content: bytes) -> Any:
        """Show a model file."""

    def model_file(self) -> tuple[str, bytes]:
        """Return name and content of the trained model."""

    def bundle(self) -> tuple[str, bytes]:
        """Return name and content of the page with the run recorded."""


class Outcome(NamedTuple):
    """What became of a piece of work: its value, or a sentence of what went wrong."""

    value: Any
    wrong: str | None = None
    #: The setting that it is about.
    about: str | None = None
    #: Whether a person's input was at fault, rather than this program.
    input: bool = True


class Seat:
    """A session with its name, and the turn that its users take."""

    def __init__(self, session: Playable) -> None:
        self.name = secrets.token_urlsafe(16)
        self.session = session
        self.turn = asyncio.Lock()
        self.news = asyncio.Event()  # something may have changed: the connection looks
        self.frames = 0
        self.taken = False
        self.leaving = False  # its connection is closed, and only ends its work
        self.end: asyncio.TimerHandle | None = None


class Sessions:
    """The sessions that there are.

    Parameters
    ----------
    begin : callable
        Makes a session at an address.
    limits : Limits
    """

    def __init__(self, begin: Callable[[str], Playable], limits: Limits) -> None:
        self.limits = limits
        self._begin = begin
        self._seats: dict[str, Seat] = {}
        self._door = asyncio.Lock()
        self._running: set[Future[Outcome]] = set()
        self._training = ThreadPoolExecutor(os.cpu_count() or 1, "training")
        self._answering = ThreadPoolExecutor(_ANSWERING, "answering")

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._seats)

    def find(self, name: str | None) -> Seat | None:
        """Return the seat of that name."""
        return self._seats.get(name or "")

    async def begin(self, address: str) -> tuple[Seat, Outcome]:
        """Begin a session at an address, or at the usual one if that says nothing.

        Returns
        -------
        seat : Seat
        outcome : Outcome
            What is wrong with the address, if anything.

        Raises
        ------
        InputError
            There are too many.
        """
        async with self._door:
            return await self._begin_next(address)

    async def _begin_next(self, address: str) -> tuple[Seat, Outcome]:
        self._make_room()
        asked = made = await self.run(self._begin, address)
        if made.wrong is not None:
            made = await self.run(self._begin, "")
        if made.wrong is not None:
            raise InputError(made.wrong)
        seat = Seat(made.value)
        self._seats[seat.name] = seat
        return seat, asked

    def take(self, seat: Seat) -> None:
        """Take a seat: it is the caller's until it is left."""
        seat.taken = True
        if seat.end is not None:
            seat.end.cancel()
            seat.end = None

    def leave(self, seat: Seat) -> None:
        """Leave a seat; who says its name may have it again for some time."""
        seat.taken = False
        loop = asyncio.get_running_loop()
        seat.end = loop.call_later(self.limits.kept, self._seats.pop, seat.name, None)

    def _make_room(self) -> None:
        """Drop the session that was left first, if there are too many."""
        if len(self._seats) < self.limits.sessions:
            return
        left = [seat for seat in self._seats.values() if seat.end is not None]
        if not left:
            raise InputError(
                f"{self.limits.sessions} tabs are open already: close one, and load this again"
            )
        first = min(left, key=lambda seat: seat.end.when() if seat.end else 0.0)
        if first.end is not None:
            first.end.cancel()
        del self._seats[first.name]

    async def work(self, seat: Seat, work: Callable[..., _T], *given: Any) -> Outcome:
        """Have a session do something when it is its turn, in a thread that answers."""
        async with seat.turn:
            return await self.run(work, *given)

    async def train(self, seat: Seat, work: Callable[..., _T], *given: Any) -> Outcome:
        """Have a session do something when it is its turn, in a thread that trains."""
        async with seat.turn:
            return await self.run(work, *given, threads=self._training)

    async def run(
        self, work: Callable[..., _T], *given: Any, threads: ThreadPoolExecutor | None = None
    ) -> Outcome:
        """Do something in another thread; whatever goes wrong becomes a sentence."""
        future = (threads or self._answering).submit(_outcome, work, given)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return await asyncio.wrap_future(future)

    def close(self) -> bool:
        """Drop all sessions, and wait for nothing; return whether nothing is running any more."""
        self._seats.clear()
        for threads in (self._training, self._answering):
            threads.shutdown(wait=False, cancel_futures=True)
        return not self._running


def _outcome(work: Callable[..., Any], given: tuple[Any, ...]) -> Outcome:
    try:
        return Outcome(work(*given))
    except InputError as error:
        return Outcome(None, str(error), getattr(error, "about", None))
    except MemoryError:
        return Outcome(None, "there is not enough memory for this: try fewer points or nodes")
    except Exception as error:  # noqa: BLE001 (one session's defect is not the end of ten tabs)
        traceback.print_exc(file=sys.stderr)
        kind = type(error).__name__
        told = f"this went wrong inside ({kind}) and was not done; the terminal tells more"
        return Outcome(None, told, input=False)
