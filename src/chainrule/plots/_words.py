"""What stands above a picture, and the numbers in it."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes

from chainrule.explanation._finding import show
from chainrule.explanation._numbers import cut
from chainrule.plots._axes import figure_of
from chainrule.plots._style import INK

__all__ = ["amount", "headline", "share", "told"]

# Inches that a letter of 10 and a bold one of 12 points take.
_LETTER, _BOLD = 0.07, 0.09
_LINE = 13.5


def amount(number: float) -> str:
    """Write a number with as many digits as a person reads, and a true minus sign.

    Examples
    --------
    >>> amount(-0.01234), amount(12345.6), amount(3.0), amount(2_500_000)
    ('−0.0123', '12,346', '3', '2,500,000')
    """
    whole = float(number).is_integer() and 1e6 <= abs(number) < 1e9
    return (f"{number:,.0f}" if whole else show(float(number))).replace("-", "−")


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


def headline(ax: Axes, title: str, *lines: str) -> None:
    """Write a title above axes, and below it, smaller, what else the reader needs.

    Parameters
    ----------
    ax : Axes
        Of the picture, or of its first panel.
    title : str
        In bold.
    *lines : str
        Sentences; each begins a line, and is wrapped to the width of the axes.
    """
    room = figure_of(ax).get_figwidth() * ax.get_position().width
    small = [part for line in lines for part in _wrapped(line, room / _LETTER)]
    ax.set_title("\n".join(_wrapped(title, room / _BOLD)), pad=6 + _LINE * len(small))
    if small:
        ax.annotate(
            "\n".join(small),
            xy=(0, 1),
            xytext=(0, 6),
            xycoords="axes fraction",
            textcoords="offset points",
            va="bottom",
            color=INK,
            linespacing=1.2,
            annotation_clip=False,
        )


def _wrapped(text: str, letters: float) -> list[str]:
    return textwrap.wrap(text, max(20, int(letters)), break_long_words=True) or [""]
