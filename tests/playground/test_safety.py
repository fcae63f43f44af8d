"""Who comes in to the playground, and what files may be handed over."""

from __future__ import annotations

import http.client
import json
import socket

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from chainrule.errors import InputError
from chainrule.playground.server import PORT, bind

TOKEN = "a-token-of-the-tests"  # noqa: S105 (it guards nothing)


def ask(playground, path, *, method="GET", body=None, **headers):
    """Ask as any program could; returns status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", playground.port, timeout=30)
    given = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    connection.request(method, path, body=body, headers=given)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def sentence(answer, status):
    """Return what a refusal says."""
    assert answer[0] == status, answer
    assert answer[1]["content-type"] == "application/json"
    told = json.loads(answer[2])
    assert [*told] == ["text"]
    return told["text"]


# Who comes in.

SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
ANYWHERE = ("/", "/wrong/", f"/{TOKEN}/page/absent.js", f"/{TOKEN}/absent", f"/{TOKEN}")


@pytest.mark.parametrize("path", ANYWHERE)
@pytest.mark.parametrize("host", [None, "evil.example"])
def test_every_answer_says_what_a_browser_may_do(playground, path, host):
    _, headers, _ = ask(playground, path, Host=host)
    assert {name: headers[name] for name in SAFE} == SAFE
    policy = headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "evil" not in policy
    assert "server" not in headers


def test_a_wrong_token_is_told_where_the_right_one_is(playground):
    for path in (
        "/",
        "/wrong/",
        f"/{TOKEN[:-1]}/",
        f"/{TOKEN}x/",
        f"//{TOKEN}/",
        "/gr%C3%BC%C3%9Fe/",
    ):
        told = sentence(ask(playground, path), 404)
        assert "the terminal where 'chainrule playground' was started" in told
    status, headers, page = ask(playground, "/<script>/", Accept="text/html")
    assert status == 404
    assert headers["content-type"].startswith("text/html")
    assert b"<script" not in page
    assert TOKEN.encode() not in page


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{}", "127.0.0.1", "127.0.0.1:1", "localhost:{}.evil", ""]
)
def test_another_name_that_leads_here_is_refused(playground, host):
    answer = ask(playground, f"/{TOKEN}/", Host=host.format(playground.port))
    assert sentence(answer, 403) == f"this page answers only at http://{playground.host}"


def test_localhost_is_as_good(playground):
    host = f"localhost:{playground.port}"
    with connect(f"ws://{host}/{TOKEN}/socket", origin=f"http://{host}") as socket:
        socket.send('{"type": "hello", "version": 1}')
        assert json.loads(socket.recv(timeout=30))["type"] == "welcome"


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "https://127.0.0.1:{}", "http://localhost:{}"]
)
def test_another_site_cannot_use_it(playground, origin):
    origin = origin and origin.format(playground.port)
    with pytest.raises(InvalidStatus) as caught:
        connect(f"ws://{playground.host}/{TOKEN}/socket", origin=origin)
    assert caught.value.response.status_code == 403
    assert json.loads(caught.value.response.body)["text"].startswith("only the playground's own")
    for path in ("table?session=x&name=y", "model?session=x"):
        told = sentence(
            ask(playground, f"/{TOKEN}/{path}", method="POST", body="x", Origin=origin), 403
        )
        assert told == "only the playground's own page may ask for this"
    assert playground.made == []


def test_a_socket_needs_the_token(playground):
    for path in ("/socket", "/wrong/socket"):
        with pytest.raises(InvalidStatus) as caught:
            connect(f"ws://{playground.host}{path}", origin=playground.origin)
        assert caught.value.response.status_code == 404
        assert "terminal" in json.loads(caught.value.response.body)["text"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods(playground, method):
    answer = ask(playground, f"/{TOKEN}/", method=method, Origin=playground.origin)
    assert sentence(answer, 405) == "the playground cannot be asked for this in that way"


def test_a_get_takes_nothing(playground):
    assert sentence(ask(playground, f"/{TOKEN}/table?session=x&name=y"), 405)


PATHS = (
    "../server.py", "..%2fserver.py", "%2e%2e/server.py", "..\\server.py", "..%5cserver.py",
    "page/../../server.py", "/etc/passwd", "//etc/passwd", "index.html%00.js", "index.html/",
    "server.py", "main.js.map", ".html", "INDEX.HTML", "absent.js", "%252e%252e/server.py", "",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_page(playground, path):
    answer = ask(playground, f"/{TOKEN}/page/{path}")
    assert sentence(answer, 404) == "the playground has nothing at this address"


def test_the_ticket_leads_to_the_page_once(playground):
    status, headers, _ = ask(playground, "/a-ticket")
    assert (status, headers["location"]) == (303, f"/{TOKEN}/#data=xor")
    assert sentence(ask(playground, "/a-ticket"), 404)


def test_the_last_slash_may_be_left_out(playground):
    status, headers, _ = ask(playground, f"/{TOKEN}")
    assert (status, headers["location"]) == (303, f"/{TOKEN}/#data=xor")


def test_only_this_machine_reaches_it():
    with bind(0) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


def test_small_answers_do_not_wait_for_one_another():
    with bind(0) as bound, socket.create_connection(bound.getsockname()):
        accepted, _ = bound.accept()
        # By this asyncio tells whether to send at once what it is given.
        assert accepted.proto == socket.IPPROTO_TCP
        accepted.close()


def test_a_port_that_is_taken():
    with bind(0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port} is in use: try another"):
            bind(port)


def test_the_usual_port_or_a_free_one(monkeypatch):
    """With another usual port, as the real one may be somebody's at any time."""
    assert PORT == 8642
    with bind(0) as usual:
        port = usual.getsockname()[1]
        monkeypatch.setattr("chainrule.playground.server.PORT", port)
        with bind() as other:
            assert other.getsockname()[1] != port
    with bind() as usual:
        assert usual.getsockname()[1] == port


# Files.


def post(playground, path, body, **headers):
    asked = {"Origin": playground.origin, **headers}
    return ask(playground, f"/{TOKEN}/{path}", method="POST", body=body, **asked)


def test_a_table_is_taken(playground):
    with playground.page() as page:
        page.receive("frame")
        status, _, body = post(
            playground, f"table?session={page.name}&name=a%20b.csv", b"x,y\n1,2\n"
        )
        assert (status, json.loads(body)) == (200, {})
        assert page.receive("state")["settings"] == {"table": "a b.csv: 8"}


def test_a_table_that_cannot_be_read(playground):
    with playground.page() as page:
        told = sentence(post(playground, f"table?session={page.name}&name=a.csv", b""), 400)
        assert told == "a.csv is empty"
        assert page.ask()["code"] == "epochs=0"


def test_a_defect_with_a_file(playground, capfd):
    with playground.page() as page:
        told = sentence(post(playground, f"model?session={page.name}", b"secret"), 500)
        assert "RuntimeError" in told
        assert "secret" not in told
        assert page.ask()["code"] == "epochs=0"
    assert "RuntimeError: b'secret'" in capfd.readouterr().err


@pytest.mark.parametrize("session", ["", "?session=", "?session=wrong"])
def test_files_need_a_session(playground, session):
    told = "this page's session is gone: load the page again"
    assert sentence(post(playground, f"table{session}", b"x"), 404) == told
    assert sentence(ask(playground, f"/{TOKEN}/model{session}"), 404) == told
    assert sentence(ask(playground, f"/{TOKEN}/bundle{session}"), 404) == told


def test_a_file_is_given(playground):
    with playground.page() as page:
        status, headers, body = ask(playground, f"/{TOKEN}/model?session={page.name}")
        assert (status, body) == (200, b"\x00model")
        assert headers["content-type"] == "application/octet-stream"
        assert headers["content-disposition"] == (
            "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%22x%22%0D%0A.chainrule"
        )
        told = sentence(ask(playground, f"/{TOKEN}/bundle?session={page.name}"), 400)
        assert told == "there is nothing to record yet: play first"


@pytest.mark.parametrize("counted", [True, False])
def test_a_file_that_is_too_large(make_playground, counted):
    playground = make_playground(table=10_000, model=5_000)
    with playground.page() as page:
        for path, largest in (("table", 10_000), ("model", 5_000)):
            body = b"x" * (largest + 1)
            sent = body if counted else iter([body[:3000], body[3000:]])  # in chunks, no length
            told = sentence(post(playground, f"{path}?session={page.name}", sent), 413)
            assert (
                told == f"this file is too large: at most {largest // 1000} kB can be opened here"
            )
        assert post(playground, f"table?session={page.name}&name=y", b"x" * 10_000)[0] == 200
        assert page.ask()["code"] == "epochs=0"


@pytest.mark.parametrize("length", ["Content-Length: 100001", "Transfer-Encoding: chunked"])
def test_what_is_far_too_large_is_refused_before_it_has_come(make_playground, length):
    playground = make_playground(table=10_000)
    with playground.page() as page, socket.create_connection(("127.0.0.1", playground.port)) as raw:
        head = (
            f"POST /{TOKEN}/table?session={page.name} HTTP/1.1\r\nHost: {playground.host}\r\n"
            f"Origin: {playground.origin}\r\n{length}\r\n\r\n"
        )
        raw.sendall(head.encode())
        if "chunked" in length:
            raw.sendall(b"186a1\r\n" + b"x" * 100_001)  # and no end
        raw.settimeout(30)
        assert raw.recv(100).startswith(b"HTTP/1.1 413")


def test_a_file_that_never_ends_is_dropped(playground):
    with playground.page() as page:
        with socket.create_connection(("127.0.0.1", playground.port)) as raw:
            head = (
                f"POST /{TOKEN}/table?session={page.name} HTTP/1.1\r\nHost: {playground.host}\r\n"
                f"Origin: {playground.origin}\r\nContent-Length: 100\r\n\r\nx"
            )
            raw.sendall(head.encode())
        assert page.ask()["code"] == "epochs=0"
        assert "table" not in playground.made[0].settings
