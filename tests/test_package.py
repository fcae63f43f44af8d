"""The package as a whole: its public names, and how light it is to import."""

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

import chainrule


def test_public_names():
    assert chainrule.__all__ == [
        "InputError",
        "LinearRegression",
        "LogisticRegression",
        "MLPClassifier",
        "MLPRegressor",
        "Perceptron",
        "WeightRecorder",
        "derive",
        "diagnose",
        "explain",
        "find_learning_rate",
        "model_complexity",
        "newton",
        "report",
        "schedules",
    ]
    assert chainrule.__all__ == sorted(chainrule.__all__)


def test_every_public_name_is_there():
    for name in chainrule.__all__:
        assert getattr(chainrule, name).__name__.rpartition(".")[2] == name
        assert name in dir(chainrule)
    assert chainrule.__version__ == version("chainrule")


def test_a_name_stays_what_it_is_when_the_module_of_that_name_is_used():
    chainrule.LogisticRegression(solver="newton").fit([[0.0], [1.0], [2.0]], [0, 1, 0])
    assert callable(chainrule.newton)


def test_another_name_is_not():
    with pytest.raises(AttributeError, match="'chainrule' has no attribute 'Perceptrron'"):
        chainrule.Perceptrron  # noqa: B018


def test_importing_it_imports_nothing_heavy():
    code = (
        "import sys, chainrule; "
        "heavy = {'numba', 'sklearn', 'numpy', 'scipy', 'polars', 'rich', 'typer', "
        "'sympy', 'matplotlib', 'jinja2'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert result.stdout.strip() == "[]"
