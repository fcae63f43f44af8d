"""What all pictures have in common: colors, markers, lines, and letters.

Colors are those of Okabe and Ito (2008), which people of every color vision tell apart; neighbors
differ in lightness too. No color stands alone: classes have markers, curves have line styles, signs
have dashes, so that a picture can be read in grey.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb

__all__ = [
    "COLORS",
    "GREY",
    "INK",
    "LINES",
    "MARKERS",
    "SEQUENTIAL",
    "SIGNED",
    "named",
    "readable_on",
    "style",
]

#: Blue, orange, green, sky, vermilion, purple, yellow, black.
COLORS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#56B4E9",
    "#D55E00",
    "#CC79A7",
    "#F0E442",
    "#000000",
)
#: One for each class.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">")
#: One for each curve.
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
#: Text, and lines that matter.
INK = "#1a1a1a"
#: What stands behind; 4.5 to 1 on white, so that it may be text.
GREY = "#6b6b6b"
#: For amounts: light where there is much.
SEQUENTIAL = "cividis"
#: For amounts with a sign, 0 in the middle: negative is dark and blue, positive light and orange,
#: so that grey keeps the order.
SIGNED: Colormap = LinearSegmentedColormap.from_list(
    "chainrule-signed", ["#08306b", "#3b6fae", "#9a9a9a", "#e8b25c", "#fff3d6"]
)

# The one that comes with matplotlib: pictures look the same everywhere.
_FONT = "DejaVu Sans"

_SETTINGS: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "font.family": [_FONT],
    "font.size": 10,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.8,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "mathtext.default": "regular",
    "savefig.facecolor": "white",
    "text.color": INK,
    # A column called $x$ is no formula.
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": INK,
    "xtick.labelsize": 10,
    "ytick.color": INK,
    "ytick.labelsize": 10,
}


@contextmanager
def style(letters: float = 1.0) -> Iterator[None]:
    """Draw with the letters and lines of all pictures; the settings of others stay as they are.

    Parameters
    ----------
    letters : float
        How large they are, 1 being the usual size.
    """
    sizes = {name: letters * size for name, size in _SETTINGS.items() if name.endswith("size")}
    with mpl.rc_context(_SETTINGS | sizes):
        yield


def named(name: object, *, most: int = 28) -> str:
    """Return the name of a column or a class as it can be drawn.

    Parameters
    ----------
    name : object
        As it is in the table.
    most : int
        How many characters there is room for.

    Returns
    -------
    str
        On one line, cut in the middle if need be; a box for each character that the font lacks.

    Examples
    --------
    >>> named("bill_length_mm"), named("x" * 40, most=9)
    ('bill_length_mm', 'xxxx…xxxx')
    """
    known = _characters()
    line = " ".join(str(name).split())
    drawn = "".join(sign if ord(sign) in known else "▯" for sign in line)
    if len(drawn) <= most:
        return drawn
    tail = (most - 1) // 2
    return f"{drawn[: most - 1 - tail]}…{drawn[len(drawn) - tail :]}"


def readable_on(color: Any) -> str:
    """Return black or white, whichever can be read on a color.

    One of them always has a contrast of 4.5 or more (Web Content Accessibility Guidelines 2.2).

    Examples
    --------
    >>> readable_on("#00204d"), readable_on("#fee838")
    ('#ffffff', '#000000')
    """
    parts = np.array(to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    light = float(linear @ [0.2126, 0.7152, 0.0722])
    return "#ffffff" if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else "#000000"


@cache
def _characters() -> frozenset[int]:
    font = font_manager.get_font(font_manager.findfont(_FONT))
    return frozenset(font.get_charmap())
