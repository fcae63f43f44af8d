"""What the page for scikit-learn's users claims, where no other test says it."""

import ast
import inspect
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn.neural_network as scikit
from sklearn.exceptions import ConvergenceWarning

import chainrule
from chainrule.network import INITIALIZATIONS
from chainrule.training import OPTIMIZERS, SCHEDULES, Epoch

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "drop-in.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(\w+)[^`]*`", PAGE)) | set(re.findall(r"[\"`](\w+)[\"`]", PAGE))
CLASSES = ("MLPClassifier", "MLPRegressor")


def parameters(module, name):
    return set(inspect.signature(getattr(module, name)).parameters)


def left_out():
    """Return the names of scikit-learn's tests that are not run on ours."""
    source = (TESTS / "estimators" / "test_scikit_learn_own_tests.py").read_text(encoding="utf-8")
    values = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if set(names) & {"PRIVATE", "LEFT_OUT"}:
                values[names[0]] = [
                    part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)
                ]
    return {*values["PRIVATE"], *values["LEFT_OUT"]}


def test_every_parameter_that_is_added_is_on_the_page():
    for name in CLASSES:
        added = parameters(chainrule, name) - parameters(scikit, name)
        assert added <= NAMED, added - NAMED


def test_every_choice_that_is_added_is_on_the_page():
    theirs = {"adam", "sgd", "constant", "invscaling", "adaptive"}
    for choices in (OPTIMIZERS, SCHEDULES, INITIALIZATIONS, Epoch._fields):
        missing = set(choices) - theirs - NAMED
        assert not missing


def test_what_a_fitted_network_has_besides_is_on_the_page():
    X, y = np.eye(6), np.arange(6) % 2
    settings = {"hidden_layer_sizes": (2,), "max_iter": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = scikit.MLPClassifier(**settings).fit(X, y)
        ours = chainrule.MLPClassifier(**settings, restarts=2).fit(X, y)
    added = {name for name in set(vars(ours)) - set(vars(theirs)) if re.match(r"[a-z].*_$", name)}
    assert "history_" in added
    assert added <= NAMED, added - NAMED


def test_the_tests_that_are_left_out_are_named():
    assert len(left_out()) == 4
    assert set(re.findall(r"`(test_\w+)`", PAGE)) == left_out()


def test_what_scikit_learn_does_is_still_so(rng):
    # What the left column of the differences says, so that it is true when scikit-learn changes.
    X, y = rng.normal(size=(60, 3)), np.arange(60) % 2
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping"):
        scikit.MLPClassifier(early_stopping=True).partial_fit(X, y, classes=[0, 1])
    short = {"hidden_layer_sizes": (3,), "max_iter": 5, "random_state": 0}
    with pytest.warns(ConvergenceWarning):
        stopped = scikit.MLPClassifier(solver="lbfgs", early_stopping=True, **short).fit(X, y)
    assert not hasattr(stopped, "loss_curve_")
    assert not hasattr(stopped, "validation_scores_")
    negative = scikit.MLPRegressor(loss="poisson", **short)
    with pytest.warns(ConvergenceWarning):
        negative.fit(X, -1.0 - y)
    assert np.isfinite(negative.predict(X)).all()
    with pytest.warns(ConvergenceWarning):
        whole = scikit.MLPRegressor(solver="lbfgs", **short).partial_fit(X, y)
    assert whole.n_iter_ == 5


def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, names)  # noqa: S102 (our own documentation)
    assert len(names["network"].history_) > 5
    assert names["MLPClassifier"] is chainrule.MLPClassifier
