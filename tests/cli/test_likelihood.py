"""The likelihood of what happened, from the command line."""

from __future__ import annotations

import json

import pytest


def test_the_doors(run):
    done = run("likelihood", "0.8", "0.7", "0.1", "--happened", "1,1,0")
    assert (done.code, done.stderr) == (0, "")
    assert "0.8 · 0.7 · 0.9 = 0.504" in done.stdout
    assert "cross-entropy: 0.685179, the sum; 0.228393 on average" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "product"),
    [
        (("0.8", "0.7", "0.1", "--happened", "yes,yes,no"), 0.504),
        (("--happened", "0 0 1", "0.8", "0.7", "0.1"), 0.2 * 0.3 * 0.1),
        (("0.8 0.7 0.1", "--happened", "1,1,0"), 0.504),
        (("0.25", "--happened", "1"), 0.25),
        (("0.7 0.2 0.1; 0.1 0.8 0.1", "--happened", "0,1"), 0.7 * 0.8),
        (("0.7 0.2 0.1", "--happened", "1"), 0.2),
    ],
)
def test_events_and_classes(run, arguments, product):
    found = json.loads(run("likelihood", *arguments, "--json").stdout)
    assert found["product"] == pytest.approx(product, rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("0.8", "-0.7", "--happened", "1,1"), "event 2 has the probability -0.7"),
        (("0.8", "1.7", "--happened", "1,1"), "event 2 has the probability 1.7"),
        (("0.8", "0.7", "--happened", "1"), "of event 1 add up to 1.5"),
        (("0.8", "0.7", "--happened", "1,0,1"), "for 2 events"),
        (("0.8", "--happened", "2"), "must be 1 (yes) or 0 (no); got 2"),
        (("0.8", "--happened", "maybe"), "got 'maybe'"),
        (("0.8", "--happened", "-1"), "got '−1'"),
        (("0.8", "--happened", ""), "for 1 events"),
        (("high", "--happened", "1"), "no number"),
        (("0.8",), "Missing option '--happened'"),
        (("--happened", "1"), "Missing argument"),
        (("0.5 0.5; 0.5 0.5", "--happened", "0,7"), "7 is no class; there are 0, 1"),
    ],
)
def test_bad_input(run, arguments, sentence):
    done = run("likelihood", *arguments)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr
