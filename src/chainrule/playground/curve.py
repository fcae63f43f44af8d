"""The losses by epoch, as many points as a picture needs and no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chainrule.plain_data import finite

__all__ = ["Curve", "Point"]

_MOST = 600


class Point(NamedTuple):
    """The losses after an epoch; ``held_out`` is None where no rows are held out."""

    epoch: int
    train: float
    test: float
    held_out: float | None


@dataclass
class Curve:
    """Losses by epoch: of every epoch at first, then of every second, of every fourth.

    Which epochs there are depends on nothing but how many have passed, so that a training that is
    repeated gives the same curve.

    Attributes
    ----------
    points : list of Point
        In the order of the epochs.
    stride : int
        Epochs that are multiples of it are kept.
    version : int
        Another one when points that were there are there no longer.
    """

    points: list[Point] = field(default_factory=list)
    stride: int = 1
    version: int = 0

    def next_after(self, epoch: int) -> int:
        """Return the next epoch that will be kept."""
        return (epoch // self.stride + 1) * self.stride

    def wants(self, epoch: int) -> bool:
        """Return whether an epoch is to be kept and is not there yet."""
        return epoch % self.stride == 0 and (not self.points or epoch > self.points[-1].epoch)

    def add(self, point: Point) -> None:
        """Keep a point, and from time to time only every second of all."""
        self.points.append(point)
        if len(self.points) > _MOST:
            self.stride *= 2
            self.points = [p for p in self.points if p.epoch % self.stride == 0]
            self.version += 1

    def cut(self, epoch: int) -> None:
        """Forget what came after an epoch."""
        kept = [point for point in self.points if point.epoch <= epoch]
        if len(kept) < len(self.points):
            self.points, self.version = kept, self.version + 1

    def to_dict(self, start: int) -> dict[str, Any]:
        """Return the points from one on as plain data.

        Parameters
        ----------
        start : int
            The first point's number.

        Returns
        -------
        dict
        """
        new = self.points[start:]
        held_out = [point.held_out for point in new]
        told = {
            "epoch": [point.epoch for point in new],
            "train": [point.train for point in new],
            "test": [point.test for point in new],
            # At the start itself nothing has been held out yet.
            "held_out": None if held_out.count(None) == len(held_out) else held_out,
        }
        return {"version": self.version, "from": start, **finite(told)}
