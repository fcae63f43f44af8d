"""Every example in a public docstring is run, and does what it says."""

import doctest
import importlib
import pkgutil

import pytest

import chainrule

MODULES = sorted(module.name for module in pkgutil.walk_packages(chainrule.__path__, "chainrule."))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, _ = doctest.testmod(module, optionflags=options)
    assert failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    with_examples = [
        name
        for name in MODULES
        if any(test.examples for test in finder.find(importlib.import_module(name)))
    ]
    assert len(with_examples) > 20
