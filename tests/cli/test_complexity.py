"""``chainrule complexity``: what it prints, draws and suggests, and what it refuses."""

import json
import re
import shlex

import pytest
from matplotlib import pyplot as plt

from chainrule.cli.app import app
from chainrule.workflow import TrainSettings

QUICK = ("--epochs", 3, "--splits", 2, "--layers", "none", "--layers", 4)


def test_a_line_for_each_size_and_which_to_take(run):
    result = run("complexity", "penguins", *QUICK)
    assert result.code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("penguins: 344 rows → species; 2 splits, train on 275, test on 69;")
    assert lines[2].split() == [
        *("layers", "epoch", "train", "error", "test", "error", "accuracy", "verdict", "at", "3")
    ]
    assert [line.split()[0] for line in lines[3:5]] == ["none", "4"]
    assert all(len(line) <= 80 for line in lines[2:5])
    assert "Error: cross-entropy, mean ± standard deviation over 2 splits" in result.stdout
    (advice,) = (line for line in lines if line.startswith("Take layers "))
    size, epochs = re.match(r"Take layers (none|4), (\d) epoch", advice).groups()
    command = f"  chainrule train penguins --layers {size} --epochs {epochs} --no-early-stopping"
    assert command in lines


def test_the_command_that_is_suggested_can_be_typed(run, monkeypatch):
    result = run(
        *("complexity", "diabetes", *QUICK, "--l2", "0,1e-3", "--activation", "tanh"),
        *(
            "--drop",
            "age",
            "--drop",
            "sex",
            "--solver",
            "sgd",
            "--learning-rate",
            0.05,
            "--seed",
            4,
        ),
        *("--json",),
    )
    told = json.loads(result.stdout)
    asked = []
    monkeypatch.setattr("chainrule.cli.train._run", lambda *given, **_: asked.append(given))
    app(args=shlex.split(told["command"])[1:], standalone_mode=False)
    ((data, settings),) = asked
    choice = told["choice"]
    assert data == "diabetes"
    activation = {"activation": "tanh"} if choice["size"] else {}
    assert settings == TrainSettings(
        hidden_layer_sizes=tuple(choice["size"]),
        epochs=choice["epoch"],
        l2=choice["penalty"],
        drop=("age", "sex"),
        solver="sgd",
        learning_rate=0.05,
        seed=4,
        early_stopping=False,
        **activation,
    )


def test_json_holds_every_number(run):
    told = json.loads(run("complexity", "penguins", *QUICK, "--l1", "0,0.1", "--json").stdout)
    assert told["sizes"] == [[], [4]]
    assert told["penalty"] == "l1"
    assert told["epochs"] == [1, 2, 3]
    assert len(told["test_errors"]) == 2
    assert len(told["test_errors"][0][0][0]) == 3
    assert told["rows_used"] == told["rows"] == 344
    assert told["settings"]["l2"] == 0.0001


@pytest.mark.parametrize(
    ("name", "beginning"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")]
)
def test_a_picture(run, tmp_path, name, beginning):
    result = run("complexity", "penguins", *QUICK, "-o", name)
    assert f"Picture {name}" in result.stdout
    assert (tmp_path / name).read_bytes().startswith(beginning)
    assert plt.get_fignums() == []


def test_it_says_when_rows_were_drawn(run):
    result = run("complexity", "penguins", *QUICK, "--rows", 100)
    assert "penguins: 100 of 344 rows, drawn at random (--rows all takes all)," in result.stdout
    assert "344 rows →" in run("complexity", "penguins", *QUICK, "--rows", "all").stdout


def test_a_single_split_has_no_deviation(run):
    result = run("complexity", "penguins", *QUICK, "--splits", 1)
    assert "±" not in result.stdout


def test_numbers_are_told_in_units_of_the_target(run):
    result = run("complexity", "diabetes", *QUICK)
    assert "half squared error, of progression in standard deviations" in result.stdout
    assert " R² " in result.stdout


def test_ctrl_c_before_the_first_split(run, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("chainrule.workflow.complexity.model_complexity", interrupted)
    result = run("complexity", "penguins", "-o", "a.png")
    assert result.code == 130
    assert "stopped by Ctrl-C before the first split was finished; nothing was" in result.stderr


def test_ctrl_c_keeps_finished_splits(run, monkeypatch):
    def press(_, done, total):
        del total
        if done >= 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("chainrule.cli.progress.TrainingsBar.__call__", press)
    result = run("complexity", "penguins", *QUICK, "--splits", 40, "--threads", 1)
    assert result.code == 0
    assert "note: stopped by Ctrl-C; " in result.stderr
    assert "of 40 splits were finished" in result.stderr
    assert "Take layers" in result.stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("missing.csv",), "there is no file missing.csv"),
        (("penguins", "-t", "speciess"), "did you mean 'species'?"),
        (("penguins", "--layers", "eight"), "--layers takes the sizes of the hidden layers"),
        (("penguins", "--layers", "8,0"), "the size of a layer in --layers must be"),
        (("penguins", "-o", "missing/a.png"), "missing does not exist"),
        (("penguins", "-o", "a.jpg"), "a.jpg is no picture: its name has to end in .png, .svg or"),
        (("penguins", "--l2", "much"), "--l2 takes one strength, or several such as 0,1e-4,1e-2"),
        (("penguins", "--l2", "0,-1"), "--l2 must be at least 0"),
        (("penguins", "--l2", "0,1", "--l1", "0,1"), "cannot both be several strengths"),
        (("penguins", "--splits", "0"), "the number of splits must be at least 1"),
        (("penguins", "--epochs", "0"), "--epochs must be a whole number of at least 1"),
        (("penguins", "--rows", "many"), "--rows takes a number, or all"),
        (("penguins", "--rows", "3"), "3 rows are too few for 3 classes"),
        (("penguins", "--solver", "newton"), "is of networks"),
        (("penguins", "--activation", "tanh,relu"), "--activation is for hidden layers"),
        (
            ("diabetes", "--solver", "sgd", "--learning-rate", "1e9", "--epochs", "3"),
            "every training diverged",
        ),
        (("penguins", "--layers", "2", "--epochs", "1", "-o", "a.png"), "there is a single cell"),
    ],
)
def test_bad_input_is_one_sentence(run, tmp_path, options, sentence):
    result = run("complexity", *options)
    assert result.code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_empty_table(run, tmp_path):
    (tmp_path / "empty.csv").write_text("x,y\n", encoding="utf-8")
    result = run("complexity", "empty.csv", "-t", "y")
    assert result.code == 2
    assert "no rows" in result.stderr
