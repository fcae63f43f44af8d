"""What a session is set to: settings one by one, all of them from an address, tables, models."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.playground._shown import Shown
from chainrule.playground.course import Course
from chainrule.playground.data import DataSet, make_data, read_own
from chainrule.playground.frames import Picked
from chainrule.playground.journal import Entry, read_journal, write_journal
from chainrule.playground.pictures import Pictures
from chainrule.playground.saving import open_model
from chainrule.playground.settings import (
    OWN,
    SETTINGS,
    Settings,
    SettingValueError,
    read_address,
    write_address,
)
from chainrule.tables import Table

__all__ = ["AT_ONCE", "SetTo"]

AT_ONCE = 0.02
"""Seconds: what takes no longer is done before the answer; the rest after it, bit by bit."""

# Settings that name columns of a table, and settings that change what the network is given.
_COLUMNS = ("target", "x_axis", "y_axis")
_ENCODED = ("features", "error")


class SetTo(Shown):
    """The part of a session that is told what to learn, and how."""

    _advancing: bool
    _views: Settings

    @property
    def settings(self) -> Settings:
        """What is set now."""
        return self._view(self.course.settings)

    @property
    def address(self) -> str:
        """Settings and journal, from which the same state comes again."""
        return write_address(self._view(self.course.start), write_journal(self.course.told))

    def set(self, name: str, value: Any) -> None:
        """Change one setting, with the effect it has.

        Parameters
        ----------
        name : str
            Which.
        value : object
            As the page sends it.

        Raises
        ------
        SettingValueError
            The value cannot be; nothing is changed.
        """
        settings = self.settings.changed(name, value)
        if settings == self.settings:
            return
        effect = SETTINGS[name].effect
        if effect == "view":
            self._views = settings
        elif effect == "training":
            self._forget_race()
            if self.course.told or self.course.behind:
                self.course.check_room()
                self.course.change(self._views_apart(settings))
            else:
                self._begin(settings, self.data)
        else:
            self._start(settings, name)
        self.state_changed = True

    def load(self, address: str) -> None:
        """Take over all settings, and what was done, from an address.

        Parameters
        ----------
        address : str
            As :func:`write_address` writes it; what is missing is at its default.

        Raises
        ------
        InputError
            It cannot be read, or its table is not here; nothing is changed.
        """
        settings, journal = read_address(address)
        told = read_journal(journal)
        data = make_data(settings, self._table_for(settings))
        self._begin(settings, data, told)
        self.going_on = False
        self.course.catch_up(seconds=AT_ONCE)
        self.state_changed = True

    def take_table(self, name: str, content: bytes) -> None:
        """Learn a table of one's own from now on.

        Parameters
        ----------
        name : str
            Of the file.
        content : bytes
            What is in it.

        Raises
        ------
        InputError
            It cannot be read or learned; nothing is changed.
        """
        table = read_own(name, content)
        before, self.table = self.table, table
        try:
            self._start(self.settings.changed("data", OWN), "data")
        except InputError:
            self.table = before
            raise
        self.state_changed = True

    def take_model(self, content: bytes) -> None:
        """Go on with the network of a model file.

        Parameters
        ----------
        content : bytes
            What is in it.

        Raises
        ------
        InputError
            It is no model, or of a table that is not here; nothing is changed.
        """
        opened = open_model(content)
        if not opened.example and not (self.table is not None and opened.is_of(self.table)):
            raise InputError(opened.needs)
        self.load(opened.address_with(self.table))

    def _begin(self, settings: Settings, data: DataSet, journal: tuple[Entry, ...] = ()) -> None:
        """Put another training in the place of the present one."""
        if data.task != "classification":
            settings = settings.changed("model", "network")  # a perceptron decides for classes
        course = Course(data, self._views_apart(settings), journal)
        before = getattr(self, "course", None)
        same_rows = before is not None and np.array_equal(before.data.places, data.places)
        if before is None or data is not before.data:
            self.pictures = Pictures(data)
            self.picked = self.picked if same_rows else None
        if self.picked is not None:
            self.picked = Picked(data, row=self.picked.row, at=self.picked.at)
        self.course, self._views, self._advancing = course, settings, False
        self._forget_race()

    def _start(self, settings: Settings, name: str) -> None:
        """Begin anew after a setting of the data or the network has changed."""
        if name == "data":
            settings = Settings({**settings, **dict.fromkeys(_COLUMNS, "")})
        data = self.data
        if SETTINGS[name].effect == "data" or name in _ENCODED:
            data = make_data(settings, self._table_for(settings))
        self._begin(settings, data)

    def _table_for(self, settings: Settings) -> Table | None:
        if settings.data != OWN:
            return None
        if self.table is None:
            raise SettingValueError(
                "data", "this is about a table of your own: drop its file on the page first"
            )
        return self.table

    @staticmethod
    def _views_apart(settings: Settings) -> Settings:
        """Return settings without what only concerns the view: a training does not know it."""
        views = {n: s.default for n, s in SETTINGS.items() if s.effect == "view"}
        return Settings({**settings, **views})

    def _view(self, settings: Settings) -> Settings:
        views = {n: self._views[n] for n, s in SETTINGS.items() if s.effect == "view"}
        return Settings({**settings, **views})

    def _forget_race(self) -> None:
        """Show the other starts no more."""
        self.racing = self.raced = None
