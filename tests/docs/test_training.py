"""The examples of training on real tables: each gives the numbers that the page shows."""

import math
import re
import warnings
from pathlib import Path

import pytest
from sklearn.exceptions import ConvergenceWarning

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
PARTS = re.split(r"```python\n(.*?)```\n", PAGE, flags=re.DOTALL)[1:]
SHARED, EXAMPLES = PARTS[0], list(zip(PARTS[2::2], PARTS[3::2], strict=True))


def cells_of(text):
    """Return the cells below the head of the first table of a text."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def show(value):
    """Return a cell as the page has it: numbers to four digits."""
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value).replace("True", "yes").replace("False", "no")
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")


def agrees(value, cell):
    """Whether a number is the one shown, but for what other processors make of it."""
    if isinstance(value, str | bool | tuple):
        return show(value) == cell
    width = 0.002 if isinstance(value, float) else 0  # a small count is what it is
    return math.isclose(value, float(cell), rel_tol=0.06, abs_tol=width)


def run(example, names):
    """Run an example and return the table that it leaves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # some are stopped on purpose
        exec(example, names)  # noqa: S102
    return names["table"]


def test_numbers_are_compared():
    assert agrees(0.2249, "0.225")
    assert not agrees(0.25, "0.225")
    assert agrees(19, "20")
    assert not agrees(1, "0")
    assert not agrees(5, "6")
    assert agrees(True, "yes")
    assert not agrees("no finite optimum exists", "converged after 8 steps")


@pytest.mark.parametrize("example", range(len(EXAMPLES)))
def test_the_numbers_on_the_page(names, example):
    block, below = EXAMPLES[example]
    table, shown = run(block, names), cells_of(below)
    assert len(table) == len(shown) > 1
    for values, cells in zip(table, shown, strict=True):
        assert len(values) == len(cells)
        for value, cell in zip(values, cells, strict=True):
            assert agrees(value, cell), f"{show(value)} instead of {cell} in {cells}"
