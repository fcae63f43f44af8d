"""The settings of the data and of the features that the network is given of it."""

from __future__ import annotations

from typing import Any

from chainrule.playground._conditions import known, set_to
from chainrule.playground._setting import Choice, Choices, Facts, Integer, Setting, Text

__all__ = ["BY_CLASSES", "DATA_SETS", "DATA_SETTINGS", "FEATURES", "MADE_UP", "OWN"]

OWN = "own"
MADE_UP = ("circle", "xor", "moons", "spiral", "gaussians", "admissions", "hills")
# Of these one says how many classes there are.
BY_CLASSES = ("gaussians", "spiral")
DATA_SETS = (
    ("circle", "circle"),
    ("xor", "exclusive or"),
    ("moons", "moons"),
    ("spiral", "spiral"),
    ("gaussians", "gaussians"),
    ("admissions", "admissions"),
    ("hills", "hills (a number)"),
    ("iris", "iris"),
    ("penguins", "penguins"),
    ("digits", "digits"),
    (OWN, "your own table"),
)
FEATURES = (
    ("x1", "x₁"),
    ("x2", "x₂"),
    ("x1_squared", "x₁²"),
    ("x2_squared", "x₂²"),
    ("product", "x₁x₂"),
    ("sin_x1", "sin πx₁"),
    ("sin_x2", "sin πx₂"),
)


def _made_up(settings: Any, facts: Facts) -> bool:
    del facts
    return settings.data in MADE_UP


def _wide(settings: Any, facts: Facts) -> bool:
    return not _made_up(settings, facts) and not facts.image


def _has_axes_to_choose(settings: Any, facts: Facts) -> bool:
    return _wide(settings, facts) and facts.axes > 1


def _has_columns_beside(settings: Any, facts: Facts) -> bool:
    return _wide(settings, facts) and facts.columns > (1 if facts.curve else 2)


DATA_SETTINGS: tuple[Setting, ...] = (
    Choice(
        name="data",
        label="Data",
        group="data",
        effect="data",
        default="circle",
        choices=DATA_SETS,
        help="What is learned: made-up points, a real table, or your own.",
    ),
    Text(
        name="target",
        label="Predict",
        group="data",
        effect="data",
        default="",
        applies=known(lambda facts: facts.own),
        help="The column to predict.",
    ),
    Text(
        name="x_axis",
        label="Across",
        group="data",
        effect="data",
        default="",
        applies=_has_axes_to_choose,
        help="The column of the horizontal axis.",
    ),
    Text(
        name="y_axis",
        label="Up",
        group="data",
        effect="data",
        default="",
        applies=_has_axes_to_choose,
        help="The column of the vertical axis; the predicted one itself gives a curve.",
    ),
    Choice(
        name="columns",
        label="Learn from",
        group="data",
        effect="data",
        default="axes",
        choices=(("axes", "the axes"), ("all", "all columns")),
        applies=_has_columns_beside,
        help="Whether the network sees only the columns of the axes, or every column.",
    ),
    Integer(
        name="classes",
        label="Classes",
        group="data",
        effect="data",
        default=2,
        low=2,
        high=10,
        applies=set_to(lambda settings: settings.data in BY_CLASSES),
        help="How many clouds or arms there are.",
    ),
    Integer(
        name="points",
        label="Points",
        group="data",
        effect="data",
        default=500,
        low=20,
        high=5000,
        step=10,
        scale="log",
        applies=_made_up,
        help="How many points are made up.",
    ),
    Integer(
        name="noise",
        label="Noise",
        group="data",
        effect="data",
        default=0,
        low=0,
        high=50,
        unit="%",
        help="Random numbers added to every number, in percent of how far it spreads.",
    ),
    Integer(
        name="train_share",
        label="To train on",
        group="data",
        effect="data",
        default=70,
        low=10,
        high=90,
        step=5,
        unit="%",
        help="The share of the rows that is learned from; the others are only for testing.",
    ),
    Integer(
        name="data_seed",
        label="Data seed",
        group="data",
        effect="data",
        default=0,
        low=0,
        high=9999,
        help="Draws the points, the noise, and which of them are for testing.",
    ),
    Choices(
        name="features",
        label="Features",
        group="features",
        effect="network",
        default=("x1", "x2"),
        choices=FEATURES,
        applies=known(lambda facts: not facts.image),
        help="What the network is given of the two axes, x₁ across and x₂ up, standardized.",
    ),
)
