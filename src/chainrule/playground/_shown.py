"""What a session shows: itself once, its state when that changes, and frames of what moves."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from chainrule.playground._asked import Asked
from chainrule.playground.course import Course
from chainrule.playground.data import DataSet
from chainrule.playground.frames import describe_data, describe_network, make_frame
from chainrule.playground.lessons import tell_lessons
from chainrule.playground.pace import Pace
from chainrule.playground.pictures import Pictures
from chainrule.playground.race import MOST_STARTS, Race
from chainrule.playground.settings import DATA_SETS, FEATURES, OWN, SETTINGS, Facts, Settings
from chainrule.tables import Table
from chainrule.tables.encoding import FEATURES_OF_ONE

__all__ = ["Shown"]

# Cells of the plane across and up: while it moves, and when it stands still.
_MOVING, _STILL = 64, 128


class Shown(Asked):
    """The part of a session that describes it to a page.

    Attributes
    ----------
    going_on : bool
        Whether it plays.
    state_changed, frame_due : bool
        Whether the page has to hear of the settings, and of the network, anew.
    """

    table: Table | None
    racing: Race | None
    raced: dict[str, Any] | None  # how the last race ended, until something else is done
    pace: Pace
    pictures: Pictures
    going_on: bool
    state_changed: bool
    frame_due: bool
    # Which curve the page has, and how many of its points.
    _sent: tuple[Any, int, int] = (None, 0, 0)

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """What is set now."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Settings and journal."""

    @property
    @abstractmethod
    def playing(self) -> bool:
        """Whether there is something to do without being asked."""

    @property
    def data(self) -> DataSet:
        """What is learned."""
        return self.course.data

    @property
    def leading(self) -> Course:
        """The training that is shown: in a race the one that is ahead."""
        return self.course if self.racing is None else self.racing.courses[self.racing.best]

    @property
    def facts(self) -> Facts:
        """What decides which settings apply."""
        data = self.data
        return Facts(
            classifies=data.task == "classification",
            own=self.settings.data == OWN,
            columns=data.usable,
            axes=len(data.columns),
            curve=data.plane.curve,
            image=data.image is not None,
        )

    def welcome(self) -> dict[str, Any]:
        """Return what a page needs to know once, as plain data."""
        return {
            "type": "welcome",
            "settings": [setting.control() for setting in SETTINGS.values()],
            "lessons": tell_lessons(),
            "limits": {"starts": MOST_STARTS},
        }

    def state(self) -> dict[str, Any]:
        """Return what is set, and what data and network are like, as plain data."""
        self.state_changed = False
        self.frame_due = True
        self._sent = (None, 0, 0)
        data, settings = self.data, self.settings
        return {
            "type": "state",
            "settings": settings.to_dict(),
            "shown": settings.shown(self.facts),
            "choices": self._choices(),
            "address": self.address,
            "title": self._title(),
            "data": describe_data(data, self.course.training.held_out),
            "network": describe_network(self.course),
        }

    def frame(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what moves: a header of plain data, and arrays."""
        self.frame_due = False
        course = self.leading
        curve = course.curve
        known = self._sent[2] if self._sent[:2] == (curve, curve.version) else 0
        header, arrays = make_frame(
            course,
            self.pictures,
            side=_MOVING if self.playing else _STILL,
            picked=self.picked,
            curve_from=known,
        )
        self._sent = (curve, curve.version, len(curve.points))
        return {
            "type": "frame",
            "playing": self.going_on,
            "catching_up": self.course.behind,
            "epochs_per_second": self.pace.epochs_per_second if self.going_on else None,
            "address": self.address,
            "next_row": self._next_row(),
            "race": self.raced if self.racing is None else self.racing.to_dict(),
            **header,
        }, arrays

    def _next_row(self) -> int | None:
        """Return the row that the next point is, where it goes point by point."""
        training = self.course.training
        if self.going_on or self.racing is not None or training.stopped:
            return None
        return int(self.data.train[training.next_rows()[0]])

    def _choices(self) -> dict[str, list[list[str]]]:
        """Return what there is to choose from, where that depends on the data."""
        names = [[name, name] for name in self.data.columns]
        own = self.table is not None
        sets = [list(pair) for pair in DATA_SETS if own or pair[0] != OWN]
        answer = [self.data.target, f"{self.data.target} (what is predicted)"]
        found = {"data": sets, "x_axis": names, "y_axis": [*names, answer]}
        if self.data.plane.curve:
            found["features"] = [list(pair) for pair in FEATURES if pair[0] in FEATURES_OF_ONE]
        if self.table is not None and self.settings.data == OWN:
            found["target"] = [[name, name] for name in self.table.frame.columns]
        return found

    def _title(self) -> str:
        data = self.data
        what = f"{len(data.classes)} classes" if data.classes else f"the number {data.target}"
        rows = f"{len(data.train):,} rows to train on, {len(data.test):,} to test on"
        return f"{data.name}: {rows}, {what}"
