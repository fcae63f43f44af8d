"""Several starts race: each is trained as long as the others, and the best wins."""

from __future__ import annotations

import math
from typing import Any

from chainrule.plain_data import finite
from chainrule.playground.course import Course
from chainrule.playground.data import DataSet
from chainrule.playground.settings import Settings

__all__ = ["MOST_STARTS", "Race"]

MOST_STARTS = 20
# So many epochs of one start before it is the next one's turn.
_TURN = 5


class Race:
    """Starts from one seed after another, of which the one with the smallest loss is the best.

    It is the held-out rows' loss where there are any, else the training rows'; never the test
    rows'.

    Parameters
    ----------
    data : DataSet
        What they learn.
    settings : Settings
        Those of the first; each next one has a seed larger by one.
    starts, epochs : int
        How many there are, and how long each is trained.

    Attributes
    ----------
    courses : list of Course
        One for each.
    """

    def __init__(self, data: DataSet, settings: Settings, *, starts: int, epochs: int) -> None:
        seeds = [(settings.seed + i) % 10_000 for i in range(starts)]
        self.courses = [Course(data, settings.changed("seed", seed)) for seed in seeds]
        self.epochs = epochs
        self._turn = 0

    @property
    def best(self) -> int:
        """Which of the starts is ahead."""
        losses = [self._loss(course) for course in self.courses]
        return min(range(len(losses)), key=lambda i: (losses[i], i))

    @property
    def over(self) -> bool:
        """Whether all have been trained."""
        return all(self._finished(course) for course in self.courses)

    def advance(self, seconds: float) -> None:
        """Train those who are behind, as far as time allows.

        Parameters
        ----------
        seconds : float
            How long it may take.
        """
        slowest = [course for course in self.courses if not self._finished(course)]
        if slowest:
            course = min(slowest, key=lambda course: course.epoch)
            course.run("epoch", min(_TURN, self.epochs - course.epoch), seconds=seconds)

    def to_dict(self) -> dict[str, Any]:
        """Return how all of them are doing, as plain data."""
        curves = [[p.train for p in course.curve.points] for course in self.courses]
        told = {
            "epochs": self.epochs,
            "best": self.best,
            "over": self.over,
            "epoch": [[p.epoch for p in course.curve.points] for course in self.courses],
            "curves": curves,
            "seeds": [course.start.seed for course in self.courses],
        }
        return dict(finite(told))

    def _finished(self, course: Course) -> bool:
        return course.epoch >= self.epochs or course.stopped is not None

    def _loss(self, course: Course) -> float:
        point = course.curve.points[-1]
        loss = point.train if point.held_out is None else point.held_out
        return loss if math.isfinite(loss) else math.inf
