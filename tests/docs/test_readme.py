"""The front page: its Python runs, its commands are as they have to be; every link leads on."""

import re
import warnings
from pathlib import Path

import matplotlib as mpl
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    "python3 -m venv .venv && . .venv/bin/activate && pip install . && chainrule train penguins",
    "python3 -m venv .venv && . .venv/bin/activate && pip install '.[test]' && pytest",
]


def test_the_python_on_it_runs():
    X, y = load_breast_cancer(return_X_y=True)
    parts = train_test_split(scale(X), y, random_state=0)
    mpl.use("agg")  # its pictures need no screen
    names = dict(zip(("X_train", "X_test", "y_train", "y_test"), parts, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
            exec(block, names)  # noqa: S102 (our own documentation)
    assert names["model"].score(names["X_test"], names["y_test"]) > 0.9
    assert names["neuron"].n_iter_ < 12
    # h = (0.1 + 2·0.4, −0.2 + 2·0.3) = (0.9, 0.4), ŷ = 0.9·0.6 − 0.4·0.5 = 0.34, E = ½(1 − 0.34)².
    assert names["record"].loss == pytest.approx(0.2178, rel=1e-12)
    assert names["record"].coef_gradients[1].ravel() == pytest.approx([-0.594, -0.264], rel=1e-12)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_two_commands_stand_as_they_are(command):
    assert f"    {command}\n" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (page.parent / link).exists(), link
