"""A run recorded: its frames, and what was told of some points, nodes and weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.network.engine import make_data
from chainrule.playground.course import Course
from chainrule.playground.frames import Picked, sent_through
from chainrule.playground.journal import Changed, Moved, Ran
from chainrule.playground.messages import pack_frame
from chainrule.playground.pictures import outputs_of
from chainrule.playground.session import Session
from chainrule.playground.settings import read_address, write_address

__all__ = ["MOST_FRAMES", "Recording", "record"]

MOST_FRAMES = 200
# Points that are sent through, places of the run at which they are told, and nodes and weights
# that are opened at its end.
_MOST_PICKS = 8
_TOLD_AT = (0.0, 0.02, 0.1, 0.35, 1.0)
_MOST_OPENED = 250
# Letters of HTML; they are many, and much alike.
_MOST_TOLD = 12_000_000


@dataclass(frozen=True, kw_only=True)
class Recording:
    """All that a page needs to show a run again, as the messages of the protocol.

    Attributes
    ----------
    welcome, state : dict
        What the page is told first, without lessons.
    frames : list of bytes
        Packed, in their order.
    picks : list of dict
        The points that can be sent through: ``row``, ``at``, and ``values``: of each frame what the
        frame says of it.
    told : list of dict
        Explanations: ``frame``, ``pick`` and ``message``.
    opened : list of dict
        Inspections: ``asked`` as the page asks, ``frame``, ``pick`` and ``message``.
    python : str or None
        The Python that does the same.
    """

    welcome: dict[str, Any]
    state: dict[str, Any]
    frames: list[bytes]
    picks: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)
    python: str | None = None


def record(session: Session, *, most_frames: int = MOST_FRAMES) -> Recording:
    """Do again what was done in a session, and record it.

    Parameters
    ----------
    session : Session
        It stays as it is.
    most_frames : int
        Of a longer run, so many evenly.

    Returns
    -------
    Recording

    Raises
    ------
    InputError
        Nothing was done yet.
    """
    if not session.course.told:
        raise InputError("there is nothing to record yet: play first, or take a step")
    settings, _ = read_address(session.address)
    again = Session(session.table, write_address(settings))
    picks = _picks(session)
    frames: list[bytes] = []
    told = _Told(again, picks)
    stops = _chosen(_length(session), most_frames)
    told_at = {stops[int(part * (len(stops) - 1))] for part in _TOLD_AT}
    values: list[list[Any]] = [[] for _ in picks]
    for stop in _walk(again, session, stops):
        for values_of_one, pick in zip(values, picks, strict=True):
            values_of_one.append(_rounded(sent_through(again.course, pick)))
        if stop in told_at or again.course.stopped:
            told.explain(len(frames))
        header, arrays = again.frame()
        frames.append(pack_frame({**header, "frame": len(frames)}, arrays))
    told.open(len(frames) - 1)
    return Recording(
        welcome={**again.welcome(), "lessons": []},
        state=again.state(),
        frames=frames,
        picks=[
            {"row": pick.row, "at": pick.at, "values": of_one}
            for pick, of_one in zip(picks, values, strict=True)
        ],
        told=told.told,
        opened=told.opened,
        python=_python(session),
    )


# ---------------------------------------------------------------------------- the run again


def _length(session: Session) -> int:
    """Return how many things one after another were done."""
    return sum(entry.count if isinstance(entry, Ran) else 1 for entry in session.course.told)


def _chosen(length: int, most: int) -> list[int]:
    """Return the places of a run at which it is recorded: its ends, and evenly between."""
    even = np.linspace(0, length, min(length + 1, most))
    return sorted({int(place) for place in np.rint(even)})


def _walk(again: Session, session: Session, stops: list[int]) -> Iterator[int]:
    """Do everything again; stand still at each of the stops, and where the training ends."""
    course, waiting, done = again.course, list(reversed(stops)), 0
    yield waiting.pop()
    for entry in session.course.told:
        left = entry.count if isinstance(entry, Ran) else 1
        while left:
            step = min(left, waiting[-1] - done)
            _do(course, entry, step)
            done, left = done + step, left - step
            if done == waiting[-1] or course.stopped:
                yield waiting.pop()
            if course.stopped:
                return


def _do(course: Course, entry: Ran | Changed | Moved, count: int) -> None:
    if isinstance(entry, Ran):
        course.run(entry.unit, count)
    elif isinstance(entry, Changed):
        course.change(course.settings.changed(entry.name, entry.value))
    else:
        course.move(entry)


def _python(session: Session) -> str | None:
    try:
        return session.python()
    except InputError:
        return None


# ---------------------------------------------------------------------------- what is told


class _Told:
    """Gathers explanations and inspections, the most important first, until they are enough."""

    def __init__(self, session: Session, picks: list[Picked]) -> None:
        self._session, self._picks = session, picks
        self.told: list[dict[str, Any]] = []
        self.opened: list[dict[str, Any]] = []
        self._letters = 0

    def explain(self, frame: int) -> None:
        """Tell the six steps of every point."""
        for at, pick in enumerate(self._picks):
            if self._letters > _MOST_TOLD:
                return
            self._session.picked = pick
            message = self._session.explain()
            parts = (part for step in message["steps"] for part in step["parts"])
            self._letters += sum(len(part["html"]) for part in parts)
            self.told.append({"frame": frame, "pick": at, "message": message})
        self._session.picked = None

    def open(self, frame: int) -> None:
        """Open every node for the first point, and every weight if there are not too many."""
        self._session.picked = self._picks[0]
        sizes = self._session.course.training.network.sizes
        nodes = [(layer, node) for layer, size in enumerate(sizes) for node in range(size)]
        if len(nodes) <= _MOST_OPENED:
            for layer, node in nodes:
                asked = {"node": {"layer": layer, "node": node}}
                self._keep(asked, frame, self._session.inspect_node(layer, node))
        weights = [
            (layer, source, to)
            for layer in range(1, len(sizes))
            for source in (None, *range(sizes[layer - 1]))
            for to in range(sizes[layer])
        ]
        if len(nodes) + len(weights) <= _MOST_OPENED:
            for layer, source, to in weights:
                asked = {"weight": {"layer": layer, "from": source, "to": to}}
                self._keep(asked, frame, self._session.inspect_weight(layer, source, to))
        self._session.picked = None

    def _keep(self, asked: dict[str, Any], frame: int, message: dict[str, Any]) -> None:
        self.opened.append({"asked": asked, "frame": frame, "pick": 0, "message": message})


def _picks(session: Session) -> list[Picked]:
    """Choose the points that can be sent through: the one that is, and some of each kind."""
    data = session.data
    chosen = [] if session.picked is None else [session.picked]
    taken = {pick.row for pick in chosen}
    for row in _rows(session):
        if row not in taken and len(chosen) < _MOST_PICKS:
            taken.add(row)
            chosen.append(Picked(data, row=row))
    return chosen


def _rows(session: Session) -> list[int]:
    """Return rows of each class, or of small, usual and large numbers: usual ones first.

    Of each kind these are the one that is told about as well as most, the one that is furthest
    off, and the one that is least so.
    """
    data, training = session.data, session.course.training
    rows = np.concatenate([data.train, data.test])
    inputs = make_data(np.concatenate([data.x_train, data.x_test]), dtype=np.float32)
    outputs = outputs_of(training.network, training.parameters, inputs)
    answers = data.answers[rows].astype(np.float64)
    if data.classes is None:
        off = np.abs(outputs[:, 0] - np.concatenate([data.y_train, data.y_test]))
        kinds = np.argsort(np.argsort(answers)) * 3 // len(rows)
    else:
        sure = np.concatenate([1 - outputs, outputs], axis=1) if outputs.shape[1] == 1 else outputs
        off, kinds = -sure[np.arange(len(rows)), answers.astype(np.int64)], answers
    off = np.nan_to_num(off, nan=np.inf)
    ordered = [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]
    ordered = [rows[places[np.argsort(off[places], kind="stable")]] for places in ordered]
    return [int(some[part * (len(some) - 1) // 2]) for part in (1, 2, 0) for some in ordered]


def _rounded(picked: dict[str, Any]) -> dict[str, Any]:
    """Return what is sent through with as many digits as anybody sees."""
    values = [[float(f"{value:.6g}") for value in layer] for layer in picked["values"]]
    return {**picked, "values": values}
