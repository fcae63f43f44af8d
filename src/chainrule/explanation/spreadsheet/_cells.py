"""Sheets of a spreadsheet, and blocks of cells that know where they stand."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from chainrule.mathematics.arrays import Array

__all__ = [
    "Block",
    "Book",
    "Formula",
    "Label",
    "Page",
    "dot",
    "each",
    "total",
]

Formula = Callable[[int, int], str]
"""From a row and a column of a block, counted from 0, to what its cell is worked out from."""

Label = tuple[str, str]
"""The symbol of a row of a block, and what it is called."""

_DIGITS = 6
_SMALL, _LARGE = 1e-4, 1e6
_LEFT = 2  # Columns of a sheet that say what stands beside them.
_LONGEST_NAME, _NARROW, _WIDE, _NUMBERS = 255, 6, 40, 13
_FITS = 12  # Columns of numbers that are still read when a sheet is printed on one page.
_FONT, _INK, _LINE = "Calibri", "#1F3864", "#9DB2D1"
_KINDS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 15, "font_color": _INK},
    "told": {"font_color": "#404040"},
    "heading": {
        "bold": True,
        "font_size": 12,
        "font_color": _INK,
        "bottom": 2,
        "bottom_color": _INK,
    },
    "name": {"bold": True},
    "header": {
        "align": "right",
        "valign": "bottom",
        "text_wrap": True,
        "bottom": 1,
        "bottom_color": _LINE,
        "font_color": "#404040",
    },
    "label": {},
    "text": {"align": "right"},
    "formula": {},
    "result": {"bold": True, "bg_color": "#E2F0D9", "align": "right"},
    "weight": {
        "bg_color": "#FFF2A8",
        "font_color": "#0000C0",
        "border": 1,
        "border_color": "#E0CB60",
    },
    "given": {"bg_color": "#FFFBE6", "font_color": "#0000C0"},
    "fixed": {"bg_color": "#E7E6E6", "italic": True},
}
_OPTIONS = {"in_memory": True, "nan_inf_to_errors": True}
# What Excel would flag with green corners, though it is as it should be.
_NO_MISTAKE = ("number_stored_as_text", "formula_differs", "formula_range")


@dataclass(frozen=True)
class Block:
    """A rectangle of cells.

    A block of one row stands for every row that it is asked for, and so does one of one column:
    as arrays are broadcast.

    Attributes
    ----------
    page : str
        The sheet it is on, as formulas name it: with quotes and an exclamation mark.
    top, left : int
        Its first row and column, counted from 0.
    rows, columns : int
        Its size.

    Examples
    --------
    >>> block = Block("net!", 4, 2, 3, 2)
    >>> block.cell(1, 1), block.column(0), block.part(2, 1).row(0)
    ('net!D6', 'net!C5:C7', 'net!C7:D7')
    >>> Block("net!", 0, 2, 1, 1).cell(5, 5)
    'net!$C$1'
    """

    page: str
    top: int
    left: int
    rows: int
    columns: int

    def cell(self, i: int = 0, j: int = 0) -> str:
        """Return where one number stands; a block of a single number stays where it is."""
        alone = "$" if self.rows == self.columns == 1 else ""
        i, j = (i if self.rows > 1 else 0), (j if self.columns > 1 else 0)
        return f"{self.page}{alone}{_letters(self.left + j)}{alone}{self.top + i + 1}"

    def part(self, first: int, rows: int) -> Block:
        """Return some of its rows."""
        return Block(self.page, self.top + first, self.left, rows, self.columns)

    def column(self, j: int) -> str:
        """Return where a column stands."""
        return self._range(0, self.rows - 1, j, j)

    def row(self, i: int) -> str:
        """Return where a row stands."""
        return self._range(i, i, 0, self.columns - 1)

    @property
    def all(self) -> str:
        """Where all of it stands."""
        return self._range(0, self.rows - 1, 0, self.columns - 1)

    def _range(self, top: int, bottom: int, left: int, right: int) -> str:
        first = f"{_letters(self.left + left)}{self.top + top + 1}"
        last = f"{_letters(self.left + right)}{self.top + bottom + 1}"
        return self.page + (first if first == last else f"{first}:{last}")


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, last = divmod(column - 1, 26)
        letters = chr(65 + last) + letters
    return letters


# ------------------------------------------------------------------ formulas


def each(written: str, **blocks: Block) -> Formula:
    """Return the formula of every cell of a block, from cells at the same place in others.

    It is written as :class:`chainrule.explanation.worked._writing.CellWriter` does, with names in
    braces.

    Examples
    --------
    >>> h, y = Block("", 0, 2, 3, 1), Block("", 5, 2, 3, 1)
    >>> each("{h}-{y}", h=h, y=y)(2, 0)
    'C3-C8'
    """
    used = {name: at for name, at in blocks.items() if f"{{{name}}}" in written}
    return lambda i, j: written.format(**{name: at.cell(i, j) for name, at in used.items()})


def dot(left: str, right: str) -> str:
    """Return the sum of the products of two ranges."""
    return f"SUMPRODUCT({left},{right})" if ":" in left else f"{left}*{right}"


def total(cells: str) -> str:
    """Return the sum of a range."""
    return f"SUM({cells})" if ":" in cells else cells


# ------------------------------------------------------------------ sheets


class Book:
    """A spreadsheet in memory."""

    def __init__(self, title: str) -> None:
        import xlsxwriter  # takes a while, and only a spreadsheet needs it

        self._bytes = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._bytes, _OPTIONS)
        self._book.set_properties({"title": _plain(title)})
        self._formats: dict[tuple[str, str], Any] = {}
        self._pages: list[Page] = []

    def page(self, name: str, title: str, told: Sequence[str]) -> Page:
        """Begin a sheet with its title and some lines of text."""
        page = Page(self, self._book.add_worksheet(name), name)
        page.say(title, "title")
        for line in told:
            page.say(line)
        self._pages.append(page)
        return page

    def style(self, kind: str, number_format: str = "General") -> Any:
        """Return how a kind of cell looks."""
        key = kind, number_format
        if key not in self._formats:
            look = {"font_name": _FONT, "num_format": number_format, **_KINDS[kind]}
            self._formats[key] = self._book.add_format(look)
        return self._formats[key]

    def close(self) -> bytes:
        """Return the file."""
        for page in self._pages:
            page.finish()
        self._book.close()
        return self._bytes.getvalue()


class Page:
    """A sheet that is written from the top down.

    Parameters
    ----------
    book : Book
        What it is part of.
    sheet : xlsxwriter worksheet
        Where it is written.
    name : str
        Its name.
    """

    def __init__(self, book: Book, sheet: Any, name: str) -> None:
        self._book, self._sheet = book, sheet
        self._here = f"'{name}'!" if " " in name else f"{name}!"
        self._next, self._last_column = 0, _LEFT
        self._widths = [_NARROW, _NARROW]

    def say(self, text: str, kind: str = "told") -> None:
        """Write a line of text, over as many columns as it takes."""
        self._sheet.write_string(self._next, 0, _plain(text), self._book.style(kind))
        self._next += 1

    def heading(self, text: str) -> None:
        """Write the heading of a part."""
        self._next += 1
        self.say(text, "heading")
        # The line below it goes on over the columns of the numbers.
        for column in range(1, _LEFT + 4):
            self._sheet.write_blank(self._next - 1, column, None, self._book.style("heading"))

    def block(
        self,
        name: str,
        numbers: Array,
        formula: Formula | None = None,
        *,
        labels: Sequence[Label],
        header: Sequence[str] = (),
        kind: str = "formula",
    ) -> Block:
        """Write a block of cells below what is there.

        Parameters
        ----------
        name : str
            What it is, above it; nothing for a block that goes on.
        numbers : array of shape (rows, columns)
            What the engine has: floats or text.
        formula : Formula, optional
            What the cells are worked out from; without it they hold the numbers themselves, and
            a cell for which it gives nothing does too.
        labels : sequence of Label
            Of the rows.
        header : sequence of str
            Of the columns.
        kind : str
            How the cells look.

        Returns
        -------
        Block
        """
        if name:
            self._next += 1
            self.say(name, "name")
        if header:
            self._write_header(header)
        at = self._place(numbers.shape)
        for i, label in enumerate(labels):
            self._write_label(at.top + i, label)
        for i, j in product(range(at.rows), range(at.columns)):
            written = formula(i, j) if formula is not None else ""
            self._write(at.top + i, at.left + j, numbers[i, j], written, kind)
        return at

    def later(
        self, name: str, labels: Sequence[Label], columns: int, *, header: Sequence[str] = ()
    ) -> Block:
        """Keep room for a block whose formulas refer to sheets that follow; see :meth:`fill`."""
        empty = np.full((len(labels), columns), "", dtype=object)
        return self.block(name, empty, labels=labels, header=header)

    def fill(self, at: Block, numbers: Array, formula: Formula) -> None:
        """Write a block that room was kept for."""
        for i, j in product(range(at.rows), range(at.columns)):
            self._write(at.top + i, at.left + j, numbers[i, j], formula(i, j), "result")

    def finish(self) -> None:
        """Settle what is known only when all of it is written."""
        sheet = self._sheet
        for column, width in enumerate(self._widths):
            sheet.set_column(column, column, min(width + 2, _WIDE))
        sheet.set_column(_LEFT, self._last_column, _NUMBERS)
        sheet.freeze_panes(1, _LEFT)
        sheet.hide_gridlines(2)
        sheet.ignore_errors(dict.fromkeys(_NO_MISTAKE, "A1:XFD1048576"))
        sheet.set_landscape()
        sheet.set_paper(9)
        if self._last_column < _LEFT + _FITS:
            sheet.fit_to_pages(1, 0)

    # ------------------------------------------------------------------ the parts

    def _place(self, shape: tuple[int, ...]) -> Block:
        at = Block(self._here, self._next, _LEFT, *shape)
        self._next += at.rows
        self._last_column = max(self._last_column, _LEFT + at.columns - 1)
        return at

    def _write_header(self, header: Sequence[str]) -> None:
        style = self._book.style("header")
        for column, text in enumerate(("",) * _LEFT + tuple(header)):
            self._sheet.write_string(self._next, column, _plain(text), style)
        self._next += 1

    def _write_label(self, row: int, label: Label) -> None:
        for column, text in enumerate(label):
            self._sheet.write_string(row, column, _plain(text), self._book.style("label"))
            self._widths[column] = max(self._widths[column], len(text))

    def _write(self, row: int, column: int, value: Any, formula: str, kind: str) -> None:
        text = isinstance(value, str)
        short = not text and not formula and _is_short(value)
        looks = "General" if text or short else _number_format(float(value))
        style = self._book.style(kind, looks)
        if formula:
            known = _plain(value) if text else _cached(float(value))
            here = formula.replace(self._here, "")
            self._sheet.write_formula(row, column, f"={here}", style, known)
        elif text:
            self._sheet.write_string(row, column, _plain(value), style)
        else:
            self._sheet.write_number(row, column, float(value), style)


def _plain(text: str) -> str:
    """Return text that any file can hold."""
    return text[:_LONGEST_NAME].encode("utf-8", "replace").decode()


def _cached(number: float) -> float | str:
    """Return a number as a cell can hold it: there is no infinite one."""
    return number if math.isfinite(number) else "#NUM!"


def _is_short(number: Any) -> bool:
    """Whether it is a number that a person has set, such as 0.001, and not one worked out."""
    return bool(float(f"{number:.{_DIGITS}g}") == number)


def _number_format(number: float) -> str:
    """Return the format that shows six significant digits, with the points below each other."""
    size = abs(number)
    if not math.isfinite(size) or (size < _LARGE and size == int(size)):
        return "General"
    if not _SMALL <= size < _LARGE:
        return "0." + "0" * (_DIGITS - 1) + "E+00"
    decimals = max(1, _DIGITS - 1 - math.floor(math.log10(size)))
    return "0.0" + "?" * (decimals - 1)
