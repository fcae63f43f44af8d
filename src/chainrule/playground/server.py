"""The playground's server: a thin application on this machine's own address, and nothing else.

The page and its files, one WebSocket (:mod:`chainrule.playground.messages` says what goes through
it), and tables and models by HTTP. What a session does is its own business; the server's is who
may ask, how much, and in which order.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import uvicorn

from chainrule.errors import InputError
from chainrule.playground._application import application
from chainrule.playground._safety import Guard, Limits
from chainrule.playground._sessions import Sessions
from chainrule.playground.messages import LARGEST_MESSAGE, Advance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

    from chainrule.playground._sessions import Playable

__all__ = ["PORT", "Address", "Limits", "Server", "bind", "make_app", "serve"]

#: Where it is found if nobody says otherwise and the place is free.
PORT = 8642

_HOST = "127.0.0.1"
# Bytes of a WebSocket's message. What is beyond LARGEST_MESSAGE is told so; beyond this the
# connection ends, and the page comes back to its session.
_LARGEST_FRAME = 16 * LARGEST_MESSAGE
# What of a copied link need not be written otherwise.
_IN_ADDRESS = "=&,.-_~:()%+*!'/?@"
# Seconds for which a thread may keep the interpreter while another waits for it.
_TURN = 0.0005
# Seconds that open tabs are given when the server ends.
_FAREWELL = 1


class Address(NamedTuple):
    """Where the playground is.

    Attributes
    ----------
    page : str
        What a person opens.
    once : str
        The same for a program that opens it: of use one single time, as all users of a machine can
        read with which arguments a program was started.
    """

    page: str
    once: str


def make_app(
    sessions: Sessions, *, token: str, port: int, home: str, ticket: str | None = None
) -> ASGIApp:
    """Make the application, with the guard before its door.

    Parameters
    ----------
    sessions : Sessions
        Where its pages find theirs.
    token : str
        The first part of every path.
    port : int
        Where it will be found.
    home : str
        The path of what is opened, with its part after ``#``.
    ticket : str, optional
        A path that leads there once.

    Returns
    -------
    ASGI application
    """
    made = application(sessions)
    return Guard(made, token=token, port=port, home=home, ticket=ticket)


def bind(port: int | None = None) -> socket.socket:
    """Take a port of this machine's own address, which no other machine reaches.

    Parameters
    ----------
    port : int, optional
        By default :data:`PORT`, or a free one if that is taken; 0 takes a free one.

    Returns
    -------
    socket.socket

    Raises
    ------
    InputError
        The port is taken, or nobody may have it.
    """
    if port is None:
        with contextlib.suppress(InputError):
            return bind(PORT)
        return bind(0)
    # Named as TCP, or else asyncio leaves Nagle's algorithm on: each answer would wait for 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere it would let two servers have the same port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((_HOST, port))
        bound.listen()
    except OSError as error:
        bound.close()
        why = "may not be used" if isinstance(error, PermissionError) else "is in use"
        raise InputError(
            f"port {port} {why}: try another, or leave out --port to have a free one chosen"
        ) from None
    return bound


class Server(uvicorn.Server):
    """A uvicorn server for one application.

    Parameters
    ----------
    app : ASGI application
    when_up : callable
        Called once it answers.
    """

    def __init__(self, app: ASGIApp, when_up: Callable[[], object]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="websockets-sansio",
                loop="asyncio",
                lifespan="off",
                ws_max_size=_LARGEST_FRAME,
                ws_per_message_deflate=False,  # nothing is gained between here and here
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                log_level="critical",
                timeout_graceful_shutdown=_FAREWELL,
            )
        )
        self._when_up = when_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._when_up()


def serve(
    begin: Callable[[str], Playable],
    *,
    address: str = "",
    port: int | None = None,
    when_up: Callable[[Address], object],
    limits: Limits | None = None,
) -> bool:
    """Serve the playground until Ctrl-C.

    Parameters
    ----------
    begin : callable
        Makes a session at an address.
    address : str
        What is opened, after ``#``.
    port : int, optional
        By default :data:`PORT`, or a free one if that is taken.
    when_up : callable
        Told the address once the server answers, quickly: all is loaded by then.
    limits : Limits, optional
        How much a page may ask for.

    Returns
    -------
    bool
        Whether all work has ended; a thread may still be within a long training.

    Raises
    ------
    InputError
        The port is taken, or the address says nothing that can be shown.
    """
    bound = bind(port)
    with contextlib.closing(bound):
        _warm_up(begin(address))
        sessions = Sessions(begin, limits or Limits())
        token, ticket = secrets.token_urlsafe(), secrets.token_urlsafe()
        chosen = bound.getsockname()[1]
        path = f"/{token}/" + (f"#{quote(address, safe=_IN_ADDRESS)}" if address else "")
        app = make_app(sessions, token=token, port=chosen, home=path, ticket=ticket)
        home = f"http://{_HOST}:{chosen}"
        where = Address(f"{home}{path}", f"{home}/{ticket}")
        # Once its connections are closed, uvicorn lets Ctrl-C go on to us.
        with _quick_turns(), contextlib.suppress(KeyboardInterrupt):
            Server(app, lambda: when_up(where)).run(sockets=[bound])
        return sessions.close()


@contextlib.contextmanager
def _quick_turns() -> Iterator[None]:
    """Have threads wait less for one another: ten tabs get half as many frames again by that."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _warm_up(session: Playable) -> None:
    """Do once what a page does first, so that what is imported and loaded for it is there."""
    session.welcome()
    session.state()
    session.handle(Advance(unit="epoch", count=1))
    session.frame()
