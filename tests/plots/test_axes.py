"""Where pictures are drawn, and how names from a table are written on them."""

import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from chainrule import InputError
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import COLORS, MARKERS, SIGNED, named, style


def test_a_figure_of_its_own():
    axes = panels(rows=2, columns=3)
    assert len(axes) == 6
    assert plt.get_fignums() == [axes[0].figure.number]


def test_axes_for_each_panel_are_taken_in_order():
    given = Figure().subplots(2, 2)
    assert panels(given, rows=2, columns=2) == given.ravel().tolist()
    assert plt.get_fignums() == []


def test_one_for_all_makes_room_for_them():
    left, right = Figure().subplots(1, 2)
    first, second = panels(left, columns=2)
    edges = [ax.get_position().x0 for ax in (first, second, right)]
    assert edges == sorted(edges)
    assert not left.axison
    assert figure_of(first) is left.figure


def test_axes_on_a_part_of_a_figure():
    whole = Figure()
    part = whole.subfigures(1, 2)[0]
    assert figure_of(part.subplots()) is whole


def test_misuse():
    with pytest.raises(InputError, match=r"ax takes matplotlib axes.*not Figure"):
        panels(Figure())
    with pytest.raises(InputError, match="this picture has 2 panels and was given 3 axes"):
        panels(Figure().subplots(1, 3), columns=2)
    with pytest.raises(InputError, match=r"made by plt.subplots\(\), or 2 axes"):
        panels(Figure().add_axes((0, 0, 1, 1)), columns=2)


def test_the_settings_of_others_stay():
    before = dict(mpl.rcParams)
    with style():
        assert mpl.rcParams["axes.titleweight"] == "bold"
    assert dict(mpl.rcParams) == before


def lightness(color):
    """Return the relative luminance of a color, 0 for black and 1 for white (WCAG 2.2)."""
    parts = np.array(mpl.colors.to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_signed_amounts_keep_their_order_in_grey():
    shades = [lightness(SIGNED(share)) for share in np.linspace(0, 1, 50)]
    assert all(a < b for a, b in itertools.pairwise(shades))


def test_ten_classes_have_ten_markers():
    assert len(set(MARKERS)) == 10
    assert len(set(COLORS)) == len(COLORS)


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("bill_length_mm", "bill_length_mm"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("größe", "größe"),
        ("🐧 penguins", "▯ penguins"),
        (3.5, "3.5"),
        ("a" * 20 + "b" * 20, "a" * 14 + "…" + "b" * 13),
    ],
)
def test_names_are_drawn_on_one_line(name, drawn):
    assert named(name) == drawn
    assert len(named(name, most=9)) <= 9
