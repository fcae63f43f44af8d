"""What an explanation consists of, before it is written as text, Markdown, HTML or plain data."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.explanation.worked._arithmetic import Line, Ref
from chainrule.explanation.worked._notation import Symbol
from chainrule.mathematics.arrays import Array

__all__ = ["Block", "Cell", "Formula", "Matrix", "Paragraph", "Step", "Table"]


@dataclass(frozen=True)
class Paragraph:
    """A sentence or two."""

    text: str


@dataclass(frozen=True)
class Formula:
    """A rule without numbers, as text and as LaTeX, and what it is called."""

    text: str
    latex: str
    name: str = ""


@dataclass(frozen=True, eq=False)
class Matrix:
    """A small matrix or vector with its name."""

    symbol: Symbol
    numbers: Array


Cell = str | float | Symbol | None


@dataclass(frozen=True)
class Table:
    """Words, symbols and numbers in columns; ``None`` leaves a cell empty; speaks of ``refs``."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str = ""
    refs: tuple[Ref, ...] = ()

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold nothing but numbers, which stand to the right."""
        columns = range(len(self.header))
        words = (str, Symbol)
        return tuple(all(not isinstance(row[j], words) for row in self.rows) for j in columns)


Block = Paragraph | Formula | Matrix | Table | Line


@dataclass(frozen=True)
class Step:
    """One of the six steps of learning, or what stands before and after them."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Those of its blocks that are calculations."""
        return tuple(block for block in self.blocks if isinstance(block, Line))
