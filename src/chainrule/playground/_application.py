"""The application: the page's files, the socket, and tables and models to and fro."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from chainrule.plain_data import size
from chainrule.playground._connection import Connection
from chainrule.playground._safety import refusal
from chainrule.playground.page_files import page_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from chainrule.playground._sessions import Outcome, Playable, Seat, Sessions

__all__ = ["application"]

_KINDS = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
# Neither a slash nor a second point: no name leads out of the folder.
_FILE = re.compile(rf"[a-z0-9_]+\.({'|'.join(_KINDS)})")
_LONGEST_NAME = 255
# A browser shows no answer before it has sent all: what is too large is read to its end and
# dropped, unless it is larger than what may be by this factor.
_PATIENCE = 10
_UPLOAD_SECONDS = 60.0
_WRONG_PATH = {
    HTTPStatus.NOT_FOUND: "the playground has nothing at this address",
    HTTPStatus.METHOD_NOT_ALLOWED: "the playground cannot be asked for this in that way",
}


def application(sessions: Sessions) -> Starlette:
    """Make the application that is behind the :class:`~chainrule.playground._safety.Guard`.

    Parameters
    ----------
    sessions : Sessions
        Where its pages find theirs.

    Returns
    -------
    starlette.applications.Starlette
    """
    made = Starlette(
        routes=[
            Route("/", _page),
            Route("/page/{name}", _page),
            WebSocketRoute("/socket", _socket),
            Route("/table", _take_table, methods=["POST"]),
            Route("/model", _model, methods=["GET", "POST"]),
            Route("/bundle", _give_bundle),
        ],
        exception_handlers={HTTPException: _refuse},
    )
    made.router.redirect_slashes = False
    made.state.sessions = sessions
    return made


async def _page(request: Request) -> Response:
    name = request.path_params.get("name", "index.html")
    kind = _FILE.fullmatch(name)
    content = None if kind is None else page_file(name)
    if kind is None or content is None:
        raise HTTPException(404)
    return Response(content, media_type=_KINDS[kind[1]])


async def _socket(socket: WebSocket) -> None:
    await Connection(socket, socket.app.state.sessions).run()


async def _refuse(request: Request, error: Any) -> Response:
    status = HTTPStatus(error.status_code)
    # Starlette itself says no more than what the number means.
    unsaid = error.detail == status.phrase
    return refusal(request.scope, status, _WRONG_PATH[status] if unsaid else error.detail)


async def _take_table(request: Request) -> Response:
    name = request.query_params.get("name", "")[:_LONGEST_NAME]
    largest = _sessions(request).limits.table
    return await _take(request, largest, lambda session, body: session.take_table(name, body))


async def _model(request: Request) -> Response:
    if request.method == "POST":
        largest = _sessions(request).limits.model
        return await _take(request, largest, lambda session, body: session.take_model(body))
    return await _give(request, lambda session: session.model_file())


async def _give_bundle(request: Request) -> Response:
    return await _give(request, lambda session: session.bundle())


async def _take(request: Request, largest: int, take: Callable[[Playable, bytes], Any]) -> Response:
    """Give the body to the session."""
    seat, body = _seat(request), await _body(request, largest)
    await _work(request, seat, take, seat.session, body)
    seat.news.set()
    return JSONResponse({})


async def _give(request: Request, give: Callable[[Playable], tuple[str, bytes]]) -> Response:
    """Answer with a file that the session makes."""
    seat = _seat(request)
    name, content = await _work(request, seat, give, seat.session)
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"},
    )


def _sessions(request: Request) -> Sessions:
    found: Sessions = request.app.state.sessions
    return found


def _seat(request: Request) -> Seat:
    seat = _sessions(request).find(request.query_params.get("session"))
    if seat is None:
        raise HTTPException(404, "this page's session is gone: load the page again")
    return seat


async def _body(request: Request, largest: int) -> bytes:
    """Read the body; never keep more of it than is allowed."""
    too_large = HTTPException(
        413, f"this file is too large: at most {size(largest)} can be opened here"
    )
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > _PATIENCE * largest:
        raise too_large
    parts, length = [], 0
    try:
        async with asyncio.timeout(_UPLOAD_SECONDS):
            async for part in request.stream():
                length += len(part)
                if length <= largest:
                    parts.append(part)
                else:
                    parts.clear()
                if length > _PATIENCE * largest:
                    raise too_large
    except (TimeoutError, ClientDisconnect):
        raise HTTPException(400, "the file did not arrive: please try again") from None
    if length > largest:
        raise too_large
    return b"".join(parts)


async def _work(request: Request, seat: Seat, work: Callable[..., Any], *given: Any) -> Any:
    outcome: Outcome = await _sessions(request).work(seat, work, *given)
    if outcome.wrong is not None:
        raise HTTPException(400 if outcome.input else 500, outcome.wrong)
    return outcome.value
