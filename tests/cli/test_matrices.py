"""The work with matrices from the command line."""

from __future__ import annotations

import json

import pytest

A, B = "1 2 3; 4 5 6", "1 0; 0 1; 2 2"


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ((A, "dot", B), [[7, 8], [16, 17]]),
        ((A, "add", A), [[2, 4, 6], [8, 10, 12]]),
        ((A, "scale", "2"), [[2, 4, 6], [8, 10, 12]]),
        ((A, "scale", "-2"), [[-2, -4, -6], [-8, -10, -12]]),
        ((A, "sum"), [[21]]),
        ((A, "sum", "rows"), [[5, 7, 9]]),
        ((A, "sum", "columns"), [[6], [15]]),
        (("-1 2; 3 -4", "scale", "-.5"), [[0.5, -1], [-1.5, 2]]),
        (("-1", "add", "-2"), [[-3]]),
    ],
)
def test_operations(run, arguments, result):
    assert json.loads(run("matrices", *arguments, "--json").stdout)["result"] == result
    done = run("matrices", *arguments)
    assert (done.code, done.stderr) == (0, "")
    assert max(map(len, done.stdout.split("\n"))) <= 80


def test_the_sum_of_an_entry_is_written_out(run):
    told = run("matrices", A, "dot", B).stdout
    assert "(a×b)·(b×c) = a×c" in told
    assert "here (2×3)·(3×2) = 2×2" in told
    assert "row 2, column 1: 4·1 + 5·0 + 6·2 = 16" in told


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((A, "dot", A), "there is no dot product (2×3)·(2×3): the rule is (a×b)·(b×c) = a×c"),
        ((A, "add", B), "a 2×3 matrix and a 3×2 matrix cannot be added"),
        ((A, "scale", B), "scaled by one number, and this is a 3×2 matrix"),
        ((A, "dot"), "dot needs a second matrix after it"),
        ((A, "scale"), "scale needs a number after it"),
        ((A, "times", B), "by add, dot, scale or sum; got 'times'"),
        ((A, "sum", "x"), "over all, rows or columns; got 'x'"),
        (("1 2; 3", "sum"), "equally long"),
        (("one", "sum"), "holds something that is no number"),
        (("", "sum"), "holds no numbers"),
        (("nan", "sum"), "nan in row 1, column 1"),
    ],
)
def test_bad_input(run, arguments, sentence):
    done = run("matrices", *arguments)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr
