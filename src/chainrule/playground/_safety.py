"""Who may talk to the playground, how much, and what every answer says to the browser."""

from __future__ import annotations

import html
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.websockets import WebSocket

from chainrule.playground import _own_table, saving

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Allowance", "Guard", "Limits", "refusal"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a page may ask for.

    Attributes
    ----------
    sessions : int
        Tabs, those that may come back included.
    kept : float
        Seconds that a session outlives its connection.
    messages, burst : int
        Messages a second, and how many at once after a silence.
    waiting : int
        Messages that wait for a session that is busy.
    table, model : int
        Bytes of a file that is handed over.
    frames : float
        Frames a second: some more than a screen shows, or now and then it would wait for one.
    unacknowledged : int
        Frames on their way to the page.
    slice : float
        Seconds of training after which messages are looked at again.
    """

    sessions: int = 50
    kept: float = 600.0
    messages: int = 250
    burst: int = 500
    waiting: int = 64
    table: int = _own_table.MOST_BYTES
    model: int = saving.MOST_BYTES
    frames: float = 100.0
    unacknowledged: int = 2
    slice: float = 0.01


class Allowance:
    """So many a second, and some at once after a silence.

    Parameters
    ----------
    rate : float
        How many a second.
    burst : int
        How many at once.
    now : float
        The time, in seconds, from which it counts.

    Examples
    --------
    >>> allowance = Allowance(10, burst=2, now=0.0)
    >>> [allowance.take(now) for now in (0.0, 0.0, 0.0, 0.1)]
    [True, True, False, True]
    """

    def __init__(self, rate: float, *, burst: int, now: float | None = None) -> None:
        self._rate, self._burst = rate, float(burst)
        self._left = self._burst
        self._last = time.monotonic() if now is None else now

    def take(self, now: float | None = None) -> bool:
        """Take one; return False if there is none left."""
        now = time.monotonic() if now is None else now
        self._left = min(self._burst, self._left + (now - self._last) * self._rate)
        self._last = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def full(self) -> bool:
        """Whether nothing was taken for so long that a whole burst is allowed again."""
        return self._left >= self._burst - 1


class Guard:
    """The door before the application: only the page that knows the token comes through.

    Whatever answers, what is said to the browser of safety is added here.

    Parameters
    ----------
    app : ASGI application
        Finds its paths without the token, which becomes the ``root_path``.
    token : str
        The first part of each path.
    port : int
        Of this server: another name or port in ``Host`` means that a foreign name was pointed to
        this machine.
    home : str
        The path of the page, with its part after ``#``.
    ticket : str, optional
        A path that leads to the page once. A browser is opened with it, as all users of a machine
        can read with which arguments a program was started.
    """

    def __init__(
        self, app: ASGIApp, *, token: str, port: int, home: str, ticket: str | None = None
    ) -> None:
        self._app, self._token, self._ticket = app, token, ticket
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._home = home

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        host = ",".join(Headers(scope=scope).getlist("host"))
        answer = self._judge(scope, host)

        async def send_safely(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                MutableHeaders(scope=message).update(_headers(host if host in self._hosts else ""))
            await send(message)

        if answer is None:
            inside = {**scope, "root_path": f"/{self._token}"}
            await self._app(inside, receive, send_safely)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send_safely).send_denial_response(answer)
        else:
            await answer(scope, receive, send_safely)

    def _judge(self, scope: Scope, host: str) -> Response | None:
        """Return what a request is told that may not come through."""
        if host not in self._hosts:
            return refusal(scope, 403, f"this page answers only at http://{self._hosts[0]}")
        first, slash, _ = scope["path"][1:].partition("/")
        if _same(first, self._token):
            if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
                # A person may leave out the last slash, from which the page finds its files.
                return None if slash else RedirectResponse(self._home, 303)
            if Headers(scope=scope).getlist("origin") != [f"http://{host}"]:
                return refusal(scope, 403, "only the playground's own page may ask for this")
            return None
        if self._ticket and _same(first, self._ticket) and scope["type"] == "http":
            if scope["method"] == "GET":
                self._ticket = None
            return RedirectResponse(self._home, 303)
        return refusal(
            scope,
            404,
            "there is no playground at this address: its whole address, which is another each "
            "time, stands in the terminal where 'chainrule playground' was started",
        )


def _same(given: str, secret: str) -> bool:
    # In constant time, so that nobody finds it out letter by letter.
    return secrets.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def _headers(host: str) -> dict[str, str]:
    """Return what every answer says: nothing but the page's own files, and nobody else may look."""
    # A WebSocket counts as 'self' in browsers of 2023 and later; it is named for the others.
    socket = f" ws://{host}" if host else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        f"connect-src 'self'{socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        # HTML is only made of text by the one function that has this policy: the formulas' own.
        "require-trusted-types-for 'script'; trusted-types chainrule"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def refusal(scope: Scope, status: int, sentence: str) -> Response:
    """Make the answer to what cannot be done: a page for a person, JSON for a script.

    Parameters
    ----------
    scope : ASGI scope
        The request.
    status : int
        Of HTTP.
    sentence : str
        What is wrong, and how to mend it.

    Returns
    -------
    starlette.responses.Response
    """
    if "text/html" in Headers(scope=scope).get("accept", ""):
        told = html.escape(sentence[:1].upper() + sentence[1:])
        return HTMLResponse(
            '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
            f"<title>chainrule playground</title>\n<p>{told}.</p>\n</html>\n",
            status,
        )
    return JSONResponse({"text": sentence}, status)
