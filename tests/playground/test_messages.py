"""The protocol: what is understood, what is refused, and the page that documents it."""

from __future__ import annotations

import dataclasses
import json
import re
import struct
import typing
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.playground import messages
from chainrule.playground.messages import MessageError, pack_frame, parse_message, unpack_frame

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "playground-protocol.md").read_text(encoding="utf-8")

UNDERSTOOD = {
    '{"type": "hello", "version": 1}': messages.Hello(version=1),
    '{"type": "hello", "version": 1, "address": "data=xor", "session": "a"}': messages.Hello(
        version=1, address="data=xor", session="a"
    ),
    '{"type": "hello", "version": 1, "session": null}': messages.Hello(version=1),
    '{"type": "set", "name": "layers", "value": [8, 8], "id": 7}': messages.Set(
        name="layers", value=[8, 8], id=7
    ),
    '{"type": "set", "name": "early_stopping", "value": true}': messages.Set(
        name="early_stopping", value=True
    ),
    '{"type": "load", "address": ""}': messages.Load(address=""),
    '{"type": "play"}': messages.Play(),
    '{"type": "pause", "id": "p"}': messages.Pause(id="p"),
    '{"type": "advance", "unit": "batch", "count": 3}': messages.Advance(unit="batch", count=3),
    '{"type": "advance", "unit": "point"}': messages.Advance(unit="point"),
    '{"type": "reset"}': messages.Reset(),
    '{"type": "restart"}': messages.Restart(),
    '{"type": "rewind", "epoch": 0}': messages.Rewind(epoch=0),
    '{"type": "race", "starts": 5, "epochs": 100}': messages.Race(starts=5, epochs=100),
    '{"type": "weight", "layer": 1, "from": null, "to": 0, "value": -2}': messages.Weight(
        layer=1, source=None, to=0, value=-2.0
    ),
    '{"type": "pick", "row": 12}': messages.Pick(row=12),
    '{"type": "pick", "row": null}': messages.Pick(),
    '{"type": "pick", "at": [0, -1.5]}': messages.Pick(at=(0.0, -1.5)),
    '{"type": "explain"}': messages.Explain(),
    '{"type": "inspect", "node": {"layer": 1, "node": 2}}': messages.Inspect(
        node=messages.NodePlace(layer=1, node=2)
    ),
    '{"type": "inspect", "weight": {"layer": 1, "from": 0, "to": 2}}': messages.Inspect(
        weight=messages.WeightPlace(layer=1, source=0, to=2)
    ),
    '{"type": "python"}': messages.Python(),
    '{"type": "shown", "frame": 3}': messages.Shown(frame=3),
}

REFUSED = {
    "": "a message is JSON",
    "play": "a message is JSON, not play",
    '{"type": "play"': "a message is JSON",
    '{"type": "play"} {}': "a message is JSON",
    "\x00\x01\ufffd": "a message is JSON",
    "null": "a message is a JSON object, not null",
    '["play"]': "a message is a JSON object",
    "{}": "a message needs a 'type'",
    '{"type": 7}': "a message needs a 'type'",
    '{"type": "plya"}': "there is no message \"plya\"; did you mean 'play'",
    '{"type": "__init__"}': 'there is no message "__init__"',
    '{"type": "message"}': 'there is no message "message"',
    '{"type": "play", "now": true}': "the message 'play' has no field \"now\"; it may have id",
    '{"type": "play", "source": 1}': 'has no field "source"',
    '{"type": "play", "id": [1]}': "the message 'play' needs as 'id' a short text",
    '{"type": "play", "id": true}': "needs as 'id'",
    '{"type": "set", "name": "noise"}': "the message 'set' needs 'value': a text, a number",
    '{"type": "set", "name": 1, "value": 1}': "needs as 'name' a text of at most 64 signs, not 1",
    '{"type": "set", "name": "a", "value": {}}': "needs as 'value' a text, a number",
    '{"type": "set", "name": "a", "value": [[1]]}': "needs as 'value' a text, a number",
    '{"type": "set", "name": "a", "value": 1e999}': "needs as 'value' a text, a number",
    '{"type": "set", "name": "a", "value": "\\ud800"}': "needs as 'value' a text, a number",
    '{"type": "set", "name": "a", "value": NaN}': "a message holds no NaN",
    '{"type": "set", "name": "a", "value": [-Infinity]}': "a message holds no -Infinity",
    '{"type": "advance", "unit": "year", "count": 1}': 'needs as \'unit\' "epoch", "batch" or',
    '{"type": "advance", "unit": [], "count": 1}': "needs as 'unit'",
    '{"type": "advance", "unit": "epoch", "count": 0}': "a whole number from 1 to 1,000,000, not 0",
    '{"type": "advance", "unit": "epoch", "count": 1.5}': "a whole number from 1",
    '{"type": "advance", "unit": "epoch", "count": true}': "a whole number from 1",
    '{"type": "advance", "unit": "epoch", "count": null}': "a whole number from 1",
    '{"type": "rewind", "epoch": -1}': "a whole number from 0",
    '{"type": "rewind", "epoch": "3"}': "a whole number from 0",
    '{"type": "weight", "layer": 1, "to": 0, "value": 1}': "the message 'weight' needs 'from'",
    '{"type": "weight", "layer": 1, "from": 0, "to": 0, "value": "x"}': "needs as 'value' a number",
    '{"type": "weight", "layer": 1, "from": 0, "to": 0, "value": 1e300}': "as 'value' a number",
    '{"type": "weight", "layer": -1, "from": 0, "to": 0, "value": 1}': "needs as 'layer'",
    '{"type": "pick"}': "the message 'pick' needs exactly one of 'row' and 'at'",
    '{"type": "pick", "row": 1, "at": [0, 0]}': "needs exactly one of 'row' and 'at'",
    '{"type": "pick", "at": [0]}': "needs as 'at' two numbers, not [0]",
    '{"type": "pick", "at": null}': "needs as 'at' two numbers, not null",
    '{"type": "inspect"}': "needs exactly one of 'node' and 'weight'",
    '{"type": "inspect", "node": 3}': "needs as 'node' an object, not 3",
    '{"type": "inspect", "node": {"layer": 1}}': "a node needs 'node': a whole number",
    '{"type": "inspect", "weight": {"layer": 1, "to": 1}}': "a weight needs 'from'",
    '{"type": "inspect", "node": {"layer": 1, "node": 0, "x": [[[1]]]}}': "at most 4 lists",
    '{"type": "hello"}': "the message 'hello' needs 'version'",
    '{"type": "hello", "version": "1"}': "needs as 'version' a whole number",
}


def test_every_message_is_in_the_table():
    assert {type(message) for message in UNDERSTOOD.values()} == {*messages.TYPES.values()}


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_what_is_understood(text):
    assert parse_message(text) == UNDERSTOOD[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text):
    with pytest.raises(MessageError) as caught:
        parse_message(text)
    sentence = str(caught.value)
    assert REFUSED[text] in sentence
    assert len(sentence) < 400
    assert "\n" not in sentence
    sentence.encode()
    assert isinstance(caught.value, InputError)


def test_a_refusal_says_to_what_it_answers():
    for text, to in (
        ('{"type": "plya", "id": 3}', 3),
        ('{"type": "set", "id": "a"}', "a"),
        ('{"type": "set", "id": {}}', None),
        ("play", None),
    ):
        with pytest.raises(MessageError) as caught:
            parse_message(text)
        assert caught.value.to == to


def test_what_is_just_not_too_large():
    frame = '{"type": "load", "address": ""}'
    room = messages.LARGEST_MESSAGE - len(frame)
    assert parse_message(frame.replace('""', f'"{"x" * room}"')).address == "x" * room
    with pytest.raises(MessageError, match="at most 64 KiB"):
        parse_message(frame.replace('""', f'"{"x" * (room + 1)}"'))
    with pytest.raises(MessageError, match="at most 64 KiB"):
        parse_message(frame.replace('""', f'"{"ü" * (room // 2 + 1)}"'))


@pytest.mark.parametrize("text", ["[" * 60_000, '{"a":' * 10_000, "1" * 60_000, "[" * 9 + "]" * 9])
def test_what_is_made_to_exhaust(text):
    with pytest.raises(MessageError):
        parse_message(text)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    sorted(
        {"id", "from", *(f.name for t in messages.TYPES.values() for f in dataclasses.fields(t))}
    )
)


@hypothesis.given(st.sampled_from([*messages.TYPES]), st.dictionaries(FIELDS, ANYTHING))
def test_whatever_comes_is_understood_or_refused(kind, fields):
    try:
        message = parse_message(json.dumps({**fields, "type": kind}))
    except MessageError as error:
        str(error).encode()
    else:
        assert type(message) is messages.TYPES[kind]


@hypothesis.given(st.text())
def test_whatever_text_comes_is_refused(text):
    with pytest.raises(MessageError):
        parse_message(text)


# Frames.


def test_a_frame_is_packed_as_documented():
    arrays = {
        "weights": np.array([1.5, -2, np.nan]),
        "level": np.arange(6, dtype=np.uint8).reshape(2, 3),
    }
    packed = pack_frame({"frame": 7, "title": "größe"}, arrays)
    (length,) = struct.unpack("<I", packed[:4])
    assert (4 + length) % 8 == 0
    header = json.loads(packed[4 : 4 + length].decode())
    assert header["arrays"] == [
        {"name": "weights", "type": "float32", "shape": [3]},
        {"name": "level", "type": "uint8", "shape": [2, 3]},
    ]
    assert (header["type"], header["title"]) == ("frame", "größe")
    body = packed[4 + length :]
    assert struct.unpack("<2f", body[:8]) == (1.5, -2)
    assert body[12:16] == bytes(4)
    assert body[16:22] == bytes(range(6))
    assert len(body) == 24


@hypothesis.given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 9)), max_size=4),
    st.text(max_size=9),
)
def test_a_frame_is_unpacked_as_it_was(shapes, title):
    rng = np.random.default_rng(len(shapes))
    arrays = {
        str(place): rng.integers(0, 256, (high, wide)).astype(np.uint8 if small else np.float32)
        for place, (small, high, wide) in enumerate(shapes)
    }
    header, found = unpack_frame(pack_frame({"title": title}, arrays))
    assert header["title"] == title
    assert [*found] == [*arrays]
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_arrays_of_any_layout():
    array = np.arange(12.0, dtype=">f8").reshape(3, 4).T[::2]
    np.testing.assert_array_equal(unpack_frame(pack_frame({}, {"a": array}))[1]["a"], array)


def test_numbers_that_json_does_not_know():
    header, _ = unpack_frame(pack_frame({"train": {"loss": float("inf"), "score": 0.5}}, {}))
    assert header["train"] == {"loss": None, "score": 0.5}


def test_a_note_is_one_line():
    assert messages.note("no\n luck")["text"] == "no luck"


# The page.


def rows(heading, *, table=0):
    """Return the cells of a table below a heading of the page."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)[table]
    lines = [line.strip("|\n").split("|") for line in found.splitlines()]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def names(cell):
    return re.findall(r"`(\w+)`", cell)


def told(record):
    """Return the fields of a message down, without what all have."""
    return [name for name in typing.get_type_hints(record) if name != "type"]


def test_the_page_tells_what_goes_up():
    described = {names(row[0])[0]: row[1] for row in rows("Up")}
    assert [*described] == [*messages.TYPES]
    for name, kind in messages.TYPES.items():
        fields = [f for f in dataclasses.fields(kind) if f.name != "id"]
        asked = ["from" if f.name == "source" else f.name for f in fields]
        assert names(described[name]) == asked
        optional = [f.name for f in fields if f.default is not dataclasses.MISSING]
        if kind.one_of:
            assert described[name].startswith("one of ")
            assert optional == [*kind.one_of]
        else:
            assert re.findall(r"`(\w+)`\?", described[name]) == optional


def test_the_page_tells_what_comes_down():
    kinds = (
        messages.Welcome, messages.State, messages.Explanation, messages.Inspection,
        messages.PythonCode, messages.Note,
    )  # fmt: skip
    described = [(names(row[0])[0], names(row[1])) for row in rows("Down")]
    kind_of = [typing.get_args(typing.get_type_hints(kind)["type"])[0] for kind in kinds]
    assert described == [*zip(kind_of, map(told, kinds), strict=True)]


def test_the_page_tells_the_parts():
    parts = [names(row[1]) for row in rows("Down", table=1)]
    assert parts == [told(kind) for kind in (messages.Control, messages.Data, messages.Network)]
    parts = [names(row[1]) for row in rows("Frames")]
    kinds = (messages.FrameHeader, messages.Scores, messages.Curve, messages.Picked)
    assert parts == [told(kind) for kind in kinds]


@pytest.fixture(scope="module")
def session():
    from chainrule.playground.session import Session

    session = Session(address="data=iris&points=60&early_stopping=1&did=e2")
    session.course.catch_up()
    return session


def test_a_session_says_what_is_documented(session):
    picked = session.handle(messages.Pick(row=3))
    header, arrays = session.frame()
    welcome, state = session.welcome(), session.state()
    said = {
        messages.Welcome: {**welcome, "version": 1, "session": ""},  # the server's own
        messages.State: state,
        messages.Data: state["data"],
        messages.Network: state["network"],
        messages.FrameHeader: {**header, "frame": 1, "arrays": []},
        messages.Scores: header["held_out"],
        messages.Curve: header["curve"],
        messages.Picked: header["picked"],
        messages.Explanation: session.handle(messages.Explain())[0],
        messages.PythonCode: session.handle(messages.Python())[0],
    }
    assert picked == []
    for kind, message in said.items():
        assert {*message} == {*typing.get_type_hints(kind)}, kind
    for control in welcome["settings"]:
        layers = {"most_layers"} if control["kind"] == "layers" else set()
        assert {*control} == {*told(messages.Control)} - {"most_layers"} | layers
    node = messages.NodePlace(layer=1, node=0)
    weight = messages.WeightPlace(layer=1, source=None, to=0)
    for asked in (messages.Inspect(node=node), messages.Inspect(weight=weight)):
        (answer,) = session.handle(asked)
        assert {*answer} == {*typing.get_type_hints(messages.Inspection)}
    assert {*arrays} <= {names(row[0])[0] for row in rows("Frames", table=1)}


def test_what_a_session_says_can_be_sent(session):
    header, arrays = unpack_frame(pack_frame(*session.frame()))
    assert arrays["weights"].dtype == "<f4"
    assert arrays["level"].dtype == arrays["nodes"].dtype == np.uint8
    assert json.loads(messages.to_json(session.state()))["address"] == header["address"]


def test_the_page_tells_the_same_limits_and_paths():
    from chainrule.playground._safety import Limits

    limits = Limits()
    assert f"at most {messages.LARGEST_MESSAGE // 1024} KiB" in PAGE
    assert f"{limits.frames:g} a second" in " ".join(PAGE.split())
    assert f"at most {limits.unacknowledged} that are not acknowledged" in PAGE
    assert f"version {messages.VERSION}" in PAGE
    requests = [f"``{path}``" for path in re.findall(r"^\| `(\w+ /.*?)`", PAGE, re.MULTILINE)]
    assert len(requests) == 4
    assert all(request in (messages.__doc__ or "") for request in requests)
