"""The messages between the page and the server, version 1: this is the document of the protocol.

A page opens one WebSocket, ``/TOKEN/socket``, and its first message is ``hello``. Up go commands,
each a JSON object with its ``type``, in a message of text of at most 64 KiB; any may have an
``id``, which the answer or the note to it repeats as ``to``; ``set`` is answered by the state. They
are carried out one after another; of several that set the same thing and still wait, only the last
is. A message that is too large, is no JSON, or has an unknown type, field or value is answered with
a ``note`` of one sentence, and nothing else happens: the session goes on.

Down come JSON objects with their ``type`` too (:class:`Welcome`, :class:`State`,
:class:`Explanation`, :class:`Inspection`, :class:`PythonCode`, :class:`Note`), and frames, which
are binary (:func:`pack_frame`): a picture of the present weights each. A page acknowledges a frame
with ``shown`` once it is drawn; no more than two are ever on their way, so that a slow page gets
fewer frames and never old ones.

A session outlives its connection by some minutes. The page that says its name in ``hello`` gets it
back; one whose session is gone begins a new one at its address, which is the same to the pixel.

Tables and models go the other way round, by HTTP, beside the socket:

| request | what it does |
|---|---|
| ``POST /TOKEN/table?session=…&name=…`` | learns from the table in the body, a file of that name |
| ``POST /TOKEN/model?session=…`` | shows the model in the body |
| ``GET /TOKEN/model?session=…`` | the trained model, as a file |
| ``GET /TOKEN/bundle?session=…`` | one page of HTML with the run recorded |

A POST that went well answers ``{}``, and what it changed comes through the socket. What fails
answers ``{"text": one sentence}`` with status 400 (the file is at fault), 403 (another site asks),
404 (no such session) or 413 (too large).
"""

from __future__ import annotations

from chainrule.playground._down import (
    Control,
    Curve,
    Data,
    Explanation,
    FrameHeader,
    Inspection,
    Network,
    Note,
    Picked,
    PythonCode,
    Scores,
    State,
    Welcome,
    note,
    pack_frame,
    to_json,
    unpack_frame,
)
from chainrule.playground._up import (
    LARGEST_MESSAGE,
    TYPES,
    VERSION,
    Advance,
    Explain,
    Hello,
    Inspect,
    Load,
    Message,
    MessageError,
    NodePlace,
    Pause,
    Pick,
    Play,
    Python,
    Race,
    Reset,
    Restart,
    Rewind,
    Set,
    Shown,
    Weight,
    WeightPlace,
    parse_message,
)

__all__ = [
    "LARGEST_MESSAGE",
    "TYPES",
    "VERSION",
    "Advance",
    "Control",
    "Curve",
    "Data",
    "Explain",
    "Explanation",
    "FrameHeader",
    "Hello",
    "Inspect",
    "Inspection",
    "Load",
    "Message",
    "MessageError",
    "Network",
    "NodePlace",
    "Note",
    "Pause",
    "Pick",
    "Picked",
    "Play",
    "Python",
    "PythonCode",
    "Race",
    "Reset",
    "Restart",
    "Rewind",
    "Scores",
    "Set",
    "Shown",
    "State",
    "Weight",
    "WeightPlace",
    "Welcome",
    "note",
    "pack_frame",
    "parse_message",
    "to_json",
    "unpack_frame",
]
