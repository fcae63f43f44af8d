"""Learning curves in a terminal: what stands where, and on which terminals."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import pexpect
import pytest
from rich.console import Console

from chainrule.cli import main
from chainrule.cli._terminal_axes import Scale, nice_counts
from chainrule.cli.terminal import print_json
from chainrule.cli.terminal_plot import curve_lines, print_curves
from chainrule.plots.learning._course import Course, Start
from chainrule.workflow import load_model

# To open a terminal is to fork, against which JAX warns where a test before has loaded it; what is
# forked becomes another program at once.
pytestmark = pytest.mark.filterwarnings(r"ignore:os\.fork\(\) was called")

BRAILLE = re.compile("[⠁-⣿]")
EPOCHS = np.arange(1, 61)
FALLING = 0.1 + np.exp(-EPOCHS / 10)


def course(**columns):
    return Course(**{"epochs": EPOCHS, "train_loss": FALLING, "best_epoch": 60, **columns})


def lines(of, *, width=80, braille=True):
    return [line.plain for line in curve_lines(of, width=width, braille=braille)]


def grid(of, **asked):
    """The nine rows of signs right of the axis, from top to bottom."""
    told = lines(of, **asked)
    rows = [line for line in told if re.match(r" *[\d,.e+-]* [│┤|+](?!-)", line)]
    assert len(rows) == 9
    width = max(map(len, rows))
    return [re.split(r"[│┤|+](?!\d)", row.ljust(width), maxsplit=1)[1] for row in rows]


def dots(rows):
    """The dots of a grid as a table of flags, from top to bottom."""
    found = np.zeros((4 * len(rows), 2 * len(rows[0])), bool)
    bits = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1)]
    for i, row in enumerate(rows):
        for j, sign in enumerate(row):
            code = ord(sign) - 0x2800
            for bit, (down, right) in enumerate(bits):
                found[4 * i + down, 2 * j + right] = 0 <= code < 256 and bool(code >> bit & 1)
    return found


# ---------------------------------------------------------------------------- what stands where


def test_a_falling_loss_falls_dot_by_dot():
    rows = grid(course(best_epoch=0))
    found = dots(rows)
    columns = found.any(axis=0).nonzero()[0]
    assert (columns[0], columns[-1]) == (0, found.shape[1] - 1)
    heights = [found[:, column].argmax() for column in columns]
    assert heights == sorted(heights)
    assert (heights[0], heights[-1]) == (0, 35)
    # A letter now and then, on the line.
    assert 4 <= sum(row.count("t") for row in rows) <= 8


def test_every_dot_is_where_its_value_is():
    straight = np.linspace(3.0, 1.0, 60)
    found = dots(grid(course(train_loss=straight, best_epoch=0)))
    for row, column in np.argwhere(found):
        share = column / (found.shape[1] - 1)
        assert row == pytest.approx(share * 35, abs=1.0)


def test_training_and_held_out_are_told_apart_without_color():
    held_out = 0.4 + np.exp(-EPOCHS / 10)
    told = lines(course(validation_loss=held_out, best_epoch=40))
    assert told[0] == "loss:  t training  h held out  ┊ best epoch 40 (0.418)"
    rows = grid(course(validation_loss=held_out, best_epoch=40))
    for letter in "th":
        assert sum(row.count(letter) for row in rows) >= 4
    # The higher curve's letters stand higher.
    highest = {letter: [i for i, row in enumerate(rows) if letter in row][-1] for letter in "th"}
    assert highest["h"] < highest["t"]


def test_the_best_epoch_is_a_line():
    rows = grid(course(best_epoch=31))
    columns = {row.index("┊") for row in rows if "┊" in row}
    assert len(columns) == 1
    assert columns.pop() == pytest.approx(len(rows[0]) / 2, abs=2)


@pytest.mark.parametrize("width", [20, 40, 80, 140, 200])
@pytest.mark.parametrize("braille", [True, False])
def test_it_is_no_wider_than_the_terminal_and_fits_its_rows(width, braille):
    everything = course(
        validation_loss=FALLING + 0.1,
        validation_score=1 - FALLING / 2,
        learning_rate=0.01 * 0.9**EPOCHS,
        other_starts=[Start(EPOCHS, FALLING * 1.5, None)],
        loss_name="half squared error of the transformed target",
    )
    told = lines(everything, width=width, braille=braille)
    assert max(map(len, told)) <= min(max(width, 30), 100)
    if width >= 80:
        assert len(told) <= 15
    if not braille:
        assert "".join(told).isascii()


def test_round_numbers_on_the_axes():
    told = lines(course())
    labels = [line.split("┤")[0].strip() for line in told if "┤" in line]
    assert labels == ["1", "0.8", "0.6", "0.4", "0.2"]
    assert told[-1].split() == ["epoch", "1", "10", "20", "30", "40", "50", "60"]
    foot = told[-2]
    for number in ("10", "40"):
        assert foot[told[-1].index(f" {number}") + 2] in "┴─"
    thousands = lines(course(epochs=EPOCHS * 100))[-1].split()
    assert thousands[0] == "epoch"
    assert "2,000" in thousands


def test_several_orders_of_magnitude():
    told = lines(course(train_loss=10.0 ** -(EPOCHS / 15)))
    assert told[0].startswith("loss, log scale:  t training")
    labels = [line.split("┤")[0].strip() for line in told if "┤" in line]
    assert labels == ["0.1", "0.01", "0.001", "0.0001"]
    assert not lines(course(train_loss=FALLING - FALLING.min()))[0].count("log")


def test_the_penalty_is_left_out_beside_the_held_out_loss():
    found = course(train_loss=FALLING + 0.5, penalty=np.full(60, 0.5), validation_loss=FALLING)
    assert "t training, without penalty" in lines(found)[0]
    without = course(validation_loss=FALLING)
    assert grid(found) == grid(without)


def test_a_perceptron_shows_its_mistakes():
    found = course(mistakes=np.round(40 * FALLING), validation_loss=FALLING * 1e9)
    told = lines(found)
    assert told[0].startswith("misclassified rows:  t training  ┊ best epoch 60 (4)")
    assert not any("h" in row for row in grid(found))
    assert all(
        float(n) == int(n) for line in told if (n := line.split("┤")[0].strip()) and "┤" in line
    )


def test_score_and_rate_have_a_line_each():
    found = course(validation_score=EPOCHS / 100, learning_rate=np.geomspace(1e-2, 1e-5, 60))
    *_, score, rate = lines(found)
    assert re.fullmatch(r"held-out score  [▁-█]+  0.01 to 0.6, 0.6 in the best epoch", score)
    assert re.fullmatch(r"learning rate   [▁-█]{24}  0.01 to 1e-05", rate)
    steps = rate.split()[2]
    assert list(steps) == sorted(steps, reverse=True)
    plain = lines(found, braille=False)
    assert plain[-1] == "learning rate   0.01 to 1e-05"
    assert "rate" not in lines(course(learning_rate=np.full(60, 0.1)))[-1]


def test_other_starts_are_dots():
    other = Start(np.arange(1, 81), np.linspace(2, 1.5, 80), None)
    found = course(other_starts=[other])
    assert "⠂ 1 other start" in lines(found)[0]
    assert lines(found)[-1].split()[-1] == "80"
    assert sum(row.count("⠂") for row in grid(found)) > 20


def test_one_epoch_and_none():
    one = course(epochs=EPOCHS[:1], train_loss=np.array([0.7]), validation_loss=np.array([0.9]))
    rows = grid(one)
    assert (rows[-1].strip(), rows[0].strip()) == ("t", "h")
    assert lines(one)[-1].split() == ["epoch", "1"]
    none = Course(epochs=EPOCHS[:0], train_loss=FALLING[:0])
    assert lines(none) == ["no epoch was run"]


def test_numbers_that_are_not_finite():
    losses = np.where(EPOCHS > 50, np.nan, FALLING)
    losses[9] = np.inf
    found = course(train_loss=losses, best_epoch=50)
    assert "x not a finite number, first in epoch 10" in " ".join(lines(found))
    top = grid(found)[0]
    assert top.count("x") == 11
    nothing = course(train_loss=np.full(60, np.nan), best_epoch=0)
    assert "x" in grid(nothing)[0]


@pytest.mark.parametrize(
    "losses", [np.full(60, 0.5), np.zeros(60), np.geomspace(1e-300, 1e300, 60)]
)
def test_level_and_enormous_losses(losses):
    rows = grid(course(train_loss=losses))
    assert any(BRAILLE.search(row) for row in rows)


def test_long_trainings():
    epochs = np.arange(1, 20_001)
    losses = 1 / epochs**0.1
    losses[9_999] = 0.2
    found = dots(grid(Course(epochs=epochs, train_loss=losses)))
    middle = found.shape[1] // 2
    assert found[-1, middle - 3 : middle + 3].any()


@pytest.mark.parametrize(
    ("values", "log", "ticks"),
    [
        ([0.0, 1.0], False, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        ([1e-8, 1e2], True, (1e-8, 1e-6, 0.0001, 0.01, 1.0, 100.0)),
        ([2.0, 30.0], True, (2.0, 5.0, 10.0, 20.0)),
        ([1.1, 1.3], True, (1.1, 1.15, 1.2, 1.25, 1.3)),
        ([7.0, 7.0], False, (4.0, 6.0, 8.0, 10.0)),
        ([-3.0, -1.0], False, (-3.0, -2.5, -2.0, -1.5, -1.0)),
    ],
)
def test_ticks(values, log, ticks):
    assert Scale.over(np.array(values), log=log).ticks == ticks


def test_ticks_of_epochs():
    assert nice_counts(1, 3) == [1, 2, 3]
    assert nice_counts(1, 20_000) == [1, 5_000, 10_000, 15_000, 20_000]


# ---------------------------------------------------------------------------- the commands

QUICK = ("--layers", "8", "--epochs", "4")


def test_train_draws_after_the_course_of_training(run):
    result = run("train", "iris", *QUICK, "--plot", "--schedule", "cosine")
    assert (result.code, result.stderr) == (0, "")
    told = result.stdout
    order = ["\nTraining\n", "\nLearning curves\n", "\nScores on 30 test rows\n"]
    places = [told.index(title) for title in order]
    assert places == sorted(places)
    section = told[places[1] : places[2]]
    assert BRAILLE.search(section)
    assert "cross-entropy:  t training  h held out  ┊ best epoch 4" in section
    assert "\nlearning rate " in section
    assert max(map(len, section.splitlines())) <= 80
    assert "Learning curves" not in run("train", "iris", *QUICK).stdout


def test_with_json_it_is_talk(run):
    result = run("train", "iris", *QUICK, "--plot", "--json")
    assert len(json.loads(result.stdout)["history"]["epoch"]) == 4
    assert "Learning curves" in result.stderr
    again = run("info", "iris.chainrule", "--plot", "--json")
    assert json.loads(again.stdout)["best_epoch"] == 4
    assert again.stderr == result.stderr


def test_info_draws_what_train_drew(run, tmp_path):
    drawn = run("train", "iris", *QUICK, "--restarts", "3", "--plot").stdout
    told = run("info", "iris.chainrule", "--plot").stdout
    section = told[told.index("\nLearning curves") :]
    assert section in drawn
    assert "2 other starts" in section
    assert load_model(tmp_path / "iris.chainrule").origin.restarts["runs"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_without_braille_gets_letters(models, monkeypatch, encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", stream)
    assert main(["info", str(models / "penguins.chainrule"), "--plot"]) == 0
    told = stream.buffer.getvalue().decode(encoding)
    assert "15 -> 8 -> 3" in told
    section = told.partition("Learning curves")[2]
    assert " t training  h held out  : best epoch 5" in section
    assert section.isascii()
    assert "?" not in section


def test_in_json_what_an_encoding_lacks_is_escaped(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    print_json({"größe": "→"})
    stream.flush()
    assert json.loads(stream.buffer.getvalue()) == {"größe": "→"}


@pytest.mark.parametrize(
    ("variables", "braille", "colors"),
    [({"TERM": "linux"}, False, True), ({"TERM": "xterm", "NO_COLOR": "1"}, True, False)],
)
def test_kinds_of_terminals(models, monkeypatch, variables, braille, colors):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    console = Console(force_terminal=True, width=64, file=io.StringIO())
    print_curves(console, load_model(models / "penguins.chainrule"))
    told = console.file.getvalue()
    assert bool(BRAILLE.search(told)) is braille
    assert bool(re.search(r"\x1b\[[0-9;]*(3\d|9\d)m", told)) is colors


def test_on_a_terminal(command, models):
    # Of this process's own: readline, where pytest has loaded it, would tell the size of another.
    variables = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    child = pexpect.spawn(
        str(command), ["info", str(models / "penguins.chainrule"), "--plot"],
        dimensions=(50, 64), timeout=60, encoding="utf-8",
        env={**variables, "TERM": "xterm-256color"},
    )  # fmt: skip
    told = child.read()
    child.close()
    assert child.exitstatus == 0
    section = told.partition("Learning curves")[2]
    assert "\x1b[36mt training\x1b[0m  \x1b[35mh held out\x1b[0m" in section
    plain = re.sub(r"\x1b\[[0-9;]*m", "", section)
    assert BRAILLE.search(plain)
    assert max(map(len, plain.splitlines())) in (63, 64)


def test_who_asks_for_no_picture_waits_for_none():
    script = (
        "import sys, chainrule.cli.train_report, chainrule.cli.train, chainrule.cli.info; "
        "assert not {'plotille', 'matplotlib', 'chainrule.cli.terminal_plot'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
