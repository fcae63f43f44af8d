"""The page with a row for each row of the curriculum: each call is made, and gives what it says."""

import ast
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

PAGE = (Path(__file__).parents[2] / "docs" / "curriculum.md").read_text(encoding="utf-8")
(SHARED,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def rows():
    """Return number, subject, Python and answer of every row."""
    found = []
    for line in PAGE.splitlines():
        if not re.match(r"\| [1235]", line):
            continue
        number, subject, call, answer = re.split(r"(?<!\\)\|", line)[1:-1]
        lines = re.findall(r"`(.*?)`", call)
        (answer,) = re.findall(r"`(.*?)`", answer)
        found.append((number.strip(), subject.strip(), lines, answer))
    return found


ROWS = rows()


def equal(value, text):
    """Whether a value is what the text says, to the digits that it shows."""
    wanted = ast.literal_eval(text)
    decimals = max((len(digits) for digits in re.findall(r"\d\.(\d+)", text)), default=0)
    return _equal(value, wanted, 0.51 * 10.0**-decimals if decimals else 0)


def _equal(value, wanted, width):
    if isinstance(wanted, list | tuple):
        value = list(value)
        return len(value) == len(wanted) and all(
            _equal(a, b, width) for a, b in zip(value, wanted, strict=True)
        )
    if isinstance(wanted, str | bool):
        return value == wanted
    return bool(np.abs(value - wanted) <= width)


def run(lines, names):
    """Run all lines and return what the last one gives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # some stop early on purpose
        exec("\n".join(lines[:-1]), names)  # noqa: S102
        return eval(lines[-1], names)  # noqa: S307


def test_every_row_of_the_curriculum_is_there():
    numbers = {number for number, *_ in ROWS}
    counts = {1: 3, 2: 9, 5: 10}
    assert numbers == {"3"} | {f"{n}.{i + 1}" for n, count in counts.items() for i in range(count)}
    errors = " ".join(subject for number, subject, *_ in ROWS if number == "3")
    for name in ("half squared", "log loss", "cross-entropy", "sum and the average", "outputs"):
        assert name in errors
    assert "several labels" in errors
    assert "normalization" in errors


def test_the_answers_are_compared_to_the_digits_that_they_show():
    assert equal(0.8175744, "0.817574")
    assert not equal(0.817575, "0.817574")
    assert equal((np.array([1, 0]), True), "([1, 0], True)")
    assert not equal([1, 0], "[1, 0, 1]")
    assert not equal(np.array([1, 1]), "[1, 0]")
    assert not equal(("CR202",), '("CR203",)')


@pytest.mark.parametrize("section", ["1", "2", "3", "5"])
def test_every_call_gives_what_the_page_says(names, section):
    wrong = {}
    for number, subject, lines, answer in ROWS:
        if number.split(".")[0] == section:
            value = run(lines, names)
            if not equal(value, answer):
                wrong[f"{number} {subject}"] = f"{value!r} instead of {answer}"
    assert not wrong
