"""Trainings and tables that reports are made of."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from chainrule.tables import Table, load_example
from chainrule.workflow import TrainSettings, train

QUICK = TrainSettings(hidden_layer_sizes=(8,), epochs=5)
#: Names that a page must show as they are, or as near to that as a page can.
NAMES = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single'",
    "{{ 7 * 7 }}{% raw %}",
    "new\nline\ttab",
    "nul\x00byte\x07bell",
    "🐧 emoji",
    "x" * 300,
    "\N{RIGHT-TO-LEFT OVERRIDE}backwards",
    "</style></table><b>",
    "a=b",
    "$x^2$",
)


@pytest.fixture(scope="session")
def penguins():
    """A training on the penguins."""
    return train(load_example("penguins"), QUICK)


@pytest.fixture(scope="session")
def diabetes():
    """A training that predicts numbers."""
    return train(load_example("diabetes"), QUICK)


@pytest.fixture(scope="session")
def hostile():
    """A training on a wide table whose names and cells are meant to break a page."""
    rng = np.random.default_rng(0)
    names = [*NAMES, *(f"column {i}" for i in range(200 - len(NAMES)))]
    columns = {name: rng.normal(size=150) for name in names}
    columns["cells"] = rng.choice(["<i>a</i>", "{{ b }}", "c\nd", "\x00"], 150)
    columns["who"] = [f"r{i}" for i in range(150)]
    classes = np.array(["<script>alert('c')</script>", "{{ class }} " + "long " * 30, "🐧\x00"])
    columns["<target> & {{ co }}"] = classes[np.digitize(columns[NAMES[0]], [-0.4, 0.4])]
    table = Table(pl.DataFrame(columns), "<b>hostile</b>", None, None, "")
    settings = TrainSettings(target="<target> & {{ co }}", hidden_layer_sizes=(8,), epochs=5)
    return train(table, settings)
