"""The page on explanations: its worked network is what is printed, excerpts can be recomputed."""

import re
import sys
from pathlib import Path

import numpy as np

from chainrule import MLPClassifier, explain

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
WORKED, *EXCERPTS = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_worked_network_is_what_is_printed():
    model = MLPClassifier((2,), activation="sigmoid", solver="gd", alpha=0, learning_rate_init=0.5)
    model.initialize([[1.0, 2.0], [2.0, 1.0]], [0, 1])
    model.coefs_ = [np.array([[0.1, -0.2], [0.4, 0.3]]), np.array([[0.6], [-0.5]])]
    model.intercepts_ = [np.array([0.05, -0.1]), np.array([0.2])]
    shown, printed = (
        text.split("\nChecked\n") for text in (WORKED, str(explain(model, [1.0, 2.0], 1)))
    )
    assert shown[0].strip() == printed[0].strip()
    # How far rounding goes is the processor's.
    without = [re.sub(r"(\d?\.?\d+e−\d+|\b0)(?=[,.\s])", "…", t) for t in (shown[1], printed[1])]
    assert "".join(without[0].split()) == "".join(without[1].split())


def test_its_excerpts_fit_the_screen():
    assert len(EXCERPTS) == 4
    for text in (WORKED, *EXCERPTS):
        assert max(map(len, text.split("\n"))) <= 80


def test_the_lines_of_its_excerpts_can_be_recomputed():
    sys.path.insert(0, str(ROOT / "tests" / "explanation"))
    import printed_lines

    for text in EXCERPTS:
        for symbol, parts in printed_lines.calculations(text):
            value = printed_lines.Interval.of(printed_lines.number(parts[-1]))
            numbers = parts[-2] if len(parts) > 2 else parts[-1]
            found = printed_lines.calculate(numbers)
            assert found.low <= value.high, (symbol, parts)
            assert value.low <= found.high, (symbol, parts)
