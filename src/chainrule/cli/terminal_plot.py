"""Learning curves in a terminal: lines of braille dots, with a letter on each now and then.

A sign of braille is a grid of two by four dots, so that a curve has room on a screen of letters.
Dots cannot be dashed and not every terminal has colors: the letters tell which curve is which.
"""

from __future__ import annotations

import os
from itertools import groupby, pairwise
from operator import itemgetter
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from rich.text import Text

from chainrule.cli._terminal_axes import Scale, nice_counts, tick_label
from chainrule.cli.terminal import can_write
from chainrule.explanation.diagnosing._finding import counted, show
from chainrule.plots.learning._course import Course, thinned, wants_log
from chainrule.plots.learning._read_course import course_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from chainrule.mathematics.arrays import Array
    from chainrule.workflow import Model

__all__ = ["curve_lines", "print_curves"]

_ROWS, _WIDEST, _NARROWEST = 9, 100, 30
# A letter on each curve, now and then; the held-out ones stand halfway between the others.
_LETTERS_APART = 12
_NO_DOTS = 0x2800
_STEPS = "▁▂▃▄▅▆▇█"
_STEPS_WIDTH, _LEAST_STEPS = 24, 5
_TRAINING, _HELD_OUT, _FAINT, _BEST, _BAD = "cyan", "magenta", "dim", "bold", "bold red"


class _Signs(NamedTuple):
    """What the lines around the curves are made of, and how another start is drawn."""

    side: str
    tick: str
    corner: str
    floor: str
    foot: str
    best: str
    other: str


_BRAILLE = _Signs("│", "┤", "└", "─", "┴", "┊", "⠂")
_ASCII = _Signs("|", "+", "+", "-", "+", ":", ".")


def print_curves(console: Console, model: Model) -> None:
    """Draw how a model was trained, no wider than the terminal, in letters where it lacks braille.

    Parameters
    ----------
    console : rich.console.Console
        Where to.
    model : Model
        Whose training it was.
    """
    # The fonts of Linux's own screen have room for 512 signs, and braille is not among them.
    bare = console.is_terminal and os.environ.get("TERM") in ("linux", "dumb")
    braille = not bare and can_write(console.encoding, "⣿┤█²")
    console.print(Text("\nLearning curves", style="bold"))
    for line in curve_lines(course_of(model), width=console.width, braille=braille):
        console.print(line, no_wrap=True, overflow="crop")


def curve_lines(course: Course, *, width: int, braille: bool = True) -> list[Text]:
    """Lay out the losses by epoch, or a perceptron's mistakes; score and rate in a line each.

    Parameters
    ----------
    course : Course
        The numbers.
    width : int
        Columns of the terminal; more than 100 are not used, and fewer than 30 are too few.
    braille : bool
        Whether the terminal can show it; otherwise the letters are all there is.

    Returns
    -------
    list of rich.text.Text
        One a line.

    Examples
    --------
    >>> loss = np.array([1.0, 0.6, 0.4, 0.3, 0.25, 0.2])
    >>> course = Course(epochs=np.arange(1, 7), train_loss=loss, best_epoch=6)
    >>> for line in curve_lines(course, width=40, braille=False):
    ...     print(line.plain.rstrip())
    loss:  t training  : best epoch 6 (0.2)
       1 +t                               :
         |                                :
     0.8 +                                :
         |                                :
     0.6 +      t                         :
         |                                :
     0.4 +             t                  :
         |                   t            :
     0.2 +                          t     t
         ++-----+------+-----+------+-----+
    epoch 1     2      3     4      5     6
    """
    if not len(course.epochs):
        return [Text(f"no {course.unit} was run")]
    width = max(_NARROWEST, min(width, _WIDEST))
    chart = _Chart(course, width, braille=braille)
    return [
        *_flow(chart.legend(), width),
        *chart.rows(),
        *chart.floor(),
        *_in_a_line(course, width, braille=braille),
    ]


#: The sign and the style of each place, by its row, counted from below, and its column.
_Cells: TypeAlias = dict[tuple[int, int], tuple[str, str]]


class _Curve(NamedTuple):
    """Values by epoch, and the letter, words and style by which they are known."""

    values: Array
    letter: str
    words: str
    style: str


def _curves(course: Course) -> tuple[list[_Curve], str]:
    """Choose what is drawn, and name it.

    Beside the held-out loss, which has none, the training loss stands without its penalty.
    """
    if course.mistakes is not None:
        return [_Curve(course.mistakes, "t", "training", _TRAINING)], "misclassified rows"
    data = course.data_loss
    train = _Curve(course.train_loss, "t", "training", _TRAINING)
    if data is not None:
        train = _Curve(data, "t", "training, without penalty", _TRAINING)
    if course.validation_loss is None:
        return [train], course.loss_name
    return [train, _Curve(course.validation_loss, "h", "held out", _HELD_OUT)], course.loss_name


class _Chart:
    """Curves on a grid of signs.

    Parameters
    ----------
    course : Course
        With an epoch at least.
    width : int
        Signs to a line, axis included.
    braille : bool
        Whether each sign is a grid of dots.
    """

    def __init__(self, course: Course, width: int, *, braille: bool) -> None:
        self.course, self.braille = course, braille
        self.signs = _BRAILLE if braille else _ASCII
        self.curves, self.name = _curves(course)
        counts = course.mistakes is not None
        self.others = [] if counts else course.other_starts
        self.not_finite = course.not_finite[:0] if counts else course.not_finite
        every = [curve.values for curve in self.curves] + [start.loss for start in self.others]
        self.y = Scale.over(np.concatenate(every), log=wants_log(every), whole=counts)
        self.labels = {self._row(tick): tick_label(tick) for tick in self.y.ticks}
        # Room for the numbers on the left, and below them for the word "epoch".
        self.gutter = max(len(course.unit) - 1, *map(len, self.labels.values()))
        self.columns = width - self.gutter - 3
        self.first, self.last = course.extent

    def _x(self, epochs: Array) -> Array:
        """Return the column of dots of each epoch; a single one stands in the middle."""
        if self.first == self.last:
            return np.full(len(epochs), self.columns)
        share = (epochs - self.first) / (self.last - self.first)
        dots: Array = np.rint(share * (2 * self.columns - 1)).astype(int)
        return dots

    def _y(self, values: Array) -> Array:
        """Return the row of dots of each value, from below; all of them are finite."""
        dots: Array = np.rint(self.y.share(values) * (4 * _ROWS - 1)).astype(int)
        return dots

    def _row(self, value: float) -> int:
        return int(self._y(np.array([value]))[0]) // 4

    # ------------------------------------------------------------------ what is drawn

    def _cells(self) -> _Cells:
        cells: _Cells = {}
        best = self._column(self.course.best_epoch)
        if best is not None:
            cells |= {(row, best): (self.signs.best, _BEST) for row in range(_ROWS)}
        self._draw_others(cells)
        if self.braille:
            for curve in self.curves:
                self._draw_line(cells, curve)
        for place, curve in enumerate(self.curves):
            self._draw_letters(cells, curve, shift=2 + place * _LETTERS_APART // 2)
        for column in {self._column(epoch) for epoch in self.not_finite}:
            cells[_ROWS - 1, column or 0] = ("x", _BAD)
        return cells

    def _column(self, epoch: int) -> int | None:
        return int(self._x(np.array([epoch]))[0]) // 2 if epoch else None

    def _draw_line(self, cells: _Cells, curve: _Curve) -> None:
        from plotille import Canvas  # only who asks for a picture waits for it

        canvas = Canvas(self.columns, _ROWS, 0, 0, 2 * self.columns, 4 * _ROWS)
        places = thinned(curve.values, 8 * self.columns)
        finite = np.isfinite(curve.values[places])
        xs = self._x(self.course.epochs[places])
        ys = self._y(np.where(finite, curve.values[places], self.y.low))
        points = list(zip(xs.tolist(), ys.tolist(), finite.tolist(), strict=True))
        for (x, y, there), (x_next, y_next, there_next) in pairwise([points[0], *points]):
            if there and there_next:
                canvas.line(x, y, x_next, y_next)
            elif there_next:
                canvas.point(x_next, y_next)
        _merge(cells, canvas.plot("\n"), curve.style)

    def _draw_others(self, cells: _Cells) -> None:
        """Draw the other starts as dots that hang together loosely."""
        for start in self.others:
            places = thinned(start.loss, 4 * self.columns)
            places = places[np.isfinite(start.loss[places])]
            xs, ys = self._x(start.epochs[places]) // 2, self._y(start.loss[places]) // 4
            for column, row in zip(xs.tolist(), ys.tolist(), strict=True):
                cells[row, column] = (self.signs.other, _FAINT)

    def _draw_letters(self, cells: _Cells, curve: _Curve, *, shift: int) -> None:
        """Put a curve's letter on it now and then; without dots, wherever it goes."""
        finite = np.flatnonzero(np.isfinite(curve.values))
        if not len(finite):
            return
        columns = self._x(self.course.epochs[finite]) // 2
        rows = self._y(curve.values[finite]) // 4
        if self.braille and len(finite) > _LETTERS_APART:
            wanted = range(shift, self.columns, _LETTERS_APART)
            nearest = np.unique([np.abs(columns - column).argmin() for column in wanted])
            columns, rows = columns[nearest], rows[nearest]
        for column, row in zip(columns.tolist(), rows.tolist(), strict=True):
            cells[row, column] = (curve.letter, curve.style)

    # ------------------------------------------------------------------ lines of text

    def legend(self) -> list[Text]:
        """Say what is drawn, and which sign is what."""
        course = self.course
        told = [Text(f"{self.name}{', log scale' if self.y.log else ''}:")]
        told += [Text(f"{curve.letter} {curve.words}", style=curve.style) for curve in self.curves]
        if course.best_epoch:
            value = course.at(self.curves[-1].values, course.best_epoch)
            at = f" ({show(value)})" if np.isfinite(value) else ""
            text = f"{self.signs.best} best {course.unit} {course.best_epoch:,}{at}"
            told.append(Text(text, style=_BEST))
        if self.others:
            count = counted(len(self.others), "other start")
            told.append(Text(f"{self.signs.other} {count}", style=_FAINT))
        if len(self.not_finite):
            text = f"x not a finite number, first in {course.unit} {self.not_finite[0]:,}"
            told.append(Text(text, style=_BAD))
        return told

    def rows(self) -> Iterator[Text]:
        """Draw the rows from top to bottom, the axis on their left."""
        cells = self._cells()
        for row in reversed(range(_ROWS)):
            label = self.labels.get(row, "")
            line = Text(f"{label:>{self.gutter}} {self.signs.tick if label else self.signs.side}")
            signs = (cells.get((row, column), (" ", "")) for column in range(self.columns))
            for style, some in groupby(signs, key=itemgetter(1)):
                line.append("".join(sign for sign, _ in some), style=style)
            line.rstrip()
            yield line

    def floor(self) -> Iterator[Text]:
        """Draw the axis of epochs and its numbers."""
        unit, signs = self.course.unit, self.signs
        line, words = [signs.floor] * self.columns, [" "] * (self.gutter + 2 + self.columns)
        words[: len(unit)] = unit
        first, *others = nice_counts(self.first, self.last)
        for tick in (first, int(self.last), *others):
            column = int(self._x(np.array([tick]))[0]) // 2
            label = f"{tick:,}"
            begin = self.gutter + 2 + column - len(label) // 2
            begin = min(begin, len(words) - len(label))
            place = slice(begin, begin + len(label))
            if all(sign == " " for sign in words[max(begin - 1, 0) : place.stop + 1]):
                line[column], words[place] = signs.foot, label
        yield Text(f"{' ' * self.gutter} {signs.corner}{''.join(line)}")
        yield Text("".join(words))


def _merge(cells: _Cells, drawn: str, style: str) -> None:
    """Put dots onto those that are there already."""
    for row, line in enumerate(reversed(drawn.split("\n"))):
        for column, sign in enumerate(line):
            dots = ord(sign) - _NO_DOTS
            if not dots:
                continue
            there = ord(cells.get((row, column), (" ", ""))[0]) - _NO_DOTS
            both = dots | there if 0 <= there < 256 else dots
            cells[row, column] = (chr(_NO_DOTS + both), style)


def _flow(pieces: list[Text], width: int) -> Iterator[Text]:
    """Write pieces after each other, on as many lines as they need."""
    line, *rest = (
        Text(part, style=piece.style) for piece in pieces for part in wrap(piece.plain, width)
    )
    for piece in rest:
        if len(line) + 2 + len(piece) > width:
            yield line
            line = piece
        else:
            line = Text.assemble(line, "  ", piece)
    yield line


def _in_a_line(course: Course, width: int, *, braille: bool) -> Iterator[Text]:
    """Tell the score and the learning rate in a line each, as steps that rise and fall."""
    told: dict[str, tuple[Array, str]] = {}
    score, rate = course.validation_score, course.learning_rate
    if score is not None:
        best = course.at(score, course.best_epoch)
        in_best = f", {show(best)} in the best {course.unit}" if np.isfinite(best) else ""
        told[f"held-out {course.score_name}"] = score, in_best
    if rate is not None and course.rate_changes:
        told["learning rate"] = rate, ""
    longest = max(map(len, told), default=0)
    for name, (curve, more) in told.items():
        finite = curve[np.isfinite(curve)]
        if not len(finite):
            continue
        words = f"{show(float(finite[0]))} to {show(float(finite[-1]))}{more}"
        room = min(_STEPS_WIDTH, width - longest - len(words) - 4)
        steps = f"{_steps(curve, room)}  " if braille and room >= _LEAST_STEPS else ""
        yield from map(Text, wrap(f"{name:<{longest}}  {steps}{words}", width))


def _steps(curve: Array, width: int) -> str:
    """Draw a curve in one line."""
    places = np.linspace(0, len(curve) - 1, min(width, len(curve))).round().astype(int)
    scale = Scale.over(curve, log=wants_log([curve], by_span=False))
    values = curve[places]
    finite = np.isfinite(values)
    shares = scale.share(np.where(finite, values, scale.low))
    heights = np.rint(shares * (len(_STEPS) - 1)).astype(int)
    return "".join(_STEPS[h] if f else " " for h, f in zip(heights, finite, strict=True))
