"""One person's playground: what is set, the network that learns, and what is asked of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.playground._set_to import AT_ONCE, SetTo
from chainrule.playground.commands import obey
from chainrule.playground.data import limited
from chainrule.playground.frames import Picked
from chainrule.playground.journal import Moved, Unit
from chainrule.playground.pace import Pace
from chainrule.playground.race import MOST_STARTS, Race
from chainrule.playground.settings import OWN
from chainrule.tables import Table

if TYPE_CHECKING:
    from chainrule.playground.messages import Message

__all__ = ["Session"]

_MOST_RACED = 100_000
_LARGEST_WEIGHT = 1e6


class Session(SetTo):
    """The state of one page: it knows nothing of pages, and every number of theirs is from here.

    Settings and what was done since determine it, bit for bit: the same address gives the same
    network.

    Parameters
    ----------
    table : Table, optional
        A table of one's own to begin with; of very many rows a part is taken.
    address : str
        Settings to begin with, and what was done, as :func:`write_address` writes them.
    clock : callable
        Seconds that pass.

    Attributes
    ----------
    settings : Settings
        What is set now.
    state_changed, frame_due : bool
        Whether the page has to hear of the settings, and of the network, anew.

    Examples
    --------
    >>> session = Session(address="data=xor&seed=1")
    >>> session.advance("epoch", 5)
    >>> header, arrays = session.frame()
    >>> header["epoch"], session.address.split("&")[-1]
    (5, 'did=e5')
    """

    def __init__(
        self,
        table: Table | None = None,
        address: str = "",
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.table, self.picked = table and limited(table), None
        self.going_on = False
        self.state_changed = self.frame_due = True
        self._advancing = False
        self.racing: Race | None = None
        self.raced: dict[str, Any] | None = None
        self.pace = Pace(clock)
        if table is not None and not address:
            address = f"data={OWN}"
        self.load(address)

    # ------------------------------------------------------------------ what it is like

    @property
    def playing(self) -> bool:
        """Whether there is something to do without being asked: playing, or catching up."""
        return self.going_on or self.course.behind

    @playing.setter
    def playing(self, going_on: bool) -> None:
        if not going_on:
            self.going_on = False
            self.course.stay()

    # ------------------------------------------------------------------ training

    def play(self, seconds: float) -> bool:
        """Do what is due of playing, of a race, or of what an address told.

        Parameters
        ----------
        seconds : float
            How long it may take.

        Returns
        -------
        bool
            Whether anything was done.
        """
        if self.course.behind:
            done = self.course.catch_up(seconds=seconds)
            self.state_changed = self.state_changed or not self.course.behind
        elif not self.going_on or self.pace.held:
            done = False
        elif self.racing is not None:
            done = self._race_on(self.racing, seconds)
        else:
            done = self._go_on(seconds)
        self.frame_due = self.frame_due or done
        return done

    def start_playing(self) -> None:
        """Go on by itself from now on."""
        if self.course.stopped and self.racing is None:
            raise InputError(f"the training has ended: {self.course.stopped}; reset it to go on")
        self.course.check_room()
        self.going_on = self.frame_due = True
        self.raced = None
        self.pace.begin()

    def pause(self) -> None:
        """Stand still."""
        self.going_on, self.frame_due = False, True
        if self._advancing:
            self.course.stay()
            self._advancing = False

    def advance(self, unit: Unit, count: int = 1, *, seconds: float | None = None) -> None:
        """Train so much, and stand still.

        Parameters
        ----------
        unit : {"epoch", "batch", "point"}
            Of what.
        count : int
            How many.
        seconds : float, optional
            How long it may take; what is left then is done by :meth:`play`.
        """
        self.pause()
        self._forget_race()
        if self.course.stopped:
            raise InputError(f"the training has ended: {self.course.stopped}; reset it to go on")
        self.course.check_room()
        self.course.plan(unit, count)
        self._advancing = True
        self.course.catch_up(seconds=seconds)

    def reset(self) -> None:
        """Go back to the same start, with the settings of now."""
        self._begin(self.settings, self.data)
        self.state_changed = True

    def restart(self) -> None:
        """Begin again from other weights: those of the next seed."""
        self._begin(self.settings.changed("seed", (self.settings.seed + 1) % 10_000), self.data)
        self.state_changed = True

    def rewind(self, epoch: int) -> None:
        """Go to the end of an epoch that there was.

        Parameters
        ----------
        epoch : int
            0 for the start.
        """
        self.pause()
        self._forget_race()
        if not 0 <= epoch <= self.course.furthest:
            raise InputError(
                f"there is no epoch {epoch} to go to: there are 0 to {self.course.furthest}"
            )
        before, self._advancing = self.course.settings, False
        self.course.go_to(epoch)
        self.course.catch_up(seconds=AT_ONCE)
        self.state_changed = self.state_changed or self.course.settings != before

    def race(self, starts: int, epochs: int) -> None:
        """Let several starts race; the best of them is gone on with.

        Parameters
        ----------
        starts, epochs : int
            How many, and how long each is trained.
        """
        if not 2 <= starts <= MOST_STARTS:
            raise InputError(f"2 to {MOST_STARTS} starts can race, not {starts}")
        if not 1 <= epochs <= _MOST_RACED:
            raise InputError(f"a race goes over 1 to {_MOST_RACED:,} epochs, not {epochs}")
        settings = self._views_apart(self.settings)
        self.racing = Race(self.data, settings, starts=starts, epochs=epochs)
        self.start_playing()

    def weight(self, layer: int, source: int | None, to: int, value: float) -> None:
        """Set a weight by hand, or a bias; what plays stands still for a moment.

        Parameters
        ----------
        layer : int
            Counted from 1.
        source : int or None
            Where it comes from, counted from 0; None for a bias.
        to : int
            Where it leads to.
        value : float
            What it is to be.
        """
        if not abs(value) <= _LARGEST_WEIGHT:
            raise InputError(f"a weight set by hand is at most {_LARGEST_WEIGHT:g}, not {value!r}")
        self.course.check_room()
        self.course.move(Moved(layer, source, to, float(value)))
        self.pace.hold()
        self.frame_due = True

    # ------------------------------------------------------------------ what is asked

    def pick(self, row: int | None = None, at: tuple[float, float] | None = None) -> None:
        """Choose the point that is sent through: a row, a place in the plane, or none.

        Parameters
        ----------
        row : int, optional
            Which row of the data.
        at : (float, float), optional
            Where in the plane.
        """
        if row is not None and not 0 <= row < len(self.data.places):
            raise InputError(f"there is no row {row}: there are 0 to {len(self.data.places) - 1}")
        nothing = row is None and at is None
        self.picked = None if nothing else Picked(self.data, row=row, at=at)
        self.frame_due = True

    def handle(self, message: Message) -> list[dict[str, Any]]:
        """Do what a page says; return the answers.

        Parameters
        ----------
        message : Message
            Of the protocol.

        Returns
        -------
        list of dict

        Raises
        ------
        InputError
            It cannot be done; nothing is changed.
        """
        return obey(self, message)

    # ------------------------------------------------------------------ its parts

    def _go_on(self, seconds: float) -> bool:
        settings, course = self.settings, self.course
        due = self.pace.due(settings.speed)
        if due < 1:
            return False
        before = course.training.steps, course.epoch
        course.run(settings.play_by, due, seconds=seconds)
        steps = course.training.steps - before[0]
        units = course.epoch - before[1] if settings.play_by == "epoch" else steps
        self.pace.pay(units, course.epoch)
        if course.stopped:
            self.pause()
        return True

    def _race_on(self, race: Race, seconds: float) -> bool:
        race.advance(seconds)
        if race.over:
            self.raced = race.to_dict()
            self.racing, self.course = None, race.courses[race.best]
            self.state_changed = True
            self.pause()
        return True
