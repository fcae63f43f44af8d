"""What a lesson is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.playground.settings import Settings, write_address

__all__ = ["Lesson", "LessonPage", "Node", "Weight"]


@dataclass(frozen=True)
class Node:
    """A node that a page opens.

    Attributes
    ----------
    layer : int
        0 the inputs.
    node : int
        Counted from 0.
    """

    layer: int
    node: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as the page selects it."""
        return {"kind": "node", "layer": self.layer, "node": self.node}


@dataclass(frozen=True)
class Weight:
    """A weight that a page opens.

    Attributes
    ----------
    layer : int
        That it leads to.
    source, to : int
        The nodes it connects.
    """

    layer: int
    source: int
    to: int

    def to_dict(self) -> dict[str, Any]:
        """Return it as the page selects it."""
        return {"kind": "weight", "layer": self.layer, "from": self.source, "to": self.to}


@dataclass(frozen=True, kw_only=True)
class LessonPage:
    """A page of a lesson: something to look at, and one thing to try.

    Attributes
    ----------
    title : str
        What it is about.
    text : str
        Two or three sentences.
    question : str
        What to try.
    answer : str
        What one sees then.
    settings : mapping of str to object
        Those that are not at their defaults.
    did : str
        What was done before it begins, as the journal writes it.
    pick : int or (float, float) or None
        The row, or the place in the plane, that is sent through.
    opened : Node or Weight or None
        What is opened.
    """

    title: str
    text: str
    question: str
    answer: str
    settings: Mapping[str, Any]
    did: str = ""
    pick: int | tuple[float, float] | None = None
    opened: Node | Weight | None = None

    def address(self, key: str) -> str:
        """Return the address of the page.

        Parameters
        ----------
        key : str
            What the setting ``lesson`` is, such as ``perceptron/1``.

        Returns
        -------
        str
        """
        return write_address(Settings({**self.settings, "lesson": key}), self.did)

    def to_dict(self, key: str) -> dict[str, Any]:
        """Return the page as the browser is told of it; ``key`` as for :meth:`address`."""
        pick = {"at": [*self.pick]} if isinstance(self.pick, tuple) else {"row": self.pick}
        return {
            "title": self.title,
            "text": self.text,
            "question": self.question,
            "answer": self.answer,
            "address": self.address(key),
            "pick": None if self.pick is None else pick,
            "inspect": None if self.opened is None else self.opened.to_dict(),
        }


@dataclass(frozen=True)
class Lesson:
    """A few pages about one thing.

    Attributes
    ----------
    id : str
        What the address calls it.
    title : str
        What the page calls it.
    pages : tuple of LessonPage
        In their order.
    """

    id: str
    title: str
    pages: tuple[LessonPage, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the lesson as the browser is told of it."""
        pages = [page.to_dict(f"{self.id}/{at}") for at, page in enumerate(self.pages, 1)]
        return {"id": self.id, "title": self.title, "pages": pages}
