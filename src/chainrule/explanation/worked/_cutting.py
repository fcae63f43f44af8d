"""Cuts a step of an explanation into parts that are small enough to be told one after another."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.explanation.worked._arithmetic import Line, refs
from chainrule.explanation.worked._document import Block, Formula, Paragraph
from chainrule.explanation.worked._notation import Symbol

__all__ = ["divide"]

# Lines of a part, and how far back a line is looked for that must not be left behind.
_MOST, _NEAR = 6, 2


def divide(blocks: Sequence[Block]) -> list[tuple[Block, ...]]:
    """Cut the blocks of a step into parts of at most some six lines.

    A part begins with a sentence or a rule wherever one follows what it is not about, and else
    where no line is parted from those just before that it is worked out from.

    Parameters
    ----------
    blocks : sequence of Block
        Of one step.

    Returns
    -------
    list of tuple of Block
        All of them, in order.
    """
    parts: list[list[Block]] = []
    for block in blocks:
        heads = isinstance(block, Paragraph | Formula)
        if not parts or (heads and not isinstance(parts[-1][-1], Paragraph | Formula)):
            parts.append([])
        parts[-1].append(block)
    # What is said in the end is about what was told just before.
    if len(parts) > 1 and all(isinstance(block, Paragraph) for block in parts[-1]):
        parts[-2:] = [parts[-2] + parts[-1]]
    return [tuple(piece) for part in parts for piece in _halve(part)]


def _halve(part: list[Block]) -> list[list[Block]]:
    """Divide a part with too many lines into parts of about the same size."""
    places = [i for i, block in enumerate(part) if isinstance(block, Line)]
    count = -(-len(places) // _MOST)
    if count <= 1:
        return [part]
    even = len(places) / count
    end = places[min(range(1, len(places)), key=lambda i: _cost(part, places, i, even))]
    return [part[:end], *_halve(part[end:])]


def _cost(part: list[Block], places: list[int], i: int, even: float) -> float:
    """Return how bad it is to begin a new part with this line."""
    before = {_symbol(part[place]) for place in places[max(0, i - _NEAR) : i]}
    after = [part[place] for place in places[i : i + _NEAR]]
    needed = {ref.symbol for line in after if isinstance(line, Line) for ref in refs(line.formula)}
    too_many = max(0, i - _MOST) * _MOST
    same_kind = _kind(part[places[i]]) == _kind(part[places[i - 1]])
    return abs(i - even) + _NEAR * len(before & needed) + too_many + _NEAR * same_kind


def _symbol(block: Block) -> Symbol | None:
    return block.symbol if isinstance(block, Line) else None


def _kind(block: Block) -> tuple[str, ...]:
    """Return what a line is about, such as the slope by a weight."""
    symbol = _symbol(block)
    if symbol is None:
        return ()
    return (symbol.letter, "" if symbol.by is None else symbol.by.letter)
