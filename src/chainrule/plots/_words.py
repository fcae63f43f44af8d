"""What stands above a picture, and the numbers in it."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from chainrule.explanation._numbers import cut
from chainrule.explanation.diagnosing._finding import show
from chainrule.plots._axes import figure_of
from chainrule.plots._style import INK

__all__ = ["amount", "headline", "inches", "share", "ticks", "told", "wrapped"]

# Inches that a letter of 10 and a bold one of 12 points take.
_LETTER, _BOLD = 0.07, 0.09
_LINE, _TITLE_LINE = 13.5, 22.0
# A layout engine leaves less empty at the sides than a figure without one.
_WIDER = 1.15


def amount(number: float) -> str:
    """Write a number with as many digits as a person reads, and a true minus sign.

    Examples
    --------
    >>> amount(-0.01234), amount(12345.6), amount(3.0), amount(2_512_345.0)
    ('−0.0123', '12,346', '3', '2,512,345')
    """
    whole = 1e6 <= abs(number) < 1e9
    return (f"{number:,.0f}" if whole else show(float(number))).replace("-", "−")


def ticks(ax: Axes) -> None:
    """Let the numbers at both axes be written in full, or in millions, with six of them at most."""
    for axis in (ax.xaxis, ax.yaxis):
        millions = 1e6 <= max(map(abs, axis.get_view_interval())) < 1e12
        axis.set_major_locator(MaxNLocator(6))
        axis.set_major_formatter(FuncFormatter(_in_millions if millions else _in_full))


def _in_full(number: float, _: object = None) -> str:
    return f"{number + 0.0:,.10g}".replace("-", "−")


def _in_millions(number: float, _: object = None) -> str:
    return f"{_in_full(number / 1e6)}M" if number else "0"


def share(part: float) -> str:
    """Write a part of a whole in percent; 0 and 100 are said only of none and all.

    Examples
    --------
    >>> share(0.974), share(0.001), share(0.9999), share(1.0), share(float("nan"))
    ('97%', '<1%', '>99%', '100%', '–')
    """
    if part != part:
        return "–"
    if 0 < part < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= part < 1 else f"{part:.0%}"


def told(name: object) -> str:
    """Write a name in a sentence that is read, not drawn: any letters, on one line."""
    return cut(str(name), 40)


def headline(ax: Axes, title: str, *lines: str, color: str = INK) -> Text:
    """Write a title above axes, and below it, smaller, what else the reader needs.

    Parameters
    ----------
    ax : Axes
        Of the picture, or of its first panel.
    title : str
        In bold.
    *lines : str
        Sentences; each begins a line, and is wrapped to the width of the axes.
    color : str
        Of the sentences.

    Returns
    -------
    Text
        The title.
    """
    room = inches(ax)[0]
    small = [part for line in lines if line for part in wrapped(line, room)]
    large = wrapped(title, room, letter=_BOLD)
    _make_room(ax, _TITLE_LINE * len(large) + _LINE * len(small))
    heading = ax.set_title("\n".join(large), pad=6 + _LINE * len(small))
    if small:
        ax.annotate(
            "\n".join(small),
            xy=(0, 1),
            xytext=(0, 6),
            xycoords="axes fraction",
            textcoords="offset points",
            va="bottom",
            color=color,
            linespacing=1.2,
            annotation_clip=False,
        )
    return heading


def inches(ax: Axes) -> tuple[float, float]:
    """Return about how wide and how high axes are, before what is around them is drawn."""
    figure, place = figure_of(ax), ax.get_position()
    wider = 1.0 if figure.get_layout_engine() is None else _WIDER
    return wider * figure.get_figwidth() * place.width, figure.get_figheight() * place.height


def _make_room(ax: Axes, height: float) -> None:
    """Lower the top of axes on a figure that does not arrange itself, where words would be cut.

    Parameters
    ----------
    ax : matplotlib Axes
        They give way, as they do to a color scale.
    height : float
        Of the words, in points.
    """
    figure, spec = figure_of(ax), ax.get_subplotspec()
    if figure.get_layout_engine() is not None:
        return
    box, whole = ax.get_position(), figure.get_figheight() * 72
    free = (1 - box.y1) * whole if spec is None or spec.is_first_row() else 0.0
    lower = max(0.0, height - free) / whole
    ax.set_position((box.x0, box.y0, box.width, max(box.height - lower, 0.4 * box.height)))


def wrapped(text: str, room: float, *, letter: float = _LETTER) -> list[str]:
    """Break a text into lines that fit into so many inches, with letters of such a width."""
    return textwrap.wrap(text, max(20, int(room / letter))) or [""]
