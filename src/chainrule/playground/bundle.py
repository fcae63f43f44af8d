"""The teacher's bundle: one HTML file in which a recorded run plays, without Python or network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.playground.page_files import page_file

if TYPE_CHECKING:
    from chainrule.playground.recording import Recording
    from chainrule.playground.session import Session

__all__ = ["bundle_name", "differences", "join_modules", "make_bundle", "write_bundle"]

# The highest takes ten times as long, for a fortieth less.
_LEVEL = 6
_MAIN = "main.js"
# Where messages come from in a bundle, in the place of the connection to the server.
_SOURCE = """import { connectRecording, sendRecording } from "./recording.js";
export const source = { connect: connectRecording, send: sendRecording };
"""
_IMPORT = re.compile(r'import\s*\{([^}]*)\}\s*from\s*"\./([a-z_]+\.js)";\n?')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_LEFT = re.compile(r"^\s*(?:import|export)\b[^(]*", re.MULTILINE)
_SHEET = re.compile(r' *<link rel="stylesheet" href="page/([a-z_]+\.css)">\n')
_SCRIPT = f'  <script type="module" src="page/{_MAIN}"></script>\n'


def make_bundle(session: Session) -> bytes:
    """Record what was done in a session as a page of its own.

    Parameters
    ----------
    session : Session
        It stays as it is.

    Returns
    -------
    bytes
        HTML that needs no other file and no network.

    Raises
    ------
    InputError
        Nothing was done yet.
    """
    from chainrule.playground.recording import record

    return write_bundle(record(session))


def bundle_name(session: Session) -> str:
    """Return what to call the file, such as ``circle-epoch-300.html``."""
    name = re.sub(r"[^\w-]+", "-", session.data.name).strip("-") or "playground"
    return f"{name}-epoch-{session.course.epoch}.html"


def write_bundle(recording: Recording) -> bytes:
    """Write the page of a recorded run.

    Parameters
    ----------
    recording : Recording
        From :func:`chainrule.playground.recording.record`, or made by hand.

    Returns
    -------
    bytes
        HTML in UTF-8. Its content security policy lets nothing run but its own script, by its
        hash, and nothing be fetched.
    """
    script = join_modules(_MAIN, {"source.js": _SOURCE})
    page = _text("index.html")
    style = "\n".join(_text(name) for name in _SHEET.findall(page)).replace("</", r"<\/")
    recorded = _packed(
        {
            "welcome": recording.welcome,
            "state": recording.state,
            "lengths": [len(frame) for frame in recording.frames],
            "picks": recording.picks,
            "told": recording.told,
            "opened": recording.opened,
            "python": recording.python,
        }
    )
    frames = _base64(gzip.compress(differences(recording.frames), _LEVEL, mtime=0))
    page = _SHEET.sub("", page)
    head = (
        f"{_policy(script, style)}  <style>{style}</style>\n"
        f'  <script type="text/plain" id="recorded">{recorded}</script>\n'
        f'  <script type="text/plain" id="recorded-frames">{frames}</script>\n'
        f'  <script type="module">{script}</script>\n'
    )
    before, found, after = page.partition(_SCRIPT)
    assert found  # noqa: S101 (the page is our own)
    first, charset, rest = before.partition('<meta charset="utf-8">\n')
    policy, _, others = head.partition("\n")
    return f"{first}{charset}{policy}\n{rest}{others}{after}".encode()


def _policy(script: str, style: str) -> str:
    rules = (
        "default-src 'none'",
        f"script-src '{_hash(script)}'",
        f"style-src '{_hash(style)}'",
        "img-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types chainrule",
    )
    return f'  <meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">\n'


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{_base64(digest)}"


def _packed(data: dict[str, Any]) -> str:
    text = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return _base64(gzip.compress(text.encode(), _LEVEL, mtime=0))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _text(name: str) -> str:
    content = page_file(name)
    if content is None:
        raise FileNotFoundError(name)
    return content.decode()


def differences(frames: Sequence[bytes]) -> bytes:
    """Write each frame as what differs from the one before it, which packs into half the bytes.

    Frames are laid end to end, since their headers are not all as long; bytes are taken from one
    another modulo 256.

    Parameters
    ----------
    frames : sequence of bytes
        In their order.

    Returns
    -------
    bytes
        As many as all frames together have.

    Examples
    --------
    >>> differences([b"ab", b"xac"]).hex(" ")
    '61 62 78 00 01'
    """
    last, written = np.zeros(0, np.uint8), []
    for frame in frames:
        here = np.frombuffer(frame, np.uint8)
        change = here.copy()
        common = min(len(here), len(last))
        change[len(here) - common :] -= last[len(last) - common :]
        written.append(change.tobytes())
        last = here
    return b"".join(written)


# ---------------------------------------------------------------------------- one script of many


def join_modules(main: str, instead: dict[str, str] | None = None) -> str:
    """Put a module of the page and all that it imports into one script.

    Each module becomes a function that is called once and returns what it exports; so no two of
    them need to know each other's names.

    Parameters
    ----------
    main : str
        The module that is run.
    instead : dict of str to str, optional
        Texts that take the place of modules' own.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Modules import one another in a circle, or in a way that is not known here.
    """
    written: dict[str, str] = {}
    _add(main, instead or {}, written, ())
    # Nothing may look like the script's end to a browser.
    return '"use strict";\n' + "".join(written.values()).replace("</", r"<\/")


def _add(name: str, instead: dict[str, str], written: dict[str, str], way: tuple[str, ...]) -> None:
    """Write a module after all that it imports."""
    if name in way:
        raise ValueError(f"modules import one another in a circle: {' → '.join((*way, name))}")
    if name in written:
        return
    text = instead.get(name) or _text(name)
    for _, other in _IMPORT.findall(text):
        _add(other, instead, written, (*way, name))
    body = _IMPORT.sub(_taken, text)
    exported = _EXPORT.findall(body)
    body = _EXPORT.sub("", body)
    left = _LEFT.search(body)
    if left is not None:
        raise ValueError(f"{name}: {left[0].strip()!r} is no import or export that is known here")
    given = f"return {{ {', '.join(exported)} }};\n" if exported else ""
    written[name] = f"const {_variable(name)} = (() => {{\n{body}{given}}})();\n"


def _taken(found: re.Match[str]) -> str:
    names = found[1].replace(" as ", ": ")
    return f"const {{{names}}} = {_variable(found[2])};\n"


def _variable(name: str) -> str:
    return f"module_{name.removesuffix('.js')}"
