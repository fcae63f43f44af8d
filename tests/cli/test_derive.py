"""Derivatives from the command line."""

from __future__ import annotations

import json

import pytest

from chainrule import derive


def test_a_name(run):
    done = run("derive", "sigmoid")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == f"{derive('sigmoid')}\n"
    assert "f′(z) = σ(z)·(1 − σ(z))" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (("1/(1+exp(-x))", "x"), "f′(x) = σ(x)·(1 − σ(x))"),
        (("log loss of a sigmoid",), "∂E/∂z = ŷ − y"),
        (("a*x^2 + ln(x)", "x"), "∂f/∂x = 2a·x + 1/x"),
        (("-x^2",), "f′(x) = −2x"),
        (("-h^2",), "f′(h) = −2h"),  # and no help
        (("-x", "x", "--format", "text"), "f′(x) = −1"),
        (("x^-1", "x"), "f′(x) = −1/x²"),
        (("5",), "f′(x) = 0"),
        (("-5",), "f′(x) = 0"),
    ],
)
def test_formulas(run, arguments, result):
    done = run("derive", *arguments)
    assert (done.code, done.stderr) == (0, "")
    assert f"\n{result}\n" in done.stdout
    assert max(map(len, done.stdout.split("\n"))) <= 80


def test_other_formats(run):
    assert json.loads(run("derive", "tanh", "--format", "json").stdout) == derive("tanh").to_dict()
    page = run("derive", "--format", "markdown", "tanh").stdout
    assert page.strip() == derive("tanh").to_markdown().strip()


def test_without_a_name_there_is_a_list(run):
    done = run("derive")
    assert done.code == 0
    for name in ("sigmoid", "softmax", "half squared error", "perceptron", "L1"):
        assert name in done.stdout
    assert "softmax" in json.loads(run("derive", "--format", "json").stdout)["activations"]


def test_help(run):
    assert "WHAT" in run("derive", "-h").stdout
    assert run("derive", "--help").stdout == run("derive", "-h").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("sigmod",), "did you mean 'sigmoid'"),
        (("__import__('os').system('ls')",), "more than a formula can hold"),
        (("9**9**9**9",), "too large"),
        (("x" * 10_000,), "10,000 characters"),
        (("foo(x)",), "no function 'foo'"),
        (("x*y",), "has 2 variables, x, y"),
        (("",), "cannot be read as a formula"),
        (("1/0",), "no value"),
        (("x", "2"), "the variable has to be a name"),
        (("x", "y", "z"), "unexpected extra argument"),
        (("x", "--format", "html"), "--format is text, markdown or json; got 'html'"),
        (("x", "--wrong"), "No such option: --wrong"),
    ],
)
def test_bad_input(run, arguments, sentence):
    done = run("derive", *arguments)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert sentence.lower() in done.stderr.lower()
